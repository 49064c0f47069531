"""What power rests on, measured on the outcome itself: its spread, the likeness of people of one office, how far the period before foretells it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.impact.power import intraclass


@dataclass(frozen=True)
class Measured:
    """One outcome in its last period: spread, how people of one office resemble one another, how well the period before foretells it."""

    sd: float
    icc: float
    pre: float
    n: int
    unit_pre: float = math.nan  # how far the level of an office stays, from one period to the next


def measured(outcomes: pd.DataFrame, audience: str, outcome: str) -> Measured:
    """Measure what power rests on, from the last two periods in which an outcome stands; missing (nan) where it cannot be told."""
    own = outcomes[(outcomes["audience"].eq(audience) & outcomes["outcome"].eq(outcome) & outcomes["turn"].eq(1)).to_numpy(dtype=bool)]
    periods = sorted(own["period"].dropna().unique())
    if not periods:
        return Measured(math.nan, math.nan, math.nan, 0)
    rows = own[["person_id", "period", "value", "unit_id"]].astype(object)
    last = rows[rows["period"].eq(periods[-1]).to_numpy()]
    values = last["value"].astype(float)
    sd = float(values.std(ddof=1)) if len(values) > 1 else math.nan
    pre, stays = math.nan, math.nan
    if len(periods) > 1:
        before = rows[rows["period"].eq(periods[-2]).to_numpy()][["person_id", "value"]].rename(columns={"value": "before"})
        both = last.merge(before, on="person_id", how="inner").astype({"value": float, "before": float})
        if len(both) > 2 and both["value"].std() > 1e-12 and both["before"].std() > 1e-12:
            pre = float(np.corrcoef(both["value"], both["before"])[0, 1])
            # of the variance of changes, 2 (1 - pre), the part between offices is 2 icc (1 - unit_pre)
            icc, moved = intraclass(both["value"], both["unit_id"]), intraclass(both["value"] - both["before"], both["unit_id"])
            stays = 1 - moved * (1 - pre) / icc if icc > 0 else math.nan
    return Measured(sd, intraclass(values, last["unit_id"]), pre, len(values), max(-1.0, min(1.0, stays)) if not math.isnan(stays) else stays)
