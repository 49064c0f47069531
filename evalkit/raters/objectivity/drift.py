"""Drift: whether a rater's severity moves from period to period, held against anchors: the key, or objects rated in both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm
from scipy.stats import t as student

from evalkit.inference.frames import moments
from evalkit.inference.reading import check_level
from evalkit.raters.many_facet_rasch import many_facet_rasch
from evalkit.raters.objectivity.by_rater import over_raters
from evalkit.raters.objectivity.cases import cases_of, frame_of, joined, mean_and_error, nothing, read, with_item


def drift(ratings: pd.DataFrame, key: pd.DataFrame | None = None, *, periods: Sequence[str] | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Give each rater's severity by period on anchored objects, and the change of the last period from the first.

    ``drift = severity(last) - severity(first)``, severity the mean of (key - own) over objects. 0: no change; above 0: became more severe.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `item`, `period`, `rating`.
    key : pandas.DataFrame, optional
        `object_id`, `item`, `expert_rating`: the anchors. Without it, objects that a rater rated in both periods are her anchors.
    periods : sequence of str, optional
        The periods in their order; by default those in the frame, sorted: numbers by size, words by the alphabet.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "severity_by_period" (`term` rater, `period`; with a key), "drift" (`term` rater, and empty for the mean of all
        with its interval over raters). Not estimable: "one_period", "no_anchor" (nothing links the rater's periods).

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    Of objects rated in both periods the differences are paired; else the two means are independent and their variances add (Welch's
    degrees of freedom). With other objects in each period a key of unequal quality looks like drift. Source: anchored comparison as
    in J. M. Linacre, FACETS manual, "Anchoring and linking"; B. L. Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("abab"), "rater_id": "r", "item": "i", "period": ["1", "1", "2", "2"], "rating": [3, 4, 2, 3]})
    >>> drift(rows).query("term == 'r' and measure == 'drift'")["estimate"].tolist()
    [1.0]
    """
    check_level(conf_level)
    ratings = with_item(read(ratings, "object_id", "rater_id", "period"))
    key = None if key is None else with_item(read(key, "object_id", number="expert_rating"))
    rows = ratings.dropna(subset=["period", "rating"])
    order = _in_order(rows["period"], periods)
    if len(order) < 2:
        return nothing("drift", "one_period")
    by_period = {p: _cases(rows[rows["period"].astype(str).eq(p).to_numpy(dtype=bool)], key) for p in order}
    first, last = by_period[order[0]], by_period[order[-1]]
    raters = pd.Index(sorted(set(first["rater"]) | set(last["rater"])))
    own = _moved(first, last, raters, conf_level, against_key=key is not None)
    parts = [] if key is None else [_levels(frame, period, conf_level) for period, frame in by_period.items()]
    return joined([*parts, own, _mean(own, conf_level)])


def _in_order(found: pd.Series, periods: Sequence[str] | None) -> list[str]:
    """Name the periods that occur, in the order given, else in that of time: 2 before 10."""
    names = dict.fromkeys(found.astype(str))
    if periods is not None:
        return [str(p) for p in periods if str(p) in names]
    at_time = moments(found)
    return list(dict.fromkeys(str(p) for p in sorted(at_time, key=at_time.__getitem__)))


def _cases(rows: pd.DataFrame, key: pd.DataFrame | None) -> pd.DataFrame:
    """Give a row a rater and object: `severity`, what the key or (without one) nothing says less the own rating, over common items."""
    cases = cases_of(rows, key)
    base = np.where(np.isfinite(cases.expected), cases.expected, np.nan) if key is not None else np.zeros_like(cases.x)
    gap = base - cases.x
    known = np.isfinite(gap)
    some = known.any(axis=1)
    mean = np.where(known, gap, 0.0)[some].sum(axis=1) / known[some].sum(axis=1)
    return pd.DataFrame({"rater": cases.raters.astype(str)[cases.rater[some]], "object": cases.objects.astype(str)[cases.object_[some]],
                         "severity": mean})


def _levels(frame: pd.DataFrame, period: str, level: float) -> pd.DataFrame:
    code, names = pd.factorize(frame["rater"], sort=True)
    mean, error, n = mean_and_error(frame["severity"].to_numpy(dtype=float), code, len(names))
    wide = student.ppf(0.5 + level / 2, np.maximum(n - 1, 1)) * error
    return frame_of({"measure": "severity_by_period", "term": pd.Index(names), "period": period, "role": "inferential", "unit": "points",
                     "null_value": 0.0, "estimate": mean, "std_error": error, "conf_level": level, "conf_low": mean - wide,
                     "conf_high": mean + wide, "n": n, "n_raters": 1, "method": "deviation from the expert key", "status": "estimated",
                     "reason": np.where(n > 1, "", "one_object")}, len(names))


def _moved(first: pd.DataFrame, last: pd.DataFrame, raters: pd.Index, level: float, *, against_key: bool) -> pd.DataFrame:
    pairs = first.merge(last, on=["rater", "object"], suffixes=("_first", "_last"))
    gap = (pairs["severity_last"] - pairs["severity_first"]).to_numpy(dtype=float)
    value, error, n = mean_and_error(gap, raters.get_indexer(pd.Index(pairs["rater"])), len(raters))
    df = np.where(n > 1, n - 1.0, np.nan)
    sides = [mean_and_error(f["severity"].to_numpy(dtype=float), raters.get_indexer(pd.Index(f["rater"])), len(raters)) for f in (first, last)]
    all_paired = (n == sides[0][2]) & (n == sides[1][2]) & (n > 0)
    if against_key:
        a, b = sides[0][1] ** 2, sides[1][1] ** 2
        welch = np.divide((a + b) ** 2, a**2 / np.maximum(sides[0][2] - 1, 1) + b**2 / np.maximum(sides[1][2] - 1, 1),
                          out=np.full(len(raters), np.nan), where=(a + b) > 0)
        value = np.where(all_paired, value, sides[1][0] - sides[0][0])
        error, df = np.where(all_paired, error, np.sqrt(a + b)), np.where(all_paired, df, welch)
        n = np.where(all_paired, n, np.minimum(sides[0][2], sides[1][2]))
    wide = student.ppf(0.5 + level / 2, np.where(np.isfinite(df), np.maximum(df, 1.0), 1.0)) * error
    told = np.isfinite(value)
    return frame_of({"measure": "drift", "term": raters, "role": "inferential", "unit": "points", "null_value": 0.0, "estimate": value,
                     "std_error": error, "df": df, "conf_level": level, "conf_low": value - wide, "conf_high": value + wide, "n": n, "n_raters": 1,
                     "method": np.where(all_paired, "objects of both periods, paired", "two sets of objects against the key"),
                     "status": np.where(told, "estimated", "not_estimable"), "reason": np.where(told, "", "no_anchor")}, len(raters))


def _mean(own: pd.DataFrame, level: float) -> pd.DataFrame:
    values = own.loc[own["status"].eq("estimated").to_numpy(dtype=bool), "estimate"].to_numpy(dtype=float)
    n = np.array([len(values)], dtype=np.int64)
    return over_raters("drift", "points", 0.0, values, level, n, "periods compared", "no_anchor")


def rasch_drift(ratings: pd.DataFrame, *, periods: Sequence[str] | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Give each rater's severity by period from one many-facet model, linked by the objects of several periods, and its change.

    ``logit = B_n - C_(j, period) - D_i - F_k``; ``drift = C_(j, last) - C_(j, first)``. 0: no change; above 0: became more severe.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `object_id`, `rater_id`, `item`, `period`, `rating`.
    periods : sequence of str, optional
        The periods in their order.
    conf_level : float
        Level of the normal intervals.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates, measure "drift" (`term` rater, logits). Not estimable: "one_period", "no_anchor" (nothing links the rater's
        periods: they lie in two subsets of the model), or the reason of the model.

    Raises
    ------
    EstimationError
        If a column is absent.

    Notes
    -----
    The error adds the variances of the two severities, which share the anchors: it is a little too large. Supposes that the
    objects themselves did not change between the periods.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": list("ab"), "rater_id": "r", "item": "i", "period": "1", "rating": [3, 4]})
    >>> rasch_drift(rows)["reason"].tolist()
    ['one_period']
    """
    check_level(conf_level)
    ratings = with_item(read(ratings, "object_id", "rater_id", "period"))
    rows = ratings.dropna(subset=["object_id", "rater_id", "item", "period", "rating"])
    order = _in_order(rows["period"], periods)
    if len(order) < 2:
        return nothing("drift", "one_period")
    both = pd.MultiIndex.from_arrays([rows["rater_id"].astype(str), rows["period"].astype(str)])
    code, levels = pd.factorize(both.to_flat_index(), sort=True)
    model = many_facet_rasch(rows.assign(rater_period=code), ("object_id", "rater_period", "item"))
    if model.status != "estimated":
        return nothing("drift", model.reason)
    own = model.measures[model.measures["facet"].eq("rater_period").to_numpy(dtype=bool)].set_index("level")
    own = own[["measure", "std_error", "subset"]].astype(float)
    table = own.set_axis(pd.MultiIndex.from_tuples([tuple(levels[int(str(c))]) for c in own.index], names=["rater", "period"]))
    first, last = (table.xs(p, level="period") for p in (order[0], order[-1]))
    joint = first.add_suffix("_first").join(last.add_suffix("_last"), how="inner")
    apart = (joint["subset_first"].fillna(0) != joint["subset_last"].fillna(0)).to_numpy(dtype=bool)  # each subset has a centre of its own
    if model.n_subsets > 1 and apart.all():
        return nothing("drift", "no_anchor")
    value = (joint["measure_last"] - joint["measure_first"]).mask(apart).to_numpy()
    error = np.hypot(joint["std_error_first"].mask(apart).to_numpy(dtype=float), joint["std_error_last"].to_numpy(dtype=float))
    wide = float(norm.ppf(0.5 + conf_level / 2)) * error
    return frame_of({"measure": "drift", "term": joint.index.astype(str), "role": "inferential", "unit": "logits", "null_value": 0.0,
                     "estimate": value, "std_error": error, "conf_level": conf_level, "conf_low": value - wide,
                     "conf_high": value + wide, "n_raters": 1,
                     "method": "many-facet Rasch, linked by common objects", "status": np.where(np.isfinite(value), "estimated", "not_estimable"),
                     "reason": np.select([apart, np.isfinite(value)], ["no_anchor", ""], model.reason or "no_rating_that_takes_part")}, len(joint))
