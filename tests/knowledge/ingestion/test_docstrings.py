"""The examples in the docstrings hold."""

import doctest
import importlib
from pathlib import Path

import pytest

import knowledge.ingestion

MODULES = sorted(path.stem for path in Path(knowledge.ingestion.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__init__"])
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"knowledge.ingestion.{name}")).failed == 0
