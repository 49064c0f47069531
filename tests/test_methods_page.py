"""The page of methods names functions that exist."""

from __future__ import annotations

import importlib
import importlib.util
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
        if importlib.util.find_spec(module) and hasattr(importlib.import_module(module), "__path__") and importlib.util.find_spec(name):
            continue  # a package
        try:
            getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("stage", ["scoring", "raters", "reliability", "fairness", "inference", "impact"])
def test_the_page_of_methods_covers_every_stage(root, stage):
    assert any(name.startswith(f"evalkit.{stage}.") for name in names(root))
