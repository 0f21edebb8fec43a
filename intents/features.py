"""What the statistical second opinion sees of a message: words, letters, families of words, and what the rules found.

A feature is a short string. `w` is a folded word, `b` two neighbours, `k` two words around another,
`s` a word with its tone as typed, `t` two neighbours with theirs, `c` four letters in a row (they survive a slip of
the finger), `f` a family of `rules/families.toml`, `p` two families that follow each other closely, `R` a rule that
matched, `F` a frame, `V` the rules' verdict, `X` a verdict or strength in a frame, `Y` two frames.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final

from intents.judging import Reading, find, judge
from intents.lexicon import READER
from intents.phrases import plain, spell
from intents.weighing import Level
from knowledge.vietnamese import UNDERSTANDING_LIMIT, fold, has_diacritics

_FAMILIES: Final = Path(__file__).parent / "rules" / "families.toml"
_NEAR: Final = 5
"""Words within which two families are taken to speak of each other."""
_LETTERS: Final = 4


def _families() -> Mapping[str, tuple[str, ...]]:
    """Return the families of each spelled or bare word."""
    members: dict[str, set[str]] = defaultdict(set)
    for family, words in tomllib.loads(_FAMILIES.read_text(encoding="utf-8"))["families"].items():
        for word in words.split():
            members[spell(word)].add(family)
            members[fold(word)].add(family)
    return {word: tuple(sorted(families)) for word, families in members.items()}


FAMILIES: Final = _families()


def seen(text: str) -> set[str]:
    """Return the features of the first 500 characters of a message."""
    text = text[:UNDERSTANDING_LIMIT]
    read = READER.read(text)
    reading = find(read)
    return features(read, text, reading, judge(reading).level)


def features(read: str, text: str, reading: Reading, verdict: Level) -> set[str]:
    """Return the features of a message: `read` is what `Reader.read` made of `text`, the rest what the rules did."""
    spelled = read.split()
    bare = [plain(word) for word in spelled]
    return {
        *_ruled(reading, verdict),
        *_words(bare),
        *(f"t {left} {right}" for left, right in pairwise(["<", *spelled, ">"])),
        *_letters(bare),
        *_related(spelled),
        *_manner(text, len(bare)),
        *("s " + word for word, letters in zip(spelled, bare, strict=True) if word != letters),
    }


def _ruled(reading: Reading, verdict: Level) -> set[str]:
    frames = sorted({match.label.value for match in reading.frames})
    strengths = {match.label.strength.value for match in reading.hits}
    found = {f"V {verdict.value}", *("R " + match.label.id for match in reading.hits)}
    found.update("F " + frame for frame in frames)
    found.update(f"X {said} {frame}" for said in {*strengths, verdict.value} for frame in frames)
    found.update(f"Y {first} {second}" for first, second in combinations(frames, 2))
    return found


def _words(bare: Sequence[str]) -> set[str]:
    line = ["<", *bare, ">"]
    found = {"w " + word for word in line}
    found.update(f"b {left} {right}" for left, right in pairwise(line))
    found.update(f"k {left} {right}" for left, right in zip(line, line[2:], strict=False))
    return found


def _letters(bare: Sequence[str]) -> set[str]:
    run = f" {' '.join(bare)} "
    return {"c" + run[start : start + _LETTERS] for start in range(len(run) - _LETTERS + 1)}


def _related(spelled: Sequence[str]) -> set[str]:
    """Families, and ordered pairs of families at most `_NEAR` words apart."""
    kinds = [FAMILIES.get(word, ()) for word in spelled]
    found = {"f " + family for families in kinds for family in families}
    for place, families in enumerate(kinds):
        if families:
            later = {family for near in kinds[place + 1 : place + 1 + _NEAR] for family in near}
            found.update(f"p {first} {second}" for first in families for second in later)
    return found


def _manner(text: str, length: int) -> set[str]:
    """How long it is, and whether it asks, exclaims, is typed with marks."""
    found = {f"length {min(6, length // 4)}"}
    if "?" in text:
        found.add("asks")
    if "!" in text:
        found.add("exclaims")
    if has_diacritics(text):
        found.add("marks")
    return found
