"""Is someone in danger right now? Read before anything else, in process, without network or model.

`assess` is pure and never raises. Three voices are heard: the rules (`intents.judging`), a statistical second
opinion that sees the words and what the rules found (`intents.opinion`), and screening for a wish to do harm.
`intents.weighing` raises a message that the rules missed, or takes an alarm back to POSSIBLE, which makes the
answer begin with "Nếu đang có cháy: gọi 114 ngay." `raised` hears a fourth voice, the language model's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from heapq import nlargest
from typing import Final

from intents.features import features
from intents.judging import ALWAYS_NAMED, RANK, Assessment, Reading, find, judge, order
from intents.lexicon import READER, Frame, Situation
from intents.opinion import LinearModel, load
from intents.screening import Screen, screen
from intents.weighing import HARMFUL, TAKEN_BACK, Level, decide, evidence
from knowledge.vietnamese import UNDERSTANDING_LIMIT

__all__ = ["Assessment", "Level", "assess", "assess_with", "raised", "verdict"]

_READ_TO: Final = 8_000
"""Characters from the start of a long message that are searched; its last window always is."""
_OVERLAP: Final = 80
_LAST_WORDS: Final = 110
"""Characters at the end of a long message that are also read on their own: a cry may break off a story."""
_MODEL: Final = load()
_RULES_SAY: Final = 0.8
"""How much the situation that the rules name gains over the leanings of the opinion."""
_UNDECIDED: Final = 0.25
"""Between situations that lean less apart, out-of-fold opinions are right in a third of messages."""
_ONLY_WHERE_NAMED: Final = frozenset(situation.value for situation in ALWAYS_NAMED)
"""Where the rules name another situation, no leaning makes it one of these: their replies speak to something else."""
_AGAINST: Final[Mapping[Screen | None, float]] = {
    Screen.HARMFUL: HARMFUL,
    Screen.DISHONEST: HARMFUL,
    Screen.NEGATED_EMERGENCY: TAKEN_BACK,
}
_NOT_NOW: Final = frozenset(
    f"frame:{frame.value}"
    for frame in (Frame.PAST, Frame.DRILL, Frame.FICTION, Frame.HOMEWORK, Frame.LAW, Frame.NEWS, Frame.NEGATED)
)
"""Frames that speak clearly against danger now; a second source alone does not outweigh them."""


def assess(text: str) -> Assessment:
    """Return how likely it is that the writer of `text` is in danger now, and from what.

    Any string is allowed (decomposed, unpaired surrogates, megabytes). The first 500 characters are
    read in full; of the rest, up to 8,000 characters and always the last 500 are searched for cries.
    """
    windows = _windows(text)
    results, frames = [assess_with(windows[0], _MODEL)], find(READER.read(windows[0])).frames if windows[1:] else []
    for window in windows[1:]:
        later = judge(find(READER.read(window), context=frames))
        if later.level is Level.EMERGENCY:
            results.append(later)
    return min(results, key=lambda found: (RANK[found.level], order(found.situation)))


def assess_with(text: str, model: LinearModel) -> Assessment:
    """Return what the rules and the opinion of `model` together make of one window."""
    read = READER.read(text)
    reading = find(read)
    if not reading.length:
        return Assessment(Level.NONE)
    ruled = judge(reading)
    return _second(ruled, reading, model, features(read, text, reading, ruled.level), text)


def verdict(text: str) -> Assessment:
    """Return what the rules alone say of the first 500 characters: for the evaluation."""
    return judge(find(READER.read(text[:UNDERSTANDING_LIMIT])))


def raised(assessment: Assessment, named: bool) -> Assessment:
    """Return `assessment`, one step higher when a second source has surely `named` an emergency; never lower.

    POSSIBLE becomes EMERGENCY and NONE becomes POSSIBLE, unless the frames put the message clearly elsewhere: over,
    supposed, a drill, a story, homework, a question of law, the news, taken back. The caller decides what "surely" is.
    """
    if not named or assessment.level is Level.EMERGENCY:
        return assessment
    if not _NOT_NOW.isdisjoint(assessment.evidence):
        return assessment
    if f"frame:{Frame.SUPPOSED.value}" in assessment.evidence:
        return assessment
    level = Level.EMERGENCY if assessment.level is Level.POSSIBLE else Level.POSSIBLE
    situation = assessment.situation or Situation.CRY_FOR_HELP
    return replace(assessment, level=level, situation=situation, evidence=("second-source", *assessment.evidence))


def _second(ruled: Assessment, reading: Reading, model: LinearModel, found: set[str], text: str) -> Assessment:
    """Return what the rules concluded, corrected by the second opinion and by what screening says of `text`."""
    frames = [match.label for match in reading.frames]
    total = evidence(model.urgency(found), ruled.level, frames)
    level = decide(ruled.level, total)
    if level is Level.EMERGENCY:
        level = decide(ruled.level, total + _against(text, reading.length))
    if level is Level.NONE or (level is Level.POSSIBLE and not reading.hits):
        # without a word of danger an opinion may raise the alarm, but not a mere doubt
        return Assessment(Level.NONE, evidence=tuple(dict.fromkeys(f"frame:{frame.value}" for frame in frames)))
    named = ruled.evidence if level is ruled.level else (f"opinion:{level.value}", *ruled.evidence)
    return Assessment(level, _situation(ruled, model.leanings(found)), named)


def _against(text: str, length: int) -> float:
    """Return what screening says against an emergency; "help" as the only word asks for the menu."""
    kind = screen(text)
    return TAKEN_BACK if kind is Screen.ABOUT_BOT and length == 1 else _AGAINST.get(kind, 0.0)


def _situation(ruled: Assessment, leanings: Mapping[str, float]) -> Situation:
    """Return the likeliest situation; what the rules name has a start, threats to life are never overruled.

    Where the rules name none and two are about as likely, it is a cry for help: its reply fits all and asks what is
    the matter.
    """
    if ruled.situation in ALWAYS_NAMED and ruled.level is Level.EMERGENCY:
        return ruled.situation
    if ruled.situation is not None:
        named = ruled.situation.value
        possible = [name for name in leanings if name == named or name not in _ONLY_WHERE_NAMED]
        return Situation(max(possible, key=lambda name: leanings[name] + (_RULES_SAY if name == named else 0.0)))
    first, second = nlargest(2, leanings, key=leanings.__getitem__)
    undecided = leanings[first] - leanings[second] < _UNDECIDED and first not in _ONLY_WHERE_NAMED
    return Situation.CRY_FOR_HELP if undecided else Situation(first)


def _windows(text: str) -> list[str]:
    size = UNDERSTANDING_LIMIT
    if len(text) <= size:
        return [text]
    starts = range(0, min(len(text), _READ_TO), size - _OVERLAP)
    return [*(text[start : start + size] for start in starts), text[-size:], text[-_LAST_WORDS:]]
