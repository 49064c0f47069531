"""Results by scope: how often each predikat and each pair of ratings was given."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import by_scope
from evalkit.scoring.distribution import distribution as spread
from evalkit.scoring.distribution import rating_counts as paired

_SCOPES = ("city", "unit", "group")


def distribution(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count each predikat in each scope and period, with bounds for those who are not rated.

    ``share_low = n / expected; share_high = (n + missing) / expected``

    Returns
    -------
    pandas.DataFrame
        All five predikat in every scope, also those with a count of zero. `share_low` supposes that none of the unrated has
        this predikat, `share_high` that all have.

    Notes
    -----
    A count of the register: no interval. Groups of the attributes of the study include `attribute=unknown`, so they add up.
    """
    parts = [spread(frame[["scope_id", "period", "predikat"]], ["scope_id", "period"]).assign(scope=scope)
             for scope, frame in by_scope(roster, _SCOPES, context.setting("attributes"))]
    table = pd.concat(parts, ignore_index=True).rename(columns={"n_rated": "rated", "n_rows": "expected"})
    table["missing"] = table["expected"] - table["rated"]
    return table.assign(share_low=table["n"] / table["expected"], share_high=(table["n"] + table["missing"]) / table["expected"])


def rating_counts(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count each pair of hasil kerja and perilaku kerja in each scope and period.

    Returns
    -------
    pandas.DataFrame
        Pairs that occur; people without both ratings are not counted.
    """
    both = roster[(roster["hasil_kerja"].notna() & roster["perilaku_kerja"].notna()).to_numpy(dtype=bool)]
    columns = ["scope_id", "period", "hasil_kerja", "perilaku_kerja"]
    parts = [paired(frame[columns], columns[:2]).assign(scope=scope)
             for scope, frame in by_scope(both, _SCOPES, context.setting("attributes"))]
    return pd.concat(parts, ignore_index=True)
