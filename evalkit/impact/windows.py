"""Waves stacked: in the window of a wave those sent in it stand beside everybody who was not sent by then."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.impact.assignment import Assignment
from evalkit.impact.panel import before_and_after
from evalkit.impact.question import Material


@dataclass(frozen=True)
class OneStep:
    """One row a person and wave: the last value before the wave and the first since; those sent in it, and all who were not sent by then."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    sent: NDArray[np.bool_]
    cluster: NDArray[np.object_]
    window: NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """One row a person and window: the window of a wave runs from its first period to before the next course; later waves are the others.

    `block`: within which seats were drawn, window by window; `unit`: what was drawn; `whole`: who was seen in every period; `window`: its
    number; `there`: who stands in it (all, unless everybody was asked for).
    """

    after: NDArray[np.float64]
    before: NDArray[np.float64]
    sent: NDArray[np.bool_]
    went: NDArray[np.bool_]
    block: NDArray[np.intp]
    unit: NDArray[np.object_]
    whole: NDArray[np.bool_]
    window: NDArray[np.intp]
    there: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_]) -> Windows:
        """Keep some of the rows."""
        return Windows(*(getattr(self, f.name)[kept] for f in fields(self)))


def one_step(data: Material) -> OneStep:
    """Stack the waves, one period before and one after each.

    Examples
    --------
    >>> from evalkit.impact.question import material
    >>> people = pd.DataFrame({"person_id": list("ab"), "invited": [True, True], "wave": [2, 3]})
    >>> values = pd.DataFrame({"person_id": list("ab") * 3, "period": [1, 1, 2, 2, 3, 3], "value": range(6)})
    >>> one_step(material(people, values)).sent.tolist()
    [True, False, True]
    """
    panel, parts = data.panel, []
    for number, (w, b) in enumerate((w, b) for w, b in panel.starts.items() if b > 0):
        there = (panel.wave == w) | (panel.first > w)
        parts.append((panel.value[there, b - 1], panel.value[there, w], panel.wave[there] == w, panel.cluster[there],
                      np.full(int(there.sum()), number)))
    if not parts:
        return OneStep(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=object), np.zeros(0, dtype=int))
    return OneStep(*(np.concatenate([p[i] for p in parts]) for i in range(5)))


def draw_windows(found: Assignment, data: Material, *, everybody: bool = False) -> Windows:
    """Stack the windows of drawn waves. What was drawn is a person, or a whole unit where no unit has people of two kinds.

    `everybody`: also those who were sent earlier, as they could stand there had the lot fallen otherwise.

    Examples
    --------
    >>> from evalkit.impact.assignment import read_assignment
    >>> from evalkit.impact.question import material
    >>> people = pd.DataFrame({"person_id": list("abc"), "invited": [True, True, False], "assigned_by": ["drawn", "drawn", None],
    ...                        "wave": [2, 3, None]})
    >>> values = pd.DataFrame({"person_id": list("abc") * 3, "period": [1] * 3 + [2] * 3 + [3] * 3, "value": range(9)})
    >>> rows = draw_windows(read_assignment(people), material(people, values))
    >>> rows.sent.tolist(), rows.after.tolist()
    ([True, False, False, True, False], [3.0, 4.0, 5.0, 7.0, 8.0])
    """
    panel = data.panel
    whole = whole_units(found, data)
    home = np.unique(_strata(data, whole=whole), return_inverse=True)[1].reshape(-1)
    unit = data.cluster if whole else panel.person.astype(str).astype(object)
    parts = []
    for number, (w, b) in enumerate(panel.starts.items()):
        later = panel.first[(panel.wave != w) & (panel.first > b)]
        end = max(int(later.min(initial=panel.value.shape[1])), w + 1)
        before, after = before_and_after(panel, b, w, end)
        sent = panel.wave == w
        there = sent | (panel.first >= end)
        block = home + number * (home.max() + 1)
        at = np.full(len(sent), number)
        kept = there | everybody
        parts.append(tuple(part[kept] for part in (after, before, sent, sent & data.went, block, unit, panel.seen_always, at, there)))
    return Windows(*(np.concatenate([p[i] for p in parts]) for i in range(9)))


def whole_units(found: Assignment, data: Material) -> bool:
    """Tell whether whole units were drawn: no unit has people of two waves."""
    pairs = pd.DataFrame({"cluster": data.cluster, "wave": data.panel.wave}).drop_duplicates()
    return not pairs["cluster"].duplicated().any() and found.by_cluster and "cluster" in data.people


def _strata(data: Material, *, whole: bool) -> NDArray[np.str_]:
    """Within which the seats were drawn: as stated; else within units, unless whole units were drawn."""
    if "stratum" in data.people:
        return data.people["stratum"].astype("string").fillna("").to_numpy(dtype=str)
    alone = whole or "cluster" not in data.people
    return np.full(len(data.people), "") if alone else data.cluster.astype(str)
