"""Tokenising a collection, cutting it into clauses, and reading questions."""

import numpy as np
import pytest

from knowledge.vietnamese import SyllableRepair
from retrieval.clauses import Clause, split_clauses
from retrieval.texts import LONGEST_QUESTION, Entry, Field, QuestionReader, Texts, Vocabulary, read_texts


def words_of(texts: Texts, segment: int) -> list[str]:
    tokens = texts.tokens[texts.starts[segment] : texts.starts[segment + 1]]
    return [texts.vocabulary.syllables[texts.vocabulary.folded_of[token]] for token in tokens]


def test_segments_follow_the_fields_and_clauses_of_an_entry() -> None:
    texts = read_texts([Entry("Luật A", "Báo cháy", ("gọi 114",), "Cấm:\na) đốt rác;"), Entry(title="Thang máy")])
    assert texts.fields.tolist() == [Field.DOCUMENT, Field.TITLE, Field.VARIANT, Field.BODY, Field.BODY, Field.TITLE]
    assert texts.entries.tolist() == [0, 5, 6]
    assert words_of(texts, 4) == ["a", "dot", "rac"]


def test_points_know_the_clause_that_introduces_them() -> None:
    texts = read_texts([Entry(body="Cấm:\na) đốt rác;\nb) báo cháy giả.\nGọi 114.")])
    assert texts.leads.tolist() == [-1, 0, 0, -1]


def test_a_lead_without_words_leads_nothing() -> None:
    texts = read_texts([Entry(body="…:\na) đốt rác;")])
    assert texts.leads.tolist() == [-1]


def test_tone_mark_variants_are_one_spelling_and_cases_too() -> None:
    texts = read_texts([Entry(title="hoà HÒA hoa")])
    assert texts.tokens[0] == texts.tokens[1] != texts.tokens[2]
    assert len(texts.vocabulary) == 1


def test_equal_input_gives_equal_arrays() -> None:
    entries = [Entry("Luật", "Cháy", ("khói",), "Lửa. Nước."), Entry(title="Nước")]
    first, second = read_texts(entries), read_texts(entries)
    assert first.vocabulary.spellings == second.vocabulary.spellings
    assert np.array_equal(first.tokens, second.tokens)


def test_an_empty_collection_is_possible() -> None:
    assert len(read_texts([])) == 0
    assert len(read_texts([Entry()])) == 1


def test_arrays_that_do_not_fit_are_refused() -> None:
    texts = read_texts([Entry(title="cháy nhà")])
    with pytest.raises(ValueError, match="segment starts"):
        Texts(texts.vocabulary, texts.tokens[:1], texts.starts, texts.fields, texts.entries, texts.leads)
    with pytest.raises(ValueError, match="folded forms"):
        Vocabulary(["a"], [])


def test_long_prose_is_cut_at_the_ends_of_sentences() -> None:
    text = " ".join(f"Câu số {number} có đúng bảy tiếng." for number in range(30))
    cut = split_clauses(text)
    assert len(cut) > 1
    assert " ".join(clause.text for clause in cut) == text
    assert all(clause.text.endswith(".") for clause in cut)


def test_an_empty_text_has_no_clauses() -> None:
    assert split_clauses(" \n ") == []


def test_a_dash_list_is_led_by_its_introduction() -> None:
    assert split_clauses("Mang theo:\n- nước\n- đèn") == [Clause("Mang theo:"), Clause("- nước", 1), Clause("- đèn", 2)]


class TestQuestionReader:
    """A message in the numbers of a vocabulary."""

    @pytest.fixture
    def reader(self) -> QuestionReader:
        texts = read_texts([Entry(title="cháy nhà không chạy", body="cháy cháy không nhà")])
        return QuestionReader(texts.vocabulary, SyllableRepair(texts.frequencies()))

    def test_unknown_syllables_have_no_number(self, reader: QuestionReader) -> None:
        assert reader.read("xyzzy nhà").folded.tolist()[0] == -1

    def test_teencode_is_expanded_and_typing_errors_are_repaired(self, reader: QuestionReader) -> None:
        assert reader.read("k chayy").folded.tolist() == reader.read("không cháy").folded.tolist()

    def test_only_syllables_typed_with_a_diacritic_are_marked(self, reader: QuestionReader) -> None:
        assert reader.read("cháy nha").marked.tolist() == [True, False]

    def test_a_long_message_is_cut(self, reader: QuestionReader) -> None:
        assert len(reader.read("cháy " * 1000)) == LONGEST_QUESTION

    def test_nothing_is_nothing(self, reader: QuestionReader) -> None:
        assert len(reader.read("!?")) == 0
