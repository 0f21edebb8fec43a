"""Commands about reports: opens one, shows what became of those sent before, begins what may be done with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.conversation import phrases
from bot.conversation.commands import Command
from bot.conversation.flows import following, pictures, report, report_acts
from bot.conversation.flows.desk import Desk, Followed, NotDone
from bot.conversation.flows.engine import Engine
from bot.conversation.flows.forms import Refused
from bot.conversation.memory import Memory
from bot.conversation.open_forms import photos_of
from bot.conversation.steered import Doing, Steered
from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import Act

_WITH_PHOTO: Final = "photo"
"""What a command to report is told by the button under photos: what was written with them is the report's text."""
_ACTS: Final[Mapping[Command, tuple[str, Act | None]]] = {
    Command.ADD: (report_acts.ADDITION, None),
    Command.WITHDRAW: (report_acts.WITHDRAWAL, Act.WITHDRAW),
    Command.DONE: (report_acts.DONE, Act.CONFIRM),
    Command.UNDONE: (report_acts.UNDONE, Act.REOPEN),
    Command.RESTORE: (report_acts.OBJECTION, Act.RESTORE),
}
"""The flow in which something is done with a report, and the act that has to be possible for it."""


class Reporting:
    """Carries out commands about reports. Raises `DeskError`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def commands(self) -> Mapping[Command, Doing]:
        """What carries out each of them."""
        acts = {command: partial(self._begin, command) for command in _ACTS}
        return {Command.LETTER: self._letter, Command.TRACK: self._track, **acts}

    async def _letter(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Open a report, with the photos that were sent just before. With a kind, what was asked last is its text."""
        known = photos_of(memory, now)
        if argument in {kind.value for kind in ReportKind}:
            known["told"] = argument
            if (subject := memory.fresh_subject(now)) and _tells(subject.question):
                known["text"] = subject.question
        captioned = argument == _WITH_PHOTO and pictures.KEY in known and _tells(memory.caption)
        if captioned:
            known["text"] = memory.caption
        opened = Steered.formed(await self._engine.open(report.NAME, desk, now, known), memory.without_photos())
        return opened.led_by(phrases.TAKEN_AS_TEXT.format(text=memory.caption)) if captioned else opened

    async def _track(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Show the report with a code, else the only one, else the list of those that were sent."""
        if (code := following.code_in(argument)) is not None:
            return await self._shown(desk, memory, code, now)
        reports = (await desk.stored()).reports
        if not reports:
            return Steered.told(following.NONE_SENT, memory)
        if len(reports) == 1:
            return await self._shown(desk, memory, reports[0].code, now)
        return Steered.replied(following.list_reply(reports), memory)

    async def _shown(self, desk: Desk, memory: Memory, code: str, now: datetime) -> Steered:
        found = await desk.report(code)
        if isinstance(found, NotDone):
            return Steered.replied(following.not_done_reply(found, code), memory)
        return Steered.replied(following.report_reply(found, now), memory)

    async def _begin(self, command: Command, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Open the form of something that is done with a report, if that can be done now."""
        flow, act = _ACTS[command]
        code = following.code_in(argument)
        if code is None:
            return await self._track(desk, memory, "", now)
        found = await desk.report(code)
        if isinstance(found, NotDone):
            return Steered.replied(following.not_done_reply(found, code), memory)
        if not (following.may_add(found) if act is None else following.may(found, act)):
            return _no_longer(found, code, memory, now)
        known = {"code": code, "kind": found.report.kind.value, **photos_of(memory, now)}
        return Steered.formed(await self._engine.open(flow, desk, now, known), memory.without_photos())


def _no_longer(found: Followed, code: str, memory: Memory, now: datetime) -> Steered:
    """Say that something cannot be done with a report any more, and show how it stands."""
    shown = following.report_reply(found, now)
    why = following.not_done_reply(NotDone.NO_LONGER, code).text
    return Steered.replied(replace(shown, text=f"{why}\n\n{shown.text}"), memory)


def _tells(text: str) -> bool:
    """Whether a text can be that of a report."""
    return not isinstance(report.read_text(text, {}), Refused)
