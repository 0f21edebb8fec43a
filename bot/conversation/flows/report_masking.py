"""What officials see of a text that a resident writes, and what the writer is told of it."""

from __future__ import annotations

from typing import Final

from bot.conversation.personal_data import place_without_personal_data, seeming_names, without_personal_data
from bot.feedback.kinds import ReportKind

MASKED: Final = "Mình đã che thông tin cá nhân trong nội dung."
_NAMED: Final = "Nội dung có vẻ còn tên người khác ({names}): chỉ để lại nếu cần để giải quyết việc này."
_NAMED_IN_PRAISE: Final = "Nội dung có tên người khác ({names}): khen thì cứ để tên, nếu người ấy không ngại."
_AT_A_PLACE: Final = frozenset({ReportKind.HAZARD, ReportKind.CONDUCT, ReportKind.PROCEDURE})
"""Kinds of which nobody finds the matter without house and lane numbers; in others these are masked."""


def as_seen(text: str, kind: ReportKind) -> str:
    """Return what officials see: no telephone numbers or names; house numbers only where a place has to be found."""
    return place_without_personal_data(text) if kind in _AT_A_PLACE else without_personal_data(text)


def masking_notes(text: str, seen: str, kind: ReportKind) -> list[str]:
    """Return what the writer is told of personal data that were masked, or that still seem to be there."""
    notes = [MASKED] if seen != text else []
    if names := seeming_names(seen):
        advice = _NAMED_IN_PRAISE if kind is ReportKind.COMMENDATION else _NAMED
        notes.append(advice.format(names=", ".join(names)))
    return notes
