"""A document that is registered already: refused, and taken as an update when asked for."""

from pathlib import Path

from tests.knowledge.ingestion import samples
from tests.knowledge.ingestion.conftest import Clerk

PARAGRAPHS = [f"{samples.LONG.replace('Cơ quan', f'Đơn vị số {n}')} theo nội dung thứ {n}." for n in range(1, 7)]

REGISTERED = """---
id: kh-2024-hoa-sen
number: null
type: Kế hoạch
title: Kế hoạch của phường Hoa Sen
names: [kế hoạch hoa sen]
issuer: Ủy ban nhân dân phường Hoa Sen
places: [Phường Hoa Sen]
issued: "2024"
status: historical
status_note: kế hoạch năm 2024
checked_on: 2026-01-01
trust: verbatim
note: >-
  Dòng ghi chú thứ nhất.
  Dòng thứ hai.
---
## Mở đầu do người nhập đặt {{#mo-dau}}
{{locator: "đoạn đầu"}}

{}

{}

## Nhiệm vụ do người nhập đặt {{#nhiem-vu}}
{{locator: "nhiệm vụ"}}

{}

{}

{}

{}
""".format(*PARAGRAPHS)


def register(clerk: Clerk) -> Path:
    path = clerk.folder / "documents" / "kh-2024-hoa-sen.md"
    path.write_text(REGISTERED, encoding="utf-8")
    return path


def changed(text: str) -> list[str]:
    """The lines that a difference adds or removes."""
    rows = text.split("\n")
    return [row for row in rows if row[:1] in {"+", "-"} and not row.startswith(("+++", "---")) and len(row) > 1]


def test_nearly_the_same_text_is_refused(clerk: Clerk) -> None:
    register(clerk)
    text = "\n".join(PARAGRAPHS).replace("thứ 3", "số ba")
    assert clerk.ingest("ke-hoach.txt", text.encode()) == 1
    assert "Văn bản đã đăng ký: kh-2024-hoa-sen" in clerk.printed
    assert "--update" in clerk.printed
    assert any(row.startswith("+") and "số ba" in row for row in changed(clerk.printed))
    assert clerk.drafts() == []


def test_an_update_differs_by_its_wording_only(clerk: Clerk) -> None:
    register(clerk)
    new = [*PARAGRAPHS[:2], PARAGRAPHS[2].replace("thứ 3", "số ba"), *PARAGRAPHS[3:], "Đoạn mới ở cuối văn bản này."]
    assert clerk.ingest("ke-hoach.txt", "\n".join(new).encode(), update=True) == 0
    rows = changed(clerk.printed)
    assert [row[:60] for row in rows if row.startswith("-")] == [
        "-status: historical",
        "-checked_on: 2026-01-01",
        f"-{PARAGRAPHS[2]}"[:60],
    ]
    added = [row for row in rows if row.startswith("+")]
    assert "+status: unverified" in added
    assert "+Đoạn mới ở cuối văn bản này." in added
    assert len(added) == 7
    draft = clerk.draft("kh-2024-hoa-sen")
    assert draft.names == ("kế hoạch hoa sen",)
    assert [section.anchor for section in draft.sections] == ["mo-dau", "nhiem-vu"]
    assert [len(section.paragraphs) for section in draft.sections] == [2, 5]
    assert (draft.note or "").startswith("Dòng ghi chú thứ nhất. Dòng thứ hai. Nhập từ tệp ke-hoach.txt")


def test_an_update_without_news_says_so(clerk: Clerk) -> None:
    register(clerk)
    assert clerk.ingest("ke-hoach.txt", "\n".join(PARAGRAPHS).encode(), update=True) == 0
    assert "Lời văn không khác bản đăng ký" in clerk.printed


def test_the_same_number_is_refused(clerk: Clerk) -> None:
    assert clerk.ingest("a.pdf", samples.decree_pdf(number="106/2025/NĐ-CP")) == 1
    assert "Văn bản đã đăng ký: nd-106-2025 (Nghị định 106/2025/NĐ-CP; cùng số hiệu 106/2025/NĐ-CP)" in clerk.printed


def test_full_text_in_place_of_a_summary(clerk: Clerk) -> None:
    assert clerk.ingest("a.pdf", samples.decree_pdf(number="106/2025/NĐ-CP"), update=True) == 0
    draft = clerk.draft("nd-106-2025")
    assert draft.title == "Xử phạt về phòng cháy"
    assert draft.passage("dieu-2-k2-a") is not None
    assert "Bản đăng ký viết bằng lời tóm lược" in clerk.printed
    assert "dieu-27-k4" in clerk.printed
    assert "Ngày ban hành trong tệp là “15/12/2026”, bản đăng ký ghi “15/05/2025”" in clerk.printed


def test_a_number_without_a_year_comes_again_every_year(clerk: Clerk) -> None:
    path = register(clerk)
    text = REGISTERED.replace("number: null", "number: 88/KH-UBND")
    path.write_text(text, encoding="utf-8")
    assert clerk.ingest("ke-hoach.docx", samples.plan_docx()) == 0
    assert clerk.drafts() == ["kh-88-2026-hoa-sen.md"]
    path.write_text(text.replace('"2024"', '"2026"'), encoding="utf-8")
    assert clerk.ingest("ke-hoach.docx", samples.plan_docx(), replace=True) == 1
    assert "cùng số hiệu 88/KH-UBND" in clerk.printed


def test_like_text_under_another_number_is_reported(clerk: Clerk) -> None:
    path = register(clerk)
    path.write_text(REGISTERED.replace("number: null", "number: 7/KH-UBND"), encoding="utf-8")
    head = "UBND PHƯỜNG A\nSố: 9/KH-UBND\nPhường A, ngày 1 tháng 2 năm 2026\nKẾ HOẠCH\nBảo đảm an toàn\n"
    assert clerk.ingest("ke-hoach.txt", (head + "\n".join(PARAGRAPHS)).encode()) == 0
    assert "Lời văn giống 100% với kh-2024-hoa-sen" in clerk.printed
