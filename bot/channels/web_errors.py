"""What a request gets that cannot be served."""

from __future__ import annotations


class ApiError(Exception):
    """A request that cannot be served: status, code for programs, message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
