"""Exact third central moment of the pairs under one evaluator when single ratings are exchanged within strata.

With ``m = sum over strata of k_s`` the counts of the evaluators, ``z_s = k_s - E k_s`` and ``2 T = |m|^2 - const``, the sum is
``sum a_s + 2 sum_{s<t} z_s'z_t``, ``a_s = 2 E(m)'z_s + |z_s|^2`` less its mean. Strata are independent, so these are all terms that are left:
``sum E a_s^3 + 12 sum E(a_s z_s)'E(a_t z_t) + 12 sum E(a_s z_s'C_t z_s) + 8 sum E(z_s'z_t)^3 + 48 sum tr(C_s C_t C_u)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, factorial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Vector = NDArray[np.float64]
Places = NDArray[np.intp]
_FLAT = 1e-4  # skewness below which the gamma tail is the normal one to six digits
Falling = dict[int, Vector]  # coefficients of falling factorials (k)_r


@dataclass(frozen=True)
class Counts:
    """One entry a stratum and evaluator that meet: `row`, `cell`, people `n`; a stratum's `people` and `ones`."""

    row: Places
    cell: Places
    n: Vector
    people: Vector
    ones: Vector
    n_cells: int

    @classmethod
    def of(cls, stratum: NDArray[np.int64], cell: NDArray[np.int64], positive: NDArray[np.bool_], n_cells: int) -> Counts:
        """Count ratings by stratum and evaluator."""
        key, n = np.unique(stratum * n_cells + cell, return_counts=True)
        people = np.bincount(stratum).astype(np.float64)
        ones = np.bincount(stratum, positive, len(people)).astype(np.float64, copy=False)
        return cls((key // n_cells).astype(np.intp), (key % n_cells).astype(np.intp), n.astype(np.float64), people, ones, n_cells)

    def add(self, values: Vector) -> Vector:
        """Sum by stratum."""
        return np.bincount(self.row, values, len(self.people)).astype(np.float64, copy=False)

    @property
    def share(self) -> Vector:
        """Part of a stratum's people that each evaluator has."""
        return self.n / self.people[self.row]

    def spread(self) -> tuple[Vector, Vector]:
        """Give the factors of the second and third cumulants of a draw without replacement."""
        n, k = self.people, self.ones
        return (k * (n - k) / np.maximum(n - 1, 1), k * (n - k) * (n - 2 * k) / np.maximum((n - 1) * (n - 2), 1))


def third_moment(counts: Counts) -> float:
    """Give ``E (T - E T)^3`` of the pairs T.

    Parameters
    ----------
    counts : Counts
        Who stands under whom.

    Returns
    -------
    float
        In cubed pairs; 0 for a distribution that leans to neither side.

    Raises
    ------
    ValueError
        If the arrays of the entries differ in length.

    Notes
    -----
    Factorial moments of the multivariate hypergeometric distribution up to the sixth order; no draw is made. Source of the moments:
    N. Johnson, S. Kotz, N. Balakrishnan (1997), Discrete Multivariate Distributions, chapter 39.

    Examples
    --------
    >>> one = Counts(np.array([0, 0]), np.array([0, 1]), np.array([2.0, 2.0]), np.array([4.0]), np.array([2.0]), 2)
    >>> round(third_moment(one), 4)  # one pair in a third of the arrangements: (1/3)(2/3)(1/3)
    0.0741
    """
    if not len(counts.row) == len(counts.cell) == len(counts.n):
        raise ValueError("Each entry needs a stratum, an evaluator and a number of people.")
    expected = counts.share * counts.ones[counts.row]
    whole = np.bincount(counts.cell, expected, counts.n_cells)
    b = 2 * (whole[counts.cell] - expected) + 1
    b = b - (counts.add(b * counts.n) / counts.people)[counts.row]  # the total is fixed: only differences of slopes count
    terms = _Terms(counts, b)
    linear = terms.with_count()
    total = np.bincount(counts.cell, linear, counts.n_cells)
    own = float(terms.third().sum()) + 6 * (float(total @ total) - float(linear @ linear))
    return (own + _between_strata(counts, terms)) / 8


def gamma_tail(z: float, skew: float) -> float:
    """Give the chance of a value of z or more, for a shifted gamma distribution of mean 0, variance 1 and this skewness (Pearson's type III).

    Parameters
    ----------
    z, skew : float
        The standardised value, and the third standardised moment; 0 gives the normal tail.

    Returns
    -------
    float
        Between 0 and 1.

    Notes
    -----
    Source: K. Pearson (1895), Philosophical Transactions A 186, 343-414.

    Examples
    --------
    >>> round(gamma_tail(1.645, 0.0), 3), round(gamma_tail(1.0, 2.0), 4)  # the second: exponential, exp(-2)
    (0.05, 0.1353)
    """
    return float(gamma_tails(np.array([z]), np.array([skew]))[0])


def gamma_tails(z: Vector, skew: Vector) -> Vector:
    """Give `gamma_tail` of many values, each with its own skewness."""
    from scipy.special import gammainc, gammaincc, ndtr

    size = np.maximum(np.abs(skew), _FLAT)
    at = np.maximum(4 / size**2 + np.sign(skew) * z * 2 / size, 0.0)
    found: Vector = np.where(np.abs(skew) < _FLAT, ndtr(-z), np.where(skew > 0, gammaincc(4 / size**2, at), gammainc(4 / size**2, at)))
    return found


def _times(a: Falling, b: Falling) -> Falling:
    """Multiply: ``(k)_i (k)_j = sum_l l! C(i, l) C(j, l) (k)_(i+j-l)``."""
    out: Falling = {}
    for i, x in a.items():
        for j, y in b.items():
            for common in range(min(i, j) + 1):
                r = i + j - common
                out[r] = out.get(r, 0.0) + factorial(common) * comb(i, common) * comb(j, common) * x * y
    return out


class _Terms:
    """Moments within each stratum of ``L = sum_e (k_e)_2 + b_e k_e`` with the counts."""

    def __init__(self, counts: Counts, b: Vector) -> None:
        self.c = counts
        self._powers = [np.ones_like(counts.n)]
        for r in range(6):
            self._powers.append(self._powers[-1] * (counts.n - r))
        self.h = [np.ones_like(counts.people)]
        for r in range(6):
            left = counts.people - r
            self.h.append(self.h[-1] * np.divide(np.maximum(counts.ones - r, 0.0), left, out=np.zeros_like(left), where=left > 0))
        one = {1: np.ones_like(b)}
        f: Falling = {1: b, 2: np.ones_like(b)}
        self.f, self.f2 = self._of(f), self._of(_times(f, f))
        self.f3 = self._of(_times(_times(f, f), f))
        fk = _times(f, one)
        self.fk, self.fkk = self._of(fk), self._of(_times(fk, one))
        self.sums = {r: counts.add(v) for r, v in self.f.items()}
        self.mean = np.sum([self.h[r] * s for r, s in self.sums.items()], axis=0)
        row = counts.row
        self.expected = self.h[1][row] * counts.n
        # E(L k) and E(L k^2) of each entry
        self.lk = self._with(1) + np.sum([self.h[r][row] * v for r, v in self.fk.items()], axis=0)
        self.lkk = self._with(1) + self._with(2) + np.sum([self.h[r][row] * v for r, v in self.fkk.items()], axis=0)

    def _of(self, f: Falling) -> Falling:
        return {r: v * self._powers[r] for r, v in f.items()}

    def _with(self, j: int) -> Vector:
        row = self.c.row
        found: Vector = np.sum([self.h[r + j][row] * (self.sums[r][row] - v) for r, v in self.f.items()], axis=0) * self._powers[j]
        return found

    def third(self) -> Vector:
        """Give the third central moment of L, a stratum."""
        add, h, f, s = self.c.add, self.h, self.f, self.sums
        second = sum((h[r] * add(v) for r, v in self.f2.items()), np.zeros_like(self.mean))
        third = sum((h[r] * add(v) for r, v in self.f3.items()), np.zeros_like(self.mean))
        for r in f:
            for q in f:
                rq = add(f[r] * f[q])
                second = second + h[r + q] * (s[r] * s[q] - rq)
                for t in f:
                    apart = s[r] * s[q] * s[t] - rq * s[t] - add(f[r] * f[t]) * s[q] - add(f[q] * f[t]) * s[r] + 2 * add(f[r] * f[q] * f[t])
                    third = third + h[r + q + t] * apart
        for r, v in self.f2.items():
            for q in f:
                third = third + 3 * h[r + q] * (add(v) * s[q] - add(v * f[q]))
        found: Vector = third - 3 * second * self.mean + 2 * self.mean**3
        return found

    def with_count(self) -> Vector:
        """Give the covariance of L with the count of each entry."""
        found: Vector = self.lk - self.mean[self.c.row] * self.expected
        return found

    def with_square(self, spread: Vector) -> Vector:
        """Give ``E(a z^2)`` of each entry."""
        row, p, mean = self.c.row, self.c.share, self.mean[self.c.row]
        found: Vector = self.lkk - 2 * self.expected * self.lk + self.expected**2 * mean - mean * spread[row] * p * (1 - p)
        return found


def _between_strata(counts: Counts, terms: _Terms) -> float:
    """Add the terms of two and of three strata that share an evaluator."""
    i, j = _joined(counts.cell)
    if not len(i):
        return 0.0
    v, w = counts.spread()
    p, row, n_strata = counts.share, counts.row, len(counts.people)
    both = np.bincount(counts.cell, v[row] * p, counts.n_cells)[counts.cell] - v[row] * p
    found = 12 * float(terms.with_square(v) @ both)
    key, pair = np.unique(row[i].astype(np.int64) * n_strata + row[j], return_inverse=True)
    s, t = (key // n_strata).astype(np.intp), (key % n_strata).astype(np.intp)

    def add(values: Vector) -> Vector:
        return np.bincount(pair, values, len(key)).astype(np.float64, copy=False)

    found -= 12 * float(v[t] @ _squares(terms, i, p[j], s, add))
    x, y = p[i], p[j]
    g, x2, y2 = add(x * y), add(x * y * y), add(x * x * y)
    x3, y3 = add(x * y**3), add(x**3 * y)
    cube = g**3 - 6 * g**3 + 3 * g * (x2 + 2 * g * g + y2) - (x3 + 3 * x2 * g + 3 * g * y2 + y3)
    off = g[pair] - x - y
    cube = cube + add(x * y * (1 + 3 * off + 3 * off**2))  # (1 + off)^3 - off^3
    found += 4 * float((w[s] * w[t]) @ cube)  # each pair of strata stands here twice
    return found + 48 * _triangles(counts, v, s, t, g)


def _joined(cell: Places) -> tuple[Places, Places]:
    """Give all ordered pairs of different entries of one evaluator."""
    order = np.argsort(cell, kind="stable")
    n = np.bincount(cell)
    each = n[cell[order]]
    first = np.repeat(np.arange(len(order)), each)
    begin = (np.cumsum(n) - n)[cell[order]]
    second = np.arange(len(first)) - np.repeat(np.cumsum(each) - each, each) + begin[first]
    apart = first != second
    return order[first[apart]], order[second[apart]]


def _squares(terms: _Terms, i: Places, q: Vector, s: Places, add: Callable[[Vector], Vector]) -> Vector:
    """Give ``E(a_s (q'z_s)^2)`` for each ordered pair of strata."""
    h, n, p = terms.h, terms.c.n[i], terms.c.share[i]
    level, through, mean = add(q * n), add(q * terms.lk[i]), terms.mean[s]
    squares = add(q * q * n * n)
    product = add(q * q * terms.lkk[i])
    for r, f in terms.f.items():
        own = f[i]
        product = product + h[r + 2][s] * (terms.sums[r][s] * (level**2 - squares) - 2 * (level * add(q * n * own) - add(q * q * n * n * own)))
    for r, f in terms.fk.items():
        own = f[i]
        product = product + 2 * h[r + 1][s] * (add(q * own) * level - add(q * q * own * n))
    centre = h[1][s] * level
    v = terms.c.spread()[0][s]
    found: Vector = product - 2 * centre * through + centre**2 * mean - mean * v * (add(p * q * q) - add(p * q) ** 2)
    return found


def _triangles(counts: Counts, v: Vector, s: Places, t: Places, g: Vector) -> float:
    """Add ``tr(C_s C_t C_u)`` over three strata of which each two share an evaluator."""
    n = len(counts.people)
    upper = s < t
    near = csr_array((g[upper], (s[upper], t[upper])), shape=(n, n))
    a, b = s[upper], t[upper]
    common = near[a].astype(bool).multiply(near[b].astype(bool)).tocoo()
    if not common.nnz:
        return 0.0
    a, b, c = a[common.row], b[common.row], common.col
    share = csr_array((counts.share, (counts.row, counts.cell)), shape=(n, counts.n_cells))
    x, y, z = share[a], share[b], share[c]
    xyz = x.multiply(y).multiply(z)
    total = np.asarray(xyz.sum(axis=1)).ravel()
    more = np.asarray(xyz.multiply(x + y + z).sum(axis=1)).ravel()
    ab, bc, ac = (np.asarray(near[i, j]).ravel() for i, j in ((a, b), (b, c), (a, c)))
    return float((v[a] * v[b] * v[c]) @ (total - more + (ab + bc + ac) * total - ab * bc * ac))
