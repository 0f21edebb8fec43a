"""What is recorded of each call of the fake Telegram, and the troubles that it can be told to have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_HTML_ERROR: Final = "<html><head><title>502 Bad Gateway</title></head></html>"


@dataclass(frozen=True)
class Call:
    """One call of a method: its fields, when it came (monotonic seconds), and for a message what the person reads."""

    method: str
    fields: Mapping[str, Any]
    at: float
    chat: int | None = None
    message_id: int | None = None
    text: str = ""
    buttons: tuple[Mapping[str, str], ...] = ()
    photo: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Fault:
    """A trouble: what is answered instead (None: never anything), and whether the message goes out all the same."""

    status: int | None = 200
    body: str | None = ""
    recorded: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Limits:
    """Telegram's flood limits: messages a second to one chat, and overall."""

    per_chat: int = 1
    overall: int = 30


def refusal(
    code: int, description: str, *, status: int | None = None, recorded: bool = False, **parameters: Any
) -> Fault:
    """An answer with "ok": false; `status` is the HTTP status where it is not the error code."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Fault(status or code, json.dumps(body), recorded)


def flood(retry_after: int) -> Fault:
    """429 with the seconds to wait."""
    return refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def page(status: int, html: str = _HTML_ERROR, *, recorded: bool = False) -> Fault:
    """A page of whatever stands before the API."""
    return Fault(status, html, recorded)


def silence(*, recorded: bool = False) -> Fault:
    """No answer at all."""
    return Fault(None, recorded=recorded)


def reset(*, recorded: bool = False) -> Fault:
    """The connection is reset instead of an answer."""
    return Fault(None, recorded=recorded, reset=True)


@dataclass
class Scripted:
    """A fault that the next calls of a method run into, those for `chat` or all."""

    fault: Fault
    method: str
    chat: int | None
    times: int
