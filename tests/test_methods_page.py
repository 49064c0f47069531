"""The page of methods names functions that exist."""

from __future__ import annotations

import importlib
import re

import pytest


def names(root):
    return sorted(set(re.findall(r"`(evalkit(?:\.\w+)+)`", (root / "docs" / "methods.md").read_text(encoding="utf-8"))))


def test_every_function_that_the_page_of_methods_names_can_be_imported(root):
    found = names(root)
    assert found
    missing = []
    for name in found:
        module, _, attribute = name.rpartition(".")
        try:
            getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("stage", ["scoring", "raters", "fairness", "inference"])
def test_the_page_of_methods_covers_every_stage(root, stage):
    assert any(name.startswith(f"evalkit.{stage}.") for name in names(root))
