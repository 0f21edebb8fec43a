"""`python -m bot routes`: what the router makes of messages that nobody trained on, and how its bounds are chosen.

The messages of `intents/held_out.jsonl` have an intent, and each intent an act that is right for it. They are halved:
bounds are chosen on one half and judged on the other. Triage is left out; it has an evaluation of its own.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, TextIO

from bot.conversation.routing import Act, Bounds, Route, Router, Sense
from bot.conversation.turn import Assistant
from bot.conversation.typed import Nlu
from intents.intents import ASKS, REPORTS, Intent
from intents.screening import screen
from knowledge.vietnamese import clean, fold

HELD_OUT: Final = Path(__file__).parents[1] / "intents" / "held_out.jsonl"
_OFFERED: Final = frozenset({Act.ANSWER, Act.SUGGEST, Act.ASK_BACK})
_RIGHT: Final[Mapping[Intent, frozenset[Act]]] = {
    **dict.fromkeys(ASKS - {Intent.FOLLOW_UP}, _OFFERED),
    **dict.fromkeys(REPORTS, frozenset({Act.REPORT})),
    Intent.HARMFUL: frozenset({Act.REFUSE}),
    Intent.DISHONEST: frozenset({Act.REFUSE}),
    Intent.OUT_OF_SCOPE: frozenset({Act.OUTSIDE, Act.NOT_KNOWN, Act.SUGGEST, Act.SMALL_TALK, Act.ASK_BACK}),
    **dict.fromkeys(
        (Intent.GREET, Intent.GOODBYE, Intent.THANK, Intent.ASK_BOT, Intent.ABUSE, Intent.FALSE_ALARM),
        frozenset({Act.SMALL_TALK}),
    ),
    **dict.fromkeys(
        (Intent.SUBSCRIBE, Intent.UNSUBSCRIBE, Intent.PRIVACY_VIEW, Intent.PRIVACY_DELETE, Intent.TRACK_REPORT),
        frozenset({Act.COMMAND}),
    ),
    Intent.TALK_TO_PERSON: frozenset({Act.COMMAND, Act.REPORT}),
    Intent.TELL_PLACE: frozenset({Act.COMMAND, Act.ANSWER}),
    Intent.HELP: frozenset({Act.COMMAND, Act.SMALL_TALK}),
}
"""The acts that are right for an intent. Emergencies, follow-ups and answers to forms are decided elsewhere."""
_GRID: Final[Mapping[str, tuple[float, ...]]] = {
    "refuse": (0.35, 0.45, 0.6),
    "report": (0.25, 0.3, 0.4, 0.5),
    "report_though_asking": (0.6, 0.7, 0.8, 0.9),
    "report_though_outside": (0.4, 0.5, 0.65, 0.8),
    "report_margin": (0.0, 0.1, 0.2, 0.3),
    "command": (0.3, 0.4, 0.5, 0.6),
    "social": (0.3, 0.4, 0.5, 0.6),
    "elsewhere": (0.4, 0.5, 0.6, 0.7),
}


@dataclass(frozen=True)
class Labelled:
    """A message, what is known of it, and its intent."""

    sense: Sense
    intent: Intent


async def labelled(assistant: Assistant, nlu: Nlu | None, *, folded: bool) -> list[Labelled]:
    """Return the held-out messages for which an act is right, with their senses."""
    found = []
    for line in HELD_OUT.read_text("utf-8").splitlines():
        record = json.loads(line)
        intent = Intent(record["intent"])
        if intent in _RIGHT:
            text = clean(fold(record["text"]) if folded else record["text"])
            understanding = await nlu.parse(text) if nlu else None
            found.append(Labelled(Sense(text, screen(text), understanding, assistant.find(text)), intent))
    return found


async def print_routes(assistant: Assistant, nlu: Nlu, out: TextIO) -> None:
    """Print what becomes of the held-out messages, with and without Rasa, typed and folded; and fitted bounds."""
    for folded in (False, True):
        with_rasa = await labelled(assistant, nlu, folded=folded)
        without = [replace(one, sense=replace(one.sense, understanding=None)) for one in with_rasa]
        typed = "without diacritics" if folded else "as typed"
        for name, messages in (("with Rasa", with_rasa), ("without Rasa", without)):
            print(f"== {name}, {typed}: {_share(messages, Router())}", file=out)
            if not folded:
                _print_intents(messages, Router(), out)
        for half in range(2):
            bounds = fitted(with_rasa[half::2])
            judged = with_rasa[1 - half :: 2]
            print(
                f"fitted on half {half + 1}: {_differences(bounds)}; on the other: {_share(judged, Router(bounds))}",
                file=out,
            )


def fitted(messages: Sequence[Labelled]) -> Bounds:
    """Return the bounds, of the grid, by which most of the messages are routed right; a bound at a time, twice."""
    best = Bounds()
    for _, name in itertools.product(range(2), _GRID):
        choices = [replace(best, **{name: value}) for value in (getattr(best, name), *_GRID[name])]
        best = max(choices, key=lambda bounds: _right(messages, Router(bounds)))
    return best


def _right(messages: Iterable[Labelled], router: Router) -> int:
    return sum(router.route(one.sense).act in _RIGHT[one.intent] for one in messages)


def _share(messages: Sequence[Labelled], router: Router) -> str:
    right = _right(messages, router)
    return f"{right} of {len(messages)} ({100 * right / len(messages):.1f} %)"


def _print_intents(messages: Sequence[Labelled], router: Router, out: TextIO) -> None:
    for intent in _RIGHT:
        routes: list[Route] = [router.route(one.sense) for one in messages if one.intent is intent]
        acts = Counter(route.act.value for route in routes)
        right = sum(route.act in _RIGHT[intent] for route in routes)
        shown = ", ".join(f"{act} {count}" for act, count in acts.most_common())
        print(f"{intent.value:18} {right:3} of {len(routes):3}   {shown}", file=out)


def _differences(bounds: Bounds) -> str:
    changed = [f"{one.name}={getattr(bounds, one.name)}" for one in fields(Bounds)]
    return ", ".join(changed)
