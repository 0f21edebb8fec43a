"""What the tests of forwarding share: a report that an officer may forward, an agency, and what does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import text

from bot.agency.acts import AgencyActs
from bot.feedback.covering_letter import Coded
from bot.feedback.deadlines import Deadlines
from bot.feedback.forwarding import Forwarded, Forwarding
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.reports import Actor, NewReport, Report, Where
from bot.store.agencies import Agencies, Agency, Editor
from bot.store.database import Database
from bot.store.dispatches import Dispatch, Dispatches, Due, Way
from bot.store.photos import Photos
from bot.store.reports import Reports
from knowledge.places import Unit
from tests.integration.stored import SEALER, value

PUBLIC_URL: Final = "https://pccc.example.vn"
UNITS: Final = {
    "01": Unit(name="Thành phố Hà Nội", kind="thành phố", province="Thành phố Hà Nội", code="01"),
    "00007": Unit(name="Phường Kim Mã", kind="phường", province="Thành phố Hà Nội", code="00007"),
}
coded: Coded = UNITS.get
WHERE: Final = Where("01", "00007", "ngõ 12 phố Nguyễn Thái Học", (21.03, 105.83))
TEXT: Final = "Lối thoát nạn tầng 1 bị xe máy chặn kín.\nĐã nói với ban quản lý mà chưa ai dọn."


@dataclass(frozen=True)
class Rig:
    """Everything put together on one database."""

    database: Database
    reports: Reports
    agencies: Agencies
    dispatches: Dispatches
    photos: Photos
    acts: AgencyActs
    forwarding: Forwarding
    officer: Actor
    editor: Editor
    agency: Agency

    async def report(self, **changed: Any) -> Report:
        """Return a report that was verified."""
        new = NewReport(category=Category.BLOCKED_EXIT, text=TEXT, where=WHERE, channel="web", conversation=uuid4())
        code = await self.reports.send(replace(new, **changed))
        sent = await self.reports.by_code(code)
        assert sent is not None
        return await self.reports.act(sent.id, Act.VERIFY, self.officer)

    async def forwarded(self, way: Way = Way.EXPORT, note: str = "", agency: Agency | None = None) -> Forwarded:
        """Return a report that was forwarded."""
        report = await self.report()
        return await self.forwarding.forward(
            report.id, (agency or self.agency).id, self.officer, note=note, way=way, version=report.version
        )

    async def key(self, forwarded: Forwarded) -> str:
        """Return the key of the link."""
        key = await self.dispatches.key_of(forwarded.dispatch_id)
        assert key is not None
        return key

    async def dispatch(self, dispatch_id: int) -> Dispatch:
        """Return a dispatch as it is now."""
        one = await self.dispatches.by_id(dispatch_id)
        assert one is not None
        return one

    async def now(self, report_id: int) -> Report:
        """Return a report as it is now."""
        report = await self.reports.by_id(report_id)
        assert report is not None
        return report

    async def kinds(self, report_id: int) -> list[str]:
        """Return what happened to a report."""
        return [one.kind for one in await self.reports.happenings(report_id, public_only=False)]

    async def waiting(self, conversation: UUID | None = None) -> int:
        """Return how many messages wait for residents."""
        return int(await value(self.database, "SELECT count(*) FROM waiting_message"))


def turn(state: State, kind: ReportKind) -> Due | None:
    """Whose turn it is, by the program's own deadlines."""
    return Deadlines.load().due(state, kind, datetime.now(UTC))


async def staff_member(database: Database, login: str = "lan") -> int:
    """Store a member of staff and return their number."""
    adding = text(
        "INSERT INTO staff (login, name, position, password, roles) "
        "VALUES (:login, 'Nguyễn Thị Lan', 'Phó Chủ tịch', 'x', '{officer}') RETURNING id"
    )
    async with database.sessions.begin() as session:
        return int((await session.execute(adding, {"login": login})).scalar_one())


async def rig_on(database: Database, *, has_mail: bool = True, public_url: str | None = PUBLIC_URL) -> Rig:
    """Put everything together."""
    staff = await staff_member(database)
    reports = Reports(database, SEALER, Deadlines.load())
    agencies, dispatches = Agencies(database), Dispatches(database, SEALER)
    photos = Photos(database, SEALER)
    editor = Editor(staff, "lan")
    return Rig(
        database=database,
        reports=reports,
        agencies=agencies,
        dispatches=dispatches,
        photos=photos,
        acts=AgencyActs(database, reports, dispatches, photos, turn),
        forwarding=Forwarding(
            database=database,
            reports=reports,
            agencies=agencies,
            dispatches=dispatches,
            has_mail=has_mail,
            public_url=public_url,
            turn=turn,
        ),
        officer=Actor(hat=Hat.MTTQ, who="lan", staff_id=staff),
        editor=editor,
        agency=await agencies.add("Công an phường Kim Mã", "00007", "congan@kimma.example.vn", editor),
    )
