"""Files of monitoring reports, offices, and the queue of periodic work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JOBS = "jobs"
"""Schema of the queue's tables: they belong to a library (docs/monitoring-report.md says how to raise its version)."""


def upgrade() -> None:
    op.create_table(
        "monitoring_file",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('records', 'docx', 'pdf', 'xlsx')", name="monitoring_file_kind"),
        sa.ForeignKeyConstraint(["report_id"], ["monitoring_report.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("report_id", "kind"),
    )
    op.create_table(
        "office",
        sa.Column("id", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("changed_by", sa.SmallInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("place_code", name="office_place", postgresql_nulls_not_distinct=True),
    )
    op.execute(f"CREATE SCHEMA {_JOBS}")
    op.execute(f"SET LOCAL search_path TO {_JOBS}")
    raw = op.get_bind().execution_options(no_parameters=True)
    raw.exec_driver_sql(SchemaManager.get_schema())
    op.execute("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    op.execute(f"DROP SCHEMA {_JOBS} CASCADE")
    op.drop_table("office")
    op.drop_table("monitoring_file")
