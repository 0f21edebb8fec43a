"""What a file of reports says of each: words without personal data, never a contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.console.report_places import ReportPlaces
from bot.feedback.figure_tables import CAVEAT, CHANNELS, TURNS
from bot.feedback.filters import ReportFilter
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import STATES
from bot.store.report_search import ReportLine
from knowledge.clock import VIET_NAM

Value = str | int | datetime | None
COLUMNS: Final = (
    ("Mã phản ánh", 16),
    ("Gửi lúc", 17),
    ("Loại", 24),
    ("Nội dung chính", 26),
    ("Trạng thái", 22),
    ("Tỉnh, thành phố", 24),
    ("Xã, phường", 24),
    ("Chỗ xảy ra", 30),
    ("Nội dung", 70),
    ("Kênh", 12),
    ("Đang chờ", 14),
    ("Hạn", 17),
    ("Đang quá hạn", 13),
    ("Từng trễ hạn", 13),
    ("Cơ quan xử lý", 28),
    ("Người nhận xử lý", 24),
    ("Lượt cùng phản ánh", 12),
    ("Số lần mở lại", 12),
    ("Số ảnh", 8),
)
"""Headings, and how many letters wide a sheet shows them."""


def values_of(line: ReportLine, places: ReportPlaces) -> tuple[Value, ...]:
    """Return what stands under `COLUMNS`; moments are Viet Nam's and carry no zone, as no spreadsheet knows one."""
    return (
        line.code,
        _local(line.created_at),
        KINDS[line.kind],
        CATEGORIES[line.category],
        STATES[line.state],
        places.name(line.province_code, None),
        places.name(None, line.commune_code),
        line.where_words,
        line.excerpt + (" … (còn nữa, xem trên hệ thống)" if line.cut else ""),
        CHANNELS.get(line.channel, line.channel),
        TURNS[line.due_hat] if line.due_hat else None,
        _local(line.due_at) if line.due_at else None,
        "có" if line.overdue else "không",
        "có" if line.late else "không",
        line.agency_name,
        line.claimed_name,
        line.supporters,
        line.reopened,
        line.photos,
    )


def notes_of(wanted: ReportFilter, number: int, at: datetime) -> Sequence[str]:
    """Return what a reader must know of a file with so many reports, taken at a moment."""
    return (
        f"Phản ánh của người dân, lấy lúc {_local(at):%H:%M ngày %d/%m/%Y}: {number} phản ánh.",
        f"Bộ lọc: {wanted.as_address() or 'tất cả'}",
        CAVEAT,
        "Nội dung đã che thông tin cá nhân; liên hệ của người gửi không có trong tệp này.",
    )


def _local(at: datetime) -> datetime:
    return at.astimezone(VIET_NAM).replace(tzinfo=None)
