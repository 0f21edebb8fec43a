"""Posting: replies become messages in order, in their lane, under keys of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from bot.channels.contract import Part, Recipient
from bot.conversation.messages import Button, Kind, Reply
from bot.delivery.posting import NEXT_LINE, Addressee, Posting, content_of, read_content
from bot.store.outbox import Lane, NewMessage, Outbox
from tests.fakes.channel import FakeChannel

TO = Addressee(3, b"r", "u1", None)


class Store:
    """An outbox that notes what is put into it."""

    def __init__(self) -> None:
        self.messages: list[NewMessage] = []

    async def put(self, messages: Sequence[NewMessage]) -> int:
        self.messages += messages
        return len(messages)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def posting(store: Store) -> Posting:
    return Posting({3: FakeChannel(longest=40)}, cast("Outbox", store))


async def test_parts_are_numbered_through_all_replies(store: Store, posting: Posting) -> None:
    long = Reply(kind=Kind.ANSWER, text="Đóng cửa buồng lại. Gọi 114 ngay. Đừng quay lại lấy đồ.")
    await posting.post(TO, [long, Reply(kind=Kind.SMALLTALK, text="Cần gì nữa không?")], "in:9")
    assert [one.key for one in store.messages] == ["in:9:0", "in:9:1", "in:9:2"]
    texts = [one.content["part"]["text"] for one in store.messages]
    assert " ".join(texts[:2]) == long.text
    assert texts[2] == "Cần gì nữa không?"
    assert {(one.account_id, one.resident, one.lane) for one in store.messages} == {(3, b"r", Lane.REPLY)}
    assert {(one.provisional, one.wait) for one in store.messages} == {(False, timedelta())}


async def test_an_emergency_goes_in_the_first_lane_whatever_it_stands_beside(store: Store, posting: Posting) -> None:
    replies = [Reply(kind=Kind.EMERGENCY, text="Gọi 114"), Reply(kind=Kind.ANSWER, text="Thẻ")]
    await posting.post(TO, replies, "in:1")
    await posting.post(TO, replies, "camp", lane=Lane.CAMPAIGN)
    assert [one.lane for one in store.messages] == [Lane.EMERGENCY, Lane.REPLY, Lane.EMERGENCY, Lane.CAMPAIGN]


async def test_a_reply_to_an_unfinished_line_waits(store: Store, posting: Posting) -> None:
    await posting.post(TO, [Reply(kind=Kind.ABSTAIN, text="Sao ạ?")], "in:1", provisional=True)
    assert [(one.provisional, one.wait) for one in store.messages] == [(True, NEXT_LINE)]


async def test_the_last_choices_are_those_that_a_number_chooses(posting: Posting) -> None:
    def choice(*payloads: str) -> Reply:
        buttons = tuple(Button(label=one, payload=one) for one in payloads)
        return Reply(kind=Kind.SUGGEST, text="Chọn", buttons=buttons)

    plain = Reply(kind=Kind.ANSWER, text="Thế thôi")
    assert await posting.post(TO, [choice("a", "b"), choice("c"), plain], "k") == ("c",)
    assert await posting.post(TO, [plain], "l") == ()
    assert await posting.post(TO, [], "m") == ()


@pytest.mark.parametrize("seen", [None, datetime(2026, 11, 22, 9, tzinfo=UTC)])
def test_what_is_stored_of_a_message_is_read_back(seen: datetime | None) -> None:
    to, part = Recipient("u\u0301\ud800", seen), Part({"text": "a", "rows": [["b"]]})
    assert read_content(content_of(to, part)) == (to, part)
