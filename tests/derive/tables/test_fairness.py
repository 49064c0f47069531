"""Tables of gaps: groups add up, families are adjusted together, heads are left out, small groups hold no figure, empty studies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables.fairness import fairness_estimates, fairness_groups, fairness_objections, parts_of
from evalkit.inference.multiplicity import adjust
from evalkit.tables.periods import parse

SETTINGS = {"attributes": ("sex", "employment", "post_type"), "min_group": 10, "margin": 0.05, "reference": {"sex": "M", "employment": "pns"}}


def context() -> Context:
    return Context(parse("2026-Q3"), (parse("2026-Q2"), parse("2026-Q3")), (), SETTINGS)


def roster(n=600, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({
        "person_id": [f"p{i}" for i in range(n)], "instrument": "permenpanrb-6-2022", "opd_id": [f"u{i // 300}" for i in range(n)],
        "superior_id": [f"p{i // 6 * 6}" for i in range(n)], "rated_by_id": None, "sex": rng.choice(["F", "M"], n),
        "employment": rng.choice(["pns", "pppk", None], n, p=[0.8, 0.15, 0.05]), "post_type": rng.choice(["pelaksana", "fungsional"], n),
        "is_rule_determined": False, "is_head": False})
    return pd.concat([people.assign(period=p, predikat=rng.choice(["sangat_baik", "baik", "kurang", None], n, p=[0.15, 0.78, 0.02, 0.05]))
                      for p in ("2026-Q2", "2026-Q3")], ignore_index=True)


@pytest.fixture(scope="module")
def estimates():
    return fairness_estimates(context(), roster())


def test_groups_add_up_and_below_baik_is_told_for_the_city_only():
    table = fairness_groups(context(), roster())
    for _, part in table.groupby(["scope", "scope_id", "outcome", "attribute"]):
        assert part["n"].sum() == (600 if part["scope"].iloc[0] == "city" else 300)
    assert set(table.loc[table["scope"] == "unit", "outcome"]) == {"sangat_baik"}
    assert contract_of("fairness_groups").conform(table.reindex(columns=contract_of("fairness_groups").names)).shape[0] == len(table)
    city = table[(table["scope"] == "city") & (table["outcome"] == "sangat_baik")].set_index("group")
    own = roster()[lambda d: d["period"].eq("2026-Q3")]
    assert city.loc["F", "count"] == ((own["sex"] == "F") & (own["predikat"] == "sangat_baik")).sum()


def test_no_withheld_count_follows_from_shown_ones_and_totals():
    """An attack by all row, column and table totals of the city: linear equations in the withheld counts leave each of them open."""
    rows = roster()
    now = rows["period"].eq("2026-Q3").to_numpy(dtype=bool)
    few = rows.index[now & rows["employment"].eq("pppk").to_numpy(dtype=bool) & rows["post_type"].eq("fungsional").to_numpy(dtype=bool)
                     & rows["predikat"].notna().to_numpy(dtype=bool)][5:]
    rows.loc[few, "post_type"] = "pelaksana"
    plain = {"min_group": 1}
    for outcome in ("sangat_baik", "below_baik"):
        shown, true = (fairness_groups(Context(parse("2026-Q3"), (parse("2026-Q2"), parse("2026-Q3")), (), {**SETTINGS, **more}), rows)
                       for more in ({}, plain))
        shown, true = (t[t["scope"].eq("city") & t["outcome"].eq(outcome)].reset_index(drop=True) for t in (shown, true))
        cell = shown[shown["group"].eq("pppk × fungsional")].iloc[0]
        assert (cell["status"], int(cell["rated"])) == ("withheld", 5)
        for attribute in ("sex × employment", "employment × post_type", "sex × post_type"):
            cells = shown[shown["attribute"].eq(attribute) & shown["rated"].gt(0)]
            hidden = cells.index[cells["status"].eq("withheld")]
            sides = cells["group"].astype(str).str.split(" × ", expand=True)
            equations = [[float(i in side.index[side.eq(value)]) for i in hidden] for _, side in sides.items() for value in side.unique()]
            if len(hidden):
                _, kept, basis = np.linalg.svd(np.array(equations))
                free = basis[int((kept > 1e-9).sum()):]
                assert free.size and (np.abs(free).max(axis=0) > 1e-9).all(), (attribute, shown.loc[hidden, "group"].tolist())
        known = shown["count"].notna().to_numpy(dtype=bool)
        assert shown.loc[known, "count"].tolist() == true.loc[known, "count"].tolist()


def test_the_estimates_keep_their_contract_and_name_what_is_held_fixed(estimates):
    contract = contract_of("fairness_estimates")
    assert len(contract.conform(estimates.reindex(columns=contract.names))) == len(estimates)
    city = estimates[(estimates["scope"] == "city") & (estimates["outcome"] == "sangat_baik") & (estimates["term"] == "sex")]
    gaps = city[city["measure"] == "rate_difference"]
    assert gaps["estimand"].tolist() == ["unconditional", "given opd_id", "given opd_id × post_type"]
    assert {"within_odds_ratio", "within_difference", "within_detectable_ratio_above", "impact_ratio",
            "fair_below_four_fifths", "within_equivalence"} <= set(city["measure"])
    assert "rate_ratio" in set(estimates.loc[estimates["outcome"] == "below_baik", "measure"])
    assert "match_effect" in set(estimates.loc[estimates["term"] == "rater_sex × sex", "measure"])
    assert not np.isinf(estimates.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)).any()
    assert (estimates["status"].isin(["estimated"]) | estimates["reason"].notna()).all()


def test_each_family_is_adjusted_within_its_scope(estimates):
    sizes = estimates.dropna(subset=["family"]).groupby(["scope", "scope_id", "family"])
    assert {k[2] for k, _ in sizes} >= {"gaps_within_evaluators", "adverse_impact", "gaps_within_evaluators_over_the_window", "match_effects"}
    for _, part in sizes:
        p = part["p_value"].to_numpy(dtype=float, na_value=np.nan)
        assert part["p_adjusted"].to_numpy(dtype=float, na_value=np.nan) == pytest.approx(adjust(p).p_adjusted, nan_ok=True)
        assert (part["family_size"] == np.isfinite(p).sum()).all()


def test_an_office_is_compared_with_the_group_that_the_city_is_compared_with():
    rows = roster()
    turned = rows["opd_id"].eq("u1") & rows["person_id"].str[1:].astype(int).mod(3).gt(0)  # u1 has more of F, the city more of M
    rows["sex"] = np.where(turned, "F", "M")
    settings = {**SETTINGS, "reference": {}}
    table = fairness_estimates(Context(parse("2026-Q3"), (parse("2026-Q2"), parse("2026-Q3")), (), settings), rows)
    of_sex = table[(table["term"] == "sex") & table["measure"].eq("rate_difference")]
    assert set(of_sex.loc[of_sex["scope_id"].isin(["", "u1"]), "group"].str.replace(r" \| .*$", "", regex=True)) == {"F - M"}
    alone = rows.assign(sex=np.where(rows["opd_id"].eq("u1"), np.where(rows["person_id"].str.endswith("0"), "X", "F"), "M"))
    table = fairness_estimates(Context(parse("2026-Q3"), (parse("2026-Q2"), parse("2026-Q3")), (), settings), alone)
    own = table[(table["term"] == "sex") & table["measure"].eq("rate_difference") & table["scope_id"].eq("u1")]
    assert set(own["group"].str.replace(r" \| .*$", "", regex=True)) == {"X - F"}  # nobody of M is there: the largest of its own


def test_heads_are_left_out_and_small_groups_hold_no_figure():
    rows = roster()
    few = rows.assign(sex=np.where(rows["person_id"].isin([f"p{i}" for i in range(9)]), "F", "M"))
    table = fairness_estimates(context(), few)
    small = table[table["term"] == "sex"]
    assert set(small["status"]) == {"withheld"}
    assert small[["estimate", "conf_low", "p_value"]].isna().all(axis=None)
    heads = fairness_estimates(context(), rows.assign(is_rule_determined=True))
    assert heads.empty


def test_no_people_no_attributes_no_ratings():
    rows = roster(60)
    for table in (rows.iloc[:0], rows.assign(predikat=None), rows.drop(columns=["sex", "employment"]).assign(post_type=None)):
        found = fairness_estimates(context(), table)
        assert set(found["status"]) <= {"not_estimable", "withheld"}
        groups = fairness_groups(context(), table)
        assert groups.get("share", pd.Series(dtype=float)).notna().sum() <= len(groups)


def test_objections_are_counted_once_a_person_and_period():
    rows = roster(300).assign(is_rated=True)
    cases = pd.DataFrame({"person_id": ["p1", "p1", "p2", None], "period": "2026-Q3", "is_decided": [True, False, False, True],
                          "is_granted": [True, None, None, True], "is_late": [None, True, None, True]})
    found = fairness_objections(context(), rows, cases)
    contract = contract_of("fairness_objections")
    assert len(contract.conform(found.reindex(columns=contract.names))) == len(found)
    total = found[found["attribute"] == ""].set_index("rate")
    assert total.loc["filed", ["n", "count"]].tolist() == [600, 2]
    assert total.loc["decided", ["n", "count"]].tolist() == [2, 1]
    assert total.loc["granted", ["n", "count"]].tolist() == [1, 1]
    # no list is no proof that nobody objected
    assert fairness_objections(context(), rows, cases.iloc[:0]).empty
    assert fairness_objections(context(), rows.assign(is_rated=False), cases).empty


def test_intersections_are_compared_with_that_of_the_two_references_and_small_ones_withheld(estimates):
    both = estimates[(estimates["term"] == "sex × employment") & (estimates["measure"] == "rate_difference")]
    assert set(both["scope"]) == {"city"} and set(both["outcome"]) == {"sangat_baik"} and set(both["estimand"]) == {"unconditional"}
    own = next(p.now for p in parts_of(context(), roster()) if p.scope == "city" and p.outcome == "sangat_baik").dropna(subset=["employment"])
    share = own["hit"].astype(float).groupby([own["sex"], own["employment"]]).mean()
    row = both.iloc[0]
    cell, _, reference = row["group"].partition(" - ")
    assert row["estimate"] == pytest.approx(share[tuple(cell.split(" × "))] - share[tuple(reference.split(" × "))])
    few = roster()
    few.loc[few["employment"].eq("pppk") & few["sex"].eq("F") & (few.groupby(["period", "employment", "sex"]).cumcount() > 2), "employment"] = "pns"
    withheld = fairness_estimates(context(), few)
    rows = withheld[(withheld["term"] == "sex × employment") & withheld["group"].str.startswith("F × pppk -")]
    assert len(rows) and set(rows["status"]) == {"withheld"} and rows["estimate"].isna().all()
