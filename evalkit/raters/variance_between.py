"""How far evaluators' chances of an outcome vary within units: severity *and* teams, with an interval that is honest at zero.

The ratings of one period cannot tell a lenient evaluator from a good team; nothing here is of one evaluator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import row_order
from evalkit.inference.reading import check_level
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.clustering import STRATA
from evalkit.raters.official import outcome_of
from evalkit.raters.power import detectable

ESTIMAND = "severity_and_team_together"
_LARGEST, _STEPS = 0.98, 9  # largest share of latent variance that is tried, and halvings of a search
_DRAWS_AT_ONCE = 2_000_000
_OWN = 10.0  # people whose weight the common share has in the chance of a stratum


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
        "evaluator_spread_detectable", the tau that this design finds eight times in ten. Not estimable for the reasons of
        `clustering.clustering_test`.

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
    if len(rows) and (rows["period"] != rows["period"].iloc[0]).any():
        raise EstimationError("The spread between evaluators belongs to one period; take the rows of one.")
    if draws < 19 or not 0 < level < 1:
        raise EstimationError("evaluator_spread needs at least 19 draws and a level between 0 and 1.")
    positive = outcome_of(rows, outcome).to_numpy(dtype=bool)
    world = _world(rows, positive, strata)
    base: Estimate = {"measure": "evaluator_spread", "term": outcome, "scope_id": scope_id, "period": period, "role": "inferential",
                      "n": len(rows), "n_raters": world.n_raters, "estimand": ESTIMAND, "null_value": 0.0, "unit": "share"}
    floor: Estimate = {**base, "measure": "evaluator_spread_detectable"}
    reason = _reason(world, positive)
    if reason:
        return estimates([{**row, "status": "not_estimable", "reason": reason} for row in (base, floor)])
    estimate, low, high, blind = _inverted(world, draws, seed, level)
    done: Estimate = {**base, "estimate": estimate, "conf_low": low, "conf_high": high, "conf_level": level,
                      "method": f"test_inverted_{draws}_draws", "status": "estimated"}
    if estimate == 0:
        done["status"], done["reason"] = "boundary", "no_more_than_blind_labels"
    smallest = float(np.sqrt(detectable(blind, level=1 - level, sides=1) / world.weight))
    return estimates([done, {**floor, "estimate": smallest, "status": "estimated"}])


@dataclass(frozen=True)
class _Stratum:
    """People of one unit and post type, in the order of their evaluators: number of each one's evaluator, and how many have the outcome."""

    raters: NDArray[np.intp]
    total: int
    pairs: float  # under one evaluator
    excess: float  # pairs with the outcome under one evaluator, beyond what the total gives

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where each evaluator's people begin."""
        return np.unique(self.raters, return_index=True)[1]

    def beyond(self, hits: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the excess of counts by evaluator (last axis)."""
        n, total = len(self.raters), hits.sum(axis=-1)
        found: NDArray[np.float64] = (hits * (hits - 1) // 2).sum(axis=-1) - self.pairs * total * (total - 1) / (n * (n - 1))
        return found


@dataclass(frozen=True)
class _World:
    """The strata that have two evaluators or more, and the share of their people who have the outcome."""

    strata: tuple[_Stratum, ...]
    n_raters: int
    share: float

    @property
    def weight(self) -> float:
        """Pairs under one evaluator, each less the part that the stratum's own total holds of it."""
        return sum(s.pairs * (1 - 2 * s.pairs / (len(s.raters) * (len(s.raters) - 1))) for s in self.strata)

    @property
    def excess(self) -> float:
        """Pairs with the outcome under one evaluator, beyond what the totals give."""
        return sum(s.excess for s in self.strata)


def _world(rows: pd.DataFrame, positive: NDArray[np.bool_], strata: Sequence[str]) -> _World:
    absent = [c for c in ("rater_id", *strata) if c not in rows.columns]
    if absent:
        raise EstimationError(f"The frame has no column {absent[0]!r}.")
    if rows.empty:
        return _World((), 0, 0.0)
    order = row_order(rows, [*strata, "rater_id"])  # so that a seed gives one answer whatever the order of the rows
    rows, positive = rows.iloc[order], positive[order]
    rater = pd.factorize(rows["rater_id"])[0]
    group = pd.MultiIndex.from_frame(rows[list(strata)]).factorize()[0]
    order, found = np.lexsort((rater, group)), []
    for people in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        own, marks = rater[people], positive[people]
        if own[0] == own[-1]:
            continue
        first, sizes = np.unique(own, return_index=True, return_counts=True)[1:]
        empty = _Stratum(own, int(marks.sum()), float((sizes * (sizes - 1) / 2).sum()), 0.0)
        found.append(replace(empty, excess=float(empty.beyond(np.add.reduceat(marks, first, dtype=np.int64)))))
    people_all = max(sum(len(s.raters) for s in found), 1)
    return _World(tuple(found), int(rater.max()) + 1, sum(s.total for s in found) / people_all)


def _reason(world: _World, positive: NDArray[np.bool_]) -> str:
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


def _inverted(world: _World, draws: int, seed: int, level: float) -> tuple[float, float, float, float]:
    """Give the estimate, its limits, and the standard deviation of the excess at 0.

    Each limit is the farther one of fixed totals and of free ones, with the chance of the outcome at its own limit.
    """
    known: dict[tuple[bool, float, float], NDArray[np.float64]] = {}

    def drawn(fixed: bool, share: float, shift: float = 0.0) -> NDArray[np.float64]:
        if (fixed, share, shift) not in known:
            known[fixed, share, shift] = _simulated(world, share, draws, seed, fixed, shift)
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
    return found, low, high, float(drawn(True, 0.0).std())


def _recovered(found: float, given: list[float], shifted: float, side: int) -> float:
    """Put the distance of the limit at the chance that was seen and the one that another chance adds together, as their squares."""
    own = max(max(side * (g - found) for g in given), 0.0)
    more = max(side * (shifted - given[1]), 0.0)
    return min(max(found + side * float(np.hypot(own, more)), 0.0), max(found, 0.5))  # no share varies by more than a half


def _shift(world: _World, share: float, draws: int, seed: int, quantile: float) -> float:
    """Find the shift of the latent level at which as few (or as many) as were seen have the outcome only in rare draws."""
    total, needed = sum(s.total for s in world.strata), []
    for parts in _latent(world, share, draws, seed):
        below = np.concatenate([_free_cut(world, s, share) - z for s, z in zip(world.strata, parts, strict=True)], axis=1)
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


def _free_cut(world: _World, s: _Stratum, share: float) -> np.float32:
    """Give the threshold of a stratum whose total nobody sets: a small one says little of its chance, which is drawn towards that of all."""
    from scipy.special import ndtri

    return np.float32(-ndtri((s.total + _OWN * world.share) / (len(s.raters) + _OWN)) / np.sqrt(1 - share))


def _latent(world: _World, share: float, draws: int, seed: int) -> Iterator[list[NDArray[np.float32]]]:
    """Draw latent values, some data sets at once, by stratum; the same random numbers for every share, so that answers move smoothly."""
    sigma = np.float32(np.sqrt(share / (1 - share)))
    size = max(1, min(draws, _DRAWS_AT_ONCE // sum(len(s.raters) for s in world.strata)))
    for start in range(0, draws, size):
        m = min(size, draws - start)
        rng = np.random.default_rng([seed, start])
        effect = sigma * rng.standard_normal((world.n_raters, m), dtype=np.float32)
        yield [effect[s.raters].T + rng.standard_normal((m, len(s.raters)), dtype=np.float32) for s in world.strata]


def _simulated(world: _World, share: float, draws: int, seed: int, fixed: bool, shift: float = 0.0) -> NDArray[np.float64]:
    """Give the excess of each simulated data set."""
    found = []
    for parts in _latent(world, share, draws, seed):
        excess = np.zeros(len(parts[0]))
        for s, z in zip(world.strata, parts, strict=True):
            n = len(s.raters)
            if fixed and s.total in (0, n):
                continue
            cut = np.partition(z, n - s.total, axis=1)[:, n - s.total, None] if fixed else _free_cut(world, s, share) - np.float32(shift)
            excess += s.beyond(np.add.reduceat(z >= cut, s.starts, axis=1, dtype=np.int64))
        found.append(excess)
    return np.concatenate(found)
