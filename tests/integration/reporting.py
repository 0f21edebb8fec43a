"""What tests of reports share: somebody who sends them, officers, agencies, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.photos import Cleaned
from bot.feedback.reports import RESIDENT, Actor, NewReport, Report, Where
from bot.store.database import Database
from bot.store.photos import Photos
from bot.store.reports import Reports
from bot.store.waiting import Waiting
from tests.integration.stored import SEALER
from tests.integration.stored_reports import put_agency, put_staff

MONDAY: Final = datetime(2026, 11, 16, 2, tzinfo=UTC)  # nine o'clock in Viet Nam
WORDS: Final = "Cửa thoát nạn tầng ba bị khóa bằng xích"
WHERE: Final = Where("01", "00004", "ngõ nhỏ sau chợ Hôm", (21.02, 105.85))
CONTACT: Final = "lan.nguyen@vidu.vn"


class Office:
    """Reports on a database with two officers, two agencies and a clock that is set by hand."""

    def __init__(self, database: Database, officers: Sequence[int], agencies: Sequence[int]) -> None:
        self.database = database
        self.now = MONDAY
        self.reports = Reports(database, SEALER, Deadlines.load(), clock=lambda: self.now)
        self.photos = Photos(database, SEALER)
        self.waiting = Waiting(database, SEALER)
        self.lan, self.minh = (
            Actor(hat=Hat.MTTQ, who=login, staff_id=number)
            for login, number in zip(("lan", "minh"), officers, strict=True)
        )
        self.police, self.power = (
            Actor(hat=Hat.AGENCY, who=name, agency_id=number)
            for name, number in zip(("Công an phường", "Điện lực quận"), agencies, strict=True)
        )

    @classmethod
    async def of(cls, database: Database) -> Office:
        officers = [await put_staff(database, login) for login in ("lan", "minh")]
        agencies = [await put_agency(database, name) for name in ("Công an phường", "Điện lực quận")]
        return cls(database, officers, agencies)

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    async def photo(self, conversation: UUID | None, mark: bytes = b"pixels") -> UUID:
        """Stage a photo; `mark` can be looked for in the tables."""
        hat = Hat.RESIDENT if conversation else Hat.MTTQ
        return await self.photos.stage(conversation, Cleaned(mark, mark + b" small", 8, 6), hat)

    async def sent(self, conversation: UUID | None = None, *, anonymous: bool = False, **fields: Any) -> Report:
        """Send a report and return it."""
        given = {"category": Category.LOCKED_EXIT, "text": WORDS, "where": WHERE, "channel": "web", **fields}
        author = None if anonymous else conversation or uuid4()
        return await self.found(await self.reports.send(NewReport(conversation=author, **given)))

    async def found(self, code: str) -> Report:
        report = await self.reports.by_code(code)
        assert report is not None
        return report

    async def through(self, report: Report, *acts: Act, by: Actor | None = None) -> Report:
        """Do the acts one after another, each by whoever usually does it."""
        for act in acts:
            report = await self.reports.act(
                report.id,
                act,
                by or self.usual(act),
                f"lời khi {act.value}" if act not in {Act.VERIFY, Act.TAKE_UP, Act.CONFIRM} else "",
                agency_id=self.police.agency_id if act is Act.FORWARD else None,
                details=_DETAILS.get(act),
            )
        return report

    async def answered(self, conversation: UUID | None = None) -> Report:
        """A report that the agency has answered."""
        report = await self.sent(conversation)
        return await self.through(report, Act.VERIFY, Act.FORWARD, Act.TAKE_UP, Act.ANSWER)

    def usual(self, act: Act) -> Actor:
        if act in {Act.TAKE_UP, Act.ANSWER}:
            return self.police
        return RESIDENT if act in {Act.CONFIRM, Act.REOPEN, Act.WITHDRAW} else self.lan

    async def told(self, conversation: UUID) -> list[dict[str, Any]]:
        """The messages that wait for a conversation."""
        return [message for _, message in await self.waiting.after(conversation, 0)]

    async def texts(self, conversation: UUID) -> list[str]:
        return [one["text"] for one in await self.told(conversation)]

    async def story(self, report: Report, *, public: bool = False) -> list[str]:
        """The kinds of what happened to a report."""
        return [one.kind for one in await self.reports.happenings(report.id, public_only=public)]


_DETAILS: Final[dict[Act, dict[str, str]]] = {
    Act.CLOSE: {"evidence": "Biên bản 12/BB-UBND"},
    Act.REJECT: {"reason": "unclear"},
}
ENDED: Final = frozenset({State.CONFIRMED, State.CLOSED, State.REJECTED, State.WITHDRAWN})
