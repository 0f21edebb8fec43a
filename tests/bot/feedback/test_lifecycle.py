"""The life of a report: one table, from which everything else follows."""

import pytest

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind, categories_of
from bot.feedback.lifecycle import (
    ACTORS,
    FOR_MTTQ,
    OPEN,
    STATES,
    TRANSITIONS,
    Act,
    Hat,
    State,
    TransitionError,
    after,
    diagram,
    possible,
)


def test_every_state_and_act_kind_and_category_has_its_place() -> None:
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(State)
    assert {act for _, act in TRANSITIONS} == set(Act) == set(ACTORS)
    assert set(STATES) == set(State)
    assert set(KINDS) == set(ReportKind)
    assert set(CATEGORIES) == set(Category)
    assert [one for kind in ReportKind for one in categories_of(kind)] == list(Category)


def reached(by: frozenset[Hat]) -> set[State]:
    found, todo = {State.RECEIVED}, [State.RECEIVED]
    while todo:
        state = todo.pop()
        for (one, act), following in TRANSITIONS.items():
            if one is state and ACTORS[act] & by and following not in found:
                found.add(following)
                todo.append(following)
    return found


def test_every_state_is_reached_and_only_a_withdrawal_is_final() -> None:
    assert reached(frozenset(Hat)) == set(State)
    left = {state for state, _ in TRANSITIONS}
    assert set(State) - left == {State.WITHDRAWN}


def test_the_resident_alone_withdraws_confirms_and_ends_nothing_for_others() -> None:
    assert reached(frozenset({Hat.RESIDENT})) == {State.RECEIVED, State.WITHDRAWN}
    assert ACTORS[Act.CONFIRM] == ACTORS[Act.WITHDRAW] == {Hat.RESIDENT}
    assert reached(frozenset({Hat.AGENCY})) == {State.RECEIVED}
    assert State.CONFIRMED not in reached(frozenset({Hat.MTTQ, Hat.AGENCY}))


def test_every_open_report_is_somebodys_turn_who_can_do_something() -> None:
    deadlines = Deadlines.load()
    for kind in ReportKind:
        for state in OPEN:
            due = deadlines._terms[state]
            assert possible(state, due.hat, kind), (state, due.hat)


@pytest.mark.parametrize("kind", ReportKind)
def test_mttq_never_handles_what_is_for_an_agency(kind: ReportKind) -> None:
    for state in State:
        allowed = Act.REPLY in possible(state, Hat.MTTQ, kind)
        assert allowed == (kind in FOR_MTTQ and (state, Act.REPLY) in TRANSITIONS)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("hat", Hat)
def test_what_is_possible_is_what_the_table_lets_happen(state: State, hat: Hat) -> None:
    for kind in ReportKind:
        for act in Act:
            if act in possible(state, hat, kind):
                assert after(state, act, hat, kind) is TRANSITIONS[state, act]
            else:
                with pytest.raises(TransitionError, match=r"cannot be|is not for|is answered by the agency"):
                    after(state, act, hat, kind)


def test_the_diagram_has_every_line_of_the_table() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(set(lines)) == len(lines) == 2 + len(TRANSITIONS) + 3
