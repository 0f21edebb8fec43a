"""The font that a PDF embeds: the first family of the layout of which all files are here and have every letter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import matplotlib
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from bot.monitoring.layout import Fonts

VIETNAMESE: Final = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz0123456789"
    "AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆFGHIÌỈĨÍỊJKLMNOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢPQRSTUÙỦŨÚỤƯỪỬỮỨỰVWXYỲỶỸÝỴZ"
    ".,:;!?()[]%/+-–“”‘’…"
)
STYLES: Final = ("", "-Bold", "-Italic", "-BoldItalic")
_OWN: Final = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_LOCK: Final = Lock()


class NoFontError(LookupError):
    """No family of the layout is here with every Vietnamese letter."""


@lru_cache(maxsize=8)
def font_family(fonts: Fonts) -> str:
    """Register the font with the PDF library and return the name of the family. Raises `NoFontError`."""
    with _LOCK:
        for files in fonts.families:
            for folder in (*fonts.folders, _OWN):
                paths = [folder / name for name in files]
                if all(path.is_file() for path in paths) and _registered(paths):
                    return paths[0].stem
    raise NoFontError("no family of layout.yml has all its files and all Vietnamese letters")


def _registered(paths: Sequence[Path]) -> bool:
    family = paths[0].stem
    try:
        faces = [TTFont(f"{family}{style}", str(path)) for style, path in zip(STYLES, paths, strict=True)]
    except (TTFError, OSError):
        return False
    if any(ord(letter) not in face.face.charToGlyph for face in faces for letter in VIETNAMESE):
        return False
    for face in faces:
        pdfmetrics.registerFont(face)
    normal, bold, italic, both = (f"{family}{style}" for style in STYLES)
    pdfmetrics.registerFontFamily(family, normal=normal, bold=bold, italic=italic, boldItalic=both)
    return True
