"""Severity from linked ratings, or the reason why a set gets none: the gate of rung 4 in one call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level, numbers
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import single
from evalkit.raters.ladder import LadderSettings
from evalkit.raters.linked import identify_linked
from evalkit.raters.many_facet_rasch import ManyFacetRasch, many_facet_rasch
from evalkit.raters.many_facet_rasch.breaks import NO_FINITE_MAXIMUM
from evalkit.raters.many_facet_rasch.tables import summary
from evalkit.raters.objectivity.cases import read
from evalkit.raters.objectivity.guard import SeverityFit, main_part

MOST_CATEGORIES = 12  # thresholds of categories that hardly anybody used would not settle
_ONE = {"instrument": "", "object_kind": "employee", "item": "rating", "occasion": "1", "period": ""}  # where a frame names none: one of each
_STEPS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class LinkedSeverity:
    """What linked ratings say of the severity of their raters.

    `table` is a frame of estimates: "rater_spread" and "object_spread" (standard deviations in points of the scale, crossed mixed model,
    profile interval of the raters'; of more than 20,000 pairs p alone), "severity_spread" (logits), "severity_reliability" and
    "severity_strata". `identification` is the row of the design. `model` is none where the set gets no severities, and `reason` says why.
    `step` is the width of a category of the model, in points of the scale. `together`: how many times larger the squared errors of severities are
    because what one rater says of one object goes together over the items (1: not at all).
    """

    table: pd.DataFrame
    identification: pd.DataFrame
    model: ManyFacetRasch | None
    reason: str
    step: float
    together: float = 1.0

    @property
    def severities(self) -> pd.DataFrame:
        """Severity of each rater in logits with its interval, lowest first; empty where the set gets none. Higher: more severe."""
        columns = ["level", "n", "measure", "std_error", "conf_low", "conf_high", "infit", "status"]
        if self.model is None:
            return pd.DataFrame(columns=columns)
        rows = _with_errors(self.model, self.together)
        return rows.assign(conf_low=rows["measure"] - 1.959964 * rows["std_error"], conf_high=rows["measure"] + 1.959964 * rows["std_error"])[
            columns].sort_values("measure", kind="stable", ignore_index=True)


def whole_categories(ratings: pd.Series, *, most: int = MOST_CATEGORIES) -> tuple[pd.Series, float]:
    """Number the categories of a scale with decimals; neighbours are joined until there are at most `most`, and rare ends with the next.

    Parameters
    ----------
    ratings : pandas.Series
        Ratings; missing ones stay missing.
    most : int
        Most categories.

    Returns
    -------
    tuple of pandas.Series and float
        Category numbers, and the width of a category in points of the scale.

    Raises
    ------
    EstimationError
        If `most` is below 2, a rating is no number, or the scale is wider than that many steps of 100 points.

    Notes
    -----
    An end of the scale that fewer than ten ratings (of few ratings one in twenty, of many one in a thousand) reach has no threshold of
    its own. Source of ten: J. M. Linacre (2002), Journal of Applied Measurement 3, 85-106.

    Examples
    --------
    >>> whole_categories(pd.Series([1.0, 1.1, 4.9]))
    (0     2.0
    1     2.0
    2    10.0
    dtype: float64, 0.5)
    """
    single(most=most)
    if most < 2:
        raise EstimationError("A scale has at least two categories.")
    ratings = pd.Series(numbers(ratings, "ratings"), index=ratings.index if isinstance(ratings, pd.Series) else None)
    known = ratings.dropna()
    if not len(known):
        return ratings, 1.0
    for step in _STEPS if not np.array_equal(known, np.round(known)) else _STEPS[3:]:
        codes = (ratings / step + 0.5 + 1e-9) // 1
        if codes.max() - codes.min() < most:
            return _ends_joined(codes), step
    raise EstimationError(f"The ratings span more than {most} steps of {_STEPS[-1]:.0f} points; divide them first.")


def _ends_joined(codes: pd.Series) -> pd.Series:
    counts = codes.value_counts().sort_index()
    n = int(counts.sum())
    least = max(min(10.0, n / 20), n / 1000)
    low, high = (own.index[(own.cumsum() >= least).to_numpy()][0] for own in (counts, counts[::-1]))
    return codes.clip(lower=float(low), upper=float(high))


def linked_severity(ratings: pd.DataFrame, *, settings: Mapping[str, Any] | LadderSettings | None = None, level: float = 0.95) -> LinkedSeverity:
    """Estimate severities from ratings of one instrument, if the design and the data carry them.

    The gate is that of `raters.severity` (`objectivity.guard.SeverityFit`), and before it the design has to reach rung 4
    (`linked.identify_linked`): links, several objects a rater, and a variance of raters in ``rating ~ 1 + (1 | object) + (1 | rater)`` that
    can be told from 0. Then the many-facet Rasch model; a severity of 0 is the mean of the raters.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Contract `ratings`: one row an answer, high is good; `object_id`, `rater_id`, `rating` suffice. One instrument.
    settings : mapping or LadderSettings, optional
        Thresholds of the ladder.
    level : float
        Of the intervals of the mixed model.

    Returns
    -------
    LinkedSeverity
        With the spreads in any case, and severities only behind the gate. Reasons: "no_ratings", "one_rater", "no_variation",
        "one_rating_each", "most_raters_rated_once", "not_connected"; of the ladder "raters_rate_few", "rank_lacking"; of the spread
        "no_rater_variance" (0), "raters_not_told_apart" (not told from 0); "not_converged".

    Raises
    ------
    EstimationError
        If a column is absent or there are several instruments.

    Notes
    -----
    Points, not logits, say what severity does to a rating; logits compare raters. Joint maximum likelihood spreads raters with few
    objects too far. The model takes the answers of one rater on one object for independent; they go together (an impression of the whole
    colours all items), so its errors are made ``sqrt(together)`` times larger, also in reliability and strata. Its logits are those of the
    mean over such impressions, smaller than those of one (0.67 of them where impressions have a standard deviation of 0.8 logits). It is
    severity on this instrument, among these raters. Sources: J. M. Linacre (1989), Many-Facet Rasch Measurement;
    D. Bates and others (2015), Journal of Statistical Software 67(1).

    Examples
    --------
    >>> rows = pd.DataFrame({"object_id": ["o", "o"], "rater_id": ["a", "b"], "rating": [2.0, 2.0]})
    >>> linked_severity(rows).reason
    'no_variation'
    """
    check_level(level)
    ratings = read(ratings, "object_id", "rater_id")
    rows = ratings.assign(**{c: v for c, v in _ONE.items() if c not in ratings.columns}).dropna(subset=["rating", "object_id", "rater_id"])
    if len(set(rows["instrument"])) > 1:
        raise EstimationError("linked_severity takes the ratings of one instrument; severities of two are on two scales.")
    if rows.empty:
        return LinkedSeverity(_spreads(SeverityFit(rows), level), pd.DataFrame(), None, "no_ratings", 1.0)
    design = identify_linked(rows, window="", settings=settings, with_raters=False)
    design = design[design["scope"].eq("city").to_numpy()].reset_index(drop=True)
    fit = SeverityFit(rows, conf_level=level, ladder="" if int(design["rung"].iloc[0]) >= 4 else str(design["reason"].iloc[0]))
    table = _spreads(fit, level)
    codes, step = whole_categories(rows["rating"])
    if fit.reason:
        return LinkedSeverity(table, design, None, fit.reason, step)
    facets = ("object_id", "rater_id", "item") if len(set(rows["item"])) > 1 else ("object_id", "rater_id")
    coded = rows.assign(category=codes)
    model = many_facet_rasch(coded, facets, rating="category")
    main = main_part(coded, model, lambda part: many_facet_rasch(part, facets, rating="category"))
    model = model if main is None else main[1]
    if main is None or model.status != "estimated" or not (model.converged or model.reason == NO_FINITE_MAXIMUM):  # which keeps measures on one side
        return LinkedSeverity(table, design, None, model.reason or ("not_connected" if main is None else "not_converged"), step)
    factor = _together(model)
    return LinkedSeverity(pd.concat([table, _summary(model, factor)], ignore_index=True), design, model, "", step, factor)


def _together(model: ManyFacetRasch) -> float:
    """Give ``sum over raters and objects of (sum of residuals)**2 / sum of variances``, not below 1, at the degrees of freedom of these cells."""
    rows = model.expected()
    cells = rows.groupby(["rater_id", "object_id"], observed=True)[["residual", "variance"]].sum()
    left = len(cells) - rows["rater_id"].nunique() - rows["object_id"].nunique() + 1
    if len(cells) == len(rows) or left <= 0 or not float(cells["variance"].sum()) > 0:  # one answer each: nothing to go together
        return 1.0
    return max(1.0, float((cells["residual"] ** 2).sum() / cells["variance"].sum()) * len(cells) / left)


def _with_errors(model: ManyFacetRasch, together: float) -> pd.DataFrame:
    rows = model.measures[model.measures["facet"].eq("rater_id").to_numpy()]
    return rows.assign(**{c: rows[c] * np.sqrt(together) for c in ("std_error", "std_error_conditional")})


def _spreads(fit: SeverityFit, level: float) -> pd.DataFrame:
    """Standard deviations between raters and objects, of the means over items; intervals only where the design carries a severity."""
    spread = fit.spread
    base: Estimate = {"measure": "", "role": "inferential", "unit": "points", "null_value": 0.0, "n": spread.n,
                      "n_raters": len(fit.cases.raters), "method": "crossed_mixed_model"}
    found: list[Estimate] = []
    for measure, value in (("rater_spread", spread.sd), ("object_spread", spread.object_sd)):
        row: Estimate = {**base, "measure": measure}
        if not np.isfinite(value):
            row.update({"status": "not_estimable", "reason": spread.reason if spread.reason in ("no_ratings", "no_variation") else "one_level"})
        else:
            row.update({"estimate": value, "status": "estimated" if value > 0 else "boundary", "reason": "" if value > 0 else "no_rater_variance"})
        if measure == "rater_spread" and np.isfinite(spread.conf_high):
            row.update({"conf_level": level, "conf_low": spread.conf_low, "conf_high": spread.conf_high})
        if measure == "rater_spread" and np.isfinite(spread.p_value):
            row.update({"p_value": spread.p_value})
        found.append(row)
    return estimates(found)


def _summary(model: ManyFacetRasch, together: float) -> pd.DataFrame:
    own = summary(_with_errors(model, together)).iloc[0]
    base: Estimate = {"measure": "", "role": "inferential", "n": model.n_ratings, "n_raters": int(own["n_levels"]), "status": "estimated",
                      "method": "many_facet_rasch_joint"}
    values = {"severity_spread": ("logits", "true_sd_sample"), "severity_reliability": ("share", "reliability_sample"),
              "severity_strata": ("strata", "strata_sample")}
    if own["status"] != "estimated":
        return estimates([{**base, "measure": m, "unit": u, "status": "not_estimable", "reason": str(own["reason"])} for m, (u, _) in values.items()])
    return estimates([{**base, "measure": m, "unit": u, "estimate": float(own[column])} for m, (u, column) in values.items()])
