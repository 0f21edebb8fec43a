"""Issuing monitoring reports: what stands in the way, once and for good, and the files."""

from __future__ import annotations

import asyncio
from io import BytesIO

import docx
import pytest

from tests.integration.monitored import Reporting
from tests.integration.stored import value

from .monitoring import OFFICE, drafted, form, issued, unfinished_filled
from .visiting import Console, Visitor

ISSUED = "SELECT count(*) FROM audit WHERE act = 'monitoring report issued'"


@pytest.mark.usefixtures("reporting")
@pytest.mark.parametrize("number", ["15/BC", "mười lăm", "0", "-1", "1 5", "١٥"])
async def test_what_is_no_number_of_a_document_is_refused(officer: Visitor, number: str) -> None:
    address = await drafted(officer)
    refused = await issued(officer, address, number)
    assert refused.status == 400
    assert "Số báo cáo gồm các chữ số" in refused.text
    assert "Tải PDF" not in (await officer.get(address)).text


@pytest.mark.usefixtures("reporting")
async def test_nothing_is_issued_without_place_name_and_recipients(officer: Visitor) -> None:
    address = await drafted(officer)
    fields = {**unfinished_filled(form(await officer.get(address))), **OFFICE, "place_name": "", "recipients": ""}
    assert (await officer.post(address, {**fields, "act": "save"})).status == 303
    send = {"number": "1", "issued_on": "2026-11-20", "issued_signer": "A"}
    version = form(await officer.get(address))["version"]
    refused = await officer.post(f"{address}/issue", {**send, "version": version})
    assert refused.status == 400
    assert "Chưa có địa danh" in refused.text
    assert "Chưa có nơi nhận" in refused.text


@pytest.mark.usefixtures("reporting")
async def test_what_cannot_be_undone_is_asked_again(officer: Visitor) -> None:
    running = "Kỳ chưa kết thúc, còn đến hết ngày 30/11/2026"
    over = (await officer.get(await drafted(officer))).text
    assert 'data-ask="Phát hành báo cáo tháng 10 năm 2026? Phát hành rồi thì' in over
    assert 'data-ask="Bỏ bản thảo báo cáo tháng 10 năm 2026?' in over
    assert "Kỳ chưa kết thúc" not in over
    runs = (await officer.get(await drafted(officer, day="2026-11-05"))).text
    assert f'<p class="notice warn" role="status">{running}' in runs
    assert f"không đổi được nữa. {running}" in runs


@pytest.mark.usefixtures("reporting")
async def test_what_issuing_asks_for_is_not_called_optional(officer: Visitor) -> None:
    page = (await officer.get(await drafted(officer))).text
    for label in ("Cơ quan ban hành", "Địa danh", "Nơi nhận"):
        assert f'{label} <span class="optional">(cần có trước khi phát hành)</span>' in page
    assert 'Cơ quan cấp trên <span class="optional">(không bắt buộc)</span>' in page


@pytest.mark.usefixtures("reporting")
async def test_of_two_who_issue_at_once_one_does(console: Console, officer: Visitor) -> None:
    address = await drafted(officer)
    fields = {**unfinished_filled(form(await officer.get(address))), **OFFICE}
    assert (await officer.post(address, {**fields, "act": "save"})).status == 303
    version = form(await officer.get(address))["version"]
    send = {"version": version, "issued_on": "2026-11-20", "issued_signer": "Trần Văn Ký"}
    answers = await asyncio.gather(
        *(officer.post(f"{address}/issue", {**send, "number": number}) for number in ("15", "16"))
    )
    assert sorted(answer.status for answer in answers) == [303, 409]
    assert await value(console.parts.database, ISSUED) == 1


@pytest.mark.usefixtures("reporting")
async def test_an_issued_report_never_changes(console: Console, officer: Visitor, reporting: Reporting) -> None:
    address = await drafted(officer)
    assert (await issued(officer, address)).status == 303
    page = await officer.get(address)
    assert "Số 15/BC-MTTQ-BTT" in page.text
    before = {kind: (await officer.get(f"{address}/files/{kind}")).body for kind in ("docx", "pdf", "xlsx")}
    await reporting.add("hazard.cage", 3)
    after = {kind: (await officer.get(f"{address}/files/{kind}")).body for kind in ("docx", "pdf", "xlsx")}
    assert before == after
    for path, fields in (
        ("", {"version": "1", "text-gop-y": "x"}),
        ("/refresh", {"version": "3"}),
        ("/issue", {"version": "3", "number": "2"}),
        ("/discard", {"version": "3"}),
        ("/comment", {"section": "gop-y", "comment": "x"}),
    ):
        assert (await officer.post(address + path, fields)).status == 409, path
    database = console.parts.database
    details = await value(database, "SELECT details FROM audit WHERE act = 'monitoring report issued'")
    stored = await value(database, "SELECT encode(sha256(content), 'hex') FROM monitoring_file WHERE kind = 'pdf'")
    assert details["pdf"] == stored
    assert details["number"] == "15"


@pytest.mark.usefixtures("reporting")
async def test_what_is_unfinished_is_not_issued(officer: Visitor) -> None:
    address = await drafted(officer)
    send = {"number": "1", "issued_on": "2026-11-20", "issued_signer": "A"}
    refused = await officer.post(f"{address}/issue", {**send, "version": form(await officer.get(address))["version"]})
    assert refused.status == 400
    assert "Chưa có tên cơ quan ban hành" in refused.text
    assert "Còn câu nhắc" in refused.text
    fields = {**unfinished_filled(form(await officer.get(address))), **OFFICE, "text-gop-y": "Có 99{pa.tong} ý kiến"}
    assert (await officer.post(address, {**fields, "act": "save"})).status == 303
    version = form(await officer.get(address))["version"]
    assert (await officer.post(f"{address}/issue", {**send, "version": version})).status == 400
    kept = await officer.post(f"{address}/issue", {**send, "version": version, "keep_numbers": "1"})
    assert kept.status == 303
    printed = docx.Document(BytesIO((await officer.get(f"{address}/files/docx")).body))
    assert any("khác với số liệu đã lấy" in one.text for one in printed.paragraphs)
