"""Changed knowledge is taken into use while the assistant answers; broken knowledge is not."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.conversation.messages import Incoming, Kind
from bot.conversing import Conversing
from bot.reloading import Reloader
from bot.understanding import Living, Understanding
from knowledge.clock import today
from knowledge.loading import KNOWLEDGE_FOLDER

CARD = "goi-114/goi-114-noi-gi.md"
QUESTION = "goi 114 noi gi"
NEW_LEAD = "Câu trả lời vừa được sửa."


@dataclass
class Running:
    """A living assistant on a copy of the knowledge that a test may change."""

    living: Living
    reloader: Reloader
    folder: Path
    day: date

    async def ask(self, text: str) -> str:
        turn = await self.living.dialogue.respond(Incoming(conversation=None, channel="test", text=text))
        assert turn.kind is Kind.ANSWER
        return turn.replies[0].text

    def rewrite(self, old: str, new: str) -> None:
        path = self.folder / "answers" / CARD
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


@pytest.fixture
def running(understanding: Understanding, tmp_path: Path) -> Running:
    folder = tmp_path / "knowledge"
    for part in ("answers", "documents", "emergencies", "fines", "pictures", "places"):
        shutil.copytree(KNOWLEDGE_FOLDER / part, folder / part)
    living = Living(understanding, Conversing())
    one = Running(living, None, folder, today())  # type: ignore[arg-type]
    one.reloader = Reloader(
        living, knowledge_dir=folder, data_dir=understanding.pictures.parent, every=3600, today=lambda: one.day
    )
    return one


async def test_a_changed_card_is_answered_without_a_restart_and_without_a_failed_answer(running: Running) -> None:
    before = await running.ask(QUESTION)
    assert NEW_LEAD not in before
    running.rewrite("\n---\n", f"\n---\n{NEW_LEAD} ")
    looking = asyncio.create_task(running.reloader.look())
    answered = 0
    while not looking.done():
        assert await running.ask(QUESTION)  # the old answer or the new one, never none
        answered += 1
        await asyncio.sleep(0)
    assert await looking
    assert answered > 20  # turns went on meanwhile
    assert NEW_LEAD in await running.ask(QUESTION)
    assert not await running.reloader.look()  # nothing new


async def test_broken_knowledge_is_refused_and_the_old_stays(running: Running) -> None:
    running.rewrite("question:", "query:")
    assert not await running.reloader.look()
    assert running.reloader.refused is not None
    assert "goi-114-noi-gi.md:" in running.reloader.refused
    assert await running.ask(QUESTION)
    running.rewrite("query:", "question:")
    assert await running.reloader.look()
    assert running.reloader.refused is None


async def test_another_day_takes_out_what_has_ended(running: Running) -> None:
    ending = "nghi-quyet-66-18"  # rests on a resolution that ends on 01/3/2027
    assert ending in running.living.understanding.base.cards
    running.day = date(2027, 3, 1)
    assert await running.reloader.look()
    assert ending not in running.living.understanding.base.cards


async def test_a_missing_emergency_reply_is_refused(running: Running) -> None:
    (running.folder / "emergencies" / "lift.yml").unlink()
    assert not await running.reloader.look()
    assert running.reloader.refused is not None
    assert "lift" in running.reloader.refused
    assert await running.ask(QUESTION)


async def test_an_unexpected_error_is_tried_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    running.rewrite("\n---\n", f"\n---\n{NEW_LEAD} ")

    async def broken() -> str | None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(running.reloader, "_build", broken)
        with pytest.raises(OSError, match="disk full"):
            await running.reloader.look()
    assert running.reloader.refused is not None
    assert await running.reloader.look()
    assert NEW_LEAD in await running.ask(QUESTION)
