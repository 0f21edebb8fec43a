"""The head, the clauses, the signature and the structure of documents, from lines of text."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import Document, read_documents
from knowledge.ingestion.blocks import Paragraph
from knowledge.ingestion.clauses import effect_of, relations_of
from knowledge.ingestion.gaps import numbering_faults
from knowledge.ingestion.header import Head, read_head
from knowledge.ingestion.joining import glued, goes_on
from knowledge.ingestion.naming import in_small_letters
from knowledge.ingestion.numbers import document_id, mentions, number_key
from knowledge.ingestion.parts import Part
from knowledge.ingestion.signature import find_signature
from knowledge.ingestion.structure import split
from tests.small_knowledge import write_knowledge


def head_of(text: str) -> Head:
    return read_head([Paragraph(text=line) for line in text.strip().split("\n")])


def parts_of(text: str) -> tuple[Part, ...]:
    return split([Paragraph(text=line) for line in text.strip().split("\n")], 0, None)


def anchors(text: str) -> list[str]:
    return [part.anchor for part in parts_of(text)]


@pytest.fixture
def documents(tmp_path: Path) -> Mapping[str, Document]:
    write_knowledge(tmp_path)
    return read_documents(tmp_path / "documents")[0]


def test_head_and_nation_on_one_line() -> None:
    head = head_of("""
CHÍNH PHỦ CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Số: 105/2025/NĐ-CP Hà Nội, ngày 15 tháng 5 năm 2025
NGHỊ ĐỊNH
Quy định chi tiết một số điều
Luật Phòng cháy, chữa cháy
Căn cứ Luật Tổ chức Chính phủ;""")
    assert (head.number, head.issuer, head.place) == ("105/2025/NĐ-CP", "Chính phủ", "Hà Nội")
    assert (head.issued, head.type) == (date(2025, 5, 15), "Nghị định")
    assert head.title == "Quy định chi tiết một số điều Luật Phòng cháy, chữa cháy"
    assert head.end == 6


def test_a_law() -> None:
    head = head_of(
        "QUỐC HỘI\nLuật số: 12/2026/QH16\nHà Nội, ngày 20 tháng 6 năm 2026\nLUẬT\n"
        "PHÒNG CHÁY, CHỮA CHÁY\nCăn cứ Hiến pháp;"
    )
    assert (head.type, head.number, head.title) == ("Luật", "12/2026/QH16", "Luật Phòng cháy, chữa cháy")
    assert "viết hoa toàn bộ" in " ".join(head.warnings)


def test_a_letter() -> None:
    head = head_of(
        "CÔNG AN TỈNH THANH HÓA\nSố: 99/CAT-PC07\nV/v tăng cường kiểm tra nhà trọ\n"
        "Thanh Hóa, ngày 2 tháng 3 năm 2026\nKính gửi: Công an các xã."
    )
    assert (head.type, head.title) == ("Công văn", "Tăng cường kiểm tra nhà trọ")
    assert head.issuer == "Công an tỉnh Thanh Hóa"


def test_a_document_of_the_party() -> None:
    head = head_of(
        "ĐẢNG BỘ TỈNH TRÀ VINH\nĐẢNG ỦY KHỐI\nĐẢNG CỘNG SẢN VIỆT NAM\n"
        "Trà Vinh, ngày 01 tháng 11 năm 2021\nSố 37-KH/ĐUK\nKẾ HOẠCH\n"
        "thực hiện Kết luận số 02-KL/TW"
    )
    assert (head.number, head.issuer) == ("37-KH/ĐUK", "Đảng ủy khối, Đảng bộ tỉnh Trà Vinh")


def test_blanks_of_a_proposal_are_not_filled() -> None:
    head = head_of(
        "BỘ CÔNG AN\nSố:      /2026/TT-BCA\nHà Nội, ngày      tháng 5 năm 2026\nTHÔNG TƯ\n"
        "Quy định về bình chữa cháy\nCăn cứ Luật;"
    )
    assert (head.number, head.issued) == (None, None)
    assert sum("bản dự thảo" in one for one in head.warnings) == 2


def test_an_article_has_no_number_of_its_own() -> None:
    head = head_of(
        "Kế hoạch triển khai thực hiện Chỉ thị số 15-CT/QU của Quận ủy\n"
        "Ngày 07/3/2023, UBND quận ban hành Kế hoạch số 79/KH-UBND."
    )
    assert (head.number, head.issued, head.end) == (None, None, 0)


def test_number_and_type_that_disagree() -> None:
    head = head_of(
        "BỘ CÔNG AN\nSố: 5/2026/TT-BCA\nHà Nội, ngày 2 tháng 5 năm 2026\nQUYẾT ĐỊNH\nVề bình chữa cháy\nCăn cứ Luật;"
    )
    assert any("thông tư: xem lại" in one for one in head.warnings)


@pytest.mark.parametrize(
    ("clause", "day"),
    [
        ("Nghị định này có hiệu lực thi hành từ ngày 01 tháng 7 năm 2025.", date(2025, 7, 1)),
        ("Thông tư này có hiệu lực kể từ ngày 01/6/2026.", date(2026, 6, 1)),
        ("Quyết định này có hiệu lực thi hành kể từ ngày ký.", date(2026, 1, 5)),
        ("Quyết định này có hiệu lực thi hành sau 10 ngày kể từ ngày ký.", None),
        ("Nghị định này có hiệu lực thi hành từ ngày 31 tháng 02 năm 2026.", None),
        ("Nghị định số 136/2020/NĐ-CP có hiệu lực từ ngày 10 tháng 01 năm 2021.", None),
        ("Giấy phép có hiệu lực kể từ ngày ký.", None),
    ],
)
def test_when_it_takes_effect(clause: str, day: date | None) -> None:
    assert effect_of([clause], date(2026, 1, 5)).day == day


def test_a_clause_that_gives_no_day_is_shown() -> None:
    effect = effect_of(["Quyết định này có hiệu lực sau 45 ngày kể từ ngày ký."], date(2026, 1, 5))
    assert effect.unread is not None
    assert "45 ngày" in effect.unread


@pytest.mark.parametrize(
    ("texts", "replaces", "amends"),
    [
        (["Nghị định này thay thế Nghị định số 144/2021/NĐ-CP ngày 31/12/2021."], ("nd-144-2021",), ()),
        (["Nghị định số 144/2021/NĐ-CP hết hiệu lực, trừ khoản 2 Điều này."], ("nd-144-2021",), ()),
        (["Bãi bỏ Điều 5 Nghị định số 144/2021/NĐ-CP."], (), ("144/2021/NĐ-CP (nd-144-2021)",)),
        (["Sửa đổi một số điều của Nghị định số 144/2021/NĐ-CP như sau:"], (), ("144/2021/NĐ-CP (nd-144-2021)",)),
        (["Các văn bản sau hết hiệu lực:", "a) Nghị định số 144/2021/NĐ-CP;"], ("nd-144-2021",), ()),
        (["Bãi bỏ các điều, khoản của:", "a) Nghị định số 144/2021/NĐ-CP;"], (), ("144/2021/NĐ-CP (nd-144-2021)",)),
        (["Căn cứ Nghị định số 144/2021/NĐ-CP;"], (), ()),
    ],
)  # fmt: skip
def test_what_it_replaces(
    documents: Mapping[str, Document], texts: list[str], replaces: tuple[str, ...], amends: tuple[str, ...]
) -> None:
    relations = relations_of(texts, "Quy định", "1/2027/NĐ-CP", documents)
    assert (relations.replaces, relations.amends) == (replaces, amends)


def test_an_unknown_document_is_reported_not_invented(documents: Mapping[str, Document]) -> None:
    relations = relations_of(["Thông tư này thay thế Thông tư số 9/2019/TT-BCA."], None, None, documents)
    assert relations.replaces == ()
    assert relations.unknown == ("thay thế hoặc bãi bỏ 9/2019/TT-BCA",)


def test_what_it_carries_out(documents: Mapping[str, Document]) -> None:
    opening = "Thực hiện Nghị định số 106/2025/NĐ-CP, Ủy ban nhân dân yêu cầu báo cáo theo Nghị định số 144/2021/NĐ-CP."
    assert relations_of([opening], "Kiểm tra", None, documents).implements == ("nd-106-2025",)


def test_numbers_in_text() -> None:
    text = "Kết luận số 02- KL/TW, ngày 18/5/2021; QCVN 06:2022/BXD; 66.18/2026/NQ-CP; 16/8/2021của, 24/7, 1/2, 220V/AC"
    found = [(one.number, one.year) for one in mentions(text)]
    assert found == [("02-KL/TW", 2021), ("QCVN 06:2022/BXD", 2022), ("66.18/2026/NQ-CP", 2026)]
    assert number_key("05/2025/NĐ-CP") == number_key("5/2025/ND - CP")


@pytest.mark.parametrize(
    ("number", "kind", "issued", "place", "expected"),
    [
        ("105/2025/NĐ-CP", "Nghị định", None, None, "nd-105-2025"),
        ("36/2025/TT-BCA", "Thông tư", None, None, "tt-36-2025-tt-bca"),
        ("55/2024/QH15", "Luật", None, None, "luat-55-2024-qh15"),
        ("66.18/2026/NQ-CP", "Nghị quyết", None, None, "nq-66-18-2026-nq-cp"),
        ("19/2025/QĐ-TTg", "Quyết định", None, None, "qd-19-2025-ttg"),
        ("825/CĐ-TTg", "Công điện", date(2023, 9, 1), None, "cd-825-2023-ttg"),
        ("47-CT/TW", "Chỉ thị", date(2015, 6, 25), None, "ct-47-2015-tw"),
        ("79/KH-UBND", "Kế hoạch", date(2023, 3, 7), "Thanh Xuân", "kh-79-2023-thanh-xuan"),
        ("37-KH/ĐUK", "Kế hoạch", date(2021, 11, 1), "Trà Vinh", "kh-37-2021-duk-tra-vinh"),
        ("QCVN 06:2022/BXD", "Quy chuẩn", None, None, "qcvn-06-2022-bxd"),
        ("58/VBHN-VPQH", "Văn bản hợp nhất", date(2026, 1, 1), None, "vbhn-58-2026-vpqh"),
        (None, "Kế hoạch", date(2021, 8, 5), "Bạc Liêu", "kh-2021-bac-lieu"),
    ],
)
def test_ids_are_made_like_those_registered(
    number: str | None, kind: str, issued: date | None, place: str | None, expected: str
) -> None:
    assert document_id(number, kind, "Tên", issued, place) == expected


@pytest.mark.parametrize(
    ("lines", "signer"),
    [
        (["TM. UBND", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "(Đã ký)", "Nguyễn Văn A"], "Nguyễn Văn A, Phó Chủ tịch"),
        (["CHỦ TỊCH QUỐC HỘI", "Trần Thị B"], "Trần Thị B, Chủ tịch Quốc hội"),
        (["BỘ TRƯỞNG", "Đại tướng Lê Văn C"], "Đại tướng Lê Văn C, Bộ trưởng"),
        (["Trần Thị Kim Phụng"], "Trần Thị Kim Phụng"),
        (["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], None),
    ],
)  # fmt: skip
def test_who_signed(lines: list[str], signer: str | None) -> None:
    found = find_signature(lines)
    assert (found.signer if found else None) == signer


def test_quoted_articles_are_not_the_laws_own() -> None:
    text = """
Điều 1. Sửa đổi Luật Phòng cháy
1. Sửa đổi Điều 5 như sau:
“Điều 5. Nguyên tắc
1. Bảo đảm an toàn.
a) Không để cháy;
Điều 6. Chính sách
1. Hỗ trợ người dân.”
2. Bổ sung khoản 1a như sau:
“1a. Kiểm tra mỗi tháng 01 lần.”.
Điều 2. Hiệu lực"""
    assert anchors(text) == ["dieu-1", "dieu-1-k1", "dieu-1-k2", "dieu-2"]
    assert not list(numbering_faults(parts_of(text)))


def test_an_attached_regulation_and_its_annex() -> None:
    text = """
Điều 1. Ban hành kèm theo Quyết định này Quy chế phối hợp.
Nơi nhận:
- Lưu: VT.
CHỦ TỊCH
Nguyễn Văn A
QUY CHẾ
Chương I
QUY ĐỊNH CHUNG
Điều 1. Phạm vi
1. Một.
PHỤ LỤC II
I. PHẦN CHUNG
1. Tên đơn vị
Ghi tên."""
    assert anchors(text) == [
        "dieu-1", "noi-nhan", "kem-theo", "kem-theo-chuong-1", "kem-theo-dieu-1", "kem-theo-dieu-1-k1", "phu-luc-2",
        "phu-luc-2-muc-1", "phu-luc-2-muc-1-1",
    ]  # fmt: skip


def test_an_annex_named_in_a_sentence_is_none() -> None:
    text = """
Điều 1. Danh mục
Phụ lục I kèm theo Nghị định này được áp dụng cho mọi cơ sở.
1. Phụ lục I: Danh mục cơ sở.
2. Phụ lục II."""
    assert anchors(text) == ["dieu-1", "dieu-1-k1", "dieu-1-k2"]


def test_the_signature_of_a_law_has_no_recipients() -> None:
    parts = parts_of("Điều 1. Một\nLuật này được Quốc hội thông qua.\nCHỦ TỊCH QUỐC HỘI\nTrần Văn Mẫu")
    assert [part.anchor for part in parts] == ["dieu-1", "nguoi-ky"]
    assert parts[-1].paragraphs == ("CHỦ TỊCH QUỐC HỘI\nTrần Văn Mẫu",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Điều 5. Một\nĐiều 7. Hai", "Điều 5 rồi đến Điều 7"),
        ("Điều 1. Một\n1. A.\n3. B.", "Điều 1 khoản 1 rồi đến Điều 1 khoản 3"),
        ("Điều 1. Một\n1. A:\na) B;\nc) C;", "điểm a rồi đến Điều 1 khoản 1 điểm c"),
        ("I. MỘT\nA\nIII. BA\nB", "mục I rồi đến mục III"),
        ("Điều 3. Một", "bắt đầu từ Điều 3"),
    ],
)
def test_gaps_in_the_numbering_are_said(text: str, said: str) -> None:
    assert any(said in fault for fault in numbering_faults(parts_of(text)))


def test_letters_of_points_skip_what_vietnamese_skips() -> None:
    letters = "abcdđeghiklmnopqrstuvxy"
    text = "Điều 1. Một\n1. A:\n" + "\n".join(f"{letter}) Điểm {letter};" for letter in letters)
    parts = parts_of(text)
    assert len(parts) == 2 + len(letters)
    assert not list(numbering_faults(parts))


def test_lines_that_belong_together() -> None:
    assert goes_on("Cảnh sát phòng cháy, chữa", "cháy và cứu nạn")
    assert not goes_on("được áp dụng;", "a) cơ sở")
    assert not goes_on("NGHỊ ĐỊNH", "quy định chi tiết")
    assert glued("105/2025/NĐ-", "CP") == "105/2025/NĐ-CP"


@pytest.mark.parametrize(
    "name",
    [
        "Ủy ban nhân dân xã Đông Thành", "Bộ Nông nghiệp và Môi trường", "Thủ tướng Chính phủ",
        "Công an tỉnh Thanh Hóa", "UBND phường Tân An", "Hội đồng nhân dân thành phố Đà Nẵng",
        "Ủy ban nhân dân thị xã Sơn Tây", "Bộ Y tế",
    ],
)  # fmt: skip
def test_names_of_authorities(name: str) -> None:
    assert in_small_letters(name.upper()) == name
