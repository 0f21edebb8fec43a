"""Trains the default embedding from the collection itself: no network, no labelled questions, same result every time.

A word's vector starts as its latent semantic analysis over the entries (Deerwester et al. 1990) and is then tuned so
that each part of an entry (a title, a variant, a clause) finds the rest of its entry among the others of a batch
(multiple negatives ranking loss, Henderson et al. 2017). Words are folded, so diacritics do not matter.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from retrieval.texts import Entry, Floats, Ints

if TYPE_CHECKING:
    import torch

UNKNOWN: Final = "[UNK]"
_SHORTEST_REST: Final = 4
_LARGE: Final = 10_000


class TrainingError(Exception):
    """The embedding could not be trained."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How the embedding is trained. The defaults were measured; see docs."""

    dimensions: int = 128
    most_words: int = 20_000
    rarest_word: int = 2
    most_clauses: int = 12
    longest_entry: int = 600
    most_pairs: int = 150_000
    epochs: int = 2
    batch: int = 512
    rate: float = 0.01
    scale: float = 20.0
    seed: int = 20261004

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be trained."""
        sizes = (self.dimensions, self.most_words, self.rarest_word, self.batch, self.longest_entry, self.most_pairs)
        if min(sizes) < 1 or self.epochs < 0 or self.rate <= 0:
            raise ValueError("training settings must be positive")

    @classmethod
    def for_size(cls, entries: int) -> TrainingSettings:
        """Return the settings for so many entries: many thousands have more to tell than 128 numbers hold."""
        return cls(dimensions=256) if entries > _LARGE else cls()


@dataclass(frozen=True)
class _Parts:
    """Entries cut into parts: part `p` is `tokens[starts[p]:starts[p + 1]]`, of entry `entries[p]`."""

    tokens: Ints
    starts: Ints
    entries: Ints

    def bag(self, parts: Ints) -> tuple[Ints, Ints]:
        """Return the tokens of the parts one after another, and where each begins."""
        lengths = self.starts[parts + 1] - self.starts[parts]
        firsts = np.cumsum(lengths) - lengths
        return self.tokens[np.arange(lengths.sum()) + np.repeat(self.starts[parts] - firsts, lengths)], firsts


def train_embedding(entries: Sequence[Entry], folder: Path, settings: TrainingSettings | None = None) -> None:
    """Train an embedding on `entries` and save it as a sentence-transformers model in `folder`."""
    import torch  # noqa: PLC0415 (takes seconds; only training needs it)

    chosen = settings or TrainingSettings.for_size(len(entries))
    if not entries:
        raise ValueError("nothing to train on")
    tokenizer = make_tokenizer(entries, chosen)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in a fixed order: equal input gives equal vectors
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chosen.seed)
            weights = _tune(_initial_vectors(entries, tokenizer, chosen), _cut(entries, tokenizer, chosen), chosen)
    finally:
        torch.set_num_threads(threads)
    _save(tokenizer, weights, folder)


def train_in_own_process(entries: Sequence[Entry], folder: Path, settings: TrainingSettings | None = None) -> None:
    """Do the same in a process of its own, so that torch does not stay in this one. Raises `TrainingError`."""
    process = get_context("spawn").Process(target=_train_quietly, args=(list(entries), folder, settings))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise TrainingError(f"training ended with {process.exitcode}; its message is above")


def _train_quietly(entries: Sequence[Entry], folder: Path, settings: TrainingSettings | None) -> None:
    sys.stdout = sys.stderr
    train_embedding(entries, folder, settings)


def make_tokenizer(entries: Iterable[Entry], settings: TrainingSettings) -> Tokenizer:
    """Return a tokenizer of folded words: the most frequent ones of the entries, others unknown."""
    tokenizer = Tokenizer(models.WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace("đ", "d"),
            normalizers.Replace(Regex(r"(?<=[0-9])[.,](?=[0-9]{3}(?![0-9]))"), ""),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}]+"), "removed")
    counts: Counter[str] = Counter()
    for entry in entries:
        for _, clause in entry.segments():
            counts.update(word for word, _ in _pieces(tokenizer, clause.text))
    frequent = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[: settings.most_words]
    words = [word for word, count in frequent if count >= settings.rarest_word] or [word for word, _ in frequent]
    tokenizer.model = models.WordLevel({UNKNOWN: 0} | {word: n for n, word in enumerate(words, 1)}, unk_token=UNKNOWN)
    return tokenizer


def _pieces(tokenizer: Tokenizer, text: str) -> list[tuple[str, tuple[int, int]]]:
    pieces: list[tuple[str, tuple[int, int]]] = tokenizer.pre_tokenizer.pre_tokenize_str(
        tokenizer.normalizer.normalize_str(text)
    )
    return pieces


def _cut(entries: Sequence[Entry], tokenizer: Tokenizer, settings: TrainingSettings) -> _Parts:
    """Cut each entry into its headings and the clauses of its body; together they are the entry."""
    texts: list[str] = []
    owners: list[int] = []
    for number, entry in enumerate(entries):
        kept = [clause.text for _, clause in entry.segments() if clause.text.strip()]
        texts.extend(kept)
        owners.extend([number] * len(kept))
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    starts = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    tokens = np.fromiter((one for ids in encoded for one in ids), dtype=np.int64, count=int(starts[-1]))
    return _Parts(tokens, starts, np.array(owners, dtype=np.int64))


def _initial_vectors(entries: Sequence[Entry], tokenizer: Tokenizer, settings: TrainingSettings) -> Floats:
    """Return a row per word: its right singular vector in the weighted word counts of entries, times its weight."""
    import torch  # noqa: PLC0415

    texts = ["\n".join([entry.document, entry.title, entry.title, *entry.variants, entry.body]) for entry in entries]
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    size = tokenizer.get_vocab_size()
    rows = np.repeat(np.arange(len(encoded)), [len(ids) for ids in encoded])
    columns = np.fromiter((one for ids in encoded for one in ids), dtype=np.int64, count=len(rows))
    cells, counts = np.unique(rows * size + columns, return_counts=True)
    rows, columns = cells // size, cells % size
    spread = np.bincount(columns, minlength=size)
    rarity = np.log(1 + len(encoded) / np.maximum(spread, 1))
    rarity[0] = 0  # unknown words say nothing
    values = (1 + np.log(counts)) * rarity[columns]
    lengths = np.sqrt(np.bincount(rows, weights=values**2, minlength=len(encoded)))
    values /= np.maximum(lengths[rows], 1e-9)
    places = torch.from_numpy(np.stack([rows, columns]))
    matrix = torch.sparse_coo_tensor(
        places, torch.from_numpy(values).float(), (len(encoded), size), check_invariants=True
    )
    rank = min(settings.dimensions, len(encoded), size)
    _, _, right = torch.svd_lowrank(matrix.coalesce(), q=rank, niter=4)
    vectors = right.numpy() * rarity[:, None]
    scale = np.sqrt((vectors**2).sum(axis=1).mean())
    initial: Floats = (vectors / max(scale, 1e-9)).astype(np.float32)
    return initial


def _tune(vectors: Floats, parts: _Parts, settings: TrainingSettings) -> Floats:
    """Return the vectors after training on (part, rest of its entry) pairs with in-batch negatives."""
    import torch  # noqa: PLC0415

    bag = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(vectors), freeze=False, mode="sum", padding_idx=0)
    optimizer = torch.optim.Adam(bag.parameters(), lr=settings.rate)
    random = np.random.default_rng(settings.seed)
    pairs = _choose_pairs(parts, settings, random)
    size = min(settings.batch, len(pairs))
    steps = len(pairs) // size if size > 1 else 0
    for epoch in range(settings.epochs):
        order = random.permutation(pairs)
        for step in range(steps):
            done = (epoch * steps + step) / (settings.epochs * steps)
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * (1 - done)
            loss = _batch_loss(bag, parts, order[step * size : (step + 1) * size], settings)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    tuned: Floats = bag.weight.detach().numpy()
    return tuned


def _choose_pairs(parts: _Parts, settings: TrainingSettings, random: np.random.Generator) -> Ints:
    """Return the parts to train on: not too short, with a rest, a limited number of each entry and in all."""
    lengths = np.diff(parts.starts)
    totals = np.bincount(parts.entries, weights=lengths)
    place = np.arange(len(lengths)) - np.searchsorted(parts.entries, parts.entries)
    usable = (lengths > 0) & (totals[parts.entries] - lengths >= _SHORTEST_REST)
    usable &= (place < settings.most_clauses) & (totals[parts.entries] <= settings.longest_entry)
    chosen = np.flatnonzero(usable)
    if len(chosen) > settings.most_pairs:
        chosen = np.sort(random.choice(chosen, settings.most_pairs, replace=False))
    return chosen


def _batch_loss(bag: torch.nn.EmbeddingBag, parts: _Parts, batch: Ints, settings: TrainingSettings) -> torch.Tensor:
    import torch  # noqa: PLC0415
    from torch.nn.functional import cross_entropy, normalize  # noqa: PLC0415

    owners = parts.entries[batch]
    entries, place = np.unique(owners, return_inverse=True)
    firsts, ends = np.searchsorted(parts.entries, entries), np.searchsorted(parts.entries, entries, side="right")
    tokens, offsets = parts.bag(batch)
    part = bag(torch.from_numpy(tokens), torch.from_numpy(offsets))
    lows, highs = parts.starts[firsts], parts.starts[ends]
    begins = np.cumsum(highs - lows) - (highs - lows)
    all_tokens = parts.tokens[np.arange((highs - lows).sum()) + np.repeat(lows - begins, highs - lows)]
    whole = bag(torch.from_numpy(all_tokens), torch.from_numpy(begins))[torch.from_numpy(place)]
    scores = normalize(part, dim=1) @ normalize(whole - part, dim=1).T * settings.scale
    same = torch.from_numpy(owners[:, None] == owners[None, :]) & ~torch.eye(len(batch), dtype=torch.bool)
    scores = scores.masked_fill(same, -1e4)
    right = torch.arange(len(batch))
    return cross_entropy(scores, right) + 0.5 * cross_entropy(scores.T, right)


def _save(tokenizer: Tokenizer, weights: Floats, folder: Path) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding  # noqa: PLC0415

    embedding: Any = StaticEmbedding(tokenizer, embedding_weights=weights)
    model = SentenceTransformer(modules=[embedding], device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
