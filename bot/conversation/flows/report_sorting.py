"""What a report is about: proposed from its words, chosen by a button, or told in words."""

from __future__ import annotations

from typing import Final

from bot.conversation.flows.forms import Accepted, Choice, Prompt, Reading, Refused, Reopened, Step, Values
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.flows.proposing import meant, proposed, without_streets
from bot.conversation.flows.report_place import WherePrompting
from bot.conversation.flows.set_words import ANSWERS, UNKNOWN
from bot.conversation.flows.set_words import REPORT_KINDS as KIND_WORDS
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind, categories_of
from knowledge.vietnamese import syllables

_OTHER: Final = "other"
_SHORT: Final = 6  # words of an answer that only names the kind, or says that it is not known
_SENTENCE: Final = 16  # words of an answer in a sentence of which some tell the choice
_CHOOSE_ONE: Final = "Bạn bấm giúp mình một loại ở dưới, hoặc gõ số thứ tự của nó (1, 2…)."
_OTHER_SORTS: Final = {ReportKind.HAZARD: Category.HAZARD_OTHER, ReportKind.OPINION: Category.OPINION_OTHER}
"""Of the kinds that have one: what is meant by whoever cannot say what exactly."""


def category_of(values: Values) -> Category | None:
    """Return the category that was chosen, or that follows from the kind; None while neither is known."""
    for name in ("sort", "category"):
        if values.get(name) in {one.value for one in Category}:
            return Category(values[name])
    kind = _kind_of(values)
    only = categories_of(kind) if kind else ()
    return only[0] if len(only) == 1 else None


class Sorting:
    """Asks what a report is about. An address in place of an answer is kept as where it is, and the question asked."""

    def __init__(self, reading: PlaceReading) -> None:
        self._reading = reading
        self._where = WherePrompting(reading)

    def steps(self) -> tuple[Step, ...]:
        """Return the steps: one of the proposed categories, else the kind and then what exactly."""
        return (
            Step(name="category", ask=self._ask_category, read=self._read_category, applies=self._proposes),
            Step(name="kind", ask=_ask_kind, read=self._read_kind, applies=_lacks_kind),
            Step(name="sort", ask=_ask_sort, read=self._read_sort, applies=_lacks_category),
        )

    def _proposals(self, values: Values) -> tuple[Category, ...]:
        return proposed(self._reading.without_places(values.get("text", "")), _told(values))

    def _proposes(self, values: Values) -> bool:
        return bool(self._proposals(values))

    def _ask_category(self, values: Values) -> Prompt:
        choices = [Choice(CATEGORIES[one], one.value) for one in self._proposals(values)]
        return Prompt("Có phải việc này là:", (*choices, Choice("Loại khác", _OTHER)))

    def _read_category(self, answer: str, values: Values) -> Reading:
        if answer == _OTHER or answer in {one.value for one in Category}:
            return Accepted({"category": answer})
        if ANSWERS.named(answer) == "no":
            return Accepted({"category": _OTHER})
        if _is_unsure(answer, _SHORT):
            return Accepted({"category": _OTHER})
        offered = self._proposals(values)
        named = self._meant(answer, offered)
        if named not in offered and self._where.names_place(answer):
            return self._where.beside(answer, values)
        if named is not None:
            return Accepted({"category": named.value})
        return Accepted({"category": _OTHER}) if _is_unsure(answer, _SENTENCE) else Refused(_CHOOSE_ONE)

    def _read_kind(self, answer: str, values: Values) -> Reading:
        if answer in {kind.value for kind in ReportKind}:
            return Accepted({"kind": answer})
        named = KIND_WORDS.inside(answer) if len(syllables(answer)) <= _SHORT else ()
        if len(named) == 1:
            return Accepted({"kind": named[0]})
        return self._where.beside(answer, values) if self._where.names_place(answer) else Refused(_CHOOSE_ONE)

    def _read_sort(self, answer: str, values: Values) -> Reading:
        kind = _kind_of(values)
        listed = categories_of(kind) if kind else ()
        if answer in {one.value for one in listed}:
            return Accepted({"sort": answer})
        if answer == _OTHER:
            return Reopened(("told", "kind", "sort"))
        other = _OTHER_SORTS.get(kind) if kind else None
        if other and _is_unsure(answer, _SHORT):
            return Accepted({"sort": other.value})
        if (named := self._meant(answer, listed)) is not None and named in listed:
            return Accepted({"sort": named.value})
        if self._where.names_place(answer):
            return self._where.beside(answer, values)
        return Accepted({"sort": other.value}) if other and _is_unsure(answer, _SENTENCE) else Refused(_CHOOSE_ONE)

    def _meant(self, answer: str, offered: tuple[Category, ...]) -> Category | None:
        """The category that an answer tells; the place that it names beside tells none."""
        if len(syllables(answer)) > _SENTENCE:
            return None
        return meant(without_streets(self._reading.without_places(answer)), offered)


def _told(values: Values) -> list[ReportKind]:
    """The kinds that the message seems to be of, the likeliest first."""
    return [ReportKind(one) for one in values.get("told", "").split(",") if one in {kind.value for kind in ReportKind}]


def _kind_of(values: Values) -> ReportKind | None:
    if named := values.get("kind"):
        return ReportKind(named)
    return next(iter(_told(values)), None) if not values.get("category") else None


def _lacks_kind(values: Values) -> bool:
    return "kind" in values or (category_of(values) is None and _kind_of(values) is None)


def _lacks_category(values: Values) -> bool:
    kind = _kind_of(values)
    return kind is not None and len(categories_of(kind)) > 1 and values.get("category") in {None, _OTHER}


def _ask_kind(_values: Values) -> Prompt:
    return Prompt("Việc này thuộc loại nào?", tuple(Choice(label, kind.value) for kind, label in KINDS.items()))


def _ask_sort(values: Values) -> Prompt:
    kind = _kind_of(values)
    listed = categories_of(kind) if kind else ()
    return Prompt("Cụ thể là:", (*(Choice(CATEGORIES[one], one.value) for one in listed), Choice("Loại khác", _OTHER)))


def _is_unsure(answer: str, longest: int) -> bool:
    """Whether an answer of up to `longest` words says that somebody does not know which to choose.

    In a few words nothing else is said: without diacritics "khong biet" would name what is blocked ("bít").
    """
    return len(syllables(answer)) <= longest and bool(UNKNOWN.inside(answer))
