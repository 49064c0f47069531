"""How many pairs under one evaluator each shuffle of the city gives: the picture behind the one test on clustering."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.evaluator_effects import DRAWS, STRATA
from evalkit.raters.official import OUTCOMES, official_rows, outcome_of
from evalkit.raters.pairs import pair_design, pair_draws

BINS = 24


def clustering_draws(context: Context, roster: pd.DataFrame) -> pd.DataFrame:
    """Count the shuffles by the number of pairs they give, in bins of equal width; the same seed and draws as the test.

    Returns
    -------
    pandas.DataFrame
        `outcome`, `low`, `high` (edges of a bin, whole pairs), `n` (shuffles in it). No rows where nothing can be shuffled.
    """
    rows = official_rows(roster, periods=context.periods)
    parts = []
    for outcome in OUTCOMES:
        positive = outcome_of(rows, outcome)
        if not len(rows) or not positive.any() or positive.all():
            continue
        mode = "people" if rows["person_id"].duplicated().any() else "ratings"
        values = pair_draws(pair_design(rows, positive, strata=STRATA, exchange=mode), DRAWS, np.random.default_rng(1))
        width = max(1, int(np.ceil((int(values.max()) - int(values.min()) + 1) / BINS)))
        low = int(values.min())
        counts = np.bincount((values - low) // width)
        edges = low + width * np.arange(len(counts))
        parts.append(pd.DataFrame({"outcome": outcome, "low": edges.astype(float), "high": (edges + width).astype(float), "n": counts}))
    columns = ["outcome", "low", "high", "n"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({c: pd.Series(dtype="float64" if c != "outcome" else "string")
                                                                          for c in columns}).astype({"n": "int64"})
