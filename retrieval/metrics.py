"""How good one ranked list is, given what is relevant."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def hit_at(limit: int, ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Return 1 if anything relevant stands among the first `limit`, else 0.

    >>> hit_at(2, ["a", "b", "c"], {"b"}), hit_at(1, ["a", "b", "c"], {"b"})
    (1.0, 0.0)
    """
    return float(any(one in relevant for one in ranked[:limit]))


def reciprocal_rank_at(limit: int, ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Return 1 over the rank of the first relevant one among the first `limit`, else 0.

    >>> reciprocal_rank_at(10, ["a", "b", "c"], {"b", "c"}), reciprocal_rank_at(1, ["a", "b"], {"b"})
    (0.5, 0.0)
    """
    ranks = (rank for rank, one in enumerate(ranked[:limit], 1) if one in relevant)
    return 1 / next(ranks, math.inf)


def ndcg_at(limit: int, ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Return the discounted gain of the first `limit` as a share of the best possible; relevance is yes or no.

    With two relevant ones at ranks 1 and 3 the gain is 1 + 1/2, of 1 + 0.63 possible:

    >>> round(ndcg_at(10, ["a", "b", "c"], {"a", "c"}), 2)
    0.92
    """
    gain = sum(1 / math.log2(rank + 1) for rank, one in enumerate(ranked[:limit], 1) if one in relevant)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(limit, len(relevant)) + 1))
    return gain / ideal if ideal else 0.0
