"""The phrase language of the rule files."""

from __future__ import annotations

import pytest

from intents.phrases import Phrase, PhraseBook, PhraseError, spell


def read(message: str) -> str:
    return " " + " ".join(spell(word) for word in message.split()) + " "


def matches(phrase: str, message: str, *, loose: bool = False) -> bool:
    classes = {"PLACE": "nhà|phòng"}
    return Phrase(phrase, classes, loose=loose).pattern.search(read(message)) is not None


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("cháy nhà", "cháy nhà"),
        ("cháy nhà", "chay nha"),
        ("cháy nhà", "chaý nhà"),
        ("lửa", "lữa"),
        ("(cháy|bốc khói) rồi", "bốc khói rồi"),
        ("{PLACE} cháy", "phòng cháy"),
        ("nhà em? cháy", "nhà cháy"),
        ("nhà ~ cháy", "nhà em cháy"),
        ("nhà … cháy", "nhà của em nó cháy"),
        ("# tháng", "3 tháng"),
        ("=đền", "đền"),
    ],
)
def test_matches(phrase: str, message: str) -> None:
    assert matches(phrase, message)


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("cháy nhà", "chạy nhà"),
        ("nhà ~ cháy", "nhà của em cháy"),
        ("=đền", "den"),
        ("cháy", "cháyđây"),
        ("cư", "cứ"),
        ("lửa", "lưa"),
    ],
)
def test_does_not_match(phrase: str, message: str) -> None:
    assert not matches(phrase, message)


def test_a_loose_phrase_forgives_a_missing_mark() -> None:
    assert matches("lửa", "lưa", loose=True)


def test_a_gap_never_swallows_what_happens_now() -> None:
    assert not matches("cá ~ cháy", "cá đang cháy")


@pytest.mark.parametrize("phrase", ["(a|(b|c)) d", "{NOWHERE} cháy", "~ …", "(nhà|{PLACE}) cháy"])
def test_a_bad_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        Phrase(phrase, {"PLACE": "nhà"})


def test_a_book_finds_by_position_and_blanks_out() -> None:
    book = PhraseBook([("fire", "cháy"), ("place", "nhà")], {})

    assert [match.label for match in book.find(read("nhà em cháy"))] == ["place", "fire"]
    assert book.blank_out(" nhaF em chayS ") == (" ▒▒▒▒ em ▒▒▒▒▒ ", True)
    assert book.blank_out(" xin chaoF ", "x") == (" xin chaoF ", False)
