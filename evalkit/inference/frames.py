"""What callers' frames hold: numbers however they are written, which values are given, and an order of rows that is not the caller's."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import at_hand

_BLANK = ("", "-", "–")


def need(frame: object, *columns: Hashable) -> None:
    """Refuse what is no frame, lacks one of these columns or has it twice; a table of objects by raters is told the way to a row a rating.

    Raises
    ------
    EstimationError
        In these cases.

    Examples
    --------
    >>> need(pd.DataFrame({"a": [1]}), "a")
    """
    if not isinstance(frame, pd.DataFrame):
        way = "call its to_pandas()" if hasattr(frame, "to_pandas") else "make one with pandas.DataFrame"
        raise EstimationError(f"A pandas frame is needed, not a {type(frame).__name__}: {way}.")
    absent = [c for c in columns if c not in frame.columns]
    if absent:
        way = "" if "rating" in frame.columns or "rating" not in columns else \
            " A table of objects by raters (or items) becomes a row a rating by evalkit.reliability.from_wide."
        raise EstimationError(f"The frame has no column {absent[0]!r}; {at_hand(absent[0], frame.columns)}{way}")
    twice = [c for c in columns if (frame.columns == c).sum() > 1]
    if twice:
        raise EstimationError(f"The frame has two columns called {twice[0]!r}: each needs a name of its own.")


def given(values: pd.Series) -> NDArray[np.bool_]:
    """Tell which values are given: an empty text or a dash is none.

    Examples
    --------
    >>> given(pd.Series(["3", " ", "-", None])).tolist()
    [True, False, False, False]
    """
    found = values.notna().to_numpy(dtype=bool)
    if values.dtype.kind in "biuf":
        return found
    blank = values.astype(object).map(lambda v: isinstance(v, str) and v.strip() in _BLANK)
    return found & ~np.asarray(blank, dtype=np.bool_)


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
    values = frame[column]
    return numbers(values if values.dtype.kind in "biuf" else values.astype(object).where(given(values)), str(column))


def numbers(values: pd.Series, column: str = "") -> NDArray[np.float64]:
    """Give values as numbers, or say which is none; a decimal comma is read, a missing value stays missing.

    Raises
    ------
    EstimationError
        If a value is a word or not finite; with `column` its row is told, counted from 1.

    Examples
    --------
    >>> numbers(pd.Series(["2,5", " 3", None])).tolist()
    [2.5, 3.0, nan]
    """
    plain = values.astype(object)
    text = plain.map(lambda v: v.strip().replace(",", ".") if isinstance(v, str) else v)
    found = np.asarray(pd.to_numeric(text.where(plain.notna()), errors="coerce").astype("float64"), dtype=np.float64)
    wrong = np.flatnonzero((np.isnan(found) | np.isinf(found)) & plain.notna().to_numpy(dtype=bool))
    if len(wrong):
        where = f"Column {column[:40]!r}, row {wrong[0] + 1}: " if column else ""
        raise EstimationError(f"{where}{str(plain.iloc[wrong[0]])[:40]!r} is no finite number. This statistic needs numbers: "
                              "number the categories first.")
    return found


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
