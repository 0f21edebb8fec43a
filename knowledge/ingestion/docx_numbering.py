"""The numbers that Word writes by itself ("1.", "a)", "Điều 3."), which are not in the text of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN: Final = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True)
class _Level:
    """How one level of a list is numbered. `text` as in Word: "%1.%2."."""

    form: str
    text: str
    start: int


class Numbering:
    """Counts the paragraphs of numbered lists, as Word does.

    `unknown`: forms of numbers that are not read; the clerk is told of them.
    """

    def __init__(self, root: _Element | None) -> None:
        """`root`: the element of numbering.xml, or None where the file has no lists."""
        self.unknown: set[str] = set()
        self._levels: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._abstract: dict[str, str] = {}
        if root is not None:
            self._read(root)

    def label(self, number_id: str, depth: int) -> str:
        """Return the label of the next paragraph of the list at `depth` (from 0), with a blank; "" for none."""
        levels = self._levels.get(number_id, {})
        level = levels.get(depth)
        if level is None or level.form == "none":
            return ""
        if level.form == "bullet":
            return "- "
        counts = self._counts.setdefault(self._abstract.get(number_id, number_id), {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [one for one in counts if one > depth]:
            del counts[deeper]
        label = level.text
        for shown in range(depth + 1):
            one = levels.get(shown, level)
            label = label.replace(f"%{shown + 1}", self._figure(one.form, counts.get(shown, one.start)))
        return f"{label} " if label else ""

    def _figure(self, form: str, value: int) -> str:
        if form == "decimal":
            return str(value)
        if form == "decimalZero":
            return f"{value:02}"
        if form in {"lowerLetter", "upperLetter"}:
            letter = chr(ord("a") + (value - 1) % 26) * ((value - 1) // 26 + 1)
            return letter if form == "lowerLetter" else letter.upper()
        if form in {"upperRoman", "lowerRoman"}:
            return _roman(value) if form == "upperRoman" else _roman(value).lower()
        self.unknown.add(form)
        return str(value)

    def _read(self, root: _Element) -> None:
        abstract = {one.get(f"{W}abstractNumId", ""): dict(_levels(one)) for one in root.iterfind(f"{W}abstractNum")}
        for number in root.iterfind(f"{W}num"):
            number_id = number.get(f"{W}numId", "")
            kind = _value(number.find(f"{W}abstractNumId")) or ""
            self._levels[number_id] = dict(abstract.get(kind, {}))
            overrides = list(number.iterfind(f"{W}lvlOverride"))
            self._abstract[number_id] = f"num {number_id}" if overrides else f"abstract {kind}"
            for override in overrides:
                depth, start = int(override.get(f"{W}ilvl", "0")), _value(override.find(f"{W}startOverride"))
                level = self._levels[number_id].get(depth)
                if level is not None and start is not None:
                    self._levels[number_id][depth] = _Level(level.form, level.text, int(start))


def _levels(abstract: _Element) -> Iterator[tuple[int, _Level]]:
    for level in abstract.iterfind(f"{W}lvl"):
        form = _value(level.find(f"{W}numFmt")) or "decimal"
        text = _value(level.find(f"{W}lvlText")) or ""
        start = _value(level.find(f"{W}start")) or "1"
        yield int(level.get(f"{W}ilvl", "0")), _Level(form, text, int(start))


def _value(element: _Element | None) -> str | None:
    found = element.get(f"{W}val") if element is not None else None
    return None if found is None else str(found)


def _roman(value: int) -> str:
    written = ""
    for worth, letters in _ROMAN:
        while value >= worth:
            written, value = written + letters, value - worth
    return written
