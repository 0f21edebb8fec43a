"""Personal data is removed before a question is kept."""

import pytest

from bot.conversation.personal_data import without_personal_data


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
        ("em o so 114/5 Khuong Ha", "em o [địa chỉ] Khuong Ha"),
        ("can 20 lit xang, mua so 2 binh, ti le 1/2", "can 20 lit xang, mua so 2 binh, ti le 1/2"),
        ("nhà 12/3 Lê Lợi bị khoá cửa", "nhà [địa chỉ] Lê Lợi bị khoá cửa"),
        ("nhà 50 m2, 5 tầng, 20 người", "nhà 50 m2, 5 tầng, 20 người"),
    ],
)
def test_what_is_removed_and_what_stays(text: str, kept: str) -> None:
    assert without_personal_data(text) == kept
