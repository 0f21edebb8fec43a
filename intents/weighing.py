"""What the rules and the second opinion together say: one sum, three bounds.

The figures were fitted, by logistic regression over out-of-fold opinions, the verdict of the rules and the
frames, on messages that the rules were not written from, and then rounded; `python -m intents.evaluate`
says how they fare. An alarm of the rules is taken back, to POSSIBLE, only by a sum that speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from intents.lexicon import Frame


class Level(Enum):
    """How sure triage is that someone is in danger now."""

    NONE = "none"
    POSSIBLE = "possible"  # answer, but begin with "Nếu đang có cháy: gọi 114 ngay."
    EMERGENCY = "emergency"  # reply with the situation's actions and nothing else


OPINION: Final = 1.0
VERDICT: Final[Mapping[Level, float]] = {Level.EMERGENCY: 0.2, Level.POSSIBLE: 0.55, Level.NONE: 0.6}
"""What the verdict of the rules adds to an opinion that already knows it."""
FRAMES: Final[Mapping[Frame, float]] = {
    Frame.NOW: 0.25,
    Frame.PAST: -1.4,
    Frame.SUPPOSED: -0.8,
    Frame.EARLIER: -0.1,
    Frame.TOPIC: -0.2,
    Frame.GENERIC: -0.25,
    Frame.NEWS: -1.9,
    Frame.FICTION: -1.85,
    Frame.HOMEWORK: -0.4,
    Frame.DRILL: -1.2,
    Frame.NEGATED: -0.55,
    Frame.REAL: 0.85,
    Frame.HABIT: -0.8,
}
HARMFUL: Final = -2.5
"""Screening takes it for a wish to do harm: only a plain alarm outweighs that."""
TAKEN_BACK: Final = -3.0
"""Screening takes it for an alarm taken back ("không phải cháy thật đâu")."""
CONFIRMED: Final = -1.2
"""Sum from which an emergency of the rules stays one."""
RAISED: Final = -0.7
"""Sum from which a message becomes an emergency that the rules did not call one."""
RAISED_ALONE: Final = 0.0
"""The same where the rules found nothing at all, so that the opinion stands alone."""
DOUBTED: Final = -2.5
"""Sum from which a message in which the rules found nothing gets the careful first line."""


def evidence(urgency: float, verdict: Level, frames: Iterable[Frame]) -> float:
    """Return the log-odds of an emergency; `urgency` is those of the opinion alone."""
    framed = sum(FRAMES.get(frame, 0.0) for frame in set(frames))
    return OPINION * urgency + VERDICT[verdict] + framed


def decide(verdict: Level, total: float) -> Level:
    """Return the level that the rules' verdict and the sum of the evidence amount to."""
    bounds = {Level.EMERGENCY: CONFIRMED, Level.POSSIBLE: RAISED, Level.NONE: RAISED_ALONE}
    if total >= bounds[verdict]:
        return Level.EMERGENCY
    doubted = verdict is not Level.NONE or total >= DOUBTED
    return Level.POSSIBLE if doubted else Level.NONE
