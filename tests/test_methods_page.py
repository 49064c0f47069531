"""What the methods page names exists."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.conftest import ROOT

NAMES = sorted(set(re.findall(r"`(evalkit\.[a-z0-9_.]+)`", (ROOT / "docs" / "methods.md").read_text(encoding="utf-8"))))


@pytest.mark.parametrize("name", NAMES)
def test_every_function_of_the_methods_page_can_be_called(name):
    module, _, function = name.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
