"""Stands before telegram-test-api 4.2.1 and mends where it differs from Telegram's Bot API.

getMe lacks `is_bot`; callback queries lack `chat_instance`; dates are in milliseconds; some results are null; methods
for the menu, typing, webhook information and pictures are missing; webhooks carry no secret.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Final

import aiohttp
from aiohttp import web

_MISSING: Final[dict[str, Any]] = {
    "setMyCommands": True,
    "sendChatAction": True,
    "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
}
_SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  the name of a header


class Compatibility:
    """An aiohttp application that passes calls on to `upstream`.

    `called` are the methods, in their order; `asked` is set once updates have been asked for, in either way.
    """

    def __init__(self, upstream: str) -> None:
        self.called: list[str] = []
        self.asked = asyncio.Event()
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None
        self._hook: tuple[str, str] = ("", "")

    def application(self) -> web.Application:
        """Return the application; its session lives as long as it runs."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_post("/hook", self._told)
        app.cleanup_ctx.append(self._open)
        return app

    async def _open(self, _app: web.Application) -> Any:  # noqa: ANN401
        async with aiohttp.ClientSession() as self._session:
            yield

    async def _call(self, request: web.Request) -> web.Response:
        method, fields = request.match_info["method"], await _fields(request)
        self.called.append(method)
        if method in {"getUpdates", "setWebhook"}:
            self.asked.set()
        if method in _MISSING:
            return web.json_response({"ok": True, "result": _MISSING[method]})
        if method == "sendPhoto":
            method, fields = (
                "sendMessage",
                {"chat_id": fields["chat_id"], "text": f"[hình] {fields.get('caption', '')}"},
            )
        if method == "setWebhook":
            self._hook = (fields["url"], fields.get("secret_token", ""))
            fields = {"url": str(request.url.with_path("/hook").with_query(None))}
        status, answer = await self._ask(f"/bot{request.match_info['token']}/{method}", fields)
        if status != 200:
            return web.json_response({"ok": False, "error_code": status, "description": str(answer)}, status=status)
        return web.json_response({"ok": True, "result": _mended(method, answer.get("result"))})

    async def _ask(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        assert self._session is not None  # noqa: S101  it is open while requests come
        async with self._session.post(self._upstream + path, json=fields) as response:
            return response.status, await response.json(content_type=None)

    async def _told(self, request: web.Request) -> web.Response:
        """Pass an update on to the assistant's webhook, with the secret that belongs to it."""
        assert self._session is not None  # noqa: S101
        url, secret = self._hook
        update = _mended_update(await request.json())
        async with self._session.post(url, json=update, headers={_SECRET: secret}) as response:
            return web.Response(status=response.status)


async def _fields(request: web.Request) -> dict[str, str]:
    """The parameters of a call without its files."""
    sent = await request.post()
    return dict(request.query) | {name: value for name, value in sent.items() if isinstance(value, str)}


def _mended(method: str, result: Any) -> Any:  # noqa: ANN401
    match method:
        case "getMe":
            return {**result, "is_bot": True}
        case "getUpdates":
            return [_mended_update(one) for one in result]
        case "sendMessage":
            return _mended_message(result)
        case _:
            return True if result is None else result


def _mended_update(update: dict[str, Any]) -> dict[str, Any]:
    if "callback_query" in update:
        query = update["callback_query"]
        message = _mended_message({"message_id": 1, **query["message"]})
        return {**update, "callback_query": {**query, "message": message, "chat_instance": "1"}}
    return {**update, "message": _mended_message(update["message"])}


def _mended_message(message: dict[str, Any]) -> dict[str, Any]:
    date = message.get("date") or time.time()
    mended = {**message, "date": int(date / 1000 if date > 1e11 else date)}
    mended.pop("link_preview_options", None)  # still the text of its JSON
    if mended.get("reply_markup") is None:
        mended.pop("reply_markup", None)
    elif isinstance(mended["reply_markup"], str):
        mended["reply_markup"] = json.loads(mended["reply_markup"])
    return mended
