"""What `python -m bot doctor` says of campaigns: what goes, what stands still, and what should have begun."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import select

from bot.campaigns.beginning import LATE_AFTER
from bot.campaigns.lifecycle import STATES, State
from bot.campaigns.sweeping import FREEZE_LONGEST
from bot.campaigns.telling_staff import at
from bot.channels.contract import Diagnosis, Mark
from bot.store.campaign_records import CampaignLine, line_of, lines
from bot.store.campaign_stages import Underway, due
from bot.store.campaign_tables import CampaignRow
from bot.store.database import Database

_COUNTED: Final = (State.SENDING, State.SCHEDULED, State.APPROVED, State.IN_REVIEW)
_STOOD_STILL: Final = (State.PAUSED, State.FAILED)
_PAGE: Final = "Mở trang quản lý: /console/campaigns/{}."
_RUN: Final = "Xem chương trình (python -m bot run, hoặc worker) có đang chạy không, rồi xem nhật ký của nó."


async def diagnose_campaigns(database: Database, now: datetime) -> tuple[Diagnosis, ...]:
    """Return how campaigns stand at `now`, which has a time zone. Raises what the database raises."""
    states = [state.value for state in (*_COUNTED, *_STOOD_STILL)]
    async with database.sessions() as session:
        query = lines().where(CampaignRow.state.in_(states)).order_by(CampaignRow.id)
        found = [line_of(one) for one in await session.execute(query)]
        late = [one for one in await due(session, now) if one.live and now - one.message.due_at >= LATE_AFTER]
        approved = CampaignRow.state == State.APPROVED.value, CampaignRow.approved_at <= now - FREEZE_LONGEST
        unfrozen = list(await session.scalars(select(CampaignRow.title).where(*approved).order_by(CampaignRow.id)))
    still = [one for one in found if one.state in _STOOD_STILL]
    return (_summed_up(found), *map(_stands_still, still), *map(_unfrozen, unfrozen), *map(_late, late))


def _summed_up(found: list[CampaignLine]) -> Diagnosis:
    many = Counter(one.state for one in found)
    counted = "; ".join(f"{STATES[state].lower()}: {many[state]}" for state in _COUNTED if many[state])
    waiting = [one.next_due for one in found if one.next_due is not None and one.state not in _STOOD_STILL]
    following = f" Tin tiếp theo: {at(min(waiting))}." if waiting else ""
    return Diagnosis(Mark.GOOD, f"{_first_letter_up(counted) or 'Không có chiến dịch nào đang chạy'}.{following}")


def _stands_still(one: CampaignLine) -> Diagnosis:
    why = f": {one.reason.rstrip('.')}" if one.reason else ""
    text = f"Chiến dịch “{one.title}” {STATES[one.state].lower()}{why}."
    return Diagnosis(Mark.CAUTION, text, _PAGE.format(one.id))


def _unfrozen(title: str) -> Diagnosis:
    return Diagnosis(Mark.BAD, f"Chiến dịch “{title}” đã duyệt mà chưa chốt được danh sách người nhận.", _RUN)


def _late(one: Underway) -> Diagnosis:
    due_at = at(one.message.due_at)
    text = f"Chiến dịch “{one.title}”: tin “{one.message.title}” đến giờ lúc {due_at} mà chưa bắt đầu gửi."
    return Diagnosis(Mark.BAD, text, _RUN)


def _first_letter_up(words: str) -> str:
    return words[:1].upper() + words[1:]
