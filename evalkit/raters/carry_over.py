"""What comes back from the period before: transitions of a person's result, and teams whose results repeat exactly.

A repeated result may have been copied or may be work that stayed as it was: these data cannot tell, so all of it is a
count, never a rate of copying.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evalkit.errors import EstimationError

REASON = "copied_or_stable"


def transitions(results: pd.DataFrame, periods: Sequence[str], *, by: Sequence[str] = (), person: str = "person_id",
                period: str = "period", value: str = "predikat") -> pd.DataFrame:
    """Count how results pass from each period to the next one, for people rated in both.

    Parameters
    ----------
    results : pandas.DataFrame
        One row a person and period, with `person`, `period`, `value` and the columns `by` (taken from the later period).
    periods : sequence of str
        The periods in their order; only neighbours in this list are compared.
    by : sequence of str
        Groups, such as ``["opd_id"]``.
    person, period, value : str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        `by`, `period`, `period_before`, `before`, `after`, `n`, `n_before` (people rated in both who had `before`),
        `share` (``n / n_before``), `role` ("descriptive"), `reason` ("copied_or_stable").

    Raises
    ------
    EstimationError
        If a column is absent, or a person stands twice in a period.

    Notes
    -----
    People rated in one of the two periods only are left out: who they are is said by coverage.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b", "a", "b"], "period": ["2026-Q1"] * 2 + ["2026-Q2"] * 2,
    ...                      "predikat": ["baik", "baik", "baik", "sangat_baik"]})
    >>> transitions(rows, ["2026-Q1", "2026-Q2"])[["before", "after", "n", "n_before"]].to_numpy().tolist()
    [['baik', 'baik', 1, 2], ['baik', 'sangat_baik', 1, 2]]
    """
    pairs = pair_periods(results, periods, keep=by, person=person, period=period, value=value)
    group = [*by, "period", "period_before"]
    counts = pairs.groupby([*group, "before", "after"], dropna=False, as_index=False).size().rename(columns={"size": "n"})
    counts["n_before"] = counts.groupby([*group, "before"], dropna=False)["n"].transform("sum")
    counts["share"] = counts["n"] / counts["n_before"]
    counts["role"], counts["reason"] = "descriptive", REASON
    return counts


def repeated_teams(results: pd.DataFrame, periods: Sequence[str], *, team: Sequence[str] = ("rater_id",), min_size: int = 2,
                   person: str = "person_id", period: str = "period", value: str = "predikat") -> pd.DataFrame:
    """Count, for each team and period, how many of its people have the result of the period before.

    Parameters
    ----------
    results : pandas.DataFrame
        One row a person and period, with the columns `team` (of the later period).
    periods : sequence of str
        The periods in their order.
    team : sequence of str
        What identifies a team, such as its evaluator.
    min_size : int
        Smallest number of people rated in both periods for a team to be counted as repeated or not.
    person, period, value : str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        `team`, `period`, `n` (people in both), `n_same`, `share_same`, `all_same` (missing under `min_size`), `reason`.

    Raises
    ------
    EstimationError
        If a column is absent, or a person stands twice in a period.

    Notes
    -----
    With nearly one category in use most teams repeat by that alone; read it beside `category_use`.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"] * 2, "period": ["2026-Q1"] * 2 + ["2026-Q2"] * 2,
    ...                      "rater_id": ["e"] * 4, "predikat": ["baik", "sangat_baik"] * 2})
    >>> repeated_teams(rows, ["2026-Q1", "2026-Q2"])[["n", "n_same", "all_same"]].to_numpy().tolist()
    [[2, 2, True]]
    """
    pairs = pair_periods(results, periods, keep=team, person=person, period=period, value=value)
    pairs["same"] = (pairs["before"] == pairs["after"]).astype("int64")
    teams = pairs.groupby([*team, "period"], dropna=False, as_index=False).agg(n=("same", "size"), n_same=("same", "sum"))
    teams["share_same"] = teams["n_same"] / teams["n"]
    whole = (teams["n_same"] == teams["n"]).astype("boolean")
    teams["all_same"] = whole.mask(teams["n"] < min_size)
    teams["reason"] = teams["all_same"].isna().map({True: "team_too_small", False: REASON})
    return teams


def pair_periods(results: pd.DataFrame, periods: Sequence[str], *, keep: Sequence[str] = (), person: str = "person_id",
                 period: str = "period", value: str = "predikat") -> pd.DataFrame:
    """Put the result of a person beside her result of the period before.

    Parameters
    ----------
    results : pandas.DataFrame
        One row a person and period.
    periods : sequence of str
        The periods in their order.
    keep : sequence of str
        Further columns, taken from the later period.
    person, period, value : str
        Names of the columns.

    Returns
    -------
    pandas.DataFrame
        `person`, `keep`, `period`, `period_before`, `before`, `after`: one row a person and pair of neighbouring periods.

    Raises
    ------
    EstimationError
        If a column is absent, or a person stands twice in a period.

    Notes
    -----
    Rows without a result are no pair.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "a"], "period": ["2026-Q1", "2026-Q2"], "predikat": ["baik", "baik"]})
    >>> len(pair_periods(rows, ["2026-Q1", "2026-Q2"]))
    1
    """
    absent = [c for c in (person, period, value, *keep) if c not in results.columns]
    if absent:
        raise EstimationError(f"The frame has no column {absent[0]!r}.")
    known = results.loc[results[value].notna() & results[period].isin(list(periods)),
                        list(dict.fromkeys([person, period, value, *keep]))]
    if known.duplicated([person, period]).any():
        raise EstimationError("A person stands twice in one period; take the official row of each person first.")
    after = pd.DataFrame({"period": list(periods)[1:], "period_before": list(periods)[:-1]}, dtype=known[period].dtype)
    later = known.rename(columns={value: "after", period: "period"}).merge(after, on="period")
    earlier = known[[person, period, value]].rename(columns={value: "before", period: "period_before"})
    return later.merge(earlier, on=[person, "period_before"])
