"""To which agencies a member of the staff may forward a report."""

from __future__ import annotations

from collections.abc import Sequence

from bot.console.visits import Member
from bot.feedback.reports import Report
from bot.store.agencies import Agencies, Agency


class ReportAgencies:
    """Picks agencies by the place of a report."""

    def __init__(self, agencies: Agencies) -> None:
        self._agencies = agencies

    async def fitting(self, member: Member, report: Report) -> Sequence[Agency]:
        """Return the agencies in use that serve the report's place, the nearest first.

        Where a report has no place, those of the member's own places: the officer knows from its words where it is.
        """
        where = report.where
        if where.province_code is not None:
            return await self._agencies.serving(where.province_code, where.commune_code)
        return [one for one in await self._agencies.every() if one.active and _is_theirs(one, member)]


def _is_theirs(agency: Agency, member: Member) -> bool:
    code = agency.place_code
    return code is None or not member.places or code in member.places
