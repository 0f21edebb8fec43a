"""The web: the chat page, the JSON interface, and the health pages."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import yaml
from aiohttp import web

from bot.channels.rate_limit import RateLimiter, visitor_at
from bot.channels.web_format import PICTURES, button_as_json, later_as_json, passage_as_json, reply_as_json
from bot.conversation import phrases
from bot.conversation.keeping import kept_soon
from bot.conversation.messages import Incoming, Kind, Turn
from bot.store.records import Records, ReplyRecord
from bot.store.waiting import Waiting
from bot.understanding import Living

CHANNEL: Final = "web"
LARGEST_BODY: Final = 64 * 1024
_BODY_SECONDS: Final = 10
_MOST_DIGITS: Final = 19
_STATIC: Final = Path(__file__).parent / "static"
_OPENAPI: Final = Path(__file__).parent / "openapi.yml"
_LOG: Final = logging.getLogger(__name__)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """A request that cannot be served: status, code for programs, message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Readiness:
    """What the ready page tells: each part and whether it works."""

    parts: dict[str, bool]
    details: dict[str, Any]

    @property
    def ready(self) -> bool:
        """Whether messages can be answered."""
        return all(self.parts.values())


class WebChannel:
    """Handlers of the web channel."""

    def __init__(
        self,
        *,
        living: Living,
        records: Records,
        waiting: Waiting,
        limiter: RateLimiter,
        readiness: Callable[[], Awaitable[Readiness]],
        today: Callable[[], date],
        trusted_proxies: int = 0,
    ) -> None:
        self._living = living
        self._records = records
        self._waiting = waiting
        self._limiter = limiter
        self._readiness = readiness
        self._today = today
        self._trusted_proxies = trusted_proxies
        self._description = yaml.safe_load(_OPENAPI.read_text(encoding="utf-8"))
        self._keeping: set[asyncio.Task[bool]] = set()

    def application(self) -> web.Application:
        """Return the aiohttp application with all routes."""
        app = web.Application(middlewares=[_security_headers, _errors_as_json], client_max_size=LARGEST_BODY)
        app.add_routes(
            [
                web.get("/", self.page),
                web.static("/static", _STATIC),
                web.get(PICTURES + r"{name:[a-z0-9-]+\.png}", self.picture),
                web.post("/api/v1/messages", self.messages),
                web.get("/api/v1/conversations/{conversation}/waiting", self.waiting),
                web.get("/api/v1/passages/{passage}", self.passage),
                web.post("/api/v1/feedback", self.feedback),
                web.get("/api/v1/suggestions", self.suggestions),
                web.get("/api/v1/openapi.json", self.openapi),
                web.get("/healthz", self.healthz),
                web.get("/readyz", self.readyz),
            ]
        )
        return app

    async def page(self, _request: web.Request) -> web.StreamResponse:
        """The chat page."""
        return web.FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A rendered picture; its name changes with the drawing, so it may be kept for ever."""
        path = self._living.understanding.pictures / request.match_info["name"]
        if not await asyncio.to_thread(path.is_file):
            raise ApiError(404, "not_found", phrases.NOT_FOUND)
        return web.FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})

    async def messages(self, request: web.Request) -> web.Response:
        """Answer one message."""
        body = await _json_object(request)
        conversation, incoming = _incoming(body)
        if not self._limiter.allows(self._visitor(request)):
            despite = self._living.dialogue.despite_flood(incoming)
            if despite is None:
                raise ApiError(429, "too_many_messages", phrases.TOO_FAST)
            return _turn_as_json(conversation, despite, rateable=False)
        turn = await self._living.dialogue.respond(incoming)
        if turn.kind is Kind.EMERGENCY:
            self._keep_meanwhile(conversation, turn)
            return _turn_as_json(conversation, turn, rateable=False)
        return _turn_as_json(conversation, turn, rateable=await self._keep(conversation, turn))

    def _visitor(self, request: web.Request) -> str:
        """Whose allowance a request draws on: its address, past as many proxies as the operator trusts."""
        lines = request.headers.getall("X-Forwarded-For", ())  # a proxy may append to the line or add one of its own
        forwarded = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
        if self._trusted_proxies and len(forwarded) >= self._trusted_proxies:
            return visitor_at(forwarded[-self._trusted_proxies])
        return visitor_at(request.remote or "unknown")

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

    async def waiting(self, request: web.Request) -> web.Response:
        """What came to a conversation later; what was seen before counts as delivered."""
        if not self._limiter.allows(self._visitor(request)):
            raise ApiError(429, "too_many_messages", phrases.TOO_FAST)
        conversation = _uuid(dict(request.match_info), "conversation")
        after = request.query.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) < _MOST_DIGITS):
            raise ApiError(400, "bad_after", phrases.BAD_REQUEST)
        if int(after):
            await self._waiting.mark_delivered(conversation, int(after))
        found = await self._waiting.after(conversation, int(after))
        return _json({"messages": [{"number": number, "reply": later_as_json(message)} for number, message in found]})

    async def passage(self, request: web.Request) -> web.Response:
        """The passage behind a citation."""
        found = passage_as_json(self._living.understanding.base, request.match_info["passage"], self._today())
        if found is None:
            raise ApiError(404, "not_found", phrases.NOT_FOUND)
        return _json(found)

    async def feedback(self, request: web.Request) -> web.Response:
        """A thumb for one reply."""
        body = await _json_object(request)
        if not self._limiter.allows(self._visitor(request)):
            raise ApiError(429, "too_many_messages", phrases.TOO_FAST)
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

    async def readyz(self, _request: web.Request) -> web.Response:
        """Whether messages can be answered, part by part."""
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


@web.middleware
async def _security_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers.update(SECURITY_HEADERS)
    if request.path.startswith("/api/"):
        response.headers["Cache-Control"] = "no-store"
    elif request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"  # else modules of two versions may meet after an upgrade
    return response


def _turn_as_json(conversation: UUID, turn: Turn, *, rateable: bool) -> web.Response:
    replies = [reply_as_json(reply, rateable=rateable) for reply in turn.replies]
    return _json({"conversation": str(conversation), "replies": replies})


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.json_response(text=text.encode("utf-8", "replace").decode("utf-8"), status=status)


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
    incoming = Incoming(conversation=conversation, channel=CHANNEL, text=text or "", payload=payload, single=not named)
    return conversation, incoming


def _conversation(body: dict[str, Any]) -> tuple[UUID, bool]:
    """The conversation of a message, and whether its sender named it.

    Without an id, or with an unusable one, a new one begins, so that no cry for help is refused.
    """
    try:
        return _uuid(body, "conversation"), True
    except ApiError:
        return uuid4(), False


def _uuid(body: dict[str, Any], key: str) -> UUID:
    value = body.get(key)
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise ApiError(400, f"bad_{key}", phrases.BAD_REQUEST) from None
