"""Calls to Zalo over HTTP. An answer is whatever Zalo said; an exception says whether the request had left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import aiohttp

from bot.channels.zalo_oa.settings import ZaloOaSettings

KEPT_SECONDS: Final = 1.0
"""So long a connection may be used again. A server closes idle ones after several seconds or more; a call that went out
over one that it has closed meanwhile would look like a lost answer."""
_LONGEST_ANSWER: Final = 256 * 1024


class NotSentError(Exception):
    """The request surely did not leave: no connection came about."""


class NoAnswerError(Exception):
    """The request left, and no whole answer came."""


@dataclass(frozen=True)
class Answer:
    """What came back. `error` is Zalo's number, 0 for success, None when the body is no JSON that has one."""

    status: int
    error: int | None
    message: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Rate:
    """What the last answer's headers said of the requests per minute."""

    limit: int | None
    remaining: int | None


class ZaloClient:
    """Speaks HTTP with Zalo. The token goes into the header `access_token`; nothing follows a redirect."""

    def __init__(self, settings: ZaloOaSettings, session: aiohttp.ClientSession) -> None:
        """Take a session made by `new_session`, which notes when a request leaves."""
        self._settings = settings
        self._api_url = settings.api_url.rstrip("/")
        self._session = session
        self.rate: Rate | None = None

    async def post(self, path: str, token: str, body: Mapping[str, Any]) -> Answer:
        """POST JSON. Raises `NotSentError` and `NoAnswerError`, as all calls do."""
        return self._answer(*await self._call("POST", f"{self._api_url}{path}", token, {"json": dict(body)}))

    async def get(self, path: str, token: str, data: Mapping[str, Any] | None = None) -> Answer:
        """GET; the parameters travel as one JSON text in `data`."""
        query = {"data": json.dumps(data, ensure_ascii=False)} if data else {}
        return self._answer(*await self._call("GET", f"{self._api_url}{path}", token, {"params": query}))

    async def upload(self, path: str, token: str, name: str, kind: str, content: bytes) -> Answer:
        """POST a file as the multipart field `file`; `kind` is its media type."""
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name, content_type=kind)
        return self._answer(*await self._call("POST", f"{self._api_url}{path}", token, {"data": form}))

    async def oauth(self, form: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """POST a form to the OAuth server, with the app's secret in a header; return the status and the JSON object.

        What is no JSON object is an empty one.
        """
        headers = {"secret_key": self._settings.app_secret}
        url = f"{self._settings.oauth_url.rstrip('/')}/v4/oa/access_token"
        status, _, raw = await self._request("POST", url, headers, {"data": dict(form)})
        return status, _decoded(raw)

    async def _call(
        self, method: str, url: str, token: str, content: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, str], bytes]:
        return await self._request(method, url, {"access_token": token}, content)

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, str], bytes]:
        left = SimpleNamespace(left=False)
        try:
            async with self._session.request(
                method, url, headers=headers, allow_redirects=False, trace_request_ctx=left, **content
            ) as response:
                raw = await _at_most(response.content, _LONGEST_ANSWER)
                return response.status, response.headers, raw
        except (aiohttp.ClientError, OSError, ValueError) as error:  # a time-out is an OSError
            # never the error's own text: it may quote a header
            failure = NoAnswerError if left.left else NotSentError
            raise failure(type(error).__name__) from None

    def _answer(self, status: int, headers: Mapping[str, str], raw: bytes) -> Answer:
        limit, remaining = (_number(headers.get(f"X-RateLimit-{name}")) for name in ("Limit", "Remain"))
        if limit is not None or remaining is not None:
            self.rate = Rate(limit, remaining)
        body = _decoded(raw)
        data = body.get("data")
        message = body.get("message")
        return Answer(
            status,
            _number(body.get("error")),
            message[:200] if isinstance(message, str) else "",
            data if isinstance(data, dict) else {},
        )


def new_session(settings: ZaloOaSettings) -> aiohttp.ClientSession:
    """Return a session whose calls end in time and note when they leave. It must be closed."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_leaves)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=KEPT_SECONDS),
        timeout=aiohttp.ClientTimeout(
            total=settings.connect_seconds + settings.answer_seconds,
            connect=settings.connect_seconds,
            sock_read=settings.answer_seconds,
        ),
        trace_configs=[trace],
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def _leaves(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    """Runs just before the first byte is written: from here on it cannot be known that nothing arrived."""
    context.trace_request_ctx.left = True


async def _at_most(content: aiohttp.StreamReader, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in content.iter_any():
        size += len(part)
        if size > limit:
            return b""  # no answer of Zalo's is that long: it counts as none that can be read
        parts.append(part)
    return b"".join(parts)


def _decoded(raw: bytes) -> Mapping[str, Any]:
    try:
        body: object = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _number(value: object) -> int | None:
    """Return a whole number that stands as such or as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
