"""Counting the same thing for the city, each office, each evaluator and each group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

UNKNOWN = "unknown"


def by_scope(roster: pd.DataFrame, scopes: Iterable[str], attributes: Iterable[str] = ()) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the roster once for each scope, with `scope_id` filled; a scope is counted alone, so no frame grows.

    Parameters
    ----------
    roster : pandas.DataFrame
        The expected people.
    scopes : iterable of str
        Of `city`, `unit`, `evaluator`, `group`.
    attributes : iterable of str
        Columns whose values make the groups; a missing value is the group `attribute=unknown`, so that groups add up.
    """
    for scope in scopes:
        if scope == "city":
            yield scope, roster.assign(scope_id="")
        elif scope == "group":
            for name in attributes:
                if name in roster.columns:
                    value = roster[name].astype("object").where(roster[name].notna(), UNKNOWN).astype("str")
                    yield scope, roster.assign(scope_id=name + "=" + value)
        else:
            column = "opd_id" if scope == "unit" else "superior_id"
            known = roster[roster[column].notna().to_numpy()]
            yield scope, known.assign(scope_id=known[column].astype("str"))


def counted(roster: pd.DataFrame, scopes: Iterable[str], attributes: Iterable[str] = ()) -> pd.DataFrame:
    """Count the expected and the rated of each scope and period.

    Returns
    -------
    pandas.DataFrame
        Columns `scope, scope_id, period, expected, rated, missing`.
    """
    parts = []
    for scope, frame in by_scope(roster, scopes, attributes):
        rated = frame["is_rated"].astype(bool)
        table = rated.groupby([frame["scope_id"], frame["period"].astype("str")]).agg(expected="size", rated="sum").reset_index()
        parts.append(table.assign(scope=scope))
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["scope_id", "period", "expected", "rated", "scope"])
    out = out.astype({"expected": "int64", "rated": "int64"})
    return out.assign(missing=out["expected"] - out["rated"])[["scope", "scope_id", "period", "expected", "rated", "missing"]]


def most_frequent(rows: pd.DataFrame, by: list[str], column: str) -> pd.DataFrame:
    """Give for each `by` the value of a column that stands most often; of equally frequent ones the first in order.

    Examples
    --------
    >>> rows = pd.DataFrame({"rater": ["x", "x", "x", "y"], "office": ["b", "a", "b", "a"]})
    >>> most_frequent(rows, ["rater"], "office")["office"].tolist()
    ['b', 'a']
    """
    sizes = rows[[*by, column]].astype("object").groupby([*by, column]).size().rename("_size").reset_index()
    ordered = sizes.sort_values([*by, "_size", column], ascending=[True] * len(by) + [False, True], kind="stable")
    return ordered.drop_duplicates(by).drop(columns="_size").reset_index(drop=True)
