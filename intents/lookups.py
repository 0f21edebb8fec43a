"""What Rasa's entity extractor looks up and is not written by hand.

Provinces and communes come from the package that has them all; to the tables of `intents/nlu/lookups.yml` the spellings
without diacritics are added.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

import vietnam_provinces
import yaml

from knowledge.vietnamese import fold

_KIND: Final = re.compile(r"^(Thành phố|Tỉnh|Phường|Xã|Đặc khu) ")
_KINDS: Final = {
    "Phường": ("phường", "phuong", "p.", "p"),
    "Xã": ("xã", "xa", "x."),
    "Đặc khu": ("đặc khu", "dac khu"),
}
"""How a kind of commune is written. "x" alone stands for too much else."""
_SHORT: Final = {
    "Hồ Chí Minh": ("tphcm", "tp hcm", "tp.hcm", "hcm", "sài gòn", "sai gon"),
    "Hà Nội": ("hn", "tp hà nội", "tp ha noi"),
}
_OLDER_TONES: Final = {
    new: old
    for news, olds in (("òóỏõọ", "àáảãạ"), ("òóỏõọ", "èéẻẽẹ"), ("ùúủũụ", "ỳýỷỹỵ"))
    for new, old in ((n + fold(o), fold(n) + o) for n, o in zip(news, olds, strict=True))
}
_TONE_PLACE: Final = re.compile(rf"({'|'.join(_OLDER_TONES)})\b")


def lookup_training_data(tables_file: Path) -> str:
    """Return training data in JSON: tables of lookups, a pattern of communes, and canonical spellings.

    Communes are one nested pattern, because a table becomes one flat alternation that would be tried thousands of
    times at every letter. They are found with their kind only: "An Bình" alone is too often something else.
    """
    provinces = sorted({_bare(one.name) for one in vietnam_provinces.Province.iter_all()})
    spelled = {name: [*_spellings(name), *_SHORT.get(name, ())] for name in provinces}
    communes = sorted({one.name for one in vietnam_provinces.Ward.iter_all()})
    folded = {table: _folded(entries) for table, entries in _tables(tables_file).items()}
    tables = {
        **{table: list(pairs) for table, pairs in folded.items()},
        "province": list(chain.from_iterable(spelled.values())),
    }
    data = {
        "lookup_tables": [{"name": name, "elements": _longest_first(found)} for name, found in tables.items()],
        "regex_features": [{"name": "commune", "pattern": _pattern(communes)}],
        "entity_synonyms": [
            *_synonyms({**spelled, **{name: _commune_spellings(name) for name in communes}}),
            *({"value": entry, "synonyms": [bare]} for pairs in folded.values() for bare, entry in pairs.items()),
        ],
    }
    return json.dumps({"rasa_nlu_data": data}, ensure_ascii=False)


def _tables(path: Path) -> dict[str, list[str]]:
    """Return the tables that are written by hand."""
    found = yaml.safe_load(path.read_text("utf-8"))["nlu"]
    return {
        one["lookup"]: [line.removeprefix("- ") for line in one["examples"].splitlines()]
        for one in found
        if "lookup" in one
    }


def _folded(entries: Iterable[str]) -> dict[str, str]:
    """Return spellings without diacritics and what they stand for. Of one syllable alone too much could be meant."""
    return {fold(one): one for one in entries if " " in one and fold(one) != one}


def _pattern(communes: Iterable[str]) -> str:
    by_kind: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    for name in communes:
        by_kind[_kind(name)].update(_spellings(_bare(name)))
    kinds = (
        rf"(?:{_any(_KINDS[kind])}) ?\b(?:{_any(_longest_first(names))})" for kind, names in by_kind.items() if names
    )
    return rf"\b(?:{'|'.join(kinds)})\b"


def _any(spellings: Iterable[str]) -> str:
    return "|".join(map(re.escape, spellings))


def _commune_spellings(name: str) -> list[str]:
    gaps = ((kind, "" if kind.endswith(".") else " ") for kind in _KINDS[_kind(name)])
    written = [kind + gap for kind, gap in gaps] + [kind + " " for kind in _KINDS[_kind(name)] if kind.endswith(".")]
    return [start + spelling for start in written for spelling in _spellings(_bare(name))]


def _spellings(name: str) -> list[str]:
    """Return a bare name in lower case: with tones where they belong now, where they belonged, and without any.

    >>> _spellings("Khánh Hòa")
    ['khánh hòa', 'khánh hoà', 'khanh hoa']
    """
    lower = name.lower()
    older = _TONE_PLACE.sub(lambda match: _OLDER_TONES[match.group()], lower)
    return list(dict.fromkeys((lower, older, fold(lower))))


def _synonyms(places: Mapping[str, list[str]]) -> list[dict[str, object]]:
    """Return a group for each place, without spellings that it shares with another: those stay as typed."""
    count = Counter(spelling for spellings in places.values() for spelling in set(spellings))
    return [
        {"value": name, "synonyms": [one for one in dict.fromkeys(spellings) if count[one] == 1]}
        for name, spellings in places.items()
    ]


def _kind(name: str) -> str:
    match = _KIND.match(name)
    return match.group(1) if match else ""


def _bare(name: str) -> str:
    return _KIND.sub("", name)


def _longest_first(spellings: Iterable[str]) -> list[str]:
    return sorted(set(spellings), key=lambda one: (-len(one), one))
