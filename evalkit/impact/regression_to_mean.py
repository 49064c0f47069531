"""People picked for being low can only rise: the test for the dip before training, and the rise that picking alone would have given."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evalkit.errors import EstimationError
from evalkit.impact.diff_in_diff import GroupTime, event_weights
from evalkit.inference.cluster_covariance import Contrast, cluster_regression
from evalkit.inference.reading import check_level, labels, marks, numbers

MOST = 0.5  # of the people sent must be in waves with two periods before them


@dataclass(frozen=True)
class Dip:
    """The change just before training against the others (`dip`), and the smallest p-value of all other ones, times their number.

    `below` is how far those sent then stood from the mean of their earlier periods, against the others (negative: below). `reason` is empty, or
    says why the dip cannot be seen ("one_period_before").
    """

    dip: Contrast | None
    pre_trend_p: float
    n_leads: int
    reason: str = ""
    below: float = math.nan


@dataclass(frozen=True)
class SelectionAlone:
    """The change that those sent would have shown without training: `expected`, with limits; `observed` change; `pull` towards the mean.

    `pull` is 1 - slope of after on before among the others: 0 nothing returns, 1 everything does.
    """

    expected: float
    low: float
    high: float
    observed: float
    pull: float
    n: int
    reason: str = ""


def dip_test(fit: GroupTime) -> Dip:
    """Test whether those sent fell, or rose, against the others just before the training.

    The dip is the average change of the waves from two periods before training to the last one before it, less that of the others.
    0: no dip. Earlier changes, and with several waves the dip of each, are tested each by its own t-test, the smallest p-value times
    their number.

    Parameters
    ----------
    fit : GroupTime
        Of `evalkit.impact.diff_in_diff.group_time`.

    Notes
    -----
    A dip of those sent because they were low makes difference-in-differences report a rise that would have come anyway; no band around
    the trend mends that. Where most of those sent were seen only once before it cannot be seen. Source: O. Ashenfelter (1978), Review of
    Economics and Statistics 60, 47-57.

    Examples
    --------
    >>> import pandas as pd
    >>> from evalkit.impact.diff_in_diff import group_time
    >>> from evalkit.impact.panel import make_panel
    >>> people = pd.DataFrame({"person_id": list("abcdef"), "wave": [3, 3, 3, None, None, None]})
    >>> rows = [(p, t, (ord(p) * t * 7 % 5) - 9.0 * (p in "abc" and t == 2)) for p in "abcdef" for t in (1, 2, 3)]
    >>> found = dip_test(group_time(make_panel(people, pd.DataFrame(rows, columns=["person_id", "period", "value"]))))
    >>> found.dip.estimate < -5, found.n_leads
    (True, 1)
    """
    leads = sorted(int(e) for e in fit.cells["event"].unique() if e < 0)
    seen = set(fit.cells.loc[fit.cells["event"] == -1, "position"])
    tested = sum(size for wave, size in fit.wave_sizes.items() if wave in seen)
    if tested < MOST * sum(fit.wave_sizes.values()) or not tested:
        return Dip(None, math.nan, len(leads), "one_period_before")
    earlier = [fit.contrast(event_weights(fit, e)) for e in leads if e < -1]
    if len(seen) > 1:  # of waves picked by one ranking the first falls before its course and the next one rises: the average hides both
        own, before = fit.cells["position"].to_numpy(), (fit.cells["event"] == -1).to_numpy(dtype=bool)
        earlier += [fit.contrast((before & (own == w)).astype(float)) for w in sorted(seen)]
    known = [c.p_value for c in earlier if not c.reason]
    return Dip(fit.contrast(event_weights(fit, -1)), min(1.0, len(known) * min(known)) if known else math.nan, len(leads),
               below=fit.contrast(_last_from_earlier(fit)).estimate)


def _last_from_earlier(fit: GroupTime) -> np.ndarray:
    """Weights of the changes before training that add up to the last period less the mean of those before it, averaged over waves by people."""
    cells = fit.cells
    before = (cells["event"] < 0).to_numpy(dtype=bool)
    steps = cells["position"].map(cells.loc[before, "position"].value_counts()).fillna(1).to_numpy(dtype=float)
    size = cells["position"].map(fit.wave_sizes).to_numpy(dtype=float)
    whole = sum(n for wave, n in fit.wave_sizes.items() if wave in set(cells.loc[before, "position"]))
    return np.where(before, size / whole * (steps + 1 + cells["event"].to_numpy(dtype=float)) / steps, 0.0)


def selection_alone(before: ArrayLike, after: ArrayLike, sent: ArrayLike, clusters: ArrayLike, *, windows: ArrayLike | None = None,
                    level: float = 0.95) -> SelectionAlone:
    """Estimate the change that those sent would have shown anyway: from the line of after on before among those not sent.

    ``expected = a + (b - 1) mean of before of those sent``, a and b of ``after = a + b before`` among the others. 0: nothing would have changed.
    With several waves a is one number a wave, and the answer the average over all that were sent.

    Parameters
    ----------
    before, after : array_like of float, shape (n,)
        The score that selected, or the last outcome before, and the outcome after; people without both are left out.
    sent : array_like of bool, shape (n,)
        Who was sent.
    clusters : array_like, shape (n,)
        Who is no independent witness.
    windows : array_like, shape (n,), optional
        The wave that a row belongs to; the others of a wave are all who were not sent by then.
    level : float
        Nominal coverage.

    Returns
    -------
    SelectionAlone
        `expected` with `low` and `high`, `observed`, `pull` (1 - b), `n`, `reason`.

    Raises
    ------
    EstimationError
        If the lengths differ, or a value or a mark cannot be read; if `level` is not between 0 and 1.

    Notes
    -----
    The line is drawn beyond the others' scores where a cut parts them, so it is a size to compare with, no proof. Source: F. Galton (1886),
    Journal of the Anthropological Institute 15, 246-263.

    Examples
    --------
    >>> found = selection_alone([50, 52, 60, 70, 80], [60, 61, 65, 70, 75], [True, True, False, False, False], range(5))
    >>> round(found.expected, 2), round(found.pull, 2)
    (9.5, 0.5)
    """
    check_level(level)
    x, y, mark, unit = numbers(before, "outcomes before"), numbers(after, "outcomes after"), marks(sent, "sent"), labels(clusters)
    window = np.zeros(len(x), dtype=int) if windows is None else labels(windows)
    if not len(x) == len(y) == len(mark) == len(unit) == len(window):
        raise EstimationError("Before, after, sent, clusters and windows must have one entry each for the same people.")
    kept = ~np.isnan(x) & ~np.isnan(y)
    if not (kept & mark).any():
        return SelectionAlone(math.nan, math.nan, math.nan, math.nan, math.nan, 0, "nobody_sent")
    kept &= np.isin(window, np.intersect1d(window[kept & mark], window[kept & ~mark]))
    x, y, mark, unit, window = x[kept], y[kept], mark[kept], unit[kept], window[kept]
    observed = float((y - x)[mark].mean()) if mark.any() else math.nan
    if not mark.any() or (~mark).sum() < 3 or np.ptp(x[~mark]) == 0:
        return SelectionAlone(math.nan, math.nan, math.nan, observed, math.nan, int(mark.sum()), "no_comparison")
    center = float(x[~mark].mean())
    dummies = (window[:, None] == np.unique(window)).astype(float)
    design = np.column_stack([dummies, x - center])
    fit = cluster_regression((y - x)[~mark], design[~mark], unit[~mark])
    found = fit.contrast(design[mark].mean(axis=0))
    low, high = found.interval(level)
    return SelectionAlone(found.estimate, low, high, observed, -float(fit.coefficients[-1]), int(mark.sum()), found.reason)
