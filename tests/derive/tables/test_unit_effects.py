"""What is told of one office: takeovers in it, gaps by few evaluators, how many words its evaluators use."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables.evaluators import use_counts
from evalkit.derive.tables.fairness import fairness_estimates
from evalkit.derive.tables.unit_effects import unit_effects
from evalkit.raters.official import official_rows
from evalkit.raters.rotation import rotation_effect
from evalkit.tables.periods import parse

PERIODS = ("2026-Q2", "2026-Q3")
SETTINGS = {"attributes": ("sex",), "min_group": 10, "margin": 0.05, "reference": {"sex": "M"}}


def context() -> Context:
    return Context(parse("2026-Q3"), tuple(parse(p) for p in PERIODS), (), SETTINGS)


def roster(teams: dict[str, int], *, changed: dict[str, int], team: int = 6, seed: int = 3) -> pd.DataFrame:
    """Offices with so many teams, of which the first few pass to another evaluator in the second quarter."""
    rng, parts = np.random.default_rng(seed), []
    for office, n in teams.items():
        for t in range(n):
            for period in PERIODS:
                new = period == PERIODS[1] and t < changed.get(office, 0)
                parts.append(pd.DataFrame({
                    "person_id": [f"{office}{t}-{i}" for i in range(team)], "period": period, "opd_id": office, "post_type": "pelaksana",
                    "superior_id": f"{office}{t}-{'new' if new else 'old'}", "rated_by_id": None, "instrument": "permenpanrb-6-2022",
                    "sex": ["F", "M"] * (team // 2), "is_rule_determined": False, "is_head": False,
                    "predikat": np.where(rng.random(team) < 0.4, "sangat_baik", "baik")}))
    return pd.concat(parts, ignore_index=True)


def test_takeovers_are_told_where_enough_teams_change_hands() -> None:
    rows = roster({"many": 14, "few": 14, "none": 6}, changed={"many": 6, "few": 3})
    found = unit_effects(context(), rows)
    contract = contract_of("unit_effects")
    shaped = contract.conform(found.assign(scope_id=found["scope_id"]).reindex(columns=contract.names))
    main = shaped[shaped["measure"] == "rotation_effect"].set_index("scope_id")
    assert main["status"].to_dict() == {"many": "estimated", "few": "withheld", "none": "not_estimable"}
    assert main.loc["few", ["estimate", "conf_low", "p_value"]].isna().all()
    own = official_rows(rows[rows["opd_id"] == "many"], periods=PERIODS)
    alone = rotation_effect(own, PERIODS, strata=("opd_id", "post_type", "instrument"), events=(0,)).iloc[0]
    assert main.loc["many", "estimate"] == pytest.approx(alone["estimate"])
    assert main.loc["many", "n_raters"] == 6
    assert found["conf_low"].dropna().ge(-1).all()


@pytest.mark.parametrize("rows", [roster({"a": 2}, changed={}).iloc[:0], roster({"a": 1}, changed={"a": 1}),
                                  roster({"a": 8}, changed={"a": 5}).assign(predikat="baik"), roster({"a": 3}, changed={}).assign(opd_id=None)])
def test_degenerate_offices_give_a_status(rows: pd.DataFrame) -> None:
    found = unit_effects(context(), rows)
    assert (found["status"].eq("estimated") | found["reason"].notna()).all()
    assert not np.isinf(found.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)).any()


def test_an_office_of_one_or_two_evaluators_has_no_gap_of_its_own() -> None:
    rows = roster({"two": 2, "five": 5}, changed={}, team=24)
    found = fairness_estimates(context(), rows)
    two = found[(found["scope_id"] == "two")]
    assert set(two["status"]) == {"withheld"}
    assert two[["estimate", "conf_low", "p_value"]].isna().all(axis=None)
    assert {"few_evaluators"} == set(two["reason"])
    five = found[(found["scope_id"] == "five") & (found["measure"] == "within_difference")]
    assert five["status"].tolist() == ["estimated"]
    assert int(five["n_raters"].iloc[0]) >= 3


def test_uses_of_words_add_up_and_tell_no_evaluator_apart() -> None:
    use = pd.DataFrame({"rater_id": list("abcd"), "period": ["2026-Q3"] * 3 + ["2026-Q2"], "opd_id": ["x", "x", "y", "x"], "n": [8, 2, 5, 9],
                        "categories_used": [1, 1, 2, 3]})
    found = use_counts(context(), use)
    assert "rater_id" not in found.columns
    assert found.groupby("scope")["n_raters"].sum().to_dict() == {"city": 3, "unit": 3}
    own = found[found["scope_id"] == "x"].sort_values("is_large")
    assert own[["categories_used", "is_large", "n_raters"]].to_numpy().tolist() == [[1, False, 1], [1, True, 1]]
    contract = contract_of("use_counts")
    assert len(contract.conform(found.reindex(columns=contract.names))) == len(found)
    assert use_counts(context(), use.iloc[:0]).empty
