"""The Newton step of joint maximum likelihood: lead facet and dense columns eliminated, the rest by conjugate gradients.

``S = R - C' D^-1 C``: D the information of the lead facet, C lead by large facets, R within large facets. Rows of real offices
are linked weakly (evaluators inside units), and there a diagonal preconditioner fails: then S itself is factored, sparsely.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.linalg import SuperLU, splu

from evalkit.raters.many_facet_rasch.design import Matrix, Vector
from evalkit.raters.many_facet_rasch.passes import Passes
from evalkit.raters.many_facet_rasch.runs import Sums

HARD = 6  # steps of conjugate gradients from which the factor pays
MOST_FILL = 60  # entries a row of S up to which a sparse factor is tried
MOST_STEPS = 300
MOST_DENSE = 600


@dataclass
class System:
    """Information at one point, with everything that does not change from one right-hand side to the next."""

    free: list[NDArray[np.bool_]]
    offsets: NDArray[np.intp]
    inverse_lead: Vector
    large: sp.csr_array | None
    large_by_lead: sp.csr_array | None
    within: sp.csr_array | Vector | None
    border_over_lead: Matrix
    coupling: Matrix
    inner: Matrix
    inner_values: Vector
    inner_inverse: Matrix
    folded: Matrix
    diagonal: Vector
    factor: SuperLU | None = None
    hard: bool = False

    def product(self, v: Vector) -> Vector:
        """Give S v, the dense columns eliminated."""
        if self.large is None or self.large_by_lead is None or self.within is None:
            return v
        own = self.within * v if isinstance(self.within, np.ndarray) else self.within @ v
        out: Vector = own - self.large_by_lead @ (self.inverse_lead * (self.large @ v)) - self.folded @ (self.coupling.T @ v)
        return out

    def precondition(self, v: Vector) -> Vector:
        """Apply the approximate inverse."""
        out: Vector = v / self.diagonal if self.factor is None else self.factor.solve(v)
        return out

    def sparse_schur(self) -> sp.csc_array | None:
        """Give S before the dense columns are eliminated, where it is sparse enough to be factored."""
        if self.large is None or self.large_by_lead is None or self.within is None:
            return None
        q = self.large.shape[1]
        fill = np.square(np.diff(self.large.indptr).astype(np.float64)).sum()
        if fill > MOST_FILL * 40 * q:
            return None
        within = sp.diags_array(self.within) if isinstance(self.within, np.ndarray) else self.within
        s = (within - self.large_by_lead @ (sp.diags_array(self.inverse_lead) @ self.large)).tocsc()
        if s.nnz > MOST_FILL * q and q > 2000:
            return None
        return s

    def build_factor(self) -> None:
        """Factor S with a small ridge (its null space is the shift of a facet)."""
        s = self.sparse_schur()
        if s is None:
            return
        ridge = 1e-4 * self.diagonal
        self.factor = splu((s + sp.diags_array(ridge)).tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
                           options={"SymmetricMode": True})


def free_levels(passes: Passes, anchored: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Tell which levels may move."""
    return [~a for a in anchored]


def system(passes: Passes, sums: Sums, free: list[NDArray[np.bool_]]) -> System:
    """Put the information of a pass together; anchored levels are cut out of it."""
    d = passes.d
    if sums.variance is None or sums.border is None or sums.inner is None or sums.large_border is None or sums.pair is None:
        raise ValueError("The pass was run without information.")
    inverse = np.where(free[d.lead], 1.0 / np.maximum(sums.variance[d.lead], 1e-12), 0.0)
    column_free = np.concatenate([*(free[f] for f in passes.small), np.ones(len(passes.interior) * passes.groups, dtype=bool)])
    border = sums.border if column_free.all() else sums.border * column_free
    sums.border = None  # the widest array: it becomes `over` in its own place
    weighted = np.sqrt(inverse)
    border *= weighted[:, None]
    inner = sums.inner * np.outer(column_free, column_free) - border.T @ border
    over = border
    over *= weighted[:, None]
    inner_inverse, inner_values = _pseudo_inverse(inner)
    offsets = np.concatenate([[0], np.cumsum([len(d.kept[f]) for f in d.large])]).astype(np.intp)
    if not d.large:
        nothing = np.zeros((0, over.shape[1]))
        return System(free, offsets, inverse, None, None, None, over, nothing, inner, inner_values, inner_inverse, nothing, np.zeros(0))
    large, within = _large(passes, sums, free)
    sums.row_variance = None
    by_lead = large.T.tocsr()
    coupling = np.vstack(sums.large_border) * np.concatenate([free[f] for f in d.large])[:, None] * column_free - by_lead @ over
    folded = coupling @ inner_inverse
    squares = large.copy()
    squares.data = squares.data**2
    own = within if isinstance(within, np.ndarray) else within.diagonal()
    diagonal = own - squares.T @ inverse - np.einsum("ij,ij->i", folded, coupling)
    diagonal = np.where(diagonal > 1e-9 * np.maximum(own, 1e-12), diagonal, np.maximum(own, 1e-9))
    return System(free, offsets, inverse, large, by_lead, within, over, coupling, inner, inner_values, inner_inverse, folded, diagonal)


def _pseudo_inverse(inner: Matrix) -> tuple[Matrix, Vector]:
    """Invert the small block; shifts that the lead facet takes up have no information and stay where they are."""
    if not len(inner):
        return inner, np.zeros(0)
    values, vectors = np.linalg.eigh(inner)
    keep = values > 1e-9 * max(float(values[-1]), 1e-300)
    inverse: Matrix = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
    return inverse, values


def _large(passes: Passes, sums: Sums, free: list[NDArray[np.bool_]]) -> tuple[sp.csr_array, sp.csr_array | Vector]:
    """Give lead by large facets, and the information within large facets."""
    d = passes.d
    n = len(d.kept[d.lead])
    second = d.large[0]
    if sums.pair is None or passes.pair_second is None or sums.variance is None:
        raise ValueError("The pass was run without information.")
    pointer = np.append(np.searchsorted(d.starts, d.lead_starts), len(d.starts))
    data = sums.pair if free[second].all() else sums.pair * free[second][passes.pair_second]
    first = sp.csr_array((data, passes.pair_second, pointer), shape=(n, len(d.kept[second])))
    if len(d.large) == 1:
        return first, np.where(free[second], sums.variance[second], 1.0)
    if sums.row_variance is None:
        raise ValueError("The pass was run without information.")
    blocks, parts = [first], [second, *d.large[1:]]
    for f in d.large[1:]:
        keep = free[f][d.codes[f]]
        blocks.append(sp.csr_array(sp.coo_array((sums.row_variance * keep, (d.codes[d.lead], d.codes[f])), shape=(n, len(d.kept[f])))))
    grid: list[list[sp.sparray]] = []
    for f in parts:
        row: list[sp.sparray] = []
        for g in parts:
            if f == g:
                row.append(sp.diags_array(np.where(free[f], sums.variance[f], 1.0)))
            else:
                keep = free[f][d.codes[f]] & free[g][d.codes[g]]
                row.append(sp.coo_array((sums.row_variance * keep, (d.codes[f], d.codes[g])), shape=(len(d.kept[f]), len(d.kept[g]))))
        grid.append(row)
    return sp.csr_array(sp.hstack(blocks)), sp.csr_array(sp.block_array(grid))


def lacking(s: System, shifts: int) -> int | None:
    """Count the contrasts of levels that no data tell, beyond one shift a facet; nothing where that would be too long to find out."""
    if any(not f.all() for f in s.free):
        return None
    values = s.inner_values
    if s.large is not None:
        if s.large.shape[1] > MOST_DENSE or s.large_by_lead is None or s.within is None:
            return None
        within = sp.diags_array(s.within) if isinstance(s.within, np.ndarray) else s.within
        dense = (within - s.large_by_lead @ (sp.diags_array(s.inverse_lead) @ s.large)).toarray()
        values = np.linalg.eigvalsh(np.block([[dense, s.coupling], [s.coupling.T, s.inner]]))
    top = float(values[-1]) if len(values) else 0.0
    return int((values <= 1e-9 * max(top, 1e-300)).sum()) - shifts


def solve(s: System, lead: Vector, large: Vector, border: Vector, tolerance: float) -> tuple[Vector, Vector, Vector]:
    """Give the steps of the lead facet, the large facets and the dense columns for these residuals."""
    border = border - s.border_over_lead.T @ lead
    if s.large is None or s.large_by_lead is None:
        step = s.inner_inverse @ border
        return s.inverse_lead * lead - s.border_over_lead @ step, large, step
    right = large - s.large_by_lead @ (s.inverse_lead * lead) - s.folded @ border
    if s.factor is None and s.hard:
        s.build_factor()
    move, used = _conjugate(s.product, s.precondition, right, tolerance)
    s.hard = s.hard or used >= HARD
    step = s.inner_inverse @ (border - s.coupling.T @ move)
    return s.inverse_lead * (lead - s.large @ move) - s.border_over_lead @ step, move, step


def _conjugate(product: Callable[[Vector], Vector], precondition: Callable[[Vector], Vector], right: Vector,
               tolerance: float) -> tuple[Vector, int]:
    """Solve by preconditioned conjugate gradients to a relative tolerance; gives the steps taken too."""
    x = np.zeros_like(right)
    r = right.copy()
    z = precondition(r)
    p = z.copy()
    rz = float(r @ z)
    goal = tolerance * float(np.sqrt(r @ r))
    for step in range(1, MOST_STEPS + 1):
        if float(np.sqrt(r @ r)) <= goal or rz <= 0:
            return x, step - 1
        q = product(p)
        curvature = float(p @ q)
        if curvature <= 0:
            return x, step
        alpha = rz / curvature
        x += alpha * p
        r -= alpha * q
        z = precondition(r)
        new = float(r @ z)
        p = z + (new / rz) * p
        rz = new
    return x, MOST_STEPS
