"""Buttons under messages of campaigns: "go:quiz:<quiz>:<message>", "go:ask:<card>:<message>", "go:wrong:<message>".

Anybody may type such a payload: it proves nothing, and whatever is marked for it is looked up by the conversation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_GOING: Final = re.compile(r"go:(?:(?P<kind>quiz|drill|ask):(?P<target>[^\s:]{1,48})|wrong):(?P<message>[0-9]{1,19})")


class Going(StrEnum):
    """What a button opens."""

    QUIZ = "quiz"
    DRILL = "drill"
    ASK = "ask"  # an answer card
    WRONG = "wrong"  # "Tin này không đúng"


@dataclass(frozen=True)
class Gone:
    """A button that was pressed: what it opens, which one (empty for a complaint), and under which message it stood."""

    kind: Going
    target: str
    message: int


def gone(payload: str | None) -> Gone | None:
    """Return the button that sends `payload`; None when it is none of a campaign's.

    >>> gone("go:ask:thoat-nan-nha-ong:17")
    Gone(kind=<Going.ASK: 'ask'>, target='thoat-nan-nha-ong', message=17)
    >>> gone("go:wrong:17"), gone("card:thoat-nan-nha-ong")
    (Gone(kind=<Going.WRONG: 'wrong'>, target='', message=17), None)
    """
    match = _GOING.fullmatch(payload or "")
    if match is None:
        return None
    return Gone(Going(match["kind"] or "wrong"), match["target"] or "", int(match["message"]))
