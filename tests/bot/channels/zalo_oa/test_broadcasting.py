"""Broadcasts of articles: asked for once, for no more people than were meant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from bot.channels.contract import (
    Broadcasting,
    Mark,
    Outcome,
    Permanent,
    QuotaSpent,
    Retryable,
    Sent,
    Throttled,
    Unknown,
    UntargetableError,
)
from tests.bot.channels.zalo_oa.setting import HURRIED, Setting, png_at, zalo_setting
from tests.fakes.zalo_oa import Broadcast, Fault

ARTICLE: Final = "4402c73f7e7a9724ce6b"
CITIES: Final[Mapping[str, tuple[str, ...]]] = {"01": ("4",), "79": ("1", "57")}
EVERYBODY: Final = {"gender": "0"}


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    async with zalo_setting(png_at(tmp_path), cities=CITIES) as it:
        it.fake.articles.add(ARTICLE)
        yield it


async def test_the_adapter_is_one_that_broadcasts(setting: Setting) -> None:
    assert isinstance(setting.adapter, Broadcasting)


async def test_an_article_is_shown_to_followers_of_provinces(setting: Setting) -> None:
    target = setting.adapter.target(["01", "79"])
    outcome = await setting.adapter.broadcast(ARTICLE, target)
    [shown] = setting.fake.broadcasts
    assert shown == Broadcast(shown.id, ARTICLE, {"gender": "0", "cities": "4,1,57"})
    assert outcome == Sent(shown.id)
    assert setting.fake.sent() == []


async def test_without_places_it_is_for_everybody(setting: Setting) -> None:
    assert setting.adapter.target([]) == EVERYBODY


@pytest.mark.parametrize(
    ("places", "why"), [(["00004"], "phường, xã"), (["01", "26884"], "phường"), (["01", "48"], "48")]
)
async def test_who_cannot_be_chosen_is_said_and_nobody_else_is_taken(
    setting: Setting, places: list[str], why: str
) -> None:
    with pytest.raises(UntargetableError, match=why):
        setting.adapter.target(places)


@pytest.mark.parametrize("code", [-235, -224, -240])
async def test_an_oa_that_may_not_is_asked_once(setting: Setting, code: int) -> None:
    setting.fake.refuses_broadcasts = code
    for _ in range(2):
        assert isinstance(await setting.adapter.broadcast(ARTICLE, EVERYBODY), Permanent)
    assert setting.fake.asked("broadcast") == 1
    [found] = [one for one in await setting.adapter.diagnose() if "broadcast" in one.text]
    assert (found.mark, f"lỗi {code}" in found.text) == (Mark.CAUTION, True)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.refusal(-211), QuotaSpent),
        (Fault.refusal(-201), Permanent),
        (Fault.refusal(-32), Throttled),
        (Fault.refusal(-200), Retryable),
        (Fault.page(502, done=True), Unknown),
        (Fault.reset(done=True), Unknown),
    ],
)
async def test_each_refusal_says_what_to_do(setting: Setting, fault: Fault, outcome: type[Outcome]) -> None:
    setting.fake.fails("broadcast", fault)
    found = await setting.adapter.broadcast(ARTICLE, EVERYBODY)
    assert isinstance(found, outcome)
    # The quota of broadcasts is not that of messages to residents
    assert not (isinstance(found, QuotaSpent) and found.whole_account)


async def test_silence_leaves_it_unknown(tmp_path: Path) -> None:
    async with zalo_setting(png_at(tmp_path), **HURRIED) as hurried:
        hurried.fake.articles.add(ARTICLE)
        hurried.fake.fails("broadcast", Fault.silence(done=True))
        assert isinstance(await hurried.adapter.broadcast(ARTICLE, EVERYBODY), Unknown)
        assert len(hurried.fake.broadcasts) == 1


async def test_an_article_that_zalo_does_not_have_is_refused(setting: Setting) -> None:
    assert isinstance(await setting.adapter.broadcast("nope", EVERYBODY), Permanent)
    assert isinstance(await setting.adapter.broadcast(" ", EVERYBODY), Permanent)
