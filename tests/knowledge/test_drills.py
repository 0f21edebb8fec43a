"""Drills are refused with file and line where a step is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from knowledge.drills import DONE, UNDONE, read_drills
from knowledge.faults import KnowledgeError
from knowledge.loading import load_for_service, load_knowledge
from tests.knowledge.test_quizzes import faults_after

DAY: Final = date(2026, 11, 22)
NAME: Final = "drills/tap.yml"
_STEP: Final = """  - key: buoc-{number}
    title: Bước tập
    text: Tập nói với tổng đài.
    advice: "Đừng gọi đùa: báo cháy giả bị phạt 10–15 triệu đồng. [1]"
    sources: {{1: {{document: nd-106-2025, at: dieu-27-k4}}}}
    card: bao-chay-gia
"""
DRILL: Final = """id: tap
title: Tập báo cháy
about: Bốn bước.
steps:
""" + "".join(_STEP.format(number=number) for number in range(1, 5))


@pytest.fixture
def drills(folder: Path) -> Path:
    """The small knowledge with a drill."""
    (folder / "drills").mkdir()
    (folder / NAME).write_text(DRILL, encoding="utf-8")
    return folder


def test_a_sound_drill_loads(drills: Path) -> None:
    drill = load_knowledge(DAY, drills).drills["tap"]
    assert [one.key for one in drill.steps] == ["buoc-1", "buoc-2", "buoc-3", "buoc-4"]
    assert (drill.steps[0].done, drill.steps[0].undone) == (DONE, UNDONE)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("id: tap", "id: Tập", f"{NAME}:1: id 'Tập' is not the file's name"),
        ("about: Bốn bước.", "about: ''", f"{NAME}:3: about: expected a text"),
        ("key: buoc-1", "key: buoc-2", f"{NAME}:11: repeated step 'buoc-2'"),
        ("key: buoc-1", "key: Bước", f"{NAME}:5: key 'Bước': expected a-z"),
        ("title: Bước tập", "title: ''", f"{NAME}:6: title: expected 1 to 90 characters"),
        ("title: Bước tập", "title: Bước\n    done: Chưa làm được", f"{NAME}:5: done and undone say the same"),
        ("text: Tập", f"text: {'a' * 400} Tập", f"{NAME}:7: text: expected 1 to 400 characters"),
        ("Tập nói với tổng đài.", "Tập trong 3 phút.", f"{NAME}:5: figure 3 does not occur in the cited sources"),
        ("đồng. [1]", "đồng.", f"{NAME}:8: advice without a source"),
        ("dieu-27-k4", "dieu-98", "is disputed: too weak"),
        ("card: bao-chay-gia", "card: khong-co", f"{NAME}:10: unknown card 'khong-co'"),
        ("card: bao-chay-gia", "cards: bao-chay-gia", f"{NAME}:5: steps.0.card: "),
        (_STEP.format(number=4), "", f"{NAME}:4: 3 steps, expected 4 to 10"),
    ],
)
def test_a_wrong_drill_is_refused(drills: Path, old: str, new: str, expected: str) -> None:
    found = faults_after(drills, NAME, old, new)
    assert any(expected in fault for fault in found), found


def test_a_drill_on_a_repealed_decree_is_left_out_of_the_service(drills: Path) -> None:
    old = DRILL.replace("nd-106-2025, at: dieu-27-k4", "nd-144-2021, at: dieu-42").replace(
        "phạt 10–15 triệu đồng", "phạt"
    )
    (drills / NAME).write_text(old, encoding="utf-8")
    with pytest.raises(KnowledgeError, match="was repealed"):
        load_knowledge(DAY, drills)
    assert load_for_service(DAY, drills).drills == {}


def test_the_drill_at_home_has_what_a_family_agrees_on() -> None:
    drills, faults = read_drills()
    assert not faults
    keys = [one.key for one in drills["dien-tap-tai-nha"].steps]
    assert {"hai-loi-ra", "diem-hen", "ai-dua-ai", "cui-thap-men-tuong", "dong-cua", "tap-goi-114", "bam-gio"} <= set(
        keys
    )


def test_no_drill_has_anybody_call_114() -> None:
    """Every drill says so, before its first step."""
    for drill in read_drills()[0].values():
        assert "không gọi 114 thật" in drill.about, drill.id
