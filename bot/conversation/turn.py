"""One turn: a message in, replies out. Triage reads every message first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, Protocol
from uuid import UUID

from bot.conversation import phrases
from bot.conversation.answering import Composer
from bot.conversation.circumstances import Circumstances
from bot.conversation.citing import cite
from bot.conversation.finding import Finder, Finding, Verdict, asks
from bot.conversation.fine_sentences import FineSpeaker
from bot.conversation.keeping import kept_soon
from bot.conversation.messages import Button, Incoming, Kind, Reply, Turn
from bot.conversation.personal_data import without_personal_data
from intents.lexicon import Situation
from intents.screening import Screen, screen
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


class QuestionQueue(Protocol):
    """Where questions without an answer are kept for officials."""

    def keep_unanswered(
        self, conversation: UUID | None, channel: str, text: str, candidates: Sequence[dict[str, Any]]
    ) -> Coroutine[Any, Any, None]:
        """Store one question; raises when it cannot be stored."""


class Assistant:
    """Answers messages from the knowledge base; keeps no state between turns."""

    def __init__(
        self, base: KnowledgeBase, finder: Finder, queue: QuestionQueue | None, today: Callable[[], date]
    ) -> None:
        if missing := [one.value for one in Situation if one.value not in base.emergencies]:
            raise KnowledgeError([Fault(EMERGENCIES_FOLDER, 1, f"no emergency reply for {', '.join(missing)}")])
        self._base = base
        self._finder = finder
        self._queue = queue
        self._today = today
        self._composer = Composer(base)
        self._fines = FineSpeaker(base)

    async def respond(self, message: Incoming) -> Turn:
        """Return the replies to one message. Raises nothing for any text."""
        if message.payload is not None:
            return self._pressed(message.payload)
        assessment = assess(message.text)
        if assessment.level is Level.EMERGENCY:
            return self._with_asked(self._emergency(assessment), message.text)
        text = clean(message.text[:_CLEANED])[:UNDERSTANDING_LIMIT]
        turn = self._screened(text) or await self._answered(message, text)
        return _with_warning(turn) if assessment.level is Level.POSSIBLE else turn

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

    def _pressed(self, payload: str) -> Turn:
        kind, _, target = payload.partition(":")
        card = self._base.cards.get(target) if kind == "card" else None
        if card is not None and card.applies(self._today()):
            return self._card_turn(target, confidence=1.0)
        row = self._base.fines.rows.get(target) if kind == "fine" else None
        if row is not None:
            reply = self._fines.reply((row,), Circumstances.unsaid(), self._today())
            return Turn(kind=Kind.ANSWER, replies=(reply,))
        if kind == "false-alarm":
            return _said(Kind.SMALLTALK, phrases.NOT_AN_EMERGENCY)
        if kind == "none":
            return _said(Kind.ABSTAIN, phrases.UNCLEAR)
        return _said(Kind.ABSTAIN, phrases.GONE)

    def _screened(self, text: str) -> Turn | None:
        found = screen(text) if text else Screen.EMPTY
        if found is None:
            return None
        if found in _REFUSALS:
            return self._refused(found)
        kind = Kind.SMALLTALK if found in _SMALL_TALK else Kind.ABSTAIN
        return _said(kind, _SMALL_TALK.get(found) or _ABSTENTIONS[found])

    def _refused(self, found: Screen) -> Turn:
        passage = self._base.passage(_PROHIBITED_ACTS) if found is not Screen.INJECTION else None
        citations = (cite(1, passage, self._today()),) if passage else ()
        text = _REFUSALS[found] + (" [1]" if citations else "")
        return Turn(kind=Kind.REFUSE, replies=(Reply(kind=Kind.REFUSE, text=text, citations=citations),))

    async def _answered(self, message: Incoming, text: str) -> Turn:
        finding = self._finder.find(text, self._today())
        if finding.verdict is Verdict.CARD:
            turn = self._card_turn(finding.cards[0], finding.confidence)
            if finding.likely:
                turn = self._as_nearest(turn, finding)
            return self._with_quotation(self._with_label(turn, finding), finding)
        if finding.verdict is Verdict.FINES:
            return self._priced(finding)
        if finding.verdict is Verdict.SUGGEST:
            return self._suggested(finding)
        replies = self._composed(finding)
        if not replies:
            return await self._not_known(message, text, finding)
        return Turn(kind=replies[0].kind, replies=replies, confidence=finding.confidence)

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
        return _with_warning(turn) if card.possible_emergency else turn

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

    def _suggested(self, finding: Finding) -> Turn:
        fines = tuple(self._fines.choices(finding.fines))
        cards = tuple(self._composer.choices(finding.cards, self._today()))
        choices = (*fines, *cards[: _MOST_CHOICES - len(fines)], phrases.NONE_OF_THESE)
        reply = Reply(kind=Kind.SUGGEST, text=phrases.SUGGEST, buttons=choices)
        return Turn(kind=Kind.SUGGEST, replies=(reply,), cards=finding.cards, confidence=finding.confidence)

    async def _not_known(self, message: Incoming, text: str, finding: Finding) -> Turn:
        kept = await self._kept(message, text, finding)
        related: tuple[Button, ...] = tuple(self._composer.choices(finding.cards, self._today()))
        reply = Reply(
            kind=Kind.ABSTAIN,
            text=phrases.NOT_KNOWN_KEPT if kept else phrases.NOT_KNOWN,
            buttons=(*related, phrases.CALL_114),
        )
        return Turn(kind=Kind.ABSTAIN, replies=(reply,), cards=finding.cards, confidence=finding.confidence)

    async def _kept(self, message: Incoming, text: str, finding: Finding) -> bool:
        if self._queue is None:
            return False
        candidates = [{"card": card, "score": round(finding.confidence, 3)} for card in finding.cards]
        writing = self._queue.keep_unanswered(
            message.conversation, message.channel, without_personal_data(text), candidates
        )
        return await kept_soon(writing, "an unanswered question")


def _said(kind: Kind, text: str) -> Turn:
    return Turn(kind=kind, replies=(Reply(kind=kind, text=text),))


def _with_warning(turn: Turn) -> Turn:
    """Return the turn with the 114 line before its first reply, unless it opens with it already."""
    first, *others = turn.replies
    if first.text.startswith(phrases.IF_BURNING):
        return turn
    warned = replace(first, text=f"{phrases.IF_BURNING}\n\n{first.text}", buttons=_with_call(first.buttons))
    return replace(turn, replies=(warned, *others))


def _with_call(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
    return buttons if phrases.CALL_114 in buttons else (phrases.CALL_114, *buttons)
