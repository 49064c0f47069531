"""Pairs of positive ratings under one evaluator: the count, its exact moments, and fast draws when labels are handed out again.

Only counts of an evaluator in a period matter, so a permutation places the few people with an outcome and leaves all others alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from evalkit.inference.frames import ranks, row_order
from evalkit.raters.third_moment import Counts

_CHUNK = 1000  # draws at once: the tables of one chunk stay in the cache


@dataclass(frozen=True)
class PairDesign:
    """Who is exchanged with whom, and which cell (evaluator and period) each rating counts in.

    `cell` (people x periods; -1 where not rated), `positive` (the same shape), `stratum` (people) and `rater` (of each cell). People of one
    stratum are rated in the same periods, in the same unit and post type. With single ratings exchanged, each rating is a row of its own.
    """

    cell: NDArray[np.int64]
    positive: NDArray[np.bool_]
    stratum: NDArray[np.int64]
    n_cells: int
    n_raters: int
    rater: NDArray[np.int64]

    def counts(self) -> Counts:
        """Count people by stratum and evaluator, for exact moments; single ratings only."""
        if self.cell.shape[1] != 1:
            raise ValueError("Exact moments are those of single ratings exchanged; make the design with exchange='ratings'.")
        return Counts.of(self.stratum, self.cell[:, 0], self.positive[:, 0], self.n_cells)

    @property
    def movable(self) -> NDArray[np.bool_]:
        """Whether a permutation can change anything: the stratum has two people or more whose cells differ."""
        first = np.unique(self.stratum, return_index=True)[1]
        differs = (self.cell != self.cell[first][self.stratum]).any(axis=1)
        found: NDArray[np.bool_] = (np.bincount(self.stratum, weights=differs) > 0)[self.stratum]
        return found

    def observed(self) -> int:
        """Count the pairs of positive ratings under one evaluator in one period."""
        counts = np.bincount(self.cell[self.positive], minlength=self.n_cells)
        return int((counts * (counts - 1) // 2).sum())


def pair_design(rows: pd.DataFrame, positive: pd.Series, *, strata: Sequence[str], exchange: str, rater: str = "rater_id",
                period: str = "period", person: str = "person_id") -> PairDesign:
    """Arrange ratings for `pair_draws` and `pair_moments`.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a person and period, with the columns named.
    positive : pandas.Series of bool
        The outcome of each row.
    strata : sequence of str
        What is held fixed beside the period.
    exchange : {"people", "ratings"}
        Whole people, with all their periods (among people of the same strata in the same periods), or single ratings.
    rater, period, person : str
        Names of the columns.

    Raises
    ------
    KeyError
        If a column is absent.

    Notes
    -----
    Results of one person resemble one another over time, so single ratings may be exchanged in one period only.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": ["a", "b"], "period": "p", "rater_id": ["e", "e"], "u": ""})
    >>> pair_design(rows, pd.Series([True, True]), strata=["u"], exchange="people").observed()
    1
    """
    order = row_order(rows, list(dict.fromkeys([person, period, rater, *strata])))
    rows, positive = rows.iloc[order], positive.iloc[order]
    cells, group = _joint_codes(rows, [rater, period]), _joint_codes(rows, [*strata, period])
    n_cells, n_raters = int(cells.max(initial=-1)) + 1, int(rows[rater].nunique())
    marks, hand = positive.to_numpy(dtype=bool), np.zeros(n_cells, dtype=np.int64)
    hand[cells] = pd.factorize(rows[rater])[0]
    if exchange == "ratings":
        return PairDesign(cells[:, None].astype(np.int64), marks[:, None], group.astype(np.int64), n_cells, n_raters, hand)
    who, when = pd.factorize(rows[person])[0], ranks(rows[period])
    shape = (int(who.max(initial=-1)) + 1, int(when.max(initial=-1)) + 1)
    cell, place, outcome = np.full(shape, -1, dtype=np.int64), np.full(shape, -1, dtype=np.int64), np.zeros(shape, dtype=bool)
    cell[who, when], place[who, when], outcome[who, when] = cells, group, marks
    stratum = np.unique(place, axis=0, return_inverse=True)[1].reshape(-1) if len(place) else np.array([], dtype=np.int64)
    return PairDesign(cell, outcome, stratum.astype(np.int64), n_cells, n_raters, hand)


def _joint_codes(rows: pd.DataFrame, columns: list[str]) -> NDArray[np.int64]:
    """Number the combinations of columns in the order in which they occur; column by column, since tuples of a nation take minutes."""
    found = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        codes = pd.factorize(rows[column], use_na_sentinel=False)[0].astype(np.int64)
        if codes.any():
            found = pd.factorize(found * (int(codes.max()) + 1) + codes)[0].astype(np.int64)
    return found


def pair_draws(design: PairDesign, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Count the pairs in each of `draws` permutations of outcomes within strata.

    Parameters
    ----------
    design : PairDesign
        As `pair_design` gives it.
    draws : int
        Number of permutations.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    array of int, shape (draws,)
        The pairs of each permutation; every arrangement within strata has the same probability.

    Raises
    ------
    ValueError
        If `draws` is negative.

    Notes
    -----
    The positive people of a stratum are placed one after another on places not yet taken (a Fisher-Yates shuffle that stops
    early), for all draws at once; the work grows with the number of positive ratings, not with the number of people.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "period": "p", "rater_id": list("eeff"), "u": ""})
    >>> design = pair_design(rows, pd.Series([True, True, False, False]), strata=["u"], exchange="ratings")
    >>> round(float(pair_draws(design, 6000, np.random.default_rng(1)).mean()), 1)
    0.3
    """
    total = np.zeros(draws, dtype=np.int64)
    blocks = _blocks(design)
    for start in range(0, draws, _CHUNK):
        m = min(_CHUNK, draws - start)
        for people, cells in blocks:
            total[start:start + m] += _block_draws(design, people, cells, m, rng)
    return total


def _blocks(design: PairDesign) -> list[tuple[list[NDArray[np.int64]], NDArray[np.int64]]]:
    """Split into sets of strata that share no cell (units, mostly), each with its strata's people and its cells' local numbers."""
    person, period = np.nonzero(design.cell >= 0)
    if not len(person):
        return []
    n_strata = int(design.stratum.max()) + 1
    ends = (design.stratum[person], design.cell[person, period] + n_strata)
    size = n_strata + design.n_cells
    _, label = connected_components(coo_matrix((np.ones(len(person), dtype=np.int8), ends), shape=(size, size)), directed=False)
    order = np.argsort(design.stratum, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(design.stratum, minlength=n_strata))[:-1])
    active = np.bincount(design.stratum, weights=design.positive.any(axis=1), minlength=n_strata) > 0
    of_block: dict[int, list[NDArray[np.int64]]] = {}
    for s in np.flatnonzero(active):
        of_block.setdefault(int(label[s]), []).append(members[s])
    local = np.zeros(design.n_cells, dtype=np.int64)
    by_label = np.argsort(label[n_strata:], kind="stable")
    _, first, counts = np.unique(label[n_strata:][by_label], return_index=True, return_counts=True)
    for f, c in zip(first, counts, strict=True):
        local[by_label[f:f + c]] = np.arange(c)
    return [(people, local) for people in of_block.values()]


def _block_draws(design: PairDesign, people: list[NDArray[np.int64]], local: NDArray[np.int64], m: int,
                 rng: np.random.Generator) -> NDArray[np.int64]:
    draw = np.arange(m)
    used = np.concatenate(people)
    n_local = int(local[design.cell[used]].max()) + 1
    counts, pairs = np.zeros(n_local * m, dtype=np.int32), np.zeros(m, dtype=np.int64)
    for group in people:
        cell = np.where(design.cell[group] >= 0, local[design.cell[group]], 0)
        marks = design.positive[group]
        places = np.flatnonzero(marks.any(axis=1))
        fixed = bool((design.cell[group] == design.cell[group][:1]).all())
        for who, spots in zip(places, _spots(len(group), len(places), m, fixed, rng), strict=True):
            for q in np.flatnonzero(marks[who]):
                at = cell[spots, q] * m + draw
                before = counts[at]
                pairs += before
                counts[at] = before + 1
    return pairs


def _spots(n: int, k: int, m: int, fixed: bool, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give k different places out of n in random order, for each of m draws: shape (k, m)."""
    if fixed:
        return np.broadcast_to(np.arange(k)[:, None], (k, m))
    free = np.repeat(np.arange(n, dtype=np.int32), m)
    draw = np.arange(m)
    result = np.empty((k, m), dtype=np.int64)
    for j in range(k):
        at = rng.integers(j, n, m) * m + draw
        result[j] = free[at]
        free[at] = free[j * m:(j + 1) * m]
    return result


def pair_moments(design: PairDesign) -> tuple[float, float]:
    """Give the exact mean and variance of the pairs when single ratings are exchanged within strata.

    The counts of the evaluators in a stratum are multivariate hypergeometric, with factorial moments
    ``E[prod (k_e)_(r_e)] = (K)_(r) / (N)_(r) prod (n_e)_(r_e)``, r the sum of r_e; strata are independent. An evaluator's count
    adds her strata, so the pairs are a sum of one term a stratum and of products of two strata that share an evaluator.

    Parameters
    ----------
    design : PairDesign
        One made with ``exchange="ratings"``.

    Returns
    -------
    tuple of float
        Mean and variance.

    Raises
    ------
    ValueError
        If the design exchanges people.

    Notes
    -----
    Exact for any sizes; no draw is made, so a nation takes seconds. Source of the factorial moments: N. Johnson, S. Kotz,
    N. Balakrishnan (1997), Discrete Multivariate Distributions, chapter 39.

    Examples
    --------
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "period": "p", "rater_id": list("eeff"), "u": ""})
    >>> design = pair_design(rows, pd.Series([True, True, False, False]), strata=["u"], exchange="ratings")
    >>> [round(v, 4) for v in pair_moments(design)]
    [0.3333, 0.2222]
    """
    if not len(design.stratum):
        return 0.0, 0.0
    c = design.counts()
    people, ones, n_strata = c.people, c.ones, len(c.people)
    sizes = csr_matrix((c.n, (c.row, c.cell)), shape=(n_strata, design.n_cells))
    share = csr_matrix((sizes.data / np.repeat(people, np.diff(sizes.indptr)), sizes.indices, sizes.indptr), shape=sizes.shape)
    spread = np.where(people > 1, ones * (people - ones) / np.maximum(people - 1, 1), 0.0)
    row = np.repeat(np.arange(n_strata), np.diff(sizes.indptr))
    expected = sizes.data * (ones / people)[row]
    whole = np.bincount(sizes.indices, weights=expected, minlength=design.n_cells)
    mean = 0.5 * (float((spread[row] * share.data * (1 - share.data)).sum()) + float((whole**2).sum()) - float(ones.sum()))
    slope = 2 * (whole[sizes.indices] - expected) + 1
    within = _variance_of_terms(sizes.data, slope, row, people, ones)
    return mean, 0.25 * (float(within.sum()) + 4 * _products(share, spread))


def _falling(x: NDArray[np.float64], r: int) -> NDArray[np.float64]:
    result = np.ones_like(x, dtype=float)
    for i in range(r):
        result = result * (x - i)
    return result


def _variance_of_terms(n: NDArray[np.float64], b: NDArray[np.float64], row: NDArray[np.intp], people: NDArray[np.float64],
                       ones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give, for each stratum, the variance of ``sum_e (k_e)_2 + b_e k_e``."""
    total, k = people.astype(float), ones.astype(float)
    h = [np.divide(_falling(k, r), _falling(total, r), out=np.zeros(len(total)), where=people >= r) for r in range(5)]
    n2, n3, n4 = (_falling(n, r) for r in (2, 3, 4))

    def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(row, weights=values, minlength=len(total)).astype(float)

    mean = h[2] * add(n2) + h[1] * add(b * n)
    apart = (h[4] * (add(n2)**2 - add(n2**2)) + 2 * h[3] * (add(n2) * add(b * n) - add(n2 * b * n))
             + h[2] * (add(b * n)**2 - add((b * n)**2)))
    same = (h[4] * add(n4) + h[3] * add(4 * n3 + 2 * b * n3) + h[2] * add(2 * n2 + 4 * b * n2 + b**2 * n2) + h[1] * add(b**2 * n))
    return np.maximum(apart + same - mean**2, 0.0)


def _products(share: csr_matrix, spread: NDArray[np.float64]) -> float:
    """Give the variance of the products of deviations of two strata, summed over pairs of strata that share an evaluator."""
    shared = (share @ share.T).tocoo()
    squared = share.multiply(share).tocsr()
    upper = shared.row < shared.col
    i, j, g = shared.row[upper], shared.col[upper], shared.data[upper]
    if not len(i):
        return 0.0
    one = np.asarray(share[i].multiply(squared[j]).sum(axis=1)).ravel()
    two = np.asarray(squared[i].multiply(share[j]).sum(axis=1)).ravel()
    return float((spread[i] * spread[j] * (g - one - two + g**2)).sum())
