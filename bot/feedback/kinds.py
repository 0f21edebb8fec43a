"""What residents report: kinds, categories and what officials and residents read of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ReportKind(StrEnum):
    """What a report is about."""

    HAZARD = "hazard"
    CONDUCT = "conduct"
    PROCEDURE = "procedure"
    OPINION = "opinion"
    MODEL = "model"
    COMMENDATION = "commendation"
    QUESTION = "question"


class Category(StrEnum):
    """What more exactly; the beginning of the value says of which kind."""

    BLOCKED_EXIT = "hazard.blocked-exit"
    LOCKED_EXIT = "hazard.locked-exit"
    CAGE = "hazard.cage"
    BLOCKED_LANE = "hazard.blocked-lane"
    WIRING = "hazard.wiring"
    CHARGING = "hazard.charging"
    HYDRANT = "hazard.hydrant"
    STORAGE = "hazard.storage"
    EQUIPMENT = "hazard.equipment"
    HAZARD_OTHER = "hazard.other"
    OFFICIALS = "conduct.officials"
    PREMISES = "conduct.premises"
    SLOW = "procedure.slow"
    NEEDLESS = "procedure.needless"
    LAW = "opinion.law"
    DIRECTIVE = "opinion.directive"
    OPINION_OTHER = "opinion.other"
    MODEL = "model.practice"
    PERSON = "commendation.person"
    GROUP = "commendation.group"
    QUESTION = "question.any"

    @property
    def kind(self) -> ReportKind:
        """The kind to which it belongs."""
        return ReportKind(self.value.split(".")[0])


KINDS: Final[Mapping[ReportKind, str]] = {
    ReportKind.HAZARD: "Nguy cơ cháy, lối thoát bị chặn",
    ReportKind.CONDUCT: "Cách làm việc của cán bộ, cơ sở",
    ReportKind.PROCEDURE: "Thủ tục chậm, rườm rà",
    ReportKind.OPINION: "Ý kiến về luật, chỉ thị",
    ReportKind.MODEL: "Cách làm hay nên nhân rộng",
    ReportKind.COMMENDATION: "Khen người tốt, việc tốt",
    ReportKind.QUESTION: "Câu hỏi về PCCC",
}
CATEGORIES: Final[Mapping[Category, str]] = {
    Category.BLOCKED_EXIT: "Lối thoát nạn bị chặn",
    Category.LOCKED_EXIT: "Cửa thoát nạn bị khóa",
    Category.CAGE: "Lồng sắt, chuồng cọp bịt kín",
    Category.BLOCKED_LANE: "Ngõ, đường xe chữa cháy bị chặn",
    Category.WIRING: "Điện quá tải, dây chập chờn",
    Category.CHARGING: "Chỗ sạc xe điện nguy hiểm",
    Category.HYDRANT: "Trụ nước chữa cháy hỏng, bị che",
    Category.STORAGE: "Để hàng dễ cháy, gas, xăng dầu",
    Category.EQUIPMENT: "Thiếu, hỏng bình, chuông báo cháy",
    Category.HAZARD_OTHER: "Nguy cơ khác",
    Category.OFFICIALS: "Cán bộ",
    Category.PREMISES: "Cơ sở, ban quản lý",
    Category.SLOW: "Thủ tục chậm",
    Category.NEEDLESS: "Thủ tục rườm rà, không cần thiết",
    Category.LAW: "Văn bản pháp luật",
    Category.DIRECTIVE: "Chỉ thị, kế hoạch",
    Category.OPINION_OTHER: "Ý kiến khác",
    Category.MODEL: "Cách làm hay",
    Category.PERSON: "Cá nhân",
    Category.GROUP: "Tập thể",
    Category.QUESTION: "Câu hỏi",
}


def categories_of(kind: ReportKind) -> tuple[Category, ...]:
    """Return the categories of a kind, in the order in which they are offered.

    >>> [one.value for one in categories_of(ReportKind.PROCEDURE)]
    ['procedure.slow', 'procedure.needless']
    """
    return tuple(one for one in Category if one.kind is kind)
