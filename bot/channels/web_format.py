"""Replies and passages as the JSON that openapi.yml describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from bot.conversation.citing import standing_line
from bot.conversation.messages import Button, Kind, Reply
from knowledge.check import KnowledgeBase
from knowledge.documents import Document, Passage
from knowledge.validity import spoken, status_text

PICTURES: Final = "/pictures/"


def reply_as_json(reply: Reply, *, rateable: bool) -> dict[str, Any]:
    """Return the reply for the page; `rateable` says whether a thumb for it can be stored."""
    body: dict[str, Any] = {
        "id": str(reply.id),
        "kind": reply.kind.value,
        "text": reply.text,
        "buttons": [button_as_json(button) for button in reply.buttons],
        "citations": [asdict(citation) for citation in reply.citations],
        "rateable": rateable and reply.kind in {Kind.ANSWER, Kind.SUGGEST, Kind.ABSTAIN},
    }
    if reply.image:
        body["image"] = {"url": f"{PICTURES}{reply.image.name}", "alt": reply.image.alt}
    return body


def later_as_json(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message that was kept for later ({"id", "text"}) as a reply."""
    reply = Reply(kind=Kind.FLOW, text=str(message["text"]), id=UUID(message["id"]))
    return reply_as_json(reply, rateable=False)


def passage_as_json(base: KnowledgeBase, passage_id: str, on: date) -> dict[str, Any] | None:
    """Return the passage at "<document>#<anchor>" (or a document at "<document>#"), or None."""
    document_id, _, anchor = passage_id.partition("#")
    document = base.documents.get(document_id)
    if document is None:
        return None
    if not anchor:
        return _document(document, on) | {"locator": "", "text": standing_line(document, on), "publisher": None}
    passage = document.passage(anchor)
    return None if passage is None else _document(document, on) | _passage(passage)


def button_as_json(button: Button) -> dict[str, str]:
    """Return a button: its label, and the address it opens or the payload it sends."""
    if button.url is not None:
        return {"label": button.label, "url": button.url}
    return {"label": button.label, "payload": button.payload or ""}


def _document(document: Document, on: date) -> dict[str, Any]:
    return {
        "document": document.short_name,
        "number": document.number,
        "title": document.title,
        "issuer": document.issuer,
        "status": status_text(document, on),
        "issued": spoken(document.issued) if document.issued else None,
        "effective": spoken(document.effective) if document.effective else None,
        "expires": spoken(document.expires) if document.expires else None,
        "url": next(iter(document.urls), None),
        "trust": document.trust.caution,
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "locator": passage.section.heading,
        "text": passage.text,
        "publisher": passage.section.publisher,
        "url": passage.url,
        "trust": passage.section.trust.caution,
    }
