"""What each part of search is worth on our own knowledge: lexical, close reading, dense, and their mix."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from retrieval.collection import CARD_PREFIX
from retrieval.dense import DenseIndex
from retrieval.fusion import Mix, MixedIndex
from retrieval.labelled import LabelledQuestion
from retrieval.lexical import LexicalIndex, Weights
from retrieval.metrics import hit_at, reciprocal_rank_at
from retrieval.search import Passage, groups_of
from retrieval.static_embedding import StaticEncoder
from retrieval.systems import DenseSystem, Folded, LexicalSystem, MixedSystem, System
from retrieval.texts import read_texts
from retrieval.training import train_in_own_process

HELD_OUT_EVERY: Final = 5
_LIMIT: Final = 10
_SUGGESTED: Final = 3


@dataclass(frozen=True)
class Asked:
    """A question and the ids of the passages that answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class Row:
    """How well a system finds what was asked for; all values from 0 to 1."""

    questions: str
    system: str
    typed: str
    hit_at_1: float
    hit_at_3: float
    mrr_at_10: float


def hold_out(passages: Sequence[Passage]) -> tuple[list[Passage], list[Asked]]:
    """Take every fifth variant of each card out, and return the rest with the variants taken as questions.

    >>> card = Passage("card:a", "A?", ("1", "2", "3", "4", "5", "6"), "Text.", "", "card")
    >>> rest, asked = hold_out([card])
    >>> rest[0].variants, asked[0].text
    (('1', '2', '3', '4', '6'), '5')
    """
    asked = [
        Asked(variant, frozenset({passage.id}))
        for passage in passages
        for variant in passage.variants[HELD_OUT_EVERY - 1 :: HELD_OUT_EVERY]
    ]
    return [replace(passage, variants=_kept(passage.variants)) for passage in passages], asked


def _kept(variants: Sequence[str]) -> tuple[str, ...]:
    return tuple(variant for number, variant in enumerate(variants, 1) if number % HELD_OUT_EVERY)


def labelled(questions: Sequence[LabelledQuestion]) -> list[Asked]:
    """Return the questions that some card answers."""
    return [
        Asked(question.text, frozenset(f"{CARD_PREFIX}{card}" for card in question.cards))
        for question in questions
        if question.cards
    ]


def ablate(passages: Sequence[Passage], questions: Sequence[LabelledQuestion], mix: Mix) -> list[Row]:
    """Measure every system on held-out variants and on labelled questions, typed with and without diacritics.

    Each set has an index and an embedding of its own: nothing that is asked was trained on.
    """
    rest, variants = hold_out(passages)
    rows: list[Row] = []
    for name, indexed, asked in (
        ("held-out variants", rest, variants),
        ("labelled questions", list(passages), labelled(questions)),
    ):
        systems = build_systems(indexed, mix)
        ids = [passage.id for passage in indexed]
        for system_name, system in systems.items():
            rows.append(_measured((name, system_name, "with diacritics"), system, ids, asked))
            rows.append(_measured((name, system_name, "without"), Folded(system), ids, asked))
    return rows


def build_systems(passages: Sequence[Passage], mix: Mix) -> Mapping[str, System]:
    """Index the passages, train an embedding on them, and return the systems to compare."""
    entries = [passage.entry() for passage in passages]
    lexical = LexicalIndex.build(read_texts(entries), Weights())
    with tempfile.TemporaryDirectory() as folder:
        train_in_own_process(entries, Path(folder) / "model")
        dense = DenseIndex.build(StaticEncoder.load(Path(folder) / "model"), entries)
    mixed = MixedIndex(lexical, groups_of([passage.document for passage in passages]), mix)
    return {
        "lexical (BM25F)": LexicalSystem(lexical),
        "lexical, read closely": MixedSystem(mixed, None),
        "dense": DenseSystem(dense),
        "mixed": MixedSystem(mixed, dense),
    }


def _measured(names: tuple[str, str, str], system: System, ids: Sequence[str], asked: Sequence[Asked]) -> Row:
    ranked = [[ids[number] for number in system.find(one.text, _LIMIT).tolist()] for one in asked]
    pairs = list(zip(ranked, (one.relevant for one in asked), strict=True))
    count = max(1, len(pairs))
    return Row(
        *names,
        hit_at_1=sum(hit_at(1, *pair) for pair in pairs) / count,
        hit_at_3=sum(hit_at(_SUGGESTED, *pair) for pair in pairs) / count,
        mrr_at_10=sum(reciprocal_rank_at(_LIMIT, *pair) for pair in pairs) / count,
    )


def as_table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| asked | system | typed | hit@1 | hit@3 | MRR@10 |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        shares = " | ".join(f"{share:.3f}" for share in (row.hit_at_1, row.hit_at_3, row.mrr_at_10))
        lines.append(f"| {row.questions} | {row.system} | {row.typed} | {shares} |")
    return "\n".join(lines)
