"""Conversations, replies, thumbs and unanswered questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_conversation_last_seen_at", "conversation", ["last_seen_at"])
    op.create_table(
        "reply",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("cards", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
    )
    op.create_index("ix_reply_conversation_id", "reply", ["conversation_id"])
    op.create_index("ix_reply_created_at", "reply", ["created_at"])
    op.create_table(
        "thumb",
        sa.Column("reply_id", sa.Uuid(), sa.ForeignKey("reply.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("value", sa.String(4), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("value IN ('up', 'down')", name="thumb_value"),
    )
    op.create_table(
        "unanswered",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("conversation_id", sa.Uuid(), sa.ForeignKey("conversation.id", ondelete="SET NULL"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_unanswered_at", "unanswered", ["at"])
    op.create_index("ix_unanswered_conversation_id", "unanswered", ["conversation_id"])


def downgrade() -> None:
    for table in ("unanswered", "thumb", "reply", "conversation"):
        op.drop_table(table)
