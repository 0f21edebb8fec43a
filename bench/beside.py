"""`python -m bench.beside`: how long residents wait for an answer while officials make figures, plots and reports.

The program runs as a process of its own on 100,000 reports. Residents ask at a steady rate; beside them an officer has
a year's figures counted and all plots drawn, a sheet of reports made, and a yearly monitoring report with its files.
The bar is a p95 of 1 s for the chat, whatever officials do, and of 1 s for the first page after a start. 1 when missed.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import aiohttp

from bench.many_reports import fill
from bench.start import QUESTION, free_port
from bot.console.charts import PLOTS
from bot.console.parts import parts_of
from bot.console.permissions import Role
from bot.conversing import now
from bot.settings import Settings
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from bot.understanding import Understanding
from knowledge.clock import today
from tests.console.visiting import Visitor, knowledge, new_member
from tests.integration.stored import SEALER

BAR: Final = 1000.0  # ms
_PER_SECOND: Final = 5
_QUIET: Final = 10.0  # seconds
_LOOKS: Final = 1200
Work = Callable[[], Awaitable[None]]


def main() -> int:
    """Fill, start, measure, print."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> int:
    url = start_embedded_server(folder)
    database = Database(url)
    await database.migrate()
    await asyncio.to_thread(fill, url, knowledge(), now())
    texts = [card.variants[0] for card in knowledge().cards.values()]
    bars = []
    async with _program(folder) as address:  # the first start builds the index of knowledge
        await _ask(address, QUESTION)
    async with _program(folder) as address:
        officer = await _officer(database, address)
        print(f"first answer of the chat {await _ask(address, QUESTION):7.1f} ms")
        for name, path in (("inbox", "reports"), ("figures", "figures"), ("plot", "figures/plots/noi.svg")):
            began = time.perf_counter()
            await _get(officer, path)
            bars.append((time.perf_counter() - began) * 1000)
            print(f"first request after the start: {name:<12} {bars[-1]:7.1f} ms")
        for name, work in _works(officer).items():
            bars.append(await _beside(name, address, texts, work))
    await database.close()
    return int(max(bars) > BAR)


def _works(officer: Visitor) -> Mapping[str, Work]:
    last = today()
    year = f"tu={last - timedelta(days=364)}&den={last}"

    async def plots() -> None:
        for back in range(5):  # other days each time, so that nothing was counted or drawn before
            own = f"tu={last - timedelta(days=360 + back)}&den={last - timedelta(days=back)}"
            await _get(officer, f"figures?{own}")
            await asyncio.gather(*(_get(officer, f"figures/plots/{plot}.svg?{own}") for plot in PLOTS))

    async def sheet() -> None:
        await _get(officer, f"reports.xlsx?{year}&noi=01")

    async def monitoring() -> None:
        days = {"first": str(last - timedelta(days=364)), "last": str(last)}
        answer = await officer.post("/console/monitoring", {"kind": "range", "place": "", **days})
        assert answer.status == 303, answer.text[:2000]
        for kind in ("docx", "pdf", "xlsx"):
            await _get(officer, f"{answer.location.removeprefix('/console/')}/files/{kind}")

    return {
        "nothing": lambda: asyncio.sleep(_QUIET),
        "figures and plots of a year, five times": plots,
        "sheet of the reports of a province": sheet,
        "yearly monitoring report, three files": monitoring,
    }


async def _beside(name: str, address: str, texts: Sequence[str], work: Work) -> float:
    """Ask as long as the work goes on; print what both took, and return the p95 of the answers."""
    began = time.perf_counter()
    working = asyncio.ensure_future(work())
    asked: list[asyncio.Task[float]] = []
    while not working.done():
        asked.append(asyncio.create_task(_ask(address, texts[len(asked) % len(texts)])))
        await asyncio.sleep(1 / _PER_SECOND)
    seconds = time.perf_counter() - began
    await working
    found = sorted(await asyncio.gather(*asked))
    p95 = found[-(-95 * len(found) // 100) - 1]
    waits = f"p50 {statistics.median(found):6.0f}  p95 {p95:6.0f}  longest {found[-1]:6.0f} ms"
    print(f"chat beside {name:<42} {seconds:6.1f} s  n={len(found):<4} {waits}", flush=True)
    return p95


async def _get(visitor: Visitor, path: str) -> None:
    answer = await visitor.get(f"/console/{path}")
    assert answer.status == 200, (path, answer.status, answer.text[:500])


async def _ask(address: str, text: str) -> float:
    began = time.perf_counter()
    async with (
        aiohttp.ClientSession(address) as session,
        session.post("/api/v1/messages", json={"text": text}) as response,
    ):
        response.raise_for_status()
        await response.read()
    return (time.perf_counter() - began) * 1000


async def _officer(database: Database, address: str) -> Visitor:
    """An officer who is signed in to the started program."""
    parts = parts_of(
        database=database,
        sealer=SEALER,
        settings=Settings(),
        understanding=_not_asked,
        now=now,
        today=today,
        knowledge=knowledge,
    )
    staff_id = await new_member(parts, "do-luong", "Nguyễn Thị Đo", (Role.OFFICER,), ())
    visitor = Visitor(address, database, staff_id, "do-luong")
    visitor.cookies["console"] = await parts.sessions.begin(staff_id, confirmed=True)
    return visitor


def _not_asked() -> Understanding:
    raise AssertionError("no page is served here")


@asynccontextmanager
async def _program(folder: Path) -> AsyncIterator[str]:
    """The program on a data folder, ready to answer; yields its address."""
    port = free_port()
    own = {"PORT": str(port), "DATA_DIR": str(folder), "RASA": "off", "MESSAGES_PER_MINUTE": "100000"}
    process = subprocess.Popen(  # noqa: ASYNC220 - it is not waited for
        [sys.executable, "-m", "bot", "run"], env={**os.environ, **own, "LOG_LEVEL": "WARNING"}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        await _ready(address, process)
        yield address
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


async def _ready(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_LOOKS):
        if process.poll() is not None:
            break
        try:
            async with aiohttp.ClientSession(address) as session, session.get("/readyz") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("the program did not start")


if __name__ == "__main__":
    sys.exit(main())
