"""The results of a campaign: numbers, plots, the tables behind them, and files of them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from bot.campaigns.lifecycle import STATES
from bot.console.campaign_result_tables import PLOTS, SHOWN_ROWS, Names, sums_of, tables_of, unfinished
from bot.console.charts import described, drawn
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.remembering import Remembered
from bot.console.report_places import ReportPlaces
from bot.console.table_files import as_csv
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.feedback.tables import Table
from bot.store import audit
from bot.store.campaign_figures import CampaignFigures, Place
from bot.store.campaign_results import Results

KEPT: Final = timedelta(seconds=20)
"""For so long figures are shown again; the page says when they were counted."""
OLDEST: Final = timedelta(minutes=5)
PATIENCE: Final = 0.15  # seconds
_ONE: Final = r"/campaigns/{id:\d{1,15}}/results"
_SEE: Final = Permission.SEE_CAMPAIGNS
_MOST_KEPT: Final = 32
_MOST_PLOTS: Final = 256
_MANY_COLUMNS: Final = 8
_BESIDE: Final[dict[str, tuple[str, ...]]] = {"noi": ("xa",), "cau-hoi": ("hieu-qua",)}
"""Tables that stand under a plot beside its own."""


@dataclass(frozen=True)
class Part:
    """A plot with its tables, the plot's own first; without a plot only tables. `described`: the plot in words.

    There is no plot of what has no number yet, such as what too few people answered.
    """

    name: str
    title: str
    described: str | None
    tables: tuple[Table, ...]

    @property
    def across(self) -> bool:
        """Whether a table of it has so many columns that it needs the whole width."""
        return any(len(table.columns) > _MANY_COLUMNS for table in self.tables)


class CampaignResultPages:
    """The page of a campaign's results, its plots and its tables as CSV."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._results = Results(parts.database, parts.now)
        self._places = ReportPlaces(lambda: parts.knowledge().places)
        self._counted: Remembered[CampaignFigures | None] = Remembered(_MOST_KEPT, parts.now, KEPT, OLDEST, PATIENCE)
        self._drawn: Remembered[bytes] = Remembered(_MOST_PLOTS, parts.now, timedelta(days=1))
        self._drawing = asyncio.Semaphore(1)

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", _ONE, self.page, _SEE),
            Page("GET", _ONE + "/plots/{name}.svg", self.plot, _SEE),
            Page("GET", _ONE + "/tables/{name}.csv", self.table, _SEE),
        )

    async def page(self, visit: Visit) -> web.Response:
        """Show the results of a campaign, within the places of the member."""
        figures = await self._figures(visit)
        tables = tables_of(figures, self._names())
        return self._parts.renderer.page(
            visit,
            "campaign_results/results.html",
            figures=figures,
            state=STATES[figures.state],
            sums=sums_of(figures),
            shown=_parts(tables),
            shown_rows=SHOWN_ROWS,
            unfinished=unfinished(figures),
            within=[
                self._places.name(*((code, None) if len(code) == 2 else (None, code))) for code in visit.member.places
            ],
        )

    async def plot(self, visit: Visit) -> web.Response:
        """Draw one plot as SVG."""
        plot = PLOTS.get(visit.request.match_info["name"])
        if plot is None:
            raise NotFoundError
        table = tables_of(await self._figures(visit), self._names())[plot.table]
        digest = hashlib.sha256(f"{plot.name} {table!r}".encode()).hexdigest()
        svg = await self._drawn.get(digest, lambda: self._draw(plot.name, table))
        return web.Response(
            body=svg, content_type="image/svg+xml", charset="utf-8", headers={"Cache-Control": "private, max-age=20"}
        )

    async def table(self, visit: Visit) -> web.Response:
        """Give one table as CSV; that it was taken is noted."""
        figures = await self._figures(visit)
        name = visit.request.match_info["name"]
        table = tables_of(figures, self._names()).get(name)
        if table is None:
            raise NotFoundError
        async with self._parts.database.sessions.begin() as session:
            await audit.note(
                session,
                staff_id=visit.member.id,
                who=visit.member.login,
                act="campaign results exported",
                details={"campaign": figures.campaign_id, "table": name},
            )
        file = f"chien-dich-{figures.campaign_id}-{name}-{self._parts.today()}.csv"
        return web.Response(
            body=as_csv(table),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="{file}"'},
        )

    async def _figures(self, visit: Visit) -> CampaignFigures:
        """Return the figures. Raises `NotFoundError`, and `RefusedError` for a campaign that was never approved."""
        campaign, places = int(visit.request.match_info["id"]), tuple(sorted(visit.member.places))
        key = f"{campaign} {','.join(places)}"
        figures = await self._counted.get(key, lambda: self._results.figures(campaign, places))
        if figures is None:
            raise NotFoundError
        if not figures.messages:
            raise RefusedError("Chiến dịch này chưa được chốt danh sách nên chưa có kết quả nào.")
        return figures

    async def _draw(self, name: str, table: Table) -> bytes:
        async with self._drawing:
            return await self._parts.heavy(drawn, PLOTS[name], table)

    def _names(self) -> Names:
        base = self._parts.knowledge()
        questions = {one.key: one.text for quiz in base.quizzes.values() for one in quiz.questions}

        def place(place: Place) -> str:
            province, commune = place
            return self._places.name(province, commune) or "Chưa cho biết nơi ở"

        return Names(
            place=place,
            quiz=lambda key: base.quizzes[key].title if key in base.quizzes else key,
            question=lambda key: questions.get(key, key),
            drill=lambda key: base.drills[key].title if key in base.drills else key,
        )


def _parts(tables: dict[str, Table]) -> list[Part]:
    """Return what the page shows, in its order; a table of which there is nothing is left out with its plot."""
    found, placed = [], set[str]()
    for plot in PLOTS.values():
        table = tables[plot.table]
        named = () if plot.table in placed else (plot.table, *_BESIDE.get(plot.table, ()))
        placed.update(named)
        its = tuple(tables[one] for one in named if tables[one].rows)
        drawable = any(any(table.column(number)) for number in plot.columns)
        if drawable or its:
            found.append(Part(plot.name, plot.title, described(plot, table) if drawable else None, its))
    rest = [table for table in tables.values() if table.name not in placed and table.rows]
    return [*found, *(Part(table.name, table.title, None, (table,)) for table in rest)]
