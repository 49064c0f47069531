"""Two groups and one outcome, compared within strata: Mantel and Haenszel's odds ratio, difference and test.

A stratum is informative when both groups are in it and its members do not all have the same outcome; the others cannot say
anything of the gap, and drop out of the odds ratio and the test by themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_kind, check_level, marks, numbers

COUNTED = "take Strata(x1, n1, x0, n0), or count people by strata_of(group, outcome, stratum)"


@dataclass(frozen=True)
class Strata:
    """Counts by stratum, each of shape (k,): `x1` with the outcome of `n1` in the group, `x0` of `n0` in the reference.

    `strata_of` counts them from people.

    Examples
    --------
    >>> Strata([3, 2], [4, 5], [1, 0], [4, 5]).informative.tolist()
    [True, True]
    """

    x1: NDArray[np.float64]
    n1: NDArray[np.float64]
    x0: NDArray[np.float64]
    n0: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Take lists as well, and refuse counts that are none."""
        for name in ("x1", "n1", "x0", "n0"):
            object.__setattr__(self, name, numbers(np.atleast_1d(getattr(self, name)), "counts of strata"))
        if not self.x1.shape == self.n1.shape == self.x0.shape == self.n0.shape:
            raise EstimationError("Counts must be as many of each kind: one a stratum.")
        if not (((self.x1 >= 0) & (self.x1 <= self.n1)).all() and ((self.x0 >= 0) & (self.x0 <= self.n0)).all()):
            raise EstimationError("A count of a stratum must lie between 0 and its size: x1 of n1 people, x0 of n0.")

    @property
    def informative(self) -> NDArray[np.bool_]:
        """Strata with both groups and both outcomes, shape (k,)."""
        x, n = self.x1 + self.x0, self.n1 + self.n0
        return (self.n1 > 0) & (self.n0 > 0) & (x > 0) & (x < n)

    @property
    def both(self) -> NDArray[np.bool_]:
        """Strata in which both groups are, shape (k,)."""
        return (self.n1 > 0) & (self.n0 > 0)

    def only(self, keep: NDArray[np.bool_]) -> Strata:
        """Give the strata that are kept.

        Parameters
        ----------
        keep : array of bool, shape (k,)
            One mark a stratum.

        Returns
        -------
        Strata
            The same counts, of those marked true.
        """
        return Strata(self.x1[keep], self.n1[keep], self.x0[keep], self.n0[keep])


@dataclass(frozen=True)
class CommonOdds:
    """A common odds ratio with the standard error of its logarithm, its interval, and the test of 1."""

    ratio: float
    log_error: float
    low: float
    high: float
    chi2: float
    p_value: float


@dataclass(frozen=True)
class CommonDifference:
    """A common difference of shares with its standard error, its interval, and a normal test of 0."""

    difference: float
    error: float
    low: float
    high: float
    p_value: float

    @property
    def parted(self) -> bool:
        """Whether all of one group and nobody of the other have the outcome in every stratum: Sato's error is then 0, and no measure of chance."""
        return abs(self.difference) > 1 - 1e-9


def strata_of(group: ArrayLike, outcome: ArrayLike, stratum: ArrayLike) -> Strata:
    """Count the outcome of two groups in each stratum.

    Parameters
    ----------
    group : array_like of bool, shape (n,)
        Whether a person belongs to the group (else to the reference).
    outcome : array_like of bool, shape (n,)
        Whether she has the outcome.
    stratum : array_like, shape (n,)
        Her stratum: any values that can be compared for equality.

    Returns
    -------
    Strata
        `x1`, `n1`, `x0`, `n0`, a number a stratum.

    Raises
    ------
    EstimationError
        If the lengths differ, one is neither true nor false, or a stratum is missing.

    Examples
    --------
    >>> strata_of([True, False, True], [True, True, False], ["a", "a", "b"]).n1.tolist()
    [1.0, 1.0]
    """
    member, hit = marks(group, "of the group"), marks(outcome, "one with the outcome")
    names_of = np.asarray(stratum, dtype=object) if not isinstance(stratum, np.ndarray) else stratum
    if names_of.ndim != 1:
        raise EstimationError("The stratum must be one column, of shape (n,): join several columns to one name first.")
    codes, names = pd.factorize(names_of)
    if (codes < 0).any():
        raise EstimationError("The stratum is missing for some people; leave them out first, from everything that is handed over.")
    if not len(member) == len(hit) == len(codes):
        raise EstimationError("Group, outcome and stratum must have one entry each for the same people.")

    def counted(which: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(codes[which], minlength=len(names)).astype(float)

    return Strata(counted(member & hit), counted(member), counted(~member & hit), counted(~member))


def common_odds(strata: Strata, *, level: float = 0.95, correct: bool = False) -> CommonOdds | None:
    """Give Mantel and Haenszel's common odds ratio with the interval of Robins, Breslow and Greenland, and the test.

    ``sum R / sum S`` with ``R = x1 (n0 - x0) / n`` and ``S = x0 (n1 - x1) / n`` of each stratum; 1 is no gap within strata. The test:
    ``(|sum (x1 - E)| - c)**2 / sum V``, E and V the hypergeometric mean and variance, c one half with correction.

    Parameters
    ----------
    strata : Strata
        Counts.
    level : float
        Nominal coverage.
    correct : bool
        Yates' correction of the test.

    Returns
    -------
    CommonOdds or None
        None where no stratum is informative. A ratio of 0 or infinity has the interval of all values and a log error of infinity.

    Raises
    ------
    EstimationError
        If `level` is not between 0 and 1, or `strata` is no `Strata`.

    Notes
    -----
    Supposes one ratio in all strata, and people independent within them given the stratum. Consistent for many small strata too;
    with few cases take `inference.exact_odds`. Sources: N. Mantel, W. Haenszel (1959), JNCI 22, 719-748; J. Robins,
    N. Breslow, S. Greenland (1986), Biometrics 42, 311-323.

    Examples
    --------
    >>> found = common_odds(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4))))
    >>> found.ratio, round(found.chi2, 4)
    (9.0, 1.75)
    """
    from scipy.special import chdtrc, ndtri

    check_level(level)
    check_kind(strata, Strata, COUNTED)
    own = strata.only(strata.informative)
    if not len(own.n1):
        return None
    n, x = own.n1 + own.n0, own.x1 + own.x0
    r, s = own.x1 * (own.n0 - own.x0) / n, own.x0 * (own.n1 - own.x1) / n
    big_r, big_s = float(r.sum()), float(s.sum())
    variance = float((own.n1 * own.n0 * x * (n - x) / (n * n * (n - 1))).sum())
    gap = abs(float((own.x1 - own.n1 * x / n).sum()))
    chi2 = max(gap - (0.5 if correct else 0.0), 0.0) ** 2 / variance
    p_value = float(chdtrc(1, chi2))
    if big_r == 0 or big_s == 0:
        return CommonOdds(math.inf if big_r else 0.0, math.inf, 0.0, math.inf, chi2, p_value)
    p, q = (own.x1 + own.n0 - own.x0) / n, (own.x0 + own.n1 - own.x1) / n
    error = math.sqrt(float((p * r).sum()) / (2 * big_r**2) + float((p * s + q * r).sum()) / (2 * big_r * big_s)
                      + float((q * s).sum()) / (2 * big_s**2))
    half = float(ndtri(0.5 + level / 2)) * error
    return CommonOdds(big_r / big_s, error, big_r / big_s * math.exp(-half), big_r / big_s * math.exp(half), chi2, p_value)


def common_difference(strata: Strata, *, level: float = 0.95) -> CommonDifference | None:
    """Give Mantel and Haenszel's common difference of shares, with Sato's standard error.

    ``sum w (x1/n1 - x0/n0) / sum w`` with ``w = n1 n0 / n``; 0 is no gap within strata. Strata in which everybody has the same outcome
    count here, with a difference of 0: the number says how far the shares of the city as it is lie apart within strata.

    Parameters
    ----------
    strata : Strata
        Counts.
    level : float
        Nominal coverage.

    Returns
    -------
    CommonDifference or None
        None where no stratum has both groups. An error of 0 (nobody, or everybody, has the outcome) has an interval of one point and p 1; so has a
        difference of 1 or -1 (`parted`), with p 0, which says nothing of chance either.

    Raises
    ------
    EstimationError
        If `level` is not between 0 and 1, or `strata` is no `Strata`.

    Notes
    -----
    People independent given the stratum. Sources: S. Greenland, J. Robins (1985), Biometrics 41, 55-68; T. Sato (1989), Biometrics
    45, 1323-1324.

    Examples
    --------
    >>> found = common_difference(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4))))
    >>> found.difference
    0.5
    """
    from scipy.special import ndtr, ndtri

    check_level(level)
    check_kind(strata, Strata, COUNTED)
    own = strata.only(strata.both)
    if not len(own.n1):
        return None
    n = own.n1 + own.n0
    weight = own.n1 * own.n0 / n
    total = float(weight.sum())
    gap = float((weight * (own.x1 / own.n1 - own.x0 / own.n0)).sum()) / total
    p = (own.n1**2 * own.x0 - own.n0**2 * own.x1 + own.n1 * own.n0 * (own.n0 - own.n1) / 2) / n**2
    q = (own.x1 * (own.n0 - own.x0) + own.x0 * (own.n1 - own.x1)) / (2 * n)
    error = math.sqrt(max(gap * float(p.sum()) + float(q.sum()), 0.0)) / total
    half = float(ndtri(0.5 + level / 2)) * error
    p_value = float(2 * ndtr(-abs(gap) / error)) if error > 0 else float(gap == 0)
    return CommonDifference(gap, error, gap - half, gap + half, p_value)


def homogeneity(strata: Strata) -> tuple[float, int, float] | None:
    """Test whether the odds ratio is the same in all informative strata: Breslow and Day, with Tarone's correction.

    ``sum (x1 - E)**2 / V - (sum (x1 - E))**2 / sum V``, E and V fitted to the common odds ratio; degrees of freedom: strata - 1.

    Parameters
    ----------
    strata : Strata
        Counts, as `strata_of` gives them.

    Returns
    -------
    tuple of (float, int, float) or None
        Chi-square, degrees of freedom, p; None for fewer than two informative strata or a ratio of 0 or infinity.

    Notes
    -----
    For a few large strata: with strata of a handful the approximation does not hold. Sources: N. Breslow, N. Day (1980), Statistical
    Methods in Cancer Research 1, 142; R. Tarone (1985), Biometrika 72, 91-95.

    Examples
    --------
    >>> homogeneity(Strata(*(np.array([float(v)]) for v in (3, 4, 1, 4)))) is None
    True
    """
    from scipy.special import chdtrc

    check_kind(strata, Strata, COUNTED)
    own = strata.only(strata.informative)
    found = common_odds(own)
    if found is None or len(own.n1) < 2 or not math.isfinite(found.log_error):
        return None
    ratio, x = found.ratio, own.x1 + own.x0
    # the expected count e solves e (n0 - x + e) = ratio (x - e) (n1 - e)
    a, b, c = 1 - ratio, own.n0 - x + ratio * (x + own.n1), -ratio * x * own.n1
    expected = -c / b if math.isclose(ratio, 1.0, rel_tol=1e-12) else (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)
    variance = 1 / (1 / expected + 1 / (own.n1 - expected) + 1 / (x - expected) + 1 / (own.n0 - x + expected))
    chi2 = float(((own.x1 - expected) ** 2 / variance).sum()) - float((own.x1 - expected).sum()) ** 2 / float(variance.sum())
    return max(chi2, 0.0), len(own.n1) - 1, float(chdtrc(len(own.n1) - 1, max(chi2, 0.0)))
