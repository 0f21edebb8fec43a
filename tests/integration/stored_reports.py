"""Reports as they may stand in the database, put there at once."""

from datetime import UTC, datetime
from typing import Any, Final

from bot.feedback.kinds import Category
from bot.feedback.lifecycle import State
from bot.store.database import Database
from bot.store.report_search import search_vector
from bot.store.report_tables import AgencyRow, ReportRow
from bot.store.staff_tables import StaffRow

NOW: Final = datetime(2026, 11, 20, 3, tzinfo=UTC)  # ten o'clock in Viet Nam
TEXT: Final = "Cửa thoát nạn bị khóa"


def code_of(number: int) -> str:
    """Return a code in which the number can be read."""
    signs = "ABCDEFGHJK"
    return "CH-2222-" + "".join(signs[int(digit)] for digit in f"{number:04d}")


async def put(database: Database, code: str, **columns: Any) -> int:
    """Store a report and return its number; what is not given is an open hazard in Ha Noi, sent on the web at NOW."""
    given: dict[str, Any] = {
        "category": Category.LOCKED_EXIT.value,
        "state": State.RECEIVED.value,
        "text": TEXT,
        "channel": "web",
        "province_code": "01",
        "commune_code": "00004",
        "created_at": NOW,
        "changed_at": NOW,
        **columns,
    }
    row = ReportRow(
        code=code,
        kind=given["category"].split(".")[0],
        search=search_vector(code, given["text"], given.get("where_text")),
        **given,
    )
    async with database.sessions.begin() as session:
        session.add(row)
    return row.id


async def put_staff(database: Database, login: str) -> int:
    """Store somebody of the staff, who cannot sign in, and return their number."""
    row = StaffRow(login=login, name=f"Cán bộ {login}", password="-", roles=["officer"])
    async with database.sessions.begin() as session:
        session.add(row)
    return row.id


async def put_agency(database: Database, name: str) -> int:
    """Store an agency and return its number."""
    row = AgencyRow(name=name)
    async with database.sessions.begin() as session:
        session.add(row)
    return row.id
