"""Letters: questions that the assistant could not answer and keeps for officials.

A letter is received, then answered once or put aside. Its text must be free of personal data before it comes here. What
residents send by themselves are reports (bot/store/reports.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import audit
from bot.store.conversations import hold, note_seen
from bot.store.database import Database
from bot.store.receipts import as_code, new_code
from bot.store.sealing import Sealer
from bot.store.tables import LetterRow, WaitingMessageRow

_TRIES: Final = 5


class LetterState(StrEnum):
    """How far a letter has come. Only a received one changes, and only once."""

    RECEIVED = "received"
    ANSWERED = "answered"
    DISMISSED = "dismissed"  # an official put it aside, and said why


class LetterError(Exception):
    """A letter cannot be answered or put aside."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnknownLetterError(LetterError):
    """There is no letter with this code."""


class AlreadyAnsweredError(LetterError):
    """The letter has an answer already."""


class DismissedLetterError(LetterError):
    """The letter was put aside already."""


@dataclass(frozen=True)
class Letter:
    """A letter as stored. `answered_by` and `answered_at` tell of a letter put aside who did it, and when; `why` why.

    `reachable`: an answer can still reach the conversation from which it came.
    """

    code: str
    state: LetterState
    at: datetime
    text: str
    candidates: tuple[dict[str, Any], ...]
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    told_at: datetime | None
    why: str | None
    reachable: bool


class Letters:
    """Keeps letters under codes, and brings the officials' answers back."""

    def __init__(self, database: Database, sealer: Sealer, make_code: Callable[[], str] = new_code) -> None:
        self._database = database
        self._sealer = sealer
        self._make_code = make_code

    async def keep_unanswered(
        self, conversation: UUID | None, channel: str, text: str, candidates: Sequence[dict[str, Any]]
    ) -> None:
        """Store a question nobody could answer; `text` must be free of personal data."""
        async with self._database.sessions.begin() as session:
            if conversation is not None:
                await note_seen(session, conversation, channel)
            for _ in range(_TRIES):
                kept = insert(LetterRow).values(
                    conversation_id=conversation, code=self._make_code(), text=text, candidates=list(candidates)
                )
                kept = kept.on_conflict_do_nothing(index_elements=["code"])
                if await session.scalar(kept.returning(LetterRow.id)) is not None:
                    return
        raise AssertionError(f"{_TRIES} codes in a row were taken")

    async def by_code(self, typed: str) -> Letter | None:
        """Return the letter whose code somebody typed; None alike for a wrong code and for what is no code."""
        async with self._database.sessions() as session:
            row = await session.scalar(select(LetterRow).where(LetterRow.code == (as_code(typed) or "")))
        return _letter(row) if row else None

    async def of(self, conversation: UUID) -> list[Letter]:
        """Return the letters that came from a conversation, newest first."""
        return await self._newest_first(LetterRow.conversation_id == conversation)

    async def waiting(self) -> list[Letter]:
        """Return the letters that nobody has answered yet, newest first."""
        return await self._newest_first(LetterRow.state == LetterState.RECEIVED.value)

    async def every(self) -> list[Letter]:
        """Return all letters, newest first."""
        return await self._newest_first()

    async def answer(
        self,
        code: str,
        text: str,
        by: str,
        message: Callable[[Letter], dict[str, Any]],
        *,
        staff_id: int | None = None,
        who: str = "",
    ) -> Letter:
        """Store an official's answer and return the letter with it; `by` is who answers, as the resident reads it.

        Where the letter's conversation is still there, `message` makes of the answered letter the reply that waits for
        it; both are stored or neither. Of two officials at once, one gets `AlreadyAnsweredError`. Raises that,
        `UnknownLetterError` and `DismissedLetterError`. `staff_id` and `who` are for the log of what the staff did.
        """
        async with self._database.sessions.begin() as session:
            sender = await session.scalar(
                select(LetterRow.conversation_id).where(LetterRow.code == (as_code(code) or ""))
            )
            if sender is not None:
                await hold(session, sender)
            row = await session.scalar(
                update(LetterRow)
                .where(LetterRow.code == (as_code(code) or ""), LetterRow.state == LetterState.RECEIVED.value)
                .values(state=LetterState.ANSWERED.value, answer=text, answered_by=by, answered_at=func.now())
                .returning(LetterRow)
            )
            if row is None:
                raise await _why_not(session, code)
            letter = _letter(row)
            if row.conversation_id is not None:
                sealed = self._sealer.seal_json(message(letter))
                session.add(WaitingMessageRow(conversation_id=row.conversation_id, letter_id=row.id, sealed=sealed))
            await _log(session, "question answered", letter.code, staff_id, who)
            return letter

    async def dismiss(self, code: str, why: str, *, staff_id: int | None = None, who: str) -> Letter:
        """Put a letter aside that needs no answer. The resident is told nothing.

        Raises `UnknownLetterError`, `AlreadyAnsweredError` and `DismissedLetterError`, `ValueError` without a reason.
        """
        if not (why := why.strip()):
            raise ValueError("a question is put aside for a reason")
        async with self._database.sessions.begin() as session:
            row = await session.scalar(
                update(LetterRow)
                .where(LetterRow.code == (as_code(code) or ""), LetterRow.state == LetterState.RECEIVED.value)
                .values(state=LetterState.DISMISSED.value, why=why, answered_by=who, answered_at=func.now())
                .returning(LetterRow)
            )
            if row is None:
                raise await _why_not(session, code)
            await _log(session, "question put aside", row.code, staff_id, who)
            return _letter(row)

    async def mark_told(self, code: str) -> None:
        """Note that the resident has read the answer, the first time; nothing for a letter without an answer."""
        async with self._database.sessions.begin() as session:
            await session.execute(
                update(LetterRow).where(LetterRow.code == (as_code(code) or ""), *untold()).values(told_at=func.now())
            )

    async def _newest_first(self, *conditions: ColumnElement[bool]) -> list[Letter]:
        async with self._database.sessions() as session:
            rows = await session.scalars(
                select(LetterRow).where(*conditions).order_by(LetterRow.at.desc(), LetterRow.id.desc())
            )
            return [_letter(row) for row in rows]


def untold() -> tuple[ColumnElement[bool], ...]:
    """Which letters have an answer that the resident has not seen."""
    return (LetterRow.state == LetterState.ANSWERED.value, LetterRow.told_at.is_(None))


async def _why_not(session: AsyncSession, code: str) -> LetterError:
    """Why a letter could not be changed; its row is read after the one statement that tried."""
    state = await session.scalar(select(LetterRow.state).where(LetterRow.code == (as_code(code) or "")))
    if state is None:
        return UnknownLetterError()
    return AlreadyAnsweredError() if state == LetterState.ANSWERED.value else DismissedLetterError()


async def _log(session: AsyncSession, act: str, code: str, staff_id: int | None, who: str) -> None:
    """Note it in the log of what the staff did, where one of them is named; last in the transaction."""
    if who:
        await session.flush()
        await audit.note(session, staff_id=staff_id, who=who, act=act, subject=f"question:{code}")


def _letter(row: LetterRow) -> Letter:
    return Letter(
        code=row.code,
        state=LetterState(row.state),
        at=row.at,
        text=row.text,
        candidates=tuple(row.candidates),
        answer=row.answer,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        told_at=row.told_at,
        why=row.why,
        reachable=row.conversation_id is not None,
    )
