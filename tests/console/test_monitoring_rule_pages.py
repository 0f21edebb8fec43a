"""The schedule that prepares drafts, and the office whose reports they are."""

from __future__ import annotations

import asyncio

from bot.console.permissions import Role
from tests.integration.monitored import HANOI
from tests.integration.stored import value

from .monitoring import OFFICE, drafted
from .visiting import Console, Visitor


async def test_rules_are_made_stopped_and_kept_apart(console: Console, officer: Visitor) -> None:
    path = "/console/monitoring/schedule"
    assert (await officer.post(path, {"kind": "quarter", "place": "*", "due_days": "15"})).status == 303
    assert (await officer.post(path, {"kind": "range", "place": "*", "due_days": "15"})).status == 400
    assert (await officer.post(path, {"kind": "month", "place": "", "due_days": "-1"})).status == 400
    upto = "SELECT prepared_upto::text FROM report_schedule"
    assert await value(console.parts.database, upto) == "2026-09-30"  # only what ends from now on
    local = await console.signed_in(Role.OFFICER, places=(HANOI,))
    assert (await local.post(path, {"kind": "month", "place": "*", "due_days": "5"})).status == 400
    assert (await local.post(f"{path}/1", {"active": "0"})).status == 404
    assert "Chưa có lịch nào" in (await local.get(path)).text
    assert (await officer.post(f"{path}/1", {"active": "0"})).status == 303
    assert "đang dừng" in (await officer.get(path)).text


async def test_there_are_no_two_rules_for_the_same(console: Console, officer: Visitor) -> None:
    path = "/console/monitoring/schedule"
    rule = {"kind": "month", "place": "*", "due_days": "10"}
    answers = await asyncio.gather(*(officer.post(path, rule) for _ in range(3)))  # an impatient finger
    assert sorted(answer.status for answer in answers) == [303, 409, 409]
    assert "Đã có lịch đang chạy" in (await officer.post(path, rule)).text
    assert (await officer.post(path, {**rule, "place": HANOI})).status == 303
    assert (await officer.post(f"{path}/1", {"active": "0"})).status == 303
    assert (await officer.post(path, rule)).status == 303
    assert (await officer.post(f"{path}/1", {"active": "1"})).status == 409
    assert (await officer.post(f"{path}/2", {"active": "1"})).status == 303  # works already: nothing to refuse
    works = "SELECT count(*) FROM report_schedule WHERE active AND place_code IS NULL"
    assert await value(console.parts.database, works) == 1


async def test_an_office_is_kept_and_used(console: Console, officer: Visitor) -> None:
    path = "/console/monitoring/office"
    assert (await officer.post(path, {**OFFICE, "place": "*", "version": "0"})).status == 303
    again = await officer.post(path, {**OFFICE, "place": "*", "version": "0"})
    assert again.status == 409
    assert (
        await officer.post(path, {**OFFICE, "place": HANOI, "version": "0", "issuer": "Riêng Hà Nội"})
    ).status == 303
    assert "Riêng Hà Nội" in (await officer.get(await drafted(officer))).text
    assert "phường Ba Đình" in (await officer.get(await drafted(officer, place="79"))).text
    elsewhere = await console.signed_in(Role.OFFICER, places=("79",))
    assert (await elsewhere.get(f"{path}?place={HANOI}")).status == 404
    assert (await elsewhere.post(path, {**OFFICE, "place": HANOI, "version": "1"})).status == 404
