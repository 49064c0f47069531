"""Worlds with known truth on an office's own design: what each method says where only evaluators, only teams, or neither differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import row_order
from evalkit.raters.clustering import STRATA
from evalkit.raters.official import outcome_of, rated
from evalkit.raters.teams import team_panel

_ABILITY = 0.7  # share of the spread of one person's own latent values that stays from period to period


def planted_outcomes(rows: pd.DataFrame, periods: Sequence[str], *, severity: float = 0.0, team: float = 0.0,
                     strata: Sequence[str] = STRATA, outcome: str = "sangat_baik", seed: int = 1) -> pd.DataFrame:
    """Hand the outcome out again on the same design, from causes that are known.

    Latent value ``z = team - severity of the evaluator + e``, with e of a person of standard deviation 1, most of it lasting. In each
    stratum and period as many people have the outcome as in the data: those with the highest values.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them.
    periods : sequence of str
        The periods in their order; rows of others are left out.
    severity, team : float
        Standard deviations between evaluators and between teams, in those of people; both 0: nothing but people differ.
    strata : sequence of str
        What is held fixed beside the period.
    outcome : {"sangat_baik", "below_baik"}
        What is handed out; everybody else has "baik".
    seed : int
        Of the generator.

    Returns
    -------
    pandas.DataFrame
        The rows with another `predikat`; evaluators, people and totals are those of the data. Who is who stays as it is.

    Raises
    ------
    EstimationError
        As `teams.team_panel`; if the outcome is unknown, or a standard deviation is negative.

    Notes
    -----
    A team is a line of people that goes on when its evaluator changes, as in `rotation`. That is what such worlds are for: where
    evaluators change, severity goes with the evaluator and quality stays with the team; in one period the two look alike.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": range(8), "period": "p", "rater_id": list("eeeeffff"), "opd_id": "", "post_type": "",
    ...                      "predikat": ["sangat_baik"] * 2 + ["baik"] * 6})
    >>> found = planted_outcomes(rows, ["p"], severity=50.0)
    >>> found["predikat"].eq("sangat_baik").groupby(found["rater_id"]).sum().sort_values().tolist()
    [0, 2]
    """
    if min(severity, team) < 0:
        raise EstimationError("Standard deviations of severity and team are 0 or more.")
    rows = rated(rows, strata, "predikat")
    positive = outcome_of(rows, outcome)
    kept = rows["period"].isin(list(periods)).to_numpy(dtype=bool)
    given = rows[kept].reset_index(drop=True)
    order = row_order(given, ["person_id", "period"])  # the values that are drawn go with the people, not with the order of the rows
    own, marks = given.iloc[order].reset_index(drop=True), positive[kept].iloc[order]
    panel = team_panel(own, marks, periods, strata=strata)
    who, when = pd.factorize(own["person_id"])[0], own["period"].map({p: t for t, p in enumerate(periods)}).to_numpy(dtype=np.intp)
    rng = np.random.default_rng(seed)
    lasting, passing = rng.normal(size=len(panel.rater)), rng.normal(size=len(own))
    latent = np.sqrt(_ABILITY) * lasting[who] + np.sqrt(1 - _ABILITY) * passing
    latent += team * _effects(rng, panel.team[who, when]) - severity * _effects(rng, panel.rater[who, when])
    cell = pd.MultiIndex.from_frame(own[[*strata, "period"]].astype(object)).factorize()[0] if len(own) else np.zeros(0, dtype=np.intp)
    has = np.empty(len(own), dtype=bool)
    has[order] = _highest(latent, cell, marks.to_numpy(dtype=bool))
    return given.assign(predikat=np.where(has, "sangat_baik" if outcome == "sangat_baik" else "butuh_perbaikan", "baik"))


def _effects(rng: np.random.Generator, of: NDArray[np.intp]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = rng.normal(size=int(of.max(initial=-1)) + 1)[of]
    return found


def _highest(latent: NDArray[np.float64], cell: NDArray[np.intp], positive: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark in each cell as many as have the outcome: those with the highest latent values."""
    order = np.lexsort((-latent, cell))
    sorted_cell = cell[order]
    first = np.searchsorted(sorted_cell, sorted_cell)
    has = np.zeros(len(latent), dtype=bool)
    has[order] = np.arange(len(latent)) - first < np.bincount(cell, weights=positive)[sorted_cell] if len(latent) else False
    return has
