"""What the rules alone make of a message: danger words, the frames around them, and a verdict.

* a *cry* ("nhà tôi đang cháy", "khói vào phòng", "cứu với") is an emergency unless a frame makes it
  a story, a supposition, a drill, a question of law …;
* an *event* ("bị bỏng", "xe cháy") is an emergency when it is the writer's, or now, or beside a cry,
  and not the topic of a general question;
* what is left in doubt is POSSIBLE.

The words are in `rules/*.toml`; this module only weighs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from intents.lexicon import FRAMES, MASKS, SITUATION_RULES, Frame, Rule, Situation, Strength
from intents.phrases import Match, spell
from intents.weighing import Level
from knowledge.vietnamese import fold

_SHORT: Final = 10
"""Words up to which a message that asks nothing is taken for a report ("xe tải cháy ở cao tốc")."""

_BARE: Final = 3
"""The same for a bare danger word ("có cháy")."""

_HABITUAL: Final = (
    Situation.SMOKE,
    Situation.NEIGHBOUR_FIRE,
    Situation.LIFT,
    Situation.GAS_LEAK,
    Situation.ELECTRICAL_FIRE,
)
_ALWAYS_MEANT: Final = (Situation.SUICIDE_BY_FIRE, Situation.ARSON_THREAT, Situation.CRY_FOR_HELP)
"""Situations whose cries are no theory, however they are asked."""
ALWAYS_NAMED: Final = (Situation.SUICIDE_BY_FIRE, Situation.ARSON_THREAT)
_ASKED_IN_NEED: Final = (Situation.TRAPPED, Situation.SMOKE, Situation.GAS_LEAK)
"""Situations whose cries people type with a question in the same breath ("khói đầy phòng làm sao ra")."""
_ELSEWHERE: Final = (Frame.DRILL, Frame.FICTION, Frame.HOMEWORK)
_ALREADY: Final = ("rôiF", "roi", "kia")
"""Last words of a cry that has happened, whatever was asked before it."""
_CORROBORATION: Final = tuple(
    f" {spelled} "
    for word in ("lửa", "khói", "cứu", "ngộp", "nổ", "bốc", "114")
    for spelled in (spell(word), fold(word))
    if spelled != "no"
)
"""Words beside which "chay" is not taken for running or burnt food."""
_ORDER: Final = {situation: place for place, situation in enumerate(Situation)}
RANK: Final = {Level.EMERGENCY: 0, Level.POSSIBLE: 1, Level.NONE: 2}
"""The most urgent level is first."""


@dataclass(frozen=True)
class Assessment:
    """What triage concluded. `evidence` names rules and frames, never the resident's words."""

    level: Level
    situation: Situation | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One window of a message: danger words, frames around them, whether it banters, how long it is."""

    hits: Sequence[Match[Rule]]
    frames: Sequence[Match[Frame]]
    banter: bool
    length: int

    def has(self, *frames: Frame) -> bool:
        return any(frame.label in frames for frame in self.frames)

    def before(self, hit: Match[Rule], frame: Frame) -> bool:
        """Whether `frame` stands before `hit` and the story has not come back to now in between."""
        starts = [match.start for match in self.frames if match.label is frame and match.start < hit.end]
        if not starts:
            return False
        back = [match.start for match in self.frames if match.label is Frame.NOW and match.start <= hit.start]
        return frame is Frame.SUPPOSED or not any(start > starts[-1] for start in back)


def order(situation: Situation | None) -> int:
    """Return where a situation stands among all, the most urgent first."""
    return len(_ORDER) if situation is None else _ORDER[situation]


def find(read: str, context: Sequence[Match[Frame]] = ()) -> Reading:
    """Find danger words and frames in a read window; `context` are the frames of the message's first window."""
    message, banter = _without_figures(read)
    carried = [match._replace(start=-1, end=-1) for match in context if match.label in (*_ELSEWHERE, Frame.NEWS)]
    frames = [*carried, *FRAMES.find(message)]
    return Reading(SITUATION_RULES.find(_without_runners(message)), frames, banter, len(message.split()))


def _without_figures(message: str) -> tuple[str, bool]:
    """Return the read message without figures of speech, and whether one of them was banter."""
    banter = False
    for mask in MASKS:
        if not mask.unless_fire:
            message, found = mask.book.blank_out(message, mask.becomes)
            banter = banter or (found and mask.banter)
    return message, banter


def _without_runners(message: str) -> str:
    """Return the message without what only looks like fire ("chay bo", "ca kho chay"), unless more speaks of fire."""
    if any(sign in message for sign in _CORROBORATION):
        return message
    for mask in MASKS:
        if mask.unless_fire:
            message, _ = mask.book.blank_out(message)
    return message


def judge(reading: Reading) -> Assessment:
    """Return what the rules say: weigh every hit; the most urgent level wins, then the most urgent situation."""
    crying = any(_cries_for_help(hit, reading) for hit in reading.hits)
    weighed = [(_weigh(hit, reading, crying), hit) for hit in reading.hits]
    level = min((level for level, _ in weighed), key=RANK.__getitem__, default=Level.NONE)
    if level is Level.NONE:
        return Assessment(Level.NONE)
    rules = _named(weighed) or [hit.label for weight, hit in weighed if weight is level]
    situation = min((rule.situation for rule in rules), key=order)
    names = dict.fromkeys([rule.id for rule in rules] + [f"frame:{match.label.value}" for match in reading.frames])
    return Assessment(level, situation, tuple(islice(names, 12)))


def _named(weighed: Sequence[tuple[Level, Match[Rule]]]) -> list[Rule]:
    """The rules that may name the situation: cries and events that were not explained away."""
    rules = [hit.label for weight, hit in weighed if weight is not Level.NONE]
    return [rule for rule in rules if rule.strength is not Strength.HINT]


def _cries_for_help(hit: Match[Rule], reading: Reading) -> bool:
    return hit.label.situation is Situation.CRY_FOR_HELP and _weigh_cry(hit, reading, crying=False) is Level.EMERGENCY


def _weigh(hit: Match[Rule], reading: Reading, crying: bool) -> Level:
    if hit.label.strength is Strength.CRY:
        return _weigh_cry(hit, reading, crying)
    if hit.label.strength in (Strength.EVENT, Strength.MENTION):
        return _weigh_event(hit, reading, crying)
    return Level.NONE if reading.has(*_ELSEWHERE, Frame.NEGATED) else Level.POSSIBLE


def _weigh_cry(hit: Match[Rule], reading: Reading, crying: bool) -> Level:
    if _is_elsewhere(hit, reading):
        return Level.NONE
    if crying:
        return Level.EMERGENCY
    if reading.before(hit, Frame.NEWS) or _is_about_law(hit, reading):
        return Level.NONE
    if reading.before(hit, Frame.PAST) or reading.before(hit, Frame.SUPPOSED) or _is_complaint(hit, reading):
        return Level.POSSIBLE
    return Level.POSSIBLE if _is_knowledge(hit, reading) else Level.EMERGENCY


def _is_about_law(hit: Match[Rule], reading: Reading) -> bool:
    """Whether fines, papers or money are asked about; the writer's own cry may break off such a question."""
    law = [match.start for match in reading.frames if match.label is Frame.LAW]
    broken_off = reading.has(Frame.OWN) and reading.has(Frame.URGENT) and all(start < hit.start for start in law)
    return bool(law) and not broken_off


def _is_knowledge(hit: Match[Rule], reading: Reading) -> bool:
    """Whether a cry's words are what a question of knowledge is about ("bình ga bốc cháy xử lý sao")."""
    if reading.has(Frame.OWN) or hit.label.situation in _ALWAYS_MEANT:
        return False
    if reading.before(hit, Frame.TOPIC):
        return not hit.text.endswith(_ALREADY)
    if reading.has(Frame.URGENT, Frame.NOW):
        return False
    asked = reading.has(Frame.HOW, Frame.ASKS) and hit.label.situation not in _ASKED_IN_NEED
    return asked or reading.has(Frame.TOPIC, Frame.GENERIC)


def _is_complaint(hit: Match[Rule], reading: Reading) -> bool:
    """Whether smoke or a lift is complained of as a habit ("khói bay sang nhà em hoài")."""
    return hit.label.situation in _HABITUAL and reading.has(Frame.HABIT)


def _is_elsewhere(hit: Match[Rule], reading: Reading) -> bool:
    """Whether the words belong to a drill, a story, homework or a joke, or are taken back."""
    if hit.label.situation is Situation.CRY_FOR_HELP and reading.banter:
        return True
    return reading.has(*_ELSEWHERE, Frame.NEGATED) and not reading.has(Frame.REAL)


def _weigh_event(hit: Match[Rule], reading: Reading, crying: bool) -> Level:
    if _is_elsewhere(hit, reading):
        return Level.NONE
    if crying:
        return Level.EMERGENCY
    if reading.has(Frame.LAW, Frame.NEWS, Frame.HABIT):
        return Level.NONE
    if reading.has(Frame.PAST, Frame.EARLIER, Frame.TOPIC, Frame.GENERIC) or reading.before(hit, Frame.SUPPOSED):
        return Level.POSSIBLE
    return Level.EMERGENCY if _is_present(hit, reading) else Level.POSSIBLE


def _is_present(hit: Match[Rule], reading: Reading) -> bool:
    """Whether an event is told as happening now: when asked about it needs "đang", "rồi", "giờ" beside it."""
    if reading.has(Frame.HOW, Frame.ASKS):
        return reading.has(Frame.URGENT)
    limit = _BARE if hit.label.strength is Strength.MENTION else _SHORT
    return reading.has(Frame.OWN, Frame.URGENT) or reading.length <= limit
