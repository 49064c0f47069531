"""Wild cluster bootstrap of one coefficient, in a form that never touches the rows again: every draw is a vector of signs, one a cluster."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level, complete, labels

Weights = Literal["rademacher", "webb"]
POINTS: dict[str, NDArray[np.float64]] = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-math.sqrt(1.5), -1.0, -math.sqrt(0.5), math.sqrt(0.5), 1.0, math.sqrt(1.5)]),
}
_BLOCK = 1 << 12  # draws at a time: they stay in the cache
_TIE = 1e-10


@dataclass(frozen=True)
class WildBootstrap:
    """`p_value` counts draws that equal the data, `p_without_ties` does not; `enumerated` says that all draws there are were taken."""

    p_value: float
    p_without_ties: float
    t_statistic: float
    estimate: float
    draws: int
    ties: int
    enumerated: bool
    n_clusters: int
    weights: Weights
    reason: str = ""


@dataclass(frozen=True)
class _Form:
    """Numerator ``V a`` and squared denominator ``sum (V W')^2``, both linear in the null value: at r they are ``a0 - r a1``."""

    a0: NDArray[np.float64]
    a1: NDArray[np.float64]
    w0: NDArray[np.float64]
    w1: NDArray[np.float64]
    estimate: float
    std_error: float
    scale: float


def wild_bootstrap(y: ArrayLike, x: ArrayLike, clusters: ArrayLike, *, column: int, null: float = 0.0, draws: int = 99_999,
                   weights: Weights = "rademacher", seed: int = 20261) -> WildBootstrap:
    """Test one coefficient by the wild cluster bootstrap with the null imposed.

    ``p = share of draws with |t*| >= |t|``, t being the coefficient less `null` over its CR1 standard error; in a draw the residuals of
    the restricted fit are multiplied by one random weight a cluster. A small p: signs given blindly to clusters rarely lead this far.

    Parameters
    ----------
    y : array_like of float, shape (n,)
        The outcome.
    x : array_like of float, shape (n, k)
        The design with its constant and dummies, of full rank.
    clusters : array_like, shape (n,)
        Codes of any kind.
    column : int
        Which coefficient.
    null : float
        The value that is tested.
    draws : int
        Random draws; where there are not more weight vectors than ``draws + 1``, all of them are taken once instead.
    weights : {"rademacher", "webb"}
        Two points, or six: with few clusters two give few distinct values of p.
    seed : int
        Seed of the draws.

    Raises
    ------
    EstimationError
        If the lengths differ, a value is missing or no number, the column is not there, or there are no draws.

    Notes
    -----
    Ties are counted against an effect: among all sign vectors the data themselves and their mirror image always tie. With few treated
    clusters the test hardly ever rejects. With random draws the p-value is ``(b + 1) / (draws + 1)``.
    Sources: A. Cameron, J. Gelbach, D. Miller (2008), Review of Economics and Statistics 90, 414-427; M. Webb (2023), Canadian Journal
    of Economics 56, 839-858; D. Roodman et al. (2019), Stata Journal 19, 4-60.

    Examples
    --------
    >>> design = [[1.0, 0.0]] * 4 + [[1.0, 1.0]] * 4
    >>> found = wild_bootstrap([1, 2, 3, 2, 6, 7, 9, 8], design, list("aabbccdd"), column=1)
    >>> found.enumerated, found.draws, found.p_value
    (True, 16, 0.125)
    """
    if draws < 1:
        raise EstimationError("A bootstrap needs at least one draw.")
    form, g = _form(y, x, clusters, column)
    if g < 2 or form.std_error <= 0:
        reason = "one_cluster" if g < 2 else "no_variation_between_clusters"
        return WildBootstrap(math.nan, math.nan, math.nan, form.estimate, 0, 0, False, g, weights, reason)
    t = (form.estimate - null) / form.std_error
    points = POINTS[weights]
    enumerated = g * math.log(len(points)) <= math.log(draws + 1) + 1e-12
    above = ties = 0
    for block in _blocks(g, points, draws, seed, enumerated=enumerated):
        size = np.abs(_statistics(form, block, null))
        tie = np.abs(size - abs(t)) <= _TIE * max(1.0, abs(t))
        above, ties = above + int(((size > abs(t)) & ~tie).sum()), ties + int(tie.sum())
    total = len(points) ** g if enumerated else draws
    one = 0 if enumerated else 1  # the data are one draw more; among all sign vectors they are there already
    return WildBootstrap((above + ties + one) / (total + one), above / total, t, form.estimate, total, ties, enumerated, g, weights)


def wild_interval(y: ArrayLike, x: ArrayLike, clusters: ArrayLike, *, column: int, level: float = 0.95, draws: int = 9_999,
                  weights: Weights = "rademacher", seed: int = 20261) -> tuple[float, float]:
    """Give the values of the coefficient that the bootstrap does not reject, found by halving on either side of the estimate.

    The same draws are used for every value, so the p-value only changes with the value. Infinite where nothing is ever rejected, as
    with four clusters at 95%.

    Parameters
    ----------
    y, x, clusters, column, draws, weights, seed
        As in `wild_bootstrap`.
    level : float
        Nominal coverage.

    Raises
    ------
    EstimationError
        As `wild_bootstrap`; if `level` is not between 0 and 1.

    Notes
    -----
    See `wild_bootstrap`.

    Examples
    --------
    >>> design = [[1.0, 0.0]] * 4 + [[1.0, 1.0]] * 4
    >>> wild_interval([1, 2, 3, 2, 6, 7, 9, 8], design, list("aabbccdd"), column=1)
    (-inf, inf)
    """
    check_level(level)
    form, g = _form(y, x, clusters, column)
    if g < 2 or form.std_error <= 0:
        return math.nan, math.nan
    points = POINTS[weights]
    enumerated = g * math.log(len(points)) <= math.log(draws + 1) + 1e-12
    blocks = list(_blocks(g, points, draws, seed, enumerated=enumerated))
    total = sum(len(b) for b in blocks)

    def p(value: float) -> float:
        t = abs(form.estimate - value) / form.std_error
        hits = sum(int((np.abs(_statistics(form, b, value)) >= t * (1 - _TIE)).sum()) for b in blocks)
        return hits / total if enumerated else (hits + 1) / (total + 1)

    return _edge(p, form, -1.0, 1 - level), _edge(p, form, 1.0, 1 - level)


def _edge(p: Callable[[float], float], form: _Form, side: float, alpha: float) -> float:
    """The value on one side of the estimate at which the p-value passes alpha."""
    near, far = 0.0, form.std_error
    for _ in range(8):
        if p(form.estimate + side * far) <= alpha:
            break
        near, far = far, 2 * far
    else:
        return side * math.inf
    for _ in range(40):
        middle = (near + far) / 2
        near, far = (middle, far) if p(form.estimate + side * middle) > alpha else (near, middle)
        if far - near < 1e-7 * form.std_error:
            break
    return form.estimate + side * far


def _form(y: ArrayLike, x: ArrayLike, clusters: ArrayLike, column: int) -> tuple[_Form, int]:
    """Reduce the rows to what the draws need, G being the number of clusters."""
    outcome, design = complete(y, "outcomes"), complete(x, "columns of the design", wide=True)
    names, code = np.unique(labels(clusters), return_inverse=True)
    code, g = code.reshape(-1), len(names)
    if design.ndim != 2 or not len(outcome) == len(design) == len(code) or not 0 <= column < design.shape[1]:
        raise EstimationError("Outcome, design and clusters must have the same rows, and the column must be one of the design.")
    n, k = design.shape
    inverse = np.linalg.pinv(design.T @ design, rcond=1e-12, hermitian=True)
    row = inverse[column]
    others = np.delete(design, column, axis=1)
    small = np.linalg.pinv(others.T @ others, rcond=1e-12, hermitian=True) if k > 1 else np.zeros((0, 0))

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([np.bincount(code, weights=v, minlength=g) for v in values.T], axis=1)

    def parts(target: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scores = sums(design * (target - others @ (small @ (others.T @ target)))[:, None])
        a = scores @ row
        return a, np.diag(a) - along @ scores.T

    reach = design @ row
    # row' S_g M of each cluster: sums of the rows of X weighted by X row, then M
    along = sums(design * reach[:, None]) @ inverse
    (a0, w0), (a1, w1) = parts(outcome), parts(design[:, column])
    coefficients = inverse @ (design.T @ outcome)
    factor = g / (g - 1) * (n - 1) / (n - k) if g > 1 and n > k else math.nan
    own = sums(design * (outcome - design @ coefficients)[:, None]) @ row
    variance = factor * float((own**2).sum()) if g > 1 and n > k else 0.0
    spread = float(np.abs(a0).sum() + abs(coefficients[column]))
    error = math.sqrt(variance) if variance > (1e-12 * spread) ** 2 else 0.0
    return _Form(a0, a1, w0, w1, float(coefficients[column]), error, factor), g


def _statistics(form: _Form, signs: NDArray[np.float64], null: float) -> NDArray[np.float64]:
    """The t-statistic of every draw."""
    inside = signs @ np.column_stack([(form.w0 - null * form.w1).T, form.a0 - null * form.a1])
    top, inside = inside[:, -1], inside[:, :-1]
    below = np.sqrt(form.scale * np.einsum("ij,ij->i", inside, inside))
    return np.asarray(np.divide(top, below, out=np.zeros(len(top)), where=below > 0), dtype=float)


def _blocks(g: int, points: NDArray[np.float64], draws: int, seed: int, *, enumerated: bool) -> itertools.chain[NDArray[np.float64]]:
    """Weight vectors, some ten thousand at a time; the data's own (all 1) is among them only when all are taken."""
    base, rng = len(points), np.random.default_rng(seed)
    total = base**g if enumerated else draws

    def block(start: int) -> NDArray[np.float64]:
        size = min(_BLOCK, total - start)
        if not enumerated and base == 2:
            bits = np.unpackbits(np.frombuffer(rng.bytes(-(-size * g // 8)), dtype=np.uint8), count=size * g)
            return np.asarray(bits.reshape(size, g) * 2.0 - 1.0, dtype=float)
        if not enumerated:
            return np.asarray(points[rng.integers(0, base, (size, g), dtype=np.int8)], dtype=float)
        number = np.arange(start, start + size)[:, None]
        return np.asarray(points[number // base ** np.arange(g)[None, :] % base], dtype=float)

    return itertools.chain(block(start) for start in range(0, total, _BLOCK))
