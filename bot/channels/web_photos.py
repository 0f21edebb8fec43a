"""Photos on the web: a page uploads one, gets its id, and names that in the message that it belongs to.

Nobody can read a photo here, not even the one who sent it: the page shows its own copy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from aiohttp import ClientError, web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.rate_limit import RateLimiter
from bot.channels.web_errors import ApiError
from bot.conversation import phrases
from bot.conversation.keeping import soon
from bot.conversation.messages import Incoming
from bot.feedback.photos import LARGEST, NOT_A_PHOTO, TOO_LARGE, Cleaned, NoPhotoError
from bot.store.photos import MOST_STAGED, NoRoomError, Photos, TooManyPhotosError

_BODY_SECONDS: Final = 60.0  # 10 MB over a slow mobile network
_MOST_AT_ONCE: Final = 8
"""Uploads that are read at once; each holds its file in memory."""
_A_MINUTE, _AT_FIRST = 10, 12
TOO_MANY: Final = f"Mỗi lần gửi được tối đa {MOST_STAGED} ảnh. Bạn gửi các ảnh đã có trước, rồi gửi thêm sau."
NO_ROOM: Final = "Lúc này chưa nhận thêm được ảnh. Bạn gửi chữ trước, ảnh gửi sau ít phút. Đang có cháy: gọi 114 ngay."
TOO_FAST: Final = "Bạn gửi ảnh hơi nhanh. Đợi một phút rồi gửi tiếp."
CUT: Final = "Ảnh tải lên quá chậm nên bị ngắt. Bạn thử lại nơi có sóng tốt hơn, hoặc gửi ảnh nhỏ hơn."
NOT_THERE: Final = "Ảnh gửi kèm không còn trên máy chủ nên chưa kèm vào được. Bạn gửi lại ảnh giúp."
NOT_NOW: Final = "Lúc này chưa kèm ảnh vào được. Bạn gửi lại ảnh sau ít phút giúp."
_LOG: Final = logging.getLogger(__name__)


class WebPhotos:
    """Takes uploads, and sees to it that a message names only photos of its own conversation."""

    def __init__(
        self, photos: Photos, clean: Callable[[bytes], Awaitable[Cleaned]], clock: Callable[[], float]
    ) -> None:
        """`clean` raises `NoPhotoError` for what is no photo; `clock` returns seconds."""
        self._photos = photos
        self._clean = clean
        self._visitors = RateLimiter(_A_MINUTE, _AT_FIRST, clock)
        self._conversations = RateLimiter(_A_MINUTE, _AT_FIRST, clock)
        self._under_way = 0

    async def upload(self, request: web.Request, visitor: str, conversation: UUID) -> UUID:
        """Store the photo in a request's body and return its id. Raises `ApiError`."""
        kind = request.content_type
        if not (kind.startswith("image/") or kind == "application/octet-stream"):
            raise ApiError(415, "not_a_photo", NOT_A_PHOTO)
        if (request.content_length or 0) > LARGEST:
            raise ApiError(413, "too_large", TOO_LARGE)
        if not (self._visitors.allows(visitor) and self._conversations.allows(str(conversation))):
            raise ApiError(429, "too_many_photos", TOO_FAST)
        with self._place():
            return await self._kept(conversation, await _body(request))

    async def checked(self, incoming: Incoming) -> Incoming:
        """Return the message with those of its photos that are staged for its conversation, and why others are not.

        It is answered without them when the store cannot be asked in a moment.
        """
        conversation = incoming.conversation
        if not incoming.photos or conversation is None:
            return replace(incoming, photos=())
        found = await soon(self._photos.staged(conversation, incoming.photos), "photos of a message")
        kept = tuple(one for one in incoming.photos if found is not None and one in found)
        missing = NOT_NOW if found is None else NOT_THERE if len(kept) < len(incoming.photos) else None
        return replace(incoming, photos=kept, photo_refused=missing)

    async def _kept(self, conversation: UUID, raw: bytes) -> UUID:
        try:
            return await self._photos.stage(conversation, await self._clean(raw))
        except NoPhotoError as error:
            raise ApiError(400, "not_a_photo", error.reason) from None
        except NoRoomError:
            raise ApiError(503, "no_room", NO_ROOM) from None
        except TooManyPhotosError:
            raise ApiError(409, "too_many_photos", TOO_MANY) from None
        except (SQLAlchemyError, OSError) as error:
            _LOG.error("a photo could not be stored: %s", type(error).__name__)
            raise ApiError(503, "unavailable", NO_ROOM) from None

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Hold one of the places for uploads. Raises `ApiError` when there is none."""
        if self._under_way >= _MOST_AT_ONCE:
            raise ApiError(503, "no_room", NO_ROOM)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


def photos_in(body: dict[str, Any]) -> tuple[UUID, ...]:
    """The photos that a message names, each once. Raises `ApiError`."""
    named = body.get("photos", [])
    if not isinstance(named, list) or len(named) > MOST_STAGED:
        raise ApiError(400, "bad_photos", phrases.BAD_REQUEST)
    try:
        return tuple(dict.fromkeys(map(UUID, named)))
    except (ValueError, TypeError, AttributeError):
        raise ApiError(400, "bad_photos", phrases.BAD_REQUEST) from None


def pin_in(body: dict[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude in degrees that a message brings, if any. Raises `ApiError`."""
    pin = body.get("pin")
    if pin is None:
        return None
    if not isinstance(pin, dict):
        raise ApiError(400, "bad_pin", phrases.BAD_REQUEST)
    return _degrees(pin.get("latitude"), 90), _degrees(pin.get("longitude"), 180)


def _degrees(value: object, most: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise ApiError(400, "bad_pin", phrases.BAD_REQUEST)
    return float(value)


async def _body(request: web.Request) -> bytes:
    """The whole body; the application's limit for other requests does not hold here. Raises `ApiError`."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.content.iter_any():
                size += len(part)
                if size > LARGEST:
                    raise ApiError(413, "too_large", TOO_LARGE)
                parts.append(part)
    except TimeoutError:
        raise ApiError(408, "too_slow", CUT) from None
    except (OSError, ClientError, web.RequestPayloadError):  # the page was closed, or the network went away
        raise ApiError(400, "cut_off", CUT) from None
    return b"".join(parts)
