"""What a plan costs and how long it takes: ranges, said to be estimated, with where each price is from."""

import doctest
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from bot.campaigns import costs as costs_module
from bot.campaigns.content import Moment, ZaloTemplate
from bot.campaigns.costs import PRICES_FILE, Costs, Prices, Span, costs, known_prices, quota_words
from bot.channels.contract import Pace
from bot.channels.zalo_bot.settings import ZaloBotSettings
from bot.gateway import paces_of
from bot.settings import Settings
from bot.store.campaign_audience import Estimate, Window
from bot.store.quotas import Quota
from knowledge.faults import KnowledgeError
from tests.bot.campaigns.planned import NOW, at, message, plan

PACES: Final = {"zalo_oa": Pace(100, 60.0), "telegram": Pace(30, 1.0), "web": Pace(None)}
TODAY_AT_NOON: Final = at(20, 12)
IN_TWO_WEEKS: Final = Moment(days=0)


def estimate(**people: int) -> Estimate:
    """`people` by channel and window, such as zalo_oa_paid."""
    windows = {(name.rpartition("_")[0], Window(name.rpartition("_")[2])): many for name, many in people.items()}
    by_channel: dict[str, int] = {}
    for (channel, _), many in windows.items():
        by_channel[channel] = by_channel.get(channel, 0) + many
    return Estimate(total=sum(by_channel.values()), by_channel=by_channel, windows=windows)


def counted(*moments: Moment, templates: bool = False, **people: int) -> Costs:
    template = ZaloTemplate(id="1") if templates else None
    messages = [message(key=str(one), when=one, template=template) for one in moments]
    return costs(plan(*messages), estimate(**people), PACES, NOW)


def test_examples_hold() -> None:
    result = doctest.testmod(costs_module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("people", "moments", "low", "high"),
    [
        ({"telegram_free": 500, "web_free": 500, "zalo_bot_free": 40}, [IN_TWO_WEEKS], 0, 0),
        ({"zalo_oa_free": 1_000}, [TODAY_AT_NOON], 0, 0),
        ({"zalo_oa_free": 1_000}, [IN_TWO_WEEKS], 0, 55_000),  # silent for 48 hours by then
        ({"zalo_oa_paid": 1_000}, [TODAY_AT_NOON], 0, 55_000),  # free in the greatest package
        ({"zalo_oa_paid": 3_000}, [TODAY_AT_NOON], 55_000, 165_000),
        ({"zalo_oa_paid": 3_000}, [TODAY_AT_NOON, at(27, 8)], 220_000, 330_000),  # one month
        ({"zalo_oa_paid": 3_000}, [TODAY_AT_NOON, IN_TWO_WEEKS], 110_000, 330_000),  # two months
    ],
)
def test_money(people: dict[str, int], moments: list[Moment], low: int, high: int) -> None:
    messages = [message(key=str(one), when=one) for one in moments]
    assert costs(plan(*messages), estimate(**people), PACES, NOW).total == Span(low=low, high=high)


def test_templates_cost_where_sources_say_different_things() -> None:
    found = counted(TODAY_AT_NOON, templates=True, zalo_oa_template=100)

    assert found.total == Span(low=12_000, high=30_000)
    assert found.total.words == "ước tính từ 12.000 đ đến 30.000 đ"
    [note] = [one for one in found.notes if "200 đ" in one]
    assert "các nguồn nói khác nhau" in note
    assert "Các nguồn nói khác nhau: thường khoảng 200 đ" in note
    assert "xem ngày 21/11/2026" in note


def test_without_a_template_nothing_goes_after_seven_days() -> None:
    [line] = counted(TODAY_AT_NOON, zalo_oa_template=100).lines

    assert (line.people, line.messages, line.span) == (100, 0, Span())


def test_lines_tell_who_and_how_many() -> None:
    lines = counted(TODAY_AT_NOON, IN_TWO_WEEKS, zalo_oa_free=10, zalo_oa_paid=20, telegram_free=5).lines

    assert [(one.channel, one.window.value, one.people, one.messages) for one in lines] == [
        ("telegram", "free", 5, 10),
        ("zalo_oa", "free", 10, 20),
        ("zalo_oa", "paid", 20, 40),
    ]


def test_a_plan_whose_day_is_not_set_counts_the_dearest() -> None:
    unset = costs(plan(message(when=IN_TWO_WEEKS), day=None), estimate(zalo_oa_free=100), PACES, NOW)

    assert unset.total == Span(low=0, high=5_500)


def test_time_at_the_pace_of_the_account_with_a_share_for_replies() -> None:
    found = counted(TODAY_AT_NOON, zalo_oa_free=10_000, telegram_free=600, web_free=9).durations
    by_channel = {one.channel: one for one in found}
    slow, fast, page = (by_channel[name] for name in ("zalo_oa", "telegram", "web"))

    assert (slow.low, slow.high) == (100, 250)
    assert slow.words == "ước tính từ 1 giờ 40 phút đến 4 giờ 10 phút"
    assert (fast.words, page.words) == ("ước tính 1 phút", "ước tính dưới 1 phút")


def test_the_pace_is_that_of_the_accounts_that_are_configured() -> None:
    settings = Settings(zalo_bot=ZaloBotSettings(token="1:a", per_second=7))

    assert paces_of(settings) == {"web": Pace(None), "zalo_bot": Pace(7)}


def test_articles_and_free_amounts_are_told() -> None:
    with_article = plan(message(when=TODAY_AT_NOON, article="9"))
    notes = costs(with_article, estimate(zalo_oa_paid=1), PACES, NOW).notes

    assert any("broadcast" in one for one in notes)
    assert any("500 hoặc 2.000 tin" in one for one in notes)


def test_a_channel_without_a_price_is_told() -> None:
    unpriced = replace(known_prices(), prices=())

    found = costs(plan(), estimate(telegram_free=3), PACES, NOW, unpriced)

    assert (found.total, found.notes) == (Span(), ("Telegram: chưa rõ giá.",))


def test_every_price_says_where_it_is_from_and_when() -> None:
    prices = known_prices().prices

    assert {(one.channel, one.window.value) for one in prices} == {
        ("zalo_oa", "free"),
        ("zalo_oa", "paid"),
        ("zalo_oa", "template"),
        ("zalo_bot", "free"),
        ("telegram", "free"),
        ("web", "free"),
    }
    for one in prices:
        assert one.source
        assert one.low <= one.high
        assert date(2026, 1, 1) <= one.checked


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("high: 300", "high: nhiều", "high: 300"),
        ("window: template", "window: later", "window: template"),
        ("share_of_replies: 0.6", "", "prices:"),  # what is not there is told of the whole
    ],
)
def test_a_file_of_prices_that_cannot_be_used_names_the_line(tmp_path: Path, old: str, new: str, at: str) -> None:
    sound, broken = PRICES_FILE.read_text(encoding="utf-8"), tmp_path / "prices.yml"
    broken.write_text(sound.replace(old, new), encoding="utf-8")
    line = next(number for number, one in enumerate(sound.splitlines(), 1) if one.strip() == at)

    with pytest.raises(KnowledgeError) as raised:
        Prices.load(broken)
    assert [(one.path, one.line) for one in raised.value.faults] == [(broken, line)]


@pytest.mark.parametrize(
    ("quota", "words"),
    [
        (("cs_reply", 7, 8), "Tin tư vấn: còn 7 trên 8 (09:00 20/09/2026)"),
        (("oa", 0, None), "Hạn mức chung của OA: còn 0 (09:00 20/09/2026)"),
        (("la_mot", 12_000, 20_000), "la_mot: còn 12.000 trên 20.000 (09:00 20/09/2026)"),
        (
            ("broadcast", None, None),
            "Bài truyền thông (broadcast): kênh không cho biết còn bao nhiêu (09:00 20/09/2026)",
        ),
    ],
)
def test_quotas(quota: tuple[str, int | None, int | None], words: str) -> None:
    kind, remaining, total = quota
    assert quota_words([Quota(kind, remaining, total, NOW)]) == (words,)


def test_who_writes_now_is_free_for_48_hours() -> None:
    assert counted(at(22, 8, 59), zalo_oa_free=1).total == Span()
    assert counted(at(22, 9), zalo_oa_free=1).total == Span(low=0, high=55)
