"""Finds numbers that are missing or come twice: a page that was left out shows as Điều 5 followed by Điều 7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from knowledge.ingestion.parts import Ordinal, Part


def numbering_faults(parts: Sequence[Part]) -> Iterator[str]:
    """Yield a Vietnamese sentence for each break in the numbering."""
    rows: dict[tuple[str, str], list[tuple[Ordinal, str]]] = {}
    for part in parts:
        if part.ordinal is not None and part.ordinal.value:
            rows.setdefault((part.ordinal.kind, part.ordinal.scope), []).append((part.ordinal, part.locator))
    for row in rows.values():
        first, where = row[0]
        if first.value != 1:
            yield f"Đánh số bắt đầu từ {where}: có thể thiếu phần trước đó."
        for (before, locator), (after, following) in pairwise(row):
            if after.value > before.value + 1:
                yield f"Đánh số nhảy: {locator} rồi đến {following}: có thể thiếu phần ở giữa."
            elif after.value < before.value or after.shown == before.shown:
                yield f"Đánh số lặp hoặc lùi: {locator} rồi đến {following}."
