"""The forms of what a campaign is called, and of how it is sent: first group, stop rules, repetition, urgency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.campaigns.content import First, Plan, Repeat, StopRules
from bot.console.forms import Fields
from knowledge.places import Places

LONGEST_TITLE: Final = 150
LONGEST_GOAL: Final = 1_000
NOBODY_FIRST, PERCENT, PLACE = "none", "percent", "place"
FIRSTS: Final[Mapping[str, str]] = {
    PERCENT: "Gửi trước cho một phần nhỏ, chọn ngẫu nhiên",
    PLACE: "Gửi trước cho một địa bàn",
    NOBODY_FIRST: "Gửi cho tất cả ngay từ đầu",
}
NEVER, OCCASION, MONTHLY, LUNAR = "never", "occasion", "month", "lunar"
REPEATS: Final[Mapping[str, str]] = {
    NEVER: "Không lặp lại",
    OCCASION: "Hằng năm, vào một dịp",
    MONTHLY: "Hằng tháng, theo ngày dương lịch",
    LUNAR: "Hằng tháng, theo ngày âm lịch (rằm là 15)",
}
BASICS_LABELS: Final[Mapping[str, str]] = {
    "title": "Tên chiến dịch",
    "goal": "Mục tiêu",
    "day": "Ngày chính",
    "occasion": "Dịp",
    "kit": "Bộ soạn sẵn",
}
RULES_LABELS: Final[Mapping[str, str]] = {
    "first": "Gửi thử cho một nhóm trước",
    "percent": "Phần gửi trước",
    "place": "Địa bàn gửi trước",
    "watch": "Theo dõi nhóm này bao nhiêu phút",
    "failed": "Gửi không được",
    "stopped": "Dừng nhận tin hoặc chặn",
    "complained": "Bấm “Tin này không đúng”",
    "least": "Xét khi đã gửi ít nhất",
    "repeat": "Lặp lại thế nào",
    "repeat_occasion": "Dịp lặp lại",
    "repeat_day": "Ngày lặp lại",
    "ahead": "Lập bản soạn trước (ngày)",
}
"""What fields are called where all that is wrong is listed."""
_LAST_MONTH_DAY, _LAST_LUNAR_DAY = 28, 30
_MOST_AHEAD: Final = 180
_MOST_WATCHED: Final = 10_080  # minutes: a week
_MOST_LEAST: Final = 1_000_000
_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?")


def typed_basics(plan: Plan) -> dict[str, Any]:
    """Return what the form of the name, goal and day holds."""
    return {
        "title": plan.title,
        "goal": plan.goal,
        "day": plan.day.isoformat() if plan.day else "",
        "occasion": plan.occasion or "",
    }


def read_basics(fields: Fields, plan: Plan, occasions: Mapping[str, str]) -> Plan | None:
    """Return the plan with name, goal, occasion and day as filled in, None with faults in `fields`."""
    title = fields.text("title", longest=LONGEST_TITLE)
    goal = fields.text("goal", longest=LONGEST_GOAL, required=False, lines=True)
    day = fields.day("day", required=False)
    known = {**occasions, plan.occasion: ""} if plan.occasion else occasions
    occasion = fields.choice("occasion", known, required=False)
    return replace(plan, title=title, goal=goal, day=day, occasion=occasion) if fields.fine else None


def typed_rules(plan: Plan) -> dict[str, Any]:
    """Return what the form of the rules of sending holds."""
    first = plan.first
    kind, _, value = plan.repeat.rule.partition(":") if plan.repeat else (NEVER, "", "")
    return {
        "first": NOBODY_FIRST if first is None else PLACE if first.place else PERCENT,
        "percent": _written(first.percent if first else First.percent),
        "place": (first and first.place) or "",
        "watch": str(int((first or First()).watch.total_seconds() // 60)),
        "alone": (first or First()).alone,
        "failed": _written(plan.stop_rules.failed),
        "stopped": _written(plan.stop_rules.stopped),
        "complained": _written(plan.stop_rules.complained),
        "least": str(plan.stop_rules.least),
        "repeat": kind if kind in {NEVER, MONTHLY, LUNAR} else OCCASION,
        "repeat_occasion": kind if kind not in REPEATS else (plan.occasion or ""),
        "repeat_day": value,
        "ahead": str(plan.repeat.ahead if plan.repeat else Repeat(rule="").ahead),
        "urgent": plan.urgent,
    }


def rules_as_typed(fields: Fields, plan: Plan) -> dict[str, Any]:
    """Return what was typed of the rules, to be shown again; a box that is not ticked is not sent."""
    return {**typed_rules(plan), **fields.as_typed(), "alone": fields.flag("alone"), "urgent": fields.flag("urgent")}


def read_rules(fields: Fields, plan: Plan, places: Places, occasions: Mapping[str, str]) -> Plan | None:
    """Return the plan with the rules that were filled in, None with faults in `fields`."""
    first = _first(fields, places)
    least = fields.whole("least", 1, _MOST_LEAST)
    failed, stopped, complained = (_percent(fields, name) for name in ("failed", "stopped", "complained"))
    repeat = _repeat(fields, occasions)
    if not fields.fine or None in (least, failed, stopped, complained):
        return None
    rules = StopRules(failed=failed or 0.0, stopped=stopped or 0.0, complained=complained or 0.0, least=least or 1)
    return replace(plan, first=first, stop_rules=rules, repeat=repeat, urgent=fields.flag("urgent"))


def _first(fields: Fields, places: Places) -> First | None:
    kind = fields.choice("first", FIRSTS)
    if kind in {None, NOBODY_FIRST}:
        return None
    watch = fields.whole("watch", 1, _MOST_WATCHED)
    first = First(watch=timedelta(minutes=watch or 1), alone=fields.flag("alone"))
    if kind == PLACE:
        code = fields.text("place", longest=5)
        if code and places.coded(code) is None:
            fields.faults["place"] = "Địa bàn này không có trong danh mục."
        return replace(first, place=code)
    percent = _percent(fields, "percent")
    return replace(first, percent=percent) if percent else None


def _percent(fields: Fields, name: str) -> float | None:
    typed = fields.text(name, longest=10).replace(" ", "").removesuffix("%")
    value = float(typed.replace(",", ".")) if _NUMBER.fullmatch(typed) else -1.0
    if not 0 < value <= 100:
        fields.faults[name] = "Cần một số phần trăm lớn hơn 0 và nhiều nhất 100, ví dụ 2 hoặc 0,5."
        return None
    return value


def _repeat(fields: Fields, occasions: Mapping[str, str]) -> Repeat | None:
    kind = fields.choice("repeat", REPEATS)
    if kind in {None, NEVER}:
        return None
    ahead = fields.whole("ahead", 1, _MOST_AHEAD) or 1
    if kind == OCCASION:
        occasion = fields.choice("repeat_occasion", occasions)
        return Repeat(rule=occasion, ahead=ahead) if occasion else None
    day = fields.whole("repeat_day", 1, _LAST_MONTH_DAY if kind == MONTHLY else _LAST_LUNAR_DAY)
    return Repeat(rule=f"{kind}:{day}", ahead=ahead) if day else None


def _written(value: float) -> str:
    return f"{value:g}".replace(".", ",")
