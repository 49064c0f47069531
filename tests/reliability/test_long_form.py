"""Tables as books print them give the printed coefficients in one line, and what is no such table is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.reliability import (
    agreement_coefficients,
    cohen_kappa,
    cronbach_alpha,
    from_category_counts,
    from_crosstab,
    from_wide,
    g_study,
    icc,
    icc_incomplete,
    krippendorff_alpha,
)

# P. E. Shrout, J. L. Fleiss (1979), table 2
JUDGES = pd.DataFrame([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], columns=list("abcd"))
# the worked example of the encyclopaedia's article on Fleiss' kappa: ten objects, five categories, fourteen raters each; printed 0.210
FOURTEEN = pd.DataFrame([[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0], [3, 2, 6, 3, 0],
                         [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]], columns=[1, 2, 3, 4, 5])


def of(frame: pd.DataFrame, measure: str) -> float:
    return float(frame.loc[frame["measure"] == measure, "estimate"].iloc[0])


def test_judges_by_targets() -> None:
    assert of(icc(from_wide(JUDGES)), "icc_2_1") == pytest.approx(0.29, abs=0.005)


def test_counts_of_categories() -> None:
    assert of(agreement_coefficients(from_category_counts(FOURTEEN)), "fleiss_kappa") == pytest.approx(0.210, abs=0.0005)


def test_two_raters_crossed() -> None:
    both = pd.DataFrame([[20, 5], [10, 15]], index=["yes", "no"], columns=["yes", "no"])
    assert of(cohen_kappa(from_crosstab(both)), "cohen_kappa") == pytest.approx(0.4)


def test_missing_cells_are_ratings_that_were_not_given() -> None:
    # K. Krippendorff (2011), computing Krippendorff's alpha-reliability, section C: nominal 0.743
    table = pd.DataFrame([[1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
                          [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]]).T
    long = from_wide(table)
    assert len(long) == table.notna().to_numpy().sum()
    assert of(krippendorff_alpha(long, "nominal"), "krippendorff_alpha") == pytest.approx(0.743, abs=0.0005)


@pytest.mark.parametrize("kind", ["category", "string", "Int64", "object"])
def test_whatever_the_cells_are_made_of(kind: str) -> None:
    table = JUDGES.astype(str).astype(kind) if kind in ("category", "string") else JUDGES.astype(kind)
    long = from_wide(table)
    assert [str(v) for v in long["rating"]] == [str(v) for v in JUDGES.to_numpy().ravel()]
    assert len(long) == 24 and set(long["rater_id"]) == set("abcd")


def test_names_of_several_levels_are_one_value() -> None:
    table = JUDGES.set_axis(pd.MultiIndex.from_product([["x", "y"], [1, 2]]), axis=1).set_axis(pd.MultiIndex.from_product([[1, 2, 3], ["a", "b"]]))
    assert of(icc(from_wide(table)), "icc_3_1") == pytest.approx(0.71, abs=0.005)
    assert set(from_wide(table)["rater_id"]) == {"x / 1", "x / 2", "y / 1", "y / 2"}


def test_the_table_is_left_as_it_was() -> None:
    table = JUDGES.copy()
    cronbach_alpha(from_wide(table, columns="item"))
    pd.testing.assert_frame_equal(table, JUDGES)


@pytest.mark.parametrize("empty", [JUDGES.iloc[:0], JUDGES.iloc[:, :0], JUDGES * np.nan])
def test_nothing_is_a_status_and_no_fault(empty: pd.DataFrame) -> None:
    found = icc(from_wide(empty))
    assert len(found) and set(found["status"]) == {"not_estimable"} and found["reason"].notna().all()


@pytest.mark.parametrize("make", [from_wide, from_category_counts])
def test_one_name_twice_is_refused(make) -> None:
    with pytest.raises(EstimationError, match="name of its own"):
        make(FOURTEEN.set_axis([0, 0, *range(8)]))


@pytest.mark.parametrize("bad", [-1, 0.5, None, "x"])
def test_what_is_no_count_is_refused(bad: object) -> None:
    table = FOURTEEN.astype(object)
    table.iloc[2, 2] = bad
    with pytest.raises(EstimationError, match="count"):
        from_category_counts(table)
    with pytest.raises(EstimationError, match="count"):
        from_crosstab(table.iloc[:5])


def test_objects_that_nobody_rated_are_counted_as_left_out(shared) -> None:
    """Public case pc17 as it is read without a word: two objects lack one rating, two lack both, and four are left out."""
    sheet = pd.read_csv(shared / "cases" / "pc17-both-left-it-blank.csv").set_index("object_id")
    row = cohen_kappa(from_wide(sheet), categories=["Cukup", "Baik", "Sangat Baik"]).iloc[0]
    assert (row["n"], row["estimand"]) == (10, "objects_left_out=4")
    numbers = pd.DataFrame({"a": [1, 2, 3, None], "b": [1, 3, 3, None], "c": [2, 2, 4, None]})
    assert cronbach_alpha(from_wide(numbers, columns="item")).loc[0, ["n", "estimand"]].tolist() == [3, "objects_left_out=1"]
    assert icc(from_wide(numbers)).loc[0, ["n", "estimand"]].tolist() == [3, "objects_left_out=1"]
    assert g_study(from_wide(numbers)).n == 9 and icc_incomplete(from_wide(numbers), draws=0).loc[0, "n"] == 3


def test_what_an_outsider_gets_wrong_is_told_the_way() -> None:
    sheet = pd.DataFrame({"object_id": ["a", "b", "c"], "x": [1, 2, 3], "y": [2, 2, 4]})
    with pytest.raises(EstimationError, match=r"table.set_index\('object_id'\)"):
        from_wide(sheet)
    rows = from_wide(sheet.set_index("object_id"))
    assert sorted(set(rows["object_id"])) == ["a", "b", "c"]
    with pytest.raises(EstimationError, match=r"frame.reset_index\(\) makes it a column"):
        icc(rows.set_index("object_id"))
    with pytest.raises(EstimationError, match="columns='item'"):
        cronbach_alpha(rows)
    with pytest.raises(EstimationError, match="Name yours in the call"):
        icc(rows.rename(columns={"object_id": "subject", "rating": "score"}))


def test_the_order_of_a_table_is_that_of_its_categories_used_or_not() -> None:
    """SAS, example of PROC FREQ on skin conditions: weighted kappa .5082 in the order of severity, which the alphabet does not give."""
    names = ["Terminal", "Marginal", "Poor", "Clear"]
    skin = pd.DataFrame([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], index=names, columns=names)
    found = cohen_kappa(from_crosstab(skin), weights="linear").iloc[0]
    assert found["estimate"] == pytest.approx(0.5082, abs=5e-5) and found["std_error"] == pytest.approx(0.0655, abs=5e-5)
    wider = skin.reindex(index=["None", *names], columns=["None", *names], fill_value=0)
    assert cohen_kappa(from_crosstab(wider), weights="linear")["estimate"].iloc[0] > found["estimate"]  # a step is a quarter, not a third
    assert cohen_kappa(from_crosstab(wider))["estimate"].iloc[0] == pytest.approx(cohen_kappa(from_crosstab(skin))["estimate"].iloc[0])


def test_a_category_that_no_rater_chose_is_one_of_the_table() -> None:
    """AC1 of q categories: chance is spread over all that could have been chosen, as in the programs that read such tables."""
    counts = pd.DataFrame({"a": [3, 0, 1, 2], "b": [0, 3, 2, 1], "c": [0, 0, 0, 0]})
    pi = np.array([6, 6, 0]) / 12
    agreed, chance = np.mean([1, 1, 1 / 3, 1 / 3]), float((pi * (1 - pi)).sum()) / 2
    found = agreement_coefficients(from_category_counts(counts))
    assert of(found, "gwet_ac1") == pytest.approx((agreed - chance) / (1 - chance))
    assert of(found, "brennan_prediger") == pytest.approx((agreed - 1 / 3) / (2 / 3))
    mixed = from_category_counts(pd.DataFrame({10: [2, 0], 9: [0, 1], 1: [0, 1]}))
    assert mixed["rating"].cat.categories.tolist() == [1, 9, 10]
    with pytest.raises(EstimationError, match="each category needs a name of its own"):
        from_category_counts(pd.DataFrame([[1, 2], [2, 1]], columns=["a", "a"]))
