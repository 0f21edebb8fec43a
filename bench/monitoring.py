"""`python -m bench.monitoring`: a yearly monitoring report over 100,000 reports, from the tables to its three files.

The bar is 30 s for draft and files together. 1 when it is missed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from bench.many_reports import REPORTS, fill
from bot.monitoring.periods import Period, PeriodKind
from bot.monitoring.preparing import preparing_of
from bot.monitoring.scopes import Scope
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from tests.console.visiting import knowledge

BAR: Final = 30.0  # seconds
_END: Final = datetime(2026, 11, 22, 16, 59, tzinfo=UTC)
_YEAR: Final = Period(PeriodKind.RANGE, date(2025, 11, 22), date(2026, 11, 22))


async def measured(url: str) -> dict[str, float]:
    """Return seconds by step, and the size of each file in bytes under its name."""
    database = Database(url)
    await database.migrate()
    await asyncio.to_thread(fill, url, knowledge(), _END, REPORTS)
    preparing = preparing_of(database, knowledge, lambda topic: topic, lambda: _END)
    begun = time.perf_counter()
    new = await preparing.draft(_YEAR, Scope())
    found = {"draft": time.perf_counter() - begun}
    assert new.figures.value("pa.tong") == REPORTS
    begun = time.perf_counter()
    files = await preparing.files(_YEAR, new.content, new.figures, new.records, issued=False)
    found["files"] = time.perf_counter() - begun
    await database.close()
    print(
        "bytes: " + ", ".join(f"{name} {len(made):,}" for name, made in files.items()), f"records {len(new.records):,}"
    )
    return found


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(start_embedded_server(Path(folder))))
    total = sum(found.values())
    print(f"{REPORTS:,} reports: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found.items()))
    print(f"together {total:.1f} s (bar {BAR:.0f} s)")
    return int(total > BAR)


if __name__ == "__main__":
    sys.exit(main())
