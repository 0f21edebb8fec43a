"""Carries out commands: news, one's own data and home, channels that become one, quizzes and drills, reports."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.conversation import phrases
from bot.conversation.commands import Command
from bot.conversation.flows import courses, drill, home, link, my_news, news, privacy, quiz, trial, wording
from bot.conversation.flows.desk import Desk, NotLinked
from bot.conversation.flows.engine import Engine
from bot.conversation.flows.forms import Form
from bot.conversation.memory import Memory, Recalled
from bot.conversation.messages import Button, Kind, Reply, Turn
from bot.conversation.reporting import Reporting
from bot.conversation.steered import Doing, Steered, done_or_told
from knowledge.check import KnowledgeBase

_HELP: Final = (
    Button(label="Gửi phản ánh, hỏi cán bộ", payload="do:letter"),
    Button(label="Phản ánh của tôi", payload="do:track"),
    Button(label="Nơi tôi ở", payload="do:home"),
    Button(label="Đăng ký nhận tin", payload="do:news"),
    Button(label="Dữ liệu của tôi", payload="do:privacy"),
)
_ONLY_SHOW: Final = frozenset({Command.PRIVACY, Command.MY_NEWS, Command.TRACK, Command.TRIAL})
"""Commands beside which a form stays open."""


class Obeying:
    """Carries out what residents tell the assistant to do. Raises nothing: a store that fails is said kindly."""

    def __init__(self, base: KnowledgeBase, engine: Engine) -> None:
        self._engine = engine
        self._places = base.places
        self._exercises: Mapping[str, Container[str]] = {quiz.NAME: base.quizzes, drill.NAME: base.drills}
        self._commands: Mapping[Command, Doing] = {
            **Reporting(engine).commands,
            Command.STOP: self._stop,
            Command.NEWS: self._news,
            Command.MY_NEWS: self._my_news,
            Command.HOURS: self._hours,
            Command.PRIVACY: self._privacy,
            Command.ERASE: self._erase,
            Command.FORGET_HOME: self._forget_home,
            Command.HOME: self._home,
            Command.LINK: self._link,
            Command.UNLINK: self._unlink,
            Command.TRIAL: self._trial,
            Command.QUIZ: partial(self._exercise, quiz.NAME),
            Command.DRILL: partial(self._exercise, drill.NAME),
        }

    async def command(
        self, command: Command, known: Recalled, desk: Desk | None, now: datetime, argument: str = ""
    ) -> Steered:
        """Carry out a command. A form that is open is closed, and that is said."""
        if command is Command.HELP:
            reply = Reply(kind=Kind.SMALLTALK, text=phrases.HELP, buttons=_HELP)
            return Steered(Turn(kind=Kind.SMALLTALK, replies=(reply,)), known.memory)
        if desk is None:
            return Steered.told(wording.CANNOT_NOW, known.memory)
        keeps_form = command in _ONLY_SHOW or (command is Command.LINK and not argument)
        memory = known.memory if keeps_form else replace(known.memory, form=None)
        steered = await done_or_told(self._commands[command](desk, memory, argument, now), known.memory)
        return self._with_closed(known.memory.form, steered)

    def _with_closed(self, form: Form | None, steered: Steered) -> Steered:
        """Say first that a form was closed, unless it is open still or was begun anew."""
        after = steered.memory.form
        if form is None or after is form or (after is not None and after.flow == form.flow):
            return steered
        return steered.led_by(phrases.FORM_CLOSED.format(title=self._engine.title(form)))

    async def _stop(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        stopped = await desk.unsubscribe()
        return Steered.told(news.STOPPED if stopped else news.NOT_SUBSCRIBED, memory)

    async def _news(self, desk: Desk, memory: Memory, _argument: str, now: datetime) -> Steered:
        return Steered.formed(await self._engine.open(news.NAME, desk, now), memory)

    async def _my_news(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        return Steered.replied(my_news.news_reply(await desk.news(), await desk.profile(), self._places), memory)

    async def _hours(self, desk: Desk, memory: Memory, _argument: str, now: datetime) -> Steered:
        """Ask only for the times anew; whoever is not subscribed is asked for all."""
        subscribed = await desk.news()
        if subscribed is None or not subscribed.active:
            return (await self._news(desk, memory, "", now)).led_by(news.NOT_YET)
        known = news.for_hours(subscribed, await desk.profile())
        return Steered.formed(await self._engine.open(news.NAME, desk, now, known), memory)

    async def _privacy(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        half_filled = self._engine.title(memory.form) if memory.form else None
        reply = privacy.stored_reply(await desk.stored(), self._places, half_filled=half_filled)
        return Steered.replied(reply, memory)

    async def _erase(self, desk: Desk, memory: Memory, _argument: str, now: datetime) -> Steered:
        return Steered.formed(await self._engine.open(privacy.NAME, desk, now), memory)

    async def _home(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        known = {"place": argument} if self._places.coded(argument) else {}
        return Steered.formed(await self._engine.open(home.NAME, desk, now, known), memory)

    async def _forget_home(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        await desk.forget_profile()
        return Steered.told(phrases.HOME_FORGOTTEN, memory)

    async def _link(self, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Give a code or, with one, ask whether to link with whoever gave it."""
        if not argument:
            return Steered.replied(link.code_reply(await desk.link_code()), memory)
        linkable = await desk.linkable(argument)
        if isinstance(linkable, NotLinked):
            return Steered.replied(link.refused_reply(linkable), memory)
        known = {"code": argument, "from": linkable}
        return Steered.formed(await self._engine.open(link.NAME, desk, now, known), memory)

    async def _unlink(self, desk: Desk, memory: Memory, _argument: str, _now: datetime) -> Steered:
        return Steered.replied(link.unlinked_reply(await desk.unlink()), memory)

    async def _trial(self, desk: Desk, memory: Memory, argument: str, _now: datetime) -> Steered:
        """Let trial messages come here; without a code, which only a made-up button has, it is a wrong one."""
        return Steered.replied(trial.reply_to(await desk.take_trials(argument)), memory)

    async def _exercise(self, flow: str, desk: Desk, memory: Memory, argument: str, now: datetime) -> Steered:
        """Open a quiz or a drill, by its id and the number of a campaign's message; without an id, from a list."""
        if flow not in self._engine.flows:
            return Steered.told(phrases.NO_EXERCISES, memory)
        known = courses.opening(argument)
        gone_by_now = courses.PICK in known and known[courses.PICK] not in self._exercises[flow]
        opened = Steered.formed(await self._engine.open(flow, desk, now, {} if gone_by_now else known), memory)
        return opened.led_by(phrases.EXERCISE_GONE) if gone_by_now else opened
