"""When sending stops by itself, and how it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.campaigns.content import StopRules
from bot.campaigns.stopping import broken
from bot.store.campaign_stages import Counts

RULES = StopRules(failed=10.0, stopped=3.0, complained=0.5, least=50)


def counted(tried: int, failed: int = 0, stopped: int = 0, complained: int = 0) -> Counts:
    return Counts(
        open=0,
        first=0,
        first_open=0,
        unserved=0,
        ever_tried=tried,
        tried=tried,
        failed=failed,
        stopped=stopped,
        complained=complained,
    )


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (counted(1000, failed=99, stopped=29, complained=4), None),
        (counted(1000, failed=100), "10% gửi không được (100/1000 tin đã gửi, giới hạn 10%)."),
        (counted(1000, stopped=31), "3,1% dừng nhận hoặc chặn sau khi nhận tin (31/1000 tin đã gửi, giới hạn 3%)."),
        (counted(1000, complained=5), "0,5% báo tin không đúng (5/1000 tin đã gửi, giới hạn 0,5%)."),
        (counted(1000, failed=500, complained=50), "5% báo tin không đúng (50/1000 tin đã gửi, giới hạn 0,5%)."),
        (counted(49, failed=49), None),
        (counted(0), None),
    ],
)
def test_a_rule_is_broken_when_its_share_is_reached(counts: Counts, told: str | None) -> None:
    assert broken(RULES, counts, least=RULES.least) == told


def test_a_rule_of_nothing_is_broken_by_the_first_only() -> None:
    strict = StopRules(failed=0.0, stopped=0.0, complained=0.0, least=1)
    assert broken(strict, counted(100), least=1) is None
    assert broken(strict, counted(100, complained=1), least=1) is not None


def test_after_a_pause_complaints_are_compared_with_all_who_got_it_and_failures_with_the_new() -> None:
    resumed = replace(counted(150, complained=1, failed=15), ever_tried=90_000)
    assert broken(RULES, resumed, least=50) == "10% gửi không được (15/150 tin đã gửi, giới hạn 10%)."
    assert broken(RULES, replace(resumed, failed=0), least=50) is None
    nobody_new = replace(counted(0, complained=450), ever_tried=90_000)
    assert broken(RULES, nobody_new, least=1) is not None
