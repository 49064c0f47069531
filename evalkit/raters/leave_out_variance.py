"""Variance of effects without the bias of the plug-in: each match of a person and an evaluator is left out in turn, set by set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import splu

from evalkit.errors import EstimationError
from evalkit.inference.single_values import word
from evalkit.raters.matches import Matches

EXACT_UP_TO = 1500  # evaluators of one set
_MANY_SETS = 10
_DENSE_UP_TO = 200_000  # numbers of the design of one set
Solve = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Components:
    """Variance of evaluators' effects within linked sets, plug-in and leave-out, both made comparable with one evaluator in any set.

    `error`: conservative standard error of the leave-out variance for evaluators as they are. `drawing`: relative variance that comes
    from which evaluators there are, ``2 drawing v^2`` for a true variance v and normal effects. `by_set`: numerator and denominator of
    the leave-out variance for each set. `free`: independent contrasts between evaluators.
    """

    plug_in: float
    leave_out: float
    error: float
    drawing: float
    by_set: NDArray[np.float64]
    leverage: NDArray[np.float64]
    free: int

    @property
    def total_error(self) -> float:
        """Standard error for evaluators drawn anew, at the estimate."""
        return float(np.sqrt(self.error**2 + 2 * self.drawing * max(self.leave_out, 0.0) ** 2))

    def limits(self, t: float) -> tuple[float, float]:
        """Give the values v with ``(v - estimate)^2 <= t^2 (error^2 + 2 drawing v^2)``; without an upper end infinity."""
        curve = 1 - 2 * t**2 * self.drawing
        root = np.sqrt(max(self.leave_out**2 - curve * (self.leave_out**2 - t**2 * self.error**2), 0.0))
        if curve <= 0:
            low = (self.leave_out**2 - t**2 * self.error**2) / (self.leave_out + root) if self.leave_out + root > 0 else 0.0
            return float(low), float("inf")
        return float((self.leave_out - root) / curve), float((self.leave_out + root) / curve)


def leave_out_variance(matches: Matches, *, leverage: str = "auto", probes: int = 200, seed: int = 1) -> Components:
    """Estimate the variance of evaluators' effects by leaving out each match in turn.

    ``y = person + evaluator + error``, weighted by ratings. ``b'Ab - sum of B_ii s_i``, with ``s_i = y_i (y_i - its prediction without
    match i)``, ``A`` the variance of effects within sets (weights: ratings) and ``B_ii = x_i S^-1 A S^-1 x_i``. It is divided by the mean of
    ``1 - sum of squared weights`` of the sets, so that it estimates the variance of exchangeable evaluators. 0: no difference
    between evaluators of one set; it may fall below 0.

    Parameters
    ----------
    matches : Matches
        As `linked_matches` gives them, not empty.
    leverage : {"auto", "exact", "random"}
        Exact, or by random projections; "auto" takes these in sets of more than 1,500 evaluators.
    probes, seed : int
        Of the projections.

    Returns
    -------
    Components
        `plug_in` and `leave_out` variance, `error`, `total_error`, the method `limits`.

    Raises
    ------
    EstimationError
        If there is no linked match or `leverage` is unknown.

    Notes
    -----
    Errors of different matches are taken as independent, whatever their variances; results of one match may depend on one
    another. The error of the variance is the larger of two: of evaluators as they are (conservative: a product of two noises
    counts twice), and of sets drawn anew. Source: P. Kline, R. Saggio, M. Sølvsten (2020), Econometrica 88, 1859-1898.

    Examples
    --------
    >>> from evalkit.raters.matches import Matches
    >>> m = Matches(*(np.array(v) for v in ([0, 0, 1, 1], [0, 1, 0, 1], [0] * 4, [0.0, 1.0, 0.0, 1.0], [1.0] * 4)), 4, 2)
    >>> found = leave_out_variance(m)
    >>> round(found.plug_in, 3), round(found.leave_out, 3)
    (0.5, 0.5)
    """
    word(leverage=leverage)
    if leverage not in ("auto", "exact", "random"):
        raise EstimationError("leverage is 'auto', 'exact' or 'random'.")
    if not len(matches.person):
        raise EstimationError("No match is linked twice over; ask linked_matches first.")
    rng = np.random.default_rng(seed)
    order = np.argsort(matches.component, kind="stable")
    sets = np.split(order, np.flatnonzero(np.diff(matches.component[order])) + 1)
    parts, leverages = [], np.empty(len(matches.person))
    for own in sets:
        one = _Set.of(matches, own)
        random = leverage == "random" or (leverage == "auto" and one.size > EXACT_UP_TO)
        parts.append(one.random(probes, rng) if random else one.exact())
        leverages[own] = parts[-1].leverage
    by_set = np.array([(p.leave_out, p.spread) for p in parts])
    spread = float(by_set[:, 1].sum())
    estimate, drawing = float(by_set[:, 0].sum()) / spread, sum(p.drawing for p in parts) / spread**2
    noise = _noise(sum(p.variance for p in parts) / spread**2 + matches.period_noise**2, by_set, estimate, drawing)
    return Components(sum(p.plug_in for p in parts) / spread, estimate, float(np.sqrt(noise)), drawing, by_set, leverages,
                      matches.n_raters - len(sets))


def _noise(noise: float, by_set: NDArray[np.float64], estimate: float, drawing: float) -> float:
    """Take the scatter of the sets where there are many of like weight and it is larger."""
    weight = by_set[:, 1]
    if weight.sum() ** 2 / (weight @ weight) <= _MANY_SETS:
        return noise
    apart = by_set[:, 0] - estimate * weight
    return max(noise, len(weight) / (len(weight) - 1) * float(apart @ apart) / float(weight.sum()) ** 2 - 2 * drawing * max(estimate, 0.0) ** 2)


@dataclass(frozen=True)
class _Part:
    plug_in: float
    leave_out: float
    spread: float
    drawing: float
    variance: float
    leverage: NDArray[np.float64]


@dataclass(frozen=True)
class _Set:
    """One linked set: weighted outcome, the rows of evaluators with their persons' means taken off, and the weights of evaluators."""

    y: NDArray[np.float64]
    root: NDArray[np.float64]
    person: NDArray[np.intp]
    design: csr_matrix | NDArray[np.float64]
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, matches: Matches, own: NDArray[np.intp]) -> _Set:
        person = np.unique(matches.person[own], return_inverse=True)[1].reshape(-1)
        rater = np.unique(matches.rater[own], return_inverse=True)[1].reshape(-1)
        w, n = matches.ratings[own], len(own)
        root, size, sums = np.sqrt(w), int(rater.max()) + 1, np.bincount(person, weights=w)
        weight = np.bincount(rater, weights=w).astype(np.float64)
        if n * size <= _DENSE_UP_TO:
            dense = np.zeros((n, size))
            dense[np.arange(n), rater] = 1
            means = np.zeros((len(sums), size))
            means[person, rater] = w / sums[person]
            return cls(root * matches.mean[own], root, person, root[:, None] * (dense - means[person]), weight)
        plain = csr_matrix(coo_matrix((np.ones(n), (np.arange(n), rater)), shape=(n, size)))
        people = csr_matrix(coo_matrix((w / sums[person], (person, rater)), shape=(len(sums), size)))
        return cls(root * matches.mean[own], root, person, csr_matrix(diags(root) @ (plain - people[person])), weight)

    @property
    def size(self) -> int:
        return len(self.weight)

    def form(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Apply A, the weighted sum of squares of effects around their mean."""
        g = self.weight if v.ndim == 1 else self.weight[:, None]
        result: NDArray[np.float64] = g * v - g * (self.weight @ v) / self.weight.sum()
        return result

    def person_part(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project on the effects of people."""
        root = self.root if v.ndim == 1 else self.root[:, None]
        sums = np.zeros((int(self.person.max()) + 1, *v.shape[1:]))
        np.add.at(sums, self.person, root * v)
        total = np.bincount(self.person, weights=self.root**2)
        result: NDArray[np.float64] = root * (sums / (total if v.ndim == 1 else total[:, None]))[self.person]
        return result

    def exact(self) -> _Part:
        """Invert the equations of the evaluators once; all leverages follow."""
        n = self.size
        square, flat = self.design.T @ self.design, np.full((n, n), 1 / n)
        inverse = np.linalg.inv((square if isinstance(square, np.ndarray) else square.toarray()) + flat) - flat
        half: NDArray[np.float64] = self.design @ inverse
        own = self.root**2 / np.bincount(self.person, weights=self.root**2)[self.person]
        whole = self.design if isinstance(self.design, np.ndarray) else self.design.toarray()
        p = own + (whole * half).sum(axis=1)
        b = (half * self.form(half.T).T).sum(axis=1)
        return self._result(p, b, lambda v: inverse @ v)

    def random(self, probes: int, rng: np.random.Generator) -> _Part:
        """Take leverages from random projections; shares of P and of the rest are made to add up to one."""
        s = csr_matrix(self.design.T @ self.design).tolil()
        s[0, :], s[:, 0], s[0, 0] = 0, 0, 1  # one evaluator is held at 0
        factor = splu(s.tocsc())

        def solve(v: NDArray[np.float64]) -> NDArray[np.float64]:
            held = v.copy()
            held[0] = 0
            found: NDArray[np.float64] = factor.solve(held)
            return found

        r = rng.choice([-1.0, 1.0], (len(self.y), probes))
        fitted = self.person_part(r) + self.design @ solve(self.design.T @ r)
        one, rest = (fitted**2).mean(axis=1), ((r - fitted) ** 2).mean(axis=1)
        q = rng.choice([-1.0, 1.0], (self.size, probes))
        root = np.sqrt(self.weight)[:, None]
        side = root * q - self.weight[:, None] * (np.sqrt(self.weight) @ q) / self.weight.sum()
        return self._result(one / (one + rest), ((self.design @ solve(side)) ** 2).mean(axis=1), solve)

    def _result(self, p: NDArray[np.float64], b: NDArray[np.float64], solve: Solve) -> _Part:
        """Put together what leaving out each match gives: its own variance, the form without its bias, and the error of that."""
        free = np.maximum(1 - p, 1e-9)

        def rest(v: NDArray[np.float64]) -> NDArray[np.float64]:
            found: NDArray[np.float64] = v - self.person_part(v) - self.design @ solve(self.design.T @ v)
            return found

        effects = solve(self.design.T @ self.y)
        plug_in, left = float(effects @ self.form(effects)), rest(self.y)
        own = self.y * left / free
        ratio = b / free
        slope = self.design @ solve(self.form(effects)) - (ratio * left + rest(ratio * self.y)) / 2
        g, total = self.weight, self.weight.sum()
        spread = float(total - g @ g / total)
        drawing = float(g @ g - 2 * (g**3).sum() / total + (g @ g / total) ** 2)  # trace of the square of A
        return _Part(plug_in, plug_in - float(b @ own), spread, drawing, 4 * float(slope**2 @ (left**2 / free)), p)
