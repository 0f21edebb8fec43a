"""How Vietnamese is written: cleaning, folding, tokens, repair."""

import doctest
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import figures, vietnamese
from knowledge.vietnamese import SyllableRepair, clean, fold, has_diacritics, one_edit_away, syllables, words


@pytest.mark.parametrize("module", [vietnamese, figures])
def test_examples_in_the_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


@given(st.text())
def test_cleaning_never_fails_and_is_idempotent(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_cleaning_joins_words_split_by_zero_width_characters() -> None:
    assert clean("chá\u200by nhà\u0000\ud800") == "cháy nhà"


def test_piled_up_marks_are_cut_before_they_take_seconds_to_sort() -> None:
    piled = clean("a" + "\u0301\u0323" * 30_000 + " nhà")
    assert len(piled) < 40
    assert clean(piled) == piled
    assert piled.endswith(" nhà")


def test_a_whole_message_is_not_remembered() -> None:
    before = vietnamese._fold_word.cache_info().currsize
    assert fold("Nhà tôi ở số 12 ngõ 34, gọi 0912345678") == "nha toi o so 12 ngo 34, goi 0912345678"
    assert vietnamese._fold_word.cache_info().currsize == before


@given(st.text())
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(("new", "old"), [("hoà", "hòa"), ("thuỷ", "thủy"), ("Đám", "ĐÁM")])
def test_tone_mark_variants_and_case_fold_alike(new: str, old: str) -> None:
    assert fold(new) == fold(old)


def test_decomposed_text_has_the_same_words_as_composed() -> None:
    assert words(unicodedata.normalize("NFD", "Phòng cháy")) == ["phòng", "cháy"]


def test_teencode_is_looked_up_as_typed_and_never_folded() -> None:
    assert syllables("cá k dc") == ["ca", "khong", "duoc"]


def test_documents_keep_single_letters() -> None:
    assert syllables("Điểm a, khoản c", teencode=False) == ["diem", "a", "khoan", "c"]


def test_diacritics_are_noticed() -> None:
    assert has_diacritics("cháy")
    assert not has_diacritics("CHAY nha")


def test_repair_takes_the_most_frequent_neighbour_and_leaves_known_syllables() -> None:
    repair = SyllableRepair({"thang": 9, "thanh": 3, "may": 5})
    assert repair.repair(["thangg", "may", "114", "xy"]) == ["thang", "may", "114", "xy"]
    assert repair.repair(["b" * 10_000]) == ["b" * 10_000]


def test_one_edit_covers_insertion_deletion_replacement_and_swap() -> None:
    near = one_edit_away("chay")
    assert {"chayy", "cha", "chuy", "hcay"} <= near
    assert "chay" not in near
