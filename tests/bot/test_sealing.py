"""Sealing, its keys, and the key file."""

import base64
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.store.sealing import KEY_FILE, DataKeyError, SealedDataError, Sealer, sealer_for


def a_key() -> str:
    return Fernet.generate_key().decode()


def test_what_is_sealed_cannot_be_read_and_can_be_opened() -> None:
    sealer = Sealer([a_key()])
    sealed = sealer.seal("cháy ở ngõ 12".encode())
    assert not any(word.encode() in base64.urlsafe_b64decode(sealed) for word in ("cháy", "ngõ"))
    assert sealer.open(sealed).decode() == "cháy ở ngõ 12"
    assert sealer.seal(b"a") != sealer.seal(b"a")


def test_json_survives_with_whatever_residents_type() -> None:
    sealer = Sealer([a_key()])
    value = {"text": "nửa \ud83d, \x00 và 🔥", "steps": [1, None, {"a": 0.5}]}
    assert sealer.open_json(sealer.seal_json(value)) == value


@pytest.mark.parametrize("value", [{"n": float("nan")}, {"s": {1}}])
def test_what_json_cannot_carry_is_refused(value: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Sealer([a_key()]).seal_json(value)


def test_another_key_or_changed_bytes_do_not_open() -> None:
    sealer = Sealer([a_key()])
    sealed = sealer.seal(b"abc")
    changed = sealed[:-3] + bytes([sealed[-3] ^ 1]) + sealed[-2:]
    for broken in (changed, b"", b"abc", sealed[:20], "không phải".encode()):
        with pytest.raises(SealedDataError):
            sealer.open(broken)
    with pytest.raises(SealedDataError):
        Sealer([a_key()]).open(sealed)


def test_keys_are_exchanged_one_by_one(tmp_path: Path) -> None:
    old, new = a_key(), a_key()
    sealed = sealer_for(old, tmp_path).seal(b"abc")
    both = sealer_for(f" {new} , {old} ,", tmp_path)
    assert both.open(sealed) == b"abc"
    assert sealer_for(new, tmp_path).open(both.seal(b"abc")) == b"abc"
    with pytest.raises(SealedDataError):
        sealer_for(old, tmp_path).open(both.seal(b"abc"))


@pytest.mark.parametrize("text", ["bí mật", "abc", ",", " ", "A" * 43, f"{'A' * 43}=,secret"])
def test_a_key_of_another_form_is_refused_without_being_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataKeyError) as refused:
        sealer_for(text, tmp_path)
    assert str(refused.value).startswith("DATA_KEY: ")
    assert text.strip(" ,") == "" or text not in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert not list(tmp_path.iterdir())


def test_the_key_file_is_made_once_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "var"
    sealed = sealer_for(None, folder).seal(b"abc")
    assert sealer_for("", folder).open(sealed) == b"abc"
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600


def test_a_set_key_leaves_no_file(tmp_path: Path) -> None:
    sealer_for(a_key(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    for number in range(20):
        folder, start = tmp_path / str(number), threading.Barrier(4)
        sealers: list[Sealer] = []

        def begin(folder: Path = folder, start: threading.Barrier = start, made: list[Sealer] = sealers) -> None:
            start.wait()
            made.append(sealer_for(None, folder))

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(sealers) == 4
        assert {one.open(sealers[0].seal(b"abc")) for one in sealers} == {b"abc"}


@pytest.mark.parametrize("content", [b"", b"abc\n", b"\xff\xfe"])
def test_a_broken_key_file_is_named_and_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    with pytest.raises(DataKeyError, match=KEY_FILE):
        sealer_for(None, tmp_path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DataKeyError, match="DATA_KEY"):
        sealer_for(None, tmp_path / "file")


def test_a_key_file_that_others_can_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sealer_for(None, tmp_path)
    assert not caplog.messages
    os.chmod(tmp_path / KEY_FILE, 0o644)
    sealer_for(None, tmp_path)
    assert [KEY_FILE in line and "chmod 600" in line for line in caplog.messages] == [True]
