"""The build refuses knowledge with a fault, naming file and line."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.faults import KnowledgeError
from knowledge.loading import load_knowledge

DAY = date(2026, 11, 21)
CARD = "answers/muc-phat/bao-chay-gia.md"
DECREE = "documents/nd-106-2025.md"
EMERGENCY = "emergencies/smoke.yml"


def faults_after(folder: Path, name: str, old: str, new: str) -> list[str]:
    """Replace `old` by `new` in one file and return the faults, with paths relative to the folder."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(DAY, folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_sound_knowledge_loads(folder: Path) -> None:
    base = load_knowledge(DAY, folder)
    assert base.cards["bao-chay-gia"].topic == "muc-phat"
    assert base.cards["bao-chay-gia"].lead[0].marked_text == "Phạt 10–15 triệu đồng. [1]"
    passage = base.passage("nd-106-2025#dieu-27-k4")
    assert passage is not None
    assert passage.section.locator == "Điều 27 khoản 4"
    assert base.passage("nd-106-2025#dieu-27-k4-p2") is None


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (CARD, "dieu-27-k4", "dieu-28", f"{CARD}:7: unknown source 'nd-106-2025#dieu-28'"),
        (CARD, "Phạt 10–15 triệu đồng. [1]", "Phạt 10–15 triệu đồng.", f"{CARD}:10: figure without a source: 10, 15"),
        (CARD, "10–15", "10–20", f"{CARD}:10: figure 20 does not occur in the cited sources"),
        (CARD, "nd-106-2025, at: dieu-27-k4", "nd-144-2021, at: dieu-42", "was repealed (01/07/2025) and is shown"),
        (
            CARD,
            "Nhầm thì gọi",
            "Theo 144/2021/NĐ-CP gọi",
            f"{CARD}:12: 144/2021/NĐ-CP is repealed and shown as current",
        ),
        (CARD, "triệu đồng. [1]", "triệu đồng. [1][2]", f"{CARD}:10: marker [2] has no source"),
        (CARD, "dieu-27-k4", "dieu-99", f"{CARD}:6: a card may not cite what is only remembered"),
        (CARD, "dieu-27-k4", "dieu-98", f"{CARD}:6: disputed or unsourced advice needs a '## Lưu ý'"),
        (CARD, "báo cháy giả phạt sao, ", "", f"{CARD}:4: 7 variants, at least 8"),
        (CARD, "- Không gọi", "- Gọi", f"{CARD}:15: a line under '## Đừng' begins with"),
        (CARD, "## Đừng", "## Chớ", f"{CARD}:14: unknown heading '## Chớ'"),
        (CARD, "audiences: [everyone]", "audiences: [mèo]", f"{CARD}:5: audiences.0: Input should be"),
        (CARD, "id: bao-chay-gia", "id: bao-chay-that", f"{CARD}:2: id 'bao-chay-that' is not the file's name"),
        (CARD, "review:", "related: [khong-co]\nreview:", f"{CARD}:8: related: unknown card 'khong-co'"),
        (CARD, "state: draft", "state: reviewed", f"{CARD}:8: a reviewed card says by whom and when"),
        (CARD, "question:", "question: [", f"{CARD}:4: YAML:"),
        (CARD, "---\nid", "id", f"{CARD}:1: no front matter"),
        (CARD, "state: draft", "state: reviewed, by: A, on: 2026-02-30", f"{CARD}:2: YAML: day is out of range"),
        (CARD, "question: ", "question: \x07", f"{CARD}:2: YAML:"),
        (CARD, "1. Nhầm", "1. " + "Rất dài. " * 120 + "Nhầm", f"{CARD}:10: body of"),
        (DECREE, "effective: 2025-07-01", "effective: hôm qua", f"{DECREE}:8: effective:"),
        (DECREE, "status: in_force", "status: in_force\nreplaces: [nd-0]", f"{DECREE}:10: replaces: unknown document"),
        (DECREE, "{#dieu-99}", "{#dieu-98}", f"{DECREE}:20: repeated anchor #dieu-98"),
        (DECREE, " {#dieu-99}", "", f"{DECREE}:16: a heading needs an {{#anchor}}"),
        (DECREE, "{trust: memory}", "{trust: gossip}", f"{DECREE}:17: trust: Input should be"),
        (EMERGENCY, 'call: ["114"]', 'call: ["999"]', f"{EMERGENCY}:3: call: expected some of"),
        (EMERGENCY, "Gọi 114 ngay", "Gọi ngay", f"{EMERGENCY}:4: first_line does not name 114"),
        (EMERGENCY, "at: dieu-27-k4", "at: dieu-1", f"{EMERGENCY}:7: unknown source"),
    ],
)
def test_each_fault_names_file_and_line(folder: Path, name: str, old: str, new: str, expected: str) -> None:
    assert any(expected in fault for fault in faults_after(folder, name, old, new))


def test_one_variant_in_two_cards_is_a_fault(folder: Path) -> None:
    text = (folder / CARD).read_text(encoding="utf-8")
    other = folder / "answers/muc-phat/khac.md"
    other.write_text(text.replace("id: bao-chay-gia", "id: khac"), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(DAY, folder)
    assert "stands also in card 'bao-chay-gia'" in str(caught.value)


def test_a_card_about_repealed_law_is_marked_historical(folder: Path) -> None:
    path = folder / CARD
    text = path.read_text(encoding="utf-8")
    text = text.replace("nd-106-2025, at: dieu-27-k4", "nd-144-2021, at: dieu-42").replace("10–15", "4–6")
    path.write_text(text.replace("review:", "historical: true\nreview:"), encoding="utf-8")
    assert load_knowledge(DAY, folder).cards["bao-chay-gia"].historical


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    path = folder / CARD
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_knowledge(DAY, folder).cards["bao-chay-gia"].topic == "muc-phat"


def test_text_that_is_not_utf8_is_a_fault(folder: Path) -> None:
    (folder / CARD).write_bytes("Phạt".encode("utf-16"))
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(DAY, folder)
    assert "not UTF-8" in str(caught.value)
