"""Closer looks at groups: gaps taken apart add up, items and levels where the data hold them, nothing on small groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables.fairness_details import fairness_details
from evalkit.fairness.true_score import true_score_gaps
from evalkit.tables.periods import parse
from evalkit.tables.schema import TABLES

SETTINGS = {"attributes": ("sex",), "min_group": 10, "reference": {"sex": "M"}, "raters": {"min_double": 30}}
NONE = TABLES["ratings"].empty()
WORDS = ("di_bawah", "sesuai", "di_atas")


def context() -> Context:
    return Context(parse("2026-Q3"), (parse("2026-Q3"),), (), SETTINGS)


def roster(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """People of two offices; the second, where more women work, has twice the share of Sangat Baik for both."""
    rng = np.random.default_rng(seed)
    office = np.arange(n) % 2
    woman = rng.random(n) < np.where(office == 1, 0.75, 0.25)
    top = rng.random(n) < np.where(office == 1, 0.5, 0.1)
    return pd.DataFrame({
        "person_id": [f"p{i}" for i in range(n)], "period": "2026-Q3", "instrument": "permenpanrb-6-2022", "opd_id": [f"u{o}" for o in office],
        "superior_id": [f"s{i // 8}" for i in range(n)], "rated_by_id": None, "post_type": "pelaksana", "sex": np.where(woman, "F", "M"),
        "predikat": np.where(top, "sangat_baik", "baik"), "hasil_kerja": np.where(top, "di_atas", "sesuai"),
        "perilaku_kerja": np.where(top, "di_atas", "sesuai"), "is_rule_determined": False, "is_head": False})


def answers(people: pd.DataFrame, items: list[str], *, blind: bool = False, instrument: str = "berakhlak", seed: int = 2) -> pd.DataFrame:
    """Ratings of everybody on some items, 1 to 5 (blind second ones on the steps of the official ratings); the first item is harder for women."""
    rng = np.random.default_rng(seed)
    able, rows = rng.normal(size=len(people)), []
    for k, item in enumerate(items):
        shift = np.where(people["sex"].eq("F") & (k == 0) & (not blind), -1.2, 0.0)
        value = able + shift + rng.normal(0, 0.6, len(people))
        rating = people[item].map({w: i + 1 for i, w in enumerate(WORDS)}) if blind else np.clip(np.round(value + 3), 1, 5)
        rows.append(pd.DataFrame({"instrument": instrument, "object_id": people["person_id"], "object_kind": "employee", "rater_id": "r",
                                  "rater_role": "superior", "item": item, "occasion": "1", "period": "2026-Q3", "is_blind_second": blind,
                                  "rating": rating.astype(float), "import_id": "i", "row": 1}))
    return pd.concat(rows, ignore_index=True)


def test_what_the_office_explains_and_the_rest_add_up_to_the_gap() -> None:
    found = fairness_details(context(), roster(), NONE)
    contract = contract_of("fairness_details")
    assert len(contract.conform(found.reindex(columns=contract.names))) == len(found)
    own = found[(found["outcome"] == "sangat_baik") & (found["term"] == "sex")].set_index("measure")["estimate"].astype(float)
    assert own["gap"] > 0.1
    assert own["explained"] + own["unexplained"] == pytest.approx(own["gap"])
    assert own["explained"] == pytest.approx(own["gap"], abs=0.08)
    assert set(found["analysis"]) == {"decomposition"}


def test_an_item_that_is_harder_for_one_group_is_found_given_the_total() -> None:
    people = roster()
    found = fairness_details(context(), people, answers(people, list("abcdefg")))
    own = found[(found["analysis"] == "items") & (found["measure"] == "item_class")].set_index("term")["estimate"].astype(float)
    assert own["a"] == 2.0
    assert own[list("bcdefg")].max() < 2.0
    by_regression = found[(found["measure"] == "item_either") & found["group"].str.startswith("F /")].set_index("term")["p_adjusted"].astype(float)
    assert by_regression.idxmin() == own.abs().idxmax() and by_regression.min() < 0.05
    assert "items" not in set(fairness_details(context(), people, answers(people, ["a", "b"]))["analysis"])


def test_what_each_item_could_show_stands_in_the_table() -> None:
    people = roster()
    found = fairness_details(context(), people, answers(people, list("abcd")))
    # 400 people and four items: no gap of the smallest class is found by these, one of two and a half is
    floors = found[found["measure"].isin(["item_detectable_below", "item_detectable_above"])]
    assert len(floors) == 8
    assert floors["estimate"].astype(float).abs().between(2.0, 3.2).all()


def test_an_attribute_has_one_group_of_comparison_also_where_few_answered() -> None:
    """Of all people most are men, of those who answered most are women."""
    people = roster()
    men = people.index[people["sex"].eq("M")]
    people = people.drop(index=people.index[people["sex"].eq("F")][:60]).reset_index(drop=True)
    asked = people[people["sex"].eq("F") | people["person_id"].isin([f"p{i}" for i in men[:80]])].reset_index(drop=True)
    assert people["sex"].value_counts().idxmax() == "M" and asked["sex"].value_counts().idxmax() == "F"
    ratings = pd.concat([answers(asked, list("abc")), answers(asked, ["hasil_kerja", "perilaku_kerja"], blind=True, instrument="ganda")],
                        ignore_index=True)
    free = Context(parse("2026-Q3"), (parse("2026-Q3"),), (), {**SETTINGS, "reference": {}})
    found = fairness_details(free, people, ratings)
    groups = found[found["measure"].isin(["gap", "item_odds_ratio", "true_score_gap"])][["analysis", "group"]].drop_duplicates()
    assert sorted(groups.itertuples(index=False, name=None)) == [("decomposition", "F - M"), ("items", "F / M"), ("levels", "F - M")]


def test_levels_are_those_of_blind_second_ratings() -> None:
    people = roster()
    found = fairness_details(context(), people, answers(people, ["hasil_kerja", "perilaku_kerja"], blind=True, instrument="ganda"))
    levels = found[found["analysis"] == "levels"]
    assert set(levels["outcome"]) == {"hasil_kerja", "perilaku_kerja"}
    assert levels.loc[levels["measure"] == "prmse_single_rating", "estimate"].astype(float).tolist() == pytest.approx([1.0, 1.0])
    first = people["hasil_kerja"].map({w: float(i + 1) for i, w in enumerate(WORDS)})
    alone = true_score_gaps(pd.DataFrame({"sex": people["sex"], "a": first, "b": first}), attribute="sex", ratings=["a", "b"], reference="M", draws=9)
    want = alone.loc[alone["measure"] == "true_score_gap", "estimate"].iloc[0]
    assert levels.loc[levels["measure"] == "true_score_gap", "estimate"].astype(float).tolist() == pytest.approx([want] * 2)


def test_small_groups_and_empty_studies_hold_no_figure() -> None:
    people = roster()
    few = people.assign(sex=np.where(np.arange(len(people)) < 9, "F", "M"))
    found = fairness_details(context(), few, answers(few, ["a", "b", "c"]))
    assert set(found["status"]) == {"withheld"}
    assert found[["estimate", "conf_low", "p_value"]].isna().all(axis=None)
    for empty in (people.iloc[:0], people.assign(predikat=None), people.assign(sex=None), people.assign(opd_id=None)):
        assert set(fairness_details(context(), empty, NONE)["status"]) <= {"not_estimable", "withheld", "estimated"}
