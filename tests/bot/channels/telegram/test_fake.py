"""The fake Bot API is as strict as the real one where it matters."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram import FakeTelegram, Limits, page

LAN = 7


class Caller:
    """Calls methods of the fake and returns its answer."""

    def __init__(self, fake: FakeTelegram, session: aiohttp.ClientSession) -> None:
        self.fake = fake
        self._session = session

    async def __call__(self, method: str, token: str | None = None, **fields: Any) -> dict[str, Any]:
        url = f"{self.fake.url}/bot{token or self.fake.token}/{method}"
        async with self._session.post(url, json=fields) as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == (200 if answer["ok"] else answer["error_code"])
            return answer


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    async with FakeTelegram() as fake, aiohttp.ClientSession() as session:
        fake.starts([LAN])
        yield Caller(fake, session)


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "a", **button}]]}


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({"text": "á" * 4097}, "message is too long"),
        ({"text": "🔥" * 2049}, "message is too long"),
        ({"text": " \n"}, "message text is empty"),
        ({"text": "\u200b \ufeff"}, "message text is empty"),
        (
            {"text": "<b>a", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        ({"text": "a <x>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "x" at byte offset 2'),
        ({"text": "á </b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag at byte offset 3"),
        ({"text": "<b><i></b>", "parse_mode": "HTML"}, "can't parse entities: Unmatched end tag at byte offset 6"),
        ({"text": "1 < 2", "parse_mode": "HTML"}, "can't parse entities: Unclosed start tag at byte offset 2"),
        ({"text": "a", "reply_markup": keyboard(callback_data="ư" * 33)}, "BUTTON_DATA_INVALID"),
        (
            {"text": "a", "reply_markup": keyboard(url="tel:114")},
            "inline keyboard button URL 'tel:114' is invalid: Unsupported URL protocol",
        ),
        ({"text": "a", "reply_markup": keyboard(url="http://localhost/")}, "Wrong HTTP URL"),
        ({"text": "a", "reply_markup": keyboard()}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ({"text": "a", "txt": "b"}, "unknown parameters"),
        ({"text": "a", "chat_id": 8}, "chat not found"),
    ],
)
async def test_what_is_refused(call: Caller, fields: dict[str, Any], description: str) -> None:
    answer = await call("sendMessage", **{"chat_id": LAN, **fields})
    assert (answer["ok"], answer["error_code"]) == (False, 400)
    assert description in answer["description"]
    assert call.fake.sent() == []


async def test_tokens_and_methods(call: Caller) -> None:
    assert (await call("getMe", token="1:x"))["error_code"] == 401
    assert (await call("getNothing"))["error_code"] == 404
    assert (await call("getMe"))["result"]["is_bot"] is True


async def test_who_has_blocked_the_bot_gets_nothing(call: Caller) -> None:
    call.fake.user_blocks(LAN)
    assert (await call("sendMessage", chat_id=LAN, text="a"))["error_code"] == 403
    call.fake.user_returns(LAN)
    assert (await call("sendMessage", chat_id=LAN, text="a"))["ok"]


async def test_limits_of_a_chat_and_of_all(call: Caller) -> None:
    now = 0.0
    fake = FakeTelegram(everyone_started=True, limits=Limits(), clock=lambda: now)
    async with fake, aiohttp.ClientSession() as session:
        calling = Caller(fake, session)
        assert (await calling("sendMessage", chat_id=1, text="a"))["ok"]
        refused = await calling("sendMessage", chat_id=1, text="a")
        assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 1})
        for chat in range(2, 31):
            assert (await calling("sendMessage", chat_id=chat, text="a"))["ok"]
        assert (await calling("sendMessage", chat_id=31, text="a"))["error_code"] == 429
        now = 1.0
        assert (await calling("sendMessage", chat_id=1, text="a"))["ok"]
        assert [one.at for one in fake.sent(1)] == [0.0, 1.0]


async def test_updates_are_confirmed_by_a_higher_offset(call: Caller) -> None:
    numbers = [call.fake.user_writes(LAN, f"{number}") for number in range(3)]

    async def asked(**fields: Any) -> list[int]:
        return [one["update_id"] for one in (await call("getUpdates", **fields))["result"]]

    assert await asked() == numbers
    assert await asked(limit=1) == numbers[:1]
    assert await asked(offset=numbers[1]) == numbers[1:]
    assert call.fake.updates.confirmed == numbers[:1]
    assert await asked(offset=-1) == numbers[2:]
    assert await asked(offset=numbers[2] + 1) == []


async def test_a_webhook_and_polling_exclude_each_other(call: Caller) -> None:
    assert (await call("setWebhook", url="http://pccc.example.vn"))["error_code"] == 400
    assert (await call("setWebhook", url="https://pccc.example.vn", secret_token="a b"))["error_code"] == 400
    assert (await call("setWebhook", url="https://pccc.invalid", secret_token="a"))["ok"]
    assert (await call("getUpdates"))["error_code"] == 409
    assert (await call("getWebhookInfo"))["result"]["url"] == "https://pccc.invalid"
    assert (await call("deleteWebhook"))["ok"]
    assert (await call("getUpdates"))["ok"]


async def test_only_buttons_that_are_there_can_be_pressed_and_answered_once(call: Caller) -> None:
    with pytest.raises(LookupError):
        call.fake.user_presses(LAN, "a")
    await call("sendMessage", chat_id=LAN, text="?", reply_markup=json.dumps(keyboard(callback_data="yes")))
    call.fake.user_presses(LAN, "a")
    query = call.fake.pending[-1]["callback_query"]
    assert query["data"] == "yes"
    assert (await call("answerCallbackQuery", callback_query_id=query["id"]))["ok"]
    assert (await call("answerCallbackQuery", callback_query_id=query["id"]))["error_code"] == 400


async def test_faults_come_as_often_as_they_are_scripted_and_for_whom(call: Caller) -> None:
    call.fake.starts([8])
    call.fake.fail(page(502, '{"ok":false,"error_code":502,"description":"x"}'), chat=8, times=2)
    answers = [await call("sendMessage", chat_id=chat, text="a") for chat in (7, 8, 8, 8)]
    assert [answer["ok"] for answer in answers] == [True, False, False, True]
