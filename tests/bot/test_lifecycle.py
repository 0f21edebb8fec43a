"""A form over time: paused, resumed, expired, and buttons of old messages."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.flows import lifecycle, wording
from bot.conversation.flows.engine import Control, Engine, Pressed
from bot.conversation.flows.forms import Form
from bot.conversation.flows.lifecycle import OPEN, TRANSITIONS, Event, State, TransitionError, after
from tests.bot.tiny_flow import ENGINE, FLOW, LATER, TOKEN, FakeDesk, filled, open_form

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
async def form(desk: FakeDesk) -> Form:
    """One with its first step answered, last touched at `LATER`."""
    return open_form(await filled(desk, "1"))


def test_examples_hold() -> None:
    result = doctest.testmod(lifecycle)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(("state", "event"), [(state, event) for state in State for event in Event])
def test_only_what_the_table_has_can_happen(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(TransitionError):
            after(state, event)


def test_every_state_is_reached_and_a_closed_form_stays_closed() -> None:
    assert {State.ASKING, *TRANSITIONS.values()} == {*State}
    assert {state for state, _ in TRANSITIONS} == OPEN


@pytest.mark.parametrize("state", [State.ASKING, State.PAUSED])
def test_an_open_form_can_always_be_cancelled_alarmed_and_expire(state: State) -> None:
    assert after(state, Event.CANCELLED) is State.CANCELLED
    assert after(state, Event.ALARMED) is State.PAUSED
    assert after(state, Event.EXPIRED) is State.EXPIRED


async def test_a_form_waits_then_is_paused_then_expires(form: Form) -> None:
    assert ENGINE.as_of(form, LATER + FLOW.pauses_after) == form
    paused = ENGINE.as_of(form, LATER + FLOW.pauses_after + MOMENT)
    assert paused == replace(form, state=State.PAUSED)
    assert ENGINE.as_of(paused, LATER + FLOW.expires_after) == paused
    assert ENGINE.as_of(paused, LATER + FLOW.expires_after + MOMENT).state is State.EXPIRED
    assert ENGINE.as_of(form, LATER + FLOW.expires_after + MOMENT).state is State.EXPIRED


async def test_a_form_whose_flow_or_step_is_no_more_expires(form: Form) -> None:
    assert ENGINE.as_of(replace(form, step="shape"), LATER).state is State.EXPIRED
    assert Engine([], lambda: TOKEN).as_of(form, LATER).state is State.EXPIRED
    assert Engine([], lambda: TOKEN).title(form) == wording.SOME_FORM


async def test_resuming_asks_the_question_again_and_waits_anew(desk: FakeDesk, form: Form) -> None:
    tomorrow = LATER + timedelta(days=1)
    paused = ENGINE.as_of(form, tomorrow)
    pressed = Pressed.read(ENGINE.reminder(paused).payload or "")
    assert pressed is not None
    outcome = await ENGINE.pressed(paused, pressed, desk.as_desk, tomorrow)
    assert outcome.form == replace(form, touched=tomorrow)
    assert outcome.replies[0].text == "Đặt túi (2/3)\nGhi chú?"
    again = await ENGINE.control(open_form(outcome), Control.RESUME, desk.as_desk, tomorrow)
    assert again.form == outcome.form


@pytest.mark.parametrize(("control", "step"), [(Control.BACK, "size"), (Control.SKIP, "colour")])
async def test_steering_a_paused_form_takes_it_up_again(
    desk: FakeDesk, form: Form, control: Control, step: str
) -> None:
    paused = form.on(Event.ALARMED)
    outcome = await ENGINE.control(paused, control, desk.as_desk, LATER)
    assert (open_form(outcome).step, open_form(outcome).state) == (step, State.ASKING)


async def test_a_paused_form_can_be_cancelled(desk: FakeDesk, form: Form) -> None:
    assert (await ENGINE.control(form.on(Event.LEFT), Control.CANCEL, desk.as_desk, LATER)).form is None


@pytest.mark.parametrize(
    "old",
    [Pressed("ffffff", "note", "big"), Pressed(TOKEN, "size", "big"), Pressed("ffffff", "note", Control.CANCEL.value)],
)
async def test_an_old_button_changes_nothing(desk: FakeDesk, form: Form, old: Pressed) -> None:
    outcome = await ENGINE.pressed(form, old, desk.as_desk, LATER)
    assert outcome.form == form
    assert [reply.text for reply in outcome.replies] == [wording.OLD_BUTTON, "Đặt túi (2/3)\nGhi chú?"]


async def test_a_button_without_a_form_changes_nothing(desk: FakeDesk) -> None:
    outcome = await ENGINE.pressed(None, Pressed(TOKEN, "size", "big"), desk.as_desk, LATER)
    assert outcome.form is None
    assert [reply.text for reply in outcome.replies] == [wording.OLD_BUTTON]


async def test_a_button_of_the_step_is_its_answer(desk: FakeDesk) -> None:
    form = open_form(await filled(desk))
    pressed = Pressed.read(f"form:{TOKEN}:size:big")
    assert pressed is not None
    assert open_form(await ENGINE.pressed(form, pressed, desk.as_desk, LATER)).values == {"size": "big"}
    cancelled = await ENGINE.pressed(form, Pressed(TOKEN, "size", Control.CANCEL.value), desk.as_desk, LATER)
    assert cancelled.form is None


@pytest.mark.parametrize(
    "payload",
    [
        "", "form:", "form:0a1b2c:size:", "form:0A1B2C:size:big", "form:0a1b2c:SIZE:big", "card:a",
        "form:0a1b2c:size:big small", f"form:0a1b2c:size:{'x' * 41}", "form:0a1b2c:size:big\n",
    ],
)  # fmt: skip
def test_other_payloads_are_no_button_of_a_form(payload: str) -> None:
    assert Pressed.read(payload) is None


async def test_a_form_is_stored_and_read_back(form: Form) -> None:
    for one in (form, form.on(Event.LEFT, tries=2)):
        assert Form.from_json(json.loads(json.dumps(one.as_json()))) == one


@pytest.mark.parametrize("part", ["flow", "step", "token", "touched", "values", "path", "tries", "state"])
async def test_what_is_no_form_is_refused(form: Form, part: str) -> None:
    stored = form.as_json()
    with pytest.raises((KeyError, TypeError, ValueError)):
        Form.from_json({name: value for name, value in stored.items() if name != part})
