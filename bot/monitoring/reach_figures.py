"""Figures of what campaigns, quizzes and drills reached: together, and each of them by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.monitoring.figures import Figure, Figures, counted_elsewhere
from bot.monitoring.material import Material
from bot.monitoring.reach import CampaignReach, DoneReach, Reach

CAMPAIGN: Final = "td.cd."
QUIZ: Final = "td.cau-hoi."
DRILL: Final = "td.thuc-hanh."
"""How ids of figures begin that are of one campaign, one quiz, one drill."""
_SENT_IN_PERIOD: Final = "trong số lượt gửi trong kỳ."
OF_CAMPAIGN: Final[Mapping[str, tuple[str, str, str]]] = {
    "sent": (
        "da-gui",
        "lượt đã gửi",
        "Số lượt tin kênh đã nhận để chuyển trong kỳ; đã gửi không phải là đã đọc.",
    ),
    "people": ("nguoi", "người được gửi", "Số người được gửi ít nhất một tin trong kỳ."),
    "delivered": ("da-toi", "đã tới máy", f"Số lượt kênh cho biết đã tới máy, {_SENT_IN_PERIOD}"),
    "read": ("da-doc", "đã đọc", f"Số lượt kênh cho biết đã đọc, {_SENT_IN_PERIOD}"),
    "answered": ("tra-loi", "có trả lời", f"Số lượt người nhận bấm nút hoặc nhắn lại, {_SENT_IN_PERIOD}"),
    "stopped": ("ngung", "ngừng nhận", f"Số lượt người nhận ngừng nhận tin sau đó, {_SENT_IN_PERIOD}"),
    "complained": ("bao-sai", "báo tin sai", f"Số lượt người nhận báo tin không đúng, {_SENT_IN_PERIOD}"),
    "skipped": ("khong-gui", "không gửi", "Số lượt chủ động không gửi trong kỳ theo quy tắc."),
    "failed": ("khong-duoc", "gửi không được", "Số lượt kênh từ chối trong kỳ."),
    "unknown": ("khong-ro", "không rõ đã tới chưa", "Số lượt trong kỳ không biết đã tới hay chưa, không gửi lại."),
}
"""Of one campaign: by the number's name the end of its figure's id, its name, and what it says."""
_TOLD: Final = {
    "sent": " Đã gửi là kênh đã nhận tin để chuyển; Telegram và Zalo Bot không cho biết tin đã tới máy hay đã đọc.",
    "people": " Người đã xóa dữ liệu được đếm một lần trong mỗi chiến dịch.",
}
_TOTALS: Final = (
    ("campaigns", "Chiến dịch tuyên truyền", "chiến dịch"),
    ("sent", "Lượt tin đã gửi", "lượt"),
    ("people", "Người được gửi tin", "người"),
    ("quizzes", "Đợt tìm hiểu kiến thức", "đợt"),
    ("quiz_people", "Người tham gia tìm hiểu kiến thức", "người"),
    ("drills", "Đợt thực hành, diễn tập", "đợt"),
    ("drill_people", "Người tham gia thực hành, diễn tập", "người"),
)
"""Of all together: the number's name, the name of its figure, and the unit."""


@dataclass(frozen=True)
class OfCampaign:
    """The figures of one campaign, in the order of `OF_CAMPAIGN`."""

    number: int
    title: str
    values: tuple[float, ...]


def by_campaign(figures: Figures) -> tuple[OfCampaign, ...]:
    """Return the figures of campaigns, by campaign in their order; what reports keep are figures only."""
    first = next(iter(OF_CAMPAIGN.values()))
    found = []
    for one in figures.all:
        if one.campaign is not None and one.id == f"{CAMPAIGN}{one.campaign}.{first[0]}":
            values = tuple(figures.value(f"{CAMPAIGN}{one.campaign}.{end}") for end, _, _ in OF_CAMPAIGN.values())
            found.append(OfCampaign(one.campaign, one.name.removesuffix(f": {first[1]}"), values))
    return tuple(found)


def of_reach(material: Material) -> Iterator[Figure]:
    """Count what was reached in the period."""
    now = material.beside.reach
    yield from _totals(now, material.beside_before.reach)
    for campaign in now.of_campaigns:
        yield from _of_campaign(campaign)
    yield from _of_done(QUIZ, "bộ câu hỏi", now.of_quizzes)
    yield from _of_done(DRILL, "bài thực hành", now.of_drills)


def _totals(now: Reach, before: Reach) -> Iterator[Figure]:
    for key, name, unit in _TOTALS:
        told = f"{name} do hệ thống ghi nhận trong kỳ; việc làm ngoài hệ thống do cán bộ bổ sung.{_TOLD.get(key, '')}"
        pair = (getattr(now, key), getattr(before, key))
        yield counted_elsewhere(f"td.{key.replace('_', '-')}", name, told, pair, unit)


def _of_campaign(one: CampaignReach) -> Iterator[Figure]:
    for key, (figure, name, told) in OF_CAMPAIGN.items():
        yield Figure(
            id=f"{CAMPAIGN}{one.id}.{figure}",
            name=f"{one.title}: {name}",
            definition=f"{told} Chiến dịch số {one.id}.",
            unit="người" if key == "people" else "lượt",
            value=getattr(one, key),
            before=None,
            campaign=one.id,
        )


def _of_done(beginning: str, what: str, done: Iterable[DoneReach]) -> Iterator[Figure]:
    for one in done:
        figure = f"{beginning}{one.id}"
        told = f"Số lượt làm xong {what} này trong kỳ."
        yield counted_elsewhere(f"{figure}.luot", f"{one.title}: lượt làm xong", told, (one.finished, None))
        told = f"Số người làm xong {what} này ít nhất một lần trong kỳ."
        yield counted_elsewhere(f"{figure}.nguoi", f"{one.title}: người làm xong", told, (one.people, None), "người")
