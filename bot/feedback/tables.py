"""Tables of figures: one shape for the page, CSV and sheets. Every number carries the filter that lists its records."""

from __future__ import annotations

from dataclasses import dataclass

from bot.feedback.filters import ReportFilter

Value = str | int | float | None


@dataclass(frozen=True)
class Column:
    """A column and how its values are to be read: `unit` is "" for words and plain counts, or "%", "giờ", "ngày"."""

    label: str
    unit: str = ""

    @property
    def heading(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True)
class Cell:
    """A value; None: there is nothing to reckon it from. `wanted` lists the reports that were counted."""

    value: Value
    wanted: ReportFilter | None = None

    @property
    def shown(self) -> str:
        """The value as people in Viet Nam write it.

        >>> Cell(12345).shown, Cell(0.5).shown, Cell(None).shown
        ('12.345', '0,5', '–')
        """
        if self.value is None:
            return "–"
        return self.value if isinstance(self.value, str) else f"{self.value:,}".translate(_VIETNAMESE)

    @property
    def is_number(self) -> bool:
        """Whether it is to be aligned with numbers."""
        return not isinstance(self.value, str)


_VIETNAMESE = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Row:
    """A line of a table; the first cell names it."""

    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """What the line is about."""
        return self.cells[0].shown


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table. `name` stands in addresses; `caveat`: what must be known before one compares its numbers."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caveat: str = ""

    def __post_init__(self) -> None:
        """Refuse a row that has not a cell for each column."""
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.name} has not {len(self.columns)} cells")

    def column(self, number: int) -> list[float]:
        """Return the numbers of a column, 0 where there is none."""
        values = (row.cells[number].value for row in self.rows)
        return [value if isinstance(value, (int, float)) else 0 for value in values]
