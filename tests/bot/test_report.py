"""Reporting to officials: what is asked, what is proposed, what is masked, what is sent and what is kept."""

from __future__ import annotations

import doctest
from dataclasses import replace
from uuid import UUID

import pytest

from bot.conversation.flows import contact_words, following, proposing, report, wording
from bot.conversation.flows.contact_words import contact_in
from bot.conversation.flows.desk import NotDone
from bot.conversation.flows.engine import Control, Outcome
from bot.conversation.flows.forms import Accepted, Attached, Refused
from bot.conversation.flows.report import LONGEST, NO_FIRE_CALL, read_text
from bot.conversation.flows.report_masking import as_seen
from bot.feedback.kinds import ReportKind
from bot.feedback.reports import Where
from tests.bot.report_desk import CODE, ENGINE, LATER, FakeDesk, alike, answered, filled, form_of, labels, text_of

LOCKED = "cửa thoát nạn tầng 5 bị khóa trái"
BRIBE = "cán bộ kiểm tra đòi 2 triệu mới ký"
MASKED = "Mình đã che thông tin cá nhân"
TOLD = "Tôi tên Nguyễn Văn Bình, gọi 0912345678, số nhà 15/4 hẻm 22 bị chắn xe"
SEEN = "[họ tên], gọi [số điện thoại], số nhà 15/4 hẻm 22 bị chắn xe"
WITHOUT_ADDRESS = "[họ tên], gọi [số điện thoại], [địa chỉ] [địa chỉ] bị chắn xe"
SOMEWHERE = frozenset({ReportKind.HAZARD, ReportKind.CONDUCT, ReportKind.PROCEDURE})
TO_PREVIEW = ("hazard.locked-exit", "phường Gò Vấp", "/skip", "here")
PHOTOS = tuple(UUID(int=number) for number in range(1, 6))


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


async def attached(desk: FakeDesk, outcome: Outcome, what: Attached) -> Outcome:
    kept = ENGINE.kept(form_of(outcome), what, LATER)
    assert kept is not None
    return await ENGINE.went_on(kept[0], kept[1], desk.as_desk, LATER)


@pytest.mark.parametrize("module", [contact_words, following, proposing])
def test_examples_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


def test_limits_of_the_text() -> None:
    assert isinstance(read_text("hẻm chắn", {}), Refused)
    assert read_text("  hẻm bị chắn \n", {}) == Accepted({"text": "hẻm bị chắn"})
    longest = ("hẻm bị chắn " * LONGEST)[: LONGEST - 1] + "n"
    assert read_text(longest, {}) == Accepted({"text": longest})
    refused = read_text(longest + "n", {})
    assert isinstance(refused, Refused)
    assert f"{LONGEST + 1} ký tự" in refused.why


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        (("đúng rồi cháu, bị khóa đấy", "phường Gò Vấp"), "Có ảnh"),
        (("đúng rồi",), "gõ số thứ tự"),
        ((*TO_PREVIEW[:2], "bác không có ảnh đâu cháu ơi"), "nhận tin thế nào"),
        ((*TO_PREVIEW[:3], "cháu cứ nhắn lại cho bác ở đây là được"), "nhận tin qua trợ lý"),
        ((*TO_PREVIEW[:3], "tôi không muốn nêu tên đâu"), "ẩn danh"),
        ((*TO_PREVIEW[:3], "gọi cho tôi số 0912 345 678"), "Bạn đồng ý để lại không"),
        ((*TO_PREVIEW[:3], "để tôi xem"), "chọn giúp mình một cách"),
        ((*TO_PREVIEW, "bác xem rồi, đúng rồi, cháu gửi đi giùm bác"), "Đã gửi"),
        ((*TO_PREVIEW, "khoan, còn sai chỗ ghi địa chỉ"), "sửa phần nào"),
        ((*TO_PREVIEW, "chưa gửi đi được đâu"), "“Gửi”, “Sửa” hay “Không gửi”"),
    ],
)
async def test_answers_in_whole_sentences_are_understood(desk: FakeDesk, answers: tuple[str, ...], shown: str) -> None:
    assert shown in text_of(await answered(desk, *answers, text=LOCKED))


@pytest.mark.parametrize("answer", ["hem 45 nguyen oanh p go vap gan cau", "chung cu Hoa Sen duong so 8 phuong go vap"])
async def test_a_commune_is_found_without_commas(desk: FakeDesk, answer: str) -> None:
    outcome = await answered(desk, "hazard.locked-exit", answer, text=LOCKED)
    assert form_of(outcome).values["where"] == "26884"
    assert form_of(outcome).values["where.words"] == answer


async def test_not_knowing_the_commune_may_be_said_in_a_sentence(desk: FakeDesk) -> None:
    outcome = await answered(
        desk, "hazard.locked-exit", "hẻm 35 Lê Đức Thọ", "bây giờ bác không biết là phường gì nữa", text=LOCKED
    )
    assert form_of(outcome).step == "photos"
    assert form_of(outcome).values["where.words"] == "hẻm 35 Lê Đức Thọ"


async def test_more_than_one_photo_is_not_taken_back_by_saying_that_there_are_no_more(desk: FakeDesk) -> None:
    outcome = await attached(desk, await answered(desk, *TO_PREVIEW[:2], text=LOCKED), Attached(PHOTOS[:1]))
    outcome = await ENGINE.typed(form_of(outcome), "bác không có ảnh nào nữa", desk.as_desk, LATER)
    assert form_of(outcome).values["pictures"] == str(PHOTOS[0])


async def test_a_text_that_only_announces_is_asked_for(desk: FakeDesk) -> None:
    assert "Bạn kể giúp mình" in text_of(await answered(desk, "bác muốn phản ánh với cán bộ một việc"))


async def test_whoever_praises_is_not_told_to_leave_the_name_out(desk: FakeDesk) -> None:
    outcome = await answered(
        desk, "commendation.person", "/skip", "/skip", "here", text="khen chú Nguyễn Văn Tám đã giúp tôi"
    )
    assert "tên người khác (chú Nguyễn Văn Tám): khen thì cứ để tên" in text_of(outcome)
    assert "chỉ để lại nếu cần" not in text_of(outcome)


@pytest.mark.parametrize("answer", ["đúng", "phải", "ừ", "đúng rồi ạ", "phai roi", "dung"])
async def test_a_yes_takes_the_only_place_that_is_offered(desk: FakeDesk, answer: str) -> None:
    outcome = await answered(desk, "hazard.locked-exit", answer, text=f"{LOCKED} ở phường Gò Vấp")
    assert form_of(outcome).step == "photos"
    assert form_of(outcome).values["where"] == "26884"
    desk.living = "25345"  # offered beside
    outcome = await answered(desk, "hazard.locked-exit", answer, text=f"{LOCKED} ở phường Gò Vấp")
    assert form_of(outcome).step == "where"
    assert "chọn một nơi ở dưới" in text_of(outcome)


@pytest.mark.parametrize(
    "answer", ["đúng", "ẩn danh", "gửi", "gửi ẩn danh giùm em", "thôi", "không có ảnh", "khác", "quay lại", "bỏ qua"]
)
async def test_what_steers_or_belongs_to_other_steps_is_no_place(desk: FakeDesk, answer: str) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit", answer)
    assert form_of(outcome).step == "where"
    assert not form_of(outcome).values.get("where.words")


@pytest.mark.parametrize("way", ["không rõ", "em cũng không biết nữa", "words", "bỏ qua", "/skip"])
async def test_after_two_answers_without_a_place_one_may_go_on_without(desk: FakeDesk, way: str) -> None:
    once = await answered(desk, LOCKED, "hazard.locked-exit", "đúng")
    assert "vẫn gửi được" not in text_of(once)
    twice = await ENGINE.typed(form_of(once), "ẩn danh", desk.as_desk, LATER)
    assert "“Không rõ phường, xã”" in text_of(twice)
    assert "Không rõ phường, xã" in labels(twice)
    if way in {"bỏ qua", "/skip"}:
        outcome = await ENGINE.control(form_of(twice), Control.SKIP, desk.as_desk, LATER)
    else:
        outcome = await ENGINE.typed(form_of(twice), way, desk.as_desk, LATER)
    for answer in ("no", "here", "yes"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert desk.sent[0].where == Where()


async def test_a_place_in_words_may_stay_without_a_commune_by_skipping(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit", "chung cư Hoa Sen", "/skip", "no", "here", "yes")
    assert outcome.form is None
    assert desk.sent[0].where == Where(words="chung cư Hoa Sen")


@pytest.mark.parametrize("step", ["category", "sort", "who", "send", "near", "edit"])
async def test_what_chooses_nothing_is_asked_again(desk: FakeDesk, step: str) -> None:
    desk.near = alike() if step == "near" else None
    to_step = {
        "category": (LOCKED,),
        "sort": ("xin chào các anh chị", "conduct"),
        "who": (LOCKED, *TO_PREVIEW[:3]),
        "send": (LOCKED, *TO_PREVIEW),
        "near": (LOCKED, *TO_PREVIEW[:3]),
        "edit": (LOCKED, *TO_PREVIEW, "edit"),
    }
    outcome = await answered(desk, *to_step[step], "🔥🔥")
    assert form_of(outcome).step == step
    assert form_of(outcome).tries == 1
    assert desk.sent == []


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ("phường Gò Vấp", Where("79", "26884")),
        ("hẻm 12 Lê Lợi, phường Gò Vấp", Where("79", "26884", "hẻm 12 Lê Lợi")),
        ("phố Gò Vấp, xã Tân Hưng, Tây Ninh", Where("80", "27721", "phố Gò Vấp")),
        ("hẻm 12 Lê Lợi, Gò Vấp, TP.HCM", Where("79", "26884", "hẻm 12 Lê Lợi")),
        ("tầng 5 chung cư Hoa Sen phường Gò Vấp", Where("79", "26884", "tầng 5 chung cư Hoa Sen phường Gò Vấp")),
        ("26884", Where("79", "26884")),
        ("thành phố Hồ Chí Minh", Where("79")),
        ("nhà em tên Lan số 15/4, gọi 0912345678, phường Gò Vấp", Where("79", "26884", "x")),
    ],
)
async def test_a_place_is_read_into_unit_and_words(desk: FakeDesk, answer: str, where: Where) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit", answer, "/skip", "here", "yes")
    assert outcome.form is None
    sent = desk.sent[0].where
    if where.words == "x":
        assert sent.words is not None
        assert "0912345678" not in sent.words
        assert "15/4" in sent.words
        sent = replace(sent, words="x")
    assert sent == where


async def test_a_place_of_several_is_asked_and_its_words_are_kept(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit", "sau chợ, xã Tân Hưng")
    assert labels(outcome)[:2] == ["Xã Tân Hưng (Thành phố Hồ Chí Minh)", "Xã Tân Hưng (Tỉnh Tây Ninh)"]
    for answer in ("2", "bỏ", "no", "here", "yes"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER) if outcome.form else outcome
    assert desk.sent[0].where == Where("80", "27721", "sau chợ")


async def test_words_without_a_commune_are_enough_when_the_resident_says_so(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit", "chung cư Hoa Sen")
    assert "“chung cư Hoa Sen”" in text_of(outcome)
    outcome = await answered(
        desk, LOCKED, "hazard.locked-exit", "chung cư Hoa Sen", "không biết", "/skip", "here", "yes"
    )
    assert desk.sent[0].where == Where(words="chung cư Hoa Sen")


@pytest.mark.parametrize("answer", [" ", "x" * 201, "không biết", "chung cư Hoa Sen"])
async def test_a_place_that_says_too_little_or_too_much_is_asked_again(desk: FakeDesk, answer: str) -> None:
    assert form_of(await answered(desk, LOCKED, "hazard.locked-exit", answer)).step == "where"


async def test_a_danger_needs_a_place_the_rest_does_not(desk: FakeDesk) -> None:
    refused = await answered(desk, LOCKED, "hazard.locked-exit", "/skip")
    assert text_of(refused).startswith(wording.CANNOT_SKIP)
    skipped = await answered(desk, BRIBE, "conduct.officials", "/skip", "/skip", "anon", "yes")
    assert skipped.form is None
    assert desk.sent[0].where == Where()


async def test_the_home_and_places_in_the_words_are_offered(desk: FakeDesk) -> None:
    desk.living = "25345"
    outcome = await answered(desk, f"{LOCKED} ở phường Gò Vấp", "hazard.locked-exit")
    assert labels(outcome)[:2] == ["Phường Gò Vấp (Thành phố Hồ Chí Minh)", "Xã Tân Hưng (Thành phố Hồ Chí Minh)"]


async def test_a_pin_goes_with_the_report_and_the_commune_is_still_asked(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit")
    outcome = await attached(desk, outcome, Attached(pin=(10.8382, 106.6657)))
    assert "ghi thêm tên phường, xã" in text_of(outcome)
    assert "Chỉ gửi vị trí" in labels(outcome)
    for answer in ("chỉ gửi vị trí", "no", "here", "yes"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert desk.sent[0].where == Where(pin=(10.8382, 106.6657))


async def test_photos_of_any_step_are_kept_and_not_asked_for_again(desk: FakeDesk) -> None:
    outcome = await attached(desk, await answered(desk, LOCKED), Attached(photos=PHOTOS[:1]))
    assert "Đã nhận ảnh (1/3)" in text_of(outcome)
    for answer in ("hazard.locked-exit", "phường Gò Vấp"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert form_of(outcome).step == "who"
    outcome = await attached(desk, outcome, Attached(photos=PHOTOS[1:]))
    assert "giữ 3 ảnh đầu" in text_of(outcome)
    for answer in ("here", "yes"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert desk.sent[0].photos == PHOTOS[:3]


async def test_the_photo_step_takes_photos_until_there_are_enough(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, "hazard.locked-exit", "phường Gò Vấp")
    outcome = await attached(desk, outcome, Attached(photos=PHOTOS[:1], refused="Một ảnh quá nặng."))
    assert form_of(outcome).step == "photos"
    assert text_of(outcome).startswith("Một ảnh quá nặng. Đã nhận ảnh (1/3).")
    full = await attached(desk, outcome, Attached(photos=PHOTOS[1:3]))
    assert form_of(full).step == "who"
    dropped = await ENGINE.typed(form_of(outcome), "bỏ hết ảnh", desk.as_desk, LATER)
    assert form_of(dropped).step == "who"
    assert form_of(dropped).values["pictures"] == ""


async def test_a_channel_without_photos_says_so(desk: FakeDesk) -> None:
    desk.takes_photos = False
    assert "chưa gửi ảnh được" in text_of(await answered(desk, LOCKED, "hazard.locked-exit", "phường Gò Vấp"))


async def test_photos_that_are_gone_are_said_and_left_out(desk: FakeDesk) -> None:
    outcome = await attached(desk, await answered(desk, LOCKED), Attached(photos=PHOTOS[:2]))
    desk.gone = {PHOTOS[0]}
    for answer in ("hazard.locked-exit", "phường Gò Vấp", "here"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert "1 ảnh để quá một ngày" in text_of(outcome)
    assert "Kèm 1 ảnh" in text_of(outcome)
    await ENGINE.typed(form_of(outcome), "gửi", desk.as_desk, LATER)
    assert desk.sent[0].photos == PHOTOS[1:2]


async def test_whoever_does_not_send_or_stops_has_no_photos_kept(desk: FakeDesk) -> None:
    outcome = await attached(desk, await answered(desk, LOCKED), Attached(photos=PHOTOS[:1]))
    await ENGINE.control(form_of(outcome), Control.CANCEL, desk.as_desk, LATER)
    for answer in ("hazard.locked-exit", "phường Gò Vấp", "here", "không gửi"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert outcome.form is None
    assert desk.sent == []
    assert desk.dropped == [PHOTOS[:1], PHOTOS[:1]]


async def test_a_like_danger_of_others_is_shown_without_its_code_and_joined(desk: FakeDesk) -> None:
    desk.near = alike()
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:3])
    shown = text_of(outcome)
    assert "khóa xích cả tháng nay" in shown
    assert "chung cư Hoa Sen, Phường Gò Vấp (Thành phố Hồ Chí Minh)" in shown
    assert "từ 21/11/2026, thêm 2 người cùng gặp" in shown
    assert desk.near.code not in shown
    joined = await ENGINE.typed(form_of(outcome), "tôi cũng gặp việc này", desk.as_desk, LATER)
    assert joined.form is None
    assert desk.near.code not in text_of(joined)
    assert desk.done == [("join", desk.near.code, ())]
    assert desk.sent == []


async def test_a_report_that_cannot_be_joined_any_more_may_be_sent_as_ones_own(desk: FakeDesk) -> None:
    desk.near, desk.refuses = alike(), NotDone.NO_LONGER
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:3], "same")
    assert form_of(outcome).step == "near"
    assert "vừa được rút lại" in text_of(outcome)
    for answer in ("other", "here", "yes"):
        outcome = await ENGINE.typed(form_of(outcome), answer, desk.as_desk, LATER)
    assert len(desk.sent) == 1


async def test_what_is_like_it_is_looked_for_once_masked_and_only_for_dangers(desk: FakeDesk) -> None:
    await answered(desk, f"{LOCKED}, gọi 0912345678", *TO_PREVIEW, "yes")
    assert [one.text for one in desk.looked] == [f"{LOCKED}, gọi [số điện thoại]"]
    desk.near = alike()
    outcome = await answered(desk, BRIBE, "conduct.officials", "phường Gò Vấp", "/skip")
    assert form_of(outcome).step == "who"


@pytest.mark.parametrize(
    ("typed", "contact"),
    [
        ("0912 345 678", "0912345678"),
        ("số em +84 912.345.678 ạ", "0912345678"),
        ("028 3829 1234", "02838291234"),
        ("lan@example.vn", "lan@example.vn"),
    ],
)
async def test_a_contact_goes_with_the_report_after_a_yes(desk: FakeDesk, typed: str, contact: str) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:3], "contact", "đồng ý", typed)
    assert contact in text_of(outcome)
    await ENGINE.typed(form_of(outcome), "gửi", desk.as_desk, LATER)
    assert desk.sent[0].contact == contact
    assert not desk.sent[0].anonymous


@pytest.mark.parametrize("typed", ["12345", "091234567", "0123456789", "lan@", "0912345678, 0987654321", "tên Lan"])
async def test_what_is_no_contact_is_asked_again(desk: FakeDesk, typed: str) -> None:
    assert contact_in(typed) is None
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:3], "contact", "yes", typed)
    assert form_of(outcome).step == "contact"
    assert "contact" not in form_of(outcome).values


async def test_without_a_yes_no_number_is_asked_for_or_kept(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:3], "contact", "không đồng ý")
    assert form_of(outcome).step == "send"
    await ENGINE.typed(form_of(outcome), "gửi", desk.as_desk, LATER)
    assert desk.sent[0].contact is None


async def test_an_anonymous_report_belongs_to_nobody(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:3], "ẩn danh (chỉ theo dõi bằng mã)", "gửi")
    assert desk.sent[0].anonymous
    assert "Mất mã thì không lấy lại được" in text_of(outcome)


@pytest.mark.parametrize("kind", list(ReportKind))
def test_house_numbers_stay_only_where_a_place_has_to_be_found(kind: ReportKind) -> None:
    assert as_seen(TOLD, kind) == (SEEN if kind in SOMEWHERE else WITHOUT_ADDRESS)


async def test_officials_see_exactly_what_was_previewed(desk: FakeDesk) -> None:
    outcome = await answered(
        desk, TOLD, "hazard.blocked-lane", "hẻm 12, gọi 0912345678, phường Gò Vấp", "/skip", "here"
    )
    shown = text_of(outcome)
    assert f"“{SEEN}”" in shown
    assert "hẻm 12, gọi [số điện thoại], Phường Gò Vấp" in shown
    assert "0912345678" not in shown
    assert MASKED in shown
    assert NO_FIRE_CALL in shown
    await ENGINE.typed(form_of(outcome), "gửi", desk.as_desk, LATER)
    assert desk.sent[0].text == SEEN
    assert desk.sent[0].where.words == "hẻm 12, gọi [số điện thoại]"


async def test_names_of_others_are_pointed_out_and_nothing_where_there_is_nothing(desk: FakeDesk) -> None:
    named = text_of(await answered(desk, f"{LOCKED}, ông Trần Văn Tư giữ chìa", *TO_PREVIEW))
    assert "có vẻ còn tên người khác (ông Trần Văn Tư)" in named
    plain = text_of(await answered(desk, LOCKED, *TO_PREVIEW))
    assert "tên người khác" not in plain
    assert MASKED not in plain


@pytest.mark.parametrize(
    ("part", "step"),
    [("text", "text"), ("category", "category"), ("where", "where"), ("photos", "photos"), ("who", "who")],
)
async def test_a_part_is_changed_and_the_rest_stays(desk: FakeDesk, part: str, step: str) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW, "sửa", part)
    assert form_of(outcome).step == step
    answers = {
        "text": LOCKED,
        "category": "hazard.cage",
        "where": "xã Tân Hưng, Tây Ninh",
        "photos": "không",
        "who": "1",
    }
    outcome = await ENGINE.typed(form_of(outcome), answers[part], desk.as_desk, LATER)
    assert form_of(outcome).step == "send"


async def test_changed_words_are_compared_anew_with_what_others_sent(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW, "edit", "nội dung")
    desk.near = alike()
    outcome = await ENGINE.typed(form_of(outcome), "cửa bị khóa xích cả tháng nay", desk.as_desk, LATER)
    assert form_of(outcome).step == "near"


async def test_a_store_that_fails_loses_nothing(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW)
    desk.fails = True
    failed = await ENGINE.typed(form_of(outcome), "gửi", desk.as_desk, LATER)
    assert form_of(failed).step == "send"
    assert text_of(failed).startswith(wording.NOT_STORED)
    desk.fails = False
    assert CODE in text_of(await ENGINE.typed(form_of(failed), "gửi", desk.as_desk, LATER))


async def test_what_others_sent_costs_nothing_when_it_cannot_be_looked_up(desk: FakeDesk) -> None:
    outcome = await answered(desk, LOCKED, *TO_PREVIEW[:2])
    desk.fails = True
    assert form_of(await ENGINE.control(form_of(outcome), Control.SKIP, desk.as_desk, LATER)).step == "who"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((LOCKED, *TO_PREVIEW, "yes"), "không kiểm tra, không xử phạt"),
        (("đội dân phòng tập vào ngày nào", "question.any", "/skip", "/skip", "here", "yes"), "xem và trả lời"),
    ],
)
async def test_what_happens_next_is_said(desk: FakeDesk, answers: tuple[str, ...], says: str) -> None:
    outcome = await answered(desk, *answers)
    assert outcome.form is None
    assert f"Mã của bạn: {CODE}" in text_of(outcome)
    assert says in text_of(outcome)
    assert NO_FIRE_CALL in text_of(outcome)
    assert [button.payload for button in outcome.replies[0].buttons] == [f"do:track:{CODE}"]


async def test_the_form_says_from_the_beginning_that_it_is_no_fire_call(desk: FakeDesk) -> None:
    assert NO_FIRE_CALL in text_of(await filled(desk))
    assert report.NAME == "report"
