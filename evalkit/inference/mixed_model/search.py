"""Find the variances: Newton's method on their logarithms with the average-information matrix (Gilmour, Thompson, Cullis 1995)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model.design import SMALL_FACTOR, Design, Matrix, Vector
from evalkit.inference.mixed_model.formed import Formed, worth_forming
from evalkit.inference.mixed_model.moments import moments
from evalkit.inference.mixed_model.solvers import Dense, Iterative, NoResidualError, Solver, eliminated

Mask = NDArray[np.bool_]
Method = Literal["ML", "REML"]
Whole = Callable[[Matrix, Matrix, str], tuple[Matrix, Matrix]]
DENSE_BY_DEFAULT = 2000
LONGEST_STEP = 3.0
START = 0.1
ROUNDS = 200
FEW_LEVELS = 500  # of all factors but the largest, up to which every point is exact and the search ends later
NEAR = 10.0  # decrease of the deviance that a step promises, below which the traces of the next points are exact
NEGLIGIBLE = 1e-3  # gamma times the mean number of rows a level, below which a factor is tried at zero


@dataclass(frozen=True)
class Point:
    """The model at one value of the variance ratios ``gamma_k = sigma_k^2 / sigma^2``."""

    gamma: Vector
    deviance: float | None
    beta: Vector
    beta_inverse: Matrix
    r2: float
    df: int
    u: tuple[Vector, ...]
    gradient: Vector | None = None
    information: Matrix | None = None
    noise: Matrix | None = None

    @property
    def sigma2(self) -> float:
        """The residual variance."""
        return self.r2 / self.df


@dataclass
class Engine:
    """Evaluates points of one design; remembers probes and the last answers of the iterative solver.

    Where it is `far` from the optimum, an exact engine estimates its slopes: they only have to point there.
    """

    design: Design
    method: Method
    exact: bool
    probes: int = 10
    seed: int = 0
    tolerance: float = 1e-7
    evaluations: int = 0
    far: bool = False
    _random: tuple[Matrix, Matrix] | None = None
    _warm: dict[str, Matrix] = field(default_factory=dict)
    _formed: Formed | None = None

    def _solver(self, gamma: Vector) -> Solver:
        if self.exact and not self.far:
            return Dense(self.design, gamma)
        if self._random is None:
            self._random, self._formed = self._draw(), None if self.exact else worth_forming(self.design)
        if self.exact:
            return Dense(self.design, gamma, *self._random)
        return Iterative(self.design, gamma, *self._random, tolerance=self.tolerance, warm=self._warm, formed=self._formed)

    def _draw(self) -> tuple[Matrix, Matrix]:
        small = [b for b, q in zip(self.design.blocks, self.design.sizes[1:], strict=True) if q <= SMALL_FACTOR]
        probes = np.random.default_rng(self.seed).choice([-1.0, 1.0], (self.design.rest, self.probes))
        columns = [np.arange(b.start, b.stop) for b in small]
        places = np.concatenate(columns) if columns else np.zeros(0, dtype=int)
        probes[places] = 0.0
        units = np.zeros((self.design.rest, len(places)))
        units[places, np.arange(len(places))] = 1.0
        return probes, units

    def at(self, gamma: Vector, *, slopes: bool = True, log_det: bool = True) -> Point:
        """Evaluate deviance, coefficients and random effects at `gamma`; with `slopes` the gradient and information too."""
        design, self.evaluations = self.design, self.evaluations + 1
        solver = self._solver(gamma)
        d1, scale = eliminated(design, gamma)
        t1 = np.sqrt(gamma[0])
        p = design.x.shape[1]

        def whole(first: Matrix, rest: Matrix, key: str) -> tuple[Matrix, Matrix]:
            low = solver.solve(rest - scale[:, None] * (design.C.T @ (t1 * first / d1[:, None])), key)
            return (first - t1 * (design.C @ (scale[:, None] * low))) / d1[:, None], low

        whole_det = solver.log_det() if log_det else None  # first: where S is factored, its answers are exact
        k1, kr = t1 * design.z1, scale[:, None] * design.zr
        t_first, t_rest = whole(k1, kr, "xy")
        gram = design.gram - k1.T @ t_first - kr.T @ t_rest
        inverse = _inverse(gram[:p, :p])
        beta = inverse @ gram[:p, p]
        r2 = max(float(gram[p, p] - beta @ gram[:p, p]), 1e-100)
        u1, ur = t_first[:, p] - t_first[:, :p] @ beta, t_rest[:, p] - t_rest[:, :p] @ beta
        u = (u1, *(ur[b] for b in design.blocks))
        df = design.n - (p if self.method == "REML" else 0)
        deviance = None if whole_det is None else self._deviance(d1, whole_det, gram[:p, :p], r2, df)
        point = Point(gamma, deviance, beta + design.taken, inverse, r2, df, u)
        if not slopes:
            return point
        return self._with_slopes(point, solver, d1, scale, t_first[:, :p], t_rest[:, :p], whole)

    def _deviance(self, d1: Vector, log_det: float, information: Matrix, r2: float, df: int) -> float:
        own = float(np.linalg.slogdet(information)[1]) if self.method == "REML" and len(information) else 0.0
        return float(np.log(d1).sum() + log_det + own + df * (1 + np.log(2 * np.pi * r2 / df)) - np.log(self.design.weights).sum())

    def _with_slopes(self, point: Point, solver: Solver, d1: Vector, scale: Vector, tx1: Matrix, txr: Matrix, whole: Whole) -> Point:
        design, gamma, df, r2 = self.design, point.gamma, point.df, point.r2
        of_first, of_blocks, one_by_one = solver.traces()
        trace = np.concatenate([[float((1 / d1).sum()) + of_first], of_blocks])
        tx = (tx1, *(txr[b] for b in design.blocks))
        if self.method == "REML" and tx1.shape[1]:
            trace = trace + np.array([float(np.sum((t @ point.beta_inverse) * t)) for t in tx])
        squares = np.array([float(v @ v) for v in point.u])
        gradient = np.asarray(design.sizes) - trace - df / r2 * squares
        information = _information(design, gamma, point, tx, scale, whole)
        h = df / r2 * information - df / r2**2 * np.outer(squares, squares)
        noise = np.cov(one_by_one) / one_by_one.shape[1] if one_by_one.shape[1] > 1 else None
        return Point(gamma, point.deviance, point.beta, point.beta_inverse, r2, df, point.u, gradient, h, noise)


def _information(design: Design, gamma: Vector, point: Point, tx: tuple[Matrix, ...], scale: Vector, whole: Whole) -> Matrix:
    """``Q_kl = v_k' P v_l`` with ``v_k = Z_k b_k``, in cross products only."""
    t = np.sqrt(gamma)
    b = [t[k] * u for k, u in enumerate(point.u)]
    slots = design.blocks
    zv1 = np.column_stack([design.n1 * b[0], *(design.C[:, s] @ b[k + 1] for k, s in enumerate(slots))])
    zvr = np.column_stack([design.C.T @ b[0], *(design.W[:, s] @ b[k + 1] for k, s in enumerate(slots))])
    k1, kr = t[0] * zv1, scale[:, None] * zvr
    solved1, solvedr = whole(k1, kr, "information")
    inner = np.vstack([b[0] @ zv1, *(b[k + 1] @ zvr[s] for k, s in enumerate(slots))])
    p = design.x.shape[1]
    xv = np.column_stack([design.z1[:, :p].T @ b[0], *(design.zr[s, :p].T @ b[k + 1] for k, s in enumerate(slots))])
    xv = xv - tx[0].T @ k1 - np.vstack(tx[1:]).T @ kr if slots else xv - tx[0].T @ k1
    found = inner - k1.T @ solved1 - kr.T @ solvedr - xv.T @ point.beta_inverse @ xv
    return np.asarray((found + found.T) / 2)


@dataclass(frozen=True)
class Found:
    """The optimum: its point, the factors at zero, whether the search ended, and the Monte Carlo error of log gamma."""

    point: Point
    at_zero: tuple[bool, ...]
    converged: bool
    evaluations: int
    largest_gradient: float
    monte_carlo: Vector | None


def optimise(design: Design, method: Method, *, exact: bool | None = None, seed: int = 0, probes: int = 10,
             start: Vector | None = None, left_out: tuple[int, ...] = ()) -> Found:
    """Find the variance ratios with the smallest deviance.

    Parameters
    ----------
    design : Design
        The cross products.
    method : {"ML", "REML"}
        The criterion.
    exact : bool, optional
        Factor the equations exactly; by default while all factors but the largest have at most 2,000 levels.
    seed, probes : int
        Of the random probes, where the search is not exact.
    start : array, optional
        Where to begin, by default at the moments, or at 0.1 for every factor where they say nothing.
    left_out : tuple of int
        Factors held at zero.
    """
    dense = design.rest <= DENSE_BY_DEFAULT if exact is None or not design.rest else exact  # of one factor alone there is no trace to estimate
    engine = Engine(design, method, dense, probes, seed)
    with threadpool_limits(1 if design.rest <= DENSE_BY_DEFAULT else None, "blas"):
        begin = moments(design) if start is None else start.copy()
        begin = np.full(len(design.sizes), START) if begin is None else begin
        begin[list(left_out)] = 0.0
        return _descend(engine, begin, set(left_out))


def _descend(engine: Engine, start: Vector, left_out: set[int]) -> Found:
    design = engine.design
    rows = design.weights.sum() / np.asarray(design.sizes)
    small = engine.exact and design.rest <= FEW_LEVELS
    goal = 1e-10 if small else 1e-6
    engine.far = engine.exact and not small
    active = start > 0
    log_gamma = np.log(np.where(active, start, 1.0))
    converged, point, step_scale = False, None, 1.0
    previous: tuple[Vector, Vector, float] | None = None
    returned = set(left_out)
    promised = np.inf  # decrease of the deviance, by the step before
    for _ in range(ROUNDS):
        if not engine.exact:
            engine.tolerance = 1e-3 if promised > NEAR else 1e-6
        point = engine.at(np.where(active, np.exp(log_gamma), 0.0), log_det=engine.exact)
        if previous is not None and engine.exact and point.deviance is not None and point.deviance > previous[2] + 1e-7 * abs(previous[2]):
            step_scale *= 0.4
            if step_scale > 1e-6:
                log_gamma = previous[0] + step_scale * previous[1]
                continue
        step_scale = 1.0
        gradient, information = _of(point)
        low = active & (np.exp(log_gamma) * rows < NEGLIGIBLE) & (gradient > 0)
        step, gain = _step(gradient, information, active)
        if engine.far and (low.any() or gain < goal or not active.any()):  # what is decided, is decided on exact slopes
            engine.far, previous = False, None
            continue
        left = gain if engine.exact or not gain < promised <= NEAR else gain * gain / promised  # steps near the end leave ever less
        promised, engine.far = gain, engine.far and gain > NEAR
        if low.any():
            active, previous = active & ~low, None
            continue
        if left < goal or not active.any():
            again = _rising(engine, point, active, rows, returned)
            if again is None:
                converged = True
                log_gamma = log_gamma + step
                break
            active[again], previous = True, None
            log_gamma[again] = np.log(NEGLIGIBLE / rows[again])
            returned.add(again)
            continue
        previous = (log_gamma, step, point.deviance if point.deviance is not None else np.inf)
        log_gamma = log_gamma + step
    return _finish(engine, np.where(active, np.exp(log_gamma), 0.0), active, converged, point)


def _inverse(information: Matrix) -> Matrix:
    """Invert the information on the coefficients; it vanishes where a variance grows beyond measure against a residual of 0."""
    with suppress(np.linalg.LinAlgError):
        found = np.asarray(np.linalg.inv(information)) if len(information) else np.zeros((0, 0))
        if (np.diagonal(found) >= 0).all():
            return found
    raise NoResidualError


def _of(point: Point) -> tuple[Vector, Matrix]:
    if point.gradient is None or point.information is None:
        raise EstimationError("The slopes of this point of the mixed model were not computed.")
    return point.gradient, point.information


def _step(gradient: Vector, information: Matrix, active: Mask) -> tuple[Vector, float]:
    """Newton's step among the active factors and the decrease it promises; curvature is kept positive."""
    step = np.zeros(len(gradient))
    on = np.flatnonzero(active)
    if not len(on):
        return step, 0.0
    values, vectors = np.linalg.eigh(information[np.ix_(on, on)])
    values = np.maximum(values, max(1e-8 * float(values.max()), 1e-12))
    move = -(vectors / values) @ (vectors.T @ gradient[on])
    gain = -0.5 * float(gradient[on] @ move)
    longest = float(np.abs(move).max())
    step[on] = move * min(1.0, LONGEST_STEP / longest) if longest else move
    return step, gain


def _rising(engine: Engine, point: Point, active: Mask, rows: Vector, returned: set[int]) -> int | None:
    """Find a factor at zero whose deviance falls when its variance grows: it was left too early."""
    for k in np.flatnonzero(~active):
        if int(k) in returned:
            continue
        trial = point.gamma.copy()
        trial[k] = 1e-5 / rows[k]
        gradient, _ = _of(engine.at(trial, log_det=False))
        if gradient[k] < -1e-9:
            return int(k)
    return None


def _finish(engine: Engine, gamma: Vector, active: Mask, converged: bool, last: Point | None) -> Found:
    engine.tolerance = 1e-10  # the deviance feels the error of the solves to first order
    point = engine.at(gamma, slopes=False)
    gradient = last.gradient if last is not None and last.gradient is not None else np.zeros(len(gamma))
    spread = None
    if last is not None and last.noise is not None and last.information is not None:
        on = np.flatnonzero(active)
        h = np.linalg.pinv(last.information[np.ix_(on, on)])
        spread = np.zeros(len(gamma))
        spread[on] = np.sqrt(np.maximum(np.diagonal(h @ last.noise[np.ix_(on, on)] @ h), 0.0))
    largest = float(np.abs(gradient[active]).max()) if active.any() else 0.0
    return Found(point, tuple(bool(v) for v in ~active), converged, engine.evaluations, largest, spread)
