"""The classifier that answers for Rasa, read out of a model archive."""

from __future__ import annotations

import io
import logging
import tarfile
from pathlib import Path

import pytest

from intents.classifier import IntentClassifier, Tuning
from intents.classifier_training import train
from intents.intents import Intent
from intents.standing_in import StandIn

EXAMPLES = (
    ("chào bạn", "greet"),
    ("xin chào ad", "greet"),
    ("chào buổi sáng", "greet"),
    ("hello shop", "greet"),
    ("không có bình chữa cháy phạt bao nhiêu", "ask_fine"),
    ("khóa lối thoát bị phạt bao nhiêu tiền", "ask_fine"),
    ("mức phạt khi đốt vàng mã", "ask_fine"),
    ("chủ trọ bị phạt thế nào", "ask_fine"),
    ("đừng gửi tin nữa", "unsubscribe"),
    ("dừng nhận tin nhắn", "unsubscribe"),
    ("hủy đăng ký giùm", "unsubscribe"),
    ("thôi không nhận tin nữa", "unsubscribe"),
)
INSIDE = "components/train_classifier"


def archive_of(folder: Path, path: Path) -> Path:
    """Pack a folder as Rasa packs a model: deep inside, beside files of others."""
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, arcname=INSIDE)
        other = tarfile.TarInfo("metadata.json")
        other.size = 2
        archive.addfile(other, io.BytesIO(b"{}"))
    return path


def saved(folder: Path, examples: tuple[tuple[str, str], ...]) -> Path:
    folder.mkdir()
    train(examples, Tuning(slips=0)).save(folder)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("trained") / "classifier", EXAMPLES)


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    return archive_of(trained, tmp_path / "model.tar.gz")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("chào ad", Intent.GREET),
        ("CHAO BAN", Intent.GREET),
        ("phạt bao nhiêu tiền", Intent.ASK_FINE),
        ("dung gui tin nua", Intent.UNSUBSCRIBE),
    ],
)
def test_it_tells_what_the_classifier_inside_tells(model: Path, trained: Path, text: str, intent: Intent) -> None:
    one = StandIn.of(model)
    assert one is not None
    understanding = one.parse(text)
    assert understanding is not None
    assert (understanding.intent, understanding.confidence) == understanding.ranking[0]
    assert understanding.intent is intent
    assert understanding.entities == ()
    told = [(name.value, share) for name, share in understanding.ranking]
    assert told == IntentClassifier.load(trained).ranking(text)


@pytest.mark.parametrize("text", ["", "   ", "?!...", "🔥🔥", "\x00\n"])
def test_a_text_without_letters_is_not_told(model: Path, text: str) -> None:
    one = StandIn.of(model)
    assert one is not None
    assert one.parse(text) is None


@pytest.mark.parametrize("text", ["cháy " * 100_000, "\u0301a" * 50_000, "a\ud800", "²", "x" * 300_000])
def test_a_huge_or_broken_text_is_no_trouble(model: Path, text: str) -> None:
    one = StandIn.of(model)
    assert one is not None
    assert one.parse(text) is not None


def test_without_a_model_there_is_none(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert StandIn.of(None) is None
    assert caplog.messages == []


def assert_unreadable(model: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert StandIn.of(model) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0].startswith(f"the classifier cannot be read from {model.name}: ")


def test_an_archive_that_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_unreadable(tmp_path / "none.tar.gz", caplog)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_file_that_is_no_archive(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes) -> None:
    path = tmp_path / "model.tar.gz"
    path.write_bytes(content)
    assert_unreadable(path, caplog)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("words.json", None),
        ("weights.npz", None),
        ("families.yml", None),
        ("words.json", b""),
        ("words.json", b"[1, 2"),
        ("words.json", b"{}"),
        ("weights.npz", b"[1, 2"),
    ],
)
def test_a_file_of_the_classifier_missing_or_broken(
    trained: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes | None
) -> None:
    folder = tmp_path / "classifier"
    folder.mkdir()
    for path in trained.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert_unreadable(archive_of(folder, tmp_path / "model.tar.gz"), caplog)


def test_an_intent_that_is_unknown_makes_the_model_unreadable(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = saved(tmp_path / "classifier", (*EXAMPLES, ("cho một pizza", "pizza"), ("pizza bò", "pizza")))
    assert_unreadable(archive_of(folder, tmp_path / "model.tar.gz"), caplog)


def test_nothing_of_an_archive_is_written_outside_its_folder(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "model.tar.gz"
    path.parent.mkdir()
    with tarfile.open(path, "w:gz") as archive:
        for one in trained.iterdir():
            archive.add(one, arcname=f"../../{one.name}")
    before = {*tmp_path.rglob("*")}
    assert StandIn.of(path) is not None
    assert {*tmp_path.rglob("*")} == before
