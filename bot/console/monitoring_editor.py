"""What a page shows of a monitoring report: the text with what is to be looked at before issuing, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from bot.console.monitoring_desk import HINT, MonitoringDesk
from bot.console.visits import Visit
from bot.conversation.personal_data import without_personal_data
from bot.monitoring.as_xlsx import results_of
from bot.monitoring.figures import Figure
from bot.monitoring.marked_text import mismatches, pieces, printed, typed_by_hand
from bot.monitoring.periods import on
from bot.monitoring.scopes import scope_name
from bot.monitoring.sections import LONGEST_TEXT, Content, Section
from bot.monitoring.wording import number
from bot.store.monitoring_reports import MonitoringReport


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


class MonitoringEditor:
    """Renders the page of a draft and that of an issued report."""

    def __init__(self, desk: MonitoringDesk) -> None:
        self._desk = desk

    def issued(self, visit: Visit, report: MonitoringReport) -> web.Response:
        """Show an issued report."""
        return self._desk.renderer.page(visit, "monitoring/issued.html", **self._shown(report, report.content))

    def draft(
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
        """Show a draft with `content` as the member typed it.

        `theirs`: what somebody else has saved meanwhile; `issuing`: what was typed to issue it; `changes`: figures
        that have just been `refreshed`, each with the one before.
        """
        default = {
            "number": "",
            "issued_on": self._desk.today().isoformat(),
            "issued_signer": content.office.signer,
        }
        return self._desk.renderer.page(
            visit,
            "monitoring/draft.html",
            status=status,
            **self._shown(report, content, theirs),
            conflict=theirs is not None,
            unsaved=content != report.content,
            not_over=_not_over(report, self._desk.today()),
            their_head=theirs if theirs is not None and theirs.head_digest != content.head_digest else None,
            head_base=report.content.head_digest,
            faults=dict(faults or {}),
            issuing={**default, **(issuing or {})},
            changes=changes,
            refreshed=refreshed,
            layout=self._desk.preparing.layout.source,
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
            "place": scope_name(content.scope, self._desk.places),
            "show": number,
        }


def _not_over(report: MonitoringReport, today: date) -> str:
    """Say that the report's period still runs, so that its figures are not those of the whole of it; "" where not."""
    if report.period.last < today:
        return ""
    return f"Kỳ chưa kết thúc, còn đến hết ngày {on(report.period.last)}: báo cáo chỉ có số liệu đến lúc lấy."


def _names_people(section: Section) -> bool:
    """Whether what an officer has typed seems to name people; the program's own lines name documents and agencies."""
    own = frozenset(section.composed.splitlines())
    typed = printed("\n".join(line for line in section.text.splitlines() if line not in own))
    return without_personal_data(typed) != typed


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
        unfinished=HINT in section.text,
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
