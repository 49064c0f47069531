"""Thresholds of a marginal fit, a row a group of steps and category; of a group they lie between the categories that it got."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.raters.many_facet_rasch.design import Matrix, Vector
from evalkit.raters.many_facet_rasch.marginal_ends import Ends


@dataclass(frozen=True)
class Steps:
    """Where log a stands among `length` parameters (last, by group), and which of the used categories each group got."""

    used: NDArray[np.intp]
    got: NDArray[np.bool_]
    length: int

    def less(self, g: int, first: int, second: int) -> Vector:
        """Give log a of one place less that of another, in terms of the parameters; those of the ends are 0."""
        inner = len(self.used) - 2
        pick, begin = np.zeros(self.length), self.length - (len(self.got) - g) * inner
        for place, sign in ((first, 1.0), (second, -1.0)):
            if 0 < place <= inner:
                pick[begin + place - 1] += sign
        return pick

    def middle(self, g: int) -> Vector:
        """Give what moves a group with steps of its own to the middle of those that it got: nothing where it has both ends."""
        places = np.flatnonzero(self.got[g])
        if (self.got[g, 0] and self.got[g, -1]) or len(places) < 2:
            return np.zeros(self.length)
        return self.less(g, int(places[-1]), int(places[0])) / float(self.used[places[-1]] - self.used[places[0]])

    def moved(self, log_a: Matrix, p: Vector) -> Matrix:
        """Give log a of groups that stand at the middle of the steps that they got."""
        out = log_a.copy()
        for g in range(len(out)):
            shift = float(self.middle(g) @ p)
            if shift:
                first = int(self.got[g].argmax())
                out[g] -= log_a[g, first] + shift * (self.used - self.used[first])
        return out

    def thresholds(self, p: Vector, end: Ends, names: list[object], lowest: int) -> pd.DataFrame:
        """Give the thresholds at the parameters `p`."""
        rows = []
        for g, name in enumerate(names):
            for place in range(1, len(self.used)):
                row: dict[str, object] = {"group": name, "category": int(self.used[place]) + lowest, "threshold": np.nan}
                before = np.flatnonzero(self.got[g, :place])
                if not self.got[g, place] or not len(before):
                    reason = "lowest_in_use" if self.got[g, place] else "category_never_used"
                    rows.append(row | {"status": "not_estimable", "reason": reason})
                    continue
                gap = int(self.used[place] - self.used[before[-1]])
                step = self.less(g, int(before[-1]), place) / gap + self.middle(g)
                apart = "" if before[-1] == place - 1 else "steps_between_never_used"
                rows.append(row | ({"threshold": float(step @ p), "status": "estimated", "reason": apart} if end.holds(step) else
                                   {"status": "boundary", "reason": "no_finite_threshold_fits"}))
        return pd.DataFrame(rows)


def steps_of(used: NDArray[np.intp], place: NDArray[np.intp], group: NDArray[np.int32] | None, groups: int, length: int) -> Steps:
    """Count which categories each group got; `place` is that of each rating among the used ones."""
    n = len(used)
    key = place if group is None else group.astype(np.int64) * n + place
    return Steps(used, np.bincount(key, minlength=groups * n).reshape(groups, n) > 0, length)


def functionals(spread: Matrix, where: slice, steps: Steps | None, length: int) -> Matrix:
    """Give the levels of a facet in terms of all parameters, those with steps of their own as the middle of the steps that they got."""
    found = np.zeros((len(spread), length))
    found[:, where] = spread
    if steps is not None:
        for g in range(len(spread)):
            found[g] += steps.middle(g)
    return found
