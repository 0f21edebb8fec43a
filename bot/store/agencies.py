"""Agencies to which reports are forwarded, as offices enter them. None is invented: the list begins empty.

An agency is switched off, never deleted: reports and their log name it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.audit import note
from bot.store.database import Database
from bot.store.report_tables import AgencyRow

LONGEST_NAME: Final = 120
LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_LISTED: Final = text("""
    -- Agencies with how many reports are with each now.
    SELECT a.id, a.name, a.place_code, a.email, a.active, a.created_at, count(r.id) AS open
    FROM agency a LEFT JOIN report r ON r.agency_id = a.id AND r.state IN ('forwarded', 'handling')
    GROUP BY a.id ORDER BY a.active DESC, a.place_code NULLS FIRST, a.name, a.id
""")


class AgencyError(Exception):
    """An agency cannot be stored as it was given."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnknownAgencyError(AgencyError):
    """There is no such agency, or it is switched off."""


class AgencyExistsError(AgencyError):
    """There is an agency of that name for that place already."""


class AgencyNameError(AgencyError):
    """The name is empty, too long, or has signs that cannot be shown."""


class AgencyEmailError(AgencyError):
    """That is no e-mail address to which mail can be sent."""


@dataclass(frozen=True, kw_only=True)
class Agency:
    """An agency. `place_code`: the commune or province that it serves; None: the whole country.

    `open`: how many reports are with it now, where that was counted.
    """

    id: int
    name: str
    place_code: str | None
    email: str | None
    active: bool
    created_at: datetime
    open: int = 0


@dataclass(frozen=True)
class Editor:
    """Who changes the list, for the log."""

    staff_id: int
    login: str


class Agencies:
    """Keeps the list of agencies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def every(self) -> list[Agency]:
        """Return all agencies, those in use first, each with how many reports are with it."""
        async with self._database.sessions() as session:
            return [_counted(row) for row in (await session.execute(_LISTED)).all()]

    async def by_id(self, agency_id: int) -> Agency | None:
        """Return an agency, switched off or not."""
        async with self._database.sessions() as session:
            row = await session.get(AgencyRow, agency_id)
        return _agency(row) if row else None

    async def serving(self, province_code: str | None, commune_code: str | None) -> list[Agency]:
        """Return the agencies in use that serve a place: those of the commune, of its province, of the country."""
        codes = [one for one in (commune_code, province_code) if one is not None]
        async with self._database.sessions() as session:
            found = await session.scalars(
                select(AgencyRow).where(
                    AgencyRow.active, or_(AgencyRow.place_code.is_(None), AgencyRow.place_code.in_(codes))
                )
            )
            agencies = [_agency(row) for row in found]
        return sorted(agencies, key=lambda one: (_nearness(one.place_code, codes), one.name, one.id))

    async def add(self, name: str, place_code: str | None, email: str | None, by: Editor) -> Agency:
        """Add an agency. Raises `AgencyExistsError`, `AgencyNameError` and `AgencyEmailError`."""
        values = {"name": checked_name(name), "place_code": place_code, "email": checked_email(email)}
        async with self._database.sessions.begin() as session:
            adding = insert(AgencyRow).values(**values).on_conflict_do_nothing().returning(AgencyRow)
            row = await session.scalar(adding)
            if row is None:
                raise AgencyExistsError
            await _note(session, by, "agency added", row.id, values)
            return _agency(row)

    async def change(self, agency_id: int, name: str, place_code: str | None, email: str | None, by: Editor) -> Agency:
        """Change an agency. Raises as `add` does, and `UnknownAgencyError`."""
        values: dict[str, Any] = {
            "name": checked_name(name),
            "place_code": place_code,
            "email": checked_email(email),
        }
        async with self._database.sessions.begin() as session:
            row = await session.scalar(select(AgencyRow).where(AgencyRow.id == agency_id).with_for_update())
            if row is None:
                raise UnknownAgencyError
            before = {key: getattr(row, key) for key in values}
            if before == values:
                return _agency(row)
            try:
                await session.execute(update(AgencyRow).where(AgencyRow.id == agency_id).values(**values))
            except IntegrityError:
                raise AgencyExistsError from None
            await _note(session, by, "agency changed", agency_id, {"before": before, "after": values})
            return replace(_agency(row), **values)

    async def switch(self, agency_id: int, *, active: bool, by: Editor) -> Agency:
        """Switch an agency on or off; reports that are with it stay there. Raises `UnknownAgencyError`."""
        async with self._database.sessions.begin() as session:
            row = await session.scalar(select(AgencyRow).where(AgencyRow.id == agency_id).with_for_update())
            if row is None:
                raise UnknownAgencyError
            if row.active != active:
                row.active = active
                await _note(session, by, "agency switched on" if active else "agency switched off", agency_id, {})
            return _agency(row)


def checked_name(name: str) -> str:
    """Return the name with single blanks. Raises `AgencyNameError`."""
    whole = " ".join(name.split())
    if not 0 < len(whole) <= LONGEST_NAME or not whole.isprintable():
        raise AgencyNameError
    return whole


def checked_email(email: str | None) -> str | None:
    """Return the address, None for none. Raises `AgencyEmailError` for what is not one plain ASCII address."""
    address = (email or "").strip(" ")
    if not address:
        return None
    if len(address) > LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        raise AgencyEmailError
    return address


async def _note(session: AsyncSession, by: Editor, act: str, agency_id: int, details: dict[str, Any]) -> None:
    await note(session, staff_id=by.staff_id, who=by.login, act=act, subject=f"agency:{agency_id}", details=details)


def _nearness(place_code: str | None, codes: Sequence[str]) -> int:
    return len(codes) if place_code is None else codes.index(place_code)


def _agency(row: AgencyRow) -> Agency:
    return Agency(
        id=row.id,
        name=row.name,
        place_code=row.place_code,
        email=row.email,
        active=row.active,
        created_at=row.created_at,
    )


def _counted(row: Row[Any]) -> Agency:
    return Agency(
        id=row.id,
        name=row.name,
        place_code=row.place_code,
        email=row.email,
        active=row.active,
        created_at=row.created_at,
        open=row.open,
    )
