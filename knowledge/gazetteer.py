"""Which place does a message name? Present and old units, with or without diacritics, written as people write them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_AT_SPELLED: Final = frozenset({"ở", "tại", "ngụ", "quê", "thuộc", "bên"})
_KINDS_OF_OLD_PROVINCE: Final = (("tỉnh",), ("tp",), ("thành", "phố"))
_GOES_ON: Final = frozenset({"ky"})  # "kiểm tra bình định kỳ"
_POLITE: Final = frozenset({"da", "vang", "a", "nhe", "nha", "nghen"})
_FILLERS: Final = frozenset(
    {*_POLITE, *_AT, "em", "con", "chau", "toi", "tui", "minh", "anh", "chi", "co", "chu", "bac", "song", "dang"}
    | {"hien", "cua", "gia", "dinh", "tro", "thue", "la", "nay"}
)
"""Words around the place in an answer to "Where do you live?"; a name that begins with one is tried first."""
_CITY_KINDS: Final = frozenset({"thanh", "pho", "tp", "thi", "xa", "tx"})
_DISTRICT_KINDS: Final = (("quận",), ("q",), ("huyện",), ("h",), ("thị", "xã"), ("tx",))
_NUMBERED_DISTRICT: Final = re.compile(r"q\d{1,2}")
_WITH_NUMBERED_DISTRICTS: Final = "Thành phố Hồ Chí Minh"
_MOST_WARDS: Final = 5
_LONGEST_NAME: Final = 5  # syllables
Span = tuple[int, int]
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
        if place and self.folded[place] == "xa" and self._are(place - 1, ("thị",)):
            return None, 0
        for size in (2, 1):
            kind = _COMMUNE_KINDS.get(" ".join(self.folded[place : place + size]))
            if kind:
                return kind, size
        return None, 0

    def is_named(self, place: int, end: int) -> bool:
        """Whether "phường …" may be one: without diacritics ("phuong an phu hop") only by itself or after "ở"."""
        alone = place == 0 and end == len(self.folded)
        return self.spelled is not None or alone or (place > 0 and self.folded[place - 1] in _BEFORE_COMMUNE)

    def _are(self, place: int, spelled: tuple[str, ...]) -> bool:
        """Whether these words stand at a place, each with its diacritics or, as many type it, with none."""
        end = place + len(spelled)
        typed = (self.spelled or self.folded)[place:end]
        wanted = tuple(spelling(one) for one in spelled)
        folded = tuple(fold(one) for one in spelled)
        return self.folded[place:end] == folded and all(
            one in pair for one, *pair in zip(typed, wanted, folded, strict=True)
        )

    def names_old_province(self, span: Span, communes: Iterable[Span]) -> bool:
        """Whether the name of an old province is meant as one: most are everyday words, too ("hòa bình", "long an").

        It is by itself, after "ở" or "tỉnh", or behind a commune.
        """
        start, end = span
        if end < len(self.folded) and self.folded[end] in _GOES_ON:
            return False
        outside = (*self.folded[:start], *self.folded[end:])
        if set(outside) <= _POLITE or any(start == commune[1] for commune in communes):
            return True
        if any(self.folded[start : start + len(kind)] == tuple(map(fold, kind)) for kind in _KINDS_OF_OLD_PROVINCE):
            return any(self._are(start, kind) for kind in _KINDS_OF_OLD_PROVINCE)
        return start > 0 and any(self._are(start - 1, (at,)) for at in _AT_SPELLED)

    def district_at(self, place: int) -> int:
        """How many words at a place name the kind of a district, or with its number a district; 0 for none."""
        if _NUMBERED_DISTRICT.fullmatch(self.folded[place]):
            return 1
        kinds = (kind for kind in _DISTRICT_KINDS if self._are(place, kind) and place + len(kind) < len(self.folded))
        return max(map(len, kinds), default=0)

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
            if found := self.exact(place, place + size, names):
                return size, found
        return 0, []

    def exact(self, place: int, end: int, names: _Names[Found]) -> list[Found]:
        """All that bear the name that the words from `place` up to `end` are."""
        entries = names.found.get(self.folded[place:end], [])
        return [one for name, one in entries if self._spelled_alike(name, place, end)]

    def _spelled_alike(self, name: _Name, place: int, end: int) -> bool:
        if self.spelled is None:
            return True
        typed = self.spelled[place:end]
        return typed in (name.spelled, self.folded[place:end])  # a name may be typed without its diacritics


@dataclass(frozen=True)
class Stated:
    """Where somebody who was asked says they live.

    `units`: the present units it may be, empty when none was understood; `old`: the abolished unit that was named;
    `missing`: the commune that was named with a province where there is none of that name and kind, as "xã Tân Hưng",
    and `missing_in` that province (`units` are what may be meant); `district`: a district or city was named, which no
    longer is a unit (`units` are what may be meant); `unread`: more was said than the province, and not understood.
    """

    units: tuple[Unit, ...] = ()
    old: OldUnit | None = None
    missing: str = ""
    missing_in: str = ""
    district: bool = False
    unread: bool = False


@dataclass(frozen=True)
class _Province:
    """A present province that was named, by the name of `old` if that is given, and the words that name it."""

    unit: Unit
    old: OldUnit | None
    span: Span


class Gazetteer:
    """Finds places in messages. Made once; a message is read in well under a millisecond."""

    def __init__(self, places: Places) -> None:
        self._provinces = _by_name((_province_names(one), one) for one in places.provinces)
        self._communes = _by_name(([_Name.of(one.bare_name)], one) for one in places.communes)
        self._old = _by_name((_old_names(one), one) for one in places.old_units)
        self._within = _within(places.old_units)
        self._old_provinces = _by_name((_old_names(one), one) for one in places.old_provinces)
        cities = ((city, province) for province, of in places.old_cities.items() for city in of)
        self._cities = _by_name(([_Name.of(one[0])], one) for one in cities)
        self._by_province = {one.name: one for one in places.provinces}
        self._of_province = _of_province(places.communes)
        self._any_province = _by_name(
            (
                *((_province_names(one), (one, None)) for one in places.provinces),
                *((_old_names(one), (one.now[0], one)) for one in places.old_provinces),
                *(
                    ([_Name.of(one.old.bare_name)], (one.now[0], one))
                    for one in places.old_units
                    if one.old.is_province
                ),
            )
        )

    def find(self, text: str) -> tuple[Place, ...]:
        """Return the places that `text` names, the most exact first; empty when it names none."""
        message = _Message.of(text)
        provinces = list(self._found(message, self._provinces))
        old = [Place(unit.successors, unit, True, span) for span, unit in self._found(message, self._old)]
        named = list(self._named_communes(message))
        merged = list(self._merged(message, [span for span, _ in named]))
        within = {unit.name for _, unit in provinces} | {one.units[0].name for one in merged}
        communes = [self._commune(units, within, span) for span, units in named]
        if old and not any(one.old is old[0].old for one in communes):
            return (*old, *communes)
        return tuple(communes) or (*merged, *(Place((unit,), span=span) for span, unit in provinces))

    def stated(self, text: str) -> Stated:
        """Read an answer to "Where do you live?": there a name needs neither its kind nor "ở" before it."""
        message = _Message.of(text)
        places = self.find(text)
        communes = [one.span for one in places if not one.named_old and not one.units[0].is_province]
        province = self._province_of(message, communes)
        named = [one for one in places if not one.named_old and message.kind_at(one.span[0])[1]]
        if named:
            return self._in_province(named[0].units, province)
        old = next((unit for _, unit in self._found(message, self._old) if not unit.old.is_province), None)
        if old is not None:
            return Stated(_narrowed(old, message), old)
        for read in (self._stated_city, self._stated_district, self._stated_commune, self._stated_province):
            if (found := read(message, province)) is not None:
                return found
        return Stated(places[0].units, places[0].old) if places else Stated()

    def _stated_city(self, message: _Message, province: _Province | None) -> Stated | None:
        for start, end in _beside(message, province):
            for city, name in self._alone(message, (start, end), self._cities, _FILLERS | _CITY_KINDS):
                if province is None or province.unit.name == name:
                    return Stated((*self._named_after(city, name), self._by_province[name]), district=True)
        return None

    def _stated_district(self, message: _Message, province: _Province | None) -> Stated | None:
        for place in range(len(message.folded)):
            if size := message.district_at(place):
                break
        else:
            return None
        _, communes = message.longest(place + size, self._communes)
        kinds = {"xã", "phường"} if message.folded[place] in {"huyen", "h"} else {"phường"}
        numbered = any(word[-1].isdigit() for word in message.folded[place : place + size + 1])
        if province is None and numbered:
            return Stated((self._by_province[_WITH_NUMBERED_DISTRICTS],), district=True)
        within = province.unit.name if province else None
        units = [one for one in communes if one.kind in kinds and within in {None, one.province} and not numbered]
        return Stated((*units, *([province.unit] if province else [])), district=True)

    def _stated_commune(self, message: _Message, province: _Province | None) -> Stated | None:
        """A commune beside its province, or by itself."""
        if province is not None:
            start = province.span[0]
            for size in range(min(_LONGEST_NAME, start), 1, -1):
                found = message.exact(start - size, start, self._communes)
                if within := [one for one in found if one.province == province.unit.name]:
                    return Stated(tuple(within))
        for start, end in _beside(message, province):
            if found := self._alone(message, (start, end), self._communes, _FILLERS):
                return self._in_province(found, province)
        return None

    def _stated_province(self, message: _Message, province: _Province | None) -> Stated | None:
        if province is None or (province.old is not None and province.old.documents):
            return _several(province.old, message) if province is not None and province.old is not None else None
        outside = (word for start, end in _beside(message, province) for word in message.folded[start:end])
        return Stated((province.unit,), province.old, unread=any(word not in _FILLERS for word in outside))

    def _in_province(self, units: Sequence[Unit], province: _Province | None) -> Stated:
        """Those of the units that lie in the province; else its communes of the same name, or all, with word of it."""
        within = tuple(one for one in units if province is None or one.province == province.unit.name)
        if within or province is None:
            return Stated(within)
        name, kinds = _Name.of(units[0].bare_name).spelled, {one.kind for one in units}
        namesakes = tuple(one for bare, one in self._of_province[province.unit.name] if bare == name)
        kind = kinds.pop() if len(kinds) == 1 else "phường, xã"
        missing = f"{kind} {units[0].bare_name}"
        return Stated(namesakes or tuple(units), missing=missing, missing_in=province.unit.name)

    def _alone(self, message: _Message, span: Span, names: _Names[Found], around: frozenset[str]) -> list[Found]:
        """What the words of `span` name, but for words `around` the name."""
        start, end = span
        while start < end:
            kind, size = message.kind_at(start)
            found = message.exact(start + size, end, names) if start + size < end else []
            if found := [one for one in found if kind is None or getattr(one, "kind", kind) == kind]:
                return found
            if message.folded[start] in around:
                start += 1
            elif message.folded[end - 1] in around:
                end -= 1
            else:
                return []
        return []

    def _province_of(self, message: _Message, communes: Iterable[Span]) -> _Province | None:
        """The last province that is named outside `communes`; everyday words count at the end of the message."""
        taken = {place for start, end in communes for place in range(start, end)}
        length = len(message.folded)
        while length and message.folded[length - 1] in _POLITE:
            length -= 1
        place, last = 0, None
        while place < length:
            size, found = message.longest(place, self._any_province)
            span = (place - message.kind_before(place), place + size)
            last_words = place + size >= length
            if found and not taken & set(range(*span)) and (last_words or not message.is_everyday(place, size)):
                unit, old = found[0]
                last = _Province(self._by_province[unit.name], old, span)
            place += max(size, 1)
        return last

    def _named_after(self, city: str, province: str) -> list[Unit]:
        """Communes of a province that bear a city's name, wholly first, or as part of theirs."""
        wanted = _Name.of(city).spelled
        bearing = [(name, one) for name, one in self._of_province[province] if _has(name, wanted)]
        return [one for _, one in sorted(bearing, key=lambda pair: pair[0] != wanted)][:_MOST_WARDS]

    def _merged(self, message: _Message, communes: list[Span]) -> Iterator[Place]:
        """Old provinces that are named as places, with the province that covers each now."""
        for span, old in self._found(message, self._old_provinces):
            if message.names_old_province(span, communes):
                yield Place((self._by_province.get(old.now[0].name, old.now[0]),), old, True, span)

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
                of_province, _ = message.longest(place + 1, self._any_province)  # "ở Sài Gòn" is the city
                size, units = 1, units if length >= 2 and length > of_province else []
            else:
                continue
            if units:
                yield (place, place + size + length), units

    def _commune(self, units: list[Unit], provinces: set[str], span: tuple[int, int]) -> Place:
        within = [one for one in units if one.province in provinces] or units
        old = self._within.get((within[0].name, within[0].province)) if len(within) == 1 else None
        return Place(tuple(within), old, span=span)


def _beside(message: _Message, province: _Province | None) -> list[Span]:
    """The words before and behind a province."""
    length = len(message.folded)
    return [(0, length)] if province is None else [(0, province.span[0]), (province.span[1], length)]


def _several(old: OldUnit, message: _Message) -> Stated:
    """An old province of which the main communes are known: those, and the present province."""
    return Stated((*_narrowed(old, message)[:_MOST_WARDS], old.now[0]), old)


def _narrowed(old: OldUnit, message: _Message) -> tuple[Unit, ...]:
    """What covers an old unit now, or only the part of it that is named ("Giá Rai" of Bạc Liêu)."""
    parts = [one for one in old.successors if one.formerly and _old_bare(one.formerly) != old.old.bare_name]
    named = tuple(one for one in parts if _has(message.folded, _Name.of(_old_bare(one.formerly or "")).folded))
    return named or old.successors


def _old_bare(name: str) -> str:
    return Unit(name=name, kind="", province="").bare_name


def _has(words_of: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return f" {' '.join(wanted)} " in f" {' '.join(words_of)} "


def _of_province(communes: Iterable[Unit]) -> Mapping[str, list[tuple[tuple[str, ...], Unit]]]:
    found: dict[str, list[tuple[tuple[str, ...], Unit]]] = defaultdict(list)
    for one in communes:
        found[one.province].append((_Name.of(one.bare_name).spelled, one))
    return found


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
