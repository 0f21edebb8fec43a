"""Alembic environment: runs on the connection handed over by `bot.store.database`."""

from __future__ import annotations

from alembic import context

from bot.store.all_tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
