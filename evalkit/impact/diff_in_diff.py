"""Sent by calendar or place: effects of each wave in each period against those not yet trained, and what they add up to.

Each effect of a wave in a period is a difference of two mean changes, so all of them and all their sums are contrasts of means, and CR2
with Satterthwaite degrees of freedom needs no more than counts and sums by cluster. Two-way fixed effects are nowhere used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.impact.panel import Panel
from evalkit.impact.wave_moments import ByCluster, ByWave, Moments
from evalkit.inference.cluster_covariance import Contrast
from evalkit.inference.reading import check_level
from evalkit.inference.wild_means import WildMeans, wild_of_means

Against = Literal["not_yet_trained", "never_trained"]
Cell = tuple[int, int, int]  # positions of the wave, the period, and the period it is compared with
_BAND_DRAWS = 20_000


@dataclass(frozen=True)
class GroupTime:
    """All effects of waves in periods. `cells`: wave, period, event (periods since the wave began), att, n_sent, n_not; their two `moments`."""

    cells: pd.DataFrame
    moments: Moments
    wave_sizes: dict[int, int]
    n: int
    n_treated: int
    reason: str = ""

    def contrast(self, weights: NDArray[np.float64]) -> Contrast:
        """Give a weighted sum of the cells with CR2 standard error and Satterthwaite degrees of freedom."""
        return contrasts(self, weights[:, None])[0][0]

    def wild(self, weights: NDArray[np.float64], *, level: float = 0.95, seed: int = 20261) -> WildMeans | None:
        """Give the wild cluster bootstrap of a weighted sum of the cells; none where people stand alone."""
        if not isinstance(self.moments, ByCluster):
            return None
        return wild_of_means(self.moments.counts, self.moments.sums, _sides(weights[:, None])[:, 0], level=level, seed=seed)


def group_time(panel: Panel, *, against: Against = "not_yet_trained") -> GroupTime:
    """Estimate ``ATT(g, t) = mean change of wave g from its last period before training to t - the same of people not trained by t``.

    0: wave g changed as the others did. Before training the change from the period before is taken, so that each is a test of its own. A
    period in which the course was held, but which does not count as trained yet, is on neither side.

    Parameters
    ----------
    panel : Panel
        Values by person and period. People trained in the first period are left out; a person counts in a cell if seen in both its periods.
    against : {"not_yet_trained", "never_trained"}
        Who is compared: everybody not trained by then, or only those who never are.

    Returns
    -------
    GroupTime
        With reason "nobody_sent", "no_comparison" or "one_period" where there is no cell.

    Raises
    ------
    EstimationError
        If `against` is unknown.

    Notes
    -----
    Supposes that without training the waves would have changed like the others, and that nobody changes before the training in
    expectation of it. Where people are sent because they were rated low the first fails: test for the dip before anything else.
    Source: B. Callaway, P. Sant'Anna (2021), Journal of Econometrics 225, 200-230.

    Examples
    --------
    >>> from evalkit.impact.panel import make_panel
    >>> people = pd.DataFrame({"person_id": list("abcd"), "wave": [2, 2, None, None]})
    >>> rows = [(p, t, float(t + 3 * (p in "ab" and t == 2))) for p in "abcd" for t in (1, 2)]
    >>> found = group_time(make_panel(people, pd.DataFrame(rows, columns=["person_id", "period", "value"])))
    >>> found.cells[["wave", "period", "att"]].to_numpy().tolist()
    [[2.0, 2.0, 3.0]]
    """
    if against not in ("not_yet_trained", "never_trained"):
        raise EstimationError(f"The comparison {against!r} is unknown; take 'not_yet_trained' or 'never_trained'.")
    starts = {w: b for w, b in panel.starts.items() if b > 0}
    waves, ever, length = list(starts), panel.wave == -1, panel.value.shape[1]
    plan = [(w, t, b - 1 if t >= w else t - 1) for w, b in starts.items() for t in range(1, length) if t >= w or t < b]
    code = pd.factorize(panel.cluster)[0]
    alike = all(np.ptp(panel.first[panel.wave == w]) == 0 for w in np.unique(panel.wave))
    whole = alike and bool(panel.seen_always.all()) and int(code.max(initial=-1)) + 1 == len(code)
    taken, moments = (_by_wave if whole else _by_cluster)(panel, plan, waves, code, never=against == "never_trained")
    columns = ["wave", "period", "position", "event", "att", "n_sent", "n_not"]
    sizes = {w: int((panel.wave == w).sum()) for w in waves}
    if not taken:
        reason = "one_period" if length < 2 else "nobody_sent" if not waves else "no_comparison"
        return GroupTime(pd.DataFrame(columns=columns), moments, sizes, len(panel.person), sum(sizes.values()), reason)
    means, totals = moments.means, moments.totals
    cells = [(panel.periods[w], panel.periods[t], w, t - (w if t >= w else starts[w]), float(one - other), int(n), int(m)) for (w, t, _), one,
             other, n, m in zip(taken, means[::2], means[1::2], totals[::2], totals[1::2], strict=True)]
    return GroupTime(pd.DataFrame(cells, columns=columns), moments, sizes, int((np.isin(panel.wave, waves) | ever).sum()), sum(sizes.values()))


def _others(wave: NDArray[np.intp], first: NDArray[np.intp], cell: Cell, *, never: bool) -> NDArray[np.bool_]:
    """Whom a wave is compared with in a cell: those whose course was not held by then."""
    return np.asarray((wave == -1 if never else wave != cell[0]) & (first > max(cell[1:])))


def _by_wave(panel: Panel, plan: list[Cell], waves: list[int], code: NDArray[np.intp], *, never: bool) -> tuple[list[Cell], Moments]:
    """Everybody stands alone and was always seen: the means and squares of each wave are enough."""
    kinds = np.array([*waves, *([-1] if (panel.wave == -1).any() else [])], dtype=int)
    first = np.array([panel.first[panel.wave == k][0] for k in kinds], dtype=int)
    blocks = [panel.value[panel.wave == k] for k in kinds]
    averages = np.stack([b.mean(axis=0) for b in blocks]) if len(kinds) else np.zeros((0, panel.value.shape[1]))
    squares = np.stack([(b - m).T @ (b - m) for b, m in zip(blocks, averages, strict=True)]) if len(kinds) else np.zeros((0, 0, 0))
    taken, member, change = [], [], []
    for w, t, base in plan:
        other = _others(kinds, first, (w, t, base), never=never)
        if other.any():
            taken.append((w, t, base))
            member += [kinds == w, other]
            change += [np.eye(panel.value.shape[1])[t] - np.eye(panel.value.shape[1])[base]] * 2
    sides = np.stack(member, axis=1) if member else np.zeros((len(kinds), 0), dtype=bool)
    return taken, ByWave(np.array([len(b) for b in blocks], dtype=float), averages, squares, sides, np.array(change))


def _by_cluster(panel: Panel, plan: list[Cell], waves: list[int], code: NDArray[np.intp], *, never: bool) -> tuple[list[Cell], Moments]:
    """Counts and sums of changes by cluster; a person counts in a cell if seen in both its periods."""
    g = int(code.max(initial=-1)) + 1
    taken: list[Cell] = []
    counts: list[NDArray[Any]] = []
    sums: list[NDArray[Any]] = []
    for w, t, base in plan:
        change = panel.value[:, t] - panel.value[:, base]
        seen = ~np.isnan(change)
        one, two = seen & (panel.wave == w), seen & _others(panel.wave, panel.first, (w, t, base), never=never)
        if one.any() and two.any():
            taken.append((w, t, base))
            for mark in (one, two):  # those sent, then the others
                counts.append(np.bincount(code[mark], minlength=g).astype(float))
                sums.append(np.bincount(code[mark], weights=change[mark], minlength=g))
    c = np.stack(counts, axis=1) if counts else np.zeros((g, 0))
    s = np.stack(sums, axis=1) if sums else np.zeros((g, 0))
    there = c.sum(axis=1) > 0
    return taken, ByCluster(c[there], s[there])


def overall_weights(fit: GroupTime, kind: Literal["group", "simple"] = "group") -> NDArray[np.float64]:
    """Give the weight of each cell in the average effect after training.

    "group": the average over a wave's periods, then over waves by their number of people. "simple": over all cells by people.

    Examples
    --------
    >>> from evalkit.impact.panel import make_panel
    >>> people = pd.DataFrame({"person_id": list("abcd"), "wave": [2, 3, None, None]})
    >>> rows = [(p, t, float(t)) for p in "abcd" for t in (1, 2, 3)]
    >>> fit = group_time(make_panel(people, pd.DataFrame(rows, columns=["person_id", "period", "value"])))
    >>> overall_weights(fit).tolist(), [round(float(w), 3) for w in overall_weights(fit, "simple")]
    ([0.25, 0.25, 0.0, 0.5], [0.333, 0.333, 0.0, 0.333])
    """
    cells = fit.cells
    if kind not in ("group", "simple"):
        raise EstimationError(f"The average {kind!r} is unknown; take 'group' or 'simple'.")
    after = (cells["event"] >= 0).to_numpy(dtype=bool)
    size = cells["position"].map(fit.wave_sizes).to_numpy(dtype=float)
    if not after.any():
        return np.zeros(len(cells))
    periods = cells["position"].map(cells.loc[after, "position"].value_counts()).fillna(1).to_numpy(dtype=float)
    weights = np.where(after, size / periods if kind == "group" else size, 0.0)
    return np.asarray(weights / weights.sum(), dtype=float)


def event_weights(fit: GroupTime, event: int) -> NDArray[np.float64]:
    """Give the weight of each cell in the effect `event` periods after training began, by people.

    Examples
    --------
    >>> from evalkit.impact.panel import make_panel
    >>> people = pd.DataFrame({"person_id": list("abc"), "wave": [2, 2, None]})
    >>> rows = [(p, t, float(t)) for p in "abc" for t in (1, 2, 3)]
    >>> fit = group_time(make_panel(people, pd.DataFrame(rows, columns=["person_id", "period", "value"])))
    >>> event_weights(fit, 1).tolist()
    [0.0, 1.0]
    """
    at = (fit.cells["event"] == event).to_numpy(dtype=bool)
    size = np.where(at, fit.cells["position"].map(fit.wave_sizes).to_numpy(dtype=float), 0.0)
    return np.asarray(size / size.sum() if at.any() else size, dtype=float)


def event_study(fit: GroupTime, *, level: float = 0.95, seed: int = 20261) -> pd.DataFrame:
    """Give the effect by periods since training began, with intervals one by one and a band that holds all of them at once.

    The band is ``estimate -+ q std_error``, q being the quantile of the largest t-value of all events together, drawn from their common
    distribution with the smallest degrees of freedom among them.

    Parameters
    ----------
    fit : GroupTime
        Of `group_time`.
    level : float
        Nominal coverage, of each interval and of the whole band.
    seed : int
        Of the draws behind the band.

    Returns
    -------
    pandas.DataFrame
        event, estimate, std_error, df, conf_low, conf_high, band_low, band_high, p_value, n_sent, reason.

    Notes
    -----
    Events before training are changes from the period before. Source: J. Montiel Olea, M. Plagborg-Møller (2019), Journal of Applied
    Econometrics 34, 1-17.

    Examples
    --------
    >>> from evalkit.impact.panel import make_panel
    >>> people = pd.DataFrame({"person_id": list("abcdef"), "wave": [2, 2, 2, None, None, None]})
    >>> rows = [(p, t, float(t * (ord(p) % 3))) for p in "abcdef" for t in (1, 2)]
    >>> found = event_study(group_time(make_panel(people, pd.DataFrame(rows, columns=["person_id", "period", "value"]))))
    >>> found[["event", "estimate", "df"]].round(3).to_numpy().tolist()
    [[0.0, 0.0, 4.0]]
    """
    check_level(level)
    from scipy.special import stdtrit

    events = sorted({int(e) for e in fit.cells["event"]})
    weights = np.stack([event_weights(fit, e) for e in events], axis=1) if events else np.zeros((0, 0))
    found, covariance = contrasts(fit, weights)
    known = [i for i, c in enumerate(found) if not c.reason]
    q = math.nan
    if known:
        error = np.array([found[i].std_error for i in known])
        q = _largest(covariance[np.ix_(known, known)] / np.outer(error, error), min(found[i].df for i in known), level, seed)
    rows = []
    for event, one in zip(events, found, strict=True):
        low, high = one.interval(level)
        at = fit.cells["event"] == event
        single = math.nan if one.reason else float(stdtrit(one.df, 0.5 + level / 2))
        half = max(q, single) * one.std_error if not one.reason else math.nan
        rows.append({"event": event, "estimate": one.estimate, "std_error": one.std_error, "df": one.df, "conf_low": low, "conf_high": high,
                     "band_low": one.estimate - half, "band_high": one.estimate + half, "p_value": one.p_value,
                     "n_sent": int(fit.cells.loc[at, "n_sent"].sum()), "reason": one.reason})
    columns = ["event", "estimate", "std_error", "df", "conf_low", "conf_high", "band_low", "band_high", "p_value", "n_sent", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _largest(correlation: NDArray[np.float64], df: float, level: float, seed: int) -> float:
    """The quantile of the largest absolute t-value of correlated ones that share one estimate of the error."""
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    z = rng.standard_normal((_BAND_DRAWS, len(root))) @ root
    scale = np.sqrt(rng.chisquare(df, _BAND_DRAWS) / df)
    return float(np.quantile(np.abs(z).max(axis=1) / scale, level))


def _sides(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """From weights of cells to weights of their two means: those sent, less the others."""
    return np.asarray(np.repeat(weights, 2, axis=0) * np.tile([1.0, -1.0], len(weights))[:, None])


def contrasts(fit: GroupTime, weights: NDArray[np.float64]) -> tuple[list[Contrast], NDArray[np.float64]]:
    """Give several weighted sums of the cells (weights: cells x sums) and their covariance.

    Examples
    --------
    >>> from evalkit.impact.panel import make_panel
    >>> people = pd.DataFrame({"person_id": list("abcd"), "wave": [2, 2, None, None]})
    >>> rows = [(p, t, float(t * (ord(p) % 3))) for p in "abcd" for t in (1, 2)]
    >>> fit = group_time(make_panel(people, pd.DataFrame(rows, columns=["person_id", "period", "value"])))
    >>> found, covariance = contrasts(fit, np.ones((1, 1)))
    >>> found[0].estimate, found[0].n_clusters
    (1.0, 4)
    """
    if not weights.size:
        nothing = Contrast(math.nan, math.nan, math.nan, fit.n, 0, "no_comparison")
        return [nothing] * weights.shape[1], np.zeros((weights.shape[1],) * 2)
    both = _sides(weights)
    means, alone = fit.moments.means, fit.moments.alone
    covariance, df = fit.moments.spread(both)
    found = []
    for e, w in enumerate(both.T):
        used = w != 0
        estimate, variance = float(w[used] @ means[used]) if used.any() else math.nan, float(covariance[e, e])
        size = float(np.abs(means[used]).max(initial=0.0))
        flat = variance <= (1e-12 * max(size, 1e-300)) ** 2 or df[e] <= 0
        reason = ("no_comparison" if not used.any() else "one_cluster_on_a_side" if alone[used].any() else
                  "no_variation_between_clusters" if flat else "")
        n_clusters = fit.moments.used(used)
        error, freedom = (math.nan, math.nan) if reason else (math.sqrt(variance), float(df[e]))
        found.append(Contrast(estimate, error, freedom, fit.n, n_clusters, reason))
    return found, covariance
