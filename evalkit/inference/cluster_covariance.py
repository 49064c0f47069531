"""Regression whose rows are independent between clusters only: CR2 covariance with Satterthwaite degrees of freedom.

Fifty clusters can carry the information of six, so the degrees of freedom come from the design and not from a count of clusters.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level, complete, labels

_ZERO = 1e-10
_MANY = 500  # clusters


@dataclass(frozen=True)
class Contrast:
    """A linear combination of coefficients: `estimate`, CR2 `std_error`, Satterthwaite `df`; `reason` where there is no standard error."""

    estimate: float
    std_error: float
    df: float
    n: int
    n_clusters: int
    reason: str = ""

    @property
    def p_value(self) -> float:
        """The two-sided p-value of the value 0; not a number where there is no standard error, or nothing differs at all."""
        from scipy.special import stdtr

        if self.reason or (self.std_error == 0 and self.estimate == 0):
            return math.nan
        return 0.0 if self.std_error == 0 else float(2 * stdtr(self.df, -abs(self.estimate) / self.std_error))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Give ``estimate -+ t(df) * std_error``; not a number where there is no standard error."""
        check_level(level)
        from scipy.special import stdtrit

        if self.reason:
            return math.nan, math.nan
        half = float(stdtrit(self.df, 0.5 + level / 2)) * self.std_error
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True)
class Moments:
    """What CR2 needs of each cluster: ``X'X`` (`squares`, shape (clusters, k, k)) and ``X'e`` (`scores`, shape (clusters, k))."""

    coefficients: NDArray[np.float64]
    inverse: NDArray[np.float64]
    squares: NDArray[np.float64]
    scores: NDArray[np.float64]
    n: int


@dataclass(frozen=True)
class ClusterFit:
    """A least squares fit: `coefficients`, their CR2 `covariance`, and what contrasts need."""

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    moments: Moments
    adjusted: NDArray[np.float64]
    _leverage: NDArray[np.float64]
    _lengths: NDArray[np.float64]

    @property
    def n_clusters(self) -> int:
        """The number of clusters."""
        return len(self.moments.squares)

    def contrast(self, weights: ArrayLike) -> Contrast:
        """Give ``weights' coefficients`` with its CR2 standard error and the Satterthwaite degrees of freedom of that very combination."""
        w = np.asarray(weights, dtype=float)
        estimate = float(w @ self.coefficients)
        sizes = self.moments.n, self.n_clusters
        if self.n_clusters < 2:
            return Contrast(estimate, math.nan, math.nan, *sizes, "one_cluster")
        along = self.moments.inverse @ w
        own = np.einsum("i,gij,j->g", along, self._lengths, along)
        cross = self._leverage @ along
        trace, squares = _sums(own, cross, self.moments.inverse)
        variance = float(w @ self.covariance @ w)
        scale = float(own.sum())
        if scale <= 0 or trace <= 1e-8 * scale or squares <= 0:
            return Contrast(estimate, math.nan, math.nan, *sizes, "no_degrees_of_freedom")
        # a cluster that is fitted exactly leaves rounding in place of a residual
        if variance <= 1e-22 * max(estimate**2, 1.0) * max(scale, 1.0):
            return Contrast(estimate, math.nan, math.nan, *sizes, "no_variation_between_clusters")
        return Contrast(estimate, math.sqrt(variance), trace**2 / squares, *sizes)


def cluster_moments(y: ArrayLike, x: ArrayLike, clusters: ArrayLike) -> Moments:
    """Fit by least squares and keep the moments of each cluster.

    Raises
    ------
    EstimationError
        If the lengths differ or there is no row.
    """
    outcome, design = complete(y, "outcomes"), np.atleast_2d(complete(x, "columns of the design", wide=True))
    names, code = np.unique(labels(clusters), return_inverse=True)
    code = code.reshape(-1)
    if not len(outcome) == len(design) == len(code) or not len(outcome):
        raise EstimationError("Outcome, design and clusters must have one entry each for the same rows, and at least one row.")
    order = np.argsort(code, kind="stable")
    outcome, design, code = outcome[order], design[order], code[order]
    starts = np.searchsorted(code, np.arange(len(names) + 1))
    squares = np.stack([design[a:b].T @ design[a:b] for a, b in itertools.pairwise(starts)])
    total = squares.sum(axis=0)
    inverse = np.linalg.pinv(total, rcond=1e-12, hermitian=True)
    coefficients = inverse @ (design.T @ outcome)
    residual = outcome - design @ coefficients
    scores = np.add.reduceat(design * residual[:, None], starts[:-1], axis=0)
    return Moments(coefficients, inverse, squares, scores, len(outcome))


def cr2(moments: Moments) -> ClusterFit:
    """Give the bias-reduced covariance ``M (sum X' A e e' A X) M`` with ``A = (I - X M X')^(-1/2)`` of each cluster.

    All of it is done with matrices of the size of the design, whatever the number of rows: with ``X = Q R`` of a cluster,
    ``X' A e = R (I - R M R)^(-1/2) R^+ X' e``.
    """
    roots, values, vectors = _roots(moments.squares)
    inner = np.eye(roots.shape[1]) - roots @ moments.inverse @ roots
    inv_root = _power(inner, -0.5)
    positive = values > _ZERO * values.max(axis=1, keepdims=True).clip(min=1e-300)
    back = np.where(positive, 1 / np.sqrt(np.where(positive, values, 1.0)), 0.0)
    generalised = (vectors * back[:, None, :]) @ vectors.transpose(0, 2, 1)
    adjusted = np.einsum("gij,gj->gi", roots @ inv_root @ generalised, moments.scores)
    middle = adjusted.T @ adjusted
    leverage = roots @ inv_root @ roots
    return ClusterFit(moments.coefficients, moments.inverse @ middle @ moments.inverse, moments, adjusted, leverage,
                      roots @ inv_root @ inv_root @ roots)


def cluster_regression(y: ArrayLike, x: ArrayLike, clusters: ArrayLike) -> ClusterFit:
    """Fit ``y = X b`` by least squares with CR2 standard errors and Satterthwaite degrees of freedom.

    ``V = M (sum over clusters of X' A e e' A X) M``, ``M = (X'X)^-1``, ``A = (I - X M X')^(-1/2)``: unbiased if rows are independent
    and of one variance. Degrees of freedom of a contrast: ``(tr B)^2 / tr B^2``, B being the covariance of the clusters' contributions
    under that working model. A coefficient of 0: no relation.

    Parameters
    ----------
    y : array_like of float, shape (n,)
        The outcome.
    x : array_like of float, shape (n, k)
        The design with its constant and dummies; a column that others determine gets what the smallest solution gives.
    clusters : array_like, shape (n,)
        Codes of any kind.

    Returns
    -------
    ClusterFit
        `coefficients` (k,), their `covariance` (k, k), and ``contrast(weights)`` with `estimate`, `std_error`, `df`.

    Raises
    ------
    EstimationError
        If the lengths differ, there is no row, or a value is missing or no number.

    Notes
    -----
    Dummies must stand in the design: after demeaning the correction is another one. A cluster that the design fits exactly (one
    trained office beside one that is not) has no residual, so the contrast has no degrees of freedom and no standard error.
    Sources: R. Bell, D. McCaffrey (2002), Survey Methodology 28, 169-181; G. Imbens, M. Kolesár (2016), Review of Economics and
    Statistics 98, 701-712; J. Pustejovsky, E. Tipton (2018), Journal of Business & Economic Statistics 36, 672-683.

    Examples
    --------
    >>> fit = cluster_regression([1.0, 2.0, 4.0, 6.0], [[1, 0], [1, 0], [1, 1], [1, 1]], [1, 2, 3, 4])
    >>> found = fit.contrast([0, 1])
    >>> round(found.estimate, 3), round(found.std_error, 3), round(found.df, 3)
    (3.5, 1.118, 2.0)
    """
    return cr2(cluster_moments(y, x, clusters))


def _sums(own: NDArray[np.float64], cross: NDArray[np.float64], inverse: NDArray[np.float64]) -> tuple[float, float]:
    """Give ``tr B`` and ``tr B**2`` of ``B = diag(own) - cross M cross'``; of many clusters without that matrix, whose size is their square."""
    if len(own) <= _MANY:
        b = np.diag(own) - cross @ inverse @ cross.T
        return float(np.trace(b)), float((b**2).sum())
    turned = cross @ inverse
    shared, inner = np.einsum("gi,gi->g", turned, cross), turned.T @ cross
    return float((own - shared).sum()), float((own**2).sum() - 2 * (own * shared).sum() + (inner * inner.T).sum())


def _roots(squares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Symmetric square roots of each cluster's X'X, with its eigenvalues and vectors."""
    values, vectors = np.linalg.eigh(squares)
    values = np.where(values > _ZERO * values[:, -1:].clip(min=0), values, 0.0)
    return (vectors * np.sqrt(values)[:, None, :]) @ vectors.transpose(0, 2, 1), values, vectors


def _power(matrices: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Symmetric powers; directions in which nothing is left stay nothing."""
    values, vectors = np.linalg.eigh((matrices + matrices.transpose(0, 2, 1)) / 2)
    kept = values > 1e-9
    powers = np.where(kept, np.where(kept, values, 1.0) ** exponent, 0.0)
    return np.asarray((vectors * powers[:, None, :]) @ vectors.transpose(0, 2, 1))
