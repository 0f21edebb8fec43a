"""Codes by which a resident shows to be on two channels: short-lived, used once, and stored as their digest only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import LinkCodeRow

VALID: Final = timedelta(minutes=10)
_SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0, O, 1, I and L, which are taken for one another
_LENGTH: Final = 8
_TRIES: Final = 5
_FORGET_OLD_CODES: Final = text("""
    -- Codes that expired long ago: till then their owner is told "expired" rather than "wrong".
    DELETE FROM link_code WHERE digest IN (
        SELECT digest FROM link_code WHERE expires_at < now() - interval '1 hour' FOR UPDATE SKIP LOCKED)
""")


@dataclass(frozen=True)
class GivenCode:
    """The conversation that gave a code, the channel on which, and whether it is valid still."""

    giver: UUID
    channel: str
    valid: bool


def new_code() -> str:
    """Return a code of eight random signs, nearly 40 bits; letters and digits both, so that no word looks like one."""
    while True:
        signs = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        if not signs.isalpha() and not signs.isdigit():
            return f"{signs[:4]}-{signs[4:]}"


async def give_code(session: AsyncSession, conversation: UUID, channel: str, make: Callable[[], str]) -> str:
    """Return a new code for a conversation that is held; its earlier ones end, and so do those that are long over."""
    await session.execute(_FORGET_OLD_CODES)
    await end_codes(session, conversation)
    for _ in range(_TRIES):
        code = make()
        row = insert(LinkCodeRow).values(
            digest=_digest(code), conversation_id=conversation, channel=channel, expires_at=func.now() + VALID
        )
        given = row.on_conflict_do_nothing().returning(LinkCodeRow.digest)
        if await session.scalar(given) is not None:
            return code
    raise AssertionError(f"{_TRIES} link codes in a row were taken")


async def look_up(session: AsyncSession, code: str) -> GivenCode | None:
    """Return who gave a code; None when there is none such, or it was used, or a newer one was given."""
    found = select(LinkCodeRow.conversation_id, LinkCodeRow.channel, LinkCodeRow.expires_at > func.now())
    row = (await session.execute(found.where(LinkCodeRow.digest == _digest(code)))).first()
    return None if row is None else GivenCode(*row)


async def use_up(session: AsyncSession, code: str) -> None:
    """Delete a code that did its work."""
    await session.execute(delete(LinkCodeRow).where(LinkCodeRow.digest == _digest(code)))


async def end_codes(session: AsyncSession, conversation: UUID) -> None:
    """Delete all codes that the conversation gave."""
    await session.execute(delete(LinkCodeRow).where(LinkCodeRow.conversation_id == conversation))


def _digest(code: str) -> bytes:
    """The digest of a code, whatever its case, blanks and hyphens."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(signs.encode("utf-8", "surrogatepass")).digest()
