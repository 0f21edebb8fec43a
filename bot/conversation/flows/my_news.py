"""What somebody is subscribed to, shown with all the ways to change or end it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.conversation.flows.desk import Consented, News, Profile
from bot.conversation.flows.home import HOMES
from bot.conversation.flows.link import channel_name
from bot.conversation.flows.news import named_topics, part_named
from bot.conversation.flows.place_reading import unit_name
from bot.conversation.flows.quiet_words import told
from bot.conversation.messages import Button, Kind, Reply
from knowledge.clock import VIET_NAM
from knowledge.places import Places

_SUBSCRIBE: Final = Button(label="Đăng ký nhận tin", payload="do:news")
_CHANGES: Final = (
    Button(label="Đổi loại tin", payload="do:news"),
    Button(label="Đổi giờ nhận tin", payload="do:hours"),
    Button(label="Đổi nơi ở", payload="do:home"),
    Button(label="Dừng nhận tin", payload="do:stop"),
)
_NEVER: Final = (
    "Bạn chưa đăng ký nhận tin nào, nên mình không tự gửi gì cho bạn. Tin chỉ tới ai đã đăng ký, trong khoảng "
    f"{told(None)} (trừ cảnh báo khẩn); muốn đổi giờ thì gõ “đổi giờ nhận tin”. Không quảng cáo, gõ DỪNG là thôi ngay."
)
_STOPPED: Final = "Bạn đã dừng nhận tin từ {day}, mình không tự gửi gì cho bạn. Muốn nhận lại thì đăng ký lại nhé."


def news_reply(news: News | None, profile: Profile | None, places: Places) -> Reply:
    """Tell somebody what they are subscribed to, since when they agreed, and how that is changed or ended."""
    if news is None:
        return Reply(kind=Kind.FLOW, text=_NEVER, buttons=(_SUBSCRIBE,))
    if news.stopped_at is not None:
        text = _STOPPED.format(day=news.stopped_at.astimezone(VIET_NAM).strftime("%d/%m/%Y"))
        return Reply(kind=Kind.FLOW, text=text, buttons=(_SUBSCRIBE,))
    lines = [
        "Tin bạn đăng ký nhận:",
        f"• Loại tin: {named_topics(news.topics)}",
        f"• Giờ nhận tin: {told(news.quiet)} (trừ cảnh báo khẩn)",
        *_about(profile, places),
        f"• {consent_line(news)}",
        "Không quảng cáo. Muốn đổi giờ thì gõ “đổi giờ nhận tin”; gõ DỪNG là thôi ngay.",
    ]
    return Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=_CHANGES)


def consent_line(news: News) -> str:
    """When, where and by which wording: "Đồng ý lúc 09:00 ngày 22/11/2026 ở Zalo (mẫu đồng ý 2026-11)"."""
    return _agreed(news.since, news.channel, news.wording)


def past_line(one: Consented) -> str:
    """What somebody once agreed to: as `consent_line`, with the topics; or "Kết thúc lúc 09:00 ngày 22/11/2026: …"."""
    done = f"Kết thúc lúc {_time(one.at)}" if one.stopped else _agreed(one.at, one.channel, one.wording)
    return f"{done}: {named_topics(one.topics)}"


def _agreed(at: datetime, channel: str | None, wording: str) -> str:
    where = f" ở {channel_name(channel)}" if channel else ""
    return f"Đồng ý lúc {_time(at)}{where} (mẫu đồng ý {wording})"


def _time(at: datetime) -> str:
    return at.astimezone(VIET_NAM).strftime("%H:%M ngày %d/%m/%Y")


def _about(profile: Profile | None, places: Places) -> list[str]:
    if profile is None:
        return []
    return [
        *([f"• Nơi ở: {unit_name(places, profile.place)}"] if profile.place else []),
        *([f"• Loại nhà: {HOMES[profile.home].lower()}"] if profile.home else []),
        *([f"• Vai trò: {part_named(profile.part).lower()}"] if profile.part else []),
    ]
