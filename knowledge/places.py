"""Places of the two-tier government: all present provinces and communes, and the old units that people still name.

The present units come from the `vietnam_provinces` package, later changes and old units from `knowledge/places/`.
Contact points are what offices have entered in `contacts.yml`; none is invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, TypeVar

import vietnam_provinces
from pydantic import ConfigDict, StringConstraints, TypeAdapter

from knowledge.faults import Fault, KnowledgeError
from knowledge.frontmatter import SourceText, parse_into, read_yaml
from knowledge.vietnamese import spelling, words

_STRICT = ConfigDict(extra="forbid")
Record = TypeVar("Record")
_KIND: Final = re.compile(r"^(?:Thành phố|Tỉnh|Phường|Xã|Đặc khu|Quận|Huyện|Thị xã|Thị trấn) ")


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A commune or province: "Phường Khương Đình" of "Thành phố Hà Nội"; a province is its own province.

    `code`: the official number, two digits for a province, five for a commune; present units have one.
    """

    __pydantic_config__ = _STRICT

    name: str
    kind: str
    province: str
    formerly: str | None = None
    code: str | None = field(default=None, compare=False)

    @property
    def bare_name(self) -> str:
        """The name without its kind: "Khương Đình"."""
        return _KIND.sub("", self.name)

    @property
    def is_province(self) -> bool:
        """Whether it is a province or a city under the central government."""
        return self.name == self.province


@dataclass(frozen=True, kw_only=True)
class OldUnit:
    """A unit that was abolished: what covers its area now, and the directives that were written for it."""

    __pydantic_config__ = _STRICT

    old: Unit
    aliases: tuple[str, ...]
    until: date
    now: tuple[Unit, ...]
    pieces: tuple[Unit, ...] = ()
    wards: tuple[Unit, ...] = ()
    merged_with: tuple[str, ...] = ()
    basis: tuple[str, ...]
    trust: str
    documents: tuple[str, ...]

    @property
    def successors(self) -> tuple[Unit, ...]:
        """Present communes that lie in the old unit, the main ones first, or the province it went to."""
        return tuple(one for one in (*self.now, *self.wards, *self.pieces) if not one.is_province) or self.now


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A contact point as an office entered it. `confirmed_by` names who vouches for it."""

    __pydantic_config__ = _STRICT

    unit: str
    province: str
    office: str
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+][0-9 .()-]{2,20}$")] | None = None
    address: str | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$")] | None = None
    confirmed_by: str
    checked_on: date


@dataclass(frozen=True, kw_only=True)
class _OldUnits:
    __pydantic_config__ = _STRICT

    checked_on: date
    units: tuple[OldUnit, ...]


@dataclass(frozen=True, kw_only=True)
class _OldProvince:
    """A province that was merged. `now`: the name of the one that covers it."""

    __pydantic_config__ = _STRICT

    name: str
    now: str
    aliases: tuple[str, ...] = ()
    until: date | None = None
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _OldProvinces:
    __pydantic_config__ = _STRICT

    checked_on: date
    until: date
    basis: tuple[str, ...]
    trust: str
    provinces: tuple[_OldProvince, ...]

    def units(self) -> Iterator[OldUnit]:
        for one in self.provinces:
            yield OldUnit(
                old=_province(one.name),
                aliases=one.aliases,
                until=one.until or self.until,
                now=(_province(one.now),),
                basis=one.basis or self.basis,
                trust=self.trust,
                documents=(),
            )


@dataclass(frozen=True, kw_only=True)
class _OldCities:
    """Abolished cities that are now several communes, by the present province they lie in."""

    __pydantic_config__ = _STRICT

    checked_on: date
    until: date
    basis: tuple[str, ...]
    cities: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A province whose kind changed after the package's data were made."""

    __pydantic_config__ = _STRICT

    province: str
    kind: str
    name: str
    since: date
    basis: str


@dataclass(frozen=True, kw_only=True)
class _Changes:
    __pydantic_config__ = _STRICT

    changes: tuple[_Change, ...]


@dataclass(frozen=True, kw_only=True)
class _Contacts:
    __pydantic_config__ = _STRICT

    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class Place:
    """A place that a message names. `units`: several where the name alone does not tell which.

    `old`: the abolished unit of the directives that it is, or lies in; `named_old`: whether the old name was used.
    `span`: which words of the message name it, from and up to.
    """

    units: tuple[Unit, ...]
    old: OldUnit | None = None
    named_old: bool = False
    span: tuple[int, int] = (0, 0)

    @property
    def provinces(self) -> frozenset[str]:
        """Provinces in which it may lie."""
        return frozenset(one.province for one in self.units)


@dataclass(frozen=True)
class Places:
    """Everything known about places.

    `old_units`: those that the directives were written for; `old_provinces`: the others that were merged;
    `old_cities`: names of abolished cities by their present province.
    """

    provinces: tuple[Unit, ...] = ()
    communes: tuple[Unit, ...] = ()
    old_units: tuple[OldUnit, ...] = ()
    contacts: tuple[Contact, ...] = ()
    old_provinces: tuple[OldUnit, ...] = ()
    old_cities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: Mapping[str, SourceText] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str], Unit]:
        return {_key(one): one for one in (*self.provinces, *self.communes)}

    @cached_property
    def _by_code(self) -> Mapping[str, Unit]:
        return {one.code: one for one in (*self.provinces, *self.communes) if one.code is not None}

    def present(self, unit: Unit) -> Unit | None:
        """Return the present unit of that name and province, with its code."""
        return self._by_key.get(_key(unit))

    def coded(self, code: str) -> Unit | None:
        """Return the present unit with an official code."""
        return self._by_code.get(code)

    def contacts_of(self, unit: Unit) -> tuple[Contact, ...]:
        """Return the contact points an office has entered for the unit."""
        return tuple(one for one in self.contacts if (one.unit, one.province) == (unit.name, unit.province))


def read_places(folder: Path) -> tuple[Places, list[Fault]]:
    """Return the places, and the faults of the files in `folder`."""
    faults: list[Fault] = []
    sources: dict[str, SourceText] = {}
    old_units = _read(folder / "old_units.yml", TypeAdapter(_OldUnits), sources, faults)
    contacts = _read(folder / "contacts.yml", TypeAdapter(_Contacts), sources, faults)
    changes = _read(folder / "changes.yml", TypeAdapter(_Changes), sources, faults)
    old_provinces = _read(folder / "old_provinces.yml", TypeAdapter(_OldProvinces), sources, faults)
    old_cities = _read(folder / "old_cities.yml", TypeAdapter(_OldCities), sources, faults)
    provinces, communes = present_units({one.province: one.name for one in changes.changes} if changes else {})
    places = Places(
        provinces,
        communes,
        old_units.units if old_units else (),
        contacts.contacts if contacts else (),
        tuple(old_provinces.units()) if old_provinces else (),
        old_cities.cities if old_cities else {},
        sources,
    )
    return places, faults + list(_faults(places))


def _read(
    path: Path, adapter: TypeAdapter[Record], sources: dict[str, SourceText], faults: list[Fault]
) -> Record | None:
    if not path.exists():
        return None
    try:
        sources[path.name] = read_yaml(path)
        return parse_into(adapter, sources[path.name])
    except KnowledgeError as error:
        faults.extend(error.faults)
        return None


def present_units(renamed: Mapping[str, str]) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Return the provinces and the communes of the package; `renamed` maps a province's bare name to its new one."""
    names = {one.code: _province_name(one, renamed) for one in vietnam_provinces.Province.iter_all()}
    provinces = tuple(
        Unit(name=name, kind=_kind(name), province=name, code=f"{code.value:02d}") for code, name in names.items()
    )
    communes = tuple(
        Unit(
            name=_single_spaced(one.name),
            kind=one.division_type.value,
            province=names[one.province_code],
            code=f"{one.code.value:05d}",
        )
        for one in vietnam_provinces.Ward.iter_all()
    )
    return provinces, communes


def _single_spaced(name: str) -> str:
    return " ".join(name.split())  # the package has "Phường  Tân An"


def _province(name: str) -> Unit:
    return Unit(name=name, kind=_kind(name), province=name)


def _province_name(province: vietnam_provinces.Province, renamed: Mapping[str, str]) -> str:
    bare = _KIND.sub("", province.name)
    if bare in renamed:
        return renamed[bare]
    return province.name if bare != province.name else f"Tỉnh {bare}"


def _kind(name: str) -> str:
    return "thành phố" if name.startswith("Thành phố") else "tỉnh"


def _faults(places: Places) -> Iterator[Fault]:
    known = {_key(one) for one in (*places.provinces, *places.communes)}
    for number, unit in enumerate(places.old_units):
        for key in ("now", "pieces", "wards"):
            for place, one in enumerate(getattr(unit, key)):
                if _key(one) not in known:
                    message = f"no present unit {one.name!r} in {one.province!r}"
                    yield places.sources["old_units.yml"].fault(message, at=f"units.{number}.{key}.{place}")
    for number, unit in enumerate(places.old_provinces):
        if _key(unit.now[0]) not in known:
            message = f"no present province {unit.now[0].name!r}"
            yield places.sources["old_provinces.yml"].fault(message, at=f"provinces.{number}.now")
    for name in places.old_cities:
        if _key(_province(name)) not in known:
            yield places.sources["old_cities.yml"].fault(f"no present province {name!r}", at="cities")
    for number, contact in enumerate(places.contacts):
        unit_of_contact = Unit(name=contact.unit, kind="", province=contact.province)
        if _key(unit_of_contact) not in known:
            message = f"no present unit {contact.unit!r} in {contact.province!r}"
            yield places.sources["contacts.yml"].fault(message, at=f"contacts.{number}.unit")
        if not (contact.phone or contact.address or contact.email):
            message = "a contact needs a phone, an address or an e-mail"
            yield places.sources["contacts.yml"].fault(message, at=f"contacts.{number}")


def _key(unit: Unit) -> tuple[str, str]:
    """Name and province as one spelling: "Hoà" and "Hòa" are the same."""
    return same_spelling(unit.name), same_spelling(unit.province)


def same_spelling(text: str) -> str:
    """Return the words of `text` in lower case, each in one of its accepted spellings.

    >>> same_spelling("Phường Yên Hoà") == same_spelling("phường Yên Hòa")
    True
    """
    return " ".join(spelling(word) for word in words(text))
