"""The expected people with what was rated: the table on which every count rests."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import looked_up

_RATED = ["person_id", "period", "appraisal_id", "instrument", "hasil_kerja", "perilaku_kerja", "predikat", "rated_at", "rated_by_id"]


def roster(context: Context, population: pd.DataFrame, appraisals_current: pd.DataFrame) -> pd.DataFrame:
    """Join the expected people of each period with their official appraisal.

    Parameters
    ----------
    context : Context
        Its populations give the instrument of each person.
    population, appraisals_current : pandas.DataFrame
        Who is expected; what counts.

    Returns
    -------
    pandas.DataFrame
        One row for each eligible person and period; `is_rated` is true where a predikat stands.

    Notes
    -----
    An appraisal under another instrument than the population's does not count: the results of one regime are never read as
    those of another.
    """
    people = population[population["eligible"].astype(bool).to_numpy()]
    official = appraisals_current[appraisals_current["is_official"].astype(bool).to_numpy()][_RATED]
    frame = people.merge(official, on=["person_id", "period"], how="left", validate="1:1")
    expected = looked_up(frame["population"], pd.Series({p.name: p.instrument for p in context.populations}, dtype="object"))
    own = frame["instrument"].isna() | (frame["instrument"].astype("object") == expected)
    for column in _RATED[2:]:
        frame[column] = frame[column].where(own.to_numpy())
    frame["instrument"] = expected
    frame["is_rated"] = frame["predikat"].notna().to_numpy(dtype=bool)
    return frame.drop(columns=["eligible", "reason"])
