"""Drills: steps that are ticked one after the other, advice for what could not be done, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final

from bot.conversation.flows.courses import NO, YES, Course, Courses, asked_only, is_first
from bot.conversation.flows.desk import Desk, Exercise
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.quiz import cited
from bot.conversation.flows.set_words import TICKS
from bot.conversation.messages import Button, Kind, Reply
from bot.conversation.routing import is_question
from knowledge.check import KnowledgeBase
from knowledge.drills import Drill, DrillStep
from knowledge.vietnamese import syllables

NAME: Final = "drill"
TITLE: Final = "Diễn tập thoát nạn"
CANCELLED: Final = (
    "Mình dừng phần diễn tập ở đây, những bước đã làm vẫn được giữ. Muốn làm tiếp, bạn gõ “diễn tập”. Đang có cháy: "
    "gọi 114 ngay."
)
_DONE: Final = "✓ Tốt lắm."
_NOT_YET: Final = "Không sao. {advice}"
_RESULT: Final = "Xong! Bạn làm được {done}/{total} bước."
_ALL: Final = "Cả nhà, cả nhóm đã sẵn sàng hơn nhiều. Vài tháng sau tập lại, lần tới thử vào buổi tối."
_LEFT: Final = "Còn lại, làm được lúc nào thì tập lại lúc đó:"
_READ: Final = "Cách làm ở ngay dưới đây."
_WHICH: Final = "Bước này bạn làm được chưa? Bấm “{done}” hay “{undone}” giúp mình."
_ANOTHER: Final = Button(label="Diễn tập phần khác", payload="do:drill")
_MOST_CARDS: Final = 4
_LONGEST_TICK: Final = 4
"""Syllables up to which what has the form of a question ("chưa", "nhà em chưa có") is still a tick."""


def drill_flow(base: KnowledgeBase, today: Callable[[], date]) -> Flow:
    """Return the flow through the drills of `base`, of which there has to be one."""
    doing = _Doing(base, today)
    courses = doing.courses
    steps = (
        Step(name=name, ask=doing.step(number), read=doing.reading(number), applies=asked_only(courses.of, number))
        for number, name in enumerate(courses.names)
    )
    return Flow(
        name=NAME,
        title=TITLE,
        steps=(*courses.steps(), *steps),
        finish=doing.finish,
        drop=courses.keep,
        keep=courses.keep,
        stands=courses.stands,
        cancelled=CANCELLED,
    )


class _Doing:
    def __init__(self, base: KnowledgeBase, today: Callable[[], date]) -> None:
        self._base = base
        self._today = today
        listed = sorted(base.drills.values(), key=lambda one: (one.order, one.id))
        self.courses = Courses(
            Exercise.DRILL, [_course(one) for one in listed], ask="Bạn muốn diễn tập ở đâu?", part="bước"
        )

    def step(self, number: int) -> Callable[[Values], Prompt]:
        def ask(values: Values) -> Prompt:
            drill = self._drill(values)
            step = drill.steps[number]
            head = f"Bước {number + 1}/{len(drill.steps)} · {drill.title}"
            intro = f"\n{drill.about}\n\n" if is_first(values, self.courses.names) else ""
            choices = (Choice(step.done, YES), Choice(step.undone, NO))
            text, citations = cited(step.text, step.sources, self._base, self._today())
            return Prompt(f"{intro}{step.title}\n{text}", choices, head=head, citations=citations)

        return ask

    def reading(self, number: int) -> Callable[[str, Values], Reading]:
        name = self.courses.names[number]

        def read(answer: str, values: Values) -> Reading:
            step = self._drill(values).steps[number]
            ticked = _ticked(answer)
            if ticked is None:
                return Refused(_WHICH.format(done=step.done, undone=step.undone))
            if ticked == YES:
                return Accepted({name: YES}, _DONE)
            advice, citations = cited(step.advice, step.sources, self._base, self._today())
            return Accepted({name: NO}, _NOT_YET.format(advice=advice), citations)

        return read

    async def finish(self, values: Values, desk: Desk) -> Finished:
        drill = self._drill(values)
        await self.courses.finish(values, desk)
        answers = self.courses.answers(values)
        left = [one for one in drill.steps if not answers[one.key]]
        lines = [_RESULT.format(done=len(answers) - len(left), total=len(answers))]
        lines += [_LEFT, *(f"• {one.title}" for one in left), _READ] if left else [_ALL]
        reply = Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=(*self._cards(left), _ANOTHER))
        return Finished(reply)

    def _cards(self, steps: Sequence[DrillStep]) -> Iterable[Button]:
        cards = [self._base.cards[one] for one in dict.fromkeys(step.card for step in steps) if one in self._base.cards]
        applying = [one for one in cards if one.applies(self._today())]
        return [Button(label=one.question, payload=f"card:{one.id}") for one in applying[:_MOST_CARDS]]

    def _drill(self, values: Values) -> Drill:
        course = self.courses.of(values)
        assert course is not None, values  # a step is asked only of one that there is
        return self._base.drills[course.id]


def ticks(text: str) -> bool:
    """Whether a text says no more than that a step was done, or was not: "dạ xong rồi"."""
    return TICKS.named(text) is not None


def _ticked(answer: str) -> str | None:
    """Whether typed words, or the value of a button, say that a step was done: a no in them counts first."""
    if answer in {YES, NO}:
        return answer
    if len(syllables(answer)) > _LONGEST_TICK and is_question(answer):
        return None
    said = TICKS.inside(answer)
    return NO if NO in said else YES if YES in said else None


def _course(drill: Drill) -> Course:
    return Course(id=drill.id, title=drill.title, keys=tuple(one.key for one in drill.steps))
