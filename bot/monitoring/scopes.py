"""The places of which a report tells: some communes and provinces, or the whole country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.places import Places


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
    """Return what officials call the scope."""
    if not scope.places:
        return "cả nước"
    return "; ".join(place_name(code, places) for code in scope.places)
