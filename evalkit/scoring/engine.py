"""The one door to narwhals: a frame of any engine goes in, the same kind of frame comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import narwhals as nw

from evalkit.errors import ScoringError
from evalkit.inference.reading import at_hand

Frame = TypeVar("Frame")


def opened(frame: object, columns: Sequence[str] = ()) -> nw.LazyFrame[Any]:
    """Give a frame of pandas, polars, DuckDB, Dask, or another engine that narwhals knows, as a narwhals frame.

    Parameters
    ----------
    frame : object
        The caller's frame; it is never written into.
    columns : sequence of str
        What it must have.

    Returns
    -------
    narwhals.LazyFrame
        Typed as lazy: only what eager and lazy engines share is used on it.

    Raises
    ------
    ScoringError
        If narwhals does not know the object, or a column is absent.

    Examples
    --------
    >>> import pandas as pd
    >>> opened(pd.DataFrame({"a": [1]})).collect_schema().names()
    ['a']
    """
    if isinstance(columns, str):
        raise ScoringError(f"Columns come as a list, such as [{columns!r}].")
    try:
        found = cast("nw.LazyFrame[Any]", nw.from_native(cast("Any", frame)))
    except TypeError as error:
        raise ScoringError(f"Rows come as a frame of pandas, polars, DuckDB or Dask, not as {type(frame).__name__}.") from error
    except nw.exceptions.DuplicateError as error:
        raise ScoringError("The frame has several columns of one name; rename or drop all but one.") from error
    names = found.collect_schema().names()
    for column in columns:
        if column not in names:
            raise ScoringError(f"The frame has no column {column!r}; {at_hand(column, names)}")
    return found


def closed(frame: nw.LazyFrame[Any], like: Frame) -> Frame:
    """Give a narwhals frame back as the kind of frame that `like` is.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"a": [1]})
    >>> type(closed(opened(rows), rows)).__name__
    'DataFrame'
    """
    return cast("Frame", frame.to_native())
