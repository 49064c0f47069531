"""The D study: what a mean over so many conditions is worth, from variance components. Formulas only; they know no data."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt

import numpy as np

from evalkit.errors import EstimationError
from evalkit.inference.single_values import mapped, single, word


def generalizability(variances: Mapping[tuple[str, ...], float], of: str, numbers: Mapping[str, int]) -> tuple[float, float]:
    """Give the generalizability coefficient and the error variance of a mean over conditions of a crossed design.

    ``E = sum of s2(effect) / product of the numbers of its facets, over effects that contain the object and a facet``;
    ``coefficient = s2(object) / (s2(object) + E)``. 1: no error of comparing objects; 0: objects do not differ.

    Parameters
    ----------
    variances : mapping of tuple of str to float
        Effect (its facets) to variance component, as ``{("rater",): 0.2, ("rater", "vignette"): 0.3}``; the highest one holds the error.
    of : str
        What is measured.
    numbers : mapping of str to int
        Conditions of each other facet.

    Returns
    -------
    float, float
        Coefficient and relative error variance; the coefficient is 0 where the object does not vary.

    Raises
    ------
    EstimationError
        If a variance is negative or not finite, a facet has no number, a number is below 1, or one is a word.

    Notes
    -----
    Relative error: all objects meet the same conditions. Source: R. L. Brennan (2001), Generalizability Theory, chapters 1 and 4.

    Examples
    --------
    >>> generalizability({("p",): 0.4, ("p", "i"): 0.6}, "p", {"i": 6})
    (0.8, 0.09999999999999999)
    """
    mapped(variances=variances, numbers=numbers)
    word(of=of)
    single(**{f"{what}[{name}]": v for what, given in (("variances", variances), ("numbers", numbers)) for name, v in given.items()})
    if any(not np.isfinite(v) or v < 0 for v in variances.values()):
        raise EstimationError("A variance component must be a number of 0 or more.")
    error = 0.0
    for effect, variance in variances.items():
        if of in effect and len(effect) > 1:
            facets = [f for f in effect if f != of]
            if any(numbers.get(f, 0) < 1 for f in facets):
                raise EstimationError(f"The facets {', '.join(facets)} need numbers of 1 or more.")
            error += variance / prod(numbers[f] for f in facets)
    own = variances.get((of,), 0.0)
    return (own / (own + error) if own > 0 else 0.0), error


def spearman_brown(reliability: float, k: float) -> float:
    """Give the reliability of the mean of `k` ratings from that of one: ``k r / (1 + (k - 1) r)``.

    Parameters
    ----------
    reliability : float
        Of one rating, from 0 to 1.
    k : float
        How many times as many ratings, above 0; a fraction is a shorter form.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    EstimationError
        If the reliability does not lie from 0 to 1, `k` is not above 0, or one is no number.

    Examples
    --------
    >>> round(spearman_brown(0.5, 2), 4)
    0.6667
    """
    single(reliability=reliability, k=k)
    if not 0 <= reliability <= 1 or not k > 0:
        raise EstimationError("A reliability lies from 0 to 1, and a number of ratings above 0.")
    return k * reliability / (1 + (k - 1) * reliability)


def error_of_pairs(reliability: float, n: int) -> float:
    """Give the standard error of the intraclass correlation of `n` people rated twice: ``(1 - r**2) / sqrt(n - 1)``.

    Parameters
    ----------
    reliability : float
        The correlation that is expected, from 0 to 1.
    n : int
        People rated twice.

    Returns
    -------
    float
        Missing for fewer than two.

    Raises
    ------
    EstimationError
        If the reliability does not lie from 0 to 1, or one is no number.

    Notes
    -----
    One-way design, two ratings, many people, normal errors: the general ``(1 - r)(1 + (k - 1) r) sqrt(2 / (k (k - 1)(n - 1)))`` with
    k = 2. Source: R. A. Fisher (1925), Statistical Methods for Research Workers, section 39.

    Examples
    --------
    >>> round(error_of_pairs(0.6, 651), 4)
    0.0251
    """
    single(reliability=reliability, n=n)
    if not 0 <= reliability <= 1:
        raise EstimationError("A reliability lies from 0 to 1.")
    return (1 - reliability**2) / sqrt(n - 1) if n > 1 else float("nan")
