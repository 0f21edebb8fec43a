"""`python -m bench.reports`: 100,000 reports, then p50 and p95 of the console's pages over HTTP, signed in.

The bar is a p95 of 300 ms for inbox, search, one report, stuck list, figures and each plot. Figures are measured cold
(counted and drawn anew) and within the minute in which they are kept. 1 when a page misses the bar.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.many_reports import REPORTS, fill
from bot.console.charts import PLOTS
from bot.console.permissions import Role
from bot.garbage import spare_what_lasts
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from tests.console.visiting import Console, Visitor, knowledge, started

BAR: Final = 300.0  # ms
_TIMES: Final = 12  # of each address
_YEAR: Final = "tu=2025-11-23&den=2026-11-22"
_INBOX: Final = (
    "",
    "tt=mo",
    "tt=received",
    "loai=hazard&noi=01",
    "noi=79&tt=forwarded,handling",
    "muc=hazard.hydrant&anh=1",
    "noi=khong",
    "kenh=telegram&mo-lai=1&tre=1",
    "tu=2026-01-01&den=2026-01-31",
    "dong-tinh=1&da-xong=1&noi=00004",
    "qua-han=1",
    "qua-han=1&xep=han&luot=agency",
    "cq=3&xep=han",
    "nguoi=0&tt=mo&loai=question",
    "xep=han",
)
_WORDS: Final = (
    "cửa thoát nạn",
    "cua thoat nan",
    "của",
    "xe",
    "khong",
    "chuồng cọp kín",
    "bồi dưỡng",
    "karaoke tầng 12 hòa",
    "xăng dầu trái phép chợ",
    "khongcotunay",
    "nguyen trai 114",
    "c",
)


@dataclass
class Measured:
    """Milliseconds of one kind of page; `bar`: whether it has to keep to the bar."""

    name: str
    bar: bool = True
    samples: list[float] = field(default_factory=list)
    bytes: int = 0
    missing: bool = False

    @property
    def p95(self) -> float:
        """The time that 95 of 100 stay below."""
        return sorted(self.samples)[max(0, -(-95 * len(self.samples) // 100) - 1)]

    def line(self) -> str:
        """A line of the table."""
        if self.missing or not self.samples:
            return f"{self.name:<44} not served"
        middle = statistics.median(self.samples)
        missed = "  MISSED" if self.bar and self.p95 > BAR else ""
        times = f"n={len(self.samples):<4} p50 {middle:7.1f}  p95 {self.p95:7.1f} ms"
        return f"{self.name:<44} {times}  {self.bytes // 1024:>6} KiB{missed}"


def main() -> int:
    """Fill, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(start_embedded_server(Path(folder))))


async def _measured(url: str) -> int:
    database = Database(url)
    await database.migrate()
    began = time.perf_counter()
    console = await started(database)
    codes = await asyncio.to_thread(fill, url, knowledge(), console.clock.now())
    print(f"{REPORTS:,} reports with their events in {time.perf_counter() - began:.0f} s", flush=True)
    officer = await console.signed_in(Role.OFFICER)
    local = await console.signed_in(Role.OFFICER, places=("01",))
    spare_what_lasts()  # as the program does when it is ready
    found = [
        await _pages("inbox, 15 filters", officer, [f"reports?{one}" for one in _INBOX]),
        await _pages("inbox, officer of one province", local, [f"reports?{one}" for one in _INBOX]),
        await _pages("second page of the inbox", officer, [f"reports?tt=mo&sau={_cursor(console)}"]),
        await _pages("search, with and without diacritics", officer, [f"reports?chu={one}" for one in _WORDS]),
        await _pages("search in one province, open", officer, [f"reports?chu={one}&noi=79&tt=mo" for one in _WORDS]),
        await _pages("one report", officer, [f"reports/{code}" for code in codes[:: len(codes) // 20]], times=2),
        await _pages("stuck list", officer, ["reports/stuck"]),
        await _pages(
            "reports.xlsx, a year of one province", local, [f"reports.xlsx?{_YEAR}&noi=01"], times=2, bar=False
        ),
        *await _figures(console, officer, "90 days", "", every_plot=False),
        *await _figures(console, officer, "a year", _YEAR, every_plot=True),
    ]
    for one in found:
        print(one.line())
    await console.close()
    await database.close()
    return int(any(one.bar and one.samples and one.p95 > BAR for one in found))


def _cursor(console: Console) -> str:
    return f"{int(console.clock.now().timestamp() - 40 * 86400)}000000.50000"


async def _pages(
    name: str, visitor: Visitor, paths: Sequence[str], *, times: int = _TIMES, bar: bool = True
) -> Measured:
    """Ask for each path once without measuring, then `times` times."""
    one = Measured(name, bar)
    for path in paths:
        await _timed(one, visitor, path, measured=False)
    for _ in range(times):
        for path in paths:
            await _timed(one, visitor, path)
    return one


async def _timed(one: Measured, visitor: Visitor, path: str, *, measured: bool = True) -> None:
    began = time.perf_counter()
    answer = await visitor.get(f"/console/{path}")
    if answer.status == 404:
        one.missing = True
        return
    assert answer.status == 200, (path, answer.status, answer.text[:500])
    one.bytes = max(one.bytes, len(answer.body))
    if measured:
        one.samples.append((time.perf_counter() - began) * 1000)


async def _figures(console: Console, visitor: Visitor, name: str, query: str, *, every_plot: bool) -> list[Measured]:
    def another() -> None:
        console.clock.pass_by(seconds=301)  # no older figures are shown then: the count is waited for

    def aged() -> None:
        console.clock.pass_by(seconds=61)  # beyond the minute for which figures are kept

    cold = await _again(f"figures of {name}, counted anew", visitor, f"figures?{query}", another)
    old = await _again(f"figures of {name}, past their minute", visitor, f"figures?{query}", aged)
    warm = await _pages(f"figures of {name}, within the minute", visitor, [f"figures?{query}"])
    csv = await _pages(f"table as CSV, {name}", visitor, [f"figures/tables/noi.csv?{query}"])
    found = [cold, old, warm, csv]
    for plot in PLOTS if every_plot else ():
        drawn = Measured(f"plot {plot}, drawn anew")
        for number in range(_TIMES + 1):
            # another kind of range each time, so that no plot was drawn before; its figures are those of a page
            own = f"tu=2025-11-{23 + number % 7}&den=2026-11-{10 + number}"
            await visitor.get(f"/console/figures?{own}")
            await _timed(drawn, visitor, f"figures/plots/{plot}.svg?{own}", measured=number > 0)
        found.append(drawn)
    return found


async def _again(name: str, visitor: Visitor, path: str, before: Callable[[], None]) -> Measured:
    one = Measured(name)
    for number in range(_TIMES + 1):
        before()
        await _timed(one, visitor, path, measured=number > 0)
    return one


if __name__ == "__main__":
    sys.exit(main())
