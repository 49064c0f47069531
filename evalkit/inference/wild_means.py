"""Wild cluster bootstrap of a weighted sum of means, as an effect of waves is: counts and sums by cluster are all it needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level, complete
from evalkit.inference.wild_form import Form, Weights, WildBootstrap, held, tested


@dataclass(frozen=True)
class WildMeans:
    """The bootstrap of a weighted sum of means: the test of 0, and the values that it does not reject (infinite where it never rejects)."""

    test: WildBootstrap
    low: float
    high: float


def wild_of_means(counts: ArrayLike, sums: ArrayLike, weights: ArrayLike, *, level: float = 0.95, draws: int = 9_999,
                  points: Weights = "rademacher", seed: int = 20261) -> WildMeans:
    """Test a weighted sum of means by the wild cluster bootstrap with the null imposed, from counts and sums by cluster alone.

    ``sum over k of weight_k mean_k``, ``mean_k = sum of sums_gk / sum of counts_gk``: the regression of stacked rows on one dummy a mean.
    Under the null the means are the nearest ones (least squares) whose weighted sum is the value tested; a draw multiplies the residuals
    of each cluster by its sign, in all means at once. 0: nothing differs.

    Parameters
    ----------
    counts, sums : array_like of float, shape (clusters, means)
        Rows of each cluster in each mean, and the sum of their values.
    weights : array_like of float, shape (means,)
        Weight of each mean.
    level : float
        Nominal coverage of the interval.
    draws, points, seed
        As in `wild_bootstrap`.

    Returns
    -------
    WildMeans
        `test` (a `WildBootstrap`), `low`, `high`.

    Raises
    ------
    EstimationError
        If shapes differ, a value is missing or no number, a mean with a weight rests on nobody, the level is not between 0 and 1, or there
        are no draws.

    Notes
    -----
    An effect of waves against those not yet trained is such a sum. Few clusters that were trained early, or of very unequal size, are not
    cured by it: with one or two on a side it hardly ever rejects (J. MacKinnon, M. Webb 2018, Econometrics Journal 21, 114-135). Its
    size is exact in the limit of large clusters, however few they are, only where these are alike (I. Canay, A. Santos, A. Shaikh 2021,
    Review of Economics and Statistics 103, 346-363). Sources else as `wild_bootstrap`.

    Examples
    --------
    >>> found = wild_of_means([[2, 0], [2, 0], [0, 2], [0, 2]], [[12, 0], [17, 0], [0, 3], [0, 5]], [1, -1])
    >>> found.test.estimate, found.test.draws, found.test.p_value, found.low
    (5.25, 16, 0.125, -inf)
    """
    if draws < 1:
        raise EstimationError("A bootstrap needs at least one draw.")
    check_level(level)
    n, total = (complete(v, name, wide=True) for v, name in ((counts, "counts"), (sums, "sums")))
    c = complete(weights, "weights")
    if n.ndim != 2 or n.shape != total.shape or c.shape != n.shape[1:]:
        raise EstimationError("Counts and sums must be clusters by means, and there must be one weight a mean.")
    kept = c != 0
    n, total, c = n[:, kept], total[:, kept], c[kept]
    size = n.sum(axis=0)
    if not (size > 0).all():
        raise EstimationError("A mean that is weighted must rest on somebody.")
    there = n.sum(axis=1) > 0
    form = _form_of_means(n[there], total[there], c, size)
    g = int(there.sum())
    low, high = held(form, g, level, draws, points, seed)
    return WildMeans(tested(form, g, 0.0, draws, points, seed), low, high)


def _form_of_means(n: NDArray[np.float64], sums: NDArray[np.float64], c: NDArray[np.float64], size: NDArray[np.float64]) -> Form:
    means = sums.sum(axis=0) / size
    estimate, along = float(c @ means), c / size
    own = sums - n * means
    step = along / float(c @ along) if len(c) else along  # how the means move when the value tested moves by 1
    at_estimate, each = own, n * step  # scores of the restricted fit at r: own + (estimate - r) each
    cross = n * along / size

    def parts(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        a = scores @ along
        return a, np.diag(a) - cross @ scores.T

    (a0, w0), (a1, w1) = parts(at_estimate + estimate * each), parts(each)
    g, rows, k = len(n), float(n.sum()), len(c)
    factor = g / (g - 1) * (rows - 1) / (rows - k) if g > 1 and rows > k else math.nan
    variance = factor * float(((own @ along) ** 2).sum()) if g > 1 and rows > k else 0.0
    spread = float(np.abs(a0).sum() + abs(estimate))
    return Form(a0, a1, w0, w1, estimate, math.sqrt(variance) if variance > (1e-12 * spread) ** 2 else 0.0, factor)
