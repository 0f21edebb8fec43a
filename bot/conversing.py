"""Puts a dialogue together: what answers, what steers, and what they stand on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.conversation.alarms import Alarms
from bot.conversation.answers import Answers
from bot.conversation.dialogue import Dialogue, QuestionQueue
from bot.conversation.filling import Filling
from bot.conversation.flows.drill import drill_flow
from bot.conversation.flows.engine import Engine
from bot.conversation.flows.forms import Flow
from bot.conversation.flows.home import home_flow
from bot.conversation.flows.link import link_flow
from bot.conversation.flows.news import news_flow
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.flows.privacy import erasing_flow
from bot.conversation.flows.quiz import quiz_flow
from bot.conversation.flows.report import report_flow
from bot.conversation.flows.report_acts import act_flows
from bot.conversation.flows.wrong import wrong_flow
from bot.conversation.gathering import Gatherer
from bot.conversation.memory import Keeper
from bot.conversation.obeying import Obeying
from bot.conversation.open_forms import OpenForms
from bot.conversation.questions import Questions
from bot.conversation.routing import Router
from bot.conversation.steering import Steering
from bot.conversation.turn import Assistant
from bot.conversation.turn_taking import TurnTaking
from bot.conversation.typed import Nlu
from knowledge.check import KnowledgeBase
from knowledge.clock import VIET_NAM, today
from knowledge.gazetteer import Gazetteer


def now() -> datetime:
    """Return the time in Viet Nam."""
    return datetime.now(VIET_NAM)


def place_reading(base: KnowledgeBase) -> PlaceReading:
    """Return what reads the places that residents name."""
    return PlaceReading(base.places, Gazetteer(base.places))


def all_flows(base: KnowledgeBase, reading: PlaceReading, day: Callable[[], date] = today) -> tuple[Flow, ...]:
    """Return the flows that residents can be led through; `day` is the one as of which sources are cited."""
    return (
        home_flow(reading),
        news_flow(reading),
        wrong_flow(),
        report_flow(reading),
        *act_flows(),
        erasing_flow(),
        link_flow(),
        *((quiz_flow(base, day),) if base.quizzes else ()),
        *((drill_flow(base, day),) if base.drills else ()),
    )


@dataclass(frozen=True)
class Conversing:
    """What dialogues stand on, whatever knowledge is in use. Calling it makes a dialogue on what answers."""

    nlu: Nlu | None = None
    keeper: Keeper | None = None
    queue: QuestionQueue | None = None
    clock: Callable[[], datetime] = now
    gatherer: Gatherer = field(default_factory=Gatherer)

    def __call__(self, assistant: Assistant) -> Dialogue:
        """Put a dialogue together."""
        base, answers = assistant.base, Answers(assistant, Router())
        reading = place_reading(base)
        engine = Engine(all_flows(base, reading, lambda: assistant.day), lambda: secrets.token_hex(3))
        forms, obeying = OpenForms(engine), Obeying(base, engine)
        steering = Steering(assistant, engine, forms, obeying, Filling(assistant, engine, answers, obeying))
        alarms = Alarms(assistant, engine, answers, forms)
        questions = Questions(
            places=base.places,
            reading=reading,
            answers=answers,
            alarms=alarms,
            forms=forms,
            obeying=obeying,
            nlu=self.nlu,
        )
        taking = TurnTaking(
            assistant=assistant, steering=steering, forms=forms, alarms=alarms, questions=questions, nlu=self.nlu
        )
        return Dialogue(
            assistant=assistant,
            taking=taking,
            alarms=alarms,
            forms=forms,
            keeper=self.keeper,
            queue=self.queue,
            clock=self.clock,
            gatherer=self.gatherer,
        )
