"""How the fake Telegram hands updates out: in order, each until it is confirmed or its webhook answers 2xx."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:")


@dataclass
class Webhook:
    """Where updates are posted to, and the last trouble with it."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


class Updates:
    """The queue of updates. `changed` is called whenever something comes or goes."""

    def __init__(self, changed: Callable[[], None], retry_seconds: float, parallel: int) -> None:
        self.webhook = Webhook()
        self.order: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = list
        self.pending: list[dict[str, Any]] = []
        self.confirmed: list[int] = []
        self.attempts: list[int] = []
        self.allowed: list[str] = []
        self._changed = changed
        self._retry_seconds = retry_seconds
        self._parallel = parallel
        self._work = asyncio.Event()
        self._arrived = asyncio.Event()

    def put(self, update: dict[str, Any]) -> None:
        """Add an update, unless its kind is not allowed."""
        name = next(field for field in update if field != "update_id")
        if self.allowed and name not in self.allowed:
            return
        self.pending.append(update)
        self._arrived.set()
        self._work.set()
        self._changed()

    def use(self, webhook: Webhook) -> None:
        """Post updates there from now on; nowhere when its address is empty."""
        self.webhook = webhook
        self._work.set()

    def confirm(self, offset: int) -> None:
        """Forget all below the offset; a negative one leaves so many from the end."""
        if offset < 0:
            done, self.pending = self.pending[:offset], self.pending[offset:]
        else:
            done = [one for one in self.pending if one["update_id"] < offset]
            self.pending = [one for one in self.pending if one["update_id"] >= offset]
        self.confirmed += [one["update_id"] for one in done]
        self._changed()

    async def arrival(self, ended: tuple[asyncio.Event, ...], seconds: float) -> None:
        """Wait for an update, for one of `ended`, or for so many seconds."""
        self._arrived.clear()
        waits = [asyncio.create_task(one.wait()) for one in (self._arrived, *ended)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    async def deliver(self) -> None:
        """Post what is pending to the webhook, again and again until it is taken. Ends when cancelled.

        Only addresses of this machine are posted to; to others nothing ever goes, whatever a test sets.
        """
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            while True:
                here = self.webhook.url.startswith(LOOPBACK)
                batch = self.order(self.pending)[: self._parallel] if here else []
                if not batch:
                    self._work.clear()
                    await self._work.wait()
                    continue
                taken = await asyncio.gather(*(self._post(session, update) for update in batch))
                for update, well in zip(batch, taken, strict=True):
                    if well and update in self.pending:
                        self.pending.remove(update)
                        self.confirmed.append(update["update_id"])
                self._changed()
                if not all(taken):
                    await asyncio.sleep(self._retry_seconds)

    async def _post(self, session: aiohttp.ClientSession, update: Mapping[str, Any]) -> bool:
        hook = self.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        self.attempts.append(update["update_id"])
        try:
            async with session.post(hook.url, json=update, headers=headers) as response:
                trouble = "" if response.ok else f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, OSError, TimeoutError):
            trouble = "Connection refused"
        if trouble:
            hook.last_error, hook.last_error_at = trouble, int(time.time())
        return not trouble
