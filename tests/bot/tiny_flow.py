"""A flow of three steps and a desk that takes what comes of it, for tests of the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, cast

from bot.conversation.flows.desk import Desk, DeskError, Wish
from bot.conversation.flows.engine import Engine, Outcome
from bot.conversation.flows.forms import (
    Accepted,
    Attached,
    Choice,
    Finished,
    Flow,
    Form,
    Prompt,
    Reading,
    Refused,
    Reopened,
    Step,
    Taken,
    Values,
)
from bot.conversation.flows.lifecycle import OPEN
from bot.conversation.messages import Kind, Reply

NOW: Final = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER: Final = NOW + timedelta(minutes=5)
TOKEN: Final = "0a1b2c"
SIZES: Final = (Choice("Cỡ nhỏ", "small"), Choice("Cỡ lớn", "big"))


class FakeDesk:
    """Takes the topics of a finished form, or fails."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, ...]] = []
        self.fails = False
        self.found = "kho"
        self.dropped: list[str] = []

    async def subscribe(self, wish: Wish) -> None:
        if self.fails:
            raise DeskError
        self.taken.append(wish.topics)

    async def link_code(self) -> str:
        """What a step looks up."""
        if self.fails:
            raise DeskError
        return self.found

    async def drop(self, kind: str) -> None:
        if self.fails:
            raise DeskError
        self.dropped.append(kind)

    @property
    def as_desk(self) -> Desk:
        """This desk where a whole one is wanted."""
        return cast("Desk", self)


def read_size(answer: str, _values: Values) -> Reading:
    return Accepted({"size": answer}) if answer in {"small", "big"} else Refused("Chọn cỡ nhé.", {"size.near": answer})


def read_note(answer: str, _values: Values) -> Reading:
    return Accepted({"note": answer}) if len(answer) <= 10 else Refused(f"Dài {len(answer)} ký tự.")


def read_colour(answer: str, _values: Values) -> Reading:
    return Accepted({"colour": answer}) if answer else Refused("Màu gì?")


async def finish(values: Values, desk: Desk) -> Finished:
    if values["colour"] == "không có":
        return Finished(Reply(kind=Kind.FLOW, text="Hết màu này."), done=False)
    await desk.subscribe(Wish(topics=tuple(values[name] for name in ("size", "note", "colour"))))
    return Finished(Reply(kind=Kind.FLOW, text="Xong."))


FLOW: Final = Flow(
    name="bag",
    title="Đặt túi",
    steps=(
        Step(name="size", ask=lambda _values: Prompt("Cỡ nào?", SIZES), read=read_size),
        Step(name="note", ask=lambda _values: Prompt("Ghi chú?"), read=read_note, optional=True, takes_questions=True),
        Step(name="colour", ask=lambda _values: Prompt("Màu nào?"), read=read_colour),
    ),
    finish=finish,
)


async def look_up(_values: Values, desk: Desk) -> Values:
    return {"where.near": await desk.link_code()}


def attach(step: str, _values: Values, attached: Attached) -> Taken:
    return Taken({step: "ghim"} if attached.pin else {}, attached.refused or "Đã ghim.")


async def drop(values: Values, desk: Desk) -> None:
    await cast("FakeDesk", desk).drop(values["kind"])


def read_telling(answer: str, _values: Values) -> Reading:
    return Reopened(("kind", "where", "text")) if answer == "đổi hết" else Accepted({"text": answer})


async def told(_values: Values, _desk: Desk) -> Finished:
    return Finished(Reply(kind=Kind.FLOW, text="Xong."))


TELLING: Final = Flow(
    name="tell",
    title="Kể chuyện",
    steps=(
        Step(name="kind", ask=lambda _values: Prompt("Loại?"), read=lambda answer, _values: Accepted({"kind": answer})),
        Step(
            name="where",
            ask=lambda values: Prompt(f"Ở đâu? Gần {values.get('where.near', '?')}?"),
            read=lambda answer, _values: Accepted({"where": answer}),
            applies=lambda values: values.get("kind") == "hazard",
            prepare=look_up,
        ),
        Step(
            name="text",
            ask=lambda _values: Prompt("Chuyện gì?"),
            read=read_telling,
            optional=lambda values: values.get("kind") != "hazard",
        ),
    ),
    finish=told,
    attach=attach,
    drop=drop,
)
"""A flow whose steps depend on values, look something up and may be asked anew, and that takes pins."""
ENGINE: Final = Engine([FLOW], lambda: TOKEN)


async def filled(desk: FakeDesk, *answers: str) -> Outcome:
    """Open a form and type answers, one after the other."""
    outcome = await ENGINE.open("bag", desk.as_desk, NOW)
    for answer in answers:
        outcome = await ENGINE.typed(open_form(outcome), answer, desk.as_desk, LATER)
    return outcome


def open_form(outcome: Outcome) -> Form:
    """Return the form of an outcome that must not have closed it."""
    assert outcome.form is not None
    assert outcome.form.state in OPEN
    return outcome.form
