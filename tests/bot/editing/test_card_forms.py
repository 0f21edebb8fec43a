"""Cards as forms: what an editor fills in is what the knowledge reads back."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.editing.card_forms import UNREVIEWED, CardForm, is_name, name_for
from knowledge.answers import Card, Review, ReviewState, load_card
from knowledge.clock import today
from knowledge.loading import load_for_service

FORM = CardForm(
    topic="dien",
    id="o-cam-nong",
    question="Ổ cắm nóng thì làm sao?",
    variants=("o cam nong", "ổ điện nóng: có sao không"),
    lead="Rút phích ngay. [1]\nRồi tắt cầu dao.",
    steps=("Rút phích. [1]", "Gọi thợ điện. [2]"),
    donts=("Đừng cắm lại. [1]",),
    notes=("Mỗi nhà một khác.",),
    sources=("kn-dien#o-cam", "kn-dien#tho-dien"),
    valid_from=date(2026, 1, 2),
    related=("dien-qua-tai",),
)


def read(form: CardForm, folder: Path, review: Review = UNREVIEWED) -> Card:
    file = folder / form.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(form.markdown(review), encoding="utf-8")
    return load_card(file)


def test_a_form_is_read_back_as_it_was(tmp_path: Path) -> None:
    review = Review(state=ReviewState.REVIEWED, by="Trần Bình", on=date(2026, 10, 4))
    card = read(FORM, tmp_path, review)
    assert CardForm.of(card) == FORM
    assert card.review == review
    assert [line.text for line in card.lead] == ["Rút phích ngay.", "Rồi tắt cầu dao."]
    assert card.sources[2].passage_id == "kn-dien#tho-dien"


def test_every_card_there_is_survives_the_form(tmp_path: Path) -> None:
    for card in load_for_service(today()).cards.values():
        again = read(CardForm.of(card), tmp_path)
        assert (again.question, again.variants, again.audiences) == (card.question, card.variants, card.audiences)
        assert [line.text for line in again.lines] == [line.text for line in card.lines]
        assert [[again.sources[mark].passage_id for mark in line.markers] for line in again.lines] == [
            [card.sources[mark].passage_id for mark in line.markers if mark in card.sources] for line in card.lines
        ]


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=4))
def test_whatever_is_typed_stays_in_its_field(lead: str, steps: list[str]) -> None:
    # Given words that look like headings, front matter or YAML, the file is still read, or refused for the empty lead
    form = CardForm(topic="t", id="x", question=lead or "?", variants=("a",), lead=f"A {lead}", steps=tuple(steps))
    head, _, body = form.markdown(UNREVIEWED).removeprefix("---\n").partition("\n---\n")
    assert "\n---" not in head
    assert not any(row.startswith("#") for row in body.split("\n"))


@pytest.mark.parametrize("bad", ["", "..", "a/b", "Bếp", "a_b", "-a", "a" * 200, "a\n"])
def test_a_name_leads_nowhere_else(bad: str) -> None:
    assert not is_name(bad)


def test_a_question_without_words_gets_a_name_too() -> None:
    assert name_for("???", ["cau-hoi"]) == "cau-hoi-2"
    assert is_name(name_for("Ở chung cư " * 30, []))
