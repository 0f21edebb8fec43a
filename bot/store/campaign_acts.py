"""What each act does to a campaign that is held, and how it is noted. Runs in the transaction of whoever acts.

A campaign is held by FOR NO KEY UPDATE: rows that refer to it may be written meanwhile, so that whoever pauses or
cancels never waits for a million rows. Locks are taken in this order: the campaign's heavy work, the campaign, its
messages, the outbox, the ledger, the log.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import Plan
from bot.campaigns.content_json import plan_from_json
from bot.campaigns.lifecycle import Act, Stage, State, after
from bot.store.audit import note
from bot.store.campaign_checks import CitedDocument, Judge, cited_when_sent, due_at
from bot.store.campaign_errors import (
    ChangedTextsError,
    FaultyPlanError,
    NothingToRetryError,
    NotInForceError,
    SamePersonError,
    StaleCampaignError,
    TooLateError,
    UncheckedError,
    UnknownCampaignError,
    WordsMissingError,
)
from bot.store.campaign_ledger import Ledger
from bot.store.campaign_queue import ask_begin, ask_freeze, ask_watch
from bot.store.campaign_tables import CampaignEventRow, CampaignMemberRow, CampaignMessageRow, CampaignRow
from bot.store.staff import Author

PROGRAM: Final = Author(None, "campaigns")
"""Who acts where nobody does."""
_HEAVY: Final = 47_06_001
"""Of the database's locks, the one of what writes a row for each of an audience; with the campaign's number."""
_ENDED: Final = (Stage.DONE.value, Stage.LATE.value, Stage.STOPPED.value)
_NO_DAY: Final = "Chưa chọn ngày của chiến dịch, nên chưa biết các tin gửi vào lúc nào."
_NO_MESSAGE: Final = "Chiến dịch chưa có tin nào."
_HASTY: Final = frozenset({Act.PAUSE, Act.CANCEL})
"""These are not refused to whoever has read an earlier version."""


@dataclass(frozen=True, kw_only=True)
class Doing:
    """An act as it was asked for.

    `checked`: ids of the documents that the approver ticked; `shown`: the digest of the texts that they saw.
    """

    act: Act
    by: Author
    at: datetime
    version: int | None = None
    text: str = ""
    checked: frozenset[str] = frozenset()
    shown: bytes | None = None
    urgent: bool = False


@dataclass(frozen=True)
class _Acting:
    session: AsyncSession
    judge: Judge
    ledger: Ledger
    row: CampaignRow
    doing: Doing
    details: dict[str, Any] = field(default_factory=dict)  # for the event


async def held(session: AsyncSession, campaign_id: int) -> CampaignRow:
    """Hold a campaign until the transaction ends. Raises `UnknownCampaignError`."""
    alone = select(CampaignRow).where(CampaignRow.id == campaign_id).with_for_update(key_share=True)
    row = await session.scalar(alone.execution_options(populate_existing=True))
    if row is None:
        raise UnknownCampaignError(campaign_id)
    return row


async def alone_at_work(session: AsyncSession, campaign_id: int, *, wait: bool = True) -> bool:
    """Be the only one that writes rows for an audience until the transaction ends; False if another is at it."""
    if wait:
        await session.execute(select(func.pg_advisory_xact_lock(_HEAVY, campaign_id)))
        return True
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(_HEAVY, campaign_id))))


async def begun(session: AsyncSession, campaign_id: int) -> bool:
    """Whether a message of a campaign has begun."""
    message = CampaignMessageRow
    return bool(
        await session.scalar(select(exists().where(message.campaign_id == campaign_id, message.begun_at.is_not(None))))
    )


def digest_of(plan: Mapping[str, Any], texts: bytes) -> bytes:
    """Return the SHA-256 of what is approved: a plan's JSON in its one canonical form, and the digest of its texts."""
    canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass") + texts).digest()


async def carry_out(session: AsyncSession, judge: Judge, ledger: Ledger, row: CampaignRow, doing: Doing) -> None:
    """Do what an act does to a campaign that is held, and note it.

    Raises `CampaignActError`, `StaleCampaignError` and what the act itself raises.
    """
    if doing.version is not None and doing.version != row.version and doing.act not in _HASTY:
        raise StaleCampaignError
    follows = after(State(row.state), doing.act, begun=await begun(session, row.id))
    acting = _Acting(session, judge, ledger, row, doing)
    before = row.state
    await _EFFECTS[doing.act](acting)
    row.state = follows.value
    row.version += 1
    await session.flush()
    if doing.act is Act.APPROVE:
        await ask_freeze(session, row.id, row.version)
    details = {**acting.details, "from": before, "to": row.state}
    await note_event(session, row.id, doing.act.value, doing.by, doing.at, text=doing.text, details=details)
    granted = {"urgent": row.urgent} if doing.act is Act.APPROVE else {}
    await log(session, row.id, doing.act.value, doing.by, version=row.version, **granted)


async def note_event(
    session: AsyncSession,
    campaign_id: int,
    act: str,
    by: Author,
    at: datetime,
    *,
    text: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note what happened to a campaign; `details` are plain JSON."""
    event = CampaignEventRow(
        campaign_id=campaign_id,
        at=at,
        act=act,
        staff_id=by.staff_id,
        text=text or None,
        details=dict(details or {}),
    )
    session.add(event)
    await session.flush()


async def log(session: AsyncSession, campaign_id: int, act: str, by: Author, **details: object) -> None:
    """Note an act in the log, last in the transaction."""
    await note(
        session,
        staff_id=by.staff_id,
        who=by.who,
        act=f"campaign {act}",
        subject=f"campaign:{campaign_id}",
        details=details,
    )


async def _submit(acting: _Acting) -> None:
    await _demand_no_faults(acting, plan_from_json(acting.row.plan))
    acting.row.submitted_at = acting.doing.at
    acting.row.reason = None


async def _send_back(acting: _Acting) -> None:
    if not acting.doing.text:
        raise WordsMissingError
    acting.row.submitted_at = None
    acting.row.reason = acting.doing.text


async def _approve(acting: _Acting) -> None:
    row, doing = acting.row, acting.doing
    if doing.by.staff_id is None or doing.by.staff_id in await _authors(acting):
        raise SamePersonError
    asked = plan_from_json(row.plan)
    plan = replace(asked, urgent=asked.urgent and doing.urgent)  # what is not granted must fit the usual hours
    spare = [one.send_for if plan.urgent else timedelta(0) for one in plan.messages]  # an urgent one goes at once
    if any(when + late <= doing.at for when, late in zip(_times(plan), spare, strict=True)):
        raise TooLateError
    cited = cited_when_sent(acting.judge, plan)
    if void := [one.name for one in cited if not one.in_force]:
        raise NotInForceError(void)
    if missing := [one.document for one in cited if one.document not in doing.checked]:
        raise UncheckedError(missing)
    await _demand_no_faults(acting, plan)
    texts = await asyncio.to_thread(acting.judge.texts_digest, asked)
    if doing.shown is not None and doing.shown != texts:
        raise ChangedTextsError
    row.approved_by = doing.by.staff_id
    row.approved_at = doing.at
    row.checked = [_ticked(one) for one in cited]
    row.urgent = plan.urgent
    row.digest = digest_of(row.plan, texts)
    row.reason = None
    acting.details.update(digest=row.digest.hex(), urgent=row.urgent, checked=sorted(doing.checked))


async def _revise(acting: _Acting) -> None:
    """Take back what was approved and frozen."""
    row, session = acting.row, acting.session
    if row.state != State.APPROVED.value and not await alone_at_work(session, row.id, wait=False):
        raise StaleCampaignError  # a message begins at this moment
    await session.execute(delete(CampaignMessageRow).where(CampaignMessageRow.campaign_id == row.id))
    await session.execute(delete(CampaignMemberRow).where(CampaignMemberRow.campaign_id == row.id))
    row.submitted_at = row.approved_by = row.approved_at = row.frozen_at = row.ended_at = None
    row.checked = row.digest = row.reason = None
    row.urgent = False


async def _pause(acting: _Acting) -> None:
    acting.row.reason = acting.doing.text or None
    acting.details["taken_back"] = await acting.ledger.unfeed(acting.session, acting.row.id)


async def _resume(acting: _Acting) -> None:
    """Go on where it stopped; what the first few have been watched with to the end, the others get now."""
    row, session, now = acting.row, acting.session, acting.doing.at
    await acting.ledger.trouble_over(session)
    row.reason = None
    first = plan_from_json(row.plan).first
    for message in await messages_of(session, row.id):
        if message.stage == Stage.WAITING.value:
            await ask_begin(session, message.id, max(message.due_at, now))
        watched = first is not None and message.first_done_at is not None and message.first_done_at + first.watch <= now
        if message.stage == Stage.WATCHING.value and watched:
            message.stage = Stage.SENDING.value
            details = {"message": message.id, "title": message.title}
            await note_event(session, row.id, "message_on", acting.doing.by, now, details=details)
    await ask_watch(session, row.id)


async def _retry(acting: _Acting) -> None:
    row, session, now = acting.row, acting.session, acting.doing.at
    total = 0
    for message in await messages_of(session, row.id):
        if message.begun_at is None or message.send_until <= now or message.stage == Stage.STOPPED.value:
            continue
        again = await acting.ledger.retry(session, message.id, now)
        if again and message.stage == Stage.DONE.value:
            message.stage, message.ended_at = Stage.SENDING.value, None
        total += again
    if not total:
        raise NothingToRetryError
    acting.details["recipients"] = total
    row.ended_at = None
    await acting.ledger.trouble_over(session)
    await ask_watch(session, row.id)


async def _cancel(acting: _Acting) -> None:
    row, session, now = acting.row, acting.session, acting.doing.at
    row.ended_at = now
    row.reason = acting.doing.text or None
    open_ones = (CampaignMessageRow.campaign_id == row.id, CampaignMessageRow.stage.not_in(_ENDED))
    stopped = update(CampaignMessageRow).where(*open_ones).values(stage=Stage.STOPPED.value, ended_at=now)
    await session.execute(stopped)
    acting.details["taken_back"] = await acting.ledger.unfeed(session, row.id)
    await ask_watch(session, row.id)


async def _freeze(acting: _Acting) -> None:
    acting.row.frozen_at = acting.doing.at


async def _begin(_acting: _Acting) -> None:
    """What begins is noted of each message."""


async def _complete(acting: _Acting) -> None:
    acting.row.ended_at = acting.doing.at
    acting.row.reason = None


async def _fail(acting: _Acting) -> None:
    acting.row.reason = acting.doing.text or None
    acting.details["taken_back"] = await acting.ledger.unfeed(acting.session, acting.row.id)


_EFFECTS: Final[Mapping[Act, Callable[[_Acting], Awaitable[None]]]] = {
    Act.SUBMIT: _submit,
    Act.SEND_BACK: _send_back,
    Act.APPROVE: _approve,
    Act.FREEZE: _freeze,
    Act.REVISE: _revise,
    Act.BEGIN: _begin,
    Act.PAUSE: _pause,
    Act.RESUME: _resume,
    Act.COMPLETE: _complete,
    Act.RETRY: _retry,
    Act.FAIL: _fail,
    Act.CANCEL: _cancel,
}


async def messages_of(session: AsyncSession, campaign_id: int) -> list[CampaignMessageRow]:
    """Return the messages of a campaign that is held, in their order, held too."""
    mine = select(CampaignMessageRow).where(CampaignMessageRow.campaign_id == campaign_id)
    held_too = mine.order_by(CampaignMessageRow.id).with_for_update(key_share=True)
    return list(await session.scalars(held_too.execution_options(populate_existing=True)))


async def _demand_no_faults(acting: _Acting, plan: Plan) -> None:
    """Raise `FaultyPlanError` for what is wrong with a plan. A whole kit takes half a second: residents do not wait."""
    if faults := await asyncio.to_thread(acting.judge.faults, plan):
        raise FaultyPlanError(faults)
    if not _times(plan):
        raise FaultyPlanError([_NO_MESSAGE])


def _times(plan: Plan) -> list[datetime]:
    """When its messages are due. Raises `FaultyPlanError` when that hangs on a day that there is not."""
    try:
        return [due_at(message, plan) for message in plan.messages]
    except ValueError:
        raise FaultyPlanError([_NO_DAY]) from None


async def _authors(acting: _Acting) -> set[int]:
    """All who wrote in the plan."""
    row = acting.row
    wrote = select(CampaignEventRow.staff_id).where(
        CampaignEventRow.campaign_id == row.id, CampaignEventRow.act.in_(("create", "save"))
    )
    return {row.created_by, row.changed_by, *(one for one in await acting.session.scalars(wrote) if one is not None)}


def _ticked(one: CitedDocument) -> dict[str, Any]:
    return {"document": one.document, "name": one.name, "standing": one.standing}
