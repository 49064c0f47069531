"""The linking plan: how many vignettes or double ratings give which reliability, before anyone rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from evalkit.errors import EstimationError
from evalkit.inference.d_study import error_of_pairs, generalizability, spearman_brown
from evalkit.inference.reading import listed
from evalkit.inference.single_values import single, whole_number

VIGNETTES = (2, 3, 4, 6, 8, 12)
SHARES = (0.02, 0.05, 0.1, 0.2)
SUPPOSED_RELIABILITY = 0.5


@dataclass(frozen=True)
class Spread:
    """Variances that a plan supposes, on the scale of 1 to 5.

    Of raters (severity), raters by vignettes, raters by items (halo the other way), and the rest. The defaults are suppositions,
    not estimates: after the first round `derive.own_spread` puts those of the study's own vignettes in their place.
    """

    rater: float = 0.20
    rater_vignette: float = 0.25
    rater_item: float = 0.05
    rest: float = 0.50


def vignette_plan(spread: Spread | None = None, *, numbers: Sequence[int] = VIGNETTES, items: int = 7, minutes: float = 10.0) -> pd.DataFrame:
    """Say how well severity would be known from so many vignettes.

    ``reliability = s2_r / (s2_r + s2_rv / v + s2_ri / i + s2_rest / (v i))``; `std_error` is the root of the error.

    Parameters
    ----------
    spread : Spread, optional
        The variances that are supposed.
    numbers : sequence of int
        Numbers of vignettes to compare.
    items : int
        Items of a vignette.
    minutes : float
        Time that one vignette takes a rater.

    Returns
    -------
    pandas.DataFrame
        `vignettes`, `reliability` (of differences between raters), `std_error` (points of the scale), `difference_found`: the
        difference of two raters that would be told eight times in ten, ``2.80 sqrt(2) std_error``; `minutes` a rater.

    Raises
    ------
    EstimationError
        If a variance is negative, a number below 1, or an argument is of another kind.

    Examples
    --------
    >>> vignette_plan(numbers=(6,)).round(3).to_numpy().tolist()
    [[6.0, 0.767, 0.246, 0.976, 60.0]]
    """
    listed(numbers=numbers)
    single(items=items, minutes=minutes)
    known = Spread() if spread is None else spread
    if not isinstance(known, Spread):
        raise EstimationError("spread is evalkit.collect.Spread(rater=0.2, rater_vignette=0.25, rater_item=0.05, rest=0.5), with variances of yours.")
    variances = {("rater",): known.rater, ("rater", "vignette"): known.rater_vignette, ("rater", "item"): known.rater_item,
                 ("rater", "vignette", "item"): known.rest}
    rows = []
    for n in numbers:
        coefficient, error = generalizability(variances, "rater", {"vignette": n, "item": items})
        rows.append({"vignettes": n, "reliability": coefficient, "std_error": error**0.5, "difference_found": 2.8016 * (2 * error) ** 0.5,
                     "minutes": n * minutes})
    return pd.DataFrame(rows)


def double_plan(n_people: int, reliability: float = SUPPOSED_RELIABILITY, *, shares: Sequence[float] = SHARES, minutes: float = 15.0) -> pd.DataFrame:
    """Say how well the reliability of one rating would be known if such a share of people were rated twice.

    Parameters
    ----------
    n_people : int
        People who are rated.
    reliability : float
        What is supposed, from 0 to 1.
    shares : sequence of float
        Shares to compare.
    minutes : float
        Time that one rating takes.

    Returns
    -------
    pandas.DataFrame
        `share`, `pairs`, `std_error` of the reliability, `conf_low` and `conf_high` (``r -+ 1.96 std_error``, within 0 and 1),
        `reliability_of_two`: of the mean of two ratings; `hours` in all.

    Raises
    ------
    EstimationError
        If the reliability does not lie from 0 to 1, or a share not above 0 and up to 1.

    Examples
    --------
    >>> double_plan(6500, shares=(0.1,)).round(3).to_numpy().tolist()
    [[0.1, 650.0, 0.029, 0.442, 0.558, 0.667, 162.5]]
    """
    whole_number(n_people=n_people)
    listed(shares=shares)
    single(reliability=reliability, minutes=minutes, **{f"shares[{i}]": share for i, share in enumerate(shares)})
    if any(not 0 < share <= 1 for share in shares):
        raise EstimationError("Each share of people lies above 0 and up to 1, as 0.1 for a tenth.")
    rows = []
    for share in shares:
        pairs = int(-(-share * n_people // 1))
        error = error_of_pairs(reliability, pairs)
        rows.append({"share": share, "pairs": pairs, "std_error": error, "conf_low": max(0.0, reliability - 1.959964 * error),
                     "conf_high": min(1.0, reliability + 1.959964 * error), "reliability_of_two": spearman_brown(reliability, 2),
                     "hours": pairs * minutes / 60})
    return pd.DataFrame(rows)
