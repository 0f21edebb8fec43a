"""What the tests of the store share."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final
from uuid import UUID, uuid4

from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.records import ReplyRecord
from bot.store.sealing import Sealer

SEALER: Final = Sealer([Fernet.generate_key().decode()])
_LONGEST_WAIT: Final = 30


def another_sealer() -> Sealer:
    return Sealer([Fernet.generate_key().decode()])


def reply() -> ReplyRecord:
    return ReplyRecord(uuid4(), "answer", ("bao-chay-gia",), 0.9)


async def kept_question(letters: Letters, conversation: UUID, channel: str, text: str) -> str:
    """Keep a question that nobody could answer; return its code."""
    await letters.keep_unanswered(conversation, channel, text, [])
    return (await letters.of(conversation))[0].code


async def count(database: Database, table: str) -> int:
    return int(await value(database, f"SELECT count(*) FROM {table}"))  # noqa: S608


async def value(database: Database, statement: str, **parameters: Any) -> Any:
    async with database.sessions() as session:
        return (await session.execute(text(statement), parameters)).scalar_one()


async def change(database: Database, statement: str, **parameters: Any) -> None:
    async with database.sessions.begin() as session:
        await session.execute(text(statement), parameters)


async def outcomes(*writings: Awaitable[Any]) -> list[Any]:
    """Run the writings at once and return what each of them gave or raised."""
    return await asyncio.gather(*writings, return_exceptions=True)


async def blocked(database: Database, writings: int) -> None:
    """Wait until so many writings wait for a lock of this database."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(_LONGEST_WAIT):
        while await value(database, waiting) < writings:
            pass
