"""The day whose state the data show."""

from __future__ import annotations

from datetime import date

import pandas as pd

from evalkit.derive.tables.valid import days

_SPANNING = ("ratings", "outcomes", "panel")


def state_of(imports: pd.DataFrame, period: str) -> date | None:
    """Give the day of the latest export of the period's appraisals; without one, of any file of the period, or of several periods.

    Parameters
    ----------
    imports : pandas.DataFrame
        The ledger: one row a file.
    period : str
        The reported period.

    Returns
    -------
    date or None
        `None` if no file of the period was taken in. A file of ratings or results that spans several periods names none.

    Notes
    -----
    Days that are left are counted from what the data know, not from the clock: the same data give the same page on any day.
    """
    own = imports[imports["period"].eq(period).to_numpy(dtype=bool, na_value=False)]
    spanning = imports[(imports["period"].isna() & imports["kind"].isin(_SPANNING)).to_numpy(dtype=bool)]
    for rows in (own[own["kind"].eq("appraisals").to_numpy(dtype=bool)], own, spanning):
        said = days(rows["exported_at"]).fillna(days(rows["received_at"]))
        if len(said):
            return pd.Timestamp(said.max()).date()
    return None
