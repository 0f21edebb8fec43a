"""Token buckets per visitor, on an injected clock."""

import doctest

from bot.channels import rate_limit
from bot.channels.rate_limit import RateLimiter, visitor_at


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_burst_is_allowed_then_the_rate_holds() -> None:
    clock = Clock()
    limiter = RateLimiter(per_minute=60, burst=3, clock=clock)
    assert [limiter.allows("a") for _ in range(4)] == [True, True, True, False]
    clock.seconds = 1.0
    assert [limiter.allows("a") for _ in range(2)] == [True, False]


def test_a_flood_from_one_visitor_leaves_others_alone() -> None:
    limiter = RateLimiter(per_minute=60, burst=3, clock=Clock())
    assert sum(limiter.allows("flood") for _ in range(200)) == 3
    assert limiter.allows("other")


def test_old_visitors_are_forgotten_so_memory_stays_bounded() -> None:
    limiter = RateLimiter(per_minute=60, burst=1, clock=Clock())
    for number in range(20_001):
        limiter.allows(str(number))
    assert limiter.allows("0")
    assert not limiter.allows("20000")


def test_examples_in_the_docstrings_hold() -> None:
    result = doctest.testmod(rate_limit)
    assert result.attempted > 0
    assert result.failed == 0


def test_what_is_no_address_is_kept_short() -> None:
    assert len(visitor_at("x" * 8000)) == 64
