"""What the functions of this room ask of a frame before they compute: that columns are there, and that each can be read as what it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import need_names
from evalkit.inference.reading import listed, numbers, one_value_a_cell

FEWEST_ITEMS = 3


def prepared(frame: Any, *, groups: Iterable[str] = (), outcomes: Iterable[str] = (), scores: Iterable[str] = (),
             either: Iterable[str] = (), others: Iterable[str] = ()) -> pd.DataFrame:
    """Give the columns that are needed, each once and read as what it is, rows numbered anew; the caller's frame stays as it is.

    Parameters
    ----------
    frame : pandas frame, or one of polars or DuckDB
        One row a person.
    groups : iterable of str
        Columns of groups: text, missing ones None; 1, 1.0 and "1" are one group.
    outcomes : iterable of str
        Columns of true, false or missing (also 1 and 0): "boolean".
    scores : iterable of str
        Columns of numbers: float, missing ones nan.
    either : iterable of str
        An outcome where it holds true and false, a score where it holds numbers.
    others : iterable of str
        Columns that are taken as they are; numbers kept as objects become numbers.

    Raises
    ------
    EstimationError
        If a column is absent or stands twice, a cell holds several values, or an outcome or score cannot be read.

    Examples
    --------
    >>> prepared(pd.DataFrame({"sex": [1, None], "top": [0, 1]}), groups=["sex"], outcomes=["top"]).to_dict("list")
    {'sex': ['1', None], 'top': [False, True]}
    """
    given = as_pandas(frame)
    kinds = {**dict.fromkeys(others, "as it is"), **dict.fromkeys(groups, "group"), **dict.fromkeys(scores, "score"),
             **dict.fromkeys(either, "either"), **dict.fromkeys(outcomes, "outcome")}
    need_names(kinds, given.columns)
    found = {}
    for name, kind in kinds.items():
        column = given[name].reset_index(drop=True).infer_objects()
        one_value_a_cell(column)
        if kind in ("outcome", "score", "either") and isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.cat.categories.dtype if column.notna().all() else object).infer_objects()
        if kind == "either":
            kind = "outcome" if pd.api.types.is_bool_dtype(column.dtype) or _all_marks(column) else "score"
        found[name] = {"as it is": _same, "group": group_names, "outcome": _outcome, "score": _score}[kind](column)
    return pd.DataFrame(found, columns=list(kinds))


def group_names(column: pd.Series) -> pd.Series:
    """Give the names of groups as text, missing ones as None; whole numbers have no decimals.

    Examples
    --------
    >>> group_names(pd.Series([1.0, None, 2.5])).tolist()
    ['1', None, '2.5']
    """
    codes, found = pd.factorize(column)
    names = np.array([*(group_name(v) for v in found), None], dtype=object)
    return pd.Series(names[codes], index=column.index, name=column.name, dtype=object)


def group_name(value: object) -> str:
    """Give the name of one group as text, as `group_names` does.

    Examples
    --------
    >>> group_name(1.0), group_name("F")
    ('1', 'F')
    """
    whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]  # a float by the line above


def days(column: pd.Series) -> pd.Series:
    """Read days, rows numbered anew: dates of any kind, or texts with the year first (1/2/2026 is one day here and another there).

    Raises
    ------
    EstimationError
        If one is another text, or a number.

    Examples
    --------
    >>> days(pd.Series(["2026-04-01", None])).dt.day.tolist()
    [1.0, nan]
    """
    plain = column.astype(object).reset_index(drop=True)
    plain = plain.map(lambda v: v.replace(tzinfo=None) if isinstance(v, datetime) else str(v) if isinstance(v, Number) else v,
                      na_action="ignore")
    try:
        return pd.to_datetime(plain, format="ISO8601", utc=True).dt.tz_localize(None)
    except (TypeError, ValueError) as error:
        raise EstimationError(f"The days in {column.name} must be dates, such as 2026-04-01.") from error


def as_pandas(frame: Any) -> pd.DataFrame:
    """Give a frame of polars or DuckDB as one of pandas.

    Raises
    ------
    EstimationError
        If it is no frame.

    Examples
    --------
    >>> as_pandas(pd.DataFrame({"a": [1]})).shape
    (1, 1)
    """
    if isinstance(frame, pd.DataFrame):
        return frame
    import narwhals as nw

    try:
        known = nw.from_native(frame)
    except TypeError as error:
        raise EstimationError(f"People come as a frame of pandas, polars or DuckDB, not as {type(frame).__name__}.") from error
    return (known.collect() if isinstance(known, nw.LazyFrame) else known).to_pandas()


def _same(column: pd.Series) -> pd.Series:
    return column


def _all_marks(column: pd.Series) -> bool:
    """Say whether a column of objects holds true and false only."""
    return column.dtype == object and all(isinstance(v, (bool, np.bool_)) for v in column.dropna().unique())


def _outcome(column: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype("boolean")
    codes, found = pd.factorize(column)
    if not all(isinstance(v, (bool, np.bool_, int, np.integer, float, np.floating)) and v in (0, 1) for v in found):
        raise EstimationError(f"The outcome {column.name!r} must be true or false, or 1 or 0; words and other numbers are not read: "
                              f"make it first, such as frame[{column.name!r}] == \"yes\".")
    hit = np.array([*(bool(v) for v in found), False], dtype=bool)[codes]
    return pd.Series(pd.arrays.BooleanArray(hit, codes < 0), name=column.name)


def _score(column: pd.Series) -> pd.Series:
    return pd.Series(numbers(column, f"values of {column.name!r}"), index=column.index, name=column.name)


@dataclass(frozen=True)
class Answers:
    """Answers of two groups on items, 0 or 1: shape (n, k), who is of the reference, and why nothing can be said (or nothing)."""

    names: list[str]
    answered: NDArray[np.int_]
    in_reference: NDArray[np.bool_]
    reason: str


def answers_of(answers: pd.DataFrame, group: pd.Series | ArrayLike, *, focal: str, reference: str, items: Sequence[str] | None = None) -> Answers:
    """Take the people of two groups who answered every item.

    Parameters
    ----------
    answers : pandas.DataFrame, shape (n, k)
        One row a person, one column an item.
    group : pandas.Series or array_like, shape (n,)
        Group of each person: a series by the index of `answers`, anything else in the order of its rows.
    focal, reference : str
        The two groups.
    items : sequence of str, optional
        The columns; all without it.

    Returns
    -------
    Answers
        `reason` "fewer_than_three_items" or "group_not_in_data" where items cannot be compared.

    Raises
    ------
    EstimationError
        If a column is absent or an answer is neither 0 nor 1.

    Examples
    --------
    >>> answers_of(pd.DataFrame({"a": [1, 0], "b": [0, 1]}), pd.Series(["F", "M"]), focal="F", reference="M").reason
    'fewer_than_three_items'
    """
    answers = as_pandas(answers)
    listed(items=items)
    names = list(items) if items is not None else list(answers.columns)
    need_names(names, answers.columns)
    if not isinstance(group, pd.Series):
        if np.shape(group) != (len(answers),):
            raise EstimationError(f"The group is one column with a value a person, of shape ({len(answers)},).")
        group = pd.Series(np.asarray(group, dtype=object), index=answers.index)
    if not answers.index.equals(group.index):
        if answers.index.has_duplicates or group.index.has_duplicates:
            raise EstimationError("Answers and groups belong together by their index; give each person a row of her own in both.")
        group = group.reindex(answers.index)
    labels = group_names(group).to_numpy()
    known = answers[names].notna().all(axis=1).to_numpy(dtype=bool)
    kept = known & np.isin(labels.astype(str), [group_name(focal), group_name(reference)]) & pd.notna(labels)
    try:
        values = answers[names].to_numpy(dtype=object)[kept].astype(float)
    except (TypeError, ValueError) as error:
        raise EstimationError("An answer must be 0 or 1; some are words.") from error
    if not np.isin(values, (0.0, 1.0)).all():
        raise EstimationError("An answer must be 0 or 1; cut ordered answers at a stated category first.")
    member = labels[kept] == group_name(reference)
    alone = bool(member.all() or not member.any())
    reason = "fewer_than_three_items" if len(names) < FEWEST_ITEMS else "group_not_in_data" if alone else ""
    return Answers([str(n) for n in names], values.astype(int), np.asarray(member, dtype=bool), reason)
