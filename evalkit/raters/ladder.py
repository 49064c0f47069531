"""The ladder of evidence: its five rungs, what opens each, and what a step up costs.

Data decide the rung, never the formula that somebody would like to use. Sentences stand in the catalogue under
`ladder.rung.<n>.data`, `.may`, `.may_not`, `ladder.reason.<code>` and `ladder.step.<code>`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalkit.errors import EstimationError

RUNGS = (0, 1, 2, 3, 4)
REASONS = ("nobody_rated", "one_period", "several_periods", "evaluators_changed", "attributes_of_both_sides", "double_ratings",
           "common_vignettes", "connected_ratings", "raters_rate_few", "not_connected", "rank_lacking",
           "one_rating_each", "rater_rates_few", "rater_not_connected")
STEPS = ("collect_ratings", "second_period", "employee_list", "double_ratings", "vignettes", "second_rater", "more_per_rater",
         "common_objects")


@dataclass(frozen=True)
class LadderSettings:
    """What opens a rung and what a step costs; the thresholds are choices of the office, with these defaults.

    `double_rating_share` of the people rated get a second, blind rating that takes `double_hours`; at least `min_double` of
    them must exist before rung 3 opens. A set of vignettes takes an evaluator `vignette_hours`. A linked instrument opens
    rung 4 when `min_connected` of its raters hang together and the median rater has `min_span` objects or more.
    """

    double_rating_share: float = 0.1
    double_hours: float = 0.25
    min_double: int = 30
    vignette_hours: float = 1.0
    min_span: int = 5
    min_connected: float = 0.9

    @classmethod
    def of(cls, settings: Mapping[str, Any] | LadderSettings | None) -> LadderSettings:
        """Take the settings that `[raters]` of a study names; the others keep their defaults.

        Raises
        ------
        EstimationError
            If the share of double ratings is not above 0 and up to 1.

        Examples
        --------
        >>> LadderSettings.of({"double_rating_share": 0.2, "window": 8}).double_rating_share
        0.2
        """
        if isinstance(settings, LadderSettings):
            return settings
        share = float((settings or {}).get("double_rating_share", cls.double_rating_share))
        if not 0 < share <= 1:
            raise EstimationError(f"double_rating_share is {share}; it must lie above 0 and not above 1.")
        return cls(double_rating_share=share)

    def double_cost(self, n_objects: int) -> float:
        """Give the hours of a blind second rating of the drawn share of `n_objects` people.

        Examples
        --------
        >>> LadderSettings().double_cost(6500)
        162.5
        """
        return math.ceil(self.double_rating_share * n_objects - 1e-9) * self.double_hours


def rung_states(identification: pd.DataFrame, *, official: str | None = None, scope: str = "city",
                scope_id: str = "") -> pd.DataFrame:
    """Say of each rung whether it is open, for one scope over all its instruments.

    A rung is open when the official instrument (or, where there is none, the only one) has reached it; partly when it is the
    rung of another instrument, such as vignettes; else not yet.

    Parameters
    ----------
    identification : pandas.DataFrame
        As `raters.identification.identify` returns it.
    official : str, optional
        The instrument of the official appraisals; by default the one whose rung was decided by the official ratings, that is
        the first row of the scope.
    scope, scope_id : str
        The scope.

    Returns
    -------
    pandas.DataFrame
        `rung`, `state` (open, partly, not_yet), `reason`, `instrument`, `n_raters`, `n_raters_all`, `next_step`,
        `next_step_hours` (only in the row of the rung that the step reaches), highest rung first.

    Raises
    ------
    EstimationError
        If the scope has no row.

    Notes
    -----
    Nothing above the rung reached may be said of the official ratings, whatever another instrument has reached.

    Examples
    --------
    >>> row = {"scope": "city", "scope_id": "", "instrument": "i", "rung": 1, "reason": "several_periods", "n_raters": 9,
    ...        "next_step": "employee_list", "next_step_hours": 1.0}
    >>> rung_states(pd.DataFrame([row]))["state"].tolist()
    ['not_yet', 'not_yet', 'not_yet', 'open', 'open']
    """
    rows = identification[(identification["scope"] == scope) & (identification["scope_id"] == scope_id)]
    if rows.empty:
        raise EstimationError(f"The ladder has no row for the scope {scope!r}.")
    main = rows[rows["instrument"] == official] if official is not None else rows.iloc[:1]
    main = rows.iloc[:1] if main.empty else main.iloc[:1]
    base = main.iloc[0]
    found = []
    for rung in reversed(RUNGS):
        other = rows[(rows["rung"] == rung) & (rows.index != main.index[0])]
        row = base if rung <= base["rung"] else other.iloc[0] if len(other) else None
        state = "not_yet" if row is None else "open" if rung <= base["rung"] else "partly"
        step = rung == base["rung"] + 1
        found.append({"rung": rung, "state": state, "reason": None if row is None else row["reason"],
                      "instrument": None if row is None else row["instrument"], "n_raters": 0 if row is None else row["n_raters"],
                      "n_raters_all": base["n_raters"], "next_step": base["next_step"] if step else None,
                      "next_step_hours": base["next_step_hours"] if step else None})
    return pd.DataFrame(found)
