"""Drafts of knowledge: somebody writes one, a second person approves it, and then it is live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import audit
from bot.store.database import Database
from bot.store.report_tables import CardDraftRow
from bot.store.staff_tables import StaffRow

MOST_LISTED: Final = 500


class DraftState(StrEnum):
    """How far a draft has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN: Final = frozenset({DraftState.DRAFT, DraftState.IN_REVIEW})


class DraftError(Exception):
    """Something that cannot be done with a draft."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class UnknownDraftError(DraftError):
    """Không có bản nháp này."""


class StaleDraftError(DraftError):
    """Người khác vừa sửa bản nháp này. Bạn xem lại bản mới rồi làm tiếp."""


class WrongStateError(DraftError):
    """Bản nháp không còn ở bước này nữa."""


class SamePersonError(DraftError):
    """Người viết không tự duyệt bản của mình: cần người thứ hai."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A draft as stored. `letters` are the numbers of the questions that it answers."""

    id: int
    path: str
    content: str
    base_digest: str | None
    state: DraftState
    author: int
    author_name: str
    reviewer: int | None
    note: str
    letters: tuple[int, ...]
    changed_at: datetime
    published_at: datetime | None
    version: int


@dataclass(frozen=True)
class Editor:
    """Who writes or reviews: number and login of the account."""

    id: int
    login: str


class Drafts:
    """Keeps drafts. Every change is in the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, by: Editor, path: str, content: str, base_digest: str | None, letters: Sequence[int] = ()
    ) -> int:
        """Store a new draft and return its number."""
        async with self._database.sessions.begin() as session:
            row = CardDraftRow(
                path=path, content=content, base_digest=base_digest, author=by.id, letters=sorted(set(letters))
            )
            session.add(row)
            await session.flush()
            await _note(session, by, "draft.created", row)
            return row.id

    async def get(self, number: int) -> Draft:
        """Return a draft. Raises `UnknownDraftError`."""
        async with self._database.sessions() as session:
            found = (await session.execute(_DRAFTS.where(CardDraftRow.id == number))).first()
        if found is None:
            raise UnknownDraftError
        return _draft(found[0], found[1])

    async def listed(self, states: Sequence[DraftState]) -> list[Draft]:
        """Return drafts in these states, the one changed last first, `MOST_LISTED` at most."""
        wanted = _DRAFTS.where(CardDraftRow.state.in_([one.value for one in states]))
        async with self._database.sessions() as session:
            rows = await session.execute(
                wanted.order_by(CardDraftRow.changed_at.desc(), CardDraftRow.id.desc()).limit(MOST_LISTED)
            )
            return [_draft(row, name) for row, name in rows]

    async def published(self) -> list[Draft]:
        """Return all that was published, oldest first."""
        wanted = _DRAFTS.where(CardDraftRow.state == DraftState.PUBLISHED.value)
        async with self._database.sessions() as session:
            rows = await session.execute(wanted.order_by(CardDraftRow.published_at, CardDraftRow.id))
            return [_draft(row, name) for row, name in rows]

    async def published_last(self) -> datetime | None:
        """Return when a draft was published last, None where none ever was."""
        async with self._database.sessions() as session:
            return await session.scalar(select(func.max(CardDraftRow.published_at)))

    async def save(self, number: int, version: int, by: Editor, path: str, content: str) -> Draft:
        """Replace the words of a draft. Whoever changed it last is its author, and anybody else may approve it.

        Raises `UnknownDraftError`, `StaleDraftError` and `WrongStateError`.
        """

        def change(row: CardDraftRow) -> str:
            _expect(row, DraftState.DRAFT)
            row.path, row.content, row.author = path, content, by.id
            return "draft.saved"

        return await self._change(number, version, by, change)

    async def submit(self, number: int, version: int, by: Editor) -> Draft:
        """Hand a draft to a second person. Raises as `save` does."""

        def change(row: CardDraftRow) -> str:
            _expect(row, DraftState.DRAFT)
            row.state, row.note = DraftState.IN_REVIEW.value, ""
            return "draft.submitted"

        return await self._change(number, version, by, change)

    async def give_back(self, number: int, version: int, by: Editor, note: str) -> Draft:
        """Give a draft back with what should be better; its author may take it back too. Raises as `save` does."""

        def change(row: CardDraftRow) -> str:
            _expect(row, DraftState.IN_REVIEW)
            row.state, row.note = DraftState.DRAFT.value, note
            return "draft.given-back"

        return await self._change(number, version, by, change)

    async def publish(self, number: int, version: int, by: Editor, content: str, write: Callable[[], object]) -> Draft:
        """Note that a draft is live with `content`; `write` puts it in its place, and if that raises nothing is noted.

        Raises `SamePersonError` for its author, and as `save` does.
        """

        def change(row: CardDraftRow) -> str:
            _expect(row, DraftState.IN_REVIEW)
            if row.author == by.id:
                raise SamePersonError
            row.state, row.content, row.reviewer = DraftState.PUBLISHED.value, content, by.id
            row.published_at = func.now()
            return "draft.published"

        return await self._change(number, version, by, change, write)

    async def discard(self, number: int, version: int, by: Editor) -> Draft:
        """Put a draft away. Raises as `save` does."""

        def change(row: CardDraftRow) -> str:
            if row.state not in {one.value for one in OPEN}:
                raise WrongStateError
            row.state = DraftState.DISCARDED.value
            return "draft.discarded"

        return await self._change(number, version, by, change)

    async def _change(
        self,
        number: int,
        version: int,
        by: Editor,
        change: Callable[[CardDraftRow], str],
        write: Callable[[], object] = lambda: None,
    ) -> Draft:
        async with self._database.sessions.begin() as session:
            row = await session.get(CardDraftRow, number, with_for_update=True)
            if row is None:
                raise UnknownDraftError
            if row.version != version:
                raise StaleDraftError
            act = change(row)
            row.version, row.changed_at = version + 1, func.now()
            await session.flush()
            await _note(session, by, act, row)
            write()
        return await self.get(number)


_DRAFTS: Final = select(CardDraftRow, StaffRow.name).join(StaffRow, StaffRow.id == CardDraftRow.author)


def _expect(row: CardDraftRow, state: DraftState) -> None:
    if row.state != state.value:
        raise WrongStateError


async def _note(session: AsyncSession, by: Editor, act: str, row: CardDraftRow) -> None:
    await audit.note(
        session, staff_id=by.id, who=by.login, act=act, subject=f"draft:{row.id}", details={"path": row.path}
    )


def _draft(row: CardDraftRow, author_name: str) -> Draft:
    return Draft(
        id=row.id,
        path=row.path,
        content=row.content,
        base_digest=row.base_digest,
        state=DraftState(row.state),
        author=row.author,
        author_name=author_name,
        reviewer=row.reviewer,
        note=row.note,
        letters=tuple(row.letters),
        changed_at=row.changed_at,
        published_at=row.published_at,
        version=row.version,
    )
