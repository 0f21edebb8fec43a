"""The form of one message of a campaign."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, Final

from bot.campaigns import checking
from bot.campaigns.content import VARIANTS, Doing, Message, Moment, Offer, Source, Variant, ZaloTemplate
from bot.console.forms import Fields

LONGEST_TITLE: Final = 120
LONGEST_LABEL: Final = checking.LONGEST_LABEL
MOST_OFFERS: Final = checking.MOST_OFFERS
LONGEST_TEXT: Final = 4000
MOST_DAYS: Final = 366
BEFORE, ON, AFTER, AT = "before", "on", "after", "at"
WHENS: Final[Mapping[str, str]] = {
    BEFORE: "Trước ngày chính",
    ON: "Đúng ngày chính",
    AFTER: "Sau ngày chính",
    AT: "Vào một ngày khác, tự chọn",
}
UNITS: Final[Mapping[str, timedelta]] = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
UNIT_NAMES: Final[Mapping[str, str]] = {"minutes": "phút", "hours": "giờ", "days": "ngày"}
_OFFERS_READ: Final = 12
"""More than there may be, so that what an older plan has too many of is shown and can be taken out."""
LABELS: Final[Mapping[str, str]] = {
    "title": "Tên tin",
    "when": "Ngày",
    "days": "Trước hoặc sau mấy ngày",
    "hour": "Giờ",
    "at_day": "Ngày gửi",
    "at_hour": "Giờ gửi",
    "send_for": "Còn được gửi trong",
    "unit": "Tính bằng",
    **{f"text-{variant.value}": f"Nội dung cho {words.lower()}" for variant, words in VARIANTS.items()},
    "card": "Câu trả lời mà tin này nhắc lại",
    "source": "Nguồn",
    **{f"offer-label-{number}": f"Chữ trên nút {number + 1}" for number in range(_OFFERS_READ)},
    **{f"offer-to-{number}": f"Nút {number + 1} mở" for number in range(_OFFERS_READ)},
    "unless": "Không gửi cho người đã",
    "image": "Ảnh kèm theo",
    "template": "Mã mẫu tin",
    "template_data": "Nội dung điền vào mẫu",
    "article": "Mã bài viết",
}
"""What fields are called where all that is wrong is listed."""
_LONGEST_ADDRESS: Final = 200
_LONGEST_FIELD: Final = 500
_MOST_CHOSEN: Final = 30
_HOUR: Final = re.compile(r"([01]?[0-9]|2[0-3])(?:[:hg.]([0-5][0-9])?)?")


def typed_of(message: Message) -> dict[str, Any]:
    """Return what the form holds for a message."""
    when = message.when
    unit, amount = _in_units(message.send_for)
    return {
        "title": message.title,
        "when": AT if when.at else BEFORE if when.days < 0 else AFTER if when.days else ON,
        "days": str(abs(when.days) or ""),
        "hour": when.hour.strftime("%H:%M"),
        "at_day": when.at.date().isoformat() if when.at else "",
        "at_hour": when.at.strftime("%H:%M") if when.at else "",
        **{f"text-{variant.value}": message.texts.get(variant, "") for variant in Variant},
        "cards": message.cards,
        "sources": tuple(address_of(one) for one in message.sources),
        "offers": [{"label": one.label, "to": f"{one.kind.value}:{one.target}"} for one in message.offers],
        "send_for": str(amount),
        "unit": unit,
        "unless": ":".join(message.unless) if message.unless else "",
        "image": message.image or "",
        "template": message.template.id if message.template else "",
        "template_data": _lines_of(message.template.data) if message.template else "",
        "article": message.article or "",
    }


def as_typed(fields: Fields, known: Message) -> dict[str, Any]:
    """Return what was typed, to be shown again as it is."""
    # browsers end lines with two characters, which nobody typed and no count takes for two
    typed = {name: value.replace("\r\n", "\n") for name, value in fields.as_typed().items()}
    offers = [
        {"label": typed.get(f"offer-label-{number}", ""), "to": typed.get(f"offer-to-{number}", "")}
        for number in range(_OFFERS_READ)
    ]
    return {
        **typed_of(known),
        **typed,
        "cards": fields.listed("card"),
        "sources": fields.listed("source"),
        "offers": [one for one in offers if one["label"] or one["to"]],
    }


def read_message(fields: Fields, known: Message) -> Message | None:
    """Return the message that was filled in, None with faults in `fields`; `known` keeps its key."""
    texts = {
        variant: text
        for variant in Variant
        if (text := fields.text(f"text-{variant.value}", longest=LONGEST_TEXT, required=False, lines=True))
    }
    if Variant.HOUSEHOLD not in texts:
        fields.faults["text-household"] = "Cần nội dung chung: ai không thuộc nhóm riêng nào sẽ nhận nội dung này."
    title = fields.text("title", longest=LONGEST_TITLE)
    when = _moment(fields)
    send_for = _send_for(fields)
    offers = tuple(_offers(fields))
    message = replace(
        known,
        title=title,
        texts=texts,
        cards=_chosen(fields, "card"),
        sources=tuple(source_at(one) for one in _chosen(fields, "source")),
        offers=offers,
        unless=_unless(fields),
        image=fields.text("image", longest=_LONGEST_ADDRESS, required=False) or None,
        template=_template(fields),
        article=fields.text("article", longest=_LONGEST_ADDRESS, required=False) or None,
    )
    if not fields.fine or when is None or send_for is None:
        return None
    return replace(message, when=when, send_for=send_for)


def as_far_as_typed(typed: Mapping[str, Any], known: Message) -> Message:
    """Return a message with the words of a form, whatever else in it is wrong: to see what fits where."""
    texts = {variant: text for variant in Variant if (text := str(typed.get(f"text-{variant.value}", "")).strip())}
    image = str(typed.get("image", "")) or None
    sources = tuple(source_at(one) for one in typed["sources"])
    return replace(known, texts=texts, cards=tuple(typed["cards"]), sources=sources, image=image)


def address_of(source: Source) -> str:
    """Return a source as one word: "nd-2025-105#dieu-5"."""
    return f"{source.document}#{source.locator}" if source.locator else source.document


def source_at(address: str) -> Source:
    """Return the source that `address_of` names.

    >>> source_at("nd-2025-105#dieu-5")
    Source(document='nd-2025-105', locator='dieu-5')
    """
    document, _, locator = address.partition("#")
    return Source(document=document, locator=locator)


def new_message(key: str) -> Message:
    """Return a message with nothing in it yet but its place."""
    return Message(key=key, title="Tin mới", when=Moment(), texts={Variant.HOUSEHOLD: ""})


def read_hour(fields: Fields, name: str) -> time | None:
    """Return the time of a field: "08:00", "8h" or "8"; None with a fault where it is none."""
    typed = fields.text(name, longest=10)
    if (found := _HOUR.fullmatch(typed.replace(" ", "").lower())) is not None:
        return time(int(found[1]), int(found[2] or 0))
    if typed:
        fields.faults[name] = "Cần một giờ trong ngày, ví dụ 08:00."
    return None


def _moment(fields: Fields) -> Moment | None:
    kind = fields.choice("when", WHENS)
    if kind is None:
        return None
    if kind == AT:
        day, hour = fields.day("at_day"), read_hour(fields, "at_hour")
        return None if day is None or hour is None else Moment(at=datetime.combine(day, hour))
    days = 0 if kind == ON else fields.whole("days", 1, MOST_DAYS)
    hour = read_hour(fields, "hour")
    if days is None or hour is None:
        return None
    return Moment(days=-days if kind == BEFORE else days, hour=hour)


def _send_for(fields: Fields) -> timedelta | None:
    unit = fields.choice("unit", UNIT_NAMES)
    amount = fields.whole("send_for", 1, 10_000)
    if unit is None or amount is None:
        return None
    length = amount * UNITS[unit]
    if length > checking.LONGEST_SEND_FOR:
        fields.faults["send_for"] = f"Nhiều nhất {checking.LONGEST_SEND_FOR.days} ngày."
        return None
    return length


def _offers(fields: Fields) -> Iterable[Offer]:
    for number in range(_OFFERS_READ):
        label = fields.text(f"offer-label-{number}", longest=LONGEST_LABEL, required=False)
        to = fields.text(f"offer-to-{number}", longest=_LONGEST_ADDRESS, required=False)
        if not label and not to:
            continue
        kind, _, target = to.partition(":")
        if not label:
            fields.faults[f"offer-label-{number}"] = "Cần chữ trên nút."
        elif kind not in set(Doing) or not target:
            fields.faults[f"offer-to-{number}"] = "Chọn nút này mở gì."
        else:
            yield Offer(label=label, kind=Doing(kind), target=target)


def _unless(fields: Fields) -> tuple[str, str] | None:
    typed = fields.text("unless", longest=_LONGEST_ADDRESS, required=False)
    kind, _, target = typed.partition(":")
    if not typed:
        return None
    if kind not in {"quiz", "drill", "answered"} or not target:
        fields.faults["unless"] = "Lựa chọn này không có."
        return None
    return kind, target


def _template(fields: Fields) -> ZaloTemplate | None:
    number = fields.text("template", longest=_LONGEST_ADDRESS, required=False)
    lines = fields.text("template_data", longest=5_000, required=False, lines=True)
    data: dict[str, str] = {}
    for line in filter(str.strip, lines.splitlines()):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not name or len(value) > _LONGEST_FIELD:
            fields.faults["template_data"] = f"Dòng “{line[:40]}” cần viết: tên = nội dung."
        data[name] = value
    if not number:
        if data:
            fields.faults["template"] = "Cần mã mẫu tin mà Zalo đã duyệt."
        return None
    return ZaloTemplate(id=number, data=data)


def _chosen(fields: Fields, name: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(fields.listed(name)))
    if len(chosen) > _MOST_CHOSEN or any(len(one) > _LONGEST_ADDRESS for one in chosen):
        fields.faults[name] = f"Nhiều nhất {_MOST_CHOSEN} mục."
        return ()
    return chosen


def _in_units(length: timedelta) -> tuple[str, int]:
    """A length in the largest unit that gives a whole number: minutes where none does."""
    unit = next((name for name in ("days", "hours") if length % UNITS[name] == timedelta(0)), "minutes")
    return unit, length // UNITS[unit]


def _lines_of(data: Mapping[str, str]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in data.items())
