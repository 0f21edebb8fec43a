"""Files that are not taken: one clear message each, which names the file and what to do, and no draft."""

import io
import zipfile
from collections.abc import Callable

import pytest

from knowledge.ingestion import kinds, reading_pdf
from knowledge.ingestion.command import run
from tests.knowledge.ingestion import samples
from tests.knowledge.ingestion.conftest import TODAY, Clerk

TCVN3 = (
    "Céng hßa x· héi chñ nghÜa ViÖt Nam\n§iÒu 1. Ph¹m vi ®iÒu chØnh cña NghÞ ®Þnh nµy vÒ phßng ch¸y, ch÷a ch¸y.\n" * 3
)
VNI = (
    "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam\nÑieàu 1. Phaïm vi ñieàu chænh cuûa Nghò ñònh naøy veà phoøng chaùy.\n"
    * 3
)
VISCII_LIKE = "Cµng hòa xã hµi chü nghîa Vi®t Nam ñ¶c læp tñ do hÕnh phúc phòng cháy chæa cháy ngß¶i dân cõa\n" * 3


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b" " * (kinds.LARGEST_PART + 1))
    return out.getvalue()


def other_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("xl/workbook.xml", b"<a/>")
    return out.getvalue()


def broken_word() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("word/document.xml", b"<not closed")
    return out.getvalue()


ENTITIES = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>&b;</w:body></w:document>'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600

REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "scan": ("quet.pdf", samples.scanned_pdf, "ảnh chụp hoặc bản quét"),
    "font in pdf": ("phong.pdf", samples.old_font_pdf, "TCVN3"),
    "font in word": ("phong.docx", samples.old_font_docx, "TCVN3"),
    "VNI font in word": ("phong.docx", lambda: samples.old_font_docx("VNI-Times"), "VNI"),
    "letters in word": ("chu.docx", lambda: samples.old_font_docx("Times New Roman"), "TCVN3"),
    "letters in utf-8": ("chu.txt", TCVN3.encode, "TCVN3"),
    "TCVN3 bytes": ("chu.txt", lambda: TCVN3.encode("latin-1"), "TCVN3"),
    "VNI bytes": ("chu.txt", lambda: VNI.encode("latin-1"), "VNI"),
    "VNI in utf-8": ("chu.txt", VNI.encode, "VNI"),
    "VISCII or VPS": ("chu.txt", lambda: VISCII_LIKE.encode("latin-1"), "bảng mã cũ"),
    "TCVN3 in html": ("chu.html", lambda: f"<html><body><p>{TCVN3}</p></body></html>".encode("latin-1"), "TCVN3"),
    "noise": ("rac.txt", lambda: bytes(range(128, 256)) * 40, "Hãy chuyển sang Unicode"),
    "binary": ("rac.txt", lambda: bytes(range(256)) * 40, "Tệp không phải văn bản"),
    "empty": ("rong.txt", lambda: b"", "Tệp rỗng"),
    "blank": ("rong.txt", lambda: b" \n\t\n", "Tệp rỗng"),
    "no words": ("rong.md", lambda: b"1. 2. 3.", "hầu như không có chữ"),
    "unknown": ("bang.xlsx", lambda: b"PK\x03\x04", "Không nhận loại tệp .xlsx"),
    "old word": ("cu.doc", lambda: OLE, "Không nhận loại tệp .doc"),
    "old word named docx": ("cu.docx", lambda: OLE, "Word đời cũ"),
    "locked word": ("khoa.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "mật khẩu"),
    "locked pdf": ("khoa.pdf", samples.locked_pdf, "mật khẩu"),
    "pdf named docx": ("lech.docx", lambda: samples.decree_pdf()[:4000], "Đuôi tệp là .docx nhưng bên trong là PDF"),
    "word named pdf": ("lech.pdf", samples.plan_docx, "Đuôi tệp là .pdf nhưng bên trong là Word"),
    "html named txt": ("lech.txt", lambda: samples.portal_html("<p>a</p>"), "bên trong là trang web"),
    "picture named pdf": ("lech.pdf", lambda: b"\x89PNG\r\n\x1a\n" + b"0" * 99, "ảnh PNG"),
    "text named html": ("lech.html", samples.LONG.encode, "không phải loại đó"),
    "deep html": ("sau.html", lambda: b"<html><body>" + b"<div>" * 3000 + samples.LONG.encode(), "lồng nhau quá sâu"),
    "other archive": ("lech.docx", other_archive, "không phải văn bản Word"),
    "zip bomb": ("bom.docx", bomb, "bung ra lớn bất thường"),
    "broken pdf": ("hong.pdf", lambda: b"%PDF-1.4\nxref nothing", "Tệp hỏng"),
    "cut pdf": ("hong.pdf", lambda: samples.decree_pdf()[:900], "Tệp hỏng"),
    "broken word": ("hong.docx", broken_word, "Tệp hỏng"),
    "cut word": ("hong.docx", lambda: samples.plan_docx()[:3000], "Tệp hỏng"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_taken(clerk: Clerk, case: str) -> None:
    name, make, said = REFUSED[case]
    assert clerk.ingest(name, make()) == 1
    assert clerk.printed.startswith(f"KHÔNG NHẬP {name}: "), clerk.printed
    assert said in clerk.printed
    assert clerk.printed.count("\n") == 1
    assert clerk.drafts() == []


def test_entities_in_word_are_not_expanded(clerk: Clerk) -> None:
    source, out = io.BytesIO(samples.plan_docx()), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, ENTITIES if entry == "word/document.xml" else old.read(entry))
    assert clerk.ingest("thuc-the.docx", out.getvalue()) == 1
    assert clerk.drafts() == []


def test_a_large_file(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "LARGEST_FILE", 1000)
    assert clerk.ingest("to.txt", b"a" * 1001) == 1
    assert "lớn hơn 30 MB" in clerk.printed


def test_too_many_pages(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_pdf, "MOST_PAGES", 2)
    assert clerk.ingest("dai.pdf", samples.decree_pdf()) == 1
    assert "hơn 2 trang" in clerk.printed


def test_a_pdf_whose_page_inflates_beyond_measure(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "LARGEST_STREAM", 500)
    assert clerk.ingest("bom.pdf", samples.decree_pdf_binary()) == 1
    assert "bung ra lớn bất thường" in clerk.printed


def test_a_missing_file_does_not_stop_the_next(clerk: Clerk) -> None:
    there = clerk.desk / "co.txt"
    there.write_text(samples.LONG, encoding="utf-8")
    out = io.StringIO()
    paths = [clerk.desk / "khong-co.txt", there]
    assert run(paths, today=TODAY, by="An", data_dir=clerk.data, folder=clerk.folder, out=out) == 1
    assert "KHÔNG NHẬP khong-co.txt: Không có tệp này." in out.getvalue()
    assert len(clerk.drafts()) == 1


def test_proper_text_in_an_old_font_is_taken(clerk: Clerk) -> None:
    """A font of that name may have been made for Unicode: the letters decide."""
    clerk.ingest("phong.pdf", samples.old_font_pdf(f"{samples.LONG[:70]} được quy định tại nghị định"))
    assert "KHÔNG NHẬP" not in clerk.printed


def test_a_draft_is_not_overwritten_unless_asked(clerk: Clerk) -> None:
    assert clerk.ingest("a.pdf", samples.decree_pdf()) == 0
    before = clerk.text("nd-123-2026")
    assert clerk.ingest("b.pdf", samples.decree_pdf(), by="Chi") == 1
    assert "Đã có bản nháp nd-123-2026" in clerk.printed
    assert clerk.text("nd-123-2026") == before
    assert clerk.ingest("b.pdf", samples.decree_pdf(), by="Chi", replace=True) == 0
    assert "# Người nhập: Chi" in clerk.text("nd-123-2026")
