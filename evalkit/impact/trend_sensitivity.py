"""How far the trends may bend before the effect is gone: asked only of a verdict that has an effect, after the dip was tested.

On people sent because they were low the same method takes the dip for a trend and draws it on: it returned 24 to 32 points for a true zero.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.impact.question import material
from evalkit.impact.smoothness import smoothness_interval
from evalkit.impact.verdict import Verdict
from evalkit.impact.waiting import until_last_wave

COLUMNS = ("bend", "points", "conf_low", "conf_high", "reason")


def trend_sensitivity(verdict: Verdict, people: pd.DataFrame, values: pd.DataFrame, *, bends: Sequence[float] = (0.0, 0.5, 1.0)) -> pd.DataFrame:
    """Give the interval of the average effect if trends bend at most so much from period to period: smoothness bounds.

    A bend of 0: the difference of trends before goes on as a straight line; of 1: it may change by as much a period as the most it changed
    before. The effect stands as far as the interval leaves 0 out.

    Parameters
    ----------
    verdict : Verdict
        Of the same course, by calendar or place.
    people, values : pandas.DataFrame
        As in `evalkit.impact.assess.assess`.
    bends : sequence of float
        Multiples of the largest bend before training.

    Returns
    -------
    pandas.DataFrame
        bend, points (the bend in the unit of the outcome), conf_low, conf_high, reason: "no_effect_to_ask_about" where the verdict is
        withheld, "too_few_periods_before" with fewer than three, "not_computed" where errors cannot be told apart.

    Notes
    -----
    Effects and their covariance are those of diff-diff against one base period; the interval is `evalkit.impact.smoothness_interval`
    (the engine's finds no limits in many designs once a bend is allowed). Source: A. Rambachan, J. Roth (2023), Review of Economic Studies 90,
    2555-2591.

    Examples
    --------
    >>> from evalkit.impact.verdict import Verdict
    >>> none = Verdict("c", "score", "points", "place", "withheld", "fell_before", "none", "fell_before", (), "draw_the_seats")
    >>> trend_sensitivity(none, pd.DataFrame(), pd.DataFrame())["reason"].unique().tolist()
    ['no_effect_to_ask_about']
    """
    if verdict.effect is None or verdict.design not in ("calendar", "place"):
        return _rows(bends, "no_effect_to_ask_about")
    data = material(*until_last_wave(people, values)[:2])
    panel = data.panel
    n, length = panel.value.shape
    frame = pd.DataFrame({"unit": np.repeat(np.arange(n), length), "time": np.tile(np.arange(1, length + 1), n), "y": panel.value.ravel(),
                          "first": np.repeat(np.where(panel.first < length, panel.first + 1, 0), length),
                          "cluster": np.repeat(np.unique(panel.cluster.astype(str), return_inverse=True)[1], length)}).dropna()
    frame = frame[frame["first"] != 1]
    from diff_diff import CallawaySantAnna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # people without all periods are dropped by the engine: the leaver rules stand in the verdict
        fit = CallawaySantAnna(control_group="not_yet_treated", base_period="universal", cluster="cluster").fit(
            frame, outcome="y", unit="unit", time="time", first_treat="first")
        study = fit.aggregate("event_study")
    table = study.to_dataframe().set_index("event_time").sort_index()
    early, late = [int(e) for e in table.index if e < -1], [int(e) for e in table.index if e > -1]
    before = np.append(table.loc[early, "att"].to_numpy(dtype=float), 0.0)
    if len(before) < 3 or list(range(-len(before), len(late))) != sorted([*early, -1, *late]):
        return _rows(bends, "too_few_periods_before")
    gap = int(np.where(panel.wave >= 0, panel.wave - panel.first, panel.first < length).max(initial=0))
    share = np.array([float(e >= gap) for e in late])  # the period of the course itself is on neither side
    if not share.any():
        return _rows(bends, "not_computed")
    places = [list(study.vcov_index).index(e) for e in (*early, *late)]
    largest = float(np.abs(np.diff(before, 2)).max())
    rows = []
    for bend in bends:
        low, high = smoothness_interval(before[:-1], table.loc[late, "att"], study.vcov[np.ix_(places, places)], bend=bend * largest,
                                        weights=share / share.sum(), level=verdict.effect.conf_level, df=float(table["df"].min()))
        known = math.isfinite(low) and math.isfinite(high)
        rows.append((bend, bend * largest, low if known else math.nan, high if known else math.nan, "" if known else "not_computed"))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(bends: Sequence[float], reason: str) -> pd.DataFrame:
    return pd.DataFrame([(float(b), math.nan, math.nan, math.nan, reason) for b in bends], columns=list(COLUMNS))
