"""Plots of the dashboard's tables as SVG, drawn with colours that the colour-blind can tell apart."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.feedback.tables import Cell, Column, Row, Table

# Settings of the library belong to the process and to all threads, so that these are set once and never changed:
# words stay words, which the browser writes in its own font, and the same plot is the same bytes.
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "plots"

COLOURS: Final = ("#0072b2", "#e69f00")
"""Blue and orange of Okabe and Ito's palette (2008), which differ in brightness too."""
MOST_BARS: Final = 15
"""Lines of a table that a plot shows; how many more there are is said below them."""
_INK: Final = "#16201b"
_LINE: Final = "#c9d4ce"
_FAMILY: Final = re.compile(r"font-family: [^;\"]+")  # measured with the library's font, wider than browsers' own
_WRITTEN: Final = "font-family: system-ui, Roboto, 'Segoe UI', Arial, sans-serif"
_DOTS: Final = 72  # of an inch, so that a dot is a dot
_WIDTH: Final = 400  # dots: words stay legible on a phone, where it is shown somewhat smaller
_EDGE: Final = 8
_LEGEND: Final = 22
_FOOT: Final = 20  # for what is said of the rest of a long table
_SIZE: Final = 11  # of letters, in dots
_LETTER: Final = 6.4  # dots that a letter is wide, rather more than less
_LABEL: Final = 22  # letters of a line of a label
_MOST_TICKS: Final = 8


class Shape(Enum):
    """How a plot is drawn."""

    UPRIGHT = "upright"  # along time
    LYING = "lying"  # the names beside the bars


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Which columns of which table are drawn, and what the page calls it."""

    name: str
    title: str
    table: str
    columns: tuple[int, ...]
    shape: Shape = Shape.LYING
    legends: tuple[str, ...] = ()  # where the columns' own headings are too long


_PLOTS: Final = (
    Plot(name="thoi-gian", title="Số phản ánh nhận được", table="thoi-gian", columns=(1,), shape=Shape.UPRIGHT),
    Plot(name="loai", title="Phản ánh theo loại", table="loai", columns=(1,)),
    Plot(name="muc", title="Phản ánh theo nội dung", table="muc", columns=(1,)),
    Plot(name="noi", title="Phản ánh theo nơi", table="noi", columns=(1,)),
    Plot(
        name="thoi-gian-xu-ly",
        title="Giờ đến trả lời đầu tiên",
        table="thoi-gian-xu-ly",
        columns=(2, 3),
        legends=("một nửa trong vòng (giờ)", "90% trong vòng (giờ)"),
    ),
    Plot(name="dang-cho", title="Đang chờ ai, quá hạn bao nhiêu", table="dang-cho", columns=(1, 2)),
    Plot(name="mo-lai", title="Đã trả lời và bị mở lại, theo loại", table="loai", columns=(5, 6)),
    Plot(name="trang-thai", title="Phản ánh theo trạng thái", table="trang-thai", columns=(1,)),
    Plot(name="kenh", title="Phản ánh theo kênh gửi", table="kenh", columns=(1,)),
    Plot(name="chu-de", title="Câu hỏi theo chủ đề", table="chu-de", columns=(1,)),
    Plot(name="danh-gia", title="Đánh giá câu trả lời, theo chủ đề", table="chu-de", columns=(2, 3)),
)
PLOTS: Final[Mapping[str, Plot]] = {plot.name: plot for plot in _PLOTS}
"""Every plot by its name in addresses, in the order of the page."""


def drawn(plot: Plot, table: Table) -> bytes:
    """Return the plot as SVG. Takes tens of milliseconds of a processor: for a process of its own."""
    names, series, rest = _shown(plot, table)
    is_empty = not any(map(any, series))
    if is_empty:
        names, rest = [], ""  # no room for names of bars that are not drawn
    picture = Figure(dpi=_DOTS)
    FigureCanvasSVG(picture)
    axes = _placed(picture, plot, names, len(series), rest)
    if is_empty:
        _say_nothing(axes)
    elif plot.shape is Shape.UPRIGHT:
        _upright(axes, names, series[0])
    else:
        _lying(axes, names, series, plot.legends or [table.columns[number].heading for number in plot.columns])
    return _written(picture)


def make_ready() -> None:
    """Draw a small plot, so that the first one somebody waits for does not have to find fonts and settings first."""
    rows = (Row((Cell("một"), Cell(1))), Row((Cell("hai"), Cell(2))))
    for name in ("loai", "thoi-gian"):
        drawn(PLOTS[name], Table(name=name, title="", columns=(Column(""), Column("")), rows=rows))


def described(plot: Plot, table: Table) -> str:
    """Return what the plot shows, in words, for whoever does not see it."""
    names, series, rest = _shown(plot, table)
    if not any(map(any, series)):
        return f"{plot.title}. Không có số liệu."
    if plot.shape is Shape.UPRIGHT:
        most = max(range(len(names)), key=series[0].__getitem__)
        range_of = f"{len(names)} kỳ, từ {names[0]} đến {names[-1]}"
        return f"{plot.title}: {range_of}; nhiều nhất là {names[most]}: {_number(series[0][most])}."
    parts = [f"{name}: {' / '.join(_number(values[number]) for values in series)}" for number, name in enumerate(names)]
    return f"{plot.title}. {'; '.join([*parts, *filter(None, [rest])])}."


def _shown(plot: Plot, table: Table) -> tuple[list[str], list[list[float]], str]:
    """Return the names and values that are drawn, and what is said of the rest of a long table."""
    names = [row.name for row in table.rows]
    series = [table.column(number) for number in plot.columns]
    rest = len(names) - MOST_BARS
    if plot.shape is Shape.UPRIGHT or rest <= 0:
        return names, series, ""
    beyond = " / ".join(_number(sum(values[MOST_BARS:])) for values in series)
    return names[:MOST_BARS], [values[:MOST_BARS] for values in series], f"và {rest} dòng khác trong bảng: {beyond}"


def _upright(axes: Axes, names: Sequence[str], values: Sequence[float]) -> None:
    places = range(len(names))
    axes.bar(places, values, width=0.8, color=COLOURS[0])
    every = -(-len(names) // _MOST_TICKS)
    short = [name.removeprefix("Tuần từ ") for name in names]
    short = [name[:5] if name.count("/") == 2 and len({one[6:] for one in short}) == 1 else name for name in short]
    axes.set_xticks(list(places)[::every], short[::every], fontsize=_SIZE, color=_INK, rotation=30, ha="right")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
    axes.tick_params(axis="y", labelsize=_SIZE, labelcolor=_INK)
    axes.grid(axis="y", color=_LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    _without_frame(axes, "bottom")


def _lying(axes: Axes, names: Sequence[str], series: Sequence[Sequence[float]], legends: Sequence[str]) -> None:
    thick = 0.7 / len(series)
    for number, values in enumerate(series):
        shift = (number - (len(series) - 1) / 2) * thick
        places = [place + shift for place in range(len(names))]
        bars = axes.barh(places, values, thick, color=COLOURS[number], label=legends[number])
        labels = [_number(value) for value in values]
        axes.bar_label(bars, labels, padding=3, fontsize=_SIZE, color=_INK)
    axes.set_yticks(range(len(names)), [textwrap.fill(name, _LABEL) for name in names], fontsize=_SIZE, color=_INK)
    axes.set_xlim(0, max(max(values) for values in series) * 1.22)
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)  # the first at the top
    if len(series) > 1 and axes.figure is not None:
        axes.figure.legend(
            loc="upper left", bbox_to_anchor=(0, 1), frameon=False, fontsize=_SIZE, ncols=len(series), borderaxespad=0.2
        )
    _without_frame(axes, "left")


def _placed(picture: Figure, plot: Plot, names: Sequence[str], series: int, rest: str) -> Axes:
    """Return the axes, with room for the names beside or below them.

    The library can find the room by itself, but draws everything twice for it.
    """
    above = _EDGE + (_LEGEND if series > 1 else 0)
    if plot.shape is Shape.UPRIGHT:
        left, below, inside = 50.0, 56.0, 150.0
    else:
        longest = max((len(line) for name in names for line in textwrap.wrap(name, _LABEL)), default=0)
        left, below = 14 + _LETTER * longest, _EDGE + (_FOOT if rest else 0)
        inside = max(50.0, len(names) * max([*(15.0 * _lines(name) for name in names), 15.0 * series + 4, 22.0]))
    height = above + inside + below
    picture.set_size_inches(_WIDTH / _DOTS, height / _DOTS)
    if rest:
        picture.text(left / _WIDTH, _EDGE / height, rest, fontsize=_SIZE, color=_INK)
    return picture.add_axes((left / _WIDTH, below / height, 1 - (left + _EDGE) / _WIDTH, inside / height))


def _say_nothing(axes: Axes) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, "Không có số liệu trong khoảng đã chọn", ha="center", va="center", fontsize=11, color=_INK)


def _without_frame(axes: Axes, kept: str) -> None:
    for side, spine in axes.spines.items():
        spine.set_visible(side == kept)
        spine.set_color(_LINE)


def _written(picture: Figure) -> bytes:
    stream = BytesIO()
    picture.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = _FAMILY.sub(_WRITTEN, stream.getvalue().decode("utf-8"))
    return text[text.index("<svg") :].encode("utf-8")


def _lines(name: str) -> int:
    return max(1, len(textwrap.wrap(name, _LABEL)))


def _number(value: float) -> str:
    return Cell(int(value) if value == int(value) else value).shown
