"""Checks of the statistics on groups: gaps within evaluators, match effects, equivalence, items, decomposition, double ratings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from evalkit.fairness.adverse_impact import adverse_impact_counts, fair_below_four_fifths
from evalkit.fairness.conditional_gaps import conditional_gaps
from evalkit.fairness.decomposition import decompose
from evalkit.fairness.item_functioning import item_functioning
from evalkit.fairness.match_effects import match_effects
from evalkit.fairness.true_score import true_score_gaps
from evalkit.fairness.within_equivalence import within_equivalence
from evalkit.fairness.within_rater import within_rater
from evalkit.inference.equivalence import equivalent_shares
from tests.calibration.designs import city
from tests.calibration.registry import Check, register

PART = "Fairness"
SEX = {"attribute": "sex", "outcome": "top", "reference": "M"}
# Evaluators and teams differ, groups are spread unevenly over teams, and no evaluator treats them differently.
ALIKE: dict[str, tuple[str, dict[str, Any]]] = {
    "city": ("60 evaluators who differ (SD 0.8), teams too; 11% Sangat Baik", {"severity_sd": 0.8, "team_sd": 0.4, "periods": 1}),
    "rare": ("97% one category", {"severity_sd": 0.8, "star": 0.03, "periods": 1}),
    "fives": ("teams of five", {"severity_sd": 0.8, "size": (5, 5), "periods": 1}),
    "one-unit": ("one unit of 6 teams", {"severity_sd": 0.8, "units": 1, "periods": 1}),
    "quota": ("each unit gives exactly its share", {"severity_sd": 0.8, "quota": True, "periods": 1}),
    "copied": ("three periods, half of the results copied, a third of the teams with a new evaluator",
               {"severity_sd": 0.8, "copying": 0.5, "periods": 3, "rotate": 0.33}),
    "copied-rare": ("the same at 97% one category", {"severity_sd": 0.8, "copying": 0.5, "periods": 3, "rotate": 0.33, "star": 0.03}),
}


def people(rng: np.random.Generator, settings: dict[str, Any]) -> pd.DataFrame:
    """Draw a city and a sex for each person, with a share of women that differs from team to team."""
    rows = city(rng, **settings)
    share = rng.beta(2, 2, int(rows["team"].max()) + 1)
    n = int(rows["person_id"].max()) + 1
    team = rows.drop_duplicates("person_id").set_index("person_id")["team"].reindex(range(n), fill_value=0).to_numpy()
    sex = np.where(rng.random(n) < share[team], "F", "M")
    sides = np.where(rng.random(int(rows["rater_id"].max()) + 1) < 0.5, "F", "M")
    return rows.assign(sex=sex[rows["person_id"]], rater_sex=sides[rows["rater_id"]], top=rows["predikat"].eq("sangat_baik"))


def _p_of(found: pd.DataFrame, measure: str) -> float | None:
    row = found[found["measure"] == measure].iloc[:1]
    return None if not len(row) or pd.isna(row["p_value"].iloc[0]) else float(row["p_value"].iloc[0])


def _covered(found: pd.DataFrame, measure: str, truth: float) -> bool | None:
    row = found[found["measure"] == measure].iloc[:1]
    if not len(row) or pd.isna(row["conf_low"].iloc[0]):
        return None
    high = row["conf_high"].iloc[0]
    return bool(row["conf_low"].iloc[0] <= truth <= (np.inf if pd.isna(high) else high))


def _within(settings: dict[str, Any], measure: str) -> Callable[[np.random.Generator], float | None]:
    return lambda rng: _p_of(within_rater(people(rng, settings), **SEX), measure)


def teams(rng: np.random.Generator, *, n: int = 80, size: int = 6, base: float = 0.15, gap: float = 0.0) -> pd.DataFrame:
    """Draw teams whose shares differ, and a difference of shares within each that is the same."""
    team = np.repeat(np.arange(n), size)
    sex = rng.choice(["F", "M"], n * size)
    chance = base + rng.uniform(-0.1, 0.1, n)[team] + gap * (sex == "F")
    return pd.DataFrame({"person_id": np.arange(n * size), "rater_id": team, "period": "p", "sex": sex, "top": rng.random(n * size) < chance})


def odds_teams(rng: np.random.Generator, *, n: int = 80, size: int = 6, log_odds: float = 0.0, level: float = -2.0) -> pd.DataFrame:
    """Draw teams whose odds differ, and an odds ratio within each that is the same."""
    team = np.repeat(np.arange(n), size)
    sex = rng.choice(["F", "M"], n * size)
    logit = level + rng.normal(0, 1, n)[team] + log_odds * (sex == "F")
    return pd.DataFrame({"person_id": np.arange(n * size), "rater_id": team, "period": "p", "sex": sex,
                         "top": rng.random(n * size) < 1 / (1 + np.exp(-logit))})


for _name, (_design, _settings) in ALIKE.items():
    register(Check(f"fairness-within-size-{_name}", PART, "size", "gap within evaluators, odds ratio", _design,
                   _within(_settings, "within_odds_ratio")))
for _name in ("city", "rare", "copied", "copied-rare"):
    register(Check(f"fairness-within-difference-size-{_name}", PART, "size", "gap within evaluators, difference of shares", ALIKE[_name][0],
                   _within(ALIKE[_name][1], "within_difference")))
for _name, _log, _level in (("even", 0.0, -2.0), ("half", -0.69, -2.0), ("sparse", 0.69, -4.5)):
    register(Check(f"fairness-within-coverage-{_name}", PART, "coverage", "interval of the odds ratio within evaluators",
                   f"80 teams of six, log odds ratio {_log}, level {_level}",
                   lambda rng, a=_log, b=_level: _covered(within_rater(odds_teams(rng, log_odds=a, level=b), **SEX), "within_odds_ratio",
                                                          float(np.exp(a))), nominal=0.95))
for _gap in (0.0, 0.08):
    register(Check(f"fairness-within-difference-coverage-{_gap}", PART, "coverage", "interval of the difference within evaluators",
                   f"80 teams of six, difference {_gap}",
                   lambda rng, g=_gap: _covered(within_rater(teams(rng, gap=g), **SEX), "within_difference", g), nominal=0.95))
for _log in (0.5, 1.0):
    register(Check(f"fairness-within-power-{_log}", PART, "power", "gap within evaluators, odds ratio", f"80 teams of six, log odds ratio {_log}",
                   lambda rng, a=_log: _p_of(within_rater(odds_teams(rng, log_odds=a), **SEX), "within_odds_ratio")))

for _name in ("city", "copied", "quota"):
    register(Check(f"fairness-match-size-{_name}", PART, "size", "match of evaluator and employee", ALIKE[_name][0],
                   lambda rng, s=ALIKE[_name][1]: _p_of(match_effects(people(rng, s), rater_attribute="rater_sex", rater_reference="M", **SEX),
                                                        "match_effect")))
register(Check("fairness-conditional-size", PART, "size", "gap of rates given unit and post", "people independent, units differ",
               lambda rng: _p_of(conditional_gaps(people(rng, {"unit_sd": 1.0, "periods": 1}), conditions=[["opd_id", "post_type"]], **SEX).query(
                   "estimand != 'unconditional'"), "odds_ratio")))


def _fisher(sizes: tuple[int, int], rate: float) -> Callable[[np.random.Generator], float | None]:
    def draw(rng: np.random.Generator) -> float | None:
        counts = {g: (int(rng.binomial(n, rate)), n) for g, n in zip("ab", sizes, strict=True)}
        p = adverse_impact_counts(counts, reference="a").set_index("group").loc["b", "p_value"]
        return None if pd.isna(p) else float(p)

    return draw


def _marked(sizes: tuple[int, int], rate: float) -> Callable[[np.random.Generator], bool | None]:
    def draw(rng: np.random.Generator) -> bool | None:
        counts = {g: (int(rng.binomial(n, rate)), n) for g, n in zip("ab", sizes, strict=True)}
        row = adverse_impact_counts(counts, reference="a").set_index("group").loc["b"]
        return False if pd.isna(row["impact_ratio"]) else bool(row["below_four_fifths"])

    return draw


for _sizes, _rate in (((200, 60), 0.11), ((20, 6), 0.4), ((50, 5), 0.97)):
    register(Check(f"fairness-fisher-size-{_sizes[0]}-{_sizes[1]}", PART, "size", "adverse impact, exact test", f"groups of {_sizes}, rate {_rate}",
                   _fisher(_sizes, _rate)))
    register(Check(f"fairness-four-fifths-{_sizes[0]}-{_sizes[1]}", PART, "coverage", "how often a fair process is marked, against the stated rate",
                   f"groups of {_sizes}, rate {_rate}", _marked(_sizes, _rate), nominal=fair_below_four_fifths(_sizes[1], _sizes[0], _rate)))

register(Check("fairness-equivalence-shares", PART, "size", "equivalence of two shares", "the true gap is the margin, groups of 300 and 200",
               lambda rng: 0.0 if equivalent_shares(int(rng.binomial(300, 0.19)), 300, int(rng.binomial(200, 0.11)), 200,
                                                    margin=0.08).conclusion == "no_important_gap" else 1.0))
register(Check("fairness-equivalence-within", PART, "size", "equivalence within evaluators", "the true gap is the margin, 150 teams of six",
               lambda rng: 0.0 if within_equivalence(teams(rng, n=150, gap=0.08), margin=0.08,
                                                     **SEX)["reason"].eq("no_important_gap").any() else 1.0))


def _item(rng: np.random.Generator) -> pd.DataFrame:
    group = pd.Series(rng.choice(["F", "M"], 400, p=[0.3, 0.7]))
    able = rng.normal(size=400) - 0.4 * (group == "F").to_numpy()
    logit = able[:, None] - np.linspace(-1, 1, 8)
    answers = pd.DataFrame((rng.random((400, 8)) < 1 / (1 + np.exp(-logit))).astype(int), columns=list("abcdefgh"))
    return item_functioning(answers, group, focal="F", reference="M", purify=False, correct=False)


ITEMS = "8 items alike, 400 people, groups that differ in level"
register(Check("fairness-item-size", PART, "size", "item given the total (Mantel-Haenszel, without correction)", ITEMS,
               lambda rng: _p_of(_item(rng), "item_odds_ratio")))
register(Check("fairness-item-coverage", PART, "coverage", "interval of delta", ITEMS,
               lambda rng: _covered(_item(rng), "item_delta", 0.0), nominal=0.95))


def _split(rng: np.random.Generator, clustered: bool) -> bool | None:
    sex = np.repeat(["L", "P"], [120, 80])
    rater = rng.integers(0, 40, 200)
    years = rng.normal(np.where(sex == "L", 12, 10), 3)
    score = 60 + 1.5 * years + 3.0 * (sex == "L") + rng.normal(0, 4, 200) + (rng.normal(0, 3, 40)[rater] if clustered else 0.0)
    frame = pd.DataFrame({"sex": sex, "years": years, "score": score, "rater": rater})
    found = decompose(frame, attribute="sex", outcome="score", group="L", reference="P", covariates=["years"], cluster="rater" if clustered else None)
    return _covered(found, "unexplained", 3.0)


for _clustered, _words in ((False, "120 and 80 people"), (True, "the same under 40 evaluators who differ, robust to them")):
    register(Check(f"fairness-decomposition-coverage-{'clustered' if _clustered else 'plain'}", PART, "coverage",
                   "interval of the unexplained gap", _words, lambda rng, c=_clustered: _split(rng, c), nominal=0.95))


def _double(rng: np.random.Generator) -> bool | None:
    group = rng.choice(["F", "M"], 300)
    level = rng.normal(0, 1, 300) + 0.5 * (group == "F")
    ratings = level[:, None] + rng.normal(0, 0.8, (300, 2))
    ratings[rng.random(300) < 0.5, 1] = np.nan
    frame = pd.DataFrame(ratings, columns=["a", "b"]).assign(sex=group)
    found = true_score_gaps(frame, attribute="sex", ratings=["a", "b"], reference="M", draws=199, seed=int(rng.integers(2**31)))
    return _covered(found, "true_score_gap", 0.5 / np.sqrt(1.0625))


register(Check("fairness-true-score-coverage", PART, "coverage", "interval of the gap over the spread of levels",
               "300 people, half of them rated twice", _double, nominal=0.95))
