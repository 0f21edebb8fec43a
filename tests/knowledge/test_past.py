"""Which past period a question asks about."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.past import Past, asked_about

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("hồi 2024 báo cháy giả phạt nhiêu", date(2024, 1, 1), date(2024, 12, 31)),
        ("truoc 1/7/2025 phat bao nhieu", None, date(2025, 6, 30)),
        ("trước tháng 7/2025 quán không có bình", None, date(2025, 6, 30)),
        ("trước năm 2025 khoá cửa thoát nạn phạt sao", None, date(2024, 12, 31)),
        ("thang 10 2024 ko co binh phat nhieu", date(2024, 10, 1), date(2024, 10, 31)),
        ("t5/2025 khoa cua thoat nan phat sao", date(2025, 5, 1), date(2025, 5, 31)),
        ("ngày 5 tháng 6 năm 2025 tôi bị phạt", date(2025, 6, 5), date(2025, 6, 5)),
        ("tính đến 31/12/2024 thông tư 149/2020 còn hiệu lực ko", date(2024, 12, 31), date(2024, 12, 31)),
        ("năm ngoái nhà em bị phạt", date(2025, 1, 1), date(2025, 12, 31)),
        ("hai năm trước nhà em cháy", date(2024, 1, 1), date(2024, 12, 31)),
        ("5 nam truoc phat bao nhieu", date(2021, 1, 1), date(2021, 12, 31)),
        ("mấy năm trước phạt sao", None, date(2025, 6, 30)),
        ("mức phạt cũ là bao nhiêu", None, date(2025, 6, 30)),
        ("năm 2024 nghị định 136 còn hiệu lực không", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_in_the_past_is_read(text: str, start: date | None, end: date) -> None:
    assert asked_about(text, TODAY) == Past(start, end)


@pytest.mark.parametrize(
    "text",
    [
        "luật pccc 2001 còn hiệu lực không",
        "nd136/2020 con hieu luc ko",
        "kế hoạch 79/KH-UBND năm 2023 nói gì",
        "luật năm 2013 sửa gì",
        "từ 15/9/2026 nghiệm thu ai làm",
        "kể từ ngày 01/07/2025 ai phạt",
        "trước ngày 01/7/2027 phải lắp xong",
        "hạn 01/01/2026 công bố danh sách",
        "báo cáo trước 15/6",
        "ngày 31/2/2025",
        "bể còn 2024 lít nước",
        "toà nhà xây năm 2005 không đạt",
        "chỉ thị 19 năm 2024 còn hiệu lực không",
        "",
    ],
)
def test_the_year_of_a_document_or_the_beginning_of_a_duty_is_no_period(text: str) -> None:
    assert asked_about(text, TODAY) is None


def test_a_period_reaches_before_a_day() -> None:
    assert Past(date(2025, 1, 1), date(2025, 12, 31)).reaches_before(date(2025, 7, 1))
    assert Past(None, date(2024, 12, 31)).reaches_before(date(2001, 1, 1))
    assert not Past(date(2025, 8, 1), date(2025, 8, 31)).reaches_before(date(2025, 7, 1))
