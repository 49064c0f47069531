"""The Schur complement factored once, at the optimum: sparse while it stays sparse, dense while it fits.

The few levels of small factors, which meet all others, are a dense border: a sparse factor of the rest alone keeps less and takes less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import SuperLU, splu

from evalkit.inference.mixed_model.design import Matrix
from evalkit.inference.mixed_model.formed import Arrow

MOST_DENSE = 10_000
MOST_PROFILE = 150_000_000  # entries of the profile up to which a sparse factor takes seconds, at worst two minutes and a gigabyte
FULL = 1 / 3  # share of all entries in the profile from which a dense factor is as quick


@dataclass(frozen=True)
class Full:
    """A Cholesky factor of the whole."""

    factor: Matrix

    def solve(self, rhs: Matrix) -> Matrix:
        """Solve exactly."""
        return np.asarray(lapack.dpotrs(self.factor, rhs, lower=1)[0])

    def log_det(self) -> float:
        """Give the log-determinant."""
        return float(2 * np.log(np.diagonal(self.factor)).sum())


@dataclass(frozen=True)
class Bordered:
    """A sparse factor of the levels of large factors, and the dense complement that is `left` of the small ones."""

    factor: SuperLU | None
    beside: Matrix
    solved: Matrix
    left: Matrix

    def solve(self, rhs: Matrix) -> Matrix:
        """Solve exactly."""
        m = len(self.beside)
        found = np.empty_like(rhs)
        found[:m] = self.factor.solve(rhs[:m]) if self.factor is not None else 0.0
        if len(self.left):
            found[m:] = lapack.dpotrs(self.left, rhs[m:] - self.beside.T @ found[:m], lower=1)[0]
            found[:m] -= self.solved @ found[m:]
        return found

    def log_det(self) -> float:
        """Give the log-determinant."""
        own = 0.0 if self.factor is None else float(np.log(np.abs(self.factor.U.diagonal())).sum())
        return own + float(2 * np.log(np.diagonal(self.left)).sum())


def factored(s: Arrow) -> Bordered | Full | None:
    """Factor S, or give nothing where it is too large for a dense factor and too full for a sparse one.

    Parameters
    ----------
    s : Arrow, shape (q, q)
        Positive definite.
    """
    m, few = s.beside.shape
    filled = _profile(s.inner) if m else 0
    if filled <= (FULL * m**2 if m + few <= MOST_DENSE else MOST_PROFILE):
        factor = splu(s.inner.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, relax=1, options={"SymmetricMode": True}) if m else None
        solved = factor.solve(s.beside) if few and factor is not None else s.beside
        left, info = lapack.dpotrf(s.corner - s.beside.T @ solved, lower=1, clean=0) if few else (s.corner, 0)
        return Bordered(factor, s.beside, solved, left) if info == 0 else None
    if m + few > MOST_DENSE:
        return None
    whole = np.empty((m + few, m + few), order="F")
    whole[:m, :m] = s.inner.toarray()
    whole[m:, :m], whole[m:, m:] = s.beside.T, s.corner  # the lower triangle is all that is read
    full, info = lapack.dpotrf(whole, lower=1, overwrite_a=1, clean=0)
    return Full(full) if info == 0 else None


def _profile(s: sp.csr_array) -> int:
    """Count the entries between the first one of each row and the diagonal, in the order of Cuthill and McKee: more than a good order fills."""
    place = np.empty(s.shape[0], dtype=np.int64)
    place[reverse_cuthill_mckee(s, symmetric_mode=True)] = np.arange(len(place))
    first, entries = place.copy(), s.tocoo()
    np.minimum.at(first, entries.row, place[entries.col])
    return int((place - first + 1).sum())
