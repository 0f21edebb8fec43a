"""What hurried hands type becomes the words that rules know."""

from __future__ import annotations

import pytest

from intents.lexicon import READER
from intents.phrases import folded_words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cháyyyy", "chay"),
        ("CHAAAY", "chay"),
        ("chays", "chay"),
        ("ddang chays", "dang chay"),
        ("cha1y", "chay"),
        ("cuuvoi", "cuu voi"),
        ("nhatoidangchay", "nha toi dang chay"),
        ("chaynharoi", "chay nha roi"),
        ("hcay", "chay"),
        ("cíu", "cuu"),
        ("òi", "roi"),
        ("k ra dc", "khong ra duoc"),
        ("cuuuu", "cuu"),
        ("khoiii", "khoi"),
        ("chayss", "chay"),
        ("nha3 em cha1y ro62i", "nha em chay roi"),
        ("cuuuvoi", "cuu voi"),
        ("hcáyyyy", "chay"),
        ("đng cháy", "dang chay"),
        ("nha chy", "nha chay"),
        ("hcáu", "chau"),
    ],
)
def test_repairs(typed: str, words: str) -> None:
    assert folded_words(READER.read(typed)) == set(words.split())


@pytest.mark.parametrize("typed", ["xin", "nghiêng", "hello", "concert", "2026", "xoong", "khi", "chị", "chào", "hói"])
def test_leaves_other_words_alone(typed: str) -> None:
    assert len(READER.read(typed).split()) == 1


def test_addresses_are_not_read() -> None:
    assert READER.read("xem https://bao.vn/nha-dang-chay").split() == ["xem"]


def test_alarm_signs_become_words() -> None:
    assert READER.read("🔥").split() == ["▲lua"]
