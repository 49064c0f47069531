"""Faults of the data check, counted by office and rule."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import looked_up

NO_UNIT = ""


def fault_counts(context: Context, faults: pd.DataFrame, units_current: pd.DataFrame) -> pd.DataFrame:
    """Count the faults of the reported period, and those that belong to no period, by office and rule.

    Returns
    -------
    pandas.DataFrame
        `rows` counts all faults that still stand in the latest files or were settled, `open` those that wait for a correction;
        an empty `opd_id` gathers faults without a known unit. Faults that are gone from the files are left out.
    """
    own = faults[((faults["period"].isna() | faults["period"].eq(context.period.text)) & faults["status"].ne("gone")).to_numpy(
        dtype=bool)]
    office = units_current.set_index(units_current["unit_id"].astype("str"))["opd_id"].astype("str")
    table = pd.DataFrame({"opd_id": looked_up(own["unit_id"], office).fillna(NO_UNIT),
                          "rule": own["rule"], "severity": own["severity"], "is_open": own["status"].eq("open")})
    counts = table.groupby(["opd_id", "rule"]).agg(severity=("severity", "first"), rows=("rule", "size"), open=("is_open", "sum"))
    return counts.reset_index()
