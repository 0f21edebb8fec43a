"""The web as the core sees it, on a real PostgreSQL."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from bot.channels.contract import Adapter, Mark, Part, Permanent, Recipient, Retryable, Sent, Stopped, Unknown
from bot.channels.web_adapter import ACCOUNT, WebAdapter
from bot.channels.web_format import later_as_json, reply_as_json
from bot.conversation.messages import Button, Citation, Image, Kind, Reply
from bot.store.conversations import note_seen
from bot.store.database import Database
from bot.store.waiting import Waiting
from tests.contract.channel_contract import ChannelContract, Running, SendCase
from tests.integration.stored import SEALER, change, count, outcomes

REPLY = Reply(
    kind=Kind.ANSWER,
    text="Công an phường trả lời. [1]",
    buttons=(Button(label="Xem", payload="card:x"), Button(label="Gọi 114", url="tel:114")),
    citations=(
        Citation(
            marker=1, document="Luật", title="Luật PCCC", locator="Điều 1", status="còn hiệu lực", trust=None, url=None,
            passage="luat#dieu-1",
        ),
    ),
    image=Image(name="pass-1.png", alt="Bốn bước"),
)  # fmt: skip


@pytest.fixture
def waiting(database: Database) -> Waiting:
    return Waiting(database, SEALER)


@pytest.fixture
def adapter(waiting: Waiting) -> Adapter:
    return WebAdapter(waiting)


@pytest.fixture
async def recipient(database: Database) -> Recipient:
    conversation = uuid4()
    async with database.sessions.begin() as session:
        await note_seen(session, conversation, "web")
    return Recipient(str(conversation))


class Counting(Waiting):
    """Counts what was put by. `forgets` and `fails` are what a database may do; `is_lost`: its last word gets lost."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SEALER)
        self.database = database
        self.puts = 0
        self.is_lost = False

    async def put(self, conversation: UUID, message: dict[str, Any], *, outbox_id: int | None = None) -> int | None:
        number = await super().put(conversation, message, outbox_id=outbox_id)
        self.puts += number is not None
        if self.is_lost:
            raise TimeoutError
        return number

    async def forgets(self) -> None:
        await change(self.database, "DELETE FROM conversation")

    async def fails(self) -> None:
        await change(self.database, "ALTER TABLE waiting_message RENAME TO waiting_elsewhere")


class TestWebAdapter(ChannelContract[Counting]):
    """What of the contract applies to a channel of our own: it has no webhook and no secret, and cannot be away."""

    has_webhook = False
    is_elsewhere = False
    needed_outcomes = frozenset({Sent, Stopped, Unknown})
    send_cases: ClassVar[Mapping[str, SendCase[Any]]] = {
        "well": SendCase(Sent, lambda _waiting: None, 1),
        "the conversation is gone": SendCase(Stopped, Counting.forgets),
        "the database fails": SendCase(Unknown, Counting.fails),
        "put by, but the database does not say so": SendCase(Unknown, lambda it: setattr(it, "is_lost", True), 1),
    }

    database: Database

    @pytest.fixture(autouse=True)
    def _database(self, request: pytest.FixtureRequest) -> None:
        if inspect.iscoroutinefunction(request.function):  # no other test sends anything
            self.database = request.getfixturevalue("database")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running[Counting]]:
        conversation, waiting = uuid4(), Counting(self.database)
        async with self.database.sessions.begin() as session:
            await note_seen(session, conversation, "web")
        adapter = WebAdapter(waiting)
        async with adapter.connected():
            yield Running(adapter, waiting, Recipient(str(conversation)))

    def unconnected(self) -> Adapter:
        return WebAdapter(Waiting(Database("postgresql://localhost:1/none"), SEALER))

    def shown(self, part: Part) -> str:
        """The page shows the text, the sources below it, and the picture with its words."""
        sources = [Citation(**one).line for one in part.body["citations"]]
        return "\n".join([part.body["text"], *sources, part.body.get("image", {}).get("alt", "")])

    def buttons(self, part: Part) -> list[tuple[str, str]]:
        return [(one["label"], one.get("url", one.get("payload", ""))) for one in part.body["buttons"]]

    def check(self, part: Part) -> None:
        stored = json.loads(json.dumps(part.body))
        if part.body["text"].strip():  # the page takes nothing else for a message that came later
            assert later_as_json(stored) == part.body

    def recorded(self, fake: Counting) -> int:
        return fake.puts


async def test_a_reply_reaches_the_page_whole(adapter: Adapter, waiting: Waiting, recipient: Recipient) -> None:
    [part] = adapter.render(REPLY).parts
    async with adapter.connected():
        outcome = await adapter.send(recipient, part)

    [(number, message)] = await waiting.after(UUID(recipient.user), 0)
    assert outcome == Sent(str(number))
    assert later_as_json(message) == reply_as_json(REPLY, rateable=False)
    assert later_as_json(message)["citations"] == [asdict(one) for one in REPLY.citations]


async def test_a_row_of_the_outbox_is_put_by_once(
    adapter: Adapter, waiting: Waiting, recipient: Recipient, database: Database
) -> None:
    part = Part({**adapter.render(REPLY).parts[0].body, "key": 12})
    sent = await outcomes(*(adapter.send(recipient, part) for _ in range(5)))
    assert len(set(map(str, sent))) == 1
    assert isinstance(sent[0], Sent)
    assert await count(database, "waiting_message") == 1
    [(_, message)] = await waiting.after(UUID(recipient.user), 0)
    assert "key" not in message

    # Another row with the same words is another message, and so is every part without a key.
    assert await adapter.send(recipient, Part({**part.body, "key": 13})) != sent[0]
    for _ in range(2):
        await adapter.send(recipient, adapter.render(REPLY).parts[0])
    assert await count(database, "waiting_message") == 4


async def test_to_a_conversation_that_is_gone_nothing_is_sent(adapter: Adapter, database: Database) -> None:
    outcome = await adapter.send(Recipient(str(uuid4())), adapter.render(REPLY).parts[0])
    assert isinstance(outcome, Stopped)
    assert await count(database, "waiting_message") == 0


@pytest.mark.parametrize("user", ["", "7", "quatsch"])
async def test_what_is_no_conversation_is_refused_for_good(adapter: Adapter, user: str) -> None:
    assert isinstance(await adapter.send(Recipient(user), adapter.render(REPLY).parts[0]), Permanent)


async def test_what_is_no_json_or_no_key_is_refused_for_good(adapter: Adapter, recipient: Recipient) -> None:
    assert isinstance(await adapter.send(recipient, Part({"text": object()})), Permanent)
    assert isinstance(await adapter.send(recipient, Part({"text": "a", "key": "x"})), Permanent)


async def test_without_a_database_only_what_has_a_key_is_tried_again() -> None:
    database = Database("postgresql://localhost:1/none")
    adapter = WebAdapter(Waiting(database, SEALER))
    body = {"id": str(uuid4()), "text": "a"}
    assert isinstance(await adapter.send(Recipient(str(uuid4())), Part({**body, "key": 1})), Retryable)
    assert isinstance(await adapter.send(Recipient(str(uuid4())), Part(body)), Unknown)
    await database.close()


async def test_it_has_no_limits_and_nothing_to_be_wrong_about(adapter: Adapter) -> None:
    assert adapter.account == ACCOUNT
    assert adapter.pace.messages is None
    assert len(adapter.render(Reply(kind=Kind.ANSWER, text="a" * 100_000)).parts) == 1
    assert [one.mark for one in await adapter.diagnose()] == [Mark.GOOD]


def test_messages_that_were_put_by_before_are_still_understood() -> None:
    old = {"id": str(uuid4()), "text": "Trả lời"}
    assert later_as_json(old) == {
        "id": old["id"],
        "kind": "flow",
        "text": "Trả lời",
        "buttons": [],
        "citations": [],
        "rateable": False,
    }
    assert later_as_json({**old, "kind": "unheard-of"})["kind"] == "flow"


def test_what_does_not_fit_is_left_out_so_that_the_words_arrive() -> None:
    button, cited = {"label": "Xem", "payload": "card:x"}, asdict(REPLY.citations[0])
    odd: list[object] = [7, None, {}, {"label": 7, "payload": "x"}, {"marker": "1"}]
    message = {"id": str(uuid4()), "text": "a", "buttons": [*odd, button], "citations": [*odd, cited], "image": {}}
    shown = later_as_json(message)
    assert shown["buttons"] == [button]
    assert shown["citations"] == [cited]
    assert "image" not in shown
    assert later_as_json({**message, "buttons": "abc", "citations": 7})["buttons"] == []


@pytest.mark.parametrize("message", [{}, {"text": "a"}, {"id": 7, "text": "a"}, {"id": str(uuid4()), "text": " "}])
def test_without_words_or_id_nothing_can_be_shown(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"words|UUID"):
        later_as_json(message)
