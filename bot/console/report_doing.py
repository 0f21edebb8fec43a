"""Carries out what a form asks for, through the store of reports and the forwarding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text as sql_text

from bot.console.report_agencies import ReportAgencies
from bot.console.report_forms import Form, names, offered
from bot.console.report_places import lies_in
from bot.console.report_reading import Typed
from bot.console.report_story import actor
from bot.console.visits import Member
from bot.feedback.forwarding import Forwarding
from bot.feedback.lifecycle import Act, TransitionError
from bot.feedback.reports import Report
from bot.store.database import Database
from bot.store.dispatches import Dispatch, Dispatches
from bot.store.reports import ModerationError, Reports, StaleReportError, UnknownReportError
from bot.store.staff import Staff


class RefusedActError(Exception):
    """What was typed into a field cannot be done; the message is in Vietnamese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class _Doing:
    """A form that a member has sent about a report as it is now. `photos` are staged."""

    member: Member
    form: Form
    typed: Typed
    photos: Sequence[UUID]
    report: Report


class ReportDoing:
    """Does it."""

    def __init__(
        self,
        *,
        database: Database,
        reports: Reports,
        forwarding: Forwarding,
        dispatches: Dispatches,
        agencies: ReportAgencies,
        staff: Staff,
    ) -> None:
        self._database = database
        self._reports = reports
        self._forwarding = forwarding
        self._dispatches = dispatches
        self._agencies = agencies
        self._staff = staff

    async def carry_out(
        self, member: Member, report_id: int, form: Form, typed: Typed, photos: Sequence[UUID] = ()
    ) -> None:
        """Do it in one transaction, while nobody else acts on the report.

        Raises `RefusedActError`, `TransitionError`, `StaleReportError` where the report is not as the page showed
        it, and what else the store and the forwarding raise.
        """
        async with self._database.one_transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME, {"report": f"report {report_id}"})
            report = await self._reports.by_id(report_id)
            if report is None:
                raise UnknownReportError
            if form.name not in {"claim", "unclaim"} and report.version != typed.version:
                raise StaleReportError
            await self._do(_Doing(member, form, typed, photos, report))

    async def _do(self, one: _Doing) -> None:
        if one.form.name not in names(offered(one.report, one.member.id)):
            raise TransitionError(f"{one.form.name} is not offered in state {one.report.state.value}")
        match one.form.name:
            case "claim":
                await self._claim(one)
            case "unclaim":
                await self._reports.unclaim(one.report.id, one.member.id)
            case "hand_over":
                await self._hand_over(one)
            case "forward":
                await self._forward(one)
            case "tell_agency":
                await self._tell_agency(one)
            case "moderate":
                await self._moderate(one)
            case "ask" | "note":
                await self._reports.add(
                    one.report.id, one.typed.text, actor(one.member), one.photos, public=one.form.told
                )
            case _:
                await self._act(one)

    async def dispatch(self, report: Report, number: str) -> Dispatch | None:
        """Return the dispatch of a report with that number."""
        return next((one for one in await self._dispatches.of(report.id) if str(one.id) == number), None)

    async def send_again(self, member: Member, one: Dispatch, *, new_link: bool) -> None:
        """Send a dispatch once more. Raises `ForwardingError`."""
        again = self._forwarding.renew if new_link else self._forwarding.resend
        await again(one.id, actor(member))

    async def merge_target(self, member: Member, report: Report, code: str) -> Report:
        """Return the report with that code if the member may see it. Raises `RefusedActError`."""
        target = await self._reports.by_code(code)
        if target is None or not member.looks_after(target.where.province_code, target.where.commune_code):
            raise RefusedActError("target", "Không có phản ánh mang mã này trong địa bàn của bạn.")
        if target.id == report.id:
            raise RefusedActError("target", "Đây là mã của chính phản ánh này.")
        return target

    async def _claim(self, one: _Doing) -> None:
        # Taken over only from the one whom the page named, so that of two who click at once one learns of the other.
        named = one.report.claimed_by is not None and one.report.claimed_by == one.typed.instead_of
        await self._reports.claim(one.report.id, one.member.id, take_over=named)

    async def _hand_over(self, one: _Doing) -> None:
        found = await self._staff.by_id(one.typed.officer or 0)
        fits = found and found.active and "officer" in found.roles and lies_in(one.report.where, found.places)
        if not found or not fits:
            raise RefusedActError("officer", "Người này không phụ trách được phản ánh này. Chọn người khác.")
        await self._reports.claim(one.report.id, found.id, take_over=True, giver=one.member.id)

    async def _forward(self, one: _Doing) -> None:
        typed = one.typed
        if typed.agency is None or typed.way is None:
            raise RefusedActError("agency", "Chọn cơ quan.")
        if typed.agency not in {agency.id for agency in await self._agencies.fitting(one.member, one.report)}:
            raise RefusedActError("agency", "Cơ quan này không phụ trách nơi xảy ra. Chọn cơ quan khác.")
        await self._forwarding.forward(
            one.report.id, typed.agency, actor(one.member), typed.text, typed.way, typed.version
        )

    async def _tell_agency(self, one: _Doing) -> None:
        standing = [d for d in await self._dispatches.of(one.report.id) if d.acting]
        if not standing:
            raise RefusedActError("text", "Cơ quan không còn đường dẫn nào đang mở. Gọi điện, rồi ghi chú lại.")
        await self._forwarding.tell_agency(standing[0].id, one.typed.text, actor(one.member))

    async def _moderate(self, one: _Doing) -> None:
        report, typed, by = one.report, one.typed, actor(one.member)
        changes = [("photo", photo) for photo in typed.hidden]
        if typed.wording != report.text:
            changes.append(("text", typed.wording))
        if typed.where_words != (report.where.words or ""):
            changes.append(("where_text", typed.where_words))
        if not changes:
            raise ModerationError
        for field, new in changes:
            await self._reports.moderate(report.id, field, new, typed.text, by)

    async def _act(self, one: _Doing) -> None:
        typed, act = one.typed, one.form.act
        if act is None:
            raise AssertionError(f"the form {one.form.name} has no act")
        target = await self.merge_target(one.member, one.report, typed.target) if act is Act.MERGE else None
        details = {"reason": typed.reason.value} if typed.reason else {}
        if typed.document:
            details["evidence"] = typed.document
        await self._reports.act(
            one.report.id,
            act,
            actor(one.member),
            typed.text,
            version=typed.version,
            photos=one.photos,
            into=target.id if target else None,
            details=details,
        )


_ONE_AT_A_TIME: Final = sql_text("SELECT pg_advisory_xact_lock(hashtextextended(:report, 117))")
"""Two forms about one report at once, one of them perhaps the other's double click."""
