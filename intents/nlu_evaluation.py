"""How well intents are understood: the held-out messages, sent to a real Rasa in five spellings."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from intents.client import NluClient
from intents.intents import Intent
from intents.nlu_check import HeldOut
from intents.slips import abbreviated, slipped
from knowledge.vietnamese import fold

_SEED: Final = 4
SPELLINGS: Final = ("with diacritics", "without", "teencode", "teencode without", "one slip")


@dataclass(frozen=True)
class Judged:
    """One message as it was sent: what it wants, and what was understood, likeliest and with the fallback."""

    spelling: str
    text: str
    truth: str
    likeliest: str
    named: str
    confidence: float


@dataclass(frozen=True)
class Score:
    """Precision and recall of one intent in one spelling, from counts.

    >>> Score("deny", right=8, named=10, true=16).f1
    0.6153846153846154
    """

    intent: str
    right: int
    named: int
    true: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.named + self.true) if self.named + self.true else 0.0


def spelled(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return the texts in each spelling, the same on every run."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret, and the same on every run
    short = [abbreviated(text, chance) for text in texts]
    slips = [slipped(text, chance) for text in texts]
    return dict(
        zip(SPELLINGS, (list(texts), list(map(fold, texts)), short, list(map(fold, short)), slips), strict=True)
    )


async def judged(client: NluClient, messages: Sequence[HeldOut]) -> list[Judged]:
    """Ask for every message in every spelling, one after the other. Raises RuntimeError without an answer."""
    found = []
    for spelling, texts in spelled([one.text for one in messages]).items():
        for message, text in zip(messages, texts, strict=True):
            answer = await client.parse(text)
            if answer is None:
                raise RuntimeError(f"no answer to {message.place}")
            likeliest, confidence = answer.ranking[0]
            found.append(Judged(spelling, text, message.intent, likeliest, answer.intent, confidence))
    return found


def accuracy(rows: Sequence[Judged]) -> float:
    """Return the share whose likeliest intent is right."""
    return sum(one.likeliest == one.truth for one in rows) / max(1, len(rows))


def scores(rows: Sequence[Judged]) -> list[Score]:
    """Return the score of each intent."""
    right = Counter(one.truth for one in rows if one.likeliest == one.truth)
    named = Counter(one.likeliest for one in rows)
    true = Counter(one.truth for one in rows)
    return [Score(intent, right[intent], named[intent], true[intent]) for intent in sorted(true)]


def macro_f1(rows: Sequence[Judged]) -> float:
    """Return the mean F1 of all intents."""
    each = [one.f1 for one in scores(rows)]
    return sum(each) / max(1, len(each))


def report(rows: Sequence[Judged], *, markdown: bool) -> Iterator[str]:
    """Yield the lines of the report; `markdown` leaves out what is of use only while working on it."""
    by_spelling = {spelling: [one for one in rows if one.spelling == spelling] for spelling in SPELLINGS}
    yield "| spelling | messages | accuracy | macro-F1 | emergencies found | false ones | fallback | wrong and sure |"
    yield "|---|---|---|---|---|---|---|---|"
    for spelling, group in by_spelling.items():
        yield f"| {spelling} | {len(group)} | {accuracy(group):.3f} | {macro_f1(group):.3f} | {_emergencies(group)} |"
    yield ""
    yield from _by_intent(by_spelling)
    if not markdown:
        for spelling in SPELLINGS[:2]:
            yield f"\nmost often confused, {spelling}:"
            yield from _confusions(by_spelling[spelling])


def _emergencies(group: Sequence[Judged]) -> str:
    true = [one for one in group if one.truth == Intent.EMERGENCY]
    false = [one for one in group if one.truth != Intent.EMERGENCY and one.likeliest == Intent.EMERGENCY]
    found = sum(one.likeliest == Intent.EMERGENCY for one in true)
    unsure = sum(one.named == Intent.NLU_FALLBACK for one in group)
    wrong = sum(one.named not in {one.truth, Intent.NLU_FALLBACK} for one in group)
    return (
        f"{found}/{len(true)} | {len(false)}/{len(group) - len(true)} | "
        f"{unsure / max(1, len(group)):.1%} | {wrong / max(1, len(group)):.1%}"
    )


def _by_intent(by_spelling: dict[str, list[Judged]]) -> Iterator[str]:
    first, second = SPELLINGS[:2]
    yield f"| intent | messages | F1 {first} | F1 {second} |"
    yield "|---|---|---|---|"
    for one, other in zip(scores(by_spelling[first]), scores(by_spelling[second]), strict=True):
        yield f"| `{one.intent}` | {one.true} | {one.f1:.2f} | {other.f1:.2f} |"


def _confusions(group: Sequence[Judged]) -> Iterator[str]:
    wrong = Counter((one.truth, one.likeliest) for one in group if one.truth != one.likeliest)
    for (truth, likeliest), count in wrong.most_common(15):
        yield f"{count:4} {truth} taken for {likeliest}"
