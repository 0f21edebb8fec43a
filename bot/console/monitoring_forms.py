"""What officers type about monitoring reports: which period and place, the text of a draft, the office."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from bot.console.forms import Fields
from bot.console.visits import Member
from bot.monitoring.periods import LONGEST_RANGE, Period, PeriodKind, on, period_of
from bot.monitoring.scopes import Scope, may_see
from bot.monitoring.sections import LONGEST_TEXT, LONGEST_TITLE, MOST_SECTIONS, Content, Office, Section
from knowledge.places import Places

_LONGEST_LINE: Final = 200
_LONGEST_NUMBER: Final = 20
_LONGEST_RECIPIENTS: Final = 4_000
_FIRST_DAY: Final = date(2020, 1, 1)
_ADDED: Final = re.compile(r"text-(them-[1-9][0-9]{0,3})")
_NUMBER: Final = re.compile(r"0*[1-9][0-9]{0,4}[a-zđ]?")


@dataclass(frozen=True)
class Reading:
    """Reads forms for one member; what is wrong is left in the fields' faults."""

    fields: Fields
    member: Member
    places: Places

    def period(self, today: date) -> Period | None:
        """Return the period: of a kind and a day in it, or a range of two days.

        It must have begun; a range must end today at the latest.
        """
        kind = self.fields.choice("kind", PeriodKind)
        if kind is None:
            return None
        found = self._range() if kind is PeriodKind.RANGE else self._around(kind)
        if found is not None and not _FIRST_DAY <= found.first <= today:
            where = "first" if kind is PeriodKind.RANGE else "day"
            self.fields.faults[where] = "Kỳ báo cáo phải bắt đầu từ năm 2020 và không sau hôm nay."
            return None
        if found is not None and found.kind is PeriodKind.RANGE and found.last > today:
            self.fields.faults["last"] = f"Ngày cuối không sau hôm nay ({on(today)})."
            return None
        return found

    def scope(self) -> Scope | None:
        """Return the place: one that is the member's, or all that they look after."""
        code = self.fields.text("place", longest=5, required=False)
        if not code:
            return Scope(self.member.places)
        if self.places.coded(code) is None or not may_see(self.member.places, Scope((code,)), self.places):
            self.fields.faults["place"] = "Địa bàn này không có hoặc không do bạn phụ trách."
            return None
        return Scope((code,))

    def office(self) -> Office:
        """Return head and foot as typed."""
        return Office(
            superior=self._line("superior"),
            issuer=self._line("issuer"),
            symbol=self._line("symbol"),
            place_name=self._line("place_name"),
            authority=self._line("authority"),
            position=self._line("position"),
            signer=self._line("signer"),
            recipients=tuple(
                line.strip()
                for line in self.fields.text(
                    "recipients", longest=_LONGEST_RECIPIENTS, required=False, lines=True
                ).splitlines()
                if line.strip()
            ),
        )

    def number(self) -> str:
        """Return the number of a document: digits, as the decree has them, and a letter for one put in between."""
        typed = self.fields.text("number", longest=_LONGEST_NUMBER)
        if typed and not _NUMBER.fullmatch(typed):
            self.fields.faults.setdefault("number", "Số báo cáo gồm các chữ số, ví dụ 15; ký hiệu được in sẵn sau số.")
        return typed

    def content(self, stored: Content) -> Content:
        """Return the draft as typed: the sections that are stored, with their new titles and texts.

        A section of an officer's that somebody else has taken out meanwhile is there again: its text is not lost.
        """
        sections = tuple(self._section(one) for one in stored.sections)
        room = max(0, MOST_SECTIONS - len(sections))
        taken_out = tuple(self._section(Section(key=key, title="", text="")) for key in self._unknown(stored)[:room])
        sections = (*sections[:-1], *taken_out, *sections[-1:])
        summary = self.fields.text("summary", longest=LONGEST_TITLE)
        return replace(stored, summary=summary, office=self.office(), sections=sections)

    def _section(self, stored: Section) -> Section:
        key = stored.key
        if f"text-{key}" not in self.fields.as_typed():
            return stored  # somebody has added it meanwhile
        return replace(
            stored,
            title=self.fields.text(f"title-{key}", longest=LONGEST_TITLE, required=False),
            text=self.fields.text(f"text-{key}", longest=LONGEST_TEXT, required=False, lines=True),
            tables=self.fields.flag(f"tables-{key}"),
        )

    def beside(self, newest: Content) -> Content:
        """Return the draft as typed after somebody else has saved: what was not touched here is as they left it."""
        mine = self.content(newest)
        typed = self.fields.as_typed()

        def touched_or_theirs(one: Section) -> Section | None:
            return newest.section(one.key) if typed.get(f"base-{one.key}") == one.digest else one

        if typed.get("base-head") == mine.head_digest:
            mine = replace(mine, summary=newest.summary, office=newest.office)
        return replace(mine, sections=tuple(filter(None, map(touched_or_theirs, mine.sections))))

    def _unknown(self, stored: Content) -> list[str]:
        """Return the keys of typed sections that are not stored."""
        keys = [found[1] for name in self.fields.as_typed() if (found := _ADDED.fullmatch(name))]
        return [key for key in keys if stored.section(key) is None]

    def _line(self, name: str) -> str:
        return self.fields.text(name, longest=_LONGEST_LINE, required=False)

    def _around(self, kind: PeriodKind) -> Period | None:
        day = self.fields.day("day")
        if day is None or not day >= _FIRST_DAY:
            self.fields.faults.setdefault("day", "Cần một ngày từ năm 2020.")
            return None
        return period_of(kind, day)

    def _range(self) -> Period | None:
        first, last = self.fields.day("first"), self.fields.day("last")
        if first is None or last is None:
            return None
        if last < first:
            self.fields.faults["last"] = "Ngày cuối phải sau hoặc trùng ngày đầu."
            return None
        if last - first > LONGEST_RANGE:
            self.fields.faults["last"] = f"Khoảng dài nhất là {LONGEST_RANGE / timedelta(days=366):.0f} năm."
            return None
        return Period(PeriodKind.RANGE, first, last)


def acted(content: Content, act: str, typed: Mapping[str, str]) -> Content:
    """Return the draft with what a button of its form asks for beside saving: "up:…", "down:…", "remove:…", "add".

    An act that is none leaves it as it is.
    """
    verb, _, key = act.partition(":")
    section = content.section(key)
    match verb:
        case "up" | "down":
            return content.moved(key, -1 if verb == "up" else 1)
        case "remove" if section is not None and section.added:
            return content.without(key)
        case "add" if len(content.sections) < MOST_SECTIONS:
            return content.with_new(typed.get("new_title", "").strip()[:LONGEST_TITLE] or "Mục mới")
    return content
