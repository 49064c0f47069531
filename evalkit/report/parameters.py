"""Checks what a notebook is told against its model: nothing is taken that the model does not name.

papermill takes any parameter, of any type, without a word. A misspelt period would make a report of the default one, so
every set of parameters passes here before a kernel starts.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from evalkit.errors import ReportError
from evalkit.report.parameter_models import MODELS, ReportParameters
from evalkit.report.research_parameters import RESEARCH

# What a run says by an option of its own, so that pages, folders and parameters cannot disagree.
OPTIONS = {"study": "--study", "period": "--period", "as_of": "--as-of", "language": "--language", "unit": "--unit"}
_KINDS = {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "nothing", "list": "a list",
          "date": "a date", "dict": "a table"}
_BOTH = {"text": "teks / text", "a whole number": "bilangan / whole number", "a number": "angka / number", "true or false": "true | false",
         "texts with a comma between them": "a,b,c", "a day as 2026-10-12": "2026-10-12"}


def near(name: str, known: list[str]) -> str:
    """Say which known name was probably meant.

    Examples
    --------
    >>> near("perido", ["period", "language"])
    ' Maksud Anda / Did you mean period?'
    >>> near("x", ["period", "language"])
    ' Yang ada / Known: period, language.'
    """
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f" Maksud Anda / Did you mean {match[0]}?" if match else f" Yang ada / Known: {', '.join(known)}."


def no_report(name: str, known: list[str]) -> str:
    """Say that there is no report of this name, and which was probably meant.

    Examples
    --------
    >>> no_report("monitr", ["monitor", "evaluation"])
    "Tidak ada laporan 'monitr' / There is no such report. Maksud Anda / Did you mean monitor?"
    """
    return f"Tidak ada laporan {name[:60]!r} / There is no such report.{near(name, known)}"


def models() -> dict[str, type[ReportParameters]]:
    """Give the models of all notebooks, those of research as `research/NAME`."""
    return MODELS | RESEARCH


def check_parameters(notebook: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the parameters of one notebook; give all of them, defaults included, each with its type kept.

    Parameters
    ----------
    notebook : str
        Name of a report notebook: a key of `MODELS`, or `research/NAME`.
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
    evalkit.errors.ReportError: Laporan monitor tidak memiliki parameter 'perido' / It has no such parameter. Maksud Anda / Did you mean period?
    """
    if notebook not in models():
        raise ReportError(no_report(notebook, list(models())))
    try:
        return models()[notebook].model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise ReportError(_refusal(notebook, given, error)) from None


def _refusal(notebook: str, given: Mapping[str, Any], error: ValidationError) -> str:
    faults = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    name, kind = str(faults[0]["loc"][0]), faults[0]["type"]
    fields = list(models()[notebook].model_fields)
    if kind == "extra_forbidden":
        return f"Laporan {notebook} tidak memiliki parameter {name!r} / It has no such parameter.{near(name, fields)}"
    if kind == "missing":
        return f"Laporan {notebook} memerlukan parameter {name!r} / It needs the parameter {name!r}."
    value, annotation = given[name], models()[notebook].model_fields[name].annotation
    if annotation is not str and get_origin(annotation) is not Literal:
        return f"Parameter {name!r} laporan {notebook} berisi {str(value)[:60]!r} / it must be {_form(annotation)}: {faults[0]['msg']}."
    if not isinstance(value, str):
        found = _KINDS.get(type(value).__name__, type(value).__name__)
        return f"Parameter {name!r} laporan {notebook} harus teks dalam tanda kutip / It is {found}; it must be text in quotes."
    form = {"period": "a period: 2026-09, 2026-Q3, 2026-S2 or 2026", "as_of": "a day as 2026-10-12, or empty",
            "study": "the folder of a study"}.get(name, _form(annotation))
    return f"Parameter {name!r} laporan {notebook} berisi {value[:60]!r} / it must be {form}."


def _form(annotation: Any) -> str:
    """Say what a parameter of this type looks like, in English."""
    if get_origin(annotation) is Literal:
        return " or ".join(str(a) for a in get_args(annotation))
    if get_origin(annotation) in (list, tuple):
        return "texts with a comma between them"
    forms = {str: "text", int: "a whole number", float: "a number", bool: "true or false", date: "a day as 2026-10-12"}
    return forms.get(annotation, str(annotation))


def given_to(notebooks: Sequence[str], given: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Share out parameters that were written as `name=value` to the notebooks that have them, each with its own type.

    Parameters
    ----------
    notebooks : sequence of str
        The notebooks of a run.
    given : mapping of str to str
        Parameter name -> text. A list is written with commas.

    Returns
    -------
    dict
        Notebook -> its parameters; `check_parameters` checks their values.

    Raises
    ------
    ReportError
        If no notebook of the run has the parameter (the nearest name is given), an option of the run already says it, or its
        text cannot be read as its type.

    Examples
    --------
    >>> given_to(["monitor"], {"period": "2026-Q3"})
    Traceback (most recent call last):
    ...
    evalkit.errors.ReportError: Parameter 'period' ditulis sebagai --period / it is given so, not with --set.
    >>> given_to(["monitor"], {})
    {'monitor': {}}
    """
    shared: dict[str, dict[str, Any]] = {notebook: {} for notebook in notebooks}
    own = list(dict.fromkeys(f for n in notebooks for f in models()[n].model_fields))
    for name, text in given.items():
        if name in OPTIONS:
            raise ReportError(f"Parameter {name!r} ditulis sebagai {OPTIONS[name]} / it is given so, not with --set.")
        if name not in own:
            raise ReportError(f"Tidak ada laporan yang memiliki parameter {name[:40]!r} / No report of this run has it.{near(name, own)}")
        for notebook in notebooks:
            if name in models()[notebook].model_fields:
                shared[notebook][name] = _typed(notebook, name, text)
    return shared


def _typed(notebook: str, name: str, text: str) -> Any:
    annotation: Any = models()[notebook].model_fields[name].annotation
    if get_origin(annotation) in (list, tuple):
        return get_origin(annotation)(part.strip() for part in text.split(",") if part.strip())
    try:
        return TypeAdapter(annotation).validate_strings(text)
    except ValidationError:
        raise ReportError(f"Parameter {name!r} laporan {notebook} berisi {text[:60]!r} / it must be {_form(annotation)}.") from None


def described(notebook: str) -> Iterator[str]:
    """Say what a report may be told, one line a parameter: how it is given, type, default, meaning, in Indonesian and English.

    Raises
    ------
    ReportError
        If there is no such report.

    Examples
    --------
    >>> next(described("monitor")).split()[:2]
    ['--study', 'teks']
    """
    if notebook not in models():
        raise ReportError(no_report(notebook, list(models())))
    for name, field in models()[notebook].model_fields.items():
        kind = _BOTH.get(_form(field.annotation), _form(field.annotation).replace(" or ", " | "))
        default = "wajib / required" if field.is_required() else f"bawaan / default: {field.default if field.default != '' else '-'}"
        yield f"{OPTIONS.get(name, f'--set {name}=...'):<22} {kind:<14} {default:<24} {field.description or ''}"


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
