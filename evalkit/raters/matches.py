"""Matches: the ratings of one person in one place by one evaluator, and those of them that are linked twice over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.inference.frames import need, row_order
from evalkit.raters.links import leave_out_sets
from evalkit.raters.official import beside, rated


@dataclass(frozen=True)
class Matches:
    """Linked matches of people (in one place) and evaluators: mean outcome, ratings, codes, and the set each belongs to."""

    person: NDArray[np.intp]
    rater: NDArray[np.intp]
    component: NDArray[np.intp]
    mean: NDArray[np.float64]
    ratings: NDArray[np.float64]
    n_matches: int  # of people with several evaluators, linked or not
    n_raters_all: int
    period_noise: float = 0.0  # variance of the mean of a period, which is taken off

    @property
    def n_raters(self) -> int:
        """Evaluators in linked sets."""
        return len(np.unique(self.rater))


def linked_matches(rows: pd.DataFrame, value: pd.Series, *, strata: Sequence[str] = ("opd_id", "post_type")) -> Matches:
    """Gather the ratings of each person by each evaluator in one place, and keep what is linked twice over.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a rating: `person_id`, `period`, `rater_id` and the columns `strata`. A person who moves is another person there; rows
        without a person, a period or an evaluator are left out.
    value : array_like of float, shape (n,)
        The outcome of each row, in the order of the rows; the mean of its period is taken off. Rows without one are left out.
    strata : sequence of str
        What makes a place.

    Returns
    -------
    Matches
        Codes of person and rater, linked set, mean and number of ratings of each match; what `leave_out_variance` takes.

    Raises
    ------
    EstimationError
        If a column is absent, or an outcome is no number or not one a row.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"] * 2, "period": ["1", "1", "2", "2"], "rater_id": ["e", "e", "f", "f"], "u": "x"})
    >>> linked_matches(rows, pd.Series([0.0, 1.0, 1.0, 1.0]), strata=["u"]).mean.tolist()
    [-0.5, 0.5, 0.0, 0.0]
    """
    need(rows)
    rows = rated(rows.assign(_outcome=beside(rows, value)), strata, "_outcome", once=False)
    order = row_order(rows, list(dict.fromkeys(["person_id", "period", "rater_id", *strata])))
    rows, y = rows.iloc[order], rows["_outcome"].to_numpy(dtype=float)[order]
    by_period = pd.Series(y).groupby(rows["period"].to_numpy())
    noise = float((by_period.var(ddof=0) / by_period.size()).mean()) if len(y) else 0.0
    y = y - by_period.transform("mean").to_numpy() if len(y) else y
    who = pd.MultiIndex.from_frame(rows[["person_id", *strata]]).factorize()[0] if len(rows) else np.array([], dtype=np.intp)
    by = pd.factorize(rows["rater_id"])[0]
    pair, inverse = np.unique(np.column_stack([by, who]), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    n = np.bincount(inverse, minlength=len(pair)).astype(float)
    mean = np.bincount(inverse, weights=y, minlength=len(pair)) / np.maximum(n, 1)
    several = np.bincount(pair[:, 1], minlength=1)[pair[:, 1]] > 1 if len(pair) else np.zeros(0, dtype=bool)
    rater, person = (pair[several, i].astype(np.intp) for i in (0, 1))
    found = leave_out_sets(person, rater)
    k = found.keep
    return Matches(person[k], rater[k], found.component[k], mean[several][k], n[several][k], int(several.sum()),
                   int(by.max(initial=-1)) + 1, noise)
