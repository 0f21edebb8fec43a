"""A small knowledge folder that a test can break in one place."""

from pathlib import Path

import pytest

from tests.small_knowledge import write_knowledge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound knowledge folder: two documents, one card, one emergency reply."""
    write_knowledge(tmp_path)
    return tmp_path
