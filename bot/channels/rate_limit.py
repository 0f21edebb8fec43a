"""Token buckets per visitor: a flood from one slows nobody else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_MOST_VISITORS: Final = 20_000


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
