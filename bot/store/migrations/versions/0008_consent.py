"""The proof of consent: a history of what residents agreed to be sent, and of when they stopped it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = "conversation_id, at, act, topics, wording, channel, language, ends"
_BEGIN = f"""
    CREATE FUNCTION consent_begins() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        -- One statement for all rows of the one that wrote them, which may be a million.
        INSERT INTO consent ({_COLUMNS})
        SELECT s.conversation_id, done.at, done.act, s.topics, s.consent_version, s.consent_channel, s.language,
               done.ends
        FROM added s
        CROSS JOIN LATERAL (VALUES ('agreed', s.since, NULL), ('stopped', s.stopped_at, s.since))
            AS done (act, at, ends)
        WHERE done.at IS NOT NULL;
        RETURN NULL;
    END $$
"""  # noqa: S608 (no value is written into any of these)
_BEGINS = """
    CREATE TRIGGER consent_begins AFTER INSERT ON subscription
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consent_begins()
"""
_CHANGE = f"""
    CREATE FUNCTION consent_changes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        anew boolean := (OLD.stopped_at IS NOT NULL AND NEW.stopped_at IS NULL)
            OR (OLD.topics, OLD.consent_version, OLD.consent_channel, OLD.language, OLD.since)
            IS DISTINCT FROM (NEW.topics, NEW.consent_version, NEW.consent_channel, NEW.language, NEW.since);
        stopped boolean := NEW.stopped_at IS NOT NULL AND (anew OR OLD.stopped_at IS DISTINCT FROM NEW.stopped_at);
    BEGIN
        INSERT INTO consent ({_COLUMNS})
        SELECT NEW.conversation_id, done.at, done.act, NEW.topics, NEW.consent_version, NEW.consent_channel,
               NEW.language, done.ends
        FROM (VALUES ('agreed', NEW.since, CASE WHEN OLD.stopped_at IS NULL THEN OLD.since END, anew),
                     ('stopped', NEW.stopped_at, NEW.since, stopped)) AS done (act, at, ends, happened)
        WHERE done.happened;
        RETURN NULL;
    END $$
"""  # noqa: S608
_CHANGES = """
    CREATE TRIGGER consent_changes AFTER UPDATE ON subscription FOR EACH ROW
    WHEN ((OLD.topics, OLD.consent_version, OLD.consent_channel, OLD.language, OLD.since, OLD.stopped_at)
        IS DISTINCT FROM
        (NEW.topics, NEW.consent_version, NEW.consent_channel, NEW.language, NEW.since, NEW.stopped_at))
    EXECUTE FUNCTION consent_changes()
"""
_END = f"""
    CREATE FUNCTION consent_ends() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    BEGIN
        -- Where the conversation is deleted, its history goes with it, and nothing is noted any more.
        INSERT INTO consent ({_COLUMNS})
        SELECT c.id, now(), 'stopped', OLD.topics, OLD.consent_version, OLD.consent_channel, OLD.language, OLD.since
        FROM conversation c WHERE c.id = OLD.conversation_id;
        RETURN NULL;
    END $$
"""  # noqa: S608
_ENDS = """
    CREATE TRIGGER consent_ends AFTER DELETE ON subscription FOR EACH ROW
    WHEN (OLD.stopped_at IS NULL) EXECUTE FUNCTION consent_ends()
"""
_KNOWN = f"""
    -- What the present subscriptions still tell; what was agreed to before them is lost.
    INSERT INTO consent ({_COLUMNS})
    SELECT s.conversation_id, done.at, done.act, s.topics, s.consent_version, s.consent_channel, s.language, done.ends
    FROM subscription s
    CROSS JOIN LATERAL (VALUES ('agreed', s.since, NULL), ('stopped', s.stopped_at, s.since)) AS done (act, at, ends)
    WHERE done.at IS NOT NULL
"""  # noqa: S608


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("act IN ('agreed', 'stopped')", name="consent_act"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_consent_conversation_id"), "consent", ["conversation_id"], unique=False)
    # The triggers come first: they keep writers off the table until what it holds has been noted.
    for statement in (_BEGIN, _BEGINS, _CHANGE, _CHANGES, _END, _ENDS, _KNOWN):
        op.execute(statement)


def downgrade() -> None:
    for name in ("consent_begins", "consent_changes", "consent_ends"):
        op.execute(f"DROP TRIGGER {name} ON subscription")
        op.execute(f"DROP FUNCTION {name}")
    op.drop_table("consent")
