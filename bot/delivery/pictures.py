"""Brings residents' pictures in: fetched from the channel and cleaned before the turn that they belong to begins.

A turn is one transaction, which holds a connection and the resident's row. Waiting for a channel's file server in it
would let a slow server hold up everybody, so a picture is brought in before, within a time; the turn only stores it.
What cannot be brought in becomes a sentence for the resident; it never fails the event.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.channels.contract import Event, EventKind, FetchError, Fetching, Unfetched
from bot.feedback.photos import LARGEST, TOO_LARGE, TOO_SLOW, Cleaned, NoPhotoError

MOST_OF_ONE: Final = 6
"""Pictures of one event that are looked at. Channels send an album as so many events."""
_SECONDS: Final = 8.0
_AT_ONCE: Final = 8
GONE: Final = "Ảnh này không còn trên máy chủ của ứng dụng nên chưa nhận được. Bạn gửi lại ảnh giúp."
UNREACHABLE: Final = "Chưa tải được ảnh của bạn do đường truyền. Bạn gửi lại ảnh sau ít phút giúp."
REFUSED: Final = "Chưa nhận được ảnh gửi theo cách này. Bạn chụp hoặc chọn ảnh rồi gửi lại giúp."
_WHY: Final[Mapping[Unfetched, str]] = {
    Unfetched.GONE: GONE,
    Unfetched.TOO_LARGE: TOO_LARGE,
    Unfetched.REFUSED: REFUSED,
    Unfetched.UNREACHABLE: UNREACHABLE,
}
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Brought:
    """What became of an event's pictures: those that can be stored, and why another one cannot."""

    photos: tuple[Cleaned, ...] = ()
    refused: str | None = None


NOTHING: Final = Brought()


class Pictures:
    """Fetches and cleans. Of all events together only a few fetch at once: each holds up to 10 MB meanwhile."""

    def __init__(
        self,
        channels: Mapping[int, Fetching],
        clean: Callable[[bytes], Awaitable[Cleaned]],
        *,
        seconds: float = _SECONDS,
        at_once: int = _AT_ONCE,
    ) -> None:
        """`channels` are those that can fetch, by the number of their account; `seconds` bounds one event's wait."""
        self._channels = channels
        self._clean = clean
        self._seconds = seconds
        self._room = asyncio.Semaphore(at_once)

    def expected(self, event: Event) -> bool:
        """Whether an event has pictures that are waited for."""
        return event.kind is EventKind.PHOTO and event.user is not None

    async def brought(self, account_id: int, event: Event) -> Brought:
        """Return an event's pictures as they are kept. Raises nothing; takes `seconds` at most, waiting included."""
        if not self.expected(event):
            return NOTHING
        channel = self._channels.get(account_id)
        if channel is None or not event.media:
            return Brought(refused=REFUSED)
        photos: list[Cleaned] = []
        refused: str | None = None
        try:
            async with asyncio.timeout(self._seconds), self._room:
                for reference in event.media[:MOST_OF_ONE]:
                    try:
                        photos.append(await self._one(channel, reference))
                    except NoPhotoError as error:
                        refused = error.reason
        except TimeoutError:
            refused = UNREACHABLE
        return Brought(tuple(photos), refused)

    async def _one(self, channel: Fetching, reference: str) -> Cleaned:
        """Raises `NoPhotoError`."""
        try:
            raw = await channel.fetch(reference, LARGEST)
        except FetchError as error:
            raise NoPhotoError(_WHY[error.why]) from None
        except Exception as error:  # an adapter breaks its promise: the resident's words must be answered all the same
            _LOG.error("fetching a picture failed: %s", type(error).__name__)
            raise NoPhotoError(UNREACHABLE) from None
        try:
            return await self._clean(raw)
        except NoPhotoError:
            raise
        except Exception as error:
            _LOG.error("cleaning a picture failed: %s", type(error).__name__)
            raise NoPhotoError(TOO_SLOW) from None
