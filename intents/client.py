"""Asks Rasa what a message wants. Whatever goes wrong there, the answer is None and the assistant goes on without."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import aiohttp

from intents.breaker import Breaker
from intents.service import Address, NluService, State
from intents.understanding import GarbageError, Understanding, understood
from knowledge.vietnamese import UNDERSTANDING_LIMIT, clean

TIMEOUT_SECONDS: Final = 1.5
MOST_IN_FLIGHT: Final = 8
REMEMBERED: Final = 1024
_LONGEST_ANSWER: Final = 256 * 1024  # bytes; an answer to 500 characters has a few kB
_LOG: Final = logging.getLogger(__name__)


class NluClient:
    """Understands messages by asking `service`, never for longer than `timeout_seconds`, and never raises for it.

    After three failures in a row nothing is asked for 15 seconds, then one message is tried. At most `MOST_IN_FLIGHT`
    messages are asked at once; a further one gets None at once. Answers are remembered under a digest of the text,
    not under the text itself, until the model changes.
    """

    def __init__(
        self,
        service: NluService,
        session: aiohttp.ClientSession,
        clock: Callable[[], float],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._service = service
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._breaker = Breaker(clock)
        self._in_flight = 0
        self._remembered: OrderedDict[bytes, Understanding] = OrderedDict()
        self._model = ""

    @property
    def state(self) -> State:
        """How understanding fares: as the service says, and broken while its answers fail."""
        state = self._service.state
        return State.BROKEN if state is State.READY and self._breaker.is_open else state

    async def parse(self, text: str) -> Understanding | None:
        """Return what the first 500 characters of `text` want; None when that cannot be told now."""
        asked = asked_text(text)
        address = self._service.address
        if not asked or address is None:
            return None
        key = hashlib.blake2b(asked.encode("utf-8"), digest_size=16).digest()
        known = self._recall(key, address.model)
        if known is not None or self._in_flight >= MOST_IN_FLIGHT or not self._breaker.may_try():
            return known
        self._in_flight += 1
        try:
            answer = await self._ask(asked, address)
        finally:
            self._in_flight -= 1
        if answer is not None and address.model == self._model:
            self._remember(key, answer)
        return answer

    async def _ask(self, text: str, address: Address) -> Understanding | None:
        """Ask once and tell the breaker how it went."""
        went_well: bool | None = None  # nothing is learned from a resident who did not wait
        try:
            answer = understood(await self._answer(text, address))
        except (aiohttp.ClientError, TimeoutError, OSError, GarbageError) as error:
            went_well = False
            # never the error's own text: it may quote the message or the address with its token
            _LOG.warning("intents: no answer (%s)", type(error).__name__)
            return None
        else:
            went_well = True
            return answer
        finally:
            self._breaker.note(went_well)

    async def _answer(self, text: str, address: Address) -> object:
        """Return the decoded JSON of an answer. Raises `GarbageError` when it is none."""
        query = {"token": address.token} if address.token else {}
        async with self._session.post(
            f"{address.url}/model/parse",
            params=query,
            json={"text": text},
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            if response.status != 200:
                raise GarbageError(f"status {response.status}")
            body = await _at_most(response.content, _LONGEST_ANSWER)
        try:
            answer: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise GarbageError("not JSON") from error
        return answer

    def _recall(self, key: bytes, model: str) -> Understanding | None:
        if model != self._model:
            self._remembered.clear()
            self._model = model
        known = self._remembered.get(key)
        if known is not None:
            self._remembered.move_to_end(key)
        return known

    def _remember(self, key: bytes, answer: Understanding) -> None:
        self._remembered[key] = answer
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


def asked_text(text: str) -> str:
    """Return what of a message is sent: clean, at most 500 characters, without slashes in front.

    A slash in front would be taken for an order to name that very intent.

    >>> asked_text(" / /emergency ")
    'emergency'
    """
    return clean(text)[:UNDERSTANDING_LIMIT].lstrip("/ \n\t").rstrip()


async def _at_most(content: aiohttp.StreamReader, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in content.iter_any():
        size += len(part)
        if size > limit:
            raise GarbageError("too long")
        parts.append(part)
    return b"".join(parts)


__all__ = ["NluClient", "Understanding", "asked_text"]
