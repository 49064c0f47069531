"""Difference of two means within strata, where observations of one cluster are no independent witnesses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import complete, labels, marks


@dataclass(frozen=True)
class Difference:
    """`estimate` with its standard error and degrees of freedom; `n` observations of strata that have both sides.

    `reason` is empty, or says why there is no estimate ("nothing_to_compare") or no standard error ("one_cluster").
    """

    estimate: float
    std_error: float
    df: float
    n: int
    n_treated: int
    n_clusters: int
    reason: str = ""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Give the limits ``estimate -+ t(df) * std_error``; not a number where there is no standard error."""
        from scipy.special import stdtrit

        if self.reason:
            return math.nan, math.nan
        half = float(stdtrit(self.df, 0.5 + level / 2)) * self.std_error
        return self.estimate - half, self.estimate + half

    @property
    def p_value(self) -> float:
        """The two-sided p-value of a difference of 0; 1 where nothing varies and the difference is 0."""
        from scipy.special import stdtr

        if self.reason:
            return math.nan
        if self.std_error == 0:
            return 1.0 if self.estimate == 0 else 0.0
        return float(2 * stdtr(self.df, -abs(self.estimate) / self.std_error))


def clustered_difference(values: ArrayLike, treated: ArrayLike, strata: ArrayLike, clusters: ArrayLike, *,
                         counts: ArrayLike | None = None) -> Difference:
    """Compare the treated with the others of their stratum, each stratum weighted by its treated.

    ``sum of n1 (mean1 - mean0) / sum of n1`` over strata with both sides. The variance is the jackknife's: each cluster of m is left out
    in turn, ``(m - 1) / m * sum of (estimate without it - estimate)^2``; df is the smaller number of clusters of the two sides less 1.
    0: no difference.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        The outcome.
    treated : array_like of bool, shape (n,)
        Which side.
    strata, clusters : array_like, shape (n,)
        Codes of any kind.
    counts : array_like of float, shape (n,), optional
        How many observations of one side, stratum and cluster each value is the mean of; 1 without it.

    Returns
    -------
    Difference
        `estimate`, `std_error`, `df`, `n`, `n_treated`, `n_clusters`, and `reason` where there is none.

    Raises
    ------
    EstimationError
        If the lengths differ, a value is missing or no number, or a mark is neither true nor false.

    Notes
    -----
    A cluster may have observations on both sides and in several strata. Deviations from the means of small strata are too small
    for the usual formula, where one cluster may be a whole side of its stratum; the jackknife is cautious instead.
    Sources: R. Bell, D. McCaffrey (2002), Survey Methodology 28, 169-181; A. Cameron, D. Miller (2015), Journal of Human Resources 50,
    317-372; J. MacKinnon, M. Nielsen, M. Webb (2023), Journal of Econometrics 232, 272-299.

    Examples
    --------
    >>> found = clustered_difference([1.0, 2.0, 4.0, 6.0], [0, 0, 1, 1], [0] * 4, [1, 2, 3, 4])
    >>> found.estimate, round(found.std_error, 3), found.df
    (3.5, 1.369, 1.0)
    """
    y, mark = complete(values, "values"), marks(treated, "treated")
    w = np.ones(len(y)) if counts is None else complete(counts, "counts")
    place, home = labels(strata), labels(clusters)
    if not len(y) == len(w) == len(mark) == len(place) == len(home):
        raise EstimationError("Values, sides, strata and clusters must have one entry each for the same observations.")
    s = np.unique(place, return_inverse=True)[1].reshape(-1)
    size = int(s.max(initial=-1)) + 1
    both = np.minimum(np.bincount(s[mark], minlength=size), np.bincount(s[~mark], minlength=size)) > 0
    keep = both[s] if size else np.zeros(0, dtype=bool)
    y, w, mark, s = y[keep], w[keep], mark[keep], np.unique(s[keep], return_inverse=True)[1].reshape(-1)
    code = np.unique(home[keep], return_inverse=True)[1].reshape(-1)
    if not len(y):
        return Difference(math.nan, math.nan, math.nan, 0, 0, 0, "nothing_to_compare")
    g = min(len(np.unique(code[mark])), len(np.unique(code[~mark])))
    centred = y - (w * y).sum() / w.sum() if y.min() < y.max() else np.zeros(len(y))  # so that constant values differ by exactly 0
    estimate, squares = _jackknife(centred, w, mark, s, code)
    n, n_treated, n_clusters = int(w.sum()), int(w[mark].sum()), int(code.max()) + 1
    if g < 2 or np.isnan(squares):
        return Difference(estimate, math.nan, math.nan, n, n_treated, n_clusters, "one_cluster")
    return Difference(estimate, math.sqrt((n_clusters - 1) / n_clusters * squares), float(g - 1), n, n_treated, n_clusters)


def _jackknife(y: NDArray[np.float64], w: NDArray[np.float64], mark: NDArray[np.bool_], s: NDArray[np.intp],
               code: NDArray[np.intp]) -> tuple[float, float]:
    """Give the estimate, and the sum of squares of what leaving out each cluster changes (not a number if nothing would be left)."""
    strata, size = int(s.max()) + 1, int(code.max()) + 1
    n1, n0, t1, t0 = _sums(y, w, mark, s, strata)
    total, people = float((n1 * (t1 / n1 - t0 / n0)).sum()), float(n1.sum())
    cell, cells = np.unique(code.astype(np.int64) * strata + s, return_inverse=True)
    c1, c0, u1, u0 = _sums(y, w, mark, cells.reshape(-1), len(cell))
    cluster, at = np.divmod(cell, strata)
    left1, left0 = n1[at] - c1, n0[at] - c0
    whole = (left1 > 0) & (left0 > 0)  # the stratum still has both sides
    mean1 = np.divide(t1[at] - u1, left1, out=np.zeros(len(cell)), where=whole)
    mean0 = np.divide(t0[at] - u0, left0, out=np.zeros(len(cell)), where=whole)
    without = total + np.bincount(cluster, weights=left1 * (mean1 - mean0) * whole - (n1 * (t1 / n1 - t0 / n0))[at], minlength=size)
    left = people + np.bincount(cluster, weights=left1 * whole - n1[at], minlength=size)
    if (left <= 0).any():
        return total / people, math.nan
    return total / people, float(((without / left - total / people) ** 2).sum())


def _sums(y: NDArray[np.float64], w: NDArray[np.float64], mark: NDArray[np.bool_], code: NDArray[np.intp],
          size: int) -> tuple[NDArray[np.float64], ...]:
    """Give counts and sums of the treated and of the others."""
    return tuple(np.bincount(code[m], weights=v[m], minlength=size).astype(float) for v in (w, w * y) for m in (mark, ~mark))
