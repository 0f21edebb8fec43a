"""What Zalo's answers and our failures mean for a message, whatever the way in which it was sent."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.channels.contract import Halted, Outcome, Retryable, Sent, Throttled, Unknown
from bot.channels.zalo_oa.client import Answer, NoAnswerError, NotSentError
from bot.channels.zalo_oa.errors import outcome_of
from bot.channels.zalo_oa.tokens import RefreshLaterError, TokenError
from bot.channels.zalo_oa.uploads import UploadError

_LOG: Final = logging.getLogger(__name__)


def outcome_of_answer(answer: Answer, now: datetime, throttle_seconds: float) -> Outcome:
    """Return what an answer says of the message."""
    if answer.error is None:
        return _without_words(answer.status, throttle_seconds)
    if answer.error == 0:
        # An error of the server that says success at the same time says nothing.
        return Sent(_id_of(answer.data)) if answer.status < 500 else Unknown(f"Máy chủ Zalo lỗi {answer.status}.")
    return outcome_of(answer.error, now, throttle_seconds)


def outcome_of_failure(error: Exception) -> Outcome:
    """Return what became of a message when sending it failed."""
    if isinstance(error, NoAnswerError):
        return Unknown(f"Zalo không trả lời sau khi đã gửi ({error}).")
    if isinstance(error, NotSentError | TokenError | UploadError):
        return before_it_left(error)
    # Where the error arose is not known, so neither is whether the message left.
    _LOG.error("zalo_oa: sending failed unexpectedly (%s)", type(error).__name__)
    return Unknown(f"Lỗi bất ngờ khi gửi ({type(error).__name__}).")


def before_it_left(error: Exception) -> Outcome:
    """Return what becomes of a message when something failed before it was sent."""
    if isinstance(error, UploadError):
        return error.outcome
    if isinstance(error, TokenError):
        return Retryable(str(error)) if isinstance(error, RefreshLaterError) else Halted(str(error))
    if isinstance(error, NotSentError):
        return Retryable(f"Không kết nối được Zalo ({error}).")
    if isinstance(error, TimeoutError):
        return Retryable("Chưa chuẩn bị kịp tin: máy chủ của Zalo trả lời quá chậm.")
    _LOG.error("zalo_oa: a message could not be made ready (%s)", type(error).__name__)
    return Retryable(f"Chưa chuẩn bị được tin ({type(error).__name__}).")


def plain(message: str) -> str:
    """What Zalo says of a refusal, such as the name of a field; without anything that could be a resident's word."""
    return re.sub(r"[^A-Za-z_ !]", "", message)[:80]


def _without_words(status: int, throttle_seconds: float) -> Outcome:
    """What an answer means that is not Zalo's JSON."""
    if status == 429:
        return Throttled(throttle_seconds, whole_account=True)
    if status < 300 or status >= 500:
        return Unknown(f"Câu trả lời của Zalo không đọc được (HTTP {status}).")
    return Retryable(f"Yêu cầu không tới được Zalo (HTTP {status}).")


def _id_of(data: Mapping[str, Any]) -> str | None:
    """The number of the message; templates may call it otherwise."""
    number = data.get("message_id") or data.get("msg_id")
    return str(number) if isinstance(number, str | int) and number else None
