"""Every coefficient on whatever a frame of ratings may be: an answer with a status and a reason, or a sentence; never a fault of a library."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evalkit import reliability
from evalkit.errors import EstimationError
from evalkit.reliability import (
    agreement_coefficients,
    beta_binomial_consistency,
    cohen_kappa,
    cronbach_alpha,
    decision_consistency,
    g_study,
    icc,
    icc_incomplete,
    krippendorff_alpha,
    mcdonald_omega,
    subscore_value,
)

SCORES = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
BASE = pd.DataFrame({"object_id": np.repeat(list("abcdef"), 4), "rater_id": list("wxyz") * 6, "item": list("ijkl") * 6, "rating": SCORES})
FUNCTIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "agreement_coefficients": agreement_coefficients,
    "agreement_coefficients, quadratic": lambda d: agreement_coefficients(d, weights="quadratic"),
    "beta_binomial_consistency": lambda d: beta_binomial_consistency(d["rating"], [5], 10, parameters=4),
    "cohen_kappa": lambda d: cohen_kappa(d[d["rater_id"].isin(["w", "x"])]),
    "cronbach_alpha": cronbach_alpha,
    "decision_consistency": lambda d: decision_consistency(d["rating"], [5], 0.8),
    "g_study": lambda d: g_study(d, ["rater_id"]).components,
    "icc": icc,
    "icc_incomplete": lambda d: icc_incomplete(d, draws=0),
    "krippendorff_alpha, interval": lambda d: krippendorff_alpha(d, "interval"),
    "krippendorff_alpha, ordinal": lambda d: krippendorff_alpha(d, "ordinal"),
    "mcdonald_omega": lambda d: mcdonald_omega(d, draws=2),
    "subscore_value": lambda d: subscore_value(d, {"i": "A", "j": "A", "k": "B", "l": "B"}),
}
SAME = {"text of numbers": BASE.assign(rating=BASE["rating"].astype(str)), "Arrow": BASE.convert_dtypes(dtype_backend="pyarrow"),
        "several ways to write": BASE.assign(rating=[(f"{r},0", f" {r}", str(r), f"{r}.0")[i % 4] for i, r in enumerate(SCORES)]),
        "categories": BASE.astype({"object_id": "category", "rater_id": "category", "item": "category", "rating": "category"}),
        "a row label of many": BASE.set_axis([0] * len(BASE)), "nullable": BASE.convert_dtypes(), "objects": BASE.astype(object),
        "labels that are columns too": BASE.set_index(pd.MultiIndex.from_frame(BASE[["object_id", "rater_id"]]))}
LITTLE = {
    "empty": BASE.iloc[:0], "one row": BASE.iloc[:1], "constant": BASE.assign(rating=3), "missing": BASE.assign(rating=np.nan),
    "one rater": BASE[BASE["rater_id"].eq("w")], "one object": BASE[BASE["object_id"].eq("a")],
    "two by two": BASE[BASE["rater_id"].isin(["w", "x"]) & BASE["object_id"].isin(["a", "b"])],
    "holes": BASE.assign(rating=BASE["rating"].where(BASE.index % 5 != 0)), "true and false": BASE.assign(rating=BASE["rating"] > 5),
    "dashes": BASE.assign(rating=BASE["rating"].astype(object).where(BASE.index % 7 != 0, " - "))}


def test_every_coefficient_is_here() -> None:
    helpers = {"GStudy", "weight_matrix", "standard_error_of_measurement", "from_wide", "from_crosstab", "from_category_counts"}
    assert {name.partition(",")[0] for name in FUNCTIONS} == set(reliability.__all__) - helpers


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_numbers_whatever_they_are_written_as(name: str, kind: str) -> None:
    plain, other = (FUNCTIONS[name](frame).select_dtypes("number").to_numpy(dtype=float, na_value=np.nan) for frame in (BASE, SAME[kind]))
    np.testing.assert_allclose(np.nan_to_num(other), np.nan_to_num(plain), atol=1e-6)


@pytest.mark.parametrize("kind", LITTLE)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_little_data_give_a_status_and_a_reason(name: str, kind: str) -> None:
    before = LITTLE[kind].copy()
    try:
        found = FUNCTIONS[name](LITTLE[kind])
    except EstimationError as error:
        pytest.fail(f"{name}, {kind}: {error}")
    pd.testing.assert_frame_equal(LITTLE[kind], before)
    assert len(found) or name == "g_study"
    if "estimate" in found:
        assert not (found["status"].eq("estimated") & found["estimate"].isna()).any()
        assert not (found["status"].ne("estimated") & found["reason"].isna()).any()


def test_words_have_an_order_only_if_it_is_said() -> None:
    words = BASE.assign(rating=pd.cut(BASE["rating"], [0, 3, 6, 10], labels=["Kurang", "Baik", "Sangat Baik"]))
    order = ["Kurang", "Baik", "Sangat Baik"]
    plain = words.assign(rating=words["rating"].astype(str))
    with pytest.raises(EstimationError, match="order"):
        krippendorff_alpha(plain, "ordinal")
    with pytest.raises(EstimationError, match="order"):
        agreement_coefficients(plain, weights="linear")
    told = krippendorff_alpha(plain, "ordinal", categories=order)["estimate"].iloc[0]
    assert krippendorff_alpha(words, "ordinal")["estimate"].iloc[0] == told
    coded = BASE.assign(rating=pd.cut(BASE["rating"], [0, 3, 6, 10], labels=False))
    assert krippendorff_alpha(coded, "ordinal")["estimate"].iloc[0] == pytest.approx(told)
    assert krippendorff_alpha(plain, "nominal")["status"].iloc[0] == "estimated"


def test_numbers_written_as_text_are_sorted_by_size() -> None:
    text = BASE.assign(rating=BASE["rating"].astype(str))
    assert krippendorff_alpha(text, "ordinal")["estimate"].iloc[0] == pytest.approx(krippendorff_alpha(BASE, "ordinal")["estimate"].iloc[0])


@pytest.mark.parametrize("kind", ["empty", "one row", "constant", "missing", "one rater", "one object"])
def test_a_study_of_little_says_why_it_is_none(kind: str) -> None:
    found = g_study(LITTLE[kind], ["rater_id"])
    assert found.status == "estimated" or found.reason


@pytest.mark.parametrize(("given", "said"), [
    (BASE.to_dict("list"), "not a dict: make one with pandas.DataFrame"), (BASE.to_numpy(), "not a ndarray"),
    (pd.concat([BASE, BASE[["rating"]]], axis=1), "several columns 'rating'"), (pd.DataFrame([SCORES[:4]], columns=list("wxyz")), "from_wide")])
@pytest.mark.parametrize("coefficient", [agreement_coefficients, icc, icc_incomplete, krippendorff_alpha, cronbach_alpha, cohen_kappa, g_study])
def test_what_is_no_frame_of_ratings_is_told_the_way(coefficient, given, said) -> None:
    with pytest.raises(EstimationError, match=said):
        coefficient(given, **({"level": "nominal"} if coefficient is krippendorff_alpha else {}))


def test_scores_are_any_column_of_numbers() -> None:
    told = decision_consistency(BASE["rating"], [5], 0.8)
    for scores in (SCORES, np.array(SCORES), [f"{s},0" for s in SCORES], tuple(SCORES)):
        pd.testing.assert_frame_equal(decision_consistency(scores, [5], 0.8), told)
    with pytest.raises(EstimationError, match="one column"):
        decision_consistency(BASE[["rating"]], [5], 0.8)
