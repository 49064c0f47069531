"""How far evaluators' chances of an outcome vary within units: severity *and* teams, with an interval that is honest at zero.

The ratings of one period cannot tell a lenient evaluator from a good team; nothing here is of one evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.clustering import STRATA
from evalkit.raters.latent_strata import World, free_cut, latent, simulated, world_of
from evalkit.raters.official import outcome_of, rated
from evalkit.raters.spread_power import smallest_found

ESTIMAND = "severity_and_team_together"
_LARGEST, _STEPS = 0.98, 9  # largest share of latent variance that is tried, and halvings of a search


def evaluator_spread(rows: pd.DataFrame, *, outcome: str = "sangat_baik", strata: Sequence[str] = STRATA, draws: int = 499, seed: int = 1,
                     level: float = 0.95, scope_id: str = "", period: str = "") -> pd.DataFrame:
    """Estimate how far evaluators' chances of an outcome vary within strata, given each stratum's own total.

    ``tau^2 = P(both | one evaluator) - P(both | two evaluators)`` for two people of one stratum, estimated without bias by
    ``(T - sum of P K (K - 1) / (N (N - 1))) / sum of P (1 - 2 P / (N (N - 1)))`` over strata of N people, K with the outcome, P pairs
    under one evaluator; T counts the pairs with the outcome under one evaluator. With totals that nobody sets it is the variance of
    evaluators' chances. 0: evaluators' counts differ no more than labels handed out blindly within the strata.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them, of one period: `person_id`, `period`, `rater_id`, `predikat`, the columns `strata`.
    outcome : {"sangat_baik", "below_baik"}
        What is counted.
    strata : sequence of str
        What is held fixed; the totals of each stratum are kept, so quotas do no harm.
    draws, seed : int
        Simulated data sets for each spread that is tried, and the seed of their generator.
    level : float
        Of the interval.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "evaluator_spread", tau in share of people (0.08 is eight points), "boundary" at 0; and
        "evaluator_spread_detectable", the tau that the test at ``1 - level``, one-sided, finds eight times in ten on this design
        ("no_spread_detectable": not even the largest). Not estimable for the reasons of `clustering.clustering_test`.

    Raises
    ------
    EstimationError
        If the rows hold several periods, a column is absent, the outcome is unknown, or draws or level are out of range.

    Notes
    -----
    The interval inverts a test: each person has ``z = sigma v + e``, v of her evaluator and e of her own, both standard normal, the
    K highest of a stratum have the outcome, and every sigma stays in under which the excess is not among the rarest
    ``(1 - level) / 2`` on either side. At 0 this is the permutation test, so the interval covers more often than `level` there. Each
    limit is also that of a world in which totals are free, where that is farther out; the upper is never below the one that an excess
    at its median under 0 would give: a design that sees little may not claim that there is little. A spread of chances is bounded by
    the chance itself, and few evaluators tell little of that: how far the chance may lie from the share that was seen, at each
    limit, is added to it as in Zou and Donner. Assumes exchangeable evaluators, and people independent under one evaluator.
    Sources: D. Cox, D. Hinkley (1974), Theoretical Statistics, chapter 7; G. Cowan, K. Cranmer, E. Gross, O. Vitells (2011),
    arXiv:1105.3166; G. Zou, A. Donner (2008), Statistics in Medicine 27, 1693-1702 (limits of a function of two estimates).

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(80), "period": "p", "rater_id": [i // 5 for i in range(80)], "opd_id": "", "post_type": "",
    ...                      "predikat": (["sangat_baik"] * 5 + ["baik"] * 15) * 4})
    >>> found = evaluator_spread(rows, draws=199).iloc[0]
    >>> round(float(found["estimate"]), 2), bool(found["conf_low"] > 0.2), found["estimand"]
    (0.45, True, 'severity_and_team_together')
    """
    check_level(level)
    rows = rated(rows, strata, "predikat")
    if len(rows) and (rows["period"] != rows["period"].iloc[0]).any():
        raise EstimationError("The spread between evaluators belongs to one period; take the rows of one.")
    if draws < 19 or not 0 < level < 1:
        raise EstimationError("evaluator_spread needs at least 19 draws and a level between 0 and 1.")
    positive = outcome_of(rows, outcome).to_numpy(dtype=bool)
    world = world_of(rows, positive, strata)
    base: Estimate = {"measure": "evaluator_spread", "term": outcome, "scope_id": scope_id, "period": period, "role": "inferential",
                      "n": len(rows), "n_raters": world.n_raters, "estimand": ESTIMAND, "null_value": 0.0, "unit": "share"}
    floor: Estimate = {**base, "measure": "evaluator_spread_detectable"}
    reason = _reason(world, positive)
    if reason:
        return estimates([{**row, "status": "not_estimable", "reason": reason} for row in (base, floor)])
    estimate, low, high, smallest = _inverted(world, draws, seed, level)
    done: Estimate = {**base, "estimate": estimate, "conf_low": low, "conf_high": high, "conf_level": level,
                      "method": f"test_inverted_{draws}_draws", "status": "estimated"}
    if estimate == 0:
        done["status"], done["reason"] = "boundary", "no_more_than_blind_labels"
    if np.isnan(smallest):
        return estimates([done, {**floor, "status": "not_estimable", "reason": "no_spread_detectable"}])
    return estimates([done, {**floor, "estimate": smallest, "status": "estimated"}])


def _reason(world: World, positive: NDArray[np.bool_]) -> str:
    if not len(positive):
        return "nobody_rated"
    if not positive.any():
        return "nobody_has_outcome"
    if positive.all():
        return "everybody_has_outcome"
    if world.n_raters < 2:
        return "one_evaluator"
    if not any(0 < s.total < len(s.raters) for s in world.strata):
        return "nothing_to_exchange"
    return "" if any(s.pairs for s in world.strata) else "no_pair_possible"


def _inverted(world: World, draws: int, seed: int, level: float) -> tuple[float, float, float, float]:
    """Give the estimate, its limits, and the smallest spread that is found (`nan`: none).

    Each limit is the farther one of fixed totals and of free ones, with the chance of the outcome at its own limit.
    """
    known: dict[tuple[bool, float, float], NDArray[np.float64]] = {}

    def drawn(fixed: bool, share: float, shift: float = 0.0) -> NDArray[np.float64]:
        if (fixed, share, shift) not in known:
            known[fixed, share, shift] = simulated(world, share, draws, seed, fixed, shift)
        return known[fixed, share, shift]

    def spread(excess: float) -> float:
        return float(np.sqrt(max(excess, 0.0) / world.weight))

    tail, t, tie = (1 - level) / 2, world.excess, 1e-9 * (1 + abs(world.excess))
    seen = max(t, float(np.median(drawn(True, 0.0)))) + tie

    def crossing(fixed: bool, *, upper: bool) -> float:
        if upper:
            return _crossing(lambda share: ((drawn(fixed, share) <= seen).sum() + 1) / (draws + 1) <= tail)
        return _crossing(lambda share: ((drawn(fixed, share) >= t - tie).sum() + 1) / (draws + 1) > tail)

    lows, highs = ([crossing(fixed, upper=upper) for fixed in (True, False)] for upper in (False, True))
    found = spread(t)
    # a spread of chances is bounded by the chance itself, and few evaluators tell little of that: one of forty may come of a chance of a third
    low, high = (_recovered(found, [spread(float(drawn(f, share).mean())) for f, share in zip((True, False), shares, strict=True)],
                            spread(float(drawn(False, end, _shift(world, end, draws, seed, q)).mean())), side) if end else 0.0
                 for shares, end, q, side in ((lows, min(lows), tail, -1), (highs, max(highs), 1 - tail, 1)))
    return found, low, high, smallest_found(world, draws, seed, 1 - level)


def _recovered(found: float, given: list[float], shifted: float, side: int) -> float:
    """Put the distance of the limit at the chance that was seen and the one that another chance adds together, as their squares."""
    own = max(max(side * (g - found) for g in given), 0.0)
    more = max(side * (shifted - given[1]), 0.0)
    return min(max(found + side * float(np.hypot(own, more)), 0.0), max(found, 0.5))  # no share varies by more than a half


def _shift(world: World, share: float, draws: int, seed: int, quantile: float) -> float:
    """Find the shift of the latent level at which as few (or as many) as were seen have the outcome only in rare draws."""
    total, needed = sum(s.total for s in world.strata), []
    for parts in latent(world, share, draws, seed):
        below = np.concatenate([free_cut(world, s, share) - z for s, z in zip(world.strata, parts, strict=True)], axis=1)
        # with a shift from the K-th smallest to the next one exactly K people have the outcome
        place = min(total, below.shape[1] - 1) if quantile > 0.5 else max(total - 1, 0)
        needed.append(np.partition(below, place, axis=1)[:, place])
    return float(np.quantile(np.concatenate(needed), quantile))


def _crossing(passed: Callable[[float], bool]) -> float:
    """Find the smallest share at which the condition holds; 0 if it does at once, the largest tried if it never does.

    The halvings are the same for all conditions, so that their simulated data are shared.
    """
    if passed(0.0):
        return 0.0
    if not passed(_LARGEST):
        return _LARGEST
    low, high = 0.0, _LARGEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if passed(middle) else (middle, high)
    return (low + high) / 2
