"""`python -m bench.audience [--people N] [--plan]`: a million people planned, estimate and freeze.

The bars are 60 s for both together, and 1 GB for this process and the server's that works for it. 1 when one is
missed. `--plan` prints how PostgreSQL runs it; it is printed too when a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import make_url, text

from bot.campaigns.content import CHANNELS, Audience, Behaviour, Did, First
from bot.store.campaign_audience import Audiences, Estimate, with_room
from bot.store.campaign_audience_sql import Asked
from bot.store.database import Database
from bot.store.embedded import start_embedded_server
from knowledge.loading import KNOWLEDGE_FOLDER
from knowledge.places import read_places

PEOPLE: Final = 1_000_000
BAR_SECONDS: Final = 60.0
BAR_BYTES: Final = 1_000_000_000
_NOW: Final = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)
_LOOK_SECONDS: Final = 0.05
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_QUIZ: Final = "bench"
_LEFT_OUT: Final = 0.04  # of the people that are entered: they have stopped, or have finished the quiz
_ACCOUNTS: Final = ("telegram", "zalo_oa", "zalo_bot")
_FILL: Final = (
    """INSERT INTO account (channel, name) SELECT unnest(CAST(%(channels)s AS text[])), 'bench'""",
    """INSERT INTO conversation (id, channel, last_seen_at)
       SELECT CAST(md5(n::text) AS uuid), CASE WHEN n %% 5 = 0 THEN 'web' WHEN n %% 5 = 1 THEN 'telegram'
           ELSE 'zalo_oa' END, %(now)s - n %% 400 * interval '1 hour'
       FROM generate_series(1, %(people)s) n""",
    """INSERT INTO subscription (conversation_id, topics, consent_version, stopped_at)
       SELECT CAST(md5(n::text) AS uuid), '{campaigns}', '1', CASE WHEN n %% 50 = 0 THEN %(now)s END
       FROM generate_series(1, %(people)s) n""",
    """INSERT INTO profile (conversation_id, commune_code, home, part, consent_version)
       SELECT CAST(md5(n::text) AS uuid), (CAST(%(communes)s AS text[]))[1 + n %% %(many)s],
           (ARRAY['house', 'flat', 'lodging', 'shop', NULL])[1 + n %% 5],
           (ARRAY['resident', 'team', 'school', NULL, NULL, NULL, NULL])[1 + n %% 7], '1'
       FROM generate_series(1, %(people)s) n WHERE n %% 3 > 0""",
    """INSERT INTO contact (account_id, digest, sealed, conversation_id, last_seen_at)
       SELECT a.id, decode(md5(n || a.channel), 'hex'), '\\x00', CAST(md5(n::text) AS uuid),
           %(now)s - n %% 400 * interval '1 hour'
       FROM generate_series(1, %(people)s) n JOIN account a ON CASE a.channel
           WHEN 'telegram' THEN n %% 5 = 1 OR n %% 20 = 2 WHEN 'zalo_oa' THEN n %% 5 > 1 ELSE n %% 1000 = 4 END""",
    """INSERT INTO quiz_attempt (quiz_id, conversation_id, moment, channel, finished_at, total)
       SELECT 'bench', CAST(md5(n::text) AS uuid), 'alone', 'zalo_oa', %(now)s, 5
       FROM generate_series(1, %(people)s) n WHERE n %% 50 = 1""",
    """INSERT INTO staff (login, name, position, password, roles, places) VALUES ('bench', '', '', '', '{}', '{}')""",
    """INSERT INTO campaign (title, plan, created_by, changed_by) SELECT 'bench', '{}', id, id FROM staff""",
    """VACUUM ANALYZE""",  # as the server does by itself, a while after
)


@dataclass(frozen=True)
class Measured:
    """What was measured: seconds of each step, bytes of both processes, what was found, how it was run."""

    filling: float
    estimating: float
    freezing: float
    ours: int
    theirs: int
    estimate: Estimate
    listed: int
    plan: str

    @property
    def holds(self) -> bool:
        """Whether the bars hold."""
        small = self.ours + self.theirs <= BAR_BYTES
        return self.estimating + self.freezing <= BAR_SECONDS and small and self.listed == self.estimate.total


class Peak:
    """The most memory that processes hold beyond what they share, looked at all the time."""

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()

    @contextmanager
    def watching(self, process: int) -> Iterator[None]:
        """Look at a process until the end."""
        looking = threading.Thread(target=self._look, args=(process,))
        looking.start()
        try:
            yield
        finally:
            self._over.set()
            looking.join()

    def _look(self, process: int) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self.bytes = max(self.bytes, _private(process))


def _private(process: int) -> int:
    """Bytes that a process holds for itself (Linux): PostgreSQL's shared buffers belong to all of its processes."""
    try:
        resident, shared = map(int, Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1:3])
    except OSError:
        return 0
    return (resident - shared) * _PAGE


def units() -> dict[str, str]:
    """Return the province of each commune, by code."""
    places, _ = read_places(KNOWLEDGE_FOLDER / "places")
    codes = {one.name: one.code for one in places.provinces}
    return {one.code: str(codes[one.province]) for one in places.communes if one.code}


def fill(url: str, people: int, communes: list[str]) -> None:
    """Put so many people of whom there is an audience, and some others, into an empty, migrated database."""
    entered = math.ceil(people / (1 - _LEFT_OUT))
    values = {"people": entered, "now": _NOW, "channels": list(_ACCOUNTS), "communes": communes, "many": len(communes)}
    with psycopg.connect(make_url(url).render_as_string(hide_password=False), autocommit=True) as connection:
        for statement in _FILL:
            connection.execute(statement.encode(), values if "%(" in statement else None)


async def measured(url: str, people: int, *, planned: bool) -> Measured:
    """Fill the database and plan for everybody who did not finish a quiz: nobody is left out before they are judged."""
    database = Database(url, connections=1)
    await database.migrate()
    provinces = units()
    begun = time.perf_counter()
    await asyncio.to_thread(fill, url, people, list(provinces))
    filling = time.perf_counter() - begun
    audience = Audience(behaviours=(Behaviour(did=Did.NOT_FINISHED_QUIZ, target=_QUIZ),))
    audiences = Audiences(database, provinces)
    first = First(percent=2)
    async with database.sessions() as session:
        backend = int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)
        accounts = list(await session.scalars(text("SELECT id FROM account")))
        campaign = int(await session.scalar(text("SELECT id FROM campaign")) or 0)
    ours, theirs = Peak(), Peak()
    with ours.watching(os.getpid()), theirs.watching(backend):
        begun = time.perf_counter()
        estimate = await audiences.estimate(audience, first, _NOW, accounts, campaign=campaign)
        estimated = time.perf_counter()
        async with database.sessions.begin() as session:
            listed = await audiences.freeze(session, campaign, audience, first, accounts, _NOW)
        frozen = time.perf_counter()
    found = Measured(filling, estimated - begun, frozen - estimated, ours.bytes, theirs.bytes, estimate, listed, "")
    if planned or not found.holds:
        asked = Asked(
            campaign=campaign,
            audience=audience,
            first=first,
            now=_NOW,
            accounts=accounts,
            channels=tuple(CHANNELS),
            units=provinces,
        )
        found = Measured(**{**vars(found), "plan": await _plan(database, asked)})
    await database.close()
    return found


async def _plan(database: Database, asked: Asked) -> str:
    counting = asked.counting()
    async with database.sessions.begin() as session:
        await with_room(session)
        explaining: Any = text(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {counting.text}")
        return "\n".join(await session.scalars(explaining, counting.values))


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.audience")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--plan", action="store_true")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measured(start_embedded_server(Path(folder)), asked.people, planned=asked.plan))
    print(f"audience of {asked.people:,}, filled in {found.filling:.0f} s; {found.estimate}")
    print(
        f"estimate {found.estimating:.1f} s, freeze of {found.listed:,} {found.freezing:.1f} s "
        f"(bar of both {BAR_SECONDS:.0f} s)"
    )
    print(f"peak of this process {found.ours / 1e6:.0f} MB, of PostgreSQL's {found.theirs / 1e6:.0f} MB (bar 1,000 MB)")
    if found.plan:
        print(found.plan)
    return int(not found.holds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
