"""Which law applied at a time in the past?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from knowledge.documents import Document
from knowledge.lookup import about_fire
from knowledge.validity import applied_on
from knowledge.vietnamese import syllables

_TYPES: Final = ("Luật", "Nghị định", "Thông tư")
_WHICH_LAW: Final = re.compile(
    r"\b(?:luat|nghi dinh|van ban|thong tu|quy dinh)(?: \w+){0,3} (?:nao|gi)\b"
    r"|\btheo (?:luat|nghi dinh|quy dinh|van ban)(?: \w+)? (?:nao|gi)\b"
)


def asks_which_law(text: str) -> bool:
    """Whether the message asks which law, decree or document applies."""
    return _WHICH_LAW.search(" ".join(syllables(text))) is not None


def law_on(documents: Iterable[Document], day: date) -> tuple[Document, ...]:
    """Return the laws, decrees and circulars on fire safety that applied on a day, laws first."""
    found = [one for one in documents if one.type in _TYPES and about_fire(one) and applied_on(one, day)]
    return tuple(sorted(found, key=lambda one: (_TYPES.index(one.type), one.id)))
