"""Solve with the Schur complement ``S = I + L (W - C' diag(w) C) L`` left after the largest factor is eliminated.

`Dense` is exact: Cholesky, inverse, traces (far from the optimum its traces may be estimated: the inverse costs twice the factor).
`Iterative` solves by preconditioned conjugate gradients and estimates the traces with fixed random probes (Hutchinson 1990); its
log-determinant is exact all the same, from one sparse or dense factor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model.design import Design, Matrix, Vector
from evalkit.inference.mixed_model.factored import Bordered, Full, factored
from evalkit.inference.mixed_model.formed import Arrow, Formed, arrow_of, large


class NoResidualError(EstimationError):
    """The factors explain every value, so that there is no residual to measure them by."""

    def __init__(self) -> None:
        super().__init__("The factors leave no residual, or a coefficient depends on others: the mixed model cannot be fitted.")


class Solver(Protocol):
    """What the search needs of the Schur complement at one point."""

    def solve(self, rhs: Matrix, key: str) -> Matrix:
        """Give ``S^-1 rhs``; `key` names the columns, so that a later point can start from the answer of this one."""

    def log_det(self) -> float | None:
        """Give ``log |S|``, or nothing where it cannot be had."""

    def traces(self) -> tuple[float, Vector, Matrix]:
        """Give ``<S^-1, L C' diag(g1/d1^2) C L>``, the trace of each block of ``S^-1``, and both for each random probe."""


def eliminated(design: Design, gamma: Vector) -> tuple[Vector, Vector]:
    """Give ``d1 = gamma_1 n1 + 1`` and the diagonal of L, ``sqrt(gamma_k)`` for each level of the other factors."""
    d1 = gamma[0] * design.n1 + 1.0
    return d1, np.repeat(np.sqrt(gamma[1:]), design.sizes[1:])


class Dense:
    """Exact, with one array of the size of S; with `probes` and `units` its traces are estimated from the factor alone."""

    def __init__(self, design: Design, gamma: Vector, probes: Matrix | None = None, units: Matrix | None = None) -> None:
        self._design, self._random = design, (probes, units)
        self._gamma = gamma
        self._d1, self._scale = eliminated(design, gamma)
        s = self._build()
        self._factor, info = lapack.dpotrf(s, lower=1, overwrite_a=1, clean=0)
        if info:
            raise NoResidualError

    def _product(self, weight: Vector) -> Matrix:
        """Lower triangle of ``C' diag(weight) C`` (all of it where sparse products are used)."""
        pairs, q = self._design.pairs, self._design.rest
        if pairs is None:
            return np.asarray((self._design.C.T @ sp.diags_array(weight) @ self._design.C).toarray(order="F"))
        return np.asarray(pairs @ weight).reshape(q, q, order="F")

    def _build(self) -> Matrix:
        s = self._product(-self._gamma[0] / self._d1)
        w = self._design.W.tocoo()
        s[w.row, w.col] += w.data
        s *= self._scale[:, None]
        s *= self._scale
        s[np.diag_indices_from(s)] += 1.0
        return s

    def solve(self, rhs: Matrix, key: str) -> Matrix:
        """Solve exactly."""
        if not rhs.size:
            return rhs
        found, _ = lapack.dpotrs(self._factor, rhs, lower=1)
        return np.asarray(found)

    def log_det(self) -> float:
        """Give the log-determinant from the factor."""
        return float(2 * np.log(np.diagonal(self._factor)).sum())

    def inverse(self) -> Matrix:
        """Give the lower triangle of the inverse; the factor is kept."""
        if not self._factor.size:
            return np.zeros((0, 0))
        found, _ = lapack.dpotri(self._factor, lower=1)
        return np.asarray(found)

    def traces(self) -> tuple[float, Vector, Matrix]:
        """Take the traces from the inverse, or from the probes."""
        probes, units = self._random
        if probes is not None and units is not None:
            return probed(self._design, lambda v: slope(self._design, self._gamma, v), self, probes, units)
        inverse = self.inverse()
        diagonal = np.diagonal(inverse)
        blocks = np.array([diagonal[b].sum() for b in self._design.blocks])
        weight = self._gamma[0] / self._d1**2
        if not self._design.rest:
            return 0.0, blocks, np.zeros((0, 0))
        inverse *= self._scale[:, None]
        inverse *= self._scale
        both = float((np.tril(self._product(weight)) * np.tril(inverse)).sum())
        own = float((self._design.C.power(2).T @ weight) @ np.diagonal(inverse))
        return 2 * both - own, blocks, np.zeros((0, 0))


class Iterative:
    """Conjugate gradients, starting from the answers of the point before; exact answers once the log-determinant was asked for.

    ``S`` is divided by the roots of its diagonal from both sides, which then is 1: as a diagonal preconditioner, with fewer products.
    """

    def __init__(self, design: Design, gamma: Vector, probes: Matrix, units: Matrix, *, tolerance: float, warm: dict[str, Matrix],
                 formed: Formed | None = None) -> None:
        self._formed = formed
        self._design, self._gamma, self._probes, self._units = design, gamma, probes, units
        self._d1, self._scale = eliminated(design, gamma)
        self._w = gamma[0] / self._d1
        self._tolerance, self._warm = tolerance, warm
        self._one = 1.0 / (1.0 + self._scale**2 * (design.W.diagonal() - design.squared @ self._w))  # what is left of the identity
        self._root = np.sqrt(self._one)
        self._s = None if formed is None else formed.complement(float(gamma[0]), self._scale * self._root, self._one)
        self._factor: Bordered | Full | None = None

    def _times(self, v: Matrix) -> Matrix:
        if self._s is not None:
            return self._s @ v
        scale = (self._scale * self._root)[:, None]
        scaled = scale * v
        inner = self._design.W @ scaled - self._design.transposed @ (self._w[:, None] * (self._design.C @ scaled))
        return np.asarray(self._one[:, None] * v + scale * inner)

    def solve(self, rhs: Matrix, key: str) -> Matrix:
        """Solve each column until its residual is below the tolerance times its size."""
        root = self._root[:, None]
        if self._factor is not None:
            return np.asarray(root * self._factor.solve(root * rhs))
        start = self._warm.get(key)
        r = root * rhs
        goal = self._tolerance**2 * np.maximum(_squares(r), 1e-300)
        x = np.zeros_like(r)
        if start is not None and start.shape == rhs.shape:
            np.divide(start, root, out=x)
            r -= self._times(x)
        p, rr, moved = r.copy(), _squares(r), np.empty_like(r)
        for _ in range(1000):
            if (rr <= goal).all():
                break
            sp_ = self._times(p)
            below = np.einsum("ij,ij->j", p, sp_)
            alpha = np.divide(rr, below, out=np.zeros_like(rr), where=below > 0)
            x += np.multiply(alpha, p, out=moved)
            sp_ *= alpha
            r -= sp_
            after = _squares(r)
            p *= np.divide(after, rr, out=np.zeros_like(rr), where=rr > 0)
            p += r
            rr = after
        self._warm[key] = np.asarray(root * x)
        return self._warm[key]

    def log_det(self) -> float | None:
        """Factor S once, if it can be."""
        self._factor = factored(self._made() if self._s is None else self._s)
        return None if self._factor is None else self._factor.log_det() - float(np.log(self._one).sum())

    def _made(self) -> Arrow:
        """Give S by sparse products."""
        c, root = self._design.C, sp.diags_array(np.sqrt(self._w))
        inner = sp.csr_array(self._design.W) - sp.csr_array((root @ c).T @ (root @ c))
        scale = sp.diags_array(self._scale * self._root)
        return arrow_of(sp.csr_array(sp.diags_array(self._one) + scale @ inner @ scale), large(self._design))

    def traces(self) -> tuple[float, Vector, Matrix]:
        """Estimate the traces."""
        return probed(self._design, self._slope, self, self._probes, self._units)

    def _slope(self, v: Matrix) -> Matrix:
        if self._formed is not None:
            return self._formed.slope(float(self._gamma[0]), self._scale, v)
        return slope(self._design, self._gamma, v)


def _squares(v: Matrix) -> Vector:
    return np.asarray(np.einsum("ij,ij->j", v, v))


def slope(design: Design, gamma: Vector, v: Matrix) -> Matrix:
    """Give ``L C' diag(gamma_1 / d1^2) C L v``."""
    d1, scale = eliminated(design, gamma)
    return np.asarray(scale[:, None] * (design.C.T @ ((gamma[0] / d1**2)[:, None] * (design.C @ (scale[:, None] * v)))))


def probed(design: Design, slope_of: Callable[[Matrix], Matrix], solver: Solver, probes: Matrix, units: Matrix) -> tuple[float, Vector, Matrix]:
    """Give the traces: exact for small factors by unit vectors, by random probes for the others; probes one by one tell the error."""
    every = np.hstack([probes, units])
    solved = solver.solve(every, "probes")
    middle = slope_of(every)
    m = probes.shape[1]
    of_first = (middle * solved).sum(axis=0)
    of_blocks = np.array([(every[b] * solved[b]).sum(axis=0) for b in design.blocks])
    one_by_one = np.vstack([of_first[:m], of_blocks[:, :m]])
    return float(of_first[:m].mean() + of_first[m:].sum()), of_blocks[:, :m].mean(axis=1) + of_blocks[:, m:].sum(axis=1), one_by_one
