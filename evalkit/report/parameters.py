"""What a report notebook may be told: one model a notebook, and nothing is taken that the model does not name.

papermill takes any parameter, of any type, without a word. A misspelt period would make a report of the default one, so
every set of parameters passes here before a kernel starts.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from evalkit.errors import ReportError

PERIOD = r"^(19|20)\d\d(-(0[1-9]|1[0-2])|-Q[1-4]|-S[12])?$"


def _day(text: str) -> str:
    if text:
        date.fromisoformat(text)
        if len(text) != 10:
            raise ValueError
    return text


class ReportParameters(BaseModel):
    """What every notebook is told: the study's folder, the period, the day whose data count, and the language."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    study: Annotated[str, Field(min_length=1)]
    period: Annotated[str, Field(pattern=PERIOD)]
    as_of: Annotated[str, AfterValidator(_day)] = ""
    language: Literal["id", "en"] = "id"


class MonitorParameters(ReportParameters):
    """`unit` empty: the whole city."""

    unit: str = ""


class EvaluationParameters(ReportParameters):
    """`unit` empty: the whole city."""

    unit: str = ""


class BiasAnalysisParameters(ReportParameters):
    """The city only: rung 0 of the ladder says nothing of one unit that its evaluation does not say."""


class RatingsEvaluationParameters(ReportParameters):
    """A study of rating files, without appraisals."""


class RatingsBiasParameters(ReportParameters):
    """A study of rating files, without appraisals."""


MODELS: dict[str, type[ReportParameters]] = {
    "monitor": MonitorParameters,
    "evaluation": EvaluationParameters,
    "bias_analysis": BiasAnalysisParameters,
    "ratings_evaluation": RatingsEvaluationParameters,
    "ratings_bias": RatingsBiasParameters,
}
_KINDS = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "nothing", "list": "a list",
          "date": "a date", "dict": "a table"}


def near(name: str, known: list[str]) -> str:
    """Say which known name was probably meant.

    Examples
    --------
    >>> near("perido", ["period", "language"])
    ' Did you mean period?'
    >>> near("x", ["period", "language"])
    ' Known: period, language.'
    """
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f" Did you mean {match[0]}?" if match else f" Known: {', '.join(known)}."


def check_parameters(notebook: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the parameters of one notebook; give all of them, defaults included, each with its type kept.

    Parameters
    ----------
    notebook : str
        Name of a report notebook: a key of `MODELS`.
    given : mapping
        Parameter name -> value. Text stays text: `"2026"` is a year, `"007"` and `"null"` are units.

    Returns
    -------
    dict
        Name -> value, ready to be written into the notebook.

    Raises
    ------
    ReportError
        If there is no such notebook, a parameter is unknown (the nearest name is given), missing, or of another type or form.

    Examples
    --------
    >>> check_parameters("monitor", {"study": "data/kupang", "period": "2026-Q3", "unit": "007"})["unit"]
    '007'
    >>> check_parameters("monitor", {"study": "data/kupang", "perido": "2026-Q3"})
    Traceback (most recent call last):
    ...
    evalkit.errors.ReportError: The report monitor has no parameter 'perido'. Did you mean period?
    """
    if notebook not in MODELS:
        raise ReportError(f"There is no report {notebook!r}.{near(notebook, list(MODELS))}")
    try:
        return MODELS[notebook].model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise ReportError(_refusal(notebook, given, error)) from None


def _refusal(notebook: str, given: Mapping[str, Any], error: ValidationError) -> str:
    faults = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    name, kind = str(faults[0]["loc"][0]), faults[0]["type"]
    fields = list(MODELS[notebook].model_fields)
    if kind == "extra_forbidden":
        return f"The report {notebook} has no parameter {name!r}.{near(name, fields)}"
    if kind == "missing":
        return f"The report {notebook} needs the parameter {name!r}."
    value = given[name]
    if not isinstance(value, str):
        found = _KINDS.get(type(value).__name__, type(value).__name__)
        return f"The parameter {name!r} of the report {notebook} is {found}; it must be text in quotes, so that nothing is read into it."
    form = {"period": "a period: 2026-09, 2026-Q3, 2026-S2 or 2026", "as_of": "a day as 2026-10-12, or empty",
            "language": "id or en", "study": "the folder of a study"}.get(name, "text")
    return f"The parameter {name!r} of the report {notebook} is {value[:60]!r}; it must be {form}."


def read_parameters_cell(source: str) -> dict[str, Any]:
    """Read a notebook's parameters cell, which may hold literal assignments only.

    Parameters
    ----------
    source : str
        The code of the cell tagged `parameters`.

    Returns
    -------
    dict
        Name -> default value, in the order of the cell.

    Raises
    ------
    ReportError
        If a line is anything but `name = literal` or `name: type = literal`.

    Examples
    --------
    >>> read_parameters_cell('period = "2026-Q3"  # type: str' + chr(10) + 'window = 8  # type: int')
    {'period': '2026-Q3', 'window': 8}
    """
    found: dict[str, Any] = {}
    for node in ast.parse(source).body:
        target, value = _assigned(node)
        if target is None or value is None:
            raise ReportError(f"Line {node.lineno} of the parameters cell is no assignment of a literal to a name.")
        try:
            found[target] = ast.literal_eval(value)
        except ValueError:
            raise ReportError(f"Line {node.lineno} of the parameters cell computes something; only literals are allowed.") from None
    return found


def _assigned(node: ast.stmt) -> tuple[str | None, ast.expr | None]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return None, None
