"""The list of monitoring reports, and what may be chosen for a new one."""

from __future__ import annotations

import pytest

from bot.console.permissions import Role
from tests.integration.monitored import BA_DINH, HANOI

from .monitoring import CREATE, drafted
from .visiting import Console, Visitor


async def test_a_long_list_has_pages(console: Console, officer: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.console.monitoring_list._AT_ONCE", 2)
    for month in (5, 6, 7):
        await drafted(officer, day=f"2026-0{month}-05", place="79")
    await drafted(officer, day="2026-08-05", place=HANOI)
    local = await console.signed_in(Role.OFFICER, places=("79",))
    first = await local.get("/console/monitoring")
    assert [f"tháng {month} năm" in first.text for month in (8, 7, 6, 5)] == [False, True, True, False]
    assert "?skip_draft=2" in first.text
    second = await local.get("/console/monitoring?skip_draft=2")
    assert [f"tháng {month} năm" in second.text for month in (7, 6, 5)] == [False, False, True]
    assert "Trang sau" not in second.text
    assert (await local.get("/console/monitoring?skip_draft=x")).status == 200


@pytest.mark.usefixtures("reporting")
async def test_a_member_of_some_places_writes_of_those(console: Console) -> None:
    both = await console.signed_in(Role.OFFICER, places=(BA_DINH, "79"))
    page = await both.get(await drafted(both, place=""))
    assert "13{pa.tong} phản ánh" in page.text
    assert "Phường Ba Đình" in page.text


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"kind": "decade"}, "Lựa chọn này không có."),
        ({"day": "hôm qua"}, "Cần một ngày"),
        ({"day": "2030-01-01"}, "không sau hôm nay"),
        ({"kind": "range", "first": "2026-10-05", "last": "2026-10-01"}, "Ngày cuối phải sau"),
        ({"kind": "range", "first": "2020-01-05", "last": "2026-10-01"}, "Khoảng dài nhất"),
        ({"kind": "range", "first": "2026-11-01", "last": "2027-12-31"}, "Ngày cuối không sau hôm nay"),
        ({"place": "99"}, "Địa bàn này không có"),
        ({"place": "0' OR"}, "Địa bàn này không có"),
    ],
)
async def test_wrong_periods_and_places_are_told(officer: Visitor, changed: dict[str, str], fault: str) -> None:
    answer = await officer.post("/console/monitoring", {**CREATE, **changed})
    assert answer.status == 400
    assert fault in answer.text
