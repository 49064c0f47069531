"""Intervals of standard deviations: profile of the deviance, and parametric bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model.design import Design, Vector
from evalkit.inference.mixed_model.search import DENSE_BY_DEFAULT, Engine, Found, Method, optimise

FAR = 1e3  # times the estimate (or the residual): beyond it an interval is said to have no end
TINY = 1e-12


def profile(design: Design, found: Found, method: Method, factors: tuple[str, ...], level: float, only: str | None) -> pd.DataFrame:
    """Profile each standard deviation (or one): the values whose deviance lies less than ``z^2`` above the minimum.

    Raises
    ------
    EstimationError
        If the deviance of the model was not computed, or the design is too large for exact evaluations.
    """
    best = found.point.deviance
    if best is None or design.rest > DENSE_BY_DEFAULT:
        raise EstimationError("The profile needs exact deviances, and this design is too large for them; take method='bootstrap'.")
    engine = Engine(design, method, exact=True)
    sigma = np.sqrt(found.point.sigma2)
    sds = np.append(np.sqrt(found.point.gamma) * sigma, sigma)
    limit = float(ndtri(0.5 + level / 2)) ** 2
    rows = []
    for k, name in enumerate((*factors, "residual")):
        if only not in (None, name):
            continue
        with threadpool_limits(1, "blas"):
            low, high = _ends(_profiled(engine, found, k), float(sds[k]), float(sigma), best + limit)
        rows.append((name, float(sds[k]), low, high, level, "profile"))
    return _frame(rows)


def _frame(rows: list[tuple[str, float, float, float, float, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["factor", "sd", "conf_low", "conf_high", "conf_level", "method"])


def _ends(deviance: Callable[[float], float], sd: float, sigma: float, limit: float) -> tuple[float, float]:
    def above(value: float) -> float:
        return deviance(value) - limit

    size = sd if sd > 0 else sigma
    low = 0.0 if above(0.0) <= 0 else float(brentq(above, 0.0, sd, xtol=1e-5 * size))
    high = size
    while above(high) <= 0:
        high *= 1.5
        if high > FAR * size:
            return low, float("inf")
    return low, float(brentq(above, sd, high, xtol=1e-5 * size))


def _profiled(engine: Engine, found: Found, k: int) -> Callable[[float], float]:
    """Give the deviance as a function of one standard deviation, minimised over residual and other variances.

    With the residual free: ``dev = logdets + df log(2 pi s2) + r2/s2``; its slope in log gamma_j is ``q_j - tr_j - u_j'u_j/s2``, and
    in log s2, with ``gamma_k = c/s2``, ``df - r2/s2`` less the slope of factor k.
    """
    m = len(found.point.gamma)
    others = [j for j in range(m) if j != k]
    fitted = np.log(np.maximum(np.append(found.point.gamma[others], found.point.sigma2), 1e-6))
    start = fitted

    def at(x: Vector, value: float) -> tuple[float, Vector]:
        s2 = value**2 if k == m else float(np.exp(x[-1]))
        gamma = np.zeros(m)
        gamma[others] = np.exp(np.minimum(x[:len(others)], 30.0))
        if k < m:
            gamma[k] = value**2 / s2
        point = engine.at(gamma)
        if point.deviance is None or point.gradient is None:
            raise EstimationError("The profile needs exact deviances.")
        own = point.df * (1 + np.log(2 * np.pi * point.sigma2))
        squares = np.array([float(u @ u) for u in point.u])
        slope = point.gradient + squares * (point.df / point.r2 - 1 / s2)
        free = point.df - point.r2 / s2 - (slope[k] if k < m else 0.0)
        value_ = point.deviance - own + point.df * np.log(2 * np.pi * s2) + point.r2 / s2
        return float(value_), slope[others] if k == m else np.append(slope[others], free)

    def deviance(value: float) -> float:
        nonlocal start
        if k == m and value <= 0:
            return float("inf")
        x0 = start[:-1] if k == m else start
        if not len(x0):
            return at(x0, value)[0]
        answer = search(x0, value)
        first = fitted[:-1] if k == m else fitted
        if at(first, value)[0] < answer.fun:  # led astray by the place where the last value ended, at zero say
            answer = search(first, value)
        if k < m:
            start = answer.x
        return float(answer.fun)

    def search(x0: Vector, value: float) -> Any:
        bounds = [(-20.0, 12.0)] * (len(x0) - (k < m))  # a ratio beyond e^12 leaves nothing of the residual in floating point
        if k < m:
            least = 2 * np.log(value) - 12 if value > 0 else -np.inf
            bounds.append((max(float(least), float(x0[-1]) - 10), float(x0[-1]) + 10))
        return minimize(at, x0, args=(value,), jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-6})

    return deviance


def bootstrap(design: Design, found: Found, method: Method, factors: tuple[str, ...], level: float, draws: int,
              seed: int) -> pd.DataFrame:
    """Refit responses drawn from the fitted model; percentiles of their standard deviations.

    Raises
    ------
    EstimationError
        If there are fewer than 20 draws.
    """
    if draws < 20:
        raise EstimationError(f"{draws} draws give no percentiles; take at least 200.")
    random = np.random.default_rng(seed)
    point = found.point
    sigma = float(np.sqrt(point.sigma2))
    centre = design.x @ point.beta
    start = np.where(point.gamma > 0, point.gamma, 1e-3)
    exact = design.rest <= DENSE_BY_DEFAULT
    drawn, noise = np.empty((draws, len(factors) + 1)), np.empty(design.n)
    order = np.lexsort((*design.x.T[::-1], design.weights, *design.codes))  # a draw belongs to what a row is, not to where it stands
    for i in range(draws):
        noise[order] = random.standard_normal(design.n)
        y = centre + sigma / np.sqrt(design.weights) * noise
        for codes, size, gamma in zip(design.codes, design.sizes, point.gamma, strict=True):
            y += sigma * np.sqrt(gamma) * random.standard_normal(size)[codes]
        again = optimise(design.with_response(y), method, exact=exact, seed=seed, start=start).point
        drawn[i] = np.sqrt(np.append(again.gamma, 1.0) * again.sigma2)
    ends = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    sds = np.sqrt(np.append(point.gamma, 1.0) * point.sigma2)
    return _frame([(name, float(sds[k]), float(ends[0, k]), float(ends[1, k]), level, "bootstrap")
                   for k, name in enumerate((*factors, "residual"))])
