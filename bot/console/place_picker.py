"""Finding provinces and communes by name, with or without diacritics, where somebody enters a place in a form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from knowledge.places import Places, Unit
from knowledge.vietnamese import fold, words

MOST: int = 30


def found_places(places: Places, typed: str, most: int = MOST) -> list[Unit]:
    """Return present units whose name, kind and province have all the words typed; those named so first.

    The last word may be the beginning of one. An official code finds its unit.
    """
    if (unit := places.coded(typed.strip())) is not None:
        return [unit]
    sought = words(fold(typed))
    if not sought:
        return []
    hits = [(order, unit) for unit in _every(places) if (order := _order(unit, sought)) is not None]
    return [unit for _, unit in sorted(hits, key=lambda hit: (*hit[0], hit[1].bare_name))[:most]]


def described(unit: Unit) -> str:
    """Return how a unit is shown: "Phường Khương Đình, Thành phố Hà Nội"."""
    return unit.name if unit.is_province else f"{unit.name}, {unit.province}"


def named(places: Places, codes: Iterable[str]) -> dict[str, str]:
    """Return what people read of codes, by code; an unknown one is shown as it is."""
    return {code: described(unit) if (unit := places.coded(code)) else code for code in codes}


def forgotten(sought: str, chosen: Collection[str], otherwise: str) -> str | None:
    """Say that a name was typed and no place of those found was ticked; None where nothing was forgotten.

    `otherwise` is what no choice means, which nobody is to get unawares: "gửi cả nước".
    """
    if not sought or chosen:
        return None
    return (
        f"Đã gõ “{sought}” nhưng chưa chọn nơi nào, mà không chọn là {otherwise}. Bấm “Tìm địa bàn” rồi chọn nơi; "
        f"muốn {otherwise} thì xóa chữ đã gõ."
    )


def _every(places: Places) -> Iterator[Unit]:
    yield from places.provinces
    yield from places.communes


def _order(unit: Unit, sought: list[str]) -> tuple[int, int] | None:
    """Where a unit stands among the hits; None when it is none."""
    name, whole = _folded(unit)
    if not all(word in whole for word in sought[:-1]) or not any(word.startswith(sought[-1]) for word in whole):
        return None
    return (
        0 if list(name) == sought else 1 if name[: len(sought)] == tuple(sought) else 2,
        0 if unit.is_province else 1,
    )


@lru_cache(maxsize=8192)
def _folded(unit: Unit) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = tuple(words(fold(unit.bare_name)))
    return name, (*words(fold(unit.name)), *words(fold(unit.province)))
