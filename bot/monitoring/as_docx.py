"""A document as .docx, with real styles, headings, lists and repeated table heads."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Final

import docx
from docx.document import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph
from lxml.etree import _Element
from reportlab.pdfbase.pdfmetrics import stringWidth

from bot.monitoring.document import SIGNS, TOGETHER, Block, Chart, Document, Heading, Item, Paragraph, Table
from bot.monitoring.layout import Layout
from knowledge.vietnamese import fold

LANGUAGE: Final = "vi-VN"
_CENTRE, _LEFT, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
_BOTH: Final = WD_ALIGN_PARAGRAPH.JUSTIFY
_LONGEST_PROPERTY: Final = 255  # as the format allows
_HEAD_SHARES: Final = (0.4, 0.6)
_FOOT_SHARES: Final = (0.5, 0.5)
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_docx(document: Document, layout: Layout) -> bytes:
    """Return the file."""
    return _Writer(document, layout).written()


class _Writer:
    """Writes one document."""

    def __init__(self, document: Document, layout: Layout) -> None:
        self._document = document
        self._layout = layout
        self._word: Word = docx.Document()

    def written(self) -> bytes:
        self._properties()
        self._page()
        self._styles()
        self._head()
        for block in self._document.body:
            self._block(block)
        self._foot()
        self._appendix()
        stream = BytesIO()
        self._word.save(stream)
        return stream.getvalue()

    @property
    def _line(self) -> Length:
        page = self._layout.page
        return Mm(page.width.used - page.left.used - page.right.used)

    def _properties(self) -> None:
        core = self._word.core_properties
        core.title = _text(f"{self._document.kind}: {self._document.summary}")[:_LONGEST_PROPERTY]
        core.author = _text(self._document.issuer)[:_LONGEST_PROPERTY]
        core.language = LANGUAGE
        core.comments = ""

    def _page(self) -> None:
        page, section = self._layout.page, self._word.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(page.width.used), Mm(page.height.used)
        section.top_margin, section.bottom_margin = Mm(page.top.used), Mm(page.bottom.used)
        section.left_margin, section.right_margin = Mm(page.left.used), Mm(page.right.used)
        section.header_distance = Mm(page.top.used / 2)
        section.different_first_page_header_footer = True
        number = section.header.paragraphs[0]
        number.alignment = _CENTRE
        _add_field(number, "PAGE")
        number.runs[0].font.size = Pt(self._layout.sizes.page_number.used)

    def _styles(self) -> None:
        sizes = self._layout.sizes
        normal = self._known("Normal")
        self._font(normal, sizes.body.used)
        normal.paragraph_format.space_after = Pt(0)
        body = self._style("Nội dung", sizes.body.used, align=_BOTH)
        rules = self._layout.paragraphs
        body.paragraph_format.first_line_indent = Mm(rules.first_line.used)
        names = ("Heading 1", "Heading 2", "List Bullet", "List Bullet 2")
        for style in (body, *map(self._known, names)):
            style.paragraph_format.space_before = Pt(0)
            style.paragraph_format.space_after = Pt(rules.space.used)
            style.paragraph_format.line_spacing = rules.line.used
        for level in (1, 2):
            heading = self._known(f"Heading {level}")
            item = self._known("List Bullet" if level == 1 else "List Bullet 2")
            self._font(heading, sizes.body.used, bold=True)
            heading.paragraph_format.space_before = Pt(rules.space.used)
            heading.paragraph_format.keep_with_next = True
            self._font(item, sizes.body.used)
            item.paragraph_format.alignment = _BOTH
            self._bullet(item, SIGNS[level - 1])
        caption = self._known("Caption")
        self._font(caption, sizes.table.used, bold=True)
        caption.paragraph_format.alignment = _CENTRE
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = caption.paragraph_format.space_after = Pt(rules.space.used)
        self._style("Ô bảng", sizes.table.used)

    def _known(self, name: str) -> ParagraphStyle:
        style = self._word.styles[name]
        if not isinstance(style, ParagraphStyle):
            raise TypeError(f"{name} is no style of paragraphs")
        return style

    def _bullet(self, style: ParagraphStyle, sign: str) -> None:
        """Let the items of a list begin with the sign that administrative documents use, not with a dot."""
        numbering = self._word.part.numbering_part.element
        number = style.element.pPr.numPr.numId.val
        abstract = numbering.num_having_numId(number).abstractNumId.val
        level = numbering.xpath(f'./w:abstractNum[@w:abstractNumId="{abstract}"]/w:lvl')[0]
        text = level.find(qn("w:lvlText"))
        text.set(qn("w:val"), sign)
        text.addprevious(_element("w:suff", val="space"))
        for old in level.findall(qn("w:rPr")):
            level.remove(old)
        for spacing in style.element.pPr.findall(qn("w:contextualSpacing")):
            style.element.pPr.remove(spacing)  # it would take away the space between items
        style.paragraph_format.left_indent = Mm(0)
        style.paragraph_format.first_line_indent = Mm(self._layout.paragraphs.first_line.used)

    def _style(self, name: str, size: float, align: WD_ALIGN_PARAGRAPH = _LEFT) -> ParagraphStyle:
        self._word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style = self._known(name)
        style.base_style = self._word.styles["Normal"]
        self._font(style, size)
        style.paragraph_format.alignment = align
        return style

    def _font(self, style: ParagraphStyle, size: float, *, bold: bool = False) -> None:
        style.font.name, style.font.size = self._layout.fonts.docx, Pt(size)
        style.font.bold, style.font.italic = bold, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), self._layout.fonts.docx)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        language = _element("w:lang", val=LANGUAGE, eastAsia=LANGUAGE)
        properties.append(language)

    def _head(self) -> None:
        document, sizes = self._document, self._layout.sizes
        (left, right), (number, day) = self._two_columns(_HEAD_SHARES, rows=2)
        _line_of(left, document.superior.upper(), sizes.superior.used)
        _line_of(left, document.issuer.upper(), sizes.issuer.used, bold=True)
        issuer = min(_width(document.issuer.upper(), sizes.issuer.used), self._line.pt * _HEAD_SHARES[0])
        self._rule(left, _HEAD_SHARES[0], issuer * 0.4)
        words = self._layout.words
        _line_of(right, words.nation, sizes.nation.used, bold=True)
        _line_of(right, words.motto, sizes.motto.used, bold=True)
        self._rule(right, _HEAD_SHARES[1], _width(words.motto, sizes.motto.used))
        # Number and day stand on one line, however many the issuer takes.
        _line_of(number, document.number, sizes.number.used)
        _line_of(day, document.place_and_day, sizes.place_and_day.used, italic=True)
        for cell in (left, right, number, day):
            _drop_first(cell)
        if document.draft:
            self._centred(document.draft, sizes.body.used, bold=True, before=6)
        self._centred(document.kind, sizes.kind.used, bold=True, before=12)
        self._centred(document.summary, sizes.summary.used, bold=True)
        last_line = min(_width(document.summary, sizes.summary.used), 0.7 * self._line.pt)
        self._rule(self._word, 1, last_line * 0.4, after=12)

    def _foot(self) -> None:
        document, sizes = self._document, self._layout.sizes
        self._word.paragraphs[-1].paragraph_format.keep_with_next = True  # no signature stands alone on a page
        self._word.add_paragraph().paragraph_format.keep_with_next = True
        ((left, right),) = self._two_columns(_FOOT_SHARES)
        word = _line_of(left, self._layout.words.recipients, sizes.recipients_word.used, align=_LEFT)
        word.runs[0].bold = word.runs[0].italic = True
        for number, one in enumerate(document.recipients):
            end = "." if number == len(document.recipients) - 1 else ";"
            _line_of(left, f"- {one.rstrip('.;')}{end}", sizes.recipients.used, align=_LEFT)
        for one in document.signature:
            _line_of(right, one.upper(), sizes.signature.used, bold=True)
        for _ in range(4):
            _line_of(right, "", sizes.signature.used)
        _line_of(right, document.signer, sizes.signature.used, bold=True)
        for cell in (left, right):
            _drop_first(cell)
            for paragraph in cell.paragraphs[:-1]:
                paragraph.paragraph_format.keep_with_next = True

    def _appendix(self) -> None:
        document, sizes = self._document, self._layout.sizes
        word = self._word.add_heading(_text(self._layout.words.appendix), 1)
        title = self._word.add_heading(_text(document.appendix_title), 1)
        word.paragraph_format.page_break_before = True
        for heading, size in ((word, sizes.appendix.used), (title, sizes.appendix_title.used)):
            heading.alignment = _CENTRE
            heading.paragraph_format.space_before = heading.paragraph_format.space_after = Pt(0)
            heading.runs[0].font.size = Pt(size)
        belongs = _line_of(self._word, document.appendix_of, sizes.appendix_of.used, italic=True)
        belongs.paragraph_format.space_after = Pt(12)
        for block in self._document.appendix:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Heading(level, text):
                self._word.add_heading(_text(text), level)
            case Paragraph(text):
                paragraph = self._word.add_paragraph(_text(text), style="Nội dung")
                paragraph.paragraph_format.keep_with_next = text.endswith(":") or None
            case Item(text, level):
                self._word.add_paragraph(_text(text), style="List Bullet" if level == 1 else "List Bullet 2")
            case Table():
                self._table(block)
            case Chart():
                self._chart(block)

    def _table(self, table: Table) -> None:
        self._word.add_paragraph(_text(table.caption), style="Caption")
        grid = self._word.add_table(1 + len(table.rows), len(table.head), style="Table Grid")
        grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        grid._tbl.tblPr.append(_element("w:tblCaption", val=_text(table.caption)))
        widths = [int(self._line * share) for share in table.widths]
        for column, width in zip(grid.columns, widths, strict=True):
            column.width = Length(width)
        together = len(table.rows) <= TOGETHER
        for number, (row, texts) in enumerate(zip(grid.rows, (table.head, *table.rows), strict=True)):
            head = texts is table.head
            properties = row._tr.get_or_add_trPr()
            properties.append(_element("w:cantSplit"))
            if head:
                properties.append(_element("w:tblHeader"))
            for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
                cell.width = Length(widths[place])
                cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
                paragraph = cell.paragraphs[0]
                paragraph.style = "Ô bảng"
                paragraph.add_run(_text(text)).bold = head
                paragraph.alignment = _CENTRE if head else _RIGHT if place in table.numbers else _LEFT
                paragraph.paragraph_format.keep_with_next = (together and number < len(table.rows)) or None
        self._word.add_paragraph().paragraph_format.space_after = Pt(0)

    def _chart(self, chart: Chart) -> None:
        paragraph = self._word.add_paragraph()
        paragraph.alignment = _CENTRE
        paragraph.paragraph_format.keep_with_next = True
        picture = paragraph.add_run().add_picture(BytesIO(chart.png), width=min(self._line, Inches(6.3)))
        about = picture._inline.docPr
        about.set("descr", _text(chart.alternative))
        about.set("title", _text(chart.caption))
        caption = self._word.add_paragraph(_text(chart.caption), style="Caption")
        caption.paragraph_format.keep_with_next = False  # what follows is not what it names
        self._word.add_paragraph().paragraph_format.space_after = Pt(0)

    def _two_columns(self, shares: tuple[float, float], rows: int = 1) -> list[tuple[_Cell, _Cell]]:
        """Two columns without lines, which is how the head and the foot are set; each row is kept on one page."""
        grid = self._word.add_table(rows, 2)
        grid.autofit = False
        grid.alignment = WD_TABLE_ALIGNMENT.CENTER
        margins = _element("w:tblCellMar")
        for side in ("left", "right"):
            margins.append(_element(f"w:{side}", w="0", type="dxa"))
        grid._tbl.tblPr.append(margins)
        for column, share in zip(grid.columns, shares, strict=True):
            column.width = Length(int(self._line * share))
        for row in grid.rows:
            row._tr.get_or_add_trPr().append(_element("w:cantSplit"))
            for cell, share in zip(row.cells, shares, strict=True):
                cell.width = Length(int(self._line * share))
        return [(row.cells[0], row.cells[1]) for row in grid.rows]

    def _centred(self, text: str, size: float, *, bold: bool, before: float = 0) -> None:
        paragraph = _line_of(self._word, text, size, bold=bold)
        paragraph.paragraph_format.space_before = Pt(before)

    def _rule(self, where: Word | _Cell, share: float, width: float, after: float = 6) -> None:
        """A thin line, `width` points long, in the middle of a column."""
        paragraph = where.add_paragraph()
        paragraph.paragraph_format.line_spacing = Pt(3)
        paragraph.paragraph_format.space_after = Pt(after)
        side = max(0.0, (self._line.pt * share - width) / 2)
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(side)
        borders = _element("w:pBdr")
        borders.append(_element("w:bottom", val="single", sz="6", space="0", color="000000"))
        spacing = next(paragraph._p.iter(qn("w:spacing")))
        spacing.addprevious(borders)  # the order of the parts is fixed


def _line_of(
    where: Word | _Cell,
    text: str,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    align: WD_ALIGN_PARAGRAPH = _CENTRE,
) -> WordParagraph:
    paragraph = where.add_paragraph()
    paragraph.alignment = align
    run = paragraph.add_run(_text(text))
    run.font.size, run.bold, run.italic = Pt(size), bold, italic
    return paragraph


def _drop_first(cell: _Cell) -> None:
    """Take out the empty paragraph with which every cell begins."""
    first = cell.paragraphs[0]._p
    first.getparent().remove(first)


def _width(text: str, size: float) -> float:
    """Points that a bold line takes; marks above and below letters take no room."""
    letters = fold(text)
    return stringWidth(letters.upper() if text.isupper() else letters, "Times-Bold", size)


def _add_field(paragraph: WordParagraph, instruction: str) -> None:
    run = paragraph.add_run()
    for kind in ("begin", "instruction", "separate", "end"):
        if kind == "instruction":
            element = _element("w:instrText")
            element.text = instruction
        else:
            element = _element("w:fldChar", fldCharType=kind)
        run._r.append(element)


def _element(tag: str, **attributes: str) -> _Element:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _text(text: str) -> str:
    """The text without signs that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
