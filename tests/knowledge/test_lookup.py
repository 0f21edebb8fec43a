"""Which document a message talks about, asked as residents type it."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import Document, Status
from knowledge.frontmatter import SourceText
from knowledge.lookup import (
    DocumentIndex,
    MatchKind,
    Reference,
    find_documents,
    is_status_question,
    normalised,
    references,
    without_references,
)
from knowledge.trust import Trust


def document(
    id: str,
    number: str | None,
    type: str,
    title: str,
    *,
    issued: date | str | None = None,
    effective: date | None = None,
    status: Status = Status.IN_FORCE,
    names: tuple[str, ...] = (),
    places: tuple[str, ...] = (),
    amended_by: tuple[str, ...] = (),
) -> Document:
    return Document(
        id=id, number=number, type=type, title=title, issued=issued, effective=effective, status=status, names=names,
        places=places, amended_by=amended_by, checked_on=date(2026, 11, 21), trust=Trust.VERIFIED,
        source=SourceText(Path(f"{id}.md"), {}, {}),
    )  # fmt: skip


DOCUMENTS = (
    document("nd-136-2020", "136/2020/NĐ-CP", "Nghị định", "Chi tiết Luật Phòng cháy và chữa cháy",
             issued=date(2020, 11, 24), status=Status.REPEALED, names=("nghị định 136",)),
    document("nd-105-2025", "105/2025/NĐ-CP", "Nghị định", "Chi tiết Luật Phòng cháy, chữa cháy",
             issued=date(2025, 5, 15), names=("nghị định pccc mới",)),
    document("nd-30-2020", "30/2020/NĐ-CP", "Nghị định", "Công tác văn thư", names=("nghị định 30",)),
    document("luat-27-2001-qh10", "27/2001/QH10", "Luật", "Luật Phòng cháy và chữa cháy",
             issued=date(2001, 6, 29), status=Status.REPEALED),
    document("luat-27-2023-qh15", "27/2023/QH15", "Luật", "Luật Nhà ở", names=("luật nhà ở",)),
    document("luat-55-2024-qh15", "55/2024/QH15", "Luật", "Luật Phòng cháy, chữa cháy và cứu nạn, cứu hộ",
             issued=date(2024, 11, 29), effective=date(2025, 7, 1), amended_by=("luat-118-2025-qh15",)),
    document("luat-118-2025-qh15", "118/2025/QH15", "Luật", "Sửa 10 luật, có Luật Phòng cháy, chữa cháy",
             issued=date(2025, 12, 10)),
    document("tt-149-2020-tt-bca", "149/2020/TT-BCA", "Thông tư", "Thông tư cũ", status=Status.REPEALED),
    document("qcvn-06-2022-bxd", "QCVN 06:2022/BXD", "Quy chuẩn", "An toàn cháy cho nhà và công trình"),
    document("qcvn-06-2022-bxd-sd1-2023", "QCVN 06:2022/BXD Sửa đổi 1:2023", "Quy chuẩn", "Sửa đổi 1"),
    document("qcvn-10-2025-bca", "QCVN 10:2025/BCA", "Quy chuẩn", "Trang bị phương tiện"),
    document("tcvn-3890-2023", "TCVN 3890:2023", "Tiêu chuẩn", "Phương tiện", status=Status.REPEALED),
    document("ct-47-2015-tw", "47-CT/TW", "Chỉ thị", "Công tác phòng cháy", issued=date(2015, 6, 25)),
    document("kl-02-2021-tw", "02-KL/TW", "Kết luận", "Tiếp tục Chỉ thị 47", issued=date(2021, 5, 18)),
    document("nq-66-18-2026-nq-cp", "66.18/2026/NQ-CP", "Nghị quyết", "Cắt giảm thủ tục"),
    document("kh-79-2023-thanh-xuan", "79/KH-UBND", "Kế hoạch", "Kế hoạch quận", issued=date(2023, 3, 7),
             status=Status.HISTORICAL, names=("kế hoạch thanh xuân",),
             places=("Quận Thanh Xuân", "Phường Phương Liệt", "Hà Nội")),
    document("hn-2024-bac-tu-liem", None, "Hội nghị tọa đàm", "Tọa đàm", issued="2024",
             status=Status.HISTORICAL, names=("quận ủy bắc từ liêm",), places=("Quận Bắc Từ Liêm", "Hà Nội")),
    document("kh-2021-mttq-sam-son", None, "Kế hoạch", "Kế hoạch hành động", issued="2021",
             status=Status.HISTORICAL, names=("mttq sầm sơn",), places=("Thành phố Sầm Sơn",)),
    document("kn-ngay-0410", None, "Hướng dẫn", "Ngày toàn dân", names=("ngày 4/10",)),
)  # fmt: skip


@pytest.fixture(scope="module")
def index() -> DocumentIndex:
    return DocumentIndex(DOCUMENTS)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("nghị định 136 còn hiệu lực không", "nd-136-2020"),
        ("nd136/2020 het han chua", "nd-136-2020"),
        ("136/2020/NĐ-CP", "nd-136-2020"),
        ("nđ-cp số 136 năm 2020", "nd-136-2020"),
        ("nd 105", "nd-105-2025"),
        ("nghị định pccc mới là cái nào", "nd-105-2025"),
        ("luật pccc 2001", "luat-27-2001-qh10"),
        ("luat phong chay va chua chay nam 2001", "luat-27-2001-qh10"),
        ("luật 55", "luat-55-2024-qh15"),
        ("luật pccc 2025", "luat-55-2024-qh15"),
        ("luật phòng cháy do ai ban hành", "luat-55-2024-qh15"),
        ("luat nha o 2023", "luat-27-2023-qh15"),
        ("Thông tư 149", "tt-149-2020-tt-bca"),
        ("tt149/2020/tt-bca", "tt-149-2020-tt-bca"),
        ("QCVN 06", "qcvn-06-2022-bxd"),
        ("quy chuẩn 06:2022/BXD", "qcvn-06-2022-bxd"),
        ("qcvn 06:2022 sửa đổi 1:2023", "qcvn-06-2022-bxd-sd1-2023"),
        ("tcvn3890 thay bằng gì", "tcvn-3890-2023"),
        ("kế hoạch 79", "kh-79-2023-thanh-xuan"),
        ("79/KH-UBND", "kh-79-2023-thanh-xuan"),
        ("chi thi 47", "ct-47-2015-tw"),
        ("chỉ thị 47-CT/TW ngày 25/6/2015", "ct-47-2015-tw"),
        ("ket luan 02", "kl-02-2021-tw"),
        ("kl 2 ban bi thu", "kl-02-2021-tw"),
        ("nghị quyết 66.18", "nq-66-18-2026-nq-cp"),
        ("mặt trận tổ quốc Sầm Sơn làm gì", "kh-2021-mttq-sam-son"),
        ("mttq sam son", "kh-2021-mttq-sam-son"),
        ("bac tu liem", "hn-2024-bac-tu-liem"),
        ("phường Phương Liệt theo kế hoạch nào", "kh-79-2023-thanh-xuan"),
        ("phuong liet", "kh-79-2023-thanh-xuan"),
    ],
)
def test_the_document_meant_comes_first(index: DocumentIndex, message: str, expected: str) -> None:
    assert [one.id for one in find_documents(message, index)][:1] == [expected]


@pytest.mark.parametrize(
    "message",
    [
        "nghị định 136/2025",  # no such decree: silence rather than the nearest one
        "nghị định 30/2026",  # a nickname before another year
        "tháng 10/2025 cháy bao nhiêu vụ",  # a month, no QCVN 10:2025
        "04/10/2025 có gì",
        "ngày 4/10 là ngày gì",  # guidance is never the document that is asked about
        "phạt 79 triệu",
        "kế hoạch 2021",
        "hà nội cháy nhiều không",  # a place that several directives share
        "liệt kê giúp các việc bị cấm",  # regression: "Phường Phương Liệt" was kept as just "liet"
        "ông nội bị liệt nửa người thì thoát sao",
        "",
    ],
)
def test_no_document_is_guessed(index: DocumentIndex, message: str) -> None:
    assert find_documents(message, index) == ()


def test_a_fire_law_comes_before_another_law_of_that_number(index: DocumentIndex) -> None:
    assert [one.id for one in find_documents("luật 27", index)] == ["luat-27-2001-qh10", "luat-27-2023-qh15"]


def test_a_number_is_more_certain_than_a_place(index: DocumentIndex) -> None:
    found = index.match("nghị định 136 ở bắc từ liêm")
    assert [(one.document.id, one.kind) for one in found] == [
        ("nd-136-2020", MatchKind.NUMBER),
        ("hn-2024-bac-tu-liem", MatchKind.PLACE),
    ]


def test_both_documents_of_a_comparison_are_found(index: DocumentIndex) -> None:
    found = {one.id for one in find_documents("nđ 105 thay nđ 136 hả", index)}
    assert found == {"nd-105-2025", "nd-136-2020"}


def test_spelling_does_not_matter() -> None:
    assert normalised("NGHỊ ĐỊNH 136/2020/NĐ-CP") == normalised("nghi dinh136 2020 nd cp") == "nd 136 2020 nd cp"


def test_references_keep_their_year() -> None:
    assert references("luật pccc năm 2001 và 105/2025") == (
        Reference("luat", None, 2001),
        Reference(None, "105", 2025),
    )


@pytest.mark.parametrize(
    "message",
    [
        "nghị định 136 còn hiệu lực không",
        "nd 136 het hieu luc chua",
        "thông tư 149 hết hạn chưa",
        "luật 2001 còn dùng được ko",
        "qcvn 06 còn áp dụng hông",
        "tcvn 3890 bị thay thế bởi cái gì",
        "nghị định 144 thay bằng gì rồi",
        "nđ 105 thay nđ 136 hả",
        "nghị định 106 đã sửa đổi chưa",
        "nghị định 69 sửa gì",
        "luật 55 ban hành khi nào",
        "khi nào luật mới có hiệu lực",
        "chỉ thị 47 do ai ban hành",
        "ai ký kế hoạch 79",
        "ngày ban hành của kết luận 02",
        "nghị định này cũ hay mới",
        "nghị định 136 bị bãi bỏ rồi phải không",
        "nđ 136 còn k",
        "thông tư 149 còn ko vậy ad",
        "luật 2001 còn không",
        "nđ 83 còn hay hết",
        "trên mạng vẫn ghi nghị định 144, bây giờ tra mức phạt ở văn bản nào",
        "nghị định 136 hết rồi thì giờ theo nghị định nào",
        "nđ 50 cũ, luật nào đang dùng hiện nay",
    ],
)
def test_status_questions(message: str) -> None:
    assert is_status_question(message)


@pytest.mark.parametrize(
    "message",
    [
        "báo cháy giả phạt bao nhiêu",
        "nghị định 106 phạt lấn chiếm lối thoát mấy triệu",
        "kế hoạch 79 nói gì",
        "cháy thì gọi số nào",
        "luật pccc quy định đội cơ sở ra sao",
        "kế hoạch 79 căn cứ văn bản nào",
        "luật 55 con khong hieu cho nao het",
        "kế hoạch 79 giao phường còn nhiệm vụ gì",
        "nhà có người già thì thoát thế nào",
        "",
    ],
)
def test_other_questions_are_not_about_standing(message: str) -> None:
    assert not is_status_question(message)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Theo NĐ 79/2014 thì quán nhậu phải có mấy bình", ("Nghị định 79/2014",)),
        ("thong tu 66/2014 quy dinh so theo doi gi", ("Thông tư 66/2014",)),
        ("nghị định 46 còn hiệu lực không", ("Nghị định 46",)),
        ("nghị định 136/2014 nói gì", ("Nghị định 136/2014",)),  # the registered one is of 2020
        ("QCVN 09:2019 còn dùng không", ("QCVN 09:2019",)),
        ("luật 18/2012/QH13 và nghị định 136", ("Luật 18/2012",)),
    ],
)
def test_a_law_that_is_not_registered_is_noticed(text: str, named: tuple[str, ...]) -> None:
    assert DocumentIndex(DOCUMENTS).unheld(text) == named


@pytest.mark.parametrize(
    "text",
    ["nghị định 136 còn không", "luật nhà ở 2023", "tt 15 cháy chợ", "ngày 15/2024", "luật 12 nói gì", "nd 5 bình"],
)
def test_a_registered_law_or_what_may_be_anything_is_no_unregistered_law(text: str) -> None:
    assert DocumentIndex(DOCUMENTS).unheld(text) == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Nghị định 136 bắt nhà trọ trên 5 tầng phải thẩm duyệt", "bắt nhà trọ trên 5 tầng phải thẩm duyệt"),
        ("báo cháy giả theo nghị định số 144/2021/NĐ-CP phạt sao", "báo cháy giả phạt sao"),
        ("theo tt 66/2014/TT-BCA", ""),
        ("tối 30/4 cháy chợ", "tối 30/4 cháy chợ"),
    ],
)
def test_a_message_without_the_laws_it_refers_to(text: str, left: str) -> None:
    assert without_references(text) == left
