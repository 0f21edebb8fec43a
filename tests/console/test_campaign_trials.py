"""Trial sends: to one's own chats only, which are shown by a code, and once for one press of the button."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from bot.campaigns.content import Variant
from bot.channels.telegram.settings import TelegramSettings
from bot.console.campaign_pages import CampaignPages
from bot.console.parts import PageGroup, Parts
from bot.conversation.messages import Reply
from bot.settings import Settings
from bot.store.accounts import Accounts
from bot.store.database import Database
from tests.integration.stored import change, value

from .campaigning import PATH, TEXT, Bureau, bureau_of, message, plan, shown
from .filled_forms import form_with, press
from .visiting import started


class Sent:
    """What was handed over to be sent: each key once, as the outbox takes it."""

    def __init__(self) -> None:
        self.by_key: dict[str, tuple[Sequence[int], Reply]] = {}

    async def tell(self, contacts: Sequence[int], reply: Reply, key: str) -> None:
        self.by_key.setdefault(key, (contacts, reply))


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
async def bureau(database: Database, sent: Sent) -> AsyncIterator[Bureau]:
    """An office whose Telegram bot is configured."""

    def pages(parts: Parts) -> PageGroup:
        return CampaignPages(replace(parts, tell=sent.tell))

    settings = Settings(telegram=TelegramSettings(token="1234:" + "a" * 35))
    console = await started(database, settings=settings, groups=(pages,))
    yield await bureau_of(console)
    await console.close()


async def chat(bureau: Bureau) -> int:
    """A chat on the bot; its number."""
    database = bureau.console.parts.database
    account = await Accounts(database).number("telegram", "1234")
    await change(
        database,
        "INSERT INTO contact (account_id, digest, sealed, conversation_id)"
        " VALUES (:account, '\\x01', '\\x02', gen_random_uuid())",
        account=account,
    )
    return int(await value(database, "SELECT max(id) FROM contact"))


async def shown_theirs(bureau: Bureau, path: str) -> None:
    """Let the author take a code and type it in their chat."""
    page = await bureau.author.get(path)
    answer = await press(bureau.author, page, path, "Lấy mã")
    [code] = re.findall(r'class="key">Thử ([0-9 ]+)<', answer.text)
    taken = await bureau.office.contacts.take(code, await chat(bureau), bureau.console.clock.at)
    assert taken == "Trần Thị Bình"


async def test_a_message_goes_to_the_own_chat_once(bureau: Bureau, sent: Sent) -> None:
    # Given the author has typed their code in their chat
    number = await bureau.written()
    path = f"{PATH}/{number}/try"
    assert "Gửi thử</button>" not in (await bureau.author.get(path)).text
    await shown_theirs(bureau, path)
    # When they press the button twice
    page = await bureau.author.get(path)
    assert shown(page, "Telegram, từ 22/11/2026")
    one = await press(bureau.author, page, path, "Gửi thử")
    await press(bureau.author, page, path, "Gửi thử")
    # Then it was sent once, marked as a trial
    assert one.status == 303
    assert shown(await bureau.author.get(path), "tới Telegram của bạn")
    [(contacts, reply)] = sent.by_key.values()
    assert len(contacts) == 1
    assert reply.text.startswith("[THỬ] Khi có cháy")
    # And nobody else has a chat there
    other = await bureau.other.get(path)
    assert "Telegram, từ" not in other.text
    refused = await bureau.other.post(path, {"message": "ngay-chinh", "variant": "household", "press": "x"})
    assert (refused.status, "chưa có nơi nhận" in refused.text) == (409, True)
    assert len(sent.by_key) == 1


async def test_a_text_that_does_not_fit_is_not_tried(bureau: Bureau, sent: Sent) -> None:
    number = await bureau.written(plan(message(texts={Variant.HOUSEHOLD: TEXT * 200})))
    path = f"{PATH}/{number}/try"
    await shown_theirs(bureau, path)
    page = await bureau.author.get(path)
    refused = await press(bureau.author, page, path, "Gửi thử")
    assert (refused.status, "dài quá" in refused.text) == (409, True)
    assert sent.by_key == {}


async def test_a_chat_is_forgotten(bureau: Bureau) -> None:
    path = f"{PATH}/{await bureau.written()}/try"
    await shown_theirs(bureau, path)
    page = await bureau.author.get(path)
    button = "Bỏ nơi nhận Telegram"
    stranger = await bureau.other.post(f"{path}/forget", form_with(page, button).fields[1:])
    assert stranger.status == 409
    assert (await press(bureau.author, page, path, button)).status == 303
    assert shown(await bureau.author.get(path), "Chưa có nơi nào.")


@pytest.mark.parametrize("fields", [{}, {"message": "khong-co", "variant": "household"}, {"message": "ngay-chinh"}])
async def test_what_is_not_there_is_not_tried(bureau: Bureau, fields: dict[str, str], sent: Sent) -> None:
    path = f"{PATH}/{await bureau.written()}/try"
    assert (await bureau.author.post(path, fields)).status == 422
    assert sent.by_key == {}
