"""Issuing a monitoring report, after which nothing of it changes any more, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from bot.console.forms import Fields
from bot.console.monitoring_desk import (
    HINT,
    MOST_CHANGES,
    ONE,
    PATH,
    SEE,
    STALE,
    WRITE,
    MonitoringDesk,
    author_of,
    refusing,
)
from bot.console.monitoring_editor import MonitoringEditor
from bot.console.monitoring_forms import Reading
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.monitoring.marked_text import mismatches
from bot.monitoring.preparing import FILES
from bot.monitoring.sections import Content, Office
from bot.store.monitoring_reports import MonitoringReport, Stage


class MonitoringIssuing:
    """Number, day and signer are set, the files are made, and they are what everybody downloads later."""

    def __init__(self, desk: MonitoringDesk, editor: MonitoringEditor) -> None:
        self._desk = desk
        self._editor = editor

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("POST", f"{ONE}/issue", self.issue, WRITE),
            Page("GET", ONE + r"/files/{kind:docx|pdf|xlsx}", self.file, SEE),
        )

    async def issue(self, visit: Visit) -> web.StreamResponse:
        """Issue the report: number, day and signer are set, the files are made, and nothing changes any more."""
        report = await self._desk.report(visit, draft=True)
        fields = Fields(await visit.request.post())
        version = fields.whole("version", 1, MOST_CHANGES)
        signed = self._signed(visit, fields, report)
        if version is None or signed is None or not fields.fine:
            typed = fields.as_typed()
            return self._editor.draft(visit, report, report.content, faults=fields.faults, issuing=typed, status=400)
        if version != report.version:
            raise RefusedError(STALE)
        records = await self._desk.records(report)
        files = await self._desk.preparing.files(report.period, signed, report.figures, records, issued=True)
        await refusing(self._desk.reports.issue(report.id, signed, files, author_of(visit), version=version))
        told = "Đã phát hành. Nội dung và tệp không đổi nữa."
        return await self._desk.renderer.done(visit, f"{PATH}/{report.id}", told)

    async def file(self, visit: Visit) -> web.StreamResponse:
        """Send a file: of an issued report the one that was made then, of a draft one made now."""
        report = await self._desk.report(visit)
        kind = visit.request.match_info["kind"]
        if report.stage is Stage.ISSUED:
            made = await self._desk.reports.file(report.id, kind)
        else:
            made = await self._desk.preparing.file(kind, report, await self._desk.records(report))
        if made is None:
            raise NotFoundError
        await self._desk.reports.note_download(report.id, kind, author_of(visit))
        headers = {"Content-Disposition": f'attachment; filename="{_file_name(report, kind)}"'}
        return web.Response(body=made, content_type=FILES[kind], headers=headers)

    def _signed(self, visit: Visit, fields: Fields, report: MonitoringReport) -> Content | None:
        """Return the report with number, day and signer as typed; what stands in the way is left in the faults."""
        chosen = Reading(fields, visit.member, self._desk.places).number()
        day = fields.day("issued_on")
        signer = fields.text("issued_signer", longest=200)
        if day is not None and not report.period.first <= day <= self._desk.today():
            fields.faults["issued_on"] = "Ngày ban hành phải từ ngày đầu của kỳ đến hôm nay."
        fields.faults |= _missing(report.content.office)
        fields.faults |= _unfinished(report, keep_numbers=fields.flag("keep_numbers"))
        if day is None:
            return None
        signed_by = replace(report.content.office, signer=signer)
        return replace(report.content, number=chosen, day=day.isoformat(), office=signed_by)


def _unfinished(report: MonitoringReport, *, keep_numbers: bool) -> dict[str, str]:
    """Say what of the text an officer has to look at before it is issued."""
    faults = {}
    texts = [one.text for one in report.content.sections]
    if any(HINT in text for text in texts):
        faults["sections"] = "Còn câu nhắc trong ngoặc vuông “[Cán bộ …]”. Hãy bổ sung hoặc xóa."
    if not keep_numbers and any(mismatches(text, report.figures) for text in texts):
        faults["keep_numbers"] = "Có số trong bài khác với số liệu. Hãy sửa, hoặc đánh dấu là giữ nguyên."
    return faults


def _missing(office: Office) -> dict[str, str]:
    """Say what an office has not entered yet and without which nothing is issued."""
    wanted = {
        "issuer": (office.issuer, "Chưa có tên cơ quan ban hành."),
        "place_name": (office.place_name, "Chưa có địa danh đứng trước ngày tháng."),
        "recipients": (office.recipients, "Chưa có nơi nhận, ít nhất là nơi lưu."),
    }
    return {name: f"{fault} Hãy nhập ở phần thể thức rồi lưu." for name, (there, fault) in wanted.items() if not there}


def _file_name(report: MonitoringReport, kind: str) -> str:
    begin = "bao-cao" if report.stage is Stage.ISSUED else "du-thao"
    return f"{begin}-{report.id}-{report.period.first}-{report.period.last}.{kind}"
