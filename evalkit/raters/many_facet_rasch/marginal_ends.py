"""What a marginal fit holds at no finite value: directions along which its information at the end vanishes.

Objects are drawn from a population, so that no object runs away by itself. Levels and thresholds still do where ratings favour a step
without end (a rater whose ratings are always in higher categories), and the spread of the objects does where every rating is as the order of
the raters says (Guttman's scale). Near such an end an error is of hundreds of logits, where one rating in the middle holds one of two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.raters.many_facet_rasch.breaks import NO_FINITE_DISTANCE, NO_FINITE_MAXIMUM
from evalkit.raters.many_facet_rasch.design import Codes, Matrix, Vector

HELD = 1e-3  # information below which nothing holds a direction, in ratings: an error of 30 logits, where a total that is met leaves one of a few
SAME = 0.02  # part of a direction's longest step that is none
WIDE = 1.0  # logits: a smaller spread of the objects does not run away, though a logarithm near zero has no information either


@dataclass(frozen=True)
class Ends:
    """`covariance` of what is held; `loose` the other directions, one a column, their longest step 1; `reason` why, and of levels."""

    covariance: Matrix
    loose: Matrix
    reason: str
    of_levels: str

    def holds(self, functional: Vector) -> bool:
        """Tell whether a sum of parameters stays where it is along all loose directions."""
        return bool((np.abs(functional @ self.loose) < SAME).all())

    def together(self, spread: Matrix) -> NDArray[np.bool_]:
        """Tell which levels of a facet hang together: all, or more than half of them, or none."""
        group = np.zeros(len(spread), dtype=np.intp)
        for step in (spread @ self.loose).T:
            order = np.argsort(step, kind="stable")
            cut = np.empty(len(step), dtype=np.intp)
            cut[order] = np.concatenate([[0], np.cumsum(np.diff(step[order]) > SAME)])
            group = np.unique(np.column_stack([group, cut]), axis=0, return_inverse=True)[1].reshape(-1)
        sizes = np.bincount(group)
        found: NDArray[np.bool_] = group == sizes.argmax()
        return found if 2 * int(sizes.max()) > len(group) else np.zeros(len(group), dtype=bool)


def ends(information: Matrix, codes: list[Codes], sizes: list[int], weight: float, sd: float) -> Ends:
    """Part the information at the end of a fit (mean, log SD, levels of each facet but the last one, thresholds) in what is held and what is not.

    `codes` and `sizes` are those of the facets beside the objects, `weight` that of a mean rating.
    """
    values, vectors = np.linalg.eigh(information)
    none = values < HELD * weight
    if sd < WIDE:  # the logarithm of a spread near zero is left in the covariance, which its own error is read from
        inner = np.delete(np.arange(len(information)), 1)
        some, directions = np.linalg.eigh(information[np.ix_(inner, inner)])
        loose = np.zeros((len(information), int((some < HELD * weight).sum())))
        loose[inner] = directions[:, some < HELD * weight]
        none = values < (HELD * weight if loose.shape[1] else 1e-12 * values.max(initial=0.0))
    else:
        loose = vectors[:, none]
    covariance = (vectors[:, ~none] / values[~none]) @ vectors[:, ~none].T
    longest, shift, at = np.abs(loose).max(axis=0, initial=0.0), np.zeros((len(codes[0]), loose.shape[1])) + loose[0], 2
    for own, n in zip(codes, sizes, strict=True):
        levels = np.vstack([loose[at:at + n - 1], -loose[at:at + n - 1].sum(axis=0)])
        longest = np.maximum(longest, np.abs(levels).max(axis=0, initial=0.0))
        shift += levels[own]
        at += n - 1
    longest = np.maximum(longest, 1e-300)
    unseen = (np.abs(shift).max(axis=0, initial=0.0) < SAME * longest) & (np.abs(loose[[1, *range(at, len(loose))]]).max(axis=0) < SAME * longest)
    reason = ("", "") if not loose.size else ("not_connected",) * 2 if unseen.all() else (NO_FINITE_MAXIMUM, NO_FINITE_DISTANCE)
    return Ends(covariance, loose / longest, *reason)
