"""What the wild cluster bootstrap needs once rows are reduced to clusters: draws of signs, their statistics, the test and its inversion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Weights = Literal["rademacher", "webb"]
POINTS: dict[str, NDArray[np.float64]] = {
    "rademacher": np.array([-1.0, 1.0]),
    "webb": np.array([-math.sqrt(1.5), -1.0, -math.sqrt(0.5), math.sqrt(0.5), 1.0, math.sqrt(1.5)]),
}
_BLOCK = 1 << 12  # draws at a time: they stay in the cache
_TIE = 1e-10
_LOST = 1e-3


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
class Thin:
    """``W = diag(a) - along s'`` with few columns: of a regression with k columns all W are of this kind, s at r being ``s0 - r s1``."""

    along: NDArray[np.float64]
    s0: NDArray[np.float64]
    s1: NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """Numerator ``V a`` and squared denominator ``sum (V W')^2``, both linear in the null value: at r they are ``a0 - r a1``."""

    a0: NDArray[np.float64]
    a1: NDArray[np.float64]
    w0: NDArray[np.float64]
    w1: NDArray[np.float64]
    estimate: float
    std_error: float
    scale: float
    thin: Thin | None = None


def _by_data(form: Form) -> Form:
    """The clusters in an order that their data give, whatever they are called: drawn signs then fall on data, not on names.

    Sizes are compared without their sign (an outcome turned round gives the same order) and to nine digits, which the order of rows leaves alone.
    """
    keys = [np.abs(form.a0), np.abs(form.a1), np.diag(form.w0), np.diag(form.w1), form.a0, form.a1]
    largest = [float(np.abs(k).max(initial=0.0)) or 1.0 for k in keys]
    order = np.lexsort([np.round(k / m, 9) for k, m in zip(keys[::-1], largest[::-1], strict=True)])
    both = np.ix_(order, order)
    thin = form.thin and Thin(form.thin.along[order], form.thin.s0[order], form.thin.s1[order])
    return replace(form, a0=form.a0[order], a1=form.a1[order], w0=form.w0[both], w1=form.w1[both], thin=thin)


def tested(form: Form, g: int, null: float, draws: int, weights: Weights, seed: int) -> WildBootstrap:
    """Take the draws and count them."""
    if g < 2 or form.std_error <= 0:
        reason = "one_cluster" if g < 2 else "no_variation_between_clusters"
        return WildBootstrap(math.nan, math.nan, math.nan, form.estimate, 0, 0, False, g, weights, reason)
    t = (form.estimate - null) / form.std_error
    points = POINTS[weights]
    enumerated = g * math.log(len(points)) <= math.log(draws + 1) + 1e-12
    above = ties = 0
    form = _by_data(form)
    for block in _blocks(g, points, draws, seed, enumerated=enumerated):
        near = _TIE * max(1.0, abs(t))
        size = np.abs(_statistics(form, block, null, weights == "rademacher"))
        reached = size[size >= abs(t) - near]
        tie = int((reached <= abs(t) + near).sum())
        above, ties = above + len(reached) - tie, ties + tie
    total = len(points) ** g if enumerated else draws
    one = 0 if enumerated else 1  # the data are one draw more; among all sign vectors they are there already
    return WildBootstrap((above + ties + one) / (total + one), above / total, t, form.estimate, total, ties, enumerated, g, weights)


def held(form: Form, g: int, level: float, draws: int, weights: Weights, seed: int) -> tuple[float, float]:
    """Halve towards the values at which the p-value passes one less the level."""
    if g < 2 or form.std_error <= 0:
        return math.nan, math.nan
    points = POINTS[weights]
    enumerated = g * math.log(len(points)) <= math.log(draws + 1) + 1e-12
    form = _by_data(form)
    blocks = list(_blocks(g, points, draws, seed, enumerated=enumerated))
    total = sum(len(b) for b in blocks)

    def p(value: float) -> float:
        t = abs(form.estimate - value) / form.std_error
        hits = sum(int((np.abs(_statistics(form, b, value, weights == "rademacher")) >= t * (1 - _TIE)).sum()) for b in blocks)
        return hits / total if enumerated else (hits + 1) / (total + 1)

    return _edge(p, form, -1.0, 1 - level), _edge(p, form, 1.0, 1 - level)


def _edge(p: Callable[[float], float], form: Form, side: float, alpha: float) -> float:
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


def _statistics(form: Form, signs: NDArray[np.float64], null: float, unit: bool) -> NDArray[np.float64]:
    """The t-statistic of every draw; `unit`: all weights are 1 or -1."""
    thin = form.thin if form.thin and 3 * form.thin.along.shape[1] < len(form.a0) else None
    top, square = _thin(form, thin, signs, null, unit) if thin else _full(form, signs, null)
    below = np.sqrt(form.scale * square)
    return np.asarray(np.divide(top, below, out=np.zeros(len(top)), where=below > 0), dtype=float)


def _full(form: Form, signs: NDArray[np.float64], null: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numerator and squared denominator of every draw."""
    inside = signs @ np.column_stack([(form.w0 - null * form.w1).T, form.a0 - null * form.a1])
    top, inside = inside[:, -1], inside[:, :-1]
    return top, np.einsum("ij,ij->i", inside, inside)


def _thin(form: Form, thin: Thin, signs: NDArray[np.float64], null: float, unit: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same in k steps instead of G: ``V^2 a^2 - 2 (V s)'(V a along) + (V s)' along' along (V s)``.

    Where the difference takes away three digits and more, the squares are summed as they stand, so that equal draws stay equal.
    """
    a, s, k = form.a0 - null * form.a1, thin.s0 - null * thin.s1, thin.along.shape[1]
    found = signs @ np.column_stack([s, a[:, None] * thin.along, a])
    u, top = found[:, :k], found[:, -1]
    whole = float(a @ a) if unit else signs**2 @ a**2
    square = whole + np.einsum("ij,ij->i", u, u @ (thin.along.T @ thin.along) - 2 * found[:, k:-1])
    lost = np.flatnonzero(square < _LOST * whole)
    if len(lost):
        square[lost] = _full(form, signs[lost], null)[1]
    return top, square


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
