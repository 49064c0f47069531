"""Tables as books print them, as the frame of ratings that the coefficients take: a row a rating."""

from __future__ import annotations

from numbers import Real
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.single_values import word

MOST_RATINGS = 20_000_000  # a row each: some gigabytes of memory


def from_wide(table: pd.DataFrame, *, columns: Literal["rater_id", "item"] = "rater_id") -> pd.DataFrame:
    """Turn objects by raters (or people by items) into a row a rating.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, k)
        A row an object, named by the index, a column a rater or an item; missing cells are ratings that were not given.
    columns : {"rater_id", "item"}
        What the columns are: raters for agreement and intraclass correlation, items for alpha, omega and subscores.

    Returns
    -------
    pandas.DataFrame
        `object_id`, `columns`, `rating`, without the missing cells, in the order of the table; of an object that nobody rated all cells
        stay, so that coefficients count it among those that they leave out.

    Raises
    ------
    EstimationError
        If a row or a column has the name of another, or a column is called `object_id`.

    Examples
    --------
    >>> from evalkit.reliability import cronbach_alpha
    >>> sheet = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 3, 4], "c": [2, 2, 4, None]})
    >>> found = cronbach_alpha(from_wide(sheet, columns="item"))
    >>> len(from_wide(sheet)), found["measure"].iloc[0]
    (11, 'cronbach_alpha')
    """
    need(table)
    word(columns=columns)
    for axis, what in ((table.index, "rows"), (table.columns, "columns")):
        if axis.has_duplicates:
            raise EstimationError(f"Two {what} of the table are called {str(axis[axis.duplicated()][0])[:40]!r}: each needs a name of its own.")
    if "object_id" in table.columns:
        raise EstimationError("Every column of the table is a rater or an item: take table.set_index('object_id'), so that it names the rows.")
    cells = table.to_numpy(dtype=object)
    rows, places = np.indices(cells.shape)
    long = pd.DataFrame({"object_id": np.asarray(_labels(table.index), dtype=object)[rows.ravel()],
                         columns: np.asarray(_labels(table.columns), dtype=object)[places.ravel()],
                         "rating": cells.ravel()})
    there = long["rating"].notna().to_numpy(dtype=bool, copy=True).reshape(cells.shape)
    there[~there.any(axis=1)] = True  # an object that nobody rated stays, so that it is counted among those left out
    return long[there.ravel()].infer_objects().reset_index(drop=True)


def from_crosstab(table: pd.DataFrame) -> pd.DataFrame:
    """Turn the counts of two raters, categories by categories, into a row a rating.

    Parameters
    ----------
    table : pandas.DataFrame, shape (q, q)
        Rows: category of the first rater; columns: of the second, in the same order; cells: how many objects.

    Returns
    -------
    pandas.DataFrame
        `object_id`, `rater_id` (1 and 2), `rating`: an ordered categorical with the categories of the table, so that their order and those
        that nobody used are known; plain values where rows and columns name different ones.

    Raises
    ------
    EstimationError
        If a count is missing, negative or not whole.

    Examples
    --------
    >>> from evalkit.reliability import cohen_kappa
    >>> both = pd.DataFrame([[20, 5], [10, 15]], index=["yes", "no"], columns=["yes", "no"])
    >>> round(float(cohen_kappa(from_crosstab(both))["estimate"].iloc[0]), 3)
    0.4
    """
    counts = _counts(table)
    rows, places = np.indices(counts.shape)
    first = np.repeat(np.asarray(_labels(table.index), dtype=object)[rows.ravel()], counts.ravel())
    second = np.repeat(np.asarray(_labels(table.columns), dtype=object)[places.ravel()], counts.ravel())
    long, labels = from_wide(pd.DataFrame({1: first, 2: second})), _labels(table.index)
    return _ordered(long, labels) if labels == _labels(table.columns) and table.index.is_unique else long


def _ordered(long: pd.DataFrame, labels: list[object]) -> pd.DataFrame:
    """Give ratings the order of the table's categories, numbers by size; those that nobody used stay among them."""
    order = pd.Index(labels, dtype=object).infer_objects()
    if all(isinstance(v, Real) for v in labels):
        order = order.sort_values()
    return long.assign(rating=pd.Categorical(long["rating"], categories=order, ordered=True))


def from_category_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Turn objects by categories, how many raters chose each, into a row a rating; who rated what is not in such a table.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, q)
        A row an object, a column a category, cells: how many raters.

    Returns
    -------
    pandas.DataFrame
        `object_id`, `rater_id` (the raters of an object, numbered), `rating` (an ordered categorical with the categories of the table): for
        coefficients that do not ask who rated (Fleiss, AC1, Krippendorff, Brennan and Prediger), not for intraclass correlation.

    Raises
    ------
    EstimationError
        If a count is missing, negative or not whole, or a row or column has the name of another.

    Examples
    --------
    >>> from_category_counts(pd.DataFrame({"good": [2, 0], "poor": [1, 3]}))["rating"].tolist()
    ['good', 'good', 'poor', 'poor', 'poor', 'poor']
    """
    counts = _counts(table)
    if table.index.has_duplicates:
        raise EstimationError("Two rows of the table have one name: each object needs a name of its own.")
    if table.columns.has_duplicates:
        raise EstimationError("Two columns of the table have one name: each category needs a name of its own.")
    rows, places = np.indices(counts.shape)
    times = counts.ravel()
    long = pd.DataFrame({"object_id": np.repeat(np.asarray(_labels(table.index), dtype=object)[rows.ravel()], times),
                         "rating": np.repeat(np.asarray(_labels(table.columns), dtype=object)[places.ravel()], times)}).infer_objects()
    numbered = long.assign(rater_id=long.groupby("object_id", sort=False).cumcount() + 1)[["object_id", "rater_id", "rating"]]
    return _ordered(numbered, _labels(table.columns))


def _labels(axis: pd.Index) -> list[object]:
    """Give the names of an axis; of several levels joined by a slash, so that a name is one value."""
    return [" / ".join(map(str, label)) if isinstance(label, tuple) else label for label in axis]


def _counts(table: pd.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    need(table)
    if any(kind.kind in "cmM" for kind in table.dtypes):
        raise EstimationError("The table holds something that is no count.")
    try:
        values = table.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise EstimationError("The table holds something that is no count.") from error
    if not np.isfinite(values).all() or (values < 0).any() or (values != np.round(values)).any():
        raise EstimationError("A count of the table is missing, negative or not whole.")
    if values.sum() > MOST_RATINGS:
        raise EstimationError(f"The table counts {values.sum():.3g} ratings; a row a rating is made of up to {MOST_RATINGS:,} of them.")
    return values.astype(np.int64)
