"""What the page keeps for the time without a network: all emergency replies, and the cards on getting out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from bot.conversation.answering import Composer
from bot.conversation.messages import Citation, Reply
from knowledge.check import KnowledgeBase

FIRST: Final = ("active_fire", "trapped", "smoke", "clothes_on_fire", "gas_leak", "electrical_fire", "unconscious")
"""Emergency replies that stand at the top; the others follow by title."""
CARDS: Final = (
    "phat-hien-chay-lam-gi",
    "mac-ket-trong-phong",
    "hanh-lang-day-khoi",
    "thap-nguoi-trong-khoi",
    "chay-len-hay-xuong",
    "chay-trong-can-ho",
    "nha-ong-chay-tang-duoi",
    "chay-trong-ham-duong-bo",
    "ro-gas-lam-gi",
    "goi-114-noi-gi",
    "khong-goi-duoc-114",
    "ngat-khoi-so-cuu",
    "bong-so-cuu",
)


def offline_as_json(base: KnowledgeBase, on: date) -> dict[str, Any]:
    """Return {"on", "entries"}: text word for word as it would be answered on the day `on`, with its sources as lines.

    Pictures are left out: the words of a card stand by themselves. So is the standing of the sources, which may be
    another by the day on which somebody reads it; "on", as YYYY-MM-DD, says from when all of it is.
    """
    return {"on": on.isoformat(), "entries": [*_emergencies(base, on), *_cards(base, on)]}


def _emergencies(base: KnowledgeBase, on: date) -> Iterator[dict[str, Any]]:
    composer = Composer(base)
    others = sorted(set(base.emergencies) - set(FIRST), key=lambda one: base.emergencies[one].title)
    for name in (*FIRST, *others):
        if (known := base.emergencies.get(name)) is not None:
            yield _entry(name, known.title, composer.emergency(known, on), list(known.call))


def _cards(base: KnowledgeBase, on: date) -> Iterator[dict[str, Any]]:
    composer = Composer(base)
    for name in CARDS:
        card = base.cards.get(name)
        if card is not None and card.applies(on):
            yield _entry(name, card.question, composer.card(card, on), [])


def _entry(name: str, title: str, reply: Reply, call: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "kind": reply.kind.value,
        "title": title,
        "text": reply.text,
        "call": call,
        "sources": [_source(citation) for citation in reply.citations],
    }


def _source(citation: Citation) -> str:
    """The citation as a line: what and where, and how much weight it bears; not whether it is in force."""
    where = f", {citation.locator}" if citation.locator else ""
    weight = f" ({citation.trust})" if citation.trust else ""
    return f"[{citation.marker}] {citation.document}{where}{weight}"
