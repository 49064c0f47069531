"""Teams over time: the people whom an evaluator rates, followed while she stays and when another takes them over in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from evalkit.errors import EstimationError
from evalkit.inference.frames import need, row_order
from evalkit.inference.single_values import single
from evalkit.raters.official import beside, rated


@dataclass(frozen=True)
class TeamPanel:
    """People by periods (n, m): evaluator, stratum and team (-1 where not rated), outcome (not a number where not rated).

    `takeover[i, t]`: between t - 1 and t the team of person i passed to another evaluator while person i stayed in place, with at
    least `min_team` people and more than half of those who stayed. A team is a line of people: it goes on with the majority.
    """

    rater: NDArray[np.intp]
    place: NDArray[np.intp]
    team: NDArray[np.intp]
    outcome: NDArray[np.float64]
    takeover: NDArray[np.bool_]

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return int(self.rater.shape[1])

    @property
    def n_takeovers(self) -> int:
        """Number of takeovers of a team."""
        return sum(len(np.unique(self.team[self.takeover[:, t], t])) for t in range(self.n_periods))

    def same(self, values: NDArray[np.intp], first: int, last: int) -> NDArray[np.bool_]:
        """Say who has one known value from period `first` to `last`."""
        part = values[:, first:last + 1]
        found: NDArray[np.bool_] = (part[:, 0] >= 0) & (part == part[:, :1]).all(axis=1)
        return found


def team_panel(rows: pd.DataFrame, positive: pd.Series, periods: Sequence[str], *, strata: Sequence[str] = ("opd_id", "post_type"),
               min_team: int = 2) -> TeamPanel:
    """Arrange ratings by person and period, and find the takeovers of teams.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `official.official_rows` gives them: one row a person and period, with `rater_id` and the columns `strata`.
    positive : array_like of bool, shape (n,)
        The outcome of each row, in the order of the rows.
    periods : sequence of str
        The periods in their order; rows of others are left out.
    strata : sequence of str
        What must stay the same for a person to be in place.
    min_team : int
        Fewest people who pass together for a change to be a takeover.

    Returns
    -------
    TeamPanel
        People by periods: `rater`, `place`, `team`, `outcome`, `takeover`.

    Raises
    ------
    EstimationError
        If a column is absent, a person stands twice in a period, an outcome is no mark or not one a row, or min_team is below 1.

    Notes
    -----
    A person who alone passes to another evaluator was moved herself: no takeover unless `min_team` is 1.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"] * 2, "period": ["1", "1", "2", "2"], "rater_id": ["e", "e", "f", "f"], "u": "x"})
    >>> team_panel(rows, pd.Series([False] * 4), ["1", "2"], strata=["u"]).n_takeovers
    1
    """
    values = beside(rows, positive)
    single(min_team=min_team)
    if min_team < 1:
        raise EstimationError("min_team must be at least 1.")
    need(rows, "period")
    known = rows["period"].isin(list(periods)).to_numpy(dtype=bool)
    rows = rated(rows[known].assign(_outcome=values[known]), strata)
    marks = rows["_outcome"].to_numpy(dtype=float)
    order = row_order(rows, ["person_id", "period"])
    rows, marks = rows.iloc[order], marks[order]
    who = pd.factorize(rows["person_id"])[0]
    when = np.asarray(rows["period"].astype(object).map({p: t for t, p in enumerate(periods)}), dtype=np.intp)
    shape = (int(who.max(initial=-1)) + 1, len(periods))
    rater, place, outcome = np.full(shape, -1, dtype=np.intp), np.full(shape, -1, dtype=np.intp), np.full(shape, np.nan)
    rater[who, when] = pd.factorize(rows["rater_id"])[0]
    place[who, when] = pd.MultiIndex.from_frame(rows[list(strata)]).factorize()[0] if len(rows) and strata else 0
    outcome[who, when] = marks
    return _followed(rater, place, outcome, min_team)


def _followed(rater: NDArray[np.intp], place: NDArray[np.intp], outcome: NDArray[np.float64], min_team: int) -> TeamPanel:
    """Link each evaluator's people to those of the next period, and number the lines."""
    n_raters, m = int(rater.max(initial=-1)) + 1, rater.shape[1]
    takeover, edges = np.zeros(rater.shape, dtype=bool), [np.zeros((2, 0), dtype=np.intp)]
    for t in range(1, m):
        here = (rater[:, t] >= 0) & (rater[:, t - 1] >= 0) & (place[:, t] == place[:, t - 1])
        before, after = rater[here, t - 1], rater[here, t]
        links, inverse, n = np.unique(np.column_stack([before, after]), axis=0, return_inverse=True, return_counts=True)
        stayed = np.bincount(before, minlength=n_raters)
        main = 2 * n > stayed[links[:, 0]]
        edges.append(np.vstack([links[main, 0] + (t - 1) * n_raters, links[main, 1] + t * n_raters]))
        taken = main & (n >= min_team) & (links[:, 0] != links[:, 1])
        takeover[here, t] = taken[inverse.reshape(-1)]
    ends = np.concatenate(edges, axis=1)
    size = max(n_raters * m, 1)
    lines = connected_components(coo_matrix((np.ones(ends.shape[1]), (ends[0], ends[1])), shape=(size, size)), directed=False)[1]
    cell = np.where(rater >= 0, rater + np.arange(m) * n_raters, 0)
    return TeamPanel(rater, place, np.where(rater >= 0, lines[cell], -1), outcome, takeover)
