"""Results by scope: how often each predikat and each pair of ratings was given."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.scopes import by_scope, counted
from evalkit.tables.schema import PREDIKAT

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
    attributes = context.setting("attributes")
    sizes = counted(roster, _SCOPES, attributes)
    found = _counts(roster, attributes, ["predikat"])
    grid = sizes.merge(pd.DataFrame({"predikat": list(PREDIKAT)}), how="cross")
    table = grid.merge(found, on=["scope", "scope_id", "period", "predikat"], how="left", validate="1:1")
    table["n"] = table["n"].fillna(0).astype("int64")
    return table.assign(share_low=table["n"] / table["expected"], share_high=(table["n"] + table["missing"]) / table["expected"])


def rating_counts(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count each pair of hasil kerja and perilaku kerja in each scope and period.

    Returns
    -------
    pandas.DataFrame
        Pairs that occur; people without both ratings are not counted.
    """
    both = roster[(roster["hasil_kerja"].notna() & roster["perilaku_kerja"].notna()).to_numpy(dtype=bool)]
    return _counts(both, context.setting("attributes"), ["hasil_kerja", "perilaku_kerja"])


def _counts(roster: pd.DataFrame, attributes: tuple[str, ...], columns: list[str]) -> pd.DataFrame:
    rated = roster[roster[columns].notna().all(axis=1).to_numpy(dtype=bool)]
    parts = []
    for scope, frame in by_scope(rated, _SCOPES, attributes):
        keys = {c: frame[c].astype("str") for c in ("scope_id", "period", *columns)}
        table = pd.DataFrame(keys).groupby(list(keys)).size().reset_index(name="n")
        parts.append(table.assign(scope=scope))
    return pd.concat(parts, ignore_index=True)
