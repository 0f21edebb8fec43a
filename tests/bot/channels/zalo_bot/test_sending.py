"""What an answer of the platform means for the message."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.channels.contract import (
    Halted,
    Outcome,
    Permanent,
    QuotaSpent,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
)
from bot.channels.foreign_answers import PAUSE_SECONDS
from bot.channels.zalo_bot.client import Answer
from bot.channels.zalo_bot.sending import outcome


def refused(code: int, said: str = "", **more: Any) -> Answer:
    return Answer(200, {"ok": False, "error_code": code, "description": said, **more})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ok": True, "result": {"message_id": "m1", "date": 1}}, "m1"),
        ({"ok": True, "result": {"message_id": 7}}, "7"),
        ({"ok": True, "result": {}}, None),
        ({"ok": True}, None),
    ],
)
def test_sent(body: Mapping[str, Any], message: str | None) -> None:
    assert outcome(Answer(200, body)) == Sent(message)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (refused(429, "Too many requests: rate limit"), PAUSE_SECONDS),
        (refused(429, parameters={"retry_after": 9}), 9),
        (refused(429, retry_after=1.5), 1.5),
        (refused(429, parameters={"retry_after": 10**9}), 3_600),
        (refused(429, parameters={"retry_after": -3}), PAUSE_SECONDS),
        (refused(429, parameters={"retry_after": "9"}), PAUSE_SECONDS),
        (Answer(429, {"ok": False}, retry_after=12), 12),
    ],
)
def test_too_fast(answer: Answer, seconds: float) -> None:
    assert outcome(answer) == Throttled(seconds)


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "Bad Request: monthly message quota exceeded"),
        refused(403, "Message limit exceeded"),
        refused(429, "Monthly limit reached"),
        refused(400, "Bot đã hết hạn mức tin nhắn"),
        refused(402, "user limit of the Basic tier"),
    ],
)
def test_a_spent_quota(answer: Answer) -> None:
    found = outcome(answer)
    assert isinstance(found, QuotaSpent)
    assert found.whole_account


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused(401, "Unauthorized"), Halted),
        (refused(403, "blocked"), Stopped),
        (refused(400, "text exceeds the limit of 2000 characters"), Permanent),
        (refused(400, "chat not found"), Permanent),
        (refused(404), Halted),
        (refused(404, "Not Found"), Halted),
        (refused(404, "Not Found: chat not found"), Permanent),
        (refused(408), Unknown),
        (refused(500), Unknown),
        (refused(599), Unknown),
        (refused(-201), Permanent),
        (Answer(500, {"ok": False}), Unknown),
        (Answer(200, {"ok": "yes"}), Unknown),
        (Answer(200, {}), Unknown),
        (Answer(200), Unknown),
        (Answer(502), Unknown),
        (Answer(408), Unknown),
        (Answer(403, {"message": "Forbidden"}), Retryable),
        (Answer(404, {"ok": "no", "error_code": 404}), Retryable),
        (Answer(500, {"message": "Internal Error"}), Unknown),
        (Answer(302), Retryable),
        (Answer(401), Retryable),
        (Answer(404), Retryable),
        (Answer(403), Retryable),
        (Answer(413), Retryable),
        (Answer(429), Throttled),
        (Answer(200, {"ok": False, "error_code": True, "description": ["x"]}), Permanent),
    ],
)
def test_everything_else(answer: Answer, expected: type[Outcome]) -> None:
    assert type(outcome(answer)) is expected
