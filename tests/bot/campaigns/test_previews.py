"""What a message looks like on each channel, and what is frozen of it."""

import doctest
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.campaigns import previews
from bot.campaigns.content import WAY_OUT, Audience, Doing, Offer, Source, Variant, ZaloTemplate
from bot.campaigns.previews import (
    STOP,
    TEMPLATE,
    WRONG,
    UnfitMessageError,
    composed,
    frozen,
    preview,
    references,
    texts_digest,
)
from bot.channels.showing import zalo_bot_rendering
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.web_adapter import WebAdapter
from bot.channels.zalo_bot.settings import ZaloBotSettings
from bot.channels.zalo_oa import buttons as zalo_buttons
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.gateway import adapters_of
from bot.settings import Settings
from bot.store.database import Database
from bot.store.waiting import Waiting
from knowledge.check import KnowledgeBase
from tests.bot.campaigns.planned import DAY, FINE, NOW, RENDERINGS, TEXT, TODAY, message, plan, small_base
from tests.integration.stored import SEALER


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    return small_base(tmp_path)


def body(texts: list[Any], channel: str, variant: Variant = Variant.HOUSEHOLD) -> Any:
    return next(one.body for one in texts if (one.channel, one.variant) == (channel, variant))


def test_examples_hold() -> None:
    result = doctest.testmod(previews, extraglobs={"Doing": Doing})
    assert result.attempted > 0
    assert result.failed == 0


def test_each_channel_shows_text_source_way_out_and_buttons(base: KnowledgeBase) -> None:
    shown = {one.channel: one for one in preview(message(), plan(), base, RENDERINGS, today=TODAY)}

    assert set(shown) == {"web", "zalo_oa", "zalo_bot", "telegram"}
    for one in shown.values():
        assert one.text.startswith(TEXT)
        assert WAY_OUT in one.text
        assert "[1] Nghị định 106/2025/NĐ-CP, Điều 27 khoản 4 (còn hiệu lực)" in one.text
        assert one.faults == ()
    for channel in ("web", "zalo_oa", "telegram"):
        assert shown[channel].buttons == ("Thử sức", WRONG, STOP)
    assert "1. Thử sức\n2. Tin này không đúng\n3. Dừng nhận tin" in shown["zalo_bot"].text
    assert {one.channel: one.limit for one in shown.values()} == {
        "web": None,
        "zalo_oa": 2000,
        "zalo_bot": 2000,
        "telegram": 4096,
    }


def test_only_channels_of_the_audience_and_variants_that_are_written(base: KnowledgeBase) -> None:
    flats = message(texts={Variant.HOUSEHOLD: TEXT, Variant.FLAT: "Ở chung cư: đi thang bộ. [1]"})
    only = plan(flats, audience=Audience(channels=("zalo_oa", "telegram")))

    shown = preview(flats, only, base, RENDERINGS, today=TODAY)

    assert [(one.channel, one.variant.value) for one in shown] == [
        ("zalo_oa", "household"),
        ("zalo_oa", "flat"),
        ("telegram", "household"),
        ("telegram", "flat"),
    ]
    assert [one.text.startswith("Ở chung cư") for one in shown] == [False, True, False, True]


def test_markers_count_the_sources_of_the_message_then_those_of_its_cards_each_once(base: KnowledgeBase) -> None:
    other = Source(document="nd-106-2025", locator="dieu-98")

    assert references(message(sources=(other,), cards=("bao-chay-gia",)), base) == (other, FINE)
    assert references(message(sources=(FINE,), cards=("bao-chay-gia", "khong-co")), base) == (FINE,)


def test_a_document_as_a_whole_is_a_source(base: KnowledgeBase) -> None:
    whole = message(sources=(Source(document="nd-106-2025"),))

    [shown] = preview(whole, plan(whole, audience=Audience(channels=("web",))), base, RENDERINGS, today=TODAY)

    assert "[1] Nghị định 106/2025/NĐ-CP (còn hiệu lực)" in shown.text


def test_sources_are_shown_as_of_the_day_on_which_it_goes(base: KnowledgeBase) -> None:
    old = message(sources=(Source(document="nd-144-2021", locator="dieu-42"),))
    before = plan(old, day=date(2025, 6, 1), audience=Audience(channels=("web",)))

    [then] = preview(old, before, base, RENDERINGS, today=date(2025, 5, 1))
    [after] = preview(old, replace(before, day=DAY), base, RENDERINGS, today=date(2025, 5, 1))

    assert "hết hiệu lực" not in then.text.split("Nguồn:")[1]
    assert "hết hiệu lực từ 01/07/2025" in after.text


def test_what_is_longer_than_one_part_is_a_fault_by_how_much(base: KnowledgeBase) -> None:
    # Given a text with which the message on Zalo is exactly as long as may be
    [fits] = preview(message(), plan(audience=Audience(channels=("zalo_oa",))), base, RENDERINGS, today=TODAY)
    longest = TEXT + " " + "a" * (2000 - fits.length - 1)
    on_zalo = plan(message(texts={Variant.HOUSEHOLD: longest}), audience=Audience(channels=("zalo_oa", "telegram")))

    shown = preview(on_zalo.messages[0], on_zalo, base, RENDERINGS, today=TODAY)
    assert [(one.length, one.faults) for one in shown if one.channel == "zalo_oa"] == [(2000, ())]

    # When it has seven signs more
    longer = message(texts={Variant.HOUSEHOLD: longest + "b" * 7})
    zalo, telegram = preview(longer, on_zalo, base, RENDERINGS, today=TODAY)

    # Then that is said for Zalo, and Telegram takes it
    assert [one.text for one in zalo.faults] == [
        "“Bài học 1”, bản hộ gia đình, Zalo OA: dài quá 7 ký tự, giới hạn 2000 (tính cả nguồn, nút và dòng hướng dẫn "
        "dừng nhận)."
    ]
    assert telegram.faults == ()
    with pytest.raises(UnfitMessageError, match="dài quá 7 ký tự"):
        frozen(longer, 1, on_zalo, base, RENDERINGS, today=TODAY)


@pytest.mark.parametrize("channel", ["zalo_oa", "zalo_bot", "telegram"])
def test_signs_beyond_the_basic_plane_count_as_the_channel_counts(base: KnowledgeBase, channel: str) -> None:
    on_it = plan(audience=Audience(channels=(channel,)))
    [plain] = preview(message(texts={Variant.HOUSEHOLD: "Cháy [1]"}), on_it, base, RENDERINGS, today=TODAY)
    [fire] = preview(message(texts={Variant.HOUSEHOLD: "Cháy 🔥🔥 [1]"}), on_it, base, RENDERINGS, today=TODAY)

    assert fire.length - plain.length == 5  # a blank, and two signs of two units


def test_what_is_frozen_is_the_part_that_the_adapter_sends(base: KnowledgeBase) -> None:
    texts = frozen(message(), 17, plan(), base, RENDERINGS, today=TODAY)

    assert [one.channel for one in texts] == ["web", "zalo_oa", "zalo_bot", "telegram"]
    payloads = ["go:quiz:nha-an-toan:17", "go:wrong:17", "do:stop"]
    assert [one["payload"] for one in body(texts, "web")["buttons"]] == payloads
    zalo = zalo_buttons.buttons_of(body(texts, "zalo_oa")["message"])
    assert [one["payload"].removeprefix("#~") for one in zalo] == payloads
    rows = body(texts, "telegram")["reply_markup"]["inline_keyboard"]
    assert [row[0]["callback_data"] for row in rows] == payloads
    assert [list(one.options) for one in texts] == [[], [], payloads, []]
    assert body(texts, "zalo_bot")["method"] == "sendMessage"


def test_what_is_frozen_twice_is_the_same(base: KnowledgeBase) -> None:
    both = [frozen(message(), 17, plan(), base, RENDERINGS, today=TODAY) for _ in range(2)]

    assert both[0] == both[1]
    assert body(both[0], "web")["id"] != body(frozen(message(), 18, plan(), base, RENDERINGS, today=TODAY), "web")["id"]


def test_the_digest_of_what_is_said_changes_with_each_text_and_each_source(base: KnowledgeBase) -> None:
    def digest(known: KnowledgeBase = base, **changed: Any) -> bytes:
        return texts_digest(plan(message(**changed)), known, RENDERINGS, today=TODAY)

    name = FINE.document
    corrected = replace(
        base, documents={**base.documents, name: replace(base.documents[name], number="107/2025/NĐ-CP")}
    )
    digests = [digest(), digest(texts={Variant.HOUSEHOLD: f"{TEXT}!"}), digest(offers=()), digest(corrected)]
    assert len(set(digests)) == len(digests)
    assert digest() == digests[0]
    assert digest(texts={Variant.HOUSEHOLD: "a" * 5000})  # also where it does not fit


def test_a_template_stands_for_a_closed_window_of_zalo(base: KnowledgeBase) -> None:
    with_template = message(template=ZaloTemplate(id="1234", data={"ten": "bà con"}))

    texts = frozen(with_template, 17, plan(with_template), base, RENDERINGS, today=TODAY)
    assert body(texts, TEMPLATE) == {"template": {"template_id": "1234", "template_data": {"ten": "bà con"}}}
    shown = preview(with_template, plan(with_template), base, RENDERINGS, today=TODAY)
    assert [("1234" in one.text, "ten: bà con" in one.text) for one in shown if one.channel == TEMPLATE] == [
        (True, True)
    ]

    elsewhere = plan(with_template, audience=Audience(channels=("telegram",)))
    assert TEMPLATE not in {one.channel for one in frozen(with_template, 17, elsewhere, base, RENDERINGS, today=TODAY)}


def test_a_picture_goes_only_where_it_is_no_message_of_its_own(base: KnowledgeBase) -> None:
    pictured = message(image="dong-cua")

    shown = {one.channel: one for one in preview(pictured, plan(pictured), base, RENDERINGS, today=TODAY)}
    texts = frozen(pictured, 17, plan(pictured), base, RENDERINGS, today=TODAY)

    assert body(texts, "web")["image"]["alt"] == "Đóng cửa để chặn khói"
    assert shown["web"].faults == ()
    for channel in ("zalo_oa", "zalo_bot", "telegram"):
        [told] = shown[channel].faults
        assert not told.blocks
        assert "hình" in told.text
    assert "sendPhoto" not in str([body(texts, one) for one in ("zalo_bot", "telegram")])


def test_a_bot_without_a_public_address_writes_the_picture_out(base: KnowledgeBase) -> None:
    pictured = message(image="dong-cua")
    only = {"zalo_bot": zalo_bot_rendering(lambda _name: None)}

    [shown] = preview(pictured, plan(pictured), base, only, today=TODAY)

    assert "(Hình: Đóng cửa để chặn khói)" in shown.text
    assert shown.faults == ()


def test_a_message_whose_day_is_not_known_is_shown_as_of_today(base: KnowledgeBase) -> None:
    assert preview(message(), plan(day=None), base, RENDERINGS, today=TODAY)


def test_more_offers_than_zalo_has_buttons_stand_numbered(base: KnowledgeBase) -> None:
    offers = tuple(Offer(label=f"Bài {number}", kind=Doing.QUIZ, target="nha-an-toan") for number in range(4))
    many = message(offers=offers)

    texts = frozen(many, 17, plan(many), base, RENDERINGS, today=TODAY)

    zalo = next(one for one in texts if one.channel == "zalo_oa")
    assert len(zalo.options) == 6
    assert "4. Bài 3" in zalo.body["message"]["text"]


def test_what_is_previewed_is_what_the_adapters_render(base: KnowledgeBase, tmp_path: Path) -> None:
    # Given all channels configured
    settings = Settings(
        public_url="https://pccc.example.vn",
        telegram=TelegramSettings(token="1:" + "a" * 35),
        zalo_bot=ZaloBotSettings(token="1:a"),
        zalo_oa=ZaloOaSettings(app_id="1", app_secret="s", oa_id="2", webhook_secrets=("s",)),
    )
    adapters = adapters_of(
        settings,
        database=Database("postgresql://nobody@localhost/nothing"),
        sealer=SEALER,
        pictures=lambda: tmp_path,
        wall_clock=lambda: NOW,
    )
    assert len(adapters) == 3

    # Then each renders a message as its preview does, with and without a picture
    for one in (message(), message(image="dong-cua")):
        reply = composed(one, Variant.HOUSEHOLD, base, day=DAY, message_id=17)
        for adapter in adapters:
            assert RENDERINGS[adapter.account.channel](reply) == adapter.render(reply)
        page = WebAdapter(Waiting(Database("postgresql://nobody@localhost/nothing"), SEALER))
        assert RENDERINGS["web"](reply) == page.render(reply)
