"""Takes figures and writes drafts; makes the files. What takes long is done elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.campaigns.reach import StoredReach
from bot.monitoring.as_docx import as_docx
from bot.monitoring.as_pdf import as_pdf
from bot.monitoring.as_xlsx import as_xlsx
from bot.monitoring.composing import Composer
from bot.monitoring.counting import figures_of
from bot.monitoring.drafting import Writer, drafted
from bot.monitoring.figures import Figures
from bot.monitoring.layout import Layout, read_layout
from bot.monitoring.material import Material
from bot.monitoring.periods import Period
from bot.monitoring.reach import ReachFigures
from bot.monitoring.records import packed, unpacked
from bot.monitoring.scopes import Scope, place_name
from bot.monitoring.sections import Content
from bot.store.database import Database
from bot.store.monitoring_reports import MonitoringReport, NewMonitoring
from bot.store.monitoring_source import MonitoringSource
from bot.store.offices import Offices
from bot.workshop import Heavy
from knowledge.check import KnowledgeBase
from knowledge.places import Places

FILES: Final[Mapping[str, str]] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds of files that are made, and their types."""
CONSOLE_LIST: Final = "/console/reports"


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """Makes everything that a report consists of. `places` are asked each time, as knowledge may be exchanged."""

    source: MonitoringSource
    offices: Offices
    places: Callable[[], Places]
    topic_name: Callable[[str], str]
    now: Callable[[], datetime]
    reach: ReachFigures
    layout: Layout = field(default_factory=read_layout)
    heavy: Heavy = asyncio.to_thread

    async def figures(self, period: Period, scope: Scope) -> tuple[Figures, bytes]:
        """Return the figures as they are now, and packed the records from which they were counted."""
        now = self.now()
        material = await self.source.material(period, scope, now)
        material = material.with_reach(await self.reach.of(period, scope), await self.reach.of(period.before, scope))
        figures, records = await asyncio.to_thread(self._counted, material, now)
        return (figures if now >= period.end else figures.uncompared()), records

    async def draft(self, period: Period, scope: Scope) -> NewMonitoring:
        """Return a new draft with its figures."""
        figures, records = await self.figures(period, scope)
        office = await self.offices.for_report(scope.places)
        content = drafted(Writer(figures, period, scope, self.places()), office)
        return NewMonitoring(period, content, figures, records)

    async def files(
        self, period: Period, content: Content, figures: Figures, records: bytes, *, issued: bool
    ) -> dict[str, bytes]:
        """Return all files of a report."""
        writer = Writer(figures, period, content.scope, self.places())
        made = [await self.heavy(_made, kind, content, writer, records, (issued, self.layout)) for kind in FILES]
        return dict(zip(FILES, made, strict=True))

    async def file(self, kind: str, report: MonitoringReport, records: bytes) -> bytes:
        """Return one file of a draft."""
        writer = self.writer(report)
        return await self.heavy(_made, kind, report.content, writer, records, (False, self.layout))

    def writer(self, report: MonitoringReport) -> Writer:
        """Return what writes about a report from the figures that are stored with it."""
        return Writer(report.figures, report.period, report.content.scope, self.places())

    def _counted(self, material: Material, now: datetime) -> tuple[Figures, bytes]:
        places = self.places()
        figures = figures_of(material, now, lambda code: place_name(code, places), self.topic_name)
        return figures, packed(material.now)


def _made(kind: str, content: Content, writer: Writer, records: bytes, form: tuple[bool, Layout]) -> bytes:
    issued, layout = form
    if kind == "xlsx":
        return as_xlsx(writer, unpacked(records), CONSOLE_LIST)
    document = Composer(layout).document(content, writer, issued=issued)
    return as_docx(document, layout) if kind == "docx" else as_pdf(document, layout)


def preparing_of(
    database: Database,
    knowledge: Callable[[], KnowledgeBase],
    topic_name: Callable[[str], str],
    now: Callable[[], datetime],
    reach: ReachFigures | None = None,
    *,
    heavy: Heavy = asyncio.to_thread,
) -> Preparing:
    """Put together what makes reports on a database; `knowledge` gives the present places and topics of cards.

    What campaigns reached is counted on the same database, unless `reach` counts it.
    """

    def topic_of(card: str) -> str | None:
        found = knowledge().cards.get(card)
        return None if found is None else found.topic

    return Preparing(
        source=MonitoringSource(database, topic_of),
        offices=Offices(database),
        places=lambda: knowledge().places,
        topic_name=topic_name,
        now=now,
        reach=reach or StoredReach(database, knowledge),
        heavy=heavy,
    )
