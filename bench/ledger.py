"""Whether what residents said, what is stored and what they have got add up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg

from bench.traffic import Delivered, Program, Said
from bot.store.database import Database
from bot.store.identities import identities_of


@dataclass(frozen=True)
class Entry:
    """A message for a resident in the outbox: of which event, its state, and its id at Zalo."""

    id: int
    event: str  # its key
    state: str
    message: str | None
    position: int  # of the event in the inbox


@dataclass(frozen=True)
class Stored:
    """What the database says at the end."""

    inbox: Mapping[str, str]  # the state of each event by its key
    outbox: Sequence[Entry]
    waits: Sequence[float]  # seconds from arrival to being answered, of each event

    @classmethod
    async def read(cls, program: Program, said: Sequence[Said]) -> Stored:
        """Read it. Keys are stored as digests."""
        database = Database(program.database)
        identities = await identities_of(database, program.sealer)
        await database.close()
        keys = {identities.digest("event", one.key).hex(): one.key for one in said}
        async with await psycopg.AsyncConnection.connect(program.database, autocommit=True) as connection:
            inbox = await (await connection.execute(_INBOX)).fetchall()
            outbox = await (await connection.execute(_OUTBOX)).fetchall()
        return cls(
            {keys.get(key) or key: state for key, state, _ in inbox},
            [Entry(number, keys.get(key) or key, *rest) for number, key, *rest in outbox],
            [float(wait) for _, _, wait in inbox if wait is not None],
        )


_INBOX: Final = "SELECT key, state, EXTRACT(EPOCH FROM done_at - received_at) FROM inbox"
_OUTBOX: Final = """
    SELECT o.id, i.key, o.state, o.message, i.id FROM outbox o JOIN inbox i ON o.key LIKE 'in:' || i.id || ':%'
"""


@dataclass(frozen=True)
class Ledger:
    """Whether what was said, what is stored and what residents have got add up.

    `troubles` says in words what does not; it is empty when all is well.
    """

    said: int
    answered: int
    with_unknown: int
    unknown: int
    unknown_delivered: int
    delivered: int
    states: Mapping[str, int]
    troubles: tuple[str, ...]

    @classmethod
    def of(cls, said: Sequence[Said], stored: Stored, delivered: Sequence[Delivered], in_flight: set[int]) -> Ledger:
        """Settle accounts. `in_flight`: the messages that were being sent when the program was killed."""
        states = Counter(one.state for one in stored.outbox)
        replies: defaultdict[str, list[Entry]] = defaultdict(list)
        for one in stored.outbox:
            replies[one.event].append(one)
        troubles = [*_lost(said, stored, replies), *_beyond(stored, delivered), *_twice(said, delivered)]
        unknown = [one for one in stored.outbox if one.state == "unknown"]
        if strange := [one.id for one in unknown if one.id not in in_flight]:
            troubles.append(f"{len(strange)} messages are unknown that were not in flight at a kill: {strange[:5]}")
        noted = {one.message for one in stored.outbox}
        return cls(
            said=len(said),
            answered=sum(all(one.state == "sent" for one in replies[each.key]) for each in said if replies[each.key]),
            with_unknown=len({one.event for one in unknown}),
            unknown=len(unknown),
            unknown_delivered=sum(one.id not in noted for one in delivered),
            delivered=len(delivered),
            states=states,
            troubles=(*troubles, *_disorder(stored, delivered)),
        )

    def __str__(self) -> str:
        states = ", ".join(f"{number} {state}" for state, number in sorted(self.states.items()))
        lines = [
            f"messages of residents: {self.said}; fully answered {self.answered}, with an unknown part"
            f" {self.with_unknown}, neither {self.said - self.answered - self.with_unknown}",
            f"outbox: {states}; residents have got {self.delivered} messages, {self.unknown_delivered} of them unknown"
            " to us",
            *[f"TROUBLE: {one}" for one in self.troubles],
            "it adds up" if not self.troubles else "it does NOT add up",
        ]
        return "\n".join(lines)


def _lost(said: Sequence[Said], stored: Stored, replies: Mapping[str, list[Entry]]) -> list[str]:
    """Events that are not stored, not done, without a reply, or whose replies were given up."""
    missing = [one.key for one in said if one.key not in stored.inbox]
    undone = [one for one, state in stored.inbox.items() if state != "done"]
    silent = [one.key for one in said if one.key in stored.inbox and not replies.get(one.key)]
    over = [one.id for one in stored.outbox if one.state not in {"sent", "unknown"}]
    found: dict[str, Sequence[object]] = {
        "events are not stored": missing,
        "events are not done": undone,
        "events have no reply": silent,
        "messages were neither sent nor are they unknown": over,
    }
    return [f"{len(which)} {what}: {which[:5]}" for what, which in found.items() if which]


def _beyond(stored: Stored, delivered: Sequence[Delivered]) -> list[str]:
    """Messages that say they were sent and were not, or that residents got beyond what is sent or unknown."""
    ours = Counter(str(one.message) for one in stored.outbox if one.state == "sent")
    theirs = Counter(one.id for one in delivered)
    unseen, extra = ours - theirs, theirs - ours
    unknown = sum(one.state == "unknown" for one in stored.outbox)
    troubles = []
    if unseen:
        troubles.append(f"{unseen.total()} messages are noted as sent and nobody got them: {list(unseen)[:5]}")
    if extra.total() > unknown:
        troubles.append(f"residents got {extra.total()} messages that are not noted as sent; {unknown} are unknown")
    return troubles


def _twice(said: Sequence[Said], delivered: Sequence[Delivered]) -> list[str]:
    """Who wrote once and got the same message more than once."""
    wrote = Counter(one.user for one in said)
    got = Counter((one.user, one.said) for one in delivered if wrote[one.user] == 1)
    twice = [user for (user, _), number in got.items() if number > 1]
    return [f"{len(twice)} residents got the same message twice: {twice[:5]}"] if twice else []


def _disorder(stored: Stored, delivered: Sequence[Delivered]) -> list[str]:
    """Residents to whom an answer went before that to an earlier message, or a part before an earlier one."""
    place = {one.message: (one.position, one.id) for one in stored.outbox if one.message}
    last: dict[str, tuple[int, int]] = {}
    wrong = set()
    for one in delivered:
        if one.id not in place:
            continue
        if place[one.id] < last.get(one.user, (0, 0)):
            wrong.add(one.user)
        last[one.user] = place[one.id]
    return [f"{len(wrong)} residents were answered in another order: {sorted(wrong)[:5]}"] if wrong else []
