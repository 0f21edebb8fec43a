"""Broadcasts of articles are asked for once for each message and account, and never blindly again."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.campaigns.content import Audience, Behaviour, Did, Message, Moment, Plan, Variant
from bot.campaigns.content_json import plan_as_json
from bot.campaigns.lifecycle import Fate, Stage, State
from bot.channels.contract import (
    Halted,
    Outcome,
    Permanent,
    QuotaSpent,
    Retryable,
    Sent,
    Throttled,
    Unknown,
    UntargetableError,
)
from bot.delivery.broadcasting import Broadcasts
from bot.store.campaign_broadcasts import AGAIN_AFTER, LOST_AFTER, CampaignBroadcasts
from bot.store.database import Database
from tests.integration.recorded_campaigns import BEGUN, Recorded, after
from tests.integration.stored import change, count, value

ARTICLE = "4402c73f7e7a9724ce6b"
PLAN = Plan(
    title="Ngày 04/10",
    messages=(
        Message(key="ngay", title="Hôm nay", when=Moment(), texts={Variant.HOUSEHOLD: "Chào."}, article=ARTICLE),
        Message(key="on", title="Cảm ơn", when=Moment(), texts={Variant.HOUSEHOLD: "Cảm ơn."}),
    ),
)


class Shower:
    """A channel that shows articles, and says what a test wants it to."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.dies = False

    def target(self, places: Sequence[str]) -> Mapping[str, str]:
        if any(len(one) != 2 for one in places):
            raise UntargetableError("không chọn được tới phường, xã")
        return {"cities": ",".join(places)} if places else {}

    async def broadcast(self, article: str, target: Mapping[str, str]) -> Outcome:
        self.asked.append((article, target))
        if self.dies:
            raise asyncio.CancelledError
        await asyncio.sleep(0)
        return self.outcomes.pop(0) if self.outcomes else Sent("b1")


class Setting:
    """A campaign whose message goes to all now, and one account that can show articles."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorded = Recorded(database)
        self.shower = Shower()
        self.message = self.campaign = 0

    async def opened(self, plan: Plan = PLAN, key: str = "ngay", **campaign: Any) -> "Setting":
        await change(self.database, "INSERT INTO account (channel, name) VALUES ('zalo_oa', '1')")
        self.campaign = number = await self.recorded.campaign(**campaign)
        await change(
            self.database, "UPDATE campaign SET plan = CAST(:plan AS jsonb) WHERE id = :id", plan=_json(plan), id=number
        )
        self.message = await self.recorded.message(number, key)
        return self

    @property
    def broadcasts(self) -> Broadcasts:
        return Broadcasts(self.database, {1: self.shower})

    async def ask(self, at: datetime = BEGUN) -> tuple[str, str | None]:
        """Ask, and return the state and the reason of the row."""
        await self.broadcasts.ask_due(at)
        await self.broadcasts.ask(self.message, at)
        return await self.row()

    async def row(self) -> tuple[str, str | None]:
        if not await count(self.database, "campaign_broadcast"):
            return ("", None)
        state = await value(self.database, "SELECT state FROM campaign_broadcast")
        return state, await value(self.database, "SELECT reason FROM campaign_broadcast")

    async def now_is(self, stage: Stage, state: State = State.SENDING) -> None:
        await change(self.database, "UPDATE campaign_message SET stage = :stage", stage=stage.value)
        await change(self.database, "UPDATE campaign SET state = :state", state=state.value)


def _json(plan: Plan) -> str:
    return json.dumps(plan_as_json(plan))


@pytest.fixture
async def setting(database: Database) -> Setting:
    return await Setting(database).opened()


async def test_it_is_asked_for_once_however_often_that_is_tried(setting: Setting) -> None:
    for hours in (0, 1, 2):
        assert await setting.ask(after(hours=hours)) == ("sent", None)
    await asyncio.gather(*(setting.broadcasts.ask(setting.message, after(hours=3)) for _ in range(5)))
    assert setting.shower.asked == [(ARTICLE, {})]


async def test_of_many_at_once_one_asks(setting: Setting) -> None:
    await asyncio.gather(*(setting.broadcasts.ask(setting.message, BEGUN) for _ in range(8)))
    assert len(setting.shower.asked) == 1


@pytest.mark.parametrize(
    "outcome", [Retryable("x"), Throttled(9.0), Halted("mã truy cập hết hạn")], ids=["retryable", "throttled", "halted"]
)
async def test_what_surely_was_not_asked_for_is_asked_for_again_after_a_while(
    setting: Setting, outcome: Outcome
) -> None:
    setting.shower.outcomes = [outcome]
    state, reason = await setting.ask()
    assert (state, bool(reason)) == ("pending", True)
    assert (await setting.ask(BEGUN + AGAIN_AFTER / 2))[0] == "pending"
    assert await setting.ask(BEGUN + AGAIN_AFTER) == ("sent", None)
    assert len(setting.shower.asked) == 2


@pytest.mark.parametrize(
    ("outcome", "state"), [(Unknown("?"), "unknown"), (Permanent("-235"), "failed"), (QuotaSpent("-211"), "failed")]
)
async def test_what_was_perhaps_asked_for_or_refused_is_not_asked_for_again(
    setting: Setting, outcome: Outcome, state: str
) -> None:
    setting.shower.outcomes = [outcome]
    for hours in (0, 1, 3):
        assert (await setting.ask(after(hours=hours)))[0] == state
    assert len(setting.shower.asked) == 1


async def test_whoever_dies_in_the_middle_leaves_it_unknown(setting: Setting) -> None:
    setting.shower.dies = True
    with pytest.raises(asyncio.CancelledError):
        await setting.ask()
    assert (await setting.row())[0] == "sending"
    setting.shower.dies = False
    assert (await setting.ask(BEGUN + LOST_AFTER / 2))[0] == "sending"  # it may still be under way
    state, reason = await setting.ask(BEGUN + LOST_AFTER + timedelta(seconds=1))
    assert (state, bool(reason)) == ("unknown", True)
    assert len(setting.shower.asked) == 1


@pytest.mark.parametrize("how", ["late", "cancelled"])
async def test_whoever_dies_at_the_end_leaves_it_unknown_too(setting: Setting, how: str) -> None:
    setting.shower.dies = True
    with pytest.raises(asyncio.CancelledError):
        await setting.ask()
    setting.shower.dies = False
    if how == "cancelled":
        await setting.now_is(Stage.STOPPED, State.CANCELLED)
    await setting.broadcasts.ask_due(after(hours=12))
    assert (await setting.row())[0] == "unknown"
    assert len(setting.shower.asked) == 1


async def test_what_waits_to_be_asked_for_again_ends_with_the_campaign(setting: Setting) -> None:
    setting.shower.outcomes = [Retryable("x")]
    assert (await setting.ask())[0] == "pending"
    await setting.now_is(Stage.STOPPED, State.CANCELLED)
    await setting.broadcasts.ask_due(after(hours=1))
    assert await setting.row() == ("skipped", "Chiến dịch bị hủy")
    [told] = await CampaignBroadcasts(setting.database).of(setting.campaign)
    assert (told.title, told.channel, told.state, told.reason) == (
        "Tin ngay",
        "zalo_oa",
        Fate.SKIPPED,
        "Chiến dịch bị hủy",
    )


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.FIRST, Stage.WATCHING])
async def test_it_waits_until_the_message_goes_to_all(setting: Setting, stage: Stage) -> None:
    await setting.now_is(stage)
    assert await setting.ask() == ("", None)
    await setting.now_is(Stage.SENDING)
    assert (await setting.ask())[0] == "sent"


async def test_it_waits_while_the_campaign_is_paused_and_ends_with_it(setting: Setting) -> None:
    await setting.now_is(Stage.SENDING, State.PAUSED)
    assert await setting.ask() == ("", None)
    await setting.now_is(Stage.STOPPED, State.CANCELLED)
    await setting.broadcasts.ask(setting.message, BEGUN)
    assert await setting.row() == ("skipped", "Chiến dịch bị hủy")
    assert setting.shower.asked == []


async def test_a_message_without_recipients_is_broadcast_all_the_same(setting: Setting) -> None:
    await setting.now_is(Stage.DONE, State.COMPLETED)
    assert (await setting.ask())[0] == "sent"


async def test_what_is_late_is_skipped(setting: Setting) -> None:
    assert await setting.ask(after(hours=7)) == ("skipped", "Quá hạn gửi")
    assert setting.shower.asked == []


@pytest.mark.parametrize(("urgent", "asked"), [(False, 0), (True, 1)])
async def test_at_night_only_what_is_urgent(database: Database, urgent: bool, asked: int) -> None:
    setting = await Setting(database).opened(urgent=urgent)
    night = BEGUN - timedelta(hours=2)  # 6:00 in Viet Nam
    await setting.broadcasts.ask(setting.message, night)
    assert len(setting.shower.asked) == asked


async def test_a_message_without_an_article_is_none(database: Database) -> None:
    setting = await Setting(database).opened(key="on")
    assert await setting.ask() == ("", None)


@pytest.mark.parametrize(
    ("audience", "why"),
    [
        (Audience(places=("26884",)), "phường, xã"),
        (Audience(homes=("flat",)), "loại nhà"),
        (Audience(parts=("school",), without_places=("01",)), "vai trò, nơi loại ra"),
        (Audience(behaviours=(Behaviour(did=Did.NOT_GOT, target="1"),)), "việc đã làm"),
    ],
)
async def test_nobody_is_shown_what_was_meant_for_others(database: Database, audience: Audience, why: str) -> None:
    setting = await Setting(database).opened(replace(PLAN, audience=audience))
    state, reason = await setting.ask()
    assert (state, why in str(reason)) == ("failed", True)
    assert setting.shower.asked == []


@pytest.mark.parametrize(("channels", "state"), [(("telegram", "web"), "skipped"), (("zalo_oa",), "sent")])
async def test_it_is_shown_only_on_channels_of_the_audience(
    database: Database, channels: tuple[str, ...], state: str
) -> None:
    setting = await Setting(database).opened(replace(PLAN, audience=Audience(channels=channels)))
    assert (await setting.ask())[0] == state
    assert len(setting.shower.asked) == (state == "sent")


async def test_provinces_are_passed_on(database: Database) -> None:
    setting = await Setting(database).opened(replace(PLAN, audience=Audience(places=("01", "79"))))
    assert (await setting.ask())[0] == "sent"
    assert setting.shower.asked == [(ARTICLE, {"cities": "01,79"})]


async def test_it_is_looked_for_again_and_again_until_the_end(setting: Setting) -> None:
    clock, pauses = [BEGUN - timedelta(hours=2)], 0  # 6:00 in Viet Nam

    async def pause(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        clock[0] += timedelta(hours=2)
        if pauses == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await setting.broadcasts.keep_asking(lambda: clock[0], pause)
    assert (await setting.row())[0] == "sent"
    assert len(setting.shower.asked) == 1


async def test_an_article_is_asked_for_as_long_as_its_message_may_go(setting: Setting) -> None:
    """Such as where the first few were watched for days, and then a person let the others have it."""
    await change(setting.database, "UPDATE campaign_message SET send_until = :at", at=after(days=7))
    await setting.broadcasts.ask_due(after(days=5, hours=1))
    assert (await setting.row())[0] == "sent"


async def test_without_a_channel_that_can_nothing_is_noted(setting: Setting) -> None:
    await Broadcasts(setting.database, {}).ask_due(BEGUN)
    assert await count(setting.database, "campaign_broadcast") == 0
