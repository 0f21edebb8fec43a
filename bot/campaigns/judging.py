"""What the knowledge in use says of a plan: asked anew each time, since it is exchanged while the program runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final

from bot.campaigns.checking import Cited, Known, cited, faults
from bot.campaigns.content import Message, Moment, Plan
from bot.campaigns.previews import FrozenText, frozen, references, texts_digest
from bot.channels.showing import Rendering
from bot.store.campaign_checks import CitedDocument, each_once
from knowledge.check import KnowledgeBase
from knowledge.clock import VIET_NAM

_GONE: Final = "không còn trong kho tri thức"


@dataclass(frozen=True, kw_only=True)
class Judging:
    """Judges plans for the store, and makes the texts that approval freezes. `now` has a time zone."""

    base: Callable[[], KnowledgeBase]
    renderings: Mapping[str, Rendering]
    known: Callable[[], Known]
    now: Callable[[], datetime]

    def faults(self, plan: Plan) -> Sequence[str]:
        """Return what must be put right, in Vietnamese, each once: of the plan, and of its texts on each channel."""
        known = replace(self.known(), renderings=self.renderings)
        found = faults(plan, self.base(), self.now(), known)
        return list(dict.fromkeys(one.text for one in found if one.blocks))

    def cited(self, plan: Plan, day: date) -> Sequence[CitedDocument]:
        """Return the documents that its messages rest on, each once, as they stand on `day`, whenever they are due.

        Of several provisions of one the first that is not in force counts. What is gone from the knowledge since, or a
        card that does not apply then, is not in force.
        """
        base = self.base()
        moment = Moment(at=datetime.combine(day, time()))
        messages = tuple(replace(one, when=moment) for one in plan.messages)
        provisions = cited(replace(plan, messages=messages), base, day)
        return each_once([*map(_document, provisions), *_gone(messages, base, day)])

    def texts_digest(self, plan: Plan) -> bytes:
        """Return a digest of all that its messages say on each channel, sources included. Its faults do not matter."""
        return texts_digest(plan, self.base(), self.renderings, today=self._today())

    def texts(self, message: Message, message_id: int, plan: Plan) -> Sequence[FrozenText]:
        """Return what is sent of a message on each channel in each variant. Raises `UnfitMessageError`."""
        return frozen(message, message_id, plan, self.base(), self.renderings, today=self._today())

    def _today(self) -> date:
        return self.now().astimezone(VIET_NAM).date()


def _document(one: Cited) -> CitedDocument:
    name = f"{one.number} ({one.title})" if one.number else one.title
    return CitedDocument(
        document=one.document,
        name=name,
        standing=one.standing,
        in_force=one.in_force,
    )


def _gone(messages: Sequence[Message], base: KnowledgeBase, day: date) -> Iterator[CitedDocument]:
    for message in messages:
        for source in references(message, base):
            if source.document not in base.documents:
                yield _void(source.document, f"văn bản “{source.document}”")
        for name in message.cards:
            card = base.cards.get(name)
            if card is None:
                yield _void(f"card:{name}", f"thẻ trả lời “{name}”")
            elif not card.applies(day):
                yield _void(f"card:{name}", f"thẻ trả lời “{card.question}”", "không áp dụng vào ngày gửi")


def _void(id_: str, name: str, standing: str = _GONE) -> CitedDocument:
    return CitedDocument(document=id_, name=name, standing=standing, in_force=False)
