"""The Schur complement itself, where it has fewer entries than a product with it would touch: units whose raters seldom mix.

A level of the first factor counts by the weight ``gamma_1 / (gamma_1 n + 1)``, which levels with equal totals `n` share. Their products
are therefore made once, and the complement at any point is a sum of few arrays. Levels of small factors, which meet all others, stand
last: they are dense columns beside a sparse array.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from evalkit.inference.mixed_model.design import SMALL_FACTOR, Design, Matrix, Vector

MOST_MET = 40.0  # levels met with each entry of C, on average, up to which the complement is formed to see how sparse it is
MOST_TOTALS = 40
MOST_KEPT = 5_000_000  # entries of the products of levels with equal totals, or twice those of C where that is more
ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Arrow:
    """A symmetric array: sparse among the levels of large factors, dense in the last columns.

    Attributes
    ----------
    inner : sparse array, shape (m, m)
        Among levels of large factors.
    beside : array, shape (m, s)
        Of large with small ones.
    corner : array, shape (s, s)
        Among levels of small factors.
    """

    inner: sp.csr_array
    beside: Matrix
    corner: Matrix

    def __matmul__(self, v: Matrix) -> Matrix:
        """Give the product with the columns of `v`."""
        m = len(self.beside)
        found = np.empty_like(v)
        found[:m] = self.inner @ v[:m]
        if len(self.corner):
            found[:m] += self.beside @ v[m:]
            found[m:] = self.beside.T @ v[:m] + self.corner @ v[m:]
        return found


def arrow_of(s: sp.csr_array, m: int) -> Arrow:
    """Part a symmetric array after its first `m` rows and columns.

    Examples
    --------
    >>> arrow_of(sp.csr_array([[2.0, 1.0], [1.0, 3.0]]), 1).corner.tolist()
    [[3.0]]
    """
    return Arrow(s[:m, :m], s[:m, m:].toarray(), s[m:, m:].toarray())


class Formed:
    """Products of a design, added up by the totals of the first factor's levels, on one pattern.

    Parameters
    ----------
    design : Design
        The cross products.
    totals : array, shape (k,)
        The different totals of the first factor's levels.
    group : int array, shape (levels,)
        The total of each level.
    """

    def __init__(self, design: Design, totals: Vector, group: NDArray[np.intp]) -> None:
        self._totals, m = totals, large(design)
        within = arrow_of(sp.csr_array(design.W), m)
        parts = [_products(design.C[group == k] if len(totals) > 1 else design.C, m) for k in range(len(totals))]
        whole = sp.csr_array(sum((p.inner for p in parts), start=sp.csr_array(within.inner.astype(bool).astype(np.float64) + sp.eye_array(m))))
        whole.sort_indices()
        self._indices, self._indptr = whole.indices, whole.indptr
        self._rows = np.repeat(np.arange(m, dtype=whole.indices.dtype), np.diff(whole.indptr))
        self._diagonal = np.flatnonzero(self._rows == self._indices)
        self._parts, self._met = parts, within
        self._beside, self._corner = np.stack([p.beside for p in parts]), np.stack([p.corner for p in parts])

    @cached_property
    def _inner(self) -> Matrix:
        parts, self._parts = self._parts, []
        return np.vstack([self._on(p.inner) for p in parts])

    @cached_property
    def _within(self) -> Vector:
        return self._on(self._met.inner)

    def _on(self, part: sp.csr_array) -> Vector:
        m, found, out = len(self._met.beside), part.tocoo(), np.zeros(len(self._indices))
        keys = self._rows.astype(np.int64) * m + self._indices
        out[np.searchsorted(keys, found.row.astype(np.int64) * m + found.col)] = found.data
        return out

    @property
    def nnz(self) -> int:
        """The entries of the complement."""
        return len(self._indices) + 2 * self._met.beside.size + self._met.corner.size

    def _arrow(self, data: Vector, beside: Matrix, corner: Matrix) -> Arrow:
        m = len(self._met.beside)
        return Arrow(sp.csr_array((data, self._indices, self._indptr), shape=(m, m)), beside, corner)

    def complement(self, gamma: float, scale: Vector, one: Vector) -> Arrow:
        """Give ``diag(one) + L (W - C' diag(w) C) L``."""
        weights, m = gamma / (gamma * self._totals + 1.0), len(self._met.beside)
        data = self._within - weights @ self._inner
        data *= scale[self._rows]
        data *= scale[self._indices]
        data[self._diagonal] += one[:m]
        beside = scale[:m, None] * (self._met.beside - np.tensordot(weights, self._beside, 1)) * scale[m:]
        corner = scale[m:, None] * (self._met.corner - np.tensordot(weights, self._corner, 1)) * scale[m:]
        return self._arrow(data, beside, corner + np.diag(one[m:]))

    def slope(self, gamma: float, scale: Vector, v: Matrix) -> Matrix:
        """Give ``L C' diag(gamma / (gamma n + 1)^2) C L v``."""
        weights = gamma / (gamma * self._totals + 1.0) ** 2
        inner = self._arrow(weights @ self._inner, np.tensordot(weights, self._beside, 1), np.tensordot(weights, self._corner, 1))
        return np.asarray(scale[:, None] * (inner @ (scale[:, None] * v)))


def large(design: Design) -> int:
    """Count the levels of large factors, the first aside; they stand before those of small ones."""
    return sum(q for q in design.sizes[1:] if q > SMALL_FACTOR)


def _products(c: sp.csr_matrix, m: int) -> Arrow:
    own, few = sp.csr_array(c[:, :m]), c.shape[1] - m
    beside, corner = np.zeros((m, few)), np.zeros((few, few))
    for start in range(0, c.shape[0] if few else 0, ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        last = c[rows, m:].toarray()
        beside += own[rows].T @ last
        corner += last.T @ last
    return Arrow(sp.csr_array(own.T @ own), beside, corner)


def worth_forming(design: Design) -> Formed | None:
    """Make the products where the complement has fewer entries than `C`, so that one product with it is cheaper than two with `C`."""
    met = np.diff(design.C.indptr).astype(np.float64)
    if not design.C.nnz or float(met @ met) > MOST_MET * design.C.nnz:
        return None
    totals, group = np.unique(design.n1, return_inverse=True)
    if len(totals) > MOST_TOTALS:
        return None
    formed = Formed(design, totals, group)
    return formed if formed.nnz <= design.C.nnz and len(totals) * formed.nnz <= max(MOST_KEPT, 2 * design.C.nnz) else None
