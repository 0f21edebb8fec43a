"""Where something is: a commune of the present units, words that lead there, a pin on the map, or some of these."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bot.conversation.flows.desk import Desk
from bot.conversation.flows.forms import TRIES, Accepted, Choice, Prompt, Reading, Refused, Reopened, Taken, Values
from bot.conversation.flows.place_reading import MOST_OFFERED, Named, PlaceReading
from bot.conversation.flows.proposing import NUMBERED_STREET
from bot.conversation.flows.set_words import (
    ANSWERS,
    CONTROLS,
    EDITS,
    PHOTO_ANSWERS,
    SAMENESS,
    SENDING,
    TELLING,
    UNKNOWN,
)
from bot.feedback.reports import Where
from knowledge.vietnamese import clean, fold, syllables, words

STEP: Final = "where"
PIN: Final = "pin"
_LONGEST: Final = 200  # characters
_SENTENCE: Final = 10  # words of a sentence that says nothing else
_OPTIONS: Final = "where.options"
_WORDS: Final = "where.words"
_ONLY_WORDS: Final = Choice("Không rõ phường, xã", "words")
_ONLY_PIN: Final = Choice("Chỉ gửi vị trí", "pin")
_STREETS: Final = frozenset({"pho", "duong", "ngo", "ngach", "hem", "kiet"})
_BEFORE_NAMES: Final = frozenset({"phuong", "p", "f", "xa"})
_LONGEST_NAME: Final = 6  # words of a commune's name, with its kind
_BARE_NAME: Final = 4  # syllables up to which a part of an answer may be nothing but a name
_LONGEST_ADDRESS: Final = 25  # words of an answer that may be an address
_FEW: Final = 6  # words of an answer to another question that is told in a sentence
_ENOUGH_TRIES: Final = 2  # after which nobody is asked for what they may not know
_OF_OTHER_STEPS: Final = (CONTROLS, ANSWERS, TELLING, PHOTO_ANSWERS, SENDING, SAMENESS, EDITS)
_HOUSE_NUMBER: Final = re.compile(r"(?:^|\b(?:ở|tại|số)\s+)\d[\w/.-]*\s+[A-ZÀ-ỸĐ]")
_ASK: Final = "Việc này ở đâu? Ví dụ: hẻm 12 Lê Lợi, phường Gò Vấp. Gửi vị trí trên bản đồ cũng được."
_ASK_COMMUNE: Final = "Việc này ở phường, xã nào?"
_NOT_KNOWN: Final = f"Không rõ thì bấm “{_ONLY_WORDS.label}” hoặc gõ “không rõ”, phản ánh vẫn gửi được."
_CHOOSE: Final = "Bạn chọn một nơi ở dưới, hoặc ghi nơi xảy ra giúp mình nhé."
_SAY_WHERE: Final = "Bạn ghi nơi xảy ra giúp mình nhé."
_KEPT_BESIDE: Final = "Mình ghi nơi xảy ra: “{place}”. Còn việc này thuộc loại nào trong các loại dưới đây?"
_NO_COMMUNE: Final = "Mình ghi: “{words}”. Mình chưa nhận ra phường, xã trong đó."
_PINNED: Final = (
    "Đã nhận vị trí. Từ vị trí mình chưa biết được là phường, xã nào: bạn ghi thêm tên phường, xã để tới đúng cán bộ, "
    f"hoặc bấm “{_ONLY_PIN.label}”."
)
_PINNED_ELSEWHERE: Final = "Đã nhận vị trí, mình gửi kèm phản ánh."


class WherePrompting:
    """Asks for the place of a report and reads it."""

    def __init__(self, reading: PlaceReading) -> None:
        self._reading = reading

    @staticmethod
    def pinned(step: str, pin: tuple[float, float]) -> Taken:
        """Keep a pin that came at a step."""
        return Taken({PIN: f"{pin[0]:.6f},{pin[1]:.6f}"}, _PINNED if step == STEP else _PINNED_ELSEWHERE)

    async def prepare(self, values: Values, desk: Desk) -> Values:
        """Offer the communes that the report names, and the one in which the resident lives."""
        profile = await desk.profile()
        living = [profile.place] if profile and profile.place else []
        codes = dict.fromkeys([*_offered(values), *self._reading.mentioned(values.get("text", "")), *living])
        return {_OPTIONS: ",".join(list(codes)[:MOST_OFFERED])}

    def ask(self, values: Values) -> Prompt:
        """Ask where it is, or in which commune once it is described."""
        choices = list(self._reading.choices(values.get(_OPTIONS, "").split(",")))
        if values.get(PIN) and not values.get(_WORDS):
            choices.append(_ONLY_PIN)
        elif self.may_do_without(values):
            choices.append(_ONLY_WORDS)
        question = _ASK_COMMUNE if values.get(_WORDS) or values.get(PIN) else _ASK
        return Prompt(f"{question} {_NOT_KNOWN}" if _is_stuck(values) else question, tuple(choices))

    @staticmethod
    def may_do_without(values: Values) -> bool:
        """Whether the commune may stay open: words or a pin lead there, or it was asked often enough in vain."""
        return bool(values.get(_WORDS) or values.get(PIN)) or _is_stuck(values)

    def read(self, answer: str, values: Values) -> Reading:
        """Take a commune, words, or both; words alone only when the resident says that the commune is not known."""
        before = values.get(_WORDS, "")
        unknown = answer in {_ONLY_WORDS.value, _ONLY_PIN.value} or UNKNOWN.named(answer) is not None
        if unknown and self.may_do_without(values):
            return Accepted({STEP: "", _WORDS: before})
        text = clean(answer).strip()
        if ANSWERS.named(text) == "yes" and len(offered := _offered(values)) == 1:
            return Accepted({STEP: offered[0], _WORDS: before})
        if not text or unknown or _is_of_another_step(text):
            return Refused(_CHOOSE if _offered(values) else _SAY_WHERE)
        if len(text) + len(before) > _LONGEST:
            return Refused(f"Bạn ghi gọn nơi xảy ra trong {_LONGEST} ký tự nhé.")
        return self._read_words(text, before, may_do_without=self.may_do_without(values))

    def _read_words(self, text: str, before: str, *, may_do_without: bool) -> Reading:
        """Take what is written of the place, after what was written `before`."""
        named, rest = self._named(text)
        words = ", ".join(dict.fromkeys(one for one in (before, rest) if one))
        if named.code:
            return Accepted({STEP: named.code, _WORDS: words})
        if named.codes:
            return Refused(named.why, {_WORDS: words, _OPTIONS: ",".join(named.codes)})
        if _says_unknown(text):
            return Accepted({STEP: "", _WORDS: before}) if may_do_without else Refused(_SAY_WHERE)
        return Refused(_NO_COMMUNE.format(words=words), {_WORDS: words})

    def names_place(self, answer: str) -> bool:
        """Whether an answer to another question names a unit, a numbered street or a house."""
        if len(syllables(answer)) > _LONGEST_ADDRESS:
            return False
        named = self._reading.without_places(answer) != answer
        return named or bool(NUMBERED_STREET.search(answer) or _HOUSE_NUMBER.search(answer))

    def beside(self, answer: str, values: Values) -> Refused:
        """Keep the place that an answer to another question names, which is asked again."""
        reading = self.read(answer, values)
        if isinstance(reading, Reopened) or not reading.values:
            return reading if isinstance(reading, Refused) else Refused(_SAY_WHERE)
        return Refused(_KEPT_BESIDE.format(place=clean(answer).strip()), reading.values)

    def where(self, values: Values, masked: Callable[[str], str]) -> Where:
        """Return the place that a form holds; its words as `masked` leaves them."""
        province, commune = self._reading.codes(values.get(STEP, ""))
        words = masked(values.get(_WORDS, "")) or None
        return Where(province, commune, words, _pin(values))

    def _named(self, text: str) -> tuple[_Found, str]:
        """The unit that an answer names, in the whole of it or in its last parts, and the rest of its words."""
        found = self._found(text)
        parts = [one.strip() for one in text.split(",") if one.strip()]
        for start in range(1, len(parts)):
            if found.codes or found.code:
                break
            found = self._found(", ".join(parts[start:]))
        if not (found.code or found.codes):
            found = self._beside_words(text)
        rest = [one for one in parts if not self._is_name(one)]
        return found, ", ".join(rest) if found.code or found.codes else text

    def _beside_words(self, text: str) -> _Found:
        """The commune named anywhere in an answer without commas: "chung cu hoa sen duong le loi p go vap gan cau"."""
        typed = words(text)
        for start in reversed(range(len(typed))):
            if fold(typed[start]) not in _BEFORE_NAMES:
                continue
            for end in range(min(len(typed), start + _LONGEST_NAME), start + 1, -1):
                if (found := self._found(" ".join(typed[start:end]))).code or found.codes:
                    return found
        return _Found("")

    def _is_name(self, part: str) -> bool:
        """Whether a part of an answer is nothing but the name of a unit; "phố Huế" is a street of another city."""
        if fold(part).partition(" ")[0] in _STREETS:
            return False
        if self._reading.names_only_places(part):
            return True
        return len(syllables(part)) <= _BARE_NAME and bool(self._found(part).code)

    def _found(self, text: str) -> _Found:
        read = self._reading.read(text)
        return _Found(read.code) if isinstance(read, Named) else _Found("", read.why, read.codes)


class _Found:
    """What was found of a place: one unit, or why not and what may be meant."""

    def __init__(self, code: str, why: str = "", codes: tuple[str, ...] = ()) -> None:
        self.code = code
        self.why = why
        self.codes = codes


def _offered(values: Values) -> list[str]:
    """The codes of the units that are offered to choose from."""
    return [code for code in values.get(_OPTIONS, "").split(",") if code]


def _is_stuck(values: Values) -> bool:
    """Whether the place was asked in vain so often that it is told how to go on without."""
    return int(values.get(TRIES, "0")) >= _ENOUGH_TRIES


def _is_of_another_step(text: str) -> bool:
    """Whether an answer steers the form or answers another of its questions ("ẩn danh", "gửi"): that is no place."""
    if any(listed.named(text) for listed in _OF_OTHER_STEPS):
        return True
    return len(syllables(text)) <= _FEW and bool(TELLING.inside(text)) and not any(map(str.isdigit, text))


def _says_unknown(text: str) -> bool:
    """Whether a short sentence that names no place says that the commune is not known."""
    return len(syllables(text)) <= _SENTENCE and bool(UNKNOWN.inside(text)) and not any(map(str.isdigit, text))


def _pin(values: Values) -> tuple[float, float] | None:
    latitude, _, longitude = values.get(PIN, "").partition(",")
    return (float(latitude), float(longitude)) if longitude else None
