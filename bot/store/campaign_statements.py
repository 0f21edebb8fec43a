"""The statements by which the ledger of campaigns is worked off."""

from __future__ import annotations

from typing import Final

from sqlalchemy import TextClause, text

from bot.campaigns.lifecycle import GOING, LIVE, Stage, Why
from bot.store.campaign_gate import FACTS, MESSAGES, QUOTA, REASON, SKIPPED, SKIPS, UNTIL, WHY
from bot.store.outbox import Lane

_OPEN_STAGES: Final = ", ".join(f"'{one.value}'" for one in (Stage.FIRST, Stage.WATCHING, Stage.SENDING, Stage.LATE))
_WAITS: Final = ", ".join(f"'{one.value}'" for one in Why if one not in SKIPS)
ANYTHING_GOES: Final = text(f"""
    -- Whether anything of a campaign may be handed to a channel.
    SELECT 1 FROM campaign_message m JOIN campaign c ON c.id = m.campaign_id
    WHERE m.stage IN ({", ".join(f"'{one.value}'" for one in sorted(GOING))})
      AND c.state IN ({", ".join(f"'{one.value}'" for one in sorted(LIVE))}) LIMIT 1
""")  # noqa: S608


def _judged_next(whose: str) -> str:
    """The next recipients, judged; `whose` tells those of an account from those of the page."""
    pending = f"""
        r.message_id = g.id AND {whose} AND r.state = 'pending' AND r.fed_at IS NULL AND r.not_before IS"""
    return f"""
    going AS MATERIALIZED (
        SELECT g.* FROM ({MESSAGES}) AS g WHERE g.goes AND (g.urgent OR NOT :quiet)
    ), next AS MATERIALIZED (
        -- Those who waited for a while come first, then those of the first few, then all others; urgent ones ahead.
        SELECT n.id FROM going g CROSS JOIN LATERAL (
            SELECT * FROM (
                SELECT r.id, 0 AS turn FROM campaign_recipient r WHERE {pending} NOT NULL AND r.not_before <= :now
                ORDER BY r.not_before LIMIT :most FOR UPDATE SKIP LOCKED) AS waited
            UNION ALL
            SELECT * FROM (
                SELECT r.id, 1 AS turn FROM campaign_recipient r WHERE {pending} NULL AND r.first >= g.only_first
                ORDER BY r.first DESC, r.id DESC LIMIT :most FOR UPDATE SKIP LOCKED) AS fresh
        ) AS n
        ORDER BY g.urgent DESC, n.turn, n.id LIMIT :most
    ), judged AS MATERIALIZED (
        SELECT r.id, r.round, r.conversation_id, r.message_id, {WHY} AS why, k.digest, k.clerk_until, s.quiet_until,
            g.send_until, q.until AS quota_until, t.id AS text_id, person.id AS person
        FROM next JOIN LATERAL (SELECT * FROM campaign_recipient c WHERE c.id = next.id OFFSET 0) AS r ON true
        JOIN going g ON g.id = r.message_id {FACTS}
    )"""  # noqa: S608


_NOTED: Final = f"""
    UPDATE campaign_recipient r SET
        state = CASE WHEN {SKIPPED} THEN 'skipped' ELSE 'pending' END,
        settled_at = CASE WHEN {SKIPPED} THEN CAST(:now AS timestamptz) END,
        fed_at = CASE WHEN j.why IS NULL THEN CAST(:now AS timestamptz) END,
        not_before = {UNTIL},
        reason = {REASON},
        -- Who was linked while the ledger was written is counted as whom they have become, who was erased as nobody.
        conversation_id = CASE WHEN j.why IS NULL THEN j.person WHEN j.why <> '{Why.ERASED}' THEN r.conversation_id END,
        contact_id = CASE WHEN j.why IS DISTINCT FROM '{Why.ERASED}' THEN r.contact_id END
    FROM judged j WHERE r.id = j.id
"""  # noqa: S608
FEED: Final = text(f"""
    -- Judge the next recipients on an account: put who may be sent to into its outbox, skip or put off the others.
    WITH {_judged_next("r.account_id = CAST(:account AS smallint)")}, put AS (
        INSERT INTO outbox (account_id, key, lane, resident, conversation_id, recipient_id)
        SELECT CAST(:account AS smallint), 'campaign:' || j.id || ':' || j.round, {Lane.CAMPAIGN.value}, j.digest,
            j.person, j.id
        FROM judged j WHERE j.why IS NULL ORDER BY j.id
        ON CONFLICT (account_id, key) DO NOTHING
    ), noted AS ({_NOTED} RETURNING j.why, {SKIPPED} AS skipped)
    SELECT count(*) FILTER (WHERE why IS NULL) AS fed, count(*) FILTER (WHERE skipped) AS skipped, count(*) AS looked
    FROM noted
""")  # noqa: S608
FEED_WEB: Final = text(f"""
    -- The same for the page, where nothing stands between: those who may be sent to are returned.
    WITH {_judged_next("r.account_id IS NULL")}, noted AS ({_NOTED} AND j.why IS NOT NULL)
    SELECT j.id, j.person, j.text_id, j.why, {SKIPPED} AS skipped FROM judged j ORDER BY j.id
""")  # noqa: S608
LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")
HOLD: Final = text("""
    -- Hold the conversations that nobody else holds: what they are sent is numbered in the order in which it came.
    SELECT id FROM conversation WHERE id = ANY(:conversations) FOR NO KEY UPDATE SKIP LOCKED
""")
PUT_BY: Final = text("""
    -- Put messages by for the page; the ledger is told in the same breath.
    WITH new AS (
        SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:conversations AS uuid[]), CAST(:sealed AS bytea[]))
            AS new (id, conversation_id, sealed)
    ), put AS (
        INSERT INTO waiting_message (conversation_id, sealed, recipient_id)
        SELECT conversation_id, sealed, id FROM new ORDER BY id
        ON CONFLICT (recipient_id) DO NOTHING
    )
    UPDATE campaign_recipient r SET state = 'sent', reason = NULL, not_before = NULL, fed_at = :now, sent_at = now(),
        settled_at = now()
    FROM new WHERE r.id = new.id AND r.state = 'pending'
    RETURNING r.id
""")
JUDGE: Final = text(f"""
    -- Judge what was claimed: skip what will not go, take back what may not go yet, return what goes now.
    WITH claimed AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:outbox AS bigint[]), CAST(:claimed AS bigint[])) AS claimed (outbox_id, id)
    ), going AS MATERIALIZED (
        SELECT g.* FROM ({MESSAGES}) AS g
        WHERE g.id IN (SELECT r.message_id FROM claimed CROSS JOIN LATERAL (
            SELECT message_id FROM campaign_recipient c WHERE c.id = claimed.id OFFSET 0) AS r)
    ), judged AS MATERIALIZED (
        SELECT claimed.outbox_id, r.id, {WHY} AS why, k.id AS contact_id, k.sealed, k.last_seen_at, k.clerk_until,
            s.quiet_until, g.send_until, q.until AS quota_until, t.id AS text_id
        FROM claimed
        LEFT JOIN LATERAL (SELECT * FROM campaign_recipient c WHERE c.id = claimed.id OFFSET 0) AS r ON true
        LEFT JOIN going g ON g.id = r.message_id {FACTS}
    ), skipped AS (
        UPDATE outbox o SET state = 'skipped', reason = j.why, worker = NULL, settled_at = :now
        FROM judged j WHERE o.id = j.outbox_id AND {SKIPPED}
    ), gone AS (
        DELETE FROM outbox o USING judged j WHERE o.id = j.outbox_id AND j.why IS NOT NULL AND NOT {SKIPPED}
    ), put_off AS (
        UPDATE campaign_recipient r SET state = 'pending', sent_at = NULL, fed_at = NULL, not_before = {UNTIL},
            reason = {REASON}
        FROM judged j WHERE r.id = j.id AND j.why IS NOT NULL AND NOT {SKIPPED}
    )
    SELECT outbox_id, contact_id, sealed, last_seen_at, text_id FROM judged WHERE why IS NULL
""")  # noqa: S608
TEXTS: Final = text("""
    SELECT t.id, t.body, t.options, m.send_until FROM campaign_text t JOIN campaign_message m ON m.id = t.message_id
    WHERE t.id = ANY(:ids)
""")
UNREADABLE: Final = text("""
    UPDATE outbox SET state = 'failed', reason = 'unreadable', worker = NULL, settled_at = now() WHERE id = ANY(:ids)
""")
OFFER: Final = text("""
    -- A number that is typed now means a choice of this message. Whoever is in a turn just now is not waited for: what
    -- they type next means what that turn answers.
    UPDATE contact SET options = :options
    WHERE id IN (SELECT id FROM contact WHERE id = ANY(:contacts) FOR NO KEY UPDATE SKIP LOCKED)
""")
FED: Final = text(f"""
    SELECT count(*) FROM outbox
    WHERE account_id = :account AND state = 'waiting' AND lane = {Lane.CAMPAIGN.value} AND recipient_id IS NOT NULL
      AND due_at <= now() + :soon
""")  # noqa: S608
WAKE: Final = text(f"""
    -- Who has written since may be sent to: Zalo's window is open again.
    UPDATE campaign_recipient r SET not_before = NULL, reason = NULL
    FROM contact c WHERE c.last_seen_at > :since AND c.account_id = :account AND r.contact_id = c.id
      AND r.state = 'pending' AND r.fed_at IS NULL AND r.reason = '{Why.WINDOW}'
    RETURNING r.id
""")  # noqa: S608
SPENT: Final = text(f"""
    INSERT INTO quota (account_id, kind, remaining, total, read_at) VALUES (:account, '{QUOTA}', 0, NULL, :now)
    ON CONFLICT (account_id, kind) DO UPDATE SET remaining = 0, read_at = excluded.read_at
""")  # noqa: S608
UNSPENT: Final = text(f"DELETE FROM quota WHERE kind = '{QUOTA}'")  # noqa: S608
TAKE_BACK_ALL: Final = text("""
    -- Their rows of the ledger are free again by a trigger.
    DELETE FROM outbox WHERE account_id = :account AND state = 'waiting' AND recipient_id IS NOT NULL RETURNING id
""")
TROUBLE: Final = text(f"""
    -- An account that was refused is tried again after a pause: until then it is known that nothing can go.
    SELECT CASE WHEN a.paused_until > :now THEN a.halted END AS halted,
        q.read_at > :since AND q.read_at <= :now AS spent
    FROM account a LEFT JOIN quota q ON q.account_id = a.id AND q.kind = '{QUOTA}' AND q.remaining = 0
    WHERE a.id = :account
""")  # noqa: S608
UNFEED: Final = text("""
    DELETE FROM outbox o USING campaign_recipient r, campaign_message m
    WHERE o.state = 'waiting' AND o.recipient_id IS NOT NULL AND r.id = o.recipient_id AND m.id = r.message_id
      AND m.campaign_id = :campaign
    RETURNING o.id
""")


def _skip_pending(which: str, reason: str) -> TextClause:
    """Skip a portion of the pending rows of the messages `m` of which `which` holds."""
    pending = "r.message_id = m.id AND r.state = 'pending' AND r.fed_at IS NULL AND r.not_before IS"
    return text(f"""
        WITH these AS MATERIALIZED (SELECT m.id FROM campaign_message m WHERE {which}),
        portion AS MATERIALIZED (
            SELECT p.id FROM these m CROSS JOIN LATERAL (
                SELECT * FROM (
                    SELECT r.id FROM campaign_recipient r WHERE {pending} NULL LIMIT :most FOR UPDATE) AS fresh
                UNION ALL
                SELECT * FROM (
                    SELECT r.id FROM campaign_recipient r WHERE {pending} NOT NULL LIMIT :most FOR UPDATE) AS later
            ) AS p LIMIT :most
        )
        UPDATE campaign_recipient r SET state = 'skipped', reason = {reason}, settled_at = :now, not_before = NULL
        FROM portion WHERE r.id = portion.id AND r.state = 'pending' RETURNING r.id
    """)  # noqa: S608


TAKE_BACK_LATE: Final = text(f"""
    -- What stands in the outbox of an account for which nobody sends, beyond its time.
    WITH waiting AS MATERIALIZED (
        SELECT id, recipient_id FROM outbox WHERE state = 'waiting' AND recipient_id IS NOT NULL
    ), late AS MATERIALIZED (
        SELECT w.id FROM waiting w CROSS JOIN LATERAL (
            SELECT message_id FROM campaign_recipient c WHERE c.id = w.recipient_id OFFSET 0) AS r
        JOIN campaign_message m ON m.id = r.message_id
        WHERE m.send_until <= :now AND m.stage IN ({_OPEN_STAGES})
    )
    DELETE FROM outbox o USING late WHERE o.id = late.id AND o.state = 'waiting'
""")  # noqa: S608
ABANDON: Final = text("""
    -- What was under way when the sender of an account died, and nobody has sent for the account since. As in
    -- `Leases.hold`, which notes it where somebody does.
    UPDATE outbox o SET state = 'unknown', reason = 'the sender died', settled_at = now() FROM account a
    WHERE a.id = o.account_id AND o.state = 'sending' AND o.recipient_id IS NOT NULL
      AND a.lease_until < now() - CAST(:gone AS interval)
""")
CANCEL: Final = _skip_pending("m.campaign_id = :campaign", f"'{Why.CANCELLED}'")
EXPIRE: Final = _skip_pending(
    f"m.send_until <= :now AND m.stage IN ({_OPEN_STAGES})",
    f"""CASE
            WHEN r.reason IN ({_WAITS}) THEN r.reason
            WHEN r.account_id IS NOT NULL AND NOT EXISTS (  -- nobody has sent for that account since it was due
                SELECT 1 FROM account a JOIN campaign_message d ON d.id = r.message_id
                WHERE a.id = r.account_id AND a.lease_until > d.due_at) THEN '{Why.CHANNEL_OFF}'
            ELSE '{Why.LATE}' END""",  # noqa: S608
)
RETRY: Final = text("""
    -- Surely not sent, so it may be tried under a new round. What is perhaps sent is not.
    UPDATE campaign_recipient r SET state = 'pending', round = round + 1, reason = NULL, not_before = NULL,
        fed_at = NULL, sent_at = NULL, settled_at = NULL
    FROM campaign_message m
    WHERE m.id = :message AND r.message_id = m.id AND r.state = 'failed' AND m.send_until > :now
    RETURNING r.id
""")
