"""P-values from permutations: how many draws reach the observed value, and how far that number of draws can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import complete, marks

Side = Literal["greater", "less", "two_sided"]
Ties = Literal["conservative", "randomised"]


@dataclass(frozen=True)
class PermutationP:
    """A p-value of `draws` permutations, of which `reached` lie as far out as the data; `error` is its Monte Carlo standard error."""

    p_value: float
    error: float
    reached: int
    draws: int


def permutation_p(observed: float, drawn: ArrayLike, *, side: Side = "greater", ties: Ties = "conservative",
                  rng: np.random.Generator | None = None) -> PermutationP:
    """Give the p-value of an observed statistic among its permutations.

    ``p = (b + 1) / (m + 1)``, b being the draws that lie at least as far out: the data are one permutation more, so p is never
    0. Its Monte Carlo error is ``sqrt(p (1 - p) / (m + 1))``. A small p says that labels handed out blindly rarely give this.

    Parameters
    ----------
    observed : float
        The statistic of the data.
    drawn : array_like, shape (m,)
        The statistic of each permutation.
    side : {"greater", "less", "two_sided"}
        Two-sided doubles the smaller tail, cut at 1.
    ties : {"conservative", "randomised"}
        Draws equal to the data all count as reaching it, or the data take a random place among them. Only the second has a size
        of exactly the level when a statistic has few values; only the first gives the same answer twice.
    rng : numpy.random.Generator, optional
        Needed for randomised ties.

    Returns
    -------
    PermutationP
        `p_value`, its Monte Carlo `error`, `reached` of `draws`.

    Raises
    ------
    EstimationError
        If there is no draw, a statistic is missing or endless, a word is unknown, or randomised ties lack a generator.

    Notes
    -----
    The draws must keep everything that the null hypothesis leaves fixed (totals, strata). Values are equal when they differ by
    less than one part in 10^12. Source: B. Phipson, G. Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, article 39.

    Examples
    --------
    >>> permutation_p(5.0, [1, 2, 3, 5, 4, 0, 1, 2, 3]).p_value
    0.2
    """
    values = complete(drawn, "draws")
    if not len(values):
        raise EstimationError("A permutation test needs at least one draw.")
    if not np.isfinite(observed):
        raise EstimationError("The statistic of the data must be a finite number.")
    for word, known in ((side, get_args(Side)), (ties, get_args(Ties))):
        if word not in known:
            raise EstimationError(f"{word!r} is unknown; take {' or '.join(map(repr, known))}.")
    if ties == "randomised" and rng is None:
        raise EstimationError("Randomised ties need a generator.")
    m, tolerance = len(values), 1e-12 * max(1.0, abs(observed))
    equal = int((np.abs(values - observed) <= tolerance).sum())
    above = int((values > observed + tolerance).sum())
    counted = equal if rng is None or ties == "conservative" else int(rng.integers(0, equal + 1))
    reached = {"greater": above + counted, "less": m - above - equal + counted}
    if side == "two_sided":
        b = min(reached.values())
        p = min(1.0, 2 * (b + 1) / (m + 1))
    else:
        b = reached[side]
        p = (b + 1) / (m + 1)
    return PermutationP(p, float(np.sqrt(p * (1 - p) / (m + 1))), b, m)


def shuffled_labels(labels: NDArray[np.bool_], strata: NDArray[np.intp], draws: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Hand the labels out again within strata, keeping how many each stratum has.

    Parameters
    ----------
    labels : array of bool, shape (n,)
        Who has the label.
    strata : array of int, shape (n,)
        Stratum of each.
    draws : int
        Number of permutations, m.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of bool, shape (m, n)
        Each row a permutation; every one has the same probability.

    Raises
    ------
    EstimationError
        If the lengths differ.

    Notes
    -----
    Memory is m times n: for a few thousand labels.

    Examples
    --------
    >>> shuffled_labels(np.array([True, False, True]), np.array([0, 0, 1]), 50, np.random.default_rng(1)).sum(axis=1).tolist() == [2] * 50
    True
    """
    labels, strata = marks(labels, "one with the label"), np.unique(np.asarray(strata), return_inverse=True)[1].reshape(-1)
    if labels.shape != strata.shape:
        raise EstimationError("Labels and strata must have one entry each for the same cases.")
    order = np.argsort(strata, kind="stable")
    # uniform keys within a stratum, offset by the stratum: one sort a draw shuffles every stratum in its own places
    keys = rng.random((draws, len(labels))) + strata[order]
    ranks = np.argsort(keys, axis=1, kind="stable")
    result = np.empty((draws, len(labels)), dtype=bool)
    result[:, order] = labels[order][ranks]
    return result
