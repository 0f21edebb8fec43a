"""Every message of the data files is understood as its group says; no string can break triage."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.lexicon import Situation
from intents.triage import Assessment, Level, assess
from knowledge.vietnamese import TEENCODE, fold
from tests.intents.messages import calm, emergencies

EMERGENCIES = emergencies("rules")
LOOKALIKES = calm("rules")

TEENCODE_FOR = {
    "không": "k",
    "được": "dc",
    "với": "vs",
    "rồi": "r",
    "em": "e",
    "đang": "dag",
    "gì": "j",
    "quá": "wá",
    "làm": "lm",
    "biết": "bt",
    "người": "ng",
    "mình": "mk",
}


def missed(messages: Iterable[str]) -> list[str]:
    return [message for message in messages if assess(message).level is not Level.EMERGENCY]


@pytest.mark.parametrize("source", ["rules", "bank", "questions", "families"])
def test_emergencies_are_recognised(source: str) -> None:
    assert missed(message for _, message in emergencies(source)) == []


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("rules", 0.02),
        ("bank", 0.05),
        ("questions", 0.01),
        ("families", 0.06),
        ("screening", 0.02),
        ("cards", 0.01),
    ],
)
def test_lookalikes_are_no_emergencies(source: str, allowed: float) -> None:
    messages = calm(source)
    alarms = [message for message in messages if assess(message).level is Level.EMERGENCY]

    assert len(alarms) <= allowed * len(messages), alarms


def test_situations_are_named() -> None:
    named = [*emergencies("rules"), *emergencies("bank"), *emergencies("families")]
    wrong = [message for kind, message in named if assess(message).situation is not Situation(kind)]

    assert len(wrong) <= 0.1 * len(named)


def test_an_emergency_names_its_evidence() -> None:
    assert all(assess(message).evidence for _, message in EMERGENCIES)


def test_the_files_are_large_enough() -> None:
    assert len(EMERGENCIES) >= 250
    assert len(LOOKALIKES) >= 200
    assert {situation for situation, _ in EMERGENCIES} == {situation.value for situation in Situation}


@pytest.mark.parametrize(
    "message",
    [
        "có mùi khét không biết ở đâu",
        "hôm qua gần nhà em cháy, giờ vẫn còn mùi khét",
        "nếu nhà cháy thì chạy đi đâu",
    ],
)
def test_doubt_is_possible(message: str) -> None:
    assert assess(message).level is Level.POSSIBLE


@pytest.mark.parametrize("message", ["", "   ", "...", "xin chào", "giá vàng hôm nay", "em chạy bộ", "👍"])
def test_nothing_is_none(message: str) -> None:
    assert assess(message) == Assessment(Level.NONE)


# ------------------------------------------------------------------ an emergency stays one, however typed
emergency = st.sampled_from([message for _, message in EMERGENCIES])


def _stretch(message: str, word: int, times: int) -> str:
    words = message.split()
    place = word % len(words)
    words[place] += words[place][-1] * times if words[place][-1].isalpha() else ""
    return " ".join(words)


def _in_teencode(message: str) -> str:
    return " ".join(TEENCODE_FOR.get(word, word) for word in message.lower().split())


@pytest.mark.parametrize(
    "retyped",
    [
        fold,
        str.upper,
        lambda text: fold(text).upper(),
        lambda text: fold(_in_teencode(text)),
    ],
)
def test_every_emergency_without_diacritics_in_capitals_in_teencode(retyped: Callable[[str], str]) -> None:
    assert missed(retyped(message) for _, message in EMERGENCIES) == []


@given(emergency, st.sampled_from(["  ", "   ", "\t", "\n", " \u200b"]))
def test_with_odd_spaces(message: str, gap: str) -> None:
    assert assess(gap.join(message.split())).level is Level.EMERGENCY


@given(emergency, st.integers(0, 30), st.integers(2, 8))
def test_with_drawn_out_letters(message: str, word: int, times: int) -> None:
    assert assess(_stretch(message, word, times)).level is Level.EMERGENCY


@given(emergency)
def test_without_punctuation(message: str) -> None:
    assert assess(re.sub(r"[^\w\s🔥]", " ", message)).level is Level.EMERGENCY


@given(emergency, st.sampled_from(["!", "!!!", "...", " 😭😭", " 🔥", "?"]))
def test_with_more_signs(message: str, signs: str) -> None:
    assert assess(message + signs).level is Level.EMERGENCY


@given(emergency)
def test_in_teencode(message: str) -> None:
    assert assess(_in_teencode(message)).level is Level.EMERGENCY


@given(emergency)
def test_decomposed(message: str) -> None:
    assert assess(unicodedata.normalize("NFD", message)).level is Level.EMERGENCY


# ------------------------------------------------------------------ any string
@given(st.text(alphabet=st.characters(exclude_categories=[])))
@example("\ud800cháy nhà rồi\udfff")
@settings(max_examples=300)
def test_never_raises(text: str) -> None:
    assert assess(text).level in Level


@pytest.mark.parametrize("filler", ["em xin kể chuyện nhà em ", "a", "cháy hàng ", "\u0301", " "])
def test_a_megabyte_is_read_quickly_enough_to_return(filler: str) -> None:
    assert assess(filler * (1_000_000 // len(filler))).level is not Level.EMERGENCY


def test_an_emergency_at_the_end_of_a_long_message_is_found() -> None:
    story = "Em xin trình bày về việc làm giấy tờ của cửa hàng em ở phường. " * 200

    assert assess(story + "Khoan, nhà em đang cháy, khói vào phòng không ra được!").level is Level.EMERGENCY


def test_a_long_essay_is_no_emergency() -> None:
    essay = "Đề bài: tả một đám cháy mà em đã chứng kiến. " + "Mọi người hô hoán, lửa cháy to, khói mù mịt. " * 60

    assert assess(essay).level is not Level.EMERGENCY


def test_every_teencode_used_here_is_known() -> None:
    assert set(TEENCODE_FOR.values()) <= set(TEENCODE) | {"wá"}
