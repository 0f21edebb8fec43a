"""Forwards reports to the agencies responsible. MTTQ forwards and follows; the agency handles (TRANSITIONS)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import Act, Hat, State
from bot.feedback.reports import Actor, Report
from bot.store.agencies import Agencies, Agency
from bot.store.audit import note as log
from bot.store.database import Database
from bot.store.dispatches import Dispatch, Dispatches, DispatchState, Due, GoneError, Link, Way
from bot.store.reports import Reports

PATH: Final = "/co-quan/"
LONGEST_NOTE: Final = 2000
NO_SERVER: Final = (
    "Chưa gửi thư được: máy chủ chưa có SMTP_URL và MAIL_FROM. Nhờ người quản trị máy chủ đặt hai mục này "
    "(xem docs/settings.md); trong lúc chờ, in phiếu chuyển để giao."
)
NO_ADDRESS: Final = (
    "Chưa gửi thư và chưa tạo đường dẫn được: máy chủ chưa có PUBLIC_URL. Nhờ người quản trị máy chủ đặt mục này "
    "(xem docs/settings.md)."
)
NO_EMAIL: Final = "Cơ quan này chưa có địa chỉ thư điện tử: bổ sung ở mục Cơ quan xử lý, hoặc in phiếu chuyển để giao."


Turn = Callable[[State, ReportKind], Due | None]
"""Whose turn it is in a state of a report of a kind that begins now, and until when."""


class ForwardingError(Exception):
    """A report cannot be forwarded as asked; the message, in Vietnamese, is for the officer."""


@dataclass(frozen=True)
class Forwarded:
    """A report that was forwarded, and the dispatch by which it goes."""

    report: Report
    dispatch_id: int


class Forwarding:
    """Forwards, sends once more, and makes links anew."""

    def __init__(
        self,
        *,
        database: Database,
        reports: Reports,
        agencies: Agencies,
        dispatches: Dispatches,
        has_mail: bool,
        public_url: str | None,
        turn: Turn,
    ) -> None:
        """`public_url`: the address at which agencies reach this instance; without it there are no links.

        `turn` says whose turn it is in a state of a report, and until when.
        """
        self._database = database
        self._reports = reports
        self._agencies = agencies
        self._dispatches = dispatches
        self._has_mail = has_mail
        self._public_url = public_url
        self._turn = turn

    def why_no_mail(self, agency: Agency | None = None) -> str | None:
        """Why nothing can go by mail (to this agency), and what to do; None when it can."""
        if not self._has_mail:
            return NO_SERVER
        if self._public_url is None:
            return NO_ADDRESS
        return NO_EMAIL if agency is not None and agency.email is None else None

    def ways(self, agency: Agency | None = None) -> tuple[Way, ...]:
        """In which ways a report can go (to this agency)."""
        return (Way.EXPORT,) if self.why_no_mail(agency) else (Way.EMAIL, Way.EXPORT)

    def link(self, key: str) -> str | None:
        """The address of a link; None where this instance has no public address."""
        return None if self._public_url is None else f"{self._public_url}{PATH}{key}"

    async def forward(  # noqa: PLR0917 - what, to whom, by whom, and how: as one says it
        self, report_id: int, agency_id: int, by: Actor, note: str, way: Way, version: int | None = None
    ) -> Forwarded:
        """Forward a report: its new state, the dispatch and the log happen together or not at all.

        `note`: MTTQ's words to the agency. `version`: of the report as the officer saw it.

        Raises `ForwardingError`, and what `Reports.act` raises.
        """
        agency = await self._agencies.by_id(agency_id)
        if agency is None or not agency.active:
            raise ForwardingError("Cơ quan này không có trong danh sách đang dùng. Chọn cơ quan khác.")
        if way is Way.EMAIL and (why := self.why_no_mail(agency)):
            raise ForwardingError(why)
        if len(note) > LONGEST_NOTE:
            raise ForwardingError(f"Ý kiến gửi cơ quan dài quá {LONGEST_NOTE} ký tự. Viết ngắn lại giúp.")
        staff_id = _staff(by)
        async with self._database.one_transaction():
            report = await self._reports.act(
                report_id,
                Act.FORWARD,
                by,
                version=version,
                agency_id=agency_id,
                details={"way": way.value},
            )
            link = await self._dispatches.put(report_id, agency_id, staff_id, way, note.strip())
        return Forwarded(report, link.dispatch_id)

    async def resend(self, dispatch_id: int, by: Actor) -> Link:
        """Send the mail once more, or hand the letter over once more. Raises `ForwardingError`.

        Where the link is still known it stays as it is, so that a mail that did arrive goes on working.
        """
        one = await self._standing(dispatch_id)
        if one.way is Way.EMAIL and (why := self.why_no_mail(await self._agencies.by_id(one.agency_id))):
            raise ForwardingError(why)
        if one.state in {DispatchState.WAITING, DispatchState.SENDING}:
            raise ForwardingError("Thư này đang chờ gửi, chưa cần gửi lại.")
        return await self._again(one, by, "dispatch resent", same_link=True)

    async def renew(self, dispatch_id: int, by: Actor) -> Link:
        """Send or hand over with a new link; the earlier link ends. Raises `ForwardingError`.

        For a link that fell into wrong hands, has expired, or was used by mistake to decline.
        """
        one = await self._standing(dispatch_id)
        if one.way is Way.EMAIL and (why := self.why_no_mail(await self._agencies.by_id(one.agency_id))):
            raise ForwardingError(why)
        if one.state is DispatchState.SENDING:
            raise ForwardingError("Thư này đang được gửi. Đợi một phút rồi tạo đường dẫn mới.")
        return await self._again(one, by, "dispatch link renewed", same_link=False)

    async def tell_agency(self, dispatch_id: int, text: str, by: Actor) -> None:
        """Answer what the agency asked: they read it behind their link. Raises `ForwardingError`."""
        one = await self._standing(dispatch_id)
        if not text.strip() or len(text) > LONGEST_NOTE:
            raise ForwardingError(f"Lời nhắn cần có nội dung, không quá {LONGEST_NOTE} ký tự.")
        async with self._database.one_transaction():
            await self._dispatches.note(one, "told_agency", Hat.MTTQ, text.strip(), staff_id=_staff(by))
            await self._log(by, "agency told", one)

    async def printable_link(self, dispatch_id: int, by: Actor) -> str | None:
        """Return the link to be printed, which is logged; None when there is none or it is known to the agency only."""
        one = await self._dispatches.by_id(dispatch_id)
        if one is None or not one.printable or one.way is not Way.EXPORT:
            return None
        key = await self._dispatches.key_of(dispatch_id)
        if key is None or self._public_url is None:
            return None
        await self._log(by, "dispatch printed", one)
        return self.link(key)

    async def _again(self, one: Dispatch, by: Actor, act: str, *, same_link: bool) -> Link:
        report = await self._reports.by_id(one.report_id)
        declined = one.state is DispatchState.DECLINED  # then it was MTTQ's turn, and is the agency's again
        due = self._turn(report.state, report.kind) if report and declined else None
        try:
            async with self._database.one_transaction():
                link = await self._dispatches.again(one, _staff(by), same_link=same_link, due=due)
                await self._log(by, act, one)
        except GoneError:
            raise ForwardingError("Lần chuyển này vừa thay đổi. Tải lại trang để xem.") from None
        return link

    async def _standing(self, dispatch_id: int) -> Dispatch:
        """The dispatch of a report that is still with its agency."""
        one = await self._dispatches.by_id(dispatch_id)
        report = await self._reports.by_id(one.report_id) if one else None
        if one is None or report is None or one.state is DispatchState.REVOKED or not _is_with(report, one):
            raise ForwardingError("Phản ánh không còn ở cơ quan này nên không gửi lại được. Chuyển lại từ đầu nếu cần.")
        if one.state is DispatchState.ANSWERED:
            raise ForwardingError("Cơ quan đã trả lời theo đường dẫn này. Muốn hỏi lại, chuyển phản ánh lần nữa.")
        return one

    async def _log(self, by: Actor, act: str, one: Dispatch, details: Mapping[str, str] | None = None) -> None:
        about = {"report": one.report_id, "agency": one.agency_id, **(details or {})}
        async with self._database.sessions.begin() as session:
            await log(session, staff_id=by.staff_id, who=by.who, act=act, subject=f"dispatch:{one.id}", details=about)


def _staff(by: Actor) -> int:
    if by.hat is not Hat.MTTQ or by.staff_id is None:
        raise ForwardingError("Chỉ cán bộ Mặt trận chuyển được phản ánh.")
    return by.staff_id


def _is_with(report: Report, one: Dispatch) -> bool:
    return report.agency_id == one.agency_id and report.state in {State.FORWARDED, State.HANDLING} and not report.erased
