"""Knowledge is drafted by one person, approved by another, and then live; those who asked are told."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import lxml.html
import pytest

from bot.console.permissions import Role
from bot.settings import Settings
from bot.store.database import Database
from bot.store.letters import Letters
from bot.store.waiting import Waiting
from knowledge.answers import ReviewState, load_card
from knowledge.loading import KNOWLEDGE_FOLDER
from tests.console.visiting import Console, Visitor, started
from tests.integration.stored import SEALER, count, value

CARD = "answers/muc-phat/phat-bao-chay-gia.md"
NEW = {
    "topic": "muc-phat",
    "question": "Trẻ con gọi 114 nghịch thì bố mẹ có bị phạt không?",
    "variants": "\n".join(f"con em gọi 114 nghịch lần {number} có sao không" for number in "abcdefgh"),
    "lead": "Báo cháy giả bị phạt 10–15 triệu đồng. [1]",
    "donts": "Đừng để trẻ nghịch điện thoại khẩn cấp.",
    "sources": "nd-106-2025#dieu-27-k4",
    "audiences": "home",
}
ASKER = UUID(int=9)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge folder of an office that holds the one file that is changed."""
    file = tmp_path / CARD
    file.parent.mkdir(parents=True)
    shutil.copy(KNOWLEDGE_FOLDER / CARD, file)
    return tmp_path


@pytest.fixture
async def console(database: Database, folder: Path) -> AsyncIterator[Console]:
    one = await started(database, settings=replace(Settings(), knowledge_dir=folder))
    yield one
    await one.close()


@pytest.fixture
async def writer(console: Console) -> Visitor:
    return await console.signed_in(Role.EDITOR, name="Trần Viết")


@pytest.fixture
async def reviewer(console: Console) -> Visitor:
    return await console.signed_in(Role.EDITOR, name="Lê Duyệt")


async def opened(writer: Visitor) -> str:
    """Begin to change the card; return the address of the draft."""
    begun = await writer.post("/console/knowledge/start", {"path": CARD})
    assert begun.status == 303
    return begun.location


def typed(page: str, **changed: str) -> list[tuple[str, str]]:
    """What a browser would send of the form on a page, some fields changed."""
    whole: Any = lxml.html.fromstring(page)
    form = whole.forms[1]
    return [(name, changed.get(name, text)) for name, text in form.form_values() if name != "csrf"]


async def test_a_card_is_changed_by_two_people(
    console: Console, writer: Visitor, reviewer: Visitor, folder: Path
) -> None:
    address = await opened(writer)
    page = await writer.get(address)
    assert "Báo cháy giả" in page.text
    fields = typed(page.text, notes="Trẻ dưới 14 tuổi không bị phạt tiền.")
    # A figure without a source is a fault, so it is kept but not handed on
    saved = await writer.post(address, [*fields, ("submit", "1")])
    assert saved.status == 303
    page = await writer.get(address)
    assert "chưa gửi duyệt được" in page.text
    assert "Con số chưa dẫn nguồn" in page.text
    fields = typed(page.text, notes="Trẻ em: nói với trẻ rằng 114 là số cứu người.")
    await writer.post(address, [*fields, ("submit", "1")])
    page = await writer.get(address)
    assert "Đã gửi duyệt" in page.text
    assert "cần người khác duyệt" in page.text
    assert "số cứu người" not in (folder / CARD).read_text(encoding="utf-8")
    # The writer cannot approve it, the reviewer can
    version = str(await value(console.parts.database, "SELECT version FROM card_draft"))
    refused = await writer.post(f"{address}/step", act="publish", version=version)
    assert (refused.status, "cần người thứ hai" in refused.text) == (409, True)
    review = await reviewer.get(address)
    assert "+ Trẻ em: nói với trẻ rằng 114 là số cứu người." in review.text
    done = await reviewer.post(f"{address}/step", act="publish", version=version)
    assert done.status == 303
    card = load_card(folder / CARD)
    assert any("số cứu người" in line.text for line in card.notes)
    assert (card.review.state, card.review.by) == (ReviewState.REVIEWED, "Lê Duyệt")
    acts = await value(
        console.parts.database, "SELECT array_agg(act ORDER BY id) FROM audit WHERE subject LIKE 'draft:%'"
    )
    assert acts == ["draft.created", "draft.saved", "draft.saved", "draft.submitted", "draft.published"]


async def test_a_question_becomes_a_card_and_its_asker_is_told(
    console: Console, writer: Visitor, reviewer: Visitor, folder: Path
) -> None:
    letters = Letters(console.parts.database, SEALER)
    await letters.keep_unanswered(ASKER, "web", "con nít chọc 114 thì sao", [])
    [asked] = await letters.waiting()
    page = await writer.get(f"/console/knowledge/new?question={asked.code}")
    assert "con nít chọc 114 thì sao" in page.text
    made = await writer.post("/console/knowledge/new", typed(page.text, **NEW))
    assert made.status == 303, made.text
    address = made.location
    version = await value(console.parts.database, "SELECT version FROM card_draft ORDER BY id DESC LIMIT 1")
    sent = await writer.post(address, [*NEW.items(), ("version", version), ("submit", "1")])
    assert sent.status == 303, sent.text
    assert "con nít chọc 114" in (await reviewer.get(address)).text
    await reviewer.post(f"{address}/step", act="publish", version=str(int(version) + 2))
    assert "Đã báo cho 1 người từng hỏi" in (await reviewer.get(address)).text
    [(_, told)] = await Waiting(console.parts.database, SEALER).after(ASKER, 0)
    assert "10–15 triệu đồng" in told["text"]
    assert await letters.waiting() == []
    assert (folder / "answers/muc-phat/tre-con-goi-114-nghich-thi-bo-me-co-bi-phat-khong.md").is_file()


async def test_a_draft_that_two_change_at_once_loses_nothing(
    console: Console, writer: Visitor, reviewer: Visitor
) -> None:
    address = await opened(writer)
    mine, theirs = await writer.get(address), await reviewer.get(address)
    await reviewer.post(address, typed(theirs.text, question="Của người kia?"))
    late = await writer.post(address, typed(mine.text, question="Của tôi?"))
    assert late.status == 409
    assert "Người khác vừa sửa" in late.text
    assert "Của tôi?" in late.text
    assert "Của người kia?" in (await reviewer.get(address)).text


async def test_what_changed_in_the_folder_meanwhile_is_not_written_over(
    console: Console, writer: Visitor, reviewer: Visitor, folder: Path
) -> None:
    address = await opened(writer)
    fields = typed((await writer.get(address)).text)
    await writer.post(address, [*fields, ("submit", "1")])
    (folder / CARD).write_text("đã sửa bằng tay", encoding="utf-8")
    version = str(await value(console.parts.database, "SELECT version FROM card_draft"))
    refused = await reviewer.post(f"{address}/step", act="publish", version=version)
    assert (refused.status, "đã được sửa sau khi" in refused.text) == (409, True)
    assert (folder / CARD).read_text(encoding="utf-8") == "đã sửa bằng tay"
    assert await value(console.parts.database, "SELECT state FROM card_draft") == "in_review"


async def test_a_draft_goes_back_with_what_should_be_better(
    console: Console, writer: Visitor, reviewer: Visitor
) -> None:
    address = await opened(writer)
    await writer.post(address, [*typed((await writer.get(address)).text), ("submit", "1")])
    version = str(await value(console.parts.database, "SELECT version FROM card_draft"))
    missing = await reviewer.post(f"{address}/step", act="give-back", version=version)
    assert (missing.status, "Ghi điều cần sửa" in missing.text) == (422, True)
    await reviewer.post(f"{address}/step", act="give-back", version=version, note="<b>Thiếu</b> nguồn")
    page = await writer.get(address)
    assert "&lt;b&gt;Thiếu&lt;/b&gt; nguồn" in page.text


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "answers/../x.md", "fines/nd-106-2025.yml", "answers/dien/khong-co.md"]
)
async def test_only_what_is_there_can_be_changed(console: Console, writer: Visitor, path: str) -> None:
    assert (await writer.post("/console/knowledge/start", {"path": path})).status == 404
    assert await count(console.parts.database, "card_draft") == 0


async def test_what_is_typed_wrong_stays_in_the_form(writer: Visitor) -> None:
    page = await writer.post("/console/knowledge/new", {**NEW, "topic": "../x", "lead": "<img src=x onerror=alert(1)>"})
    assert page.status == 422
    assert "Chọn một chủ đề" in page.text
    assert "<img src=x" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text


async def test_documents_are_changed_as_files(console: Console, writer: Visitor, folder: Path) -> None:
    shutil.copytree(KNOWLEDGE_FOLDER / "documents", folder / "documents")
    begun = await writer.post("/console/knowledge/start", {"path": "documents/nd-106-2025.md"})
    page = await writer.get(begun.location)
    fields = typed(page.text)
    content = dict(fields)["content"]
    broken = [
        (name, text if name != "content" else content.replace("{#dieu-27-k4}", "{#mat}")) for name, text in fields
    ]
    await writer.post(begun.location, [*broken, ("submit", "1")])
    assert "Không tìm thấy nguồn “nd-106-2025#dieu-27-k4”" in (await writer.get(begun.location)).text


async def test_what_can_be_looked_up(writer: Visitor) -> None:
    found = await writer.get("/console/knowledge?chu=bao chay gia")
    assert "/console/knowledge/cards/phat-bao-chay-gia" in found.text
    sources = await writer.get("/console/knowledge/sources?chu=báo cháy giả")
    assert "nd-106-2025#dieu-27-k4" in sources.text
    card = await writer.get("/console/knowledge/cards/phat-bao-chay-gia")
    assert "Người dân sẽ đọc" in card.text
    assert (await writer.get("/console/knowledge/cards/khong-co")).status == 404
    assert (await writer.get("/console/knowledge/documents/nd-106-2025")).status == 200
    assert "Câu trả lời chưa duyệt" in (await writer.get("/console/knowledge/audit")).text
