"""What holds for all tests, also for the examples in docstrings."""

from __future__ import annotations

import sys

import pytest
from _pytest.doctest import DoctestItem

from evalkit.inference.rooms import NamesakeModule


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a function's example with the function only: a module that has its name shows the same words, where its names are not at hand."""
    items[:] = [i for i in items if not (isinstance(i, DoctestItem) and isinstance(sys.modules.get(i.dtest.name), NamesakeModule))]
