"""Sealing: what is stored about a conversation in words is unreadable without the operator's key.

The key comes from the setting DATA_KEY or, where it is not set, from a key file beside the other data of the machine.
Sealed data are Fernet tokens (https://github.com/fernet/spec): AES-128 in CBC mode, authenticated with HMAC-SHA256.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_FILE: Final = "data.key"
_LOG: Final = logging.getLogger(__name__)
_SETTING: Final = "DATA_KEY"
_FOR_OTHERS: Final = 0o077


class DataKeyError(Exception):
    """The key of the stored data cannot be used; the message names the setting or the file, never the key."""


class SealedDataError(Exception):
    """Sealed data cannot be opened with any key of DATA_KEY or the key file. They are left as they are."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Sealer:
    """Seals with the first of its keys and opens with any of them, so that keys can be exchanged one by one."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take keys of 32 bytes in URL-safe base64. Raises `ValueError` for another form or none at all."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, plain: bytes) -> bytes:
        """Return `plain` sealed with the first key; the same bytes never look the same twice."""
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed. Raises `SealedDataError` for another key or changed bytes."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise SealedDataError from None

    def seal_json(self, value: dict[str, Any]) -> bytes:
        """Return `value` as sealed JSON. Raises `TypeError` or `ValueError` for what JSON cannot carry."""
        return self.seal(json_bytes(value))

    def open_json(self, sealed: bytes) -> dict[str, Any]:
        """Return what `seal_json` sealed. Raises `SealedDataError`."""
        value: dict[str, Any] = json.loads(self.open(sealed))
        return value


def json_bytes(value: dict[str, Any]) -> bytes:
    """Return `value` as compact JSON; half a surrogate pair, which residents' keyboards do send, survives."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def sealer_for(data_key: str | None, data_dir: Path) -> Sealer:
    """Return the sealer of the setting DATA_KEY or, if that is not set, of the key file in `data_dir`.

    A key file that is missing is made. Raises `DataKeyError`.
    """
    if data_key:
        return _sealer(data_key, _SETTING)
    path = data_dir / KEY_FILE
    try:
        text = _read_or_make(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise DataKeyError(f"{path}: the key cannot be read or made: {reason}; or set {_SETTING}") from None
    return _sealer(text, str(path))


def _sealer(text: str, place: str) -> Sealer:
    keys = [key for part in text.split(",") if (key := part.strip())]
    try:
        return Sealer(keys)
    except ValueError:
        # The reason is left out on purpose: it comes from a library and might quote the key.
        raise DataKeyError(
            f"{place}: expected one or several keys, separated by commas, each 32 random bytes in URL-safe base64"
        ) from None


def _read_or_make(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    if path.stat().st_mode & _FOR_OTHERS:
        _LOG.warning("%s can be read by other users of this machine: chmod 600", path)
    return path.read_text(encoding="ascii")


def _make(path: Path) -> None:
    """Make the key file complete or not at all; of two processes that try at once, the first one's key stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # fails when the name is taken, and shows no half-written file to a reader
    finally:
        draft.unlink()
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """Write the folder itself to disk: a key lost with the power would take all that it sealed along."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
