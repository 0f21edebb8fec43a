"""What the tests of monitoring reports share: reports in a database, and what makes drafts of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from bot.monitoring.periods import Period, PeriodKind, period_of
from bot.monitoring.preparing import Preparing, preparing_of
from bot.store.database import Database
from bot.store.report_conditions import search_vector
from bot.store.report_tables import AgencyRow, ReportRow
from bot.store.staff import Author
from bot.store.staff_tables import StaffRow
from tests.console.visiting import knowledge

OCTOBER: Final = period_of(PeriodKind.MONTH, date(2026, 10, 5))
NOON: Final = datetime(2026, 10, 15, 5, 0, tzinfo=UTC)
NOW: Final = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
WORDS: Final = "Nhà bà Nguyễn Thị Bí Mật để xe chắn lối thoát"
HANOI: Final = "01"
BA_DINH: Final = "00004"
HOAN_KIEM: Final = "00070"


class Reporting:
    """Puts reports into the database, each with the next code."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._made = 0

    async def add(self, category: str = "hazard.wiring", times: int = 1, **values: Any) -> list[str]:
        """Store reports and return their codes; `values` are columns."""
        codes = []
        for _ in range(times):
            self._made += 1
            code = f"TS-{self._made:04d}-XYZW"
            codes.append(code)
            row = {
                "code": code,
                "kind": category.partition(".")[0],
                "category": category,
                "text": WORDS,
                "where_text": "số 5 ngõ Kín",
                "province_code": HANOI,
                "commune_code": BA_DINH,
                "channel": "web",
                "created_at": NOON,
                "search": search_vector(code, WORDS),
                **values,
            }
            async with self._database.sessions.begin() as session:
                await session.execute(insert(ReportRow).values(**row))
        return codes

    async def agency(self, name: str) -> int:
        making = insert(AgencyRow).values(name=name).returning(AgencyRow.id)
        async with self._database.sessions.begin() as session:
            return int((await session.execute(making)).scalar_one())


async def officer(database: Database, login: str = "mttq") -> Author:
    """Make an account of the staff, by which reports are written."""
    making = insert(StaffRow).values(login=login, name="Trần Văn Thử", password="x", roles=["officer"])
    async with database.sessions.begin() as session:
        return Author((await session.execute(making.returning(StaffRow.id))).scalar_one(), login)


def preparing(database: Database, now: Callable[[], datetime] = lambda: NOW) -> Preparing:
    """What makes drafts on the database, with the project's own places and topics."""
    return preparing_of(database, knowledge, lambda topic: topic, now)


def days_after(days: float) -> datetime:
    return NOON + timedelta(days=days)


def month(year: int, number: int) -> Period:
    return period_of(PeriodKind.MONTH, date(year, number, 1))
