"""What a message is answered that no form and no set command takes: one question, several, or one that goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.conversation import phrases
from bot.conversation.commands import REPORT_KINDS, Command
from bot.conversation.finding import Finding, Verdict, asks
from bot.conversation.flows import report
from bot.conversation.follow_up import continues, joined
from bot.conversation.memory import Memory, Subject
from bot.conversation.messages import Kind, Reply, Turn
from bot.conversation.routing import Act, Route, Router, Sense
from bot.conversation.several import MOST, parts_of
from bot.conversation.turn import Assistant, said
from bot.feedback.kinds import ReportKind
from intents.intents import Intent
from intents.screening import Screen, screen
from intents.understanding import Understanding
from knowledge.places import Unit
from knowledge.vietnamese import syllables

_LONGEST_SUBJECT: Final = 300  # characters of a question that a follow-up is joined to
_FRAGMENT: Final = 6  # words
_NO_QUESTION: Final = 3  # words
_LONGEST_SHOWN: Final = 80
_ALONE: Final = frozenset({Screen.EMPTY, Screen.HARMFUL, Screen.DISHONEST, Screen.INJECTION, Screen.NEGATED_EMERGENCY})
"""What screening saw that no question before changes."""
_FOLLOWS: Final = 0.5
_MAY_BE: Final = 0.1
"""From this probability the intent counts when the category of a report is proposed."""
_ASKED_BACK: Final[Mapping[Intent, str]] = {
    Intent.ASK_FINE: phrases.WHICH_FINE,
    Intent.ASK_DOCUMENT: phrases.WHICH_DOCUMENT,
    Intent.ASK_DUTY: phrases.WHICH_DUTY,
    Intent.ASK_EQUIPMENT: phrases.WHICH_EQUIPMENT,
}


@dataclass(frozen=True)
class Start:
    """A flow to open, with what is known already."""

    flow: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Answered:
    """The turn, and what follows from it.

    `subject`: what a follow-up may continue. `unanswered`: what was found for a question that nobody could answer, to
    be kept for officials. `sure`: it surely answers. `place`: the one place that was named. `start` and `command` are
    carried out after the turn's replies.
    """

    turn: Turn
    subject: Subject | None = None
    unanswered: Finding | None = None
    sure: bool = False
    place: Unit | None = None
    start: Start | None = None
    command: Command | None = None


class Answers:
    """Answers messages from the knowledge base, as the router decides."""

    def __init__(self, assistant: Assistant, router: Router) -> None:
        self._assistant = assistant
        self._router = router

    def answer(
        self, text: str, understanding: Understanding | None, memory: Memory, home: str | None, now: datetime
    ) -> Answered:
        """Return what a cleaned message is answered."""
        screened = screen(text) if text else Screen.EMPTY
        subject = memory.fresh_subject(now)
        if screened is not None and (subject is None or screened in _ALONE):
            return Answered(self._assistant.fixed(screened))
        finding = self._assistant.find(text, home)
        sense = Sense(text, screened, understanding, finding)
        if subject is not None and (continued := self._continued(sense, subject, home, now)) is not None:
            return continued
        if screened is None and (several := self._several(sense, home, now)) is not None:
            return several
        return self._carried_out(self._router.route(sense), sense, now)

    def sure_answer(self, text: str, home: str | None) -> Answered | None:
        """Return the sure answer to a question asked in the middle of a form, or None."""
        sense = Sense(text, None, None, self._assistant.find(text, home))
        answers = sense.sure and sense.finding.verdict not in {Verdict.PLACE, Verdict.NOT_HELD}
        return self._given(sense, None) if answers else None

    def _continued(self, sense: Sense, subject: Subject, home: str | None, now: datetime) -> Answered | None:
        """Answer a fragment as the continuation of the subject, where that finds something else than before."""
        is_fragment = continues(sense.text) or sense.likely(Intent.FOLLOW_UP) >= _FOLLOWS
        if sense.sure and sense.likely(Intent.FOLLOW_UP) < _FOLLOWS and len(syllables(sense.text)) > _FRAGMENT:
            is_fragment = False  # a whole question that only sounds like the end of one
        only_place = sense.finding.verdict is Verdict.PLACE
        if not (is_fragment or only_place):
            return None
        question = joined(subject.question, sense.text)
        whole = replace(sense, text=question, finding=self._assistant.find(question, home))
        given = (
            self._given(whole, Subject(question[-_LONGEST_SUBJECT:], whole.finding.cards, now)) if whole.sure else None
        )
        if given is None:
            return None
        if _digest(given.turn) == subject.said:
            if sense.sure or sense.screened in {Screen.GREETING, Screen.THANKS, Screen.GOODBYE}:
                return None
            return Answered(self._assistant.repeated(given.turn.cards or subject.cards), subject)
        first, *others = given.turn.replies
        head = phrases.ABOUT_BEFORE.format(question=_short(subject.question))
        turn = replace(given.turn, replies=(replace(first, text=f"{head}\n{first.text}"), *others))
        return replace(given, turn=turn)

    def _several(self, sense: Sense, home: str | None, now: datetime) -> Answered | None:
        """Answer each question of a message that asks several, if each is surely answered, and differently."""
        given: list[Answered] = []
        asked: list[str] = []
        for part in parts_of(sense.text):
            finding = self._assistant.find(part, home)
            if not _answers(finding, part) and asked:
                finding = self._assistant.find(joined(asked[-1], part), home)
            answered = self._given(Sense(part, None, None, finding), None) if _answers(finding, part) else None
            if answered is not None and answered.turn.replies[0].text not in {
                one.turn.replies[0].text for one in given
            }:
                given.append(answered)
                asked.append(part)
        if len(given) < 2:
            return None
        replies = tuple(reply for one in given[:MOST] for reply in one.turn.replies)
        cards = tuple(dict.fromkeys(card for one in given for card in one.turn.cards))
        confidence = min(one.turn.confidence for one in given)
        turn = Turn(kind=Kind.ANSWER, replies=replies, cards=cards, confidence=confidence)
        return Answered(turn, Subject(asked[-1][:_LONGEST_SUBJECT], given[-1].turn.cards, now))

    def _given(self, sense: Sense, subject: Subject | None) -> Answered | None:
        turn = self._assistant.answer(sense.finding)
        if turn is None:
            return None
        remembered = replace(subject, said=_digest(turn)) if subject else None
        return Answered(
            turn,
            remembered,
            sure=sense.sure and sense.finding.verdict is not Verdict.PLACE,
            place=_place_of(sense.finding),
        )

    def _carried_out(self, route: Route, sense: Sense, now: datetime) -> Answered:
        subject = Subject(sense.text[:_LONGEST_SUBJECT], sense.finding.cards, now)
        answered: Answered | None = None
        match route.act:
            case Act.ANSWER:
                answered = self._given(sense, subject)
            case Act.SUGGEST:
                answered = Answered(self._assistant.suggested(sense.finding), subject)
            case Act.ASK_BACK if route.asked is not None:
                answered = Answered(self._assistant.asked_back(_ASKED_BACK[route.asked], sense.finding), subject)
            case Act.REPORT if route.report is not None:
                answered = self._report(route.report, sense, subject)
            case Act.OUTSIDE:
                answered = Answered(said(Kind.ABSTAIN, phrases.OUTSIDE))
            case Act.COMMAND:
                answered = Answered(Turn(kind=Kind.FLOW, replies=()), subject, command=route.command)
            case Act.SMALL_TALK | Act.REFUSE if route.screen is not None:
                answered = Answered(self._assistant.fixed(route.screen))
        return answered or self._not_known(sense, subject)

    def _not_known(self, sense: Sense, subject: Subject) -> Answered:
        if len(syllables(sense.text)) <= _NO_QUESTION and not sense.asks:
            return Answered(self._assistant.fixed(Screen.UNCLEAR))  # a word or two is no question for officials
        return Answered(self._assistant.not_known(sense.finding, kept=False), subject, unanswered=sense.finding)

    def _report(self, kind: ReportKind, sense: Sense, subject: Subject) -> Answered:
        """Show what helps whoever tells of something, then offer to pass it on."""
        wrong = kind in {ReportKind.HAZARD, ReportKind.CONDUCT}
        related = self._assistant.related(sense.finding, sense.text, wants_action=wrong)
        seen = Reply(
            kind=Kind.REPORT, text=phrases.REPORT_SEEN, buttons=self._assistant.where_to_report(sense.finding, related)
        )
        turn = Turn(
            kind=Kind.REPORT,
            replies=(*(related.replies if related else ()), seen),
            cards=related.cards if related else (),
            confidence=sense.likely(*REPORT_KINDS) or 1.0,
        )
        likely = sorted((one for one in REPORT_KINDS if sense.likely(one) >= _MAY_BE), key=sense.likely, reverse=True)
        told = dict.fromkeys([kind, *(REPORT_KINDS[one] for one in likely)])
        return Answered(turn, subject, start=Start(report.NAME, {"told": ",".join(told), "text": sense.text}))


def _answers(finding: Finding, part: str) -> bool:
    """Whether what was found surely answers a part of a message that is a question."""
    sure = finding.verdict in {Verdict.CARD, Verdict.FINES, Verdict.STANDING, Verdict.PASSAGES} and not finding.likely
    return sure and (asks(part) or finding.verdict in {Verdict.FINES, Verdict.STANDING} or finding.confidence > 0.7)


def _digest(turn: Turn) -> str:
    """What tells two replies apart, but for the line about the question before."""
    return hashlib.blake2b(turn.replies[0].text.encode(), digest_size=8).hexdigest() if turn.replies else ""


def _place_of(finding: Finding) -> Unit | None:
    """The place that was named, if it is exactly one."""
    units = finding.place.units if finding.place else ()
    return units[0] if len(units) == 1 else None


def _short(question: str) -> str:
    return question if len(question) <= _LONGEST_SHOWN else f"{question[:_LONGEST_SHOWN].rsplit(' ', 1)[0]}…"


def record_of(finding: Finding) -> list[dict[str, Any]]:
    """Return the candidates of a question that was not answered, as officials see them."""
    return [{"card": card, "score": round(finding.confidence, 3)} for card in finding.cards]
