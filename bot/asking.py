"""`python -m bot ask`: one question on the command line, or many as JSON lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from bot.conversation.dialogue import Dialogue
from bot.conversation.messages import Incoming, Turn


class LineError(Exception):
    """Nothing was asked, or a line of input is not {"id", "text"}."""


async def ask_one(dialogue: Dialogue, text: str, out: TextIO) -> None:
    """Answer `text` for a person."""
    turn = await dialogue.respond(Incoming(conversation=None, channel="ask", text=text))
    print("\n\n".join(reply.full_text for reply in turn.replies), file=out)


async def ask_lines(dialogue: Dialogue, lines: Iterable[str], out: TextIO) -> None:
    """Answer JSON lines {"id", "text"} in order, each a conversation of its own.

    Writes {"id", "kind", "text", "cards", "citations", "confidence", "ms"} a line each.
    Raises `LineError` naming the line that cannot be read; the lines before it are answered.
    """
    for identifier, text in _questions(lines):
        started = time.perf_counter()
        turn = await dialogue.respond(Incoming(conversation=None, channel="ask", text=text))
        elapsed = (time.perf_counter() - started) * 1000
        record = {"id": identifier, **turn_as_json(turn), "ms": round(elapsed, 2)}
        print(json.dumps(record, ensure_ascii=False), file=out, flush=True)


def turn_as_json(turn: Turn) -> dict[str, Any]:
    """Return the turn as one record; `text` is all that the resident reads."""
    cited = {(c.document, c.locator, c.status, c.url): None for reply in turn.replies for c in reply.citations}
    return {
        "kind": turn.kind.value,
        "text": "\n\n".join(reply.full_text for reply in turn.replies),
        "cards": list(turn.cards),
        "citations": [
            {"document": document, "locator": locator, "status": status, "url": url}
            for document, locator, status, url in cited
        ],
        "confidence": round(turn.confidence, 4),
    }


def _questions(lines: Iterable[str]) -> Iterator[tuple[Any, str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            yield record["id"], str(record["text"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise LineError(f'line {number}: expected a JSON object with "id" and "text"') from None
