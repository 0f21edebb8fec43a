"""Composes replies from knowledge: answer cards, passages, emergency replies. Writes no claim of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.conversation import phrases
from bot.conversation.citing import cite, cite_document
from bot.conversation.messages import Button, Citation, Image, Kind, Reply
from knowledge.answers import Card
from knowledge.check import KnowledgeBase
from knowledge.documents import Document, Passage
from knowledge.emergencies import EmergencyReply
from knowledge.past import Past
from knowledge.places import Contact, Place
from knowledge.validity import Validity, applied_on, spoken, status_text, status_then, validity

MOST_RELATED = 3
_LONGEST_QUOTE = 1200


class Composer:
    """Turns cards, passages and emergency replies into replies as of one day."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def card(self, card: Card, on: date) -> Reply:
        """The card's text with markers, its citations, and related questions as buttons."""
        text = "\n".join(_card_lines(card))
        return Reply(
            kind=Kind.ANSWER,
            text=text,
            citations=tuple(self._card_citations(card, on)),
            buttons=tuple(self.choices(card.related[:MOST_RELATED], on)),
            image=self._image(card),
        )

    def _image(self, card: Card) -> Image | None:
        return Image(name=self._base.pictures[card.image.file].png_name, alt=card.image.alt) if card.image else None

    def choices(self, card_ids: Iterable[str], on: date) -> Iterable[Button]:
        """A button for each card that applies on the day, labelled with its question."""
        for card_id in card_ids:
            card = self._base.cards.get(card_id)
            if card is not None and card.applies(on):
                yield Button(label=card.question, payload=f"card:{card_id}")

    def passages(self, found: Sequence[Passage], on: date) -> Reply:
        """Quotes passages of one document word for word (laws: in the words of the register), with their source."""
        document = found[0].document
        head = phrases.QUOTED.format(document=full_name(document), about=standing(document, on))
        quotes = [f"{_quoted(passage)} [{marker}]" for marker, passage in enumerate(found, 1)]
        citations = tuple(cite(marker, passage, on) for marker, passage in enumerate(found, 1))
        return Reply(kind=Kind.ANSWER, text="\n".join([head, *quotes]), citations=citations)

    def law_then(self, documents: Sequence[Document], past: Past, on: date) -> Reply:
        """Lists the documents that applied at a time in the past, with what became of each."""
        if not documents:
            return Reply(kind=Kind.ABSTAIN, text=phrases.NO_LAW_THEN.format(day=spoken(past.end)))
        lines = [phrases.LAW_THEN.format(day=spoken(past.end))]
        for marker, one in enumerate(documents, 1):
            lines.append(f"{marker}. {full_name(one)}; đến nay: {status_text(one, on)}. [{marker}]")
        citations = tuple(cite_document(marker, one, on) for marker, one in enumerate(documents, 1))
        return Reply(kind=Kind.ANSWER, text="\n".join(lines), citations=citations)

    def label_of_past(self, card: Card, past: Past, on: date) -> str | None:
        """Says that a card is today's law although a time in the past was asked about, and what applied then; or None.

        A past without a beginning ("hồi trước") is more often a manner of speaking than a question.
        """
        cited = dict.fromkeys(ref.document for ref in card.sources.values())
        newer = [self._base.documents[one] for one in cited]
        newer = [one for one in newer if one.effective is not None and one.effective > past.end]
        if card.historical or past.start is None or not newer:
            return None
        lines = [phrases.TODAYS_LAW.format(today=spoken(on))]
        for one in newer:
            earlier = [self._base.documents[other] for other in one.replaces]
            names = [other.short_name for other in earlier if applied_on(other, past.end)]
            then = f"; khi đó áp dụng {', '.join(names)}" if names else ""
            lines.append(
                f"Ngày {spoken(past.end)} {one.short_name} chưa có hiệu lực (từ {spoken(one.effective)}){then}."
            )
        return "\n".join(lines)

    def standing(self, document: Document, on: date, past: Past | None = None) -> Reply:
        """States number, issuer, dates, validity and successors of a document; first as of a past day if asked."""
        then = f"Tính đến {spoken(past.end)}: {status_then(document, past.end)}. [1]" if past else None
        now = f"{full_name(document)}: {'hôm nay ' if past else ''}{status_text(document, on)}. [1]"
        lines = [*([then] if then else []), now, *self._facts(document, on)]
        citations = [cite_document(1, document, on)]
        for marker, other in enumerate(document.replaced_by, 2):
            successor = self._base.documents[other]
            changed = self._changed_by(successor)
            lines.append(f"Nay dùng: {full_name(successor)}, {status_text(successor, on)}{changed}. [{marker}]")
            citations.append(cite_document(marker, successor, on))
        return Reply(kind=Kind.ANSWER, text="\n".join(lines), citations=tuple(citations))

    def _changed_by(self, document: Document) -> str:
        names = [self._base.documents[one].short_name for one in document.amended_by]
        return f" bởi {', '.join(names)}" if names else ""

    def _facts(self, document: Document, on: date) -> list[str]:
        issued = spoken(document.issued) if document.issued else "mình chưa đối chiếu được"
        lines = [f"Ngày ban hành: {issued}{f'; cơ quan: {document.issuer}' if document.issuer else ''}. [1]"]
        if document.effective:
            lines.append(f"Hiệu lực từ: {spoken(document.effective)}. [1]")
        if document.status_note and document.status_note not in status_text(document, on):
            lines.append(f"Tình trạng: {document.status_note}. [1]")
        if (changed := self._changed_by(document)) and validity(document, on) is not Validity.EXPIRED:
            lines.append(f"Đã được sửa đổi{changed}. [1]")
        lines.append(f"Mình đối chiếu lần cuối ngày {spoken(document.checked_on)}.")
        return lines

    def place(self, place: Place, on: date) -> Reply:
        """Says what is known of the place somebody lives in: its units, its directive, its contact points."""
        lines, citations = [self._where(place)], list[Citation]()
        for document_id in place.old.documents if place.old else ():
            document = self._base.documents[document_id]
            citations.append(cite_document(len(citations) + 1, document, on))
            lines.append(
                f"Văn bản của nơi này mà mình có: {full_name(document)}, {standing(document, on)}. [{len(citations)}]"
            )
        contacts = [contact for unit in place.units[:1] for contact in self._base.places.contacts_of(unit)]
        lines += [_contact_line(one) for one in contacts] or [phrases.NO_CONTACT]
        lines.append(phrases.ASK_ON)
        return Reply(kind=Kind.ANSWER, text="\n".join(lines), citations=tuple(citations), buttons=(phrases.CALL_114,))

    def _where(self, place: Place) -> str:
        names = "; ".join(
            f"{one.name} ({one.province})" if not one.is_province else one.name for one in place.units[:8]
        )
        if place.named_old and place.old:
            ended = f"{place.old.old.name} không còn là đơn vị hành chính từ {spoken(place.old.until)}"
            return f"{ended}; vùng này nay thuộc: {names}."
        if len(place.units) > 1:
            return f"Tên này có ở nhiều nơi: {names}. Bạn nói thêm tỉnh, thành phố nhé."
        formerly = f", trước 01/07/2025 thuộc {place.old.old.name}" if place.old else ""
        return f"{names}{formerly}."

    def emergency(self, reply: EmergencyReply, on: date) -> Reply:
        """The number to call, then the actions; citations come last and never before an action."""
        citations: list[Citation] = []
        lines = [reply.first_line]
        for number, action in enumerate(reply.actions, 1):
            passage = self._base.passage(action.source.passage_id) if action.source else None
            marker = _marker(citations, passage, on)
            lines.append(f"{number}. {action.text}{f' [{marker}]' if marker else ''}")
        if reply.ask:
            lines.append(reply.ask)
        calls = tuple(Button(label=f"Gọi {number}", url=f"tel:{number}") for number in reply.call)
        return Reply(
            kind=Kind.EMERGENCY,
            text="\n".join(lines),
            citations=tuple(citations),
            buttons=(*calls, phrases.FALSE_ALARM),
        )

    def _card_citations(self, card: Card, on: date) -> Iterable[Citation]:
        used = {marker for line in card.lines for marker in line.markers}
        for marker, ref in sorted(card.sources.items()):
            if marker not in used:
                continue
            passage = self._base.passage(ref.passage_id)
            if passage is not None:
                yield cite(marker, passage, on)


def _contact_line(contact: Contact) -> str:
    parts = [contact.phone, contact.address, contact.email]
    reached = ", ".join(part for part in parts if part)
    return f"{contact.office}: {reached} (do {contact.confirmed_by} cung cấp, {spoken(contact.checked_on)})."


def full_name(document: Document) -> str:
    """Name and title: Nghị định 105/2025/NĐ-CP “…”."""
    return document.short_name if document.number is None else f"{document.short_name} “{document.title}”"


def standing(document: Document, on: date) -> str:
    """Issuer, date and validity in one phrase."""
    parts = [document.issuer, f"ban hành {spoken(document.issued)}" if document.issued else None]
    return "; ".join([part for part in parts if part] + [status_text(document, on)])


def _card_lines(card: Card) -> list[str]:
    lines = [line.marked_text for line in card.lead]
    lines += [f"{number}. {step.marked_text}" for number, step in enumerate(card.steps, 1)]
    lines += [f"✗ {line.marked_text}" for line in card.donts]
    return (
        lines
        + [f"Lưu ý: {line.marked_text}" for line in card.notes[:1]]
        + [line.marked_text for line in card.notes[1:]]
    )


def _quoted(passage: Passage) -> str:
    text = passage.text.removeprefix("- ")
    if len(text) > _LONGEST_QUOTE:
        text = f"{text[:_LONGEST_QUOTE].rsplit(' ', 1)[0]} […]"
    return f"“{text}” – {passage.section.heading}"


def _marker(citations: list[Citation], passage: Passage | None, on: date) -> int | None:
    if passage is None:
        return None
    for citation in citations:
        if citation.passage == passage.id:
            return citation.marker
    citations.append(cite(len(citations) + 1, passage, on))
    return len(citations)
