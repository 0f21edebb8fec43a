"""All tables: who imports `Base` from here knows every one of them."""

from __future__ import annotations

from bot.store import campaign_tables, monitoring_tables, report_tables, staff_tables
from bot.store.tables import Base

__all__ = ["Base", "campaign_tables", "monitoring_tables", "report_tables", "staff_tables"]
