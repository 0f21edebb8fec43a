"""What is wrong with a draft is found once for the same words, and anew with other knowledge or on another day."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.console import draft_faults
from bot.console.draft_faults import DraftFaults
from bot.editing.checking import DraftFault, faults_of

from .visiting import DAY, knowledge

PATH, WRONG = "documents/khong-co.md", "không có phần đầu"


async def test_the_same_words_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    base, day = [knowledge()], [DAY]

    def counted(of: Any, path: str, content: str, on: date) -> Sequence[DraftFault]:
        checked.append(content)
        return faults_of(of, path, content, on)

    monkeypatch.setattr(draft_faults, "faults_of", counted)
    faults = DraftFaults(lambda: base[0], lambda: day[0])
    first, second = await asyncio.gather(faults.of(PATH, WRONG), faults.of(PATH, WRONG))
    assert first == second == faults_of(base[0], PATH, WRONG, DAY) != []
    assert checked == [WRONG]
    await faults.of(PATH, WRONG + "\n")
    assert len(checked) == 2
    day[0] += timedelta(days=1)
    await faults.of(PATH, WRONG)
    assert len(checked) == 3
    base[0] = replace(base[0])
    await faults.of(PATH, WRONG)
    assert len(checked) == 4
