"""Two texts in one reply, each with its own citations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.conversation.messages import Citation, Reply

_MARKER: Final = re.compile(r"\[(\d+)\]")


def joined(said: str, citations: Sequence[Citation], reply: Reply) -> Reply:
    """Return the reply after `said`; its markers are counted on from those of `citations`."""
    by = max((one.marker for one in citations), default=0)
    text = _MARKER.sub(lambda match: f"[{int(match[1]) + by}]", reply.text) if reply.citations else reply.text
    moved = tuple(replace(one, marker=one.marker + by) for one in reply.citations)
    return replace(reply, text=f"{said}\n\n{text}", citations=(*citations, *moved))
