"""Campaigns as they stand in the tables, made by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from bot.store.database import Database
from tests.integration.stored_reports import put_staff

BEGUN: Final = datetime(2026, 10, 4, 1, 0, tzinfo=UTC)  # 4 October, 8:00 in Viet Nam


def after(**time: float) -> datetime:
    """A moment after the first message has begun."""
    return BEGUN + timedelta(**time)


@dataclass
class Recorded:
    """Puts rows of campaigns into a database."""

    database: Database

    async def campaign(self, title: str = "Ngày toàn dân PCCC", state: str = "sending", **more: Any) -> int:
        staff = more.pop("created_by", None) or await self._staff()
        return await self._put(
            "campaign",
            title=title,
            state=state,
            plan=json.dumps({}),
            created_by=staff,
            changed_by=staff,
            **{"frozen_at": after(hours=-20), **more},
        )

    async def message(self, campaign: int, key: str = "mot", *, listed: bool = True, **more: Any) -> int:
        usual: dict[str, Any] = {
            "place": 0,
            "title": f"Tin {key}",
            "due_at": BEGUN,
            "send_until": after(hours=6),
            "stage": "sending" if listed else "waiting",
            "listed_at": BEGUN if listed else None,
            "begun_at": BEGUN if listed else None,
        }
        return await self._put("campaign_message", campaign_id=campaign, key=key, **{**usual, **more})

    async def member(self, campaign: int, conversation: UUID | None = None, **more: Any) -> int:
        usual: dict[str, Any] = {"channel": "telegram", "variant": "household"}
        return await self._put(
            "campaign_member", campaign_id=campaign, conversation_id=conversation, **{**usual, **more}
        )

    async def row(self, message: int, member: int, state: str = "sent", **more: Any) -> int:
        """A row of the ledger with what its member has."""
        async with self.database.sessions() as session:
            found = await session.execute(
                text(
                    "SELECT conversation_id, contact_id, account_id, channel, variant, province_code, commune_code,"
                    " first FROM campaign_member WHERE id = :id"
                ),
                {"id": member},
            )
            its = dict(found.mappings().one())
        if state in {"sent", "delivered", "read", "unknown"}:
            more = {"sent_at": BEGUN, **more}
        return await self._put(
            "campaign_recipient", **{**its, "message_id": message, "member_id": member, **more}, state=state
        )

    async def quiz(self, quiz: str, moment: str = "alone", right: int = 0, total: int = 5, **more: Any) -> int:
        usual = {"channel": "telegram", "started_at": BEGUN, "finished_at": after(minutes=5)}
        values = {**usual, **more, "answers": json.dumps(more.get("answers", {}))}
        return await self._put("quiz_attempt", quiz_id=quiz, moment=moment, right=right, total=total, **values)

    async def drill(self, drill: str, done: int = 0, total: int = 4, **more: Any) -> int:
        usual = {"channel": "telegram", "started_at": BEGUN, "finished_at": after(minutes=5)}
        return await self._put("drill_attempt", drill_id=drill, done=done, total=total, **{**usual, **more})

    async def waiting(self, recipient: int, account: int, state: str = "waiting", **more: Any) -> int:
        """The row of the outbox by which a row of the ledger is being sent."""
        return await self._put(
            "outbox",
            account_id=account,
            key=f"campaign:{recipient}:0",
            lane=3,
            resident=b"digest",
            recipient_id=recipient,
            state=state,
            **more,
        )

    async def ledger(self, recipient: int) -> dict[str, Any]:
        """What stands in a row of the ledger."""
        async with self.database.sessions() as session:
            statement = text("SELECT * FROM campaign_recipient WHERE id = :id")
            return dict((await session.execute(statement, {"id": recipient})).mappings().one())

    async def _staff(self) -> int:
        async with self.database.sessions() as session:
            found = await session.scalar(text("SELECT min(id) FROM staff"))
        return int(found) if found is not None else await put_staff(self.database, "tac-gia")

    async def _put(self, table: str, **values: Any) -> int:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(f":{name}" for name in values)
        async with self.database.sessions.begin() as session:
            statement = text(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id")  # noqa: S608
            return int((await session.execute(statement, values)).scalar_one())
