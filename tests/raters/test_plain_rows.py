"""The statistics on evaluators on frames as outsiders have them: labels called like a column, unknown evaluators, other columns twice, no frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit import raters
from evalkit.errors import EstimationError
from evalkit.raters.official import official_rows, rated

PERIODS = ["2026-Q1", "2026-Q2"]


def _rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    one = pd.DataFrame({"person_id": [f"p{i:03d}" for i in range(120)], "rater_id": [f"e{i // 6}" for i in range(120)],
                        "opd_id": [f"u{i // 60}" for i in range(120)], "post_type": "x"})
    both = pd.concat([one.assign(period=p, predikat=np.where(rng.random(120) < 0.4, "sangat_baik", "baik")) for p in PERIODS], ignore_index=True)
    moved = both["period"].eq(PERIODS[1]) & both["rater_id"].isin(["e0", "e1", "e2", "e10", "e11"])
    both.loc[moved, "rater_id"] = "n" + both["rater_id"][moved]
    return both.assign(hasil_kerja=np.where(both["predikat"].eq("baik"), "sesuai", "di_atas"), perilaku_kerja="sesuai", superior_id=both["rater_id"],
                       instrument="i")


ROWS = _rows()
ONE = ROWS[ROWS["period"].eq(PERIODS[0])].reset_index(drop=True)
NEED_ONE_PERIOD = {"evaluator_bands": raters.evaluator_bands, "evaluator_spread": lambda d: raters.evaluator_spread(d, draws=19),
                   "clustering_test, moments": lambda d: raters.clustering_test(d, method="moments"),
                   "spread_of_design": lambda d: pd.DataFrame([raters.spread_of_design(d, "sangat_baik")])}
STATISTICS = {"clustering_test": lambda d: raters.clustering_test(d, draws=99), "effect_spread": raters.effect_spread,
              "false_clustering": lambda d: raters.false_clustering(d, draws=9, reference=99),
              "false_rotation": lambda d: raters.false_rotation(d, PERIODS, draws=9),
              "rotation_effect": lambda d: raters.rotation_effect(d, PERIODS),
              "rotation_spread": lambda d: raters.rotation_spread(d, PERIODS, draws=9),
              "carried_over": lambda d: raters.carried_over(d, PERIODS), "planted_outcomes": lambda d: raters.planted_outcomes(d, PERIODS, team=1.0)}
COUNTS = {"transitions": lambda d: raters.transitions(d, PERIODS, by=["opd_id"]), "repeated_teams": lambda d: raters.repeated_teams(d, PERIODS),
          "category_use": lambda d: raters.category_use(d, ["opd_id"]).sort_values("opd_id"),
          "concordance": lambda d: raters.concordance(d, ["opd_id"]), "identify": lambda d: raters.identify(d, d, periods=PERIODS)}
EVERY = {**STATISTICS, **COUNTS, **NEED_ONE_PERIOD}


def _of(name: str) -> pd.DataFrame:
    return ONE if name in NEED_ONE_PERIOD else ROWS


def _same(found: pd.DataFrame, told: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found.reset_index(drop=True), told.reset_index(drop=True), check_dtype=False)


@pytest.mark.parametrize("name", EVERY)
def test_labels_may_be_called_like_a_column(name):
    """As after ``set_index("person_id", drop=False)``: the label is no column, and merges called it ambiguous."""
    rows = _of(name)
    _same(EVERY[name](rows.set_index(["person_id", "rater_id", "opd_id"], drop=False)), EVERY[name](rows))


@pytest.mark.parametrize("name", [*STATISTICS, *NEED_ONE_PERIOD])
def test_nobody_stands_under_an_unknown_evaluator(name):
    """People without an evaluator or a result were one team of an evaluator called nothing, all of them without the outcome."""
    rows = _of(name)
    unknown = rows.assign(rater_id=rows["rater_id"].mask(rows.index % 5 == 0), predikat=rows["predikat"].mask(rows.index % 7 == 0))
    _same(EVERY[name](unknown), EVERY[name](unknown.dropna()))


@pytest.mark.parametrize("name", [*STATISTICS, *NEED_ONE_PERIOD])
def test_nobody_known_has_a_reason(name):
    found = EVERY[name](_of(name).assign(rater_id=None))
    assert found.empty or found.isna().all(axis=None) or found["status"].eq("not_estimable").all()


@pytest.mark.parametrize("name", [n for n in STATISTICS if n != "effect_spread"])
def test_a_person_twice_in_a_period_is_refused(name):
    with pytest.raises(EstimationError, match="stands twice in one period"):
        EVERY[name](pd.concat([ROWS, ROWS.iloc[:3]], ignore_index=True))


@pytest.mark.parametrize("given", [ROWS.to_dict("list"), None, ROWS.to_numpy()])
@pytest.mark.parametrize("name", EVERY)
def test_what_is_no_frame_is_refused_in_a_sentence(name, given):
    with pytest.raises(EstimationError, match=r"frame .*, not a"):
        EVERY[name](given)


@pytest.mark.parametrize("name", EVERY)
def test_a_column_that_is_missing_or_stands_twice_is_named(name):
    rows, column = _of(name), "opd_id" if name != "repeated_teams" else "rater_id"
    with pytest.raises(EstimationError, match=f"no column '{column}'"):
        EVERY[name](rows.drop(columns=column))
    with pytest.raises(EstimationError, match=f"several columns '{column}'"):
        EVERY[name](pd.concat([rows, rows[[column]]], axis=1))


@pytest.mark.parametrize("name", [n for n in EVERY if n != "planted_outcomes"])
def test_what_else_is_in_the_frame_does_not_matter(name):
    rows = _of(name)
    noted = pd.concat([rows.assign(note=1), rows[[]].assign(note=2)], axis=1)
    _same(EVERY[name](noted), EVERY[name](rows))


def test_one_name_is_no_list_of_names():
    for call in (lambda: raters.clustering_test(ROWS, strata="opd_id"), lambda: raters.transitions(ROWS, PERIODS, by="opd_id"),
                 lambda: raters.category_use(ROWS, "opd_id"), lambda: raters.concordance(ROWS, "opd_id")):
        with pytest.raises(EstimationError, match=r"such as \['opd_id'\]"):
            call()


def test_the_order_of_categories_draws_nothing():
    odd = ROWS.assign(period=pd.Categorical(ROWS["period"], categories=["no period", *reversed(PERIODS)]))
    _same(raters.clustering_test(odd, draws=99), raters.clustering_test(ROWS, draws=99))


@pytest.mark.parametrize("value", [list, tuple, np.array, lambda v: pd.Series(v, index=[9] * len(v))])
def test_an_outcome_beside_the_rows_is_any_column(value):
    mark = (ROWS["predikat"] == "baik").tolist()
    told = raters.linked_matches(ROWS, pd.Series(mark).astype(float))
    np.testing.assert_allclose(raters.linked_matches(ROWS, value(mark)).mean, told.mean)
    assert raters.team_panel(ROWS, value(mark), PERIODS).n_takeovers == raters.team_panel(ROWS, pd.Series(mark), PERIODS).n_takeovers
    for call in (lambda v: raters.linked_matches(ROWS, v), lambda v: raters.team_panel(ROWS, v, PERIODS)):
        with pytest.raises(EstimationError, match="a value a row"):
            call(value(mark[:-1]))
        with pytest.raises(EstimationError, match="row 1 holds no finite number"):
            call(["ya"] * len(mark))


def test_the_roster_is_read_whatever_its_labels():
    told = official_rows(ROWS)
    pd.testing.assert_frame_equal(official_rows(ROWS.set_index("person_id", drop=False)), told)
    assert len(rated(told.assign(rater_id=None))) == 0


def test_shares_of_equal_ratings_read_counts_that_a_file_kept():
    cells = raters.concordance(ROWS, ["opd_id"])
    told = raters.share_equal(cells, ["opd_id"])
    _same(raters.share_equal(cells.astype({"n": str, "is_equal": int}).set_index("opd_id", drop=False), ["opd_id"]), told)
    with pytest.raises(EstimationError, match="no column 'opd_id'"):
        raters.share_equal(cells.drop(columns="opd_id"), ["opd_id"])


def test_later_periods_come_later_whatever_they_are_written_as():
    """Sorted as words 10 comes before 2, and a rater who became more severe had become milder."""
    rows = pd.DataFrame({"object_id": list("abab"), "rater_id": "r", "item": "i", "period": [2, 2, 10, 10], "rating": [3, 4, 2, 3]})
    for given in (rows, rows.astype({"period": str}), rows.astype({"period": "category"}), rows.iloc[::-1]):
        assert raters.drift(given).query("term == 'r'")["estimate"].tolist() == [1.0]
    many = pd.DataFrame([(o, r, "i", p, v) for p, up in ((2, 0), (10, 1)) for i, o in enumerate("abcdefgh") for r, s in (("x", 0), ("y", 1))
                         for v in [2 + (i + s) % 3 + up * s]], columns=["object_id", "rater_id", "item", "period", "rating"])
    told = raters.rasch_drift(many.assign(period=many["period"].map({2: "a", 10: "b"})))["estimate"].to_numpy(dtype=float)
    np.testing.assert_allclose(raters.rasch_drift(many)["estimate"].to_numpy(dtype=float), told, atol=1e-8)
    assert raters.rasch_drift(many, periods=["2", "3"])["reason"].tolist() == ["one_period"]


def test_severities_of_a_rater_twice_or_of_nobody():
    one = pd.DataFrame({"rater_id": [f"r{i}" for i in range(12)], "severity": [f"{i},5" for i in range(12)], "std_error": "1,0"})
    told = raters.severity_in_service(one, one)["estimate"].to_numpy(dtype=float)
    unknown = pd.concat([one, one.iloc[:2].assign(rater_id=None)], ignore_index=True)
    np.testing.assert_allclose(raters.severity_in_service(unknown, one.set_index("rater_id", drop=False))["estimate"].to_numpy(dtype=float), told)
    with pytest.raises(EstimationError, match="stands twice"):
        raters.severity_in_service(pd.concat([one, one.iloc[:1]]), one)
    with pytest.raises(EstimationError, match="column 'severity': row 1"):
        raters.severity_in_service(one.assign(severity="berat"), one)


def test_an_infinite_or_enormous_rating_is_no_rating():
    rows = pd.DataFrame({"object_id": list("aabb"), "rater_id": "r", "item": list("uvuv"), "rating": [3.0, 4.0, 2.0, np.inf]})
    key = rows.drop(columns=["rater_id", "rating"]).assign(expert_rating=[2, 3, 2, 3])
    with pytest.raises(EstimationError, match="row 4 holds no finite number"):
        raters.accuracy(rows, key)
    with pytest.raises(EstimationError, match="row 4 is beyond"):
        raters.accuracy(rows.replace(np.inf, 1e150), key)
    with pytest.raises(EstimationError, match="no whole number of a category"):
        raters.many_facet_rasch(rows.replace(np.inf, 1e30))


def test_a_star_and_the_list_bring_every_public_name():
    assert {"accuracy", "severity", "halo", "drift", "clustering_test"} <= set(raters.__all__)
