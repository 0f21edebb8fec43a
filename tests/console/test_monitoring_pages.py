"""Pages of monitoring reports together: who may see and do what, and nothing typed becomes a part of them."""

from __future__ import annotations

import pytest

from bot.console.permissions import Role
from tests.integration.monitored import BA_DINH, HANOI

from .monitoring import CREATE, drafted, form, issued
from .visiting import Console, Visitor

EVIL = "<script>alert(1)</script>{pa.tong}\"'><img src=x onerror=alert(2)>"


@pytest.mark.usefixtures("reporting")
async def test_places_and_roles_keep_reports_apart(console: Console, officer: Visitor) -> None:
    hanoi, everywhere = await drafted(officer), await drafted(officer, place="")
    of_hanoi = await console.signed_in(Role.OFFICER, places=(HANOI,))
    of_ward = await console.signed_in(Role.OFFICER, places=(BA_DINH,))
    elsewhere = await console.signed_in(Role.OFFICER, places=("79",))
    viewer = await console.signed_in(Role.VIEWER)
    assert (await of_hanoi.get(hanoi)).status == 200
    for visitor, address in ((of_ward, hanoi), (elsewhere, hanoi), (of_hanoi, everywhere), (viewer, hanoi)):
        for path in ("", "/files/docx", "/files/xlsx"):
            assert (await visitor.get(address + path)).status == 404
    for path in ("", "/comment", "/refresh", "/issue", "/discard"):
        sent = {"version": "1", "section": "gop-y", "comment": "x"}
        assert (await elsewhere.post(hanoi + path, sent)).status == 404
        assert (await viewer.post(hanoi + path, sent)).status == 403
    assert (await elsewhere.post("/console/monitoring", CREATE)).status == 400
    assert (await issued(officer, hanoi)).status == 303
    assert (await viewer.get(hanoi)).status == 200
    assert (await viewer.get(f"{hanoi}/files/pdf")).status == 200
    assert (await elsewhere.get(hanoi)).status == 404
    local_viewer = await console.signed_in(Role.VIEWER, places=("79",))
    assert (await local_viewer.get(f"{hanoi}/files/pdf")).status == 404
    assert "tháng 10" not in (await local_viewer.get("/console/monitoring")).text


@pytest.mark.usefixtures("reporting")
async def test_nothing_typed_becomes_a_part_of_the_page(officer: Visitor) -> None:
    address = await drafted(officer)
    names = [name for name in form(await officer.get(address)) if name != "version" and not name.startswith("tables-")]
    fields = form(await officer.get(address)) | dict.fromkeys(names, EVIL)
    assert (await officer.post(address, {**fields, "act": "add", "new_title": EVIL})).status == 303
    await officer.post(f"{address}/comment", {"section": "gop-y", "comment": EVIL})
    pages = [await officer.get(address), await officer.get("/console/monitoring")]
    send = {"version": form(pages[0])["version"], "number": EVIL[:20], "issued_on": "2026-11-20", "issued_signer": EVIL}
    pages.append(await officer.post(f"{address}/issue", {**send, "keep_numbers": "1"}))
    assert pages[-1].status == 400
    send["number"] = "15"
    assert (await officer.post(f"{address}/issue", {**send, "keep_numbers": "1"})).status == 303
    pages.append(await officer.get(address))
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img" not in page.text.replace('<img src="/console/static', "")
