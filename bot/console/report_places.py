"""Names of the places of reports, and the places among which a member of the staff may choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.console.visits import PROVINCE_CODE, Member
from bot.feedback.reports import Where
from knowledge.places import Places

Options = list[tuple[str, str]]


def lies_in(where: Where, places: Sequence[str]) -> bool:
    """Whether a place is among official codes (none: all); one that is not known is everybody's."""
    if not places or where.province_code is None:
        return True
    return where.province_code in places or where.commune_code in places


class ReportPlaces:
    """Knows the units by their official codes."""

    def __init__(self, places: Callable[[], Places]) -> None:
        """`places` gives the present ones: they change when the knowledge is read anew."""
        self._places = places

    def name(self, province_code: str | None, commune_code: str | None) -> str | None:
        """Return the name of a place: "Phường Khương Đình, Thành phố Hà Nội"; the code where no unit has it."""
        names = [self._unit_name(code) for code in (commune_code, province_code) if code]
        return ", ".join(names) or None

    def province_of(self, code: str) -> str | None:
        """Return the code of the province in which a unit lies; None for what is none."""
        if len(code) == PROVINCE_CODE:
            return code
        unit = self._places().coded(code)
        province = next((one for one in self._places().provinces if unit and one.name == unit.province), None)
        return province.code if province else None

    def provinces(self, member: Member) -> Options:
        """Return the provinces in which the member looks after something."""
        theirs = {self.province_of(code) for code in member.places}
        return [
            (one.code, one.name) for one in self._places().provinces if one.code and (not theirs or one.code in theirs)
        ]

    def communes(self, member: Member, province: str | None) -> Options:
        """Return the communes of a province that the member looks after, by name."""
        unit = self._places().coded(province) if province else None
        found = [
            (one.code, one.name)
            for one in self._places().communes
            if unit and one.code and one.province == unit.name and member.looks_after(province, one.code)
        ]
        return sorted(found, key=lambda option: option[1])

    def _unit_name(self, code: str) -> str:
        unit = self._places().coded(code)
        return unit.name if unit else code
