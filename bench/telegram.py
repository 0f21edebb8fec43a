"""What the benches of campaigns share: a Telegram in a process of its own, and residents who subscribed.

`python -m bench.telegram PER_SECOND` is that Telegram (0: without limits): it says where it listens, then answers each
line of JSON it reads: {"since": N} with the messages from the N-th on, {"write": [chat, text]} with the time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import psycopg

from bench.traffic import ROOT, Program
from bot.store.accounts import Accounts
from bot.store.database import Database
from bot.store.identities import identities_of
from tests.fakes.telegram import TOKEN, FakeTelegram, Limits

_LONGEST_LINE: Final = 2**28


@dataclass(frozen=True)
class Arrived:
    """A message that somebody got: who, when (monotonic seconds), and how it begins."""

    chat: int
    at: float
    begins: str


class Telegram:
    """The fake in a process of its own, so that its work is not ours."""

    def __init__(self, process: Process, url: str, per_second: int) -> None:
        self._process = process
        self.url = url
        self._per_second = per_second
        self._arrived: list[Arrived] = []
        self._asking = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def running(cls, *, per_second: int, refuses_above: int = 0) -> AsyncIterator[Telegram]:
        """Start it. The program is told that `per_second` are allowed; more than `refuses_above` (0: any) get 429."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bench.telegram", str(refuses_above)),
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
            limit=_LONGEST_LINE,
        )
        assert process.stdin
        assert process.stdout
        try:
            yield cls(process, json.loads(await process.stdout.readline()), per_second)
        finally:
            process.stdin.close()
            await process.wait()

    def environment(self) -> Mapping[str, str]:
        """Return the settings that switch it on."""
        return {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": self.url, "TELEGRAM_PER_SECOND": str(self._per_second)}

    async def arrived(self) -> Sequence[Arrived]:
        """Return every message so far, in the order of arrival."""
        self._arrived += [Arrived(*one) for one in await self._ask({"since": len(self._arrived)})]
        return self._arrived

    async def writes(self, chat: int, text: str) -> float:
        """Let somebody write; return when that was (monotonic seconds)."""
        return float(await self._ask({"write": [chat, text]}))

    async def _ask(self, question: Mapping[str, Any]) -> Any:  # noqa: ANN401
        assert self._process.stdin
        assert self._process.stdout
        async with self._asking:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            await self._process.stdin.drain()
            return json.loads(await self._process.stdout.readline())


async def _be_telegram(refuses_above: int) -> None:
    limits = Limits(per_chat=1, overall=refuses_above) if refuses_above else None
    async with FakeTelegram(everyone_started=True, limits=limits) as fake:
        print(json.dumps(fake.url), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(_answered(fake, json.loads(line))), flush=True)


def _answered(fake: FakeTelegram, question: Mapping[str, Any]) -> object:
    if "write" in question:
        chat, text = question["write"]
        fake.user_writes(chat, text)
        return time.monotonic()
    return [[one.chat, one.at, one.text[:40]] for one in fake.sent()[question["since"] :]]


async def subscribe(program: Program, channel: str, account: str, users: Sequence[str]) -> None:
    """Enter residents of an account who subscribed to campaigns and wrote just now, as they would have done in chat."""
    database = Database(program.database)
    try:
        number = await Accounts(database).number(channel, account)
        identities = await identities_of(database, program.sealer)
    finally:
        await database.close()
    name = f"{channel}:{account}"
    async with await psycopg.AsyncConnection.connect(program.database) as connection, connection.cursor() as cursor:
        ids = [uuid4() for _ in users]
        async with cursor.copy(b"COPY conversation (id, channel) FROM STDIN") as copy:
            for one in ids:
                await copy.write_row((one, channel))
        async with cursor.copy(b"COPY contact (account_id, digest, sealed, conversation_id) FROM STDIN") as copy:
            for one, user in zip(ids, users, strict=True):
                sealed = program.sealer.seal(user.encode())
                await copy.write_row((number, identities.digest(name, user), sealed, one))
        async with cursor.copy(b"COPY subscription (conversation_id, topics, consent_version) FROM STDIN") as copy:
            for one in ids:
                await copy.write_row((one, ["campaigns"], "bench"))
        await connection.commit()
        await cursor.execute(b"ANALYZE")


if __name__ == "__main__":
    asyncio.run(_be_telegram(int(sys.argv[1])))
