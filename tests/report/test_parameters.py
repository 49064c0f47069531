from __future__ import annotations

import json
from pathlib import Path

import nbformat
import papermill.parameterize
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import ReportError
from evalkit.report.parameter_models import MODELS
from evalkit.report.parameters import check_parameters, given_to, near, read_parameters_cell

GOOD = {"study": "data/kupang", "period": "2026-Q3"}


def through_the_notebook(parameters: dict[str, object]) -> dict[str, object]:
    """What a kernel would find after papermill wrote the parameters into a cell."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})],
        metadata={"papermill": {}, "kernelspec": {"name": "python3", "language": "python", "display_name": "P"}})
    written = papermill.parameterize.parameterize_notebook(notebook, parameters)
    namespace: dict[str, object] = {}
    exec(next(c.source for c in written.cells if "injected-parameters" in c.metadata.tags), namespace)
    return {k: v for k, v in namespace.items() if k in parameters}


def test_case_pc40_parameters_keep_their_type(shared: Path) -> None:
    for case in json.loads((shared / "cases" / "pc40-parameters.json").read_text()):
        name, value = case["parameter"], case["given"]
        if case["type"] == "error":
            with pytest.raises(ReportError, match="Did you mean period"):
                check_parameters("monitor", {**GOOD, name: value})
        elif name == "language":  # a list on the command line; a notebook gets one of them
            from evalkit.commands.report import languages_of

            assert list(languages_of(value)) == ["id", "en"]
        else:
            checked = check_parameters("monitor", {**GOOD, name: value})
            assert through_the_notebook(checked)[name] == case["must_be"]
            assert type(checked[name]) is str


@given(st.text(max_size=40))
def test_any_text_reaches_the_kernel_as_it_was(text: str) -> None:
    assert through_the_notebook(check_parameters("monitor", {**GOOD, "unit": text}))["unit"] == text


@pytest.mark.parametrize("value", [2026, 20.26, True, None, ["2026-Q3"]])
def test_a_period_that_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(ReportError, match="must be text in quotes"):
        check_parameters("monitor", {**GOOD, "period": value})


@pytest.mark.parametrize(("name", "value"), [("period", "2026-Q5"), ("period", "2026-13"), ("period", ""), ("as_of", "12-10-2026"),
                                             ("as_of", "2026-02-30"), ("as_of", "20261012"), ("language", "ms"), ("study", "")])
def test_a_value_outside_its_form_is_refused_and_named(name: str, value: str) -> None:
    with pytest.raises(ReportError, match=name):
        check_parameters("evaluation", {**GOOD, name: value})


def test_a_missing_parameter_and_an_unknown_report_are_named() -> None:
    with pytest.raises(ReportError, match="needs the parameter 'period'"):
        check_parameters("monitor", {"study": "x"})
    with pytest.raises(ReportError, match="Did you mean monitor"):
        check_parameters("monitors", GOOD)


def test_defaults_are_filled_in() -> None:
    assert check_parameters("evaluation", GOOD) == {**GOOD, "as_of": "", "language": "id", "unit": ""}
    assert set(MODELS) >= {"monitor", "evaluation", "bias_analysis"}


@pytest.mark.parametrize("source", ["import os", "x = 1 + 1", "x = f()", "x, y = 1, 2", "x = [a]", "print(1)"])
def test_a_parameters_cell_with_anything_but_literals_is_refused(source: str) -> None:
    with pytest.raises(ReportError):
        read_parameters_cell(source)


def test_near_names_all_when_nothing_is_near() -> None:
    assert "Known: a, b" in near("zzz", ["a", "b"])


def test_window_and_attributes_keep_their_types_and_bounds() -> None:
    checked = check_parameters("bias_analysis", {**GOOD, "window": 4, "attributes": ["sex"], "unit": "007"})
    assert (checked["window"], checked["attributes"], checked["unit"]) == (4, ["sex"], "007")
    assert through_the_notebook(checked)["attributes"] == ["sex"]
    written = given_to(["bias_analysis"], {"window": "4", "attributes": "sex, grade"})
    assert written == {"bias_analysis": {"window": 4, "attributes": ["sex", "grade"]}}
    for name, value in (("window", "4"), ("window", -1), ("window", 99), ("attributes", "sex"), ("attributes", [1])):
        with pytest.raises(ReportError, match=name):
            check_parameters("bias_analysis", {**GOOD, name: value})
