"""Campaigns: plans, what approval froze, the ledger, and what residents did with quizzes and drills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FOLLOW = """
    CREATE FUNCTION campaign_ledger_follows() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
        -- What becomes of a message in the outbox becomes of its row in the ledger, whoever changed it. EXECUTE plans
        -- anew each time: a plan that was kept from when the ledger was small would read all of it.
        IF EXISTS (SELECT FROM changed WHERE recipient_id IS NOT NULL) THEN EXECUTE $q$
            UPDATE campaign_recipient r SET
                state = CASE
                    WHEN n.state = 'waiting' THEN 'pending'
                    WHEN n.state <> 'sent' THEN n.state
                    WHEN n.read_at IS NOT NULL THEN 'read'
                    WHEN n.delivered_at IS NOT NULL THEN 'delivered'
                    ELSE 'sent' END,
                reason = n.reason,
                sent_at = CASE
                    WHEN n.state = 'sending' THEN now()  -- counts for the person's other messages at once
                    WHEN n.state IN ('sent', 'unknown') THEN COALESCE(n.settled_at, r.sent_at) END,
                settled_at = n.settled_at,
                delivered_at = n.delivered_at,
                read_at = n.read_at
            FROM changed n
            WHERE n.recipient_id IS NOT NULL AND r.id = n.recipient_id
              AND n.key = 'campaign:' || r.id || ':' || r.round  -- not an earlier try of it
        $q$; END IF;
        RETURN NULL;
    END $$
"""
_TRIGGER = """
    CREATE TRIGGER campaign_ledger_follows AFTER UPDATE ON outbox
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION campaign_ledger_follows()
"""
_TAKE_BACK = """
    CREATE FUNCTION campaign_ledger_takes_back() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN
        -- A message that leaves the outbox before it was sent is one that may be handed over again.
        IF EXISTS (SELECT FROM gone WHERE recipient_id IS NOT NULL) THEN EXECUTE $q$
            UPDATE campaign_recipient r SET fed_at = NULL FROM gone g
            WHERE g.recipient_id IS NOT NULL AND g.state = 'waiting' AND r.id = g.recipient_id AND r.state = 'pending'
              AND g.key = 'campaign:' || r.id || ':' || r.round
        $q$; END IF;
        RETURN NULL;
    END $$
"""
_TAKEN_BACK = """
    CREATE TRIGGER campaign_ledger_takes_back AFTER DELETE ON outbox
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION campaign_ledger_takes_back()
"""
_SEE = """
    CREATE FUNCTION campaign_ledger_is_seen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- The page has fetched a message of a campaign.
        UPDATE campaign_recipient SET state = 'delivered', delivered_at = NEW.delivered_at
        WHERE id = NEW.recipient_id AND state = 'sent';
        RETURN NULL;
    END $$
"""
_SEEN = """
    CREATE TRIGGER campaign_ledger_is_seen AFTER UPDATE OF delivered_at ON waiting_message FOR EACH ROW
    WHEN (NEW.recipient_id IS NOT NULL AND OLD.delivered_at IS NULL AND NEW.delivered_at IS NOT NULL)
    EXECUTE FUNCTION campaign_ledger_is_seen()
"""


def upgrade() -> None:
    op.create_table(
        "drill_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("drill_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.BigInteger(), nullable=True),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("done", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_drill_attempt_conversation_id"), "drill_attempt", ["conversation_id"], unique=False)
    op.create_index("ix_drill_attempt_drill", "drill_attempt", ["drill_id", "finished_at"], unique=False)
    op.create_index(op.f("ix_drill_attempt_recipient_id"), "drill_attempt", ["recipient_id"], unique=False)
    op.create_table(
        "quiz_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("quiz_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_id", sa.BigInteger(), nullable=True),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("right", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("moment IN ('before', 'after', 'alone')", name="quiz_attempt_moment"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_quiz_attempt_conversation_id"), "quiz_attempt", ["conversation_id"], unique=False)
    op.create_index("ix_quiz_attempt_quiz", "quiz_attempt", ["quiz_id", "finished_at"], unique=False)
    op.create_index(op.f("ix_quiz_attempt_recipient_id"), "quiz_attempt", ["recipient_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_by", sa.SmallInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.SmallInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked", postgresql.JSONB(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeats_id", sa.BigInteger(), nullable=True),
        sa.Column("repeated_day", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'scheduled', 'sending', 'paused', 'completed', 'cancelled', "
            "'failed')",
            name="campaign_state",
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> created_by AND approved_by <> changed_by", name="campaign_approver"
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(["repeats_id"], ["campaign.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_campaign_repeats_id"), "campaign", ["repeats_id"], unique=False)
    op.create_index("ix_campaign_state", "campaign", ["state"], unique=False)
    op.create_table(
        "staff_contact_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "campaign_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_campaign_event_campaign_id"), "campaign_event", ["campaign_id"], unique=False)
    op.create_table(
        "campaign_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.SmallInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("first", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_campaign_member_campaign_id"), "campaign_member", ["campaign_id"], unique=False)
    op.create_index("ix_campaign_member_conversation", "campaign_member", ["conversation_id"], unique=False)
    op.create_table(
        "campaign_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unless", postgresql.JSONB(), nullable=True),
        sa.Column("stage", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "stage IN ('waiting', 'first', 'watching', 'sending', 'done', 'late', 'stopped')",
            name="campaign_message_stage",
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("campaign_id", "key", name="campaign_message_key"),
    )
    op.create_index("ix_campaign_message_stage", "campaign_message", ["stage", "due_at"], unique=False)
    op.create_table(
        "staff_contact",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["staff_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index(op.f("ix_staff_contact_staff_id"), "staff_contact", ["staff_id"], unique=False)
    op.create_table(
        "campaign_broadcast",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("target", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.ForeignKeyConstraint(["message_id"], ["campaign_message.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "account_id", name="campaign_broadcast_once"),
    )
    op.create_table(
        "campaign_recipient",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.SmallInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("round", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("complained_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'delivered', 'read', 'skipped', 'failed', 'unknown')",
            name="campaign_recipient_state",
        ),
        sa.ForeignKeyConstraint(["message_id"], ["campaign_message.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "member_id", name="campaign_recipient_once"),
    )
    op.create_index(
        "ix_campaign_recipient_next",
        "campaign_recipient",
        ["message_id", "account_id", "first", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND fed_at IS NULL AND not_before IS NULL"),
    )
    op.create_index(
        "ix_campaign_recipient_later",
        "campaign_recipient",
        ["message_id", "account_id", "not_before"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND fed_at IS NULL AND not_before IS NOT NULL"),
    )
    op.create_index(
        "ix_campaign_recipient_window",
        "campaign_recipient",
        ["contact_id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND fed_at IS NULL AND reason = 'window'"),
    )
    op.create_index(
        "ix_campaign_recipient_sent",
        "campaign_recipient",
        ["conversation_id", "sent_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_table(
        "campaign_text",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("options", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["campaign_message.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", "channel", "variant", name="campaign_text_of"),
    )
    op.add_column("outbox", sa.Column("recipient_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_outbox_recipient",
        "outbox",
        ["recipient_id"],
        unique=False,
        postgresql_where=sa.text("recipient_id IS NOT NULL"),
    )
    op.add_column("profile", sa.Column("part", sa.Text(), nullable=True))
    op.add_column("subscription", sa.Column("quiet_from", sa.SmallInteger(), nullable=True))
    op.add_column("subscription", sa.Column("quiet_until", sa.SmallInteger(), nullable=True))
    op.add_column("subscription", sa.Column("language", sa.Text(), server_default="vi", nullable=False))
    op.add_column("subscription", sa.Column("consent_channel", sa.Text(), nullable=True))
    op.execute(_FOLLOW)
    op.execute(_TRIGGER)
    op.execute(_TAKE_BACK)
    op.execute(_TAKEN_BACK)
    op.add_column("waiting_message", sa.Column("recipient_id", sa.BigInteger(), nullable=True))
    op.create_unique_constraint("waiting_message_recipient_id_key", "waiting_message", ["recipient_id"])
    op.execute(_SEE)
    op.execute(_SEEN)


def downgrade() -> None:
    op.execute("DROP TRIGGER campaign_ledger_is_seen ON waiting_message")
    op.execute("DROP FUNCTION campaign_ledger_is_seen")
    op.drop_constraint("waiting_message_recipient_id_key", "waiting_message", type_="unique")
    op.drop_column("waiting_message", "recipient_id")
    op.execute("DROP TRIGGER campaign_ledger_takes_back ON outbox")
    op.execute("DROP FUNCTION campaign_ledger_takes_back")
    op.execute("DROP TRIGGER campaign_ledger_follows ON outbox")
    op.execute("DROP FUNCTION campaign_ledger_follows")
    op.drop_column("subscription", "consent_channel")
    op.drop_column("subscription", "language")
    op.drop_column("subscription", "quiet_until")
    op.drop_column("subscription", "quiet_from")
    op.drop_column("profile", "part")
    op.drop_index("ix_outbox_recipient", table_name="outbox", postgresql_where=sa.text("recipient_id IS NOT NULL"))
    op.drop_column("outbox", "recipient_id")
    op.drop_table("campaign_text")
    op.drop_index(
        "ix_campaign_recipient_sent", table_name="campaign_recipient", postgresql_where=sa.text("sent_at IS NOT NULL")
    )
    op.drop_index(
        "ix_campaign_recipient_window",
        table_name="campaign_recipient",
        postgresql_where=sa.text("state = 'pending' AND fed_at IS NULL AND reason = 'window'"),
    )
    op.drop_index(
        "ix_campaign_recipient_later",
        table_name="campaign_recipient",
        postgresql_where=sa.text("state = 'pending' AND fed_at IS NULL AND not_before IS NOT NULL"),
    )
    op.drop_index(
        "ix_campaign_recipient_next",
        table_name="campaign_recipient",
        postgresql_where=sa.text("state = 'pending' AND fed_at IS NULL AND not_before IS NULL"),
    )
    op.drop_table("campaign_recipient")
    op.drop_table("campaign_broadcast")
    op.drop_index(op.f("ix_staff_contact_staff_id"), table_name="staff_contact")
    op.drop_table("staff_contact")
    op.drop_index("ix_campaign_message_stage", table_name="campaign_message")
    op.drop_table("campaign_message")
    op.drop_index("ix_campaign_member_conversation", table_name="campaign_member")
    op.drop_index(op.f("ix_campaign_member_campaign_id"), table_name="campaign_member")
    op.drop_table("campaign_member")
    op.drop_index(op.f("ix_campaign_event_campaign_id"), table_name="campaign_event")
    op.drop_table("campaign_event")
    op.drop_table("staff_contact_code")
    op.drop_index("ix_campaign_state", table_name="campaign")
    op.drop_index(op.f("ix_campaign_repeats_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_index(op.f("ix_quiz_attempt_recipient_id"), table_name="quiz_attempt")
    op.drop_index("ix_quiz_attempt_quiz", table_name="quiz_attempt")
    op.drop_index(op.f("ix_quiz_attempt_conversation_id"), table_name="quiz_attempt")
    op.drop_table("quiz_attempt")
    op.drop_index(op.f("ix_drill_attempt_recipient_id"), table_name="drill_attempt")
    op.drop_index("ix_drill_attempt_drill", table_name="drill_attempt")
    op.drop_index(op.f("ix_drill_attempt_conversation_id"), table_name="drill_attempt")
    op.drop_table("drill_attempt")
