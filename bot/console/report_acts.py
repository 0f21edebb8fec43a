"""What officers do with a report through the forms of its page.

An act is done while nobody else changes the report: the page is compared with the report as it is then. Where somebody
was faster, the page says what they did and keeps what was typed; the same form sent twice is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from aiohttp import web

from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.rendering import Renderer
from bot.console.reply_templates import ReplyTemplates
from bot.console.report_doing import RefusedActError, ReportDoing
from bot.console.report_forms import FORMS, MOST_PHOTOS, Form, Part, names, offered
from bot.console.report_previews import preview
from bot.console.report_reading import Typed, read, stage, staged_before
from bot.console.report_story import ReportStories, Shown
from bot.console.report_words import Step
from bot.console.visits import Member, NotFoundError, Page, Visit
from bot.feedback.forwarding import ForwardingError
from bot.feedback.lifecycle import STATES, Act
from bot.feedback.photos import LARGEST, Cleaning
from bot.feedback.reports import Report
from bot.store.photos import Photos
from bot.store.reports import (
    AgencyMissingError,
    ClaimedError,
    EvidenceMissingError,
    MergeError,
    ModerationError,
    PhotoGoneError,
    ReasonMissingError,
    ReportError,
    StaleReportError,
    TextMissingError,
    TransitionError,
    UnknownReportError,
)

_LARGEST: Final = MOST_PHOTOS * LARGEST + 256 * 1024
_KINDS: Final = {
    "ask": "written",
    "note": "noted",
    "moderate": "moderated",
    "claim": "claimed",
    "unclaim": "unclaimed",
    "hand_over": "handed_over",
    "tell_agency": "told_agency",
}
"""Kinds of happenings that forms without an act lead to."""
_HEARD: Final = frozenset({Act.ANSWER.value, Act.REPLY.value, Act.REJECT.value})
"""Forms that have news for the resident, if they can be reached."""
_FAULTS: Final[Sequence[tuple[type[Exception], str, str]]] = (
    (ReasonMissingError, "reason", "Chọn một lý do."),
    (TextMissingError, "text", "Cần ghi nội dung."),
    (EvidenceMissingError, "photos", "Cần minh chứng: chọn ít nhất một ảnh, hoặc ghi số văn bản của cơ quan."),
    (AgencyMissingError, "agency", "Cơ quan này không còn trong danh sách đang dùng. Chọn cơ quan khác."),
    (MergeError, "target", "Không gộp được vào phản ánh này: nó đã xong, hoặc đang gộp vào chính phản ánh này."),
    (PhotoGoneError, "photos", "Ảnh đã chọn không còn nữa (để quá lâu). Chọn lại ảnh giúp."),
    (ModerationError, "wording", "Chưa thấy thay đổi nào, hoặc chỗ cần sửa không còn nữa."),
)


@dataclass(frozen=True)
class _Sent:
    """A form as it was sent. `staged`: photos that are kept for it; `typed` replaces what the fields say."""

    visit: Visit
    report: Report
    form: Form
    fields: Fields
    staged: Sequence[UUID]
    typed: Mapping[str, str] | None = None


class ReportActs:
    """Takes the forms of a report's page."""

    def __init__(
        self,
        *,
        doing: ReportDoing,
        photos: Photos,
        clean: Cleaning,
        stories: ReportStories,
        templates: ReplyTemplates,
        renderer: Renderer,
        today: Callable[[], date],
    ) -> None:
        self._doing = doing
        self._photos = photos
        self._clean = clean
        self._stories = stories
        self._templates = templates
        self._renderer = renderer
        self._today = today

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("POST", "/reports/{code}/acts/{form}", self.act, Permission.HANDLE_REPORTS, _LARGEST),
            Page("POST", "/reports/{code}/dispatches/{dispatch}/{way}", self.dispatch, Permission.HANDLE_REPORTS),
        )

    async def act(self, visit: Visit) -> web.StreamResponse:
        """Do what a form asks for, insert a template into it, or show how the resident will read it."""
        report = await self._stories.report(visit)
        form = FORMS.get(visit.request.match_info["form"])
        if form is None:
            raise NotFoundError
        fields = Fields(await visit.request.post())
        sent = _Sent(visit, report, form, fields, await self._staged(form, fields))
        wish = fields.as_typed().get("wish", "")
        if wish == "insert":
            return await self._again(replace(sent, typed=self._with_template(sent)), {}, status=200)
        typed = read(form, fields, self._templates, self._today())
        if fields.faults:
            return await self._again(sent, fields.faults)
        if wish == "preview":
            return await self._again(sent, {}, status=200, preview=preview(form, report, typed))
        return await self._do(sent, typed)

    async def dispatch(self, visit: Visit) -> web.StreamResponse:
        """Send a dispatch once more, or with a new link."""
        report = await self._stories.report(visit)
        way, number = visit.request.match_info["way"], visit.request.match_info["dispatch"]
        one = await self._doing.dispatch(report, number)
        if one is None or way not in {"resend", "renew"}:
            raise NotFoundError
        try:
            await self._doing.send_again(visit.member, one, new_link=way == "renew")
        except ForwardingError as error:
            return await self._stories.page(visit, report, Shown(refused=str(error)), status=409)
        said = "Đã tạo đường dẫn mới; đường dẫn cũ không dùng được nữa." if way == "renew" else "Đã xếp để gửi lại."
        return await self._renderer.done(visit, f"/console/reports/{report.code}", said)

    async def _staged(self, form: Form, fields: Fields) -> list[UUID]:
        if not (form.asks_for(Part.PHOTOS) or form.asks_for(Part.EVIDENCE)):
            return []
        return await stage(fields, staged_before(fields), self._photos, self._clean)

    def _with_template(self, sent: _Sent) -> dict[str, str]:
        typed, use = sent.fields.as_typed(), sent.form.use
        inserted = self._templates.text(typed.get("template", ""), use, sent.report) if use else None
        if inserted:
            typed["text"] = "\n\n".join(filter(None, (typed.get("text", "").strip(), inserted)))
        return typed

    async def _do(self, sent: _Sent, typed: Typed) -> web.StreamResponse:
        try:
            await self._doing.carry_out(sent.visit.member, sent.report.id, sent.form, typed, sent.staged)
        except (StaleReportError, ClaimedError, TransitionError, UnknownReportError):
            return await self._too_late(sent, typed)
        except RefusedActError as error:
            return await self._again(sent, {error.field: str(error)})
        except ForwardingError as error:
            return await self._again(sent, {"agency": str(error)})
        except PhotoGoneError as error:
            return await self._again(replace(sent, staged=()), _fault_of(error))
        except ReportError as error:
            return await self._again(sent, _fault_of(error))
        return await self._done(sent)

    async def _done(self, sent: _Sent) -> web.StreamResponse:
        heard = ""
        if sent.form.name in _HEARD:
            heard = " Người gửi được báo." if sent.report.told else " Người gửi ẩn danh nên chỉ thấy khi tra mã."
        return await self._renderer.done(sent.visit, f"/console/reports/{sent.report.code}", sent.form.done + heard)

    async def _too_late(self, sent: _Sent, typed: Typed) -> web.StreamResponse:
        visit, form = sent.visit, sent.form
        report = await self._stories.report(visit)
        changes = await self._stories.steps_after(report, typed.seen)
        if _done_already(visit.member, form, typed, changes):
            return await self._done(sent)
        may = form.name in names(offered(report, visit.member.id))
        shown = Shown(
            open_form=form.name if may else None,
            typed=sent.fields.as_typed(),
            staged=sent.staged,
            changes=changes,
            refused=None
            if may
            else f"Phản ánh đang ở trạng thái “{STATES[report.state]}” nên không làm được việc: {form.title}.",
        )
        return await self._stories.page(visit, report, shown, status=409)

    async def _again(
        self, sent: _Sent, faults: Mapping[str, str], *, status: int = 422, preview: Mapping[str, object] | None = None
    ) -> web.Response:
        typed = sent.fields.as_typed() if sent.typed is None else sent.typed
        shown = Shown(open_form=sent.form.name, typed=typed, faults=faults, staged=sent.staged, preview=preview)
        return await self._stories.page(sent.visit, sent.report, shown, status=status)


def _done_already(member: Member, form: Form, typed: Typed, changes: Sequence[Step]) -> bool:
    """Whether the same form was sent a moment ago by the same member: it is done once."""
    kind = form.act.value if form.act else _KINDS[form.name]
    words = "" if form.name in {"forward", "claim", "unclaim", "hand_over"} else typed.text
    names_of_mine = {member.name, f"{member.name}, {member.position}"}
    return any(one.kind == kind and one.who in names_of_mine and one.text == words for one in changes)


def _fault_of(error: ReportError) -> dict[str, str]:
    for kind, name, words in _FAULTS:
        if isinstance(error, kind):
            return {name: words}
    raise error
