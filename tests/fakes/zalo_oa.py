"""A Zalo that behaves by its documentation: OAuth, messages, uploads, and the events that it posts to us.

It is a real HTTP server on a free port of 127.0.0.1 and it is strict: what Zalo would refuse, it refuses, with HTTP 200
and a number in `error`. Numbers for which no source is known are its own: -14014 for a refresh token that is spent.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from tests.fakes.files import Files
from tests.fakes.zalo_oa_events import RETRIES, USER, SentMessage, ZaloEvents
from tests.fakes.zalo_oa_rules import (
    RefusedRequestError,
    check_broadcast,
    check_buttons,
    check_text,
    demand,
    file_of,
    json_of,
    only,
)

__all__ = ["RETRIES", "USER", "Broadcast", "FakeZaloOa", "Fault", "Grant", "SentMessage"]

APP_ID: Final = "1234567890"
APP_SECRET: Final = "the-secret-of-the-app"
OA_ID: Final = "388613280878808645"
WEBHOOK_SECRET: Final = "testOaSecretKey"
_WINDOW: Final = timedelta(days=7)
_ACCESS_SECONDS: Final = 90_000
_UPLOADS_KEPT: Final = timedelta(days=7)
_CS, _V2, _TEMPLATE, _BROADCAST = "cs", "v2", "template", "broadcast"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request: an answer instead of the right one, none at all, or a broken connection.

    `done`: Zalo has done all the same what it was asked.
    """

    status: int = 200
    body: object = None
    text: str | None = None
    silent: bool = False
    broken: bool = False
    done: bool = False

    @classmethod
    def refusal(cls, error: int, *, status: int = 200) -> Fault:
        """Zalo's usual way: a number in JSON, mostly with HTTP 200."""
        return cls(status, {"error": error, "message": f"refused with {error}"})

    @classmethod
    def page(cls, status: int, *, done: bool = False) -> Fault:
        """A page of HTML, as proxies have them."""
        return cls(status, text="<html>an error</html>", done=done)

    @classmethod
    def silence(cls, *, done: bool) -> Fault:
        """No answer, ever."""
        return cls(silent=True, done=done)

    @classmethod
    def reset(cls, *, done: bool) -> Fault:
        """The connection breaks without an answer."""
        return cls(broken=True, done=done)


@dataclass(frozen=True)
class Broadcast:
    """An article that is shown to followers: its number, and the target as it was given."""

    id: str
    article: str
    target: Mapping[str, str]


@dataclass
class Grant:
    """A token pair that is alive."""

    access: str
    refresh: str
    expires_at: datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class FakeZaloOa(ZaloEvents):
    """One app with one OA. What is public may be changed while it runs."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
    app_id: str = APP_ID
    app_secret: str = APP_SECRET
    oa_id: str = OA_ID
    webhook_secret: str = WEBHOOK_SECRET
    government: bool = False  # v3 answers -235, v2 works
    v2_shut: bool = True  # v2 answers -240 to ordinary OAs
    refuses_short_phones: int | None = None  # the number with which; whether Zalo takes "114" is not confirmed
    refuses_buttons_on_v2: int | None = None  # likewise
    refuses_uploads: int | None = None
    refuses_templates: int | None = None  # the number with which; -235 where the OA may not use them
    refuses_broadcasts: int | None = None
    templates: dict[str, frozenset[str]] = field(default_factory=dict)  # approved ones: the names that are filled in
    articles: set[str] = field(default_factory=set)
    templates_left: int | None = None
    broadcasts: list[Broadcast] = field(default_factory=list)
    everybody_welcome: bool = False  # nobody's window is looked at
    per_minute: int | None = None
    quota_left: int | None = None
    quotas_of_users: dict[str, int] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    webhook_disabled: bool = False
    oauth_forms: list[dict[str, str]] = field(default_factory=list)
    uploads: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    requests: int = 0
    connections: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self.profile = {
            "oaid": self.oa_id,
            "name": "Cảnh sát PCCC",
            "is_verified": True,
            "oa_type": 2,
            "package_name": "Tăng trưởng",
            "package_valid_through_date": "31/12/2026",
            **self.profile,
        }
        self._sent: list[SentMessage] = []
        self._users: dict[str, datetime] = {}
        self._restricted: set[str] = set()
        self._grant: Grant | None = None
        self._expired_uploads: set[str] = set()
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._recent: deque[float] = deque()
        self._over = asyncio.Event()
        self._peers: set[object] = set()
        self._asked: Counter[str] = Counter()
        self._count = 0
        self._events = 0

    # ---- what tests and benches arrange

    def user_interacts(self, user: str, at: datetime | None = None) -> None:
        """Open the resident's window, as a message or a follow does."""
        self._users[user] = at or self.now()
        self._restricted.discard(user)

    def user_leaves(self, user: str) -> None:
        """Close it for good: the OA is not followed any more (-213)."""
        self._users.pop(user, None)

    def user_restricts(self, user: str) -> None:
        """Let the resident refuse the OA's messages (-244)."""
        self._restricted.add(user)

    def fails(self, where: str, *faults: Fault) -> None:
        """Let the next requests go wrong: at "cs", "v2", "template", "broadcast", "token", "image" or "getoa"."""
        self._faults[where].extend(faults)

    def grant(self) -> Grant:
        """Mint a pair by hand, as the API Explorer does; the one before is dead."""
        self._grant = Grant(
            f"access-{secrets.token_hex(8)}",
            f"refresh-{secrets.token_hex(8)}",
            self.now() + timedelta(seconds=_ACCESS_SECONDS),
        )
        return self._grant

    def expire_access(self) -> None:
        """Let the access token be expired; the refresh token is alive."""
        assert self._grant
        self._grant.expires_at = self.now()

    def expire_uploads(self) -> None:
        """Let Zalo drop all uploads (-100)."""
        self._expired_uploads |= set(self.uploads)

    def asked(self, where: str) -> int:
        """Return how many requests came there."""
        return self._asked[where]

    def end_silence(self) -> None:
        """Break the connections of all whom nobody answers."""
        self._over.set()

    def serves(self, content: bytes = b"", **how: Any) -> str:
        """Keep a picture, served as the keywords of `Files.put` say; return its address."""
        return f"{self.url}/{self.files.put(content, **how)}"

    def sent(self, user: str | None = None) -> list[SentMessage]:
        """Return what residents have got, in order."""
        return [one for one in self._sent if user is None or one.user == user]

    # ---- the server

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeZaloOa]:
        """Listen on a free port until the end; `url` is where."""
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v4/oa/access_token", self._token)
        app.router.add_post("/v3.0/oa/message/cs", self._served(_CS, self._message_cs))
        app.router.add_post("/v3.0/oa/message/template", self._served(_TEMPLATE, self._template))
        app.router.add_post("/v2.0/oa/message", self._v2_or_broadcast)
        app.router.add_post("/v2.0/oa/upload/image", self._served("image", self._upload_image))
        app.router.add_get("/v2.0/oa/getoa", self._served("getoa", self._getoa))
        app.router.add_get("/{path:photos/.+}", self.files.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self._over.set()
            self.files.over.set()
            await runner.cleanup()

    def _served(
        self, where: str, answer: Callable[[web.Request], Awaitable[dict[str, Any]]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self.requests += 1
            self._asked[where] += 1
            self._note_connection(request)
            fault = self._faults[where].popleft() if self._faults[where] else None
            if fault and not fault.done:
                return await self._fault(request, fault)
            try:
                self._check_token(request)
                self._check_rate()
                body = {"data": await answer(request), "error": 0, "message": "Success"}
            except RefusedRequestError as refusal:
                body = refusal.body
            return await self._fault(request, fault) if fault else self._json(body)

        return serve

    def _note_connection(self, request: web.Request) -> None:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        self.connections += peer not in self._peers
        self._peers.add(peer)

    async def _fault(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.silent:
            await self._over.wait()
        if (fault.silent or fault.broken) and request.transport is not None:
            request.transport.abort()
        if fault.text is not None:
            # Who follows a redirect finds something that looks like success.
            headers = {"Location": "/v2.0/oa/getoa"} if 300 <= fault.status < 400 else {}
            return web.Response(status=fault.status, text=fault.text, content_type="text/html", headers=headers)
        return self._json(fault.body, fault.status)

    def _json(self, body: object, status: int = 200) -> web.Response:
        headers = {}
        if self.per_minute is not None:
            headers["X-RateLimit-Limit"] = str(self.per_minute)
            headers["X-RateLimit-Remain"] = str(max(0, self.per_minute - len(self._recent)))
        return web.json_response(body, status=status, headers=headers)

    def _check_token(self, request: web.Request) -> None:
        given = request.headers.get("access_token")
        if "Authorization" in request.headers or given is None or self._grant is None or given != self._grant.access:
            raise RefusedRequestError(-216, "Access token is invalid")
        if self.now() >= self._grant.expires_at:
            raise RefusedRequestError(-220, "access_token is expired or removed")

    def _check_rate(self) -> None:
        if self.per_minute is None:
            return
        now = self.monotonic()
        while self._recent and now - self._recent[0] >= 60:
            self._recent.popleft()
        if len(self._recent) >= self.per_minute:
            raise RefusedRequestError(-32, "Your OA reached limit call api")
        self._recent.append(now)

    # ---- messages

    async def _message_cs(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        if self.government:
            raise RefusedRequestError(-235, "This API does not support this type of OA")
        return self._take(body, _CS)

    async def _message_v2(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        if self.v2_shut and not self.government:
            raise RefusedRequestError(-240, "MessageV2 API has been shut down, please switch to MessageV3")
        return self._take(body, _V2)

    async def _v2_or_broadcast(self, request: web.Request) -> web.StreamResponse:
        """One address serves both: a broadcast has a target in the place of a resident."""
        broadcast = b'"target"' in await request.read()
        served = self._served(_BROADCAST, self._broadcast) if broadcast else self._served(_V2, self._message_v2)
        return await served(request)

    async def _template(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        only(body, {"user_id", "template_id", "template_data"}, {"user_id", "template_id", "template_data"})
        if self.refuses_templates is not None:
            raise RefusedRequestError(self.refuses_templates, "templates are refused")
        user, number, data = body["user_id"], body["template_id"], body["template_data"]
        demand(isinstance(user, str) and user.isdigit(), "user_id is invalid!")
        demand(number in self.templates, "template_id is invalid!")
        names = self.templates[number]
        only(data, set(names), set(names))
        demand(all(isinstance(one, str) for one in data.values()), "template_data is invalid!")
        if user not in self._users and not self.everybody_welcome:
            raise RefusedRequestError(-213, "User has not followed OA")  # that it is long ago is no matter
        if user in self._restricted:
            raise RefusedRequestError(-244, "User has restricted this message type from your OA")
        if self.templates_left is not None:
            if self.templates_left <= 0:
                raise RefusedRequestError(-211, "Out of quota")
            self.templates_left -= 1
        self._count += 1
        sent = SentMessage(f"m{self._count:08d}", user, {"template": number, **data}, _TEMPLATE, self.monotonic())
        self._sent.append(sent)
        return {"message_id": sent.id, "user_id": user, "sent_time": str(int(self.now().timestamp() * 1000))}

    async def _broadcast(self, request: web.Request) -> dict[str, Any]:
        body = await json_of(request)
        article, target = check_broadcast(body)
        if self.refuses_broadcasts is not None:
            raise RefusedRequestError(self.refuses_broadcasts, "broadcasts are refused")
        demand(article in self.articles, "attachment_id is invalid!")
        self._count += 1
        self.broadcasts.append(Broadcast(f"b{self._count:08d}", article, target))
        return {"message_id": self.broadcasts[-1].id}

    def _take(self, body: Mapping[str, Any], way: str) -> dict[str, Any]:
        only(body, {"recipient", "message"}, {"recipient", "message"})
        recipient, message = body["recipient"], body["message"]
        only(recipient, {"user_id"}, {"user_id"})
        user = recipient["user_id"]
        demand(isinstance(user, str) and user.isdigit(), "user_id is invalid!")
        self._check_message(message)
        self._check_unconfirmed(message, way)
        self._check_user(user)
        quota = self._spend(user)
        self._count += 1
        sent = SentMessage(f"m{self._count:08d}", user, message, way, self.monotonic())
        self._sent.append(sent)
        stamp = str(int(self.now().timestamp() * 1000))
        return {"message_id": sent.id, "user_id": user, "sent_time": stamp, **quota}

    def _check_user(self, user: str) -> None:
        if self.everybody_welcome:
            return
        if user not in self._users:
            raise RefusedRequestError(-213, "User has not followed OA")
        if user in self._restricted:
            raise RefusedRequestError(-244, "User has restricted this message type from your OA")
        if self.now() - self._users[user] > _WINDOW:
            raise RefusedRequestError(-230, "User has not interacted with the OA in the past 7 days")

    def _spend(self, user: str) -> dict[str, Any]:
        if user in self.quotas_of_users:
            if self.quotas_of_users[user] <= 0:
                raise RefusedRequestError(-218, "Out of quota receive")
            self.quotas_of_users[user] -= 1
        if self.quota_left is None:
            return {}
        if self.quota_left <= 0:
            raise RefusedRequestError(-211, "Out of quota")
        self.quota_left -= 1
        return {"quota": {"quota_type": "sub_quota", "remain": str(self.quota_left), "total": "500"}}

    def _check_unconfirmed(self, message: Mapping[str, Any], way: str) -> None:
        """Refuse what nobody knows whether Zalo takes it, where a test says that it does not."""
        buttons = message.get("attachment", {}).get("payload", {}).get("buttons", [])
        phones = [one["payload"]["phone_code"] for one in buttons if one["type"] == "oa.open.phone"]
        if self.refuses_short_phones is not None and any(len(one) < 6 for one in phones):
            raise RefusedRequestError(self.refuses_short_phones, "phone_code is invalid!")
        if self.refuses_buttons_on_v2 is not None and way == _V2 and buttons:
            raise RefusedRequestError(self.refuses_buttons_on_v2, "attachment is not supported")

    def _check_message(self, message: Any) -> None:
        only(message, {"text", "attachment"}, set())
        demand("text" in message or "attachment" in message, "message is invalid!")
        if "text" in message:
            check_text(message["text"])
        if "attachment" in message:
            self._check_attachment(message["attachment"], "text" in message)

    def _check_attachment(self, attachment: Any, with_text: bool) -> None:
        only(attachment, {"type", "payload"}, {"type", "payload"})
        payload = attachment["payload"]
        demand(attachment["type"] == "template", "attachment type is invalid!")
        if "template_type" not in payload:
            only(payload, {"buttons"}, {"buttons"})
            demand(with_text, "text is invalid!")
            check_buttons(payload["buttons"])
            return
        only(payload, {"template_type", "elements"}, {"template_type", "elements"})
        demand(payload["template_type"] == "media", "template_type is invalid!")
        demand(isinstance(payload["elements"], list) and len(payload["elements"]) == 1, "elements is invalid!")
        element = payload["elements"][0]
        only(element, {"media_type", "attachment_id", "url"}, {"media_type"})
        demand(element["media_type"] == "image", "media_type is invalid!")
        demand(("url" in element) != ("attachment_id" in element), "either url or attachment_id!")
        if "attachment_id" in element:
            self._check_upload(element["attachment_id"])

    # ---- uploads

    async def _upload_image(self, request: web.Request) -> dict[str, Any]:
        name, content = await file_of(request)
        if self.refuses_uploads is not None:
            raise RefusedRequestError(self.refuses_uploads, "uploads are refused")
        demand(name.lower().endswith((".png", ".jpg", ".jpeg")), "file is invalid!")
        demand(content.startswith((b"\x89PNG", b"\xff\xd8\xff")), "file is invalid!")
        demand(len(content) <= 1024 * 1024, "file is too large!", -210)
        reference = f"image-{secrets.token_hex(8)}"
        self.uploads[reference] = (content, self.now() + _UPLOADS_KEPT)
        return {"attachment_id": reference}

    def _check_upload(self, reference: object) -> None:
        held = self.uploads.get(reference) if isinstance(reference, str) else None
        if held is None:
            raise RefusedRequestError(-201, "attachment_id is invalid!")
        if reference in self._expired_uploads or self.now() >= held[1]:
            raise RefusedRequestError(-100, "attachment_id was expired")

    # ---- profile, OAuth

    async def _getoa(self, _request: web.Request) -> dict[str, Any]:
        return dict(self.profile)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        self._asked["token"] += 1
        fault = self._faults["token"].popleft() if self._faults["token"] else None
        if fault and not fault.done:
            return await self._fault(request, fault)
        body = await self._exchanged(request)
        return await self._fault(request, fault) if fault else self._json(body)

    async def _exchanged(self, request: web.Request) -> dict[str, Any]:
        if request.content_type != "application/x-www-form-urlencoded":
            return _oauth_error(-14000, "invalid_request")
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.oauth_forms.append(form)
        if request.headers.get("secret_key") != self.app_secret or "secret_key" in form or "client_secret" in form:
            return _oauth_error(-14004, "invalid_secret_key")
        if form.get("app_id") != self.app_id:
            return _oauth_error(-14002, "invalid_app_id")
        refused = self._refused_grant(form)
        if refused is not None:
            return refused
        made = self.grant()
        return {"access_token": made.access, "refresh_token": made.refresh, "expires_in": str(_ACCESS_SECONDS)}

    def _refused_grant(self, form: Mapping[str, str]) -> dict[str, Any] | None:
        if form.get("grant_type") != "refresh_token":
            return _oauth_error(-14000, "invalid_grant_type")
        right = self._grant is not None and form.get("refresh_token") == self._grant.refresh
        return None if right else _oauth_error(-14014, "invalid_refresh_token")


def _oauth_error(error: int, name: str) -> dict[str, Any]:
    """OAuth's errors come with HTTP 200 as well."""
    return {"error": error, "error_name": name, "error_reason": "", "error_description": name}
