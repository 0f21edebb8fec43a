"""Whole files as offices send them, from their bytes to a draft that loads."""

import unicodedata
from collections.abc import Callable
from datetime import date

import docx
import pytest

from knowledge.documents import Document, Status
from knowledge.trust import Trust
from tests.knowledge.ingestion import samples
from tests.knowledge.ingestion.conftest import TODAY, Clerk

Lookup = Callable[[Document, str], str]

HEAD = (
    "UBND TỈNH NINH BÌNH\nSỞ XÂY DỰNG\nSố: 15/KH-SXD\n" + samples.NATION + "\n" + samples.MOTTO + "\n"
    "Ninh Bình, ngày 03 tháng 3 năm 2026\nKẾ HOẠCH\nKiểm tra nhà trọ\n"
)
PLAIN = HEAD + f"I. MỤC ĐÍCH\n1. Yêu cầu chung\n{samples.LONG}.\nII. NỘI DUNG\n- {samples.LONG}.\n"


def anchors(document: Document) -> list[str]:
    return [section.anchor for section in document.sections]


def test_a_decree_in_pdf(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("nghi-dinh.pdf", samples.decree_pdf()) == 0
    draft = clerk.draft("nd-123-2026")
    assert (draft.number, draft.type, draft.issuer) == ("123/2026/NĐ-CP", "Nghị định", "Chính phủ")
    assert draft.title == "Quy định về trạm sạc trong nhà để xe"
    assert (draft.issued, draft.effective) == (date(2026, 12, 15), date(2027, 2, 1))
    assert draft.signer == "Nguyễn Văn Mẫu, Phó Thủ tướng"
    assert draft.replaces == ("nd-144-2021",)
    assert (draft.status, draft.trust, draft.checked_on) == (Status.UNVERIFIED, Trust.VERBATIM, TODAY)
    assert "106/2025/NĐ-CP (nd-106-2025)" in (draft.note or "")
    assert anchors(draft) == [
        "mo-dau", "chuong-1", "dieu-1", "dieu-2", "dieu-2-k1", "dieu-2-k2", "dieu-2-k2-a", "dieu-2-k2-b", "dieu-2-k2-c",
        "dieu-2-k2-d", "dieu-2-k2-dd", "chuong-2", "dieu-3", "dieu-3-k1", "dieu-3-k2", "dieu-3-k3", "dieu-4", "dieu-5",
        "dieu-5-k1", "dieu-5-k2", "dieu-5-k3", "noi-nhan",
    ]  # fmt: skip
    assert paragraph(draft, "dieu-2-k2-b") == f"b) {samples.LONG};"
    assert paragraph(draft, "dieu-3-k2") == f"2. {samples.LONG}. {samples.LONG}."
    assert paragraph(draft, "mo-dau").startswith("CHÍNH PHỦ Số: 123/2026/NĐ-CP CỘNG HÒA")
    assert "Văn phòng" not in clerk.text("nd-123-2026")


def test_a_letter_in_pdf(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("cong-van.pdf", samples.letter_pdf()) == 0
    draft = clerk.draft("cv-2166-2026-ncpc-ho-chi-minh")
    assert (draft.issuer, draft.issued) == ("Uỷ ban nhân dân thành phố Hồ Chí Minh", date(2026, 3, 9))
    assert draft.title == "Tăng cường công tác phòng cháy, chữa cháy tại chung cư"
    assert draft.signer == "Nguyễn Văn Mẫu, Phó Chủ tịch"
    assert draft.sections[0].paragraphs[-3:] == (
        f"1. {samples.LONG} theo Điều 5. Ngoài ra không có gì thêm.",
        f"a) {samples.LONG};",
        "b) Báo cáo.",
    )
    assert draft.sections[1].paragraphs[0] == "Nơi nhận:\n- Như trên;\n- Lưu: VT."
    assert "example.invalid" not in clerk.text("cv-2166-2026-ncpc-ho-chi-minh")
    assert "chữ xoay ngang" in clerk.printed


def test_a_wrapped_reference_opens_no_article(clerk: Clerk, paragraph: Lookup) -> None:
    clerk.ingest("nghi-dinh.pdf", samples.decree_pdf())
    text = paragraph(clerk.draft("nd-123-2026"), "dieu-3-k1")
    assert "quy định tại Điều 2 Nghị định này." in text


def test_a_plan_in_word(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("ke-hoach.docx", samples.plan_docx()) == 0
    draft = clerk.draft("kh-88-2026-hoa-sen")
    assert (draft.number, draft.type) == ("88/KH-UBND", "Kế hoạch")
    assert draft.issuer == "Ủy ban nhân dân phường Hoa Sen"
    assert draft.places == ("Phường Hoa Sen",)
    assert (draft.issued, draft.effective) == (date(2026, 1, 5), None)
    assert draft.signer == "Nguyễn Văn An, Chủ tịch"
    assert anchors(draft) == ["mo-dau", "muc-1", "muc-1-1", "muc-1-2", "muc-2", "muc-3", "noi-nhan"]
    assert [one.locator for one in draft.sections[1:4]] == ["mục I", "mục I.1", "mục I.2"]
    content = paragraph(draft, "muc-2")
    assert "1. Lập tổ liên gia." in content
    assert "2. Mở điểm chữa cháy công cộng." in content
    assert "STT: 2 | Nội dung: Kiểm tra 120 nhà trọ | Thời gian: Tháng 6 | Đơn vị: Tổ dân phố" in content
    assert "Trang 1" not in clerk.text("kh-88-2026-hoa-sen")
    assert "cần điền: ngày có hiệu lực" in clerk.printed
    assert "thực hiện 12/KH-UBND (năm 2026)" in clerk.printed


def test_a_table_and_an_annex_in_pdf(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("quyet-dinh.pdf", samples.annex_pdf()) == 0
    draft = clerk.draft("qd-45-2026-ninh-binh")
    assert draft.effective == date(2026, 3, 2)
    assert anchors(draft) == ["mo-dau", "dieu-1", "dieu-2", "noi-nhan", "phu-luc-1"]
    annex = draft.sections[-1]
    assert annex.heading == "PHỤ LỤC I. ĐỊNH MỨC BÌNH CHỮA CHÁY"
    rows = [text for text in annex.paragraphs if text.startswith("STT: ")]
    assert rows[0] == "STT: 1 | Loại nhà: Nhà kiểu 1 | Số bình chữa cháy: 2 bình"
    assert len(rows) == 60
    assert paragraph(draft, "phu-luc-1").count("STT | Loại nhà | Số bình chữa cháy") == 1
    assert annex.paragraphs[-1] == f"Ghi chú: {samples.LONG}."


def test_an_article_on_a_portal(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("tin.html", samples.portal_html(samples.PORTAL_ARTICLE)) == 0
    (name,) = clerk.drafts()
    text = clerk.text(name.removesuffix(".md"))
    assert "title: Phường Hoa Sen bảo đảm an toàn cháy dịp Tết" in text
    assert "theo phương châm “4 tại chỗ”." in text
    assert "không nhỏ hơn 20 m²." in text
    for dropped in (
        "Chuyên mục",
        "Tin liên quan",
        "hội thao",
        "Bình chọn",
        "Bản quyền",
        "Lượt xem",
        "ĐỪNG ĐỌC",
        "Chia sẻ",
    ):
        assert dropped not in text
    assert "Ảnh: Công an phường" not in text
    assert "loại văn bản (bắt buộc)" in clerk.printed
    assert "Tin liên quan" in clerk.printed


def test_a_circular_on_a_portal(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("thong-tu.html", samples.portal_html(samples.PORTAL_DOCUMENT)) == 0
    draft = clerk.draft("tt-77-2026-tt-bca")
    assert (draft.issuer, draft.title) == ("Bộ Công an", "Quy định về trang bị bình chữa cháy tại nhà ở")
    assert draft.effective == date(2026, 6, 1)
    assert draft.signer == "Đại tướng Lê Văn Mẫu, Thứ trưởng"
    assert "Hiệu lực có ngoại lệ" in clerk.printed
    assert "Điều 2 rồi đến Điều 4" in clerk.printed
    assert "Căn cứ Luật Phòng cháy, chữa cháy" in clerk.text("tt-77-2026-tt-bca")
    assert (
        paragraph(draft, "dieu-2-k1-b")
        == "b) Nhà trọ: 02 bình.\nLoại | Số bình\nLoại: Nhà ở | Số bình: 01\nLoại: Nhà trọ | Số bình: 02"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["van-ban.txt", "van-ban.md"])
def test_text_in_the_encodings_of_unicode(clerk: Clerk, paragraph: Lookup, name: str, encoding: str) -> None:
    assert clerk.ingest(name, PLAIN.encode(encoding)) == 0, clerk.printed
    draft = clerk.draft("kh-15-2026-sxd")
    assert draft.issuer == "Sở Xây dựng, UBND tỉnh Ninh Bình"
    assert anchors(draft) == ["mo-dau", "muc-1", "muc-1-1", "muc-2"]
    assert paragraph(draft, "muc-1-1") == f"{samples.LONG}."


def test_text_in_windows_1258(clerk: Clerk, paragraph: Lookup) -> None:
    assert clerk.ingest("van-ban.txt", in_cp1258(PLAIN)) == 0, clerk.printed
    assert paragraph(clerk.draft("kh-15-2026-sxd"), "muc-1-1") == f"{samples.LONG}."


def test_wrapped_text_is_put_together(clerk: Clerk, paragraph: Lookup) -> None:
    words, lines, line = samples.LONG.split(), [], ""
    for word in words:
        if len(line) + len(word) > 70:
            lines.append(line.strip())
            line = ""
        line += f"{word} "
    wrapped = HEAD + "I. MỤC ĐÍCH\n\n" + "\n".join([*lines, f"{line.strip()}.\n"])
    clerk.ingest("van-ban.txt", (wrapped + wrapped.split("I. MỤC ĐÍCH")[1].replace("Cơ quan", "\nMọi")).encode())
    draft = clerk.draft("kh-15-2026-sxd")
    assert draft.sections[1].paragraphs == (f"{samples.LONG}.", f"{samples.LONG}.".replace("Cơ quan", "Mọi"))


def test_markdown_headings_and_tables(clerk: Clerk, paragraph: Lookup) -> None:
    text = f"# An toàn nhà trọ\n\n{samples.LONG}.\n\n## Bình chữa cháy\n\n| Nhà | Bình |\n|---|---|\n| Trọ | 2 |\n"
    clerk.ingest("bai.md", text.encode())
    (name,) = clerk.drafts()
    written = clerk.text(name.removesuffix(".md"))
    assert "## An toàn nhà trọ {#an-toan-nha-tro}" in written
    assert "Nhà: Trọ | Bình: 2" in written


def test_revisions_and_content_controls_of_word_are_read(clerk: Clerk) -> None:
    word = docx.Document()
    word.add_paragraph(f"{samples.LONG}.")
    added = word.add_paragraph("Phạt ")
    run = added.add_run("500.000 đồng")
    mark = added._p.makeelement(f"{{{run._r.nsmap['w']}}}ins", {})
    added._p.append(mark)
    mark.append(run._r)
    clerk.ingest("sua.docx", samples.saved(word))
    (name,) = clerk.drafts()
    assert "Phạt 500.000 đồng" in clerk.text(name.removesuffix(".md"))
    assert "dấu vết sửa đổi" in clerk.printed


def in_cp1258(text: str) -> bytes:
    """Encode as Windows-1258 does: tones that have no letter of their own follow it as marks."""
    out = b""
    for char in text:
        try:
            out += char.encode("cp1258")
        except UnicodeEncodeError:
            base, tone = unicodedata.normalize("NFD", char)[:-1], unicodedata.normalize("NFD", char)[-1]
            if tone not in "\u0300\u0301\u0303\u0309\u0323":  # ậ: circumflex after the dot
                parts = unicodedata.normalize("NFD", char)
                base, tone = parts[0] + parts[2], parts[1]
            out += unicodedata.normalize("NFC", base).encode("cp1258") + tone.encode("cp1258")
    return out
