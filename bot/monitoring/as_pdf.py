"""A document as PDF, set from the same parts as the .docx: embedded font, title, language and bookmarks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final, Literal
from xml.sax.saxutils import escape

from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Image,
    KeepTogether,
    LongTable,
    PageBreak,
    PageTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Paragraph as Set
from reportlab.platypus import Table as Grid

from bot.monitoring.document import SIGNS, TOGETHER, Block, Chart, Document, Heading, Item, Paragraph, Table
from bot.monitoring.fonts import font_family
from bot.monitoring.layout import Layout

LANGUAGE: Final = "vi-VN"
_HEAD_SHARES: Final = (0.4, 0.6)
_LEADING: Final = 1.2
_GAP: Final = 6  # points between a line of text and the rule below it
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BARE: Final = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
    ]
)
_LINES: Final = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, black),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)


def as_pdf(document: Document, layout: Layout) -> bytes:
    """Return the file. Raises `NoFontError`."""
    return _Setter(document, layout, font_family(layout.fonts)).written()


class _Mark(Flowable):
    """A place that the reader's list of bookmarks leads to; it takes no room."""

    def __init__(self, key: str, text: str, level: int) -> None:
        super().__init__()
        self._key, self._text, self._level = key, text, level

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: N803 (as the library names them)
        return 0, 0

    def draw(self) -> None:
        self.canv.bookmarkPage(self._key)
        self.canv.addOutlineEntry(self._text, self._key, self._level)


class _Line(Flowable):
    """A thin line of some points in the middle of its column."""

    def __init__(self, width: float, after: float = 6) -> None:
        super().__init__()
        self._long, self._after, self._room = width, after, 0.0

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: N803
        self._room = aW
        return aW, self._after + _GAP

    def draw(self) -> None:
        self.canv.setLineWidth(0.7)
        left = (self._room - self._long) / 2
        self.canv.line(left, self._after, left + self._long, self._after)


class _Setter:
    """Sets one document."""

    def __init__(self, document: Document, layout: Layout, family: str) -> None:
        self._document, self._layout, self._family = document, layout, family
        self._marks = 0

    def written(self) -> bytes:
        page, stream = self._layout.page, BytesIO()
        template = BaseDocTemplate(
            stream,
            pagesize=(page.width.used * mm, page.height.used * mm),
            title=_text(f"{self._document.kind}: {self._document.summary}"),
            author=_text(self._document.issuer),
            lang=LANGUAGE,
            initialFontName=self._family,
        )
        frame = Frame(
            page.left.used * mm,
            page.bottom.used * mm,
            self._line,
            (page.height.used - page.top.used - page.bottom.used) * mm,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        template.addPageTemplates(PageTemplate(frames=[frame], onPage=self._numbered))
        template.build(list(self._story()), canvasmaker=_canvas(self._family))
        return stream.getvalue()

    @property
    def _line(self) -> float:
        page = self._layout.page
        return (page.width.used - page.left.used - page.right.used) * mm

    def _numbered(self, canvas: Canvas, template: BaseDocTemplate) -> None:
        if template.page < 2:
            return
        page, size = self._layout.page, self._layout.sizes.page_number.used
        canvas.setFont(self._family, size)
        middle = page.left.used * mm + self._line / 2
        canvas.drawCentredString(middle, (page.height.used - page.top.used / 2) * mm - size / 3, str(template.page))

    def _story(self) -> Iterator[Flowable]:
        yield from self._head()
        body = list(self._blocks(self._document.body))
        yield from body[:-1]
        yield KeepTogether([*body[-1:], *self._foot()])  # no signature stands alone on a page
        yield PageBreak()
        yield from self._appendix_head()
        yield from self._blocks(self._document.appendix)

    def _head(self) -> Iterator[Flowable]:
        document, sizes, words = self._document, self._layout.sizes, self._layout.words
        nation = self._width(words.nation, sizes.nation.used) + 2  # stays on one line, however wide the font is
        right = max(self._line * _HEAD_SHARES[1], nation)
        left = self._line - right
        issuer = min(self._width(document.issuer.upper(), sizes.issuer.used), left)
        yield Grid(
            [
                [
                    [
                        self._centred(document.superior.upper(), sizes.superior.used),
                        self._centred(document.issuer.upper(), sizes.issuer.used, "b"),
                        _Line(issuer * 0.4),
                    ],
                    [
                        self._centred(words.nation, sizes.nation.used, "b"),
                        self._centred(words.motto, sizes.motto.used, "b"),
                        _Line(self._width(words.motto, sizes.motto.used)),
                    ],
                ],
                [  # number and day stand on one line, however many the issuer takes
                    self._centred(document.number, sizes.number.used),
                    self._centred(document.place_and_day, sizes.place_and_day.used, "i"),
                ],
            ],
            colWidths=[left, right],
            style=_BARE,
            splitInRow=1,
        )
        if document.draft:
            yield Spacer(0, 6)
            yield self._centred(document.draft, sizes.body.used, "b")
        yield Spacer(0, 12)
        yield self._centred(document.kind, sizes.kind.used, "b")
        yield self._centred(document.summary, sizes.summary.used, "b")
        yield _Line(min(self._width(document.summary, sizes.summary.used), self._line * 0.7) * 0.4, 12)

    def _foot(self) -> Iterator[Flowable]:
        document, sizes = self._document, self._layout.sizes
        recipients = [self._set(self._layout.words.recipients, sizes.recipients_word.used, TA_LEFT, "bi")]
        for number, one in enumerate(document.recipients):
            end = "." if number == len(document.recipients) - 1 else ";"
            recipients.append(self._set(f"- {one.rstrip('.;')}{end}", sizes.recipients.used, TA_LEFT))
        signature: list[Flowable] = [
            self._centred(one.upper(), sizes.signature.used, "b") for one in document.signature
        ]
        signature += [Spacer(0, 4 * sizes.signature.used * _LEADING)]
        signature += [self._centred(document.signer, sizes.signature.used, "b")]
        grid = Grid([[recipients, signature]], colWidths=[self._line / 2] * 2, style=_BARE, splitInRow=1)
        yield from (Spacer(0, 12), grid)

    def _appendix_head(self) -> Iterator[Flowable]:
        document, sizes, word = self._document, self._layout.sizes, self._layout.words.appendix
        yield _Mark("phu-luc", _text(f"{word}: {document.appendix_title}"), 0)
        yield self._centred(word, sizes.appendix.used, "b")
        yield self._centred(document.appendix_title, sizes.appendix_title.used, "b")
        yield self._centred(document.appendix_of, sizes.appendix_of.used, "i")
        yield Spacer(0, 12)

    def _blocks(self, blocks: tuple[Block, ...]) -> Iterator[Flowable]:
        size, rules = self._layout.sizes.body.used, self._layout.paragraphs
        for block in blocks:
            match block:
                case Heading(level, text):
                    yield CondPageBreak(4 * size * rules.line.used)
                    self._marks += 1
                    yield _Mark(f"muc-{self._marks}", _text(text), 0 if level == 1 else 1)
                    yield self._body(text, "b", before=rules.space.used, keep=True)
                case Paragraph(text):
                    yield self._body(text, indent=rules.first_line.used * mm, keep=text.endswith(":"))
                case Item(text, level):
                    yield self._body(f"{SIGNS[level - 1]} {text}", indent=rules.first_line.used * mm)
                case Table():
                    yield from self._table(block)
                case Chart():
                    yield from self._chart(block)

    def _body(
        self,
        text: str,
        face: str = "",
        *,
        indent: float = 0,
        before: float = 0,
        keep: bool = False,
    ) -> Flowable:
        size, rules = self._layout.sizes.body.used, self._layout.paragraphs
        style = ParagraphStyle(
            "body",
            fontName=self._family,
            fontSize=size,
            leading=size * _LEADING * rules.line.used,
            alignment=TA_LEFT if face else TA_JUSTIFY,
            firstLineIndent=indent,
            spaceBefore=before,
            spaceAfter=rules.space.used,
            keepWithNext=keep,
            allowWidows=False,
            allowOrphans=False,
        )
        return Set(_faced(text, face), style)

    def _table(self, table: Table) -> Iterator[Flowable]:
        size = self._layout.sizes.table.used
        rows = [[self._set(text, size, TA_CENTER, "b") for text in table.head]]
        rows += [
            [self._cell(text, size, number=place in table.numbers) for place, text in enumerate(row)]
            for row in table.rows
        ]
        widths = [self._line * share for share in table.widths]
        grid = LongTable(rows, colWidths=widths, repeatRows=1, style=_LINES)
        if len(table.rows) <= TOGETHER:
            yield KeepTogether([self._caption(table.caption), grid])
        else:
            yield CondPageBreak(8 * size)
            yield self._caption(table.caption)
            yield grid
        yield Spacer(0, size)

    def _cell(self, text: str, size: float, *, number: bool) -> Flowable:
        return self._set(text, size, TA_RIGHT) if number else self._set(text, size, TA_LEFT)

    def _chart(self, chart: Chart) -> Iterator[Flowable]:
        wide, high = ImageReader(BytesIO(chart.png)).getSize()
        width = self._line
        yield KeepTogether([Image(BytesIO(chart.png), width, width * high / wide), self._caption(chart.caption)])
        yield Spacer(0, self._layout.sizes.table.used)

    def _caption(self, text: str) -> Flowable:
        size, space = self._layout.sizes.table.used, self._layout.paragraphs.space.used
        return self._set(text, size, TA_CENTER, "b", before=space, after=space)

    def _centred(self, text: str, size: float, face: str = "") -> Flowable:
        return self._set(text, size, TA_CENTER, face)

    def _set(
        self,
        text: str,
        size: float,
        align: Literal[0, 1, 2, 4],
        face: str = "",
        *,
        before: float = 0,
        after: float = 0,
    ) -> Flowable:
        style = ParagraphStyle(
            "set",
            fontName=self._family,
            fontSize=size,
            leading=size * _LEADING,
            alignment=align,
            spaceBefore=before,
            spaceAfter=after,
            splitLongWords=True,
        )
        return Set(_faced(text, face), style)

    def _width(self, text: str, size: float) -> float:
        return stringWidth(_text(text), f"{self._family}-Bold", size)


def _faced(text: str, face: str) -> str:
    """The text as markup, bold ("b") or italic ("i") or both."""
    written = escape(_text(text))
    for letter in face:
        written = f"<{letter}>{written}</{letter}>"
    return written


def _canvas(family: str) -> Callable[..., Canvas]:
    def make(*parts: object, **options: object) -> Canvas:
        return Canvas(*parts, **{**options, "initialFontName": family})  # type: ignore[arg-type]

    return make


def _text(text: str) -> str:
    """The text without signs that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
