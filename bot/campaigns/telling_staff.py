"""What staff are told when a campaign needs a person, and how times are written in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from knowledge.clock import VIET_NAM

Tell = Callable[[str, str], Awaitable[None]]
"""Tells staff of a matter: its name, and the words in Vietnamese."""


def at(moment: datetime) -> str:
    """Return a moment as it is written in Viet Nam.

    >>> from datetime import UTC
    >>> at(datetime(2026, 10, 4, 1, 30, tzinfo=UTC))
    '08:30 ngày 04/10/2026'
    """
    return f"{moment.astimezone(VIET_NAM):%H:%M ngày %d/%m/%Y}"


def paused(title: str, reason: str) -> str:
    """Return what is told of a campaign that has paused by itself."""
    return f"Chiến dịch “{title}” đã tự tạm dừng. Lý do: {reason} Xem và quyết định trong trang quản lý."


def unserved(title: str, people: int) -> str:
    """Return what is told while people wait for an account that is configured no more."""
    return (
        f"Chiến dịch “{title}”: {people} người đang chờ trên một kênh không còn được cấu hình, nên chưa gửi được cho "
        "họ. Bật lại kênh trước hạn gửi, nếu không họ sẽ không nhận được tin. Người ở các kênh khác không phải chờ."
    )
