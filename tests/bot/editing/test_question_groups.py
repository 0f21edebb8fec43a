"""Questions that ask the same are answered once."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.editing.question_groups import groups, word_vectors
from bot.store.open_questions import Question

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def question(number: int, text: str, *cards: str) -> Question:
    return Question(number, f"C{number}", text, DAY + timedelta(days=number), cards)


def test_the_same_in_other_words_is_one_group_the_largest_first() -> None:
    asked = [
        question(1, "xe điện sạc qua đêm được không"),
        question(2, "bình chữa cháy mini trên ô tô mua ở đâu", "mua-binh"),
        question(3, "sac xe dien qua dem co duoc ko", "sac-dem"),
        question(4, "Xe điện sạc qua đêm?", "sac-dem", "sac-pin"),
    ]
    found = groups(asked)
    assert [[one.number for one in group.questions] for group in found] == [[1, 3, 4], [2]]
    assert found[0].cards == ("sac-dem", "sac-pin")
    assert found[0].newest == DAY + timedelta(days=4)
    assert found[0].first.text == "xe điện sạc qua đêm được không"


def test_an_embedding_may_tell_what_words_do_not() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    found = groups([question(1, "a"), question(2, "b"), question(3, "c")], vectors)
    assert sorted(len(group.questions) for group in found) == [1, 2]


def test_no_questions_no_groups() -> None:
    assert groups([]) == []


@given(st.lists(st.text(max_size=40), max_size=20))
def test_every_question_is_in_exactly_one_group(texts: list[str]) -> None:
    found = groups([question(number, text) for number, text in enumerate(texts)])
    assert sorted(one.number for group in found for one in group.questions) == list(range(len(texts)))


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_vectors_have_length_one_or_nothing_to_say(texts: list[str]) -> None:
    lengths = np.linalg.norm(word_vectors(texts), axis=1)
    assert all(abs(one - 1) < 1e-5 or one == 0 for one in lengths)
