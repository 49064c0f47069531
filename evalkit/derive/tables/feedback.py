"""360-degree feedback of the city and of each office: means by role that nobody can be read from, self against others, reliability."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.rated_by_several import plain
from evalkit.derive.tables.ratings import in_window
from evalkit.raters import role_means, role_reliability, self_other

OTHER_ROLES = ("superior", "peer", "subordinate")


def _scopes(context: Context, ratings: pd.DataFrame, roster: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Give the answers with a role of the reported period: instrument, scope and rows."""
    rows = plain(in_window(context, ratings))
    now = rows[(rows["period"].eq(context.period.text) & rows["rater_role"].isin([*OTHER_ROLES, "self"])
                & rows["object_kind"].eq("employee")).to_numpy(dtype=bool)]
    people = roster[roster["period"].eq(context.period.text).to_numpy(dtype=bool)].astype(object)
    office = people.drop_duplicates("person_id").set_index("person_id")["opd_id"]
    now = now.assign(opd_id=now["object_id"].map(office))
    for name, own in now.groupby("instrument"):
        if not own["rater_role"].isin(["peer", "subordinate"]).any():
            continue  # a form of superiors alone is no 360
        yield str(name), "city", "", own
        for unit, part in own.dropna(subset=["opd_id"]).groupby("opd_id"):
            yield str(name), "unit", str(unit), part


def feedback_360(context: Context, ratings: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Give the mean of each role on each item, for the city and each office; see `raters.role_means`.

    Returns
    -------
    pandas.DataFrame
        `role`, `item`, `merged`, `mean`, `sd` (between people), `n_objects`, `n_raters`, `status`, `reason`. Roles below the least number of
        raters are merged or withheld, and no total is given that would tell them by subtraction.
    """
    least = max(int(context.setting("min_raters")), 2)
    parts = [role_means(rows, min_raters=least).assign(instrument=name, scope=scope, scope_id=scope_id, period=context.period.text)
             for name, scope, scope_id, rows in _scopes(context, ratings, roster)]
    parts = [_safe(p) for p in parts if len(p)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _safe(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"n_objects": "Int64", "n_raters": "Int64", "mean": "float64", "sd": "float64"})


def feedback_estimates(context: Context, ratings: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Compare self and others, and give the reliability of each role, for the city and each office.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `instrument`, `scope`; "self_other_gap", "self_other_correlation" (`term` the item, empty: mean of the items),
        "role_reliability_one", "role_reliability_mean" (`group` the role).
    """
    least = max(int(context.setting("min_raters")), 2)
    parts = []
    for name, scope, scope_id, rows in _scopes(context, ratings, roster):
        found = [self_other(rows, min_raters=least), *(role_reliability(rows, role) for role in ("peer", "subordinate"))]
        parts += [f.assign(instrument=name, scope=scope, scope_id=scope_id) for f in found]
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    return table.fillna(dict.fromkeys(("term", "group"), "")).assign(period=context.period.text)
