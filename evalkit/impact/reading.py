"""Columns as they come from files and frames become numbers, marks and labels; what cannot be read is refused in a sentence.

A word is never a mark: in Python "no" and "0" are as true as "yes", and a missing mark would count as sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError


def numbers(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Give finite numbers, missing ones as nan.

    Parameters
    ----------
    values : array_like, shape (n,)
        Numbers of any type, also nullable ones and numbers written as text.
    what : str
        What they are, for the sentence; no value is ever quoted.

    Raises
    ------
    EstimationError
        If one is neither a finite number nor missing.

    Examples
    --------
    >>> numbers(pd.array([1, None], dtype="Int64"), "scores").tolist()
    [1.0, nan]
    """
    try:
        if isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
            found = np.asarray(values.to_numpy(dtype=float, na_value=np.nan), dtype=float)
        else:
            raw = np.asarray(values)
            if raw.dtype == object:
                raw = np.where(pd.isna(raw), np.nan, raw)
            found = np.asarray(raw, dtype=float)
    except (TypeError, ValueError) as error:
        raise EstimationError(f"The {what} must be numbers; some are words.") from error
    if np.isinf(found).any():
        raise EstimationError(f"The {what} must be finite numbers; some are infinite.")
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


def need(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Refuse a frame without a column that is needed.

    Examples
    --------
    >>> need(pd.DataFrame({"a": [1]}), ["a"], "rows")
    """
    for column in columns:
        if column not in frame:
            raise EstimationError(f"The {what} need the column {column!r}.")
