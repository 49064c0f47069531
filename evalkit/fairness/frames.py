"""What the functions of this room ask of a frame before they compute: that columns are there, and that answers are 0 or 1."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError

FEWEST_ITEMS = 3


def need(columns: Iterable[str], given: Container[object]) -> None:
    """Refuse a frame that lacks a column.

    Parameters
    ----------
    columns : iterable of str
        What is needed.
    given : container
        The columns of the frame.

    Raises
    ------
    EstimationError
        If one is absent; the first is named.

    Examples
    --------
    >>> need(["a"], pd.DataFrame({"a": [1]}).columns)
    """
    for column in columns:
        if column not in given:
            raise EstimationError(f"The frame has no column {column!r}.")


def known_rows(rows: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Give the rows in which every one of some columns is known, numbered anew; only these columns, each once.

    Raises
    ------
    EstimationError
        If a column is absent.

    Examples
    --------
    >>> known_rows(pd.DataFrame({"a": [1, None], "b": [2, 3], "c": 0}), ["a", "b", "a"]).to_numpy().tolist()
    [[1.0, 2.0]]
    """
    wanted = list(dict.fromkeys(columns))
    need(wanted, rows.columns)
    return rows[wanted].dropna().reset_index(drop=True)


@dataclass(frozen=True)
class Answers:
    """Answers of two groups on items, 0 or 1: shape (n, k), who is of the reference, and why nothing can be said (or nothing)."""

    names: list[str]
    answered: NDArray[np.int_]
    in_reference: NDArray[np.bool_]
    reason: str


def answers_of(answers: pd.DataFrame, group: pd.Series, *, focal: str, reference: str, items: Sequence[str] | None = None) -> Answers:
    """Take the people of two groups who answered every item.

    Parameters
    ----------
    answers : pandas.DataFrame, shape (n, k)
        One row a person, one column an item.
    group : pandas.Series, shape (n,)
        Group of each person, by the index of `answers`.
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
    names = list(items) if items is not None else [str(c) for c in answers.columns]
    need(names, answers.columns)
    labels = group.reindex(answers.index).astype("object")
    kept = answers[names].notna().all(axis=1) & labels.isin([focal, reference])
    values = answers.loc[kept, names].astype(float).to_numpy()
    if not np.isin(values, (0.0, 1.0)).all():
        raise EstimationError("An answer must be 0 or 1; cut ordered answers at a stated category first.")
    member = (labels[kept] == reference).to_numpy(dtype=bool)
    alone = bool(member.all() or not member.any())
    reason = "fewer_than_three_items" if len(names) < FEWEST_ITEMS else "group_not_in_data" if alone else ""
    return Answers(names, values.astype(int), member, reason)
