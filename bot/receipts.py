"""Reports by their receipt codes. Whoever has a code may see and do; whoever guesses is kept to their own reports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from bot.conversation.flows.desk import NotDone
from bot.feedback.lifecycle import TransitionError
from bot.feedback.reports import Report
from bot.store.reports import Reports, StaleReportError, UnknownReportError
from bot.wrong_codes import WrongCodes


class Receipts:
    """The receipt codes that one resident types. `wrong` is counted beyond their turn."""

    def __init__(self, reports: Reports, wrong: WrongCodes, conversation: UUID) -> None:
        self._reports = reports
        self._wrong = wrong
        self._conversation = conversation

    async def look(self, code: str) -> Report | NotDone:
        """Return the report with a code. A code that there is not counts as a wrong one.

        After too many of these only the resident's own reports are found for a while.
        """
        if self._wrong.too_many(self._conversation):
            own = await self._reports.of(self._conversation)
            return next((one for one in own if one.code == code), NotDone.TOO_MANY)
        found = await self._reports.by_code(code)
        if found is None:
            self._wrong.note(self._conversation)
            return NotDone.UNKNOWN
        return found

    async def do(self, code: str, doing: Callable[[Report], Awaitable[None]]) -> NotDone | None:
        """Do something with the report of that code; return why it was not done."""
        found = await self._reports.by_code(code)
        if found is None:
            return NotDone.UNKNOWN
        try:
            await doing(found)
        except UnknownReportError:
            return NotDone.UNKNOWN
        except (TransitionError, StaleReportError):
            return NotDone.NO_LONGER
        return None
