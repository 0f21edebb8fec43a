"""Replies from the knowledge base: what is found, emergencies, fixed replies. Keeps nothing between turns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from bot.conversation import phrases
from bot.conversation.answering import Composer
from bot.conversation.circumstances import Circumstances
from bot.conversation.citing import cite
from bot.conversation.finding import Finder, Finding, Verdict, asks
from bot.conversation.fine_sentences import FineSpeaker
from bot.conversation.messages import Button, Incoming, Kind, Reply, Turn
from bot.conversation.named_laws import LawNotices
from intents.lexicon import Situation
from intents.screening import Screen
from intents.triage import Assessment, Level, assess
from knowledge.check import KnowledgeBase
from knowledge.emergencies import EMERGENCIES_FOLDER
from knowledge.faults import Fault, KnowledgeError
from knowledge.vietnamese import UNDERSTANDING_LIMIT, clean

_CLEANED: Final = 8 * UNDERSTANDING_LIMIT  # characters; cleaning more would hold everybody up for nothing
_FLOOD_READ: Final = 500
_LOG: Final = logging.getLogger(__name__)
_PROHIBITED_ACTS: Final = "luat-55-2024-qh15#dieu-14"

_MOST_CHOICES: Final = 3
_STARTERS: Final = (
    "chay-len-hay-xuong",
    "goi-114-noi-gi",
    "phat-hien-chay-lam-gi",
    "sac-xe-dien-an-toan",
    "nha-tro-giay-pccc",
    "phat-khong-binh",
)
_WHERE_TO_REPORT: Final = ("bao-vi-pham-o-dau",)
_SMALL_TALK: Final = {
    Screen.GREETING: phrases.GREETING,
    Screen.THANKS: phrases.THANKS,
    Screen.GOODBYE: phrases.GOODBYE,
    Screen.ABOUT_BOT: phrases.ABOUT,
    Screen.ABUSE: phrases.ABUSE,
    Screen.NEGATED_EMERGENCY: phrases.NOT_AN_EMERGENCY,
}
_ABSTENTIONS: Final = {
    Screen.EMPTY: phrases.EMPTY,
    Screen.UNCLEAR: phrases.UNCLEAR,
    Screen.NOT_VIETNAMESE: phrases.NOT_VIETNAMESE,
}
_REFUSALS: Final = {
    Screen.HARMFUL: phrases.REFUSE_HARM,
    Screen.DISHONEST: phrases.REFUSE_DISHONEST,
    Screen.INJECTION: phrases.REFUSE_ROLE,
}


class Assistant:
    """Answers from the knowledge base as of today."""

    def __init__(self, base: KnowledgeBase, finder: Finder, today: Callable[[], date]) -> None:
        if missing := [one.value for one in Situation if one.value not in base.emergencies]:
            raise KnowledgeError([Fault(EMERGENCIES_FOLDER, 1, f"no emergency reply for {', '.join(missing)}")])
        self._base = base
        self._finder = finder
        self._today = today
        self._composer = Composer(base)
        self._fines = FineSpeaker(base)
        self._laws = LawNotices(base)

    @property
    def base(self) -> KnowledgeBase:
        """What is known."""
        return self._base

    @property
    def finder(self) -> Finder:
        """What finds in it."""
        return self._finder

    @property
    def day(self) -> date:
        """The day as of which is answered."""
        return self._today()

    def urgent(self, assessment: Assessment, text: str) -> Turn:
        """Return the emergency reply, and after it the card that answers what is asked in the same breath."""
        return self._with_asked(self._emergency(assessment), text)

    def despite_flood(self, message: Incoming) -> Turn | None:
        """Return the reply to an emergency, or None: all that a visitor who sends too much is answered.

        Only the beginning and the end of the message are read, so that a flood of long ones slows nobody else.
        """
        beginning, rest = message.text[:_FLOOD_READ], message.text[_FLOOD_READ:]
        found = (assess(part) for part in (beginning, rest[-_FLOOD_READ:]) if part)
        assessment = next((one for one in found if one.level is Level.EMERGENCY), None)
        return None if assessment is None else self._emergency(assessment)

    def starters(self) -> Sequence[Button]:
        """Questions to begin with, as buttons."""
        return tuple(self._composer.choices(_STARTERS, self._today()))

    def _emergency(self, assessment: Assessment) -> Turn:
        situation = assessment.situation or Situation.CRY_FOR_HELP
        known = self._base.emergencies.get(situation.value) or self._base.emergencies[Situation.CRY_FOR_HELP.value]
        reply = self._composer.emergency(known, self._today())
        return Turn(kind=Kind.EMERGENCY, replies=(reply,), cards=(known.id,))

    def _with_asked(self, turn: Turn, text: str) -> Turn:
        """Add, after what to do now, the card that answers the question in the same breath, if there is one.

        Whatever happens here, the emergency is answered.
        """
        try:
            asked = clean(text[:_CLEANED])[:UNDERSTANDING_LIMIT]
            card = self._finder.card_beside(asked, self._today()) if asks(asked) else None
        except Exception:
            _LOG.exception("an emergency is answered without the question beside it")
            return turn
        if card is None:
            return turn
        reply = self._composer.card(card, self._today())
        told = replace(reply, text=f"{phrases.ASKED_BESIDE}\n{reply.text}")
        return replace(turn, replies=(*turn.replies, told), cards=(*turn.cards, card.id))

    def pressed(self, payload: str) -> Turn:
        """Return the reply to a button of an answer; to one that is no more, a kind word."""
        kind, _, target = payload.partition(":")
        card = self._base.cards.get(target) if kind == "card" else None
        if card is not None and card.applies(self._today()):
            return self._card_turn(target, confidence=1.0)
        row = self._base.fines.rows.get(target) if kind == "fine" else None
        if row is not None:
            reply = self._fines.reply((row,), Circumstances.unsaid(), self._today())
            return Turn(kind=Kind.ANSWER, replies=(reply,))
        if kind == "false-alarm":
            return said(Kind.SMALLTALK, phrases.NOT_AN_EMERGENCY)
        if kind == "none":
            return said(Kind.ABSTAIN, phrases.UNCLEAR)
        return said(Kind.ABSTAIN, phrases.GONE)

    def fixed(self, found: Screen) -> Turn:
        """Return the fixed reply to what screening saw."""
        if found in _REFUSALS:
            return self._refused(found)
        kind = Kind.SMALLTALK if found in _SMALL_TALK else Kind.ABSTAIN
        return said(kind, _SMALL_TALK.get(found) or _ABSTENTIONS[found])

    def _refused(self, found: Screen) -> Turn:
        passage = self._base.passage(_PROHIBITED_ACTS) if found is not Screen.INJECTION else None
        citations = (cite(1, passage, self._today()),) if passage else ()
        text = _REFUSALS[found] + (" [1]" if citations else "")
        return Turn(kind=Kind.REFUSE, replies=(Reply(kind=Kind.REFUSE, text=text, citations=citations),))

    def find(self, text: str, home: str | None = None) -> Finding:
        """Return the best finding as of today; `home` is where the resident lives, used when no place is named."""
        return self._finder.find(text, self._today(), home)

    def answer(self, finding: Finding) -> Turn | None:
        """Return the answer that was found, or None when nothing was."""
        turn = self._answered(finding)
        return self._with_laws(turn, finding) if turn is not None else None

    def _with_laws(self, turn: Turn, finding: Finding) -> Turn:
        """Say first what became of the laws that were named."""
        first, *others = turn.replies
        return replace(turn, replies=(self._laws.before(first, finding, self._today()), *others))

    def _answered(self, finding: Finding) -> Turn | None:
        if finding.verdict is Verdict.CARD:
            turn = self._card_turn(finding.cards[0], finding.confidence)
            if finding.likely:
                turn = self._as_nearest(turn, finding)
            return self._with_quotation(self._with_label(turn, finding), finding)
        if finding.verdict is Verdict.FINES:
            return self._priced(finding)
        replies = self._composed(finding)
        return Turn(kind=replies[0].kind, replies=replies, confidence=finding.confidence) if replies else None

    def _composed(self, finding: Finding) -> tuple[Reply, ...]:
        """What is composed from documents and places; nothing where nothing was found."""
        composer, today = self._composer, self._today()
        match finding.verdict:
            case Verdict.STANDING:
                first, *others = (composer.standing(one, today, finding.past) for one in finding.documents)
                related = tuple(composer.choices(finding.cards, today))
                return (replace(first, buttons=related), *others)
            case Verdict.LAW_THEN if finding.past is not None:
                return (composer.law_then(finding.documents, finding.past, today),)
            case Verdict.PLACE if finding.place is not None:
                return (composer.place(finding.place, today),)
            case Verdict.PASSAGES:
                return (composer.passages(finding.passages, today),)
            case Verdict.NOT_HELD:
                nearest = tuple(composer.choices(finding.cards[:_MOST_CHOICES], today))
                return (self._laws.not_held(finding, (*nearest, phrases.CALL_114), today),)
            case _:
                return ()

    def _priced(self, finding: Finding) -> Turn:
        assert finding.circumstances is not None
        reply = self._fines.reply(finding.fines, finding.circumstances, self._today())
        related = tuple(self._composer.choices(finding.cards, self._today()))
        replies = (replace(reply, buttons=related),)
        return Turn(kind=Kind.ANSWER, replies=replies, cards=finding.cards[:1], confidence=finding.confidence)

    def _card_turn(self, card_id: str, confidence: float) -> Turn:
        card = self._base.cards[card_id]
        turn = Turn(
            kind=Kind.ANSWER,
            replies=(self._composer.card(card, self._today()),),
            cards=(card_id,),
            confidence=confidence,
        )
        return with_warning(turn) if card.possible_emergency else turn

    def _as_nearest(self, turn: Turn, finding: Finding) -> Turn:
        """Show the card under its own question, with what else may have been meant."""
        first, *others = turn.replies
        question = self._base.cards[turn.cards[0]].question
        text = f"{phrases.NEAREST.format(question=question)}\n{first.text}"
        choices = tuple(self._composer.choices(finding.alternatives, self._today()))
        nearest = replace(first, text=text, buttons=(*choices, phrases.NONE_OF_THESE))
        return replace(turn, replies=(nearest, *others))

    def _with_label(self, turn: Turn, finding: Finding) -> Turn:
        """Say first that the answer is today's law, when a time before it was asked about."""
        if finding.past is None:
            return turn
        label = self._composer.label_of_past(self._base.cards[turn.cards[0]], finding.past, self._today())
        if label is None:
            return turn
        first, *others = turn.replies
        return replace(turn, replies=(replace(first, text=f"{label}\n\n{first.text}"), *others))

    def _with_quotation(self, turn: Turn, finding: Finding) -> Turn:
        """Add what the directive that was asked about says itself."""
        if not finding.passages:
            return turn
        quotation = self._composer.passages(finding.passages, self._today())
        replies = (quotation, *turn.replies) if finding.place else (*turn.replies, quotation)
        return replace(turn, replies=replies)

    def again(self, situation: str) -> Turn:
        """Return the reply of an emergency that was answered already, under a word that nobody is called from here."""
        known = self._base.emergencies.get(situation) or self._base.emergencies[Situation.CRY_FOR_HELP.value]
        reply = self._composer.emergency(known, self._today())
        told = replace(reply, text=f"{phrases.CALL_YOURSELF}\n{reply.text}")
        return Turn(kind=Kind.EMERGENCY, replies=(told,), cards=(known.id,))

    def beside(self, text: str) -> Turn | None:
        """Return the nearest card to what is asked during an emergency, or None."""
        card = self._finder.card_beside(text, self._today())
        return self._card_turn(card.id, 1.0) if card else None

    def repeated(self, cards: Sequence[str]) -> Turn:
        """Say that what was answered before is all there is, with what is related to it."""
        related = [one for card in cards[:1] if card in self._base.cards for one in self._base.cards[card].related]
        buttons = tuple(self._composer.choices(related[:_MOST_CHOICES], self._today()))
        reply = Reply(kind=Kind.SUGGEST, text=phrases.SAID_ABOVE, buttons=buttons)
        return Turn(kind=Kind.SUGGEST, replies=(reply,), cards=tuple(cards[:1]))

    def asked_back(self, text: str, finding: Finding) -> Turn:
        """Ask back, with the nearest cards to choose from."""
        choices = tuple(self._composer.choices(finding.cards[:_MOST_CHOICES], self._today()))
        reply = Reply(kind=Kind.ABSTAIN, text=text, buttons=choices)
        turn = Turn(kind=Kind.ABSTAIN, replies=(reply,), cards=finding.cards, confidence=finding.confidence)
        return self._with_laws(turn, finding)

    def suggested(self, finding: Finding) -> Turn:
        """Offer what may be meant."""
        fines = tuple(self._fines.choices(finding.fines))
        cards = tuple(self._composer.choices(finding.cards, self._today()))
        choices = (*fines, *cards[: _MOST_CHOICES - len(fines)], phrases.NONE_OF_THESE)
        reply = Reply(kind=Kind.SUGGEST, text=phrases.SUGGEST, buttons=choices)
        turn = Turn(kind=Kind.SUGGEST, replies=(reply,), cards=finding.cards, confidence=finding.confidence)
        return self._with_laws(turn, finding)

    def not_known(self, finding: Finding, *, kept: bool) -> Turn:
        """Say that there is no answer; `kept` tells whether the question was kept for officials."""
        related: tuple[Button, ...] = tuple(self._composer.choices(finding.cards, self._today()))
        reply = Reply(
            kind=Kind.ABSTAIN,
            text=phrases.NOT_KNOWN_KEPT if kept else phrases.NOT_KNOWN,
            buttons=(*related, phrases.CALL_114),
        )
        turn = Turn(kind=Kind.ABSTAIN, replies=(reply,), cards=finding.cards, confidence=finding.confidence)
        return self._with_laws(turn, finding)

    def related(self, finding: Finding, text: str, *, wants_action: bool) -> Turn | None:
        """Return what may help somebody who tells something: what was found, sure or near, else where to turn.

        `wants_action`: a danger or a wrong is told, so that there is something to do beside passing it on.
        """
        if finding.verdict is Verdict.CARD:
            return self._card_turn(finding.cards[0], finding.confidence)
        if finding.verdict not in {Verdict.SUGGEST, Verdict.NOTHING, Verdict.PLACE}:
            return self.answer(finding)
        if not wants_action:
            return None
        beside = self._finder.card_beside(text, self._today())
        return self._card_turn(beside.id if beside else _WHERE_TO_REPORT[0], finding.confidence)

    def where_to_report(self, finding: Finding, shown: Turn | None) -> tuple[Button, ...]:
        """Return buttons for what else helps somebody who reports: where else to turn, and what is nearest."""
        nearest = finding.cards[:1] if shown is None else ()
        shown_cards = shown.cards if shown else ()
        offered = [card for card in dict.fromkeys((*_WHERE_TO_REPORT, *nearest)) if card not in shown_cards]
        return tuple(self._composer.choices(offered, self._today()))


def said(kind: Kind, text: str) -> Turn:
    """Return a turn of one fixed reply."""
    return Turn(kind=kind, replies=(Reply(kind=kind, text=text),))


def with_warning(turn: Turn) -> Turn:
    """Return the turn with the 114 line before its first reply, unless it opens with it already."""
    first, *others = turn.replies
    if phrases.IF_BURNING in first.text:
        return turn
    warned = replace(first, text=f"{phrases.IF_BURNING}\n\n{first.text}", buttons=_with_call(first.buttons))
    return replace(turn, replies=(warned, *others))


def _with_call(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
    return buttons if phrases.CALL_114 in buttons else (phrases.CALL_114, *buttons)
