"""Drives the channel through tg-auto-test, an emulator that others wrote: events in, messages and buttons out.

It needs Python 3.12, so it has an environment of its own, and a few canned replies stand in for the assistant:

    python3.12 -m venv build/emulator
    build/emulator/bin/pip install tg-auto-test==1.3.24 python-telegram-bot==22.8
    PYTHONPATH=. build/emulator/bin/python outside/telegram/emulate.py

Exit code 1 when something is not as it has to be.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tg_auto_test.test_utils.serverless_telegram_client import ServerlessTelegramClient

from bot.channels.contract import Event, EventKind, Recipient, Sent
from bot.channels.telegram import Timeouts, build_application
from bot.channels.telegram.rendering import render
from bot.channels.telegram.sending import Sender
from bot.conversation.messages import Button, Image, Kind, Reply

_PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000005"
    "0001a2d9c5970000000049454e44ae426082"
)
_CHOICES: Final = (Button(label="Có", payload="yes"), Button(label="Không", payload="no"))
_REPLIES: Final = {
    EventKind.FOLLOW: Reply(kind=Kind.SMALLTALK, text="Chào bạn & mọi người. <114>", buttons=_CHOICES),
    EventKind.BUTTON: Reply(kind=Kind.FLOW, text="Bạn đã chọn."),
    EventKind.TEXT: Reply(kind=Kind.EMERGENCY, text="GỌI 114 NGAY.", buttons=(Button(label="Gọi 114", url="tel:114"),)),
    EventKind.PHOTO: Reply(kind=Kind.ANSWER, text="Như hình.", image=Image(name="a.png", alt="Rút chốt.")),
}


class Answering:
    """Takes events and answers each by its kind."""

    def __init__(self, pictures: Path) -> None:
        self.events: list[Event] = []
        self._pictures = pictures
        self._sender: Sender | None = None

    def build(self, builder: Any) -> Any:  # noqa: ANN401  what the emulator calls
        """Build the application on the emulator's builder."""
        application = build_application(builder, self.take)
        self._sender = Sender(application.bot, lambda name: self._pictures / name, Timeouts())
        return application

    async def take(self, events: Sequence[Event]) -> None:
        """Answer. Raises AssertionError when a part is not sent."""
        assert self._sender is not None  # noqa: S101
        for event in events:
            self.events.append(event)
            for part in render(_REPLIES[event.kind]).parts:
                outcome = await self._sender.send(Recipient(event.user or ""), part)
                assert isinstance(outcome, Sent), outcome  # noqa: S101


async def emulate() -> list[str]:
    """Converse; return what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "a.png"
        await asyncio.to_thread(picture.write_bytes, _PNG)
        answering = Answering(Path(folder))
        client = ServerlessTelegramClient(build_application=answering.build)
        await client.connect()
        seen: list[str] = []
        async with client.conversation("test_bot") as talk:
            await talk.send_message("/start poster_1")
            greeting = await talk.get_response()
            seen += [greeting.text, *(button.text for row in greeting.buttons for button in row)]
            await greeting.click(data=b"no")
            seen.append((await talk.get_response()).text)
            await talk.send_message("cứu với nhà em đang cháy")
            seen.append((await talk.get_response()).text)
            await talk.send_file(picture, caption="lối thoát bị khóa")
            shown = await talk.get_response()
            seen += [shown.text, str(shown.photo is not None), (await talk.get_response()).text]
        await client.disconnect()
    print(*seen, *(f"{one.kind.value}: {one.text or one.start or one.media}" for one in answering.events), sep="\n")
    return list(_wrong(seen, answering.events))


def _wrong(seen: Sequence[str], events: Sequence[Event]) -> Sequence[str]:
    replies = ["Chào bạn & mọi người. <114>", "Có", "Không", "Bạn đã chọn.", "GỌI 114 NGAY."]
    wrong = [] if list(seen) == [*replies, "Rút chốt.", "True", "Như hình."] else ["other messages than expected"]
    kinds = [EventKind.FOLLOW, EventKind.BUTTON, EventKind.TEXT, EventKind.PHOTO]
    wrong += [] if [event.kind for event in events] == kinds else ["other events than expected"]
    told = [event.start or event.text for event in events]
    wrong += (
        [] if told == ["poster_1", "no", "cứu với nhà em đang cháy", "lối thoát bị khóa"] else [f"other words: {told}"]
    )
    return wrong


if __name__ == "__main__":
    failures = asyncio.run(emulate())
    print("\n".join(["=== not as it has to be:", *failures] if failures else ["=== all as it has to be"]))
    sys.exit(1 if failures else 0)
