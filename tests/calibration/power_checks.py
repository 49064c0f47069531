"""Power curves: how often each test finds effects of several true sizes, and the smallest one that the program prints for that design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from evalkit.fairness.adverse_impact import adverse_impact_counts, impact_estimates
from evalkit.fairness.item_functioning import item_functioning
from evalkit.fairness.match_effects import match_effects
from evalkit.fairness.within_rater import within_rater
from evalkit.raters.clustering import clustering_test
from evalkit.raters.rotation import rotation_effect, rotation_spread
from evalkit.raters.variance_between import evaluator_spread
from tests.calibration.demo_city import demo, gap_within, spread_of
from tests.calibration.group_checks import matched
from tests.calibration.reading import p_of, row_of
from tests.calibration.registry import Check, Found, register
from tests.calibration.worlds import latent_city, rotating, true_spread

DRAWS = 199
SPREAD, SHARE = "spread of evaluators' chances, percentage points", "difference, percentage points"
Draw = Callable[[np.random.Generator], Found | None]


def _add(name: str, statistic: str, design: str, curve: str, steps: dict[str, Draw]) -> None:
    for size, draw in steps.items():
        register(Check(f"power-{name}-{size}", "Power curves", "power", statistic, design, draw, curve=curve))


def _found(frame: pd.DataFrame, measure: str, floor: str, effect: float, p: str = "") -> Found | None:
    """Read the p-value of a measure and what the program says it would find; both in percentage points."""
    value, stated = p_of(row_of(frame, p or measure)), row_of(frame, floor)
    if value is None:
        return None
    return Found(value, 100 * abs(effect), None if stated is None or pd.isna(stated["estimate"]) else 100 * float(stated["estimate"]))


def _clustering(settings: dict[str, Any]) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        rows = demo(rng, teams=0.0, copying=False, **settings)
        return _found(clustering_test(rows, draws=DRAWS), "clustering_ratio", "clustering_detectable", spread_of(rows))

    return draw


def _between(sigma: float, settings: dict[str, Any]) -> Draw:
    """Draw teams that each stand in one stratum: the pairs of the test are then those of the spread."""
    truth = true_spread(sigma, settings["share"])

    def draw(rng: np.random.Generator) -> Found | None:
        rows = latent_city(rng, sigma=sigma, unit_sd=0.0, post_types=1, **settings)
        tests = pd.concat([clustering_test(rows, method="moments"), evaluator_spread(rows, draws=DRAWS)], ignore_index=True)
        return _found(tests, "evaluator_spread", "evaluator_spread_detectable", truth, "clustering_ratio")

    return draw


def _takeovers(severity: float) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        rows = demo(rng, employees=1500, quarters=6, severity=severity, teams=0.0, copying=False)
        found = rotation_spread(rows, sorted(rows["period"].unique()), draws=DRAWS)
        return _found(found, "rotation_spread", "rotation_spread_detectable", spread_of(rows))

    return draw


def _spread(severity: float) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        world = rotating(rng, severity_sd=severity, team_sd=0.4)
        return _found(rotation_spread(world.rows, world.periods, draws=DRAWS), "rotation_spread", "rotation_spread_detectable", world.spread)

    return draw


def _change(lenient: float) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        world = rotating(rng, lenient=lenient, team_sd=0.4)
        return _found(rotation_effect(world.rows, world.periods, events=(0,)), "rotation_effect", "rotation_effect_detectable", world.change)

    return draw


def _gap(size: float, **settings: Any) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        rows = demo(rng, gaps={("sex", "F"): size}, **settings)
        last = rows[rows["period"] == rows["period"].max()].reset_index(drop=True)
        found = within_rater(last, attribute="sex", outcome="top", reference="M")
        return _found(found, "within_difference", "within_detectable_difference", gap_within(last, "sex", "F", "M"), "within_odds_ratio")

    return draw


def _match(effect: float) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        found = match_effects(matched(rng, effect=effect), attribute="sex", reference="M", rater_attribute="rater_sex", rater_reference="M",
                              outcome="top")
        return _found(found, "match_effect", "match_detectable", effect)

    return draw


def _impact(ratio: float) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        counts = {"a": (int(rng.binomial(800, 0.11)), 800), "b": (int(rng.binomial(400, 0.11 * ratio)), 400)}
        found = impact_estimates(adverse_impact_counts(counts, reference="a"))
        p, floor = p_of(row_of(found, "impact_ratio")), row_of(found, "impact_detectable_below")
        return None if p is None else Found(p, 1 - ratio, None if floor is None or pd.isna(floor["estimate"]) else 1 - float(floor["estimate"]))

    return draw


def _item(shift: float) -> Draw:
    def draw(rng: np.random.Generator) -> Found | None:
        group = pd.Series(rng.choice(["F", "M"], 400, p=[0.3, 0.7]))
        woman = (group == "F").to_numpy()
        logit = (rng.normal(size=400) - 0.4 * woman)[:, None] - np.linspace(-1, 1, 8)
        logit[:, 3] -= shift * woman
        answers = pd.DataFrame((rng.random((400, 8)) < 1 / (1 + np.exp(-logit))).astype(int), columns=list("abcdefgh"))
        found = item_functioning(answers, group, focal="F", reference="M", purify=False, correct=False)
        p, floor = p_of(row_of(found, "item_odds_ratio", term="d")), row_of(found, "item_detectable_below", term="d")
        return None if p is None else Found(p, 2.35 * shift, None if floor is None or pd.isna(floor["estimate"]) else -float(floor["estimate"]))

    return draw


SMALL = "1,000 people of the demo's generator, 4 quarters, teams alike, nobody copies"
_add("clustering", "clustering by evaluator", SMALL, SPREAD, {f"{f:g}": _clustering({"severity": f}) for f in (0.25, 0.5, 0.75, 1.0, 1.5)})
_add("clustering-rare", "clustering by evaluator, 97% one category", SMALL, SPREAD,
     {f"{f:g}": _clustering({"severity": f, "star": 0.025}) for f in (0.25, 0.5, 1.0, 1.5, 2.0)})
_add("between", "spread between evaluators in one period", "16 units of ten teams of two to eight, 11% one category", SPREAD,
     {f"{s:g}": _between(s, {"units": 16, "teams": 10, "share": 0.11}) for s in (0.2, 0.35, 0.5, 0.65, 0.9)})
_add("between-rare", "spread between evaluators in one period, 2% one category", "30 units of ten teams of two to eight", SPREAD,
     {f"{s:g}": _between(s, {"units": 30, "teams": 10, "share": 0.02}) for s in (0.3, 0.5, 0.7, 0.9, 1.2)})
_add("takeovers", "spread of severity from takeovers", "80 teams of three to seven, four periods, a quarter taken over each period, teams differ",
     SPREAD, {f"{s:g}": _spread(s) for s in (0.2, 0.4, 0.6, 0.8, 1.1)})
_add("takeovers-demo", "spread of severity from takeovers, demo", "1,500 people of the demo's generator, 6 quarters, teams alike, nobody copies",
     SPREAD, {f"{f:g}": _takeovers(f) for f in (0.5, 1.0, 1.5, 2.0, 3.0)})
_add("change", "mean change under another evaluator", "80 teams of three to seven, four periods, a quarter taken over each period, teams differ",
     SHARE, {f"{s:g}": _change(s) for s in (0.1, 0.2, 0.3, 0.45, 0.6)})
PEOPLE = "1,000 people of the demo's generator, last quarter, its own evaluators, teams and copying; women lower"
_add("within", "gap within evaluators (women lower)", PEOPLE, SHARE, {f"{g:g}": _gap(-g) for g in (0.2, 0.4, 0.6, 0.8, 1.1)})
_add("within-up", "gap within evaluators (women higher)", PEOPLE.replace("lower", "higher"), SHARE,
     {f"{g:g}": _gap(g) for g in (0.2, 0.4, 0.6, 0.8, 1.1)})
_add("match", "match of evaluator and employee", "80 teams of eight", SHARE, {f"{e:g}": _match(e) for e in (0.05, 0.1, 0.15, 0.2, 0.3)})
_add("impact", "adverse impact, exact test", "groups of 800 and 400, the larger at 11%", "1 less the ratio",
     {f"{r:g}": _impact(r) for r in (0.9, 0.8, 0.7, 0.6, 0.45)})
_add("item", "item given the total (Mantel-Haenszel)", "8 items, 400 people, three in ten of the focal group", "delta of the item",
     {f"{s:g}": _item(s) for s in (0.2, 0.4, 0.6, 0.8, 1.1)})
