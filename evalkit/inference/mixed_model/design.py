"""Cross products of a crossed design: made once, after which the rows are never touched again.

The factor with the most levels stands first; `C` holds how often each of its levels meets each level of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from evalkit.inference.frames import ranks

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Codes = NDArray[np.intp]
MOST_PAIRS = 20_000_000
MOST_LEVELS = 4000
SMALL_FACTOR = 64  # levels up to which a factor is dense, and its trace exact by unit vectors


@dataclass(frozen=True)
class Design:
    """The design in cross products; every factor but the first is one block of columns of `C` and `W`.

    The response enters them less its least-squares fit, whose coefficients are `taken`: a level of 70 would cost digits of the deviance.
    """

    codes: tuple[Codes, ...]
    sizes: tuple[int, ...]
    n: int
    weights: Vector
    x: Matrix
    y: Vector
    n1: Vector
    C: sp.csr_matrix
    W: sp.csr_matrix
    z1: Matrix
    zr: Matrix
    gram: Matrix
    taken: Vector
    pairs: sp.csc_array | None

    @property
    def rest(self) -> int:
        """Levels of all factors but the first."""
        return sum(self.sizes[1:])

    @property
    def blocks(self) -> tuple[slice, ...]:
        """The columns of each factor but the first."""
        ends = np.cumsum([0, *self.sizes[1:]])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    @cached_property
    def transposed(self) -> sp.csr_matrix:
        """``C'``, by its own rows."""
        return sp.csr_matrix(self.C.T)

    @cached_property
    def squared(self) -> sp.csr_matrix:
        """``C'`` with its entries squared."""
        return sp.csr_matrix(self.transposed.power(2))

    def with_response(self, y: Vector) -> Design:
        """Give the same design with another response."""
        z1, zr, gram, taken = _response_products(self.codes, self.sizes, self.weights, self.x, y)
        return replace(self, y=y, z1=z1, zr=zr, gram=gram, taken=taken)


def make_design(codes: tuple[Codes, ...], sizes: tuple[int, ...], x: Matrix, y: Vector, weights: Vector) -> Design:
    """Compute the cross products of a design whose first factor is the largest.

    Parameters
    ----------
    codes : tuple of int arrays, shape (n,)
        Level of each row in each factor.
    sizes : tuple of int
        Levels of each factor.
    x, y, weights : arrays, shapes (n, p), (n,), (n,)
        Fixed-effect matrix, response, weights (1 for all when there are none).
    """
    n, rest = len(y), codes[1:]
    offsets = np.cumsum([0, *sizes[1:]])[:-1]
    q1, qr = sizes[0], sum(sizes[1:])
    if rest:
        rows = np.concatenate([codes[0]] * len(rest))
        cols = np.concatenate([c + o for c, o in zip(rest, offsets, strict=True)])
        c_matrix = sp.csr_matrix(sp.coo_matrix((np.tile(weights, len(rest)), (rows, cols)), shape=(q1, qr)))
        w_matrix = _met_among(rest, sizes[1:], weights)
    else:
        c_matrix, w_matrix = sp.csr_matrix((q1, 0)), sp.csr_matrix((0, 0))
    z1, zr, gram, taken = _response_products(codes, sizes, weights, x, y)
    n1 = np.bincount(codes[0], weights, q1).astype(np.float64)
    return Design(codes, sizes, n, weights, x, y, n1, c_matrix, w_matrix, z1, zr, gram, taken, _pairs(c_matrix))


def _met_among(codes: tuple[Codes, ...], sizes: tuple[int, ...], weights: Vector) -> sp.csr_matrix:
    """Give the total weight of the rows where two levels meet, of all factors but the first."""
    parts: list[list[sp.sparray]] = [[sp.diags_array(np.bincount(a, weights, q)) for a, q in zip(codes, sizes, strict=True)] for _ in codes]
    for j, (a, qa) in enumerate(zip(codes, sizes, strict=True)):
        for k in range(j):
            b, qb = codes[k], sizes[k]
            met = (np.bincount(a * qb + b, weights, qa * qb).reshape(qa, qb) if qa * qb <= len(a) else
                   sp.coo_array((weights, (a, b)), shape=(qa, qb)).tocsr())
            parts[j][k] = sp.csr_array(met)
            parts[k][j] = parts[j][k].T
    return sp.csr_matrix(sp.block_array(parts, format="csr"))


def _response_products(codes: tuple[Codes, ...], sizes: tuple[int, ...], weights: Vector, x: Matrix,
                       y: Vector) -> tuple[Matrix, Matrix, Matrix, Vector]:
    scaled = x * weights[:, None]
    taken: Vector = np.linalg.lstsq(scaled.T @ x, scaled.T @ y, rcond=None)[0].astype(np.float64, copy=False)
    both = np.column_stack([x, y - x @ taken])
    weighted = both * weights[:, None]
    sums: list[Matrix] = [np.column_stack([np.bincount(c, weighted[:, j], q).astype(np.float64) for j in range(both.shape[1])])
                          for c, q in zip(codes, sizes, strict=True)]
    rest: Matrix = np.vstack(sums[1:]) if len(sums) > 1 else np.zeros((0, both.shape[1]))
    return sums[0], rest, both.T @ weighted, taken


def _pairs(c: sp.csr_matrix) -> sp.csc_array | None:
    """Give the matrix that makes ``C' diag(w) C`` from `w`, while it is small enough; beyond that sparse products are made at each step.

    It has a row for each entry, in Fortran's order (those of the upper triangle are empty), and a column for each level of the first factor.
    """
    met = np.diff(c.indptr)
    q = c.shape[1]
    if q == 0 or q > MOST_LEVELS or int((met.astype(np.int64) * (met + 1)).sum()) // 2 > MOST_PAIRS:
        return None
    c.sort_indices()
    start = np.repeat(c.indptr[:-1], met)
    within = np.arange(c.nnz, dtype=np.int32) - start  # place of an entry in its row: it pairs with all entries up to itself
    left = np.repeat(np.arange(c.nnz, dtype=np.int32), within + 1)
    right = np.arange(len(left), dtype=np.int32) - np.repeat(np.cumsum(within + 1, dtype=np.int32) - (within + 1) - start, within + 1)
    ends = np.concatenate([[0], np.cumsum(met * (met + 1) // 2, dtype=np.int32)])
    return sp.csc_array((c.data[left] * c.data[right], c.indices[right] * np.int32(q) + c.indices[left], ends), shape=(q * q, c.shape[0]))


def same_groups(left: Codes, right: Codes, size: int) -> bool:
    """Tell whether two factors of as many levels put the same rows together.

    Examples
    --------
    >>> same_groups(np.array([0, 1, 1]), np.array([1, 0, 0]), 2)
    True
    """
    image = np.zeros(size, dtype=np.intp)
    image[left] = right
    return bool((image[left] == right).all())


def code_factor(frame: pd.DataFrame, columns: tuple[str, ...]) -> tuple[Codes, pd.Index]:
    """Number the levels of a factor, or of the crossing of several columns, by their size: the order of the rows is no part of the data.

    Examples
    --------
    >>> code_factor(pd.DataFrame({"a": ["x", "y", "x"], "b": [1, 1, 2]}), ("a", "b"))[0].tolist()
    [0, 2, 1]
    """
    if len(columns) == 1:
        codes = ranks(frame[columns[0]])
        first = np.empty(codes.max(initial=-1) + 1, dtype=np.intp)  # the row where a level comes first
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        return codes, pd.Index(frame[columns[0]].iloc[first])
    parts, first, codes = np.unique(np.column_stack([ranks(frame[c]) for c in columns]), axis=0, return_index=True, return_inverse=True)
    names = frame[list(columns)].iloc[first].itertuples(index=False, name=None)
    return codes.reshape(len(frame) if len(parts) else 0), pd.Index([":".join(map(str, level)) for level in names])
