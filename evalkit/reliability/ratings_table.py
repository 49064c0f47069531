"""From a plain frame of ratings to what the coefficients count: objects by raters, or objects by categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import need
from evalkit.inference.reading import given, listed, numbers

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """How often each object got each category; `single` counts objects with one rating, `blank` ratings left out as missing."""

    table: Matrix
    categories: tuple[object, ...]
    single: int
    blank: int
    n_raters: int


def complete_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Keep objects without a missing rating, as numbers."""
    read = {c: numbers(table[c], f"column {str(c)[:40]!r}") for c in table.columns}
    return pd.DataFrame(read, index=table.index, columns=table.columns, dtype=float).dropna()


def wide(frame: pd.DataFrame, object_id: str, rater: str, rating: str) -> pd.DataFrame:
    """Give objects by raters; objects that nobody rated stand at the end.

    Raises
    ------
    EstimationError
        If a rater rated an object twice: which rating counts must be decided first.
    """
    need(frame, object_id, rater, rating)
    rows = frame[given(frame[rating]) & frame[[object_id, rater]].notna().all(axis=1).to_numpy(dtype=bool)]
    if rows.duplicated([object_id, rater]).any():
        raise EstimationError(f"An object was rated twice by one rater: keep one row for each pair of {object_id!r} and {rater!r}.")
    table = rows.set_index([object_id, rater])[rating].unstack()  # noqa: PD010  # pairs are unique: a pivot table would average
    unrated = pd.Index(frame[object_id].dropna().unique()).difference(pd.Index(table.index), sort=False)
    return table.reindex([*table.index, *unrated]) if len(unrated) else table


def alike(frame: pd.DataFrame, rating: str, categories: Sequence[object] | None = None) -> pd.DataFrame:
    """Give one rating one form however it is written: no blanks around texts and, where all are numbers ("2", "2,0", 2), numbers.

    Texts stay texts where the declared categories are texts; an ordered categorical column stays as it is.
    """
    need(frame, rating)
    listed(categories=categories)
    values = frame[rating]
    if values.dtype.kind in "biuf" or (isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered):
        return frame
    plain = values.astype(object).where(given(values)).map(lambda v: v.strip() if isinstance(v, str) else v)
    kinds = {type(v) for v in plain.dropna()}
    if str not in kinds or bool in kinds or any(isinstance(c, str) for c in categories or ()):
        return frame.assign(**{rating: plain})
    try:
        return frame.assign(**{rating: numbers(plain, "ratings")})
    except EstimationError:
        return frame.assign(**{rating: plain})


def counts(frame: pd.DataFrame, object_id: str, rater: str, rating: str, categories: Sequence[object] | None, *,
           ordered: bool = False) -> Counts:
    """Count categories by object; categories that are declared but never used count too.

    Raises
    ------
    EstimationError
        If a rater rated an object twice, a rating is none of the declared categories, or the order of words matters (`ordered`)
        and neither `categories` nor an ordered categorical column tells it.
    """
    need(frame, object_id, rater, rating)
    frame = alike(frame, rating, categories)
    whole = given(frame[rating]) & frame[[object_id, rater]].notna().all(axis=1).to_numpy(dtype=bool)
    rows = frame[whole]
    if rows.duplicated([object_id, rater]).any():
        raise EstimationError(f"An object was rated twice by one rater: keep one row for each pair of {object_id!r} and {rater!r}.")
    seen = list(pd.unique(rows[rating]))
    kind = rows[rating].dtype
    if categories is None and isinstance(kind, pd.CategoricalDtype) and kind.ordered:
        categories = list(kind.categories)
    if categories is None:
        order = _in_order(seen, ordered)
    else:
        order = list(categories)
        outside = [v for v in seen if v not in order]
        if outside:
            raise EstimationError(f"Ratings hold {str(outside[0])[:40]!r}, which is none of the declared categories.")
    place = {v: i for i, v in enumerate(order)}
    codes, objects = pd.factorize(rows[object_id])
    table = np.zeros((len(objects), len(order)))
    np.add.at(table, (codes, rows[rating].map(place).to_numpy(dtype=int)), 1.0)
    single = int((table.sum(axis=1) == 1).sum())
    return Counts(table, tuple(order), single, int((~whole).sum()), int(rows[rater].nunique()))


def _in_order(seen: list[object], ordered: bool) -> list[object]:
    """Sort categories: numbers, also those written as text, by size; words by the alphabet, where their order does not matter."""
    try:
        sizes = [float(str(v)) if not isinstance(v, bool) else float(v) for v in seen]
    except ValueError:
        if ordered and len(seen) > 2:
            word = next(str(v) for v in seen if isinstance(v, str) or not isinstance(v, (bool, Real)))
            raise EstimationError(f"The order of the ratings matters here, and {word[:40]!r} is a word: "
                                  "give `categories` in their order.") from None
        return sorted(seen, key=lambda v: ("" if isinstance(v, Real) else type(v).__name__, v))
    return [v for _, _, v in sorted(zip(sizes, range(len(seen)), seen, strict=True))]
