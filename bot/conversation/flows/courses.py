"""What quizzes and drills have in common: one is picked from a list, gone on with or begun anew, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from bot.conversation.flows.desk import Desk, Exercise, Progress
from bot.conversation.flows.forms import Accepted, Choice, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.set_words import RESUMING
from knowledge.vietnamese import fold, syllables

PICK: Final = "pick"
GO: Final = "go"
MESSAGE: Final = "message"
"""The number of the campaign's message under which it was opened."""
YES: Final = "yes"
NO: Final = "no"
_OPEN: Final = f"{PICK}.open"
_LEFT: Final = f"{GO}.left"
_COUNTED: Final = f"{GO}.counted"
_ON: Final = "on"
_ANEW: Final = "anew"
_MOST_DIGITS: Final = 18
"""So many digits of a message's number the database can hold."""
_FEWEST_WORDS: Final = 2
"""Syllables from which part of a title or an option names it."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """A quiz or a drill: the keys of its questions or steps in order. Not every one is offered in the list."""

    id: str
    title: str
    keys: tuple[str, ...]
    moment: str = "alone"
    listed: bool = True


class Courses:
    """All quizzes, or all drills, and the values of a form in which one is done: its answers stand under `names`."""

    def __init__(self, exercise: Exercise, courses: Sequence[Course], *, ask: str, part: str) -> None:
        """`ask` asks which one; `part` names what one consists of: "câu"."""
        self._exercise = exercise
        self._courses = {one.id: one for one in courses}
        self._ask = ask
        self._part = part

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the steps in which questions are asked, enough for the longest."""
        return tuple(f"item{one}" for one in ascii_lowercase[: max(len(one.keys) for one in self._courses.values())])

    def of(self, values: Values) -> Course | None:
        """The one that a form is about."""
        return self._courses.get(values.get(PICK, ""))

    def stands(self, step: str, values: Values) -> bool:
        """Whether a form at a step can go on: knowledge may have changed since it was asked."""
        course = self.of(values)
        if course is None:
            return step == PICK
        return step in {PICK, GO} or step in self.names[: len(course.keys)]

    def steps(self) -> tuple[Step, Step]:
        """The steps before the first question: which one, and whether to go on with what was left."""
        return (
            Step(name=PICK, ask=self._which, read=self._picked, prepare=self._look_up_open),
            Step(name=GO, ask=self._go_on, read=self._gone_on, prepare=self._look_up_left, applies=_was_left),
        )

    def answers(self, values: Values) -> Mapping[str, bool]:
        """What is answered so far, by key."""
        course = self.of(values)
        listed = zip(course.keys, self.names, strict=False) if course else ()
        return {key: values[name] == YES for key, name in listed if name in values}

    async def keep(self, values: Values, desk: Desk) -> None:
        """Keep how far it is; nothing where nothing is answered."""
        if self.answers(values):
            await self._kept(values, desk, finished=False)

    async def finish(self, values: Values, desk: Desk) -> bool:
        """Keep that it is done; return whether it counts."""
        return await self._kept(values, desk, finished=True)

    async def _kept(self, values: Values, desk: Desk, *, finished: bool) -> bool:
        course = self.of(values)
        assert course is not None, values  # a question was answered
        progress = Progress(
            exercise=self._exercise,
            id=course.id,
            answers=self.answers(values),
            total=len(course.keys),
            moment=course.moment,
            message=_message(values),
            finished=finished,
        )
        return await desk.keep_progress(progress)

    def _which(self, values: Values) -> Prompt:
        left = values.get(_OPEN, "").split(",")
        listed = [one for one in self._courses.values() if one.listed]
        choices = tuple(Choice(f"{one.title} (đang làm dở)" if one.id in left else one.title, one.id) for one in listed)
        return Prompt(self._ask, choices)

    def _picked(self, answer: str, _values: Values) -> Reading:
        if answer in self._courses:
            return Accepted({PICK: answer})
        titles = {one.id: one.title for one in self._courses.values() if one.listed}
        if (found := named(answer, tuple(titles.values()))) is not None:
            return Accepted({PICK: tuple(titles)[found]})
        return Refused("Bạn chọn giúp mình một mục ở dưới nhé.")

    async def _look_up_open(self, _values: Values, desk: Desk) -> Values:
        return {_OPEN: ",".join(sorted(await desk.left_open(self._exercise)))}

    async def _look_up_left(self, values: Values, desk: Desk) -> Values:
        """Look up what was left, once: what is answered from then on stands in the form itself."""
        course = self.of(values)
        if course is None or _LEFT in values or self.answers(values):
            return {}
        standing = await desk.standing(self._exercise, course.id, _message(values))
        left = {key: right for key, right in standing.left.items() if key in course.keys}
        return {_LEFT: json.dumps(left) if left else "", _COUNTED: YES if standing.finished else ""}

    def _go_on(self, values: Values) -> Prompt:
        course = self.of(values)
        assert course is not None, values
        done = f"{len(json.loads(values[_LEFT]))}/{len(course.keys)} {self._part}"
        choices = (Choice("Làm tiếp", _ON), Choice("Làm lại từ đầu", _ANEW))
        return Prompt(f"Lần trước bạn đã làm {done}. Làm tiếp hay làm lại từ đầu?", choices, head=course.title)

    def _gone_on(self, answer: str, values: Values) -> Reading:
        said = answer if answer in {_ON, _ANEW} else RESUMING.named(answer)
        if said == _ANEW:
            return Accepted({GO: _ANEW})
        if said != _ON:
            return Refused("Bạn chọn giúp mình: “Làm tiếp” hay “Làm lại từ đầu”?")
        course = self.of(values)
        assert course is not None, values
        left = json.loads(values[_LEFT])
        names = dict(zip(course.keys, self.names, strict=False))
        return Accepted({GO: _ON, **{names[key]: YES if right else NO for key, right in left.items()}})


def opening(argument: str) -> Values:
    """Return the values with which a form opens, by the argument of its command: "<id>:<number of a message>".

    >>> opening("bep-gas:17"), opening("")
    ({'pick': 'bep-gas', 'message': '17'}, {})
    """
    id_, _, message = argument.partition(":")
    numbered = message.isascii() and message.isdigit() and len(message) <= _MOST_DIGITS
    return {**({PICK: id_} if id_ else {}), **({MESSAGE: message} if numbered else {})}


def counted_before(values: Values) -> bool:
    """Whether one counts already, so that this one is practice."""
    return values.get(_COUNTED) == YES


def is_first(values: Values, names: Sequence[str]) -> bool:
    """Whether no question is answered yet."""
    return not any(name in values for name in names)


def asked_only(course_of: Callable[[Values], Course | None], number: int) -> Callable[[Values], bool]:
    """Whether a form's course has a question of that number, from 0."""

    def applies(values: Values) -> bool:
        course = course_of(values)
        return course is not None and number < len(course.keys)

    return applies


def named(text: str, labels: Sequence[str]) -> int | None:
    """Return which of the labels a text names, from 0: wholly, or by some words that stand in no other.

    >>> named("dong cua lai", ("Đóng cửa lại, không khóa", "Mở cửa")), named("cửa", ("Đóng cửa", "Mở cửa"))
    (0, None)
    """
    typed = f" {' '.join(syllables(fold(text)))} "
    if len(typed.split()) < _FEWEST_WORDS:
        return None
    within = [number for number, label in enumerate(labels) if typed in f" {' '.join(syllables(fold(label)))} "]
    return within[0] if len(within) == 1 else None


def _was_left(values: Values) -> bool:
    return bool(values.get(_LEFT)) and GO not in values


def _message(values: Values) -> int | None:
    number = values.get(MESSAGE, "")
    return int(number) if number else None
