"""Worlds with known truth on a given design, and severities behind their gate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model import mixed_model
from evalkit.raters import SeverityFit, adjusted_scores, severity
from evalkit.raters.linked_severity import linked_severity, whole_categories
from evalkit.raters.many_facet_rasch import many_facet_rasch
from evalkit.raters.planted import planted_outcomes

PERIODS = [f"p{t}" for t in range(4)]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """80 teams of six in eight units; half of the teams pass to another evaluator in the third period."""
    rng, parts = np.random.default_rng(3), []
    for t, period in enumerate(PERIODS):
        for team in range(80):
            rater = f"r{team}" if t < 2 or team % 2 else f"n{team}"
            parts.append(pd.DataFrame({"person_id": [f"{team}.{i}" for i in range(6)], "period": period, "rater_id": rater, "opd_id": team % 8,
                                       "post_type": "", "predikat": np.where(rng.random(6) < 0.2, "sangat_baik", "baik")}))
    return pd.concat(parts, ignore_index=True)


def shares(rows: pd.DataFrame, by: str) -> float:
    return float(rows["predikat"].eq("sangat_baik").groupby(rows[by]).mean().var())


def test_totals_people_and_evaluators_stay(rows: pd.DataFrame) -> None:
    found = planted_outcomes(rows, PERIODS, severity=1.0, team=0.5, seed=4)
    key = ["opd_id", "period"]
    for frame in (found, rows):
        frame.groupby(key).size()
    count = [f.assign(y=f["predikat"].eq("sangat_baik")).groupby(key)["y"].sum().tolist() for f in (found, rows)]
    assert count[0] == count[1]
    assert found.drop(columns="predikat").equals(rows.drop(columns="predikat"))
    assert planted_outcomes(rows, PERIODS, severity=1.0, team=0.5, seed=4).equals(found)


def test_severity_goes_with_the_evaluator_and_quality_stays_with_the_team(rows: pd.DataFrame) -> None:
    moved = rows["person_id"].str.split(".").str[0].astype(int) % 2 == 0
    early, late = rows["period"].isin(PERIODS[:2]), rows["period"].isin(PERIODS[2:])
    found = {}
    for name, spread in {"severity": {"severity": 2.0}, "team": {"team": 2.0}}.items():
        world = planted_outcomes(rows, PERIODS, seed=5, **spread).assign(team=rows["person_id"].str.split(".").str[0])
        y = world["predikat"].eq("sangat_baik")
        before, after = (y[moved & when].groupby(world["team"]).mean() for when in (early, late))
        found[name] = float(np.corrcoef(before, after)[0, 1])
    assert found["team"] > 0.5 > 0.25 > found["severity"]


def test_nothing_planted_nothing_between_evaluators(rows: pd.DataFrame) -> None:
    blind, severe = (planted_outcomes(rows, PERIODS, severity=s, seed=6) for s in (0.0, 2.0))
    assert shares(severe, "rater_id") > 2 * shares(blind, "rater_id")


def test_an_empty_frame_and_wrong_arguments(rows: pd.DataFrame) -> None:
    assert planted_outcomes(rows.iloc[:0], PERIODS).empty
    with pytest.raises(EstimationError, match="0 or more"):
        planted_outcomes(rows, PERIODS, severity=-1.0)


def ratings(spread: float, *, raters: int = 12, objects: int = 30, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    severity, level = spread * rng.standard_normal(raters), rng.standard_normal(objects)
    grid = pd.MultiIndex.from_product([range(objects), range(raters)], names=["object_id", "rater_id"]).to_frame(index=False)
    value = level[grid["object_id"]] - severity[grid["rater_id"]] + 0.7 * rng.standard_normal(len(grid))
    return grid.assign(instrument="v", object_kind="lesson", item="i", occasion="1", period="2026", rating=np.clip(np.round(3 + value), 1, 5))


def test_severities_follow_what_was_planted() -> None:
    rng = np.random.default_rng(1)
    truth = 0.8 * rng.standard_normal(12)
    found = linked_severity(ratings(0.8))
    assert found.reason == ""
    assert found.model is not None
    assert found.model.largest_residual < 1e-3
    own = found.severities.astype({"level": int}).set_index("level")["measure"].sort_index()
    assert np.corrcoef(own, truth)[0, 1] > 0.95
    spread = found.table.set_index("measure").loc["rater_spread"]
    assert spread["conf_low"] < np.std(truth, ddof=1) * 1.2
    assert spread["conf_high"] > np.std(truth, ddof=1) * 0.8


def test_answers_of_a_rater_on_one_object_that_go_together_widen_the_ranges() -> None:
    """Two halves of the objects give the same severities within their errors; errors of the model alone are far too small."""
    rng, raters, objects, items = np.random.default_rng(5), 100, 20, 6
    grid = pd.MultiIndex.from_product([range(objects), range(raters), range(items)], names=["object_id", "rater_id", "item"]).to_frame(index=False)
    severity, level = 0.8 * rng.standard_normal(raters), rng.standard_normal(objects)
    halo, noise = 0.8 * rng.standard_normal((objects, raters)), 0.8 * rng.standard_normal(len(grid))
    value = level[grid["object_id"]] - severity[grid["rater_id"]] + halo[grid["object_id"], grid["rater_id"]] + noise
    rows = grid.assign(rating=np.clip(np.round(3 + value), 1, 5))
    one, other = (linked_severity(rows[rows["object_id"] % 2 == half]) for half in (0, 1))
    both = one.severities.set_index("level").add_suffix("_one").join(other.severities.set_index("level").add_suffix("_other"))
    apart = (both["measure_one"] - both["measure_other"]) / np.hypot(both["std_error_one"], both["std_error_other"])
    assert 0.8 < apart.std() < 1.2
    assert one.together > 2 and apart.std() * np.sqrt(one.together) > 1.4  # what the errors of the model alone would give
    alone = linked_severity(rows.groupby(["object_id", "rater_id"], as_index=False)["rating"].first())
    assert alone.together == 1.0  # one answer each: nothing goes together
    reliability = one.table.set_index("measure")["estimate"]["severity_reliability"]
    agreed = np.corrcoef(both["measure_one"], both["measure_other"])[0, 1]  # what one half foretells of the other
    assert reliability == pytest.approx(agreed, abs=0.1)


def test_no_spread_no_severities() -> None:
    found = linked_severity(ratings(0.0, seed=2))
    assert found.reason == "no_rater_variance"
    assert found.severities.empty


def test_degenerate_sets_have_a_reason() -> None:
    rows = ratings(0.5)
    assert linked_severity(rows.iloc[:0]).reason == "no_ratings"
    assert linked_severity(rows.assign(rating=3.0)).reason == "no_variation"
    assert linked_severity(rows.groupby("object_id").head(1)).reason == "one_rater"
    each = rows[(rows["object_id"] % 12 == rows["rater_id"]).to_numpy()]
    assert linked_severity(each).reason == severity(each).iloc[0]["reason"] == "one_rating_each"
    with pytest.raises(EstimationError, match="one instrument"):
        linked_severity(pd.concat([rows, rows.assign(instrument="w")]))


@pytest.mark.parametrize(("spread", "seed"), [(0.8, 1), (0.0, 2), (0.05, 4)])
def test_both_ways_to_severities_pass_the_same_gate(spread: float, seed: int) -> None:
    rows = ratings(spread, seed=seed)
    whole, fit = linked_severity(rows), SeverityFit(rows)
    said = severity(rows)
    assert whole.reason == fit.reason == said.iloc[-1]["reason"] or (whole.reason == "" and said.iloc[-1]["status"] == "estimated")
    row, head = whole.table.iloc[0], said.iloc[0]
    assert row["estimate"] == pytest.approx(head["estimate"], abs=1e-12)
    assert (row["conf_low"] == head["conf_low"]) or pd.isna(row["conf_low"])


def test_a_fit_that_is_handed_on_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(name: str, own: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            made.append(name)
            return own(*args, **more)
        return call

    monkeypatch.setattr("evalkit.raters.objectivity.guard.mixed_model", counted("mixed", mixed_model))
    monkeypatch.setattr("evalkit.raters.objectivity.guard.many_facet_rasch", counted("facets", many_facet_rasch))
    rows = ratings(0.8)
    fit = SeverityFit(rows, (1, 5))
    first = severity(rows, fit=fit)
    severity(rows, method="many_facet", fit=fit)
    scores = adjusted_scores(rows, fit=fit).scores
    assert made == ["mixed", "facets"]
    pd.testing.assert_frame_equal(first, severity(rows))
    pd.testing.assert_frame_equal(scores, adjusted_scores(rows, categories=(1, 5)).scores)


def test_categories_are_joined_where_they_are_many_or_rare() -> None:
    codes, step = whole_categories(pd.Series([1.0, 1.5, 2.0] * 40 + [9.0]))
    assert (codes.min(), codes.max(), step) == (1.0, 2.0, 1.0)
    assert whole_categories(pd.Series([], dtype=float))[1] == 1.0
