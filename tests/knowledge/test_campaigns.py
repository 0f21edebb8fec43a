"""A kit for campaigns with a fault is refused, naming file and line."""

from datetime import date
from pathlib import Path

import pytest

from bot.campaigns.content import Doing, Variant
from knowledge.campaigns import FIRST_VARIANT, VARIANTS, Kind, read_kits
from knowledge.faults import KnowledgeError
from knowledge.loading import load_for_service, load_knowledge

DAY = date(2026, 11, 21)
NAME = "campaigns/bao-gia.yml"
KIT = """id: bao-gia
title: Không báo cháy giả
goal: Bớt cuộc gọi đùa tới 114.
messages:
  - key: mot
    title: Tin một
    days: 0
    hour: "19:00"
    sources:
      1: {document: nd-106-2025, at: dieu-27-k4}
    offers:
      - {label: Xem mức phạt, kind: ask, target: bao-chay-gia}
    texts:
      household: |
        Đừng gọi 114 để đùa.
        Báo cháy giả bị phạt 10–15 triệu đồng. [1]
  - key: hai
    title: Tin hai
    days: 1
    hour: "19:00"
    send_for_hours: 3
    sources:
      1: {document: nd-106-2025, at: dieu-27-k4}
    texts:
      household: Gọi nhầm thì báo lại. [1]
"""


@pytest.fixture
def kit(folder: Path) -> Path:
    """A sound knowledge folder with one kit."""
    path = folder / NAME
    path.parent.mkdir()
    path.write_text(KIT, encoding="utf-8")
    return folder


def faults_after(folder: Path, old: str, new: str) -> list[str]:
    """Replace `old` by `new` in the kit and return the faults, with paths relative to the folder."""
    path = folder / NAME
    assert old in KIT
    path.write_text(KIT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(DAY, folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


def test_a_sound_kit_loads(kit: Path) -> None:
    found = load_knowledge(DAY, kit).kits["bao-gia"]
    assert [message.key for message in found.messages] == ["mot", "hai"]
    assert found.messages[1].send_for_hours == 3
    assert found.messages[0].offers[0].kind is Kind.ASK


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: bao-gia", "id: khac", f"{NAME}:1: id 'khac' is not the file's name"),
        ("title: Không", "tittle: Không", f"{NAME}:1: title: Field required"),
        ("key: hai", "key: mot", f"{NAME}:17: key 'mot' stands twice"),
        ('hour: "19:00"', 'hour: "06:59"', f"{NAME}:8: hour: from 07:00 to 21:00"),
        ('hour: "19:00"', 'hour: "21:01"', f"{NAME}:8: hour: from 07:00 to 21:00"),
        ('hour: "19:00"', 'hour: "25:00"', f"{NAME}:8: messages.0.hour: Input should be in a valid time format"),
        ("send_for_hours: 3", "send_for_hours: 0", f"{NAME}:21: send_for_hours: at least 1"),
        ("household:", "flat:", f"{NAME}:13: texts: 'household' must be there"),
        ("      household: Gọi", "      mèo: a [1]\n      household: Gọi", f"{NAME}:25: texts: 'mèo' is none of"),
        ("Gọi nhầm thì báo lại. [1]", f"{'a' * 697} [1]", f"{NAME}:25: text of 701 characters, from 1 to 700"),
        ("Gọi nhầm thì báo lại. [1]", '" "', f"{NAME}:25: text of 0 characters, from 1 to 700"),
        ("      1: {", "      2: {", f"{NAME}:9: sources are numbered 1, 2, 3, … in order"),
        ("label: Xem mức phạt", f"label: {'a' * 31}", f"{NAME}:12: label: 1 to 30 characters"),
        (
            "    send_for",
            "    unless: [ask, bao-chay-gia]\n    send_for",
            f"{NAME}:21: unless: [quiz, id] or [drill, id]",
        ),
        ("    send_for", "    unless: [quiz, khong-co]\n    send_for", f"{NAME}:21: unknown quiz 'khong-co'"),
        ("days: 1", "days: 0", f"{NAME}:19: less than a day after the message before it"),
        ("target: bao-chay-gia", "target: khong-co", f"{NAME}:12: unknown ask 'khong-co'"),
        ("kind: ask", "kind: drill", f"{NAME}:12: unknown drill 'bao-chay-gia'"),
        ("    send_for", "    cards: [khong-co]\n    send_for", f"{NAME}:21: unknown card 'khong-co'"),
        ("at: dieu-27-k4", "at: dieu-28", f"{NAME}:10: unknown source 'nd-106-2025#dieu-28'"),
        ("at: dieu-27-k4", "at: dieu-99", f"{NAME}:10: nd-106-2025#dieu-99 is memory: not for a message to all"),
        ("at: dieu-27-k4", "at: dieu-98", f"{NAME}:10: nd-106-2025#dieu-98 is disputed: not for a message to all"),
        (
            "nd-106-2025, at: dieu-27-k4",
            "nd-144-2021, at: dieu-42",
            f"{NAME}:10: Nghị định 144/2021/NĐ-CP was repealed",
        ),
        ("lại. [1]", "lại.", f"{NAME}:23: no text cites [1]"),
        ("lại. [1]", "lại.", f"{NAME}:25: a text without a source"),
        ("lại. [1]", "lại. [1][2]", f"{NAME}:25: marker [2] has no source"),
        ("10–15", "10–20", f"{NAME}:14: figure 20 does not occur in the sources cited in its line"),
        ("để đùa.", "để đùa 3 lần.", f"{NAME}:14: figure 3 has no source in its line"),
        (
            "để đùa.\n        Báo cháy giả bị",
            "để đùa như trước đây.\n        Theo 144/2021/NĐ-CP bị",  # what one line says of the past excuses no other
            f"{NAME}:14: 144/2021/NĐ-CP is repealed and shown as current",
        ),
        ("Báo cháy giả bị", "Theo 144/2021/NĐ-CP bị", f"{NAME}:14: 144/2021/NĐ-CP is repealed and shown as current"),
    ],
)
def test_a_fault_names_file_and_line(kit: Path, old: str, new: str, expected: str) -> None:
    assert any(fault.startswith(expected) for fault in faults_after(kit, old, new)), expected


def test_more_than_three_buttons_are_refused(kit: Path) -> None:
    offer = "      - {label: Xem mức phạt, kind: ask, target: bao-chay-gia}\n"
    assert faults_after(kit, offer, offer * 4) == [f"{NAME}:11: 4 buttons, at most 3"]


def test_a_kit_without_messages_is_refused(kit: Path) -> None:
    (kit / NAME).write_text("id: bao-gia\ntitle: a\ngoal: b\nmessages: []\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="a kit has messages"):
        load_knowledge(DAY, kit)


@pytest.mark.parametrize(("days", "sound"), [((0, 2, 4, 7), True), ((0, 2, 4, 6), False), ((0, 1, 2, 3), False)])
def test_the_cap_of_three_a_week(kit: Path, days: tuple[int, ...], sound: bool) -> None:
    head, _, first = KIT.partition("  - key: mot\n")
    one = first.partition("  - key: hai\n")[0]
    messages = "".join(f"  - key: tin-{day}\n{one}".replace("days: 0", f"days: {day}") for day in days)
    (kit / NAME).write_text(head + messages, encoding="utf-8")
    found, faults = read_kits(kit / "campaigns")
    assert bool(found) is sound
    assert [fault.message for fault in faults] == ([] if sound else ["more than 3 messages within seven days"])


def test_an_urgent_kit_asks_to_go_beyond_the_cap(kit: Path) -> None:
    text = KIT.replace("days: 1", "days: 0").replace("goal:", "urgent: true\ngoal:")
    (kit / NAME).write_text(text, encoding="utf-8")
    assert load_knowledge(DAY, kit).kits["bao-gia"].urgent


@pytest.mark.parametrize(
    ("head", "text", "repeats"),
    [
        ("", "lại. [1]", False),
        ("occasion: tet\n", "lại. [1]", True),
        ("occasion: tet\n", "lại ở ⟨tên xã⟩. [1]", False),
        ("occasion: tet\nurgent: true\n", "lại. [1]", False),
    ],
)
def test_only_what_needs_no_filling_in_comes_again_by_itself(kit: Path, head: str, text: str, repeats: bool) -> None:
    (kit / NAME).write_text(head + KIT.replace("lại. [1]", text), encoding="utf-8")
    assert load_knowledge(DAY, kit).kits["bao-gia"].repeats is repeats


def test_figures_in_a_blank_need_no_source(kit: Path) -> None:
    (kit / NAME).write_text(KIT.replace("để đùa.", "để đùa ⟨1 hay 2⟩."), encoding="utf-8")
    assert "bao-gia" in load_knowledge(DAY, kit).kits


def test_a_kit_that_time_made_wrong_is_left_out_of_service_with_a_warning(
    kit: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a kit whose decree expires
    decree = kit / "documents/nd-106-2025.md"
    text = decree.read_text(encoding="utf-8")
    decree.write_text(text.replace("status: in_force", "expires: 2027-01-01\nstatus: in_force"), encoding="utf-8")
    assert "bao-gia" in load_for_service(DAY, kit).kits
    # When the program starts after that day (and the reply that rests on it is gone)
    (kit / "emergencies/smoke.yml").unlink()
    later = load_for_service(date(2027, 1, 1), kit)
    # Then it serves without the kit, and says so
    assert "bao-gia" not in later.kits
    assert NAME in caplog.text


def test_variants_and_buttons_are_those_of_the_program() -> None:
    assert set(VARIANTS) == set(Variant)
    assert Variant(FIRST_VARIANT) is Variant.HOUSEHOLD
    assert {kind.value for kind in Kind} == {kind.value for kind in Doing}
