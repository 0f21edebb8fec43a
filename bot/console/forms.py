"""Reads the fields of a form. What is wrong is gathered by field, in Vietnamese, so that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, Final, TypeVar, overload

from aiohttp.web import FileField
from multidict import MultiMapping

from knowledge.vietnamese import clean

Chosen = TypeVar("Chosen", bound=Enum)
_Choices = Mapping[str, Any] | type[Enum]
_MISSING: Final = "Chưa nhập mục này."
_UNKNOWN: Final = "Lựa chọn này không có."
_MOST_DIGITS: Final = 9
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Days outside are slips of the pen, and sums with them could leave the calendar."""


class Fields:
    """The fields of a form or of an address. Each reading of a wrong field leaves a line in `faults`."""

    def __init__(self, posted: MultiMapping[Any]) -> None:
        self._posted = posted
        self.faults: dict[str, str] = {}

    @property
    def fine(self) -> bool:
        """Whether nothing that was read so far is wrong."""
        return not self.faults

    def as_typed(self) -> dict[str, str]:
        """Return all texts as they were typed, to be shown again beside the faults."""
        return {name: value for name, value in self._posted.items() if isinstance(value, str)}

    def text(self, name: str, *, longest: int = 2000, required: bool = True, lines: bool = False) -> str:
        """Return a text in composed letters without blanks around it; `lines`: it may have several.

        A text that is too long is a fault and comes back whole, so that nothing is cut off unseen.
        """
        value = clean(self._raw(name).replace("\r\n", "\n")).strip()
        if not lines:
            value = " ".join(value.split())
        return self._measured(name, value, longest, required=required)

    def file_text(self, name: str, *, longest: int) -> str:
        """Return the text of a file as it was typed: blanks at the beginning of a line mean something there."""
        lines = self._raw(name).replace("\r\n", "\n").split("\n")
        value = "\n".join(line[: len(line) - len(line.lstrip(" "))] + clean(line) for line in lines).strip("\n")
        return self._measured(name, value, longest, required=True)

    def secret(self, name: str) -> str:
        """Return a password exactly as typed."""
        value = self._raw(name)
        if not value:
            self.faults[name] = _MISSING
        return value

    @overload
    def choice(self, name: str, choices: type[Chosen], *, required: bool = True) -> Chosen | None: ...
    @overload
    def choice(self, name: str, choices: Mapping[str, Any], *, required: bool = True) -> str | None: ...

    def choice(self, name: str, choices: _Choices, *, required: bool = True) -> object:
        """Return the member of the Enum, or the key of the mapping, that was chosen; None where none or none such."""
        value = self._raw(name).strip()
        if not value:
            if required:
                self.faults[name] = "Chưa chọn mục này."
            return None
        return self._chosen(name, value, choices)

    @overload
    def choices(self, name: str, choices: type[Chosen]) -> tuple[Chosen, ...]: ...
    @overload
    def choices(self, name: str, choices: Mapping[str, Any]) -> tuple[str, ...]: ...

    def choices(self, name: str, choices: _Choices) -> tuple[Any, ...]:
        """Return all that were chosen, each once, in the order given."""
        given = dict.fromkeys(value.strip() for value in self._all(name) if value.strip())
        found = [self._chosen(name, value, choices) for value in given]
        return tuple(one for one in found if one is not None)

    def whole(self, name: str, lowest: int, highest: int, *, required: bool = True) -> int | None:
        """Return a whole number from `lowest` to `highest`."""
        value = self._raw(name).strip()
        if not value and not required:
            return None
        if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS and lowest <= int(value) <= highest:
            return int(value)
        self.faults[name] = f"Cần một số nguyên từ {lowest} đến {highest}."
        return None

    def day(self, name: str, *, required: bool = True) -> date | None:
        """Return a day, as browsers send it (2026-11-22) or as people type it (22/11/2026)."""
        value = self._raw(name).strip()
        if not value and not required:
            return None
        day = _day(value)
        if day is None or not _FIRST_DAY <= day <= _LAST_DAY:
            self.faults[name] = "Cần một ngày, ví dụ 22/11/2026."
            return None
        return day

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self._raw(name) not in ("", "0")

    def files(self, name: str) -> Sequence[FileField]:
        """Return the files that were chosen; a field that was left empty has none."""
        return [one for one in self._posted.getall(name, ()) if isinstance(one, FileField)]

    def listed(self, name: str) -> tuple[str, ...]:
        """Return all texts under a name, without blanks around them and without empty ones."""
        return tuple(value for one in self._all(name) if (value := clean(one).strip()))

    def _measured(self, name: str, value: str, longest: int, *, required: bool) -> str:
        if required and not value.strip():
            self.faults[name] = _MISSING
        elif len(value) > longest:
            self.faults[name] = f"Dài {len(value)} ký tự; nhiều nhất {longest}."
        return value

    def _chosen(self, name: str, value: str, choices: _Choices) -> Any:  # noqa: ANN401 - a key or a member
        if isinstance(choices, Mapping):
            if value in choices:
                return value
        else:
            for one in choices:
                if str(one.value) == value:
                    return one
        self.faults[name] = _UNKNOWN
        return None

    def _raw(self, name: str) -> str:
        value = self._posted.get(name, "")
        return value if isinstance(value, str) else ""

    def _all(self, name: str) -> list[str]:
        return [one for one in self._posted.getall(name, ()) if isinstance(one, str)]


def _day(value: str) -> date | None:
    try:
        if "/" not in value:
            return date.fromisoformat(value)
        day, month, year = (int(one) for one in value.split("/"))
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None
