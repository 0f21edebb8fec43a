"""The Telegram adapter keeps to the contract, against the fake Bot API."""

import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import pytest

from bot.channels.contract import (
    Adapter,
    Halted,
    Part,
    Permanent,
    Recipient,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
)
from bot.channels.telegram.adapter import TelegramAdapter
from bot.channels.telegram.settings import Mode, TelegramSettings, Timeouts
from tests.contract.channel_contract import NOW, ChannelContract, Headers, Running, SendCase
from tests.fakes.telegram import TOKEN, FakeTelegram, Fault, Limits, flood, page, refusal, reset, silence
from tests.fakes.telegram_rules import LONGEST_CAPTION, LONGEST_TEXT, check_keyboard, read_text

SECRET: Final = "secret_of-the-webhook"
HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
PROXY_PASSWORD: Final = "pass-word-of-the-proxy"
LAN: Final = 7
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(100)
SHORT: Final = Timeouts(connect=10, read=0.5, write=10, total=20)
SOMEBODY: Final = {"id": LAN, "is_bot": False, "first_name": "Lan"}
CHAT: Final = {"id": LAN, "type": "private", "first_name": "Lan"}


def settings(api: str, **more: Any) -> TelegramSettings:
    return TelegramSettings(token=TOKEN, api=api, **more)


def closed_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_795_282_441, "chat": CHAT, "from": SOMEBODY, **content}


def update(**field: Any) -> bytes:
    return json.dumps({"update_id": 100_001, **field}).encode()


def file(**more: Any) -> dict[str, Any]:
    return {"file_id": "F", "file_unique_id": "U", **more}


CONTENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "text": {"text": "cháy rồi"},
    "photo": {"photo": [file(width=90, height=60), file(width=1280, height=960)], "caption": "lối thoát bị khóa"},
    "location": {"location": {"latitude": 21.03, "longitude": 105.8}},
    "venue": {
        "venue": {"location": {"latitude": 21.03, "longitude": 105.8}, "title": "Chợ", "address": "Kim Mã"},
        "location": {"latitude": 21.03, "longitude": 105.8},
    },
    "contact": {"contact": {"phone_number": "+84901234567", "first_name": "Lan", "user_id": LAN}},
    "voice": {"voice": file(duration=3)},
    "document": {"document": file(mime_type="application/pdf"), "caption": "hồ sơ"},
    "picture as a file": {"document": file(mime_type="image/jpeg")},
    "sticker": {"sticker": file(width=1, height=1, emoji="🔥")},
    "service": {"pinned_message": message(text="x")},
}
MEMBER: Final = {"user": {"id": 123456789, "is_bot": True, "first_name": "b"}, "status": "kicked"}
BODIES: Final = (
    *(update(message=message(**content)) for content in CONTENTS.values()),
    update(
        callback_query={"id": "q1", "from": SOMEBODY, "message": message(text="?"), "chat_instance": "1", "data": "a"}
    ),
    update(
        my_chat_member={"chat": CHAT, "from": SOMEBODY, "date": 1, "new_chat_member": {**MEMBER, "status": "kicked"}}
    ),
    update(edited_message=message(text="sửa")),
    update(channel_post=message(text="bài")),
    update(something_new={"a": 1}),
)


def fail(fault: Fault) -> Any:
    return lambda fake: fake.fail(fault)


def blocks(fake: FakeTelegram) -> None:
    fake.user_blocks(LAN)


def everybody_at_once(fake: FakeTelegram) -> None:
    fake.limits = Limits(overall=0)


class TestTelegram(ChannelContract[FakeTelegram]):
    secrets = (TOKEN, TOKEN.partition(":")[2], SECRET, PROXY_PASSWORD)
    send_cases: ClassVar[Mapping[str, SendCase[Any]]] = {
        "sent": SendCase(Sent, lambda _fake: None, 1),
        "too fast": SendCase(Throttled, fail(flood(7))),
        "too fast, for how long is not said": SendCase(Throttled, fail(refusal(429, "Too Many Requests"))),
        "too fast, says HTTP 200": SendCase(Throttled, fail(refusal(429, "Too Many", status=200, retry_after=3))),
        "blocked": SendCase(Stopped, blocks),
        "gone": SendCase(Stopped, fail(refusal(403, "Forbidden: user is deactivated"))),
        "never began": SendCase(Stopped, fail(refusal(403, "Forbidden: bot can't initiate conversation with a user"))),
        "no such chat": SendCase(Stopped, fail(refusal(400, "Bad Request: chat not found"))),
        "moved": SendCase(Permanent, fail(refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1))),
        "wrong": SendCase(Permanent, fail(refusal(400, "Bad Request: BUTTON_DATA_INVALID"))),
        "wrong, says HTTP 200": SendCase(Permanent, fail(refusal(400, "Bad Request: x", status=200))),
        "too large": SendCase(Permanent, fail(refusal(413, "Request Entity Too Large"))),
        "not HTML after all": SendCase(Sent, fail(refusal(400, "Bad Request: can't parse entities: x")), 1),
        "token revoked": SendCase(Halted, fail(refusal(401, "Unauthorized"))),
        "no such bot": SendCase(Halted, fail(refusal(404, "Not Found"))),
        "conflict": SendCase(Retryable, fail(refusal(409, "Conflict: x"))),
        "its own failure": SendCase(Unknown, fail(refusal(500, "Internal Server Error"))),
        "its own failure, but sent": SendCase(Unknown, fail(refusal(500, "Internal Error", recorded=True)), 1),
        "restarting": SendCase(Unknown, fail(refusal(502, "Bad Gateway"))),
        "restarting, but sent": SendCase(Unknown, fail(refusal(502, "Bad Gateway", recorded=True)), 1),
        "a failure with HTTP 200": SendCase(Unknown, fail(refusal(500, "x", status=200, recorded=True)), 1),
        "gave up waiting for itself": SendCase(Unknown, fail(refusal(408, "Request Timeout", recorded=True)), 1),
        "a proxy that gave up waiting": SendCase(Unknown, fail(page(408, recorded=True)), 1),
        "too fast, says a proxy": SendCase(Throttled, fail(page(429))),
        "502 of a proxy": SendCase(Unknown, fail(page(502))),
        "504 of a proxy, but sent": SendCase(Unknown, fail(page(504, recorded=True)), 1),
        "blocked by the provider": SendCase(Retryable, fail(page(403))),
        "led to another page": SendCase(Retryable, fail(page(302))),
        "a page that is none": SendCase(Retryable, fail(page(404))),
        "a page instead of an answer": SendCase(Unknown, fail(page(200))),
        "an answer in half": SendCase(Unknown, fail(page(200, '{"ok":tr', recorded=True)), 1),
        "an answer without a message": SendCase(Unknown, fail(page(200, '{"ok":true}', recorded=True)), 1),
        "silence": SendCase(Unknown, fail(silence()), hurried=True),
        "silence, but sent": SendCase(Unknown, fail(silence(recorded=True)), 1, hurried=True),
        "reset": SendCase(Unknown, fail(reset())),
        "reset, but sent": SendCase(Unknown, fail(reset(recorded=True)), 1),
        "the server's limit": SendCase(Throttled, everybody_at_once),
    }

    picture: Path

    pictures: Path

    @pytest.fixture(autouse=True)
    def _picture(self, tmp_path: Path) -> None:
        self.pictures = tmp_path
        for name in ("binh-bot", "thoat-nan", "x"):
            (tmp_path / name).write_bytes(PNG)

    def adapter(self, chosen: TelegramSettings) -> TelegramAdapter:
        return TelegramAdapter(chosen, picture=lambda name: self.pictures / name, now=lambda: NOW)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running[FakeTelegram]]:
        async with FakeTelegram() as fake:
            fake.starts([LAN])
            one = self.adapter(settings(fake.url, timeouts=SHORT if self.hurried else Timeouts()))
            async with one.connected():
                yield Running(one, fake, Recipient(str(LAN), NOW))

    def unconnected(self) -> Adapter:
        hook = {
            "proxy": None,
            "mode": Mode.WEBHOOK,
            "secret": SECRET,
            "webhook_url": "https://pccc.example.vn/webhooks/telegram",
        }
        return self.adapter(settings(closed_port(), **hook))

    def shown(self, part: Part) -> str:
        return str(part.body.get("plain", part.body.get("caption")))

    def buttons(self, part: Part) -> list[tuple[str, str]]:
        rows = part.body.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]
        return [(row["text"], row.get("callback_data", unquote(row.get("url", "")))) for [row] in rows]

    def check(self, part: Part) -> None:
        if "reply_markup" in part.body:
            assert len(check_keyboard(part.body["reply_markup"])) <= 8
        if part.body["method"] == "sendPhoto":
            read_text(part.body["caption"], None, LONGEST_CAPTION, what="message caption")
        else:
            assert read_text(part.body["html"], "HTML", LONGEST_TEXT) == read_text(
                part.body["plain"], None, LONGEST_TEXT
            )

    def recorded(self, fake: FakeTelegram) -> int:
        return len(fake.sent())

    absent = "F"

    def serve(self, fake: FakeTelegram, content: bytes, *, chunked: bool = False) -> str:
        return fake.serves(f"photo-{len(fake.files.kept)}", content, chunked=chunked)

    def genuine(self) -> Sequence[tuple[Headers, bytes]]:
        return [({HEADER: SECRET}, raw) for raw in BODIES]
