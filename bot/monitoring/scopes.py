"""The places of which a report tells: some communes and provinces, or the whole country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.places import Places

_KIND: Final = re.compile(r"\b(?:Tỉnh|Thành phố|Xã|Phường|Đặc khu)(?= (?!\d|Hồ Chí Minh))")


@dataclass(frozen=True)
class Scope:
    """Official codes of communes (five digits) and provinces (two); none: everywhere."""

    places: tuple[str, ...] = ()

    def holds(self, province: str | None, commune: str | None) -> bool:
        """Whether a place lies in it. What has no place lies only in everywhere."""
        return not self.places or province in self.places or commune in self.places


def may_see(looked_after: Sequence[str], scope: Scope, places: Places) -> bool:
    """Whether somebody who looks after these places may see figures of the scope: only if all of it is theirs."""
    if not looked_after:
        return True
    return bool(scope.places) and all(_is_in(code, looked_after, places) for code in scope.places)


def codes_within(looked_after: Sequence[str], places: Places) -> frozenset[str] | None:
    """Return the codes of all places that somebody looks after, communes of their provinces among them; None: all."""
    if not looked_after:
        return None
    names = {one.name for one in places.provinces if one.code in looked_after}
    return frozenset(looked_after) | {one.code for one in places.communes if one.code and one.province in names}


def _is_in(code: str, looked_after: Sequence[str], places: Places) -> bool:
    return code in looked_after or province_of(code, places) in looked_after


def province_of(code: str, places: Places) -> str | None:
    """Return the code of the province in which a commune lies, None for an unknown code or a province."""
    unit = places.coded(code)
    if unit is None or unit.is_province:
        return None
    return next((one.code for one in places.provinces if one.name == unit.province), None)


def place_name(code: str, places: Places) -> str:
    """Return the name of a place with its province, the code itself if nobody knows it."""
    unit = places.coded(code)
    if unit is None:
        return f"địa bàn mã {code}"
    return unit.name if unit.is_province else f"{unit.name}, {unit.province}"


def scope_name(scope: Scope, places: Places) -> str:
    """Return what officials call the scope, with a capital letter, for a list or a table."""
    if not scope.places:
        return "Cả nước"
    return "; ".join(place_name(code, places) for code in scope.places)


def within(scope: Scope, places: Places, most: int | None = None) -> str:
    """Return "trên địa bàn …" or "trên cả nước"; of more than `most` places only how many they are."""
    if not scope.places:
        return "trên cả nước"
    if most is not None and len(scope.places) > most:
        return f"trên địa bàn {len(scope.places)} đơn vị hành chính"
    return "trên địa bàn " + "; ".join(in_sentence(place_name(code, places)) for code in scope.places)


def in_sentence(name: str) -> str:
    """Return the name of a place as it stands within a sentence: the word for its kind is small.

    Source: Nghị định 30/2020/NĐ-CP, Phụ lục II, from memory: names that are numbers and Ho Chi Minh City keep it.

    >>> in_sentence("Phường Ba Đình, Thành phố Hà Nội"), in_sentence("Phường 3, Thành phố Hồ Chí Minh")
    ('phường Ba Đình, thành phố Hà Nội', 'Phường 3, Thành phố Hồ Chí Minh')
    """
    return _KIND.sub(lambda match: match[0].lower(), name)
