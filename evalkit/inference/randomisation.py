"""Randomisation inference: hand the seats out again, just as they were drawn, and see how often chance leads as far as the data."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.permutation import PermutationP
from evalkit.inference.reading import complete, labels, marks


def randomisation_p(y: ArrayLike, treated: ArrayLike, *, blocks: ArrayLike, units: ArrayLike, covariates: ArrayLike | None = None,
                    draws: int = 4_999, seed: int = 20261) -> PermutationP:
    """Test that nobody's outcome depends on being drawn: the coefficient of `treated` beside block dummies and covariates, drawn again.

    ``p = (b + 1) / (m + 1)``, b being the draws whose coefficient is at least as large in size; where there are not more ways to draw than
    `draws`, each is taken once and ``p = share`` of them. A small p: a blind draw rarely parts people like this.

    Parameters
    ----------
    y : array_like of float, shape (n,)
        The outcome.
    treated : array_like of bool, shape (n,)
        Who was drawn; the same for all rows of a unit in a block.
    blocks : array_like, shape (n,)
        Within which the seats were drawn.
    units : array_like, shape (n,)
        What was drawn: people, or whole offices.
    covariates : array_like of float, shape (n, k), optional
        Measured before the draw.
    draws : int
        Random draws.
    seed : int
        Of the draws.

    Returns
    -------
    PermutationP
        `error` is 0 where every way was taken; `p_value` is not a number where there is only one way.

    Raises
    ------
    EstimationError
        If the lengths differ, a value is missing or no number, a mark is neither true nor false, or a unit is drawn in part.

    Notes
    -----
    Exact for the sharp hypothesis that the training changed nobody, however few were drawn. Sources: R. Fisher (1935), The Design of
    Experiments; A. Young (2019), Quarterly Journal of Economics 134, 557-598.

    Examples
    --------
    >>> found = randomisation_p([1, 2, 3, 9, 8, 7], [0, 0, 0, 1, 1, 1], blocks=[0] * 6, units=range(6))
    >>> found.draws, found.p_value
    (20, 0.1)
    """
    outcome, mark = complete(y, "outcomes"), marks(treated, "drawn")
    block = np.unique(labels(blocks), return_inverse=True)[1].reshape(-1)
    unit = np.unique(labels(units), return_inverse=True)[1].reshape(-1)
    if not len(outcome) == len(mark) == len(block) == len(unit):
        raise EstimationError("Outcome, draw, blocks and units must have one entry each for the same rows.")
    if not len(outcome):
        return PermutationP(math.nan, math.nan, 0, 0)
    extra = np.zeros((len(outcome), 0)) if covariates is None else complete(covariates, "covariates", wide=True).reshape(len(outcome), -1)
    base = np.column_stack([(block[:, None] == np.arange(block.max() + 1)).astype(float), extra])
    pair, code = np.unique(block * (unit.max() + 1) + unit, return_inverse=True)
    code, home = code.reshape(-1), pair // (unit.max() + 1)
    size = np.bincount(code).astype(float)
    drawn = np.bincount(code, weights=mark) / size
    if ((drawn > 0) & (drawn < 1)).any():
        raise EstimationError("A unit was drawn in part: name what was drawn as the unit.")
    inverse = np.linalg.pinv(base.T @ base, rcond=1e-12, hermitian=True)
    residual = outcome - base @ (inverse @ (base.T @ outcome))
    top = np.bincount(code, weights=residual)
    sums = np.stack([np.bincount(code, weights=column) for column in base.T], axis=1)
    ways = _ways(drawn > 0, home, draws, seed)
    if ways is None:
        return PermutationP(math.nan, math.nan, 0, 1)
    every, ways_drawn = ways

    def coefficients(d: NDArray[np.float64]) -> NDArray[np.float64]:
        across = d @ sums
        below = d @ size - np.einsum("ij,jk,ik->i", across, inverse, across)
        return np.asarray(np.divide(d @ top, below, out=np.zeros(len(d)), where=below > 1e-9), dtype=float)

    seen = abs(float(coefficients((drawn > 0).astype(float)[None, :])[0]))
    hits = int((np.abs(coefficients(ways_drawn.astype(float))) >= seen - 1e-10 * max(1.0, seen)).sum())
    m = len(ways_drawn)
    if every:
        return PermutationP(hits / m, 0.0, hits, m)
    p = (hits + 1) / (m + 1)
    return PermutationP(p, math.sqrt(p * (1 - p) / (m + 1)), hits, m)


def _ways(drawn: NDArray[np.bool_], home: NDArray[np.intp], draws: int, seed: int) -> tuple[bool, NDArray[np.bool_]] | None:
    """Every way to draw as many of each block, or random ones; none where there is only the one that was taken."""
    places = [np.flatnonzero(home == b) for b in np.unique(home)]
    numbers = [int(drawn[p].sum()) for p in places]
    count = math.prod(math.comb(len(p), k) for p, k in zip(places, numbers, strict=True))
    if count == 1:
        return None
    if count <= draws:
        choices = [list(itertools.combinations(p, k)) for p, k in zip(places, numbers, strict=True)]
        ways_drawn = np.zeros((count, len(drawn)), dtype=bool)
        for row, way in enumerate(itertools.product(*choices)):
            ways_drawn[row, [i for part in way for i in part]] = True
        return True, ways_drawn
    rng, ways_drawn = np.random.default_rng(seed), np.zeros((draws, len(drawn)), dtype=bool)
    for place, number in zip(places, numbers, strict=True):
        order = np.argsort(rng.random((draws, len(place))), axis=1, kind="stable")
        np.put_along_axis(ways_drawn, place[order[:, :number]], values=True, axis=1)
    return False, ways_drawn
