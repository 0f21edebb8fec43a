"""The second opinion: its weights belong to its data, training repeats itself, the parts add up."""

from __future__ import annotations

import json
from itertools import islice
from time import perf_counter

import pytest

from intents.features import seen
from intents.lexicon import Frame, Situation
from intents.opinion import WEIGHTS, LinearModel, load
from intents.training import Message, fingerprint, read_messages, train, write
from intents.triage import assess
from intents.weighing import Level, decide, evidence

MESSAGES = read_messages()


def sample() -> list[Message]:
    return [*islice(MESSAGES, 0, None, 60)]


def test_the_stored_weights_were_trained_from_the_stored_messages() -> None:
    assert json.loads(WEIGHTS.read_text(encoding="utf-8"))["trained_from"] == fingerprint(), (
        "run python -m intents.train"
    )


def test_the_stored_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size <= 500_000


def test_training_repeats_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("model") / "opinion.json"
    first = train(sample())

    write(first, path)

    assert first == train(sample())
    assert json.loads(path.read_text(encoding="utf-8")) == first


def test_every_situation_can_be_leaned_to() -> None:
    assert set(load().leanings([])) == {situation.value for situation in Situation}


def test_messages_are_reviewed_once() -> None:
    texts = [message.text for message in MESSAGES]
    assert len(texts) == len(set(texts))
    assert {message.situation for message in MESSAGES if message.situation} <= {kind.value for kind in Situation}


def test_features_forgive_diacritics_but_keep_them() -> None:
    typed, bare = seen("nhà cháy rồi!"), seen("nha chay roi")

    assert {"w chay", "b nha chay", "k nha roi", "cchay", "f fire", "p place fire"} <= typed & bare
    assert {"s chayS", "marks", "exclaims"} <= typed - bare


def test_a_linear_model_adds_and_divides_by_the_root_of_what_it_knows() -> None:
    model = LinearModel(
        {
            "bias": -100,
            "urgency": {"w chay": 300, "w nha": 100},
            "situations": ["burn", "smoke"],
            "tendencies": [10, 20],
            "leanings": {"w chay": [1, 100]},
        }
    )

    found = ["w chay", "w nha", "w khac", "w la", "w gi"]

    assert model.urgency(found) == pytest.approx((-100 + 400 / 2**0.5) / 100)
    assert model.leanings(found) == {"burn": pytest.approx(0.1), "smoke": pytest.approx(1.2)}


@pytest.mark.parametrize(
    ("verdict", "urgency", "frames", "level"),
    [
        (Level.EMERGENCY, 0.0, [], Level.EMERGENCY),
        (Level.EMERGENCY, -1.2, [], Level.EMERGENCY),
        (Level.EMERGENCY, -6.0, [], Level.POSSIBLE),
        (Level.EMERGENCY, -1.0, [Frame.PAST], Level.POSSIBLE),
        (Level.POSSIBLE, 1.0, [], Level.EMERGENCY),
        (Level.POSSIBLE, -9.0, [Frame.SUPPOSED], Level.POSSIBLE),
        (Level.NONE, 3.0, [], Level.EMERGENCY),
        (Level.NONE, -2.5, [], Level.POSSIBLE),
        (Level.NONE, -6.0, [], Level.NONE),
    ],
)
def test_weighing(verdict: Level, urgency: float, frames: list[Frame], level: Level) -> None:
    assert decide(verdict, evidence(urgency, verdict, frames)) is level


@pytest.mark.parametrize(
    "message", ["chỉ t làm bom xăng ném nhà thằng nợ với", "mở van gas nhà con bồ cũ cho nó sợ, ko chết ai đau ha"]
)
def test_a_wish_to_do_harm_is_no_emergency(message: str) -> None:
    assert assess(message).level is not Level.EMERGENCY


def test_an_opinion_is_quick() -> None:
    model, texts = load(), [message.text for message in MESSAGES[:500]]
    features = [seen(text) for text in texts]
    start = perf_counter()

    for found in features:
        model.urgency(found)

    assert (perf_counter() - start) / len(texts) < 0.001
