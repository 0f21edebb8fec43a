"""What in the knowledge wants looking after: a list for editors, worst first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from knowledge.answers import Card, ReviewState
from knowledge.check import KnowledgeBase
from knowledge.documents import Document
from knowledge.validity import spoken
from knowledge.vietnamese import syllables

UNCHECKED_AFTER: Final = timedelta(days=90)
_NO_TOPIC: Final = "chưa rõ chủ đề"
EMPTY_WORDS: Final = frozenset(
    [
        "a",
        "ad",
        "em",
        "anh",
        "chi",
        "minh",
        "toi",
        "tui",
        "cho",
        "hoi",
        "oi",
        "voi",
        "la",
        "thi",
        "ma",
        "co",
        "khong",
        "duoc",
        "bi",
        "phai",
        "sao",
        "gi",
        "nao",
        "nhu",
        "the",
        "lam",
        "vay",
        "nhi",
        "ha",
        "nha",
        "cac",
        "nhung",
        "cai",
        "mot",
        "khi",
        "nay",
        "do",
        "o",
        "tai",
        "va",
        "hay",
        "hoac",
        "xin",
        "bac",
        "ban",
        "roi",
        "can",
        "muon",
    ]
)


@dataclass(frozen=True)
class Question:
    """A question without an answer, as the assistant kept it: its text and the cards it came near to."""

    text: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One heading of the audit and its findings, a line each."""

    heading: str
    lines: tuple[str, ...]


def audit(base: KnowledgeBase, questions: Sequence[Question] | None, on: date) -> list[Section]:
    """Return the findings as of the day `on`; `questions` is None where they could not be read."""
    return [
        Section("Văn bản quá 90 ngày chưa kiểm tra lại", tuple(_unchecked(base, on))),
        Section("Câu trả lời có nguồn bị bãi bỏ hoặc sửa sau khi duyệt", tuple(_outrun(base, on))),
        Section("Câu trả lời chưa duyệt", tuple(_drafts(base))),
        Section("Câu trả lời dựa vào một nguồn", tuple(_single_source(base))),
        Section("Cách hỏi gần trùng nhau giữa hai câu trả lời", tuple(_collisions(base.cards))),
        Section("Câu hỏi chưa có câu trả lời, theo chủ đề", tuple(_unanswered(base, questions))),
    ]


def as_text(sections: Iterable[Section]) -> str:
    """Return the audit for reading."""
    parts = []
    for one in sections:
        lines = [f"  - {line}" for line in one.lines] or ["  không có"]
        parts.append("\n".join([f"{one.heading} ({len(one.lines)})", *lines]))
    return "\n\n".join(parts)


def read_questions(records: Iterable[Mapping[str, Any]]) -> list[Question]:
    """Return questions from records {"text", "candidates": [{"card"}]}."""
    return [Question(str(one["text"]), tuple(str(card["card"]) for card in one["candidates"])) for one in records]


def _resting_on(base: KnowledgeBase) -> Counter[str]:
    """How many answers rest on each document."""
    used: Counter[str] = Counter()
    for card in base.cards.values():
        used.update({ref.document for ref in card.sources.values()})
    for reply in base.emergencies.values():
        used.update({action.source.document for action in reply.actions if action.source})
    used[base.fines.document] += len(base.fines.rows)
    return used


def _unchecked(base: KnowledgeBase, on: date) -> Iterator[str]:
    used = _resting_on(base)
    old = [one for one in base.documents.values() if on - one.checked_on > UNCHECKED_AFTER]
    for one in sorted(old, key=lambda document: (-used[document.id], document.checked_on, document.id)):
        yield f"{one.short_name} ({one.id}): kiểm tra {spoken(one.checked_on)}, {used[one.id]} câu trả lời dựa vào"


def _outrun(base: KnowledgeBase, on: date) -> Iterator[str]:
    for card in base.cards.values():
        if card.review.on is None:
            continue
        for document_id in dict.fromkeys(ref.document for ref in card.sources.values()):
            for event in _events(base, base.documents[document_id], card.review.on, on):
                yield f"{_card(card)}: duyệt {spoken(card.review.on)}; {event}"


def _events(base: KnowledgeBase, document: Document, after: date, on: date) -> Iterator[str]:
    if document.ended is not None and after < document.ended <= on:
        yield f"{document.short_name} hết hiệu lực từ {spoken(document.ended)}"
    for other in (base.documents[one] for one in document.amended_by):
        if other.effective is not None and after < other.effective <= on:
            yield f"{document.short_name} bị {other.short_name} sửa từ {spoken(other.effective)}"


def _drafts(base: KnowledgeBase) -> Iterator[str]:
    return (_card(card) for card in base.cards.values() if card.review.state is ReviewState.DRAFT)


def _single_source(base: KnowledgeBase) -> Iterator[str]:
    for card in base.cards.values():
        documents = {ref.document for ref in card.sources.values()}
        places = {ref.passage_id for ref in card.sources.values()}
        if len(documents) == 1 and len(places) == 1:
            yield f"{_card(card)}: {next(iter(places))}"


def _collisions(cards: Mapping[str, Card]) -> Iterator[str]:
    """Variants of two cards that say the same but for empty words and their order."""
    meanings: dict[frozenset[str], dict[str, str]] = defaultdict(dict)
    for card in cards.values():
        for variant in (card.question, *card.variants):
            if meaning := frozenset(syllables(variant)) - EMPTY_WORDS:
                meanings[meaning].setdefault(card.id, variant)
    for found in meanings.values():
        if len(found) > 1:
            yield "; ".join(f"“{variant}” ({card})" for card, variant in found.items())


def _unanswered(base: KnowledgeBase, questions: Sequence[Question] | None) -> Iterator[str]:
    if questions is None:
        yield "không đọc được cơ sở dữ liệu câu hỏi"
        return
    groups: dict[str, list[str]] = defaultdict(list)
    for one in questions:
        near = next((base.cards[card].topic for card in one.candidates if card in base.cards), _NO_TOPIC)
        groups[near].append(one.text)
    for topic, texts in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        yield f"{topic}: {len(texts)} câu"
        yield from (f"  {count}× {text}" if count > 1 else f"  {text}" for text, count in Counter(texts).most_common())


def _card(card: Card) -> str:
    return f"{card.topic}/{card.id}"
