"""Messages of campaigns on their way: listing whom they are for, counting what became of them, moving them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.campaigns.content import Plan
from bot.campaigns.content_json import plan_from_json
from bot.campaigns.lifecycle import LIVE, Act, Stage, State, Why
from bot.store.campaign_acts import PROGRAM, note_event
from bot.store.campaign_records import CampaignMessage, message_of
from bot.store.campaign_tables import CampaignEventRow, CampaignMessageRow, CampaignRow

_STRAIGHTEN: Final = text("""
    -- Who was erased, or has become one with somebody, while the audience was being frozen: neither saw these rows.
    UPDATE campaign_member b SET conversation_id = c.conversation_id, contact_id = c.id
    FROM campaign_member o LEFT JOIN contact c ON c.id = o.contact_id
    WHERE b.id = o.id AND o.campaign_id = :campaign AND o.conversation_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM conversation v WHERE v.id = o.conversation_id)
""")
_LIST: Final = text("""
    INSERT INTO campaign_recipient (message_id, member_id, conversation_id, contact_id, account_id, channel, variant,
                                    province_code, commune_code, first)
    SELECT :message, id, conversation_id, contact_id, account_id, channel, variant, province_code, commune_code, first
    FROM campaign_member WHERE campaign_id = :campaign ORDER BY id
    ON CONFLICT ON CONSTRAINT campaign_recipient_once DO NOTHING
""")
_SLOWLY: Final = text("SET LOCAL statement_timeout = '15min'; SET LOCAL lock_timeout = '5min'")
_PATIENT: Final = [one.value for one in (Why.CLERK, Why.OWN_QUIET, Why.CAP, Why.WINDOW)]
"""Who waits for such a reason may wait for days: the first few are watched without them."""
_COUNT: Final = text("""
    SELECT count(*) FILTER (WHERE state IN ('pending', 'sending')) AS open,
           count(*) FILTER (WHERE first) AS first,
           count(*) FILTER (WHERE first AND (state = 'sending' OR (state = 'pending' AND (fed_at IS NOT NULL OR (
               (account_id IS NULL OR account_id = ANY(:accounts))
               AND (reason IS NULL OR reason <> ALL(:patient))))))) AS first_open,
           count(*) FILTER (WHERE state = 'pending' AND account_id <> ALL(:accounts)) AS unserved,
           count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read', 'failed', 'unknown')) AS ever_tried,
           count(*) FILTER (WHERE state IN ('sent', 'delivered', 'read', 'failed', 'unknown')
               AND COALESCE(settled_at, sent_at, :now) >= :since) AS tried,
           count(*) FILTER (WHERE state = 'failed' AND COALESCE(settled_at, :now) >= :since) AS failed,
           count(*) FILTER (WHERE stopped_at >= :since) AS stopped,
           count(*) FILTER (WHERE complained_at >= :since) AS complained
    FROM campaign_recipient WHERE message_id = :message
""")
_OPEN: Final = text("""
    SELECT EXISTS (SELECT 1 FROM campaign_recipient WHERE message_id = :message AND state IN ('pending', 'sending'))
""")
_WAITS_FOR: Final = text("""
    SELECT EXISTS (
        SELECT 1 FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id
        WHERE m.campaign_id = :campaign AND m.stage IN ('first', 'sending')
          AND r.account_id = :account AND r.state = 'pending')
""")
_NOT_SETTLED: Final = text("""
    SELECT c.id FROM campaign c WHERE c.state = 'cancelled' AND EXISTS (
        SELECT 1 FROM campaign_message m WHERE m.campaign_id = c.id AND EXISTS (
            SELECT 1 FROM campaign_recipient r
            WHERE r.message_id = m.id AND r.state = 'pending' AND r.fed_at IS NULL))
""")


@dataclass(frozen=True)
class Counts:
    """What became of a message so far. `tried` and what follows count since somebody last let the campaign go on.

    `first_open`: how many of the first few are still to be waited for; `unserved`: how many wait for an account that
    nobody sends for. Who stopped or complained since then may have got the message before, as `ever_tried` counts.
    """

    open: int
    first: int
    first_open: int
    unserved: int
    ever_tried: int
    tried: int
    failed: int
    stopped: int
    complained: int


async def take_time(session: AsyncSession) -> None:
    """Let the statements of this transaction take as long as a million rows need."""
    for statement in _SLOWLY.text.split(";"):
        await session.execute(text(statement))


async def list_recipients(session: AsyncSession, message: CampaignMessage) -> None:
    """Write the rows of the ledger: this message for each member of the audience, once."""
    await session.execute(_STRAIGHTEN, {"campaign": message.campaign_id})
    await session.execute(_LIST, {"message": message.id, "campaign": message.campaign_id})


async def counts(
    session: AsyncSession, message_id: int, since: datetime, now: datetime, accounts: Sequence[int]
) -> Counts:
    """Count what became of a message. Reads all its rows. `accounts`: numbers of those that are sent for."""
    values = {"message": message_id, "since": since, "now": now, "patient": _PATIENT, "accounts": list(accounts)}
    row = (await session.execute(_COUNT, values)).one()
    return Counts(**row._mapping)


async def is_open(session: AsyncSession, message_id: int) -> bool:
    """Whether something of a message is pending or being sent."""
    return bool(await session.scalar(_OPEN, {"message": message_id}))


async def waits_for(session: AsyncSession, campaign_id: int, account_id: int) -> bool:
    """Whether something of a campaign waits for an account, in the ledger or in its outbox."""
    return bool(await session.scalar(_WAITS_FOR, {"campaign": campaign_id, "account": account_id}))


async def last_resumed(session: AsyncSession, campaign_id: int) -> datetime | None:
    """Return when somebody last let a campaign go on after a pause."""
    row = CampaignEventRow
    resumed = select(func.max(row.at)).where(row.campaign_id == campaign_id, row.act == Act.RESUME.value)
    return await session.scalar(resumed)


async def move(
    session: AsyncSession, message: CampaignMessageRow, stage: Stage, at: datetime, act: str, **details: object
) -> None:
    """Put a message that is held into a stage, and note it under `act`."""
    message.stage = stage.value
    if stage is Stage.WATCHING:
        message.first_done_at = at
    if stage in {Stage.DONE, Stage.LATE}:
        message.ended_at = at
    noted = {"message": message.id, "title": message.title, **details}
    await note_event(session, message.campaign_id, act, PROGRAM, at, details=noted)


async def stages_of(session: AsyncSession, campaign_id: int) -> dict[int, Stage]:
    """Return the stage of each message of a campaign, by its number, without holding them."""
    row = CampaignMessageRow
    mine = select(row.id, row.stage).where(row.campaign_id == campaign_id).order_by(row.place)
    return {number: Stage(stage) for number, stage in await session.execute(mine)}


async def held_message(session: AsyncSession, message_id: int) -> CampaignMessageRow | None:
    """Hold a message whose campaign is held."""
    alone = select(CampaignMessageRow).where(CampaignMessageRow.id == message_id).with_for_update(key_share=True)
    found: CampaignMessageRow | None = await session.scalar(alone.execution_options(populate_existing=True))
    return found


@dataclass(frozen=True, kw_only=True)
class Underway:
    """A message with what its campaign says of it."""

    message: CampaignMessage
    state: State
    title: str
    plan: Plan

    @property
    def live(self) -> bool:
        """Whether the campaign lets messages go."""
        return self.state in LIVE


async def underway(session: AsyncSession, message_id: int) -> Underway | None:
    """Return a message with its campaign."""
    found = await _underway(session, CampaignMessageRow.id == message_id)
    return next(iter(found), None)


async def due(session: AsyncSession, now: datetime) -> Sequence[Underway]:
    """Return the messages that wait though they are due, of campaigns that are live or paused, oldest first."""
    states = [State.PAUSED.value, *(state.value for state in LIVE)]
    row = CampaignMessageRow
    return await _underway(session, row.stage == Stage.WAITING.value, row.due_at <= now, CampaignRow.state.in_(states))


async def to_watch(session: AsyncSession) -> Sequence[int]:
    """Return the campaigns of which something is to be looked after."""
    live = select(CampaignRow.id).where(CampaignRow.state.in_([state.value for state in LIVE]))
    return [*await session.scalars(live), *await session.scalars(_NOT_SETTLED)]


async def _underway(session: AsyncSession, *which: object) -> Sequence[Underway]:
    row = CampaignMessageRow
    query = select(row, CampaignRow).join(CampaignRow, CampaignRow.id == row.campaign_id)
    found = await session.execute(query.where(*which).order_by(row.due_at, row.id))  # type: ignore[arg-type]
    return [
        Underway(
            message=message_of(message),
            state=State(campaign.state),
            title=campaign.title,
            plan=plan_from_json(campaign.plan),
        )
        for message, campaign in found
    ]
