"""Pictures that show how: our own SVG drawings in `knowledge/pictures/`, rendered to PNG for every channel."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import resvg_py
from font_roboto import Roboto, RobotoBold
from lxml import etree

from knowledge.faults import Fault, KnowledgeError

WIDTH: Final = 1200  # pixels of the PNG
LARGEST_PNG: Final = 200 * 1024  # bytes; the smallest limit of our channels leaves room for more
_SVG: Final = "{http://www.w3.org/2000/svg}"
_SAFE_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)
_REFUSED_KEYS: Final = frozenset({"href", "onload", "onclick"})
_REFUSED: Final = frozenset({"script", "image", "foreignObject", "use", "style"})


@dataclass(frozen=True)
class Picture:
    """A drawing: its file's name without suffix, where it lies, and its content as it was read."""

    name: str
    path: Path
    title: str
    content: bytes = field(repr=False)

    @property
    def png_name(self) -> str:
        """File name of the rendering; another drawing has another name, so it may be cached for ever."""
        return f"{self.name}-{hashlib.sha256(b'%d ' % WIDTH + self.content).hexdigest()[:10]}.png"


def read_pictures(folder: Path) -> tuple[Mapping[str, Picture], list[Fault]]:
    """Return the drawings that can be used, by file name ("pass.svg"), and the faults of the others."""
    found: dict[str, Picture] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.svg")):
        content = path.read_bytes()
        try:
            root = etree.fromstring(content, _SAFE_PARSER)
        except etree.XMLSyntaxError as error:
            faults.append(Fault(path, error.lineno or 1, f"not XML: {error.msg}"))
            continue
        if wrong := _faults(path, root):
            faults.extend(wrong)
            continue
        title = str(root.findtext(f"{_SVG}title")).strip()
        found[path.name] = Picture(path.stem, path, title, content)
    return found, faults


def _faults(path: Path, root: etree._Element) -> list[Fault]:
    wrong = []
    if root.tag != f"{_SVG}svg" or not root.get("viewBox"):
        wrong.append(Fault(path, 1, "expected an <svg> with a viewBox"))
    if not (root.findtext(f"{_SVG}title") or "").strip():
        wrong.append(Fault(path, 1, "a drawing needs a <title>"))
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        if name in _REFUSED or any(etree.QName(str(key)).localname in _REFUSED_KEYS for key in element.attrib):
            wrong.append(Fault(path, _line(element), f"<{name}>: a drawing stands by itself, unscripted"))
    return wrong


def _line(element: etree._Element) -> int:
    line: object = element.sourceline
    return line if isinstance(line, int) else 1


def render(picture: Picture) -> bytes:
    """Return the drawing as a PNG, `WIDTH` pixels wide. Raises `KnowledgeError` if it cannot be drawn or is large."""
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=picture.content.decode("utf-8"),
            width=WIDTH,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[Roboto, RobotoBold],
            font_family="Roboto",
        )
    except ValueError as error:  # a UnicodeDecodeError is one too
        raise KnowledgeError([Fault(picture.path, 1, f"cannot be drawn: {error}")]) from None
    if len(png) > LARGEST_PNG:
        raise KnowledgeError([Fault(picture.path, 1, f"PNG of {len(png)} bytes, at most {LARGEST_PNG}")])
    return bytes(png)


def render_all(pictures: Mapping[str, Picture], folder: Path) -> None:
    """Render into `folder` what is not there yet, each file whole; raises `KnowledgeError` with every fault."""
    folder.mkdir(parents=True, exist_ok=True)
    faults: list[Fault] = []
    for picture in pictures.values():
        target = folder / picture.png_name
        if target.exists():
            continue
        try:
            _write_whole(target, render(picture))
        except KnowledgeError as error:
            faults.extend(error.faults)
    if faults:
        raise KnowledgeError(faults)


def _write_whole(target: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
        file.write(content)
    os.replace(file.name, target)  # readers see the whole picture or none
