"""Sending: pictures, second ways of saying the same, receipts, and what an error means."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from telegram import error as telegram

from bot.channels.contract import (
    Event,
    EventKind,
    Halted,
    Outcome,
    Part,
    Permanent,
    Recipient,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
)
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram.parsing import event_of
from bot.channels.telegram.sending import outcome_of
from bot.conversation.messages import Button, Kind, Reply
from tests.bot.channels.telegram.setting import NOW, SHORT, adapter_on, settings
from tests.fakes.telegram import FakeTelegram, Limits, flood, page, refusal, silence

LAN = Recipient("7", NOW)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)
PHOTO = Part({"method": "sendPhoto", "picture": "pass.png", "caption": "Rút chốt <an toàn>."})


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as one:
        one.starts([7])
        yield one


@pytest.fixture
async def adapter(fake: FakeTelegram, tmp_path: Path) -> AsyncIterator[TelegramAdapter]:
    (tmp_path / "pass.png").write_bytes(PNG)
    one = TelegramAdapter(settings(fake), picture=lambda name: tmp_path / name, now=lambda: NOW)
    async with one.connected():
        yield one


async def test_a_message_with_its_buttons(fake: FakeTelegram, adapter: TelegramAdapter) -> None:
    [part] = adapter.render(Reply(kind=Kind.FLOW, text="1 < 2?", buttons=(Button(label="Có", payload="yes"),))).parts
    outcome = await adapter.send(LAN, part)
    [call] = fake.sent(7)
    assert outcome == Sent(str(call.message_id))
    assert (call.text, call.buttons) == ("1 < 2?", ({"text": "Có", "callback_data": "yes"},))
    assert '"is_disabled": true' in call.fields["link_preview_options"].replace(":true", ": true")


async def test_a_picture_is_uploaded_once(fake: FakeTelegram, adapter: TelegramAdapter) -> None:
    for _ in range(3):
        assert isinstance(await adapter.send(LAN, PHOTO), Sent)
    calls = fake.sent(7)
    assert [(call.text, call.photo) for call in calls] == [("Rút chốt <an toàn>.", PNG)] * 3
    assert [isinstance(call.fields["photo"], bytes) for call in calls] == [True, False, False]


async def test_a_picture_that_telegram_has_forgotten_is_uploaded_again(
    fake: FakeTelegram, adapter: TelegramAdapter
) -> None:
    await adapter.send(LAN, PHOTO)
    fake.forget_files()
    assert isinstance(await adapter.send(LAN, PHOTO), Sent)
    assert isinstance(fake.sent(7)[-1].fields["photo"], bytes)
    assert len(fake.sent(7)) == 2


async def test_a_picture_that_telegram_has_forgotten_is_sent_to_all_at_once(
    fake: FakeTelegram, adapter: TelegramAdapter
) -> None:
    # Given a picture whose upload Telegram has forgotten
    await adapter.send(LAN, PHOTO)
    fake.forget_files()
    # When it goes out six times in parallel
    outcomes = await asyncio.gather(*[adapter.send(LAN, PHOTO) for _ in range(6)])
    # Then each has got it, and what was uploaded last is used from then on
    assert [type(one) for one in outcomes] == [Sent] * 6
    assert len(fake.sent(7)) == 7
    await adapter.send(LAN, PHOTO)
    assert isinstance(fake.sent(7)[-1].fields["photo"], str)


async def test_a_picture_is_uploaded_at_most_once_for_one_message(fake: FakeTelegram, adapter: TelegramAdapter) -> None:
    await adapter.send(LAN, PHOTO)
    before = len(fake.calls("sendPhoto"))
    fake.fail(refusal(400, "Bad Request: wrong file identifier/HTTP URL specified"), method="sendPhoto", times=9)
    assert isinstance(await adapter.send(LAN, PHOTO), Sent)
    tried = fake.calls("sendPhoto")[before:]
    assert [isinstance(call.fields["photo"], bytes) for call in tried] == [False, True]
    assert fake.sent(7)[-1].text == "(Hình: Rút chốt <an toàn>.)"


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_picture_that_may_be_out_is_not_sent_again(
    fake: FakeTelegram, adapter: TelegramAdapter, recorded: bool
) -> None:
    for _ in range(2):  # as an upload, and by its file id
        before = len(fake.calls("sendPhoto"))
        fake.fail(refusal(502, "Bad Gateway", recorded=recorded), method="sendPhoto")
        assert isinstance(await adapter.send(LAN, PHOTO), Unknown)
        assert len(fake.calls("sendPhoto")) == before + 1
        await adapter.send(LAN, PHOTO)


async def test_a_picture_that_is_missing_or_refused_leaves_its_words(
    fake: FakeTelegram, adapter: TelegramAdapter
) -> None:
    missing = Part({**PHOTO.body, "picture": "gone.png"})
    assert isinstance(await adapter.send(LAN, missing), Sent)
    fake.fail(refusal(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), method="sendPhoto")
    assert isinstance(await adapter.send(LAN, PHOTO), Sent)
    assert [call.text for call in fake.sent(7)] == ["(Hình: Rút chốt <an toàn>.)"] * 2
    without_words = Part({**missing.body, "caption": ""})
    assert isinstance(await adapter.send(LAN, without_words), Permanent)


async def test_a_picture_to_somebody_who_is_gone(fake: FakeTelegram, adapter: TelegramAdapter) -> None:
    fake.fail(refusal(400, "Bad Request: chat not found"), method="sendPhoto")
    assert isinstance(await adapter.send(LAN, PHOTO), Stopped)
    assert fake.sent() == []


async def test_what_is_not_understood_as_html_goes_once_as_plain_text(
    fake: FakeTelegram, adapter: TelegramAdapter
) -> None:
    broken = Part({"method": "sendMessage", "html": "1 <b> 2", "plain": "1 < 2"})
    assert isinstance(await adapter.send(LAN, broken), Sent)
    assert [call.text for call in fake.sent(7)] == ["1 < 2"]
    assert len(fake.calls("sendMessage")) == 2


async def test_the_second_way_of_saying_it_may_get_lost_too(fake: FakeTelegram) -> None:
    fake.fail(refusal(400, "Bad Request: can't parse entities: x"))
    fake.fail(silence(recorded=True))
    part = Part({"method": "sendMessage", "html": "a", "plain": "a"})
    adapter = adapter_on(fake, timeouts=SHORT)
    async with adapter.connected():
        assert isinstance(await adapter.send(LAN, part), Unknown)
    assert len(fake.sent(7)) == 1


@pytest.mark.parametrize("user", ["", "@channel", "-100123", "7 ", "７", "0", "1" * 40])
async def test_only_a_private_chat_is_written_to(fake: FakeTelegram, adapter: TelegramAdapter, user: str) -> None:
    part = Part({"method": "sendMessage", "html": "a", "plain": "a"})
    assert isinstance(await adapter.send(Recipient(user), part), Permanent)
    assert fake.log == [] or {call.method for call in fake.log} == {"setMyCommands"}


async def test_limits_are_told_with_their_seconds(fake: FakeTelegram, adapter: TelegramAdapter) -> None:
    part = Part({"method": "sendMessage", "html": "a", "plain": "a"})
    fake.limits = Limits()
    assert isinstance(await adapter.send(LAN, part), Sent)
    assert await adapter.send(LAN, part) == Throttled(1.0, whole_account=False)
    fake.limits = None
    fake.fail(flood(35))
    assert await adapter.send(LAN, part) == Throttled(35.0)


async def test_after_the_end_nothing_is_sent_until_it_is_connected_again(fake: FakeTelegram) -> None:
    adapter = adapter_on(fake)
    part = Part({"method": "sendMessage", "html": "a", "plain": "a"})
    async with adapter.connected():
        pass
    assert isinstance(await adapter.send(LAN, part), Retryable)
    assert fake.sent() == []
    async with adapter.connected():
        assert isinstance(await adapter.send(LAN, part), Sent)


async def test_receipts(fake: FakeTelegram, adapter: TelegramAdapter) -> None:
    [part] = adapter.render(Reply(kind=Kind.FLOW, text="?", buttons=(Button(label="Có", payload="yes"),))).parts
    await adapter.send(LAN, part)
    fake.user_presses(7, "Có")
    pressed = event_of(fake.pending[-1])
    await adapter.received(pressed)
    assert fake.answered == [pressed.answer_to]
    await adapter.received(pressed)  # too old by now
    await adapter.received(Event(key="k", kind=EventKind.TEXT, name="n", user="7", text="cháy"))
    assert [call.fields["action"] for call in fake.calls("sendChatAction")] == ["typing"]
    fake.fail(page(502), method="sendChatAction")
    await adapter.received(Event(key="k", kind=EventKind.TEXT, name="n", user="7", text="cháy"))
    for kind in EventKind:
        await adapter.received(Event(key="k", kind=kind, name="n"))


def caused(error: telegram.TelegramError, cause: Exception) -> telegram.TelegramError:
    error.__cause__ = cause
    return error


def flood_of_the_library() -> telegram.TelegramError:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return telegram.RetryAfter(9)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (caused(telegram.TimedOut(), httpx.ConnectTimeout("x")), Retryable),
        (caused(telegram.TimedOut(), httpx.PoolTimeout("x")), Retryable),
        (caused(telegram.TimedOut(), httpx.ReadTimeout("x")), Unknown),
        (caused(telegram.TimedOut(), httpx.WriteTimeout("x")), Unknown),
        (caused(telegram.NetworkError("x"), httpx.ConnectError("x")), Retryable),
        (caused(telegram.NetworkError("x"), httpx.ProxyError("x")), Retryable),
        (caused(telegram.NetworkError("x"), httpx.ReadError("x")), Unknown),
        (caused(telegram.NetworkError("x"), httpx.RemoteProtocolError("x")), Unknown),
        (telegram.NetworkError("Bad Gateway (502)"), Unknown),
        (telegram.TelegramError("Invalid server response"), Unknown),
        (telegram.Forbidden("bot was blocked by the user"), Stopped),
        (telegram.BadRequest("Chat not found"), Stopped),
        (telegram.BadRequest("Message is too long"), Permanent),
        (telegram.ChatMigrated(-100), Permanent),
        (telegram.InvalidToken("The token `123:secret` was rejected by the server."), Halted),
        (telegram.Conflict("x"), Retryable),
        (flood_of_the_library(), Throttled),
        (KeyError("result"), Unknown),
        (TimeoutError(), Unknown),
    ],
)
def test_what_errors_mean(error: Exception, expected: type[Outcome]) -> None:
    outcome = outcome_of(error)
    assert isinstance(outcome, expected)
    assert "secret" not in repr(outcome)
