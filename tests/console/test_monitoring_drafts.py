"""Drafts of monitoring reports: the editor, several who edit at once, comments, figures taken anew."""

from __future__ import annotations

import pytest

from bot.console import monitoring_editor
from bot.console.permissions import Role
from bot.monitoring.sections import LONGEST_TEXT
from tests.integration.monitored import WORDS, Reporting

from .monitoring import drafted, edited, form
from .visiting import Console, Visitor


@pytest.mark.usefixtures("reporting")
async def test_a_draft_is_written_from_the_figures_and_leads_to_the_records(officer: Visitor) -> None:
    page = await officer.get(await drafted(officer))
    assert page.status == 200
    assert "13{pa.tong} phản ánh" in page.text
    assert 'href="/console/reports?noi=01&amp;tu=2026-10-01&amp;den=2026-10-31"' in page.text
    assert "Chưa có chiến dịch nào được ghi nhận trong kỳ." in page.text
    assert "ghi theo trí nhớ" in page.text  # how far the layout was checked
    assert WORDS not in page.text


@pytest.mark.usefixtures("reporting")
async def test_an_officer_edits_moves_adds_and_removes(officer: Visitor) -> None:
    address = await drafted(officer)
    saved = await edited(
        officer, address, "add", new_title="Việc khác", **{"text-kien-nghi": "- Tổ chức 7 buổi\nXong 13{pa.tong}"}
    )
    assert saved.status == 303
    page = await officer.get(address)
    assert "Số nhập tay, không truy được nguồn: 7" in page.text
    assert page.text.index('id="muc-them-1"') < page.text.index('id="muc-ket"')
    assert (await edited(officer, address, "up:kien-nghi")).status == 303
    page = await officer.get(address)
    assert page.text.index('id="muc-kien-nghi"') < page.text.index('id="muc-ton-tai"')
    assert (await edited(officer, address, "remove:them-1")).status == 303
    assert (await edited(officer, address, "remove:ket")).status == 303  # only what was added can be taken out
    page = await officer.get(address)
    assert 'id="muc-them-1"' not in page.text
    assert 'id="muc-ket"' in page.text


@pytest.mark.usefixtures("reporting")
async def test_saving_what_was_not_touched_changes_nothing(officer: Visitor) -> None:
    address = await drafted(officer)
    assert (await edited(officer, address)).status == 303
    page = await officer.get(address)
    assert "(đã sửa)" not in page.text
    assert "Số trong bài không còn khớp" not in page.text
    assert "không truy được nguồn:" not in page.text


async def test_new_figures_leave_the_text_and_are_shown_against_it(officer: Visitor, reporting: Reporting) -> None:
    address = await drafted(officer)
    await edited(officer, address, **{"text-phan-anh": "Có 13{pa.tong} phản ánh, tôi đã sửa."})
    await reporting.add("hazard.cage", 2)
    version = form(await officer.get(address))["version"]
    page = await officer.post(f"{address}/refresh", {"version": version})
    assert page.status == 200
    assert "Phản ánh đã nhận: 13 → 15" in page.text
    assert "Có 13{pa.tong} phản ánh, tôi đã sửa." in page.text
    assert "nay là 15" in page.text
    assert (await edited(officer, address, "renew:phan-anh")).status == 303
    assert "Có 15{pa.tong} phản ánh, tôi đã sửa." in (await officer.get(address)).text
    assert (await edited(officer, address, "recompose:phan-anh")).status == 303
    assert "tôi đã sửa" not in (await officer.get(address)).text


@pytest.mark.usefixtures("reporting")
async def test_of_two_editors_the_second_loses_nothing(console: Console, officer: Visitor) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    mine, theirs = form(await officer.get(address)), form(await other.get(address))
    assert (await other.post(address, {**theirs, "text-gop-y": "CỦA NGƯỜI KIA", "act": "save"})).status == 303
    late = await officer.post(
        address, {**mine, "text-gop-y": "CỦA TÔI", "text-kiem-tra": "CŨNG CỦA TÔI", "act": "save"}
    )
    assert late.status == 409
    assert all(words in late.text for words in ("CỦA TÔI", "CŨNG CỦA TÔI", "CỦA NGƯỜI KIA"))
    assert "CỦA NGƯỜI KIA" in (await officer.get(address)).text
    assert (await officer.post(address, {**form(late), "act": "save"})).status == 303
    assert ">\nCỦA TÔI</textarea>" in (await officer.get(address)).text


@pytest.mark.usefixtures("reporting")
async def test_what_the_second_editor_did_not_touch_stays_as_the_first_left_it(
    console: Console, officer: Visitor
) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    mine, theirs = form(await officer.get(address)), form(await other.get(address))
    their_changes = {"text-kiem-tra": "CỦA NGƯỜI KIA", "issuer": "CƠ QUAN CỦA NGƯỜI KIA"}
    assert (await other.post(address, {**theirs, **their_changes, "act": "save"})).status == 303
    late = await officer.post(address, {**mine, "text-gop-y": "CỦA TÔI", "act": "save"})
    assert late.status == 409
    assert (await officer.post(address, {**form(late), "act": "save"})).status == 303
    saved = form(await officer.get(address))
    assert (saved["text-gop-y"], saved["text-kiem-tra"], saved["issuer"]) == ("CỦA TÔI", *their_changes.values())


@pytest.mark.usefixtures("reporting")
async def test_both_heads_are_shown_when_both_were_changed(console: Console, officer: Visitor) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    mine, theirs = form(await officer.get(address)), form(await other.get(address))
    assert (await other.post(address, {**theirs, "summary": "TRÍCH YẾU KIA", "act": "save"})).status == 303
    late = await officer.post(address, {**mine, "summary": "TRÍCH YẾU TÔI", "act": "save"})
    assert late.status == 409
    assert form(late)["summary"] == "TRÍCH YẾU TÔI"
    assert "TRÍCH YẾU KIA" in late.text


@pytest.mark.usefixtures("reporting")
async def test_a_section_that_somebody_took_out_is_not_lost_to_who_writes_in_it(
    console: Console, officer: Visitor
) -> None:
    other = await console.signed_in(Role.OFFICER)
    address = await drafted(officer)
    assert (await edited(officer, address, "add", new_title="Mục thêm")).status == 303
    mine = form(await officer.get(address))
    assert (await edited(other, address, "remove:them-1")).status == 303
    late = await officer.post(address, {**mine, "text-them-1": "VIẾT DỞ", "act": "save"})
    assert late.status == 409
    assert form(late)["text-them-1"] == "VIẾT DỞ"
    assert (await officer.post(address, {**form(late), "act": "save"})).status == 303
    assert form(await officer.get(address))["text-them-1"] == "VIẾT DỞ"


@pytest.mark.usefixtures("reporting")
async def test_personal_data_is_pointed_out_where_an_officer_typed_it(officer: Visitor) -> None:
    address = await drafted(officer)
    warning = "Mục này có vẻ có số điện thoại"
    fields = form(await officer.get(address))
    assert warning not in (await officer.get(address)).text  # of the program's own words
    more = fields["text-gop-y"] + "\nÝ kiến của chị Lan, số 0912345678."
    assert (await officer.post(address, {**fields, "text-gop-y": more, "act": "save"})).status == 303
    assert (await officer.get(address)).text.count(warning) == 1


@pytest.mark.usefixtures("reporting")
async def test_a_comment_is_kept_while_somebody_edits(console: Console, officer: Visitor) -> None:
    other = await console.signed_in(Role.OFFICER, name="Lê Góp Ý")
    address = await drafted(officer)
    fields = form(await officer.get(address))
    assert (await other.post(f"{address}/comment", {"section": "gop-y", "comment": "Xem lại giúp"})).status == 303
    assert (await officer.post(address, {**fields, "text-gop-y": "Đã xem", "act": "save"})).status == 303
    page = await officer.get(address)
    assert "Xem lại giúp" in page.text
    assert "Đã xem" in page.text


async def test_too_long_a_text_is_given_back_whole(officer: Visitor) -> None:
    address = await drafted(officer)
    assert "data-unsaved" not in (await officer.get(address)).text
    answer = await edited(officer, address, **{"text-gop-y": "ý " * 16_000})
    assert answer.status == 400
    assert "ý " * 15_999 in answer.text
    assert 'data-unsaved="yes"' in answer.text  # other buttons of the page ask before they take it away


async def test_a_section_that_is_far_too_long_comes_back_at_once(
    officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks for numbers and names in it takes minutes for so much; meanwhile nobody would be served."""
    looked: list[int] = []

    def look(text: str) -> list[str]:
        looked.append(len(text))
        return []

    monkeypatch.setattr(monitoring_editor, "typed_by_hand", look)
    address = await drafted(officer)
    key = next(name for name in form(await officer.get(address)) if name.startswith("text-"))
    looked.clear()
    answer = await edited(officer, address, **{key: "9" * 200_000})
    assert answer.status == 400
    assert "Dài 200000 ký tự" in answer.text
    assert "9" * 200_000 in answer.text
    assert max(looked) <= LONGEST_TEXT
