"""Puts approved drafts where the assistant reads its knowledge; the running assistants then take them into use."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from bot.editing.checking import is_path

_LOG: Final = logging.getLogger(__name__)


class ChangedMeanwhileError(Exception):
    """The file is no longer what the draft was made from."""

    def __init__(self) -> None:
        super().__init__("Nội dung trong kho đã được sửa sau khi bản nháp này được lập.")


class UnwritableError(Exception):
    """The knowledge folder cannot be written."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Máy chủ không ghi được vào thư mục kiến thức ({why}). Báo người quản trị xem KNOWLEDGE_DIR.")


@dataclass(frozen=True)
class Approved:
    """An approved draft: where it goes, what it says, and the digest of what it replaces, None for a new file."""

    path: str
    content: str
    base_digest: str | None


def digest_of(content: str) -> str:
    """Return the digest by which a change of a file is noticed: SHA-256 in hexadecimal."""
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


class Publisher:
    """Writes into one knowledge folder. Every file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def content(self, path: str) -> str | None:
        """Return what stands at `path` now, None where there is nothing. Raises ValueError for another path."""
        try:
            return self._file(path).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def publish(self, draft: Approved) -> bool:
        """Write a draft; False when it stands there already. Raises `ChangedMeanwhileError` and `UnwritableError`."""
        present = self.content(draft.path)
        if present == draft.content:
            return False
        if (digest_of(present) if present is not None else None) != draft.base_digest:
            raise ChangedMeanwhileError
        self._write(self._file(draft.path), draft.content)
        return True

    def catch_up(self, approved: Iterable[Approved]) -> int:
        """Write what was approved elsewhere and is not here yet; return how many files that were.

        What was changed here by other hands stays as it is, with a line in the log. `approved` come oldest first.
        Raises `UnwritableError` when something could not be written, once all others are.
        """
        chains: dict[str, list[Approved]] = {}
        for one in approved:
            chains.setdefault(one.path, []).append(one)
        written = 0
        unwritable: UnwritableError | None = None
        for chain in chains.values():
            try:
                written += self._catch_up(chain)
            except UnwritableError as error:
                unwritable = error
        if unwritable is not None:
            raise unwritable
        return written

    def _catch_up(self, chain: list[Approved]) -> bool:
        present = self.content(chain[-1].path)
        digest = digest_of(present) if present is not None else None
        if present == chain[-1].content:
            return False
        if digest not in {one.base_digest for one in chain}:
            _LOG.warning("%s was changed by other hands and stays as it is", chain[-1].path)
            return False
        self._write(self._file(chain[-1].path), chain[-1].content)
        return True

    def _file(self, path: str) -> Path:
        if not is_path(path):
            raise ValueError(path)
        return self._folder / path

    def _write(self, file: Path, content: str) -> None:
        aside = file.with_name(f".{file.stem}.{uuid4().hex}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("w", encoding="utf-8", newline="\n") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            aside.replace(file)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            raise UnwritableError(error.strerror or type(error).__name__) from error
