"""What the audit lists, on a small knowledge base."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from knowledge.audit import Question, Section, as_text, audit, read_questions
from knowledge.loading import load_knowledge

TODAY = date(2026, 11, 21)


def sections(folder: Path, on: date = TODAY, questions: list[Question] | None = None) -> dict[str, tuple[str, ...]]:
    found = audit(load_knowledge(on, folder), questions, on)
    return {section.heading.split(" (")[0]: section.lines for section in found}


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def card(folder: Path) -> Path:
    return next((folder / "answers").glob("*/bao-chay-gia.md"))


def test_documents_unchecked_for_90_days_stand_by_how_many_answers_rest_on_them(folder: Path) -> None:
    heading = "Văn bản quá 90 ngày chưa kiểm tra lại"
    assert sections(folder)[heading] == ()
    first, *_ = sections(folder, date(2027, 2, 20))[heading]
    assert first.startswith("Nghị định 106/2025/NĐ-CP")
    assert "kiểm tra 21/11/2026" in first


def test_a_card_whose_source_was_amended_after_its_review_is_listed(folder: Path) -> None:
    rewrite(card(folder), "{state: draft}", "{state: reviewed, by: Lan, on: 2026-01-05}")
    decree = folder / "documents" / "nd-106-2025.md"
    rewrite(decree, "status: in_force", "status: in_force\namended_by: [nd-69-2026]")
    newer = decree.read_text("utf-8").split("## ")[0].replace("amended_by: [nd-69-2026]\n", "")
    newer = (
        newer.replace("nd-106-2025", "nd-69-2026").replace("106/2025", "69/2026").replace("2025-07-01", "2026-04-20")
    )
    (folder / "documents" / "nd-69-2026.md").write_text(newer + "## Điều 1: Sửa {#dieu-1}\nSửa.\n", "utf-8")
    heading = "Câu trả lời có nguồn bị bãi bỏ hoặc sửa sau khi duyệt"
    (line,) = sections(folder)[heading]
    assert "duyệt 05/01/2026" in line
    assert "bị Nghị định 69/2026/NĐ-CP sửa từ 20/04/2026" in line
    rewrite(card(folder), "2026-01-05", "2026-05-05")
    assert sections(folder)[heading] == ()


def test_drafts_and_cards_on_one_passage_are_listed(folder: Path) -> None:
    found = sections(folder)
    assert any("bao-chay-gia" in line for line in found["Câu trả lời chưa duyệt"])
    assert any("nd-106-2025#dieu-27-k4" in line for line in found["Câu trả lời dựa vào một nguồn"])


def test_variants_that_differ_only_in_empty_words_collide(folder: Path) -> None:
    other = card(folder).read_text("utf-8").replace("id: bao-chay-gia", "id: goi-choi")
    variants = "[cho em hỏi trêu tổng đài, b c, d e, f g, h i, k l, m n, o p]"
    head, rest = other.split("variants: [", 1)
    other = (
        head.replace("Báo cháy giả bị phạt bao nhiêu?", "Gọi chơi?") + f"variants: {variants}" + rest.split("]", 1)[1]
    )
    (card(folder).parent / "goi-choi.md").write_text(other, "utf-8")
    (line,) = sections(folder)["Cách hỏi gần trùng nhau giữa hai câu trả lời"]
    assert "trêu tổng đài" in line
    assert "goi-choi" in line


def test_unanswered_questions_are_grouped_by_topic(folder: Path) -> None:
    records: list[dict[str, Any]] = [
        {"text": "gọi 114 nhầm sao", "candidates": [{"card": "bao-chay-gia", "score": 0.2}]},
        {"text": "gọi 114 nhầm sao", "candidates": [{"card": "bao-chay-gia", "score": 0.2}]},
        {"text": "giá bình chữa cháy", "candidates": []},
    ]
    lines = sections(folder, questions=read_questions(records))["Câu hỏi chưa có câu trả lời, theo chủ đề"]
    assert lines[0].endswith(": 2 câu")
    assert "2× gọi 114 nhầm sao" in lines[1]
    assert lines[2:] == ("chưa rõ chủ đề: 1 câu", "  giá bình chữa cháy")


def test_unreadable_questions_are_said_to_be_so(folder: Path) -> None:
    assert "không đọc được" in sections(folder)["Câu hỏi chưa có câu trả lời, theo chủ đề"][0]


def test_the_audit_reads_as_text() -> None:
    assert as_text([Section("Một", ("a",)), Section("Hai", ())]) == "Một (1)\n  - a\n\nHai (0)\n  không có"
