"""The first page after signing in: what waits for the member."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.visits import Member, Page, Visit
from bot.feedback.filters import NOBODY, ReportFilter
from bot.feedback.lifecycle import OPEN, State
from bot.store.report_search import ReportSearch
from bot.store.waiting_work import WaitingWork

_SOON: Final = timedelta(days=7)
_LATELY: Final = timedelta(days=7)
_OPEN: Final = tuple(one for one in State if one in OPEN)


@dataclass(frozen=True)
class Waiting:
    """Something that waits: how much, what, and where it is. `pressing`: before all else."""

    count: str
    what: str
    path: str
    pressing: bool = False


class HomePage:
    """Counts what waits, by what the member may see."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._search = ReportSearch(parts.database, parts.now)
        self._work = WaitingWork(parts.database)
        self._now = parts.now
        self._today = parts.today

    def pages(self) -> Sequence[Page]:
        """Return the one page."""
        return (Page("GET", "/", self.home, Permission.HOME),)

    async def home(self, visit: Visit) -> web.StreamResponse:
        """Show what waits."""
        waiting = [one async for one in self._waiting(visit.member)]
        return self._renderer.page(visit, "home.html", waiting=waiting)

    async def _waiting(self, member: Member) -> AsyncIterator[Waiting]:
        if member.may(Permission.HANDLE_REPORTS):
            async for one in self._reports(member):
                yield one
        if member.may(Permission.ANSWER_QUESTIONS):
            yield _counted(await self._work.questions(), "Câu hỏi chưa có câu trả lời", "/questions")
        if member.may(Permission.EDIT_KNOWLEDGE):
            review = await self._work.drafts_to_review(member.id)
            yield _counted(review, "Thẻ kiến thức chờ bạn duyệt", "/knowledge")
            own = await self._work.drafts_given_back(member.id)
            yield _counted(own, "Thẻ kiến thức bạn đang soạn", "/knowledge")
        if member.may(Permission.WRITE_MONITORING):
            due = await self._work.monitoring_due(member.places, self._today() + _SOON)
            yield _counted(due, "Báo cáo giám sát đến hạn trong 7 ngày", "/monitoring", pressing=due > 0)
        async for one in self._campaigns(member):
            yield one
        if member.may(Permission.MANAGE_STAFF):
            locked = await self._work.locked_accounts(self._now())
            yield _counted(locked, "Tài khoản đang khóa tạm hoặc chưa đăng nhập lần đầu", "/staff")

    async def _campaigns(self, member: Member) -> AsyncIterator[Waiting]:
        writes, approves = member.may(Permission.WRITE_CAMPAIGNS), member.may(Permission.APPROVE_CAMPAIGNS)
        if approves:
            review = await self._work.campaigns_to_approve(member.id)
            yield _counted(review, "Chiến dịch chờ bạn duyệt", "/campaigns?tt=duyet", pressing=review > 0)
        if writes or approves:
            held_up = await self._work.campaigns_held_up()
            yield _counted(held_up, "Chiến dịch tạm dừng hoặc trục trặc", "/campaigns?tt=dung", pressing=held_up > 0)
            if late := await self._work.campaigns_late(self._now() - _LATELY):
                words = "Chiến dịch có tin quá hạn, không tới ai (7 ngày qua)"
                yield _counted(late, words, "/campaigns", pressing=True)
        if writes:
            drafts = await self._work.campaign_drafts(member.id)
            yield _counted(drafts, "Chiến dịch bạn đang soạn", "/campaigns?tt=soan&cua=toi")

    async def _reports(self, member: Member) -> AsyncIterator[Waiting]:
        wanted = (
            ("Phản ánh quá hạn", ReportFilter(overdue=True), True),
            ("Người dân báo chưa xong", ReportFilter(states=(State.REOPENED,)), True),
            ("Mới nhận, chưa ai nhận xử lý", ReportFilter(states=(State.RECEIVED,), claimed_by=NOBODY), False),
            ("Bạn đang xử lý", ReportFilter(states=_OPEN, claimed_by=member.id), False),
            ("Tất cả phản ánh đang mở", ReportFilter(states=_OPEN), False),
        )
        for what, those, pressing in wanted:
            total = await self._search.count(those, member.places)
            yield Waiting(str(total), what, f"/console/reports?{those.as_address()}", pressing and total.number > 0)


def _counted(count: int, what: str, path: str, *, pressing: bool = False) -> Waiting:
    return Waiting(f"{count:,}".replace(",", "."), what, f"/console{path}", pressing)
