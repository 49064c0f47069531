"""What a design could find: the smallest effect that a test at 5% sees eight times in ten, on this office's own numbers."""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import coo_matrix

from evalkit.errors import EstimationError
from evalkit.inference.reading import check_level
from evalkit.inference.single_values import single
from evalkit.raters.pairs import PairDesign


def detectable(std_error: float, *, level: float = 0.05, power: float = 0.8, sides: int = 2, df: float = math.inf) -> float:
    """Give the smallest effect that is found with the stated power, from the standard error of its estimate.

    ``(t(1 - level / sides) + t(power)) * std_error``: 2.80 standard errors for 5%, two sides, eight in ten. An effect below it
    may well be there and not be found: no finding is then no evidence of none.

    Parameters
    ----------
    std_error : float
        Standard error of the estimate, in its unit.
    level, power : float
        Level of the test, and the wanted chance of finding the effect.
    sides : {1, 2}
        One- or two-sided test.
    df : float
        Degrees of freedom; infinite for a normal estimate.

    Returns
    -------
    float
        In the unit of the estimate.

    Raises
    ------
    EstimationError
        If an argument is out of its range.

    Notes
    -----
    Approximate in small samples. From the design alone, never from the effect that was found. Source: H. Bloom (1995), Evaluation
    Review 19, 547-556.

    Examples
    --------
    >>> round(detectable(1.0), 3), round(detectable(1.0, df=10), 3)
    (2.802, 3.107)
    """
    check_level(level)
    single(std_error=std_error, power=power, sides=sides, df=df)
    from scipy.special import stdtrit

    if not (0 < level < 1 and 0 < power < 1 and sides in (1, 2) and df > 0 and std_error >= 0):
        raise EstimationError("detectable needs a level and a power between 0 and 1, one or two sides, and a standard error of 0 or more.")
    large = min(df, 1e7)
    return float((stdtrit(large, 1 - level / sides) + stdtrit(large, power)) * std_error)


def detectable_spread(design: PairDesign, expected: float, sd: float, *, level: float = 0.05, power: float = 0.8) -> float:
    """Give the smallest standard deviation of evaluators' chances that the clustering test finds with the stated power.

    Chances that vary by tau around a stratum's p add ``tau**2`` to the expected product of two people under one evaluator, and to the
    totals of the strata what such pairs are among all of theirs. So the test finds ``tau = sqrt((z(1 - level) + z(power)) sd / W)``, W the
    pairs of people under one evaluator in a period, each times ``1 - G / P``: G pairs of its two strata under one evaluator, of P.

    Parameters
    ----------
    design : PairDesign
        Who stands under whom.
    expected, sd : float
        Mean and standard deviation of the positive pairs under permutation.
    level, power : float
        Level of the one-sided test, and the wanted chance.

    Returns
    -------
    float
        In share of people: 0.08 is eight points. `nan` if no two people stand under one evaluator, or each stratum under one alone.

    Raises
    ------
    EstimationError
        As `detectable`.

    Notes
    -----
    Takes the variance under the null for that under the alternative, so it is optimistic: by an eighth in a city, by a third in an office.
    `clustering_power.smallest_spread` simulates instead; this one is for exact moments and for more people than can be simulated, where what
    it leaves out is small.

    Examples
    --------
    >>> import pandas as pd
    >>> from evalkit.raters.pairs import pair_design
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "period": "p", "rater_id": list("eeff"), "u": ""})
    >>> design = pair_design(rows, pd.Series([True, True, False, False]), strata=["u"], exchange="ratings")
    >>> round(detectable_spread(design, 1 / 3, 0.4714), 2)
    0.94
    """
    check_level(level)
    pairs = telling_pairs(design)
    if pairs <= 1e-9 or expected <= 0:
        return float("nan")
    return math.sqrt(detectable(sd, level=level, power=power, sides=1) / pairs)


def telling_pairs(design: PairDesign) -> float:
    """Give the pairs of people under one evaluator in a period, each less the part that the totals of its two strata hold of it.

    Parameters
    ----------
    design : PairDesign
        Who stands under whom.

    Returns
    -------
    float
        0 where no two people stand under one evaluator, or each stratum under one alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from evalkit.raters.pairs import pair_design
    >>> rows = pd.DataFrame({"person_id": list("abcd"), "period": "p", "rater_id": list("eeff"), "u": ""})
    >>> round(telling_pairs(pair_design(rows, pd.Series([True, True, False, False]), strata=["u"], exchange="ratings")), 4)
    1.3333
    """
    n_strata, total = int(design.stratum.max(initial=-1)) + 1, 0.0
    for column in design.cell.T:
        rated = column >= 0
        ends = (design.stratum[rated], column[rated])
        n = coo_matrix((np.ones(int(rated.sum())), ends), shape=(n_strata, max(design.n_cells, 1))).tocsr()
        people = np.asarray(n.sum(axis=1)).ravel()
        both = (n @ n.T).tocoo()
        own = both.row == both.col
        # a stratum with itself: pairs of two people, each once; two strata stand twice
        together = 0.5 * np.where(own, both.data - people[both.row], both.data)
        whole = 0.5 * people[both.row] * (people[both.col] - own)
        total += float((together * (1 - np.divide(together, whole, out=np.ones_like(whole), where=whole > 0))).sum())
    return total
