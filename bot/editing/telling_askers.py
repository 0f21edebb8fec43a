"""Tells those who asked that there is an answer now."""

from __future__ import annotations

import logging

from bot.editing.reading import card_in
from bot.later import answered
from bot.store.card_drafts import Draft
from bot.store.letters import LetterError, Letters
from bot.store.open_questions import OpenQuestions

_LOG = logging.getLogger(__name__)


class AskersTold:
    """Answers the questions that a published card is for."""

    def __init__(self, questions: OpenQuestions, letters: Letters) -> None:
        self._questions = questions
        self._letters = letters

    async def tell(self, draft: Draft, content: str, *, staff_id: int, who: str) -> int:
        """Answer the draft's questions with the published card; return how many were not answered before.

        `staff_id` and `who` (the login) are for the log.
        """
        card = card_in(draft.path, content)
        if card is None or not draft.letters:
            return 0
        text = "\n".join(line.text for line in card.lines)
        count = 0
        for question in await self._questions.numbered(draft.letters):
            try:
                await self._letters.answer(question.code, text, "Ban biên tập", answered, staff_id=staff_id, who=who)
            except LetterError:  # answered or put aside meanwhile
                _LOG.info("question %s had an answer already", question.code)
            else:
                count += 1
        return count
