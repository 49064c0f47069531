"""Intraclass correlation: the six forms of Shrout and Fleiss for complete tables, and the same ideas for incomplete designs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import f as fisher

from evalkit.errors import EstimationError
from evalkit.inference.frames import given_numbers, need, ranks
from evalkit.inference.mixed_model import MixedModel, NoResidualError, mixed_model
from evalkit.inference.reading import check_level, numbers
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import whole_number
from evalkit.reliability.ratings_table import complete_numbers, wide

FORMS = {"icc_1_1": "one rating, other raters for each object", "icc_2_1": "one rating, the same random raters, agreement",
         "icc_3_1": "one rating, these raters only, consistency", "icc_1_k": "mean of k, other raters for each object",
         "icc_2_k": "mean of k, the same random raters, agreement", "icc_3_k": "mean of k, these raters only, consistency"}
RATERS_DIFFER = "raters_differ_by_object"
_LOST = 0.05  # of the draws, that may have no residual


def icc(ratings: pd.DataFrame, *, object_id: str = "object_id", rater: str = "rater_id", rating: str = "rating",
        conf_level: float = 0.95) -> pd.DataFrame:
    """Give the six intraclass correlations of Shrout and Fleiss with their limits, for a complete table.

    ``ICC(1,1) = (BMS - WMS) / (BMS + (k - 1) WMS)``; ``ICC(2,1) = (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)``;
    ``ICC(3,1) = (BMS - EMS) / (BMS + (k - 1) EMS)``; the forms for means of k raters replace BMS + (k - 1) ... by BMS. 0: ratings tell
    nothing about who is rated.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a rating; objects that a rater did not rate are left out and counted in `estimand` (`icc_incomplete` keeps them). Where
        fewer than two objects have all raters, but all that were rated twice or more have the same number of ratings, by whomever, the forms
        of case 1 are given.
    object_id, rater, rating : str
        Names of the columns.
    conf_level : float
        Level of the limits.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k"; the estimate may be negative. Not
        estimable: "fewer_than_two_objects", "fewer_than_two_raters", "no_variation", "raters_differ_by_object" (cases 2 and 3, and all
        forms where the numbers of ratings differ: take `icc_incomplete`), and of means "objects_do_not_differ".

    Raises
    ------
    EstimationError
        If a column is absent or a rater rated an object twice.

    Notes
    -----
    Agreement (2) counts severity as error, consistency (3) does not. The limits suppose normal ratings: of three words, one of
    them nine times in ten, they hold the truth some 65 times in a hundred however many objects, so of words take the limits of
    `krippendorff_alpha`. Source: P. E. Shrout, J. L. Fleiss (1979), Psychological Bulletin 86, 420-428.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": [1, 1, 2, 2, 3, 3], "rater_id": list("ababab"), "rating": [1, 2, 3, 4, 5, 6]})
    >>> icc(rows).set_index("measure").loc[["icc_2_1", "icc_3_1"], "estimate"].round(3).tolist()
    [0.889, 1.0]
    """
    check_level(conf_level)
    table = wide(ratings, object_id, rater, rating)
    complete = complete_numbers(table)
    data, apart = complete.to_numpy(), False
    if len(data) < 2:
        own = _raters_of_their_own(table)
        apart = len(own) > 1
        data = own if own.ndim > 1 else data
    n, k = data.shape
    base: Estimate = {"role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level, "n": n,
                      "n_raters": table.shape[1], "estimand": f"objects_left_out={len(table) - n}"}
    reason = "fewer_than_two_raters" if k < 2 else RATERS_DIFFER if apart and n < 2 else "fewer_than_two_objects" if n < 2 else \
        "" if float(np.ptp(data)) > 0 else "no_variation"
    if reason:
        return estimates([{**base, "measure": m, "method": text, "status": "not_estimable", "reason": reason} for m, text in FORMS.items()])
    if apart:
        base["estimand"] += f"; ratings_per_object={k}"
    mean = data.mean()
    bms = k * float(np.square(data.mean(axis=1) - mean).sum()) / (n - 1)
    jms = n * float(np.square(data.mean(axis=0) - mean).sum()) / (k - 1)
    within = float(np.square(data - data.mean(axis=1, keepdims=True)).sum())
    none = 1e-20 * float(np.square(data - mean).sum())  # what rounding leaves of nothing
    jms, within = (v if v > none else 0.0 for v in (jms, within))
    wms = within / (n * (k - 1))
    ems = max(within - jms * (k - 1), 0.0) / ((n - 1) * (k - 1))
    found = {"icc_1_1": _one(bms, wms, n, k, n * (k - 1), conf_level), "icc_2_1": _two(bms, jms, ems, n, k, conf_level),
             "icc_3_1": _one(bms, ems, n, k, (n - 1) * (k - 1), conf_level)}
    rows: list[Estimate] = []
    for measure, text in FORMS.items():
        if apart and not measure.startswith("icc_1"):
            rows.append({**base, "measure": measure, "method": text, "status": "not_estimable", "reason": RATERS_DIFFER})
            continue
        single = found[measure.replace("_k", "_1")]
        value, low, high = single if measure.endswith("1") else tuple(_stepped(v, k) for v in single)
        low = low if np.isfinite(low) else float("nan")  # below the least value that one rating can have, a mean has no limit
        told: Estimate = {"estimate": value, "conf_low": low, "conf_high": high, "status": "estimated"}
        rows.append({**base, "measure": measure, "method": text,
                     **(told if np.isfinite(value) else {"status": "not_estimable", "reason": "objects_do_not_differ"})})
    return estimates(rows)


def _raters_of_their_own(table: pd.DataFrame) -> NDArray[np.float64]:
    """Give the ratings of each object rated twice or more, whoever gave them: objects by k; where k differs, only how many each has."""
    values = np.column_stack([numbers(table[c], f"column {str(c)[:40]!r}") for c in table.columns]) if table.shape[1] else np.zeros((0, 0))
    given = ~np.isnan(values)
    several = given.sum(axis=1) > 1
    given, values = given[several], values[several]
    count = given.sum(axis=1)
    if len(count) < 2 or (count != count[0]).any():
        return np.asarray(count, dtype=float)
    return np.asarray(values[given].reshape(len(count), -1), dtype=float)


def _stepped(value: float, k: float) -> float:
    """Reliability of the mean of k from that of one (Spearman and Brown)."""
    below = 1.0 + (k - 1.0) * value
    return k * value / below if below > 1e-12 else float("-inf")


def _one(between: float, error: float, n: int, k: int, df: int, level: float) -> tuple[float, float, float]:
    if error <= 0:
        return 1.0, 1.0, 1.0
    ratio = between / error
    low = ratio / float(fisher.ppf(0.5 + level / 2.0, n - 1, df))
    high = ratio * float(fisher.ppf(0.5 + level / 2.0, df, n - 1))
    return (ratio - 1.0) / (ratio + k - 1.0), (low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0)


def _two(bms: float, jms: float, ems: float, n: int, k: int, level: float) -> tuple[float, float, float]:
    value = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n)
    if jms <= 0 and ems <= 0:
        return 1.0, 1.0, 1.0
    shared, rest = k * value * jms, (n * (1 + (k - 1) * value) - k * value) * ems  # Satterthwaite's sum, in mean squares: one of them may be 0
    bottom = (n - 1) * shared**2 + rest**2
    df = (k - 1) * (n - 1) * (shared + rest) ** 2 / bottom if bottom > 0 else 1.0
    upper, lower = float(fisher.ppf(0.5 + level / 2.0, n - 1, df)), float(fisher.ppf(0.5 + level / 2.0, df, n - 1))
    low = n * (bms - upper * ems) / (upper * (k * jms + (k * n - k - n) * ems) + n * bms)
    high = n * (lower * bms - ems) / (k * jms + (k * n - k - n) * ems + n * lower * bms)
    return value, low, high


def icc_incomplete(ratings: pd.DataFrame, *, object_id: str = "object_id", rater: str = "rater_id", rating: str = "rating",
                   conf_level: float = 0.95, draws: int = 199, seed: int = 1) -> pd.DataFrame:
    """Give agreement, consistency and their forms for a mean, where raters rated different and overlapping objects.

    ``agreement = s2_object / (s2_object + s2_rater + s2_error)``, ``consistency = s2_object / (s2_object + s2_error)`` from the crossed
    mixed model (REML); for means k is the harmonic mean of ratings an object. 0: ratings tell nothing about who is rated.

    Parameters
    ----------
    ratings, object_id, rater, rating, conf_level
        As of `icc`; nothing is left out but missing ratings.
    draws, seed : int
        Parametric bootstrap draws for the limits, and the seed of their generator.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "icc_agreement", "icc_consistency", "icc_agreement_mean", "icc_consistency_mean". Not estimable:
        "fewer_than_two_objects", "fewer_than_two_raters", "no_variation", "no_object_rated_twice" (object and error are one), "no_residual"
        (raters differ by the same on every object, or do in more than one of 20 draws). Where they never differ it is 1, without limits.

    Raises
    ------
    EstimationError
        If a column is absent or a rater rated an object twice (ratings of one pair are no ratings of two raters: `g_study` parts them).

    Notes
    -----
    The limits are the wider of the draws' percentiles and of the estimate's own error on the scale ``log((1 + (k - 1) icc) / (1 - icc))``, on
    which the error hardly hangs on the value: percentiles alone held the truth 93 times in 100 for 40 objects with three ratings each.
    Supposes that who rates whom has nothing to do with the error. Where most objects have one rater the limits are wide, and say so.
    Source: K. O. McGraw, S. P. Wong (1996), Psychological Methods 1, 30-46.

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": [1, 1, 2, 2, 3, 3, 4], "rater_id": list("abbccaa"), "rating": [1, 2, 3, 4, 5, 6, 3]})
    >>> icc_incomplete(rows, draws=20)["measure"].tolist()[0]
    'icc_agreement'
    """
    check_level(conf_level)
    whole_number(draws=draws, seed=seed)
    need(ratings, object_id, rater, rating)
    y = given_numbers(ratings, rating)
    whole = ~np.isnan(y) & ratings[[object_id, rater]].notna().all(axis=1).to_numpy(dtype=bool)
    rows = pd.DataFrame({"o": ranks(ratings.loc[whole, object_id]), "r": ranks(ratings.loc[whole, rater]), "y": y[whole]})
    if rows.duplicated(["o", "r"]).any():
        raise EstimationError(f"An object was rated twice by one rater: keep one row for each pair of {object_id!r} and {rater!r}, or take g_study.")
    rows = rows.sort_values(["o", "r", "y"], ignore_index=True)  # what the bootstrap draws goes with the data, not with their order
    names = ("icc_agreement", "icc_consistency", "icc_agreement_mean", "icc_consistency_mean")
    each = rows.groupby("o").size()
    base: Estimate = {"role": "inferential", "unit": "coefficient", "null_value": 0.0, "conf_level": conf_level, "n": len(each),
                      "n_raters": int(rows["r"].nunique()), "method": f"REML, crossed; bootstrap draws={draws} seed={seed}"}
    reason = _why_not(rows, each)
    if reason:
        return estimates([{**base, "measure": m, "status": "not_estimable", "reason": reason} for m in names])
    k = float(len(each) / (1.0 / each).sum())
    try:
        model = mixed_model(rows, "y ~ 1 + (1 | o) + (1 | r)")
    except NoResidualError:
        alike = float((rows.groupby("o")["y"].max() - rows.groupby("o")["y"].min()).max()) == 0
        told: Estimate = {"estimate": 1.0, "status": "estimated", "reason": "raters_never_differ"} if alike else \
            {"status": "not_estimable", "reason": "no_residual"}
        return estimates([{**base, "measure": m, **told} for m in names])
    values = _shares(model, k)
    rng = np.random.default_rng(seed)
    drawn = np.array([found for found in (_drawn(_simulated(rows, model, rng), k) for _ in range(draws)) if found is not None])
    if len(drawn) < (1.0 - _LOST) * draws:
        return estimates([{**base, "measure": m, "status": "not_estimable", "reason": "no_residual"} for m in names])
    out: list[Estimate] = []
    for place, measure in enumerate(names):
        row: Estimate = {**base, "measure": measure, "estimate": values[place], "status": "estimated", "estimand": f"ratings_per_object={k:.4g}"}
        if len(drawn):
            low, high = _wider(values[place], drawn[:, place], 1.0 if measure.endswith("mean") else k, conf_level)
            row = {**row, "conf_low": low, "conf_high": high}
        out.append(row)
    return estimates(out)


def _drawn(rows: pd.DataFrame, k: float) -> tuple[float, ...] | None:
    try:
        return _shares(mixed_model(rows, "y ~ 1 + (1 | o) + (1 | r)"), k)
    except NoResidualError:  # a draw of very few ratings may be met exactly
        return None


def _wider(value: float, drawn: NDArray[np.float64], k: float, level: float) -> tuple[float, float]:
    """Give the wider of percentile limits and of limits by the spread of the draws on the scale of log F; a mean of ratings has ``k = 1``."""
    low, high = np.percentile(drawn, [50.0 * (1.0 - level), 50.0 * (1.0 + level)])
    if len(drawn) < 2:
        return float(low), float(high)
    scale = np.log((1.0 + (k - 1.0) * np.append(drawn, value)) / np.maximum(1.0 - np.append(drawn, value), 1e-12))
    half = float(ndtri(0.5 + level / 2)) * float(scale[:-1].std(ddof=1))
    own = np.exp(scale[-1] + np.array([-half, half]))
    below, above = (own - 1.0) / (own + k - 1.0)
    return float(min(low, max(below, 0.0))), float(max(high, above))


def _why_not(rows: pd.DataFrame, each: pd.Series) -> str:
    if len(each) < 2:
        return "fewer_than_two_objects"
    if rows["r"].nunique() < 2:
        return "fewer_than_two_raters"
    if float(rows["y"].max()) == float(rows["y"].min()):
        return "no_variation"
    return "no_object_rated_twice" if int(each.max()) < 2 else ""


def _variances(model: MixedModel) -> dict[str, float]:
    frame: Any = model.variances
    return dict(zip(frame["factor"], frame["variance"], strict=True))


def _shares(model: MixedModel, k: float) -> tuple[float, float, float, float]:
    v = _variances(model)
    o, r, e = v["o"], v["r"], v["residual"]
    total = o + r + e
    if total <= 0:
        return 0.0, 0.0, 0.0, 0.0
    consistency = o / (o + e) if o + e > 0 else 0.0
    mean = o + (r + e) / k
    alone = o + e / k
    return o / total, consistency, o / mean if mean > 0 else 0.0, o / alone if alone > 0 else 0.0


def _simulated(rows: pd.DataFrame, model: MixedModel, rng: np.random.Generator) -> pd.DataFrame:
    v = _variances(model)
    o, r = rows["o"].to_numpy(), rows["r"].to_numpy()
    y = (rng.normal(0.0, np.sqrt(v["o"]), int(o.max()) + 1)[o] + rng.normal(0.0, np.sqrt(v["r"]), int(r.max()) + 1)[r]
         + rng.normal(0.0, np.sqrt(v["residual"]), len(rows)))
    return rows.assign(y=y)
