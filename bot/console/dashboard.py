"""The figures of residents' reports and questions: numbers, plots, the tables behind them, and files of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.console.charts import PLOTS, described
from bot.console.dashboard_figures import DashboardFigures, Figures, Question
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.report_places import Options, ReportPlaces
from bot.console.table_files import as_csv
from bot.console.visits import NotFoundError, Page, Visit
from bot.feedback.figure_tables import Step, sums
from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import KINDS
from bot.feedback.tables import Table

USUAL: Final = timedelta(days=90)
"""How far back the figures go unless somebody asks otherwise."""
STEPS: Final[Mapping[str, Step]] = {"ngay": Step.DAY, "tuan": Step.WEEK, "thang": Step.MONTH}
_LONGEST: Final = timedelta(days=3 * 366)
_LONGEST_BY_DAY: Final = timedelta(days=366)
_STEP: Final = "buoc"
_PROVINCE_DIGITS: Final = 2


@dataclass(frozen=True)
class Part:
    """A plot with its table: `described` says in words what the plot shows.

    `shown_at`: the part above that shows the same table already; None where it is shown here.
    """

    name: str
    title: str
    described: str
    table: Table
    shown_at: Part | None = None


class Dashboard:
    """The page of figures, its plots and its tables as CSV."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._figures = DashboardFigures(parts)
        self._places = ReportPlaces(lambda: parts.knowledge().places)

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/figures", self.page, Permission.SEE_FIGURES),
            Page("GET", "/figures/plots/{name}.svg", self.plot, Permission.SEE_FIGURES),
            Page("GET", "/figures/tables/{name}.csv", self.table, Permission.SEE_FIGURES),
        )

    async def page(self, visit: Visit) -> web.Response:
        """Show the figures of a range and place."""
        question, faults = self._question(visit)
        figures = await self._figures.figures(question)
        wanted = question.wanted
        records = _Records(visit.member.may(Permission.SEE_REPORTS))
        province = self._places.province_of(wanted.places[0]) if len(wanted.places) == 1 else None
        return self._parts.renderer.page(
            visit,
            "dashboard/figures.html",
            figures=figures,
            wanted=wanted,
            faults=faults,
            sums=sums(figures.total, wanted),
            exported=f"/console/reports.xlsx?{wanted.as_address()}" if records.allowed else None,
            parts_shown=_parts(figures),
            only_tables=[figures.tables["hoi-dap"]],
            address=_address(question),
            records=records,
            ranges=_ranges(question, self._parts.today()),
            steps=[(name, step.value) for name, step in STEPS.items()],
            step=next((name for name, step in STEPS.items() if step is question.step), ""),
            provinces=self._places.provinces(visit.member),
            province=province or "",
            communes=self._communes(visit, province),
            kinds=KINDS,
        )

    async def plot(self, visit: Visit) -> web.Response:
        """Draw one plot as SVG."""
        name = visit.request.match_info["name"]
        if name not in PLOTS:
            raise NotFoundError
        question, _ = self._question(visit)
        figures = await self._figures.figures(question)
        svg = await self._figures.plot(name, figures.tables[PLOTS[name].table])
        return web.Response(
            body=svg, content_type="image/svg+xml", charset="utf-8", headers={"Cache-Control": "private, max-age=60"}
        )

    async def table(self, visit: Visit) -> web.Response:
        """Give one table as CSV."""
        name = visit.request.match_info["name"]
        question, _ = self._question(visit)
        table = (await self._figures.figures(question)).tables.get(name)
        if table is None:
            raise NotFoundError
        file = f"{name}-{question.wanted.first}-{question.wanted.last}.csv"
        return web.Response(
            body=as_csv(table),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file}"'},
        )

    def _question(self, visit: Visit) -> tuple[Question, tuple[str, ...]]:
        """Return what an address asks for, with a range in any case, and what of it could not be understood."""
        query = visit.request.query
        wanted = ReportFilter.from_query(query)
        faults = list(wanted.faults)
        if wanted.words and not visit.member.may(Permission.SEE_REPORTS):
            wanted = replace(wanted, words="")  # by counting, one could find out what residents wrote
            faults.append("Chỉ người được đọc phản ánh mới lọc số liệu theo chữ.")
        commune = query.get("xa", "")
        if commune and wanted.places and self._places.province_of(commune) == wanted.places[0]:
            wanted = replace(wanted, places=(commune,))  # of another province than the one just chosen: it is left out
        last = wanted.last or self._parts.today()
        first = wanted.first or last - USUAL + timedelta(days=1)
        if last - first > _LONGEST:
            first = last - _LONGEST
            faults.append("Khoảng ngày dài quá ba năm, chỉ hiện ba năm cuối.")
        step = STEPS.get(query.get(_STEP, ""))
        if query.get(_STEP) and step is None:
            faults.append("Không có cách chia thời gian này.")
        if step is Step.DAY and last - first > _LONGEST_BY_DAY:
            step = None
            faults.append("Khoảng ngày dài quá một năm thì không chia theo ngày.")
        return Question(replace(wanted, first=first, last=last), visit.member.places, step), tuple(faults)

    def _communes(self, visit: Visit, province: str | None) -> Options:
        return self._places.communes(visit.member, province) if province else []


@dataclass(frozen=True)
class _Records:
    """Where the reports behind a number are listed, for those who may read them."""

    allowed: bool

    def address(self, wanted: ReportFilter | None) -> str | None:
        """Return the address of the list, None for who may not see it."""
        return f"/console/reports?{wanted.as_address()}" if self.allowed and wanted is not None else None


def _parts(figures: Figures) -> list[Part]:
    found: list[Part] = []
    for plot in PLOTS.values():
        table = figures.tables[plot.table]
        above = next((one for one in found if one.table is table), None)
        found.append(Part(plot.name, plot.title, described(plot, table), table, above))
    return found


def _address(question: Question) -> str:
    """Return what follows the "?" in addresses of the plots and files of the same figures."""
    step = next((name for name, step in STEPS.items() if step is question.step), "")
    return urlencode({**question.wanted.as_query(), **({_STEP: step} if step else {})})


def _ranges(question: Question, today: date) -> list[tuple[str, str]]:
    """Return names and addresses of ranges that are often asked for."""
    quarter = today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1)
    year = today.replace(month=1, day=1)
    named = (
        ("30 ngày qua", today - timedelta(days=29), today),
        ("90 ngày qua", today - USUAL + timedelta(days=1), today),
        ("Quý này", quarter, today),
        ("Năm nay", year, today),
        ("Năm trước", year.replace(year=year.year - 1), year - timedelta(days=1)),
    )
    return [
        (name, f"/console/figures?{_address(Question(replace(question.wanted, first=first, last=last), (), None))}")
        for name, first, last in named
    ]
