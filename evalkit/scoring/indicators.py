"""Indicators of the numeric regime: achievement against a target, its score, extra tasks, the SKP score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from evalkit.errors import ScoringError
from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Fact, Instrument
from evalkit.scoring.outcome import Outcome, exact, first_reason, not_scored, scored

RULE = "permenpanrb-8-2021"


def achievement(actual: object, target_low: object, target_high: object = None, *, less_is_better: bool = False) -> Outcome:
    """Give the achievement of an indicator in percent of its target.

    normal: actual / target x 100; less is better: (1 + (1 - actual / target)) x 100; a range: its upper bound above it, its
    lower bound below it, 100 inside it.

    100 means that the target was reached exactly; it is not rounded here.

    Parameters
    ----------
    actual : object
        What was reached, in the indicator's unit, 0 or more.
    target_low, target_high : object
        The target, in the same unit, more than 0; `target_high` is left out where the target is one number.
    less_is_better : bool
        Such as days or cost.

    Returns
    -------
    Outcome
        `value` in percent, 0 or more; reasons ``target_zero``, ``negative``, ``range_reversed``, ``missing``.

    Notes
    -----
    A result of more than twice a less-is-better target would be negative; it counts as 0, where the scale of scores begins.
    100 inside a range is unconfirmed. Source: PermenPANRB 8/2021, annex ch. VI. The regulation prints 92 / 90 = 113%: its
    arithmetic is wrong (102.2%) and is not followed.

    Examples
    --------
    >>> achievement(70, 80, 90).value, achievement(9, 7, 8, less_is_better=True).value
    (87.5, 87.5)
    """
    x, low = exact(actual), exact(target_low)
    high = low if target_high is None or exact(target_high) == "missing" else exact(target_high)
    if isinstance(x, str) or isinstance(low, str) or isinstance(high, str):
        return not_scored(first_reason(x, low, high) or "missing")
    if x < 0 or low < 0:
        return not_scored("negative")
    if low == 0 or high == 0:
        return not_scored("target_zero")
    if high < low:
        return not_scored("range_reversed")
    rule = load(RULE)
    if low < high and low <= x <= high:
        inside = rule.fact("achievement.inside_range")
        return scored(Fraction(inside.value), facts=(inside,))
    target = high if x > high else low
    names = ["achievement.special" if less_is_better else "achievement.normal", *(["achievement.range"] if low < high else [])]
    used = tuple(rule.fact(name) for name in names)
    percent = (1 + (1 - x / target)) * 100 if less_is_better else x / target * 100
    return scored(max(percent, Fraction(0)), facts=used)


def whole_percent(percent: Fraction) -> int:
    """Round to a whole percent, halves up.

    Examples
    --------
    >>> whole_percent(Fraction("79.5")), whole_percent(Fraction("79.4"))
    (80, 79)
    """
    return math.floor(percent + Fraction(1, 2))


def iki_score(percent: object, *, target_is_maximum: bool = False) -> Outcome:
    """Turn an achievement in percent into the score of the indicator (nilai capaian IKI).

    On a line within each band: 80 to 99 gives 70 to 89, 60 to 79 gives 50 to 69, up to 59 gives c / 59 x 49, 101 to 110 gives
    110 to 120; 100 gives 109, or 120 where the target is the most that is possible; above 110 gives 120.

    Parameters
    ----------
    percent : object
        Achievement, 0 or more; rounded to a whole percent first, since the bands are stated in whole percents.
    target_is_maximum : bool
        Whether more than the target is impossible.

    Returns
    -------
    Outcome
        `value` from 0 to 120, `label` the category (``sangat_baik`` to ``sangat_kurang``), `detail` the whole percent.

    Notes
    -----
    The score jumps between bands (99 gives 89, 100 gives 109): differences near a jump mean little. The line of 101 to 110
    is unconfirmed. Source: PermenPANRB 8/2021, annex ch. VI.

    Examples
    --------
    >>> iki_score(98).value, iki_score(100).value, iki_score(100, target_is_maximum=True).value
    (88.0, 109.0, 120.0)
    """
    x = exact(percent)
    if isinstance(x, str):
        return not_scored(x)
    if x < 0:
        return not_scored("negative")
    rule, c = load(RULE), whole_percent(x)
    name, label = _band(rule, c, target_is_maximum)
    fact = rule.fact(f"iki.{name}")
    return scored(_on_line(fact, c), label, (rule.fact("achievement.rounding"), fact), {"percent": float(c)})


def _band(rule: Instrument, c: int, target_is_maximum: bool) -> tuple[str, str]:
    if c == rule.value("iki.baik")["at"]:
        return ("maximum_target", "sangat_baik") if target_is_maximum else ("baik", "baik")
    if c >= rule.value("iki.above_110")["low"]:
        return "above_110", "sangat_baik"
    name = next(n for n in ("sangat_kurang", "kurang", "cukup", "sangat_baik") if c <= rule.value(f"iki.{n}")["high"])
    return name, name


def _on_line(fact: Fact, c: int) -> Fraction:
    band = fact.value
    if "score" in band:
        return Fraction(band["score"])
    rise = Fraction(band["score_high"] - band["score_low"], band["high"] - band["low"])
    start, low = Fraction(band["score_low"]), int(band["low"])
    return start + rise * (c - low)


def additional(tasks: Iterable[tuple[str, object, object]]) -> Outcome:
    """Add up extra tasks (kinerja tambahan), at most 10 points.

    sum over tasks of factor(category) x scope weight x score / 100, capped; 0 means no extra task.

    Parameters
    ----------
    tasks : iterable of (category, scope weight, score)
        Category ``sangat_baik`` to ``sangat_kurang``; the weight of the assignment's scope comes with the data, since its
        official values were not found; score in points.

    Returns
    -------
    Outcome
        `value` in points, `detail["uncapped"]`.

    Examples
    --------
    >>> additional([("baik", 5, 100)]).value, additional([("sangat_baik", 12, 100)]).value, additional([]).value
    (4.0, 10.0, 0.0)
    """
    rule, total, used = load(RULE), Fraction(0), []
    for category, weight, score in _parts(tasks, 3, "(category, weight, score)"):
        w, s = exact(weight), exact(score)
        if isinstance(w, str) or isinstance(s, str):
            return not_scored(first_reason(w, s) or "missing")
        if w < 0 or s < 0:
            return not_scored("negative")
        known = {fact.key: fact for fact in rule.facts("additional.factor")}
        fact = known.get(f"additional.factor.{category}")
        if fact is None:
            return not_scored("unknown_label")
        used.append(fact)
        total += Fraction(str(fact.value)) * w * s / 100
    cap = rule.fact("additional.cap")
    return scored(min(total, Fraction(cap.value)), facts=(*dict.fromkeys(used), cap), detail={"uncapped": float(total)})


def _parts(rows: Iterable[Any], size: int, what: str) -> list[Any]:
    """Refuse rows that are no tuples of the wanted parts."""
    found = list(rows)
    if any(isinstance(row, str) or not isinstance(row, Sequence) or len(row) != size for row in found):
        raise ScoringError(f"Each entry is {what}, in parentheses.")
    return found


def skp_score(main: Sequence[tuple[object, object]], extra: object = 0) -> Outcome:
    """Give the SKP score: weighted main results plus extra tasks.

    sum over results of score x weight, plus extra.

    Parameters
    ----------
    main : sequence of (score, weight)
        Scores in points; weights are shares that add up to 1.
    extra : object
        Points of extra tasks, as `additional` gives them.

    Returns
    -------
    Outcome
        `value` in points; ``no_items`` without a main result, ``weights_not_one`` where weights do not add up to 1.

    Notes
    -----
    Equal weights are not assumed where none are given: the rule on direct and indirect cascading was not found.

    Examples
    --------
    >>> skp_score([(109, 0.5), (88, 0.5)], 2).value
    100.5
    """
    points = exact(extra)
    pairs = [(exact(score), exact(weight)) for score, weight in _parts(main, 2, "(score, weight)")]
    reason = first_reason(points, *(part for pair in pairs for part in pair))
    numbers = [(s, w) for s, w in pairs if not isinstance(s, str) and not isinstance(w, str)]
    if reason is not None or isinstance(points, str):
        return not_scored(reason or "missing")
    if not numbers:
        return not_scored("no_items")
    if points < 0 or any(s < 0 or w < 0 for s, w in numbers):
        return not_scored("negative")
    total = sum((w for _, w in numbers), start=Fraction(0))
    if abs(total - 1) > Fraction(1, 10**6):  # weights such as 0.333333 stand for thirds
        return not_scored("weights_not_one")
    return scored(sum((s * w for s, w in numbers), start=points))


def skp_periodic(plan_scores: Sequence[object], main_scores: Sequence[object]) -> Outcome:
    """Give the periodic SKP score: the mean of two means.

    (mean of action-plan scores + mean of measurable main scores) / 2

    Parameters
    ----------
    plan_scores, main_scores : sequence of object
        Scores in points, at least one each.

    Examples
    --------
    >>> skp_periodic([100, 90], [109]).value
    102.0
    """
    plans, mains = [exact(s) for s in plan_scores], [exact(s) for s in main_scores]
    reason = first_reason(*plans, *mains)
    if reason is not None:
        return not_scored(reason)
    if not plans or not mains:
        return not_scored("no_items")
    numbers: list[list[Fraction]] = [[s for s in part if not isinstance(s, str)] for part in (plans, mains)]
    if any(s < 0 for part in numbers for s in part):
        return not_scored("negative")
    fact = load(RULE).fact("skp.periodic")
    means = [sum(part, start=Fraction(0)) / len(part) for part in numbers]
    return scored(sum(means, start=Fraction(0)) / 2, facts=(fact,))
