"""Whether an item works alike for two groups among people of equal total: Mantel-Haenszel with delta classes, and logistic regression.

For forms with three or more items that one person answers about one object (a 360 form, a survey scale). The official appraisal has
two ratings, of which the total *is* the other one: there is nothing to match on, and the function says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evalkit.fairness.frames import answers_of
from evalkit.inference.exact_odds import conditional, detectable_odds, exact_odds
from evalkit.inference.multiplicity import adjust
from evalkit.inference.odds_power import detectable_common_odds
from evalkit.inference.results import Estimate, estimates
from evalkit.inference.strata import CommonOdds, common_odds, strata_of

DELTA = -2.35
ROUNDS = 10
FAMILY = "item_functioning"


@dataclass(frozen=True)
class Purified:
    """Items that serve for matching, how many rounds it took, and whether the rounds came to rest."""

    anchors: tuple[str, ...]
    rounds: int
    settled: bool


def delta_class(delta: float, threshold: tuple[float, float] = (1.0, 1.5)) -> str:
    """Class of a delta by its size: A below 1, B below 1.5, C from there.

    Parameters
    ----------
    delta : float
        ``-2.35 ln(odds ratio)``; 0: the item works alike, negative: harder for the focal group.
    threshold : tuple of float
        Where B and C begin.

    Notes
    -----
    By size alone; ETS also asks that |delta| is significantly above 0 (B) or above 1 (C), which `item_functioning` adds. Source: N.
    Dorans, P. Holland (1993), in Holland, Wainer (eds.), Differential Item Functioning, 35-66.

    Examples
    --------
    >>> delta_class(-1.2), delta_class(0.3)
    ('B', 'A')
    """
    size = abs(delta)
    return "A" if size < threshold[0] else "B" if size < threshold[1] else "C"


def item_functioning(answers: pd.DataFrame, group: pd.Series | ArrayLike, *, focal: str, reference: str, items: Sequence[str] | None = None,
                     purify: bool = True, correct: bool = True, exact: bool = False, level: float = 0.95, scope_id: str = "",
                     period: str = "") -> pd.DataFrame:
    """Compare each item between two groups of people with the same total, matched by a purified total.

    Odds ratio of Mantel and Haenszel of the reference against the focal group over strata of equal totals; ``delta = -2.35 ln(ratio)``.
    0: the item works alike; negative: harder for the focal group than for people of the reference with the same total.

    Parameters
    ----------
    answers : pandas.DataFrame, shape (n, k)
        One row a person, one column an item, 1 or 0 (or true and false); people with a missing answer are left out.
    group : pandas.Series or array_like, shape (n,)
        Group of each person: a series by the index of `answers`, anything else in the order of its rows; others than the two are left out.
    focal, reference : str
        The group that is asked about, and the one that it is compared with.
    items : sequence of str, optional
        The columns; all without it.
    purify : bool
        Whether items that stand out are taken out of the matching total, until nothing changes (at most ten rounds). An item always
        counts in its own matching total.
    correct, exact : bool
        Yates' correction of the test; exact conditional test and ratio in its place.
    level : float
        Nominal coverage.
    scope_id, period : str
        Copied into the rows.

    Returns
    -------
    pandas.DataFrame
        Frame of estimates with `term` the item: "item_odds_ratio" (with p, adjusted by Benjamini and Hochberg over the items, family
        "item_functioning"), "item_delta", "item_class" (0, 1, 2 for A, B, C), "item_detectable_below" and "..._above" (the deltas nearest to 0
        that the test finds eight times in ten on these margins, before correction; "no_gap_detectable": none), and one line "item_anchors"
        (how many items matched, `term` their names; `reason` "purification_did_not_settle" where it did not). Not estimable:
        "fewer_than_three_items", "group_not_in_data", "no_informative_stratum".

    Raises
    ------
    EstimationError
        If a column is absent or an answer is neither 0 nor 1.

    Notes
    -----
    A gap of an item given the total is no unequal treatment by itself, and a gap that all items share cannot be seen: it is in the
    total. Small groups: a class needs hundreds of people. Class B: |delta| at least 1 and significantly above 0; C: at least 1.5 and
    significantly above 1; else A. Sources: P. Holland, D. Thayer (1988), in Wainer, Braun (eds.), Test Validity, 129-145; Dorans,
    Holland (1993), as `delta_class`.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> able, group = rng.normal(size=400), pd.Series(["F", "M"] * 200)
    >>> answers = pd.DataFrame({f"i{k}": (able + rng.logistic(size=400) > 0.2 * k - 0.4).astype(int) for k in range(5)})
    >>> found = item_functioning(answers, group, focal="F", reference="M")
    >>> len(found), found.loc[found["measure"] == "item_class", "estimate"].tolist()
    (26, [0.0, 0.0, 0.0, 0.0, 0.0])
    """
    own = answers_of(answers, group, focal=focal, reference=reference, items=items)
    names, answered, member = own.names, own.answered, own.in_reference
    base: Estimate = {"group": f"{focal} / {reference}", "role": "inferential", "scope_id": scope_id, "period": period, "n": len(answered),
                      "estimand": "item_given_total", "conf_level": level}
    if own.reason:
        return estimates([{**base, "measure": "item_odds_ratio", "term": c, "unit": "ratio", "null_value": 1.0, "family": FAMILY,
                           "status": "not_estimable", "reason": own.reason} for c in names])
    chosen = purified(answered, member, names, correct=correct) if purify else Purified(tuple(names), 0, True)
    return estimates(_rows(answered, member, names, chosen, base, correct, exact, level))


def purified(answered: NDArray[np.int_], member: NDArray[np.bool_], names: Sequence[str], *, correct: bool = True,
             alpha: float = 0.05) -> Purified:
    """Take items that stand out at `alpha` out of the matching total, round by round, until the same items stand out again.

    Parameters
    ----------
    answered : array of int, shape (n, k)
        Answers, 0 or 1.
    member : array of bool, shape (n,)
        Who belongs to the reference.
    names : sequence of str
        Names of the items.
    correct, alpha
        Yates' correction, and the level of the test that decides.

    Notes
    -----
    Where every item stands out, none can match, and all are kept; it is then said not to have settled. Source: G. Candell, F.
    Drasgow (1988), Applied Psychological Measurement 12, 253-260.

    Examples
    --------
    >>> purified(np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1]]), np.array([True, False, True, False]), ["a", "b", "c"]).anchors
    ('a', 'b', 'c')
    """
    marked = np.zeros(len(names), dtype=bool)
    for turn in range(ROUNDS + 1):
        found = [_matched(answered, member, item, ~marked, correct) for item in range(len(names))]
        now = np.array([f is not None and f.p_value < alpha for f in found])
        if now.all():
            return Purified(tuple(names), turn, False)
        if (now == marked).all():
            return Purified(tuple(n for n, m in zip(names, marked, strict=True) if not m), turn, True)
        marked = now
    return Purified(tuple(n for n, m in zip(names, marked, strict=True) if not m), ROUNDS, False)


def _totals(answered: NDArray[np.int_], item: int, anchors: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Give the matching total: the anchors, and the item itself whether it is one or not."""
    used = anchors.copy()
    used[item] = True
    return np.asarray(answered[:, used].sum(axis=1), dtype=int)


def _matched(answered: NDArray[np.int_], member: NDArray[np.bool_], item: int, anchors: NDArray[np.bool_], correct: bool,
             level: float = 0.95) -> CommonOdds | None:
    return common_odds(strata_of(member, answered[:, item] == 1, _totals(answered, item, anchors)), level=level, correct=correct)


def _rows(answered: NDArray[np.int_], member: NDArray[np.bool_], names: list[str], chosen: Purified, base: Estimate, correct: bool,
          exact: bool, level: float) -> list[Estimate]:
    anchors = np.isin(names, chosen.anchors)
    ratios: list[Estimate] = []
    deltas: list[Estimate] = []
    floors: list[Estimate] = []
    for place, name in enumerate(names):
        strata = strata_of(member, answered[:, place] == 1, _totals(answered, place, anchors))
        found = common_odds(strata, level=level, correct=correct)
        row: Estimate = {**base, "measure": "item_odds_ratio", "term": name, "unit": "ratio", "null_value": 1.0, "family": FAMILY,
                         "method": "exact_conditional" if exact else "mantel_haenszel"}
        delta: Estimate = {**base, "measure": "item_delta", "term": name, "unit": "delta", "null_value": 0.0, "method": "mantel_haenszel"}
        if found is None:
            ratios.append({**row, "status": "not_estimable", "reason": "no_informative_stratum"})
            deltas.append({**delta, "status": "not_estimable", "reason": "no_informative_stratum"})
            continue
        distribution = conditional(strata) if exact else None
        floors += _floors({**delta, "role": "descriptive", "method": str(row["method"])},
                          detectable_common_odds(strata, correct=correct) if distribution is None else detectable_odds(distribution))
        if not math.isfinite(found.log_error):
            ratios.append({**row, "status": "boundary", "reason": "outcome_in_one_group_only", "p_value": found.p_value})
            deltas.append({**delta, "status": "boundary", "reason": "outcome_in_one_group_only"})
            continue
        value = found
        if distribution is not None:
            one = exact_odds(distribution, level=level)
            value = CommonOdds(one.ratio, found.log_error, one.low, one.high, found.chi2, one.p_value)
        ratios.append({**row, "status": "estimated", "estimate": value.ratio, "std_error": found.log_error, "conf_low": value.low,
                       "conf_high": value.high, "p_value": value.p_value})
        deltas += _delta(delta, found, value.p_value)
    p = adjust([r.get("p_value") for r in ratios], "benjamini_hochberg").p_adjusted
    for ratio, adjusted in zip(ratios, p, strict=True):
        if math.isfinite(adjusted):
            ratio["p_adjusted"] = float(adjusted)
    line: Estimate = {**base, "measure": "item_anchors", "term": " ".join(chosen.anchors), "role": "descriptive", "unit": "items",
                      "status": "estimated", "estimate": float(len(chosen.anchors)), "method": f"purified_in_{chosen.rounds}_rounds"}
    line.pop("conf_level")
    if not chosen.settled:
        line["reason"] = "purification_did_not_settle"
    return [*ratios, *deltas, *floors, line]


def _floors(row: Estimate, ratios: tuple[float, float]) -> list[Estimate]:
    """Write on the scale of delta what the test could find; a ratio above 1 is a delta below 0."""
    found: list[Estimate] = []
    for side, ratio in zip(("below", "above"), reversed(ratios), strict=True):
        part: Estimate = {**row, "measure": f"item_detectable_{side}", "status": "estimated"}
        part.pop("conf_level")
        part.pop("null_value")
        none = ratio == 0 or math.isinf(ratio)
        found.append({**part, "status": "not_estimable", "reason": "no_gap_detectable"} if none else {**part, "estimate": DELTA * math.log(ratio)})
    return found


def _delta(row: Estimate, found: CommonOdds, p_value: float) -> list[Estimate]:
    from scipy.special import ndtr

    delta, error = DELTA * math.log(found.ratio), -DELTA * found.log_error
    # one-sided test that the size of delta is above 1
    beyond = float(ndtr(-(abs(delta) - 1) / error))
    by_size = delta_class(delta)
    kind = 2.0 if by_size == "C" and beyond < 0.05 else 1.0 if by_size != "A" and p_value < 0.05 else 0.0
    letter: Estimate = {**row, "measure": "item_class", "role": "descriptive", "unit": "class", "status": "estimated", "estimate": kind}
    letter.pop("conf_level")
    letter.pop("null_value")
    return [{**row, "status": "estimated", "estimate": delta, "std_error": error, "conf_low": DELTA * math.log(found.high),
             "conf_high": DELTA * math.log(found.low)}, letter]
