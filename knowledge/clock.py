"""The day it is in Viet Nam, by which validity is reckoned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

VIET_NAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """Return the day it is in Viet Nam."""
    return datetime.now(VIET_NAM).date()
