"""A Zalo Bot platform for tests and benches: a real HTTP server on this machine that keeps to what is documented.

It refuses what the platform refuses (methods, fields, lengths, secrets, polling beside a webhook), can be told to fail,
and shows what residents have got. What the documentation leaves open is decided here and marked with "guess".
"""

from __future__ import annotations

import asyncio
import json
import time
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.fakes.files import Files

TOKEN: Final = "4711:a-token-that-nobody-may-see"
LONGEST_TEXT: Final = 2_000
MONTHLY: Final = 3_000
MOST_USERS: Final = 50
_DATE: Final = 1_750_316_131_602  # milliseconds
_OURS: Final = frozenset({"127.0.0.1", "localhost"})
Fields = Mapping[str, Any]


class _RefusalError(Exception):
    """A call that the platform refuses."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call.

    `body` is answered with `status`: a mapping as JSON, text as it is; None stands for no answer at all, after which
    the connection is cut (`cut`) or left hanging. `done`: what was asked for happens all the same.
    """

    status: int = 200
    body: Fields | str | None = None
    cut: bool = False
    done: bool = False
    headers: Mapping[str, str] | None = None

    @classmethod
    def refusal(cls, code: int, description: str, *, status: int = 200, done: bool = False) -> Fault:
        """An error in the platform's own words."""
        return cls(status, {"ok": False, "error_code": code, "description": description}, done=done)

    @classmethod
    def throttled(cls, seconds: int | None = None) -> Fault:
        """Too fast; `seconds` in the header that HTTP has for it."""
        headers = {"Retry-After": str(seconds)} if seconds is not None else None
        body = {"ok": False, "error_code": 429, "description": "Too Many Requests: rate limit exceeded"}
        return cls(429, body, headers=headers)

    @classmethod
    def blocked(cls) -> Fault:
        """The resident wants nothing of the bot any more."""
        return cls.refusal(403, "Forbidden: bot was blocked by the user", status=403)

    @classmethod
    def unauthorized(cls) -> Fault:
        """The token is not known any more."""
        return cls.refusal(401, "Unauthorized", status=401)

    @classmethod
    def quota(cls) -> Fault:
        """The month's messages are spent (guess: neither code nor words are documented)."""
        return cls.refusal(400, "Bad Request: monthly message quota exceeded")

    @classmethod
    def page(cls, status: int, *, done: bool = False) -> Fault:
        """A page of something that stands before the platform."""
        return cls(status, f"<html><body><h1>{status}</h1></body></html>", done=done)

    @classmethod
    def silence(cls, *, done: bool) -> Fault:
        """No answer within any time."""
        return cls(done=done)

    @classmethod
    def reset(cls, *, done: bool) -> Fault:
        """The connection ends without an answer."""
        return cls(cut=True, done=done)


@dataclass(frozen=True)
class Shown:
    """One message that a resident got: `at` is a monotonic time in seconds."""

    user: str
    message_id: str
    text: str
    photo: str | None
    at: float


@dataclass(frozen=True)
class Delivery:
    """One post to the webhook: the status that it was answered with, None when it was not."""

    event: Fields
    status: int | None


class FakeZaloBot:
    """The platform with one bot.

    `longest_poll` caps, in seconds, how long a question for events is held, whatever timeout it asks for.
    """

    def __init__(self, token: str = TOKEN, *, longest_poll: float = 0.05, monthly: int = MONTHLY) -> None:
        self.token = token
        self.calls: list[tuple[str, Fields]] = []
        self._connections: set[asyncio.BaseTransport] = set()
        self.deliveries: list[Delivery] = []
        self.webhook: tuple[str, str] | None = None
        self.webhook_was_set = asyncio.Event()
        self.webhook_was_removed = asyncio.Event()
        self.files = Files()
        self._longest_poll = longest_poll
        self._left = monthly
        self._shown: list[Shown] = []
        self._users: dict[str, bool] = {}  # whether they have blocked the bot
        self._faults: dict[str, deque[Fault]] = {}
        self._events: asyncio.Queue[Fields] = asyncio.Queue()
        self._polls = 0
        self._numbers = 0
        self._closing = asyncio.Event()
        self._url = ""
        self._methods: Mapping[str, Callable[[Fields], Any]] = {
            "getMe": self._get_me,
            "getWebhookInfo": self._get_webhook_info,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendChatAction": self._send_chat_action,
        }

    @property
    def url(self) -> str:
        """Address of the API."""
        return self._url

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeZaloBot]:
        """Serve on a free port of this machine."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/{path:photos/.+}", self.files.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._closing.clear()
        try:
            yield self
        finally:
            self._closing.set()
            self.files.over.set()
            await runner.cleanup()

    # What tests let happen

    def fails(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method go wrong, one fault each."""
        self._faults.setdefault(method, deque()).extend(faults)

    async def user_writes(self, user: str, text: str) -> Fields:
        """Let a resident write; the event is polled for, or posted to the webhook. Returns the event."""
        return await self.happens("message.text.received", user, text=text)

    async def user_sends_photo(self, user: str, photo: str, caption: str = "") -> Fields:
        """Let a resident send a picture."""
        return await self.happens(
            "message.image.received", user, photo=photo, **({"caption": caption} if caption else {})
        )

    async def user_sends_sticker(self, user: str) -> Fields:
        """Let a resident send a sticker."""
        return await self.happens("message.sticker.received", user, sticker="s1", url="https://stickers.example/s1")

    async def happens(self, name: str, user: str, *, chat_type: str = "PRIVATE", **fields: object) -> Fields:
        """Let any event of a resident happen."""
        if user not in self._users and len(self._users) >= MOST_USERS:
            raise ValueError(f"the Basic tier ends at {MOST_USERS} users")
        self._users[user] = False
        self._numbers += 1
        message = {
            "from": {"id": user, "display_name": "Một người dân", "is_bot": False},
            "chat": {"id": user if chat_type == "PRIVATE" else "a-group", "chat_type": chat_type},
            "message_id": f"in-{self._numbers}",
            "date": _DATE + self._numbers,
            **fields,
        }
        event = {"event_name": name, "message": message}
        await self.deliver(event)
        return event

    async def deliver(self, event: Fields) -> None:
        """Hand an event over, also one that was handed over before."""
        if self.webhook is None:
            self._events.put_nowait(event)
        else:
            self.deliveries.append(Delivery(event, await self._post(event, *self.webhook)))

    def serves(self, content: bytes = b"", **how: Any) -> str:
        """Keep a picture, served as the keywords of `Files.put` say; return its address."""
        return f"{self.url}/{self.files.put(content, **how)}"

    def user_blocks(self, user: str) -> None:
        """Let a resident block the bot until they write again."""
        self._users[user] = True

    def sent(self, user: str) -> list[Shown]:
        """Return what a resident got, in order."""
        return [one for one in self._shown if one.user == user]

    @property
    def connections(self) -> int:
        """Over how many connections it was called."""
        return len(self._connections)

    def called(self, method: str) -> list[Fields]:
        """Return the fields of all calls of a method, refused ones too."""
        return [fields for name, fields in self.calls if name == method]

    async def _post(self, event: Fields, url: str, secret: str) -> int | None:
        headers = {"X-Bot-Api-Secret-Token": secret}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, json={"ok": True, "result": event}, headers=headers) as response,
            ):
                return response.status
        except aiohttp.ClientError:
            return None

    # What the platform does

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.transport is not None:
            self._connections.add(request.transport)
        if request.match_info["token"] != self.token:
            return _refused(_RefusalError(404, "Not Found"))  # guess
        fields = await _fields(request)
        self.calls.append((method, fields or {}))
        faults = self._faults.get(method)
        if faults:
            return await self._failing(faults.popleft(), request, method, fields or {})
        try:
            if fields is None:
                raise _RefusalError(400, "Bad Request: a JSON object is expected")
            if method == "getUpdates":
                return _well(await self._get_updates(fields))
            return _well(self._done(method, fields))
        except _RefusalError as refusal:
            return _refused(refusal)

    def _done(self, method: str, fields: Fields) -> Any:
        if method not in self._methods:
            raise _RefusalError(404, f"Not Found: {method}")
        return self._methods[method](fields)

    async def _failing(self, fault: Fault, request: web.Request, method: str, fields: Fields) -> web.StreamResponse:
        if fault.done:
            self._done(method, fields)
        if fault.cut:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault.body is None:
            await self._closing.wait()
            return web.Response()
        if isinstance(fault.body, str):
            return web.Response(status=fault.status, text=fault.body, content_type="text/html", headers=fault.headers)
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)

    async def _get_updates(self, fields: Fields) -> Fields:
        _only(fields, {"timeout"})
        timeout = fields.get("timeout", 30)
        if isinstance(timeout, bool) or not str(timeout).isdigit():  # the documentation shows a number and says string
            raise _RefusalError(400, "Bad Request: timeout")
        if self.webhook is not None:
            raise _RefusalError(400, "Bad Request: webhook is active")  # guess: only that it fails is documented
        if self._polls:
            raise _RefusalError(409, "Conflict: another getUpdates is under way")  # guess
        self._polls += 1
        try:
            return await asyncio.wait_for(self._events.get(), min(float(timeout), self._longest_poll))
        except TimeoutError:
            raise _RefusalError(408, "Request timeout") from None
        finally:
            self._polls -= 1

    def _get_me(self, fields: Fields) -> Fields:
        _only(fields, set())
        return {"id": "4711", "account_name": "Bot PCCC", "account_type": "BASIC", "can_join_groups": False}

    def _get_webhook_info(self, fields: Fields) -> Fields:
        _only(fields, set())
        return {"url": self.webhook[0] if self.webhook else "", "updated_at": _DATE}

    def _set_webhook(self, fields: Fields) -> Fields:
        _only(fields, {"url", "secret_token"})
        url, secret = _word(fields, "url"), _word(fields, "secret_token")
        address = urlsplit(url)
        if address.scheme != "https" and address.hostname not in _OURS:
            raise _RefusalError(400, "Bad Request: https is expected")
        if not 8 <= len(secret) <= 256:
            raise _RefusalError(400, "Bad Request: secret_token has 8 to 256 characters")
        self.webhook = (url, secret)
        self.webhook_was_set.set()
        return {"url": url, "updated_at": _DATE}

    def _delete_webhook(self, fields: Fields) -> Fields:
        _only(fields, set())
        self.webhook = None
        self.webhook_was_removed.set()
        return {"url": "", "updated_at": _DATE}

    def _send_message(self, fields: Fields) -> Fields:
        _only(fields, {"chat_id", "text", "parse_mode", "text_styles"})
        if fields.get("parse_mode") not in {None, "markdown", "html"}:
            raise _RefusalError(400, "Bad Request: parse_mode")
        return self._show(_word(fields, "chat_id"), _text(fields, "text"), None)

    def _send_photo(self, fields: Fields) -> Fields:
        _only(fields, {"chat_id", "photo", "caption"})
        photo = _word(fields, "photo")
        if urlsplit(photo).scheme not in {"http", "https"} or not urlsplit(photo).netloc:
            raise _RefusalError(400, "Bad Request: photo is no URL")
        caption = _text(fields, "caption") if "caption" in fields else ""
        return self._show(_word(fields, "chat_id"), caption, photo)

    def _send_chat_action(self, fields: Fields) -> None:
        _only(fields, {"chat_id", "action"})
        self._reached(_word(fields, "chat_id"))
        if fields.get("action") != "typing":
            raise _RefusalError(400, "Bad Request: action")

    def _show(self, user: str, text: str, photo: str | None) -> Fields:
        self._reached(user)
        if self._left <= 0:
            raise _RefusalError(400, "Bad Request: monthly message quota exceeded")  # guess
        self._left -= 1
        message_id = f"out-{len(self._shown) + 1}"
        self._shown.append(Shown(user, message_id, text, photo, time.monotonic()))
        return {"message_id": message_id, "date": _DATE}

    def _reached(self, user: str) -> None:
        if user not in self._users:
            raise _RefusalError(400, "Bad Request: chat not found")  # guess
        if self._users[user]:
            raise _RefusalError(403, "Forbidden: bot was blocked by the user")  # guess


async def _fields(request: web.Request) -> dict[str, Any] | None:
    """The fields of a call; None for what is not the documented way of calling."""
    if request.method != "POST" or request.content_type != "application/json":
        return None
    try:
        fields = json.loads(await request.read())
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _only(fields: Fields, known: set[str]) -> None:
    if unknown := set(fields) - known:
        raise _RefusalError(400, f"Bad Request: unknown fields {sorted(unknown)}")


def _word(fields: Fields, name: str) -> str:
    word = fields.get(name)
    if not isinstance(word, str) or not word:
        raise _RefusalError(400, f"Bad Request: {name} is required")
    return word


def _text(fields: Fields, name: str) -> str:
    """A text; its length is counted in UTF-16 units, and format characters alone are none, the stricter way (guess)."""
    text = _word(fields, name)
    seen = "".join(sign for sign in text if unicodedata.category(sign) not in {"Cf", "Cc"}).strip()
    if not seen or len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_TEXT:
        raise _RefusalError(400, f"Bad Request: {name} has 1 to {LONGEST_TEXT} characters")
    return text


def _well(result: object) -> web.Response:
    return web.json_response({"ok": True} if result is None else {"ok": True, "result": result})


def _refused(refusal: _RefusalError) -> web.Response:
    """Errors come with HTTP 200 (guess), so that nobody relies on the status."""
    return web.json_response({"ok": False, "error_code": refusal.code, "description": refusal.description})
