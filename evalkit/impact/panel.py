"""One row a person and period: who was seen when, and the two rules for people who leave, always side by side."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.inference.frames import moments, need, row_order
from evalkit.inference.reading import given, numbers

Rule = Literal["all_available", "balanced"]
RULES: tuple[Rule, ...] = ("all_available", "balanced")


@dataclass(frozen=True)
class Panel:
    """Values as a matrix people x periods (missing: not seen); `wave` is the position of the first period that counts as trained, or -1.

    `first` is the position of the period in which the course itself was held: from there on nobody is a witness of how it was without it; at
    most `wave`, beyond the last period for whoever was never trained.
    """

    person: NDArray[np.object_]
    periods: NDArray[np.object_]
    value: NDArray[np.float64]
    wave: NDArray[np.intp]
    cluster: NDArray[np.object_]
    first: NDArray[np.intp]

    @property
    def starts(self) -> dict[int, int]:
        """For each wave the position of the first period in which the course was held for one of its people."""
        return {int(w): int(self.first[self.wave == w].min()) for w in np.unique(self.wave) if w >= 0}

    @property
    def seen_always(self) -> NDArray[np.bool_]:
        """Who was seen in every period."""
        return np.asarray(~np.isnan(self.value).any(axis=1))


def make_panel(people: pd.DataFrame, values: pd.DataFrame) -> Panel:
    """Put outcomes into a matrix, in an order that does not depend on the order of the rows.

    Parameters
    ----------
    people : pandas.DataFrame
        One row a person: `person_id`; `wave`, the first period that counts as trained (missing: never); `begun`, the period in which the
        course was held, where that is an earlier one; `cluster`, if there are units.
    values : pandas.DataFrame
        `person_id`, `period` (sortable; waves are periods), `value`; people without a row in `people` are left out.

    Returns
    -------
    Panel
        A wave between two periods begins with the later one; a wave after the last period counts as never.

    Raises
    ------
    EstimationError
        If a column is absent, a person has two rows, or two values in one period, or periods and waves are of several kinds.

    Notes
    -----
    Nothing is filled in: a person who was not seen is missing.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["b", "a"], "wave": [2, None]})
    >>> values = pd.DataFrame({"person_id": ["a", "a", "b"], "period": [1, 2, 2], "value": [3.0, 4.0, 5.0]})
    >>> made = make_panel(people, values)
    >>> made.value.tolist(), made.wave.tolist()
    ([[3.0, 4.0], [nan, 5.0]], [-1, 1])
    """
    need(people, "person_id", what="people of a course")
    need(values, "person_id", "period", "value", what="values of a course")
    if people["person_id"].duplicated().any():
        raise EstimationError("A person has two rows: one row a person of the course.")
    need(people, *(c for c in ("wave", "begun", "cluster") if c in people), what="people of a course")
    ordered = people.iloc[row_order(people, ["person_id"])].reset_index(drop=True)
    person = ordered["person_id"].to_numpy(dtype=object)
    rows = values[["person_id", "period", "value"]].dropna(subset=["period"])
    at = pd.Index(ordered["person_id"]).get_indexer(pd.Index(rows["person_id"]))
    if (at < 0).any():
        rows, at = rows[at >= 0], at[at >= 0]
    known = given(ordered["wave"]) if "wave" in ordered else np.zeros(len(ordered), dtype=bool)
    waves = ordered.loc[known, "wave"] if "wave" in ordered else pd.Series([], dtype=object)
    held = ordered["begun"].where(given(ordered["begun"]), None) if "begun" in ordered else pd.Series(None, index=ordered.index, dtype=object)
    at_time = moments(rows["period"], waves, held)
    periods = np.array(sorted(rows["period"].astype(object).unique(), key=at_time.__getitem__), dtype=object)
    column = rows["period"].astype(object).map({p: i for i, p in enumerate(periods)}).to_numpy(dtype=np.intp)
    place = at * max(len(periods), 1) + column
    if len(place) and np.bincount(place).max() > 1:
        raise EstimationError("A person has two values in one period: one value a person and period.")
    flat = np.full(len(person) * len(periods), np.nan)
    flat[place] = numbers(rows["value"], "outcomes")
    matrix = flat.reshape(len(person), len(periods))
    wave = np.full(len(person), -1)
    times = [at_time[p] for p in periods]
    wave[known] = [bisect_left(times, at_time[w]) for w in waves.astype(object)]
    wave[wave >= len(periods)] = -1
    own = np.array([len(periods) if pd.isna(b) else bisect_left(times, at_time[b]) for b in held.astype(object)], dtype=np.intp)
    first = np.where(wave >= 0, np.minimum(wave, own), own)
    cluster = ordered["cluster"].to_numpy(dtype=object) if "cluster" in ordered else person
    return Panel(person, periods, matrix, wave, np.where(pd.isna(cluster), "", cluster).astype(object), first)


def keep(panel: Panel, rule: Rule) -> Panel:
    """Give the people of a rule: everybody ("all_available"), or only those seen in every period ("balanced").

    Raises
    ------
    EstimationError
        If the rule is unknown.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b"]})
    >>> values = pd.DataFrame({"person_id": ["a", "a", "b"], "period": [1, 2, 2], "value": [3.0, 4.0, 5.0]})
    >>> len(keep(make_panel(people, values), "balanced").person)
    1
    """
    if rule not in get_args(Rule):
        raise EstimationError(f"The rule {rule!r} is unknown; take {' or '.join(map(repr, get_args(Rule)))}.")
    if rule == "all_available":
        return panel
    kept = panel.seen_always
    return Panel(panel.person[kept], panel.periods, panel.value[kept], panel.wave[kept], panel.cluster[kept], panel.first[kept])


def before_and_after(panel: Panel, begun: int, first: int, last: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give each person's mean before the position `begun`, and from `first` to before `last`; missing where the person was not seen.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a"]})
    >>> values = pd.DataFrame({"person_id": ["a"] * 3, "period": [1, 2, 3], "value": [3.0, 4.0, 5.0]})
    >>> before, after = before_and_after(make_panel(people, values), 2, 2, 3)
    >>> float(before[0]), float(after[0])
    (3.5, 5.0)
    """
    return _means(panel.value[:, :begun]), _means(panel.value[:, first:last])


def _means(block: NDArray[np.float64]) -> NDArray[np.float64]:
    count = (~np.isnan(block)).sum(axis=1)
    total = np.nansum(block, axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(block), np.nan), where=count > 0), dtype=float)
