"""The statements that find an audience: who they are, on which channel they are reached best, who is first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.campaigns.content import OF_CAMPAIGNS, Audience, Behaviour, Did, First
from bot.campaigns.lifecycle import REACHED, Fate

_PROVINCE: Final = 2  # digits of a province's code

_QUIZ: Final = """EXISTS (
    SELECT FROM quiz_attempt q WHERE q.conversation_id = s.conversation_id AND q.finished_at IS NOT NULL
      AND q.quiz_id = :target_{0})"""
_DRILL: Final = """EXISTS (
    SELECT FROM drill_attempt d WHERE d.conversation_id = s.conversation_id AND d.finished_at IS NOT NULL
      AND d.drill_id = :target_{0})"""
_GOT: Final = """EXISTS (
    SELECT FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id
    WHERE r.conversation_id = s.conversation_id AND m.campaign_id = CAST(:target_{0} AS bigint)
      AND r.state = ANY(CAST(:fates_{0} AS text[])))"""
_ANSWERED: Final = """EXISTS (
    SELECT FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id
    WHERE r.conversation_id = s.conversation_id AND m.campaign_id = CAST(:target_{0} AS bigint)
      AND r.answered_at IS NOT NULL)"""
_DID: Final[Mapping[Did, str]] = {
    Did.FINISHED_QUIZ: _QUIZ,
    Did.NOT_FINISHED_QUIZ: f"NOT {_QUIZ}",
    Did.FINISHED_DRILL: _DRILL,
    Did.NOT_FINISHED_DRILL: f"NOT {_DRILL}",
    Did.GOT: _GOT,
    Did.NOT_GOT: f"NOT {_GOT}",  # who perhaps got it did not surely not get it
    Did.ANSWERED: _ANSWERED,
    Did.NOT_ANSWERED: f"NOT {_ANSWERED}",
}
_FATES: Final[Mapping[Did, tuple[Fate, ...]]] = {
    Did.GOT: tuple(sorted(REACHED)),
    Did.NOT_GOT: (*sorted(REACHED), Fate.UNKNOWN),
}

_HOMES: Final = "AND p.home = ANY(CAST(:homes AS text[]))"
_PARTS: Final = "AND COALESCE(p.part, 'resident') = ANY(CAST(:parts AS text[]))"
_LANGUAGES: Final = "AND s.language = ANY(CAST(:languages AS text[]))"
_PLACES: Final = """AND (p.commune_code = ANY(CAST(:communes AS text[]))
          OR COALESCE(u.province, p.province_code) = ANY(CAST(:provinces AS text[])))"""
_WITHOUT_PLACES: Final = """AND COALESCE(p.commune_code, '') <> ALL(CAST(:without_communes AS text[]))
          AND COALESCE(u.province, p.province_code, '') <> ALL(CAST(:without_provinces AS text[]))"""
_WITHOUT_CAMPAIGNS: Final = """AND NOT EXISTS (
              SELECT FROM campaign_member o WHERE o.conversation_id = s.conversation_id
                AND o.campaign_id = ANY(CAST(:without_campaigns AS bigint[])))"""

_PEOPLE: Final = """
    units AS MATERIALIZED (  -- which province a commune lies in: a profile may name the commune only
        SELECT * FROM unnest(CAST(:unit_communes AS text[]), CAST(:unit_provinces AS text[])) AS t (commune, province)
    ),
    people AS (
        SELECT s.conversation_id, v.channel AS began, v.last_seen_at, p.commune_code,
            COALESCE(u.province, p.province_code) AS province_code,
            CASE WHEN p.part IN ('workplace', 'school') THEN p.part
                 WHEN p.home IN ('flat', 'lodging') THEN p.home
                 WHEN p.home = 'shop' THEN 'shop_house'
                 ELSE 'household' END AS variant
        FROM subscription s
        JOIN conversation v ON v.id = s.conversation_id
        LEFT JOIN profile p ON p.conversation_id = s.conversation_id
        LEFT JOIN units u ON u.commune = p.commune_code
        WHERE s.stopped_at IS NULL AND s.topics && CAST(:topics AS text[])
          {conditions}
    ),"""
_WAYS: Final = """
    ways AS (
        -- Each way to somebody, by how good it is: 0 is open and free, 1 open and may cost, 2 a template, 3 the page
        -- where they began, 4 closed until they write, 5 an account that is not in use now.
        SELECT p.*, c.id AS contact_id, c.account_id, a.channel, c.last_seen_at AS seen_at,
            CASE WHEN c.account_id <> ALL(CAST(:accounts AS smallint[])) THEN 5
                 WHEN a.channel <> 'zalo_oa' OR c.last_seen_at > :now - interval '48 hours' THEN 0
                 WHEN c.last_seen_at > :now - interval '7 days' THEN 1
                 WHEN :templates THEN 2
                 ELSE 4 END AS way
        FROM people p
        JOIN contact c ON c.conversation_id = p.conversation_id AND c.stopped_at IS NULL
        JOIN account a ON a.id = c.account_id AND a.channel <> 'web'
        UNION ALL
        SELECT p.*, NULL, NULL, 'web', p.last_seen_at, 3 FROM people p WHERE p.began = 'web'
    ),"""
_BEST: Final = """
    judged AS (
        SELECT w.*, w.channel = ANY(CAST(:channels AS text[])) AS chosen,
            min(way) FILTER (WHERE w.channel <> ALL(CAST(:channels AS text[]))) OVER person AS other_way,
            max(way) FILTER (WHERE w.channel = ANY(CAST(:channels AS text[]))) OVER person AS worst_way,
            row_number() OVER (
                PARTITION BY conversation_id
                ORDER BY w.channel = ANY(CAST(:channels AS text[])) DESC, way, seen_at DESC, contact_id) AS place
        FROM ways w WINDOW person AS (PARTITION BY conversation_id)
    ),
    best AS (SELECT * FROM judged WHERE place = 1 AND chosen),
    members AS (
        -- The first ones are a share of each channel's, drawn by a number that hangs on the person and the campaign,
        -- at least one; never somebody who cannot be reached now, for whom all others would wait.
        SELECT b.*, way < 4 AND {first} AS first FROM best b
    )"""
_FIRST_SHARE: Final = """row_number() OVER (
            PARTITION BY channel, way < 4
            ORDER BY hashtextextended(conversation_id::text, CAST(:campaign AS bigint)), conversation_id)
        <= ceil(count(*) OVER (PARTITION BY channel, way < 4) * CAST(:percent AS float8) / 100)"""
_FIRST_PLACE: Final = "COALESCE(:first_place IN (commune_code, province_code), false)"

_COUNT: Final = """
    SELECT channel, way, province_code, variant, count(*) AS people,
        count(*) FILTER (WHERE first) AS first,
        count(*) FILTER (WHERE way >= 4 AND other_way < 4) AS elsewhere,
        count(*) FILTER (WHERE way < 4 AND worst_way >= 4) AS instead
    FROM members GROUP BY channel, way, province_code, variant"""
_LIST: Final = """
    INSERT INTO campaign_member (campaign_id, conversation_id, contact_id, account_id, channel, variant, province_code,
        commune_code, first)"""
_MEMBERS: Final = """
    SELECT CAST(:campaign AS bigint), conversation_id, contact_id, account_id, channel, variant, province_code,
        commune_code, first
    FROM members"""


@dataclass(frozen=True)
class Statement:
    """A statement and what is filled in."""

    text: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of the database: of which campaign, whom, who first, as of when, by what ways.

    `units`: communes and their provinces, by code. `accounts` are in use now. `channels` must not be empty.
    """

    campaign: int
    audience: Audience
    first: First | None
    now: datetime
    accounts: Sequence[int]
    channels: Sequence[str]
    units: Mapping[str, str]
    templates: bool = False

    def counting(self) -> Statement:
        """Return the statement that counts the members by channel, way, province and variant."""
        return Statement(f"WITH {self._members()} {_COUNT}", self._values())

    def listing(self) -> Statement:
        """Return the statement that stores the members."""
        return Statement(f"{_LIST} WITH {self._members()} {_MEMBERS}", self._values())

    def _members(self) -> str:
        first = "false"
        if self.first is not None:
            first = _FIRST_PLACE if self.first.place else _FIRST_SHARE
        conditions = "\n          ".join(self._conditions())
        return _PEOPLE.format(conditions=conditions) + _WAYS + _BEST.format(first=first)

    def _conditions(self) -> list[str]:
        whom = self.audience
        wanted = {
            _HOMES: whom.homes,
            _PARTS: whom.parts,
            _LANGUAGES: whom.languages,
            _PLACES: whom.places,
            _WITHOUT_PLACES: whom.without_places,
            _WITHOUT_CAMPAIGNS: whom.without_campaigns,
        }
        did = [f"AND {_DID[one.did].format(number)}" for number, one in enumerate(whom.behaviours)]
        return [condition for condition, values in wanted.items() if values] + did

    def _values(self) -> dict[str, Any]:
        whom = self.audience
        values: dict[str, Any] = {
            "campaign": self.campaign,
            "topics": list(whom.topics),
            "homes": list(whom.homes),
            "parts": list(whom.parts),
            "languages": list(whom.languages),
            "provinces": _provinces(whom.places),
            "communes": _communes(whom.places),
            "without_provinces": _provinces(whom.without_places),
            "without_communes": _communes(whom.without_places),
            "without_campaigns": list(whom.without_campaigns),
            "unit_communes": list(self.units),
            "unit_provinces": list(self.units.values()),
            "accounts": list(self.accounts),
            "channels": list(self.channels),
            "now": self.now,
            "templates": self.templates,
        }
        if self.first is not None:
            values |= {"first_place": self.first.place} if self.first.place else {"percent": self.first.percent}
        for number, one in enumerate(whom.behaviours):
            values |= _target(number, one)
        return values


def _target(number: int, behaviour: Behaviour) -> dict[str, Any]:
    """What is filled in for a behaviour. Raises ValueError for a campaign that is no number."""
    if behaviour.did in OF_CAMPAIGNS and behaviour.campaign is None:
        raise ValueError(f"{behaviour.target!r} is no number of a campaign")
    values: dict[str, Any] = {f"target_{number}": behaviour.campaign or behaviour.target}
    if behaviour.did in _FATES:
        values[f"fates_{number}"] = [fate.value for fate in _FATES[behaviour.did]]
    return values


def _provinces(places: Sequence[str]) -> list[str]:
    return [code for code in places if len(code) == _PROVINCE]


def _communes(places: Sequence[str]) -> list[str]:
    return [code for code in places if len(code) != _PROVINCE]
