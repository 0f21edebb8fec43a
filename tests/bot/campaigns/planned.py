"""A small campaign on a small knowledge, for tests to break in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from bot.campaigns.checking import Known
from bot.campaigns.content import Doing, Message, Moment, Offer, Plan, Source, Variant
from bot.gateway import renderings_of
from bot.settings import Settings
from knowledge.check import KnowledgeBase
from knowledge.loading import load_knowledge
from knowledge.pictures import Picture
from knowledge.places import Places, Unit
from tests.small_knowledge import CARD, write_knowledge

NOW: Final = datetime(2026, 9, 20, 2, 0, tzinfo=UTC)  # 9:00 in Viet Nam
TODAY: Final = date(2026, 9, 20)
DAY: Final = date(2026, 10, 4)
RENDERINGS: Final = renderings_of(Settings(public_url="https://pccc.example.vn"))
KNOWN: Final = Known(quizzes=frozenset({"nha-an-toan"}), drills=frozenset({"thoat-nan"}), renderings=RENDERINGS)
FINE: Final = Source(document="nd-106-2025", locator="dieu-27-k4")
TEXT: Final = "Báo cháy giả bị phạt 10–15 triệu đồng. [1] Chỉ gọi 114 khi có cháy."
_HANOI: Final = "Thành phố Hà Nội"


def small_base(folder: Path) -> KnowledgeBase:
    """The small knowledge, its card reviewed, with one picture and two places."""
    write_knowledge(folder)
    card = folder / "answers/muc-phat/bao-chay-gia.md"
    reviewed = "review: {state: reviewed, by: ban biên tập, on: 2026-09-01}"
    card.write_text(CARD.replace("review: {state: draft}", reviewed), encoding="utf-8")
    places = Places(
        provinces=(Unit(name=_HANOI, kind="Thành phố", province=_HANOI, code="01"),),
        communes=(
            Unit(name="Phường Ba Đình", kind="Phường", province=_HANOI, code="00004"),
            Unit(name="Xã Sóc Sơn 2", kind="Xã", province=_HANOI, code="00376"),
        ),
    )
    picture = Picture("dong-cua", folder / "dong-cua.svg", "Đóng cửa để chặn khói", b"<svg/>")
    return replace(load_knowledge(TODAY, folder), places=places, pictures={"dong-cua": picture})


def at(day: int, hour: int, minute: int = 0) -> Moment:
    """A moment of September 2026, in the time of Viet Nam."""
    return Moment(at=datetime.combine(date(2026, 9, day), time(hour, minute)))


def message(**changes: Any) -> Message:
    """A sound message, with these changes."""
    sound = Message(
        key="hoc-1",
        title="Bài học 1",
        when=Moment(days=-6),
        texts={Variant.HOUSEHOLD: TEXT},
        sources=(FINE,),
        offers=(Offer(label="Thử sức", kind=Doing.QUIZ, target="nha-an-toan"),),
    )
    return replace(sound, **changes)


def plan(*messages: Message, **changes: Any) -> Plan:
    """A sound plan of these messages, or of one, with these changes."""
    return replace(Plan(title="04/10", goal="Nhắc mọi nhà", day=DAY, messages=messages or (message(),)), **changes)
