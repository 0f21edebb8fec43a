"""Articles that a channel shows to all who follow it: for whom they cannot be meant, since no list of people is asked.

Whoever follows the account sees them, subscribed or not: that is between the follower and the channel, and is told to
who writes and who approves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.campaigns.content import Audience

_PROVINCE: Final = 2  # digits of a province's code
_LANGUAGE: Final = "vi"


def too_fine(audience: Audience) -> str:
    """Return by which conditions of an audience an article cannot be shown, in Vietnamese; "" where by all it can.

    >>> too_fine(Audience(homes=("flat",), places=("00004",))), too_fine(Audience(places=("01",)))
    ('loại nhà, phường, xã', '')
    """
    return ", ".join(_conditions(audience))


def _conditions(audience: Audience) -> Iterator[str]:
    conditions = {
        "loại nhà": audience.homes,
        "vai trò": audience.parts,
        "ngôn ngữ": tuple(one for one in audience.languages if one != _LANGUAGE),
        "việc đã làm": audience.behaviours,
        "nơi loại ra": audience.without_places,
        "chiến dịch loại ra": audience.without_campaigns,
        "phường, xã": tuple(one for one in audience.places if len(one) != _PROVINCE),
    }
    return (name for name, values in conditions.items() if values)
