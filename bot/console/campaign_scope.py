"""Whose places a campaign may go to: nobody writes to, or approves for, places that are not theirs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.campaigns.content import Audience
from bot.console.place_picker import named
from bot.console.visits import Member
from knowledge.places import Places

_NAMED = 5
"""Places that a refusal names; of more it gives the number."""


def places_beyond(member: Member, audience: Audience, known: Places) -> str:
    """Return in words where an audience lies beyond the places of a member; "" where all of it is theirs.

    A member without places looks after all of the country; an audience without places is all of the country.
    """
    if not member.places:
        return ""
    if not audience.places:
        return "cả nước"
    names = named(known, [code for code in audience.places if not _theirs(member, code, known)])
    return _listed(list(names.values()))


def own_places(member: Member, known: Places) -> str:
    """Return the places of a member in words."""
    return _listed(list(named(known, member.places).values()))


def _theirs(member: Member, code: str, known: Places) -> bool:
    """Whether a province or a commune is the member's own, or lies in a province of theirs."""
    if code in member.places:
        return True
    unit = known.coded(code)
    if unit is None or unit.is_province:
        return False
    return any((mine := known.coded(one)) is not None and mine.name == unit.province for one in member.places)


def _listed(names: Sequence[str]) -> str:
    more = f" và {len(names) - _NAMED} nơi khác" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more
