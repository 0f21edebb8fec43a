"""What is an emergency in a conversation, and what only looks like one."""

from __future__ import annotations

import pytest

from bot.conversation.alarms import assessed
from intents.triage import Level

CODES = ("M2-U9PM-DTZA", "K6-2XH3-QXRQ", "RE-PVAN-VS2A", "HK-NEW8-AKRU", "t5-ewtk-jzby")


@pytest.mark.parametrize("code", CODES)
def test_the_letters_of_a_receipt_code_are_no_cry(code: str) -> None:
    assert assessed(f"mã {code} tới đâu rồi").level is Level.NONE
    assert assessed(code).level is Level.NONE


@pytest.mark.parametrize("code", CODES)
def test_a_cry_beside_a_receipt_code_is_heard(code: str) -> None:
    assert assessed(f"mã {code} tới đâu rồi, nhà đang cháy cứu với").level is Level.EMERGENCY
    assert assessed(f"chay nha roi {code}").level is Level.EMERGENCY


def test_words_that_end_news_are_no_cry() -> None:
    assert assessed("DỪNG").level is Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "hồ sơ tới đâu rồi",
        "ho so toi dau roi",
        "đơn em gửi tới đâu rồi ạ",
        "don em gui toi dau roi",
        "phản ánh đến đâu rồi",
    ],
)
def test_asking_after_a_report_is_no_cry(text: str) -> None:
    assert assessed(text).level is Level.NONE


def test_somebody_who_asks_where_their_mother_is_is_heard() -> None:
    assert assessed("ma toi dau roi").level is Level.EMERGENCY  # "má tôi đâu rồi", and not "mã tới đâu rồi"
