"""Tells intents: by Rasa, and in process while Rasa cannot."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.settings import Settings
from intents.client import NluClient
from intents.rasa import nlu_service
from intents.rasa_training import current_model
from intents.service import NluService
from intents.standing_in import StandIn
from intents.understanding import Understanding


@asynccontextmanager
async def understanding_intents(settings: Settings) -> AsyncIterator[NluService]:
    """Run the service that understands intents, as the settings want it, until the context ends."""
    token = settings.rasa_token or ""
    service = nlu_service(wanted=settings.rasa, url=settings.rasa_url, token=token, clock=time.monotonic)
    await service.start()
    try:
        yield service
    finally:
        await service.stop()


class IntentReader:
    """Tells intents: asks Rasa, over connections that live as long as the application, or the classifier in process."""

    def __init__(self, service: NluService, stand_in: StandIn | None) -> None:
        self._service = service
        self._stand_in = stand_in
        self._client: NluClient | None = None

    @property
    def state(self) -> str:
        """How Rasa fares."""
        return str(self._client.state if self._client else self._service.state)

    async def parse(self, text: str) -> Understanding | None:
        """Return what `text` wants, or None when that cannot be told now."""
        found = await self._client.parse(text) if self._client else None
        return found if found is not None or self._stand_in is None else self._stand_in.parse(text)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold connections until the context ends."""
        async with aiohttp.ClientSession() as session:
            self._client = NluClient(self._service, session, time.monotonic)
            try:
                yield
            finally:
                self._client = None


def intent_reader(settings: Settings, service: NluService) -> IntentReader:
    """Return the reader of intents that the settings want: with RASA=off, none are read."""
    return IntentReader(service, StandIn.of(current_model()) if settings.rasa else None)
