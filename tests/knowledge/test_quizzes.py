"""Quizzes are refused with file and line where a question is wrong, and those of the project are sound and fair."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from knowledge.faults import KnowledgeError
from knowledge.loading import load_for_service, load_knowledge
from knowledge.quizzes import LONGEST_ID, Measured, read_quizzes
from knowledge.vietnamese import syllables

DAY: Final = date(2026, 11, 22)
NAME: Final = "quizzes/bao-chay.yml"
OTHER: Final = "quizzes/truoc.yml"
_QUESTION: Final = """  - key: cau-{number}
    text: Câu hỏi số {word}?
    options: [Đáp án sai, Đáp án đúng, Đáp án khác]
    right: 2
    because: "Báo cháy giả bị phạt 10–15 triệu đồng. [1]"
    sources: {{1: {{document: nd-106-2025, at: dieu-27-k4}}}}
    card: bao-chay-gia
"""
_WORDS: Final = ("một", "hai", "ba", "bốn", "năm")
QUIZ: Final = """id: bao-chay
title: Báo cháy
about: Năm câu về báo cháy.
questions:
""" + "".join(_QUESTION.format(number=number, word=word) for number, word in enumerate(_WORDS, 1))
BEFORE: Final = """id: truoc
title: Trước khi học
about: Năm câu.
measures: before
questions:
""" + "".join(f"  - {{key: cau-{number}, same_as: bao-chay}}\n" for number in range(1, 6))


@pytest.fixture
def quizzes(folder: Path) -> Path:
    """The small knowledge with two quizzes that share their questions."""
    (folder / "quizzes").mkdir()
    (folder / NAME).write_text(QUIZ, encoding="utf-8")
    (folder / OTHER).write_text(BEFORE, encoding="utf-8")
    return folder


def faults_after(folder: Path, name: str, old: str, new: str) -> list[str]:
    """Replace `old` by `new` in one file and return the faults, with paths relative to the folder."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(DAY, folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_a_sound_quiz_loads(quizzes: Path) -> None:
    base = load_knowledge(DAY, quizzes)
    quiz = base.quizzes["bao-chay"]
    assert (quiz.measures, quiz.contest, len(quiz.questions)) == (Measured.ALONE, False, 5)
    assert quiz.questions[0].answer == "Đáp án đúng"


def test_a_shared_question_is_the_same_in_both_quizzes(quizzes: Path) -> None:
    base = load_knowledge(DAY, quizzes)
    assert base.quizzes["truoc"].questions == base.quizzes["bao-chay"].questions
    assert base.quizzes["truoc"].measures is Measured.BEFORE


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (NAME, "id: bao-chay", "id: khac", f"{NAME}:1: id 'khac' is not the file's name"),
        (NAME, "title: Báo cháy", "title: ' '", f"{NAME}:2: title: expected a text"),
        (NAME, "right: 2", "right: 4", f"{NAME}:8: right: expected 1 to 3"),
        (NAME, "right: 2", "right: 0", f"{NAME}:8: right: expected 1 to 3"),
        (NAME, "right: 2", "right: hai", f"{NAME}:8: questions.0.right: Input should be a valid integer"),
        (NAME, "right: 2", "rihgt: 2", f"{NAME}:8: questions.0.rihgt: Unexpected keyword argument"),
        (NAME, "[Đáp án sai, Đáp án đúng, Đáp án khác]", "[Đáp án đúng]", f"{NAME}:7: 1 options, expected 2 to 4"),
        (NAME, "Đáp án khác]", "Dap an sai]", f"{NAME}:7: two options read the same without diacritics"),
        (NAME, "Đáp án khác]", f"{'a' * 91}]", f"{NAME}:7: an option has 1 to 90 characters"),
        (NAME, "Câu hỏi số một?", "''", f"{NAME}:6: text: expected 1 to 250 characters"),
        (NAME, "key: cau-1", "key: Câu 1", f"{NAME}:5: key 'Câu 1': expected a-z"),
        (NAME, "key: cau-1", "key: cau-2", f"{NAME}:12: repeated question 'cau-2'"),
        (NAME, "at: dieu-27-k4", "at: dieu-28", f"{NAME}:5: unknown source 'nd-106-2025#dieu-28'"),
        (NAME, "at: dieu-27-k4", "at: dieu-98", "is disputed: too weak to be taught as right or wrong"),
        (NAME, "at: dieu-27-k4", "at: dieu-99", "is memory: too weak"),
        (NAME, "10–15", "10–25", f"{NAME}:5: figure 25 does not occur in the cited sources"),
        (NAME, "Đáp án đúng", "Phạt 7 triệu", f"{NAME}:5: figure 7 does not occur in the cited sources"),
        (NAME, "đồng. [1]", "đồng. [1][2]", f"{NAME}:5: marker [2] has no source"),
        (NAME, "triệu đồng. [1]", "triệu đồng.", f"{NAME}:5: source 1 is not cited"),
        (NAME, "sources: {1: {document: nd-106-2025, at: dieu-27-k4}}", "sources: {}", f"{NAME}:5: a reason without a"),
        (NAME, "card: bao-chay-gia", "card: khong-co", f"{NAME}:11: unknown card 'khong-co'"),
        (
            NAME,
            "  - key: cau-5",
            "  - key: cau-6",
            f"{OTHER}:10: same_as: no question 'cau-5' is written in 'bao-chay'",
        ),
        (OTHER, "  - {key: cau-5, same_as: bao-chay}\n", "", f"{OTHER}:5: 4 questions, expected 5 to 8"),
        (OTHER, "measures: before", "measures: later", f"{OTHER}:4: measures: Input should be 'before', 'after' or"),
        (OTHER, "questions:", "questions: [", f"{OTHER}:"),
    ],
)
def test_a_wrong_quiz_is_refused(quizzes: Path, name: str, old: str, new: str, expected: str) -> None:
    found = faults_after(quizzes, name, old, new)
    assert any(expected in fault for fault in found), found


def test_a_key_means_one_question(quizzes: Path) -> None:
    found = faults_after(
        quizzes, OTHER, "  - {key: cau-1, same_as: bao-chay}\n", _QUESTION.format(number=1, word="một")
    )
    assert any("question 'cau-1' is written in 'bao-chay' too: take it with same_as" in fault for fault in found), found


def test_a_quiz_on_a_repealed_decree_is_left_out_of_the_service(quizzes: Path) -> None:
    text = (quizzes / NAME).read_text(encoding="utf-8")
    old = text.replace("nd-106-2025, at: dieu-27-k4", "nd-144-2021, at: dieu-42").replace(
        "phạt 10–15 triệu đồng", "phạt"
    )
    (quizzes / NAME).write_text(old, encoding="utf-8")
    with pytest.raises(KnowledgeError, match="was repealed"):
        load_knowledge(DAY, quizzes)
    base = load_for_service(DAY, quizzes)
    assert base.quizzes == {}
    assert "bao-chay-gia" in base.cards


def test_an_id_fits_the_payload_of_a_button() -> None:
    longest = f"go:quiz:{'a' * LONGEST_ID}:{2**63 - 1}"
    assert len(longest.encode()) <= 64


class TestOfTheProject:
    """The quizzes that residents get."""

    def test_before_and_after_share_their_keys(self) -> None:
        quizzes, faults = read_quizzes()
        assert not faults
        before, after = quizzes["ngay-toan-dan-0410-truoc"], quizzes["ngay-toan-dan-0410"]
        assert (before.measures, after.measures, after.contest) == (Measured.BEFORE, Measured.AFTER, True)
        shared = {one.key for one in before.questions} & {one.key for one in after.questions}
        assert len(shared) == len(before.questions)

    def test_the_place_of_the_right_answer_tells_nothing(self) -> None:
        for quiz in read_quizzes()[0].values():
            places = Counter(one.right for one in quiz.questions)
            assert len(places) >= 2, quiz.id
            assert max(places.values()) <= 0.7 * len(quiz.questions), (quiz.id, places)

    def test_the_longest_option_is_not_always_the_right_one(self) -> None:
        questions = {one.key: one for quiz in read_quizzes()[0].values() for one in quiz.questions}.values()
        longest = sum(len(one.answer) == max(map(len, one.options)) for one in questions)
        assert longest <= 0.7 * len(questions), f"{longest} of {len(questions)}"

    def test_reasons_are_one_or_two_sentences(self) -> None:
        for quiz in read_quizzes()[0].values():
            for one in quiz.questions:
                assert one.because.count(". ") <= 2, (quiz.id, one.key)
                assert len(syllables(one.because)) <= 60, (quiz.id, one.key)
