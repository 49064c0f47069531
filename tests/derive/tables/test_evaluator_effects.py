"""Tables on evaluators at rungs 1 and 2: their contracts, sums that must agree, nobody named, and nothing where nobody is rated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.catalog import CATALOG
from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import evaluator_effects as made
from evalkit.derive.tables import evaluators
from evalkit.raters.identification import identify
from tests.calibration.designs import city

TABLES = {"evaluator_effects": made.evaluator_effects, "evaluator_marks": made.evaluator_marks, "evaluator_band": made.evaluator_band,
          "carry_over": made.carry_over}


def conformed(name: str, found: pd.DataFrame) -> pd.DataFrame:
    contract = contract_of(name)
    return contract.conform(found.reindex(columns=[c for c in contract.names if c in found.columns]))


@pytest.fixture
def roster(context: Context) -> pd.DataFrame:
    """A generated city in the last three periods of the window, in the columns of the roster."""
    rows = city(np.random.default_rng(3), units=5, teams=6, periods=3, severity_sd=0.6, rotate=0.3, star=0.2)
    names = dict(zip(sorted(rows["period"].unique()), context.periods[-3:], strict=True))
    text = {c: c[0] + rows[c].astype(str) for c in ("person_id", "opd_id", "post_type", "rater_id")}
    frame = rows.assign(period=rows["period"].map(names), instrument="i", is_rule_determined=False, is_rated=True, rated_by_id=None, **text)
    return frame.rename(columns={"rater_id": "superior_id"}).drop(columns="team")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "DRAWS", 99)


@pytest.mark.parametrize("name", TABLES)
def test_tables_keep_their_contract_and_name_nobody(name: str, context: Context, roster: pd.DataFrame) -> None:
    table = conformed(name, TABLES[name](context, roster))
    assert len(table)
    assert CATALOG[name].stage == "raters"
    assert not set(table.columns) & {"person_id", "rater_id", "superior_id"}
    ids = set(roster["superior_id"]) | set(roster["person_id"])
    assert not any(ids & set(table[c].dropna().astype(str)) for c in table.columns if c != "scope_id")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("kept", ["nobody", "one_period", "one_word"])
def test_tables_of_little_data(name: str, kept: str, context: Context, roster: pd.DataFrame) -> None:
    little = {"nobody": roster.head(0), "one_period": roster[roster["period"] == context.period.text], "one_word": roster.assign(predikat="baik")}
    table = conformed(name, TABLES[name](context, little[kept]))
    if name == "evaluator_effects":
        assert len(table)
        assert table.loc[table["status"] != "estimated", "reason"].notna().all()


def test_use_of_words_and_bands_count_the_same_evaluators(context: Context, roster: pd.DataFrame) -> None:
    """Where another official rated, rung 0 counts the rating where rung 1 does: for who rated."""
    now = roster["period"].eq(context.period.text)
    other = roster.assign(rated_by_id=roster["superior_id"].where(~now | (np.arange(len(roster)) % 7 > 0), "other"))
    use = evaluators.category_use(context, other)
    own = use[use["period"].eq(context.period.text)].set_index("rater_id")["n"]
    marks = made.evaluator_marks(context, other).query("outcome == 'sangat_baik'")
    assert own["other"] == (now & (np.arange(len(roster)) % 7 == 0)).sum()
    assert sorted(np.repeat(marks["n"], marks["n_raters"])) == sorted(own.astype(int))


def test_marks_and_carry_over_add_up(context: Context, roster: pd.DataFrame) -> None:
    now = roster[roster["period"] == context.period.text]
    marks = made.evaluator_marks(context, roster)
    stars = marks[marks["outcome"] == "sangat_baik"]
    assert (stars["n"] * stars["n_raters"]).sum() == len(now)
    assert (stars["count"] * stars["n_raters"]).sum() == (now["predikat"] == "sangat_baik").sum()
    table = made.carry_over(context, roster)
    assert table[table["scope"] == "unit"]["n"].sum() == table[table["scope"] == "city"]["n"].sum()
    total = table[table["scope"] == "city"]
    said = made.evaluator_effects(context, roster).set_index(["measure", "group"])
    same = total[total["before"] == total["after"]]
    assert same["n"].sum() / total["n"].sum() == pytest.approx(said.loc[("carried_over", "all"), "estimate"])


def test_the_kernels_answer_is_what_the_table_holds(context: Context, roster: pd.DataFrame) -> None:
    table = made.evaluator_effects(context, roster).set_index(["measure", "term"])
    assert table.loc[("evaluator_spread", "sangat_baik"), "estimand"] == "severity_and_team_together"
    assert table.loc[("clustering_ratio", "sangat_baik"), "p_value"] <= 0.05
    assert table.loc[("clustering_ratio", "below_baik"), "reason"] == "nobody_has_outcome"


def test_a_family_is_corrected_together(context: Context, roster: pd.DataFrame) -> None:
    rows = roster.assign(predikat=roster["predikat"].mask(np.arange(len(roster)) % 11 == 0, "kurang"))
    table = made.evaluator_effects(context, rows)
    for family, size in (("clustering", 2), ("rotation", 4)):
        own = table[table["family"].eq(family).fillna(False).to_numpy(dtype=bool) & table["p_value"].notna().to_numpy(dtype=bool)]
        p = own["p_value"].to_numpy(dtype=float)
        assert len(p) == size
        assert own["p_adjusted"].min() == pytest.approx(min(size * p.min(), 1.0))
    assert table.loc[table["family"].isna().to_numpy(dtype=bool), "p_adjusted"].isna().all()


def test_what_the_design_could_find_stands_beside_what_the_next_step_costs(context: Context, roster: pd.DataFrame) -> None:
    effects = conformed("evaluator_effects", made.evaluator_effects(context, roster))
    reached = identify(roster.assign(instrument=context.cycle[0].instrument), roster, periods=context.periods)
    table = conformed("detectable", made.detectable(context, effects, reached)).set_index(["question", "outcome"])
    assert set(table.index.get_level_values(0)) == {"clustering", "evaluator_spread", "carried_over_gap", "rotation_effect", "rotation_spread",
                                                    "effect_spread"}
    found = table.loc[("clustering", "sangat_baik")]
    assert 0.01 < found["minimum_detectable_effect"] < 0.5
    assert found[["rung", "rung_reached", "next_step"]].tolist() == [1, 2, "double_ratings"]
    assert found["next_step_hours"] > 0
    assert table.loc[("rotation_effect", "sangat_baik"), "rung"] == 2
    nothing = made.detectable(context, conformed("evaluator_effects", made.evaluator_effects(context, roster.head(0))), reached.head(0))
    assert (conformed("detectable", nothing)["status"] == "not_estimable").all()
