"""Fixtures of the tables: a study in an empty folder, and a reader of hand-made files."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from evalkit.tables.study import Study
from tests.tables import hand_made


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return hand_made.make_study(tmp_path)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read by `hand_made.read_hand_made`."""
    module = ModuleType("evalkit.tables.reader")
    module.read_file = hand_made.read_hand_made  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setitem(sys.modules, "evalkit.tables.reader", module)
