"""Writing a campaign: nothing typed is lost, nobody overwrites another, what a form shows it also sends back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from bot.campaigns.content import (
    Audience,
    Behaviour,
    Did,
    Doing,
    First,
    Message,
    Moment,
    Offer,
    Part,
    Plan,
    Repeat,
    StopRules,
    Variant,
    ZaloTemplate,
)
from bot.campaigns.kits import plan_from_kit
from bot.campaigns.lifecycle import Act, State

from .campaigning import DAY_OF_ALL, LAW, PATH, TEXT, Bureau, bureau_of, message, plan, shown
from .filled_forms import form_with, press
from .test_pages_are_safe import SCRIPT
from .visiting import Console

FULL = message(
    "nhac",
    days=-3,
    texts={Variant.HOUSEHOLD: TEXT, Variant.SCHOOL: f"Ở trường.\n{TEXT}"},
    cards=("phat-bao-chay-gia",),
    sources=(LAW,),
    offers=(Offer(label="Làm thử", kind=Doing.QUIZ, target="thoat-nan"),),
    image="pass.svg",
    send_for=timedelta(minutes=90),
    unless=("answered", "ngay-chinh"),
    template=ZaloTemplate(id="123", data={"ten": "Bạn = tôi", "ngay": "04/10"}),
    article="bai-1",
)
WHOLE = plan(
    message(),
    FULL,
    message("rieng", when=Moment(at=datetime.fromisoformat("2027-10-09T19:30")), send_for=timedelta(days=2)),
    audience=Audience(
        topics=("tips", "campaigns"),
        channels=("web", "telegram"),
        places=("01", "00364"),
        homes=("flat",),
        parts=(Part.TEAM.value,),
        languages=("vi",),
        behaviours=(Behaviour(did=Did.NOT_FINISHED_QUIZ, target="thoat-nan"),),
        without_places=("79",),
    ),
    first=First(percent=2.5, watch=timedelta(minutes=45), alone=False),
    stop_rules=StopRules(failed=12.5, stopped=4.0, complained=0.25, least=80),
    repeat=Repeat(rule="lunar:15", ahead=12),
    urgent=True,
)


@pytest.fixture
async def bureau(console: Console) -> Bureau:
    return await bureau_of(console)


async def saved(bureau: Bureau, number: int) -> Plan:
    return (await bureau.got(number)).plan


def by_key(held: Plan) -> dict[str, Message]:
    return {one.key: one for one in held.messages}


async def test_a_campaign_from_a_kit(bureau: Bureau) -> None:
    begun = await bureau.author.get(f"{PATH}/new?bo=ngay-04-10&dip=ngay-04-10&ngay=2027-10-04")
    made = await press(bureau.author, begun, f"{PATH}/new", "Lập bản soạn")
    assert made.status == 303
    page = await bureau.author.get(made.location)
    number = int(made.location.rsplit("/", 1)[1])
    plan_of_it = await saved(bureau, number)
    assert (plan_of_it.kit, plan_of_it.occasion, plan_of_it.day) == ("ngay-04-10", "ngay-04-10", DAY_OF_ALL)
    assert plan_of_it.first == First()
    assert shown(page, "10 tin", *(one.title for one in plan_of_it.messages[:2]))


async def test_a_campaign_with_nothing_in_it(bureau: Bureau) -> None:
    empty = await bureau.author.post(f"{PATH}/new", {"title": ""})
    assert (empty.status, "Chưa nhập mục này" in empty.text) == (422, True)
    without_day = await bureau.author.post(f"{PATH}/new", {"title": "Của tôi", "kit": "ngay-04-10", "day": "31/2/2027"})
    assert (without_day.status, 'value="Của tôi"' in without_day.text) == (422, True)
    made = await bureau.author.post(f"{PATH}/new", {"title": "Của tôi"})
    page = await bureau.author.get(made.location)
    assert shown(page, "Chưa có tin nào", "chưa chọn", "Chiến dịch chưa có tin nào.")
    assert "Gửi duyệt</button>" not in page.text


@pytest.mark.parametrize("piece", ["basics", "audience", "rules"])
async def test_a_form_that_is_sent_as_it_came_changes_nothing(bureau: Bureau, piece: str) -> None:
    number = await bureau.written(WHOLE)
    page = await bureau.author.get(f"{PATH}/{number}/{piece}")
    button = "Lưu và xem ước lượng" if piece == "audience" else "Lưu"
    answer = await press(bureau.author, page, f"{PATH}/{number}/{piece}", button)
    assert answer.status == 303
    assert await saved(bureau, number) == replace(WHOLE, messages=(await saved(bureau, number)).messages)


@pytest.mark.parametrize("key", [one.key for one in WHOLE.messages])
async def test_a_message_that_is_sent_as_it_came_is_the_same(bureau: Bureau, key: str) -> None:
    number = await bureau.written(WHOLE)
    path = f"{PATH}/{number}/messages/{key}"
    answer = await press(bureau.author, await bureau.author.get(path), path, "Lưu và về chiến dịch")
    assert (answer.status, answer.location) == (303, f"{PATH}/{number}")
    assert by_key(await saved(bureau, number)) == by_key(WHOLE)


async def test_every_message_of_every_kit_survives_its_form(bureau: Bureau) -> None:
    for kit in bureau.office.kits().values():
        made = plan_from_kit(kit, DAY_OF_ALL)
        number = await bureau.written(made)
        for one in made.messages:
            path = f"{PATH}/{number}/messages/{one.key}"
            answer = await press(bureau.author, await bureau.author.get(path), path, "Lưu và về chiến dịch")
            assert answer.status == 303, (kit.id, one.key)
        assert by_key(await saved(bureau, number)) == by_key(made)


async def test_what_is_typed_is_saved(bureau: Bureau) -> None:
    number = await bureau.written()
    # When somebody changes the basics
    path = f"{PATH}/{number}/basics"
    form = form_with(await bureau.author.get(path), "Lưu")
    typed = form.with_(title="Tên mới", goal="Dòng một\r\nDòng hai", day="09/10/2027", occasion="")
    await bureau.author.post(path, typed)
    # And the rules
    path = f"{PATH}/{number}/rules"
    form = form_with(await bureau.author.get(path), "Lưu")
    changed = {"first": "place", "place": "00364", "watch": "15", "repeat": "month", "repeat_day": "4", "ahead": "9"}
    await bureau.author.post(path, form.changed({**changed, "failed": "7,5", "urgent": "1", "alone": ()}))
    # And a message, which gets another time and button
    path = f"{PATH}/{number}/messages/ngay-chinh"
    form = form_with(await bureau.author.get(path), "Lưu")
    edited: dict[str, str | list[str]] = {
        "when": "after",
        "days": "2",
        "hour": "7h30",
        "send_for": "1",
        "unit": "days",
        "text-flat": "Ở chung cư đi thang bộ.",
        "card": ["phat-bao-chay-gia"],
        "offer-label-0": "Xem thêm",
        "offer-to-0": "ask:phat-bao-chay-gia",
    }
    assert (await bureau.author.post(path, form.changed(edited))).status == 303
    # Then it stands in the plan
    now = await saved(bureau, number)
    assert (now.title, now.goal, now.day, now.occasion) == ("Tên mới", "Dòng một\nDòng hai", date(2027, 10, 9), None)
    assert now.first == First(place="00364", watch=timedelta(minutes=15), alone=False)
    assert (now.repeat, now.urgent, now.stop_rules.failed) == (Repeat(rule="month:4", ahead=9), True, 7.5)
    [one] = now.messages
    assert (one.when, one.send_for) == (Moment(days=2, hour=time(7, 30)), timedelta(days=1))
    assert one.texts[Variant.FLAT] == "Ở chung cư đi thang bộ."
    assert one.offers == (Offer(label="Xem thêm", kind=Doing.ASK, target="phat-bao-chay-gia"),)


WRONG: dict[str, dict[str, str | list[str]]] = {
    "basics": {"title": "", "day": "31/02/2027", "occasion": "khong-co"},
    "audience": {"topics": [], "places": ["99999"], "behaviour-0": "x:y", "without_campaigns": ["1' OR 1=1"]},
    "rules": {"first": "percent", "percent": "0", "failed": "101", "least": "x", "repeat": "lunar", "repeat_day": "31"},
    "messages/ngay-chinh": {
        "title": "",
        "hour": "25:00",
        "send_for": "90",
        "unit": "days",
        "text-household": " ",
        "offer-label-1": "Nút không mở gì",
        "unless": "sai",
        "template_data": "không có dấu bằng",
    },
}


FAULTY = {
    "basics": {"title", "day", "occasion"},
    "audience": {"topics", "places", "behaviour-0", "without_campaigns"},
    "rules": {"percent", "failed", "least", "repeat_day"},
    "messages/ngay-chinh": {
        "title",
        "hour",
        "send_for",
        "text-household",
        "offer-to-1",
        "unless",
        "template",
        "template_data",
    },
}


@pytest.mark.parametrize("piece", WRONG)
async def test_what_is_wrong_is_told_and_nothing_typed_is_lost(bureau: Bureau, piece: str) -> None:
    number = await bureau.written()
    before = await bureau.got(number)
    path = f"{PATH}/{number}/{piece}"
    button = "Lưu và xem ước lượng" if piece == "audience" else "Lưu"
    form = form_with(await bureau.author.get(path), button)
    marked = {"goal": "Điều tôi vừa gõ", "text-flat": "Điều tôi vừa gõ", "sought_places": "", "watch": "1234"}
    known = {name for name, _ in form.fields}
    typed = {**{name: value for name, value in marked.items() if name in known}, **WRONG[piece]}
    answer = await bureau.author.post(path, form.changed(typed))
    # Then each wrong field is named, what was typed stands there, and nothing is stored
    assert answer.status == 422
    assert set(re.findall(r'href="#f-([^"]+)"', answer.text)) == FAULTY[piece]
    for name in ("goal", "text-flat"):
        if name in typed:
            assert "Điều tôi vừa gõ" in answer.text
    assert await bureau.got(number) == before


async def test_each_fault_names_its_field(bureau: Bureau) -> None:
    number = await bureau.written()
    typed = {"least": "x", "failed": "5", "stopped": "5", "complained": "5", "first": "none", "repeat": "never"}
    refused = await bureau.author.post(f"{PATH}/{number}/rules", typed)
    assert '<a href="#f-least"><strong>Xét khi đã gửi ít nhất:</strong> Cần một số nguyên từ 1' in refused.text
    refused = await bureau.author.post(f"{PATH}/{number}/messages/ngay-chinh", {"send_for": "x"})
    assert '<a href="#f-send_for"><strong>Còn được gửi trong:</strong> Cần một số nguyên' in refused.text
    for piece, wrong in WRONG.items():
        answer = await bureau.author.post(f"{PATH}/{number}/{piece}", wrong)
        named = re.findall(r'<a href="#f-[^"]+">(<strong>[^<]+:</strong>)?', answer.text)
        assert named
        assert all(named), piece


async def test_a_refused_text_is_counted_as_it_was_typed_and_against_its_channel(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/messages/ngay-chinh"
    page = await bureau.author.get(path)
    counts = re.findall(r'id="c-text-household">([^<]+)<', page.text)
    sent = [(name, value.replace("\n", "\r\n")) for name, value in form_with(page, "Lưu").with_(title="")]
    refused = await bureau.author.post(path, sent)  # as browsers end lines
    assert refused.status == 422
    assert re.findall(r'id="c-text-household">([^<]+)<', refused.text) == counts
    assert "còn chỗ cho" in counts[0]
    assert 'data-unsaved="yes"' in refused.text
    assert "data-unsaved" not in page.text


async def test_a_preview_lists_what_is_wrong_with_what_is_typed(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/messages/ngay-chinh"
    page = await bureau.author.get(path)
    assert "Cần xem trước khi gửi duyệt" in page.text  # it cites nothing
    typed = form_with(page, "Lưu").with_(text__household="Phạt 10 triệu đồng.")
    answer = await press(bureau.author, page, path, "Xem thử, chưa lưu", typed)
    faults = answer.text.split('id="faulty"')[1].split("</section>")[0]
    assert "con số 10 không có nguồn" in faults


async def test_enter_in_a_search_box_looks_and_does_not_save(bureau: Bureau) -> None:
    number = await bureau.written()
    before = await bureau.got(number)
    # When the key presses the first button of the form, which is how browsers without scripts do it
    path = f"{PATH}/{number}/audience"
    form = form_with(await bureau.author.get(path), "Lưu và xem ước lượng")
    found = await bureau.author.post(path, form.changed({"act": "enter", "sought_places": "khuong dinh"}))
    assert shown(found, "Phường Khương Đình, Thành phố Hà Nội")
    path = f"{PATH}/{number}/rules"
    form = form_with(await bureau.author.get(path), "Lưu")
    found = await bureau.author.post(path, form.changed({"act": "enter", "sought_place": "khuong dinh"}))
    assert shown(found, "Tìm thấy 1 nơi")
    path = f"{PATH}/{number}/messages/ngay-chinh"
    page = await bureau.author.get(path)
    form = form_with(page, "Lưu")
    found = await bureau.author.post(path, form.changed({"act": "enter", "sought_card": "bao chay gia"}))
    assert shown(found, 'value="phat-bao-chay-gia"')
    assert await bureau.got(number) == before
    # But what was looked for already is not looked for again: the key saves
    form = form_with(found, "Lưu")
    assert ("searched_card", "bao chay gia") in form.fields
    saved_now = await bureau.author.post(path, form.changed({"act": "enter", "title": "Mới"}))
    assert (saved_now.status, (await saved(bureau, number)).messages[0].title) == (303, "Mới")
    assert re.search(r'<button class="unseen" name="act" value="enter"', page.text)


async def test_more_places_than_are_shown_are_told(bureau: Bureau) -> None:
    number = await bureau.written()
    for piece, name, button in (("audience", "places", "Tìm địa bàn: Địa bàn"), ("rules", "place", "Tìm địa bàn")):
        path = f"{PATH}/{number}/{piece}"
        page = await bureau.author.get(path)
        for words, more in (("ha noi", True), ("khuong dinh", False)):
            typed = form_with(page, button).changed({f"sought_{name}": words})
            found = await press(bureau.author, page, path, button, typed)
            assert ("Còn nữa: gõ thêm chữ" in found.text) is more, (piece, words)


async def test_two_authors_on_two_messages_do_not_disturb_each_other(bureau: Bureau) -> None:
    # Given both have opened the same campaign
    number = await bureau.written(plan(message("mot"), message("hai", days=1)))
    first, second = f"{PATH}/{number}/messages/mot", f"{PATH}/{number}/messages/hai"
    mine, theirs = await bureau.author.get(first), await bureau.other.get(second)
    # When each saves
    one = await bureau.author.post(first, form_with(mine, "Lưu").with_(title="Của Bình"))
    two = await bureau.other.post(second, form_with(theirs, "Lưu").with_(title="Của Minh"))
    # Then both are kept
    assert (one.status, two.status) == (303, 303)
    assert [held.title for held in (await saved(bureau, number)).messages] == ["Của Bình", "Của Minh"]


async def test_two_authors_on_one_message(bureau: Bureau) -> None:
    # Given both have opened the same message, and one has saved
    number = await bureau.written()
    path = f"{PATH}/{number}/messages/ngay-chinh"
    mine, theirs = await bureau.author.get(path), await bureau.other.get(path)
    await bureau.other.post(path, form_with(theirs, "Lưu").with_(text__household="Bản của Minh"))
    # When the other saves too
    answer = await bureau.author.post(path, form_with(mine, "Lưu").with_(text__household="Bản của Bình"))
    # Then nothing is overwritten and nothing is lost: both stand on the page
    assert answer.status == 409
    assert "vừa được người khác sửa" in answer.text
    assert "Bản của Minh" in answer.text.split('class="theirs"')[1].split("</section>")[0]
    assert dict(form_with(answer, "Lưu").fields)["text-household"] == "Bản của Bình"
    assert (await saved(bureau, number)).messages[0].texts[Variant.HOUSEHOLD] == "Bản của Minh"
    # And whoever has seen both may save
    again = await bureau.author.post(path, form_with(answer, "Lưu").fields)
    assert again.status == 303
    assert (await saved(bureau, number)).messages[0].texts[Variant.HOUSEHOLD] == "Bản của Bình"


@pytest.mark.parametrize("piece", ["basics", "audience", "rules"])
async def test_two_authors_on_one_piece(bureau: Bureau, piece: str) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/{piece}"
    button = "Lưu và xem ước lượng" if piece == "audience" else "Lưu"
    mine, theirs = await bureau.author.get(path), await bureau.other.get(path)
    typed: dict[str, dict[str, str | list[str]]] = {
        "basics": {"goal": "Của Minh"},
        "audience": {"homes": ["flat"]},
        "rules": {"watch": "77"},
    }
    assert (await bureau.other.post(path, form_with(theirs, button).changed(typed[piece]))).status == 303
    answer = await bureau.author.post(path, form_with(mine, button).fields)
    assert (answer.status, "vừa được người khác sửa" in answer.text) == (409, True)
    now = await saved(bureau, number)
    assert "Của Minh" in now.goal or now.audience.homes == ("flat",) or now.first == First(watch=timedelta(minutes=77))


async def test_a_message_that_somebody_took_out_while_it_was_written(bureau: Bureau) -> None:
    number = await bureau.written(plan(message("mot"), message("hai", days=1)))
    path = f"{PATH}/{number}/messages/mot"
    mine, theirs = await bureau.author.get(path), await bureau.other.get(path)
    gone = await press(bureau.other, theirs, path, "Bỏ tin này")
    assert (gone.status, [one.key for one in (await saved(bureau, number)).messages]) == (303, ["hai"])
    answer = await bureau.author.post(path, form_with(mine, "Lưu").with_(title="Tin tôi đang viết"))
    assert (answer.status, "đã được người khác bỏ" in answer.text) == (409, True)
    await bureau.author.post(path, form_with(answer, "Lưu").fields)
    assert {one.title for one in (await saved(bureau, number)).messages} == {"Tin tôi đang viết", "Tin hai"}


async def test_a_draft_that_was_submitted_while_it_was_written(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/messages/ngay-chinh"
    mine = await bureau.author.get(path)
    await bureau.office.campaigns.act(number, Act.SUBMIT, bureau.by(bureau.other))
    answer = await bureau.author.post(path, form_with(mine, "Lưu").with_(text__household="Chưa kịp lưu"))
    assert (answer.status, "không còn là bản soạn" in answer.text) == (409, True)
    assert "Chưa kịp lưu" in answer.text
    assert (await bureau.got(number)).state is State.IN_REVIEW
    # And the page of the form leads back
    assert (await bureau.author.get(path)).location == f"{PATH}/{number}"


async def test_searching_saves_nothing_and_keeps_what_is_typed(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/messages/ngay-chinh"
    before = await bureau.got(number)
    page = await bureau.author.get(path)
    typed = form_with(page, "Lưu").with_(text__flat="Đang viết dở", sought_card="bao chay gia", title="")
    found = await press(bureau.author, page, path, "Tìm câu trả lời", typed)
    assert shown(found, "Đang viết dở", 'value="phat-bao-chay-gia"')
    sources = form_with(found, "Lưu").with_(sought_source="Luật 55/2024 tham gia")
    law = await press(bureau.author, found, path, "Tìm nguồn", sources)
    assert shown(law, "Đang viết dở", 'name="source" value="luat-55-2024-qh15#')
    nothing = await press(
        bureau.author, page, path, "Tìm câu trả lời", form_with(page, "Lưu").with_(sought_card="xyzxyz")
    )
    assert shown(nothing, "Không có câu trả lời nào có đủ các chữ “xyzxyz”")
    assert await bureau.got(number) == before


async def test_finding_places_saves_nothing(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/audience"
    page = await bureau.author.get(path)
    button = "Tìm địa bàn: Địa bàn"
    typed = form_with(page, button).with_(sought_places="khuong dinh", homes=["flat"])
    found = await press(bureau.author, page, path, button, typed)
    assert shown(found, "Phường Khương Đình, Thành phố Hà Nội")
    chosen = form_with(found, button).with_(places=["00364"])
    assert (await press(bureau.author, found, path, "Lưu và xem ước lượng", chosen)).status == 303
    audience = (await saved(bureau, number)).audience
    assert (audience.places, audience.homes) == (("00364",), ("flat",))


async def test_a_preview_shows_what_is_typed_and_saves_nothing(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/messages/ngay-chinh"
    before = await bureau.got(number)
    page = await bureau.author.get(path)
    typed = form_with(page, "Lưu").with_(text__household="Chữ chưa lưu. " * 200)
    answer = await press(bureau.author, page, path, "Xem thử, chưa lưu", typed)
    phones = answer.text.split('id="looks"')[1]
    assert shown(answer, "Xem thử (chưa lưu)")
    assert "Chữ chưa lưu." in phones
    assert "thừa" in answer.text  # Zalo takes 2,000 characters
    assert "dài quá" in phones
    assert await bureau.got(number) == before


async def test_a_new_message_is_stored_when_it_is_saved(bureau: Bureau) -> None:
    number = await bureau.written()
    opened = await bureau.author.post(f"{PATH}/{number}/messages")
    page = await bureau.author.get(opened.location)
    assert shown(page, "Chưa lưu.")
    assert len((await saved(bureau, number)).messages) == 1
    form = form_with(page, "Lưu")
    assert (await bureau.author.post(opened.location, form.fields)).status == 422  # it has no text yet
    kept = await bureau.author.post(opened.location, form.with_(title="Tin hai", text__household="Chào cả nhà."))
    assert (kept.status, len((await saved(bureau, number)).messages)) == (303, 2)
    copied = await press(bureau.author, await bureau.author.get(opened.location), "", "Sao chép thành tin khác")
    assert copied.status == 303
    assert [one.title for one in (await saved(bureau, number)).messages][:2] == ["Tin hai", "Tin hai (bản sao)"]


@pytest.mark.parametrize("piece", ["messages/khong-co", "messages/tin-99"])
async def test_a_message_that_there_is_not(bureau: Bureau, piece: str) -> None:
    number = await bureau.written()
    assert (await bureau.author.get(f"{PATH}/{number}/{piece}")).status == 404
    assert (await bureau.author.post(f"{PATH}/{number}/{piece}/remove")).status == 404


async def test_what_authors_type_is_shown_as_text(bureau: Bureau) -> None:
    texts = {Variant.HOUSEHOLD: SCRIPT}
    number = await bureau.written(plan(message(texts=texts, title=SCRIPT), title=SCRIPT, goal=SCRIPT))
    for path in ("", "/basics", "/audience", "/rules", "/messages/ngay-chinh", "/previews", "/reach", "/try"):
        page = await bureau.author.get(f"{PATH}/{number}{path}")
        assert page.status == 200, path
        assert "<script>alert" not in page.text
        assert 'onerror="' not in page.text
        assert "<img src=x" not in page.text


@pytest.mark.parametrize("target", ["²", "9" * 30, "khác", "-1", "0"])
async def test_a_condition_on_a_campaign_takes_the_number_of_one(bureau: Bureau, target: str) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/audience"
    form = form_with(await bureau.author.get(path), "Lưu và xem ước lượng")
    answer = await bureau.author.post(path, form.changed({"behaviour-0": f"got:{target}"}))
    assert (answer.status, 'href="#f-behaviour-0"' in answer.text) == (422, True)


async def test_a_condition_that_names_no_quiz_is_shown_and_can_be_put_right(bureau: Bureau) -> None:
    number = await bureau.written()
    path = f"{PATH}/{number}/audience"
    form = form_with(await bureau.author.get(path), "Lưu và xem ước lượng")
    await bureau.author.post(path, form.changed({"behaviour-0": "finished_quiz:²"}))
    for page in (path, f"{PATH}/{number}", f"{PATH}/{number}/reach"):
        assert (await bureau.author.get(page)).status == 200
