"""Accounts of channels, contacts, inbox, outbox, and what adapters keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever shows a conversation's messages hears of a new one, whichever process has put it by.
_TELL = """
    CREATE FUNCTION tell_of_waiting_message() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('tro_ly_pccc', 'waiting:' || NEW.conversation_id);
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sender", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("halted", sa.Text(), nullable=True),
        sa.Column("capabilities", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "name", name="account_name"),
    )
    op.create_table(
        "identity_key",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name="identity_key_single"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "channel_token",
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clerk_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("options", sa.LargeBinary(), nullable=True),
        sa.Column("linked", sa.Text(), nullable=True),
        sa.CheckConstraint("linked IN ('gave', 'typed')", name="contact_linked"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "digest", name="contact_digest"),
    )
    op.create_index("ix_contact_conversation_id", "contact", ["conversation_id"])
    op.create_index("ix_contact_last_seen_at", "contact", ["last_seen_at"])
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resident", sa.LargeBinary(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("worker", sa.Uuid(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'set_aside')", name="inbox_state"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "key", name="inbox_key"),
    )
    op.create_index(
        "ix_inbox_due", "inbox", [sa.text("urgent DESC"), "id"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(
        "ix_inbox_taken", "inbox", ["worker"], postgresql_where=sa.text("state = 'waiting' AND worker IS NOT NULL")
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_index("ix_inbox_set_aside", "inbox", ["id"], postgresql_where=sa.text("state = 'set_aside'"))
    op.create_index("ix_inbox_waiting", "inbox", ["resident", "id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "link_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_link_code_conversation_id", "link_code", ["conversation_id"])
    op.create_index("ix_link_code_expires_at", "link_code", ["expires_at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("resident", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("provisional", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("worker", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'skipped', 'unknown')", name="outbox_state"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "key", name="outbox_key"),
    )
    op.create_index("ix_outbox_conversation", "outbox", ["conversation_id"])
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["account_id", "lane", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_outbox_message",
        "outbox",
        ["account_id", "message"],
        unique=False,
        postgresql_where=sa.text("message IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["account_id", "resident", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_table(
        "quota",
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("account_id", "kind"),
    )
    op.create_table(
        "upload",
        sa.Column("account_id", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.PrimaryKeyConstraint("account_id", "digest"),
    )
    op.create_index("ix_upload_expires_at", "upload", ["expires_at"])
    op.add_column("waiting_message", sa.Column("outbox_id", sa.BigInteger(), nullable=True))
    op.create_unique_constraint("waiting_message_outbox_id_key", "waiting_message", ["outbox_id"])
    op.add_column("waiting_message", sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("waiting_message", sa.Column("posted_account", sa.SmallInteger(), nullable=True))
    op.add_column("waiting_message", sa.Column("posted_key", sa.Text(), nullable=True))
    op.create_index(
        "ix_waiting_message_posted",
        "waiting_message",
        ["id"],
        postgresql_where=sa.text("delivered_at IS NULL AND posted_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_settled",
        "outbox",
        ["account_id", "settled_at"],
        postgresql_where=sa.text("settled_at IS NOT NULL"),
    )
    op.create_index("ix_outbox_unknown", "outbox", ["id"], postgresql_where=sa.text("state = 'unknown'"))
    op.create_index(
        "ix_waiting_message_unposted",
        "waiting_message",
        ["id"],
        postgresql_where=sa.text("delivered_at IS NULL AND posted_at IS NULL"),
    )
    op.execute(_TELL)
    op.execute(
        "CREATE TRIGGER waiting_message_told AFTER INSERT ON waiting_message"
        " FOR EACH ROW EXECUTE FUNCTION tell_of_waiting_message()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER waiting_message_told ON waiting_message")
    op.execute("DROP FUNCTION tell_of_waiting_message()")
    op.drop_index("ix_waiting_message_unposted", "waiting_message")
    op.drop_index("ix_waiting_message_posted", "waiting_message")
    for column in ("posted_at", "posted_account", "posted_key"):
        op.drop_column("waiting_message", column)
    op.drop_constraint("waiting_message_outbox_id_key", "waiting_message", type_="unique")
    op.drop_column("waiting_message", "outbox_id")
    op.drop_table("upload")
    op.drop_table("quota")
    op.drop_table("outbox")
    op.drop_table("link_code")
    op.drop_table("inbox")
    op.drop_table("contact")
    op.drop_table("channel_token")
    op.drop_table("worker")
    op.drop_table("identity_key")
    op.drop_table("account")
