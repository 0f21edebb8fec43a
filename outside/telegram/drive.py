"""Has the started assistant converse through a Telegram server that others wrote (telegram-test-api).

    cd outside/telegram && npm ci && cd ../..
    .venv/bin/python outside/telegram/drive.py            # both ways of getting updates
    .venv/bin/python outside/telegram/drive.py polling

Prints what was seen. Exit code 1 when something is not as it has to be.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web
from compatibility import Compatibility

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
TOKEN: Final = "123456789:outside-judge"  # noqa: S105  of no bot
SECRET: Final = "outside-judge"  # noqa: S105
LAN: Final = 4711
_READY_SECONDS: Final = 240
_REPLY_SECONDS: Final = 20
_QUIET_SECONDS: Final = 1.5
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@dataclass
class Seen:
    """What the resident has got for one thing that they did."""

    text: str
    buttons: list[str]
    seconds: float


@dataclass
class Resident:
    """Somebody who writes through telegram-test-api's own interface."""

    session: aiohttp.ClientSession
    upstream: str
    failures: list[str] = field(default_factory=list)

    async def does(self, what: str, path: str, *expected: str, **fields: object) -> Seen:
        """Do something, wait for what comes back, print it, and note which of `expected` is missing."""
        began = time.monotonic()
        person = {"id": LAN, "is_bot": False, "first_name": "Lan"}
        common = {"botToken": TOKEN, "from": person, "date": int(time.time())}
        chat = {"id": LAN, "type": "private", "first_name": "Lan"}
        await self._post(path, {**common, "chat": chat, **fields})
        seen = await self._read(began)
        missing = [one for one in expected if one.casefold() not in seen.text.casefold()]
        self.failures += [f"{what}: {one!r} is missing" for one in missing]
        shown = seen.text if len(seen.text) < 400 else f"{seen.text[:400]}…"
        print(f"--- {what} ({seen.seconds:.2f} s){'  WRONG: ' + str(missing) if missing else ''}")
        print(shown, *(f"[{one}]" for one in seen.buttons), sep="\n", flush=True)
        return seen

    async def _read(self, began: float) -> Seen:
        """All messages until none has come for a while."""
        texts: list[str] = []
        buttons: list[str] = []
        first, last = 0.0, began
        while time.monotonic() - last < (_QUIET_SECONDS if texts else _REPLY_SECONDS):
            answer = await self._post("/getUpdates", {"token": TOKEN, "chatId": LAN})
            for one in answer["result"]:
                last = time.monotonic()
                first = first or last - began
                texts.append(unescape(one["message"]["text"]))
                rows = (one["message"].get("reply_markup") or {}).get("inline_keyboard", [])
                buttons += [str(button.get("callback_data")) for row in rows for button in row]
            await asyncio.sleep(0.05)
        return Seen("\n".join(texts), buttons, first)

    async def _post(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401
        async with self.session.post(self.upstream + path, json=body) as response:
            response.raise_for_status()
            return await response.json(content_type=None)


async def converse(lan: Resident) -> None:
    """The conversation that every channel has to be able to hold."""
    command = {"text": "/start", "entities": [{"offset": 0, "length": 6, "type": "bot_command"}]}
    await lan.does("/start", "/sendCommand", "Trợ lý PCCC", "114", **command)
    question = "chung cu chay thi chay len hay chay xuong"
    await lan.does(f"question: {question}", "/sendMessage", "thang bộ", "Nguồn:", "[1]", text=question)
    menu = await lan.does("trợ giúp", "/sendMessage", text="trợ giúp")
    if "do:privacy" not in menu.buttons:
        lan.failures.append(f"no button do:privacy among {menu.buttons}")
    pressed = {"message_id": 1, "chat": {"id": LAN, "type": "private"}, "date": int(time.time())}
    await lan.does("button: dữ liệu của tôi", "/sendCallback", "lưu", message=pressed, data="do:privacy")
    emergency = await lan.does("emergency", "/sendMessage", "114", text="cứu với nhà em đang cháy")
    if "114" not in emergency.text.split("\n", 1)[0]:
        lan.failures.append("114 is not in the first line")
    await lan.does("DỪNG", "/sendMessage", "tin", text="DỪNG")


@asynccontextmanager
async def outside() -> AsyncIterator[str]:
    """telegram-test-api on a free port; yields its address."""
    port = a_free_port()
    node = await asyncio.create_subprocess_exec(
        "node", "server.js", str(port), cwd=HERE, env=plain_environment(), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert node.stdout is not None  # noqa: S101
        if await node.stdout.readline() != b"listening\n":
            raise SystemExit("telegram-test-api does not start: run `npm ci` in outside/telegram")
        yield f"http://127.0.0.1:{port}"
    finally:
        if node.returncode is None:
            node.terminate()
        await node.wait()


@asynccontextmanager
async def mended(upstream: str) -> AsyncIterator[tuple[Compatibility, str]]:
    """The compatibility layer before it; yields it and its address."""
    layer = Compatibility(upstream)
    runner = web.AppRunner(layer.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield layer, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def assistant(api: str, mode: str, folder: Path) -> AsyncIterator[None]:
    """`python -m bot run` on an empty data folder, from when it is ready."""
    address = f"http://127.0.0.1:{a_free_port()}"
    environment = plain_environment() | {
        "PORT": address.rpartition(":")[2],
        "DATA_DIR": str(folder),
        "RASA": os.environ.get("RASA", "off"),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_MODE": mode,
        "TELEGRAM_API": api,
        "TELEGRAM_SECRET": SECRET,
        "TELEGRAM_WEBHOOK_URL": f"{address}/webhooks/telegram",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", cwd=ROOT, env=environment)
    try:
        await ready(address, process)
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        if code := await process.wait():
            print(f"the assistant ended with code {code}", file=sys.stderr)


async def ready(address: str, process: asyncio.subprocess.Process) -> None:
    """Wait until the assistant answers. Raises SystemExit when it does not."""
    async with aiohttp.ClientSession() as session:
        for _ in range(_READY_SECONDS * 4):
            if process.returncode is not None:
                raise SystemExit("the assistant ended")
            try:
                async with session.get(f"{address}/readyz") as response:
                    if response.ok:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.25)
    raise SystemExit("the assistant did not become ready")


def plain_environment() -> dict[str, str]:
    """The environment without proxies: everything is on this machine."""
    return {name: value for name, value in os.environ.items() if name not in _PROXIES}


def a_free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def drive(mode: str) -> list[str]:
    """Converse once; return what was wrong."""
    print(f"=== {mode}", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with outside() as upstream, mended(upstream) as (layer, api), aiohttp.ClientSession() as session:
            lan = Resident(session, upstream)
            async with assistant(api, mode, Path(folder)):
                async with asyncio.timeout(_REPLY_SECONDS):
                    await layer.asked.wait()
                await converse(lan)
    for method in ("setMyCommands", "answerCallbackQuery", "sendChatAction"):
        if method not in layer.called:
            lan.failures.append(f"{method} was not called")
    return [f"{mode}: {one}" for one in lan.failures]


def main() -> int:
    """Drive the modes that are named, or both."""
    failures = [one for mode in sys.argv[1:] or ["polling", "webhook"] for one in asyncio.run(drive(mode))]
    print("\n".join(["=== not as it has to be:", *failures] if failures else ["=== all as it has to be"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
