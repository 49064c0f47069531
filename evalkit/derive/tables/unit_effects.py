"""What takeovers in one office show: the statement of the city, made on the teams of one office, where enough of them change hands."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.evaluator_effects import STRATA, own_rows
from evalkit.inference.results import estimates
from evalkit.raters.rotation import rotation_effect

LEAST_TAKEOVERS = 5  # with fewer, the statement would be one about the evaluators who came
OUTCOME = "sangat_baik"
_FIGURES = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value")


def unit_effects(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Estimate for each office the mean change of Sangat Baik under another evaluator, and what this office's design could find.

    Returns
    -------
    pandas.DataFrame
        `rotation_effect` and `rotation_effect_detectable` as in `evaluator_effects`, each office on its own teams; `n_raters` counts
        takeovers. Withheld with fewer than five, or fewer than five teams on a side of the comparison: "few_takeovers".

    Notes
    -----
    Sangat Baik only: below Baik are so few that an office would be a statement on persons. Clustering has no row: it is one statement
    for the city, and in an office of a few evaluators it would be one on each of them.
    """
    rows = own_rows(context, roster)
    parts = [estimates([]).assign(scope="unit")]
    for office, some in rows[rows["opd_id"].ne("").to_numpy(dtype=bool)].groupby("opd_id", sort=True):
        found = rotation_effect(some.reset_index(drop=True), context.periods, outcome=OUTCOME, strata=STRATA, events=(0,), scope_id=str(office),
                                period=context.period.text)
        parts.append(_withheld(found[found["measure"].ne("rotation_event").to_numpy(dtype=bool)]).assign(scope="unit"))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _withheld(found: pd.DataFrame) -> pd.DataFrame:
    main = found.iloc[0]
    enough = main["status"] != "estimated" or (main["n_raters"] >= LEAST_TAKEOVERS and main["df"] + 1 >= LEAST_TAKEOVERS)
    few = (found["status"].eq("estimated") & (not enough)).to_numpy(dtype=bool)
    out = found.assign(conf_low=found["conf_low"].clip(lower=-1.0), conf_high=found["conf_high"].clip(upper=1.0))
    for column in _FIGURES:
        out[column] = out[column].mask(few, np.nan)
    return out.assign(status=out["status"].mask(few, "withheld"), reason=out["reason"].mask(few, "few_takeovers"))
