"""The conversations of tests/conversations, run through the entry that every channel uses."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from PIL import Image
from sqlalchemy import text

from bot.conversation.dialogue import Dialogue
from bot.conversation.finding import Finder
from bot.conversation.flows.lifecycle import State
from bot.conversation.gathering import Gatherer
from bot.conversation.messages import Button, Incoming, Kind, Shared, Turn
from bot.conversation.turn import Assistant
from bot.conversing import Conversing, all_flows, place_reading
from bot.feedback.deadlines import Deadlines
from bot.feedback.lifecycle import Act, Hat
from bot.feedback.photos import cleaned
from bot.feedback.rejections import RejectReason
from bot.feedback.reports import Actor
from bot.keeper import StoredConversations
from bot.later import answered
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.links import Linked
from bot.store.photos import Photos
from bot.store.reports import Reports
from bot.store.sealing import Sealer
from bot.store.waiting import Waiting
from bot.understanding import Understanding
from intents.client import NluClient
from intents.rasa_training import current_model
from intents.standing_in import StandIn
from intents.understanding import Understanding as Intents
from knowledge.clock import VIET_NAM
from tests.conftest import new_database
from tests.integration.recorded_campaigns import Recorded
from tests.integration.stored_reports import put_agency, put_staff

FOLDER = Path(__file__).parents[1] / "conversations"
START = datetime(2026, 11, 22, 9, 0, tzinfo=VIET_NAM)
KEYS = {"resident", "press", "press old", "after", "kind", "says", "never", "cites", "buttons", "replies",
        "official answers", "officials", "reads later", "press later", "channel", "photos", "photo refused",
        "pin", "campaign sends", "press campaign", "marked"}  # fmt: skip
RECEIPT = re.compile(r"\b[2-9A-Z]{2}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")
LINK_CODE = re.compile(r"(?<!-)\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
_DETAILS = {"reject": {"reason": RejectReason.UNCLEAR.value}, "close": {"evidence": "biên bản"}}
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _conversations() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yml")):
        for one in yaml.safe_load(path.read_text("utf-8")):
            yield pytest.param(one, id=f"{path.stem}: {one['name']}")


class Listening:
    """Rasa, or nothing, that notes which intents it told."""

    def __init__(self, nlu: NluClient | None, told: set[str]) -> None:
        self._nlu = nlu
        self._stand_in = StandIn.of(current_model())
        self._told = told

    async def parse(self, text: str) -> Intents | None:
        found = await self._nlu.parse(text) if self._nlu else None
        found = found or (self._stand_in.parse(text) if self._stand_in else None)
        if found is not None:
            self._told.add(found.ranking[0][0].value)
        return found


class Talk:
    """One conversation with the assistant, at a time that the test sets."""

    def __init__(self, understanding: Understanding, database: Database, sealer: Sealer, nlu: Listening) -> None:
        self.now = START
        self.letters = Letters(database, sealer)
        self.waiting = Waiting(database, sealer)
        self.photos = Photos(database, sealer)
        self.reports = Reports(database, sealer, Deadlines.load(), clock=lambda: self.now)
        self.keeper = StoredConversations(
            database,
            sealer,
            on_linked=self._on_linked,
            clock=lambda: self.now.timestamp(),  # noqa: PLW0108 - the time goes on
            now=lambda: self.now,
            without_photos=frozenset({"no-photos"}),
        )
        finder = Finder(understanding.base, understanding.built.index, understanding.built.calibration)
        self.dialogue: Dialogue = Conversing(
            nlu=nlu, keeper=self.keeper, queue=self.letters, clock=lambda: self.now, gatherer=Gatherer(self._followed)
        )(Assistant(understanding.base, finder, lambda: self.now.date()))  # noqa: PLW0108 - the time goes on
        self.channel = "test"
        self.conversations: dict[str, UUID] = {}
        self.link_code = ""
        self.receipt = ""
        self.database = database
        self.buttons: list[tuple[Button, ...]] = []
        self.later: dict[str, str] = {}
        self.more_comes = False
        self.campaign_message = 0

    @property
    def conversation(self) -> UUID:
        """The resident's conversation on the channel that the script is on."""
        return self.conversations.setdefault(self.channel, uuid4())

    async def _on_linked(self, linked: Linked) -> None:
        """Let the channel whose conversation is gone have the one that stays."""
        self.conversations = {
            channel: linked.survivor if one == linked.gone else one for channel, one in self.conversations.items()
        }

    async def _followed(self, _coming: object) -> bool:
        """Whether the next line comes within seconds: as the script says, without waiting."""
        if asyncio.iscoroutine(_coming):
            _coming.close()
        return self.more_comes

    async def say(self, script: dict[str, Any], payload: str | None = None) -> Turn:
        """Write, press or send what the script says."""
        photos = [
            await self.photos.stage(self.conversation, cleaned(_picture())) for _ in range(script.get("photos", 0))
        ]
        pin, refused = script.get("pin"), script.get("photo refused")
        shared = Shared.PHOTO if photos or refused else Shared.LOCATION if pin else None
        text = str(script.get("resident", "")).replace("{code}", self.link_code).replace("{receipt}", self.receipt)
        turn = await self.dialogue.respond(
            Incoming(
                conversation=self.conversation,
                channel=self.channel.split()[0],
                text=text,
                payload=payload,
                shared=shared,
                photos=tuple(photos),
                photo_refused=refused,
                pin=tuple(pin) if pin else None,
            )
        )
        for reply in turn.replies:
            if code := LINK_CODE.search(reply.text):
                self.link_code = code.group()
            if "Mã của bạn" in reply.text and (receipt := RECEIPT.search(reply.text)):
                self.receipt = receipt.group()
        shown = tuple(button for reply in turn.replies for button in reply.buttons)
        if shown:
            self.buttons.append(shown)
        return turn

    async def officials_do(self, acts: list[str]) -> None:
        """Let officials do something with the report whose code was given last: "verify", "answer: Đã mở khóa."."""
        found = await self.reports.by_code(self.receipt)
        assert found is not None
        name = uuid4().hex
        officer = Actor(hat=Hat.MTTQ, who=name, staff_id=await put_staff(self.database, name))
        for one in acts:
            act, _, text = one.partition(": ")
            self.now += timedelta(minutes=1)
            if act == "write":
                await self.reports.add(found.id, text, officer)
                continue
            details = _DETAILS.get(act, {})
            agency = await put_agency(self.database, f"Công an phường {name}") if act == "forward" else None
            await self.reports.act(found.id, Act(act), officer, text, details=details, agency_id=agency)

    async def campaign_sends(self, title: str) -> None:
        """Let a message of a campaign of that title be sent to the resident now."""
        recorded = Recorded(self.database)
        campaign = await recorded.campaign(f"Chiến dịch {uuid4().hex}")
        self.campaign_message = await recorded.message(campaign, title=title)
        member = await recorded.member(campaign, self.conversation)
        await recorded.row(self.campaign_message, member, sent_at=self.now)

    async def marked(self) -> list[str]:
        """What is marked on the campaign's message that was sent last: "answered", "stopped", "complained"."""
        marks = ("answered", "stopped", "complained")
        listed = ", ".join(f"{one}_at IS NOT NULL AS {one}" for one in marks)
        async with self.database.sessions() as session:
            found = await session.execute(
                text(f"SELECT {listed} FROM campaign_recipient WHERE message_id = :message"),  # noqa: S608
                {"message": self.campaign_message},
            )
        row = found.mappings().one()
        return [one for one in marks if row[one]]

    def payload(self, label: str, *, old: bool) -> str:
        shown = [row for rows in self.buttons[:-1] for row in rows] if old else self.buttons[-1]
        found = [one for one in shown if one.label.startswith(label) and one.payload]
        assert found, f"no button {label!r} among {[one.label for one in shown]}"
        return str(found[-1].payload)

    async def step(self) -> str | None:
        """The step of the form that is open: "home.place"."""
        form = (await self.keeper.recall(self.conversation)).memory.form
        return f"{form.flow}.{form.step}" if form and form.state is State.ASKING else None


@pytest.fixture(autouse=True)
def time_to_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said does not hang on how busy the machine is."""
    monkeypatch.setattr("bot.conversation.keeping.KEEPING_SECONDS", 60.0)


@pytest.fixture(scope="module")
def one_database(postgres_url: str) -> Iterator[str]:
    """URL of one migrated database for all conversations: none sees another's."""
    with new_database(postgres_url) as url:

        async def migrate() -> None:
            database = Database(url)
            await database.migrate()
            await database.close()

        asyncio.run(migrate())
        yield url


@pytest.fixture
async def talk(
    understanding: Understanding, one_database: str, rasa: NluClient | None, reached: dict[str, set[str]]
) -> AsyncIterator[Talk]:
    database = Database(one_database)
    one = Talk(understanding, database, Sealer([_KEY]), Listening(rasa, reached["intents"]))
    yield one
    await one.dialogue.settled()
    await database.close()


def _picture() -> bytes:
    """A small photo."""
    file = BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, "JPEG")
    return file.getvalue()


_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.mark.parametrize("conversation", list(_conversations()))
async def test_conversation(
    conversation: dict[str, Any], talk: Talk, rasa: NluClient | None, reached: dict[str, set[str]]
) -> None:
    if conversation.get("needs") == "rasa" and rasa is None:
        pytest.skip("needs an installed Rasa")
    turns = conversation["turns"]
    for number, script in enumerate(turns, 1):
        assert set(script) <= KEYS, (
            f"turn {number}: {set(script) - KEYS} is not known, see tests/conversations/README.md"
        )
        _pass_time(talk, script.get("after"))
        talk.more_comes = script.get("replies") == 0
        talk.channel = script.get("channel", talk.channel)
        await _play(talk, script, f"{conversation['name']}, turn {number}")
        if (step := await talk.step()) is not None:
            reached["steps"].add(step)


def test_every_step_of_every_flow_is_reached(understanding: Understanding, reached: dict[str, set[str]]) -> None:
    """Runs after the conversations; a step that none reaches is a step that nobody has tried."""
    steps = {
        f"{flow.name}.{step.name}"
        for flow in all_flows(understanding.base, place_reading(understanding.base))
        for step in flow.steps
    }
    if len(reached["steps"]) > len(steps) / 2:  # a run of a few chosen conversations proves nothing
        assert steps <= reached["steps"], steps - reached["steps"]


def _pass_time(talk: Talk, after: str | None) -> None:
    talk.now += timedelta(seconds=20)
    if after is not None:
        match = re.fullmatch(r"(\d+) (second|minute|hour|day)s?", after)
        assert match, f"after: {after!r} is not a time such as '5 minutes'"
        talk.now += timedelta(seconds=int(match[1]) * UNITS[match[2]] - 20)


async def _play(talk: Talk, script: dict[str, Any], where: str) -> None:
    if "official answers" in script:
        letter = (await talk.letters.waiting())[0]
        await talk.letters.answer(letter.code, script["official answers"], "Công an phường", answered)
        return
    if "campaign sends" in script:
        await talk.campaign_sends(script["campaign sends"])
        return
    if "officials" in script:
        await talk.officials_do(script["officials"])
        return
    if "reads later" in script:
        messages = [message for _, message in await talk.waiting.after(talk.conversation, 0)]
        read = " ".join(message["text"] for message in messages)
        assert all(one in read for one in script["reads later"]), f"{where}: {read}"
        offered = [button for message in messages for button in message.get("buttons", ())]
        talk.later = {str(one["label"]): str(one["payload"]) for one in offered}
        return
    presses = ("press", "press old", "press later", "press campaign")
    pressed = next((name for name in presses if name in script), None)
    if pressed is None:
        turn = await talk.say(script)
    elif pressed == "press later":
        turn = await talk.say(script, talk.later[str(script[pressed])])
    elif pressed == "press campaign":
        turn = await talk.say(script, f"go:{script[pressed]}:{talk.campaign_message}")
    else:
        turn = await talk.say(script, talk.payload(str(script[pressed]), old=pressed == "press old"))
    _check(turn, script, where)
    if "marked" in script:
        assert await talk.marked() == script["marked"], where


def _check(turn: Turn, script: dict[str, Any], where: str) -> None:
    text = "\n".join(reply.text for reply in turn.replies)
    seen = f"{where}: {script.get('resident', script.get('press'))!r} → {turn.kind.value}\n{text}"
    assert turn.kind is Kind(script.get("kind", turn.kind)), seen
    assert len(turn.replies) == script.get("replies", len(turn.replies)), seen
    assert turn.replies or script.get("replies") == 0, seen
    for one in script.get("says", ()):
        assert str(one).casefold() in text.casefold(), f"{one!r} is missing in {seen}"
    for one in script.get("never", ()):
        assert str(one).casefold() not in text.casefold(), f"{one!r} stands in {seen}"
    sources = " ".join(citation.line for reply in turn.replies for citation in reply.citations)
    for one in script.get("cites", ()):
        assert str(one) in sources, f"{one!r} is not cited in {seen}\n{sources}"
    labels = [button.label for reply in turn.replies for button in reply.buttons]
    for one in script.get("buttons", ()):
        assert any(label.startswith(str(one)) for label in labels), f"no button {one!r} among {labels} in {seen}"


async def test_a_turn_is_answered_although_nothing_can_be_marked(talk: Talk) -> None:
    async with talk.database.sessions.begin() as session:
        await session.execute(text("ALTER TABLE campaign_recipient RENAME TO gone"))
    try:
        turn = await talk.say({"resident": "đăng ký"})
        assert "muốn nhận tin nào" in turn.replies[0].text
        assert await talk.step() == "news.topics"  # and what it led to is remembered
    finally:
        async with talk.database.sessions.begin() as session:
            await session.execute(text("ALTER TABLE gone RENAME TO campaign_recipient"))
