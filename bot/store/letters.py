"""Letters to officials: questions without an answer, which the assistant keeps, and what residents send by themselves.

A letter is received, then answered once or withdrawn. Its text must be free of personal data before it comes here.
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

from bot.store.conversations import hold, note_seen
from bot.store.database import Database
from bot.store.receipts import as_code, new_code
from bot.store.sealing import Sealer
from bot.store.tables import LetterRow, WaitingMessageRow

_TRIES: Final = 5


class LetterKind(StrEnum):
    """What a letter is about."""

    UNANSWERED = "unanswered"  # kept by the assistant itself; all others are sent by a resident
    QUESTION = "question"
    HAZARD = "hazard"
    CONDUCT = "conduct"
    PROCEDURE = "procedure"
    OPINION = "opinion"
    MODEL = "model"
    COMMENDATION = "commendation"


class LetterState(StrEnum):
    """How far a letter has come. Only a received one changes, and only once."""

    RECEIVED = "received"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"  # its text and place are emptied


class LetterError(Exception):
    """A letter cannot be answered or withdrawn."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnknownLetterError(LetterError):
    """There is no letter with this code."""


class AlreadyAnsweredError(LetterError):
    """The letter has an answer already."""


class WithdrawnLetterError(LetterError):
    """The resident has withdrawn the letter."""


@dataclass(frozen=True)
class Letter:
    """A letter as stored. `reachable`: an answer can still reach the conversation from which it came."""

    code: str
    kind: LetterKind
    state: LetterState
    at: datetime
    text: str
    place: str | None
    candidates: tuple[dict[str, Any], ...]
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    told_at: datetime | None
    reachable: bool


class Letters:
    """Keeps letters, gives receipts, and brings the officials' answers back."""

    def __init__(self, database: Database, sealer: Sealer, make_code: Callable[[], str] = new_code) -> None:
        self._database = database
        self._sealer = sealer
        self._make_code = make_code

    async def keep_unanswered(
        self, conversation: UUID | None, channel: str, text: str, candidates: Sequence[dict[str, Any]]
    ) -> None:
        """Store a question nobody could answer; `text` must be free of personal data."""
        await self._keep(
            conversation, channel, {"kind": LetterKind.UNANSWERED.value, "text": text, "candidates": list(candidates)}
        )

    async def send(self, conversation: UUID, channel: str, kind: LetterKind, text: str, place: str | None) -> str:
        """Store what a resident sends and return the code of the receipt; `text` must be free of personal data.

        Raises `ValueError` for the kind that is not sent by residents.
        """
        if kind is LetterKind.UNANSWERED:
            raise ValueError("questions without an answer are kept, not sent")
        return await self._keep(
            conversation, channel, {"kind": kind.value, "text": text, "place": place, "candidates": []}
        )

    async def by_code(self, typed: str) -> Letter | None:
        """Return the letter whose receipt somebody typed; None alike for a wrong code and for what is no code."""
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

    async def withdraw(self, code: str) -> None:
        """Withdraw a letter and empty its text; one that is withdrawn already stays so, without an error.

        Raises `UnknownLetterError` and `AlreadyAnsweredError`.
        """
        async with self._database.sessions.begin() as session:
            withdrawn = await session.scalar(
                update(LetterRow)
                .where(LetterRow.code == (as_code(code) or ""), LetterRow.state == LetterState.RECEIVED.value)
                .values(state=LetterState.WITHDRAWN.value, **emptied())
                .returning(LetterRow.id)
            )
            if withdrawn is None and not isinstance(why := await _why_not(session, code), WithdrawnLetterError):
                raise why

    async def answer(self, code: str, text: str, by: str, message: Callable[[Letter], dict[str, Any]]) -> Letter:
        """Store an official's answer and return the letter with it.

        Where the letter's conversation is still there, `message` makes of the answered letter the reply that waits for
        it; both are stored or neither. Of two officials at once, one gets `AlreadyAnsweredError`. Raises that,
        `UnknownLetterError` and `WithdrawnLetterError`.
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
            return letter

    async def mark_told(self, code: str) -> None:
        """Note that the resident has read the answer, the first time; nothing for a letter without an answer."""
        async with self._database.sessions.begin() as session:
            await session.execute(
                update(LetterRow).where(LetterRow.code == (as_code(code) or ""), *untold()).values(told_at=func.now())
            )

    async def _keep(self, conversation: UUID | None, channel: str, values: dict[str, Any]) -> str:
        async with self._database.sessions.begin() as session:
            if conversation is not None:
                await note_seen(session, conversation, channel)
            for _ in range(_TRIES):
                code = self._make_code()
                kept = insert(LetterRow).values(conversation_id=conversation, code=code, **values)
                kept = kept.on_conflict_do_nothing(index_elements=["code"])
                if await session.scalar(kept.returning(LetterRow.id)) is not None:
                    return code
        raise AssertionError(f"{_TRIES} receipts in a row were taken")

    async def _newest_first(self, *conditions: ColumnElement[bool]) -> list[Letter]:
        async with self._database.sessions() as session:
            rows = await session.scalars(
                select(LetterRow).where(*conditions).order_by(LetterRow.at.desc(), LetterRow.id.desc())
            )
            return [_letter(row) for row in rows]


def emptied() -> dict[str, Any]:
    """What a withdrawn letter is left with of what the resident wrote: nothing."""
    return {"text": "", "place": None, "candidates": []}


def untold() -> tuple[ColumnElement[bool], ...]:
    """Which letters have an answer that the resident has not seen."""
    return (LetterRow.state == LetterState.ANSWERED.value, LetterRow.told_at.is_(None))


async def _why_not(session: AsyncSession, code: str) -> LetterError:
    """Why a letter could not be changed; its row is read after the one statement that tried."""
    state = await session.scalar(select(LetterRow.state).where(LetterRow.code == (as_code(code) or "")))
    if state is None:
        return UnknownLetterError()
    return AlreadyAnsweredError() if state == LetterState.ANSWERED.value else WithdrawnLetterError()


def _letter(row: LetterRow) -> Letter:
    return Letter(
        code=row.code,
        kind=LetterKind(row.kind),
        state=LetterState(row.state),
        at=row.at,
        text=row.text,
        place=row.place,
        candidates=tuple(row.candidates),
        answer=row.answer,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        told_at=row.told_at,
        reachable=row.conversation_id is not None,
    )
