"""A channel in memory, for tests of the core: it does what a test has scripted and notes what it was given."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.channels.contract import (
    Account,
    Diagnosis,
    Event,
    EventKind,
    FetchError,
    Mark,
    Outcome,
    Pace,
    Part,
    Recipient,
    RefusedError,
    Rendered,
    Sent,
    Unfetched,
)
from bot.channels.rendering import numbered, split, with_sources
from bot.conversation.messages import Reply

SECRET: Final = "told-to-the-channel-only"
SECRET_HEADER: Final = "X-Fake-Secret"
NO_LIMIT: Final = Pace(None)


@dataclass(frozen=True)
class Attempt:
    """One call of `send`: when, to whom, and the text."""

    at: float
    recipient: Recipient
    text: str

    @property
    def user(self) -> str:
        return self.recipient.user


class FakeChannel:
    """An adapter with a webhook. Choices stand numbered in the text, as on a channel without buttons.

    `clock` returns the seconds that are noted with each attempt; without one they are all 0.
    """

    def __init__(
        self,
        *,
        name: str = "fake",
        number: str = "1",
        pace: Pace = NO_LIMIT,
        longest: int = 2_000,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.account = Account(name, number)
        self.pace = pace
        self.attempts: list[Attempt] = []
        self.told: list[str] = []
        self.files: dict[str, bytes | FetchError | asyncio.Event] = {}
        self.fetched: list[str] = []
        self.connections = 0
        self._longest = longest
        self._clock = clock or (lambda: 0.0)
        self._scripts: defaultdict[str, deque[Outcome | Exception | asyncio.Event]] = defaultdict(deque)
        self._always: Outcome | None = None
        self._open = asyncio.Event()
        self._open.set()

    @property
    def path(self) -> str:
        return f"/webhooks/{self.account.channel}"

    @property
    def sent(self) -> list[tuple[str, str]]:
        """User and text of every attempt, in order."""
        return [(one.user, one.text) for one in self.attempts]

    def texts(self, user: str) -> list[str]:
        return [one.text for one in self.attempts if one.user == user]

    def script(self, user: str, *outcomes: Outcome | Exception | asyncio.Event) -> None:
        """Let the next attempts to a user end so, an Event when it is set; those after are sent."""
        self._scripts[user].extend(outcomes)

    def always(self, outcome: Outcome | None) -> None:
        """Let every attempt without a script end so; None for sent."""
        self._always = outcome

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let attempts get no answer until the end."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        self.connections += 1
        try:
            yield
        finally:
            self.connections -= 1

    def render(self, reply: Reply) -> Rendered:
        choices, options = numbered(reply.buttons)
        text = "\n".join(part for part in (with_sources(reply), choices) if part)
        return Rendered(tuple(Part({"text": piece}) for piece in split(text, self._longest)), options)

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        self.attempts.append(Attempt(self._clock(), recipient, str(part.body["text"])))
        taken = Sent(f"m{len(self.attempts)}")
        await self._open.wait()
        script = self._scripts[recipient.user]
        outcome = script.popleft() if script else self._always or taken
        if isinstance(outcome, asyncio.Event):
            await outcome.wait()
            return taken
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def received(self, event: Event) -> None:
        self.told.append(event.key)

    async def fetch(self, reference: str, largest: int) -> bytes:
        """Give out what a test has put into `files`; of an Event nothing until it is set."""
        self.fetched.append(reference)
        found = self.files.get(reference, FetchError(Unfetched.GONE))
        if isinstance(found, asyncio.Event):
            await found.wait()
            raise FetchError(Unfetched.UNREACHABLE)
        if isinstance(found, FetchError):
            raise found
        if len(found) > largest:
            raise FetchError(Unfetched.TOO_LARGE)
        return found

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        return (Diagnosis(Mark.GOOD, "Kênh thử chạy được."),)

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
        if not hmac.compare_digest(headers.get(SECRET_HEADER, ""), SECRET):
            raise RefusedError(403, "wrong secret")

    def parse(self, raw: bytes) -> tuple[Event, ...]:
        try:
            events = json.loads(raw)["events"]
        except (ValueError, KeyError, TypeError):
            raise RefusedError(400, "no events") from None
        return tuple(_event(one) for one in events)


def body_of(*events: Event) -> bytes:
    """Return a webhook's body that tells of events."""
    return json.dumps({"events": [one.as_json() for one in events]}).encode()


def _event(data: dict[str, Any]) -> Event:
    known = data["kind"] in set(EventKind)
    return Event.from_json(data if known else {**data, "kind": EventKind.OTHER.value, "name": data["kind"]})
