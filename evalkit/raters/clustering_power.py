"""The spread between evaluators that the clustering test finds eight times in ten, by simulation of its own design over all its periods.

Evaluators who differ draw results to their people: what is exchanged (a person's results over time) is handed out within its stratum with
odds that grow with the latent leniency of those she stands under. The totals of the strata stay, as in the test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from evalkit.raters.official import outcome_of, rated
from evalkit.raters.pairs import PairDesign, pair_design, pair_draws, pair_moments
from evalkit.raters.power import detectable_spread, telling_pairs
from evalkit.raters.spread_power import POWER

_LEAST, _MOST = 0.05, 8.0  # standard deviations of log odds: the least to begin with, and the largest that is tried
_PILOT = 5  # one in so many data sets looks for the place, all of them then measure it
_BEYOND = 1.1  # how much farther than the tilt that is looked for: two trials then have it between them
_MANY, _BLIND = 200_000, 1999  # from so many people on the closed form leaves out little, and simulating takes minutes; permutations
_FAR = 80.0  # log odds of a pattern: more is no different, and no number of single precision


@dataclass(frozen=True)
class _Group:
    """The people of one stratum and their patterns of results: which periods (`marks`), and how many people have each."""

    cell: NDArray[np.int64]
    marks: list[NDArray[np.intp]]
    people: list[int]
    fixed: bool


def _groups(design: PairDesign) -> list[_Group]:
    order = np.argsort(design.stratum, kind="stable")
    found = []
    for members in np.split(order, np.flatnonzero(np.diff(design.stratum[order])) + 1):
        marks = design.positive[members]
        patterns, people = np.unique(marks[marks.any(axis=1)], axis=0, return_counts=True)
        if len(patterns):
            cell = design.cell[members]
            found.append(_Group(cell, [np.flatnonzero(p) for p in patterns], people.tolist(), bool((cell == cell[:1]).all())))
    return found


def tilted_pairs(design: PairDesign, tilt: float, draws: int, seed: int) -> NDArray[np.int64]:
    """Count the pairs in each of `draws` data sets in which log odds vary by `tilt` between evaluators; 0 gives the permutations of the test.

    A pattern of results goes to a place that is still free with odds ``exp(tilt * sum of u)``, u the standard normal leniency of the
    evaluators of its positive periods: the smallest of exponential times, each divided by its odds.

    Parameters
    ----------
    design : PairDesign
        Who stands under whom, and what is exchanged.
    tilt : float
        Standard deviation of log odds between evaluators.
    draws, seed : int
        Data sets, and the seed of their generator; the same seed gives the same leniencies and times at every tilt.

    Returns
    -------
    array of int, shape (draws,)
        Pairs of positive ratings under one evaluator in one period.

    Raises
    ------
    ValueError
        If `draws` is negative.

    Notes
    -----
    Sampling one after another with these odds is that of successive sampling; results of people who stand under one evaluator are then
    alike because of her alone, and those of one person over time because her row of results is kept.

    Examples
    --------
    >>> import pandas as pd
    >>> from evalkit.raters.pairs import pair_design
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "period": "p", "rater_id": list("eeff"), "u": ""})
    >>> design = pair_design(rows, pd.Series([True, True, False, False]), strata=["u"], exchange="ratings")
    >>> [round(float(tilted_pairs(design, tilt, 4000, 1).mean()), 1) for tilt in (0.0, 3.0)]
    [0.3, 0.8]
    """
    rng = np.random.default_rng(seed)
    most = _FAR / max(design.cell.shape[1], 1)
    lenient = tilt * rng.standard_normal((draws, int(design.rater.max(initial=0)) + 1))
    factor, row = np.exp(-lenient.clip(-most, most)).astype(np.float32), np.arange(draws)[:, None]
    counts = np.zeros(draws * design.n_cells, dtype=np.int32)
    for group in _groups(design):
        taken = np.zeros((draws, len(group.cell)), dtype=bool)
        odds = [factor[:, design.rater[cell]] for cell in group.cell.T]
        for marks, k in zip(group.marks, group.people, strict=True):
            time = rng.standard_exponential(taken.shape, dtype=np.float32)
            for q in marks:
                time *= odds[q]
            time[taken] = np.inf
            spots = np.argpartition(time, k - 1, axis=1)[:, :k]
            taken[row, spots] = True
            for q in marks:
                np.add.at(counts, (group.cell[spots, q] + row * design.n_cells).ravel(), 1)
    together: NDArray[np.int64] = (counts * (counts - 1) // 2).reshape(draws, -1).sum(axis=1, dtype=np.int64)
    return together


def smallest_spread(design: PairDesign, blind: NDArray[np.int64], pairs: float, guess: float, *, draws: int = 300, seed: int = 1,
                    level: float = 0.05) -> float:
    """Give the smallest standard deviation of evaluators' chances that the test at `level` finds eight times in ten.

    The tilt goes up or down from that of the `guess`, with the same random numbers, until eight in ten lie between two of them; between these
    the power is a line. The spread of a tilt is ``sqrt((mean pairs - blind mean) / pairs)``, as the test measures it.

    Parameters
    ----------
    design : PairDesign
        Who stands under whom.
    blind : array of int
        Pairs of the permutations, as `pairs.pair_draws` gives them: the data are found where they reach the largest twentieth of these.
    pairs : float
        Pairs of people under one evaluator, each less what the totals of its strata hold of it.
    guess : float
        A spread to begin with, in share of people.
    draws, seed : int
        Data sets a tilt.
    level : float
        Level of the one-sided test.

    Returns
    -------
    float
        In share of people; `nan` if no tilt is found so often.

    Raises
    ------
    ValueError
        If `draws` is negative.

    Notes
    -----
    The power at the result has a Monte Carlo error of 0.02 with 300 data sets. Measured by the power curves of the calibration.

    Examples
    --------
    >>> import pandas as pd
    >>> from evalkit.raters.pairs import pair_design, pair_draws
    >>> rows = pd.DataFrame({"person_id": range(60), "period": "p", "rater_id": np.arange(60) % 6, "u": ""})
    >>> design = pair_design(rows, pd.Series(np.arange(60) < 18), strata=["u"], exchange="ratings")
    >>> blind = pair_draws(design, 999, np.random.default_rng(1))
    >>> round(smallest_spread(design, blind, pairs=225.0, guess=0.2), 1)
    0.3
    """
    ordered, mean = np.sort(blind), float(blind.mean())
    share = float(design.positive.sum() / max((design.cell >= 0).sum(), 1))

    def at(tilt: float, draws: int) -> _Trial:
        found = tilted_pairs(design, tilt, draws, seed)
        reached = len(ordered) - np.searchsorted(ordered, found, side="left")
        power = float(((reached + 1) / (len(ordered) + 1) <= level).mean())
        return _Trial(power, tilt, math.sqrt(max(float(found.mean()) - mean, 0.0) / pairs))

    tilt = guess / max(share * (1 - share), 1e-9)
    for n in (max(draws // _PILOT, 1), draws):
        ends = _ends(partial(at, draws=n), min(max(tilt, _LEAST), _MOST), level)
        tilt = ends[0].between(ends[1], "tilt") if ends else _MOST
    return ends[0].between(ends[1], "spread") if ends else math.nan


class _Trial(NamedTuple):
    """How often a tilt is found, and its spread."""

    power: float
    tilt: float
    spread: float

    def between(self, above: _Trial, name: str) -> float:
        low, high = getattr(self, name), getattr(above, name)
        return float(low + (high - low) * (POWER - self.power) / (above.power - self.power))


def _ends(at: Callable[[float], _Trial], tilt: float, level: float) -> tuple[_Trial, _Trial] | None:
    """Go from `tilt` towards the wanted power and give the last trial below and the first one above it; nothing if the largest is below."""
    here = at(tilt)
    rising = here.power < POWER
    while True:
        if rising and here.tilt >= _MOST:
            return None
        before, here = here, at(min(here.tilt * _ratio(here.power, level, rising), _MOST))
        if (here.power < POWER) != rising:
            return (before, here) if rising else (here, before)


def _ratio(power: float, level: float, rising: bool) -> float:
    """Give the ratio to the tilt at which eight in ten are found, if pairs grow with its square, and a little beyond."""
    reached = ndtri(min(max(power, 0.1), 0.99)) - ndtri(level)
    ratio = math.sqrt((ndtri(POWER) - ndtri(level)) / reached)
    return max(ratio * _BEYOND, _BEYOND) if rising else min(ratio / _BEYOND, 1 / _BEYOND)


def spread_of_design(rows: pd.DataFrame, outcome: str, *, strata: Sequence[str] = ("opd_id", "post_type"), draws: int = 300,
                     seed: int = 1) -> float:
    """Give the smallest spread of evaluators' chances that the clustering test finds in one period, simulated on its design.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them, of one period, with the columns `strata`.
    outcome : {"sangat_baik", "below_baik"}
        What is counted.
    strata : sequence of str
        What is held fixed.
    draws, seed : int
        As for `smallest_spread`; more than 200,000 people are not simulated, `power.detectable_spread` answers for them.

    Returns
    -------
    float
        In share of people; `nan` where no test is possible, or not even the largest spread is found eight times in ten.

    Raises
    ------
    EstimationError
        If the outcome is unknown.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(90), "period": "p", "rater_id": np.arange(90) % 9, "u": "",
    ...                      "predikat": ["sangat_baik"] * 20 + ["baik"] * 70})
    >>> round(spread_of_design(rows, "sangat_baik", strata=["u"]), 1)
    0.2
    """
    rows = rated(rows, strata, "predikat", once=False)
    if rows.empty:
        return math.nan
    design = pair_design(rows, outcome_of(rows, outcome), strata=strata, exchange="ratings")
    mean, variance = pair_moments(design)
    return detectable_by(design, mean, math.sqrt(variance), draws=draws, seed=seed) if variance > 0 else math.nan


def detectable_by(design: PairDesign, expected: float, sd: float, blind: NDArray[np.int64] | None = None, *, draws: int = 300,
                  seed: int = 1) -> float:
    """Give the smallest spread that is found, by simulation where the people are not too many for it; without `blind`, these are drawn."""
    plain = detectable_spread(design, expected, sd)
    if math.isnan(plain) or len(design.cell) > _MANY:
        return plain
    if blind is None:
        blind = pair_draws(design, _BLIND, np.random.default_rng(seed))
    return smallest_spread(design, blind, telling_pairs(design), plain, draws=draws, seed=seed)
