"""Numbers, comparisons and marks in a text."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.monitoring.document import Table
from bot.monitoring.drafting import drafted
from bot.monitoring.figures import Figure, Figures
from bot.monitoring.marked_text import mismatches, pieces, printed, renewed, typed_by_hand
from bot.monitoring.scopes import Scope, in_sentence
from bot.monitoring.sections import LONGEST_TITLE, Office
from bot.monitoring.tables import blocks_of
from bot.monitoring.wording import Part, compared, marked, number, part_of
from tests.bot.monitoring.made import AT, TAKEN, counted, draft, places, record, varied, writer

COUNTS = some.integers(0, 2_000_000)


def figure(value: float | None, before: float | None) -> Figure:
    return Figure(id="pa.tong", name="Phản ánh", definition="", unit="phản ánh", value=value, before=before)


def figures(value: float | None, before: float | None = None) -> Figures:
    return Figures(TAKEN, (figure(value, before),))


@pytest.mark.parametrize(
    ("value", "before", "words"),
    [
        (72, 60, "tăng 12 phản ánh (20%) so với kỳ trước"),
        (60, 72, "giảm 12 phản ánh (16,7%) so với kỳ trước"),
        (3, 1, "tăng 2 phản ánh so với kỳ trước (kỳ trước: 1)"),
        (0, 4, "giảm 4 phản ánh so với kỳ trước (kỳ trước: 4)"),
        (5, 5, "bằng kỳ trước"),
        (5, 0, "kỳ trước không có"),
        (0, 0, ""),
        (None, 4, ""),
        (4, None, ""),
        (12_345, 1_000, "tăng 11.345 phản ánh (1.134,5%) so với kỳ trước"),
    ],
)
def test_comparisons_as_officials_write_them(value: float | None, before: float | None, words: str) -> None:
    assert printed(compared(figure(value, before))) == words


@given(COUNTS, COUNTS)
def test_what_is_written_of_a_comparison_is_true(value: int, before: int) -> None:
    one = figure(value, before)
    words = compared(one)
    assert ("tăng" in printed(words)) == (value > before > 0)
    assert ("giảm" in printed(words)) == (value < before)
    assert ("%" in printed(words)) == (before >= 10 and value != before)
    assert mismatches(words, figures(value, before)) == []
    assert typed_by_hand(words) == []


@given(COUNTS)
def test_a_number_can_be_read_back(value: int) -> None:
    assert int(number(value).replace(".", "")) == value


@given(COUNTS, COUNTS)
def test_a_number_that_changed_is_found_and_renewed(old: int, new: int) -> None:
    text = f"Nhận {marked(figure(old, None))} phản ánh, giữ 7 buổi."
    found = mismatches(text, figures(new))
    assert [(one.written, one.now) for one in found] == ([] if old == new else [(number(old), number(new))])
    assert mismatches(renewed(text, figures(new)), figures(new)) == []
    assert typed_by_hand(text) == ["7"]


def test_a_growth_that_became_a_fall_is_not_renewed() -> None:
    text = compared(figure(72, 60))
    fallen = figures(50, 60)
    assert [(one.mark, one.now) for one in mismatches(text, fallen)] == [("pa.tong:tăng", None), ("pa.tong:%", "16,7")]
    assert "12{pa.tong:tăng}" in renewed(text, fallen)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Có 5 {pa.tong} phản ánh", []),
        ("Có {pa.tong} phản ánh", [("", "pa.tong", "5")]),
        ("Có 5{pa.la} phản ánh", [("5", "pa.la", None)]),
        ("Có 05{pa.tong} phản ánh", [("05", "pa.tong", "5")]),
        ("Dấu {ngoặc} thường", []),
    ],
)
def test_marks_that_lead_nowhere_are_found(text: str, found: list[tuple[str, str, str | None]]) -> None:
    told = [(one.written, one.mark, one.now) for one in mismatches(text, figures(5))]
    # "{ngoặc}" has a letter that no mark has, so it is plain text
    assert told == found


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Ngày 04/10, tháng 11 năm 2026, quý 3, 6 tháng đầu năm", []),
        ("Kết luận số 02-KL/TW, Điều 5, khoản 2, Nghị định 30/2020/NĐ-CP", []),
        ("Tổ chức 3 buổi cho 1.250 người, đạt 97,5 %", ["3", "1.250", "97,5"]),
        ("Phản ánh MM-0001-ABCD được 2 lần", ["2"]),
    ],
)
def test_numbers_typed_by_hand(text: str, typed: list[str]) -> None:
    assert typed_by_hand(text) == typed


def test_parts_of_a_figure() -> None:
    assert [part_of(figure(8, 10), part) for part in Part] == [8, None, 2, 20.0, 10]


def test_every_number_of_a_draft_leads_to_its_figure() -> None:
    now, before = varied(2), varied(1)
    found = counted(now, before, answers=5, answered={"dien": 5}, unanswered=3, subscribed=2, thumbs_up=1, erasures=1)
    content = draft(found)
    for section in content.sections:
        assert mismatches(section.text, found) == []
        assert typed_by_hand(section.text) == [], section.key
    assert sum(len(re.findall(r"\{", section.text)) for section in content.sections) > 50


def test_pieces_put_together_are_the_printed_text() -> None:
    text = "a 5{pa.tong} b {pa.tong} <i>c</i>"
    found = list(pieces(text, figures(6)))
    assert "".join(one.text for one in found) == printed(text)
    assert [(one.figure, one.stale) for one in found if one.figure] == [("pa.tong", True)]


def test_a_draft_without_reports_says_so() -> None:
    content = draft(counted([]))
    texts = {section.key: section.text for section in content.sections}
    assert texts["phan-anh"] == "Trong kỳ chưa nhận phản ánh nào."
    assert "Chưa có chiến dịch nào được ghi nhận trong kỳ." in texts["tuyen-truyen"]
    assert "chưa nhận ý kiến nào" in texts["gop-y"]
    assert "chưa nhận đề nghị biểu dương nào" in texts["bieu-duong"]
    assert "chưa ghi nhận phản ánh quá hạn" in texts["ton-tai"]


def test_commendations_that_were_refused_are_not_named() -> None:
    kept, refused = (
        record(1, category="commendation.person"),
        record(2, category="commendation.person", state="rejected"),
    )
    found = counted([kept, refused])
    named = [one.code for many in found.named.values() for one in many]
    assert named == [kept.code]
    assert found.value("pa.loai.commendation") == 2
    assert found.value("pa.neu-ma.commendation") == 1


def test_a_sentence_calls_things_by_their_own_name() -> None:
    now = [record(one, category="opinion.law") for one in range(3)]
    texts = {one.key: printed(one.text) for one in draft(counted(now, now[:1])).sections}
    assert "Đã nhận 3 ý kiến, tăng 2 ý kiến so với kỳ trước" in texts["gop-y"]


def test_a_period_that_is_not_over_says_so_and_is_not_compared() -> None:
    found = replace(counted(varied(2), varied(1)), taken_at=AT).uncompared()
    content = draft(found)
    assert "kỳ báo cáo chưa kết thúc: số liệu tính đến ngày 03/08/2026" in content.sections[0].text
    assert not any("tăng" in one.text or "giảm " in one.text for one in content.sections[3:4])
    assert "chưa kết thúc: số liệu tính đến" not in draft(counted(varied(1))).sections[0].text


def test_who_is_late_is_said_of_whose_turn_it_is() -> None:
    police = {"agency": 1, "agency_name": "Công an phường Thử", "overdue": True}
    now = [
        record(1, state="handling", turn="agency", **police),
        record(2, state="reopened", turn="mttq", **police),
        record(3, state="answered", turn="resident", **police),
    ]
    found = counted(now)
    late = ("pa.qua-han.co-quan", "pa.qua-han.mat-tran", "cq.1.qua-han")
    assert [found.value(one) for one in late] == [1, 1, 1]
    texts = {one.key: printed(one.text) for one in draft(found).sections}
    assert "- Công an phường Thử: 1 phản ánh." in texts["ton-tai"]
    assert "giải quyết dứt điểm 1 phản ánh" in texts["kien-nghi"]


def test_what_had_less_time_or_goes_with_time_is_not_compared() -> None:
    found = counted(varied(1), varied(1), answers=3, answered={"dien": 3}, unanswered=2, thumbs_up=1)
    ids = ("tg.tra-loi", "tg.ket-thuc", "hd.tra-loi", "hd.chu-de.dien", "hd.chua-tra-loi", "hd.huu-ich", "pa.xong")
    assert [found.by_id[one].before for one in ids] == [None] * len(ids)


def test_a_typical_time_is_told_of_a_handful_and_never_as_none() -> None:
    def prose(answers: list[float]) -> str:
        found = counted([record(n, state="closed", answer_days=d, close_days=9.0) for n, d in enumerate(answers)])
        return "\n".join(printed(one.text) for one in draft(found).sections)

    # One answer is nothing typical
    assert "Một nửa" not in prose([0.01])
    assert "Một nửa" not in prose([2.0] * 4)
    # And what took less than a day took no "0 ngày"
    quick, slow = prose([0.01] * 5), prose([2.5] * 5)
    assert "có trả lời đầu tiên trong chưa đầy một ngày." in quick
    assert "0 ngày" not in quick
    assert "có trả lời đầu tiên trong vòng 2,5 ngày." in slow
    assert "được giải quyết trong vòng 9 ngày." in slow


def test_a_table_of_channels_names_the_channels() -> None:
    found = counted([record(1, channel="web"), record(2, channel="zalo_oa")])
    assert found.by_id["pa.kenh.web"].name == "Gửi qua Trang chat"  # by itself it has to say what it counts
    (table,) = [one for one in blocks_of("phan-anh", writer(found)) if isinstance(one, Table) and one.head[0] == "Kênh"]
    assert sorted(row[0] for row in table.rows) == ["Trang chat", "Zalo OA"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Phường Ba Đình, Thành phố Hà Nội", "phường Ba Đình, thành phố Hà Nội"),
        ("Thành phố Hồ Chí Minh", "Thành phố Hồ Chí Minh"),
        ("Xã Hòa Xá, Tỉnh An Giang", "xã Hòa Xá, tỉnh An Giang"),
        ("Phường 3, Tỉnh X", "Phường 3, tỉnh X"),
        ("Đặc khu Phú Quốc, Tỉnh An Giang", "đặc khu Phú Quốc, tỉnh An Giang"),
    ],
)
def test_places_as_they_stand_in_a_sentence(name: str, written: str) -> None:
    assert in_sentence(name) == written


def test_a_report_about_many_places_can_be_saved() -> None:
    scope = Scope(tuple(one.code for one in places().communes if one.code)[:40])
    content = drafted(writer(counted([record()], scope=scope), scope=scope), Office())
    assert len(content.summary) <= LONGEST_TITLE
    assert "trên địa bàn 40 đơn vị hành chính" in content.summary
    assert content.sections[0].text.count(";") >= 39
