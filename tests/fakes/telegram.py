"""A Telegram Bot API server for tests and benches: real HTTP on 127.0.0.1, strict, with faults on demand.

    async with FakeTelegram(TOKEN) as fake:
        fake.user_writes(7, "cháy rồi")
        ...
        await fake.until(lambda: fake.sent(7))
        assert "114" in fake.sent(7)[0].text

Limits and refusals have Telegram's own words. It keeps to the Bot API where our adapter can tell the difference:
getUpdates confirms what lies below its offset, a webhook is posted to again until it answers 2xx.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Self

from aiohttp import web

from tests.fakes.files import Files
from tests.fakes.telegram_people import People, a_size
from tests.fakes.telegram_rules import (
    LONGEST_CAPTION,
    LONGEST_TEXT,
    RefusalError,
    bad,
    check_keyboard,
    check_photo,
    read_text,
)
from tests.fakes.telegram_script import Call, Fault, Limits, Scripted, flood, page, refusal, reset, silence
from tests.fakes.telegram_webhook import LOOPBACK, Updates, Webhook

__all__ = ["TOKEN", "Call", "FakeTelegram", "Fault", "Limits", "flood", "page", "refusal", "reset", "silence"]

TOKEN: Final = "123456789:AAF-fake_token_of_the_tests"
_BLOCKED: Final = "Forbidden: bot was blocked by the user"
_ONLY_ONE: Final = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK_IS_SET: Final = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_TOO_OLD: Final = "query is too old and response timeout expired or query ID is invalid"
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "getMe": frozenset(),
    "getUpdates": frozenset({"offset", "limit", "timeout", "allowed_updates"}),
    "setWebhook": frozenset(
        {"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates", "ip_address"}
    ),
    "deleteWebhook": frozenset({"drop_pending_updates"}),
    "getWebhookInfo": frozenset(),
    "sendMessage": frozenset(
        {"chat_id", "text", "parse_mode", "link_preview_options", "reply_markup", "disable_notification"}
    ),
    "sendPhoto": frozenset({"chat_id", "photo", "caption", "parse_mode", "reply_markup", "disable_notification"}),
    "sendChatAction": frozenset({"chat_id", "action"}),
    "answerCallbackQuery": frozenset({"callback_query_id", "text", "show_alert"}),
    "setMyCommands": frozenset({"commands", "scope", "language_code"}),
    "getMyCommands": frozenset({"scope", "language_code"}),
    "getFile": frozenset({"file_id"}),
}
_LARGEST_DOWNLOAD: Final = 20 * 1024 * 1024
_SENDING: Final = frozenset({"sendMessage", "sendPhoto"})


class FakeTelegram(People):
    """One bot and the people who write to it.

    Only who has written may be written to, unless `everyone_started`. `limits` None: no flood limits. `clock` counts
    seconds for the limits and the calls' times. A webhook that did not answer 2xx is posted to again after
    `retry_seconds`; up to `parallel` posts are under way at once, so more than one may change the order.
    `updates.order` may be replaced by what changes the order in which updates are handed out; `updates.confirmed` and
    `updates.attempts` are their numbers, as they were taken and as they were posted.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        everyone_started: bool = False,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: float = 0.02,
        parallel: int = 1,
    ) -> None:
        self.token = token
        self.everyone_started = everyone_started
        self.limits = limits
        self.log: list[Call] = []
        self.commands: list[Mapping[str, str]] = []
        self.answered: list[str] = []  # ids of callback queries
        self.files = Files()
        self.names_paths_as: str | None = None  # instead of the file's own path
        self._paths: dict[str, str] = {}
        self._clock = clock
        self._everything_sent: list[Call] = []
        self._faults: list[Scripted] = []
        self._file_ids: dict[str, bytes] = {}
        self._recent: deque[float] = deque()
        self._recent_of: dict[int, deque[float]] = defaultdict(deque)
        self._changed = asyncio.Event()
        super().__init__(int(token.partition(":")[0]), Updates(self._changed.set, retry_seconds, parallel))
        self._poll: asyncio.Event | None = None
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._delivering: asyncio.Task[None] | None = None
        self._port = 0
        self._methods: dict[str, Callable[[dict[str, Any]], Awaitable[object]]] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "getFile": self._get_file,
        }

    # ---- starting and ending

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The address to give as that of the Bot API."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> None:
        """Listen on `port`, or on a free one."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._delivering = asyncio.create_task(self.updates.deliver())

    async def stop(self) -> None:
        """Close everything; requests that are being held get no answer."""
        self._closing.set()
        self.files.over.set()
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.wait({self._delivering})
        if self._runner is not None:
            await self._runner.cleanup()

    # ---- what tests see and steer

    def fail(self, fault: Fault, *, method: str = "sendMessage", chat: int | None = None, times: int = 1) -> None:
        """Let the next calls of a method, or those for a chat, run into a fault."""
        self._faults.append(Scripted(fault, method, chat, times))

    def heal(self) -> None:
        """Forget the faults that have not happened yet."""
        self._faults.clear()

    def forget_files(self) -> None:
        """Let the file ids of uploads be unknown from now on."""
        self._file_ids.clear()

    def serves(self, file_id: str, content: bytes = b"", **how: Any) -> str:
        """Let a file id stand for a file; how it is served is told by the keywords of `Files.put`."""
        self._paths[file_id] = self.files.put(content, **how)
        return file_id

    def sent(self, chat: int | None = None) -> list[Call]:
        """The messages that a person, or everybody, has got, in their order."""
        return list(self._everything_sent if chat is None else self.got[chat])

    def calls(self, method: str) -> list[Call]:
        """All calls of a method, refused ones too."""
        return [call for call in self.log if call.method == method]

    @property
    def pending(self) -> list[Mapping[str, Any]]:
        """The updates that wait to be handed out or confirmed."""
        return list(self.updates.pending)

    async def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until a condition holds that calls, updates or confirmations bring about. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    # ---- the server

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fields = await _fields(request)
        chat = _number(fields.get("chat_id"))
        try:
            if request.match_info["token"] != self.token:
                raise RefusalError(401, "Unauthorized")
            if method not in self._methods:
                raise RefusalError(404, "Not Found")
            if (fault := self._fault_for(method, chat)) is not None:
                return await self._misbehave(request, method, fields, fault)
            return _json(200, {"ok": True, "result": await self._perform(method, fields)})
        except RefusalError as error:
            body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
            return _json(error.code, body | ({"parameters": error.parameters} if error.parameters else {}))

    async def _perform(self, method: str, fields: dict[str, Any]) -> object:
        """Log a call and do it. Raises `RefusalError`."""
        if method not in _SENDING:  # these are logged with what became of them
            self.log.append(Call(method, fields, self._clock(), _number(fields.get("chat_id"))))
        self._changed.set()
        if unknown := set(fields) - _FIELDS[method]:
            raise bad(f"unknown parameters {sorted(unknown)}")
        result = await self._methods[method](fields)
        self._changed.set()
        return result

    def _fault_for(self, method: str, chat: int | None) -> Fault | None:
        for scripted in self._faults:
            if scripted.method == method and scripted.chat in {None, chat}:
                scripted.times -= 1
                if scripted.times <= 0:
                    self._faults.remove(scripted)
                return scripted.fault
        return None

    async def _misbehave(
        self, request: web.Request, method: str, fields: dict[str, Any], fault: Fault
    ) -> web.StreamResponse:
        if fault.recorded:
            await self._perform(method, fields)
        else:
            self.log.append(Call(method, fields, self._clock(), _number(fields.get("chat_id"))))
            self._changed.set()
        if fault.status is not None:
            kind = "application/json" if (fault.body or "").startswith("{") else "text/html"
            return web.Response(status=fault.status, text=fault.body or "", content_type=kind)
        if not fault.reset:
            await self._closing.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    # ---- methods

    async def _get_me(self, _fields: dict[str, Any]) -> object:
        return {**self.me(), "can_join_groups": False, "can_read_all_group_messages": False}

    async def _get_updates(self, fields: dict[str, Any]) -> object:
        if self.updates.webhook.url:
            raise RefusalError(409, _WEBHOOK_IS_SET)
        if self._poll is not None:
            self._poll.set()  # ends the other one
        mine = self._poll = asyncio.Event()
        self._remember_allowed(fields)
        offset = _number(fields.get("offset"))
        if offset is not None:
            self.updates.confirm(offset)
        deadline = time.monotonic() + float(fields.get("timeout") or 0)
        while not self.updates.pending and not mine.is_set() and (left := deadline - time.monotonic()) > 0:
            await self.updates.arrival((mine, self._closing), left)
            if self._closing.is_set():
                raise RefusalError(502, "Bad Gateway")
        if mine.is_set():
            raise RefusalError(409, _ONLY_ONE)
        self._poll = None
        return self.updates.order(self.updates.pending)[: _number(fields.get("limit")) or 100]

    async def _set_webhook(self, fields: dict[str, Any]) -> object:
        url, secret = str(fields.get("url", "")), str(fields.get("secret_token", ""))
        if url and not url.startswith(("https://", *LOOPBACK)):  # loopback is for tests only
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if any(not (sign.isascii() and (sign.isalnum() or sign in "_-")) for sign in secret) or len(secret) > 256:
            raise bad("secret token contains unallowed characters")
        most = _number(fields.get("max_connections")) or 40
        if not 1 <= most <= 100:
            raise bad("max_connections must be from 1 to 100")
        self._remember_allowed(fields)
        self._drop_pending(fields)
        self.updates.use(Webhook(url, secret, most))
        return True

    async def _delete_webhook(self, fields: dict[str, Any]) -> object:
        self._drop_pending(fields)
        self.updates.use(Webhook())
        return True

    async def _get_webhook_info(self, _fields: dict[str, Any]) -> object:
        hook = self.updates.webhook
        info: dict[str, Any] = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending),
        }
        if hook.url:
            info |= {"max_connections": hook.max_connections, "allowed_updates": self.updates.allowed}
        if hook.last_error:
            info |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
        return info

    async def _send_message(self, fields: dict[str, Any]) -> object:
        def read() -> dict[str, Any]:
            if "text" not in fields:
                raise bad("message text is empty")
            preview = _structure(fields, "link_preview_options")
            if preview is not None and not isinstance(preview, dict):
                raise bad("object expected as link preview options")
            return {"text": read_text(fields["text"], fields.get("parse_mode"), LONGEST_TEXT)}

        return self._send("sendMessage", fields, read)

    async def _send_photo(self, fields: dict[str, Any]) -> object:
        def read() -> dict[str, Any]:
            photo = fields.get("photo")
            if isinstance(photo, bytes):
                check_photo(photo)
                file_id = f"file-{len(self._file_ids)}"
                self._file_ids[file_id] = photo
            elif photo in self._file_ids:
                file_id = str(photo)
            else:
                raise bad("wrong file identifier/HTTP URL specified")
            caption = read_text(
                fields.get("caption", ""), fields.get("parse_mode"), LONGEST_CAPTION, what="message caption"
            )
            return {"photo": [a_size(file_id, 1200)], "caption": caption}

        return self._send("sendPhoto", fields, read)

    def _send(self, method: str, fields: dict[str, Any], read: Callable[[], dict[str, Any]]) -> object:
        """Log a call that sends, and send it. Raises `RefusalError`."""
        now, chat = self._clock(), _number(fields.get("chat_id"))
        try:
            self._check_chat(chat)
            content = read()
            markup = _structure(fields, "reply_markup")
            buttons = tuple(check_keyboard(markup)) if markup is not None else ()
            self._check_pace(chat or 0, now)
        except RefusalError:
            self.log.append(Call(method, fields, now, chat))
            raise
        message = self.message(chat or 0, self.me(), content)
        text = content.get("text") or content.get("caption", "")
        photo = self._file_ids[content["photo"][0]["file_id"]] if "photo" in content else b""
        call = Call(method, fields, now, chat, message["message_id"], text, buttons, photo)
        self.log.append(call)
        self._everything_sent.append(call)
        self.got[chat or 0].append(call)
        return message | ({"reply_markup": markup} if markup is not None else {})

    async def _send_chat_action(self, fields: dict[str, Any]) -> object:
        self._check_chat(_number(fields.get("chat_id")))
        if fields.get("action") not in {"typing", "upload_photo"}:
            raise bad("wrong parameter action in request")
        return True

    async def _answer_callback_query(self, fields: dict[str, Any]) -> object:
        query = fields.get("callback_query_id")
        if query not in self.queries:
            raise bad(_TOO_OLD)
        self.queries.discard(query)
        self.answered.append(str(query))
        return True

    async def _set_my_commands(self, fields: dict[str, Any]) -> object:
        commands = _structure(fields, "commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            name, description = one["command"], one["description"]
            if (
                not 1 <= len(name) <= 32
                or not name.isascii()
                or not name.replace("_", "a").isalnum()
                or name.lower() != name
            ):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(description) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return True

    async def _get_my_commands(self, _fields: dict[str, Any]) -> object:
        return self.commands

    async def _get_file(self, fields: dict[str, Any]) -> object:
        file_id = str(fields.get("file_id"))
        if file_id not in self._paths:
            raise bad("wrong file_id or the file is temporarily unavailable")
        path = self._paths[file_id]
        served = self.files.kept[path]
        if len(served.content) > _LARGEST_DOWNLOAD:
            raise bad("file is too big")
        size = {} if served.chunked else {"file_size": len(served.content)}  # the Bot API may leave it out
        return {"file_id": file_id, "file_unique_id": f"u-{file_id}", "file_path": self.names_paths_as or path, **size}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return web.Response(status=404)
        return await self.files.answer(request)

    # ---- what the methods share

    def _check_chat(self, chat: int | None) -> None:
        if chat is None:
            raise bad("chat_id is empty")
        if chat in self.blocked:
            raise RefusalError(403, _BLOCKED)
        if not self.everyone_started and chat not in self.started:
            raise bad("chat not found")

    def _check_pace(self, chat: int, now: float) -> None:
        if self.limits is None:
            return
        for recent, most in ((self._recent, self.limits.overall), (self._recent_of[chat], self.limits.per_chat)):
            while recent and now - recent[0] >= 1.0:
                recent.popleft()
            if len(recent) >= most:
                seconds = max(1, math.ceil((recent[0] if recent else now) + 1.0 - now))
                raise RefusalError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
        self._recent.append(now)
        self._recent_of[chat].append(now)

    def _remember_allowed(self, fields: Mapping[str, Any]) -> None:
        if "allowed_updates" in fields:
            self.updates.allowed = _structure(fields, "allowed_updates")

    def _drop_pending(self, fields: Mapping[str, Any]) -> None:
        if str(fields.get("drop_pending_updates", "")).lower() == "true":
            self.updates.pending.clear()


async def _fields(request: web.Request) -> dict[str, Any]:
    """The parameters of a call, wherever they stand; files as bytes."""
    fields: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        fields.update(await request.json())
        return fields
    for name, value in (await request.post()).items():
        fields[name] = value.file.read() if isinstance(value, web.FileField) else value
    for name, value in fields.items():  # a multipart upload may be named elsewhere: "attach://file0"
        if isinstance(value, str) and value.startswith("attach://"):
            fields[name] = fields.get(value.removeprefix("attach://"), value)
    return {
        name: value for name, value in fields.items() if not (name.startswith("attached") and isinstance(value, bytes))
    }


def _structure(fields: Mapping[str, Any], name: str) -> Any:
    """A parameter that is JSON, perhaps as text. Raises `RefusalError` for broken JSON."""
    value = fields.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise bad(f"can't parse {name} JSON object") from error


def _number(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, (str, int)) else None
    except ValueError:
        return None


def _json(status: int, body: object) -> web.Response:
    return web.Response(status=status, text=json.dumps(body), content_type="application/json")
