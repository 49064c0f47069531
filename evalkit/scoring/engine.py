"""The one door to narwhals: a frame of any engine goes in, the same kind of frame comes out."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import narwhals as nw

Frame = TypeVar("Frame")


def opened(frame: object) -> nw.LazyFrame[Any]:
    """Give a frame of pandas, polars, DuckDB, Dask, or another engine that narwhals knows, as a narwhals frame.

    Parameters
    ----------
    frame : object
        The caller's frame; it is never written into.

    Returns
    -------
    narwhals.LazyFrame
        Typed as lazy: only what eager and lazy engines share is used on it.

    Raises
    ------
    TypeError
        If narwhals does not know the object.

    Examples
    --------
    >>> import pandas as pd
    >>> opened(pd.DataFrame({"a": [1]})).collect_schema().names()
    ['a']
    """
    return cast("nw.LazyFrame[Any]", nw.from_native(cast("Any", frame)))


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
