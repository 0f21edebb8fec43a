"""Pages of monitoring reports: the list, the draft with its editor and figures, issuing, and the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from bot.console.card_fields import TOPICS
from bot.console.forms import Fields
from bot.console.monitoring_forms import Reading, acted
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.report_places import ReportPlaces
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.conversation.personal_data import without_personal_data
from bot.monitoring.as_xlsx import results_of
from bot.monitoring.drafting import composed
from bot.monitoring.figures import Figure
from bot.monitoring.marked_text import mismatches, pieces, printed, renewed, typed_by_hand
from bot.monitoring.periods import PERIOD_KINDS, PeriodKind, period_of
from bot.monitoring.preparing import FILES, preparing_of
from bot.monitoring.scopes import codes_within, may_see, scope_name
from bot.monitoring.sections import LONGEST_COMMENT, LONGEST_TEXT, Comment, Content, Office, Section
from bot.monitoring.wording import number
from bot.store.monitoring_reports import (
    RECORDS,
    MonitoringReport,
    MonitoringReports,
    NoDraftError,
    Stage,
    StaleMonitoringError,
    UnknownMonitoringError,
)
from bot.store.staff import Author
from knowledge.places import Places

_LARGEST: Final = 6 * 1024 * 1024
_PATH: Final = "/console/monitoring"
_HINT: Final = "[Cán bộ"
_AT_ONCE: Final = 50
"""Reports on one page of a list."""
_SEE, _WRITE = Permission.SEE_FIGURES, Permission.WRITE_MONITORING
_CHANGED: Final = "Báo cáo đã phát hành hoặc đã bỏ nên không sửa được nữa. Muốn thay, hãy soạn báo cáo mới."
_STALE: Final = "Bản thảo vừa được người khác sửa. Hãy tải lại trang, xem phần đã đổi rồi làm lại."


@dataclass(frozen=True)
class Checked:
    """A section with what is to be looked at before issuing.

    `base`: the digest of what is stored; `theirs`: what somebody else saved meanwhile.
    """

    section: Section
    pieces: Sequence[Any]
    wrong: Sequence[Any]
    by_hand: Sequence[str]
    unfinished: bool
    personal: bool
    base: str
    theirs: Section | None = None


class MonitoringPages:
    """Pages of officers who write reports, and of all who may read issued ones."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._today = parts.today
        self._now = parts.now
        self._knowledge = parts.knowledge
        self._reports = MonitoringReports(parts.database)
        self._places = ReportPlaces(lambda: parts.knowledge().places)
        self._preparing = preparing_of(
            parts.database,
            parts.knowledge,
            lambda topic: TOPICS.get(topic, topic),
            parts.now,
            heavy=parts.heavy,
        )

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        one = r"/monitoring/{id:\d{1,15}}"
        return (
            Page("GET", "/monitoring", self.overview, _SEE),
            Page("POST", "/monitoring", self.create, _WRITE),
            Page("GET", one, self.show, _SEE),
            Page("POST", one, self.save, _WRITE, _LARGEST),
            Page("POST", f"{one}/comment", self.comment, _WRITE),
            Page("POST", f"{one}/refresh", self.refresh, _WRITE),
            Page("POST", f"{one}/issue", self.issue, _WRITE),
            Page("POST", f"{one}/discard", self.discard, _WRITE),
            Page("GET", one + r"/files/{kind:docx|pdf|xlsx}", self.file, _SEE),
        )

    async def overview(self, visit: Visit) -> web.StreamResponse:
        """List drafts and issued reports."""
        return await self._overview(visit, Fields(visit.request.query))

    async def create(self, visit: Visit) -> web.StreamResponse:
        """Make a draft."""
        fields = Fields(await visit.request.post())
        reading = Reading(fields, visit.member, self._known)
        period, scope = reading.period(self._today()), reading.scope()
        if period is None or scope is None or not fields.fine:
            return await self._overview(visit, fields, status=400)
        report_id = await self._reports.create(await self._preparing.draft(period, scope), _author(visit))
        return await self._renderer.done(visit, f"{_PATH}/{report_id}", "Đã soạn bản thảo từ số liệu của kỳ.")

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show a draft with its editor, or an issued report."""
        report = await self._report(visit)
        if report.stage is Stage.ISSUED:
            return self._renderer.page(visit, "monitoring/issued.html", **self._shown(report, report.content))
        return self._editor(visit, report, report.content)

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Save the draft, and move, add, take out or write anew a section if a button asks for it."""
        report = await self._report(visit, draft=True)
        fields = Fields(await visit.request.post())
        version = fields.whole("version", 1, 10**9)
        content = Reading(fields, visit.member, self._known).content(report.content)
        if version is None or not fields.fine:
            return self._editor(visit, report, content, faults=fields.faults, status=400)
        act = fields.text("act", longest=100, required=False)
        wanted = self._rewritten(acted(content, act, fields.as_typed()), act, report)
        try:
            await self._reports.change(
                report.id,
                lambda stored: _with_comments(wanted, stored),
                _author(visit),
                act="monitoring report edited",
                version=version,
            )
        except StaleMonitoringError:
            newest = await self._report(visit, draft=True)
            mine = Reading(fields, visit.member, self._known).beside(newest.content)
            return self._editor(visit, newest, mine, theirs=newest.content, status=409)
        except NoDraftError as error:
            raise RefusedError(_CHANGED) from error
        place = f"#muc-{act.partition(':')[2]}" if ":" in act else ""
        return await self._renderer.done(visit, f"{_PATH}/{report.id}{place}", "Đã lưu bản thảo.")

    async def comment(self, visit: Visit) -> web.StreamResponse:
        """Add a comment to a section; it disturbs nobody's editing."""
        report = await self._report(visit, draft=True)
        fields = Fields(await visit.request.post())
        key = fields.text("section", longest=50)
        text = fields.text("comment", longest=LONGEST_COMMENT, lines=True)
        if report.content.section(key) is None:
            raise NotFoundError
        if not fields.fine:
            raise RefusedError("Ý kiến chưa được lưu: cần có nội dung, nhiều nhất 2.000 ký tự.")
        said = Comment(visit.member.name, self._now().isoformat(), text)

        def add(stored: Content) -> Content:
            section = stored.section(key)
            if section is None:
                raise RefusedError("Mục này vừa được người khác bỏ đi.")
            return stored.with_section(replace(section, comments=(*section.comments, said)))

        await self._refusing(
            self._reports.change(report.id, add, _author(visit), act="monitoring comment added", version=None)
        )
        return await self._renderer.done(visit, f"{_PATH}/{report.id}#muc-{key}", "Đã thêm ý kiến.")

    async def refresh(self, visit: Visit) -> web.StreamResponse:
        """Take the figures anew and show what has changed; the text stays."""
        report = await self._report(visit, draft=True)
        version = await _version(visit)
        figures, records = await self._preparing.figures(report.period, report.content.scope)
        changes = _changes(report.figures.by_id, figures.by_id)
        await self._refusing(self._reports.refresh(report.id, figures, records, _author(visit), version=version))
        newest = await self._report(visit, draft=True)
        return self._editor(visit, newest, newest.content, changes=changes, refreshed=True)

    async def issue(self, visit: Visit) -> web.StreamResponse:
        """Issue the report: number, day and signer are set, the files are made, and nothing changes any more."""
        report = await self._report(visit, draft=True)
        fields = Fields(await visit.request.post())
        version = fields.whole("version", 1, 10**9)
        chosen = Reading(fields, visit.member, self._known).number()
        day = fields.day("issued_on")
        signer = fields.text("issued_signer", longest=200)
        keep = fields.flag("keep_numbers")
        content = report.content
        if day is not None and not report.period.first <= day <= self._today():
            fields.faults["issued_on"] = "Ngày ban hành phải từ ngày đầu của kỳ đến hôm nay."
        fields.faults |= _missing(content.office)
        if any(_HINT in one.text for one in content.sections):
            fields.faults["sections"] = "Còn câu nhắc trong ngoặc vuông “[Cán bộ …]”. Hãy bổ sung hoặc xóa."
        if not keep and any(mismatches(one.text, report.figures) for one in content.sections):
            fields.faults["keep_numbers"] = "Có số trong bài khác với số liệu. Hãy sửa, hoặc đánh dấu là giữ nguyên."
        if version is None or day is None or not fields.fine:
            return self._editor(visit, report, content, faults=fields.faults, issuing=fields.as_typed(), status=400)
        if version != report.version:
            raise RefusedError(_STALE)
        signed = replace(content, number=chosen, day=day.isoformat(), office=replace(content.office, signer=signer))
        records = await self._records(report)
        files = await self._preparing.files(report.period, signed, report.figures, records, issued=True)
        await self._refusing(self._reports.issue(report.id, signed, files, _author(visit), version=version))
        return await self._renderer.done(visit, f"{_PATH}/{report.id}", "Đã phát hành. Nội dung và tệp không đổi nữa.")

    async def discard(self, visit: Visit) -> web.StreamResponse:
        """Put a draft away."""
        report = await self._report(visit, draft=True)
        version = await _version(visit)
        await self._refusing(self._reports.discard(report.id, _author(visit), version=version))
        return await self._renderer.done(visit, _PATH, "Đã bỏ bản thảo.")

    async def file(self, visit: Visit) -> web.StreamResponse:
        """Send a file: of an issued report the one that was made then, of a draft one made now."""
        report = await self._report(visit)
        kind = visit.request.match_info["kind"]
        if report.stage is Stage.ISSUED:
            made = await self._reports.file(report.id, kind)
        else:
            made = await self._preparing.file(kind, report, await self._records(report))
        if made is None:
            raise NotFoundError
        await self._reports.note_download(report.id, kind, _author(visit))
        begin = "bao-cao" if report.stage is Stage.ISSUED else "du-thao"
        name = f"{begin}-{report.id}-{report.period.first}-{report.period.last}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=made, content_type=FILES[kind], headers=headers)

    @property
    def _known(self) -> Places:
        return self._knowledge().places

    async def _report(self, visit: Visit, *, draft: bool = False) -> MonitoringReport:
        """Return the report of the address if the member may see it: a draft only who may write."""
        report = await self._reports.by_id(int(visit.request.match_info["id"]))
        if report is None or not may_see(visit.member.places, report.content.scope, self._known):
            raise NotFoundError
        if report.stage is Stage.DISCARDED or (report.stage is Stage.DRAFT and not visit.member.may(_WRITE)):
            raise NotFoundError
        if draft and report.stage is not Stage.DRAFT:
            raise RefusedError(_CHANGED)
        return report

    async def _records(self, report: MonitoringReport) -> bytes:
        records = await self._reports.file(report.id, RECORDS)
        if records is None:
            raise NotFoundError
        return records

    async def _refusing(self, change: Any) -> None:  # noqa: ANN401 (whatever a change returns)
        try:
            await change
        except StaleMonitoringError as error:
            raise RefusedError(_STALE) from error
        except NoDraftError as error:
            raise RefusedError(_CHANGED) from error
        except UnknownMonitoringError as error:
            raise NotFoundError from error

    async def _overview(self, visit: Visit, fields: Fields, *, status: int = 200) -> web.Response:
        writes = visit.member.may(_WRITE)
        stages = (Stage.DRAFT, Stage.ISSUED) if writes else (Stage.ISSUED,)
        among = codes_within(visit.member.places, self._known)
        asked = Fields(visit.request.query)
        skips = {stage: asked.whole(f"skip_{stage}", 0, 10**6, required=False) or 0 for stage in stages}
        lists = {
            stage.value: await self._reports.listed(stage, among, skip=skips[stage], most=_AT_ONCE + 1)
            for stage in stages
        }
        typed = fields.as_typed()
        last_month = period_of(PeriodKind.MONTH, self._today()).before
        return self._renderer.page(
            visit,
            "monitoring/overview.html",
            status=status,
            lists={stage: lines[:_AT_ONCE] for stage, lines in lists.items()},
            older={stage.value: skips[stage] + _AT_ONCE for stage in stages if len(lists[stage.value]) > _AT_ONCE},
            newer={stage.value: max(0, skips[stage] - _AT_ONCE) for stage in stages if skips[stage]},
            writes=writes,
            kinds={kind.value: label for kind, label in PERIOD_KINDS.items()},
            places=self._choices(visit, typed.get("province", "")),
            provinces=dict(self._places.provinces(visit.member)),
            typed={"kind": "month", "day": last_month.last.isoformat(), **typed},
            faults=fields.faults,
            where=self._where,
            today=self._today(),
        )

    def _choices(self, visit: Visit, province: str) -> Mapping[str, str]:
        """The places that a member may choose: whole provinces of theirs, and the communes of the chosen province."""
        member = visit.member
        all_places = "Tất cả nơi tôi phụ trách" if member.places else "Cả nước"
        provinces = {code: name for code, name in self._places.provinces(member) if member.looks_after(code, None)}
        communes = dict(self._places.communes(member, province)) if province else {}
        if member.places and not province:
            own = [code for code in member.places if code not in provinces]
            communes = {code: self._places.name(None, code) or code for code in own}
        return {"": all_places, **provinces, **communes}

    def _where(self, scope: Any) -> str:  # noqa: ANN401 (a template gives it)
        return scope_name(scope, self._known)

    def _rewritten(self, content: Content, act: str, report: MonitoringReport) -> Content:
        """Return the draft with a section written anew, or its marked numbers brought up to date, if asked for."""
        verb, _, key = act.partition(":")
        section = content.section(key)
        if section is None:
            return content
        if verb == "renew":
            return content.with_section(replace(section, text=renewed(section.text, report.figures)))
        text = composed(self._preparing.writer(report), key) if verb == "recompose" else None
        return content if text is None else content.with_section(replace(section, text=text, composed=text))

    def _editor(
        self,
        visit: Visit,
        report: MonitoringReport,
        content: Content,
        *,
        theirs: Content | None = None,
        faults: Mapping[str, str] | None = None,
        issuing: Mapping[str, str] | None = None,
        changes: Sequence[tuple[Figure, Figure | None]] = (),
        refreshed: bool = False,
        status: int = 200,
    ) -> web.Response:
        default = {"number": "", "issued_on": self._today().isoformat(), "issued_signer": content.office.signer}
        return self._renderer.page(
            visit,
            "monitoring/draft.html",
            status=status,
            **self._shown(report, content, theirs),
            conflict=theirs is not None,
            their_head=theirs if theirs is not None and theirs.head_digest != content.head_digest else None,
            head_base=report.content.head_digest,
            faults=dict(faults or {}),
            issuing={**default, **(issuing or {})},
            changes=changes,
            refreshed=refreshed,
            layout=self._preparing.layout.source,
        )

    def _shown(self, report: MonitoringReport, content: Content, theirs: Content | None = None) -> dict[str, Any]:
        figures = report.figures
        sections = [
            _checked(one, report, None if theirs is None else theirs.section(one.key)) for one in content.sections
        ]
        return {
            "report": report,
            "content": content,
            "sections": sections,
            "figures": [one for one in figures.all if one.value or one.before],
            "traces": {one.id: address for one in figures.all if (address := _address(one, report))},
            "place": scope_name(content.scope, self._known),
            "show": number,
        }


def _names_people(section: Section) -> bool:
    """Whether what an officer has typed seems to name people; the program's own lines name documents and agencies."""
    own = frozenset(section.composed.splitlines())
    typed = printed("\n".join(line for line in section.text.splitlines() if line not in own))
    return without_personal_data(typed) != typed


def _missing(office: Office) -> dict[str, str]:
    """Say what an office has not entered yet and without which nothing is issued."""
    wanted = {
        "issuer": (office.issuer, "Chưa có tên cơ quan ban hành."),
        "place_name": (office.place_name, "Chưa có địa danh đứng trước ngày tháng."),
        "recipients": (office.recipients, "Chưa có nơi nhận, ít nhất là nơi lưu."),
    }
    return {name: f"{fault} Hãy nhập ở phần thể thức rồi lưu." for name, (there, fault) in wanted.items() if not there}


def _checked(section: Section, report: MonitoringReport, theirs: Section | None) -> Checked:
    other = theirs is not None and (theirs.text, theirs.title) != (section.text, section.title)
    base = (report.content.section(section.key) or section).digest
    if len(section.text) > LONGEST_TEXT:  # a fault by itself, and looking through it would keep everybody waiting
        return Checked(
            section, (), (), (), unfinished=False, personal=False, base=base, theirs=theirs if other else None
        )
    return Checked(
        section=section,
        pieces=list(pieces(section.text, report.figures)),
        wrong=mismatches(section.text, report.figures),
        by_hand=list(dict.fromkeys(typed_by_hand(section.text))),
        unfinished=_HINT in section.text,
        personal=_names_people(section),
        base=base,
        theirs=theirs if other else None,
    )


def _address(figure: Figure, report: MonitoringReport) -> str:
    """Where the console lists the reports that a figure counts, or shows the results of its campaign; else ""."""
    if figure.campaign is not None:
        return results_of(figure.campaign)
    if figure.selection is None:
        return ""
    return f"/console/reports?{figure.selection.wanted(report.period, report.content.scope).as_address()}"


def _changes(before: Mapping[str, Figure], now: Mapping[str, Figure]) -> list[tuple[Figure, Figure | None]]:
    """Return the figures that have another value now, each with the one before."""
    changed = [(one, before.get(key)) for key, one in now.items() if (one.value or 0) != _value(before.get(key))]
    gone = [(replace(one, value=0), one) for key, one in before.items() if key not in now and one.value]
    return [*changed, *gone]


def _value(figure: Figure | None) -> float:
    return 0 if figure is None else figure.value or 0


def _with_comments(wanted: Content, stored: Content) -> Content:
    """Return the draft as typed, with the comments that are stored by now."""
    comments = {one.key: one.comments for one in stored.sections}
    sections = tuple(replace(one, comments=comments.get(one.key, one.comments)) for one in wanted.sections)
    return replace(wanted, sections=sections)


async def _version(visit: Visit) -> int:
    version = Fields(await visit.request.post()).whole("version", 1, 10**9)
    if version is None:
        raise RefusedError(_STALE)
    return version


def _author(visit: Visit) -> Author:
    return Author(visit.member.id, visit.member.login)
