"""Asks a bot for events, one at a time.

`getUpdates` gives one object and has no offset and no id: nothing can be confirmed, and an event that was given once is
never given again. It is therefore handed on at once and kept in memory until it is taken; a process that ends in
between loses that one event. In webhook mode the platform repeats nothing that is known of either, but there the event
is stored before it is answered.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from bot.channels.contract import Event, Take
from bot.channels.zalo_bot.client import Answer, CallError, Client
from bot.channels.zalo_bot.parsing import events_in

_FIRST_PAUSE: Final = 1.0  # seconds
_LONGEST_PAUSE: Final = 60.0
_DOUBLINGS: Final = 6
_SLACK_SECONDS: Final = 10.0  # by which the answer may be later than was asked for
_LEAST_SECONDS: Final = 1.0  # between two questions that brought nothing
_NOTHING_CAME: Final = 408
_LOG: Final = logging.getLogger(__name__)


class Polling:
    """The loop of one bot. `clock` counts seconds, `sleep` waits them, `random` gives numbers from 0 to 1."""

    def __init__(
        self,
        client: Client,
        *,
        seconds: int,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
    ) -> None:
        self._client = client
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._failures = 0
        self._trouble = ""

    async def run(self, take: Take) -> None:
        """Ask for ever. A webhook that is set is removed first: while there is one, nothing can be asked for."""
        webhook_may_be_set = True
        while True:
            began = self._clock()
            try:
                if webhook_may_be_set:
                    await self._leave_webhook()
                    webhook_may_be_set = False
                events = await self._events()
            except CallError as error:
                webhook_may_be_set = True  # perhaps somebody has set it: the error for that is not documented
                await self._pause(str(error))
                continue
            self._well()
            await self._hand_over(events, take)
            if not events and self._clock() - began < _LEAST_SECONDS:
                await self._sleep(_LEAST_SECONDS)

    async def _events(self) -> tuple[Event, ...]:
        """Ask once. Raises `CallError`, also for what the API refuses."""
        answer = await self._client.call(
            "getUpdates", {"timeout": self._seconds}, seconds=self._seconds + _SLACK_SECONDS
        )
        if answer.ok:
            return events_in(answer.body)
        if answer.body is not None and answer.code == _NOTHING_CAME:
            return ()
        raise _refusal("getUpdates", answer)

    async def _leave_webhook(self) -> None:
        answer = await self._client.call("getWebhookInfo", {})
        if not answer.ok:
            raise _refusal("getWebhookInfo", answer)
        if not webhook_url(answer):
            return
        _LOG.warning("zalo_bot: a webhook is set and is removed, since events are to be polled")
        removed = await self._client.call("deleteWebhook", {})
        if not removed.ok:
            raise _refusal("deleteWebhook", removed)

    async def _hand_over(self, events: tuple[Event, ...], take: Take) -> None:
        """Hand events to `take` until it has taken them: they cannot be asked for again."""
        while events:
            try:
                await take(events)
            except Exception as error:  # whatever the store raises, these events exist nowhere else
                await self._pause(f"events were not taken: {type(error).__name__}")
            else:
                self._well()
                return

    async def _pause(self, why: str) -> None:
        """Wait, longer after each failure; the log has a line when the reason changes."""
        if why != self._trouble:
            _LOG.warning("zalo_bot: %s", why)
        self._trouble = why
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._failures, _DOUBLINGS))
        self._failures += 1
        await self._sleep(longest * (0.5 + self._random() / 2))

    def _well(self) -> None:
        if self._trouble:
            _LOG.info("zalo_bot: events come again")
        self._failures, self._trouble = 0, ""


def webhook_url(answer: Answer) -> str:
    """The address that an answer of getWebhookInfo names; empty when no webhook is set."""
    url = answer.result.get("url") if isinstance(answer.result, dict) else None
    return url if isinstance(url, str) else ""


def _refusal(method: str, answer: Answer) -> CallError:
    return CallError(f"{method}: {answer.code} {answer.description}".strip())
