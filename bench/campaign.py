"""A campaign from its approval to the last recipient, on the started program, beside residents who chat.

`python -m bench.campaign` runs three parts; `--part` names one of them:

* `limited`: 20,000 recipients on a Telegram account that allows 30 messages a second, while 5 residents a second chat.
  Is the limit used up and never passed, and what do residents wait?
* `open`: 20,000 recipients on a Zalo account without a limit: how many messages a second?
* `peer`: the same Telegram, ours beside a plain loop over python-telegram-bot: at 30 a second with its own rate
  limiter, and as fast as each goes (1,000 a second is the most that our setting takes).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from bench.lanes import busiest_second
from bench.plain_loop import send_to_all
from bench.telegram import Arrived, Telegram, subscribe
from bench.traffic import Program, Zalo, loaded, spread
from bot.campaigns.checking import Known
from bot.campaigns.content import Audience, Message, Moment, Plan, StopRules, Variant
from bot.campaigns.judging import Judging
from bot.campaigns.lifecycle import Act
from bot.gateway import renderings_of
from bot.settings import Settings
from bot.store.campaign_checks import CitedDocument
from bot.store.campaign_gate import Caps
from bot.store.campaign_ledger import Ledger
from bot.store.campaigns import Campaigns
from bot.store.database import Database
from bot.store.staff import Author
from knowledge.clock import VIET_NAM, today
from knowledge.loading import load_for_service
from tests.fakes.telegram import TOKEN
from tests.fakes.zalo_oa import OA_ID

PER_SECOND: Final = 30
LEAST_SHARE: Final = 0.98
LONGEST_P95_MS: Final = 1000.0
LEAST_OPEN: Final = 1000.0
_CHATS_PER_SECOND: Final = 5
_FIRST: Final = 1_000_000_000
_FIRST_CHATTER: Final = 5_000_000_000
_BEGINS: Final = "Kiểm tra bình chữa cháy"
_TEXT: Final = f"{_BEGINS} và lối thoát nạn của nhà mình hôm nay."
_DUE_AFTER: Final = timedelta(seconds=2)
_PATIENCE_SECONDS: Final = 3600.0


class _Willing(Judging):
    """Finds no fault: what is measured is sending."""

    def faults(self, _plan: Plan) -> Sequence[str]:
        return ()

    def cited(self, _plan: Plan, _day: object) -> Sequence[CitedDocument]:
        return ()


@dataclass(frozen=True)
class Sending:
    """When messages of the campaign came (monotonic seconds, ascending)."""

    times: Sequence[float]

    @property
    def rate(self) -> float:
        """Messages a second."""
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])


def main(arguments: Sequence[str] = ()) -> int:
    """Print what came of each part; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.campaign")
    parser.add_argument("--people", type=int, default=20_000, metavar="N")
    parser.add_argument("--part", choices=list(_PARTS), action="append")
    given = parser.parse_args(arguments)
    missed = [asyncio.run(_PARTS[part](given.people)) for part in given.part or _PARTS]
    print("a bar is MISSED" if any(missed) else "all bars are kept")
    return int(any(missed))


async def _limited(people: int) -> bool:
    print(f"limited: {people} recipients, {PER_SECOND}/s, {_CHATS_PER_SECOND} chats/s; {loaded()}", flush=True)
    async with Telegram.running(per_second=PER_SECOND) as telegram, Program.started(telegram) as program:
        await subscribe(program, "telegram", TOKEN.partition(":")[0], [str(_FIRST + one) for one in range(people)])
        await approved(program, people)
        written: dict[int, float] = {}
        chatting = asyncio.create_task(_chat(telegram, written))
        try:
            await done(program)
        finally:
            chatting.cancel()
            with suppress(asyncio.CancelledError):
                await chatting
        await asyncio.sleep(5)
        arrived = await telegram.arrived()
    campaign = Sending([one.at for one in arrived if one.begins.startswith(_BEGINS)])
    during = [one for one in arrived if campaign.times[0] <= one.at <= campaign.times[-1]]
    everything = Sending([one.at for one in during])
    waits, silent = _waits(arrived, written)
    share = everything.rate / PER_SECOND
    busiest = busiest_second([one.at for one in arrived])
    twice = len(campaign.times) - len({one.chat for one in arrived if one.begins.startswith(_BEGINS)})
    seconds = campaign.times[-1] - campaign.times[0]
    print(f"  {len(campaign.times)} recipients have it, {twice} twice, in {seconds:.0f} s")
    print(f"  with replies {everything.rate:.2f}/s: {100 * share:.1f} % of what is allowed; busiest second {busiest}")
    print(f"  {len(waits)} chatted, first reply {spread([one * 1000 for one in waits])}; {silent} without one")
    p95 = sorted(waits)[int(len(waits) * 0.95)] * 1000
    well = share >= LEAST_SHARE and busiest <= PER_SECOND and p95 <= LONGEST_P95_MS and not twice and not silent
    return not (well and len(campaign.times) == people)


async def _open(people: int) -> bool:
    print(f"open: {people} recipients without a limit; {loaded()}", flush=True)
    async with Zalo.running() as zalo, Program.started(zalo) as program:
        await subscribe(program, "zalo_oa", OA_ID, [str(_FIRST + one) for one in range(people)])
        await approved(program, people)
        await done(program)
        delivered = await zalo.delivered()
    sending = Sending(sorted(one.at for one in delivered))
    twice = len(delivered) - len({one.user for one in delivered})
    print(f"  {len(delivered)} recipients have it, {twice} twice: {sending.rate:.0f} messages/s")
    return not (sending.rate >= LEAST_OPEN and not twice and len(delivered) == people)


async def _peer(people: int) -> bool:
    missed = False
    for per_second, number in ((PER_SECOND, min(people, 1500)), (1000, min(people, 10_000))):
        print(f"peer: {number} recipients at {per_second}/s; {loaded()}", flush=True)
        async with Telegram.running(per_second=per_second) as telegram, Program.started(telegram) as program:
            chats = [_FIRST + one for one in range(number)]
            await subscribe(program, "telegram", TOKEN.partition(":")[0], [str(one) for one in chats])
            await approved(program, number)
            await done(program)
            ours = Sending([one.at for one in await telegram.arrived()])
        limit = per_second if per_second == PER_SECOND else None
        async with Telegram.running(per_second=per_second) as telegram:
            failed = await send_to_all(telegram.url, chats, _TEXT, limit)
            theirs = Sending([one.at for one in await telegram.arrived()])
        print(f"  ours: {ours.rate:.1f}/s, busiest second {busiest_second(ours.times)}")
        how = f"with its limiter at {per_second}/s" if limit else "without its limiter"
        busiest = busiest_second(theirs.times)
        print(f"  a plain loop {how}: {theirs.rate:.1f}/s, busiest second {busiest}, {failed} failed")
        print(f"  ratio ours/theirs: {ours.rate / theirs.rate:.2f}")
        missed |= len(ours.times) != number
    return missed


_Bench = Callable[[int], Coroutine[Any, Any, bool]]
_PARTS: Final[dict[str, _Bench]] = {"limited": _limited, "open": _open, "peer": _peer}


async def approved(program: Program, people: int) -> int:
    """Have one person write a campaign and another one approve it; return its number. It is due at once."""
    now = datetime.now(UTC)
    due = (now + _DUE_AFTER).astimezone(VIET_NAM).replace(tzinfo=None)
    message = Message(
        key="m1",
        title="Bình chữa cháy",
        when=Moment(at=due),
        texts={Variant.HOUSEHOLD: _TEXT},
        send_for=timedelta(days=1),
    )
    rules = StopRules(least=people)
    plan = Plan(title="Đo tốc độ gửi", messages=(message,), audience=Audience(), stop_rules=rules, urgent=True)
    database = Database(program.database)
    try:
        author, approver = await _staff(program)
        ledger = Ledger(database, program.sealer, Caps())
        judge = await asyncio.to_thread(_judge)
        campaigns = Campaigns(database, lambda: datetime.now(UTC), judge=judge, ledger=ledger)
        number = await campaigns.create(plan, author)
        await campaigns.act(number, Act.SUBMIT, author)
        await campaigns.act(number, Act.APPROVE, approver, checked=(), urgent=True)
    finally:
        await database.close()
    return number


def _judge() -> Judging:
    base = load_for_service(today())
    renderings = renderings_of(Settings.from_environment({}))
    return _Willing(base=lambda: base, renderings=renderings, known=Known, now=lambda: datetime.now(UTC))


async def _staff(program: Program) -> tuple[Author, Author]:
    async with await psycopg.AsyncConnection.connect(program.database, autocommit=True) as connection:
        rows = await (await connection.execute(_STAFF)).fetchall()
    author, approver = (Author(number, login) for number, login in rows)
    return author, approver


_STAFF: Final = b"""
    INSERT INTO staff (login, name, position, roles, password)
    VALUES ('soan', 'Soan', '', '{author}', 'x'), ('duyet', 'Duyet', '', '{approver}', 'x') RETURNING id, login
"""


async def done(program: Program) -> None:
    """Wait until every campaign is completed. Raises RuntimeError when one is paused or failed, TimeoutError."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    async with await psycopg.AsyncConnection.connect(program.database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            rows = await (await connection.execute(b"SELECT state, reason FROM campaign")).fetchall()
            if all(state == "completed" for state, _ in rows):
                return
            if trouble := [row for row in rows if row[0] in {"paused", "failed", "cancelled"}]:
                raise RuntimeError(f"the campaign does not go on: {trouble}")
            await asyncio.sleep(0.5)
    raise TimeoutError


async def _chat(telegram: Telegram, written: dict[int, float]) -> None:
    """Let a new resident write so often, each once, until cancelled."""
    texts = [text for card in load_for_service(today()).cards.values() for text in card.variants]
    random.Random(5).shuffle(texts)  # noqa: S311
    started, number = time.monotonic(), 0
    while True:
        await asyncio.sleep(max(0.0, started + number / _CHATS_PER_SECOND - time.monotonic()))
        chat = _FIRST_CHATTER + number
        written[chat] = await telegram.writes(chat, texts[number % len(texts)])
        number += 1


def _waits(arrived: Sequence[Arrived], written: dict[int, float]) -> tuple[list[float], int]:
    """How long each resident who wrote waited for the first reply; how many have none."""
    first: dict[int, float] = {}
    for one in arrived:
        if one.chat in written:
            first.setdefault(one.chat, one.at)
    return [first[chat] - at for chat, at in written.items() if chat in first], len(written) - len(first)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
