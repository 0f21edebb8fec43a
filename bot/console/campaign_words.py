"""What people read of campaigns: states, acts, times, whom they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from bot.campaigns.content import VARIANTS, Audience, First, Message, Moment, Plan, Repeat
from bot.campaigns.lifecycle import Act, Fate, State
from bot.console.campaign_audience_form import (
    CHANNEL_NAMES,
    DIDS,
    HOME_NAMES,
    LANGUAGE_NAMES,
    PART_NAMES,
    TOPIC_NAMES,
)
from bot.console.campaign_history import WITHDRAW
from bot.console.place_picker import named
from bot.store.campaign_records import OTHER_ACTS
from knowledge.places import Places

EVENTS: Final[Mapping[str, str]] = {
    Act.SUBMIT: "Gửi duyệt",
    Act.SEND_BACK: "Trả lại để sửa",
    Act.APPROVE: "Duyệt",
    Act.FREEZE: "Chốt danh sách người nhận và nội dung",
    Act.REVISE: "Đưa về bản soạn để sửa",
    Act.BEGIN: "Bắt đầu gửi",
    Act.PAUSE: "Tạm dừng",
    Act.RESUME: "Gửi tiếp",
    Act.COMPLETE: "Kết thúc",
    Act.RETRY: "Gửi lại cho người gửi không được",
    Act.FAIL: "Không thực hiện được",
    Act.CANCEL: "Hủy",
    WITHDRAW: "Rút lại để sửa",
    **OTHER_ACTS,
}
STATE_TAGS: Final[Mapping[State, str]] = {
    State.DRAFT: "",
    State.IN_REVIEW: "warn",
    State.APPROVED: "good",
    State.SCHEDULED: "good",
    State.SENDING: "good",
    State.PAUSED: "bad",
    State.COMPLETED: "",
    State.CANCELLED: "",
    State.FAILED: "bad",
}
"""The kind of tag that a state gets."""
BROADCASTS: Final[Mapping[Fate, str]] = {
    Fate.PENDING: "chờ phát",
    Fate.SENDING: "đang yêu cầu phát",
    Fate.SENT: "đã phát",
    Fate.SKIPPED: "không phát",
    Fate.FAILED: "phát không được",
    Fate.UNKNOWN: "không rõ đã phát chưa",
}
"""What became of an article that a channel was to show."""
_MINUTE: Final = timedelta(minutes=1)


def when_in_words(when: Moment) -> str:
    """Return when a message is due.

    >>> when_in_words(Moment(days=-3))
    '08:00, 3 ngày trước ngày chính'
    """
    if when.at is not None:
        return when.at.strftime("%H:%M ngày %d/%m/%Y")
    hour = when.hour.strftime("%H:%M")
    if not when.days:
        return f"{hour}, đúng ngày chính"
    return f"{hour}, {abs(when.days)} ngày {'trước' if when.days < 0 else 'sau'} ngày chính"


def due_in_words(message: Message, plan: Plan) -> str:
    """Return the day and hour on which a message is due; what it hangs on where the day is not set."""
    try:
        return message.when.on(plan.day).strftime("%H:%M ngày %d/%m/%Y")
    except ValueError:
        return when_in_words(message.when)


def length_in_words(length: timedelta) -> str:
    """Return a length of time in its largest whole unit.

    >>> length_in_words(timedelta(hours=36)), length_in_words(timedelta(days=2)), length_in_words(timedelta(minutes=90))
    ('36 giờ', '2 ngày', '90 phút')
    """
    for unit, name in ((timedelta(days=1), "ngày"), (timedelta(hours=1), "giờ")):
        if length >= unit and length % unit == timedelta(0):
            return f"{length // unit} {name}"
    return f"{max(1, round(length / _MINUTE))} phút"


def audience_in_words(audience: Audience, places: Places, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the conditions of an audience, each with its name. `titles`: of quizzes, drills, campaigns."""
    return list(_conditions(audience, places, titles))


def _conditions(audience: Audience, places: Places, titles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "Đã đăng ký", _joined(audience.topics, TOPIC_NAMES) or "chưa chọn chủ đề nào"
    yield "Kênh", _joined(audience.channels, CHANNEL_NAMES) or "mọi kênh"
    yield "Địa bàn", _joined(audience.places, named(places, audience.places)) or "cả nước"
    if audience.homes:
        yield "Loại nhà", _joined(audience.homes, HOME_NAMES)
    if audience.parts:
        yield "Vai trò", _joined(audience.parts, PART_NAMES)
    if audience.languages:
        yield "Ngôn ngữ", _joined(audience.languages, LANGUAGE_NAMES)
    for one in audience.behaviours:
        yield "Điều kiện", f"{DIDS[one.did]} “{titles.get(one.target, one.target)}”"
    if audience.without_places:
        yield "Trừ địa bàn", _joined(audience.without_places, named(places, audience.without_places))
    if audience.without_campaigns:
        names = {str(one): titles.get(str(one), f"số {one}") for one in audience.without_campaigns}
        yield "Trừ người đã nhận", "; ".join(names.values())


def first_in_words(first: First | None, places: Places) -> str:
    """Return who gets it first, and what then."""
    if first is None:
        return "Gửi cho tất cả ngay từ đầu, không thử trước."
    whom = named(places, [first.place])[first.place] if first.place else f"{percent_in_words(first.percent)} %"
    then = "không có dấu hiệu xấu thì tự gửi tiếp" if first.alone else "chờ người bấm “Gửi tiếp”"
    return f"Gửi trước cho {whom}, theo dõi {length_in_words(first.watch)}, rồi {then}."


def percent_in_words(value: float) -> str:
    """Return a percentage without needless decimals.

    >>> percent_in_words(10.0), percent_in_words(0.5)
    ('10', '0,5')
    """
    return f"{value:g}".replace(".", ",")


def repeat_in_words(repeat: Repeat | None, occasions: Mapping[str, str]) -> str:
    """Return when a campaign comes again."""
    if repeat is None:
        return "Không lặp lại."
    kind, _, day = repeat.rule.partition(":")
    if kind == "month":
        when = f"Ngày {day} dương lịch hằng tháng"
    elif kind == "lunar":
        when = "Rằm hằng tháng" if day == "15" else f"Ngày {day} âm lịch hằng tháng"
    else:
        when = f"Hằng năm, dịp {occasions.get(repeat.rule, repeat.rule)}"
    return f"{when}; bản soạn được lập trước {repeat.ahead} ngày và vẫn phải duyệt."


def variants_of(message: Message) -> str:
    """Return the names of the variants that a message has texts for."""
    return ", ".join(words for one, words in VARIANTS.items() if one in message.texts)


def _joined(chosen: tuple[str, ...], names: Mapping[str, str]) -> str:
    return "; ".join(names.get(one, one) for one in chosen)
