"""A form on its way through a tiny flow: asked, answered, steered, finished or not."""

from __future__ import annotations

import pytest

from bot.conversation.flows import wording
from bot.conversation.flows.engine import Control, Engine, Outcome
from bot.conversation.flows.forms import PAYLOAD_LIMIT, TRIES, Attached, Flow, Prompt, Refused, Step
from bot.conversation.flows.lifecycle import State
from tests.bot.tiny_flow import ENGINE, LATER, NOW, TELLING, TOKEN, FakeDesk, filled, open_form, told

PATIENT = Engine(
    [
        Flow(
            name="patient",
            title="Hỏi",
            steps=(
                Step(
                    name="what",
                    ask=lambda values: Prompt(f"Lần {values.get(TRIES, '0')}"),
                    read=lambda _answer, _values: Refused("Gì nhỉ?"),
                    optional=lambda values: values.get(TRIES) == "2",
                ),
            ),
            finish=told,
        )
    ],
    lambda: TOKEN,
)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def labels(outcome: Outcome) -> list[str]:
    return [button.label for button in outcome.replies[-1].buttons]


async def test_the_first_question_is_asked_with_its_choices(desk: FakeDesk) -> None:
    outcome = await ENGINE.open("bag", desk.as_desk, NOW)
    assert outcome.replies[0].text == "Đặt túi (1/3)\nCỡ nào?"
    assert labels(outcome) == ["Cỡ nhỏ", "Cỡ lớn", wording.CANCEL]
    assert outcome.replies[0].buttons[0].payload == f"form:{TOKEN}:size:small"
    assert all(len(str(button.payload).encode()) <= PAYLOAD_LIMIT for button in outcome.replies[0].buttons)


@pytest.mark.parametrize("answer", ["2", "2.", "Cỡ lớn", "co lon", "CỠ LỚN!", "big"])
async def test_a_choice_is_typed_by_number_label_or_value(desk: FakeDesk, answer: str) -> None:
    form = open_form(await filled(desk, answer))
    assert (form.step, form.values) == ("note", {"size": "big"})


@pytest.mark.parametrize(
    "answer", ["0", "3", "99", "²", "①", "２", "٢", "½", "9" * 4_000, "hai", "", "🔥", "form:0a1b2c:size:big"]
)
async def test_another_number_or_sign_chooses_nothing(desk: FakeDesk, answer: str) -> None:
    form = open_form(await ENGINE.open("bag", desk.as_desk, NOW))
    assert not ENGINE.offers(form, answer)
    assert open_form(await ENGINE.typed(form, answer, desk.as_desk, LATER)).step == "size"


async def test_a_form_is_filled_and_finished(desk: FakeDesk) -> None:
    outcome = await filled(desk, "1", "quà", "đỏ")
    assert outcome.form is None
    assert outcome.replies[0].text == "Xong."
    assert desk.taken == [("small", "quà", "đỏ")]


async def test_a_refused_answer_is_asked_again_with_the_reason(desk: FakeDesk) -> None:
    once = await filled(desk, "gì cũng được")
    assert once.replies[0].text == "Chọn cỡ nhé.\nĐặt túi (1/3)\nCỡ nào?"
    assert open_form(once).values == {"size.near": "gì cũng được"}
    twice = await ENGINE.typed(open_form(once), "sao cũng được", desk.as_desk, LATER)
    assert f"Chọn cỡ nhé.\n{wording.STUCK}\n" in twice.replies[0].text
    third = await ENGINE.typed(open_form(twice), "1", desk.as_desk, LATER)
    assert open_form(third).tries == 0


async def test_ways_out_of_an_optional_step(desk: FakeDesk) -> None:
    outcome = await filled(desk, "1", "x" * 11, "x" * 12)
    assert outcome.replies[0].text.startswith(f"Dài 12 ký tự.\n{wording.STUCK_OPTIONAL}\n")
    assert labels(outcome) == [wording.SKIP, wording.BACK, wording.CANCEL]


async def test_skipping(desk: FakeDesk) -> None:
    refused = await ENGINE.control(open_form(await filled(desk)), Control.SKIP, desk.as_desk, LATER)
    assert open_form(refused).step == "size"
    assert refused.replies[0].text.startswith(wording.CANNOT_SKIP)
    skipped = await ENGINE.control(open_form(await filled(desk, "1")), Control.SKIP, desk.as_desk, LATER)
    await ENGINE.typed(open_form(skipped), "đỏ", desk.as_desk, LATER)
    assert desk.taken == [("small", "", "đỏ")]


async def test_going_back_asks_the_step_before_and_forgets_its_answer(desk: FakeDesk) -> None:
    form = open_form(await filled(desk, "vừa", "1", "quà"))
    once = open_form(await ENGINE.control(form, Control.BACK, desk.as_desk, LATER))
    assert (once.step, once.values, once.tries) == ("note", {"size": "small", "size.near": "vừa"}, 0)
    twice = open_form(await ENGINE.control(once, Control.BACK, desk.as_desk, LATER))
    assert (twice.step, twice.values, twice.path) == ("size", {}, ())
    first = await ENGINE.control(twice, Control.BACK, desk.as_desk, LATER)
    assert first.replies[0].text.startswith(wording.NOTHING_BEFORE)


async def test_going_back_to_a_step_known_from_the_start(desk: FakeDesk) -> None:
    form = open_form(await ENGINE.open("bag", desk.as_desk, NOW, {"size": "big"}))
    assert form.step == "note"
    back = await ENGINE.control(form, Control.BACK, desk.as_desk, LATER)
    assert back.replies[0].text == "Đặt túi (1/3)\nCỡ nào?"
    for answer in ("1", "quà", "đỏ"):
        back = await ENGINE.typed(open_form(back), answer, desk.as_desk, LATER) if back.form else back
    assert desk.taken == [("small", "quà", "đỏ")]


async def test_a_step_that_no_longer_applies_is_left_out_after_going_back(desk: FakeDesk) -> None:
    engine = Engine([TELLING], lambda: TOKEN)
    outcome = await engine.open("tell", desk.as_desk, NOW, {"kind": "hazard"})
    assert open_form(outcome).step == "where"
    outcome = await engine.control(open_form(outcome), Control.BACK, desk.as_desk, LATER)
    outcome = await engine.typed(open_form(outcome), "opinion", desk.as_desk, LATER)
    assert open_form(outcome).step == "text"
    assert "(2/2)" in outcome.replies[0].text


async def test_what_a_step_needs_is_looked_up_before_it_is_asked_and_anew_after_going_back(desk: FakeDesk) -> None:
    engine = Engine([TELLING], lambda: TOKEN)
    form = open_form(await engine.open("tell", desk.as_desk, NOW, {"kind": "hazard"}))
    assert form.values["where.near"] == "kho"
    desk.found = "chợ"
    back = open_form(await engine.control(form, Control.BACK, desk.as_desk, LATER))
    assert "where.near" not in back.values
    again = open_form(await engine.typed(back, "hazard", desk.as_desk, LATER))
    assert again.values["where.near"] == "chợ"


async def test_a_store_that_fails_costs_only_what_would_have_been_looked_up(desk: FakeDesk) -> None:
    desk.fails = True
    form = open_form(await Engine([TELLING], lambda: TOKEN).open("tell", desk.as_desk, NOW, {"kind": "hazard"}))
    assert (form.step, form.values) == ("where", {"kind": "hazard"})


async def test_an_answer_may_ask_earlier_steps_anew(desk: FakeDesk) -> None:
    engine = Engine([TELLING], lambda: TOKEN)
    outcome = await engine.open("tell", desk.as_desk, NOW)
    for answer in ("hazard", "kho", "đổi hết"):
        outcome = await engine.typed(open_form(outcome), answer, desk.as_desk, LATER)
    assert (open_form(outcome).step, dict(open_form(outcome).values)) == ("kind", {})


async def test_a_step_may_be_skipped_only_with_some_values(desk: FakeDesk) -> None:
    engine = Engine([TELLING], lambda: TOKEN)
    known = {"kind": "hazard", "where": "kho"}
    refused = await engine.control(
        open_form(await engine.open("tell", desk.as_desk, NOW, known)), Control.SKIP, desk.as_desk, LATER
    )
    assert refused.replies[0].text.startswith(wording.CANNOT_SKIP)
    opinion = open_form(await engine.open("tell", desk.as_desk, NOW, {"kind": "opinion"}))
    assert (await engine.control(opinion, Control.SKIP, desk.as_desk, LATER)).form is None


async def test_what_is_attached_is_kept_and_the_step_asked_or_answered(desk: FakeDesk) -> None:
    engine = Engine([TELLING], lambda: TOKEN)
    form = open_form(await engine.open("tell", desk.as_desk, NOW, {"kind": "hazard"}))
    kept = engine.kept(form, Attached(refused="Ảnh hỏng."), LATER)
    assert kept is not None
    outcome = await engine.went_on(kept[0], kept[1], desk.as_desk, LATER)
    assert open_form(outcome).step == "where"
    assert outcome.replies[0].text.startswith("Ảnh hỏng.\nKể chuyện (2/3)")
    pinned = engine.kept(form, Attached(pin=(10.5, 106.5)), LATER)
    assert pinned is not None
    outcome = await engine.went_on(pinned[0], pinned[1], desk.as_desk, LATER)
    assert open_form(outcome).step == "text"
    assert open_form(outcome).path == ("where",)
    bag = open_form(await ENGINE.open("bag", desk.as_desk, NOW))
    assert ENGINE.kept(bag, Attached(pin=(10.5, 106.5)), LATER) is None


@pytest.mark.parametrize("fails", [False, True])
async def test_cancelling_drops_what_is_kept_outside_as_far_as_the_store_can(desk: FakeDesk, fails: bool) -> None:
    engine = Engine([TELLING], lambda: TOKEN)
    form = open_form(await engine.open("tell", desk.as_desk, NOW, {"kind": "hazard"}))
    desk.fails = fails
    assert (await engine.control(form, Control.CANCEL, desk.as_desk, LATER)).form is None
    assert desk.dropped == ([] if fails else ["hazard"])


async def test_cancelling_closes_the_form_and_keeps_nothing(desk: FakeDesk) -> None:
    outcome = await ENGINE.control(open_form(await filled(desk, "1")), Control.CANCEL, desk.as_desk, LATER)
    assert outcome == Outcome(None, outcome.replies)
    assert outcome.replies[0].text == wording.CANCELLED.format(title="Đặt túi")
    assert desk.taken == []


async def test_a_store_that_fails_loses_nothing(desk: FakeDesk) -> None:
    desk.fails = True
    failed = await filled(desk, "1", "quà", "đỏ")
    form = open_form(failed)
    assert (form.step, form.state, form.values) == ("colour", State.ASKING, {"size": "small", "note": "quà"})
    assert failed.replies[0].text == f"{wording.NOT_STORED}\nĐặt túi (3/3)\nMàu nào?"
    desk.fails = False
    assert (await ENGINE.typed(form, "đỏ", desk.as_desk, LATER)).form is None
    assert desk.taken == [("small", "quà", "đỏ")]


async def test_what_could_not_be_done_is_asked_again(desk: FakeDesk) -> None:
    outcome = await filled(desk, "1", "quà", "không có")
    assert open_form(outcome).step == "colour"
    assert outcome.replies[0].text.startswith("Hết màu này.\n")
    assert desk.taken == []


async def test_a_form_that_was_known_whole_and_fails_is_closed_with_the_reason(desk: FakeDesk) -> None:
    desk.fails = True
    known = {"size": "big", "note": "", "colour": "đỏ"}
    outcome = await ENGINE.open("bag", desk.as_desk, NOW, known)
    assert [reply.text for reply in outcome.replies] == [wording.NOT_STORED]


async def test_what_a_step_makes_of_a_text(desk: FakeDesk) -> None:
    form = open_form(await filled(desk))
    assert ENGINE.accepts(form, "small")
    assert ENGINE.accepts(form, "gần đúng")  # refused, but part of it was understood
    assert not ENGINE.accepts(form, "")
    assert not ENGINE.takes_questions(form)
    assert ENGINE.takes_questions(open_form(await filled(desk, "1")))


async def test_a_step_is_told_how_often_it_was_asked_in_vain_and_nothing_is_stored_of_it(desk: FakeDesk) -> None:
    outcome = await PATIENT.open("patient", desk.as_desk, NOW)
    for answer in ("a", "b"):
        outcome = await PATIENT.typed(open_form(outcome), answer, desk.as_desk, LATER)
    assert outcome.replies[0].text.endswith("Lần 2")
    assert TRIES not in open_form(outcome).values
    assert wording.SKIP in labels(outcome)
    done = await PATIENT.control(open_form(outcome), Control.SKIP, desk.as_desk, LATER)
    assert done.form is None


async def test_skipping_in_vain_counts_too(desk: FakeDesk) -> None:
    outcome = await PATIENT.open("patient", desk.as_desk, NOW)
    for _ in range(2):
        outcome = await PATIENT.control(open_form(outcome), Control.SKIP, desk.as_desk, LATER)
        assert outcome.replies[0].text.startswith(wording.CANNOT_SKIP)
    assert (await PATIENT.control(open_form(outcome), Control.SKIP, desk.as_desk, LATER)).form is None
