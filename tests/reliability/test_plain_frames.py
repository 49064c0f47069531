"""The frames that an outsider has at hand: words, text, missing cells, infinite values, categories, any index and any names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.mixed_model import mixed_model
from evalkit.raters.many_facet_rasch import many_facet_rasch, marginal_rasch
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

SCORES = [[4, 5, 4], [2, 2, 3], [5, 5, 4], [1, 2, 1], [3, 3, 4], [4, 3, 4], [2, 1, 2], [5, 4, 5]]
SCALES = {"a": "x", "b": "x", "c": "y", "d": "y"}
STATISTICS = {
    "alpha": lambda d: cronbach_alpha(d, item="rater_id"),
    "omega": lambda d: mcdonald_omega(d, item="rater_id", draws=11),
    "icc": icc,
    "icc_incomplete": lambda d: icc_incomplete(d, draws=3),
    "agreement": agreement_coefficients,
    "kappa": lambda d: cohen_kappa(d[d["rater_id"].ne("c")]),
    "krippendorff": lambda d: krippendorff_alpha(d, "ordinal"),
    "g_study": lambda d: g_study(d, ["rater_id"]).components,
    "subscores": lambda d: subscore_value(d, SCALES, item="rater_id"),
    "decisions": lambda d: decision_consistency(d["rating"], [3.5], 0.8),
    "decisions on points": lambda d: beta_binomial_consistency(d["rating"], [3], 5, reliability=0.8),
    "rasch": lambda d: many_facet_rasch(d, ["object_id", "rater_id"]).measures,
}
NEED_NUMBERS = sorted(set(STATISTICS) - {"agreement", "kappa", "krippendorff"})


@pytest.fixture(scope="module")
def rows():
    table = pd.DataFrame(SCORES, columns=list("abc")).rename_axis("object_id")
    return table.reset_index().melt("object_id", var_name="rater_id", value_name="rating")


SHAPES = {
    "text": lambda d: d.assign(rating=d["rating"].astype(str)),
    "ordered categories": lambda d: d.assign(rating=pd.Categorical(d["rating"], categories=range(1, 6), ordered=True)),
    "labels that are categories": lambda d: d.assign(object_id=pd.Categorical(d["object_id"], categories=range(20)),
                                                     rater_id=pd.Categorical(d["rater_id"])),
    "shuffled": lambda d: d.set_axis([7] * len(d)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", sorted(set(STATISTICS) - {"omega"}))  # its search begins and stops at other digits each time
def test_the_same_numbers_whatever_carries_them(rows, name, shape):
    number = {"g_study": "variance", "rasch": "measure"}.get(name, "estimate")
    given = SHAPES[shape](rows)
    before = given.copy(deep=True)
    found = STATISTICS[name](given)[number].to_numpy(dtype=float)
    np.testing.assert_allclose(found, STATISTICS[name](rows)[number].to_numpy(dtype=float), atol=1e-8)
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize("wrong", ["Baik", np.inf])
@pytest.mark.parametrize("name", NEED_NUMBERS)
def test_what_is_no_number_is_said_in_a_sentence(rows, name, wrong):
    given = rows.assign(rating=rows["rating"].astype(object).where(rows.index != 4, wrong))
    with pytest.raises(EstimationError, match="number"):
        STATISTICS[name](given)


@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_distances_need_finite_ratings(rows, level):
    with pytest.raises(EstimationError, match="finite"):
        krippendorff_alpha(rows.assign(rating=rows["rating"].astype(float).replace(5.0, np.inf)), level)


@pytest.mark.parametrize("formula", ["rating ~ 1 + (1 | rater_id)", "rating ~ object_id + (1 | rater_id)"])
def test_a_response_without_end_is_refused(rows, formula):
    with pytest.raises(EstimationError, match="not finite"):
        mixed_model(rows.assign(rating=rows["rating"].astype(float).replace(5.0, np.inf)), formula)


def test_omega_of_three_items_is_the_exact_solution_every_time():
    """Three items have one factor by hand: each loading squared is a product of two correlations over the third."""
    rng = np.random.default_rng(8)
    table = pd.DataFrame(rng.normal(size=(200, 1)) * [1.0, 0.8, 0.7] + rng.normal(size=(200, 3)), columns=list("abc"))
    c = np.cov(table.to_numpy(), rowvar=False)
    loadings = np.sqrt([c[0, 1] * c[0, 2] / c[1, 2], c[0, 1] * c[1, 2] / c[0, 2], c[0, 2] * c[1, 2] / c[0, 1]])
    long = table.rename_axis("object_id").reset_index().melt("object_id", var_name="item", value_name="rating")
    first, again = (mcdonald_omega(long, draws=11) for _ in range(2))
    assert first.loc[0, "estimate"] == pytest.approx(loadings.sum() ** 2 / c.sum(), abs=1e-4)
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize("fit", [lambda d, **w: many_facet_rasch(d, ["object_id", "rater_id"], **w).measures["measure"],
                                 lambda d, **w: marginal_rasch(d, ["object_id", "rater_id"], **w).measures["measure"]])
def test_rasch_models_read_what_a_spreadsheet_of_indonesia_holds(rows, fit):
    """Decimal commas, blanks and dashes in scores and weights, as in every other statistic."""
    whole = rows.assign(w=1.5)
    text = whole.assign(rating=[f" {r},0" if i % 2 else str(r) for i, r in enumerate(rows["rating"])], w="1,5")
    np.testing.assert_allclose(fit(text, weight="w"), fit(whole, weight="w"), atol=1e-8)
    left_out = text.assign(rating=text["rating"].mask(text.index == 3, " - ").mask(text.index == 5, ""))
    np.testing.assert_allclose(fit(left_out), fit(whole.drop(index=[3, 5])), atol=1e-8)


@pytest.mark.parametrize(("column", "value", "said"), [
    ("rating", "dua", "column 'rating': row 3 holds no finite number"), ("rating", "2,5", "Column 'rating', row 3: 2.5 is no whole number"),
    ("w", "berat", "column 'w': row 3 holds no finite number"), ("w", "-1", "negative")])
def test_rasch_models_say_which_cell_cannot_be_read(rows, column, value, said):
    text = rows.assign(w="1").astype({"rating": str})
    with pytest.raises(EstimationError, match=said):
        many_facet_rasch(text.assign(**{column: text[column].mask(text.index == 2, value)}), ["object_id", "rater_id"], weight="w")


def test_decimal_commas_are_read(rows):
    comma = rows.assign(rating=(rows["rating"] + 0.5).astype(str).str.replace(".", ","))
    assert icc(comma).loc[0, "estimate"] == pytest.approx(icc(rows).loc[0, "estimate"])


@pytest.mark.parametrize("frame", [pd.DataFrame(columns=["object_id", "rater_id", "rating"]),
                                   pd.DataFrame({"object_id": [1, 2], "rater_id": ["a", "b"], "rating": [np.nan, np.nan]})])
def test_subscores_of_nothing_have_a_reason(frame):
    found = subscore_value(frame, SCALES, item="rater_id")
    assert found["status"].eq("not_estimable").all() and found["reason"].eq("no_ratings").all()
    assert len(found) == 6


@pytest.mark.parametrize("kind", [object, str, "category of text"])
def test_a_mixed_model_reads_numbers_that_a_frame_keeps_as_objects_or_text(rows, kind):
    """Whole numbers kept as objects were once read as classes: a slope became a level each."""
    given = rows.assign(x=np.arange(len(rows)) % 5)
    formula = "rating ~ x + (1 | object_id)"
    carried = given.astype(object) if kind is object else given.assign(rating=given["rating"].astype(str).str.replace("4", "4,0"))
    if kind == "category of text":
        carried = given.assign(object_id=given["object_id"].astype(str).astype("category"))
    pd.testing.assert_frame_equal(mixed_model(carried, formula).fixed, mixed_model(given, formula).fixed, atol=1e-8)


@pytest.mark.parametrize(("frame", "said"), [(lambda d: d.to_dict("list"), "not a dict"),
                                             (lambda d: pd.concat([d, d[["rating"]]], axis=1), "several columns 'rating'")])
def test_a_mixed_model_says_what_is_no_frame(rows, frame, said):
    with pytest.raises(EstimationError, match=said):
        mixed_model(frame(rows), "rating ~ 1 + (1 | object_id)")


@pytest.mark.parametrize("coefficient", [agreement_coefficients, cohen_kappa, cronbach_alpha, icc, icc_incomplete, mcdonald_omega])
def test_a_level_in_per_cent_is_refused(rows, coefficient):
    with pytest.raises(EstimationError, match=r"such as 0\.95"):
        coefficient(rows.rename(columns={"rater_id": "item"}).assign(rater_id=rows["rater_id"]), conf_level=95)


def test_subscales_told_the_other_way_round_are_told_the_right_one():
    frame = pd.DataFrame([(o, i, o) for o in range(4) for i in "abcd"], columns=["object_id", "item", "rating"])
    with pytest.raises(EstimationError, match="of each item its subscale"):
        subscore_value(frame, {"A": ["a", "b"], "B": ["c", "d"]})
