"""All specifications of one gap: each is what the kernel says of its own rows, none is left out, and truth decides their agreement."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.fairness.multiverse import agreement_of_specifications, specifications
from evalkit.fairness.within_rater import within_rater

ADJUSTMENTS = {"none": [], "office": ["opd_id"], "office and post": ["opd_id", "post_type"], "evaluator": ["rater_id"]}
EXCLUSIONS = ["head", "new", "small"]


def people(gap: float, n: int = 1200, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n)
    return pd.DataFrame({"person_id": range(n), "rater_id": np.arange(n) // 8, "opd_id": np.arange(n) // 120, "post_type": rng.integers(0, 2, n),
                         "sex": sex, "head": rng.random(n) < 0.05, "new": rng.random(n) < 0.1, "small": rng.random(n) < 0.1,
                         "top": rng.random(n) < 0.3 + gap * (sex == "F"), "low": rng.random(n) < 0.02})


def table(rows: pd.DataFrame) -> pd.DataFrame:
    return specifications(rows, attribute="sex", group="F", reference="M", outcomes=["top", "low"], exclusions=EXCLUSIONS, adjustments=ADJUSTMENTS)


def test_every_combination_has_its_row_and_is_the_kernels_answer() -> None:
    rows = people(0.2, 300)
    found = table(rows)
    assert len(found) == 2 * 8 * 4 == len(found.drop_duplicates(["outcome", "excluded", "adjusted"]))
    own = found[(found["outcome"] == "top") & (found["excluded"] == "head + small") & (found["adjusted"] == "evaluator")].iloc[0]
    kept = rows[~rows["head"] & ~rows["small"]]
    page = within_rater(kept, attribute="sex", outcome="top", reference="M", strata=["rater_id"]).set_index("measure").loc["within_difference"]
    assert own["estimate"] == pytest.approx(page["estimate"])
    plain = found[(found["outcome"] == "top") & (found["excluded"] == "none") & (found["adjusted"] == "none")].iloc[0]
    shares = rows.groupby("sex")["top"].mean()
    assert plain["estimate"] == pytest.approx(shares["F"] - shares["M"])


def test_a_large_gap_holds_under_every_choice() -> None:
    found = agreement_of_specifications(table(people(0.5, 400))).set_index("outcome").loc["top"]
    assert found[["share_same_sign", "share_excludes_zero"]].tolist() == [1.0, 1.0]
    assert found["low"] <= found["median"] <= found["high"]


def test_without_a_gap_few_intervals_leave_zero_out_over_many_data_sets() -> None:
    # the specifications of one data set agree with one another, so only many data sets show the level: 60 give a standard error of 2.8%
    few = {"none": [], "evaluator": ["rater_id"]}
    shares = [agreement_of_specifications(specifications(people(0.0, 160, s), attribute="sex", group="F", reference="M", outcomes=["top"],
                                                         exclusions=[], adjustments=few)).loc[0, "share_excludes_zero"] for s in range(60)]
    assert np.mean(shares) < 0.05 + 3 * 0.028


@pytest.mark.parametrize("case", ["nobody", "one_group", "constant", "all_out"])
def test_degenerate_data_keep_their_rows(case: str) -> None:
    rows = people(0.0, 80)
    few = {"nobody": rows.head(0), "one_group": rows.assign(sex="M"), "constant": rows.assign(top=True, low=False),
           "all_out": rows.assign(head=True, new=True, small=True)}[case]
    found = table(few)
    assert len(found) == 64
    assert (found["estimate"].notna() | found["reason"].notna()).all()
    assert agreement_of_specifications(found)["n"].tolist() == [32, 32]


def test_an_absent_column_is_refused() -> None:
    with pytest.raises(EstimationError, match="no column 'head'"):
        table(people(0.0, 20).drop(columns="head"))
