"""Questions that nobody could answer: grouped, answered one by one or by a card, or put aside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.rendering import see
from bot.console.visits import Page, RefusedError, Visit
from bot.editing.question_groups import Group, groups
from bot.later import LONGEST_ANSWER, answered
from bot.store.letters import LetterError, Letters
from bot.store.open_questions import MOST_LISTED, OpenQuestions, Question

_MOST_AT_ONCE: Final = 50
_LONGEST_REASON: Final = 300
_LEAST_ANSWER: Final = 10
_ACTS: Final = {"answer": "Trả lời", "card": "Soạn", "dismiss": "Bỏ qua"}


class QuestionPages:
    """The queue of questions."""

    def __init__(self, parts: Parts) -> None:
        self._questions = OpenQuestions(parts.database)
        self._letters = Letters(parts.database, parts.sealer)
        self._understanding = parts.understanding
        self._renderer = parts.renderer

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/questions", self.queue, Permission.SEE_QUESTIONS),
            Page("POST", "/questions/act", self.act, Permission.ANSWER_QUESTIONS),
        )

    async def queue(self, visit: Visit) -> web.Response:
        """The questions in groups, the largest first."""
        return await self._page(visit)

    async def act(self, visit: Visit) -> web.StreamResponse:
        """Answer the chosen questions, put them aside, or begin a card for them."""
        fields = Fields(await visit.request.post())
        act = fields.choice("act", _ACTS) or ""
        chosen = tuple(dict.fromkeys(fields.listed("question")))
        if not 0 < len(chosen) <= _MOST_AT_ONCE:
            fields.faults["question"] = f"Chọn từ 1 đến {_MOST_AT_ONCE} câu hỏi; bạn đang chọn {len(chosen)}."
        if act == "card" and not fields.faults:
            return self._to_the_card(visit, chosen)
        text = fields.text("text", longest=LONGEST_ANSWER if act == "answer" else _LONGEST_REASON, lines=True)
        if act == "answer" and text and len(text) < _LEAST_ANSWER:
            fields.faults.setdefault("text", "Câu trả lời ngắn quá, người hỏi sẽ không hiểu.")
        if fields.faults:
            return await self._page(visit, fields, status=422)
        failed = [code for code in chosen if not await self._done(visit, act, code, text)]
        done = len(chosen) - len(failed)
        what = "Đã gửi trả lời cho" if act == "answer" else "Đã bỏ qua"
        rest = f" {len(failed)} câu đã được người khác xử lý trước đó: {', '.join(failed)}." if failed else ""
        return await self._renderer.done(visit, "/console/questions", f"{what} {done} câu hỏi.{rest}")

    def _to_the_card(self, visit: Visit, chosen: Sequence[str]) -> web.Response:
        if not visit.member.may(Permission.EDIT_KNOWLEDGE):
            raise RefusedError("Chỉ biên tập viên soạn được câu trả lời cho kho kiến thức.")
        query = urlencode([("question", code) for code in chosen])
        return see(f"/console/knowledge/new?{query}")

    async def _done(self, visit: Visit, act: str, code: str, text: str) -> bool:
        member = visit.member
        try:
            if act == "answer":
                by = f"{member.position} {member.name}".strip()
                await self._letters.answer(code, text, by, answered, staff_id=member.id, who=member.login)
            else:
                await self._letters.dismiss(code, text, staff_id=member.id, who=member.login)
        except LetterError:
            return False
        return True

    async def _grouped(self, listed: Sequence[Question]) -> list[Group]:
        index = self._understanding().built.index

        def work() -> list[Group]:
            return groups(listed, index.vectors([one.text for one in listed]) if listed else None)

        return await asyncio.to_thread(work)

    async def _page(self, visit: Visit, fields: Fields | None = None, *, status: int = 200) -> web.Response:
        listed = await self._questions.listed()
        found = await self._grouped(listed)
        titles = {card.id: card.question for card in self._understanding().base.cards.values()}
        return self._renderer.page(
            visit,
            "questions/queue.html",
            status=status,
            groups=found,
            total=sum(len(group.questions) for group in found),
            titles=titles,
            chosen=fields.listed("question") if fields else (),
            text=fields.as_typed().get("text", "") if fields else "",
            faults=fields.faults if fields else {},
            full=len(listed) == MOST_LISTED,
            most=MOST_LISTED,
            longest=LONGEST_ANSWER,
        )
