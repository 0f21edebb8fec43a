"""A draft goes into the knowledge base only reviewed, by another person, and only when nothing breaks."""

import pytest

from knowledge.documents import Status, load_document
from knowledge.loading import load_knowledge
from tests.knowledge.ingestion import samples
from tests.knowledge.ingestion.conftest import TODAY, Clerk


@pytest.fixture
def reviewing(clerk: Clerk) -> Clerk:
    """A clerk with the draft of a decree."""
    assert clerk.ingest("nghi-dinh.pdf", samples.decree_pdf()) == 0
    return clerk


def registered(clerk: Clerk) -> list[str]:
    return sorted(path.name for path in (clerk.folder / "documents").iterdir())


def refused(clerk: Clerk, said: str, *, by: str = "Bình") -> None:
    """Accept must fail with these words and change nothing."""
    before = {path: path.read_bytes() for path in clerk.folder.rglob("*") if path.is_file()}
    drafts = clerk.drafts()
    assert clerk.accept("nd-123-2026", by=by) == 1
    assert said in clerk.printed
    assert {path: path.read_bytes() for path in clerk.folder.rglob("*") if path.is_file()} == before
    assert clerk.drafts() == drafts


def test_a_reviewed_draft_is_registered(reviewing: Clerk) -> None:
    reviewing.edit("nd-123-2026", "status: unverified", "status: in_force")
    assert reviewing.accept("nd-123-2026") == 0, reviewing.printed
    target = reviewing.folder / "documents" / "nd-123-2026.md"
    document = load_document(target)
    assert document.status is Status.IN_FORCE
    assert (document.note or "").endswith("Người duyệt: Bình, ngày 21/11/2026.")
    assert "Người nhập" not in target.read_text(encoding="utf-8")
    assert reviewing.drafts() == []
    assert "nd-123-2026" in load_knowledge(TODAY, reviewing.folder).documents


def test_an_unverified_draft_needs_a_word(reviewing: Clerk) -> None:
    refused(reviewing, "nd-123-2026.md:13: status vẫn là unverified")
    assert reviewing.accept("nd-123-2026", keep_unverified=True) == 0


@pytest.mark.parametrize("name", ["An", " an ", "AN", "Án"])
def test_nobody_reviews_what_they_ingested(reviewing: Clerk, name: str) -> None:
    reviewing.edit("nd-123-2026", "status: unverified", "status: in_force")
    refused(reviewing, "người duyệt phải là người khác", by=name)


def test_a_draft_without_its_author_is_not_accepted(reviewing: Clerk) -> None:
    reviewing.edit("nd-123-2026", "# Người nhập: An, ngày 21/11/2026\n", "")
    refused(reviewing, "không biết ai đã nhập")


def test_a_name_is_needed(reviewing: Clerk) -> None:
    refused(reviewing, "cần tên người duyệt", by="  ")


def test_a_draft_with_a_fault_names_file_and_line(reviewing: Clerk) -> None:
    reviewing.edit("nd-123-2026", "replaces: [nd-144-2021]", "replaces: [nd-1-1999]")
    reviewing.edit("nd-123-2026", "status: unverified", "status: in_force")
    refused(reviewing, "nd-123-2026.md:15: replaces: unknown document 'nd-1-1999'")


def test_a_draft_that_does_not_load(reviewing: Clerk) -> None:
    reviewing.edit("nd-123-2026", "type: Nghị định", "type: null")
    refused(reviewing, "nd-123-2026.md:5: type")


def test_no_draft(clerk: Clerk) -> None:
    assert clerk.accept("nd-123-2026") == 1
    assert "không có bản nháp này" in clerk.printed


def test_an_update_that_takes_a_cited_section_away(clerk: Clerk) -> None:
    clerk.ingest("a.pdf", samples.decree_pdf(number="106/2025/NĐ-CP"), update=True)
    clerk.edit("nd-106-2025", "status: unverified", "status: in_force")
    assert clerk.accept("nd-106-2025") == 1
    assert "unknown source 'nd-106-2025#dieu-27-k4'" in clerk.printed
    assert str(clerk.folder / "answers" / "muc-phat" / "bao-chay-gia.md") in clerk.printed
    assert clerk.drafts() == ["nd-106-2025.md"]


def test_an_update_goes_in_place(clerk: Clerk) -> None:
    rows = [*samples.DECREE[:-1], ("bold", "Điều 27. Mức phạt"), ("body", "1. Mức khác."), ("body", "2. Mức khác nữa."),
            ("body", "3. Mức nữa."), ("body", "4. Báo cháy giả: 10–15 triệu đồng.")]  # fmt: skip
    clerk.ingest("a.pdf", samples.decree_pdf(rows, number="106/2025/NĐ-CP"), update=True)
    clerk.edit("nd-106-2025", "status: unverified", "status: in_force")
    assert clerk.accept("nd-106-2025") == 0, clerk.printed
    assert load_document(clerk.folder / "documents" / "nd-106-2025.md").passage("dieu-2-k1") is not None


def test_an_update_of_a_file_that_changed_meanwhile(clerk: Clerk) -> None:
    clerk.ingest("a.pdf", samples.decree_pdf(number="106/2025/NĐ-CP"), update=True)
    path = clerk.folder / "documents" / "nd-106-2025.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert clerk.accept("nd-106-2025", keep_unverified=True) == 1
    assert "đã thay đổi sau khi nhập" in clerk.printed


def test_faults_that_stood_before_are_no_hindrance(reviewing: Clerk) -> None:
    path = reviewing.folder / "emergencies" / "smoke.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("dieu-27-k4", "dieu-1"), encoding="utf-8")
    assert reviewing.accept("nd-123-2026", keep_unverified=True) == 0


def test_an_id_leads_nowhere_else(clerk: Clerk) -> None:
    assert clerk.accept("../../knowledge/documents/nd-106-2025") == 1
    assert registered(clerk) == ["nd-106-2025.md", "nd-144-2021.md"]
