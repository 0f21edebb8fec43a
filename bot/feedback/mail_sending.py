"""Sends the mails that wait for agencies. Any number of processes may do so at once; each mail is claimed by one.

The claim is committed before anything is handed to the server. A process that dies in between leaves a mail of which
nobody knows whether it is out: it is told to the officers, who decide, and not sent again by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.feedback.covering_letter import Coded, mail
from bot.feedback.deadlines import Deadlines
from bot.feedback.forwarding import PATH
from bot.feedback.mail import Accepted, Deferred, Mailer, MailOutcome, Perhaps, Refused
from bot.store.dispatches import Dispatch, Dispatches, DispatchState
from bot.store.reports import Reports
from bot.store.sealing import SealedDataError

WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
"""After each try but the last: six tries within some eleven hours."""
_LOOK_SECONDS: Final = 5.0
_PERHAPS: Final = "mất kết nối khi đang trao thư, nên không rõ thư đã tới chưa; không tự gửi lại"
_DIED: Final = "chương trình dừng khi đang gửi, nên không rõ thư đã tới chưa; không tự gửi lại"
_LOG: Final = logging.getLogger(__name__)

Alert = Callable[[str, str], Awaitable[None]]
"""Tells staff of a matter, in Vietnamese."""


async def nobody(_matter: str, _text: str) -> None:
    """Where nobody is told, the report's own story and the log have it."""


class MailSender:
    """Sends what is due until it is told to stop."""

    def __init__(
        self,
        *,
        dispatches: Dispatches,
        reports: Reports,
        mailer: Mailer,
        public_url: str,
        coded: Coded,
        deadlines: Deadlines,
        alert: Alert = nobody,
        waits: Sequence[timedelta] = WAITS,
    ) -> None:
        self._dispatches = dispatches
        self._reports = reports
        self._mailer = mailer
        self._public_url = public_url
        self._coded = coded
        self._deadlines = deadlines
        self._alert = alert
        self._waits = waits
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Claim no more; what is being sent is finished and noted."""
        self._stopping.set()

    async def run(self) -> None:
        """Send until `stop` is called. What fails is in the log and tried again."""
        while not self._stopping.is_set():
            try:
                await self.send_due()
            except (SQLAlchemyError, OSError) as error:
                _LOG.error("mails to agencies cannot be read or noted: %s", type(error).__name__)
            except Exception:  # what was claimed shows as unknown in the end; others must not wait for it
                _LOG.exception("sending mails to agencies failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._stopping.wait()

    async def send_due(self) -> int:
        """Send all that is due now, one after the other; return how many were tried."""
        for lost in await self._dispatches.tidy(_DIED):
            await self._alert(f"mail-{lost}", f"Thư chuyển phản ánh số {lost}: {_DIED}. Xem trang phản ánh.")
        tried = 0
        while not self._stopping.is_set() and (claimed := await self._dispatches.claim()) is not None:
            await self._send(claimed)
            tried += 1
        return tried

    async def _send(self, one: Dispatch) -> None:
        outcome = await self._handed_over(one)
        match outcome:
            case Accepted():
                await self._settle(one, DispatchState.SENT, "mailed")
            case Deferred(reason) if one.tries <= len(self._waits):
                _LOG.warning("mail of dispatch %d waits for another try: %s", one.id, reason)
                await self._settle(one, DispatchState.WAITING, None, reason, self._waits[one.tries - 1])
            case Deferred(reason) | Refused(reason):
                if await self._settle(one, DispatchState.FAILED, "mail_failed", reason):
                    await self._tell(one, f"không gửi được: {reason}")
            case Perhaps(reason):
                if await self._settle(one, DispatchState.UNKNOWN, "mail_unknown", f"{_PERHAPS} ({reason})"):
                    await self._tell(one, _PERHAPS)

    async def _handed_over(self, one: Dispatch) -> MailOutcome:
        try:
            key, report = await self._dispatches.key_of(one.id), await self._reports.by_id(one.report_id)
        except SealedDataError:
            return Refused("đường dẫn đã lưu không mở được bằng khóa dữ liệu hiện tại; tạo đường dẫn mới")
        if report is None or report.erased:
            return Refused("phản ánh vừa được người dân rút")
        if key is None or one.email is None:
            return Refused("cơ quan không có địa chỉ thư, hoặc đường dẫn không còn; sửa rồi gửi lại")
        try:
            link = f"{self._public_url}{PATH}{key}"
            message = mail(report, one, link, self._mailer.sender, self._coded, self._deadlines)
        except ValueError:
            return Refused("địa chỉ thư của cơ quan không dùng được; sửa ở mục Cơ quan xử lý")
        return await self._mailer.send(message, one.email)

    async def _settle(
        self,
        one: Dispatch,
        state: DispatchState,
        kind: str | None,
        error: str | None = None,
        wait: timedelta = timedelta(),
    ) -> bool:
        """Note what became of a try; False where that does not matter any more, so that nobody is alarmed."""
        settled = await self._dispatches.settle(one, state, kind, error=error, wait=wait)
        if not settled:
            _LOG.info("dispatch %d was opened, revoked or sent anew meanwhile", one.id)
        return settled

    async def _tell(self, one: Dispatch, what: str) -> None:
        _LOG.error("mail of dispatch %d: %s", one.id, what)
        await self._alert(
            f"mail-{one.id}", f"Thư chuyển phản ánh tới {one.agency_name} {what}. Xem trang phản ánh để gửi lại."
        )
