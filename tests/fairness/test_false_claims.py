"""False claims on gaps: each p is that of the page on the same labels, and permuted groups are rarely found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.fairness.false_claims import false_within, within_p_values
from evalkit.fairness.within_rater import within_rater

REFERENCES = {"sex": "M", "work": "a"}
OUTCOMES = ["top", "low"]


def people(n: int = 600, seed: int = 1, gap: float = 0.0, top: float = 0.3, low: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n)
    return pd.DataFrame({"person_id": range(n), "rater_id": np.arange(n) // 8, "period": "p", "sex": sex,
                         "work": rng.choice(["a", "b", "c", None], n, p=[0.6, 0.3, 0.05, 0.05]),
                         "top": rng.random(n) < top + gap * (sex == "F"), "low": rng.random(n) < low})


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [60, 600])
def test_p_is_that_of_the_page_on_the_same_labels(seed: int, size: int) -> None:
    rows = people(size, seed)
    found = within_p_values(rows, references=REFERENCES, outcomes=OUTCOMES).set_index(["outcome", "attribute", "group"])["p_value"]
    assert len(found) == 6
    methods = set()
    for attribute, reference in REFERENCES.items():
        for outcome in OUTCOMES:
            page = within_rater(rows, attribute=attribute, outcome=outcome, reference=reference)
            for _, row in page[page["measure"] == "within_odds_ratio"].iterrows():
                own = found[(outcome, attribute, row["group"].split(" / ")[0])]
                assert own == pytest.approx(row["p_value"], rel=1e-9) if pd.notna(row["p_value"]) else np.isnan(own)
                methods.add(row["method"])
    assert "exact_conditional" in methods
    assert size == 60 or "mantel_haenszel" in methods


@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_permuted_groups_are_found_at_most_at_the_level_whatever_the_truth(gap: float) -> None:
    found = false_within(people(gap=gap), references=REFERENCES, outcomes=OUTCOMES, draws=400).set_index("outcome")
    assert found.index.tolist() == ["top", "low", "all"]
    assert (found["conf_low"] <= 0.05).all()
    assert found["found"].max() == found.loc["all", "found"] <= found.loc["top", "found"] + found.loc["low", "found"]
    assert (found["status"] == "estimated").all()


def test_one_test_alone_is_found_at_its_level() -> None:
    found = false_within(people(2000, low=0.0).drop(columns="work"), references={"sex": "M"}, outcomes=["top"], draws=600)
    assert found.loc[0, "conf_low"] <= 0.05 <= found.loc[0, "conf_high"]


def test_draws_permute_groups_within_evaluators_only() -> None:
    # all women stand under other evaluators than all men: no permutation within evaluators can compare them
    rows = people(80).assign(sex=lambda d: np.where(d["rater_id"] < 5, "F", "M"))
    found = false_within(rows, references={"sex": "M"}, outcomes=["top"], draws=20)
    assert found["reason"].tolist() == ["no_informative_stratum"] * 2


@pytest.mark.parametrize("case", ["nobody", "one_group", "constant", "small", "missing"])
def test_degenerate_data_have_a_reason(case: str) -> None:
    rows = people(80)
    few = {"nobody": rows.head(0), "one_group": rows.assign(sex="M", work="a"), "constant": rows.assign(top=True, low=False), "small": rows,
           "missing": rows.assign(sex=None, work=None)}[case]
    found = false_within(few, references=REFERENCES, outcomes=OUTCOMES, draws=10, min_group=1000 if case == "small" else 0)
    said = {"nobody": "nobody_rated", "constant": "no_informative_stratum"}.get(case, "group_not_in_data")
    assert found["reason"].tolist() == [said] * 3
    assert (found["status"] == "not_estimable").all()
    assert found["share"].isna().all()


def test_seeds_decide_and_wrong_requests_are_refused() -> None:
    rows = people(160)
    one, two = (false_within(rows, references=REFERENCES, outcomes=OUTCOMES, draws=30, seed=s) for s in (3, 3))
    assert one.equals(two)
    with pytest.raises(EstimationError, match="twice"):
        false_within(pd.concat([rows, rows]), references=REFERENCES, outcomes=OUTCOMES)
    with pytest.raises(EstimationError, match="no column 'grade'"):
        false_within(rows, references={"grade": "x"}, outcomes=OUTCOMES)
    with pytest.raises(EstimationError, match="one draw"):
        false_within(rows, references=REFERENCES, outcomes=OUTCOMES, draws=0)
