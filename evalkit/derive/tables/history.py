"""One measure over the periods, against the usual variation of the earlier ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.derive.context import Context

LEAST = 6
_SIGMAS = 2.66  # 3 / d2 with d2 = 1.128, the mean range of two normal values (Wheeler, Understanding Variation)


def history(context: Context, distribution: pd.DataFrame) -> pd.DataFrame:
    """Compare the share of Sangat Baik with the usual variation of the earlier periods.

    ``centre = mean of the earlier shares; limits = centre ± 2.66 x mean absolute change from one period to the next``

    Parameters
    ----------
    context : Context
        The window of periods; the last is compared with those before it.
    distribution : pandas.DataFrame
        Counts by scope, period and predikat.

    Returns
    -------
    pandas.DataFrame
        One row for each scope and period of its span, also for a period without data. `outside` is true only if the whole
        range from `share` to `share_high` (all unrated people Sangat Baik) lies outside the limits. Fewer than six earlier
        periods: no limits, status `not_estimable`, with the reason.

    Notes
    -----
    Limits come from the rises and falls of the earlier periods, not from an assumption that results are dealt out at random.
    Periods with a gap between them do not count as neighbours. Not for comparing two periods.

    References
    ----------
    D. J. Wheeler, Understanding Variation (1993): charts of individual values and moving ranges.
    """
    rows = distribution[distribution["predikat"].eq("sangat_baik").to_numpy(dtype=bool)
                        & distribution["scope"].isin(["city", "unit"]).to_numpy(dtype=bool)]
    if rows.empty:
        return pd.DataFrame(columns=["scope", "scope_id", "measure", "period", "n_periods", "status"])
    grid = _grid(rows, context)
    grid = grid.assign(measure="sangat_baik", share=grid["share_low"].astype("float64"),
                       share_high=grid["share_high"].astype("float64"), count=grid["n"])
    limits = _limits(grid, context.period.text)
    out = grid.merge(limits, on=["scope", "scope_id"], how="left", validate="m:1")
    has_limits = out["centre"].notna()
    out["outside"] = (has_limits & ((out["share"] > out["upper"]) | (out["share_high"] < out["lower"]))).where(
        has_limits & out["share"].notna())
    out["status"] = np.where(has_limits & out["share"].notna(), "estimated", "not_estimable")
    reason = pd.Series("too_few_periods", index=out.index, dtype="object").where(~has_limits, None)
    out["reason"] = reason.where(out["share"].notna(), "no_data")
    return out.drop(columns=["n", "share_low", "position"])


def _grid(rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Give every scope every period from the first with data to the reported one, so that a gap is a row."""
    first = min(i for i, p in enumerate(context.periods) if p in set(rows["period"]) or p == context.period.text)
    periods = pd.DataFrame({"period": context.periods[first:], "position": range(first, len(context.periods))})
    scopes = rows[["scope", "scope_id"]].astype("str").drop_duplicates()
    kept = rows[["scope", "scope_id", "period", "n", "expected", "missing", "share_low", "share_high"]]
    grid = scopes.merge(periods, how="cross").merge(
        kept.astype({"scope": "str", "scope_id": "str", "period": "str"}), on=["scope", "scope_id", "period"], how="left",
        validate="1:1")
    # A unit begins with its first period: what lies before is no gap.
    begun = grid["share_low"].notna().groupby([grid["scope"], grid["scope_id"]]).cummax()
    return grid[(begun | grid["period"].eq(context.period.text)).to_numpy()].reset_index(drop=True)


def _limits(grid: pd.DataFrame, current: str) -> pd.DataFrame:
    earlier = grid[grid["period"].ne(current).to_numpy(dtype=bool)].sort_values(["scope", "scope_id", "position"])
    key = [earlier["scope"], earlier["scope_id"]]
    change = earlier["share"].groupby(key).diff().abs()
    table = pd.DataFrame({"scope": earlier["scope"], "scope_id": earlier["scope_id"], "share": earlier["share"], "change": change})
    found = table.groupby(["scope", "scope_id"]).agg(n_periods=("share", "count"), centre=("share", "mean"),
                                                     width=("change", "mean")).reset_index()
    scopes = grid[["scope", "scope_id"]].drop_duplicates()
    found = scopes.merge(found, on=["scope", "scope_id"], how="left")
    found["n_periods"] = found["n_periods"].fillna(0).astype("int64")
    enough = (found["n_periods"] >= LEAST) & found["width"].notna()
    centre = found["centre"].where(enough)
    return found.assign(centre=centre, lower=(centre - _SIGMAS * found["width"]).clip(lower=0.0),
                        upper=(centre + _SIGMAS * found["width"]).clip(upper=1.0)).drop(columns="width")
