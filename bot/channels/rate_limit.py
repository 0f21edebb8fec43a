"""Token buckets per visitor: a flood from one slows nobody else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

_MOST_VISITORS: Final = 20_000
_LONGEST_ADDRESS: Final = 64


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Allows `burst` messages at once and `per_minute` in the long run for each visitor.

    `clock` returns seconds. The least recently seen visitors are forgotten beyond 20,000.
    """

    def __init__(self, per_minute: int, burst: int, clock: Callable[[], float]) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, visitor: str) -> bool:
        """Take one token of the visitor; False when there is none."""
        now = self._clock()
        bucket = self._buckets.pop(visitor, None) or _Bucket(self._burst, now)
        tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        allowed = tokens >= 1
        self._buckets[visitor] = _Bucket(tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > _MOST_VISITORS:
            self._buckets.popitem(last=False)
        return allowed


def visitor_at(address: str) -> str:
    """Who is taken for one visitor: an address, or for IPv6 its /64, since whoever has one has all of them.

    >>> visitor_at("203.0.113.1"), visitor_at("2001:db8::5:1"), visitor_at("::ffff:203.0.113.1")
    ('203.0.113.1', '2001:db8::/64', '203.0.113.1')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:_LONGEST_ADDRESS]
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((int(parsed), 64), strict=False))
