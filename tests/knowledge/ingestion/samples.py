"""Files as offices send them, made by the tests: every name, number and provision in them is invented."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Sequence

import docx
from docx.shared import Pt
from font_roboto import Roboto, RobotoBold
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
LONG = (
    "Cơ quan, tổ chức, hộ gia đình và cá nhân có trách nhiệm giữ lối thoát nạn thông thoáng, trang bị phương tiện chữa "
    "cháy phù hợp với nơi ở và nơi làm việc, tham gia tập huấn theo kế hoạch của địa phương và báo ngay cho lực lượng "
    "Cảnh sát phòng cháy, chữa cháy khi phát hiện cháy, nổ hoặc nguy cơ trực tiếp phát sinh cháy, nổ"
)

DECREE: Sequence[tuple[str, str]] = (
    ("title", "NGHỊ ĐỊNH"),
    ("title", "Quy định về trạm sạc trong nhà để xe"),
    ("body", "Căn cứ Luật Tổ chức Chính phủ ngày 18 tháng 02 năm 2025;"),
    ("body", "Căn cứ Luật Phòng cháy, chữa cháy và cứu nạn, cứu hộ ngày 29 tháng 11 năm 2024;"),
    ("body", "Chính phủ ban hành Nghị định quy định về trạm sạc trong nhà để xe."),
    ("title", "Chương I"),
    ("title", "QUY ĐỊNH CHUNG"),
    ("bold", "Điều 1. Phạm vi điều chỉnh"),
    ("body", f"Nghị định này quy định về trạm sạc trong nhà để xe. {LONG}."),
    ("bold", "Điều 2. Đối tượng áp dụng"),
    ("body", f"1. {LONG}."),
    ("body", "2. Chủ đầu tư phải bảo đảm:"),
    ("body", "a) Khoảng cách giữa hai trụ sạc không nhỏ hơn 1,5 m;"),
    ("body", f"b) {LONG};"),
    ("body", "c) Có bình chữa cháy cách trụ sạc không quá 15 m theo quy định tại khoản 1 Điều này;"),
    ("body", "d) Ngắt điện được từ bên ngoài;"),
    ("body", "đ) Có biển báo."),
    ("title", "Chương II"),
    ("title", "ĐIỀU KIỆN AN TOÀN"),
    ("bold", "Điều 3. Điều kiện của nhà để xe có trạm sạc và trách nhiệm của người đứng đầu cơ sở trong việc bảo đảm "
     "an toàn"),
    ("body", f"1. {LONG}, trong phạm vi quy định tại Điều 2 Nghị định này. {LONG}."),
    ("body", f"2. {LONG}. {LONG}."),
    ("body", f"3. {LONG}. {LONG}."),
    ("bold", "Điều 4. Kiểm tra"),
    ("body", f"{LONG}. {LONG}."),
    ("bold", "Điều 5. Hiệu lực thi hành"),
    ("body", "1. Nghị định này có hiệu lực thi hành từ ngày 01 tháng 02 năm 2027."),
    ("body", "2. Nghị định số 144/2021/NĐ-CP ngày 31 tháng 12 năm 2021 của Chính phủ hết hiệu lực kể từ ngày Nghị định "
     "này có hiệu lực thi hành."),
    ("body", "3. Bãi bỏ khoản 2 Điều 7 Nghị định số 106/2025/NĐ-CP ngày 15 tháng 5 năm 2025 của Chính phủ."),
)  # fmt: skip

PLAN_TABLE = (
    ("STT", "Nội dung", "Thời gian", "Đơn vị"),
    ("1", "Diễn tập thoát nạn tại khu dân cư số 3", "Tháng 3", "Công an phường"),
    ("2", "Kiểm tra 120 nhà trọ", "Tháng 6", "Tổ dân phố"),
)


def _fonts() -> None:
    pdfmetrics.registerFont(TTFont("Roboto", Roboto))
    pdfmetrics.registerFont(TTFont("Roboto-Bold", RobotoBold))


def _style(kind: str) -> ParagraphStyle:
    bold = "Roboto-Bold" if kind in {"title", "bold"} else "Roboto"
    return ParagraphStyle(
        kind,
        fontName=bold,
        fontSize=13,
        leading=19,
        alignment=TA_CENTER if kind in {"title", "centre"} else TA_JUSTIFY,
        firstLineIndent=0 if kind in {"title", "centre"} else 28,
        spaceAfter=6,
    )


def _flow(rows: Iterable[tuple[str, str]]) -> list[Flowable]:
    return [PageBreak() if kind == "break" else Paragraph(text, _style(kind)) for kind, text in rows]


def _columns(rows: Sequence[tuple[str, str]], widths: tuple[int, int] = (170, 300)) -> Table:
    centred = [[Paragraph(cell.replace("\n", "<br/>"), _style("centre")) for cell in row] for row in rows]
    return Table(centred, colWidths=widths, style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))


def pdf_of(flow: list[Flowable], *, running_head: str | None = None, password: str | None = None) -> bytes:
    """Return a PDF with page numbers, and a running head where one is given."""
    _fonts()

    def draw(canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont("Roboto", 11)
        if canvas.getPageNumber() > 1:
            canvas.drawCentredString(A4[0] / 2, A4[1] - 30, str(canvas.getPageNumber()))
        if running_head:
            canvas.drawString(60, 30, running_head)

    out = io.BytesIO()
    encryption = StandardEncryption(password) if password else None
    template = SimpleDocTemplate(out, pagesize=A4, topMargin=56, bottomMargin=56, encrypt=encryption, invariant=1)
    template.build(flow, onFirstPage=draw, onLaterPages=draw)
    return out.getvalue()


def decree_pdf(rows: Sequence[tuple[str, str]] = DECREE, number: str = "123/2026/NĐ-CP") -> bytes:
    """Return a decree over several pages with the two-column head, page numbers and the signature in two columns."""
    _fonts()
    head = _columns([("CHÍNH PHỦ", f"{NATION}\n{MOTTO}"), (f"Số: {number}", "Hà Nội, ngày 15 tháng 12 năm 2026")])
    foot = _columns(
        [("Nơi nhận:\n- Ban Bí thư Trung ương Đảng;\n- Lưu: VT, CN (2).",
          "TM. CHÍNH PHỦ\nKT. THỦ TƯỚNG\nPHÓ THỦ TƯỚNG"),
         ("", "Nguyễn Văn Mẫu")], (200, 270)
    )  # fmt: skip
    return pdf_of([head, *_flow(rows), Spacer(1, 12), foot], running_head="Bản lưu hành nội bộ của Văn phòng")


def locked_pdf() -> bytes:
    """Return a PDF that opens with a password only."""
    _fonts()
    return pdf_of(_flow(DECREE), password="secret")


def decree_pdf_binary() -> bytes:
    """Return a PDF whose page is deflated without the text armour that reportlab puts around it by default."""
    out = io.BytesIO()
    content = zlib.compress(b"BT ET " * 1000)
    head = b"%PDF-1.4\n1 0 obj\n<< /Length " + str(len(content)).encode() + b" /Filter /FlateDecode >>\nstream\n"
    out.write(head + content + b"\nendstream\nendobj\n")
    return out.getvalue()


def letter_pdf() -> bytes:
    """Return a letter drawn word for word: columns at uneven heights, a line set across, no first-line indent."""
    _fonts()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)

    def centred(x: int, y: int, text: str, size: int = 12) -> None:
        canvas.setFont("Roboto", size)
        canvas.drawCentredString(x, A4[1] - y, text)

    for x, y, text in (
        (150, 60, "UỶ BAN NHÂN DÂN"), (150, 76, "THÀNH PHỐ HỒ CHÍ MINH"), (150, 106, "Số: 2166/UBND-NCPC"),
        (400, 62, NATION), (400, 79, MOTTO), (400, 110, "Thành phố Hồ Chí Minh, ngày 09 tháng 3 năm 2026"),
        (150, 124, "V/v tăng cường công tác phòng cháy, chữa"), (150, 138, "cháy tại chung cư"),
        (300, 180, "Kính gửi: Ủy ban nhân dân các phường, xã, đặc khu."), (420, 498, "KT. CHỦ TỊCH"),
        (420, 515, "PHÓ CHỦ TỊCH"), (420, 570, "Nguyễn Văn Mẫu"), (95, 500, "Nơi nhận:"), (95, 514, "- Như trên;"),
        (90, 528, "- Lưu: VT."),
    ):  # fmt: skip
        centred(x, y, text)
    y = 210
    for text in (f"1. {LONG} theo Điều 5. Ngoài ra không có gì thêm.", f"a) {LONG};", "b) Báo cáo."):
        line = ""
        for word in f"{text} ".split(" "):
            if canvas.stringWidth(f"{line} {word}", "Roboto", 12) > 460 or not word:
                canvas.drawString(70, A4[1] - y, line.strip())
                line, y = "", y + 17
            line += f" {word}"
    canvas.rotate(90)
    canvas.drawString(300, -30, "Chữ chìm của trang đăng lại * Tel: 000 * www.example.invalid")
    canvas.save()
    return out.getvalue()


def annex_pdf() -> bytes:
    """Return a decision with an annex that holds a table running over two pages."""
    _fonts()
    table = [
        ["STT", "Loại nhà", "Số bình chữa cháy"],
        *([str(n), f"Nhà kiểu {n}", f"{n + 1} bình"] for n in range(1, 61)),
    ]
    cells = [[Paragraph(cell, _style("centre")) for cell in row] for row in table]
    grid = Table(
        cells, colWidths=(50, 220, 150), repeatRows=1, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    )
    head = _columns(
        [("ỦY BAN NHÂN DÂN\nTỈNH NINH BÌNH", f"{NATION}\n{MOTTO}"),
         ("Số: 45/2026/QĐ-UBND", "Ninh Bình, ngày 02 tháng 3 năm 2026")]
    )  # fmt: skip
    rows = [
        ("title", "QUYẾT ĐỊNH"),
        ("title", "Ban hành định mức bình chữa cháy"),
        ("body", "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;"),
        ("title", "QUYẾT ĐỊNH:"),
        ("body", f"Điều 1. Ban hành kèm theo Quyết định này định mức bình chữa cháy. {LONG}."),
        ("body", "Điều 2. Quyết định này có hiệu lực thi hành kể từ ngày ký."),
    ]
    foot = _columns(
        [("Nơi nhận:\n- Như Điều 2;\n- Lưu: VT.", "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH"), ("", "Trần Thị Mẫu")], (200, 270)
    )
    annex = [("break", ""), ("title", "PHỤ LỤC I"), ("title", "ĐỊNH MỨC BÌNH CHỮA CHÁY"),
             ("centre", "(Kèm theo Quyết định số 45/2026/QĐ-UBND)")]  # fmt: skip
    return pdf_of([head, *_flow(rows), foot, *_flow(annex), grid, *_flow([("body", f"Ghi chú: {LONG}.")])])


def _picture() -> bytes:
    """Return a PNG of one white point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\x00\xff")) + chunk(b"IEND", b"")
    )


def scanned_pdf(pages: int = 2) -> bytes:
    """Return a PDF whose pages are pictures."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for _ in range(pages):
        canvas.drawImage(ImageReader(io.BytesIO(_picture())), 0, 0, A4[0], A4[1])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def old_font_pdf(text: str = "NOI QUY PHONG CHAY CHUA CHAY CUA CO SO") -> bytes:
    """Return a PDF whose font is named .VnTimeRegular, as TCVN3 fonts are (written over the name of Roboto)."""
    _fonts()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, pageCompression=0)
    canvas.setFont("Roboto", 12)
    for row in range(20):
        canvas.drawString(60, 780 - 20 * row, text)
    canvas.save()
    return out.getvalue().replace(b"Roboto-Regular", b".VnTimeRegular")


def plan_docx() -> bytes:
    """Return a plan of a ward: head and signature in tables, Roman headings, automatic numbers, a table."""
    word = docx.Document()
    head = word.add_table(rows=1, cols=2)
    left, right = head.rows[0].cells
    left.text = "ỦY BAN NHÂN DÂN\nPHƯỜNG HOA SEN\n-------\nSố: 88/KH-UBND"
    right.text = f"{NATION}\n{MOTTO}\n---------------\nHoa Sen, ngày 05 tháng 01 năm 2026"
    for text in ("KẾ HOẠCH", "Bảo đảm an toàn phòng cháy, chữa cháy năm 2026", "-------"):
        word.add_paragraph().add_run(text).bold = True
    word.add_paragraph(
        "Thực hiện Kế hoạch số 12/KH-UBND ngày 02/01/2026 của Ủy ban nhân dân thành phố, Ủy ban nhân dân phường "
        "xây dựng kế hoạch như sau:"
    )
    word.add_paragraph().add_run("I. MỤC ĐÍCH, YÊU CẦU").bold = True
    word.add_paragraph().add_run("1. Mục đích").bold = True
    word.add_paragraph(f"- {LONG}.")
    word.add_paragraph("- Giảm 10% số vụ cháy so với năm 2025.")
    word.add_paragraph().add_run("2. Yêu cầu").bold = True
    word.add_paragraph(f"{LONG}.")
    word.add_paragraph().add_run("II. NỘI DUNG").bold = True
    word.add_paragraph("Các việc phải làm:")
    word.add_paragraph("Lập tổ liên gia.", style="List Number")
    word.add_paragraph("Mở điểm chữa cháy công cộng.", style="List Number")
    grid = word.add_table(rows=0, cols=4)
    for row in PLAN_TABLE:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    word.add_paragraph().add_run("III. TỔ CHỨC THỰC HIỆN").bold = True
    word.add_paragraph("1. Công an phường chủ trì, theo dõi việc thực hiện kế hoạch này.")
    word.add_paragraph("2. Các tổ dân phố báo cáo trước ngày 15/11/2026./.")
    foot = word.add_table(rows=1, cols=2)
    foot.rows[0].cells[0].text = "Nơi nhận:\n- UBND thành phố (b/c);\n- Lưu: VT."
    foot.rows[0].cells[1].text = "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\n\n\nNguyễn Văn An"
    word.sections[0].footer.paragraphs[0].text = "Trang 1"
    return saved(word)


def old_font_docx(font: str = ".VnTime") -> bytes:
    """Return a Word file typed in TCVN3."""
    word = docx.Document()
    run = word.add_paragraph().add_run(
        "Céng hßa x· héi chñ nghÜa ViÖt Nam. §iÒu 1. Ph¹m vi ®iÒu chØnh cña NghÞ ®Þnh nµy " * 3
    )
    run.font.name = font
    run.font.size = Pt(13)
    return saved(word)


def saved(word: docx.document.Document) -> bytes:
    """Return the bytes of a Word document."""
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def portal_html(body: str) -> bytes:
    """Return a page of a portal with menus, counters, sharing and related news around `body`."""
    links = "".join(f'<li><a href="/{n}">Chuyên mục số {n}</a></li>' for n in range(8))
    news = "".join(
        f'<div class="item"><a href="/tin/{n}">Phường {n} tổ chức hội thao chào mừng ngày lễ lớn của đất nước</a>'
        f"<p>Sáng ngày {n}/11, hội thao đã diễn ra sôi nổi với sự tham gia của đông đảo người dân.</p></div>"
        for n in range(1, 5)
    )
    return f"""<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Kế hoạch mới - Cổng thông tin</title>
<style>p {{ color: red }}</style><script>document.write("ĐỪNG ĐỌC TÔI")</script></head><body>
<a class="skip-link" href="#x">Truy cập nội dung luôn</a>
<div id="header"><img src="http://example.invalid/x.png"><div class="menu"><ul>{links}</ul></div></div>
<div class="breadcrumb">Trang chủ » Văn bản</div>
<div class="wrapper"><div class="row"><div class="col-9 content">
<h1>Phường Hoa Sen bảo đảm an toàn cháy dịp Tết</h1>
<div class="info">Ngày đăng 08/01/2026 | 10:00 | Lượt xem: 45</div>
<div class="share"><button>Chia sẻ</button><a href="#">Facebook</a></div>
{body}
<div class="tin-lien-quan"><h3>Tin liên quan</h3>{news}</div>
</div><div class="col-3 sidebar"><h4>Bình chọn</h4><p>Khả năng đáp ứng thông tin của cổng?</p><ul>{links}</ul></div>
</div></div>
<div class="footer">Bản quyền thuộc về UBND phường. Điện thoại: 024.00000000</div></body></html>""".encode()


PORTAL_ARTICLE = (
    f"<p>Ngày 05/01/2026, UBND phường Hoa Sen đã ban hành kế hoạch bảo đảm an toàn. {LONG}.</p>"
    f"<p>{LONG.replace('Cơ quan', 'Mỗi tổ dân phố')}; theo phương châm <b>“4 tại chỗ”</b>.</p>"
    '<p class="caption">Diễn tập tại phường (Ảnh: Công an phường)</p>'
    f"<p>Diện tích mỗi điểm không nhỏ hơn 20 m<sup>2</sup>. {LONG.replace('Cơ quan', 'Công an phường')}.</p>"
)

PORTAL_DOCUMENT = f"""<div class="doc"><table><tr><td><p>BỘ CÔNG AN</p><p>Số: 77/2026/TT-BCA</p></td>
<td><p>{NATION}</p><p>{MOTTO}</p><p><i>Hà Nội, ngày 10 tháng 4 năm 2026</i></p></td></tr></table>
<p align="center"><b>THÔNG TƯ</b></p><p align="center"><b>Quy định về trang bị bình chữa cháy tại nhà ở</b></p>
<p>Căn cứ <a href="/luat">Luật Phòng cháy, chữa cháy và cứu nạn, cứu hộ ngày 29 tháng 11 năm 2024</a>;</p>
<p><b>Điều 1. Phạm vi điều chỉnh</b></p><p>{LONG}.</p>
<p><b>Điều 2. Trang bị</b></p><p>1. {LONG}:</p><p>a) Nhà ở: 01 bình;</p><p>b) Nhà trọ: 02 bình.</p>
<table border="1"><tr><th>Loại</th><th>Số bình</th></tr><tr><td>Nhà ở</td><td>01</td></tr>
<tr><td>Nhà trọ</td><td>02</td></tr></table>
<p>2. {LONG}.</p>
<p><b>Điều 4. Hiệu lực thi hành</b></p>
<p>Thông tư này có hiệu lực thi hành kể từ ngày 01/6/2026, trừ khoản 2 Điều 2.</p>
<table><tr><td><p>Nơi nhận:</p><p>- Công báo;</p><p>- Lưu: VT.</p></td>
<td><p>KT. BỘ TRƯỞNG</p><p>THỨ TRƯỞNG</p><p>(Đã ký)</p><p>Đại tướng Lê Văn Mẫu</p></td></tr></table></div>"""
