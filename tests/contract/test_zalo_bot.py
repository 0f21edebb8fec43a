"""The Zalo Bot keeps to the contract of channels, against a platform that keeps to its documentation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

from bot.channels.contract import (
    Halted,
    Part,
    Permanent,
    QuotaSpent,
    Recipient,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
)
from bot.channels.zalo_bot import Mode, ZaloBotSettings, ZaloBotWebhook
from tests.contract.channel_contract import NOW, ChannelContract, Headers, Running, SendCase
from tests.fakes.zalo_bot import LONGEST_TEXT, TOKEN, FakeZaloBot, Fault

SECRET: Final = "a-secret-of-the-webhook"
USER: Final = "6ede9afa66b88fe6d6a9"
CLOSED: Final = "http://127.0.0.1:9"


def adapter_at(url: str, answer_seconds: float = 60) -> ZaloBotWebhook:
    settings = ZaloBotSettings(
        token=TOKEN,
        mode=Mode.WEBHOOK,
        webhook_url="https://pccc.example/webhooks/zalo-bot",
        secret=SECRET,
        api=url,
        answer_seconds=answer_seconds,
        typing=True,
        media_hosts=("zdn.vn", "127.0.0.1"),
    )
    return ZaloBotWebhook(settings, picture_url=picture_url)


def picture_url(name: str) -> str | None:
    return f"https://pccc.example/{name}.png" if name != "x" else None


def case(outcome: Any, *faults: Fault, recorded: int | None = 0, hurried: bool = False) -> SendCase[FakeZaloBot]:
    def arrange(fake: FakeZaloBot) -> None:
        fake.fails("sendMessage", *faults)

    return SendCase(outcome, arrange, recorded, hurried)


def event(name: str, **fields: object) -> tuple[Headers, bytes]:
    """A webhook request as the documentation shows it."""
    message = {
        "from": {"id": USER, "display_name": "Ted", "is_bot": False},
        "chat": {"id": USER, "chat_type": "PRIVATE"},
        "message_id": "2d758cb5e222177a4e35",
        "date": 1_750_316_131_602,
        **fields,
    }
    body = {"ok": True, "result": {"message": message, "event_name": name}}
    return {"X-Bot-Api-Secret-Token": SECRET}, json.dumps(body).encode()


class TestZaloBot(ChannelContract[FakeZaloBot]):
    secrets = (TOKEN, SECRET, TOKEN.partition(":")[2])
    needed_outcomes = frozenset({Sent, Throttled, Stopped, QuotaSpent, Permanent, Halted, Retryable, Unknown})
    send_cases: ClassVar[Mapping[str, SendCase[Any]]] = {
        "well": case(Sent, recorded=1),
        "too fast": case(Throttled, Fault.throttled(7)),
        "too fast, says a proxy": case(Throttled, Fault.page(429)),
        "blocked by the resident": SendCase(Stopped, lambda fake: fake.user_blocks(USER)),
        "the month is spent": case(QuotaSpent, Fault.quota()),
        "a wrong parameter": case(Permanent, Fault.refusal(400, "Bad Request: text has 1 to 2000 characters")),
        "token revoked": case(Halted, Fault.unauthorized()),
        "token unknown": SendCase(Halted, lambda fake: setattr(fake, "token", "another")),
        "no such method": case(Halted, Fault.refusal(404, "Not Found", status=404)),
        "no such chat": case(Permanent, Fault.refusal(404, "Not Found: chat not found")),
        "led to another page": case(Retryable, Fault.page(301)),
        "kept out by a proxy": case(Retryable, Fault.page(403)),
        "a page that is none": case(Retryable, Fault.page(404)),
        "a proxy gave up waiting": case(Unknown, Fault.page(408, done=True), recorded=1),
        "an error of the platform": case(Unknown, Fault.refusal(500, "Internal Error", status=500)),
        "an error of the platform after it was done": case(
            Unknown, Fault.refusal(500, "Internal Error", status=500, done=True), recorded=1
        ),
        "a restart after it was done": case(Unknown, Fault.refusal(502, "Bad Gateway", done=True), recorded=1),
        "an error page": case(Unknown, Fault.page(502)),
        "an error page after it was done": case(Unknown, Fault.page(502, done=True), recorded=1),
        "silence": case(Unknown, Fault.silence(done=False), hurried=True),
        "silence after it was done": case(Unknown, Fault.silence(done=True), recorded=1, hurried=True),
        "cut off": case(Unknown, Fault.reset(done=False)),
        "cut off after it was done": case(Unknown, Fault.reset(done=True), recorded=1),
        "neither yes nor no": case(Unknown, Fault(200, {"error": 0}, done=True), recorded=1),
        "the platform waited for itself": case(Unknown, Fault.refusal(408, "Request timeout")),
    }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running[FakeZaloBot]]:
        async with FakeZaloBot().running() as fake:
            await fake.user_writes(USER, "chào")
            adapter = adapter_at(fake.url, 0.3) if self.hurried else adapter_at(fake.url)
            async with adapter.connected():
                await fake.webhook_was_set.wait()
                yield Running(adapter, fake, Recipient(USER, NOW))

    def unconnected(self) -> ZaloBotWebhook:
        return adapter_at(CLOSED)

    def shown(self, part: Part) -> str:
        return str(part.body.get("text", part.body.get("caption", "")))

    def buttons(self, part: Part) -> list[tuple[str, str]]:
        return []

    def check(self, part: Part) -> None:
        text = self.shown(part)
        assert len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
        if part.body["method"] == "sendMessage":
            assert set(part.body) == {"method", "text"}
            assert text.strip()
        else:
            assert part.body["method"] == "sendPhoto"
            assert str(part.body["photo"]).startswith("https://")

    def recorded(self, fake: FakeZaloBot) -> int:
        return len(fake.sent(USER))

    absent = f"{CLOSED}/photos/a.jpg"

    def serve(self, fake: FakeZaloBot, content: bytes, *, chunked: bool = False) -> str:
        return fake.serves(content, chunked=chunked)

    def genuine(self) -> Sequence[tuple[Headers, bytes]]:
        return [
            event("message.text.received", text="Xin chào"),
            event("message.image.received", photo="https://zalo.example/a.jpg", caption="cháy ở đây"),
            event("message.sticker.received", sticker="s", url="https://zalo.example/s"),
            event("message.voice.received", voice_url="https://zalo.example/v.aac"),
            event("message.unsupported.received"),
            event("message.text.received", chat={"id": "nhóm", "chat_type": "GROUP"}, text="cả nhà ơi"),
        ]

    def forged(self) -> Sequence[tuple[Headers, bytes]]:
        _, raw = self.genuine()[0]
        return [({}, raw), ({"X-Telegram-Bot-Api-Secret-Token": SECRET}, raw)]
