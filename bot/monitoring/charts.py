"""Bar charts for print: black and grey, so that a photocopy still tells them apart."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from io import BytesIO
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Picture

from bot.monitoring.wording import number

_DPI: Final = 200
_WIDTH: Final = 6.3
"""Inches: the line of an A4 page between its margins."""
_FONT: Final = "DejaVu Serif"  # named at each text: settings of the library are shared by all threads
_BAR: Final = 0.27
_LINE: Final = 30


def bars(
    labels: Sequence[str], values: Sequence[float], before: Sequence[float] | None, names: tuple[str, str]
) -> bytes:
    """Return a PNG of horizontal bars, with those of the period before beside them if they are given."""
    rows = max(len(labels), 1) * (1.7 if before is not None else 1.0)
    picture = Picture(figsize=(_WIDTH, 0.7 + _BAR * rows), dpi=_DPI, layout="tight")
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    places = range(len(labels))
    shift = 0.2 if before is not None else 0.0
    height = 0.38 if before is not None else 0.62
    shown = [axes.barh([at - shift for at in places], values, height, color="0.25", label=names[0])]
    if before is not None:
        shown.append(axes.barh([at + shift for at in places], before, height, color="0.72", label=names[1]))
        axes.legend(frameon=False, loc="lower right", prop={"family": _FONT, "size": 9})
    for one in shown:
        axes.bar_label(one, fmt=number, padding=3, fontsize=8, fontfamily=_FONT)
    axes.set_yticks(list(places), [textwrap.fill(one, _LINE) for one in labels], fontsize=9, fontfamily=_FONT)
    axes.invert_yaxis()
    axes.set_xlim(0, max([*values, *(before or ()), 1]) * 1.15)
    axes.xaxis.set_visible(False)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    stream = BytesIO()
    picture.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
