"""BM25F: against the formula written out, and what it is chosen for."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.vietnamese import fold, unigrams_and_bigrams
from retrieval.lexical import LexicalIndex, Weights
from retrieval.postings import Postings, best
from retrieval.storage import UnreadableIndexError, load_lexical, save_lexical
from retrieval.texts import Entry, Question, read_texts

WORDS = st.lists(st.sampled_from(["cháy", "nhà", "khói", "nước", "gọi"]), max_size=8).map(" ".join)
ENTRIES = st.lists(st.builds(Entry, document=WORDS, title=WORDS, body=WORDS), min_size=1, max_size=6)


def index_of(*entries: Entry, weights: Weights | None = None) -> LexicalIndex:
    return LexicalIndex.build(read_texts(entries), weights or Weights())


def scores(index: LexicalIndex, text: str) -> list[float]:
    return [float(score) for score in index.scores(index.terms(index.read(text)))]


def written_out(entries: list[Entry], text: str, weights: Weights) -> list[float]:
    """BM25F as in the paper, slowly."""
    fields = [[entry.document.split(), entry.title.split(), [], entry.body.split()] for entry in entries]
    means = [max(1.0, sum(len(entry[field]) for entry in fields) / len(fields)) for field in range(4)]
    found: list[Counter[str]] = []
    for entry in fields:
        counts: Counter[str] = Counter()
        for field, words in enumerate(entry):
            norm = 1 - weights.b + weights.b * len(words) / means[field]
            for term in unigrams_and_bigrams([fold(word) for word in words]):
                counts[term] += weights.fields[field] / norm  # type: ignore[assignment]
        found.append(counts)
    totals = [0.0] * len(entries)
    for term, times in Counter(unigrams_and_bigrams([fold(word) for word in text.split()])).items():
        spread = sum(term in counts for counts in found)
        idf = math.log(1 + (len(entries) - spread + 0.5) / (spread + 0.5))
        for number, counts in enumerate(found):
            totals[number] += times * idf * counts[term] / (counts[term] + weights.k1)
    return totals


@given(ENTRIES, WORDS)
@settings(max_examples=100)
def test_scores_are_those_of_the_formula(entries: list[Entry], text: str) -> None:
    index = index_of(*entries)
    assert scores(index, text) == pytest.approx(written_out(entries, text, Weights()), abs=1e-4)


def test_diacritics_do_not_matter() -> None:
    index = index_of(Entry(title="Báo cháy giả"), Entry(title="Thang máy"), Entry(title="Bình chữa cháy"))
    assert scores(index, "báo cháy giả") == scores(index, "BAO CHAY GIA")


def test_words_side_by_side_count_more_than_apart() -> None:
    index = index_of(Entry(body="lối thoát nạn"), Entry(body="thoát lối nạn"), Entry(body="nước"))
    together, apart, _ = scores(index, "lối thoát")
    assert together > apart > 0


def test_a_title_counts_more_than_a_body() -> None:
    index = index_of(Entry(title="cháy", body="nhà"), Entry(title="nhà", body="cháy"), Entry(title="nước"))
    in_title, in_body, _ = scores(index, "cháy")
    assert in_title > in_body


def test_pairs_do_not_cross_from_one_variant_to_the_next() -> None:
    index = index_of(Entry(variants=("gọi cháy", "nhà tôi")), Entry(variants=("gọi", "cháy nhà", "tôi")))
    first, second = scores(index, "cháy nhà")
    assert second > first


def test_the_ceiling_is_not_reached() -> None:
    index = index_of(Entry(title="cháy nhà " * 20), Entry(title="nước"))
    terms = index.terms(index.read("cháy nhà"))
    assert 0 < index.scores(terms).max() < index.ceiling(terms)


def test_a_question_without_known_words_scores_nothing() -> None:
    index = index_of(Entry(title="cháy"), Entry(title="nước"))
    assert scores(index, "xyzzy") == [0, 0]
    assert scores(index, "") == [0, 0]


@pytest.mark.parametrize(
    "values", [{"k1": 0.0}, {"b": 1.5}, {"title": -1.0}, {"document": 0, "title": 0, "variants": 0, "body": 0}]
)
def test_weights_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Weights(**values)


def test_frequent_terms_are_kept_as_rows_and_score_the_same() -> None:
    size = 600
    terms, entries = np.repeat([0, 1], [size, 3]), np.concatenate([np.arange(size), [5, 7, 9]])
    postings = Postings.build(size, terms, entries, np.ones(size + 3, dtype=np.float32), 2)
    totals = np.zeros(size, dtype=np.float32)
    postings.add(0, 2, totals)
    postings.add(1, 1, totals)
    assert postings.common.tolist() == [0, -1]
    assert (totals[7], totals[8]) == (3, 2)


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 40))
def test_the_best_are_sorted_by_score_then_index(values: list[int], limit: int) -> None:
    array = np.array(values, dtype=np.float32)
    expected = sorted((n for n in range(len(values)) if values[n] > 0), key=lambda n: (-values[n], n))[:limit]
    found = best(array, limit).tolist()
    assert [values[n] for n in found] == [values[n] for n in expected]
    assert found == sorted(found, key=lambda n: (-values[n], n))


def test_an_index_survives_being_stored(tmp_path: Path) -> None:
    index = index_of(Entry("Luật A", "Báo cháy", ("gọi 114",), "Cấm:\na) đốt rác;"), Entry(title="Thang máy"))
    save_lexical(index, tmp_path)
    loaded = load_lexical(tmp_path)
    assert scores(loaded, "báo cháy đốt rác") == scores(index, "báo cháy đốt rác")
    assert isinstance(loaded.read("cháy"), Question)


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableIndexError):
        load_lexical(tmp_path)
    save_lexical(index_of(Entry(title="cháy")), tmp_path)
    (tmp_path / "lexical.npz").write_bytes(b"PK")
    with pytest.raises(UnreadableIndexError):
        load_lexical(tmp_path)
