"""Reports, agencies and photos for the tests of the console's pages about reports."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp
from PIL import Image

from bot.console.permissions import Role
from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat
from bot.feedback.photos import cleaned
from bot.feedback.reports import Actor, NewReport, Report, Where
from bot.store.agencies import Agencies, Agency, Editor
from bot.store.photos import Photos
from bot.store.reports import Reports
from tests.integration.stored import SEALER, change, value

from .visiting import Answer, Console, Visitor

HERE: Final = Where("01", "00364", "ngõ 45 Khương Trung", (20.995, 105.815))
"""Phường Khương Đình, Hà Nội."""
ELSEWHERE: Final = Where("79", "26743", "hẻm 12", None)
"""A ward of Thành phố Hồ Chí Minh."""
TEXT: Final = "Lối thoát nạn tầng 2 bị chất đầy hàng hóa."


def picture(colour: str = "red") -> bytes:
    """A JPEG as a telephone sends it."""
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(drawn, "JPEG")
    return drawn.getvalue()


@dataclass
class Office:
    """A console with what the reports' pages stand on, and an officer of Khương Đình."""

    console: Console
    officer: Visitor
    reports: Reports
    photos: Photos
    agencies: Agencies
    conversations: dict[str, UUID] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor(hat=Hat.MTTQ, who=self.officer.login, staff_id=self.officer.staff_id)

    async def sent(
        self,
        text: str = TEXT,
        *,
        category: Category = Category.BLOCKED_EXIT,
        where: Where = HERE,
        anonymous: bool = False,
        contact: str | None = None,
        photos: int = 0,
    ) -> Report:
        """A report as a resident sends it."""
        conversation = None if anonymous else uuid4()
        staged = [await self.photos.stage(conversation, cleaned(picture())) for _ in range(photos)]
        code = await self.reports.send(
            NewReport(
                category=category,
                text=text,
                where=where,
                channel="web",
                conversation=conversation,
                photos=staged,
                contact=contact,
                consent="2026-11" if contact else None,
            )
        )
        report = await self.reports.by_code(code)
        assert report is not None
        if conversation is not None:
            self.conversations[code] = conversation
        return report

    async def agency(self, name: str = "Công an phường Khương Đình", place: str | None = "00364") -> Agency:
        assert self.officer.staff_id is not None
        return await self.agencies.add(name, place, "ca@khuongdinh.example", Editor(self.officer.staff_id, "x"))

    async def verified(self, report: Report) -> Report:
        return await self.reports.act(report.id, Act.VERIFY, self.actor)

    async def forwarded(self, report: Report, agency: Agency) -> Report:
        await self.verified(report)
        return await self.reports.act(report.id, Act.FORWARD, self.actor, agency_id=agency.id)

    async def answered(self, report: Report, agency: Agency) -> Report:
        await self.forwarded(report, agency)
        return await self.reports.act(report.id, Act.ANSWER, self.actor, "Đã dọn xong lối thoát nạn.")

    async def now(self, report: Report) -> Report:
        """The report as it is now."""
        found = await self.reports.by_id(report.id)
        assert found is not None
        return found

    async def send_form(self, report: Report, form: str, *, by: Visitor | None = None, **fields: Any) -> Answer:
        """Send a form of the report's page as a browser does that has just opened the page."""
        visitor = by or self.officer
        page = await visitor.get(f"/console/reports/{report.code}")
        return await visitor.post(f"/console/reports/{report.code}/acts/{form}", {**hidden(page.text, form), **fields})

    async def kinds(self, report: Report) -> list[str]:
        """What has happened to the report, oldest first."""
        return [one.kind for one in await self.reports.happenings(report.id, public_only=False)]

    async def told(self, report: Report) -> int:
        """How many messages wait for the resident."""
        statement = "SELECT count(*) FROM waiting_message WHERE conversation_id = :conversation"
        return int(await value(self.console.parts.database, statement, conversation=self.conversations[report.code]))

    async def log(self, report: Report) -> list[str]:
        """The acts on the report in the staff's log."""
        statement = "SELECT coalesce(array_agg(act ORDER BY id), '{}') FROM audit WHERE subject = :subject"
        return list(await value(self.console.parts.database, statement, subject=f"report:{report.code}"))

    async def write(self, report: Report, column: str, words: str) -> None:
        """Put words into a column of a report, whatever the program would have let through."""
        statement = f"UPDATE report SET {column} = :words WHERE id = :id"  # noqa: S608 - a column of the tests
        await change(self.console.parts.database, statement, words=words, id=report.id)


async def office(console: Console) -> Office:
    """Open the office."""
    database = console.parts.database
    reports = Reports(database, SEALER, Deadlines.load(), clock=console.clock.now)
    officer = await console.signed_in(Role.OFFICER, places=["00364"], name="Trần Văn Cán")
    return Office(console, officer, reports, Photos(database, SEALER), Agencies(database))


def hidden(page: str, form: str) -> dict[str, str]:
    """The hidden fields of a form of a page, but for its token."""
    found = re.search(rf'<form[^>]*id="act-{form}".*?</form>', page, re.DOTALL)
    assert found, f"the page has no form {form}"
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found.group())
    return {name: typed for name, typed in pairs if name != "csrf"}


def with_photo(fields: dict[str, Any], content: bytes, name: str = "anh.jpg") -> aiohttp.FormData:
    """Fields and a file as a browser sends them."""
    form = aiohttp.FormData()
    for key, one in fields.items():
        form.add_field(key, str(one))
    form.add_field("photos", io.BytesIO(content), filename=name, content_type="image/jpeg")
    return form
