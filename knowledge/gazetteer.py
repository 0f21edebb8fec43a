"""Which place does a message name? Present and old units, with or without diacritics, written as people write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from knowledge.places import OldUnit, Place, Places, Unit
from knowledge.vietnamese import clean, fold, has_diacritics, spelling, words

_COMMUNE_KINDS: Final = {"phuong": "phường", "p": "phường", "f": "phường", "xa": "xã", "x": "xã", "dac khu": "đặc khu"}
_OTHER_KINDS: Final = frozenset({"quan", "q", "huyen", "h", "tinh", "t", "tp", "thanh pho", "thi xa", "tx"})
_AT: Final = frozenset({"o", "tai", "ngu", "que", "thuoc", "ben"})
_BEFORE_COMMUNE: Final = _AT | {"tui", "em", "minh", "toi", "nha", "cua", "dan", "khu", "ubnd", "an", "ve"}
_PROVINCE_ALIASES: Final = {
    "Thành phố Hà Nội": ("hn", "thủ đô"),
    "Thành phố Hồ Chí Minh": ("hcm", "tphcm", "tp hcm", "sài gòn", "sg"),
}
_NEVER_BARE: Final = frozenset(
    {"hue", "son la", "dien bien", "cao bang", "gia lai", "lam dong", "hai phong", "da nang"}
)
"""Typed without diacritics they are everyday words ("huệ", "diễn biến", "hai phòng"): only after their kind or "ở"."""
_EVERYDAY: Final = frozenset({"cao bang"})  # everyday words even with their diacritics ("cao bằng 3 tầng")
_LONGEST_NAME: Final = 5  # syllables
Found = TypeVar("Found")


@dataclass(frozen=True)
class _Name:
    """A name as it may be written: its folded syllables, and their spelling where diacritics were typed."""

    folded: tuple[str, ...]
    spelled: tuple[str, ...]

    @classmethod
    def of(cls, name: str) -> _Name:
        typed = words(name)
        return cls(tuple(fold(one) for one in typed), tuple(spelling(one) for one in typed))


@dataclass(frozen=True)
class _Names(Generic[Found]):
    """Names by their folded syllables."""

    found: dict[tuple[str, ...], list[tuple[_Name, Found]]]


@dataclass(frozen=True)
class _Message:
    """A message as folded syllables, and their spelling if diacritics were typed in it."""

    folded: tuple[str, ...]
    spelled: tuple[str, ...] | None

    @classmethod
    def of(cls, text: str) -> _Message:
        typed = words(clean(text))
        spelled = tuple(spelling(one) for one in typed) if has_diacritics(text) else None
        return cls(tuple(fold(one) for one in typed), spelled)

    def kind_at(self, place: int) -> tuple[str | None, int]:
        """The kind of commune named at a place, and how many words name it; 0 for none."""
        for size in (2, 1):
            kind = _COMMUNE_KINDS.get(" ".join(self.folded[place : place + size]))
            if kind:
                return kind, size
        return None, 0

    def is_named(self, place: int, end: int) -> bool:
        """Whether "phường …" may be one: without diacritics ("phuong an phu hop") only by itself or after "ở"."""
        alone = place == 0 and end == len(self.folded)
        return self.spelled is not None or alone or (place > 0 and self.folded[place - 1] in _BEFORE_COMMUNE)

    def is_everyday(self, place: int, size: int) -> bool:
        """Whether a name is more likely everyday words, since neither its kind nor "ở" stands before it."""
        name = " ".join(self.folded[place : place + size])
        introduced = self.kind_before(place) > 0 or (place > 0 and self.folded[place - 1] in _AT)
        return not introduced and (name in _EVERYDAY or (name in _NEVER_BARE and not self.spelled))

    def kind_before(self, place: int) -> int:
        """How many words before a place name the kind of a province or an old unit."""
        for size in (2, 1):
            if place >= size and " ".join(self.folded[place - size : place]) in _OTHER_KINDS:
                return size
        return 0

    def longest(self, place: int, names: _Names[Found]) -> tuple[int, list[Found]]:
        """The longest name at a place: how many words it has, and all that bear it."""
        for size in range(min(_LONGEST_NAME, len(self.folded) - place), 0, -1):
            end = place + size
            entries = names.found.get(self.folded[place:end], [])
            found = [one for name, one in entries if self._spelled_alike(name, place, end)]
            if found:
                return size, found
        return 0, []

    def _spelled_alike(self, name: _Name, place: int, end: int) -> bool:
        if self.spelled is None:
            return True
        typed = self.spelled[place:end]
        return typed in (name.spelled, self.folded[place:end])  # a name may be typed without its diacritics


class Gazetteer:
    """Finds places in messages. Made once; a message is read in well under a millisecond."""

    def __init__(self, places: Places) -> None:
        self._provinces = _by_name((_province_names(one), one) for one in places.provinces)
        self._communes = _by_name(([_Name.of(one.bare_name)], one) for one in places.communes)
        self._old = _by_name((_old_names(one), one) for one in places.old_units)
        self._within = _within(places.old_units)

    def find(self, text: str) -> tuple[Place, ...]:
        """Return the places that `text` names, the most exact first; empty when it names none."""
        message = _Message.of(text)
        provinces = list(self._found(message, self._provinces))
        old = [Place(unit.successors, unit, True, span) for span, unit in self._found(message, self._old)]
        within = {unit.name for _, unit in provinces}
        communes = [self._commune(units, within, span) for span, units in self._named_communes(message)]
        if old and not any(one.old is old[0].old for one in communes):
            return (*old, *communes)
        return tuple(communes) or tuple(Place((unit,), span=span) for span, unit in provinces)

    def without_places(self, text: str) -> str:
        """Return the words of `text` without those that name its places."""
        message = _Message.of(text)
        typed = words(clean(text))
        named = [*(span for span, _ in self._found(message, self._provinces)), *(one.span for one in self.find(text))]
        inside = {place for start, end in named for place in range(start, end)}
        return " ".join(word for place, word in enumerate(typed) if place not in inside)

    def _found(self, message: _Message, names: _Names[Found]) -> Iterator[tuple[tuple[int, int], Found]]:
        """Every longest name of `names` anywhere in the message, with the words that name it."""
        place = 0
        while place < len(message.folded):
            size, found = message.longest(place, names)
            if found and not message.is_everyday(place, size):
                yield (place - message.kind_before(place), place + size), found[0]
            place += max(size, 1)

    def _named_communes(self, message: _Message) -> Iterator[tuple[tuple[int, int], list[Unit]]]:
        """Communes named with their kind, or without it after "ở"."""
        for place in range(len(message.folded)):
            kind, size = message.kind_at(place)
            if size:
                length, units = message.longest(place + size, self._communes)
                named = message.is_named(place, place + size + length)
                units = [one for one in units if one.kind == kind and named]
            elif message.folded[place] in _AT and message.spelled:
                length, units = message.longest(place + 1, self._communes)
                size, units = 1, units if length >= 2 else []
            else:
                continue
            if units:
                yield (place, place + size + length), units

    def _commune(self, units: list[Unit], provinces: set[str], span: tuple[int, int]) -> Place:
        within = [one for one in units if one.province in provinces] or units
        old = self._within.get((within[0].name, within[0].province)) if len(within) == 1 else None
        return Place(tuple(within), old, span=span)


def _by_name(entries: Iterable[tuple[Iterable[_Name], Found]]) -> _Names[Found]:
    found: dict[tuple[str, ...], list[tuple[_Name, Found]]] = defaultdict(list)
    for names, one in entries:
        for name in names:
            found[name.folded].append((name, one))
    return _Names(dict(found))


def _province_names(unit: Unit) -> Iterator[_Name]:
    yield _Name.of(unit.bare_name)
    for alias in _PROVINCE_ALIASES.get(unit.name, ()):
        yield _Name.of(alias)


def _old_names(unit: OldUnit) -> Iterator[_Name]:
    yield _Name.of(unit.old.bare_name)
    for alias in unit.aliases:
        yield _Name.of(alias)


def _within(old_units: Iterable[OldUnit]) -> dict[tuple[str, str], OldUnit]:
    """The old unit in which a present commune lies; a commune that took only a piece of one is left out."""
    return {(one.name, one.province): unit for unit in old_units for one in (*unit.now, *unit.wards)}
