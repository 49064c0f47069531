"""Sent by a score: compare people of the same score, by a straight line through the score that selected them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.impact.verdict import Effect
from evalkit.inference.cluster_covariance import ClusterFit, cluster_regression
from evalkit.inference.reading import check_level, labels, marks, numbers
from evalkit.inference.wild_bootstrap import wild_bootstrap

WILD_BELOW = 40  # clusters: below it the wild bootstrap stands beside the CR2 interval
DRAWS = 9_999
FEWEST_DF = 2.0  # Satterthwaite's t is not to be trusted below; J. Pustejovsky, E. Tipton (2018) say 4 to 5 for a level of 0.01


@dataclass(frozen=True)
class Ancova:
    """The `effect`, or the reason why there is none; the p-value of bends in the line, and the difference in plain means."""

    effect: Effect | None
    reason: str
    difference: float
    linearity_p: float
    n: int
    n_treated: int
    n_clusters: int
    sd: float = math.nan


def ancova(value: ArrayLike, sent: ArrayLike, before: ArrayLike | None, clusters: ArrayLike, *, strata: ArrayLike | None = None,
           center: float | None = None, sd: float | None = None, level: float = 0.95, seed: int = 20261, shape: bool = False,
           wild: bool = True, chance: ArrayLike | None = None) -> Ancova:
    """Estimate the difference at the same score before training: ``y = a + b sent + c score + strata + e``; b is the effect.

    0: those sent end where others of the same score end. Standard errors CR2 with Satterthwaite degrees of freedom; below 40 clusters the
    wild cluster bootstrap beside it.

    Parameters
    ----------
    value : array_like of float, shape (n,)
        The outcome after training; missing values are left out.
    sent : array_like of bool, shape (n,)
        Who was sent (by the rule: whether they went is another question).
    before : array_like of float, shape (n,), optional
        The score that selected them, or the outcome before training; missing values are left out.
    clusters : array_like, shape (n,)
        Who is no independent witness: units, or people.
    strata : array_like, shape (n,), optional
        Within which the seats were drawn.
    center : float, optional
        The cut; with `shape`, bends are measured from it.
    sd : float, optional
        Standard deviation of the outcome before training; that of `before` without it.
    level : float
        Nominal coverage.
    seed : int
        Of the bootstrap.
    shape : bool
        Whether to test bends: the square of the score, and other slopes for those sent.
    wild : bool
        Whether to run the bootstrap where clusters are few.
    chance : array_like of float, shape (n,), optional
        The chance of being sent, where a lot gave unequal ones: people are then compared at the same chance.

    Returns
    -------
    Ancova
        `effect` (`estimate`, `std_error`, `df`, `conf_low`, `conf_high`, `p_value`, ...) or None with a `reason`; `difference` of plain means,
        `linearity_p`, `n`, `n_treated`, `n_clusters`.

    Raises
    ------
    EstimationError
        If the lengths differ, or a value, a score or a mark cannot be read; if `level` is not between 0 and 1.

    Notes
    -----
    Unbiased where the score alone decided who is sent and the line is straight (an outcome of few values, or one at whose end many people
    stand, is never straight: of a true zero a fifth of such files showed an effect, so that a course sent by score is not judged by it);
    measurement error in the score does no harm then,
    because the score with its error is what selected. Where people chose themselves it is not unbiased.
    Sources: D. Rubin (1977), Journal of Educational Statistics 2, 1-26; J. Angrist, J.-S. Pischke (2009), Mostly Harmless Econometrics,
    chapter 5.

    Examples
    --------
    >>> score = np.array([50.0, 52, 54, 56, 60, 62, 64, 66])
    >>> found = ancova(score / 2 + 3 * (score < 58) + [0, 1, 1, 0, 1, 0, 0, 1], score < 58, score, range(8))
    >>> round(found.effect.estimate, 3), found.n_clusters
    (3.0, 8)
    """
    check_level(level)
    y, mark = numbers(value, "outcomes"), marks(sent, "sent")
    x = np.zeros(len(y)) if before is None else numbers(before, "scores")
    unit = labels(clusters)
    block = np.zeros(len(y), dtype=int) if strata is None else np.unique(labels(strata), return_inverse=True)[1].reshape(-1)
    odds = np.zeros(len(y)) if chance is None else numbers(chance, "chances")
    if not len(y) == len(mark) == len(x) == len(unit) == len(block) == len(odds):
        raise EstimationError("Outcome, sent, score, clusters and strata must have one entry each for the same people.")
    kept = ~np.isnan(y) & ~np.isnan(x)
    y, mark, x, unit, block, odds = y[kept], mark[kept], x[kept], unit[kept], block[kept], odds[kept]
    counts = len(y), int(mark.sum()), len(np.unique(unit))
    spread = sd if sd is not None else float(np.std(x, ddof=1)) if before is not None and len(x) > 1 else math.nan
    if not mark.any() or mark.all():
        return Ancova(None, "nobody_sent" if not mark.any() else "everybody_sent", math.nan, math.nan, *counts)
    difference = float(y[mark].mean() - y[~mark].mean())
    if np.ptp(y) <= 1e-12 * max(1.0, abs(float(y[0]))):
        return Ancova(None, "constant_outcome", 0.0, math.nan, *counts)
    design = design_of(mark, x if before is not None else None, block, center, odds)
    fit = cluster_regression(y, design, unit)
    reason = _few(mark, unit, fit)
    if reason:
        return Ancova(None, reason, difference, math.nan, *counts)
    found = fit.contrast(np.eye(design.shape[1])[1])
    few = counts[2] < WILD_BELOW and wild
    wild_p = wild_bootstrap(y, design, unit, column=1, draws=DRAWS, seed=seed).p_value if few else math.nan
    low, high = found.interval(level)
    effect = Effect(found.estimate, found.std_error, found.df, low, high, found.p_value, spread, "ancova", *counts, level, wild_p)
    bends = _bends(y, mark, x, block, unit, center) if shape else math.nan
    return Ancova(effect, "", difference, bends, *counts, spread)


def design_of(mark: NDArray[np.bool_], x: NDArray[np.float64] | None, block: NDArray[np.intp],
              center: float | None, chance: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Constant, sent, score, dummies of the strata but the first, the chance of being sent where it differs."""
    columns = [np.ones(len(mark)), mark.astype(float)]
    if x is not None and np.ptp(x) > 0:
        columns.append((x - (float(np.mean(x)) if center is None else center)) / float(np.std(x)))
    columns += [(block == b).astype(float) for b in np.unique(block)[1:]]
    if chance is not None and any(np.ptp(chance[block == b]) > 1e-9 for b in np.unique(block)):
        columns.append(chance)
    return np.column_stack(columns)


def _few(mark: NDArray[np.bool_], unit: NDArray[np.object_], fit: ClusterFit) -> str:
    """Say why the clusters allow no interval, or nothing."""
    sent, others = np.unique(unit[mark]), np.unique(unit[~mark])
    if fit.n_clusters < 2:
        return "one_cluster"
    if fit.n_clusters == 2:
        return "two_clusters"
    if len(sent) < 2 or len(others) < 2:
        return "one_cluster_on_a_side"
    found = fit.contrast(np.eye(len(fit.coefficients))[1])
    if found.reason:
        return found.reason
    return "too_few_degrees_of_freedom" if found.df < FEWEST_DF else ""


def _bends(y: NDArray[np.float64], mark: NDArray[np.bool_], x: NDArray[np.float64], block: NDArray[np.intp], unit: NDArray[np.object_],
           center: float | None) -> float:
    """The smaller p-value of the square and of another slope for those sent, twice (Bonferroni)."""
    base = design_of(mark, x, block, center)
    if base.shape[1] < 3 or len(np.unique(x[mark])) < 2 or len(np.unique(x[~mark])) < 2 or len(np.unique(x)) < 4:
        return math.nan
    score, ps = base[:, 2], []
    for extra in (score**2, score * mark):
        wide = np.column_stack([base, extra])
        ps.append(cluster_regression(y, wide, unit).contrast(np.eye(wide.shape[1])[-1]).p_value)
    known = [p for p in ps if not math.isnan(p)]
    return min(1.0, 2 * min(known)) if known else math.nan
