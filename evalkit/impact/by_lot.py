"""Whole units drawn by lot: compared at the same chance of being sent, and those left out that had none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.assignment import Assignment
from evalkit.impact.lot import Lot, Redrawn, redrawn, redrawn_p
from evalkit.impact.question import Material, Question
from evalkit.impact.verdict import Check
from evalkit.impact.windows import Windows, draw_windows, whole_units


@dataclass(frozen=True)
class Drawing:
    """The rows of the comparison, the `chance` of each where a lot of whole units gave it, and what it takes to draw again."""

    rows: Windows
    chance: NDArray[np.float64] | None = None
    check: Check | None = None
    left_out: tuple[str, ...] = ()
    again: Redrawn | None = None
    every: Windows | None = None
    at: NDArray[np.intp] | None = None

    def test(self, past: NDArray[np.float64] | None, alpha: float) -> tuple[float, float, float]:
        """Test by the very lot that gave the seats: p and limits; `past` is that of the compared rows."""
        every, again, at = self.every, self.again, self.at
        if every is None or again is None or at is None:
            raise ValueError("There is no lot to draw again.")
        known = ~np.isnan(every.after)
        sent, there = (np.zeros(again.chance.shape, dtype=bool) for _ in range(2))
        sent[at[every.sent], every.window[every.sent]] = True
        there[at[every.there], every.window[every.there]] = True
        before = None if past is None else np.where(np.isnan(every.before), float(past.mean()), every.before)[known]
        return redrawn_p(every.after[known], at[known], every.window[known], before, again, sent, there, alpha=alpha)


def drawing(question: Question, found: Assignment, data: Material) -> Drawing:
    """Give the rows to compare: with a lot of whole units at known chances, else as if everybody had the same.

    Where whole units of unequal size were drawn and the lot itself is not known, the check `chances` says so: in a lot that fills seats a
    large unit is drawn more rarely.
    """
    rows, lot = draw_windows(found, data), question.lot
    if not whole_units(found, data):
        return Drawing(rows, check=Check("chances", "not_done", "chances_not_known") if lot else None)
    groups = _groups(lot, data) if lot else None
    if lot is None or groups is None:
        even = len(set(Counter(data.cluster).values())) == 1
        return Drawing(rows, check=None if even and lot is None else Check("chances", "not_done", "chances_not_known"))
    if len(set(lot.sizes)) == 1:  # the same chance for every unit: nothing to adjust
        return Drawing(rows, check=Check("chances", "passed", "compared_at_the_same_chance"))
    again, place = redrawn(lot, groups, seed=question.seed), {u: n for n, u in enumerate(lot.units)}
    every = draw_windows(found, data, everybody=True)
    at = np.array([place[str(u)] for u in every.unit], dtype=np.intp)
    compared = again.compared[at, every.window]
    kept = every.there & compared
    first = again.compared[:, 0]
    seen = set(at)
    left = tuple(u for n, u in enumerate(lot.units) if n in seen and not first[n])
    chance = again.chance[at, every.window][kept]
    figures = {"left_out": float(len(left)), "lowest": float(chance.min(initial=1.0)), "highest": float(chance.max(initial=0.0))}
    check = Check("chances", "adjusted" if left else "passed", "units_without_chance" if left else "compared_at_the_same_chance", figures)
    plain = every.only(kept)
    return Drawing(Windows(plain.after, plain.before, plain.sent, plain.went, plain.window, plain.unit, plain.whole, plain.window, plain.there),
                   chance, check, left, again, every, at)


def _groups(lot: Lot, data: Material) -> list[set[int]] | None:
    """The waves of the lot that were sent in each window; none where those sent are not those drawn."""
    of = dict(zip(lot.units, lot.waves, strict=True))
    if not set(data.cluster) <= set(of):
        return None
    drawn = np.array([of[str(u)] for u in data.cluster])
    groups = [set(drawn[data.panel.wave == w].tolist()) for w in data.panel.starts]
    taken = set().union(*groups)
    held = np.isin(drawn, sorted(taken)) == (data.panel.wave >= 0)
    return groups if 0 not in taken and sum(map(len, groups)) == len(taken) and held.all() else None
