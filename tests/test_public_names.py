"""Every statistic of the page of methods is called from its room in one line, also where its module has its name."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys

import pytest

from tests import stubs

ROOMS = ("reliability", "raters", "fairness", "inference", "impact", "scoring", "collect")


def listed(root, room):
    page = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    return sorted(set(re.findall(rf"`evalkit\.{room}\.(\w+(?:\.\w+)*)`", page)))


@pytest.mark.parametrize("room", ROOMS)
def test_each_statistic_is_reached_from_its_room(root, room):
    place = importlib.import_module(f"evalkit.{room}")
    found = listed(root, room)
    assert found
    for name in found:
        module, _, short = name.rpartition(".")
        own = getattr(importlib.import_module(f"evalkit.{room}.{module}".rstrip(".")), short)
        public = getattr(place, short)
        assert callable(public), name
        assert str(inspect.signature(public)) == str(inspect.signature(own)), name  # a default that is nan equals nothing


@pytest.mark.parametrize("before", ["", "import evalkit.raters.many_facet_rasch.design; "])
def test_a_function_is_called_by_its_name_whatever_was_imported_before(before):
    code = (f"{before}import pandas as pd; from evalkit.raters import many_facet_rasch; from evalkit.inference import mixed_model;"
            "rows = pd.DataFrame({'a': [1, 1, 2, 2, 3, 3], 'b': list('xyxyxy'), 'rating': [1, 2, 2, 3, 1, 3]});"
            "print(many_facet_rasch(rows, ['a', 'b']).n_ratings, many_facet_rasch.many_facet_rasch.__name__, mixed_model.MixedModel.__name__)")
    told = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["6", "many_facet_rasch", "MixedModel"]


def test_the_rooms_are_reached_from_the_package_alone():
    code = ("import sys, evalkit; early = 'pandas' in sys.modules; import pandas as pd;"
            "print(early, evalkit.reliability.standard_error_of_measurement(10, 0.75), len(evalkit.collect.vignette_plan(numbers=(6,))),"
            "callable(evalkit.collect.assign_360), all(room in evalkit.__doc__ for room in evalkit._ROOMS), hasattr(evalkit, 'severity'))")
    told = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["False", "5.0", "1", "True", "True", "False"]


def test_a_name_that_no_room_has_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'leniency_of_a_person'"):
        importlib.import_module("evalkit.fairness").leniency_of_a_person  # noqa: B018  # the look-up is the test


def test_a_star_brings_the_public_names():
    code = "from evalkit.inference import *; from evalkit.scoring import *; print(wilson(8, 10).method, composite(100, 90, '70_30').value)"
    told = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert told == ["wilson", "97.0"]


@pytest.mark.parametrize("room", stubs.ROOMS)
def test_the_docstring_of_a_public_name_tells_what_it_takes(room):
    """Also where a module has the name of its function: `help` and the question mark of notebooks show the function's."""
    place = importlib.import_module(f"evalkit.{room}")
    for module, names in place.PUBLIC.items():
        for name in names.split():
            own = getattr(importlib.import_module(f"evalkit.{room}.{module}"), name)
            assert inspect.getdoc(getattr(place, name)) == inspect.getdoc(own), name
            assert inspect.getdoc(own), name


def test_rooms_import_nothing_before_it_is_used():
    code = "import sys, evalkit.inference, evalkit.impact, evalkit.fairness, evalkit.scoring; print('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


@pytest.mark.parametrize("room", stubs.ROOMS)
def test_type_checkers_and_editors_see_the_public_names(room):
    assert stubs.file_of(room).read_text(encoding="utf-8") == stubs.stub(room), "python -m tests.stubs writes it anew"
