"""The table of fines: what is refused, and that the project's own is whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.check import KnowledgeBase
from knowledge.documents import read_documents
from knowledge.fines import faults_of_fines, read_fines
from knowledge.loading import load_knowledge

TODAY = date(2026, 11, 21)
ROW = """
document: nd-106-2025
checked_on: 2026-11-21
fines:
  - id: bao-chay-gia
    at: dieu-27-k4
    behaviour: Báo cháy giả
    fine: [10, 15]
    trust: verified
    asked: [báo giả, bao gia, gọi chơi, goi choi, phá 114, trêu 114, gọi giỡn, goi gion]
"""
BREAKS = [
    ("at: dieu-27-k4", "at: dieu-1", 5, "unknown source 'nd-106-2025#dieu-1'"),
    ("fine: [10, 15]", "fine: [10, 20]", 5, "figure 20 does not occur"),
    ("fine: [10, 15]", "fine: [15, 10]", 7, "from less to more"),
    ("fine: [10, 15]", "fine: [10]", 7, "fine"),
    ("[báo giả, bao gia, ", "[", 9, "6 names, at least 8"),
    ("trust: verified", "trust: sure", 8, "trust"),
    ("trust: verified", "trust: verified\n    cards: [no-card]", 9, "unknown card 'no-card'"),
    (
        "trust: verified",
        "trust: verified\n    before: {document: x, source: x#y, fine: [1, 2], trust: verified}",
        9,
        "x#y",
    ),
    ("trust: verified", "trust: verified\n    colour: red", 9, "colour"),
    (
        "trust: verified",
        "trust: verified\n    before: {document: nd-144-2021, source: 'nd-144-2021#dieu-42', trust: verified}",
        9,
        "before: give fine",
    ),
]


def faults_in(folder: Path, text: str) -> list[tuple[int, str]]:
    (folder / "fines").mkdir(exist_ok=True)
    (folder / "fines" / "nd-106-2025.yml").write_text(text, "utf-8")
    documents, _ = read_documents(folder / "documents")
    fines, faults = read_fines(folder / "fines")
    found = faults + list(faults_of_fines(fines, documents, {}))
    return [(fault.line, fault.message) for fault in found if "the decree" not in fault.message]


def test_a_sound_table_has_no_fault(folder: Path) -> None:
    assert faults_in(folder, ROW) == []


@pytest.mark.parametrize(("old", "new", "line", "message"), BREAKS)
def test_a_broken_row_is_refused_with_its_line(folder: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in ROW
    found = faults_in(folder, ROW.replace(old, new))
    assert any(message in text for _, text in found), found
    assert {at for at, text in found if message in text} <= {line, line + 1, line - 1}, found


def test_a_row_that_stands_twice_is_refused(folder: Path) -> None:
    again = ROW.split("fines:\n")[1]
    assert any("stands twice" in message for _, message in faults_in(folder, ROW + again))


def test_a_provision_without_a_row_is_refused(folder: Path) -> None:
    path = folder / "documents" / "nd-106-2025.md"
    path.write_text(
        path.read_text("utf-8") + "\n## Điều 5: X {#dieu-5}\nPhạt 1–2 triệu đồng đối với cá nhân.\n", "utf-8"
    )
    assert any("dieu-5 sets a fine and has no row" in message for _, message in faults_in(folder, ROW))


def test_the_general_rules_of_the_decree_must_be_there(folder: Path) -> None:
    (folder / "fines").mkdir()
    (folder / "fines" / "nd-106-2025.yml").write_text(ROW, "utf-8")
    documents, _ = read_documents(folder / "documents")
    fines, _ = read_fines(folder / "fines")
    messages = [fault.message for fault in faults_of_fines(fines, documents, {})]
    assert "the decree has no section 'dieu-4-k1'" in messages


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return load_knowledge(TODAY)


def test_no_fine_is_above_what_the_decree_allows(base: KnowledgeBase) -> None:
    assert len(base.fines.rows) > 90
    assert max(row.fine[1] for row in base.fines.rows.values()) == 50  # Điều 4 khoản 1: 50 million for individuals
