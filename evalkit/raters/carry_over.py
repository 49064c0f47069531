"""What comes back from the period before: transitions of a person's result, and teams whose results repeat exactly.

A repeated result may have been copied or may be work that stayed as it was: these data cannot tell, so all of it is a
count, never a rate of copying.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.clustered import clustered_difference
from evalkit.inference.frames import numbered, ranks
from evalkit.inference.reading import listed
from evalkit.inference.results import Estimate, estimates
from evalkit.raters.power import detectable

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


def with_evaluator(results: pd.DataFrame, periods: Sequence[str], *, keep: Sequence[str] = (), rater: str = "rater_id",
                   person: str = "person_id", period: str = "period", value: str = "predikat") -> pd.DataFrame:
    """Put the result of a person beside that of the period before, and say whether the evaluator is the same.

    Parameters
    ----------
    results : pandas.DataFrame
        One row a person and period, with `rater` and the columns `keep` (of the later period).
    periods : sequence of str
        The periods in their order.
    keep, rater, person, period, value
        As for `pair_periods`.

    Returns
    -------
    pandas.DataFrame
        As `pair_periods`, with `rater`, and `evaluator`: "stays" or "changes".

    Raises
    ------
    EstimationError
        As `pair_periods`.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a"] * 3, "period": ["2026-Q1", "2026-Q2", "2026-Q3"], "rater_id": ["e", "e", "f"], "predikat": "baik"})
    >>> with_evaluator(rows, ["2026-Q1", "2026-Q2", "2026-Q3"])["evaluator"].tolist()
    ['stays', 'changes']
    """
    results = numbered(results, person, period, rater, value)
    results = results[results[[person, rater, value]].notna().all(axis=1)].astype({period: object})
    pairs = pair_periods(results, periods, keep=[*keep, rater], person=person, period=period, value=value)
    before = results[[person, period, rater]].rename(columns={rater: "rater_before", period: "period_before"})
    joined = pairs.merge(before[before["period_before"].isin(list(periods))], on=[person, "period_before"], how="left", validate="1:1")
    same = (joined[rater].astype(object) == joined.pop("rater_before").astype(object)).to_numpy(dtype=bool)
    return joined.assign(evaluator=np.where(same, "stays", "changes"))


def carried_over(results: pd.DataFrame, periods: Sequence[str], *, strata: Sequence[str] = ("opd_id", "post_type"), rater: str = "rater_id",
                 person: str = "person_id", period: str = "period", value: str = "predikat", scope_id: str = "",
                 name: str = "") -> pd.DataFrame:
    """Give the share of ratings that are those of the period before, and how it differs where the evaluator changed.

    ``share = same / rated in both``; "blind": ``sum over results of n_before n_after / n^2`` in each stratum and pair of periods,
    the share if results were handed out blindly there. The gap is ``share (evaluator stays) - share (changes)`` in the same stratum
    and periods: 0 if a change of evaluator changes nothing.

    Parameters
    ----------
    results : pandas.DataFrame
        One row a person and period, with `rater` and the columns `strata`.
    periods : sequence of str
        The periods in their order.
    strata : sequence of str
        What is held fixed beside the pair of periods.
    rater, person, period, value
        As for `pair_periods`.
    scope_id, name : str
        Copied into the rows as `scope_id` and `period`.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates: "carried_over" by `group` ("all", "stays", "changes"; counts without interval, `n` the pairs),
        "carried_over_blind" (all), "carried_over_gap" (with interval; clusters are evaluators of the later period) and
        "carried_over_gap_detectable". Not estimable: "nobody_in_both", "no_change_of_evaluator", "nothing_to_compare", "one_cluster".

    Raises
    ------
    EstimationError
        As `pair_periods`.

    Notes
    -----
    A result that repeats was copied or is stable: these data cannot tell. A gap above 0 says that results change more where the
    evaluator changes: by copying that ends, or by two evaluators who differ. People whose evaluator changes may be in new work.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"] * 2, "period": ["2026-Q1"] * 2 + ["2026-Q2"] * 2, "rater_id": ["e", "e", "e", "f"],
    ...                      "predikat": ["baik", "sangat_baik", "baik", "baik"]})
    >>> carried_over(rows, ["2026-Q1", "2026-Q2"], strata=[])[["group", "estimate"]].head(3).to_numpy().tolist()
    [['all', 0.5], ['stays', 1.0], ['changes', 0.0]]
    """
    pairs = with_evaluator(results, periods, keep=strata, rater=rater, person=person, period=period, value=value)
    same = (pairs["before"].astype(object) == pairs["after"].astype(object)).to_numpy(dtype=float)
    base: Estimate = {"scope_id": scope_id, "period": name, "role": "descriptive", "unit": "share", "estimand": REASON}
    rows: list[Estimate] = []
    for group in ("all", "stays", "changes"):
        own = same if group == "all" else same[(pairs["evaluator"] == group).to_numpy(dtype=bool)]
        said: Estimate = {**base, "measure": "carried_over", "group": group, "n": len(own)}
        reason = "no_change_of_evaluator" if group == "changes" and len(pairs) else "nobody_in_both"
        rows.append({**said, "estimate": float(own.mean()), "status": "estimated"} if len(own) else
                    {**said, "status": "not_estimable", "reason": reason})
    stratum = pairs.groupby([*strata, "period"], dropna=False).ngroup().to_numpy()
    blind: Estimate = {**base, "measure": "carried_over_blind", "group": "all", "n": len(pairs)}
    rows.append({**blind, "estimate": _blind(pairs, stratum), "status": "estimated"} if len(pairs) else
                {**blind, "status": "not_estimable", "reason": "nobody_in_both"})
    return estimates([*rows, *_gap(base, pairs, same, stratum, rater)])


def _blind(pairs: pd.DataFrame, stratum: np.ndarray) -> float:
    """Give the share of equal results if those of the later period were handed out blindly in each stratum."""
    codes = np.split(ranks(pd.concat([pairs["before"], pairs["after"]])), 2)
    sides = [pd.DataFrame({"s": stratum, "value": c}).groupby(["s", "value"]).size() for c in codes]
    products = sides[0].mul(sides[1], fill_value=0).groupby(level="s").sum()
    return float((products / np.bincount(stratum)).sum() / len(pairs))


def _gap(base: Estimate, pairs: pd.DataFrame, same: np.ndarray, stratum: np.ndarray, rater: str) -> list[Estimate]:
    changes = (pairs["evaluator"] == "changes").to_numpy(dtype=bool)
    row: Estimate = {**base, "measure": "carried_over_gap", "group": "stays_less_changes", "role": "inferential", "null_value": 0.0,
                     "n": len(pairs), "n_raters": int(pairs[rater].nunique()), "method": "difference_clustered_by_evaluator"}
    floor: Estimate = {**row, "measure": "carried_over_gap_detectable"}
    found = clustered_difference(-same, changes, stratum, pairs[rater].astype(str).to_numpy())
    reason = "nobody_in_both" if not len(pairs) else "no_change_of_evaluator" if not changes.any() else found.reason
    if reason:
        return [{**r, "status": "not_estimable", "reason": reason} for r in (row, floor)]
    low, high = found.interval()
    return [{**row, "estimate": found.estimate, "std_error": found.std_error, "df": found.df, "conf_level": 0.95, "conf_low": low,
             "conf_high": high, "p_value": found.p_value, "status": "estimated", "n": found.n},
            {**floor, "estimate": detectable(found.std_error, df=found.df), "status": "estimated", "n": found.n}]


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
    listed(periods=periods)
    if isinstance(keep, str):
        raise EstimationError(f"Columns are named in a list, such as [{keep!r}].")
    results = numbered(results, *dict.fromkeys((person, period, value, *keep)))
    known = results.loc[results[[person, value]].notna().all(axis=1) & results[period].isin(list(periods)),
                        list(dict.fromkeys([person, period, value, *keep]))].astype({period: object})
    if known.duplicated([person, period]).any():
        raise EstimationError("A person stands twice in one period; take the official row of each person first.")
    after = pd.DataFrame({"period": list(periods)[1:], "period_before": list(periods)[:-1]}, dtype=object)
    later = known.rename(columns={value: "after", period: "period"}).merge(after, on="period")
    earlier = known[[person, period, value]].rename(columns={value: "before", period: "period_before"})
    return later.merge(earlier, on=[person, "period_before"])
