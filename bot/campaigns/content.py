"""What a campaign is made of, as its author writes it. Everything here is plain data, kept as JSON until approval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

WAY_OUT: Final = "Không muốn nhận tin nữa: gõ DỪNG."
"""Stands at the end of every message of every campaign."""
LATE_AFTER: Final = timedelta(hours=6)
"""How long after its time a message may still go, unless its author says otherwise."""
CHANNELS: Final[Mapping[str, str]] = {
    "web": "Trang web",
    "zalo_oa": "Zalo OA",
    "zalo_bot": "Zalo Bot",
    "telegram": "Telegram",
}
LANGUAGES: Final[Mapping[str, str]] = {"vi": "Tiếng Việt"}


class Variant(StrEnum):
    """For whom a text is written. `HOUSEHOLD` is the one that must be there: it goes to whom no other suits."""

    HOUSEHOLD = "household"
    FLAT = "flat"
    LODGING = "lodging"
    SHOP_HOUSE = "shop_house"
    WORKPLACE = "workplace"
    SCHOOL = "school"


VARIANTS: Final[Mapping[Variant, str]] = {
    Variant.HOUSEHOLD: "Hộ gia đình",
    Variant.FLAT: "Chung cư",
    Variant.LODGING: "Nhà trọ",
    Variant.SHOP_HOUSE: "Nhà ở kết hợp kinh doanh",
    Variant.WORKPLACE: "Cơ quan, doanh nghiệp",
    Variant.SCHOOL: "Trường học",
}


class Part(StrEnum):
    """The part that somebody plays, as they told when they subscribed."""

    RESIDENT = "resident"
    TEAM = "team"  # tổ liên gia, dân phòng
    BUILDING = "building"  # ban quản lý chung cư, chủ nhà trọ
    WORKPLACE = "workplace"  # phụ trách cơ sở, cơ quan, doanh nghiệp
    SCHOOL = "school"  # giáo viên, nhà trường


PARTS: Final[Mapping[Part, str]] = {
    Part.RESIDENT: "Người dân",
    Part.TEAM: "Tổ liên gia, dân phòng",
    Part.BUILDING: "Quản lý chung cư, chủ nhà trọ",
    Part.WORKPLACE: "Phụ trách cơ quan, cơ sở, doanh nghiệp",
    Part.SCHOOL: "Giáo viên, nhà trường",
}


def variant_for(home: str | None, part: str | None) -> Variant:
    """Return which text suits somebody, by the part they play and the kind of their home (values of a profile).

    >>> variant_for("flat", None), variant_for("flat", "school"), variant_for(None, None)
    (<Variant.FLAT: 'flat'>, <Variant.SCHOOL: 'school'>, <Variant.HOUSEHOLD: 'household'>)
    """
    if part in {Part.WORKPLACE, Part.SCHOOL}:
        return Variant(part)
    return {"flat": Variant.FLAT, "lodging": Variant.LODGING, "shop": Variant.SHOP_HOUSE}.get(
        home or "", Variant.HOUSEHOLD
    )


class Doing(StrEnum):
    """What a message offers to do."""

    QUIZ = "quiz"
    DRILL = "drill"
    ASK = "ask"  # opens an answer card


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A button under a message: what it says, and what it opens (`target`: id of a quiz, a drill or a card)."""

    label: str
    kind: Doing
    target: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """A provision or passage that a message rests on; `document` is the id of a file in knowledge/documents."""

    document: str
    locator: str = ""  # "dieu-5", as in the cards' sources


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a message is due, in the time of Viet Nam: at `at`, or `days` from the campaign's day at `hour`."""

    at: datetime | None = None  # without a time zone: local
    days: int = 0
    hour: time = time(8, 0)

    def on(self, day: date | None) -> datetime:
        """Return the local time. Raises ValueError when it hangs on a day that there is not."""
        if self.at is not None:
            return self.at
        if day is None:
            raise ValueError("the campaign has no day")
        return datetime.combine(day + timedelta(days=self.days), self.hour)


@dataclass(frozen=True, kw_only=True)
class ZaloTemplate:
    """A message template that Zalo has approved: its id there, and what is filled in."""

    id: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a campaign.

    `key` stays the same while it is edited. `texts` has `Variant.HOUSEHOLD`. `cards` are the answer cards whose claims
    it repeats, `sources` what it rests on beside them. `send_for`: how long after its time it may still go. `unless`
    leaves out who has done that: ("quiz", id), ("drill", id), ("answered", key of an earlier message). `template`
    stands in for it where Zalo's window of consultation is closed; `article` is the id of an article for a broadcast.
    """

    key: str
    title: str
    when: Moment
    texts: Mapping[Variant, str]
    cards: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    offers: tuple[Offer, ...] = ()
    image: str | None = None
    send_for: timedelta = LATE_AFTER
    unless: tuple[str, str] | None = None
    template: ZaloTemplate | None = None
    article: str | None = None


class Did(StrEnum):
    """What somebody did or did not do, by which an audience is chosen. `target`: a quiz, a drill or a campaign."""

    FINISHED_QUIZ = "finished_quiz"
    NOT_FINISHED_QUIZ = "not_finished_quiz"
    FINISHED_DRILL = "finished_drill"
    NOT_FINISHED_DRILL = "not_finished_drill"
    GOT = "got"
    NOT_GOT = "not_got"
    ANSWERED = "answered"
    NOT_ANSWERED = "not_answered"


OF_CAMPAIGNS: Final = frozenset({Did.GOT, Did.NOT_GOT, Did.ANSWERED, Did.NOT_ANSWERED})
"""What is said of a campaign, by its number."""
_MOST_DIGITS: Final = 15


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """One condition on what somebody did."""

    did: Did
    target: str

    @property
    def campaign(self) -> int | None:
        """The number of the campaign that it names; None where it names none, or no number.

        >>> Behaviour(did=Did.GOT, target="7").campaign, Behaviour(did=Did.GOT, target="²").campaign
        (7, None)
        """
        if self.did not in OF_CAMPAIGNS or not (self.target.isascii() and self.target.isdigit()):
            return None
        return int(self.target) or None if len(self.target) <= _MOST_DIGITS else None


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom a campaign is for; an empty set means no condition. Only who subscribed to one of `topics` is ever in it.

    `places` are codes of provinces (2 digits) or communes (5). `homes` are values of a profile, `parts` of `Part`,
    `languages` of the consent. `without_places` and `without_campaigns` (numbers) leave people out.
    """

    topics: tuple[str, ...] = ("campaigns",)
    channels: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    without_places: tuple[str, ...] = ()
    without_campaigns: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class First:
    """Who gets each message first, and what then: `percent` of the audience, or all of `place`.

    `watch`: how long they are watched after the last of them has it. `alone`: the rest follows by itself if no rule
    was broken; else a person lets it go on.
    """

    percent: float = 2.0
    place: str | None = None
    watch: timedelta = timedelta(minutes=30)
    alone: bool = True


@dataclass(frozen=True, kw_only=True)
class StopRules:
    """When sending pauses by itself, in percent of those tried so far, once `least` were tried."""

    failed: float = 10.0
    stopped: float = 3.0  # said DỪNG or blocked us after it
    complained: float = 0.5  # pressed "Tin này không đúng"
    least: int = 50


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A campaign that comes again: every year on its occasion (`rule` names it), or by the calendar.

    `rule`: the id of an occasion of the fire-safety year, "month:DAY" (1–28) or "lunar:DAY" (rằm: 15). `ahead`: so many
    days before its day a draft is made, which again needs its approval.
    """

    rule: str
    ahead: int = 30


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole campaign as its author writes it. `day`: the day that moments count from. `kit`: what it was made from.

    `urgent`: a warning that asks to go at any hour and beyond the cap; the approver grants it, or not.
    """

    title: str
    goal: str = ""
    occasion: str | None = None
    kit: str | None = None
    day: date | None = None
    messages: tuple[Message, ...] = ()
    audience: Audience = field(default_factory=Audience)
    first: First | None = None
    stop_rules: StopRules = field(default_factory=StopRules)
    repeat: Repeat | None = None
    urgent: bool = False
