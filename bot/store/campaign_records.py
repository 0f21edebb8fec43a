"""What is read of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from bot.campaigns.content import Plan
from bot.campaigns.content_json import plan_from_json
from bot.campaigns.lifecycle import Stage, State
from bot.store.campaign_tables import NEVER, CampaignEventRow, CampaignMessageRow, CampaignRow
from bot.store.staff_tables import StaffRow


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign as stored. Times are with a time zone; `version` counts its changes.

    `checked`: what the approver ticked, one mapping for each cited document: "document" (its id), "name" and "standing"
    (in words, on the day of sending). `urgent`: granted by the approver. `reason`: why it is paused, failed or was sent
    back, in Vietnamese.
    `repeats_id`: the first campaign of the series that it belongs to; `series_ended`: no further drafts follow from it.
    """

    id: int
    state: State
    plan: Plan
    version: int
    created_by: int
    created_by_name: str
    created_at: datetime
    changed_by: int
    changed_by_name: str
    changed_at: datetime
    submitted_at: datetime | None
    approved_by: int | None
    approved_by_name: str | None
    approved_at: datetime | None
    checked: tuple[Mapping[str, Any], ...]
    urgent: bool
    digest: bytes | None
    frozen_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    repeats_id: int | None
    series_ended: bool


@dataclass(frozen=True, kw_only=True)
class CampaignLine:
    """A campaign in a list. `next_due`: when its next message is due, once it is frozen."""

    id: int
    state: State
    title: str
    occasion: str | None
    day: date | None
    messages: int
    created_by: int
    created_by_name: str
    changed_at: datetime
    submitted_at: datetime | None
    next_due: datetime | None
    reason: str | None
    urgent: bool


@dataclass(frozen=True, kw_only=True)
class CampaignEvent:
    """Something that happened to a campaign. `act`: a value of `Act`, or one of `OTHER_ACTS`.

    `staff_name` None: the program did it.
    """

    id: int
    at: datetime
    act: str
    staff_id: int | None
    staff_name: str | None
    text: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CampaignMessage:
    """One message of an approved campaign; `place` counts from 0."""

    id: int
    campaign_id: int
    key: str
    place: int
    title: str
    due_at: datetime
    send_until: datetime
    unless: tuple[str, str] | None
    stage: Stage
    listed_at: datetime | None
    begun_at: datetime | None
    first_done_at: datetime | None
    ended_at: datetime | None


OTHER_ACTS: Final[Mapping[str, str]] = {
    "create": "Lập chiến dịch",
    "save": "Sửa nội dung",
    "repeat": "Tự lập bản soạn cho kỳ tiếp theo",
    "series_end": "Ngừng tự lặp lại",
    "message_begin": "Bắt đầu gửi một tin",
    "message_first": "Nhóm đầu đã nhận, bắt đầu theo dõi",
    "message_on": "Gửi tiếp cho mọi người",
    "message_done": "Gửi xong một tin",
    "message_late": "Bỏ qua một tin vì quá giờ",
    "watchdog": "Bắt đầu muộn: tin đến giờ mà chưa được gửi",
}
"""Words for what happens to a campaign beside the acts of its life-cycle."""

_WRITER = aliased(StaffRow)
_CHANGER = aliased(StaffRow)
_APPROVER = aliased(StaffRow)
_ROOT = aliased(CampaignRow)


def campaigns() -> Select[*tuple[Any, ...]]:
    """Return the query of whole campaigns, for `campaign_of`."""
    return (
        select(
            CampaignRow,
            _WRITER.name.label("writer"),
            _CHANGER.name.label("changer"),
            _APPROVER.name.label("approver"),
            func.coalesce(_ROOT.repeated_day == NEVER, False).label("series_ended"),
        )
        .join(_ROOT, _ROOT.id == func.coalesce(CampaignRow.repeats_id, CampaignRow.id))
        .join(_WRITER, _WRITER.id == CampaignRow.created_by)
        .join(_CHANGER, _CHANGER.id == CampaignRow.changed_by)
        .outerjoin(_APPROVER, _APPROVER.id == CampaignRow.approved_by)
    )


def campaign_of(found: Row[Any]) -> Campaign:
    """Return a campaign from a row of `campaigns`."""
    row: CampaignRow = found[0]
    return Campaign(
        id=row.id,
        state=State(row.state),
        plan=plan_from_json(row.plan),
        version=row.version,
        created_by=row.created_by,
        created_by_name=found.writer,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_by_name=found.changer,
        changed_at=row.changed_at,
        submitted_at=row.submitted_at,
        approved_by=row.approved_by,
        approved_by_name=found.approver,
        approved_at=row.approved_at,
        checked=tuple(row.checked or ()),
        urgent=row.urgent,
        digest=row.digest,
        frozen_at=row.frozen_at,
        ended_at=row.ended_at,
        reason=row.reason,
        repeats_id=row.repeats_id,
        series_ended=found.series_ended,
    )


def lines() -> Select[*tuple[Any, ...]]:
    """Return the query of campaigns in a list, for `line_of`."""
    message = CampaignMessageRow
    waiting = (message.campaign_id == CampaignRow.id, message.stage == Stage.WAITING.value)
    next_due = select(func.min(message.due_at)).where(*waiting).scalar_subquery()
    messages = func.jsonb_array_length(func.coalesce(CampaignRow.plan["messages"], func.jsonb_build_array()))
    return select(
        CampaignRow.id,
        CampaignRow.state,
        CampaignRow.title,
        CampaignRow.plan["occasion"].astext.label("occasion"),
        CampaignRow.plan["day"].astext.label("day"),
        messages.label("messages"),
        CampaignRow.created_by,
        _WRITER.name.label("writer"),
        CampaignRow.changed_at,
        CampaignRow.submitted_at,
        next_due.label("next_due"),
        CampaignRow.reason,
        CampaignRow.urgent,
    ).join(_WRITER, _WRITER.id == CampaignRow.created_by)


def line_of(found: Row[Any]) -> CampaignLine:
    """Return a line from a row of `lines`."""
    return CampaignLine(
        id=found.id,
        state=State(found.state),
        title=found.title,
        occasion=found.occasion,
        day=date.fromisoformat(found.day) if found.day else None,
        messages=found.messages,
        created_by=found.created_by,
        created_by_name=found.writer,
        changed_at=found.changed_at,
        submitted_at=found.submitted_at,
        next_due=found.next_due,
        reason=found.reason,
        urgent=found.urgent,
    )


def events(campaign_id: int) -> Select[*tuple[Any, ...]]:
    """Return the query of what happened to a campaign, oldest first, for `event_of`."""
    row = CampaignEventRow
    joined = select(row, StaffRow.name.label("who")).outerjoin(StaffRow, StaffRow.id == row.staff_id)
    return joined.where(row.campaign_id == campaign_id).order_by(row.id)


def event_of(found: Row[Any]) -> CampaignEvent:
    """Return an event from a row of `events`."""
    row: CampaignEventRow = found[0]
    return CampaignEvent(
        id=row.id,
        at=row.at,
        act=row.act,
        staff_id=row.staff_id,
        staff_name=found.who,
        text=row.text,
        details=row.details,
    )


def message_of(row: CampaignMessageRow) -> CampaignMessage:
    """Return a message of an approved campaign."""
    return CampaignMessage(
        id=row.id,
        campaign_id=row.campaign_id,
        key=row.key,
        place=row.place,
        title=row.title,
        due_at=row.due_at,
        send_until=row.send_until,
        unless=(row.unless[0], row.unless[1]) if row.unless else None,
        stage=Stage(row.stage),
        listed_at=row.listed_at,
        begun_at=row.begun_at,
        first_done_at=row.first_done_at,
        ended_at=row.ended_at,
    )
