"""Whatever is drawn by a seed belongs to the data: rows in another order, and another hash seed of Python, give the same answer."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evalkit.inference import mixed_model, randomisation_p, wild_bootstrap, wild_interval
from evalkit.raters import (
    clustering_test,
    effect_spread,
    evaluator_spread,
    false_clustering,
    false_rotation,
    leave_out_variance,
    linked_matches,
    planted_outcomes,
    rotation_spread,
    smallest_spread,
    spread_of_design,
)
from evalkit.raters.pairs import pair_design, pair_draws
from evalkit.raters.power import telling_pairs
from evalkit.reliability import icc_incomplete, mcdonald_omega
from tests.calibration.designs import city

PERIODS = ["2026-01", "2026-02", "2026-03"]
DIGITS = 9

# shuffled_labels and permutation_p take arrays and give draws of their places: there is no frame whose order could be forgotten;
# claim counts draws that others made; wild_of_means takes counts and sums by cluster
WITHOUT_ROWS = {"claim", "permutation_p", "shuffled_labels", "wild_of_means"}


def ratings() -> pd.DataFrame:
    """30 objects by 6 raters and 4 items, a fifth of it missing, some pairs rated twice."""
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"object_id": np.repeat([f"o{i}" for i in range(30)], 6), "rater_id": [f"r{j}" for j in range(6)] * 30})
    rows["item"] = rows["rater_id"].str.replace("r", "i")
    rows["rating"] = rng.normal(size=30).repeat(6) + np.tile(rng.normal(size=6), 30) + rng.normal(size=180)
    rows["task"] = rng.integers(0, 3, 180).astype(str)
    rows["x"] = rng.normal(size=180).round(1)
    rows["drawn"] = rows["object_id"].isin([f"o{i}" for i in range(0, 30, 2)]).astype(float)
    return rows


def appraisals() -> pd.DataFrame:
    return city(np.random.default_rng(3), units=5, teams=6, periods=3, star=0.3, rotate=0.3, severity_sd=1.0)


def positive(d: pd.DataFrame) -> pd.Series:
    return d["predikat"].eq("sangat_baik")


def bootstrap(d: pd.DataFrame) -> pd.DataFrame:
    return mixed_model(d, "rating ~ x + (1 | object_id) + (1 | rater_id)").intervals(method="bootstrap", draws=20)


def probed(d: pd.DataFrame) -> pd.DataFrame:
    return mixed_model(d, "rating ~ 1 + (1 | object_id) + (1 | rater_id/task)", exact=False).variances


def wild(d: pd.DataFrame) -> pd.DataFrame:
    words = {"y": d["rating"], "x": np.column_stack([np.ones(len(d)), d["x"]]), "clusters": d["object_id"], "column": 1, "draws": 499}
    found = wild_bootstrap(**words)
    return pd.DataFrame({"p": [found.p_value], "ties": [found.ties], "low": [wild_interval(**words)[0]]})


def drawn_again(d: pd.DataFrame) -> pd.DataFrame:
    blocks = d["object_id"].str[-1].isin(list("0123"))
    found = randomisation_p(d["rating"], d["drawn"], blocks=blocks, units=d["object_id"], covariates=d["x"], draws=199)
    return pd.DataFrame({"p": [found.p_value], "hits": [found.reached]})


def planted(d: pd.DataFrame) -> pd.DataFrame:
    found = planted_outcomes(d, PERIODS, severity=1.0, team=0.5)
    assert found[["person_id", "period"]].to_numpy().tolist() == d[["person_id", "period"]].to_numpy().tolist()
    return found.sort_values(["person_id", "period"], ignore_index=True)


def leave_out(d: pd.DataFrame) -> pd.DataFrame:
    found = leave_out_variance(linked_matches(d, positive(d).astype(float)), leverage="random")
    return pd.DataFrame({"v": [found.leave_out], "e": [found.error]})


def found_by_design(d: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"v": [spread_of_design(d[d["period"].eq(PERIODS[0])], "sangat_baik", strata=["opd_id"], draws=60)]})


def found_by_simulation(d: pd.DataFrame) -> pd.DataFrame:
    design = pair_design(d, positive(d), strata=["opd_id"], exchange="people")
    blind = pair_draws(design, 199, np.random.default_rng(1))
    found = smallest_spread(design, blind, telling_pairs(design), 0.2, draws=60)
    assert found > 0
    return pd.DataFrame({"v": [found]})


RATINGS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "icc_incomplete": lambda d: icc_incomplete(d[d["x"] > -0.8], draws=9), "mcdonald_omega": lambda d: mcdonald_omega(d, draws=15),
    "mixed_model": bootstrap, "mixed_model, probes": probed, "wild_bootstrap": wild, "wild_interval": wild, "randomisation_p": drawn_again}
APPRAISALS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "clustering_test": lambda d: clustering_test(d, draws=99),
    "clustering_test, ratings": lambda d: clustering_test(d[d["period"].eq(PERIODS[0])], exchange="ratings", draws=99),
    "spread_of_design": found_by_design, "smallest_spread": found_by_simulation,
    "evaluator_spread": lambda d: evaluator_spread(d[d["period"].eq(PERIODS[0])], draws=39),
    "effect_spread": effect_spread, "effect_spread, random": lambda d: effect_spread(d, leverage="random"), "leave_out_variance": leave_out,
    "rotation_spread": lambda d: rotation_spread(d, PERIODS, draws=99), "planted_outcomes": planted,
    "false_clustering": lambda d: false_clustering(d, draws=200, reference=199), "false_rotation": lambda d: false_rotation(d, PERIODS, draws=40)}
ALL = {**dict.fromkeys(RATINGS, ratings), **dict.fromkeys(APPRAISALS, appraisals)}


def answers(name: str, order: int) -> pd.DataFrame:
    """Give the answer on rows in an order of their own (0: as made)."""
    rows = ALL[name]()
    rows = rows.sample(frac=1, random_state=order) if order else rows
    return {**RATINGS, **APPRAISALS}[name](rows)


def told() -> str:
    """Print all answers, on rows shuffled, for a process of its own."""
    return "\n".join(f"{name}\n{answers(name, 5).round(DIGITS).to_csv(index=False)}" for name in ALL)


@pytest.mark.parametrize("name", ALL)
def test_the_order_of_rows_is_no_part_of_the_answer(name: str) -> None:
    first = answers(name, 0)
    assert len(first)
    pd.testing.assert_frame_equal(answers(name, 1), first, rtol=0, atol=10.0**-DIGITS)


def test_every_function_with_a_seed_is_here() -> None:
    found = set()
    for room in ("reliability", "raters", "inference"):
        place = importlib.import_module(f"evalkit.{room}")
        names = {n for v in getattr(place, "PUBLIC", {}).values() for n in v.split()} | set(getattr(place, "__all__", ()))
        made = {n: getattr(place, n) for n in names if callable(getattr(place, n))}
        found |= {n for n, f in made.items() if not inspect.isclass(f) and {"seed", "rng", "draws"} & set(inspect.signature(f).parameters)}
    assert {name.partition(",")[0] for name in ALL} == found - WITHOUT_ROWS


def test_the_hash_seed_is_no_part_of_the_answer() -> None:
    code = "from tests.inference.test_row_order import told; print(told())"
    seen = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")]
    assert seen[0] == seen[1]
    assert seen[0].count("\n") > len(ALL)
