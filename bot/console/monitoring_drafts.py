"""One monitoring report: shown to whom it concerns, and as long as it is a draft edited, commented and put away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.console.forms import Fields
from bot.console.monitoring_desk import (
    CHANGED,
    MOST_CHANGES,
    ONE,
    PATH,
    SEE,
    WRITE,
    MonitoringDesk,
    author_of,
    refusing,
    version_of,
)
from bot.console.monitoring_editor import MonitoringEditor
from bot.console.monitoring_forms import Reading, acted
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.monitoring.drafting import composed
from bot.monitoring.figures import Figure
from bot.monitoring.marked_text import renewed
from bot.monitoring.sections import LONGEST_COMMENT, Comment, Content
from bot.store.monitoring_reports import MonitoringReport, NoDraftError, Stage, StaleMonitoringError

_LARGEST: Final = 6 * 1024 * 1024


class MonitoringDrafts:
    """The page of one report, and all that is done with a draft but issuing it."""

    def __init__(self, desk: MonitoringDesk, editor: MonitoringEditor) -> None:
        self._desk = desk
        self._editor = editor

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", ONE, self.show, SEE),
            Page("POST", ONE, self.save, WRITE, _LARGEST),
            Page("POST", f"{ONE}/comment", self.comment, WRITE),
            Page("POST", f"{ONE}/refresh", self.refresh, WRITE),
            Page("POST", f"{ONE}/discard", self.discard, WRITE),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show a draft with its editor, or an issued report."""
        report = await self._desk.report(visit)
        if report.stage is Stage.ISSUED:
            return self._editor.issued(visit, report)
        return self._editor.draft(visit, report, report.content)

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Save the draft, and move, add, take out or write anew a section if a button asks for it."""
        report = await self._desk.report(visit, draft=True)
        fields = Fields(await visit.request.post())
        version = fields.whole("version", 1, MOST_CHANGES)
        content = Reading(fields, visit.member, self._desk.places).content(report.content)
        if version is None or not fields.fine:
            return self._editor.draft(visit, report, content, faults=fields.faults, status=400)
        act = fields.text("act", longest=100, required=False)
        wanted = self._rewritten(acted(content, act, fields.as_typed()), act, report)
        try:
            await self._save(visit, report, wanted, version)
        except StaleMonitoringError:
            return await self._beside(visit, fields)
        except NoDraftError as error:
            raise RefusedError(CHANGED) from error
        place = f"#muc-{act.partition(':')[2]}" if ":" in act else ""
        return await self._desk.renderer.done(visit, f"{PATH}/{report.id}{place}", "Đã lưu bản thảo.")

    async def comment(self, visit: Visit) -> web.StreamResponse:
        """Add a comment to a section; it disturbs nobody's editing."""
        report = await self._desk.report(visit, draft=True)
        fields = Fields(await visit.request.post())
        key = fields.text("section", longest=50)
        text = fields.text("comment", longest=LONGEST_COMMENT, lines=True)
        if report.content.section(key) is None:
            raise NotFoundError
        if not fields.fine:
            raise RefusedError("Ý kiến chưa được lưu: cần có nội dung, nhiều nhất 2.000 ký tự.")
        said = Comment(visit.member.name, self._desk.now().isoformat(), text)
        await refusing(
            self._desk.reports.change(
                report.id,
                lambda stored: _commented(stored, key, said),
                author_of(visit),
                act="monitoring comment added",
                version=None,
            )
        )
        return await self._desk.renderer.done(visit, f"{PATH}/{report.id}#muc-{key}", "Đã thêm ý kiến.")

    async def refresh(self, visit: Visit) -> web.StreamResponse:
        """Take the figures anew and show what has changed; the text stays."""
        report = await self._desk.report(visit, draft=True)
        version = await version_of(visit)
        figures, records = await self._desk.preparing.figures(report.period, report.content.scope)
        changes = _changes(report.figures.by_id, figures.by_id)
        await refusing(self._desk.reports.refresh(report.id, figures, records, author_of(visit), version=version))
        newest = await self._desk.report(visit, draft=True)
        return self._editor.draft(visit, newest, newest.content, changes=changes, refreshed=True)

    async def discard(self, visit: Visit) -> web.StreamResponse:
        """Put a draft away."""
        report = await self._desk.report(visit, draft=True)
        version = await version_of(visit)
        await refusing(self._desk.reports.discard(report.id, author_of(visit), version=version))
        return await self._desk.renderer.done(visit, PATH, "Đã bỏ bản thảo.")

    async def _save(self, visit: Visit, report: MonitoringReport, wanted: Content, version: int) -> None:
        await self._desk.reports.change(
            report.id,
            lambda stored: _with_comments(wanted, stored),
            author_of(visit),
            act="monitoring report edited",
            version=version,
        )

    async def _beside(self, visit: Visit, fields: Fields) -> web.Response:
        """Show what the member typed beside what somebody else has saved meanwhile."""
        newest = await self._desk.report(visit, draft=True)
        mine = Reading(fields, visit.member, self._desk.places).beside(newest.content)
        return self._editor.draft(visit, newest, mine, theirs=newest.content, status=409)

    def _rewritten(self, content: Content, act: str, report: MonitoringReport) -> Content:
        """Return the draft with a section written anew, or its marked numbers brought up to date, if asked for."""
        verb, _, key = act.partition(":")
        section = content.section(key)
        if section is None:
            return content
        if verb == "renew":
            return content.with_section(replace(section, text=renewed(section.text, report.figures)))
        text = composed(self._desk.preparing.writer(report), key) if verb == "recompose" else None
        return content if text is None else content.with_section(replace(section, text=text, composed=text))


def _commented(stored: Content, key: str, said: Comment) -> Content:
    """Return the draft as it is stored by now with one more comment. Raises `RefusedError`."""
    section = stored.section(key)
    if section is None:
        raise RefusedError("Mục này vừa được người khác bỏ đi.")
    return stored.with_section(replace(section, comments=(*section.comments, said)))


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
