"""No word of a document is lost between the blocks that were read and the draft as the knowledge base loads it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.documents import load_document
from knowledge.ingestion.blocks import Block, Paragraph, Table
from knowledge.ingestion.drafting import Metadata, draft_text, opening_comments
from knowledge.ingestion.header import read_head
from knowledge.ingestion.parts import Part
from knowledge.ingestion.structure import split
from knowledge.vietnamese import words
from tests.knowledge.ingestion import samples
from tests.knowledge.ingestion.conftest import TODAY, Clerk

OPENINGS = [
    "", "", "", "Chương I", "Chương II. Tên", "CHƯƠNG 3", "Mục 1.", "Mục 2", "Phần thứ nhất", "Điều 1.", "Điều 2.",
    "Điều 3:", "Điều 7.", "1.", "2.", "3.", "1a.", "a)", "b)", "đ)", "I.", "II.", "III-", "A.", "1.1.", "1.2", "-", "+",
    "“Điều 9.", "”", "Nơi nhận:", "TM. ỦY BAN", "CHỦ TỊCH", "PHỤ LỤC I", "PHỤ LỤC", "Phụ lục II:", "Mẫu số 01",
    "QUY CHẾ",
    "#", "## ", "{a: 1}", "---", "| |", "KẾ HOẠCH", "NGHỊ ĐỊNH", "Số: 12/KH-UBND", "Căn cứ", "Thực hiện", "(Kèm theo",
    "Nguyễn Văn", "QUY ĐỊNH CHUNG", "Trang 1",
]  # fmt: skip


@st.composite
def blocks(draw: st.DrawFn) -> Sequence[Block]:
    """Blocks in any order, each with words that occur nowhere else."""
    made: list[Block] = []
    for number in range(draw(st.integers(1, 25))):
        own = [f"w{number}x{at}" for at in range(draw(st.integers(0, 12)))]
        if draw(st.integers(0, 9)) == 0:
            width = draw(st.integers(1, 3))
            rows = tuple(
                tuple(f"c{number}x{row}x{at}" for at in range(width)) for row in range(draw(st.integers(1, 3)))
            )
            made.append(Table(rows=rows))
            continue
        text = " ".join([draw(st.sampled_from(OPENINGS)), *own]).strip() + draw(st.sampled_from(["", ".", ";", ":"]))
        text = text.upper() if draw(st.integers(0, 5)) == 0 else text
        if text.strip():
            heading = draw(st.sampled_from([None, None, None, None, 1, 2, 4]))
            made.append(Paragraph(text=text, bold=draw(st.booleans()), heading=heading))
    return made


def counted(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in words(text))


def texts_of(found: Sequence[Block]) -> Iterator[str]:
    for one in found:
        if isinstance(one, Paragraph):
            yield one.text
        else:
            yield from (cell for row in one.rows for cell in row)


def split_up(found: Sequence[Block]) -> tuple[Part, ...]:
    head = read_head(found)
    return split(found, head.end, head.title)


@settings(max_examples=150)
@given(blocks())
def test_every_word_of_the_blocks_is_in_the_draft(found: Sequence[Block]) -> None:
    parts = split_up(found)
    metadata = Metadata(id="vb", type="Kế hoạch", title="Tên", checked_on=TODAY)
    text = draft_text(metadata, parts, opening_comments("An", TODAY))
    with TemporaryDirectory() as name:
        path = Path(name) / "vb.md"
        path.write_text(text, encoding="utf-8")
        loaded = load_document(path)
    kept = counted([text for one in loaded.sections for text in (one.heading, *one.paragraphs)])
    assert counted(texts_of(found)) - kept == Counter()
    assert len({one.anchor for one in loaded.sections}) == len(loaded.sections)


@pytest.mark.parametrize(
    ("name", "data", "document_id", "expected"),
    [
        ("a.pdf", samples.decree_pdf(), "nd-123-2026", [text for _, text in samples.DECREE]),
        ("a.docx", samples.plan_docx(), "kh-88-2026-hoa-sen", [cell for row in samples.PLAN_TABLE for cell in row]),
    ],
)
def test_every_word_of_a_file_is_in_the_draft(
    clerk: Clerk, name: str, data: bytes, document_id: str, expected: list[str]
) -> None:
    assert clerk.ingest(name, data) == 0
    loaded = clerk.draft(document_id)
    kept = counted([text for one in loaded.sections for text in (one.heading, *one.paragraphs)])
    assert counted(expected) - kept == Counter()


def test_what_would_be_markup_stays_text(tmp_path: Path) -> None:
    found = [Paragraph(text="# 1 là số thứ nhất"), Paragraph(text="{a: 1}"), Paragraph(text="---")]
    parts = split(found, 0, "Tên bài")
    metadata = Metadata(id="vb", type="Kế hoạch", title="a: b # c", issued=date(2026, 1, 1), checked_on=TODAY)
    path = tmp_path / "vb.md"
    path.write_text(draft_text(metadata, parts, opening_comments("An", TODAY)), encoding="utf-8")
    loaded = load_document(path)
    assert loaded.title == "a: b # c"
    assert loaded.sections[0].paragraphs == ("\\# 1 là số thứ nhất", "{a: 1}", "---")
