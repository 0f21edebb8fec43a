"""Personal data is removed before a question is kept."""

import pytest

from bot.conversation.personal_data import place_without_personal_data, without_personal_data


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("gọi em 0912 345 678 nhé", "gọi em [số điện thoại] nhé"),
        ("so +84.912.345.678", "so [số điện thoại]"),
        ("mail a.b@gmail.com hỏi", "mail [thư điện tử] hỏi"),
        ("nhà em số 12 ngõ 34/5 Khương Hạ", "nhà em [địa chỉ] [địa chỉ] Khương Hạ"),
        ("ở 120/4/7 Lê Lợi", "ở [địa chỉ] Lê Lợi"),
        ("cccd 001099012345", "cccd [dãy số]"),
        ("xe 29A-123.45 chắn lối", "xe [biển số] chắn lối"),
        ("tôi tên Nguyễn Văn An hỏi về", "[họ tên] hỏi về"),
        ("xem https://example.com/a?b=1 đi", "xem [đường dẫn] đi"),
        ("Nghị định 105/2025/NĐ-CP và ngày 04/10", "Nghị định 105/2025/NĐ-CP và ngày 04/10"),
        ("toi ten Nguyen Van An hoi ve", "[họ tên] hoi ve"),
        ("goi 0912345678/2025 nhe", "goi [số điện thoại]/2025 nhe"),
        ("nghị định số 136 còn không, gọi số 114", "nghị định số 136 còn không, gọi số 114"),
        ("Kết luận số 02-KL/TW, Chỉ thị 47-CT/TW", "Kết luận số 02-KL/TW, Chỉ thị 47-CT/TW"),
        ("em o so 114/5 Khuong Ha", "em o [địa chỉ] Khuong Ha"),
        ("can 20 lit xang, mua so 2 binh, ti le 1/2", "can 20 lit xang, mua so 2 binh, ti le 1/2"),
        ("nhà 12/3 Lê Lợi bị khoá cửa", "nhà [địa chỉ] Lê Lợi bị khoá cửa"),
        ("nhà 50 m2, 5 tầng, 20 người", "nhà 50 m2, 5 tầng, 20 người"),
    ],
)
def test_what_is_removed_and_what_stays(text: str, kept: str) -> None:
    assert without_personal_data(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Tôi tên Nguyễn Văn Bình, cán bộ hẹn lại ba lần", "[họ tên], cán bộ hẹn lại ba lần"),
        ("em tên Lan.", "[họ tên]."),
        ("em tên Lan", "[họ tên]"),
        ("Em tên là Hồng Anh cho em hỏi", "[họ tên] cho em hỏi"),
        ("Tôi tên Nguyễn văn bình hỏi", "[họ tên] hỏi"),
        ("Tôi tên Nguyễn Văn bình hỏi", "[họ tên] hỏi"),
        ("em tên lan muốn hỏi về bình", "[họ tên] muốn hỏi về bình"),
        ("con tên trần thị bích ngọc sđt của mẹ", "[họ tên] sđt của mẹ"),
        ("toi ten nguyen van binh", "[họ tên]"),
        ("toi ten la dang van nam, o hem", "[họ tên], o hem"),
        ("tên em là Thu Hà ạ", "[họ tên] ạ"),
        ("họ và tên: Lê Văn Tám", "[họ tên]"),
        ("TÔI TÊN LAN MUỐN HỎI", "[họ tên] MUỐN HỎI"),
        ("tôi là Trần Thị Hoa", "[họ tên]"),
        ("tôi là trần thị hoa ở gần chợ", "[họ tên] ở gần chợ"),
        ("TOI LA TRAN THI HOA", "[họ tên]"),
    ],
)
def test_a_name_is_removed_wholly(text: str, kept: str) -> None:
    assert without_personal_data(text) == kept
    assert place_without_personal_data(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "em là sinh viên",
        "tôi là chủ trọ",
        "Tôi là Chủ Trọ",
        "TOI LA CHU TRO",
        "TÔI LÀ CHỦ TRỌ",
        "em là người Hà Nội",
        "tôi là Công dân Việt Nam",
        "em tên gì vậy",
        "tôi tên là gì trong nghị định đó",
        "anh là ai",
        "tỉ lệ 1/2 đúng không",
        "tên văn bản là gì",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert without_personal_data(text) == text


def test_the_question_after_a_name_stays() -> None:
    asked = "tôi tên là Nguyễn Văn A hỏi Nghị định 105/2025/NĐ-CP còn hiệu lực không"
    assert without_personal_data(asked) == "[họ tên] hỏi Nghị định 105/2025/NĐ-CP còn hiệu lực không"


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("gọi 0912345678 số nhà 15/4 hẻm 22 lê lợi", "gọi [số điện thoại] số nhà 15/4 hẻm 22 lê lợi"),
        ("0912345678 5 Lê Lợi", "[số điện thoại] 5 Lê Lợi"),
        ("hẻm 12 xe hơi đậu kín, a.b@gmail.com", "hẻm 12 xe hơi đậu kín, [thư điện tử]"),
        ("120/4/7 Lê Lợi, xe 29A-123.45 chắn", "120/4/7 Lê Lợi, xe [biển số] chắn"),
        (
            "nhà số 12 ngõ 34/5 Khương Hạ, em tên Lan, cccd 001099012345",
            "nhà số 12 ngõ 34/5 Khương Hạ, [họ tên], cccd [dãy số]",
        ),
        ("tầng 3, chung cư ở https://maps.example/x", "tầng 3, chung cư ở [đường dẫn]"),
    ],
)
def test_a_reported_place_keeps_its_house_and_lane(text: str, sent: str) -> None:
    assert place_without_personal_data(text) == sent


def test_masking_twice_changes_nothing() -> None:
    once = place_without_personal_data("tôi tên Nguyễn Văn An, 0912 345 678, hẻm 5")
    assert place_without_personal_data(once) == once
