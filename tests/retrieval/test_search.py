"""Search as the assistant uses it."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.vietnamese import fold
from retrieval.dense import DenseIndex
from retrieval.dense_loading import DenseState
from retrieval.fusion import Mix
from retrieval.search import Passage, SearchIndex
from retrieval.static_embedding import StaticEncoder
from retrieval.storage import UnreadableIndexError
from retrieval.texts import Entry, Floats

QUESTIONS = {
    "chung cu chay thi chay len hay chay xuong": "card:up-or-down",
    "gọi 114 chơi chơi có sao k": "card:false-alarm",
    "binh cuu hoa het han": "card:extinguisher",
    "luật 55 cấm những gì": "luat-55#dieu-14",
}
ODD = ["", "   ", "???", "\x00\u200b\ud800", "a" * 100_000, "cháy " * 20_000, "<b>cháy</b>", "чай火事", "e\u0302\u0323"]


@pytest.fixture(params=[True, False], ids=["mixed", "lexical"])
def index(request: pytest.FixtureRequest, passages: tuple[Passage, ...], encoder: StaticEncoder) -> SearchIndex:
    return SearchIndex.build(passages, encoder if request.param else None)


@pytest.mark.parametrize(("question", "expected"), QUESTIONS.items())
def test_questions_find_their_passage(index: SearchIndex, question: str, expected: str) -> None:
    assert index.search(question)[0].id == expected
    assert index.search(fold(question))[0].id == expected


def test_hits_are_ordered_and_their_evidence_lies_within_bounds(index: SearchIndex) -> None:
    hits = index.search("báo cháy giả bị phạt thế nào")
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        for share in (hit.score, hit.lexical, hit.coverage, hit.heading, hit.known):
            assert 0 <= share <= 1
        assert (hit.dense is None) == (index.dense_state is DenseState.OFF)
        assert hit.length == 7


def test_the_limit_is_kept_and_must_be_positive(index: SearchIndex) -> None:
    assert len(index.search("cháy", limit=2)) == 2
    with pytest.raises(ValueError, match="limit"):
        index.search("cháy", limit=0)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_any_text_is_accepted(index: SearchIndex, text: str) -> None:
    assert isinstance(index.search(text), list)


class _Flagging(StaticEncoder):
    """An encoder whose arithmetic raises the processor's "invalid" flag and whose vectors are right."""

    def encode_questions(self, texts: Sequence[str]) -> Floats:
        assert np.isnan(np.float32(np.inf) - np.float32(np.inf))
        return super().encode_questions(texts)


def test_the_processors_invalid_flag_over_right_numbers_stops_no_search(
    passages: tuple[Passage, ...], model_folder: Path
) -> None:
    hits = SearchIndex.build(passages, _Flagging.load(model_folder)).search("báo cháy giả")
    assert hits == SearchIndex.build(passages, StaticEncoder.load(model_folder)).search("báo cháy giả")


def test_a_score_that_is_no_number_is_an_error(passages: tuple[Passage, ...]) -> None:
    index = SearchIndex.build(passages, mix=Mix(lexical=float("nan")))
    with pytest.raises(FloatingPointError):
        index.search("báo cháy giả")


def test_foreign_words_find_nothing_or_are_unknown(index: SearchIndex) -> None:
    assert all(hit.known == 0 for hit in index.search("wwww qqqq"))


def test_unknown_words_lower_coverage_and_what_is_known(index: SearchIndex) -> None:
    plain, odd = index.search("báo cháy giả")[0], index.search("báo cháy giả wwww")[0]
    assert odd.coverage < plain.coverage
    assert (plain.known, odd.known) == (1.0, 0.75)


def test_an_index_survives_being_stored(index: SearchIndex, encoder: StaticEncoder, tmp_path: Path) -> None:
    index.save(tmp_path / "index")
    loaded = SearchIndex.load(tmp_path / "index", encoder)
    assert loaded.passages == index.passages
    assert loaded.dense_state == index.dense_state
    assert loaded.search("báo cháy giả") == index.search("báo cháy giả")


def test_a_damaged_index_is_refused(index: SearchIndex, tmp_path: Path) -> None:
    index.save(tmp_path)
    (tmp_path / "passages.jsonl").write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(UnreadableIndexError):
        SearchIndex.load(tmp_path)


def test_repeated_ids_and_unnamed_passages_are_refused(passages: tuple[Passage, ...]) -> None:
    with pytest.raises(ValueError, match="same id"):
        SearchIndex.build([passages[0], passages[0]])
    with pytest.raises(ValueError, match="needs an id"):
        Passage("", "Tên", (), "", "", "card")


def test_an_empty_index_finds_nothing() -> None:
    assert SearchIndex.build([]).search("cháy") == []


def test_search_is_lexical_until_the_dense_index_is_loaded(
    passages: tuple[Passage, ...], encoder: StaticEncoder
) -> None:
    index, gate = SearchIndex.build(passages), threading.Event()

    def make(entries: list[Entry]) -> DenseIndex:
        gate.wait(10)
        return DenseIndex.build(encoder, entries)

    index.load_dense(lambda entries: make(list(entries)))
    assert index.dense_state is DenseState.LOADING
    assert index.search("báo cháy giả")[0].dense is None
    gate.set()
    assert index.wait_for_dense(10) is DenseState.READY
    assert index.search("báo cháy giả")[0].dense is not None


def test_search_from_many_threads_gives_the_same(index: SearchIndex) -> None:
    expected = {question: index.search(question) for question in QUESTIONS}
    wrong: list[str] = []

    def ask() -> None:
        wrong.extend(
            question for _ in range(20) for question in QUESTIONS if index.search(question) != expected[question]
        )

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_weights_that_cannot_order_anything_are_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        Mix(lexical=-1)


def test_a_definition_is_looked_for_under_its_heading() -> None:
    index = SearchIndex.build(
        [
            Passage("terms", "Giải thích từ ngữ", (), "Đám cháy là sự cháy không kiểm soát.", "Luật", "passage"),
            Passage("other", "Chữa đám cháy", (), "Dập tắt đám cháy.", "Luật", "passage"),
            Passage("third", "Nước", (), "Trụ nước.", "Luật", "passage"),
        ]
    )
    assert index.search("đám cháy là gì")[0].id == "terms"
