"""What stands at the head and the foot of an office's reports: for a place, or for all places without their own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.monitoring.sections import Office
from bot.store.audit import note
from bot.store.database import Database
from bot.store.monitoring_reports import StaleMonitoringError
from bot.store.monitoring_tables import OfficeRow
from bot.store.staff import Author


class Offices:
    """Keeps them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, place_code: str | None) -> tuple[Office, int]:
        """Return the office of exactly this place and its version; an empty one of version 0 if there is none yet."""
        query = select(OfficeRow).where(OfficeRow.place_code.is_not_distinct_from(place_code))
        async with self._database.sessions() as session:
            row = await session.scalar(query)
        return (Office(), 0) if row is None else (Office.from_json(row.content), row.version)

    async def for_report(self, place_codes: Sequence[str]) -> Office:
        """Return the office of a report: that of its one place if there is one, else the one for all places."""
        own = place_codes[0] if len(place_codes) == 1 else None
        query = select(OfficeRow).where(or_(OfficeRow.place_code.is_(None), OfficeRow.place_code == own))
        async with self._database.sessions() as session:
            row = await session.scalar(query.order_by(OfficeRow.place_code.asc().nulls_last()))
        return Office() if row is None else Office.from_json(row.content)

    async def places(self) -> Sequence[str]:
        """Return the places that have an office of their own."""
        query = select(OfficeRow.place_code).where(OfficeRow.place_code.is_not(None)).order_by(OfficeRow.place_code)
        async with self._database.sessions() as session:
            return [code for code in await session.scalars(query) if code is not None]

    async def save(self, place_code: str | None, office: Office, by: Author, *, version: int) -> None:
        """Store an office. Raises `StaleMonitoringError` if somebody has changed it since it had that version."""
        content = office.as_json()
        try:
            async with self._database.sessions.begin() as session:
                if version == 0:
                    session.add(OfficeRow(place_code=place_code, content=content, changed_by=by.staff_id))
                    await session.flush()
                else:
                    changing = (
                        update(OfficeRow)
                        .where(OfficeRow.place_code.is_not_distinct_from(place_code), OfficeRow.version == version)
                        .values(content=content, changed_by=by.staff_id, changed_at=func.now(), version=version + 1)
                    )
                    if await session.scalar(changing.returning(OfficeRow.id)) is None:
                        raise StaleMonitoringError
                subject = f"office:{place_code or ''}"
                await note(session, staff_id=by.staff_id, who=by.who, act="office changed", subject=subject)
        except IntegrityError as error:
            raise StaleMonitoringError from error
