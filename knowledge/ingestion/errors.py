"""Why a file does not become a draft: one small tree, told apart by what the clerk has to do next."""

from __future__ import annotations

from pathlib import Path


class RefusalError(Exception):
    """The file is not taken. `reason` and `remedy` are Vietnamese sentences for the clerk."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        self.path = path
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{path.name}: {reason} {remedy}")


class UnusableFileError(RefusalError):
    """Broken, empty, locked, too large or of another kind: the clerk gets another copy."""


class NeedsConversionError(RefusalError):
    """A picture of text, or text in an old Vietnamese encoding: the clerk converts it first."""


class AlreadyRegisteredError(RefusalError):
    """The document is in the knowledge base; it is read again only as an update."""

    def __init__(self, path: Path, reason: str, remedy: str, difference: str = "") -> None:
        super().__init__(path, reason, remedy)
        self.difference = difference


class DraftStandsError(RefusalError):
    """There is a draft of that id; it is overwritten only when asked for."""
