"""A plan as JSON and back. What was kept by an older version is read with what has been added since left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from bot.campaigns.content import (
    Audience,
    Behaviour,
    Did,
    Doing,
    First,
    Message,
    Moment,
    Offer,
    Plan,
    Repeat,
    Source,
    StopRules,
    Variant,
    ZaloTemplate,
)


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """Return what is stored of a plan."""
    return {name: _plain(value) for name, value in asdict(plan).items()}


def plan_from_json(data: Mapping[str, Any]) -> Plan:
    """Read what `plan_as_json` returned. Raises KeyError, TypeError or ValueError when it is none."""
    day, first, repeat = data.get("day"), data.get("first"), data.get("repeat")
    return Plan(
        title=str(data["title"]),
        goal=str(data.get("goal", "")),
        occasion=data.get("occasion"),
        kit=data.get("kit"),
        day=date.fromisoformat(day) if day else None,
        messages=tuple(message_from_json(one) for one in data.get("messages", ())),
        audience=_audience(data.get("audience") or {}),
        first=First(**{**first, "watch": timedelta(seconds=first["watch"])}) if first else None,
        stop_rules=StopRules(**(data.get("stop_rules") or {})),
        repeat=Repeat(**repeat) if repeat else None,
        urgent=bool(data.get("urgent", False)),
    )


def message_from_json(data: Mapping[str, Any]) -> Message:
    """Read a message of a plan. Raises KeyError, TypeError or ValueError when it is none."""
    unless, template = data.get("unless"), data.get("template")
    return Message(
        key=str(data["key"]),
        title=str(data["title"]),
        when=_moment(data["when"]),
        texts={Variant(variant): str(text) for variant, text in data["texts"].items()},
        cards=tuple(data.get("cards", ())),
        sources=tuple(Source(**one) for one in data.get("sources", ())),
        offers=tuple(Offer(**{**one, "kind": Doing(one["kind"])}) for one in data.get("offers", ())),
        image=data.get("image"),
        send_for=timedelta(seconds=data["send_for"]),
        unless=(str(unless[0]), str(unless[1])) if unless else None,
        template=ZaloTemplate(**template) if template else None,
        article=data.get("article"),
    )


def _moment(data: Mapping[str, Any]) -> Moment:
    at = data.get("at")
    return Moment(
        at=datetime.fromisoformat(at) if at else None,
        days=int(data.get("days", 0)),
        hour=time.fromisoformat(data["hour"]),
    )


def _audience(data: Mapping[str, Any]) -> Audience:
    behaviours = tuple(Behaviour(did=Did(one["did"]), target=one["target"]) for one in data.get("behaviours", ()))
    others = {name: tuple(value) for name, value in data.items() if name != "behaviours"}
    return Audience(**others, behaviours=behaviours)


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case timedelta():
            return value.total_seconds()
        case date() | time():
            return value.isoformat()
        case Mapping():
            return {_plain(name): _plain(one) for name, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
    return value
