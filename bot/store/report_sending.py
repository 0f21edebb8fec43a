"""Storing a report as a resident sent it, under a code that nobody else has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import State
from bot.feedback.reports import NewReport
from bot.store.report_conditions import search_vector
from bot.store.report_tables import ReportRow
from bot.store.sealing import Sealer

_TRIES: Final = 5


async def insert_report(
    session: AsyncSession,
    sealer: Sealer,
    deadlines: Deadlines,
    new: NewReport,
    *,
    at: datetime,
    make_code: Callable[[], str],
) -> ReportRow:
    """Store a report; its photos and its story are still to come. Raises `ValueError` for a contact without consent."""
    if new.contact and not new.consent:
        raise ValueError("a contact is stored only with the resident's consent")
    due = deadlines.due(State.RECEIVED, new.category.kind, at)
    values = {
        "kind": new.category.kind.value,
        "category": new.category.value,
        "state": State.RECEIVED.value,
        "text": new.text,
        "where_text": new.where.words,
        "province_code": new.where.province_code,
        "commune_code": new.where.commune_code,
        "latitude": new.where.pin[0] if new.where.pin else None,
        "longitude": new.where.pin[1] if new.where.pin else None,
        "channel": new.channel,
        "conversation_id": new.conversation,
        "created_at": at,
        "changed_at": at,
        "due_hat": due[0].value if due else None,
        "due_at": due[1] if due else None,
        **_contact_of(sealer, new, at),
    }
    for _ in range(_TRIES):
        code = make_code()
        kept = insert(ReportRow).values(code=code, search=search_vector(code, new.text, new.where.words), **values)
        row: ReportRow | None = await session.scalar(
            kept.on_conflict_do_nothing(index_elements=["code"]).returning(ReportRow)
        )
        if row is not None:
            return row
    raise AssertionError(f"{_TRIES} receipts in a row were taken")


def _contact_of(sealer: Sealer, new: NewReport, at: datetime) -> dict[str, Any]:
    if not new.contact:
        return {}
    return {
        "contact": sealer.seal(new.contact.encode("utf-8", "surrogatepass")),
        "contact_consent": new.consent,
        "contact_at": at,
        "contact_channel": new.channel,
    }
