"""Every number with which Zalo refuses has one meaning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.channels.contract import (
    Halted,
    Outcome,
    Permanent,
    QuotaSpent,
    Retryable,
    Stopped,
    Throttled,
    WindowClosed,
)
from bot.channels.zalo_oa.errors import REFUSALS, SETTING_UP, next_morning, outcome_of, told
from tests.bot.channels.zalo_oa.setting import NOW

BECOMES: dict[type[Outcome], list[int]] = {
    Throttled: [-32],
    Retryable: [-200],
    QuotaSpent: [-211, -218, -1441, -1472],
    Stopped: [-213, -244],
    WindowClosed: [-217, -227, -230, -232, -234],
    Permanent: [-100, -201, -210, -233, -248, -249],
    Halted: [-216, -220, -204, -205, -209, -212, -219, -221, -223, -224, -235, -240, -242, -320, -321, -403],
}


def test_every_number_is_in_the_table_once() -> None:
    numbers = [code for codes in BECOMES.values() for code in codes]
    assert sorted(REFUSALS) == sorted(numbers)


@pytest.mark.parametrize(("expected", "code"), [(one, code) for one, codes in BECOMES.items() for code in codes])
def test_a_number_becomes_its_outcome(expected: type[Outcome], code: int) -> None:
    outcome = outcome_of(code, NOW, 30.0)
    assert type(outcome) is expected
    if isinstance(outcome, Throttled):
        assert outcome == Throttled(30.0, whole_account=True)
    else:
        assert f"{code}: " in repr(outcome)
    if isinstance(outcome, QuotaSpent):
        assert outcome.whole_account is (code == -211)
    text, next_step = told(code)
    assert text.endswith((".", ")."))
    assert bool(next_step) or expected is not Halted


def test_an_unknown_number_is_final_and_said() -> None:
    assert outcome_of(-9_999, NOW, 30.0) == Permanent("-9999: Zalo từ chối với mã lỗi chưa biết.")
    assert told(-14003)[1] == SETTING_UP[-14003]


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (datetime(2026, 11, 22, 15, 30, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),  # 22:30 in Viet Nam
        (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)),  # 5:59
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), datetime(2026, 11, 23, 23, tzinfo=UTC)),  # 6:00
    ],
)
def test_the_night_ends_at_six_in_viet_nam(now: datetime, morning: datetime) -> None:
    assert next_morning(now) == morning
    outcome = outcome_of(-234, now, 30.0)
    assert isinstance(outcome, WindowClosed)
    assert outcome.reopens == morning
