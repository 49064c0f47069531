"""Wild cluster bootstrap of one coefficient, in a form that never touches the rows again: every draw is a vector of signs, one a cluster."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level, complete, labels
from evalkit.inference.wild_form import POINTS, Form, Thin, Weights, WildBootstrap, held, tested

__all__ = ["POINTS", "Weights", "WildBootstrap", "wild_bootstrap", "wild_interval"]


def wild_bootstrap(y: ArrayLike, x: ArrayLike, clusters: ArrayLike, *, column: int, null: float = 0.0, draws: int = 99_999,
                   weights: Weights = "rademacher", seed: int = 20261) -> WildBootstrap:
    """Test one coefficient by the wild cluster bootstrap with the null imposed.

    ``p = share of draws with |t*| >= |t|``, t being the coefficient less `null` over its CR1 standard error; in a draw the residuals of
    the restricted fit are multiplied by one random weight a cluster. A small p: signs given blindly to clusters rarely lead this far.

    Parameters
    ----------
    y : array_like of float, shape (n,)
        The outcome.
    x : array_like of float, shape (n, k)
        The design with its constant and dummies, of full rank.
    clusters : array_like, shape (n,)
        Codes of any kind.
    column : int
        Which coefficient.
    null : float
        The value that is tested.
    draws : int
        Random draws; where there are not more weight vectors than ``draws + 1``, all of them are taken once instead.
    weights : {"rademacher", "webb"}
        Two points, or six: with few clusters two give few distinct values of p.
    seed : int
        Seed of the draws.

    Returns
    -------
    WildBootstrap
        `p_value`, `p_without_ties`, `t_statistic`, `estimate`, `draws`, `ties`, `enumerated`, `n_clusters`, `reason`.

    Raises
    ------
    EstimationError
        If the lengths differ, a value is missing or no number, the column is not there, or there are no draws.

    Notes
    -----
    Drawn signs fall on clusters in an order that their data give: what clusters are called, and in which order rows stand, changes nothing.
    Ties are counted against an effect: among all sign vectors the data themselves and their mirror image always tie. With few treated
    clusters the test hardly ever rejects. With random draws the p-value is ``(b + 1) / (draws + 1)``.
    Sources: A. Cameron, J. Gelbach, D. Miller (2008), Review of Economics and Statistics 90, 414-427; M. Webb (2023), Canadian Journal
    of Economics 56, 839-858; D. Roodman et al. (2019), Stata Journal 19, 4-60.

    Examples
    --------
    >>> design = [[1.0, 0.0]] * 4 + [[1.0, 1.0]] * 4
    >>> found = wild_bootstrap([1, 2, 3, 2, 6, 7, 9, 8], design, list("aabbccdd"), column=1)
    >>> found.enumerated, found.draws, found.p_value
    (True, 16, 0.125)
    """
    if draws < 1:
        raise EstimationError("A bootstrap needs at least one draw.")
    form, g = _form(y, x, clusters, column)
    return tested(form, g, null, draws, weights, seed)


def wild_interval(y: ArrayLike, x: ArrayLike, clusters: ArrayLike, *, column: int, level: float = 0.95, draws: int = 9_999,
                  weights: Weights = "rademacher", seed: int = 20261) -> tuple[float, float]:
    """Give the values of the coefficient that the bootstrap does not reject, found by halving on either side of the estimate.

    The same draws are used for every value, so the p-value only changes with the value. Infinite where nothing is ever rejected, as
    with four clusters at 95%.

    Parameters
    ----------
    y, x, clusters, column, draws, weights, seed
        As in `wild_bootstrap`.
    level : float
        Nominal coverage.

    Returns
    -------
    float, float
        Lower and upper end, infinite where nothing is rejected.

    Raises
    ------
    EstimationError
        As `wild_bootstrap`; if `level` is not between 0 and 1.

    Notes
    -----
    See `wild_bootstrap`.

    Examples
    --------
    >>> design = [[1.0, 0.0]] * 4 + [[1.0, 1.0]] * 4
    >>> wild_interval([1, 2, 3, 2, 6, 7, 9, 8], design, list("aabbccdd"), column=1)
    (-inf, inf)
    """
    check_level(level)
    form, g = _form(y, x, clusters, column)
    return held(form, g, level, draws, weights, seed)


def _form(y: ArrayLike, x: ArrayLike, clusters: ArrayLike, column: int) -> tuple[Form, int]:
    """Reduce the rows to what the draws need, G being the number of clusters."""
    outcome, design = complete(y, "outcomes"), complete(x, "columns of the design", wide=True)
    names, code = np.unique(labels(clusters), return_inverse=True)
    code, g = code.reshape(-1), len(names)
    if design.ndim != 2 or not len(outcome) == len(design) == len(code) or not 0 <= column < design.shape[1]:
        raise EstimationError("Outcome, design and clusters must have the same rows, and the column must be one of the design.")
    n, k = design.shape
    inverse = np.linalg.pinv(design.T @ design, rcond=1e-12, hermitian=True)
    row = inverse[column]
    others = np.delete(design, column, axis=1)
    small = np.linalg.pinv(others.T @ others, rcond=1e-12, hermitian=True) if k > 1 else np.zeros((0, 0))

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.bincount(code, weights=v, minlength=g) for v in values.T], axis=1)

    def parts(target: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        scores = sums(design * (target - others @ (small @ (others.T @ target)))[:, None])
        a = scores @ row
        return a, np.diag(a) - along @ scores.T, scores

    reach = design @ row
    # row' S_g M of each cluster: sums of the rows of X weighted by X row, then M
    along = sums(design * reach[:, None]) @ inverse
    (a0, w0, s0), (a1, w1, s1) = parts(outcome), parts(design[:, column])
    coefficients = inverse @ (design.T @ outcome)
    factor = g / (g - 1) * (n - 1) / (n - k) if g > 1 and n > k else math.nan
    own = sums(design * (outcome - design @ coefficients)[:, None]) @ row
    variance = factor * float((own**2).sum()) if g > 1 and n > k else 0.0
    spread = float(np.abs(a0).sum() + abs(coefficients[column]))
    error = math.sqrt(variance) if variance > (1e-12 * spread) ** 2 else 0.0
    return Form(a0, a1, w0, w1, float(coefficients[column]), error, factor, Thin(along, s0, s1)), g
