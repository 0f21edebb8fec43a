"""Where something is: a commune of the present units, words that lead there, a pin on the map, or some of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.conversation.flows.desk import Desk
from bot.conversation.flows.forms import Accepted, Choice, Prompt, Reading, Refused, Taken, Values
from bot.conversation.flows.place_reading import MOST_OFFERED, Named, PlaceReading
from bot.conversation.flows.set_words import UNKNOWN
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
_ASK: Final = "Việc này ở đâu? Ví dụ: hẻm 12 Lê Lợi, phường Gò Vấp. Gửi vị trí trên bản đồ cũng được."
_ASK_COMMUNE: Final = "Việc này ở phường, xã nào?"
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
        codes = dict.fromkeys([*self._reading.mentioned(values.get("text", "")), *living])
        return {_OPTIONS: ",".join(list(codes)[:MOST_OFFERED])}

    def ask(self, values: Values) -> Prompt:
        """Ask where it is, or in which commune once it is described."""
        choices = list(self._reading.choices(values.get(_OPTIONS, "").split(",")))
        if values.get(_WORDS):
            choices.append(_ONLY_WORDS)
        elif values.get(PIN):
            choices.append(_ONLY_PIN)
        return Prompt(_ASK_COMMUNE if values.get(_WORDS) or values.get(PIN) else _ASK, tuple(choices))

    def read(self, answer: str, values: Values) -> Reading:
        """Take a commune, words, or both; words alone only when the resident says that the commune is not known."""
        before = values.get(_WORDS, "")
        unknown = answer in {_ONLY_WORDS.value, _ONLY_PIN.value} or UNKNOWN.named(answer) is not None
        if unknown and (before or values.get(PIN)):
            return Accepted({STEP: "", _WORDS: before})
        text = clean(answer).strip()
        if not text or unknown:
            return Refused("Bạn ghi nơi xảy ra giúp mình nhé.")
        if len(text) + len(before) > _LONGEST:
            return Refused(f"Bạn ghi gọn nơi xảy ra trong {_LONGEST} ký tự nhé.")
        return self._read_words(text, before, pinned=bool(values.get(PIN)))

    def _read_words(self, text: str, before: str, *, pinned: bool) -> Reading:
        """Take what is written of the place, after what was written `before`."""
        named, rest = self._named(text)
        words = ", ".join(dict.fromkeys(one for one in (before, rest) if one))
        if named.code:
            return Accepted({STEP: named.code, _WORDS: words})
        if named.codes:
            return Refused(named.why, {_WORDS: words, _OPTIONS: ",".join(named.codes)})
        if (before or pinned) and _says_unknown(text):
            return Accepted({STEP: "", _WORDS: before})
        return Refused(_NO_COMMUNE.format(words=words), {_WORDS: words})

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


def _says_unknown(text: str) -> bool:
    """Whether a short sentence that names no place says that the commune is not known."""
    return len(syllables(text)) <= _SENTENCE and bool(UNKNOWN.inside(text)) and not any(map(str.isdigit, text))


def _pin(values: Values) -> tuple[float, float] | None:
    latitude, _, longitude = values.get(PIN, "").partition(",")
    return (float(latitude), float(longitude)) if longitude else None
