"""Quizzes: a question at a time, at once whether it was right and why, and at the end what to read again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from bot.conversation.citing import cite
from bot.conversation.flows.courses import NO, YES, Course, Courses, asked_only, counted_before, is_first, named
from bot.conversation.flows.desk import Desk, Exercise
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.set_words import NO_IDEA
from bot.conversation.messages import Button, Citation, Kind, Reply
from knowledge.answers import SourceRef
from knowledge.check import KnowledgeBase
from knowledge.cited_text import MARKER, markers_of
from knowledge.quizzes import Measured, Question, Quiz
from knowledge.vietnamese import clean, fold, syllables

NAME: Final = "quiz"
TITLE: Final = "Đố vui PCCC"
TOLD: Final = "Không sao, đáp án là “{answer}”."
RIGHT: Final = "✓ Đúng rồi."
WRONG: Final = "✗ Chưa đúng, đáp án là “{answer}”."
CANCELLED: Final = (
    "Mình dừng bài này ở đây, những câu đã trả lời vẫn được giữ. Muốn làm tiếp, bạn gõ “đố vui”. Đang có cháy: gọi "
    "114 ngay."
)
FINAL: Final = "Câu đã xem đáp án thì không trả lời lại được. Làm xong, bạn có thể làm lại cả bài."
PRACTICE: Final = "Bài này bạn đã có lần được tính rồi, nên lần này là luyện tập."
COUNTS: Final = "Lần này được tính. Bạn làm lại bao nhiêu lần cũng được, các lần sau là luyện tập."
ONLY_PRACTICE: Final = "Đây là lần luyện tập; lần được tính là lần bạn làm xong đầu tiên."
HOW: Final = "(Bấm nút, hoặc gõ số 1, 2… hay chữ a, b… theo thứ tự; bí thì gõ “không biết” để xem đáp án.)"
_SCORE: Final = "Xong! Bạn đúng {right}/{total} câu."
_ALL: Final = "Bạn nắm chắc phần này. Kể lại cho người nhà cùng biết nhé."
_READ_AGAIN: Final = "Những phần nên xem lại ở ngay dưới đây."
_WHICH: Final = "Bạn chọn giúp mình một câu trả lời ở dưới: bấm nút, hoặc gõ số hay chữ a, b… theo thứ tự."
_ONLY_ONE: Final = "Mỗi câu chỉ có một đáp án đúng. Bạn chọn một thôi nhé."
_ANOTHER: Final = Button(label="Làm bài khác", payload="do:quiz")
_MOST_CARDS: Final = 4
_LETTER: Final = re.compile(
    r"(?:(?:dạ|da|em|mình|minh|tôi|toi|tui|con|cháu|chau|nghĩ|nghi|đoán|doan|chắc|chac|thì|thi|câu|cau|đáp án|dap an|ý"
    r"|y|số|so|thứ|thu|phương án|phuong an|chọn|chon|là|la)\s+)*([a-d]|[1-4]|một|mot|hai|ba|bốn|bon)"
    r"(?:\s+(?:ạ|nha|nhé|nhe|đi|di|á|thôi))*"
)
_NUMBERS: Final = {"mot": 1, "hai": 2, "ba": 3, "bon": 4}
_SEVERAL: Final = re.compile(
    r"(?:cả |ca )?([a-d]|[1-4])(?:\s*(?:,|và|va|hoặc|hoac|với|voi|hay|&|\+)\s*(?:[a-d]|[1-4]))+"
)


def quiz_flow(base: KnowledgeBase, today: Callable[[], date]) -> Flow:
    """Return the flow through the quizzes of `base`, of which there has to be one."""
    asking = _Asking(base, today)
    courses = asking.courses
    questions = (
        Step(
            name=name, ask=asking.question(number), read=asking.reading(number), applies=asked_only(courses.of, number)
        )
        for number, name in enumerate(courses.names)
    )
    return Flow(
        name=NAME,
        title=TITLE,
        steps=(*courses.steps(), *questions),
        finish=asking.finish,
        drop=courses.keep,
        keep=courses.keep,
        stands=courses.stands,
        cancelled=CANCELLED,
        final=FINAL,
    )


class _Asking:
    def __init__(self, base: KnowledgeBase, today: Callable[[], date]) -> None:
        self._base = base
        self._today = today
        listed = sorted(base.quizzes.values(), key=lambda one: (not one.contest, one.id))
        self.courses = Courses(
            Exercise.QUIZ,
            [_course(one) for one in listed],
            ask="Bạn muốn thử sức phần nào? Mỗi bài vài phút, không hỏi tên, không chấm hạng.",
            part="câu",
        )

    def question(self, number: int) -> Callable[[Values], Prompt]:
        def ask(values: Values) -> Prompt:
            quiz = self._quiz(values)
            question = quiz.questions[number]
            lines = [question.text]
            if is_first(values, self.courses.names):
                practice = [PRACTICE] if quiz.contest and counted_before(values) else []
                lines = ["", quiz.about, *practice, HOW, "", question.text]
            choices = tuple(Choice(option, str(place)) for place, option in enumerate(question.options, 1))
            return Prompt("\n".join(lines), choices, head=f"Câu {number + 1}/{len(quiz.questions)} · {quiz.title}")

        return ask

    def reading(self, number: int) -> Callable[[str, Values], Reading]:
        name = self.courses.names[number]

        def read(answer: str, values: Values) -> Reading:
            question = self._quiz(values).questions[number]
            option = option_named(answer, question.options)
            if option is None and NO_IDEA.named(answer) is None:
                return Refused(_ONLY_ONE if _SEVERAL.fullmatch(_stripped(answer)) else _WHICH)
            right = option == question.right
            verdict = RIGHT if right else (WRONG if option else TOLD).format(answer=question.answer)
            because, citations = cited(question.because, question.sources, self._base, self._today())
            return Accepted({name: YES if right else NO}, f"{verdict} {because}", citations)

        return read

    async def finish(self, values: Values, desk: Desk) -> Finished:
        quiz = self._quiz(values)
        counts = await self.courses.finish(values, desk)
        answers = self.courses.answers(values)
        wrong = [one for one in quiz.questions if not answers[one.key]]
        lines = [_SCORE.format(right=len(answers) - len(wrong), total=len(answers))]
        if quiz.contest:
            lines.append(COUNTS if counts else ONLY_PRACTICE)
        lines.append(_READ_AGAIN if wrong else _ALL)
        reply = Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=(*self._cards(wrong), _ANOTHER))
        return Finished(reply)

    def _cards(self, questions: Sequence[Question]) -> Iterable[Button]:
        ids = dict.fromkeys(one.card for one in questions)
        cards = [self._base.cards[one] for one in ids if one in self._base.cards]
        applying = [one for one in cards if one.applies(self._today())]
        return [Button(label=one.question, payload=f"card:{one.id}") for one in applying[:_MOST_CARDS]]

    def _quiz(self, values: Values) -> Quiz:
        course = self.courses.of(values)
        assert course is not None, values  # a question is asked only of one that there is
        return self._base.quizzes[course.id]


def cited(
    text: str, sources: Mapping[int, SourceRef], base: KnowledgeBase, on: date
) -> tuple[str, tuple[Citation, ...]]:
    """Return a text with its markers counted from 1 in the order of the text, and the citations that they name."""
    numbers = {marker: number for number, marker in enumerate(markers_of(text), 1)}
    found = ((number, base.passage(sources[marker].passage_id)) for marker, number in numbers.items())
    citations = tuple(cite(number, passage, on) for number, passage in found if passage is not None)
    return MARKER.sub(lambda match: f"[{numbers[int(match[1])]}]", text), citations


def option_named(answer: str, options: Sequence[str]) -> int | None:
    """Return which option an answer names, from 1: by its number, its letter, or words that stand only in it.

    >>> option_named("câu b", ("Mở cửa", "Đóng cửa")), option_named("dong cua", ("Mở cửa", "Đóng cửa"))
    (2, 2)
    """
    if match := _LETTER.fullmatch(_stripped(answer)):
        number = _number(fold(match[1]))
        return number if number <= len(options) else None
    found = named(answer, options)
    return None if found is None else found + 1


def _stripped(answer: str) -> str:
    return clean(answer).strip(' .!)(“”"').lower()


def _number(typed: str) -> int:
    if typed.isdigit():
        return int(typed)
    return _NUMBERS[typed] if typed in _NUMBERS else "abcd".index(typed) + 1


def option_words(quizzes: Iterable[Quiz]) -> frozenset[str]:
    """Return all options as they are typed: what is typed so may be the answer to a question of a quiz."""
    options = [option for quiz in quizzes for question in quiz.questions for option in question.options]
    return frozenset(as_typed(one) for option in options for one in (option, fold(option)))


def as_typed(text: str) -> str:
    """Return a text without case, signs and blanks that do not matter."""
    return " ".join(syllables(text))


def _course(quiz: Quiz) -> Course:
    return Course(
        id=quiz.id,
        title=quiz.title,
        keys=tuple(one.key for one in quiz.questions),
        moment=quiz.measures.value,
        listed=quiz.measures is not Measured.BEFORE,
    )
