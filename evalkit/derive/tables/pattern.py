"""Each unit against the pattern that its own unit predikat allows."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.scoring.distribution import pattern as rules_of
from evalkit.tables.schema import PREDIKAT

_COLUMNS = ["scope_id", "opd_id", "period", "rule", "order", "unit_predikat", "counted", "count", "n_rated", "limit_share",
            "limit_count", "bound", "met", "attainable", "confirmed"]


def pattern(context: Context, distribution: pd.DataFrame, unit_predikat: pd.DataFrame) -> pd.DataFrame:
    """Compare each office with the pattern that its own unit predikat allows.

    Parameters
    ----------
    context : Context
        The period and its window.
    distribution : pandas.DataFrame
        Counts by scope, period and predikat.
    unit_predikat : pandas.DataFrame
        All versions; the latest counts.

    Returns
    -------
    pandas.DataFrame
        One row for each office, period and rule. Offices whose predikat was not delivered have no row. `counted` holds the codes
        that the rule counts, with commas; `met` is missing where nobody is rated.

    Notes
    -----
    The pattern is guidance for the leader, not a quota: outside it nothing is forbidden.
    """
    wide = _wide(distribution)
    latest = unit_predikat.sort_values(["unit_id", "period", "version"]).drop_duplicates(["unit_id", "period"], keep="last")
    known = {(u, p): v for u, p, v in zip(latest["unit_id"], latest["period"], latest["predikat"], strict=True)}
    rows = []
    for unit, period, *people in wide[["scope_id", "period", *PREDIKAT]].itertuples(index=False, name=None):
        for order, rule in enumerate(rules_of(dict(zip(PREDIKAT, people, strict=True)), known.get((unit, period)))):
            rows.append((unit, unit, period, rule.rule, order, rule.unit_predikat, ",".join(rule.counted), rule.count, rule.n_rated,
                         rule.limit_share, rule.limit_count, rule.bound, rule.met, rule.attainable, rule.fact.confirmed))
    return pd.DataFrame(rows, columns=_COLUMNS)


def pattern_marks(context: Context, pattern: pd.DataFrame, distribution: pd.DataFrame) -> pd.DataFrame:
    """Give each office as a mark without its name, among the offices of the same unit predikat.

    Returns
    -------
    pandas.DataFrame
        `mark` numbers the offices of one predikat by their shares, so it leads back to no name; shares are of the rated people.
        `met` is true where every rule is kept.

    Notes
    -----
    This is what the page of one unit may show of the others.
    """
    wide = _wide(distribution)
    rated = wide[list(PREDIKAT)].sum(axis=1)
    base = rated.where(rated > 0)
    below = wide["butuh_perbaikan"] + wide["kurang"] + wide["sangat_kurang"]
    shares = wide[["scope_id", "period"]].assign(n_rated=rated, share_sangat_baik=wide["sangat_baik"] / base,
                                                 share_baik=wide["baik"] / base, share_below=below / base,
                                                 share_butuh_perbaikan=wide["butuh_perbaikan"] / base)
    rules = pattern.astype({"scope_id": "object", "period": "object", "unit_predikat": "object"})
    kept = rules.assign(met=rules["met"].astype("object")).groupby(["scope_id", "period", "unit_predikat"])["met"].agg(_all_kept)
    table = shares.merge(kept.reset_index(), on=["scope_id", "period"], validate="1:1")
    table = table.sort_values(["period", "unit_predikat", "share_baik", "share_sangat_baik", "n_rated"], kind="stable")
    return table.assign(mark=table.groupby(["period", "unit_predikat"]).cumcount() + 1)


def _wide(distribution: pd.DataFrame) -> pd.DataFrame:
    """Give one row for each office and period, one column for each predikat."""
    own = distribution[distribution["scope"].eq("unit").to_numpy(dtype=bool)]
    wide = own[["scope_id", "period"]].astype("object").drop_duplicates()
    for code in PREDIKAT:
        part = own[own["predikat"].eq(code).to_numpy(dtype=bool)][["scope_id", "period", "n"]].astype({"n": "int64"})
        wide = wide.merge(part.rename(columns={"n": code}).astype({"scope_id": "object", "period": "object"}),
                          on=["scope_id", "period"], validate="1:1")
    return wide


def _all_kept(values: pd.Series) -> bool | None:
    return None if values.isna().any() else bool(values.astype(bool).all())
