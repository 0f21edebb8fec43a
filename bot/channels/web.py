"""The web: the chat page, the JSON interface, and the health pages."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import yaml
from aiohttp import web

from bot.channels.rate_limit import RateLimiter
from bot.channels.web_address import visitor_of
from bot.channels.web_errors import ApiError
from bot.channels.web_events import Arrivals, EventStreams, LocalArrivals, TooManyStreamsError
from bot.channels.web_format import (
    PICTURES,
    button_as_json,
    json_text,
    later_entries,
    passage_as_json,
    reply_as_json,
)
from bot.channels.web_offline import offline_as_json
from bot.channels.web_page import Asset, Pages, answer, security_headers
from bot.channels.web_photos import WebPhotos, photos_in, pin_in
from bot.channels.web_repeats import Repeats
from bot.conversation import phrases
from bot.conversation.keeping import kept_soon
from bot.conversation.messages import Incoming, Kind, Shared, Turn
from bot.feedback.photos import Cleaned
from bot.store.photos import Photos
from bot.store.records import Records, ReplyRecord
from bot.store.waiting import Waiting
from bot.understanding import Living, Understanding

CHANNEL: Final = "web"
LARGEST_BODY: Final = 64 * 1024
_BODY_SECONDS: Final = 10
_MOST_DIGITS: Final = 19
_OPENAPI: Final = Path(__file__).parent / "openapi.yml"
_LOG: Final = logging.getLogger(__name__)

SECURITY_HEADERS: Final = security_headers()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Readiness:
    """What the ready page tells: each part and whether it works."""

    parts: dict[str, bool]
    details: dict[str, Any]

    @property
    def ready(self) -> bool:
        """Whether messages can be answered."""
        return all(self.parts.values())


@dataclass(frozen=True)
class _Offline:
    """What is kept for the time without a network, of which knowledge and day."""

    of: Understanding
    day: date
    asset: Asset
    tag: str


class WebChannel:
    """Handlers of the web channel."""

    def __init__(
        self,
        *,
        living: Living,
        records: Records,
        waiting: Waiting,
        photos: Photos,
        clean: Callable[[bytes], Awaitable[Cleaned]],
        limiter: RateLimiter,
        readiness: Callable[[], Awaitable[Readiness]],
        today: Callable[[], date],
        trusted_proxies: int = 0,
        arrivals: Arrivals | None = None,
        embed_origins: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clean` makes of an upload a photo as it is kept.

        `arrivals` wakes open streams when a message has come; without it they look every 15 seconds.

        `embed_origins` are the sites that may show the chat in their pages. Raises ValueError for an unusable one.
        """
        self._living = living
        self._records = records
        self._waiting = waiting
        self._limiter = limiter
        self._readiness = readiness
        self._today = today
        self._trusted_proxies = trusted_proxies
        self._description = yaml.safe_load(_OPENAPI.read_text(encoding="utf-8"))
        self._keeping: set[asyncio.Task[bool]] = set()
        self._pages = Pages(embed_origins)
        self._streams = EventStreams(waiting, arrivals or LocalArrivals(), clock, pause)
        self._repeats = Repeats(clock)
        self._photos = WebPhotos(photos, clean, clock)
        self._offline: _Offline | None = None

    def application(self) -> web.Application:
        """Return the aiohttp application with all routes."""
        app = web.Application(middlewares=[_errors_as_json], client_max_size=LARGEST_BODY)
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self._streams.close)
        app.on_cleanup.insert(0, self._settle)  # before what the application adds: the database is still open
        app.add_routes(
            [
                *self._pages.routes(),
                web.get(PICTURES + r"{name:[a-z0-9-]+\.png}", self.picture),
                web.post("/api/v1/messages", self.messages),
                web.post("/api/v1/photos", self.photos),
                web.get("/api/v1/conversations/{conversation}/waiting", self.waiting),
                web.get("/api/v1/conversations/{conversation}/events", self.events),
                web.get("/api/v1/offline.json", self.offline),
                web.get("/api/v1/passages/{passage}", self.passage),
                web.post("/api/v1/feedback", self.feedback),
                web.get("/api/v1/suggestions", self.suggestions),
                web.get("/api/v1/openapi.json", self.openapi),
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
            ]
        )
        return app

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A rendered picture; its name changes with the drawing, so it may be kept for ever."""
        path = self._living.understanding.pictures / request.match_info["name"]
        if not await asyncio.to_thread(path.is_file):
            raise ApiError(404, "not_found", phrases.NOT_FOUND)
        return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    async def messages(self, request: web.Request) -> web.Response:
        """Answer one message; one that was sent before under the same id gets the same answer."""
        body = await _json_object(request)
        conversation, incoming = _incoming(body)
        if not self._limiter.allows(self._visitor(request)):
            despite = self._living.dialogue.despite_flood(incoming)
            if despite is None:
                raise ApiError(429, "too_many_messages", phrases.TOO_FAST)
            return _json_response(_turn_as_json(conversation, despite, rateable=False))
        message = _message_id(body)
        if message is None:
            return _json_response(await self._answer(conversation, incoming))
        # Its words belong to the key: a cry for help under an id that was used before is no repetition.
        key = (conversation, message, _digest(incoming))
        return _json_response(await self._repeats.once(key, lambda: self._answer(conversation, incoming)))

    async def _answer(self, conversation: UUID, incoming: Incoming) -> str:
        """Take a turn and return its answer as JSON."""
        dialogue = self._living.dialogue
        if incoming.photos:
            urgent = dialogue.emergency(incoming.text) is not None  # which waits for nothing
            incoming = replace(incoming, photos=()) if urgent else await self._photos.checked(incoming)
        turn = await dialogue.respond(incoming)
        if turn.kind is Kind.EMERGENCY:
            self._keep_meanwhile(conversation, turn)
            return _turn_as_json(conversation, turn, rateable=False)
        return _turn_as_json(conversation, turn, rateable=await self._keep(conversation, turn))

    async def photos(self, request: web.Request) -> web.Response:
        """Take a photo for the message that is about to name it."""
        conversation = _uuid(dict(request.query), "conversation")
        photo = await self._photos.upload(request, self._visitor(request), conversation)
        return _json({"photo": str(photo)}, status=201)

    def _visitor(self, request: web.Request) -> str:
        """Whose allowance a request draws on."""
        return visitor_of(request, self._trusted_proxies)

    async def _keep(self, conversation: UUID, turn: Turn) -> bool:
        """Note the replies; a reply is given even when it cannot be noted."""
        if turn.kind is Kind.FLOW:
            return False  # a step of a form; and after erasing nothing may be noted again
        records = [ReplyRecord(one.id, one.kind.value, turn.cards, turn.confidence) for one in turn.replies]
        return await kept_soon(self._records.keep_replies(conversation, CHANNEL, records), "replies that were given")

    def _keep_meanwhile(self, conversation: UUID, turn: Turn) -> None:
        """Note the replies of an emergency without letting it wait for the database."""
        task = asyncio.create_task(self._keep(conversation, turn))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _settle(self, _app: web.Application) -> None:
        """Wait for turns whose reader has left, and for what is still being noted, a second at most."""
        await self._repeats.settled()
        await asyncio.gather(*self._keeping)

    async def waiting(self, request: web.Request) -> web.Response:
        """What came to a conversation later; what was seen before counts as delivered."""
        self._allow(self._visitor(request))
        conversation = _uuid(dict(request.match_info), "conversation")
        after = _number(request.query.get("after", "0"))
        if after:
            await self._waiting.mark_delivered(conversation, after)
        found = await self._waiting.after(conversation, after)
        return _json({"messages": later_entries(found)})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The same as a stream. By it nothing counts as delivered: for that the page asks for what comes after."""
        visitor = self._visitor(request)
        self._allow(visitor)
        conversation = _uuid(dict(request.match_info), "conversation")
        after = _number(request.headers.get("Last-Event-ID") or request.query.get("after", "0"))
        try:
            return await self._streams.serve(request, conversation, after, visitor)
        except TooManyStreamsError as error:
            if error.whole:
                raise ApiError(503, "too_many_streams", phrases.UNAVAILABLE) from None
            raise ApiError(429, "too_many_streams", phrases.TOO_FAST) from None

    def _allow(self, visitor: str) -> None:
        if not self._limiter.allows(visitor):
            raise ApiError(429, "too_many_messages", phrases.TOO_FAST)

    async def offline(self, request: web.Request) -> web.Response:
        """What the page keeps to be read without a network; made anew when the knowledge or the day changes."""
        understanding, day = self._living.understanding, self._today()
        made = self._offline
        if made is None or made.of is not understanding or made.day != day:
            content = json_text(offline_as_json(understanding.base, day)).encode("utf-8")
            tag = hashlib.sha256(content).hexdigest()[:16]
            made = self._offline = _Offline(understanding, day, Asset(content, "application/json"), tag)
        return answer(request, made.asset, made.tag, {"Cache-Control": "no-cache"})

    async def passage(self, request: web.Request) -> web.Response:
        """The passage behind a citation."""
        found = passage_as_json(self._living.understanding.base, request.match_info["passage"], self._today())
        if found is None:
            raise ApiError(404, "not_found", phrases.NOT_FOUND)
        return _json(found)

    async def feedback(self, request: web.Request) -> web.Response:
        """A thumb for one reply."""
        body = await _json_object(request)
        self._allow(self._visitor(request))
        value = body.get("value")
        if value not in ("up", "down"):
            raise ApiError(400, "bad_value", phrases.BAD_REQUEST)
        conversation, reply = _uuid(body, "conversation"), _uuid(body, "reply")
        if not await self._records.keep_thumb(conversation, reply, value):
            raise ApiError(404, "not_found", phrases.NOT_FOUND)
        return web.Response(status=204)

    async def suggestions(self, _request: web.Request) -> web.Response:
        """Questions to begin with."""
        return _json({"suggestions": [button_as_json(button) for button in self._living.dialogue.starters()]})

    async def openapi(self, _request: web.Request) -> web.Response:
        """The OpenAPI description of this interface."""
        return _json(self._description)

    async def healthz(self, _request: web.Request) -> web.Response:
        """Whether the process lives."""
        return _json({"status": "ok"})

    async def readyz(self, request: web.Request) -> web.Response:
        """Whether messages can be answered, part by part.

        It asks the database, so it is metered; but apart from messages, or a flood of them from the address that a
        supervisor asks from would look like an outage.
        """
        self._allow(f"readyz {self._visitor(request)}")
        readiness = await self._readiness()
        body = {"status": "ready" if readiness.ready else "not ready", "parts": readiness.parts, **readiness.details}
        return _json(body, status=200 if readiness.ready else 503)


@web.middleware
async def _errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error is a JSON object with a message for people; no traceback leaves the server."""
    try:
        return await handler(request)
    except ApiError as error:
        return _error(error.status, error.code, error.message)
    except web.HTTPRequestEntityTooLarge:
        return _error(413, "too_large", phrases.TOO_LONG)
    except web.HTTPException as error:
        return _error(error.status, "http_error", phrases.NOT_FOUND if error.status == 404 else phrases.BAD_REQUEST)
    except Exception:
        _LOG.exception("request to %r failed", _route(request))
        return _error(503, "unavailable", phrases.UNAVAILABLE)


def _route(request: web.Request) -> str:
    """The address asked for, without the conversation's id, which is a key to it."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Before anything is sent, so that it holds for streams too. What a handler has set stays."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")


def _turn_as_json(conversation: UUID, turn: Turn, *, rateable: bool) -> str:
    replies = [reply_as_json(reply, rateable=rateable) for reply in turn.replies]
    return json_text({"conversation": str(conversation), "replies": replies})


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return _json_response(json_text(body), status)


def _json_response(text: str, status: int = 200) -> web.Response:
    return web.json_response(text=text, status=status)


def _error(status: int, code: str, message: str) -> web.Response:
    return _json({"error": {"code": code, "message": message}}, status=status)


async def _json_object(request: web.Request) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = json.loads(await request.read())
    except TimeoutError:
        raise ApiError(408, "too_slow", phrases.BAD_REQUEST) from None
    except (ValueError, RecursionError):
        raise ApiError(400, "bad_json", phrases.BAD_REQUEST) from None
    if not isinstance(body, dict):
        raise ApiError(400, "bad_json", phrases.BAD_REQUEST)
    return body


def _incoming(body: dict[str, Any]) -> tuple[UUID, Incoming]:
    text, payload = body.get("text"), body.get("payload")
    if (text is None) == (payload is None):
        raise ApiError(400, "text_or_payload", phrases.BAD_REQUEST)
    if not isinstance(text if payload is None else payload, str):
        raise ApiError(400, "text_or_payload", phrases.BAD_REQUEST)
    conversation, named = _conversation(body)
    photos, pin = photos_in(body), pin_in(body)
    if payload is not None and (photos or pin):
        raise ApiError(400, "text_or_payload", phrases.BAD_REQUEST)
    incoming = Incoming(
        conversation=conversation,
        channel=CHANNEL,
        text=text or "",
        payload=payload,
        shared=Shared.PHOTO if photos else Shared.LOCATION if pin else None,
        single=not named,
        photos=photos,
        pin=pin,
    )
    return conversation, incoming


def _conversation(body: dict[str, Any]) -> tuple[UUID, bool]:
    """The conversation of a message, and whether its sender named it.

    Without an id, or with an unusable one, a new one begins, so that no cry for help is refused.
    """
    try:
        return _uuid(body, "conversation"), True
    except ApiError:
        return uuid4(), False


def _message_id(body: dict[str, Any]) -> UUID | None:
    """The id by which a page sends a message again; None without a usable one, or without its conversation's."""
    try:
        _uuid(body, "conversation")
        return _uuid(body, "message")
    except ApiError:
        return None


def _digest(incoming: Incoming) -> bytes:
    said = json.dumps([incoming.text, incoming.payload, *map(str, incoming.photos), incoming.pin])
    return hashlib.sha256(said.encode("ascii")).digest()


def _number(text: str) -> int:
    """The number of a message, as somebody sent it."""
    if not (text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS):
        raise ApiError(400, "bad_after", phrases.BAD_REQUEST)
    return int(text)


def _uuid(body: dict[str, Any], key: str) -> UUID:
    value = body.get(key)
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise ApiError(400, f"bad_{key}", phrases.BAD_REQUEST) from None
