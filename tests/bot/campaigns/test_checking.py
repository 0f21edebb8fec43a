"""What keeps a plan from being approved, in clear Vietnamese, and what an approver looks at."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bot.campaigns.checking import Known, cited, faults
from bot.campaigns.content import (
    Audience,
    Behaviour,
    Did,
    Doing,
    First,
    Moment,
    Offer,
    Plan,
    Repeat,
    Source,
    Variant,
    ZaloTemplate,
)
from bot.store.campaign_gate import Caps
from knowledge.answers import Review, ReviewState
from knowledge.check import KnowledgeBase
from knowledge.documents import Status
from tests.bot.campaigns.planned import DAY, FINE, KNOWN, NOW, TEXT, at, message, plan, small_base

REPEALED: Final = Source(document="nd-144-2021", locator="dieu-42")
DISPUTED: Final = Source(document="nd-106-2025", locator="dieu-98")


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    return small_base(tmp_path)


def blocking(one: Plan, base: KnowledgeBase, known: Known = KNOWN) -> list[str]:
    return [fault.text for fault in faults(one, base, NOW, known) if fault.blocks]


def advice(one: Plan, base: KnowledgeBase, known: Known = KNOWN) -> list[str]:
    return [fault.text for fault in faults(one, base, NOW, known) if not fault.blocks]


def test_a_sound_plan_has_no_fault(base: KnowledgeBase) -> None:
    assert faults(plan(), base, NOW, KNOWN) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " "}, "Chiến dịch chưa có tên."),
        ({"messages": ()}, "Chiến dịch chưa có tin nào."),
        ({"day": None}, "Chưa chọn ngày của chiến dịch, nên chưa biết các tin gửi vào lúc nào."),
        ({"urgent": True, "goal": ""}, "Xin gửi khẩn thì phải ghi lý do ở mục tiêu của chiến dịch."),
        ({"repeat": Repeat(rule="hằng tuần")}, "Lịch lặp lại “hằng tuần” không hợp lệ."),
        ({"first": First(percent=0)}, "Nhóm gửi trước phải lớn hơn 0 % và nhỏ hơn 100 % số người nhận."),
        ({"first": First(percent=100)}, "Nhóm gửi trước phải lớn hơn 0 % và nhỏ hơn 100 % số người nhận."),
        ({"first": First(place="99999")}, "Nhóm gửi trước: không có địa phương mang mã “99999”."),
    ],
)
def test_the_plan_as_a_whole(base: KnowledgeBase, changes: dict[str, Any], told: str) -> None:
    assert blocking(plan(**changes), base) == [told]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"topics": ()}, "Chưa chọn chủ đề: chỉ người đăng ký chủ đề mới được nhận tin."),
        ({"channels": ("fax",)}, "Không có kênh “fax”."),
        ({"places": ("99",)}, "Không có địa phương mang mã “99”."),
        ({"places": ("01",), "without_places": ("01",)}, "Địa phương 01 vừa được chọn vừa bị loại."),
        (
            {"behaviours": (Behaviour(did=Did.NOT_FINISHED_QUIZ, target="x"),)},
            "Nhóm nhận nói đến bài trắc nghiệm “x”, không có.",
        ),
        (
            {"behaviours": (Behaviour(did=Did.FINISHED_DRILL, target="x"),)},
            "Nhóm nhận nói đến bài thực hành “x”, không có.",
        ),
        (
            {"places": ("00004",), "without_places": ("01",)},
            "Mọi địa bàn được chọn đều nằm trong tỉnh, thành phố bị trừ, nên không ai nhận được tin.",
        ),
        (
            {"behaviours": (Behaviour(did=Did.GOT, target="năm ngoái"),)},
            "Nhóm nhận nói đến chiến dịch “năm ngoái”: phải là số của chiến dịch.",
        ),
    ],
)
def test_the_audience(base: KnowledgeBase, changes: dict[str, Any], told: str) -> None:
    assert blocking(plan(audience=Audience(**changes)), base) == [told]


@pytest.mark.parametrize(
    ("did", "contrary", "target", "told"),
    [
        (Did.FINISHED_QUIZ, Did.NOT_FINISHED_QUIZ, "nha-an-toan", "đã làm xong và chưa làm xong bài trắc nghiệm"),
        (Did.FINISHED_DRILL, Did.NOT_FINISHED_DRILL, "thoat-nan", "đã tập xong và chưa tập xong bài thực hành"),
        (Did.GOT, Did.NOT_GOT, "12", "đã nhận và chưa nhận tin của chiến dịch"),
        (Did.ANSWERED, Did.NOT_ANSWERED, "12", "đã trả lời và chưa trả lời tin của chiến dịch"),
    ],
)
def test_nobody_has_both_done_it_and_not(base: KnowledgeBase, did: Did, contrary: Did, target: str, told: str) -> None:
    both = Behaviour(did=contrary, target=target), Behaviour(did=did, target=target)

    assert blocking(plan(audience=Audience(behaviours=both)), base) == [
        f"Nhóm nhận đòi vừa {told} “{target}”: không ai như vậy. Bỏ một điều kiện."
    ]
    of_two = Behaviour(did=did, target=target), Behaviour(did=contrary, target=f"{target}9")
    assert not [one for one in blocking(plan(audience=Audience(behaviours=of_two)), base) if "không ai" in one]


def test_other_audiences_of_nobody(base: KnowledgeBase) -> None:
    answered, not_got = Behaviour(did=Did.ANSWERED, target="12"), Behaviour(did=Did.NOT_GOT, target="12")
    done = Behaviour(did=Did.FINISHED_QUIZ, target="nha-an-toan")

    assert blocking(plan(audience=Audience(behaviours=(answered, not_got))), base) == [
        "Nhóm nhận đòi đã trả lời mà chưa nhận tin của chiến dịch “12”: không ai như vậy."
    ]
    assert blocking(plan(audience=Audience(behaviours=(answered,), without_campaigns=(12,))), base) == [
        "Chiến dịch số 12 vừa là điều kiện vừa bị trừ: không ai như vậy. Bỏ một điều."
    ]
    left_out = message(unless=("quiz", "nha-an-toan"))
    assert blocking(plan(left_out, audience=Audience(behaviours=(done,))), base) == [
        "“Bài học 1”: trừ đúng những người mà đối tượng nhận đòi phải có, nên không ai nhận được."
    ]
    assert blocking(plan(left_out), base) == []


def test_an_audience_that_is_sound(base: KnowledgeBase) -> None:
    did = (Behaviour(did=Did.NOT_FINISHED_QUIZ, target="nha-an-toan"), Behaviour(did=Did.NOT_GOT, target="12"))

    assert blocking(plan(audience=Audience(places=("01",), without_places=("00004",), behaviours=did)), base) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": ""}, ["Tin “hoc-1” chưa có tên."]),
        ({"texts": {Variant.HOUSEHOLD: " \n"}}, ["“Bài học 1”: bản hộ gia đình chưa có nội dung."]),
        (
            {"texts": {Variant.FLAT: TEXT}},
            ["“Bài học 1”: thiếu bản cho hộ gia đình, là bản gửi cho mọi người còn lại."],
        ),
        (
            {"texts": {Variant.HOUSEHOLD: f"{TEXT} Gọi ⟨số của phường⟩."}},
            ["“Bài học 1”: bản hộ gia đình còn chỗ chưa điền: ⟨số của phường⟩."],
        ),
        (
            {"texts": {Variant.HOUSEHOLD: TEXT, Variant.SCHOOL: "Đóng cửa. [2]"}},
            ["“Bài học 1”: bản trường học: dấu [2] không có nguồn tương ứng."],
        ),
        (
            {"texts": {Variant.HOUSEHOLD: "Phạt 10–20 triệu đồng. [1]"}},
            ["“Bài học 1”: bản hộ gia đình: con số 20 không có trong nguồn mà câu dẫn."],
        ),
        (
            {"texts": {Variant.HOUSEHOLD: "Đóng cửa. [1]\nPhạt 10 triệu đồng."}},
            ["“Bài học 1”: bản hộ gia đình: con số 10 không có nguồn: dòng ấy chưa có dấu như [1]."],
        ),
        (
            {"texts": {Variant.HOUSEHOLD: "Theo Nghị định 144/2021/NĐ-CP, đóng cửa. [1]"}},
            [
                "“Bài học 1”: bản hộ gia đình: nhắc Nghị định 144/2021/NĐ-CP như còn hiệu lực, mà văn bản ấy đã hết "
                "hiệu lực."
            ],
        ),
        ({"cards": ("khong-co",)}, ["“Bài học 1”: không có thẻ trả lời “khong-co”."]),
        ({"sources": (FINE, Source(document="luat-moi"))}, ["“Bài học 1”: không có văn bản “luat-moi”."]),
        (
            {"sources": (FINE, Source(document="nd-106-2025", locator="dieu-1"))},
            ["“Bài học 1”: “Nghị định 106/2025/NĐ-CP” không có mục “dieu-1”."],
        ),
        (
            {"sources": (FINE, REPEALED)},
            [
                "“Bài học 1”: “Nghị định 144/2021/NĐ-CP” không còn hiệu lực vào ngày gửi (hết hiệu lực từ "
                "01/07/2025). Văn bản thay thế: Nghị định 106/2025/NĐ-CP."
            ],
        ),
        (
            {"sources": (FINE, Source(document="nd-106-2025", locator="dieu-99"))},
            ["“Bài học 1”: “Nghị định 106/2025/NĐ-CP” chưa được đối chiếu, không được dẫn trong tin."],
        ),
        ({"image": "khong-co"}, ["“Bài học 1”: không có hình “khong-co”."]),
        ({"template": ZaloTemplate(id=" ")}, ["“Bài học 1”: chưa điền mã mẫu tin Zalo."]),
        ({"unless": ("quiz", "x")}, ["“Bài học 1”: điều kiện nói đến bài trắc nghiệm “x”, không có."]),
        ({"unless": ("drill", "x")}, ["“Bài học 1”: điều kiện nói đến bài thực hành “x”, không có."]),
        ({"unless": ("answered", "hoc-1")}, ["“Bài học 1”: điều kiện nói đến tin gửi trước “hoc-1”, không có."]),
        ({"unless": ("slept", "x")}, ["“Bài học 1”: điều kiện “slept” không hợp lệ."]),
        ({"send_for": timedelta()}, ["“Bài học 1”: hạn gửi phải từ 1 phút đến 7 ngày sau giờ gửi."]),
        ({"send_for": timedelta(days=8)}, ["“Bài học 1”: hạn gửi phải từ 1 phút đến 7 ngày sau giờ gửi."]),
    ],
)
def test_a_message(base: KnowledgeBase, changes: dict[str, Any], told: list[str]) -> None:
    assert blocking(plan(message(**changes)), base) == told


@pytest.mark.parametrize(
    ("offer", "told"),
    [
        (
            Offer(label="Thử", kind=Doing.QUIZ, target="x"),
            ["“Bài học 1”: nút “Thử” mở bài trắc nghiệm “x”, không có."],
        ),
        (Offer(label="Thử", kind=Doing.DRILL, target="x"), ["“Bài học 1”: nút “Thử” mở bài thực hành “x”, không có."]),
        (Offer(label="Hỏi", kind=Doing.ASK, target="x"), ["“Bài học 1”: nút “Hỏi” mở thẻ trả lời “x”, không có."]),
        (
            Offer(label="", kind=Doing.DRILL, target="thoat-nan"),
            ["“Bài học 1”: chữ trên nút “” phải có từ 1 đến 36 ký tự."],
        ),
        (Offer(label="Hỏi", kind=Doing.ASK, target="bao-chay-gia"), []),
    ],
)
def test_a_button(base: KnowledgeBase, offer: Offer, told: list[str]) -> None:
    assert blocking(plan(message(offers=(offer,))), base) == told


def test_a_button_whose_payload_no_channel_takes(base: KnowledgeBase) -> None:
    long = "bai-" + "a" * 50
    known = replace(KNOWN, quizzes=frozenset({long}))

    [told] = blocking(plan(message(offers=(Offer(label="Thử", kind=Doing.QUIZ, target=long),))), base, known)

    assert told == f"“Bài học 1”: mã “{long}” của nút “Thử” quá dài."


def test_too_many_buttons(base: KnowledgeBase) -> None:
    four = message(offers=message().offers * 4)

    assert blocking(plan(four), base) == ["“Bài học 1”: có 4 nút, nhiều nhất là 3."]


def test_a_card_that_is_a_draft_or_does_not_apply(base: KnowledgeBase) -> None:
    card = base.cards["bao-chay-gia"]
    of_card = plan(message(cards=(card.id,)), message(key="2", when=Moment(), cards=(card.id,)))

    def told(**changes: Any) -> list[str]:
        return blocking(of_card, replace(base, cards={card.id: replace(card, **changes)}))

    named = "thẻ trả lời “Báo cháy giả bị phạt bao nhiêu?” (bao-chay-gia)"
    assert told() == []
    assert (
        told(review=Review(state=ReviewState.DRAFT)) == [f"“Bài học 1”: {named} còn là bản nháp, chưa được duyệt."] * 2
    )
    assert told(valid_to=date(2026, 10, 1)) == [f"“Bài học 1”: {named} không áp dụng vào ngày 04/10/2026."]
    assert told(valid_from=date(2026, 10, 1)) == [f"“Bài học 1”: {named} không áp dụng vào ngày 28/09/2026."]


def test_a_source_must_be_in_force_on_the_day_it_goes_not_today(base: KnowledgeBase) -> None:
    decree = replace(base.documents["nd-106-2025"], expires=date(2026, 10, 1))
    ending = replace(base, documents={**base.documents, decree.id: decree})
    coming = replace(base, documents={**base.documents, decree.id: replace(decree, effective=DAY, expires=None)})

    assert blocking(plan(message(when=Moment(days=-6))), ending) == []
    assert blocking(plan(message(when=Moment(days=0))), ending) == [
        "“Bài học 1”: “Nghị định 106/2025/NĐ-CP” không còn hiệu lực vào ngày gửi (hết hiệu lực từ 01/10/2026)."
    ]
    two_provisions = plan(message(when=Moment(days=0), sources=(FINE, DISPUTED)))
    assert len(blocking(two_provisions, ending)) == 1  # said once of one law
    assert blocking(plan(message(when=Moment(days=0))), coming) == []
    assert blocking(plan(message(when=Moment(days=-1))), coming) == [
        "“Bài học 1”: “Nghị định 106/2025/NĐ-CP” chưa có hiệu lực vào ngày gửi (có hiệu lực từ 04/10/2026)."
    ]


def test_what_is_doubtful_or_unverified_is_only_told(base: KnowledgeBase) -> None:
    doubtful = plan(message(sources=(FINE, DISPUTED)))
    unverified = replace(base.documents["nd-106-2025"], status=Status.UNVERIFIED)

    assert blocking(doubtful, base) == []
    assert advice(doubtful, base) == ["“Bài học 1”: “Nghị định 106/2025/NĐ-CP” (các nguồn nói khác nhau): cân nhắc."]
    other = replace(base, documents={**base.documents, unverified.id: unverified})
    assert blocking(plan(), other) == []
    assert advice(plan(), other) == [
        "“Bài học 1”: “Nghị định 106/2025/NĐ-CP”: chưa xác minh tình trạng hiệu lực, cần xem kỹ."
    ]


def test_a_text_without_a_source_is_told(base: KnowledgeBase) -> None:
    assert advice(plan(message(texts={Variant.HOUSEHOLD: "Cảm ơn bà con!"})), base) == [
        "“Bài học 1”: bản hộ gia đình: không dẫn nguồn nào."
    ]


def test_the_days_of_the_campaign_need_no_source(base: KnowledgeBase) -> None:
    named = message(texts={Variant.HOUSEHOLD: "Từ 28/9 đến 01/10/2026 làm bài, 4/10 có kết quả. [1]"})

    assert blocking(plan(named, message(key="2", when=Moment())), base) == []
    assert blocking(plan(replace(named, when=Moment(days=-1))), base) == [
        "“Bài học 1”: bản hộ gia đình: các con số 1/10/2026; 28/9 không có trong nguồn mà câu dẫn."
    ]


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("Theo số liệu của chiến dịch: 1.234 người đã làm xong bài thi.", "trang kết quả"),
        ("CẢNH BÁO: Đài khí tượng báo bão ở Hà Nội, từ 19 giờ ngày 12/9.", "bản tin cảnh báo"),
    ],
)
def test_what_no_document_can_know_is_for_the_approver_to_compare(base: KnowledgeBase, line: str, where: str) -> None:
    told = plan(message(texts={Variant.HOUSEHOLD: f"{line}\n{TEXT}"}))

    assert blocking(told, base) == []
    [one] = advice(told, base)  # all figures of a line in one
    assert f"đối chiếu với {where}" in one


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Trao giải ở xã Sóc Sơn 2 cho ai làm xong.", ""),
        ("Trao giải ở Sóc Sơn 2, mời bà con.", ""),
        ("Trao giải ở Phường 12 và Phường 3.", ""),
        ("Mỗi phường 12 người.", "12"),
        ("Phường 12 hộ bị cháy.", "12"),
        ("Ở Sóc Sơn 2 người bị phạt.", "2"),
        ("Xã Sóc Sơn 2.000 hộ.", "2000"),
    ],
)
def test_the_number_in_the_name_of_a_place_is_no_claim(base: KnowledgeBase, line: str, told: str) -> None:
    found = blocking(plan(message(texts={Variant.HOUSEHOLD: f"{line}\n{TEXT}"})), base)

    assert [one for one in found if f"con số {told} không có nguồn" in one] == (found if told else [])
    assert len(found) == (1 if told else 0)


def test_a_figure_under_a_whole_document_must_stand_in_its_title_or_dates(base: KnowledgeBase) -> None:
    whole = (Source(document="nd-106-2025"),)

    assert blocking(plan(message(sources=whole, texts={Variant.HOUSEHOLD: "Áp dụng từ 01/7/2025. [1]"})), base) == []
    assert blocking(plan(message(sources=whole)), base) != []


@pytest.mark.parametrize(
    ("when", "told"),
    [
        (at(20, 8, 59), ["“Bài học 1”: đặt giờ gửi 08:59 ngày 20/09/2026, đã qua rồi."]),
        (at(20, 9, 1), []),
        (Moment(hour=time(6, 59)), ["“Bài học 1”: đặt lúc 06:59; chỉ được gửi từ 7:00 đến 21:59."]),
        (Moment(hour=time(7, 0)), []),
        (Moment(hour=time(21, 59)), []),
        (Moment(hour=time(22, 0)), ["“Bài học 1”: đặt lúc 22:00; chỉ được gửi từ 7:00 đến 21:59."]),
    ],
)
def test_times(base: KnowledgeBase, when: Moment, told: list[str]) -> None:
    assert blocking(plan(message(when=when)), base) == told


def test_an_urgent_warning_may_ask_for_any_hour_and_beyond_the_cap(base: KnowledgeBase) -> None:
    night = [message(key=str(hour), when=Moment(hour=time(hour))) for hour in (2, 3)]

    assert blocking(plan(*night, urgent=True), base) == []
    assert len(blocking(plan(*night), base)) == 3


def test_more_messages_a_day_than_the_cap(base: KnowledgeBase) -> None:
    both = (message(key="a", title="Sáng"), message(key="b", title="Chiều", when=Moment(days=-6, hour=time(15))))

    assert blocking(plan(*both), base) == ["“Chiều”: là tin thứ 2 trong ngày 28/09; mỗi người chỉ nhận 1 tin một ngày."]
    assert blocking(plan(*both), base, replace(KNOWN, caps=Caps(2, 3))) == []


def test_many_in_one_week_are_told(base: KnowledgeBase) -> None:
    daily = [message(key=str(day), title=f"Ngày {day}", when=Moment(days=day)) for day in range(4)]

    assert blocking(plan(*daily), base) == []
    assert advice(plan(*daily), base) == [
        "“Ngày 3”: là tin thứ 4 trong 7 ngày; ai đã nhận đủ 3 tin thì không nhận tin này."
    ]
    assert advice(plan(*daily[:3], replace(daily[3], when=Moment(days=7))), base) == []


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        (Audience(), "bài viết hiện với mọi người theo dõi kênh, kể cả người không đăng ký nhận tin."),
        (Audience(homes=("flat",)), "bài viết không lọc được người xem theo loại nhà, nên sẽ không được phát."),
    ],
)
def test_for_whom_an_article_is_shown_is_told(base: KnowledgeBase, audience: Audience, told: str) -> None:
    found = faults(plan(message(article="9"), audience=audience), base, NOW, KNOWN)
    assert [(one.text, one.blocks) for one in found] == [(f"“Bài học 1”: {told}", False)]


def test_two_messages_of_one_key(base: KnowledgeBase) -> None:
    twice = (message(), message(when=Moment()))

    assert blocking(plan(*twice), base) == ["Hai tin có cùng mã “hoc-1”."]


def test_a_condition_on_an_earlier_message(base: KnowledgeBase) -> None:
    reminder = message(key="nhac", title="Nhắc", when=Moment(), unless=("answered", "hoc-1"))

    assert blocking(plan(message(), reminder), base) == []
    assert blocking(plan(reminder, message()), base) == []  # it goes later, wherever it stands
    first = replace(reminder, when=Moment(days=-9))
    assert blocking(plan(message(), first), base) == ["“Nhắc”: điều kiện nói đến tin gửi trước “hoc-1”, không có."]


def test_a_first_group_that_is_watched_longer_than_the_message_may_go(base: KnowledgeBase) -> None:
    watched = plan(first=First(watch=timedelta(hours=6)))

    assert blocking(watched, base) == [
        "“Bài học 1”: hạn gửi hết trước khi theo dõi xong nhóm gửi trước: phần còn lại sẽ không được gửi."
    ]
    assert blocking(plan(first=First(watch=timedelta(minutes=30))), base) == []


def test_what_does_not_fit_a_channel_is_among_the_faults(base: KnowledgeBase) -> None:
    [told] = blocking(plan(message(texts={Variant.HOUSEHOLD: "Đóng cửa. [1] " * 160})), base)[:1]

    assert "giới hạn 2000" in told


def test_faults_name_their_message(base: KnowledgeBase) -> None:
    found = faults(plan(message(image="x"), title=""), base, NOW, KNOWN)

    assert [one.message for one in found] == [None, "hoc-1"]


def test_an_approver_looks_at_each_provision_once_as_of_the_last_day(base: KnowledgeBase) -> None:
    lessons = (
        message(sources=(FINE,)),
        message(key="2", title="Bài học 2", when=Moment(), sources=(REPEALED,), cards=("bao-chay-gia",)),
    )

    decree, repealed = cited(plan(*lessons), base, DAY)

    assert (decree.id, decree.number, decree.title) == (
        "nd-106-2025#dieu-27-k4",
        "106/2025/NĐ-CP",
        "Xử phạt về phòng cháy",
    )
    assert (decree.where, decree.standing, decree.in_force) == ("Điều 27 khoản 4", "còn hiệu lực", True)
    assert decree.messages == ("Bài học 1", "Bài học 2")
    assert decree.places == ("Bài học 1 [1]", "Bài học 2 (không có số trong bài)")
    assert (repealed.in_force, repealed.standing) == (False, "hết hiệu lực từ 01/07/2025")
    assert repealed.replaced_by == ("Nghị định 106/2025/NĐ-CP",)
    ending = replace(base.documents["nd-106-2025"], expires=DAY)
    later = replace(base, documents={**base.documents, ending.id: ending})
    assert cited(plan(*lessons), later, DAY)[0].in_force is False
    assert cited(plan(lessons[0]), later, DAY)[0].in_force is True


def test_nothing_that_is_not_there_is_shown_to_an_approver(base: KnowledgeBase) -> None:
    gone = message(sources=(Source(document="luat-moi"),), cards=("khong-co",))

    assert cited(plan(gone), base, DAY) == []
