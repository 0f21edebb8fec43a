"""Pacing on an injected clock: a limit is never passed by what arrives within five seconds, whatever comes when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.contract import Pace
from bot.delivery.pacing import Begun, Pacer
from bot.store.outbox import Lane
from tests.bot.delivery.rig import most_within

RESIDENT = b"r"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Sending:
    """Sends one message after the other as its pacer allows, and notes when."""

    def __init__(self, pace: Pace) -> None:
        self.clock = Clock()
        self.pacer = Pacer(pace, self.clock)
        self.begun: list[float] = []

    def send(self, lane: Lane, resident: bytes = RESIDENT) -> float:
        """Send when it is allowed; return how long that took."""
        asked = self.clock.seconds
        while (delay := self.pacer.delay(lane)) > 0:
            self.clock.seconds += delay
        self.begun.append(self.clock.seconds)
        self.pacer.took(resident)
        return self.clock.seconds - asked


paces = st.builds(Pace, messages=st.integers(1, 40), seconds=st.sampled_from([0.2, 1.0, 60.0]))
arrivals = st.lists(st.tuples(st.floats(0, 3), st.sampled_from(list(Lane))), min_size=1, max_size=200)


@given(pace=paces, coming=arrivals)
def test_no_window_ever_holds_more_than_the_pace_allows(pace: Pace, coming: list[tuple[float, Lane]]) -> None:
    sending = Sending(pace)
    for pause, lane in coming:
        sending.clock.seconds += pause * pace.seconds / 10
        sending.send(lane)
    assert pace.messages is not None
    assert most_within(sending.begun, pace.seconds) <= pace.messages


@given(pace=paces, campaign=st.integers(1, 200), waited=st.floats(0, 1))
def test_a_campaign_is_spread_evenly_and_a_reply_waits_for_one_gap_at_most(
    pace: Pace, campaign: int, waited: float
) -> None:
    # Given a campaign that sends as fast as it may
    sending = Sending(pace)
    for _ in range(campaign):
        sending.send(Lane.CAMPAIGN)
    assert pace.messages is not None
    gap = (pace.seconds + 0.002) / pace.messages
    between = [later - earlier for earlier, later in zip(sending.begun, sending.begun[1:], strict=False)]
    assert all(one == pytest.approx(gap, abs=1e-6) for one in between)
    # When a reply comes at any moment between two of its messages, then it goes within one gap
    sending.clock.seconds += waited * gap
    assert sending.send(Lane.REPLY) <= gap + 1e-6


def test_replies_may_follow_each_other_closely_until_the_window_is_full() -> None:
    sending = Sending(Pace(10, 1.0))
    waits = [sending.send(Lane.REPLY) for _ in range(11)]
    assert sum(waits[:10]) <= 0.2
    assert sending.begun[10] - sending.begun[0] >= 1.0


def test_without_a_limit_nothing_waits() -> None:
    sending = Sending(Pace(None))
    assert [sending.send(lane) for lane in Lane for _ in range(50)] == [0] * 200
    assert sending.pacer.ahead(0.25) > 1000


@given(
    pace=paces,
    ways=st.lists(st.tuples(st.floats(0, 4), st.floats(0, 1), st.sampled_from(list(Lane))), min_size=1, max_size=150),
)
def test_whenever_messages_arrive_before_their_answers_no_window_holds_too_many(
    pace: Pace, ways: list[tuple[float, float, Lane]]
) -> None:
    """Many are under way at once, each for as long as it takes, and arrive at any moment of that."""
    sending = Sending(pace)
    under_way: list[tuple[float, Begun]] = []
    arrived = []
    for way, part, lane in ways:
        while (delay := sending.pacer.delay(lane)) > 0:
            answer = min((one[0] for one in under_way), default=float("inf"))
            sending.clock.seconds = max(sending.clock.seconds, min(sending.clock.seconds + delay, answer))
            for one in [one for one in under_way if one[0] <= sending.clock.seconds]:
                under_way.remove(one)
                sending.pacer.arrived(one[1])
        began = sending.clock.seconds
        under_way.append((began + way, sending.pacer.took(RESIDENT, on_its_way=True)))
        arrived.append(began + way * part)
    assert pace.messages is not None
    assert most_within(sorted(arrived), pace.seconds) <= pace.messages


def test_a_message_that_is_long_on_its_way_holds_back_no_more_than_its_own_place() -> None:
    sending = Sending(Pace(30, 1.0))
    sending.pacer.took(RESIDENT, on_its_way=True)
    started = sending.clock.seconds
    for _ in range(29 * 4):
        sending.send(Lane.CAMPAIGN)
    assert sending.clock.seconds - started == pytest.approx(4, abs=0.1)


def test_a_free_place_is_free_though_time_goes_by_while_it_is_asked_for() -> None:
    sending = Sending(Pace(30, 1.0))

    def ticking() -> float:
        sending.clock.seconds += 1e-6
        return sending.clock.seconds

    pacer = Pacer(Pace(30, 1.0), ticking)
    assert pacer.delay(Lane.REPLY) == 0


def test_a_message_that_is_not_answered_gives_its_place_back() -> None:
    sending = Sending(Pace(1, 1.0))
    sending.pacer.took(RESIDENT, on_its_way=True)
    assert 6 <= sending.send(Lane.REPLY) <= 7.1


def test_what_another_sender_has_sent_counts() -> None:
    sending = Sending(Pace(4, 60.0))
    sending.pacer.took_before([50.0, 20.0, 10.0])
    assert sending.send(Lane.REPLY) == 0  # three of four are used up
    assert sending.send(Lane.REPLY) == pytest.approx(10.002, abs=1e-6)  # the oldest leaves the window
    assert sending.send(Lane.REPLY) == pytest.approx(30, abs=1e-6)


@pytest.mark.parametrize(("messages", "seconds", "most"), [(30, 1.0, 7), (20, 60.0, 1), (1, 1.0, 1), (2000, 60.0, 8)])
def test_no_more_is_claimed_ahead_than_goes_soon(messages: int, seconds: float, most: int) -> None:
    assert Sending(Pace(messages, seconds)).pacer.ahead(0.25) == most


def test_a_pause_holds_everybody_and_a_shorter_one_does_not_end_it() -> None:
    sending = Sending(Pace(None))
    sending.pacer.pause(10)
    sending.pacer.pause(2)
    assert [sending.pacer.delay(lane) for lane in Lane] == [10] * 4
    sending.clock.seconds += 10
    assert sending.pacer.delay(Lane.REPLY) == 0


def test_a_resident_is_held_by_the_pace_or_by_the_channel() -> None:
    sending = Sending(Pace(30, 1.0, between=1.0))
    sending.send(Lane.REPLY, b"a")
    sending.pacer.hold(b"b", 5)
    sending.pacer.hold(b"b", 1)  # the longer one counts
    assert set(sending.pacer.held()) == {b"a", b"b"}
    assert sending.pacer.next_release() == pytest.approx(1)
    sending.clock.seconds += 1.001
    assert sending.pacer.held() == (b"b",)
    sending.clock.seconds += 4
    assert (sending.pacer.held(), sending.pacer.next_release()) == ((), None)


def test_what_is_remembered_of_residents_is_bounded() -> None:
    pacer = Pacer(Pace(None, between=100.0), Clock())
    for number in range(20_500):
        pacer.took(str(number).encode())
    assert len(pacer.held()) == 20_000
