"""The kits as they are shipped: plans that could be submitted as they stand, and that fit every channel."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from bot.campaigns.checking import Known, faults
from bot.campaigns.content import Doing, Plan, Repeat, Variant
from bot.campaigns.content_json import plan_as_json, plan_from_json
from bot.campaigns.kits import plan_from_kit
from bot.campaigns.occasions import next_day
from bot.campaigns.previews import composed, markers, preview, references
from bot.channels.showing import Rendering, telegram_rendering, web_rendering, zalo_bot_rendering, zalo_oa_rendering
from knowledge.campaigns import BLANK, KITS_FOLDER
from knowledge.check import KnowledgeBase
from knowledge.loading import load_knowledge

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
KITS = sorted(path.stem for path in KITS_FOLDER.glob("*.yml"))
FILLED_IN = {"canh-bao-bao", "canh-bao-nang-nong", "ngay-04-10-ket-qua"}
LESSONS = ["bai-1-loi-ra", "bai-2-dien", "bai-3-sac-pin", "bai-4-bep", "bai-5-khoi-va-114"]


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return load_knowledge(NOW.date())


@pytest.fixture(scope="module")
def renderings() -> Mapping[str, Rendering]:
    return {
        "web": web_rendering(),
        "telegram": telegram_rendering(),
        "zalo_oa": zalo_oa_rendering(),
        "zalo_bot": zalo_bot_rendering(lambda name: f"https://pccc.example/{name}"),
    }


def planned(base: KnowledgeBase, kit: str) -> Plan:
    """The plan of a kit for the second time from now on, so that nothing of it is past."""
    occasion = base.kits[kit].occasion
    day = next_day(occasion, next_day(occasion, NOW.date())) if occasion else date(2027, 10, 18)
    return plan_from_kit(base.kits[kit], day)


@pytest.mark.parametrize("kit", KITS)
def test_a_kit_makes_a_plan_that_is_kept_as_it_is(base: KnowledgeBase, kit: str) -> None:
    plan = planned(base, kit)
    assert plan_from_json(plan_as_json(plan)) == plan
    assert (plan.kit, plan.occasion, plan.urgent) == (kit, base.kits[kit].occasion, base.kits[kit].urgent)
    assert len(plan.messages) == len(base.kits[kit].messages)
    assert (plan.first is None) is plan.urgent  # a warning does not wait for how the first take it


@pytest.mark.parametrize("kit", KITS)
def test_nothing_but_blanks_keeps_it_from_being_submitted(
    base: KnowledgeBase, renderings: Mapping[str, Rendering], kit: str
) -> None:
    known = Known(quizzes=frozenset(base.quizzes), drills=frozenset(base.drills), renderings=renderings)
    found = [fault.text for fault in faults(planned(base, kit), base, NOW, known) if fault.blocks]
    assert bool(found) is (kit in FILLED_IN)
    assert all("chưa điền" in text for text in found)


@pytest.mark.parametrize("place", ["Thành phố Hồ Chí Minh", "Phường 12", "xã Sơn Kim 1"])
@pytest.mark.parametrize("kit", sorted(FILLED_IN))
def test_filled_in_it_can_be_submitted_and_its_figures_are_shown_to_who_approves(
    base: KnowledgeBase, renderings: Mapping[str, Rendering], kit: str, place: str
) -> None:
    plan = planned(base, kit)
    filled = partial(_filled_in, place)
    messages = [
        replace(one, texts={variant: BLANK.sub(filled, text) for variant, text in one.texts.items()})
        for one in plan.messages
    ]
    known = Known(quizzes=frozenset(base.quizzes), drills=frozenset(base.drills), renderings=renderings)
    found = faults(replace(plan, messages=tuple(messages)), base, NOW, known)
    assert [fault.text for fault in found if fault.blocks] == []
    assert any("con số" in fault.text for fault in found)


def _filled_in(place: str, blank: re.Match[str]) -> str:
    text = blank.group()
    if "số" in text:
        return "1.234"
    if text == "⟨ngày⟩":
        return "20/10/2026"
    return "13 giờ 25/5/2027" if "giờ" in text else place


@pytest.mark.parametrize("kit", KITS)
def test_every_text_is_one_part_on_every_channel(
    base: KnowledgeBase, renderings: Mapping[str, Rendering], kit: str
) -> None:
    plan = planned(base, kit)
    for message in plan.messages:
        shown = preview(message, plan, base, renderings, today=NOW.date())
        assert len(shown) == len(renderings) * len(message.texts)
        for one in shown:
            assert not one.faults
            assert one.limit is None or one.length <= one.limit


@pytest.mark.parametrize("kit", KITS)
def test_markers_count_the_sources_of_the_kit(base: KnowledgeBase, kit: str) -> None:
    for message, given in zip(planned(base, kit).messages, base.kits[kit].messages, strict=True):
        known = references(message, base)
        for marker, ref in given.sources.items():
            assert (known[marker - 1].document, known[marker - 1].locator) == (ref.document, ref.at)


@pytest.mark.parametrize("kit", [one for one in KITS if not one.startswith("canh-bao")])  # which list several
def test_every_text_asks_for_one_thing_to_do(base: KnowledgeBase, kit: str) -> None:
    for message in base.kits[kit].messages:
        for variant, text in message.texts.items():
            assert sum(line.startswith("Việc ") for line in text.splitlines()) == 1, (message.key, variant)


@pytest.mark.parametrize("kit", KITS)
def test_residents_see_sources_counted_from_one(base: KnowledgeBase, kit: str) -> None:
    plan = planned(base, kit)
    for message in plan.messages:
        for variant, text in message.texts.items():
            shown = composed(message, variant, base, day=NOW.date(), message_id=1)
            assert list(markers(shown.text)) == [one.marker for one in shown.citations]
            assert [one.marker for one in shown.citations] == list(range(1, len(markers(text)) + 1))
            told = [references(message, base)[number - 1] for number in markers(text)]
            assert [one.passage for one in shown.citations] == [f"{one.document}#{one.locator}" for one in told]


def test_the_04_10_kit_is_complete(base: KnowledgeBase) -> None:
    plan = plan_from_kit(base.kits["ngay-04-10"], date(2027, 10, 4))
    keys = [message.key for message in plan.messages]
    assert keys == ["bao-truoc", *LESSONS, "ngay-0410", "nhac-lam-bai", "tap-tai-nha", "cam-on"]
    by_key = {message.key: message for message in plan.messages}
    # The quiz before the lessons and the contest on the day, which measures what they taught
    assert {offer.target for offer in by_key["bao-truoc"].offers} == {"ngay-toan-dan-0410-truoc"}
    assert [offer.target for offer in by_key["ngay-0410"].offers if offer.kind is Doing.QUIZ] == ["ngay-toan-dan-0410"]
    assert by_key["ngay-0410"].when.on(plan.day) == datetime(2027, 10, 4, 7, 30)  # noqa: DTZ001 - local by contract
    # Who has done it is not reminded of it
    assert by_key["nhac-lam-bai"].unless == ("quiz", "ngay-toan-dan-0410")
    assert by_key["tap-tai-nha"].unless == ("drill", "dien-tap-tai-nha")
    # Lessons, the day and the drill for every kind of home
    for key in ("bao-truoc", *LESSONS, "ngay-0410", "tap-tai-nha"):
        wanted = set(Variant) - ({Variant.FLAT} if key == "bai-4-bep" else set())  # a flat's kitchen is a kitchen
        assert set(by_key[key].texts) >= wanted, key


def test_warnings_and_results_hang_on_no_day_of_the_year(base: KnowledgeBase) -> None:
    assert {kit for kit in KITS if base.kits[kit].occasion is None} == FILLED_IN
    assert {kit for kit in KITS if base.kits[kit].urgent} == {"canh-bao-bao", "canh-bao-nang-nong"}


def test_it_comes_again_every_year_unless_it_must_be_filled_in(base: KnowledgeBase) -> None:
    assert planned(base, "ngay-04-10").repeat == Repeat(rule="ngay-04-10", ahead=45)
    for kit in KITS:
        assert (planned(base, kit).repeat is None) is (kit in FILLED_IN)


def test_only_warnings_and_results_have_blanks(base: KnowledgeBase) -> None:
    texts = {kit: [text for one in base.kits[kit].messages for text in one.texts.values()] for kit in KITS}
    assert {kit for kit in KITS if any(BLANK.search(text) for text in texts[kit])} == FILLED_IN


def test_a_message_may_go_as_long_as_its_kit_says(base: KnowledgeBase) -> None:
    plan = planned(base, "ngay-04-10")
    assert {message.key: message.send_for for message in plan.messages}["ngay-0410"] == timedelta(hours=14)
