"""Figures by place: the places of a report's scope, or the communes or provinces of which it consists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from bot.feedback.filters import NO_PLACE
from bot.monitoring.figures import REPORTS, Figure
from bot.monitoring.material import Material, Name
from bot.monitoring.records import Record, Selection
from bot.monitoring.report_figures import counted

_PROVINCE: Final = 2  # digits


def of_places(material: Material, place_name: Name) -> Iterator[Figure]:
    """Count by what the scope consists of: its places if there are several, else the communes or the provinces."""
    codes, unknown = _places_in(material)
    now, before = _by_place(material.now), _by_place(material.before)
    for code in codes:
        yield Figure(
            id=f"pa.noi.{code}",
            name=place_name(code),
            definition="Số phản ánh nhận trong kỳ ở nơi này.",
            unit=REPORTS,
            value=now[code],
            before=before[code],
            selection=Selection(places=(code,)),
        )
    if unknown:
        told = "Số phản ánh nhận trong kỳ mà người dân chưa cho biết xã, phường hoặc tỉnh, thành phố."
        yield counted(material, "pa.chua-ro-noi", "Chưa rõ địa bàn", Selection(places=unknown), told)


def _by_place(records: Iterable[Record]) -> Counter[str | None]:
    """Count by province and by commune at once: their codes differ in length."""
    found = Counter[str | None]()
    for one in records:
        found[one.province] += 1
        found[one.commune] += 1
    return found


def _places_in(material: Material) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the places to count by, the one with the most reports first, and what stands for an unknown place."""
    scope = material.scope.places
    if len(scope) > 1:
        return scope, ()
    if scope and len(scope[0]) > _PROVINCE:
        return (), ()
    provinces = sorted({one.province for one in (*material.now, *material.before) if one.province})
    if len(provinces) == 1:
        found = Counter(one.commune for one in material.now)
        unknown = (f"{provinces[0]}-{NO_PLACE}", *(() if scope else (NO_PLACE,)))
    else:
        found = Counter(one.province for one in material.now)
        unknown = () if scope else (NO_PLACE,)
    return tuple(code for code, _ in found.most_common() if code is not None), unknown
