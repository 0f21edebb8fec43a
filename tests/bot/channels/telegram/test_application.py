"""The application by itself, as an emulator of somebody else drives it."""

import json
from typing import Any, Final

from telegram import Update
from telegram.ext import ApplicationBuilder
from telegram.request import BaseRequest

from bot.channels.contract import Event, EventKind, Part, Recipient, Sent
from bot.channels.telegram import Timeouts, build_application
from bot.channels.telegram.rendering import render
from bot.channels.telegram.sending import Sender
from bot.conversation.messages import Button, Kind, Reply
from tests.bot.channels.telegram.setting import Taking

ME: Final = {"id": 1, "is_bot": True, "first_name": "b", "username": "b"}
LAN: Final = {"id": 7, "is_bot": False, "first_name": "Lan"}
CHAT: Final = {"id": 7, "type": "private", "first_name": "Lan"}


class Requests(BaseRequest):
    """Requests that never leave: what an emulator puts in the place of HTTP."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        url = str(kwargs.get("url", args[0] if args else ""))
        data = kwargs.get("request_data")
        self.asked.append((url.rpartition("/")[2], dict(data.json_parameters) if data else {}))
        result: Any = {"message_id": 5, "date": 1, "chat": CHAT, "text": "x"}
        return 200, json.dumps({"ok": True, "result": ME if url.endswith("getMe") else result}).encode()


def update(**fields: Any) -> dict[str, Any]:
    return {"update_id": 9, **fields}


async def test_any_builder_gives_an_application_that_hands_events_over() -> None:
    take, requests = Taking(), Requests()
    application = build_application(ApplicationBuilder().token("1:emulated").request(requests), take)
    assert application.updater is None
    pressed = {"message_id": 5, "date": 1, "chat": CHAT, "from": ME, "text": "?"}
    updates = [
        update(message={"message_id": 4, "date": 1_795_282_441, "chat": CHAT, "from": LAN, "text": "cháy rồi"}),
        update(callback_query={"id": "q", "from": LAN, "message": pressed, "chat_instance": "1", "data": "yes"}),
    ]
    async with application:
        for one in updates:
            await application.process_update(Update.de_json(one, application.bot))
    text, button = take.taken
    assert (text.key, text.kind, text.text, text.user) == ("update:9", EventKind.TEXT, "cháy rồi", "7")
    assert text.at is not None
    assert button == Event(
        key="update:9", kind=EventKind.BUTTON, name="callback_query", user="7", text="yes", answer_to="q"
    )


async def test_what_is_rendered_goes_through_its_bot() -> None:
    requests = Requests()
    application = build_application(ApplicationBuilder().token("1:emulated").request(requests), Taking())
    sender = Sender(application.bot, lambda _name: (_ for _ in ()).throw(LookupError), Timeouts())
    reply = Reply(kind=Kind.FLOW, text="1 < 2", buttons=(Button(label="Có", payload="yes"),))
    async with application:
        for part in render(reply).parts:
            assert isinstance(await sender.send(Recipient("7"), Part(part.body)), Sent)
    method, fields = requests.asked[-1]
    assert (method, fields["text"], fields["parse_mode"]) == ("sendMessage", "1 &lt; 2", "HTML")
    assert json.loads(fields["reply_markup"]) == {"inline_keyboard": [[{"text": "Có", "callback_data": "yes"}]]}
