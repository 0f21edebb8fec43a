"""Every message of the data files is understood as its group says; no string can break triage."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Container, Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intents.lexicon import READER, Situation
from intents.opinion import WEIGHTS, LinearModel
from intents.triage import Assessment, Level, assess, assess_with, raised
from knowledge.vietnamese import TEENCODE, fold
from tests.intents.messages import calm, emergencies

EMERGENCIES = emergencies("rules")
LOOKALIKES = calm("rules")
SOURCES = ("rules", "bank", "questions", "families", "talk")
ALL_EMERGENCIES = [message for source in SOURCES for _, message in emergencies(source)]

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


@pytest.mark.parametrize("source", SOURCES)
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
        ("talk", 0.05),
    ],
)
def test_lookalikes_are_no_emergencies(source: str, allowed: float) -> None:
    messages = calm(source)
    alarms = [message for message in messages if assess(message).level is Level.EMERGENCY]

    assert len(alarms) <= allowed * len(messages), alarms


def test_situations_are_named() -> None:
    named = [*emergencies("rules"), *emergencies("bank"), *emergencies("families"), *emergencies("talk")]
    wrong = [message for kind, message in named if assess(message).situation is not Situation(kind)]

    assert len(wrong) <= 0.1 * len(named)


def test_an_emergency_names_its_evidence() -> None:
    assert all(assess(message).evidence for _, message in EMERGENCIES)


def test_the_files_are_large_enough() -> None:
    assert len(EMERGENCIES) >= 250
    assert len(LOOKALIKES) >= 200
    named = {situation for source in ("rules", "talk") for situation, _ in emergencies(source)}
    assert named == {situation.value for situation in Situation}


@pytest.mark.parametrize(
    "message",
    [
        "hôm qua gần nhà em cháy, giờ vẫn còn mùi khét",
        "nếu nhà cháy thì chạy đi đâu",
    ],
)
def test_doubt_is_possible(message: str) -> None:
    assert assess(message).level is Level.POSSIBLE


@pytest.mark.parametrize("message", ["", "   ", "...", "xin chào", "giá vàng hôm nay", "em chạy bộ", "👍"])
def test_nothing_is_none(message: str) -> None:
    found = assess(message)
    assert (found.level, found.situation) == (Level.NONE, None)


@pytest.mark.parametrize(
    "message",
    [
        "không phải cháy thật đâu",
        "khong chay that dau ban oi",
        "nhà em không cháy, hỏi cho biết thôi",
        "bot hiểu lầm rồi, không cháy",
        "ai nói nhà tôi cháy",
    ],
)
def test_an_alarm_taken_back_is_none(message: str) -> None:
    assert assess(message).level is not Level.EMERGENCY


@pytest.mark.parametrize(
    "message",
    [
        "không phải cháy thật đâu mà… khoan nó cháy lại rồi",
        "không phải diễn tập đâu, cháy thật đó",
        "hết cháy rồi mà giờ bùng lại",
        "bấm nhầm mà giờ cháy thật rồi cứu",
    ],
)
def test_it_burns_after_all(message: str) -> None:
    assert assess(message).level is Level.EMERGENCY


@pytest.mark.parametrize(
    ("message", "situation"),
    [
        ("tay áo con bé bắt lửa rồi", Situation.CLOTHES_ON_FIRE),
        ("khói lên cầu thang rồi, xuống không được", Situation.TRAPPED),
        ("canh nóng đổ lên tay con rồi", Situation.BURN),
        ("axit bình ắc quy văng vô tay thợ", Situation.BURN),
        ("em được đưa ra ngoài rồi mà thở khò khè", Situation.SMOKE_INHALED),
        ("thang đang đi xuống bỗng giật mạnh liên hồi", Situation.LIFT),
        ("nước sông lên mấp mé ổ cắm dưới nhà", Situation.FLOOD),
        ("ở ven khe suối, đêm mưa to nghe ầm ầm trên núi", Situation.FLOOD),
        ("qua hầm Đèo Cả mà xe tải phía trước phát lửa", Situation.TUNNEL_FIRE),
        ("đang ngủ thấy giường lắc, đèn đung đưa", Situation.EARTHQUAKE),
        ("mớ dây cáp trên trụ trước nhà xẹt lửa", Situation.POWER_LINE),
        ("xe kẹt giữa hai vạt lửa trên đường rừng", Situation.FOREST_FIRE),
        ("xe khách lật có người kẹt bên trong trên đèo", Situation.RESCUE),
        ("thợ vét giếng ngạt dưới đáy, người xuống cứu cũng không lên", Situation.TOXIC_GAS),
    ],
)
def test_the_reply_is_that_of_the_situation(message: str, situation: Situation) -> None:
    assert assess(message).situation is situation


@pytest.mark.parametrize(
    ("assessment", "named", "level"),
    [
        (Assessment(Level.POSSIBLE, Situation.SMOKE), True, Level.EMERGENCY),
        (Assessment(Level.POSSIBLE, Situation.SMOKE), False, Level.POSSIBLE),
        (Assessment(Level.EMERGENCY, Situation.SMOKE), False, Level.EMERGENCY),
        (Assessment(Level.NONE), True, Level.POSSIBLE),
        (Assessment(Level.NONE), False, Level.NONE),
        (Assessment(Level.NONE, evidence=("frame:asks",)), True, Level.POSSIBLE),
        (Assessment(Level.NONE, evidence=("frame:past",)), True, Level.NONE),
        (Assessment(Level.NONE, evidence=("frame:law", "frame:asks")), True, Level.NONE),
    ],
)
def test_a_second_source_raises_by_one_step_and_never_lowers(assessment: Assessment, named: bool, level: Level) -> None:
    found = raised(assessment, named)

    assert found.level is level
    assert found.level is Level.NONE or found.situation is not None
    assert ("second-source" in found.evidence) is (level is not assessment.level)


@pytest.mark.parametrize("message", ["xem phim lính cứu hỏa", "năm ngoái chung cư em diễn tập"])
def test_a_story_or_a_drill_is_not_raised(message: str) -> None:
    assert raised(assess(message), named=True).level is Level.NONE


# ------------------------------------------------------------------ an emergency stays one, however typed
repeatable = settings(derandomize=True, max_examples=300)
emergency = st.sampled_from(ALL_EMERGENCIES)


def _in_teencode(message: str) -> str:
    return " ".join(TEENCODE_FOR.get(word, word) for word in message.lower().split())


@pytest.mark.parametrize(
    "retyped",
    [
        fold,
        str.upper,
        str.title,
        _in_teencode,
        lambda text: fold(text).upper(),
        lambda text: fold(_in_teencode(text)),
        lambda text: unicodedata.normalize("NFD", text),
    ],
    ids=["bare", "capitals", "title", "teencode", "bare capitals", "bare teencode", "decomposed"],
)
def test_every_emergency_however_typed(retyped: Callable[[str], str]) -> None:
    assert missed(retyped(message) for message in ALL_EMERGENCIES) == []


@given(emergency, st.sampled_from(["  ", "   ", "\t", "\n", " \u200b"]))
@repeatable
def test_with_odd_spaces(message: str, gap: str) -> None:
    assert assess(gap.join(message.split())).level is Level.EMERGENCY


@given(emergency, st.integers(0, 30), st.integers(2, 8))
@repeatable
def test_with_drawn_out_letters(message: str, word: int, times: int) -> None:
    words = message.split()
    place = word % len(words)
    words[place] += words[place][-1] * times if words[place][-1].isalpha() else ""

    assert assess(" ".join(words)).level is Level.EMERGENCY


@given(st.sampled_from([message for _, message in EMERGENCIES]))
@repeatable
def test_without_punctuation(message: str) -> None:
    assert assess(re.sub(r"[^\w\s🔥]", " ", message)).level is Level.EMERGENCY


@given(st.sampled_from([message for _, message in EMERGENCIES]), st.sampled_from(["!", "!!!", "...", " 😭😭", " 🔥"]))
@repeatable
def test_with_more_signs(message: str, signs: str) -> None:
    assert assess(message + signs).level is Level.EMERGENCY


# ------------------------------------------------------------------ one slip of the finger
# Left out, because no reader can mend them without context: words of fewer than four letters, words run together,
# and slips that make another word ("khói" typed "khi") or an abbreviation ("bình" typed "bnh").
_LONGEST_SYLLABLE = 7  # "nghiêng"


def _slipped(word: str, kind: str, place: int) -> str:
    place %= len(word) - (kind == "swap")
    if kind == "swap":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + (word[place] * 2 if kind == "double" else "") + word[place + 1 :]


def _is_another_word(slip: str) -> bool:
    return READER.is_word(slip.lower()) or slip.lower() in TEENCODE


def _slips(message: str, among: Container[str] | None = None) -> list[str]:
    """Return `message` with one letter of one long word swapped, doubled or dropped, in every way."""
    words = message.split()
    found = []
    for at, word in enumerate(words):
        long = 4 <= len(word) <= _LONGEST_SYLLABLE and word.isalpha()
        if long and (among is None or fold(word.lower()) in among):
            slips = {_slipped(word, kind, place) for kind in ("swap", "double", "drop") for place in range(len(word))}
            meant = sorted(slip for slip in slips - {word} if not _is_another_word(slip))
            found += [" ".join([*words[:at], slip, *words[at + 1 :]]) for slip in meant]
    return found


@given(st.sampled_from([message for message in ALL_EMERGENCIES if _slips(message, READER.keywords)]), st.data())
@repeatable
def test_with_a_slip_in_a_word_of_danger(message: str, data: st.DataObject) -> None:
    slipped = data.draw(st.sampled_from(_slips(message, READER.keywords)))

    assert assess(slipped).level is Level.EMERGENCY


def test_with_a_slip_in_any_word() -> None:
    slipped = [slip for message in ALL_EMERGENCIES[::12] for slip in _slips(message)]

    assert len(missed(slipped)) <= 0.005 * len(slipped)


# ------------------------------------------------------------------ any string
@given(st.text(alphabet=st.characters(exclude_categories=[])))
@example("\ud800cháy nhà rồi\udfff")
@repeatable
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


def test_where_nothing_is_likelier_it_is_a_cry_for_help() -> None:
    """Its reply fits all, and asks what is the matter."""

    class Undecided(LinearModel):
        def urgency(self, found: Iterable[str]) -> float:
            return 5.0

        def leanings(self, names: Iterable[str]) -> dict[str, float]:
            return {"burn": 1.0, "drowning": 0.9, "cry_for_help": 0.1}

    undecided = Undecided(json.loads(WEIGHTS.read_text(encoding="utf-8")))
    assert assess_with("ông nội em", undecided).situation is Situation.CRY_FOR_HELP
    assert assess_with("bị bỏng tay rồi", undecided).situation is Situation.BURN  # the rules name it


@pytest.mark.parametrize(
    "message",
    [
        "Vợ chồng tôi đốt than ngủ từ tối, sáng nay gọi mãi vợ tôi không dậy, người mềm oặt",
        "Fire in my building, 9th floor, cannot speak Vietnamese",
    ],
)
def test_nobody_is_taken_for_suicidal_where_the_rules_name_something_else(message: str) -> None:
    assert assess(message).situation not in {Situation.SUICIDE_BY_FIRE, Situation.ARSON_THREAT, None}
