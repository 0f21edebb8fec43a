"""What conversations remember, profiles, subscriptions, letters with receipts, and messages that wait."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RENAMED_CONSTRAINTS = (
    ("unanswered_pkey", "letter_pkey"),
    ("unanswered_conversation_id_fkey", "letter_conversation_id_fkey"),
)
_RENAMED = (
    ("INDEX", "ix_unanswered_at", "ix_letter_at"),
    ("INDEX", "ix_unanswered_conversation_id", "ix_letter_conversation_id"),
    ("SEQUENCE", "unanswered_id_seq", "letter_id_seq"),
)
_ADDED = ("code", "kind", "place", "state", "answer", "answered_by", "answered_at", "told_at")


def upgrade() -> None:
    _make_letters()
    _make_what_hangs_on_conversations()
    op.create_table(
        "key_check",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name="key_check_single"),
    )


def downgrade() -> None:
    for table in ("key_check", "waiting_message", "subscription", "profile", "memory"):
        op.drop_table(table)
    op.execute("DELETE FROM letter WHERE state = 'withdrawn'")
    op.drop_constraint("letter_code_key", "letter")
    op.drop_constraint("letter_kind", "letter")
    op.drop_constraint("letter_state", "letter")
    for column in _ADDED:
        op.drop_column("letter", column)
    for kind, old, new in _RENAMED:
        op.execute(f"ALTER {kind} {new} RENAME TO {old}")
    for old, new in _RENAMED_CONSTRAINTS:
        op.execute(f"ALTER TABLE letter RENAME CONSTRAINT {new} TO {old}")
    op.rename_table("letter", "unanswered")


def _make_letters() -> None:
    op.rename_table("unanswered", "letter")
    for old, new in _RENAMED_CONSTRAINTS:
        op.execute(f"ALTER TABLE letter RENAME CONSTRAINT {old} TO {new}")
    for kind, old, new in _RENAMED:
        op.execute(f"ALTER {kind} {old} RENAME TO {new}")
    op.add_column("letter", sa.Column("code", sa.Text(), nullable=True))
    op.add_column("letter", sa.Column("kind", sa.Text(), server_default="unanswered", nullable=False))
    op.add_column("letter", sa.Column("place", sa.Text(), nullable=True))
    op.add_column("letter", sa.Column("state", sa.Text(), server_default="received", nullable=False))
    op.add_column("letter", sa.Column("answer", sa.Text(), nullable=True))
    op.add_column("letter", sa.Column("answered_by", sa.Text(), nullable=True))
    op.add_column("letter", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("letter", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    _give_codes()
    op.alter_column("letter", "code", nullable=False)
    op.create_unique_constraint("letter_code_key", "letter", ["code"])
    op.create_check_constraint(
        "letter_kind",
        "letter",
        "kind IN ('unanswered', 'question', 'hazard', 'conduct', 'procedure', 'opinion', 'model', 'commendation')",
    )
    op.create_check_constraint("letter_state", "letter", "state IN ('received', 'answered', 'withdrawn')")


def _give_codes() -> None:
    """Give every question that was kept before its receipt."""
    connection = op.get_bind()
    ids = connection.execute(sa.text("SELECT id FROM letter ORDER BY id")).scalars().all()
    codes: set[str] = set()
    while len(codes) < len(ids):
        signs = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(10))
        codes.add(f"{signs[:2]}-{signs[2:6]}-{signs[6:]}")
    if ids:
        connection.execute(
            sa.text("UPDATE letter SET code = :code WHERE id = :id"),
            [{"id": number, "code": code} for number, code in zip(ids, codes, strict=True)],
        )


def _make_what_hangs_on_conversations() -> None:
    op.create_table(
        "memory",
        _conversation(primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("updated_at"),
    )
    op.create_index("ix_memory_updated_at", "memory", ["updated_at"])
    op.create_table(
        "profile",
        _conversation(primary_key=True),
        sa.Column("province_code", sa.Text(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("home", sa.Text(), nullable=True),
        sa.Column("consent_version", sa.Text(), nullable=False),
        _moment("consented_at"),
    )
    op.create_table(
        "subscription",
        _conversation(primary_key=True),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("consent_version", sa.Text(), nullable=False),
        _moment("since"),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "waiting_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        _conversation(),
        sa.Column("letter_id", sa.BigInteger(), sa.ForeignKey("letter.id", ondelete="SET NULL"), nullable=True),
        _moment("at"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
    )
    for column in ("conversation_id", "letter_id", "at"):
        op.create_index(f"ix_waiting_message_{column}", "waiting_message", [column])


def _conversation(*, primary_key: bool = False) -> sa.Column[object]:
    link = sa.ForeignKey("conversation.id", ondelete="CASCADE")
    return sa.Column("conversation_id", sa.Uuid(), link, nullable=False, primary_key=primary_key)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
