"""What the plan asks of a course, and its material in an order that does not depend on the order of the rows it came in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.errors import EstimationError
from evalkit.impact.assignment import AtCut, SentIf
from evalkit.impact.lot import Lot
from evalkit.impact.panel import Panel, make_panel
from evalkit.impact.verdict import Better
from evalkit.inference.frames import moments, need, row_order
from evalkit.inference.reading import given, marks


@dataclass(frozen=True)
class Question:
    """One outcome of a course as the plan names it.

    `level` is the Kirkpatrick level of the outcome: 1 reaction (never called impact), 2 learning, 3 behaviour, 4 results. `lowest` and
    `highest` are the ends of its scale, where it has some. `cost` is that of the whole course. `lot` is the lot of whole units by which
    the seats were given: what it takes to know the chance of each.
    """

    course_id: str
    outcome: str
    unit: str = "points"
    better: Better = "higher"
    role: str = "primary"
    level: int = 3
    sent_if: SentIf = "below"
    at_cut: AtCut = "not_sent"
    lowest: float | None = None
    highest: float | None = None
    cost: float | None = None
    conf_level: float = 0.95
    seed: int = 20261
    lot: Lot | None = None

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3, 4):
            raise EstimationError(f"The Kirkpatrick level is {self.level!r}; it must be 1, 2, 3 or 4.")
        if self.better not in ("higher", "lower", "neither"):
            raise EstimationError(f"better is {self.better!r}; it must be 'higher', 'lower' or 'neither'.")


@dataclass(frozen=True)
class Material:
    """People by `person_id` with their values as a `panel`.

    `begun` is the position of the period in which each person's course was held, `start` that of the first one that counts as trained; for
    others both are those of the first wave. `before` is the last value before `begun`, `after` the first value since `start`, missing where
    there is none. `went` says who attended (everybody sent, where nothing is known).
    """

    people: pd.DataFrame
    outcomes: pd.DataFrame
    panel: Panel
    sent: NDArray[np.bool_]
    went: NDArray[np.bool_]
    cluster: NDArray[np.object_]
    start: NDArray[np.intp]
    begun: NDArray[np.intp]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def material(people: pd.DataFrame, values: pd.DataFrame) -> Material:
    """Bring both frames into order, and find each person's values before and after.

    Where no wave is known the last period is taken as after and everything before it as before.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["b", "a"], "invited": [True, None], "wave": [2, None]})
    >>> values = pd.DataFrame({"person_id": ["a", "b", "b"], "period": [1, 1, 2], "value": [2.0, 4.0, 5.0]})
    >>> found = material(people, values)
    >>> found.sent.tolist(), found.before.tolist(), found.after.tolist()
    ([False, True], [2.0, 4.0], [nan, 5.0])
    """
    need(values, "person_id", "period", "value", what="values of a course")
    ordered = people.iloc[row_order(people, ["person_id"])].reset_index(drop=True)
    sent = marks(ordered["invited"], "invited", missing=False)
    own = ordered["person_id"].astype(str)
    cluster = (ordered["cluster"].astype("string").fillna("").astype(str) if "cluster" in ordered else own).to_numpy(dtype=object)
    stated = ordered["wave"].astype(object).where(given(ordered["wave"]) & sent, None) if "wave" in ordered else pd.Series(None, dtype=object)
    held = ordered["begun"].astype(object) if "begun" in ordered else pd.Series(None, index=ordered.index, dtype=object)
    at_time = moments(values["period"], stated, held.where(given(held), None))
    periods = sorted(values["period"].dropna().astype(object).unique(), key=at_time.__getitem__)
    if stated.notna().any():
        wave = stated.where(stated.notna() | ~sent, min(stated.dropna(), key=at_time.__getitem__))
    else:
        last: object = periods[-1] if len(periods) else 0
        wave = pd.Series([last if s else None for s in sent], index=ordered.index, dtype=object)
    panel = make_panel(pd.DataFrame({"person_id": ordered["person_id"], "wave": wave, "begun": held, "cluster": cluster}), values)
    length, trained = panel.value.shape[1], panel.wave >= 0
    first, full = (int(p[trained].min()) if trained.any() else max(length - 1, 0) for p in (panel.first, panel.wave))
    begun, start = (np.where(trained, p, np.where(sent, length, o)) for p, o in ((panel.first, first), (panel.wave, full)))
    went = marks(ordered["completed"], "there to the end", missing=False) if "completed" in ordered else sent
    at = np.arange(length)[None, :]
    late = (at >= start[:, None]) & (trained[:, None] | (at < panel.first[:, None]))  # whose own course came later is no witness from then on
    return Material(ordered, values, panel, sent, went, cluster, start, begun, last_seen(np.where(at < begun[:, None], panel.value, np.nan)),
                    last_seen(np.where(late, panel.value, np.nan)[:, ::-1]))


def last_seen(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the last value of each row that is not missing.

    Examples
    --------
    >>> last_seen(np.array([[1.0, np.nan], [np.nan, np.nan]])).tolist()
    [1.0, nan]
    """
    seen = ~np.isnan(values)
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    at = values.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.asarray(np.where(seen.any(axis=1), values[np.arange(len(values)), at], np.nan), dtype=float)
