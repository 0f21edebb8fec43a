"""Acts on several reports at once: a page that says what will be done with which, then each in its own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.rendering import Renderer
from bot.console.reply_templates import ReplyTemplates
from bot.console.report_agencies import ReportAgencies
from bot.console.report_doing import RefusedActError, ReportDoing
from bot.console.report_forms import FORMS, LONGEST_TEXT, Form, Part, names, offered
from bot.console.report_reading import Typed
from bot.console.report_words import REJECT_REASONS
from bot.console.visits import Member, NotFoundError, Page, RefusedError, Visit
from bot.feedback.forwarding import LONGEST_NOTE, Forwarding, ForwardingError
from bot.feedback.kinds import CATEGORIES
from bot.feedback.lifecycle import OPEN, STATES, TransitionError
from bot.feedback.rejections import RejectReason
from bot.feedback.reports import Report
from bot.store.agencies import Agency
from bot.store.dispatches import WAYS, Way
from bot.store.reports import ClaimedError, ReportError, Reports, StaleReportError

MOST_AT_ONCE: Final = 200
_MOST_DIGITS: Final = 9
BULK: Final[Mapping[str, str]] = {
    "claim": "Nhận xử lý",
    "verify": "Xác minh",
    "forward": "Chuyển tới một cơ quan",
    "reject": "Không tiếp nhận, cùng một lý do",
    "merge": "Gộp vào một phản ánh",
}
"""Names of forms that can be used on several reports, and what the list calls them."""
_CHANGED: Final = "Có người vừa thay đổi phản ánh này; mở ra xem lại."


@dataclass(frozen=True)
class Line:
    """A report that was chosen. `why_not`: why it cannot be done with it, or None."""

    report: Report
    category: str
    state: str
    why_not: str | None


@dataclass(frozen=True)
class Result:
    """What became of one report. `fault` None: done."""

    code: str
    fault: str | None


class ReportBulk:
    """The pages of acts on several reports."""

    def __init__(
        self,
        *,
        reports: Reports,
        doing: ReportDoing,
        agencies: ReportAgencies,
        forwarding: Forwarding,
        templates: ReplyTemplates,
        renderer: Renderer,
    ) -> None:
        self._reports = reports
        self._doing = doing
        self._agencies = agencies
        self._forwarding = forwarding
        self._templates = templates
        self._renderer = renderer

    def pages(self) -> Sequence[Page]:
        """Return the routes; they stand before that of one report, whose code can be any word."""
        return (
            Page("GET", "/reports/bulk", self.confirm, Permission.HANDLE_REPORTS),
            Page("POST", "/reports/bulk", self.do, Permission.HANDLE_REPORTS),
        )

    async def confirm(self, visit: Visit) -> web.Response:
        """Say what would be done with which of the chosen reports, and ask for what it needs."""
        query = Fields(visit.request.query)
        form = _form(query)
        chosen = await self._chosen(visit.member, query.listed("chosen"))
        return await self._ask(visit, form, chosen, query, status=200)

    async def do(self, visit: Visit) -> web.Response:
        """Do it with each of them, and say what became of each."""
        fields = Fields(await visit.request.post())
        form = _form(fields)
        pairs = [typed.partition(".")[::2] for typed in fields.listed("chosen")]
        chosen = await self._chosen(visit.member, [code for code, _ in pairs])
        typed = await self._read(visit.member, form, fields)
        if fields.faults:
            return await self._ask(visit, form, chosen, fields, status=422)
        versions = dict(pairs)
        target = typed.target and await self._reports.by_code(typed.target)
        results = []
        for report in chosen:
            if target and report.id == target.id:
                continue  # the others are merged into it
            results.append(await self._one(visit.member, form, report, typed, _number(versions.get(report.code, ""))))
        done = sum(result.fault is None for result in results)
        return self._renderer.page(
            visit, "reports/bulk_done.html", title=BULK[form.name], results=results, done=done, target=typed.target
        )

    async def _one(self, member: Member, form: Form, report: Report, typed: Typed, version: int) -> Result:
        mine = Typed(
            version=version,
            seen=0,
            text=typed.text,
            agency=typed.agency,
            way=typed.way,
            reason=typed.reason,
            target=typed.target,
        )
        try:
            await self._doing.carry_out(member, report.id, form, mine)
        except (RefusedActError, ForwardingError) as error:
            return Result(report.code, str(error))
        except StaleReportError:
            return Result(report.code, _CHANGED)
        except ClaimedError:
            return Result(report.code, f"{report.claimed_name or 'Người khác'} đang xử lý.")
        except (TransitionError, ReportError):
            return Result(report.code, self._why_not(member, form, report) or _CHANGED)
        return Result(report.code, None)

    async def _chosen(self, member: Member, codes: Sequence[str]) -> list[Report]:
        """The chosen reports that the member may see. Raises `RefusedError` for none, or too many."""
        wanted = list(dict.fromkeys(codes))
        if len(wanted) > MOST_AT_ONCE:
            raise RefusedError(
                f"Mỗi lần làm được nhiều nhất {MOST_AT_ONCE} phản ánh; bạn đã chọn {len(wanted)}. Quay lại và bớt đi."
            )
        found = {}
        for code in wanted:
            report = await self._reports.by_code(code)
            if report and member.looks_after(report.where.province_code, report.where.commune_code):
                found[report.id] = report
        if not found:
            raise RefusedError("Bạn chưa chọn phản ánh nào. Quay lại danh sách và đánh dấu các phản ánh cần làm.")
        return list(found.values())

    async def _ask(
        self, visit: Visit, form: Form, chosen: Sequence[Report], fields: Fields, *, status: int
    ) -> web.Response:
        lines = [
            Line(one, CATEGORIES[one.category], STATES[one.state], self._why_not(visit.member, form, one))
            for one in chosen
        ]
        agencies: dict[int, Agency] = {}
        if form.asks_for(Part.AGENCY):
            for report in chosen:
                agencies |= {one.id: one for one in await self._agencies.fitting(visit.member, report)}
        return self._renderer.page(
            visit,
            "reports/bulk.html",
            status=status,
            form=form,
            title=BULK[form.name],
            possible=[line for line in lines if line.why_not is None],
            impossible=[line for line in lines if line.why_not is not None],
            heads=[line for line in lines if line.report.state in OPEN] if form.name == "merge" else [],
            agencies={str(one.id): one.name for one in agencies.values()},
            ways={way.value: words for way, words in WAYS.items()},
            no_mail=self._forwarding.why_no_mail(),
            reasons={reason.value: words for reason, words in REJECT_REASONS.items()},
            typed=fields.as_typed(),
            faults=fields.faults,
        )

    async def _read(self, member: Member, form: Form, fields: Fields) -> Typed:
        text = ""
        if form.label:
            longest = LONGEST_NOTE if form.name == "forward" else LONGEST_TEXT
            text = fields.text("text", longest=longest, required=form.required, lines=True)
            if left := self._templates.gaps(text):
                fields.faults["text"] = f"Còn chỗ chưa điền: {', '.join(left)}"
        agency = form.asks_for(Part.AGENCY)
        target = fields.text("target", longest=40) if form.asks_for(Part.TARGET) else ""
        if target:
            head = await self._reports.by_code(target)
            if head is None or not member.looks_after(head.where.province_code, head.where.commune_code):
                fields.faults["target"] = "Không có phản ánh mang mã này trong địa bàn của bạn."
        return Typed(
            version=0,
            seen=0,
            text=text,
            agency=fields.whole("agency", 1, 32_767) if agency else None,
            way=fields.choice("way", Way) if agency else None,
            reason=fields.choice("reason", RejectReason) if form.asks_for(Part.REASON) else None,
            target=target,
        )

    def _why_not(self, member: Member, form: Form, report: Report) -> str | None:
        if form.name == "claim" and report.claimed_by == member.id:
            return "Bạn đang xử lý phản ánh này rồi."
        if form.name not in names(offered(report, member.id)):
            return f"Đang ở trạng thái “{STATES[report.state]}”, không làm được việc này."
        if form.name == "claim" and report.claimed_by is not None:
            return f"{report.claimed_name or 'Người khác'} đang xử lý."
        return None


def _number(typed: str) -> int:
    """The version of a report as its page gave it; 0, which none has, for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else 0


def _form(fields: Fields) -> Form:
    name = fields.as_typed().get("act", "")
    if not name:
        raise RefusedError("Bạn chưa chọn việc cần làm. Quay lại danh sách và chọn.")
    if name not in BULK:
        raise NotFoundError
    return FORMS[name]
