"""Asking for a place among the present units: what an answer names, and what may be meant where it is not clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.conversation.flows.forms import Choice
from knowledge.gazetteer import Gazetteer, Stated
from knowledge.places import Places, Unit
from knowledge.vietnamese import clean, words

MOST_OFFERED: Final = 6
_NOT_KNOWN: Final = "Mình chưa nhận ra nơi này. Bạn gõ tên phường, xã hiện nay, hoặc tỉnh, thành phố giúp mình."
_MANY: Final = "Tên này có ở nhiều nơi, bạn chọn hoặc gõ thêm tên tỉnh, thành phố nhé."
_DIVIDED: Final = "{old} nay là nhiều phường, xã, bạn chọn một nơi hoặc gõ tên phường, xã hiện nay nhé."
_MISSING: Final = "{province} hiện không có {name}. Bạn xem có đúng một nơi ở dưới không, hoặc gõ lại giúp mình nhé."
_NOW: Final = "{old} nay thuộc {now}."
_ONLY_PROVINCE: Final = "Mình chưa rõ phường, xã nên ghi {now}. Muốn sửa, bạn gõ “quay lại”."
_NO_DISTRICTS: Final = "Quận, huyện nay không còn; bạn gõ phường, xã hiện nay, hoặc chỉ tỉnh, thành phố."


@dataclass(frozen=True)
class Named:
    """A present unit that an answer names, by its code, and what is said of one taken otherwise than it was named."""

    code: str
    note: str = ""


@dataclass(frozen=True)
class Unclear:
    """Why an answer does not tell the place, and the codes of what may be meant; none where nothing was understood."""

    why: str
    codes: tuple[str, ...] = ()


class PlaceReading:
    """Reads answers to "where?", and names units."""

    def __init__(self, places: Places, gazetteer: Gazetteer) -> None:
        self._places = places
        self._gazetteer = gazetteer

    def name(self, code: str) -> str:
        """Name of the unit with a code, with its province: "Phường Gò Vấp (Thành phố Hồ Chí Minh)"."""
        return unit_name(self._places, code)

    def choices(self, codes: Sequence[str]) -> tuple[Choice, ...]:
        """Return units as choices."""
        return tuple(Choice(self.name(code), code) for code in codes if self._places.coded(code))

    def read(self, answer: str) -> Named | Unclear:
        """Read an answer: the code of a unit, or a place in words."""
        if self._places.coded(answer) is not None:
            return Named(answer)
        stated = self._gazetteer.stated(answer)
        units = [one for one in map(self._places.present, stated.units) if one is not None]
        if len(units) == 1 and not stated.missing_in and not stated.district:
            return Named(str(units[0].code), _note(stated, units[0]))
        return Unclear(_why(stated, units), tuple(str(one.code) for one in units[:MOST_OFFERED]))

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Return the codes of the present communes that a text names, each beyond doubt."""
        found = (one.units[0] for one in self._gazetteer.find(text) if len(one.units) == 1)
        present = (self._places.present(one) for one in found if not one.is_province)
        return tuple(dict.fromkeys(str(one.code) for one in present if one is not None))

    def names_only_places(self, text: str) -> bool:
        """Whether a text says nothing but the names of units."""
        return not self._gazetteer.without_places(text).strip()

    def without_places(self, text: str) -> str:
        """Return the words of a text but for the names of units; the text itself where it has none."""
        rest = self._gazetteer.without_places(text)
        return text if len(rest.split()) == len(words(clean(text))) else rest

    def codes(self, code: str) -> tuple[str | None, str | None]:
        """Return the codes of the province and of the commune that a unit is, or lies in."""
        unit = self._places.coded(code)
        if unit is None:
            return None, None
        if unit.is_province:
            return code, None
        province = next((one.code for one in self._places.provinces if one.name == unit.province), None)
        return province, code


def unit_name(places: Places, code: str) -> str:
    """Name of the unit with a code, with its province: "Phường Gò Vấp (Thành phố Hồ Chí Minh)"."""
    unit = places.coded(code)
    if unit is None:
        return "nơi không còn trong danh mục"
    return unit.name if unit.is_province else f"{unit.name} ({unit.province})"


def _note(stated: Stated, unit: Unit) -> str:
    """What is said of a place that was taken otherwise than it was named."""
    if not unit.is_province:
        return ""
    notes = [
        _NOW.format(old=stated.old.old.name, now=unit.name) if stated.old else "",
        _ONLY_PROVINCE.format(now=unit.name) if stated.unread else "",
    ]
    return " ".join(note for note in notes if note)


def _why(stated: Stated, units: Sequence[Unit]) -> str:
    """Why an answer does not tell the place."""
    if stated.district:
        return _NO_DISTRICTS
    if not units:
        return _NOT_KNOWN
    if stated.missing_in:
        return _MISSING.format(province=stated.missing_in, name=stated.missing)
    return _DIVIDED.format(old=stated.old.old.name) if stated.old else _MANY
