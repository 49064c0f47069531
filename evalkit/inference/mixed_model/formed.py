"""The Schur complement itself, sparse, where it has fewer entries than a product with it would touch: units whose raters seldom mix.

A level of the first factor counts by the weight ``gamma_1 / (gamma_1 n + 1)``, which levels with equal totals `n` share. Their products
are therefore made once, and the complement at any point is a sum of few arrays.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from evalkit.inference.mixed_model.design import Design, Matrix, Vector

MOST_MET = 40.0  # levels met with each entry of C, on average, up to which the complement is formed to see how sparse it is
MOST_KEPT = 5_000_000  # entries of the products of levels with equal totals


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
        self._totals, self._shape = totals, (design.rest, design.rest)
        parts = [sp.csr_array(part.T @ part) for part in (design.C[group == k] for k in range(len(totals)))]
        whole = sp.csr_array(sum(parts, start=sp.csr_array(design.W.astype(bool).astype(np.float64) + sp.eye_array(design.rest))))
        whole.sort_indices()
        self._indices, self._indptr = whole.indices, whole.indptr
        self._rows = np.repeat(np.arange(design.rest, dtype=whole.indices.dtype), np.diff(whole.indptr))
        keys = self._rows.astype(np.int64) * design.rest + self._indices
        self._products = np.zeros((len(totals), len(keys)))
        for k, part in enumerate(parts):
            self._put(self._products[k], keys, part)
        self._within = np.zeros(len(keys))
        self._put(self._within, keys, sp.csr_array(design.W))
        self._one = (self._rows == self._indices).astype(np.float64)

    def _put(self, out: Vector, keys: NDArray[np.int64], part: sp.csr_array) -> None:
        found = part.tocoo()
        out[np.searchsorted(keys, found.row.astype(np.int64) * self._shape[0] + found.col)] = found.data

    @property
    def nnz(self) -> int:
        """The entries of the complement."""
        return len(self._indices)

    def _matrix(self, data: Vector) -> sp.csr_array:
        return sp.csr_array((data, self._indices, self._indptr), shape=self._shape)

    def complement(self, gamma: float, scale: Vector) -> sp.csr_array:
        """Give ``I + L (W - C' diag(w) C) L``."""
        data = self._within - (gamma / (gamma * self._totals + 1.0)) @ self._products
        data *= scale[self._rows]
        data *= scale[self._indices]
        return self._matrix(data + self._one)

    def slope(self, gamma: float, scale: Vector, v: Matrix) -> Matrix:
        """Give ``L C' diag(gamma / (gamma n + 1)^2) C L v``."""
        weights = gamma / (gamma * self._totals + 1.0) ** 2
        return np.asarray(scale[:, None] * (self._matrix(weights @ self._products) @ (scale[:, None] * v)))


def worth_forming(design: Design) -> Formed | None:
    """Make the products where the complement has fewer entries than `C`, so that one product with it is cheaper than two with `C`."""
    met = np.diff(design.C.indptr).astype(np.float64)
    if not design.C.nnz or float(met @ met) > MOST_MET * design.C.nnz:
        return None
    totals, group = np.unique(design.n1, return_inverse=True)
    if len(totals) * design.C.nnz > MOST_KEPT:
        return None
    formed = Formed(design, totals, group)
    return formed if formed.nnz <= design.C.nnz else None
