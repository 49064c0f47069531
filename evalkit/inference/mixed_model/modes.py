"""Conditional modes of one factor and their standard errors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evalkit.inference.mixed_model.design import Design, Vector
from evalkit.inference.mixed_model.factored import MOST_DENSE
from evalkit.inference.mixed_model.search import Point
from evalkit.inference.mixed_model.solvers import Dense, eliminated


def conditional_modes(design: Design, point: Point, k: int, levels: pd.Index) -> pd.DataFrame:
    """Give mode and conditional standard error of each level of factor `k` (0 is the largest)."""
    scale = float(np.sqrt(point.gamma[k]))
    counts = np.bincount(design.codes[k], minlength=design.sizes[k])
    variance = _variance(design, point, k) if design.rest <= MOST_DENSE else np.full(design.sizes[k], np.nan)
    return pd.DataFrame({"level": levels, "n": counts.astype(np.int64), "mode": scale * point.u[k],
                         "std_error": np.sqrt(point.gamma[k] * point.sigma2 * variance)})


def _variance(design: Design, point: Point, k: int) -> Vector:
    """The diagonal of the block of ``M^-1``."""
    solver = Dense(design, point.gamma)
    if k:
        return np.array(np.diagonal(solver.inverse())[design.blocks[k - 1]])
    d1, rest = eliminated(design, point.gamma)
    if not design.rest:
        return np.asarray(1 / d1)
    inverse = solver.inverse()
    full = np.tril(inverse) + np.tril(inverse, -1).T
    inner = design.C @ (rest[:, None] * full * rest)
    met: Vector = np.asarray(design.C.multiply(inner).sum(axis=1), dtype=np.float64).ravel()
    return np.asarray(1 / d1 + point.gamma[0] / d1**2 * met)
