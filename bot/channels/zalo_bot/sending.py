"""What became of a message, by what the API answered.

Only 401 (token) and the envelope `{"ok": false, "error_code", "description"}` are documented. The meanings of 403, 404
and 429 follow HTTP, and how a spent quota is told is not known (unverified): see `_is_quota`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.channels.contract import Halted, Outcome, Permanent, QuotaSpent, Sent, Stopped, Throttled, Unknown
from bot.channels.foreign_answers import PAUSE_SECONDS, outcome_of_page
from bot.channels.zalo_bot.client import Answer

_LONGEST_PAUSE: Final = 3600.0
_ABOUT_THE_MESSAGE: Final = ("length", "character", "text", "caption", "size", "photo", "rate")
_ABOUT_THE_RESIDENT: Final = ("chat", "user", "recipient")
_MONTHLY: Final = ("quota", "month", "hạn mức")
_BY_CODE: Final[Mapping[int, Callable[[str], Outcome]]] = {
    401: Halted,
    403: Stopped,
    408: Unknown,  # the API gave up waiting for itself
}


def outcome(answer: Answer) -> Outcome:
    """Return what became of a message. A message is never said to be unsent when that is not sure."""
    if answer.ok:
        return _sent(answer)
    if not answer.is_own:
        return outcome_of_page(answer.status)
    return _refused(answer, answer.code)


def _sent(answer: Answer) -> Sent:
    result = answer.result
    message = result.get("message_id") if isinstance(result, dict) else None
    return Sent(str(message) if isinstance(message, str | int) else None)


def _refused(answer: Answer, code: int) -> Outcome:
    reason = f"{code} {answer.description}".strip()
    if 400 <= code < 500 and _is_quota(code, answer.description.casefold()):
        return QuotaSpent(reason, whole_account=True)
    if code == 429:
        return Throttled(_pause(answer))
    if 500 <= code < 600:  # a server that restarts may say so of a message that is out
        return Unknown(reason)
    if code == 404 and not any(word in answer.description.casefold() for word in _ABOUT_THE_RESIDENT):
        return Halted(f"{reason}: the token or the address is wrong")  # as of every other message, so none is used up
    return _BY_CODE.get(code, Permanent)(reason)


def _is_quota(code: int, said: str) -> bool:
    """Whether words tell of the Basic tier's 3,000 messages a month or 50 users; its error code is not known."""
    if any(word in said for word in _MONTHLY):
        return True
    return code != 429 and "limit" in said and not any(word in said for word in _ABOUT_THE_MESSAGE)


def _pause(answer: Answer) -> float:
    """Seconds until the next try, as the answer or its header says."""
    body = answer.body or {}
    parameters = body.get("parameters")
    told = parameters.get("retry_after") if isinstance(parameters, dict) else body.get("retry_after")
    if isinstance(told, bool) or not isinstance(told, int | float) or not told >= 0:
        told = answer.retry_after if answer.retry_after is not None else PAUSE_SECONDS
    return min(float(told), _LONGEST_PAUSE)
