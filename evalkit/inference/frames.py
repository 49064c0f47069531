"""What callers' frames hold: numbers however they are written, which values are given, and an order of rows that is not the caller's."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import at_hand, numbers, one_value_a_cell


def need(frame: object, *columns: Hashable, what: str = "frame") -> None:
    """Refuse what is no frame, lacks one of these columns or has it twice; a table of objects by raters is told the way to a row a rating.

    Raises
    ------
    EstimationError
        In these cases, or if a cell of one of these columns holds several values.

    Examples
    --------
    >>> need(pd.DataFrame({"a": [1]}), "a")
    """
    if not isinstance(frame, pd.DataFrame):
        way = "call its to_pandas() (of DuckDB: df())" if hasattr(frame, "to_pandas") or hasattr(frame, "df") else "make one with pandas.DataFrame"
        raise EstimationError(f"A pandas frame is needed as {what}, not a {type(frame).__name__}: {way}.")
    several = [c for c in columns if not isinstance(c, Hashable)]
    if several:
        raise EstimationError(f"A column is named by one text, not by a {type(several[0]).__name__}.")
    absent = next((c for c in columns if c not in frame.columns), None)
    need_names(columns, frame.columns, what, "" if absent is None else _way(frame, absent, columns))
    for column in columns:
        one_value_a_cell(frame[column])


def need_names(columns: Iterable[Hashable], given: Iterable[Hashable], what: str = "frame", way: str = "") -> None:
    """Refuse names of columns that lack one that is needed, or have it twice.

    Parameters
    ----------
    columns : iterable
        What is needed.
    given : iterable
        The columns that there are.
    what : str
        What has these columns, for the sentence.
    way : str
        What else to say if one is absent.

    Raises
    ------
    EstimationError
        If one is absent or stands twice; the first is named.

    Examples
    --------
    >>> need_names(["a"], pd.DataFrame({"a": [1]}).columns)
    """
    names = list(given)
    for column in columns:
        if column not in names:
            raise EstimationError(f"There is no column {column!r} in the {what}; {at_hand(column, names)}{way}")
        if names.count(column) > 1:
            raise EstimationError(f"There are several columns {column!r} in the {what}; rename or drop all but one.")


def _way(frame: pd.DataFrame, absent: Hashable, columns: Sequence[Hashable]) -> str:
    if absent in frame.index.names:
        return " It names the rows: frame.reset_index() makes it a column."
    if absent == "item" and "rater_id" in frame.columns:
        return " Of a table of people by items take evalkit.reliability.from_wide(table, columns='item')."
    return "" if "rating" in frame.columns or "rating" not in columns else \
        " Name yours in the call, or rename them; a table of objects by raters (or items) becomes a row a rating by evalkit.reliability.from_wide."


def numbered(frame: pd.DataFrame, *columns: Hashable, also: Iterable[Hashable] = ()) -> pd.DataFrame:
    """Give a frame that has these columns, each once, its rows counted from 0: what its own labels are called is nobody's column.

    Parameters
    ----------
    frame : pandas.DataFrame
        With labels of any kind, such as those that ``set_index("person_id", drop=False)`` leaves.
    columns : hashable
        Columns that are needed.
    also : iterable of hashable
        Columns that are read where they are there.

    Raises
    ------
    EstimationError
        As `need`.

    Examples
    --------
    >>> numbered(pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="a")), "a").index.tolist()
    [0]
    """
    need(frame, *columns)
    need(frame, *(c for c in also if c in frame.columns))
    return frame.reset_index(drop=True)


def given_numbers(frame: pd.DataFrame, column: Hashable) -> NDArray[np.float64]:
    """Give a column as numbers, what is not given as missing.

    Raises
    ------
    EstimationError
        If a value is a word or not finite; its column and row are told.

    Examples
    --------
    >>> given_numbers(pd.DataFrame({"a": ["2,5", "-"]}), "a").tolist()
    [2.5, nan]
    """
    return numbers(frame[column], f"column {str(column)[:40]!r}")


def ranks(values: pd.Series) -> NDArray[np.intp]:
    """Number the values by their size, not by where they stand; missing is -1, and values of several kinds are sorted kind by kind.

    Examples
    --------
    >>> ranks(pd.Series(["b", "a", None, "b"])).tolist(), ranks(pd.Series([2, "a", 1], dtype=object)).tolist()
    ([1, 0, -1, 1], [1, 2, 0])
    """
    codes, seen = pd.factorize(values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values)
    labels = pd.Index(seen)
    try:
        order = labels.argsort()
    except TypeError:
        order = sorted(range(len(labels)), key=lambda i: (isinstance(labels[i], str), type(labels[i]).__name__, str(labels[i])))
    place = np.empty(len(labels) + 1, dtype=np.intp)  # the last one is of missing values, whose code is -1
    place[order], place[-1] = np.arange(len(labels)), -1
    found: NDArray[np.intp] = place[codes]
    return found


def row_order(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.intp]:
    """Give the places of the rows sorted by these columns, so that what is drawn by a seed goes with the data, not with their order.

    Examples
    --------
    >>> row_order(pd.DataFrame({"a": ["y", "x", "x"], "b": [1, 2, 1]}), ["a", "b"]).tolist()
    [2, 1, 0]
    """
    return np.lexsort([ranks(frame[c]) for c in reversed(columns)]) if len(frame) and columns else np.arange(len(frame))


def moments(*columns: pd.Series) -> dict[Any, Any]:
    """Give for each value of columns of periods what it is sorted by: numbers by size, also those written as text, dates by time, words as they are.

    Raises
    ------
    EstimationError
        If values of one kind stand beside those of another, which nothing can sort.

    Examples
    --------
    >>> sorted(moments(pd.Series(["10", "9"]), pd.Series([9.5])).items(), key=lambda pair: pair[1])
    [('9', 9.0), (9.5, 9.5), ('10', 10.0)]
    """
    found = {v: _moment(v) for column in columns for v in column.dropna().astype(object).unique()}
    if all(isinstance(v, str) for v in found) and not all(isinstance(m, float) for m in found.values()):
        found = {v: v for v in found}
    if len({type(m) for m in found.values()}) > 1 or any(isinstance(m, complex) or m in (np.inf, -np.inf) for m in found.values()):
        few = ", ".join(str(v)[:20] for v in list(found)[:4])
        raise EstimationError(f"Periods, and waves among them, must all be numbers, all dates or all words such as 2026-Q1; there are {few}.")
    return found


def _moment(value: Any) -> Any:
    if isinstance(value, (date, np.datetime64)):
        return pd.Timestamp(value)
    try:
        return float(value) if isinstance(value, (str, Real)) else value
    except ValueError:
        return value
