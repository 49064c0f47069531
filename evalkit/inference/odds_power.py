"""What the test of Mantel and Haenszel could find: the common odds ratios that it sees eight times in ten, on the margins of the strata."""

from __future__ import annotations

import math

import numpy as np

from evalkit.errors import EstimationError
from evalkit.inference.exact_odds import Conditional, conditional, ratio_at
from evalkit.inference.reading import check_kind, check_level
from evalkit.inference.strata import COUNTED, Strata

_MOST = 4000  # possible totals; with more of them the normal approximation agrees to three digits


def detectable_common_odds(strata: Strata, *, correct: bool = False, level: float = 0.05, power: float = 0.8) -> tuple[float, float]:
    """Give the common odds ratios nearest to 1, below and above, that the test of Mantel and Haenszel finds with the stated power.

    The test rejects where ``|A - E| >= c + z sqrt(V)``: A the group's total of outcomes, E and V its hypergeometric mean and variance over all
    strata, c one half with correction. The ratio: where A lies there, on its side, with chance `power`, given the margins of all strata.

    Parameters
    ----------
    strata : Strata
        Counts; only their margins are used: how many of each group, and how many with the outcome, a stratum has.
    correct : bool
        Whether the test has Yates' correction.
    level, power : float
        Level of the two-sided test, and the wanted chance of finding the ratio.

    Returns
    -------
    tuple of (float, float)
        0 and infinity where no ratio is found that often, or no stratum is informative.

    Raises
    ------
    EstimationError
        If `level` or `power` is no chance, or `strata` is no `Strata`.

    Notes
    -----
    Exact given the margins (products of Fisher's noncentral hypergeometric distributions) up to 4,000 possible totals; beyond them
    ``exp((c + (z(1 - level / 2) + z(power)) sqrt(V)) / V)``, since the mean of A moves by V for each unit of the log odds ratio. It supposes
    one ratio in all strata. An effect between the two may well be there and not be found. Sources: N. Mantel, W. Haenszel (1959), JNCI 22, 719-748;
    C. Mehta, N. Patel, R. Gray (1985), JASA 80, 969-973; J. Wittes, S. Wallenstein (1987), JASA 82, 1104-1109, on the power of this test.

    Examples
    --------
    >>> design = Strata([8, 5], [20, 12], [8, 5], [20, 12])
    >>> [round(r, 2) for r in detectable_common_odds(design)]
    [0.27, 3.75]
    >>> detectable_common_odds(Strata([1], [2], [1], [2]))
    (0.0, inf)
    """
    from scipy.special import ndtri

    check_level(level)
    if not isinstance(power, (int, float, np.integer, np.floating)) or not 0 < power < 1:
        raise EstimationError(f"The power {power} must lie between 0 and 1, such as 0.8.")
    check_kind(strata, Strata, COUNTED)
    own = strata.only(strata.informative)
    if not len(own.n1):
        return 0.0, math.inf
    n, x = own.n1 + own.n0, own.x1 + own.x0
    variance = float((own.n1 * own.n0 * x * (n - x) / (n * n * (n - 1))).sum())
    half, z = 0.5 if correct else 0.0, float(ndtri(1 - level / 2))
    if float((np.minimum(x, own.n1) - np.maximum(0, x - own.n0)).sum()) > _MOST:
        step = (half + (z + float(ndtri(power))) * math.sqrt(variance)) / variance
        return math.exp(-step), math.exp(step)
    found = conditional(own)
    return (0.0, math.inf) if found is None else _on_margins(found, float((own.n1 * x / n).sum()), half + z * math.sqrt(variance), power)


def _on_margins(found: Conditional, expected: float, reach: float, power: float) -> tuple[float, float]:
    totals = found.low + np.arange(len(found.log_weights))
    tie = 1e-9 * max(reach, 1.0)  # a total on the edge is rejected, whatever rounding says
    few, many = totals <= expected - reach + tie, totals >= expected + reach - tie
    below = ratio_at(lambda b: power - float(found.probabilities(b)[few].sum())) if few.any() else 0.0
    above = ratio_at(lambda b: float(found.probabilities(b)[many].sum()) - power) if many.any() else math.inf
    return below, above


def error_without_gap(strata: Strata) -> float:
    """Give the standard error of Mantel and Haenszel's difference of shares if no stratum has a gap, given the margins of all strata.

    ``sqrt(sum of V) / sum of w``: V the hypergeometric variance of the group's outcomes in a stratum, ``w = n1 n0 / n``. It comes from the
    design and the totals alone, so 2.80 of it are found eight times in ten whatever gap was seen. nan where no stratum holds both groups.

    Examples
    --------
    >>> from evalkit.inference.strata import strata_of
    >>> one = strata_of([True, True, False, False], [True, False, True, False], [0, 0, 0, 0])
    >>> round(error_without_gap(one), 4)
    0.5774
    """
    own = strata.only(strata.both)
    total, x = own.n1 + own.n0, own.x1 + own.x0
    weight = float((own.n1 * own.n0 / total).sum())
    spread = float((own.n1 * own.n0 * x * (total - x) / (total * total * (total - 1))).sum())
    return math.sqrt(spread) / weight if weight else math.nan
