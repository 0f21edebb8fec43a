"""What reading the candidates again adds to counting."""

import numpy as np
import pytest

from retrieval.close_reading import CloseReader, Evidence
from retrieval.lexical import LexicalIndex, Weights
from retrieval.texts import Entry, read_texts


def read(question: str, *entries: Entry) -> Evidence:
    lexical = LexicalIndex.build(read_texts(entries), Weights())
    return CloseReader(lexical).read(lexical.read(question), np.arange(len(entries)))


FILLER = Entry(title="nước")


def test_words_in_one_clause_beat_words_in_several() -> None:
    together = Entry(body="Khói vào cửa.\nGọi điện.\nĐèn pin.")
    apart = Entry(body="Khói đen.\nGọi cửa.\nĐèn vào.")
    evidence = read("khói vào cửa", together, apart, FILLER)
    assert evidence.passage[0] > evidence.passage[1] > 0
    assert evidence.coverage[0] == pytest.approx(evidence.coverage[1])


def test_a_point_is_read_with_the_clause_that_introduces_it() -> None:
    led = Entry(body="Phạt tiền với hành vi:\na) Đốt rác;\nb) Chặn lối.")
    unled = Entry(body="Phạt tiền với hành vi.\nĐốt rác;\nChặn lối.")
    evidence = read("phạt tiền chặn lối", led, unled, FILLER)
    assert evidence.passage[0] > evidence.passage[1]


def test_spelling_tells_words_apart_that_fold_alike() -> None:
    evidence = read("cháy", Entry(title="chạy bộ"), Entry(title="cháy nhà"), FILLER)
    assert evidence.spelled[1] > evidence.spelled[0] == 0
    assert evidence.single[0] == pytest.approx(evidence.single[1])


def test_a_word_typed_without_diacritics_may_be_spelled_in_any_way() -> None:
    evidence = read("chay", Entry(title="chạy bộ"), Entry(title="cháy nhà"), FILLER)
    assert evidence.spelled[0] == pytest.approx(evidence.spelled[1])
    assert evidence.spelled[0] > 0


def test_a_spelling_that_the_collection_does_not_have_matches_no_word() -> None:
    evidence = read("chảy", Entry(title="chạy bộ"), FILLER)
    assert evidence.spelled[0] == 0
    assert evidence.single[0] > 0


def test_a_heading_named_in_full_is_worth_one() -> None:
    entry = Entry(title="báo cháy giả", variants=("gọi 114 đùa",))
    full = read("báo cháy giả bị phạt", entry, FILLER)
    part = read("báo cháy thế nào", entry, FILLER)
    variant = read("gọi 114 đùa thì sao", entry, FILLER)
    assert full.heading[0] == pytest.approx(1)
    assert 0 < part.heading[0] < 1
    assert variant.heading[0] == pytest.approx(1)


def test_coverage_counts_unknown_words_as_missing() -> None:
    known = read("cháy nhà", Entry(title="cháy nhà"), FILLER)
    unknown = read("cháy nhà xyzzy", Entry(title="cháy nhà"), FILLER)
    assert known.coverage[0] == pytest.approx(1)
    assert unknown.coverage[0] < 1


def test_values_come_in_the_order_of_the_candidates() -> None:
    entries = (Entry(title="nước"), Entry(title="cháy nhà", body="Khói.\nLửa."), Entry(body="cháy"))
    lexical = LexicalIndex.build(read_texts(entries), Weights())
    reader, question = CloseReader(lexical), lexical.read("cháy nhà")
    forward = reader.read(question, np.array([1, 2]))
    backward = reader.read(question, np.array([2, 1]))
    assert forward.passage.tolist() == backward.passage.tolist()[::-1]
    assert forward.coverage.tolist() == backward.coverage.tolist()[::-1]
