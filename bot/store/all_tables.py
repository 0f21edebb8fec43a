"""All tables: who imports `Base` from here knows every one of them."""

from __future__ import annotations

from bot.store import monitoring_tables, report_tables, staff_tables
from bot.store.tables import Base

__all__ = ["Base", "monitoring_tables", "report_tables", "staff_tables"]
