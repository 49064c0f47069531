"""Ratings as cases: one row a rater and object, one column an item, beside what was expected of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.inference.frames import given_numbers, need
from evalkit.inference.results import Estimate, estimates

Vector = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Cases:
    """Ratings of `n` cases: `x` and `expected` (cases x items, missing where there is none), sorted by rater and object.

    Several ratings of one rater on one item of one object count as their mean. `expected` is the expert key where there is one, else
    the mean of the others who rated the same.
    """

    x: Vector
    expected: Vector
    rater: Codes
    object_: Codes
    raters: pd.Index
    objects: pd.Index
    items: pd.Index

    def picked(self, keep: NDArray[np.bool_]) -> Cases:
        """Give some of the cases; raters and objects keep their numbers."""
        return Cases(self.x[keep], self.expected[keep], self.rater[keep], self.object_[keep], self.raters, self.objects, self.items)

    def complete(self) -> Cases:
        """Give the cases with every item rated and expected."""
        return self.picked(np.asarray(np.isfinite(self.x + self.expected).all(axis=1), dtype=bool))


def read(frame: pd.DataFrame, *columns: str, number: str = "rating") -> pd.DataFrame:
    """Give a frame that has these columns its ratings as numbers, decimal commas read and blanks missing, and rows counted from 0."""
    need(frame, *columns, number, *(c for c in ("item", "rater_role", "period") if c in getattr(frame, "columns", ())))
    values = given_numbers(frame, number)
    if frame[number].dtype.kind in "iuf" and isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return frame
    return frame.reset_index(drop=True).assign(**{number: values})


def with_item(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame its column of items: where there is none, every rating answers the one question that was asked."""
    return frame if "item" in frame.columns else frame.assign(item="rating")


def cases_of(ratings: pd.DataFrame, key: pd.DataFrame | None = None) -> Cases:
    """Bring ratings into cases; the items are those of the key where there is one."""
    ratings = with_item(read(ratings, "object_id", "rater_id"))
    key = None if key is None else with_item(read(key, "object_id", number="expert_rating"))
    if key is not None:
        key = key.dropna(subset=["object_id", "item"])
    rows = ratings[["object_id", "rater_id", "item", "rating"]].dropna()
    items = pd.Index(sorted(set((rows if key is None else key.dropna(subset=["expert_rating"]))["item"].astype(str))))
    rows = rows[rows["item"].astype(str).isin(items).to_numpy(dtype=bool)]
    rater, raters = pd.factorize(rows["rater_id"].astype(object), sort=True)
    object_, objects = pd.factorize(rows["object_id"].astype(object), sort=True)
    column = items.get_indexer(pd.Index(rows["item"].astype(str)))
    values = rows["rating"].to_numpy(dtype=np.float64)
    case, pair = pd.factorize(rater.astype(np.int64) * max(len(objects), 1) + object_, sort=True)
    cell, size = case * max(len(items), 1) + column, len(pair) * len(items)
    n = np.bincount(cell, minlength=size).reshape(len(pair), len(items))
    total = np.bincount(cell, values, minlength=size).reshape(len(pair), len(items))
    x = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    pairs = np.asarray(pair, dtype=np.int64)
    of_rater, of_object = (pairs // max(len(objects), 1)).astype(np.intp), (pairs % max(len(objects), 1)).astype(np.intp)
    expected = _others(x, of_object, len(objects)) if key is None else _key(key, objects, items)[of_object]
    return Cases(x, expected, of_rater, of_object, pd.Index(raters), pd.Index(objects), items)


def _others(x: Vector, object_: Codes, n_objects: int) -> Vector:
    """Give the mean of the others on the same object and item; missing where nobody else rated it."""
    known = np.isfinite(x)
    total, n = np.zeros((n_objects, x.shape[1])), np.zeros((n_objects, x.shape[1]))
    np.add.at(total, object_, np.where(known, x, 0.0))
    np.add.at(n, object_, known.astype(np.float64))
    rest = n[object_] - known
    mean: Vector = np.divide(total[object_] - np.where(known, x, 0.0), rest, out=np.full(x.shape, np.nan), where=rest > 0)
    return mean


def _key(key: pd.DataFrame, objects: pd.Index, items: pd.Index) -> Vector:
    table = np.full((len(objects), len(items)), np.nan)
    rows = key.dropna(subset=["expert_rating"])
    o, i = objects.get_indexer(pd.Index(rows["object_id"].astype(object))), items.get_indexer(pd.Index(rows["item"].astype(str)))
    here = o >= 0
    table[o[here], i[here]] = rows["expert_rating"].to_numpy(dtype=np.float64)[here]
    return table


def leave_one_out(values: Vector, case: Codes, n: int) -> Vector:
    """Give, for each value, the mean of the others of its group; missing for a group of one."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    total, count = np.bincount(case, filled, n)[case] - filled, np.bincount(case, known, n)[case] - known
    mean: Vector = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return mean


def sums(group: Codes, values: Vector, n: int) -> Vector:
    """Sum values (or rows of values) by group."""
    if values.ndim == 1:
        return np.bincount(group, values, n).astype(np.float64)
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, group, values)
    return out


def mean_and_error(values: Vector, group: Codes, n: int) -> tuple[Vector, Vector, NDArray[np.int64]]:
    """Give mean, standard error (sd with n - 1, over root n) and number of values of each group; missing values are left out."""
    known = np.isfinite(values)
    count = np.bincount(group[known], minlength=n).astype(np.int64)
    total = np.bincount(group[known], values[known], n)
    mean = np.divide(total, count, out=np.full(n, np.nan), where=count > 0)
    square = np.bincount(group[known], (values[known] - mean[group[known]]) ** 2, n)
    error = np.sqrt(np.divide(square, count * (count - 1.0), out=np.full(n, np.nan), where=count > 1))
    return mean, error, count


def frame_of(columns: dict[str, object], n: int) -> pd.DataFrame:
    """Make a frame of estimates from whole columns; single values hold for every row."""
    if not n:
        return estimates([])
    wide = pd.DataFrame({name: value if isinstance(value, np.ndarray | list | pd.Series | pd.Index) else [value] * n
                         for name, value in columns.items()})
    empty = estimates([])
    full = wide.reindex(columns=empty.columns)
    return full.astype(dict(empty.dtypes.items()))


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put frames of estimates together."""
    some = [p for p in parts if len(p)]
    return pd.concat(some, ignore_index=True) if some else estimates([])


def nothing(measure: str, reason: str, **more: object) -> pd.DataFrame:
    """Give the one row that says why there is no number."""
    row: Estimate = {"measure": measure, "role": "inferential", "status": "not_estimable", "reason": reason}
    return estimates([{**row, **more}])  # type: ignore[typeddict-item]  # columns of the frame, checked there
