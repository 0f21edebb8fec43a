"""Which figures of a sentence need a source."""

import pytest

from knowledge.figures import figures_needing_source


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("Phạt 10–15 triệu đồng.", {"10", "15"}),
        ("Gọi 114 hoặc 115.", set()),
        ("Theo Điều 27 khoản 4 Nghị định 106/2025/NĐ-CP.", set()),
        ("Từ 3.000 m² trở lên, chậm nhất 01/7/2027.", {"3000", "1/7/2027"}),
        ("Ngày 04/10 hằng năm, phương châm 4 tại chỗ.", set()),
        ("Pháp lệnh ngày 04/10/1961.", {"4/10/1961"}),
        ("Được 0,45 ngày lương.", {"0,45"}),
        ("Xả nước 20 phút.", {"20"}),
    ],
)
def test_figures_that_are_claims(text: str, needed: set[str]) -> None:
    assert figures_needing_source(text) == needed


def test_registered_document_numbers_are_no_claims() -> None:
    assert figures_needing_source("Xem 369/TTg (1996) nhé.", ["369/TTg (1996)"]) == set()
