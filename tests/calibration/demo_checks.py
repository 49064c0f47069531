"""Checks on the demo city's own generator: its units, teams, takeovers, city-wide share of stars and copying evaluators, scaled down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from evalkit.fairness.match_effects import match_effects
from evalkit.fairness.within_rater import within_rater
from evalkit.raters.carry_over import carried_over
from evalkit.raters.clustering import clustering_test
from evalkit.raters.leave_out import effect_spread
from evalkit.raters.rotation import rotation_effect, rotation_spread
from evalkit.raters.variance_between import evaluator_spread
from tests.calibration.demo_city import demo
from tests.calibration.registry import Check, Kind, register

PART, DRAWS = "Demo city", 199
SMALL, LONG = {"employees": 1000, "quarters": 4}, {"employees": 1500, "quarters": 6}
ALIKE: dict[str, Any] = {"severity": 0.0, "teams": 0.0}
RARE: dict[str, Any] = {"star": 0.025}  # with the results below Baik, 97% get one word
Kernel = Callable[[pd.DataFrame], pd.DataFrame]


def _periods(rows: pd.DataFrame) -> list[str]:
    return sorted(rows["period"].unique())


def _clustering(rows: pd.DataFrame) -> pd.DataFrame:
    return clustering_test(rows, draws=DRAWS)


def _moments(rows: pd.DataFrame) -> pd.DataFrame:
    return clustering_test(_last(rows), method="moments")


def _last(rows: pd.DataFrame) -> pd.DataFrame:
    found: pd.DataFrame = rows[rows["period"] == rows["period"].max()].reset_index(drop=True)
    return found


def _effect(rows: pd.DataFrame) -> pd.DataFrame:
    return rotation_effect(rows, _periods(rows), events=(0,))


def _takeovers(rows: pd.DataFrame) -> pd.DataFrame:
    return rotation_spread(rows, _periods(rows), draws=DRAWS)


def _leave_out(rows: pd.DataFrame) -> pd.DataFrame:
    return effect_spread(rows)


def _between(rows: pd.DataFrame) -> pd.DataFrame:
    return evaluator_spread(_last(rows), draws=DRAWS)


def _carried(rows: pd.DataFrame) -> pd.DataFrame:
    return carried_over(rows, _periods(rows))


def _sex(rows: pd.DataFrame) -> pd.DataFrame:
    return within_rater(_last(rows), attribute="sex", outcome="top", reference="M")


def _sex_over_time(rows: pd.DataFrame) -> pd.DataFrame:
    return within_rater(rows, attribute="sex", outcome="top", reference="M")


def _employment(rows: pd.DataFrame) -> pd.DataFrame:
    found = within_rater(_last(rows), attribute="employment", outcome="top", reference="pns")
    return found[found["group"].astype(str).str.startswith("pppk - ") | found["group"].astype(str).str.startswith("pppk / ")]


def _match(rows: pd.DataFrame) -> pd.DataFrame:
    return match_effects(_last(rows), attribute="sex", rater_attribute="rater_sex", outcome="top", reference="M", rater_reference="M")


def _row(found: pd.DataFrame, measure: str) -> pd.Series | None:
    rows = found[found["measure"].eq(measure).to_numpy(dtype=bool)]
    return None if not len(rows) or rows["status"].iloc[0] == "not_estimable" else rows.iloc[0]


def _p(kernel: Kernel, measure: str, settings: dict[str, Any]) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        row = _row(kernel(demo(rng, **settings)), measure)
        return None if row is None or pd.isna(row["p_value"]) else float(row["p_value"])

    return draw


def _above_zero(kernel: Kernel, measure: str, settings: dict[str, Any]) -> Callable[[np.random.Generator], bool | None]:
    def draw(rng: np.random.Generator) -> bool | None:
        row = _row(kernel(demo(rng, **settings)), measure)
        return None if row is None or pd.isna(row["conf_low"]) else bool(row["conf_low"] > 0)

    return draw


def _add(name: str, kind: Kind, statistic: str, design: str, draw: Callable[[np.random.Generator], float | bool | None]) -> None:
    register(Check(f"demo-{name}", PART, kind, statistic, design, draw, at_most=0.05))


CLUSTER = "clustering by evaluator"
for _name, _said, _settings in (
        ("alike", "1,000 people, 4 quarters, evaluators and teams alike, copying evaluators", {**SMALL, **ALIKE}),
        ("no-copies", "the same, nobody copies", {**SMALL, **ALIKE, "copying": False}),
        ("one-unit", "the largest unit of it alone, copying evaluators", {**SMALL, **ALIKE, "one_unit": True}),
        ("rare", "1,000 people, 4 quarters, evaluators and teams alike, copying evaluators, 97% one category", {**SMALL, **ALIKE, **RARE})):
    _add(f"clustering-size-{_name}", "size", CLUSTER, _said, _p(_clustering, "clustering_ratio", _settings))
_add("moments-size", "size", "clustering by evaluator, by moments, last quarter", "1,000 people, evaluators and teams alike, copying evaluators",
     _p(_moments, "clustering_ratio", {**SMALL, **ALIKE}))
_add("moments-size-rare", "size", "clustering by evaluator, by moments, last quarter",
     "1,000 people, evaluators and teams alike, copying evaluators, 97% one category", _p(_moments, "clustering_ratio", {**SMALL, **ALIKE, **RARE}))
_add("clustering-power", "power", CLUSTER, "1,000 people, 4 quarters, the demo's own evaluators and teams",
     _p(_clustering, "clustering_ratio", SMALL))

TEAMS = "1,500 people, 6 quarters, only teams differ"
for _name, _said, _settings in (("teams", TEAMS, {**LONG, "severity": 0.0}),
                                ("teams-no-copies", f"{TEAMS}, nobody copies", {**LONG, "severity": 0.0, "copying": False}),
                                ("teams-rare", f"{TEAMS}, 97% one category", {**LONG, **RARE, "severity": 0.0})):
    _add(f"rotation-effect-size-{_name}", "size", "mean change under another evaluator", _said, _p(_effect, "rotation_effect", _settings))
    _add(f"rotation-spread-size-{_name}", "size", "spread of severity from takeovers", _said, _p(_takeovers, "rotation_spread", _settings))
    _add(f"rotation-spread-claims-{_name}", "false_claims", "spread of severity from takeovers: interval above 0", _said,
         _above_zero(_takeovers, "rotation_spread", _settings))
    _add(f"leave-out-claims-{_name}", "false_claims", "spread of severity by leave-out: interval above 0", _said,
         _above_zero(_leave_out, "effect_spread", _settings))
_add("rotation-spread-power", "power", "spread of severity from takeovers", "1,500 people, 6 quarters, the demo's own evaluators and teams",
     _p(_takeovers, "rotation_spread", LONG))
_add("between-claims", "false_claims", "spread between evaluators, severity and team: interval above 0",
     "1,000 people, last quarter, evaluators and teams alike", _above_zero(_between, "evaluator_spread", {**SMALL, **ALIKE}))
_add("carried-over-size", "size", "share carried over, evaluator stays less changes", "1,500 people, 6 quarters, evaluators alike, nobody copies",
     _p(_carried, "carried_over_gap", {**LONG, "severity": 0.0, "copying": False}))

OWN = "1,000 people, last quarter, the demo's own evaluators and teams, groups alike"
for _name, _said, _kernel, _measure in (
        ("within-sex", "gap within evaluators by sex, odds ratio", _sex, "within_odds_ratio"),
        ("within-employment", "gap within evaluators, PPPK against PNS, odds ratio", _employment, "within_odds_ratio"),
        ("difference-sex", "gap within evaluators by sex, difference of shares", _sex, "within_difference"),
        ("match", "match of evaluator and employee by sex", _match, "match_effect")):
    _add(f"{_name}-size", "size", _said, OWN, _p(_kernel, _measure, SMALL))
    _add(f"{_name}-size-rare", "size", _said, f"{OWN}, 97% one category", _p(_kernel, _measure, {**SMALL, **RARE}))
_add("within-window-size", "size", "gap within evaluators by sex, odds ratio, four quarters together",
     "1,000 people, the demo's own evaluators and teams, groups alike", _p(_sex_over_time, "within_odds_ratio", SMALL))
_add("within-employment-power", "power", "gap within evaluators, PPPK against PNS, odds ratio", "the demo's own gap, 1,000 people, last quarter",
     _p(_employment, "within_odds_ratio", {**SMALL, "gaps": True}))
