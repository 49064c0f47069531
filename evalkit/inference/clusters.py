"""Which cases hang together: people and evaluators that share ratings form one cluster, and clusters are independent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level, complete, labels

FEWEST = 10  # below it the spread of clusters is not known well enough for an interval


def linked_clusters(*keys: ArrayLike) -> NDArray[np.intp]:
    """Number the connected components: two rows are in one cluster if a chain of shared values joins them.

    Parameters
    ----------
    keys : array_like, each of shape (n,)
        Such as the evaluator and the person of each rating; missing values are values of their own.

    Returns
    -------
    array of int, shape (n,)
        Cluster of each row, from 0.

    Notes
    -----
    With one rating a person the clusters are the evaluators; over several periods an evaluator's people carry her ratings to the next
    evaluator, and all of them are one cluster. One giant cluster means that nothing is independent of anything.

    Examples
    --------
    >>> linked_clusters(["e", "e", "f", "g"], ["a", "b", "b", "c"]).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    offset, parts = 0, []
    for key in keys:
        code, names = pd.factorize(np.asarray(key, dtype=object), use_na_sentinel=False)
        parts.append(code + offset)
        offset += len(names)
    first = parts[0]
    links = np.concatenate([np.stack([first, other]) for other in parts], axis=1)
    graph = coo_array((np.ones(links.shape[1]), (links[0], links[1])), shape=(offset, offset))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(pd.factorize(labels[first])[0], dtype=np.intp)


@dataclass(frozen=True)
class ClusteredRatio:
    """A ratio of sums over clusters, the set of values that the score test does not reject, the p-value of the null, and the clusters.

    `low` and `high` are -infinity and infinity where the clusters are too few or too uneven to bound it; `null_error` is the standard
    error at the null value.
    """

    ratio: float
    low: float
    high: float
    p_value: float
    null_error: float
    n_clusters: int


def clustered_ratio(numerator: ArrayLike, denominator: ArrayLike, clusters: ArrayLike, *, null: float,
                    level: float = 0.95) -> ClusteredRatio:
    """Estimate a ratio of two sums whose terms are independent between clusters only: ``r = sum R / sum S``.

    A value q is tested by ``t = sum U_c / sqrt(sum U_c²)``, U_c being the sum of ``R - q S`` in cluster c, against Student's
    distribution with clusters - 1 degrees of freedom; the interval holds all q that are not rejected (a quadratic in q).

    Parameters
    ----------
    numerator, denominator : array_like, shape (n,)
        R and S; the sum of S must be positive.
    clusters : array_like, shape (n,)
        Cluster of each: codes of any kind.
    null : float
        The value that is tested.
    level : float
        Nominal coverage.

    Returns
    -------
    ClusteredRatio
        `ratio`, `low`, `high`, `p_value` of the null, `n_clusters`.

    Raises
    ------
    EstimationError
        If there is no cluster, or S adds up to nothing; if the lengths differ or a value is missing; if `level` is not between 0 and 1.

    Notes
    -----
    The statistic cannot exceed the square root of the number of clusters, so a few clusters that carry everything cannot look like
    evidence; a standard error at the estimate would let them. Sources: E. Fieller (1954), JRSS B 16, 175-185; K.-Y. Liang, S. Zeger
    (1986), Biometrika 73, 13-22.

    Examples
    --------
    >>> found = clustered_ratio([2.0, 1.0, 3.0, 2.0] * 4, [1.0] * 16, np.arange(16), null=1.0)
    >>> found.ratio, round(found.low, 2), round(found.high, 2), found.n_clusters
    (2.0, 1.55, 2.45, 16)
    """
    check_level(level)
    from scipy.special import stdtr, stdtrit

    above, below = complete(numerator, "numerators"), complete(denominator, "denominators")
    place = np.unique(labels(clusters), return_inverse=True)[1].reshape(-1)
    if not len(above) == len(below) == len(place):
        raise EstimationError("Numerators, denominators and clusters must have one entry each for the same rows.")
    r, s = np.bincount(place, weights=above), np.bincount(place, weights=below)
    used = (r != 0) | (s != 0)
    r, s, m = r[used], s[used], int(used.sum())
    if not m or s.sum() <= 0:
        raise EstimationError("A clustered ratio needs at least one cluster and a positive denominator.")
    score = r - null * s
    spread = math.sqrt(float((score**2).sum()))
    p_value = float(2 * stdtr(max(m - 1, 1), -abs(float(score.sum())) / spread)) if spread > 0 else 1.0
    ratio = float(r.sum() / s.sum())
    tt = float(stdtrit(max(m - 1, 1), 0.5 + level / 2)) ** 2
    # (sum R - q sum S)² <= tt * sum (R - q S)², sorted by powers of q
    a, b, c = (float(x.sum() * y.sum() - tt * (x * y).sum()) for x, y in ((s, s), (r, s), (r, r)))
    root = b * b - a * c
    low, high = (-math.inf, math.inf) if a <= 0 or root < 0 else ((b - math.sqrt(root)) / a, (b + math.sqrt(root)) / a)
    return ClusteredRatio(ratio, low, high, p_value, spread / float(s.sum()), m)
