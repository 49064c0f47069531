from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.derive.context import Context, make_context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import outcomes, ratings
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Mapping, Study


@pytest.fixture
def year(study: Study) -> Context:
    own = Study(study.root, "r", "R", "id", "UTC", study.vault, study.reports, raters={"window": 2}, mappings=(
        Mapping("m", "*.csv", "m", columns={}, scale=(1.0, 5.0)), Mapping("o", "*.csv", "o", kind="outcomes", columns={}, scale=(0.0, 100.0))),
        fairness={"attributes": ["race"], "outcomes": ["score >= 70", "sangat_baik"], "reference": {"race": "w"}, "min_group": 3})
    return make_context(own, "2026", as_of=None)


def answers(*rows: tuple[str, str, float | None, str | None], item: str = "y", period: str = "2026") -> pd.DataFrame:
    data = [{"instrument": "m", "object_id": o, "object_kind": "employee", "rater_id": r, "item": item, "occasion": "1", "period": period,
             "rating": v, "unit_id": u, "import_id": "i"} for o, r, v, u in rows]
    return TABLES["ratings"].conform(pd.DataFrame(data))


ROWS = answers(("a", "r1", 1.0, "u"), ("a", "r2", 5.0, "u"), ("b", "r1", 1.0, "u"), ("c", "r1", 4.0, "v"), ("c", "r3", None, "v"))


def test_steps_that_nobody_used_are_kept(year: Context) -> None:
    table = ratings.rating_distribution(year, ROWS)
    city = table[table["scope"] == "city"].sort_values("order")
    assert city[["low", "n"]].to_numpy().tolist() == [[1, 2], [2, 0], [3, 0], [4, 1], [5, 1]]
    assert city["share"].sum() == pytest.approx(1.0)
    assert table[table["scope"] == "unit"].groupby("scope_id")["n"].sum().to_dict() == {"u": 3, "v": 1}


def test_many_values_become_bands_that_hold_everything(year: Context) -> None:
    values = np.linspace(1, 5, 101)
    table = ratings.rating_distribution(year, answers(*((f"o{n}", "r", float(v), None) for n, v in enumerate(values))))
    assert (len(table), table["n"].sum(), bool(table["is_band"].all())) == (ratings.BANDS, 101, True)
    assert (table["low"].min(), table["high"].max()) == (1.0, 5.0)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=60))
def test_no_answer_is_lost_and_each_stands_in_its_band(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    folder = tmp_path_factory.mktemp("r")
    context = make_context(Study(folder, "r", "R", "id", "UTC", folder, folder), "2026", as_of=None)
    table = ratings.rating_distribution(context, answers(*((f"o{n}", "r", v, None) for n, v in enumerate(values))))
    assert table["n"].sum() == len(values)
    for row in table.itertuples():
        inside = [v for v in values if row.low <= v <= row.high]
        assert row.n <= len(inside)


def test_raters_have_counts_and_a_median_and_no_mean(year: Context) -> None:
    table = ratings.rating_raters(year, ROWS).set_index("rater_id")
    assert "mean" not in contract_of("rating_raters").names
    assert table.loc["r1", ["n", "n_objects", "median", "categories_used", "is_constant"]].tolist() == [3, 3, 1.0, 2, False]
    assert "r3" not in table.index
    assert not table.loc["r2", "is_constant"]


def test_units_and_objects_are_counted(year: Context) -> None:
    units = ratings.rating_units(year, ROWS).set_index("unit_id")
    assert units.loc["u", ["n", "n_objects", "n_raters", "median"]].tolist() == [3, 2, 2, 1.0]
    assert units.loc["u", "mean"] == pytest.approx(7 / 3)
    assert np.isnan(units.loc["v", "sd"])
    objects = ratings.rating_objects(year, ROWS)
    assert objects[["n_raters", "n_objects"]].to_numpy().tolist() == [[1, 2], [2, 1]]


def test_periods_within_the_reported_one_count_and_others_do_not(year: Context) -> None:
    parts = [answers((f"o{n}", "r", 3.0, None), period=p) for n, p in enumerate(("2026-03", "2026-Q4", "2025", "2025-S1", "2024"))]
    rows = pd.concat(parts, ignore_index=True)
    assert ratings.rating_raters(year, rows)["n"].tolist() == [2]
    assert sorted(ratings.in_window(year, rows)["period"]) == ["2025", "2025", "2026", "2026"]


def test_a_year_does_not_count_in_a_quarter(study: Study) -> None:
    assert ratings.rating_raters(make_context(study, "2026-Q1", as_of=None), ROWS).empty


def test_the_ladder_of_a_rating_study(year: Context) -> None:
    table = ratings.identification(year, contract_of("roster").empty(), TABLES["population"].empty(), ROWS)
    city = table[table["scope"] == "city"]
    assert city["instrument"].tolist() == ["m"]
    assert city["rung"].tolist() == [3]


def scores(*rows: tuple[str, float, str], n: int | None = None, period: str = "2026") -> pd.DataFrame:
    data = [{"instrument": "o", "object_id": o, "object_kind": "candidate", "period": period, "measure": "score", "value": v, "n": n,
             "unit_id": u, "import_id": "i"} for o, v, u in rows]
    return TABLES["outcomes"].conform(pd.DataFrame(data))


def groups(**race: str) -> pd.DataFrame:
    return TABLES["object_attributes"].conform(pd.DataFrame([
        {"instrument": "o", "object_id": o, "object_kind": "candidate", "attribute": "race", "value": v, "import_id": "i"}
        for o, v in race.items()]))


@pytest.fixture
def exam() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Captain: white 4 of 4 pass, black 2 of 4; lieutenant: white 1 of 2."""
    white, black = [f"w{n}" for n in range(6)], [f"b{n}" for n in range(4)]
    values = [(w, 80.0, "captain") for w in white[:4]] + [(b, v, "captain") for b, v in zip(black, (70.0, 69.99, 90.0, 10.0), strict=True)]
    values += [("w4", 71.0, "lieutenant"), ("w5", 1.0, "lieutenant")]
    return scores(*values), groups(**dict.fromkeys(white, "w"), **dict.fromkeys(black, "b"))


def row_of(table: pd.DataFrame, **at: Any) -> pd.Series:
    for column, value in at.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_rates_are_within_strata(year: Context, exam: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table = outcomes.outcome_rates(year, *exam)
    black = row_of(table, unit_id="captain", group="b")
    assert [black["count"], black["n"], black["impact_ratio"], black["below_four_fifths"]] == [2, 4, 0.5, True]
    assert black["outcome"] == "score >= 70"
    assert black["p_adjusted"] == black["p_value"] == pytest.approx(3 / 7)  # the only test of the table; 12 of 28 tables are as rare or rarer
    small = row_of(table, unit_id="lieutenant", group="w")
    assert [small["status"], small["reason"], small["rate"]] == ["withheld", "small_group", None]


def test_a_group_without_attribute_is_shown(year: Context, exam: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    values, race = exam
    table = outcomes.outcome_rates(year, values, race[~race["object_id"].isin(["b0", "b1", "b2"]).to_numpy(dtype=bool)])
    unknown = row_of(table, unit_id="captain", group="unknown")
    assert [unknown["n"], unknown["status"]] == [3, "not_estimable"]
    assert table[table["unit_id"] == "captain"]["n"].sum() == 8


def test_summaries_count_objects_and_weights(year: Context) -> None:
    values = pd.concat([scores(("a", 10.0, "u"), n=30), scores(("b", 20.0, "u"), n=10), scores(("c", 60.0, "u"), n=10)], ignore_index=True)
    table = outcomes.outcome_summary(year, values, groups(a="w", b="w", c="w"))
    total = row_of(table, attribute="")
    assert [total["n"], total["mean"], total["median"], total["weighted_mean"]] == [3, 30.0, 20.0, pytest.approx(22.0)]
    assert row_of(table, attribute="race")["mean"] == 30.0
    partly = pd.concat([values, scores(("d", 1.0, "u"))], ignore_index=True)
    assert np.isnan(row_of(outcomes.outcome_summary(year, partly, groups()), attribute="")["weighted_mean"])


def test_gaps_of_means_to_the_reference_of_the_study(year: Context) -> None:
    values = scores(*((f"{unit}{g}{i}", float(v), unit) for unit in "uv" for g, several in (("w", (10, 20, 30)), ("b", (40, 60, 80)), ("h", (99,)))
                      for i, v in enumerate(several)))
    race = groups(**{f"{unit}{g}{i}": g for unit in "uv" for g, k in (("w", 3), ("b", 3), ("h", 1)) for i in range(k)})
    table = outcomes.outcome_summary(year, values, race)
    spread = np.std([10, 20, 30, 40, 60, 80, 99], ddof=1)
    for unit in "uv":
        black = row_of(table, unit_id=unit, group="b")
        assert [black["reference"], black["mean_difference"]] == ["w", 40.0]
        assert black["standardised_mean_difference"] == pytest.approx(40 / spread)
        for none in ("w", "h"):  # the reference itself, and a group too small
            assert np.isnan(row_of(table, unit_id=unit, group=none)["mean_difference"])
    few = outcomes.outcome_summary(year, values[~values["object_id"].isin(["uw0", "vw0"]).to_numpy()], race)
    assert few["mean_difference"].isna().all()  # the reference is too small itself


def test_a_small_group_keeps_its_row_without_its_figures(year: Context) -> None:
    table = outcomes.outcome_summary(year, scores(("a", 10.0, "u"), ("b", 20.0, "u"), ("c", 60.0, "u")), groups(a="w", b="w", c="b"))
    small = row_of(table, attribute="race", group="b")
    assert [small["n"], small["status"]] == [1, "withheld"]
    assert np.isnan(small["mean"])


def test_a_panel_is_described_by_its_own_periods(year: Context) -> None:
    values = pd.concat([scores(("a", 3.0, "u"), ("b", 1.0, "u"), n=8, period=p) for p in ("2025-01", "2026-01", "2024-12")], ignore_index=True)
    table = outcomes.outcome_periods(year, values)
    assert table[["period", "n_objects", "total", "rate"]].to_numpy().tolist() == [["2025-01", 2, 4.0, 0.25], ["2026-01", 2, 4.0, 0.25]]


@pytest.mark.parametrize(("text", "limit"), [("combined >= 70", 70.0), ("a<-1.5", -1.5), (" x > 0 ", 0.0)])
def test_marks_are_read(text: str, limit: float) -> None:
    rule = outcomes.read_rule(text)
    assert rule is not None
    assert rule.limit == limit


@pytest.mark.parametrize("text", ["sangat_baik", "a >= b", "a => 3", "", "__import__('os') > 1", "a == 3"])
def test_other_words_are_no_marks(text: str) -> None:
    assert outcomes.read_rule(text) is None


def test_a_low_mark_is_good_on_a_scale_where_low_is_good(study: Study) -> None:
    own = Study(study.root, "r", "R", "id", "UTC", study.vault, study.reports, fairness={"outcomes": ["score <= 2"], "attributes": ["race"]},
                mappings=(Mapping("o", "*", "o", kind="outcomes", columns={}, direction="low_is_good"),))
    values = scores(*((f"o{n}", float(n % 4), "u") for n in range(40)))
    table = outcomes.outcome_rates(make_context(own, "2026", as_of=None), values, groups(**{f"o{n}": "xy"[n % 2] for n in range(40)}))
    assert table["is_favourable"].all()
    assert table.set_index("group")["rate"].to_dict() == {"x": 1.0, "y": 0.5}


def test_empty_files_give_empty_tables(year: Context) -> None:
    nothing, no_values = TABLES["ratings"].empty(), TABLES["outcomes"].empty()
    for function in (ratings.rating_distribution, ratings.rating_units, ratings.rating_raters, ratings.rating_objects):
        assert function(year, nothing).empty
    assert outcomes.outcome_rates(year, no_values, TABLES["object_attributes"].empty()).empty
    assert outcomes.outcome_summary(year, no_values, TABLES["object_attributes"].empty()).empty
    assert outcomes.outcome_periods(year, no_values).empty
