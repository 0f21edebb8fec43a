"""Drafts are checked as they would stand among all the knowledge."""

from dataclasses import replace
from datetime import date

import pytest

from bot.editing.card_forms import UNREVIEWED, CardForm
from bot.editing.checking import faults_of, read_back
from bot.editing.fault_words import in_vietnamese
from knowledge.check import KnowledgeBase
from knowledge.clock import today
from knowledge.loading import load_for_service


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return load_for_service(today())


@pytest.fixture(scope="module")
def form(base: KnowledgeBase) -> CardForm:
    return CardForm.of(base.cards["phat-bao-chay-gia"])


def messages(base: KnowledgeBase, form: CardForm) -> str:
    found = faults_of(base, form.path, form.markdown(UNREVIEWED), today())
    return "\n".join(one.message for one in found)


def test_a_card_as_it_is_has_no_faults(base: KnowledgeBase, form: CardForm) -> None:
    assert messages(base, form) == ""
    assert any(line.startswith("[1] ") for line in read_back(base, form.path, form.markdown(UNREVIEWED)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sources": ()}, "Chưa có nguồn"),
        ({"sources": ("nd-106-2025#khong-co",)}, "Không tìm thấy nguồn"),
        ({"lead": ""}, "Thiếu câu trả lời mở đầu"),
        ({"variants": ("một", "hai")}, "cần ít nhất 8 cách"),
        ({"lead": "Phạt 99 triệu đồng. [1]"}, "không có trong nguồn"),
        ({"lead": "Phạt 99 triệu đồng."}, "Con số chưa dẫn nguồn"),
        ({"steps": tuple(f"Bước {word}." for word in "abcdefg")}, "7 bước"),
        ({"donts": ("Nên gọi.",)}, "bắt đầu bằng “Đừng”"),
        ({"related": ("khong-co-the-nay",)}, "Không có câu trả lời liên quan"),
        ({"lead": "Xem. [99]"}, "Dấu [99] không ứng với nguồn nào"),
        ({"topic": "dien"}, "Đã có câu trả lời tên"),
    ],
)
def test_what_is_wrong_is_told_in_vietnamese(
    base: KnowledgeBase, form: CardForm, change: dict[str, object], told: str
) -> None:
    assert told in messages(base, replace(form, **change))  # type: ignore[arg-type]


def test_a_question_of_another_card_is_not_taken_twice(base: KnowledgeBase, form: CardForm) -> None:
    other = next(card for card in base.cards.values() if card.id != form.id)
    assert "đã có ở câu trả lời" in messages(base, replace(form, variants=(*form.variants, other.variants[0])))


def test_a_document_that_loses_what_cards_cite_is_told(base: KnowledgeBase) -> None:
    document = base.documents["nd-106-2025"]
    text = document.source.path.read_text(encoding="utf-8")
    cut = text.replace("{#dieu-27-k4}", "{#dieu-27-khac}")
    found = faults_of(base, "documents/nd-106-2025.md", cut, today())
    assert any("Không tìm thấy nguồn “nd-106-2025#dieu-27-k4”" in one.message for one in found)


@pytest.mark.parametrize("path", ["../x.md", "answers/x.md", "answers/a/b/c.md", "documents/../x.md", "fines/x.yml"])
def test_only_cards_and_documents_can_be_drafted(base: KnowledgeBase, path: str) -> None:
    with pytest.raises(ValueError, match=r"x|c"):
        faults_of(base, path, "", date(2026, 11, 21))


def test_what_is_no_file_of_knowledge_at_all_is_told(base: KnowledgeBase) -> None:
    found = faults_of(base, "answers/dien/moi.md", "không có phần đầu", today())
    assert [one.message for one in found] == ["Thiếu phần đầu giữa hai dòng ---."]


def test_a_message_without_words_is_shown_as_it_is() -> None:
    assert in_vietnamese("something else") == "something else"
