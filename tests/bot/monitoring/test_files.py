"""The files of a report, read back: layout, order, numbers, fonts, tables, and nothing that acts by itself."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

import docx
import openpyxl
import pdfplumber
import pytest
from docx.document import Document as Word
from docx.oxml.ns import qn
from docx.shared import Mm
from pdfminer.pdftypes import resolve1

from bot.feedback.reports import reference
from bot.monitoring.as_docx import as_docx
from bot.monitoring.as_pdf import as_pdf
from bot.monitoring.as_xlsx import FIGURES, RECORDS, as_xlsx
from bot.monitoring.composing import Composer
from bot.monitoring.document import Chart, Document, Table
from bot.monitoring.fonts import VIETNAMESE, NoFontError, font_family
from bot.monitoring.layout import LAYOUT_FILE, Fonts, read_layout
from bot.monitoring.sections import Content, Office
from bot.monitoring.wording import number
from knowledge.faults import KnowledgeError
from knowledge.trust import Trust
from tests.bot.monitoring.made import counted, draft, record, varied, writer

LAYOUT: Final = read_layout()
OWN: Final = replace(LAYOUT, fonts=replace(LAYOUT.fonts, folders=()))
"""With the font that comes along, so that these tests see the same on every machine."""
NOW, BEFORE = varied(2), varied(1)
COUNTED = counted(NOW, BEFORE, answers=5, answered={"dien": 5}, unanswered=3)
SIGNED: Final = replace(draft(COUNTED), number="15", day="2026-10-05")
FORMULAS: Final = ('=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0")


def document(content: Content = SIGNED, *, issued: bool = True) -> Document:
    return Composer(LAYOUT).document(content, writer(COUNTED), issued=issued)


@pytest.fixture(scope="module")
def word() -> Word:
    return docx.Document(BytesIO(as_docx(document(), LAYOUT)))


@pytest.fixture(scope="module")
def pages() -> list[str]:
    with pdfplumber.open(BytesIO(as_pdf(document(), OWN))) as pdf:
        return [page.extract_text() for page in pdf.pages]


def words_of(one: Word) -> list[str]:
    """All lines in reading order, those in tables too."""
    paragraphs = one.element.body.iter(qn("w:p"))
    return ["".join(part.text or "" for part in element.iter(qn("w:t"))) for element in paragraphs]


def in_order(lines: list[str], wanted: list[str]) -> None:
    text, at = "\n".join(lines), 0
    for one in wanted:
        found = text.find(one, at)
        assert found >= 0, one
        at = found + len(one)


HEAD: Final = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
APPENDED: Final = ["Phụ lục", "NGUỒN SỐ LIỆU", "(Kèm theo Báo cáo số 15/BC-MTTQ-BTT ngày 05"]
ORDER: Final = [
    "BÁO CÁO",
    "Thực hiện Chỉ thị số 47-CT/TW",
    "I. CÔNG TÁC TUYÊN TRUYỀN",
    "III. PHẢN ÁNH CỦA NGƯỜI DÂN",
    "IX. KIẾN NGHỊ, ĐỀ XUẤT",
    "Trên đây là báo cáo",
    "Nơi nhận:",
]


def test_the_paper_and_its_margins(word: Word) -> None:
    section = word.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width / Mm(1)), round(section.page_height / Mm(1))) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    millimetres = [one / Mm(1) for one in margins if one is not None]
    for one, (least, most) in zip(millimetres, ((20, 25), (20, 25), (30, 35), (15, 20)), strict=True):
        assert least - 0.1 <= one <= most + 0.1


def test_the_parts_stand_in_their_order(word: Word) -> None:
    lines = words_of(word)
    in_order(
        lines, ["ỦY BAN MTTQ VIỆT NAM", "BAN THƯỜNG TRỰC", *HEAD, "Số: 15/BC-MTTQ-BTT", "Kim Mã, ngày 05 tháng 10"]
    )
    in_order(lines, [*ORDER, "Lưu: VT.", "CHỦ TỊCH", "Đặng Thị Ỷ Ặng", *APPENDED])


def test_headings_lists_and_tables_are_real_ones(word: Word) -> None:
    names = {paragraph.style.name for paragraph in word.paragraphs if paragraph.style is not None}
    assert {"Heading 1", "List Bullet", "Nội dung", "Caption"} <= names
    grids = [one for one in word.tables if one.style is not None and one.style.name == "Table Grid"]
    assert len(grids) > 6
    for grid in grids:
        assert grid.rows[0]._tr.trPr is not None
        assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    pictures = list(word.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == 2
    assert all("Biểu đồ" in one.get("descr") for one in pictures)


def test_letters_are_in_the_font_and_the_language_of_the_decree(word: Word) -> None:
    for name in ("Normal", "Nội dung", "Heading 1", "List Bullet"):
        properties = word.styles[name].element.rPr
        assert properties.rFonts.get(qn("w:ascii")) == "Times New Roman"
        assert properties.find(qn("w:lang")).get(qn("w:val")) == "vi-VN"
    assert word.core_properties.language == "vi-VN"
    assert 13 <= word.styles["Nội dung"].font.size.pt <= 14


def test_pages_are_numbered_from_the_second_on(word: Word, pages: list[str]) -> None:
    section = word.sections[0]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml
    assert [page.split("\n")[0] for page in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)]
    assert not pages[0].split("\n")[0].isdigit()


def test_the_pdf_has_the_same_parts_in_the_same_order(pages: list[str]) -> None:
    in_order(pages, HEAD)
    in_order(pages, [*ORDER, "Đặng Thị Ỷ Ặng", *APPENDED])


def test_no_signature_stands_alone_on_a_page(pages: list[str]) -> None:
    signed = next(page for page in pages if "Nơi nhận:" in page)
    assert "Trên đây là báo cáo" in signed


def test_every_figure_of_the_text_is_in_both_files(word: Word, pages: list[str]) -> None:
    lines, printed = "\n".join(words_of(word)), "\n".join(pages)
    for one in COUNTED.all:
        if one.value and not one.id.startswith("pa.noi."):
            assert one.name in lines
            assert number(one.value) in printed
    assert "{pa." not in lines
    assert "{pa." not in printed


def test_the_appendix_leads_every_number_to_its_source() -> None:
    made = document()
    table = next(block for block in made.appendix if isinstance(block, Table))
    rows = {row[1].partition(" (")[0]: row for row in table.rows}
    assert rows["Phản ánh đã nhận"][2:] == (number(len(NOW)), number(len(BEFORE)), "Tất cả")
    assert rows["Nguy cơ cháy, lối thoát bị chặn"][4] == "Loại: Nguy cơ cháy, lối thoát bị chặn"
    assert rows["Đang quá hạn ở cơ quan được chuyển"][4] == "Đang chờ: Cơ quan xử lý; Đang quá hạn"
    assert rows["Chưa kết thúc"][4] == "Trạng thái: chưa kết thúc"
    assert rows["Lượt hỏi được trả lời"][4] == "Không phải phản ánh"
    assert [row[0] for row in table.rows] == [str(one) for one in range(1, len(table.rows) + 1)]
    assert all(row[4] for row in table.rows)


def test_tables_and_charts_have_numbers() -> None:
    captions = [block.caption for block in document().body if isinstance(block, Table | Chart)]
    tables = [one for one in captions if one.startswith("Bảng ")]
    assert [one.partition(".")[0] for one in tables] == [f"Bảng {one}" for one in range(1, len(tables) + 1)]
    assert len(tables) > 6
    assert [one for one in captions if one not in tables] == [
        "Biểu đồ 1. Phản ánh theo loại, kỳ này và kỳ trước",
        "Biểu đồ 2. Phản ánh nhận trong kỳ theo trạng thái khi lấy số liệu",
    ]


def test_a_period_that_is_not_over_has_no_column_of_the_one_before() -> None:
    made = Composer(LAYOUT).document(SIGNED, writer(COUNTED.uncompared()), issued=True)
    heads = [block.head for block in made.body if isinstance(block, Table)]
    assert ("Loại", "Kỳ này") in heads
    assert not any("Kỳ trước" in head for head in heads)


def test_number_and_day_stand_on_one_line(word: Word) -> None:
    with pdfplumber.open(BytesIO(as_pdf(document(), OWN))) as pdf:
        words = {one["text"]: one["top"] for one in reversed(pdf.pages[0].extract_words())}
    assert abs(words["15/BC-MTTQ-BTT"] - words["Mã,"]) < 1
    assert word.tables[0].rows[1].cells[0].text.startswith("Số: 15/")
    assert "ngày 05 tháng 10" in word.tables[0].rows[1].cells[1].text


def test_a_number_below_ten_has_a_zero() -> None:
    assert document(replace(SIGNED, number="7")).number == "Số: 07/BC-MTTQ-BTT"


def test_items_are_indented_like_paragraphs_and_have_the_space_of_the_rule(word: Word) -> None:
    style = word.styles["List Bullet"]
    assert style.paragraph_format.first_line_indent == Mm(LAYOUT.paragraphs.first_line.used)
    assert style.paragraph_format.left_indent == 0
    assert style.element.pPr.find(qn("w:contextualSpacing")) is None


def test_no_line_that_leads_to_a_list_stands_alone(word: Word) -> None:
    leading = [one for one in word.paragraphs if one.text.endswith("Theo loại:")]
    assert leading
    assert all(one.paragraph_format.keep_with_next for one in leading)


def test_a_report_without_any_figure_is_made() -> None:
    nothing = counted([])
    content = replace(draft(nothing), number="1", day="2026-10-05")
    made = Composer(LAYOUT).document(content, writer(nothing), issued=True)
    assert "Không có số liệu nào khác 0." in "\n".join(words_of(docx.Document(BytesIO(as_docx(made, LAYOUT)))))
    assert as_pdf(made, OWN).startswith(b"%PDF")


def test_the_pdf_embeds_its_fonts_and_names_itself() -> None:
    with pdfplumber.open(BytesIO(as_pdf(document(), OWN))) as pdf:
        assert pdf.metadata["Title"].startswith("BÁO CÁO: Kết quả giám sát")
        fonts = {letter["fontname"] for page in pdf.pages for letter in page.chars}
        catalog = pdf.doc.catalog
        used = {
            str(font.resolve()["BaseFont"]): font.resolve()
            for page in pdf.pages
            for font in resolve1(page.page_obj.resources["Font"]).values()
        }
    assert all("+" in one for one in fonts), fonts  # embedded subsets
    assert all("FontFile2" in resolve1(used[f"/'{one}'"]["FontDescriptor"]) for one in fonts)
    assert catalog["Lang"] == b"vi-VN"
    assert "Outlines" in catalog


def test_every_vietnamese_letter_is_printed() -> None:
    letters = VIETNAMESE.replace("[", "").replace("]", "")
    spaced = " ".join(letters)
    content = replace(SIGNED, sections=(replace(SIGNED.sections[0], text=spaced, tables=False),))
    with pdfplumber.open(BytesIO(as_pdf(document(content), OWN))) as pdf:
        found = set("".join(page.extract_text() for page in pdf.pages))
    assert set(letters) <= found


def test_a_font_without_all_letters_is_not_taken(tmp_path: Path) -> None:
    fonts = Fonts(docx="Times New Roman", folders=(tmp_path,), families=(("a.ttf", "b.ttf", "c.ttf", "d.ttf"),))
    with pytest.raises(NoFontError):
        font_family(fonts)
    for name in fonts.families[0]:
        (tmp_path / name).write_bytes(b"no font")
    with pytest.raises(NoFontError):
        font_family(replace(fonts, docx="x"))


def test_a_draft_says_that_it_is_one() -> None:
    made = docx.Document(BytesIO(as_docx(document(issued=False), LAYOUT)))
    lines = words_of(made)
    assert "DỰ THẢO" in lines
    assert "Số: …/BC-MTTQ-BTT" in lines


def test_no_text_breaks_a_file() -> None:
    nasty = "<b>&amp; \x00\x0b\ud800 {x}\n- <i>mục\n+ con\n" + "rất-dài" * 200
    sections = tuple(replace(one, text=nasty, title=nasty[:50]) for one in SIGNED.sections)
    content = replace(SIGNED, sections=sections, summary=nasty, office=Office(issuer=nasty, recipients=(nasty,)))
    lines = words_of(docx.Document(BytesIO(as_docx(document(content), LAYOUT))))
    assert any("<b>&amp;" in line for line in lines)
    with pdfplumber.open(BytesIO(as_pdf(document(content), OWN))) as pdf:
        assert "<b>&amp;" in "".join(page.extract_text() for page in pdf.pages)


def test_the_workbook_has_the_figures_and_the_records() -> None:
    book = openpyxl.load_workbook(BytesIO(as_xlsx(writer(COUNTED), NOW, "/console/reports")))
    figures, records = book[FIGURES], book[RECORDS]
    values = {str(row[0]): row for row in figures.iter_rows(min_row=5, values_only=True)}
    assert values["pa.tong"][2:4] == (len(NOW), len(BEFORE))
    assert str(values["pa.loai.hazard"][6]).startswith("/console/reports?loai=hazard&noi=01&tu=2026-07-01")
    rows = list(records.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == [reference(one.code) for one in NOW]
    text = str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    assert not any(one.code in text for one in NOW)  # whoever has a code can withdraw the report
    head = [cell.value for cell in records[1]]
    assert not {"Nội dung", "Liên hệ", "Họ tên", "Số điện thoại"} & set(head)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_becomes_a_formula(formula: str) -> None:
    made = [record(1, code=formula, agency=1, agency_name=formula, channel=formula, province=formula, commune=formula)]
    found = counted(made)
    book = openpyxl.load_workbook(BytesIO(as_xlsx(writer(found), made, formula)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(formula.strip() in str(cell.value) for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith(formula))
    assert all(cell.hyperlink is None for cell in cells)


def test_the_layout_says_where_it_is_from_and_how_far_it_was_checked() -> None:
    assert LAYOUT.source.document == "nd-30-2020"
    assert LAYOUT.source.trust is Trust.MEMORY
    assert "chưa đối chiếu" in LAYOUT.source.hint


@pytest.mark.parametrize(
    ("written", "wrong", "fault"),
    [
        ("left: {used: 30,", "left: {used: 10,", "the rule allows 30 to 35"),
        ("body: {used: 14,", "body: {used: lớn,", "sizes.body.used"),
        ("  motto: {", "  motta: {", "sizes.mott"),
    ],
)
def test_a_wrong_layout_is_refused_with_file_and_line(tmp_path: Path, written: str, wrong: str, fault: str) -> None:
    text = LAYOUT_FILE.read_text(encoding="utf-8")
    assert written in text
    path = tmp_path / "layout.yml"
    path.write_text(text.replace(written, wrong, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"layout\.yml:\d+: .*{fault}"):
        read_layout(path)
