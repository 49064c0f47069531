"""Checks of gaps between groups: shares, means, odds, matches, adjusted and linked gaps, equivalence of means, rates of objections."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from evalkit.fairness.conditional_gaps import conditional_gaps
from evalkit.fairness.gaps import rate_gaps, standardised_gaps
from evalkit.fairness.item_regression import item_regression
from evalkit.fairness.linked_gaps import linked_gaps, own_group_effect
from evalkit.fairness.match_effects import match_effects
from evalkit.fairness.objections import objection_rates
from evalkit.fairness.true_score import prmse
from evalkit.fairness.within_adjusted import within_rater_adjusted
from evalkit.inference.equivalence import equivalent_means, equivalent_shares
from evalkit.inference.intervals import wilson
from tests.calibration.reading import holds, p_of, row_of
from tests.calibration.registry import Check, Kind, register

PART = "Fairness"
SEX = {"attribute": "sex", "reference": "M"}


def _add(name: str, kind: Kind, statistic: str, design: str, draw: Callable[[np.random.Generator], float | bool | None],
         nominal: float | None = None) -> None:
    usual = 0.95 if kind == "coverage" else 0.05
    register(Check(f"groups-{name}", PART, kind, statistic, design, draw, nominal=usual if nominal is None else nominal, at_most=0.05))


def shares(rng: np.random.Generator, sizes: tuple[int, int], rates: tuple[float, float]) -> pd.DataFrame:
    """Draw independent people of two groups, women first."""
    sex = np.repeat(["F", "M"], sizes)
    return pd.DataFrame({"person_id": np.arange(sum(sizes)), "sex": sex, "top": rng.random(sum(sizes)) < np.repeat(rates, sizes)})


def _rates(rng: np.random.Generator, sizes: tuple[int, int], rates: tuple[float, float], measure: str, truth: float) -> bool | None:
    return holds(row_of(rate_gaps(shares(rng, sizes, rates), outcome="top", **SEX), measure), truth)


for _name, _sizes, _pair in (("even", (200, 200), (0.11, 0.11)), ("gap", (200, 60), (0.08, 0.15)), ("few", (20, 60), (0.11, 0.2)),
                             ("rare", (50, 150), (0.97, 0.97))):
    _said = f"groups of {_sizes[0]} and {_sizes[1]}, rates {_pair[0]} and {_pair[1]}"
    _add(f"newcombe-{_name}", "coverage", "difference of two shares (Newcombe)", _said,
         lambda rng, s=_sizes, r=_pair: _rates(rng, s, r, "rate_difference", r[0] - r[1]))
    _add(f"koopman-{_name}", "coverage", "ratio of two shares (Koopman)", _said,
         lambda rng, s=_sizes, r=_pair: _rates(rng, s, r, "rate_ratio", r[0] / r[1]))


def _wilson(rng: np.random.Generator, n: int, rate: float) -> bool:
    found = wilson(int(rng.binomial(n, rate)), n)
    return bool(found.low <= rate <= found.high)


for _n, _rate in ((30, 0.11), (200, 0.11), (30, 0.3)):
    _add(f"wilson-{_n}-{_rate}", "coverage", "interval of one share (Wilson)", f"{_n} people, rate {_rate}",
         lambda rng, n=_n, r=_rate: _wilson(rng, n, r))


def _scores(rng: np.random.Generator, sizes: tuple[int, int], gap: float, spreads: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame({"sex": np.repeat(["F", "M"], sizes), "score": np.concatenate([
        rng.normal(gap, spreads[0], sizes[0]), rng.normal(0, spreads[1], sizes[1])])})


for _name, _sizes, _spreads in (("even", (60, 60), (1.0, 1.0)), ("few", (10, 80), (1.0, 1.0)), ("unlike", (15, 80), (2.0, 1.0))):
    _said = f"groups of {_sizes[0]} and {_sizes[1]}, spreads {_spreads[0]} and {_spreads[1]}, gap 0.4"
    _add(f"welch-{_name}", "coverage", "difference of two means (Welch)", _said, lambda rng, s=_sizes, d=_spreads: holds(row_of(
        standardised_gaps(_scores(rng, s, 0.4, d), score="score", level=0.95, **SEX), "mean_difference"), 0.4))
    if _spreads[0] == _spreads[1]:
        _add(f"smd-{_name}", "coverage", "standardised mean difference, pooled", _said, lambda rng, s=_sizes, d=_spreads: holds(row_of(
            standardised_gaps(_scores(rng, s, 0.4, d), score="score", level=0.95, **SEX), "standardised_mean_difference",
            method="sd_pooled_of_two"), 0.4))


def strata(rng: np.random.Generator, *, units: int = 12, size: int = 40, log_odds: float = 0.0, points: float = 0.0) -> pd.DataFrame:
    """Draw people in units whose levels and shares of women differ; the odds ratio, and the gap of scores, is the same in each."""
    unit = np.repeat(np.arange(units), size)
    woman = rng.random(units * size) < rng.beta(3, 3, units)[unit]
    logit = -1.5 + rng.normal(0, 0.7, units)[unit] + log_odds * woman
    score = rng.normal(0, 5, units)[unit] + points * woman + rng.normal(0, 8, units * size)
    return pd.DataFrame({"sex": np.where(woman, "F", "M"), "opd_id": unit, "top": rng.random(units * size) < 1 / (1 + np.exp(-logit)),
                         "score": score})


def _given(rng: np.random.Generator, outcome: str, measure: str, truth: float, **causes: float) -> bool | None:
    found = conditional_gaps(strata(rng, **causes), outcome=outcome, conditions=[["opd_id"]], **SEX)  # type: ignore[arg-type]  # floats by name
    return holds(row_of(found[found["estimand"].ne("unconditional").to_numpy(dtype=bool)], measure), truth)


def _office(rng: np.random.Generator, rates: tuple[float, float], truth: float) -> bool | None:
    sex, post = np.repeat(["F", "M"], (12, 50)), np.r_[np.zeros(8), np.ones(4), np.zeros(30), np.ones(20)]
    rows = pd.DataFrame({"sex": sex, "opd_id": post, "top": rng.random(62) < np.repeat(rates, (12, 50))})
    found = conditional_gaps(rows, outcome="top", conditions=[["opd_id"]], **SEX)
    return holds(row_of(found[found["estimand"].ne("unconditional").to_numpy(dtype=bool)], "rate_difference"), truth)


for _log in (0.0, 0.7):
    _add(f"conditional-odds-{_log}", "coverage", "odds ratio given the unit", f"12 units of 40, log odds ratio {_log}",
         lambda rng, a=_log: _given(rng, "top", "odds_ratio", float(np.exp(a)), log_odds=a))
_add("conditional-difference", "coverage", "difference of shares given the unit", "12 units of 40, no difference",
     lambda rng: _given(rng, "top", "rate_difference", 0.0))
for _name, _truth, _pair in (("even", 0.0, (0.1, 0.1)), ("gap", 0.15, (0.25, 0.1))):
    _add(f"conditional-office-{_name}", "coverage", "difference of shares given the post", f"one office: 12 against 50 in two posts, rates {_pair}",
         lambda rng, t=_truth, r=_pair: _office(rng, r, t))
_add("conditional-means", "coverage", "difference of means given the unit", "12 units of 40, difference 3",
     lambda rng: _given(rng, "score", "mean_difference", 3.0, points=3.0))


def matched(rng: np.random.Generator, *, n: int = 80, size: int = 8, effect: float = 0.0) -> pd.DataFrame:
    """Draw teams under evaluators of both sexes: a woman's share is higher by `effect` under a woman."""
    team = np.repeat(np.arange(n), size)
    sex, rater = rng.choice(["F", "M"], n * size), rng.choice(["F", "M"], n)[team]
    chance = 0.2 + rng.uniform(-0.1, 0.1, n)[team] + effect * ((sex == "F") & (rater == "F"))
    return pd.DataFrame({"person_id": np.arange(n * size), "rater_id": team, "period": "p", "sex": sex, "rater_sex": rater,
                         "top": rng.random(n * size) < chance, "years": rng.normal(10, 3, n * size)})


def _match(rows: pd.DataFrame) -> pd.Series | None:
    return row_of(match_effects(rows, rater_attribute="rater_sex", rater_reference="M", outcome="top", **SEX), "match_effect")


for _size in (0.0, 0.15):
    _add(f"match-coverage-{_size}", "coverage", "match of evaluator and employee", f"80 teams of eight, effect {_size}",
         lambda rng, e=_size: holds(_match(matched(rng, effect=e)), e))
_add("match-coverage-few", "coverage", "match of evaluator and employee", "30 teams of eight, effect 0.15",
     lambda rng: holds(_match(matched(rng, n=30, effect=0.15)), 0.15))
_add("match-power", "power", "match of evaluator and employee", "80 teams of eight, effect 0.15",
     lambda rng: p_of(_match(matched(rng, effect=0.15))))


def _adjusted(rng: np.random.Generator, log_odds: float) -> pd.Series | None:
    rows = matched(rng, n=100, size=6)
    logit = -1.5 + rng.normal(0, 0.8, 100)[rows["rater_id"]] + log_odds * rows["sex"].eq("F") + 0.1 * (rows["years"] - 10)
    rows["top"] = rng.random(len(rows)) < 1 / (1 + np.exp(-logit.to_numpy(dtype=float)))
    return row_of(within_rater_adjusted(rows, outcome="top", covariates=["years"], **SEX), "within_odds_ratio")


_add("adjusted-size", "size", "gap within evaluators, others held fixed (conditional logit)", "100 teams of six, years matter",
     lambda rng: p_of(_adjusted(rng, 0.0)))
_add("adjusted-coverage", "coverage", "gap within evaluators, others held fixed (conditional logit)", "100 teams of six, log odds ratio 0.7",
     lambda rng: holds(_adjusted(rng, 0.7), float(np.exp(0.7))))


def linked(rng: np.random.Generator, *, objects: int = 40, raters: int = 8, gap: float = 0.0, own: float = 0.0) -> pd.DataFrame:
    """Draw objects of two groups, each rated by three of the raters: object, severity of the rater, rest."""
    which = np.argsort(rng.random((objects, raters)), axis=1)[:, :3].ravel()
    thing = np.repeat(np.arange(objects), 3)
    woman, rater_woman = (np.arange(objects) % 2 == 0)[thing], (np.arange(raters) % 2 == 0)[which]
    value = (rng.normal(0, 0.8, objects)[thing] - rng.normal(0, 0.4, raters)[which] + gap * woman + own * (woman == rater_woman)
             + rng.normal(0, 0.6, len(thing)))
    return pd.DataFrame({"object_id": thing, "rater_id": which, "rating": value, "sex": np.where(woman, "F", "M"),
                         "rater_sex": np.where(rater_woman, "F", "M")})


for _objects in (16, 40):
    _add(f"linked-coverage-{_objects}", "coverage", "gap between groups of objects under common raters",
         f"{_objects} objects, 8 raters, three a object, gap 0.5",
         lambda rng, n=_objects: holds(row_of(linked_gaps(linked(rng, objects=n, gap=0.5), min_group=2, **SEX), "linked_gap"), 0.5))
_add("own-group-size", "size", "own group rated higher, linked", "40 objects, 8 raters, none",
     lambda rng: p_of(row_of(own_group_effect(linked(rng), attribute="sex", rater_attribute="rater_sex"), "own_group_effect")))


def _regression(rng: np.random.Generator, measure: str) -> float | None:
    group = pd.Series(rng.choice(["F", "M"], 400, p=[0.3, 0.7]))
    able = rng.normal(size=400) - 0.4 * (group == "F").to_numpy()
    logit = able[:, None] - np.linspace(-1, 1, 8)
    answers = pd.DataFrame((rng.random((400, 8)) < 1 / (1 + np.exp(-logit))).astype(int), columns=list("abcdefgh"))
    return p_of(row_of(item_regression(answers, group, focal="F", reference="M"), measure))


for _measure in ("item_uniform", "item_nonuniform"):
    _add(f"regression-{_measure.replace('_', '-')}", "size", f"item given the total, logistic, {_measure.removeprefix('item_')}",
         "8 items alike, 400 people, groups that differ in level", lambda rng, m=_measure: _regression(rng, m))


def _means(rng: np.random.Generator, sizes: tuple[int, int]) -> float:
    one, zero = rng.normal(3.0, 8.0, sizes[0]), rng.normal(0.0, 8.0, sizes[1])
    found = equivalent_means(one.mean(), one.std(ddof=1), sizes[0], zero.mean(), zero.std(ddof=1), sizes[1], margin=3.0)
    return 0.0 if found.conclusion == "no_important_gap" else 1.0


for _sizes in ((200, 150), (12, 40)):
    _add(f"equivalence-means-{_sizes[0]}", "size", "equivalence of two means",
         f"the true gap is the margin, groups of {_sizes[0]} and {_sizes[1]}", lambda rng, s=_sizes: _means(rng, s))
_add("equivalence-shares-rare", "size", "equivalence of two shares", "97% one category, the true gap is the margin of 0.03, 400 and 300",
     lambda rng: 0.0 if equivalent_shares(int(rng.binomial(400, 0.05)), 400, int(rng.binomial(300, 0.02)), 300,
                                          margin=0.03).conclusion == "no_important_gap" else 1.0)


def _prmse(rng: np.random.Generator) -> float | None:
    level = rng.normal(0, 1, 300)
    ratings = level[:, None] + rng.normal(0, 0.8, (300, 2))
    ratings[rng.random(300) < 0.5, 1] = np.nan
    found = prmse(0.9 * level + rng.normal(0, 0.4, 300), ratings)[0]
    return None if np.isnan(found) else float(found) - (1 - (0.1**2 + 0.4**2))


def _granted(rng: np.random.Generator) -> float | None:
    people = shares(rng, (300, 300), (0.1, 0.1)).rename(columns={"top": "filed"})
    granted = people["filed"] & (rng.random(600) < 0.4)
    found = objection_rates(people.assign(decided=people["filed"], granted=granted, late=False), attributes=["sex"], min_group=1)
    row = found[found["rate"].eq("granted").to_numpy(dtype=bool) & found["group"].eq("F").to_numpy(dtype=bool)]
    return float(row["share"].iloc[0]) - 0.4 if len(row) and pd.notna(row["share"].iloc[0]) else None


_add("prmse-bias", "bias", "PRMSE of a predictor, less the truth", "300 people, half of them rated twice", _prmse)
_add("objections-bias", "bias", "share of objections granted, less the truth", "300 women, a tenth file, 0.4 granted", _granted)
