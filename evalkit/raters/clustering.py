"""Whether an outcome clusters by evaluator beyond what the unit's own totals give: one statement for the city, none on a person.

"Sangat Baik" that gathers under some evaluators may be leniency or a good team: the test cannot tell which, only that the two
together are more than labels handed out blindly within unit, post type and period.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.permutation import permutation_p
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.single_values import word
from evalkit.raters.clustering_power import detectable_by
from evalkit.raters.official import outcome_of, rated
from evalkit.raters.pairs import PairDesign, pair_design, pair_draws, pair_moments
from evalkit.raters.power import detectable_spread
from evalkit.raters.third_moment import gamma_tail, third_moment

STRATA = ("opd_id", "post_type")
_SKEW = 0.0665  # most that a skewness of 1 moves a tail: the largest of |z^2 - 1| phi(z) / 6
ESTIMAND = "clustering_by_evaluator_severity_and_team_together"


def clustering_test(rows: pd.DataFrame, *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA, exchange: str | None = None,
                    method: str = "draws", draws: int = 9999, seed: int = 1, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Test whether pairs with the same outcome stand under one evaluator more often than the totals of the strata give.

    ``T = sum over evaluators and periods of k (k - 1) / 2``, k the people with the outcome. The estimate is T over its mean under
    permutation; 1: no clustering, 1.5: half as many pairs again. The test is one-sided.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them: `person_id`, `period`, `rater_id`, `predikat` and the columns `strata`.
    outcome : {"sangat_baik", "below_baik"}
        What is counted.
    strata : sequence of str
        What is held fixed beside the period; the totals of each stratum are kept, so quotas do no harm.
    exchange : {"people", "ratings"}, optional
        "people" (several periods): a person keeps her row of results over time. "ratings" (one period).
    method : {"draws", "moments"}
        Monte Carlo, or the tail of the gamma distribution with the exact mean, variance and third moment (single ratings only; for a
        nation).
    draws, seed : int
        Permutations, and the seed of their generator.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "clustering_ratio" (with p; `std_error` is its standard deviation under permutation),
        "clustering_pairs" and "clustering_pairs_expected" (counts), "clustering_p_error" (Monte Carlo standard error of p; of
        moments the most that the third moment moves any p, and what half a pair does to this one: the moments left out do less),
        "clustering_detectable" (the spread of evaluators' chances, in share of people, that this design finds eight times in
        ten: simulated on it with draws, `clustering_power.smallest_spread`; of moments and of more than 200,000 people in closed form,
        `power.detectable_spread`, which is optimistic in a small city; not estimable, "no_spread_detectable", where no spread
        is found so often). Not estimable: "nobody_rated", "nobody_has_outcome", "everybody_has_outcome", "one_evaluator", "nothing_to_exchange"
        (no stratum in which people of two evaluators differ), "no_pair_possible".

    Raises
    ------
    EstimationError
        If a column is absent, method, exchange or outcome is unknown, or moments are asked for whole people.

    Notes
    -----
    Draws equal to the data count as reaching it, so the test is slightly conservative when few pairs are possible. Clustering
    is severity *and* team quality *and* who works where; no part of it is assigned to a person. Source of the null: N. Mantel
    (1967), Cancer Research 27, 209-220, here with the strata's totals fixed.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(12), "period": "p", "rater_id": ["e"] * 6 + ["f"] * 6, "opd_id": "", "post_type": "",
    ...                      "predikat": ["sangat_baik"] * 4 + ["baik"] * 8})
    >>> clustering_test(rows).set_index("measure").loc["clustering_ratio", "estimate"].round(1)
    np.float64(2.2)
    """
    word(method=method, exchange=exchange)
    if method not in ("draws", "moments") or exchange not in (None, "people", "ratings"):
        raise EstimationError("method is 'draws' or 'moments'; exchange is 'people' or 'ratings'.")
    rows = rated(rows, strata, "predikat")
    positive = outcome_of(rows, outcome)
    several = bool(rows["person_id"].duplicated().any())
    mode = exchange or ("people" if several and method == "draws" else "ratings")
    if method == "moments" and mode == "people":
        raise EstimationError("Exact moments exist for single ratings of one period; take draws for whole people.")
    design = pair_design(rows, positive, strata=strata, exchange=mode)
    base: Estimate = {"term": outcome, "scope_id": scope_id, "period": period, "role": "inferential", "n": len(rows),
                      "n_raters": design.n_raters, "estimand": ESTIMAND, "family": "clustering"}
    reason = cannot_test(design, positive)
    if reason:
        return estimates([{**base, "measure": "clustering_ratio", "unit": "ratio", "null_value": 1.0, "status": "not_estimable", "reason": reason}])
    found = _moments(design) if method == "moments" else _draws(design, draws, seed, mode)
    if found.expected <= 0:
        return estimates([{**base, "measure": "clustering_ratio", "unit": "ratio", "null_value": 1.0, "status": "not_estimable",
                           "reason": "no_pair_possible"}])
    plain = detectable_spread(design, found.expected, found.sd)
    simulated = plain if found.blind is None else detectable_by(design, found.expected, found.sd, found.blind)
    return estimates(_rows(base, found, simulated, "no_pair_possible" if math.isnan(plain) else "no_spread_detectable"))


def cannot_test(design: PairDesign, positive: pd.Series) -> str:
    """Give the reason why clustering cannot be tested, or nothing."""
    if not len(positive):
        return "nobody_rated"
    if not positive.any():
        return "nobody_has_outcome"
    if positive.all():
        return "everybody_has_outcome"
    if design.n_raters < 2:
        return "one_evaluator"
    moves = design.movable & design.positive.any(axis=1)
    return "" if moves.any() else "nothing_to_exchange"


@dataclass(frozen=True)
class _Found:
    observed: float
    expected: float
    sd: float
    p: float
    error: float
    method: str
    blind: NDArray[np.int64] | None = None


def _draws(design: PairDesign, draws: int, seed: int, mode: str) -> _Found:
    values = pair_draws(design, draws, np.random.default_rng(seed))
    found = permutation_p(design.observed(), values)
    sd = float(values.std(ddof=1)) if draws > 1 else 0.0
    return _Found(float(design.observed()), float(values.mean()), sd, found.p_value, found.error, f"permutation_of_{mode}_{draws}_draws", values)


def _moments(design: PairDesign) -> _Found:
    mean, variance = pair_moments(design)
    observed, sd = float(design.observed()), float(np.sqrt(variance))
    if sd <= 0:
        return _Found(observed, mean, 0.0, 1.0, 1.0, "exact_moments_gamma_tail")
    skew = third_moment(design.counts()) / sd**3
    # pairs are whole numbers: half a pair is the usual correction of a smooth tail
    p, plain = (gamma_tail((observed - half - mean) / sd, skew) for half in (0.5, 0.0))
    return _Found(observed, mean, sd, p, min(_SKEW * abs(skew) + abs(p - plain), 1.0), "exact_moments_gamma_tail")


def _rows(base: Estimate, found: _Found, detectable: float, reason: str) -> list[Estimate]:
    test: Estimate = {**base, "method": found.method, "status": "estimated"}
    plain: Estimate = {**test}
    plain.pop("family")
    count: Estimate = {**plain, "role": "descriptive", "unit": "pairs"}
    rows: list[Estimate] = [
        {**test, "measure": "clustering_ratio", "unit": "ratio", "null_value": 1.0, "estimate": found.observed / found.expected,
         "std_error": found.sd / found.expected, "p_value": found.p},
        {**count, "measure": "clustering_pairs", "estimate": found.observed},
        {**count, "measure": "clustering_pairs_expected", "estimate": found.expected, "std_error": found.sd},
        {**plain, "measure": "clustering_detectable", "unit": "share", "estimate": detectable}]
    if math.isnan(detectable):
        rows[-1] = {**plain, "measure": "clustering_detectable", "unit": "share", "status": "not_estimable", "reason": reason}
    return [*rows, {**count, "measure": "clustering_p_error", "unit": "share", "estimate": found.error}]


def evaluator_bands(rows: pd.DataFrame, *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA, level: float = 0.95) -> pd.DataFrame:
    """Give, for each size of team, the pointwise band in which an evaluator's share lies if labels are handed out blindly.

    The count of an evaluator is a sum of independent hypergeometric counts, one a stratum; its exact distribution is their
    convolution. Teams of one size are mixed with equal weight.

    Parameters
    ----------
    rows : pandas.DataFrame
        As for `clustering_test`, of one period.
    outcome, strata
        As for `clustering_test`.
    level : float
        Share of blind outcomes that lie in the band, at least.

    Returns
    -------
    pandas.DataFrame
        `n` (team size), `n_raters`, `expected` (mean share), `low`, `high` (shares), and `outside` (evaluators of that size beyond
        the band), `outside_expected` (how many blind labels would put there). No evaluator is named.

    Raises
    ------
    EstimationError
        If the rows hold several periods or the outcome is unknown.

    Notes
    -----
    Pointwise: one evaluator in twenty lies outside by chance alone, and a point outside is no finding on anybody. The
    statement for the city is that of `clustering_test`.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(12), "period": "p", "rater_id": ["e"] * 6 + ["f"] * 6, "opd_id": "", "post_type": "",
    ...                      "predikat": ["sangat_baik"] * 4 + ["baik"] * 8})
    >>> evaluator_bands(rows)[["n", "n_raters", "low", "high"]].round(2).to_numpy().tolist()
    [[6.0, 2.0, 0.0, 0.67]]
    """
    check_level(level)
    rows = rated(rows, strata, "predikat")
    if len(rows) and (rows["period"] != rows["period"].iloc[0]).any():
        raise EstimationError("A band belongs to one period; take the rows of one.")
    columns = ["n", "n_raters", "expected", "low", "high", "outside", "outside_expected"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    work = rows[["rater_id"]].assign(y=outcome_of(rows, outcome).to_numpy(), s=pd.MultiIndex.from_frame(rows[list(strata)]).factorize()[0])
    totals = work.groupby("s")["y"].agg(["size", "sum"])
    cells = work.groupby(["rater_id", "s"]).size().rename("n").reset_index().join(totals, on="s")
    blind = {rater: _blind(part) for rater, part in cells.groupby("rater_id", sort=False)}
    seen = work.groupby("rater_id")["y"].agg(["size", "sum"])
    found = [_band([blind[r] for r in part.index], part["sum"].to_numpy(dtype=int), level) for _, part in seen.groupby("size")]
    return pd.DataFrame(found, columns=columns)


def _blind(cells: pd.DataFrame) -> NDArray[np.float64]:
    """Give the distribution of an evaluator's count under permutation."""
    from scipy.stats import hypergeom

    total = np.ones(1)
    for n, people, ones in zip(cells["n"], cells["size"], cells["sum"], strict=True):
        total = np.convolve(total, hypergeom.pmf(np.arange(n + 1), people, ones, n))
    return total


def _band(blind: list[NDArray[np.float64]], counts: NDArray[np.int_], level: float) -> tuple[float, ...]:
    mixed = np.mean(blind, axis=0)
    size = len(mixed) - 1
    below, above = np.cumsum(mixed), np.cumsum(mixed[::-1])[::-1]
    tail = (1 - level) / 2 + 1e-12
    # the smallest and largest counts that are not among the rarest `tail` on their side
    low, high = int(np.argmax(below > tail)), int(len(mixed) - 1 - np.argmax(above[::-1] > tail))
    outside = int(((counts < low) | (counts > high)).sum())
    return (size, len(blind), float((mixed * np.arange(len(mixed))).sum() / size), low / size, high / size, outside,
            float(len(blind) * (1 - mixed[low:high + 1].sum())))
