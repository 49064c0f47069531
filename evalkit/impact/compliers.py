"""The effect on those who went because they were sent: after the effect of being sent, never instead of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from evalkit.errors import EstimationError
from evalkit.impact.ancova import design_of
from evalkit.impact.verdict import Effect
from evalkit.inference.cluster_covariance import cluster_regression
from evalkit.inference.reading import check_level, labels, marks, numbers


def complier_effect(value: ArrayLike, sent: ArrayLike, went: ArrayLike, before: ArrayLike | None, clusters: ArrayLike, *,
                    strata: ArrayLike | None = None, sd: float = math.nan, level: float = 0.95,
                    chance: ArrayLike | None = None) -> Effect | None:
    """Divide the effect of being sent on the outcome by its effect on going: ``b = b(outcome) / b(went)``, limits by Fieller's way.

    The limits are all q that the test of ``b(outcome) - q b(went) = 0`` does not reject, with CR2 covariance. 0: no effect on them.

    Parameters
    ----------
    value, sent, before, clusters, strata, chance
        As in `evalkit.impact.ancova.ancova`.
    went : array_like of bool, shape (n,)
        Who attended.
    sd : float
        Standard deviation of the outcome before training.
    level : float
        Nominal coverage.

    Returns
    -------
    Effect or None
        None where being sent did not clearly change going (the limits would not close), or nobody or everybody was sent.

    Raises
    ------
    EstimationError
        If the lengths differ, or a value, a score or a mark cannot be read; if `level` is not between 0 and 1.

    Notes
    -----
    Supposes that being sent acts through going alone, and keeps nobody away. Sources: G. Imbens, J. Angrist (1994), Econometrica 62,
    467-475; E. Fieller (1954), JRSS B 16, 175-185.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> sent = np.arange(200) % 2 == 0
    >>> went = sent & (np.arange(200) % 10 != 0)
    >>> found = complier_effect(rng.normal(size=200) + 2 * went, sent, went, None, range(200))
    >>> found.conf_low < 2 < found.conf_high
    True
    """
    check_level(level)
    from scipy.special import stdtrit

    y, mark, there = numbers(value, "outcomes"), marks(sent, "sent"), numbers(went, "marks of who went")
    x = np.zeros(len(y)) if before is None else numbers(before, "scores")
    unit = labels(clusters)
    block = np.zeros(len(y), dtype=int) if strata is None else np.unique(labels(strata), return_inverse=True)[1].reshape(-1)
    odds = np.zeros(len(y)) if chance is None else numbers(chance, "chances")
    if not len(y) == len(mark) == len(there) == len(x) == len(unit) == len(block) == len(odds):
        raise EstimationError("Outcome, sent, went, score, clusters and strata must have one entry each for the same people.")
    kept = ~np.isnan(y) & ~np.isnan(x) & ~np.isnan(there)
    if not np.isin(there[kept], (0, 1)).all():
        raise EstimationError("Whether somebody went must be true or false, or 1 or 0.")
    y, mark, there, x, unit, block, odds = y[kept], mark[kept], there[kept], x[kept], unit[kept], block[kept], odds[kept]
    if not mark.any() or mark.all():
        return None
    design = design_of(mark, x if before is not None else None, block, None, odds)
    one = np.eye(design.shape[1])[1]
    outcome, going = cluster_regression(y, design, unit), cluster_regression(there, design, unit)
    main = outcome.contrast(one)
    if main.reason:
        return None
    along = outcome.moments.inverse @ one
    a, b = outcome.adjusted @ along, going.adjusted @ along
    top, bottom = float(outcome.coefficients[1]), float(going.coefficients[1])
    tt = float(stdtrit(main.df, 0.5 + level / 2)) ** 2
    # (top - q bottom)^2 <= tt * sum (a - q b)^2, sorted by powers of q
    square, middle, constant = bottom**2 - tt * float(b @ b), top * bottom - tt * float(a @ b), top**2 - tt * float(a @ a)
    root = middle**2 - square * constant
    if square <= 0 or root < 0:
        return None
    low, high = (middle - math.sqrt(root)) / square, (middle + math.sqrt(root)) / square
    ratio = top / bottom
    error = math.sqrt(float(((a - ratio * b) ** 2).sum())) / abs(bottom)
    return Effect(ratio, error, main.df, low, high, main.p_value, sd, "complier_ratio", len(y), int(mark.sum()), len(np.unique(unit)), level)
