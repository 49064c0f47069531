"""Whether severity on vignettes goes with how evaluators use Sangat Baik in service."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.raters import severity_in_service
from evalkit.raters.official import official_rows, outcome_of

STRATA = ("opd_id", "post_type", "instrument", "period")


def service_severity(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Give each evaluator's severity in service: the share of Sangat Baik of the others in her strata, less her own.

    Returns
    -------
    pandas.DataFrame
        `rater_id`, `severity` (share of people; severity and team together), `std_error` (over her people), `n`. Strata are unit, post
        type, instrument and period; people without anybody else's people beside them are left out.
    """
    rows = official_rows(roster, periods=context.periods)
    y = outcome_of(rows, "sangat_baik").astype(float)
    frame = rows.assign(y=y.to_numpy())
    stratum, own = frame.groupby(list(STRATA))["y"], frame.groupby([*STRATA, "rater_id"])["y"]
    others_n = stratum.transform("size") - own.transform("size")
    others = (stratum.transform("sum") - own.transform("sum")) / others_n.where(others_n > 0)
    frame = frame.assign(gap=others - frame["y"]).dropna(subset=["gap"])
    people = frame.groupby(["rater_id", "person_id"])["gap"].mean().groupby(level=0)
    n = people.size()
    found = pd.DataFrame({"severity": people.mean(), "std_error": people.std(ddof=1) / np.sqrt(n), "n": n})
    return found[found["n"] > 1].reset_index()


def severity_and_service(context: Context, linked_severity: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Correlate severity on each vignette instrument with that in service, as it is and corrected for unreliability.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `instrument`; see `raters.severity_in_service`. Nothing where no instrument gives severities.
    """
    of = linked_severity[linked_severity["model"].eq("deviation").to_numpy(dtype=bool)].astype({"instrument": object, "term": object})
    own = of[(of["measure"].eq("severity") & of["status"].eq("estimated")).to_numpy(dtype=bool)]
    keyed = set(own.loc[own["method"].astype(str).str.contains("key").to_numpy(dtype=bool), "instrument"])  # all rated the same vignettes
    spread = of[(of["measure"].eq("severity_spread") & of["instrument"].isin(keyed)).to_numpy(dtype=bool)]
    spreads = dict(zip(spread["instrument"].astype(str), spread["estimate"].to_numpy(dtype=float, na_value=np.nan), strict=True))
    if own.empty:
        return pd.DataFrame()
    service = service_severity(context, roster)
    parts = [severity_in_service(part.rename(columns={"term": "rater_id", "estimate": "severity"})[["rater_id", "severity", "std_error"]],
                                 service, linked_spread=spreads.get(str(name))).assign(instrument=str(name))
             for name, part in own.groupby("instrument")]
    table = pd.concat(parts, ignore_index=True)
    return table.fillna(dict.fromkeys(("term", "group", "scope_id"), "")).assign(period=context.period.text)
