"""The rules of triage as data: `rules/situations.toml` and `rules/readings.toml`, read once, at import."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from intents.phrases import PhraseBook, spell
from intents.reading import Reader

RULES: Final = Path(__file__).parent / "rules"


class Situation(Enum):
    """What kind of emergency; the most urgent of those that a message speaks of is first."""

    SUICIDE_BY_FIRE = "suicide_by_fire"
    ARSON_THREAT = "arson_threat"
    ELECTRIC_SHOCK = "electric_shock"
    DROWNING = "drowning"
    TOXIC_GAS = "toxic_gas"
    UNCONSCIOUS = "unconscious"
    CLOTHES_ON_FIRE = "clothes_on_fire"
    COLLAPSE = "collapse"
    EARTHQUAKE = "earthquake"
    FLOOD = "flood"
    LIFT = "lift"
    BOAT_FIRE = "boat_fire"
    OIL_PAN = "oil_pan"
    GAS_CYLINDER_FIRE = "gas_cylinder_fire"
    BATTERY_OR_EV_FIRE = "battery_or_ev_fire"
    TUNNEL_FIRE = "tunnel_fire"
    VEHICLE_FIRE = "vehicle_fire"
    TRAPPED = "trapped"
    CROWD_PLACE = "crowd_place"
    PETROL_FIRE = "petrol_fire"
    FOREST_FIRE = "forest_fire"
    POWER_LINE = "power_line"
    ELECTRICAL_FIRE = "electrical_fire"
    NEIGHBOUR_FIRE = "neighbour_fire"
    BURN = "burn"
    ACTIVE_FIRE = "active_fire"
    GAS_LEAK = "gas_leak"
    SMOKE = "smoke"
    SMOKE_INHALED = "smoke_inhaled"
    RESCUE = "rescue"
    CRY_FOR_HELP = "cry_for_help"


class Strength(Enum):
    """How much the words of a rule say on their own."""

    CRY = "cry"  # enough alone
    EVENT = "event"  # something happened: needs the writer, now or a cry beside it
    MENTION = "mention"  # a bare danger word: like an event, but hardly ever told without the writer in it
    HINT = "hint"  # worth one careful line


class Frame(Enum):
    """What surrounds the danger words."""

    NOW = "now"
    PAST = "past"
    SUPPOSED = "supposed"
    EARLIER = "earlier"
    TOPIC = "topic"
    GENERIC = "generic"
    HOW = "how"
    ASKS = "asks"
    LAW = "law"
    NEWS = "news"
    FICTION = "fiction"
    HOMEWORK = "homework"
    DRILL = "drill"
    NEGATED = "negated"
    REAL = "real"
    HABIT = "habit"
    OWN = "own"
    URGENT = "urgent"


@dataclass(frozen=True)
class Rule:
    """One reviewed rule. `why` is for the reviewer."""

    id: str
    situation: Situation
    strength: Strength
    why: str


@dataclass(frozen=True)
class Mask:
    """Figures of speech that are taken out. `banter`: a "cứu với" beside them is no cry for help."""

    id: str
    banter: bool
    unless_fire: bool
    becomes: str
    book: PhraseBook[str]


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES / name).read_text(encoding="utf-8"))


_SITUATIONS: Final = _load("situations.toml")
_READINGS: Final = _load("readings.toml")
_CLASSES: Final[dict[str, str]] = {**_SITUATIONS["classes"], **_READINGS["classes"]}


def _rule(entry: dict[str, Any]) -> Rule:
    return Rule(entry["id"], Situation(entry["situation"]), Strength(entry["strength"]), entry["why"])


def _mask(entry: dict[str, Any]) -> Mask:
    book = PhraseBook([(entry["id"], phrase) for phrase in entry["phrases"]], _CLASSES)
    becomes = " ".join(spell(word) for word in entry.get("becomes", "").split())
    return Mask(entry["id"], entry["banter"], entry.get("unless_fire", False), becomes, book)


SITUATION_RULES: Final = PhraseBook(
    [(_rule(entry), phrase) for entry in _SITUATIONS["rule"] for phrase in entry["phrases"]], _CLASSES, loose=True
)
FRAMES: Final = PhraseBook(
    [(Frame(entry["id"]), phrase) for entry in _READINGS["frame"] for phrase in entry["phrases"]], _CLASSES
)
MASKS: Final = tuple(_mask(entry) for entry in _READINGS["mask"])
READER: Final = Reader(
    SITUATION_RULES.words, FRAMES.words, _READINGS["keywords"]["words"].split(), _READINGS["spellings"]
)
