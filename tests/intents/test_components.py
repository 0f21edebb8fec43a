"""The classifier behind Rasa's component, and the names and data that it is trained from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.classifier import IntentClassifier, Tuning, normalized
from intents.classifier_training import train
from intents.families import FAMILIES_FILE, Families
from intents.intents import GROUPS, TRAINED, Intent
from intents.lookups import lookup_training_data
from intents.nlu_check import Example, faults, key, read_examples, read_held_out
from intents.rasa_environment import ROOT
from intents.rasa_training import CONFIG, DOMAIN, NLU
from knowledge.vietnamese import fold

TYPED_AS = (
    ("ask_fine", "không có bình chữa cháy thì bị phạt bao nhiêu tiền vậy ad"),
    ("report_hazard", "lối thoát hiểm chung cư em bị chất đồ cả tháng nay"),
    ("unsubscribe", "đừng gửi tin cho tôi nữa nha"),
    ("privacy_delete", "xóa hết thông tin cá nhân của tôi giùm"),
)


@pytest.fixture(scope="module")
def classifier() -> IntentClassifier:
    """One trained from our data, a third of them, so that it takes a second or two."""
    return train([(one.text, one.intent) for one in read_examples()][::3], Tuning(slips=0))


@pytest.mark.parametrize(("intent", "text"), TYPED_AS)
def test_it_understands_with_diacritics_and_without(classifier: IntentClassifier, intent: str, text: str) -> None:
    assert classifier.ranking(text)[0][0] == intent
    assert classifier.ranking(fold(text))[0][0] == intent
    assert classifier.ranking(text.upper())[0][0] == intent


@settings(max_examples=60, derandomize=True)
@given(st.text(max_size=700))
def test_any_text_gets_a_ranking_of_all_intents(classifier: IntentClassifier, text: str) -> None:
    ranking = classifier.ranking(text)
    assert {name for name, _ in ranking} == {intent.value for intent in TRAINED}
    assert sum(probability for _, probability in ranking) == pytest.approx(1, abs=1e-3)
    assert [probability for _, probability in ranking] == sorted((p for _, p in ranking), reverse=True)


@pytest.mark.parametrize("text", ["cháy " * 200_000, "\u0301" * 100_000, "a" * 1_000_000, "🔥" * 100_000, "\x00\ud800"])
def test_a_huge_or_broken_text_is_no_trouble(classifier: IntentClassifier, text: str) -> None:
    assert len(classifier.ranking(text)) == len(TRAINED)


def test_what_is_stored_is_what_was_trained(classifier: IntentClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path)
    again = IntentClassifier.load(tmp_path)
    for _, text in TYPED_AS:
        assert again.ranking(text) == classifier.ranking(text)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz", ".yml"}, "nothing that can run"


def test_training_repeats_itself() -> None:
    examples = [(one.text, one.intent) for one in read_examples()][::20]
    first, second = (train(examples, Tuning()) for _ in range(2))
    for _, text in TYPED_AS:
        assert first.ranking(text) == second.ranking(text)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Cháyyyy rồi!!!", "cháy rồi"),
        ("k ra đc", "không ra được"),
        ("cha\u0301y nha\u0300", "cháy nhà"),
        ("ch\u200bá\u200by", "cháy"),
        ("ok 👍", "được 👍"),
        ("", ""),
    ],
)
def test_spellings_are_evened_out(typed: str, read: str) -> None:
    assert normalized(typed) == read


def test_families_are_found_with_diacritics_and_without() -> None:
    typed, bare = Families.read()
    assert "=fine" in typed.traits("bị phạt bao nhiêu")
    assert "=fine" in bare.traits("bi phat bao nhieu")
    assert "=fine ask_how_much" in typed.traits("bị phạt bao nhiêu")
    assert "=fine" not in typed.traits("phát tờ rơi")


def test_a_phrase_of_a_family_is_not_too_long_to_be_found() -> None:
    families: dict[str, list[str]] = yaml.safe_load(FAMILIES_FILE.read_text("utf-8"))["families"]
    assert [one for phrases in families.values() for one in phrases if len(one.split()) > 4] == []


def test_domain_guide_and_code_name_the_same_intents() -> None:
    names = [intent.value for intent in TRAINED]
    domain = yaml.safe_load(DOMAIN.read_text("utf-8"))
    guide = (ROOT / "docs" / "intents.md").read_text("utf-8")
    assert domain["intents"] == names
    assert re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE) == names, "in this order: the higher one wins"
    assert {one.intent for one in read_examples()} == set(names)
    assert {one.intent for one in read_held_out()} == set(names)


def test_every_intent_stands_in_one_group() -> None:
    assert sorted(intent for group in GROUPS for intent in group) == sorted(Intent)


def test_every_entity_of_the_domain_can_be_found() -> None:
    entities = set(yaml.safe_load(DOMAIN.read_text("utf-8"))["entities"])
    written = {"".join(found) for path in NLU.glob("*.yml") for found in re.findall(r"\]\((\w+)\)", path.read_text())}
    assert written == entities, "Rasa ignores a table without an example"
    assert "commune" in lookup_training_data(NLU / "lookups.yml")


def test_the_configuration_names_our_component() -> None:
    pipeline = [step["name"] for step in yaml.safe_load(CONFIG.read_text("utf-8"))["pipeline"]]
    assert pipeline[0] == "intents.components.VietnameseTfidfClassifier"
    assert pipeline[-1] == "FallbackClassifier"


def test_the_training_data_are_sound() -> None:
    assert faults() == []


def test_faults_are_named_with_file_and_line(tmp_path: Path) -> None:
    folder, held_out = tmp_path / "nlu", tmp_path / "held_out.jsonl"
    folder.mkdir()
    lines = ['version: "3.1"', "nlu:", "  - intent: greet", "    examples: |", "      - chào ad", "      - Chao ad!"]
    lines += [
        "      - tạm biệt",
        "      - [ở đây](commune)",
        "  - intent: pizza",
        "    examples: |",
        "      - tạm biệt",
    ]
    (folder / "some.yml").write_text("\n".join(lines), "utf-8")
    held_out.write_text('{"text": "TAM BIET", "intent": "goodbye"}\n', "utf-8")

    found = faults(folder, held_out)

    path = f"{folder}/some.yml"
    assert f"{path}:6: 'Chao ad!' (greet) is also in {path}:5" in found
    assert f"{path}:11: 'tạm biệt' (pizza) is also in {path}:7, which is greet" in found
    assert f"{path}:11: no intent 'pizza'" in found
    assert f"{path}:7: 'tạm biệt' is kept aside for measuring in {held_out}:1" in found
    assert "greet: 3 distinct examples, at least 60 are needed" in found
    assert "emergency: 0 distinct examples, at least 60 are needed" in found


def test_examples_that_yaml_sees_otherwise_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "some.yml").write_text("nlu:\n  - intent: greet\n    examples: |\n        - chào\n", "utf-8")
    (tmp_path / "none.jsonl").write_text("", "utf-8")
    assert any("mind the indentation" in fault for fault in faults(tmp_path, tmp_path / "none.jsonl"))


def test_two_spellings_of_an_example_are_the_same() -> None:
    assert Example("Ừ, đúng rồi", "affirm", "").key == key("u dung roi")
