"""Which agencies a member sees and may change: those of the places they look after; who looks after all, all."""

from __future__ import annotations

from collections.abc import Callable

from bot.console.report_places import ReportPlaces
from bot.console.visits import PROVINCE_CODE, Member
from knowledge.places import Contact, Places

EVERYWHERE = "Cả nước"


class AgencyPlaces:
    """Knows what place of an agency is whose."""

    def __init__(self, places: Callable[[], Places]) -> None:
        """`places` gives the present ones."""
        self._places = places
        self._units = ReportPlaces(places)

    def name(self, code: str | None) -> str:
        """The name of the place that an agency serves."""
        if code is None:
            return EVERYWHERE
        if len(code) == PROVINCE_CODE:
            return self._units.name(code, None) or code
        return self._units.name(self._units.province_of(code), code) or code

    def province_of(self, code: str | None) -> str | None:
        """The province in which a place lies, or which it is."""
        return self._units.province_of(code) if code else None

    def may_change(self, member: Member, code: str | None) -> bool:
        """Whether an agency of that place is theirs to change: a province's is not a commune's officer's."""
        if not member.places:
            return True
        return code is not None and (code in member.places or self.province_of(code) in member.places)

    def may_see(self, member: Member, code: str | None) -> bool:
        """Whether it concerns them: their own, and those above, to which their reports may go."""
        if code is None or self.may_change(member, code):
            return True
        return code in {self.province_of(one) for one in member.places}

    def provinces(self, member: Member) -> dict[str, str]:
        """The provinces among which a member may choose."""
        return dict(self._units.provinces(member))

    def communes(self, member: Member, province: str | None) -> dict[str, str]:
        """The communes of a province among which a member may choose."""
        return dict(self._units.communes(member, province))

    def contacts(self, code: str | None) -> list[Contact]:
        """What offices have entered about the place in the list of contact points, where it has an e-mail."""
        unit = self._places().coded(code) if code else None
        return [one for one in self._places().contacts_of(unit) if one.email] if unit else []
