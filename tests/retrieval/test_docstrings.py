"""The examples in the docstrings hold."""

import doctest
from types import ModuleType

import pytest

from retrieval import ablation, asking, clauses, fusion, lexical, matching, metrics, postings, search, static_embedding

MODULES = (ablation, asking, clauses, fusion, lexical, matching, metrics, postings, search, static_embedding)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
