"""What the head of every page links to, in this order. Only pages that exist and that the member may see are shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bot.console.permissions import Permission
from bot.console.visits import Member


@dataclass(frozen=True)
class Link:
    """An entry: the path below /console as it is registered, what people read, and what is needed for it."""

    path: str
    label: str
    permission: Permission


NAVIGATION: Final[Sequence[Link]] = (
    Link("/", "Trang chính", Permission.HOME),
    Link("/reports", "Phản ánh", Permission.SEE_REPORTS),
    Link("/campaigns", "Chiến dịch", Permission.SEE_CAMPAIGNS),
    Link("/questions", "Câu hỏi", Permission.SEE_QUESTIONS),
    Link("/knowledge", "Kiến thức", Permission.EDIT_KNOWLEDGE),
    Link("/figures", "Số liệu", Permission.SEE_FIGURES),
    Link("/monitoring", "Báo cáo", Permission.SEE_FIGURES),
    Link("/agencies", "Cơ quan xử lý", Permission.MANAGE_AGENCIES),
    Link("/staff", "Tài khoản", Permission.MANAGE_STAFF),
    Link("/log", "Nhật ký", Permission.SEE_LOG),
)


def links_of(member: Member, paths: Collection[str]) -> list[Link]:
    """Return what a member may see of the pages that are registered under `paths`."""
    return [one for one in NAVIGATION if one.path in paths and member.may(one.permission)]
