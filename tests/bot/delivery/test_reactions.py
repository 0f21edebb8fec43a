"""What each outcome of a sending means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    WindowClosed,
)
from bot.delivery.reactions import MOST_TRIES, Reaction, reaction
from bot.store.outbox import Claimed, Lane, OutboxState

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def to(outcome: Outcome, *, tries: int = 1, jitter: float = 1.0) -> Reaction:
    return reaction(Claimed(7, Lane.REPLY, b"r", b"", tries, None), outcome, NOW, jitter)


def test_what_was_taken_is_sent_under_the_channels_id() -> None:
    react = to(Sent("m1"))
    assert (react.settled.id, react.settled.state, react.settled.message) == (7, OutboxState.SENT, "m1")
    assert (react.hold, react.pause, react.stop, react.halted) == (0, 0, False, None)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Permanent("too long"), OutboxState.FAILED),
        (Stopped("blocked"), OutboxState.FAILED),
        (WindowClosed("48 hours"), OutboxState.FAILED),
        (QuotaSpent("month"), OutboxState.FAILED),
        (QuotaSpent("month", whole_account=True), OutboxState.FAILED),
        (Unknown("no answer"), OutboxState.UNKNOWN),
    ],
)
def test_what_is_over_is_over_whatever_the_number_of_tries(outcome: Outcome, state: OutboxState) -> None:
    for tries in (1, MOST_TRIES + 1):
        react = to(outcome, tries=tries)
        assert react.settled.state is state
        assert react.settled.reason
        assert react.stop == isinstance(outcome, Stopped)
        assert (react.hold, react.pause) == (0, 0)


def test_a_throttled_resident_is_held_and_a_throttled_account_is_paused() -> None:
    resident, account = to(Throttled(7)), to(Throttled(7, whole_account=True))
    assert (resident.hold, resident.pause, account.hold, account.pause) == (7, 0, 0, 7)
    for react in (resident, account):
        assert (react.settled.state, react.settled.wait) == (OutboxState.WAITING, timedelta(seconds=7))
        assert not react.settled.counts


def test_a_halted_account_rests_and_says_why() -> None:
    react = to(Halted("token expired " * 100), tries=MOST_TRIES + 5)
    assert react.settled.state is OutboxState.WAITING
    assert not react.settled.counts
    assert react.pause == 60
    assert react.halted is not None
    assert react.halted.startswith("token expired")
    assert len(react.halted) <= 300
    assert len(react.settled.reason or "") <= 300


def test_what_may_well_work_backs_off_longer_and_longer_and_fails_at_last() -> None:
    tries = [to(Retryable("502"), tries=number) for number in range(1, MOST_TRIES + 1)]
    waits = [one.settled.wait.total_seconds() for one in tries[:-1]]
    assert waits == [2, 4, 8, 16, 32, 64, 128]
    assert {one.settled.state for one in tries[:-1]} == {OutboxState.WAITING}
    assert all(one.settled.counts for one in tries[:-1])
    assert tries[-1].settled.state is OutboxState.FAILED
    assert to(Retryable("502"), jitter=0).settled.wait == timedelta(seconds=1)


def test_a_window_that_is_known_to_reopen_is_waited_for() -> None:
    react = to(WindowClosed("night", reopens=NOW + timedelta(hours=8)))
    assert (react.settled.state, react.settled.wait) == (OutboxState.WAITING, timedelta(hours=8))
    past = to(WindowClosed("night", reopens=NOW - timedelta(hours=1)))
    assert past.settled.wait == timedelta()


def test_a_campaign_waits_for_its_account_when_the_quota_of_that_is_used_up() -> None:
    message = Claimed(7, Lane.CAMPAIGN, b"r", None, 1, None, recipient=3)
    react = reaction(message, QuotaSpent("month", whole_account=True), NOW, 1.0)
    assert (react.settled.state, react.settled.reason, react.settled.counts) == (OutboxState.WAITING, "quota", False)
    assert react.spent
    react = reaction(message, QuotaSpent("8 in 48 hours"), NOW, 1.0)  # only this resident's
    assert (react.settled.state, react.spent) == (OutboxState.FAILED, False)
