"""Columns as they come from files and frames become numbers, marks and labels; what cannot be read is refused in a sentence.

A word is never a mark: in Python "no" and "0" are as true as "yes", and a missing mark would count as sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError

_MOST_NAMED = 12
_NO_NUMBERS = ("c", "m", "M")  # complex numbers, durations and dates, which numpy would turn into numbers nobody meant
_TIMES = (date, timedelta, np.datetime64, np.timedelta64)  # pandas would count their nanoseconds
_BLANK = ("", "-", "–")
_SEVERAL = (list, dict, set, np.ndarray)
LARGEST = 1e100  # squares of larger numbers, and sums of these, leave the range of a computer's numbers


def numbers(values: ArrayLike, what: str, *, wide: bool = False) -> NDArray[np.float64]:
    """Give finite numbers however they are written: a decimal comma is read, a missing value, an empty text or a dash is nan.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers of any type, also nullable ones and numbers written as text.
    what : str
        What they are, for the sentence: "outcomes", "column 'rating'"; no value is ever quoted, for it may be a name.
    wide : bool
        Whether several columns are meant.

    Raises
    ------
    EstimationError
        If one is neither a finite number nor missing, or beyond 1e100 (its row is told, counted from 1), or there are several columns
        where one is meant.

    Examples
    --------
    >>> numbers(pd.array([1, None], dtype="Int64"), "scores").tolist(), numbers(["2,5", " 3", "-"], "scores").tolist()
    ([1.0, nan], [2.5, 3.0, nan])
    """
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind in _NO_NUMBERS:
        raise EstimationError(f"The {what} must be numbers; they are dates, durations or complex numbers.")
    if isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        raw = values.to_numpy(dtype=float, na_value=np.nan) if kind in "biuf" and kind else values.to_numpy(dtype=object)
    else:
        raw = np.asarray(values)
    if raw.ndim != 1 and not wide:
        raise EstimationError(f"The {what} must be one column, of shape (n,).")
    found = raw.astype(np.float64, copy=False) if raw.dtype.kind in "biuf" else _written(raw.astype(object))
    wrong = np.flatnonzero(np.isinf(found) if raw.dtype.kind in "biuf" else np.isinf(found) | np.isnan(found) & given(raw))
    if len(wrong):
        raise EstimationError(f"The {what}: {_place(wrong[0], found)} holds no finite number. This statistic needs numbers: "
                              "number the categories first.")
    far = np.flatnonzero(np.abs(found) > LARGEST)
    if len(far):
        raise EstimationError(f"The {what}: {_place(far[0], found)} is beyond {LARGEST:.0e}, and its square no number of a computer: "
                              "take a larger unit.")
    return found


def _place(at: int, found: NDArray[np.float64]) -> str:
    """Name the row of the value at this place, counted from 1; a single value has none."""
    return f"row {at // max(found[:1].size, 1) + 1}" if found.ndim else "one"


def _written(raw: NDArray[Any]) -> NDArray[np.float64]:
    """Read numbers from any objects; what is none becomes nan."""
    text = [v.strip().replace(",", ".") if isinstance(v, str) else str(v) if isinstance(v, _TIMES) else v for v in raw.ravel()]
    read = pd.to_numeric(pd.Series(text, dtype=object), errors="coerce")
    found = np.full(len(read), np.nan) if read.dtype.kind == "c" else np.asarray(read.astype("float64"), dtype=np.float64)
    return found.reshape(raw.shape)


def given(values: ArrayLike) -> NDArray[np.bool_]:
    """Tell which values are given: an empty text or a dash is none.

    Examples
    --------
    >>> given(["3", " ", "-", None]).tolist()
    [True, False, False, False]
    """
    known: Any = values if isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)) else np.asarray(values)
    found: NDArray[np.bool_] = np.logical_not(pd.isna(known))
    if known.dtype.kind in "biufmM":
        return np.asarray(found)
    raw = np.asarray(known, dtype=object)
    blank = np.fromiter((isinstance(v, str) and v.strip() in _BLANK for v in raw.flat), dtype=np.bool_, count=raw.size)
    return np.asarray(found & ~blank.reshape(raw.shape))


def complete(values: ArrayLike, what: str, *, wide: bool = False) -> NDArray[np.float64]:
    """Give finite numbers, refusing missing ones: for statistics in which a row left out would leave another question.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Numbers of any type.
    what : str
        What they are, for the sentence.
    wide : bool
        Whether several columns are meant.

    Raises
    ------
    EstimationError
        If one is missing, a word or infinite, or there are several columns where one is meant.

    Examples
    --------
    >>> complete([1, 2.5], "outcomes").tolist()
    [1.0, 2.5]
    """
    found = numbers(values, what, wide=wide)
    if np.isnan(found).any():
        raise EstimationError(f"The {what} have missing values; leave those rows out first, from everything that is handed over.")
    return found


def marks(values: ArrayLike, what: str, *, missing: bool | None = None) -> NDArray[np.bool_]:
    """Give true or false for everybody, from booleans or from the numbers 0 and 1.

    Parameters
    ----------
    values : array_like, shape (n,)
        The marks.
    what : str
        What they say, for the sentence.
    missing : bool, optional
        What a missing mark means; without it a missing one is refused.

    Raises
    ------
    EstimationError
        If one is a word, another number, or missing without a meaning.

    Examples
    --------
    >>> marks([1, 0, None], "sent", missing=False).tolist()
    [True, False, False]
    """
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise EstimationError(f"Whether somebody was {what} must be one column, of shape (n,).")
    if raw.dtype == bool:
        return raw
    flat = raw.astype(object)
    gone = np.asarray(pd.isna(flat), dtype=bool)
    if missing is None and gone.any():
        raise EstimationError(f"Whether somebody was {what} is missing for some: true or false for everybody.")
    if not all(isinstance(v, (bool, np.bool_, int, np.integer, float, np.floating)) and v in (0, 1) for v in flat[~gone]):
        raise EstimationError(f"Whether somebody was {what} must be true or false, or 1 or 0; words and other numbers are not read.")
    return np.asarray(np.where(gone, bool(missing), flat), dtype=bool)


def labels(values: ArrayLike) -> NDArray[Any]:
    """Give names that can be sorted; those that are missing share one, so that they are one witness and not many.

    Examples
    --------
    >>> labels(["b", None, "a", None]).tolist()
    ['b', '', 'a', '']
    """
    found = np.asarray(values)
    if found.dtype != object and found.dtype.kind != "f":
        return found
    gone = np.asarray(pd.isna(found), dtype=bool)
    if gone.any():
        return np.asarray([("" if g else str(v)) for g, v in zip(gone, found, strict=True)], dtype=object)
    if len({type(v) for v in found}) > 1:
        return np.asarray([str(v) for v in found], dtype=object)
    return found


def one_value_a_cell(column: pd.Series) -> None:
    """Refuse a column with a list, a set, a mapping or an array in a cell.

    Raises
    ------
    EstimationError
        If there is one; its row is told, counted from 1.

    Examples
    --------
    >>> one_value_a_cell(pd.Series(["a", None, 3], dtype=object))
    """
    if column.dtype != object or not pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
        return
    wrong = next((i for i, v in enumerate(column, start=1) if isinstance(v, _SEVERAL)), None)
    if wrong is not None:
        raise EstimationError(f"Column {str(column.name)[:40]!r}, row {wrong} holds several values: one value a cell.")


def listed(**named: Iterable[Any] | None) -> None:
    """Refuse one name where a list of names is meant: its letters would be taken for columns.

    Raises
    ------
    EstimationError
        If one is a text, or nothing that can be gone through.

    Examples
    --------
    >>> listed(strata=["rater_id", "period"], facets=None)
    """
    for what, value in named.items():
        if isinstance(value, str):
            raise EstimationError(f"{what} is a list, such as [{value!r}], not one text.")
        if value is not None and not isinstance(value, Iterable):
            raise EstimationError(f"{what} is a list, such as [{value!r}], not one {type(value).__name__}.")


def check_level(level: float) -> None:
    """Refuse a level of confidence that is none: 95 is no level.

    Raises
    ------
    EstimationError
        If it does not lie between 0 and 1.

    Examples
    --------
    >>> check_level(0.95)
    """
    if not isinstance(level, (int, float, np.integer, np.floating)) or not 0 < level < 1:
        raise EstimationError(f"The level {level} must lie between 0 and 1, such as 0.95.")


def check_kind(value: object, kind: type, remedy: str) -> None:
    """Refuse a table, a list or nothing where a result of another function is read: say which one, and how it is made.

    Raises
    ------
    EstimationError
        If the value is of another kind.

    Examples
    --------
    >>> check_kind(3, int, "count them")
    """
    if not isinstance(value, kind):
        raise EstimationError(f"Here stands a {type(value).__name__} instead of {kind.__name__}: {remedy}.")


def check_count(count: Any, n: Any) -> None:
    """Refuse a count that is none: a rate, a word, or more than there are people.

    Raises
    ------
    EstimationError
        If the two are no whole numbers with the count between 0 and the number of people.

    Examples
    --------
    >>> check_count(3, 10)
    """
    if not all(isinstance(v, (int, float, np.integer, np.floating)) and v == v // 1 for v in (count, n)):
        raise EstimationError(f"{count} of {n} are no whole numbers of people: a rate belongs to its count and its number of people.")
    if not 0 <= count <= n:
        raise EstimationError(f"{count} of {n} is no share: the count must lie between 0 and the number of people.")


def at_hand(name: object, given: Iterable[object]) -> str:
    """Give the end of a sentence on a name that is not there: the nearest one that is, or the first of them.

    Parameters
    ----------
    name : object
        What was asked for.
    given : iterable
        What there is.

    Examples
    --------
    >>> at_hand("Sexx", ["sex", "unit"]), at_hand("grade", ["sex", "unit"]), at_hand("a", [])
    ("did you mean 'sex'?", 'there are sex, unit.', 'there are none.')
    """
    names = [str(g) for g in given]
    lowered = {n.lower(): n for n in reversed(names)}
    near = get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.6)
    if near:
        return f"did you mean {lowered[near[0]]!r}?"
    return f"there are {', '.join(names[:_MOST_NAMED]) or 'none'}{', and more' if len(names) > _MOST_NAMED else ''}."
