"""Everybody is sent, or all but one unit, in waves: until their own course those of the last wave are the comparison."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.assignment import COLUMNS
from evalkit.inference.frames import moments, need
from evalkit.inference.reading import given, marks

WAYS = {"drawn", "calendar", "place"}  # of which the order of the waves gives a comparison


def until_last_wave(people: pd.DataFrame, values: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Where everybody is sent in several waves, count those of the last one as not sent, and leave out what was measured from their course on.

    So too where one unit alone is never sent. If those who wait are one unit, the wave before waits with them: one unit shows no error. Both
    frames stay as they are where two units are never sent, or people beside others of their unit; where there is one wave or a wave is not
    known; and where the order of the waves was neither drawn nor set by calendar or place.

    Parameters
    ----------
    people, values : pandas.DataFrame
        As in `evalkit.impact.assess.assess`.

    Returns
    -------
    tuple of (pandas.DataFrame, pandas.DataFrame, int)
        People and values that can be compared, and how many people wait (0: nothing was changed).

    Raises
    ------
    EstimationError
        If a column is absent, a mark cannot be read, or periods and waves are of several kinds.

    Notes
    -----
    After the last wave nobody is left who was not trained, or one unit alone, so nothing is lost that could answer. Source: B. Callaway,
    P. Sant'Anna (2021), Journal of Econometrics 225, 200-230 (comparison with those not yet treated).

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("ab"), "invited": True, "assigned_by": "drawn", "wave": [2, 3]})
    >>> values = pd.DataFrame({"person_id": list("ab") * 3, "period": [1, 1, 2, 2, 3, 3], "value": range(6)})
    >>> compared, seen, waiting = until_last_wave(people, values)
    >>> compared["invited"].tolist(), seen["period"].unique().tolist(), waiting
    ([True, False], [1, 2], 1)
    """
    need(people, "person_id", "invited", *(c for c in COLUMNS if c in people), what="people of a course")
    need(values, "person_id", "period", "value", what="values of a course")
    ways = set(people["assigned_by"].dropna().astype(str)) if "assigned_by" in people else set()
    sent = marks(people["invited"], "invited", missing=False)
    unit = people["cluster" if "cluster" in people else "person_id"].astype("string").fillna("").to_numpy(dtype=object)
    never = set(unit[~sent])
    if not (ways and ways <= WAYS and "wave" in people and given(people["wave"])[sent].all()) or len(never) > 1 or never & set(unit[sent]):
        return people, values, 0
    wave = people["wave"].astype(object).where(sent, None)
    begun = people["begun"].astype(object).where(given(people["begun"]), None) if "begun" in people else pd.Series(None, people.index, dtype=object)
    at_time = moments(values["period"], wave, begun)
    times = np.array([at_time[w] for w in wave[sent]])
    if len(np.unique(times)) < 2:
        return people, values, 0
    last = _last(times, unit[sent], never)
    waits = sent.copy()
    waits[sent] = times >= last
    start = min([last, *(at_time[b] for b, w in zip(begun, waits, strict=True) if w and not pd.isna(b))])
    early = np.array([pd.notna(p) and at_time[p] < start for p in values["period"].astype(object)], dtype=bool)
    changed: dict[str, Any] = {c: people[c].where(~waits) for c in ("wave", "begun", "completed") if c in people}
    return people.assign(invited=sent & ~waits, **changed), values[early], int(waits.sum())


def _last(times: NDArray[Any], unit: NDArray[np.object_], never: set[object]) -> Any:
    """When the first of those who wait is sent: the last wave, and those before it until two units wait, but never the first."""
    later = np.unique(times)[1:]
    for last in reversed(later):
        if len(never | set(unit[times >= last])) > 1:
            return last
    return later[-1]
