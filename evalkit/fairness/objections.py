"""Objections by group: who files one, whose is decided, whose is granted, and how many are decided late."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.errors import EstimationError
from evalkit.fairness.complement import with_others
from evalkit.fairness.disaggregate import disaggregate
from evalkit.fairness.frames import prepared
from evalkit.inference.reading import listed

# rate -> (which people it is a share of, which of them it counts), as columns that are true or false
STEPS: dict[str, tuple[str, str]] = {"filed": ("rated", "filed"), "decided": ("filed", "decided"), "granted": ("decided", "granted"),
                                     "late": ("decided", "late")}


def objection_rates(people: pd.DataFrame, *, attributes: Sequence[str], intersections: Sequence[Sequence[str]] = (), min_group: int = 10,
                    person: str | None = "person_id") -> pd.DataFrame:
    """Give four rates by group: filed of the rated, decided of the filed, granted and late of the decided.

    ``rate = count / base``; each rate has its own base, so that a group that files often is not counted as one that is refused often.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a rated person (or rated appraisal): `attributes`, and the columns `filed`, `decided`, `granted`, `late` as true or false;
        of those who filed nothing the last three are missing or false.
    attributes : sequence of str
        Columns whose groups are counted; a missing value is the group "unknown".
    intersections : sequence of sequences of str
        Sets of columns whose combinations are counted.
    min_group : int
        Groups whose base is smaller keep their row, withheld, and with them the next smallest where the total less the others would tell.
    person : str, optional
        As in `disaggregate`.

    Returns
    -------
    pandas.DataFrame
        As `disaggregate` with `rate` in front ("filed", "decided", "granted", "late"); `n` is the base. Descriptive: every objection is in
        it.

    Raises
    ------
    EstimationError
        If a column is absent, or somebody's objection is decided who filed none, or granted that is not decided.

    Notes
    -----
    A low rate of filing may be content or fear; a high rate of granting may be bad first ratings or generous second ones. These counts
    cannot tell which. An objection that is withdrawn counts as filed and not decided. A rate is withheld with the rate whose count is
    its base, `n` and `rated` with it. Where nobody or everybody is counted in the total, or one group alone has a base, the total itself
    tells. Cells of an intersection are protected among themselves, not against the groups that they add up to.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": range(4), "sex": list("FFMM"), "filed": [True, False, True, True],
    ...                        "decided": [True, None, True, False], "granted": [True, None, False, None], "late": [False, None, False, None]})
    >>> found = objection_rates(people, attributes=["sex"], min_group=1)
    >>> found.loc[found["group"] == "total", ["rate", "n", "count"]].to_numpy().tolist()
    [['filed', 4, 3], ['decided', 3, 2], ['granted', 2, 1], ['late', 2, 0]]
    """
    listed(attributes=attributes, intersections=intersections)
    listed(**{f"intersections: set {i}": s for i, s in enumerate(intersections, start=1)})
    steps = ("filed", "decided", "granted", "late")
    columns = list(dict.fromkeys([*attributes, *(c for s in intersections for c in s)]))
    people = prepared(people, groups=columns, outcomes=steps, others=[] if person is None else [person])
    states = {c: people[c].fillna(False).astype(bool) for c in steps}
    if (states["decided"] & ~states["filed"]).any():
        raise EstimationError("An objection is decided that nobody filed.")
    if ((states["granted"] | states["late"]) & ~states["decided"]).any():
        raise EstimationError("An objection is granted or late that is not decided.")
    given = people.assign(**states, rated=True)
    levels = {a: sorted(people[a].dropna().unique()) for a in columns}
    parts = [disaggregate(given[given[base].to_numpy(dtype=bool)], attributes=attributes, outcome=counted, intersections=intersections,
                          levels=levels, min_group=0, person=person).assign(rate=rate)
             for rate, (base, counted) in STEPS.items()]
    table = _withheld(pd.concat(parts, ignore_index=True), min_group)
    return table[["rate", *(c for c in table.columns if c != "rate")]]


def _withheld(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Withhold small groups, and as many others that no count of a withheld group is the total less the shown ones."""
    hidden, baseless = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    by_rate: dict[str, set[tuple[str, str]]] = {}
    names = list(zip(table["attribute"], table["group"].astype(str), strict=True))
    for rate, (parent, _) in STEPS.items():
        own = table["rate"].eq(rate).to_numpy(dtype=bool)
        baseless |= own & np.array([name in by_rate.get(parent, set()) for name in names], dtype=bool)  # its base is a count that is withheld
        for attribute in table.loc[own, "attribute"].unique():
            place = np.flatnonzero(own & table["attribute"].eq(attribute).to_numpy(dtype=bool) & table["rated"].gt(0).to_numpy(dtype=bool))
            if attribute:
                base, count = (table[c].to_numpy(dtype=float)[place] for c in ("rated", "count"))
                hidden[place] = with_others(base, count, baseless[place] | (base < least), least)
        hidden |= baseless  # also where it is nobody: an empty row would tell that
        by_rate[rate] = {names[i] for i in np.flatnonzero(own & hidden)}
    gone = pd.Series(hidden, index=table.index)
    return table.assign(**{c: table[c].mask(gone) for c in ("count", "share", "mean", "sd", "conf_low", "conf_high")},
                        **{c: table[c].astype("Int64").mask(baseless) for c in ("n", "rated")},
                        status=table["status"].mask(gone, "withheld"), reason=table["reason"].mask(gone, "small_group"))
