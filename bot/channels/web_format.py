"""Replies and passages as the JSON that openapi.yml describes."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
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
_LOG: Final = logging.getLogger(__name__)


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
    """Return a message that was kept for later as a reply.

    It has {"id", "text"}, and may have "kind", "buttons", "citations" and "image" as `reply_as_json` writes them; what
    of those is otherwise is left out, so that the words arrive. Raises ValueError without a usable id and words.
    """
    text, kind, image = message.get("text"), message.get("kind"), message.get("image")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a message without words")
    body: dict[str, Any] = {
        "id": str(UUID(str(message.get("id")))),
        "kind": kind if isinstance(kind, str) and kind in set(Kind) else Kind.FLOW.value,
        "text": text,
        "buttons": _fitting(message.get("buttons"), _is_button),
        "citations": _fitting(message.get("citations"), _is_citation),
        "rateable": False,
    }
    if _has(image, str, "url", "alt"):
        body["image"] = image
    return body


def _fitting(entries: object, fits: Callable[[object], bool]) -> list[Any]:
    return [one for one in entries if fits(one)] if isinstance(entries, list | tuple) else []


def _is_button(entry: object) -> bool:
    return _has(entry, str, "label", "payload") or _has(entry, str, "label", "url")


def _is_citation(entry: object) -> bool:
    return _has(entry, int, "marker") and _has(entry, str, "document", "title", "locator", "status", "passage")


def _has(entry: object, kind: type, *names: str) -> bool:
    return isinstance(entry, dict) and all(isinstance(entry.get(name), kind) for name in names)


def later_entry(number: int, message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a message that was kept for later under its number, as the page is told of it.

    None, with a line in the log, for one of which nothing can be shown.
    """
    try:
        return {"number": number, "reply": later_as_json(message)}
    except ValueError:
        _LOG.error("waiting message %d is none that can be shown", number)
        return None


def later_entries(found: Iterable[tuple[int, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return the messages that can be shown, under their numbers."""
    entries = (later_entry(number, message) for number, message in found)
    return [entry for entry in entries if entry is not None]


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


def json_text(body: Mapping[str, Any]) -> str:
    """Return `body` as JSON on one line; half a surrogate pair, which no encoding can carry, becomes a question mark.

    >>> json_text({"text": "cháy\\n"})
    '{"text": "cháy\\\\n"}'
    """
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


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
