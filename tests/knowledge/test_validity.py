"""Whether a document applies on a day, and how that is said."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge.documents import DocumentHeader, Status
from knowledge.trust import Trust
from knowledge.validity import Validity, spoken, status_text, validity

DECREE = DocumentHeader(
    id="nd-1",
    number="1/2020/NĐ-CP",
    type="Nghị định",
    title="Thử",
    status=Status.IN_FORCE,
    effective=date(2021, 1, 10),
    checked_on=date(2026, 11, 21),
    trust=Trust.VERIFIED,
)


@pytest.mark.parametrize(
    ("changes", "on", "expected", "said"),
    [
        ({}, date(2021, 1, 9), Validity.NOT_YET, "có hiệu lực từ 10/01/2021"),
        ({}, date(2021, 1, 10), Validity.CURRENT, "còn hiệu lực"),
        ({"status": Status.AMENDED}, date(2022, 1, 1), Validity.CURRENT, "còn hiệu lực, đã được sửa đổi"),
        (
            {"status": Status.REPEALED, "expires": date(2025, 7, 1)},
            date(2025, 7, 1),
            Validity.EXPIRED,
            "hết hiệu lực từ 01/07/2025",
        ),
        ({"status": Status.REPEALED, "expires": date(2025, 7, 1)}, date(2025, 6, 30), Validity.CURRENT, "còn hiệu lực"),
        ({"status": Status.REPEALED}, date(2025, 7, 1), Validity.EXPIRED, "hết hiệu lực"),
        ({"status": Status.CITED}, date(2025, 7, 1), Validity.DIRECTIVE, "còn được viện dẫn"),
        (
            {"status": Status.UNVERIFIED},
            date(2025, 7, 1),
            Validity.UNKNOWN,
            "chưa xác minh tình trạng hiệu lực",
        ),
    ],
)
def test_standing_on_a_day(changes: dict[str, object], on: date, expected: Validity, said: str) -> None:
    document = replace(DECREE, **changes)  # type: ignore[arg-type]
    assert validity(document, on) is expected
    assert status_text(document, on) == said


def test_days_are_spoken_the_vietnamese_way() -> None:
    assert spoken(date(2025, 7, 1)) == "01/07/2025"
    assert spoken("1996") == "1996"
    assert spoken(None) == "chưa rõ ngày"
