"""What a plan costs and how long it takes, as a range: what channels charge, how fast they take messages.

Everything is an estimate: by when somebody writes again changes what a message to them costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from math import ceil
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from bot.campaigns.content import CHANNELS, Message, Plan
from bot.channels.contract import Pace
from bot.store.campaign_audience import Estimate, Window
from bot.store.campaign_gate import ZONE
from bot.store.quotas import Quota
from knowledge.frontmatter import parse_into, read_yaml
from knowledge.trust import Trust

PRICES_FILE: Final = Path(__file__).parent / "prices.yml"
ESTIMATED: Final = "ước tính"
_FREE_HOURS: Final = timedelta(hours=48)
_STRICT: Final = ConfigDict(extra="forbid")
_QUOTAS: Final[Mapping[str, str]] = {
    "oa": "Hạn mức chung của OA",
    "campaign": "Hạn mức gửi chiến dịch",
    "cs_reply": "Tin tư vấn",
    "promotion": "Tin truyền thông",
    "broadcast": "Bài truyền thông (broadcast)",
    "template": "Tin theo mẫu",
    "sub_quota": "Hạn mức của gói OA",
    "uploads": "Ảnh tải lên Zalo trong tháng",
}


@checked_dataclass(frozen=True, kw_only=True, config=_STRICT)
class Price:
    """What one message costs on a channel in a window, in đồng, and who says so. `note` is for the author to read."""

    channel: str
    window: Window
    low: int = Field(ge=0)
    high: int = Field(ge=0)
    what: str
    source: str
    trust: Trust
    checked: date
    note: str = ""


@checked_dataclass(frozen=True, kw_only=True, config=_STRICT)
class Prices:
    """All prices. `free_each_month`: of the paid ones, by package; `share_of_replies`: of the pace, at most."""

    prices: tuple[Price, ...]
    free_each_month: tuple[int, ...]
    share_of_replies: float = Field(ge=0, lt=1)

    @classmethod
    def load(cls, path: Path = PRICES_FILE) -> Prices:
        """Read the file. Raises `KnowledgeError` naming file and line."""
        return parse_into(TypeAdapter(cls), read_yaml(path))

    def of(self, channel: str, window: Window) -> Price | None:
        """Return what a message costs; None where nobody told."""
        return next((one for one in self.prices if (one.channel, one.window) == (channel, window)), None)


@cache
def known_prices() -> Prices:
    """Return the prices that come with the program."""
    return Prices.load()


@dataclass(frozen=True, kw_only=True)
class Span:
    """From the least to the most, both included."""

    low: int = 0
    high: int = 0

    def __add__(self, other: Span) -> Span:
        return Span(low=self.low + other.low, high=self.high + other.high)

    @property
    def words(self) -> str:
        """The span as money that is estimated.

        >>> Span(low=0, high=55_000).words, Span(low=200, high=200).words
        ('ước tính từ 0 đ đến 55.000 đ', 'ước tính 200 đ')
        """
        if self.low == self.high:
            return f"{ESTIMATED} {_money(self.low)}"
        return f"{ESTIMATED} từ {_money(self.low)} đến {_money(self.high)}"


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """What one group costs over all messages: `people` now in it, `messages` for them altogether."""

    channel: str
    window: Window
    people: int
    messages: int
    span: Span
    price: Price | None


@dataclass(frozen=True, kw_only=True)
class Duration:
    """How long one message takes on a channel, in minutes; both None without a limit of the channel."""

    channel: str
    people: int
    low: int | None
    high: int | None

    @property
    def words(self) -> str:
        """The time it takes.

        >>> Duration(channel="zalo_oa", people=10_000, low=100, high=250).words
        'ước tính từ 1 giờ 40 phút đến 4 giờ 10 phút'
        """
        if self.low is None or self.high is None:
            return f"{ESTIMATED} dưới 1 phút"
        if self.low == self.high:
            return f"{ESTIMATED} {_minutes(self.low)}"
        return f"{ESTIMATED} từ {_minutes(self.low)} đến {_minutes(self.high)}"


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a plan costs and how long its greatest message takes. `notes`: what the author should know of it."""

    lines: tuple[CostLine, ...]
    total: Span
    durations: tuple[Duration, ...]
    notes: tuple[str, ...]


def costs(
    plan: Plan, estimate: Estimate, paces: Mapping[str, Pace], now: datetime, prices: Prices | None = None
) -> Costs:
    """Return what a plan costs by channel and window; `paces` are those of the accounts that are configured.

    Low: everybody stays as they are now, and the free amount of the greatest package is left for each month. High: who
    is free now has been silent for 48 hours by then, and nothing free is left.
    """
    known = prices or known_prices()
    counting = _Counting(plan, known, now)
    lines = tuple(counting.line(*group, people) for group, people in sorted(estimate.windows.items()))
    total = sum((one.span for one in lines), Span())
    free = min(total.low, counting.free(lines))
    durations = tuple(
        _duration(channel, people, paces[channel], known)
        for channel, people in sorted(estimate.by_channel.items())
        if channel in paces
    )
    return Costs(
        lines=lines,
        total=Span(low=total.low - free, high=total.high),
        durations=durations,
        notes=tuple(_notes(plan, lines, known)),
    )


def quota_words(quotas: Sequence[Quota]) -> tuple[str, ...]:
    """Return what is left of an account's quotas, one line each, as the channel last said."""
    return tuple(_quota(one) for one in quotas)


@dataclass(frozen=True)
class _Counting:
    """Counts what the messages of one plan cost, as of `now`."""

    plan: Plan
    known: Prices
    now: datetime

    def line(self, channel: str, window: Window, people: int) -> CostLine:
        spans = [span for one in self.plan.messages if (span := self._span(one, channel, window)) is not None]
        each = sum(spans, Span())
        return CostLine(
            channel=channel,
            window=window,
            people=people,
            messages=people * len(spans),
            span=Span(low=each.low * people, high=each.high * people),
            price=self.known.of(channel, window),
        )

    def free(self, lines: Sequence[CostLine]) -> int:
        """The most that the free amounts of packages save, over the months in which messages go."""
        months = {(due.year, due.month) for one in self.plan.messages if (due := self._due(one)) is not None}
        free = max(self.known.free_each_month, default=0) * max(1, len(months))
        paid = (one for one in lines if one.window is Window.PAID)
        return sum(min(one.messages, free) * one.price.low for one in paid if one.price is not None)

    def _span(self, message: Message, channel: str, window: Window) -> Span | None:
        """What a message costs for one person; None when they do not get it."""
        if window is Window.TEMPLATE and message.template is None:
            return None
        price, later = self.known.of(channel, window), self.known.of(channel, Window.PAID)
        low, high = (price.low, price.high) if price else (0, 0)
        if window is Window.FREE and later is not None and not self._soon(message):
            high = later.high
        return Span(low=low, high=high)

    def _soon(self, message: Message) -> bool:
        """Whether somebody who wrote just now has still written within 48 hours when the message goes."""
        due = self._due(message)
        return due is not None and due - self.now < _FREE_HOURS

    def _due(self, message: Message) -> datetime | None:
        try:
            return message.when.on(self.plan.day).replace(tzinfo=ZONE)
        except ValueError:
            return None


def _duration(channel: str, people: int, pace: Pace, known: Prices) -> Duration:
    if pace.messages is None:
        return Duration(channel=channel, people=people, low=None, high=None)
    minutes = people * pace.seconds / pace.messages / 60
    slow = minutes / (1 - known.share_of_replies)
    return Duration(channel=channel, people=people, low=max(1, ceil(minutes)), high=max(1, ceil(slow)))


def _notes(plan: Plan, lines: Sequence[CostLine], known: Prices) -> list[str]:
    notes = []
    for line in lines:
        if line.price is not None and line.price.note:
            trust = f" ({line.price.trust.caution})" if line.price.trust.caution else ""
            notes.append(
                f"{line.price.what}: {line.price.note} Nguồn{trust}: {line.price.source}, xem ngày "
                f"{line.price.checked:%d/%m/%Y}."
            )
        elif line.price is None:
            notes.append(f"{CHANNELS.get(line.channel, line.channel)}: chưa rõ giá.")
    if any(one.window is Window.PAID for one in lines):
        amounts = " hoặc ".join(_dotted(one) for one in known.free_each_month)
        notes.append(f"Gói Zalo OA có {amounts} tin từ 48 giờ đến 7 ngày miễn phí mỗi tháng; mức thấp đã trừ số này.")
    if any(one.article for one in plan.messages):
        notes.append("Bài truyền thông (broadcast) tính theo hạn mức của gói Zalo OA, chưa có trong số tiền này.")
    return list(dict.fromkeys(notes))


def _quota(quota: Quota) -> str:
    name = _QUOTAS.get(quota.kind, quota.kind)
    when = f"{quota.read_at.astimezone(ZONE):%H:%M %d/%m/%Y}"
    if quota.remaining is None:
        return f"{name}: kênh không cho biết còn bao nhiêu ({when})"
    of_total = f" trên {_dotted(quota.total)}" if quota.total is not None else ""
    return f"{name}: còn {_dotted(quota.remaining)}{of_total} ({when})"


def _money(amount: int) -> str:
    return f"{_dotted(amount)} đ"


def _dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _minutes(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} giờ" if hours else "", f"{rest} phút" if rest or not hours else "") if part
    )
