"""What a training could show: power and the smallest effect that is seen, where people of one unit resemble one another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import nctdtr, stdtrit

from evalkit.errors import EstimationError
from evalkit.impact.power_of_lot import LotSight, lot_sight
from evalkit.impact.power_of_waves import wave_factors
from evalkit.inference.reading import numbers
from evalkit.inference.single_values import single

Drawn = Literal["unit", "person"]
_LARGEST = 50.0  # standard deviations: beyond that no design is worth a name
_TOP_CLUSTERS = 20_000
_CHECKS_OF_CHANGES = 1 - 0.95**2  # the dip and the trends before, each at 5%, withhold so many sound effects
_CHECKS_OF_A_CUT = 1 - 0.95 * 0.99  # bends of the line at 5% and people moved across the cut at 1% withhold so many sound effects


@dataclass(frozen=True)
class Design:
    """A comparison of trained and not yet trained people.

    `clusters` units of `span` people each (`spread` is the coefficient of variation of their sizes); `icc` is the share of the
    variance that lies between units, `pre` the correlation of the outcome with the same measure before the course, `share` of the
    units (or people) that are trained first, `attrition` the share of people without a measure afterwards. `drawn` says what the
    lot falls on: whole units, or people within their unit. `by_unit`: people are sent by a cut on a score, whatever their unit: units are not
    compared within themselves, so their differences stay in the error, and they are what is counted. `waves` (share of the units, first
    period that counts as trained) over `periods`: changes of whole units by calendar or place; `unit_pre` is then the correlation of the means of
    a unit in two periods (as high as `pre` without it). `sizes` (people of each unit) and `seats`: a lot of whole units that are not alike, judged
    as `evalkit.impact.power_of_lot.lot_sight` says; `clusters`, `span`, `share` and `spread` do not count then. `told`: of a lot among people in
    several waves, `evalkit.impact.power_of_waves.lot_information`; without it the one wave of `share`.
    """

    clusters: float
    span: float
    icc: float = 0.10
    pre: float = 0.0
    share: float = 0.5
    attrition: float = 0.0
    drawn: Drawn = "unit"
    spread: float = 0.0
    level: float = 0.05
    sides: int = 2
    by_unit: bool = False
    waves: tuple[tuple[float, int], ...] = ()
    periods: int = 0
    unit_pre: float | None = None
    sizes: tuple[int, ...] = ()
    seats: int = 0
    told: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no design."""
        given = (self.clusters, self.span, self.icc, self.pre, self.share, self.attrition, self.spread, self.level)
        if not all(isinstance(v, (int, float, np.integer, np.floating)) and math.isfinite(v) for v in given):
            raise EstimationError("The numbers of a design must be finite numbers.")
        inside = (self.clusters > 0 and self.span >= 1 and self.drawn in get_args(Drawn) and 0 <= self.icc < 1 and -1 < self.pre < 1
                  and 0 < self.share < 1 and 0 <= self.attrition < 1 and self.spread >= 0 and 0 < self.level < 1 and self.sides in (1, 2))
        if not inside:
            raise EstimationError("A design needs units and people in them, an ICC and an attrition from 0 to below 1, a correlation between "
                                  "-1 and 1, a share and a level between 0 and 1, one or two sides, and a lot that falls on units or people.")
        if self.sizes and (self.drawn != "unit" or self.by_unit or self.waves or self.sides != 2):
            raise EstimationError("The sizes of units belong to a lot of whole units, with two sides.")
        if self.told < 0 or (self.told and (self.drawn != "person" or self.by_unit)):
            raise EstimationError("What several waves tell together belongs to a lot among people, and is not below zero.")

    @property
    def lot(self) -> LotSight:
        """What a lot of whole units of these `sizes` could show."""
        return lot_sight(self.sizes, self.seats, icc=self.icc, pre=self.pre, attrition=self.attrition, level=self.level)

    @property
    def df(self) -> float:
        """Degrees of freedom of the comparison: units less two, or people less units less one."""
        if self.sizes:
            return self.lot.df
        if self.waves:  # Satterthwaite: each group is as sure as its units are many and alike
            parts = wave_factors(self.waves, self.periods)
            units = self.clusters / (1 + self.spread**2) * np.array([*[s for s, _ in self.waves], 1 - sum(s for s, _ in self.waves)])
            few = parts > 1e-12
            if not few.any() or (units[few] <= 1).any():
                return 0.0
            return float(parts.sum() ** 2 / (parts[few] ** 2 / (units[few] - 1)).sum())
        return self.clusters - 2 if self.drawn == "unit" or self.by_unit else self.clusters * self.span * (1 - self.attrition) - self.clusters - 1

    @property
    def std_error(self) -> float:
        """Standard error of the difference, in standard deviations of the outcome."""
        if self.sizes:
            return self.lot.std_error
        people = self.span * (1 - self.attrition)
        if self.waves:
            stays = self.pre if self.unit_pre is None else self.unit_pre
            between, within = self.icc * (1 - stays), max(1 - self.pre - self.icc * (1 - stays), 0.0)
            noise = between * (1 + self.spread**2) + within / people
            return math.sqrt(noise * float(wave_factors(self.waves, self.periods).sum()) / self.clusters)
        left = 1 - self.pre**2
        within = (1.0 if self.by_unit and self.drawn == "person" else 1 - self.icc) / people
        per_unit = self.icc * (1 + self.spread**2) + within if self.drawn == "unit" else within
        return math.sqrt(left * per_unit / ((self.told or self.share * (1 - self.share)) * self.clusters))


def power_of(design: Design, effect: ArrayLike) -> np.ndarray:
    """Give the chance of finding an effect of a stated size.

    ``P(|T| > t(1 - level / sides))`` with T noncentral t, ``df = J - 2`` and noncentrality ``effect / SE``, where for units drawn
    ``SE**2 = (1 - pre**2) (icc (1 + cv**2) + (1 - icc) / n) / (P (1 - P) J)`` with n the people left a unit; for people drawn within
    units the first term falls away and ``df = J n - J - 1``; of several waves P (1 - P) is
    `evalkit.impact.power_of_waves.lot_information`. Behind a cut (`by_unit`) ``SE**2 = (1 - pre**2) / (P (1 - P) J n)``,
    ``df = J - 2``, and power is 0.98 of that, since two checks at 1% withhold some sound effects; the cut itself asks for
    `cut_design_effect` times as many people. Waves by calendar or place (`waves`): ``SE**2 = (icc (1 - unit_pre) (1 + cv**2) + (1 - pre - icc (1 -
    unit_pre)) / n) f / J``, f the sum of `evalkit.impact.power_of_waves.wave_factors`, Satterthwaite's degrees of freedom of
    ``J / (1 + cv**2)`` units, and 0.9025 of that power.
    A lot of whole units of stated `sizes`: the share of made-up courses in which it is claimed (`evalkit.impact.power_of_lot.lot_sight`).

    Parameters
    ----------
    design : Design
        The comparison.
    effect : array_like
        Sizes in standard deviations of the outcome.

    Returns
    -------
    numpy.ndarray
        Power, shape of `effect`; the level of the test at an effect of zero, and missing where no degree of freedom is left.

    Notes
    -----
    The pre-score is taken to explain the same share within and between units. Sources: S. Raudenbush (1997), Psychological Methods
    2, 173-185; H. Bloom (2005), Learning More from Social Experiments, ch. 4; unequal sizes: S. Eldridge, D. Ashby, S. Kerry
    (2006), Int. J. Epidemiology 35, 1292-1300; several periods: L. Frison, S. Pocock (1992), Statistics in Medicine 11, 1685-1704, under one
    correlation between any two periods; F. Burlig, L. Preonas, M. Woerman (2020), J. Development Economics 144, 102458.

    Examples
    --------
    >>> round(float(power_of(Design(clusters=10, span=20, icc=0.1), 0.6)), 5)  # WebPower's own example prints 0.5901684
    0.59017
    """
    sizes = numbers(effect, "effects", wide=True)
    if design.sizes:
        return design.lot.power(sizes)
    size = np.abs(sizes) if design.sides == 2 else sizes
    if design.df <= 0:
        return np.full(size.shape, np.nan)
    nc = size / design.std_error
    limit = stdtrit(design.df, 1 - design.level / design.sides)
    # beyond ten noncentralities above the limit the chance is 1 to every digit, and the series of scipy is slow there
    upper = np.where(nc > limit + 12, 1.0, 1 - nctdtr(design.df, np.minimum(nc, limit + 12), limit))
    lower = nctdtr(design.df, np.minimum(nc, 12.0), -limit) if design.sides == 2 else 0.0
    shown = 1 - _CHECKS_OF_CHANGES if design.waves else 1 - _CHECKS_OF_A_CUT if design.by_unit else 1.0
    return np.asarray(shown * np.clip(upper + np.nan_to_num(lower), 0, 1))


def smallest_effect(design: Design, power: float = 0.8) -> float:
    """Give the smallest effect that is found with the stated chance, in standard deviations of the outcome.

    ``power_of(design, effect) = power``, solved for the effect.

    Parameters
    ----------
    design : Design
        The comparison.
    power : float
        The wanted chance, 0.8 by habit.

    Returns
    -------
    float
        Missing (nan) where no degree of freedom is left or the effect would be beyond any measure.

    Notes
    -----
    An effect below it may well be there and not be found.

    Examples
    --------
    >>> [round(smallest_effect(Design(clusters=j, span=20)), 2) for j in (10, 20, 40, 80)]
    [0.77, 0.5, 0.35, 0.24]
    """
    single(power=power)
    if not 0 < power < 1:
        raise EstimationError("The wanted chance of finding an effect must lie between 0 and 1.")
    if design.sizes:
        return design.lot.smallest(power)
    if design.df <= 0 or float(power_of(design, _LARGEST)) < power:
        return math.nan
    return float(brentq(lambda e: float(power_of(design, e)) - power, 1e-9, _LARGEST, xtol=1e-10))


def clusters_for(design: Design, effect: float, power: float = 0.8) -> int | None:
    """Give the number of units that would show an effect with the stated chance; none where twenty thousand would not.

    Parameters
    ----------
    design : Design
        The comparison; its own `clusters` do not count, and it has no `sizes`.
    effect : float
        Standard deviations of the outcome.
    power : float
        The wanted chance.

    Examples
    --------
    >>> clusters_for(Design(clusters=2, span=20), 0.10), clusters_for(Design(clusters=2, span=20, pre=0.7071), 0.10)
    (458, 230)
    """
    single(effect=effect, power=power)
    if not 0 < power < 1:
        raise EstimationError("The wanted chance of finding an effect must lie between 0 and 1.")
    if design.sizes:
        raise EstimationError("How many more units are needed depends on their sizes: state a design without `sizes`.")
    low, high = 2, _TOP_CLUSTERS
    if not effect or not float(power_of(replace(design, clusters=high), effect)) >= power:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = float(power_of(replace(design, clusters=middle), effect)) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def power_curve(design: Design, effects: Sequence[float] = (), power: float = 0.8) -> pd.DataFrame:
    """Give the chance of finding an effect over a range of sizes, with the smallest one that is found with the stated chance.

    Parameters
    ----------
    design : Design
        The comparison.
    effects : sequence of float, optional
        Sizes in standard deviations; by default 61 of them from zero to one.
    power : float
        The wanted chance.

    Returns
    -------
    pandas.DataFrame
        `effect`, `power`, and `smallest`, the same in every row.
    """
    sizes = np.asarray(effects, dtype=float) if len(effects) else np.linspace(0, 1, 61)
    return pd.DataFrame({"effect": sizes, "power": power_of(design, sizes), "smallest": smallest_effect(design, power)})


def intraclass(values: ArrayLike, clusters: ArrayLike) -> float:
    """Give the share of the variance that lies between units, from one measure of each person.

    ``ICC = (MSB - MSW) / (MSB + (n0 - 1) MSW)``, not below zero; ``n0 = (N - sum n_j**2 / N) / (J - 1)``.

    Parameters
    ----------
    values, clusters : array_like, shape (n,)
        The outcome (missing values are left out), and the unit of each person.

    Returns
    -------
    float
        0: people of one unit are as different as any two people. Missing (nan) with fewer than two units, nobody beside another in a
        unit, or a constant outcome.

    Notes
    -----
    One-way analysis of variance: A. Donner (1986), Int. Statistical Review 54, 67-82.

    Examples
    --------
    >>> round(intraclass([1, 2, 3, 7, 8, 9], ["a", "a", "a", "b", "b", "b"]), 3)
    0.946
    """
    y, unit = numbers(values, "outcomes"), np.asarray(clusters, dtype=object)
    if y.shape != unit.shape:
        raise EstimationError("Outcomes and units must have one entry each for the same people.")
    frame = pd.DataFrame({"y": y, "j": unit}).dropna()
    groups = frame.groupby("j")["y"]
    sizes = groups.size().to_numpy()
    n, units = int(sizes.sum()), len(sizes)
    total = float(((frame["y"] - frame["y"].mean()) ** 2).sum()) if n else 0.0
    if units < 2 or n <= units or total <= 1e-12:
        return math.nan
    between = float((sizes * (groups.mean().to_numpy() - frame["y"].mean()) ** 2).sum())
    msb, msw = between / (units - 1), max(total - between, 0.0) / (n - units)
    n0 = (n - float((sizes**2).sum()) / n) / (units - 1)
    return max(0.0, (msb - msw) / (msb + (n0 - 1) * msw))
