"""An interval of an effect whose comparison need not have moved alike: trends may bend, but by no more than a stated amount a period."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.single_values import single


def smoothness_interval(before: ArrayLike, after: ArrayLike, covariance: ArrayLike, *, bend: float, weights: ArrayLike | None = None,
                        level: float = 0.95, df: float = math.inf) -> tuple[float, float]:
    """Give the shortest fixed-length interval of an average effect if the difference of trends bends at most `bend` a period.

    ``|d[t+1] - 2 d[t] + d[t-1]| <= bend``, d being what the difference of the two groups would have been without the course, 0 at the last
    period before it. The interval is ``l'b_after + v'b_before +- cv(bias/sigma) * sigma``: v makes every straight line cancel, bias is the
    largest that such a d can cause, cv the quantile of a folded normal (t with `df`), and v gives the shortest interval with known errors.

    Parameters
    ----------
    before, after : array of float
        Differences to the last period before, by period: those earlier than it, in order of time, and those after it.
    covariance : array of float
        Of both, in that order.
    bend : float
        In the unit of the outcome; 0: the difference goes on as a straight line.
    weights : array of float, optional
        Of the periods after; by default their mean.
    level : float
        Nominal coverage.
    df : float
        Degrees of freedom of the errors.

    Returns
    -------
    tuple of float
        The bounds; not a number where the covariance is no covariance.

    Raises
    ------
    EstimationError
        If there is no period before or after, sizes do not agree, or `bend` is negative; if `level` is not between 0 and 1.

    Notes
    -----
    It says nothing of a dip: a fall just before training looks like a bend. Source: A. Rambachan, J. Roth (2023), Review of Economic
    Studies 90, 2555-2591, section 4.1; the optimum of T. Armstrong, M. Kolesar (2018), Econometrica 86, 655-683.

    Examples
    --------
    >>> low, high = smoothness_interval([0.0, 0.0], [2.0], np.eye(3) * 0.01, bend=0.0)
    >>> round((low + high) / 2, 6)
    2.0
    """
    check_level(level)
    single(bend=bend, df=df)
    b, c = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    sigma, post = np.asarray(covariance, dtype=float), len(c)
    if not len(b) or not post or sigma.shape != (len(b) + post,) * 2:
        raise EstimationError("Trends are judged by at least one period before the reference, one after, and the covariance of all of them.")
    if bend < 0:
        raise EstimationError(f"The bend is {bend}; it cannot be negative.")
    share = np.full(post, 1 / post) if weights is None else np.asarray(weights, dtype=float)
    if not (np.isfinite(sigma).all() and np.linalg.eigvalsh((sigma + sigma.T) / 2)[0] > 0):
        return math.nan, math.nan
    v, bias, error = _shortest(sigma, share, len(b), bend, level)
    centre, half = float(share @ c + v @ b), _folded(bias / error, level, df) * error
    return centre - half, centre + half


def _shortest(sigma: NDArray[np.float64], share: NDArray[np.float64], early: int, bend: float,
              level: float) -> tuple[NDArray[np.float64], float, float]:
    """Weights of the periods before, with bias and error: a convex program in the weights and the sizes of what each bend causes."""
    from scipy.optimize import minimize

    steps = np.arange(early, 0, -1.0)  # periods from each early one to the reference
    total = float(share @ np.arange(1, len(share) + 1))  # what a slope of one adds to the average effect
    # d is a line and, for each bend, a kink: what a bend at the reference, and at those before, adds to each early period
    kinks = np.maximum(steps[None, :] - np.arange(early)[:, None], 0)
    late = sum(abs(float(share[i:] @ np.arange(1, len(share) - i + 1))) for i in range(1, len(share)))
    a, m = sigma[:early, :early], sigma[:early, early:] @ share
    # the least variance without a slope: (a, steps; steps', 0) (v, u) = (-m, total)
    v = np.linalg.solve(np.block([[a, steps[:, None]], [steps[None, :], np.zeros((1, 1))]]), np.append(-m, total))[:early]

    def judged(v: NDArray[np.float64], sizes: NDArray[np.float64]) -> tuple[float, float]:
        full = np.append(v, share)
        return bend * (late + float(sizes.sum())), float(np.sqrt(full @ sigma @ full))

    def half(x: NDArray[np.float64]) -> float:
        bias, error = judged(x[:early], x[early:])
        return _folded(bias / error, level, math.inf) * error

    start = np.append(v, np.abs(kinks @ v))
    if bend == 0:
        return v, *judged(v, start[early:])
    scale, eye = half(start), np.eye(early)
    found = minimize(lambda x: half(x) / scale, start, method="SLSQP", options={"maxiter": 300, "ftol": 1e-11}, constraints=[
        {"type": "eq", "fun": lambda x: steps @ x[:early] - total, "jac": lambda x: np.append(steps, np.zeros(early))},
        {"type": "ineq", "fun": lambda x: x[early:] - kinks @ x[:early], "jac": lambda x: np.hstack([-kinks, eye])},
        {"type": "ineq", "fun": lambda x: x[early:] + kinks @ x[:early], "jac": lambda x: np.hstack([kinks, eye])}])
    best = found.x[:early] + steps * (total - steps @ found.x[:early]) / (steps @ steps)  # a slope cancels to the last digit
    kept = min((np.append(w, np.abs(kinks @ w)) for w in (best, v)), key=half)  # either is valid: the search can only shorten
    return kept[:early], *judged(kept[:early], kept[early:])


def _folded(bias: float, level: float, df: float) -> float:
    """Quantile of the absolute value of a normal, or t, around `bias`."""
    from scipy.optimize import brentq
    from scipy.special import chndtrix, nctdtr, nctdtrit

    if not math.isfinite(df):
        return float(np.sqrt(chndtrix(level, 1, bias**2)))
    if bias > 5:  # nothing lies on the other side of zero
        return float(nctdtrit(df, bias, level))
    most = float(nctdtrit(df, bias, (1 + level) / 2))  # beyond it lies less than half of what may lie outside on either side

    def inside(x: float) -> float:
        other = float(nctdtr(df, -bias, x))  # 1 less what lies below -x; scipy has no number where that is under 1e-12
        return float(nctdtr(df, bias, x)) + (1.0 if math.isnan(other) else other) - 1 - level

    return float(brentq(inside, 1e-9, most + 1e-6))
