"""What outsiders hand over: nullable texts, numbers as categories, labels of any kind, dates and enormous numbers where numbers are meant."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference import adjust_estimates, cluster_regression, clustered_difference, mixed_model, strata_of
from evalkit.inference.frames import moments, need, numbered
from evalkit.inference.reading import marks, numbers

ROWS = pd.DataFrame({"object_id": np.repeat([f"o{i}" for i in range(12)], 3), "rater_id": list("xyz") * 12, "sex": np.repeat(list("FM"), 18),
                     "rating": [3, 4, 2, 5, 5, 4, 2, 3, 1, 4, 4, 3, 3, 5, 2, 1, 2, 1, 4, 5, 4, 2, 2, 1, 3, 3, 4, 5, 4, 4, 2, 1, 3, 3, 4, 2]})
FORMULA = "rating ~ sex + (1 | object_id)"
KINDS = {"nullable": lambda d: d.convert_dtypes(), "Arrow": lambda d: d.convert_dtypes(dtype_backend="pyarrow"),
         "nullable text": lambda d: d.astype({"sex": "string", "object_id": "string"}),
         "numbers as categories": lambda d: d.astype({"rating": "category"}),
         "nullable categories": lambda d: d.astype("string").astype("category").assign(rating=d["rating"]),
         "labels that are columns": lambda d: d.set_index(["object_id", "sex"], drop=False)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mixed_model_reads_classes_of_every_kind(kind):
    """Nullable texts on the right side were taken for numbers: "could not convert string to float"."""
    pd.testing.assert_frame_equal(mixed_model(KINDS[kind](ROWS), FORMULA).fixed, mixed_model(ROWS, FORMULA).fixed, atol=1e-8)


def test_a_mixed_model_reads_weights_as_it_reads_the_response():
    told = mixed_model(ROWS.assign(w=1.5), FORMULA, weights="w").fixed
    pd.testing.assert_frame_equal(mixed_model(ROWS.assign(w="1,5"), FORMULA, weights="w").fixed, told)
    with pytest.raises(EstimationError, match="column 'w': row 1 holds no finite number"):
        mixed_model(ROWS.assign(w="berat"), FORMULA, weights="w")


@pytest.mark.parametrize("formula", [FORMULA, "rating ~ 1 + (1 | object_id)"])
@pytest.mark.parametrize("factor", [1e150, 1j])
def test_a_response_that_cannot_be_squared_or_sorted_is_refused(formula, factor):
    with pytest.raises(EstimationError):
        mixed_model(ROWS.assign(rating=ROWS["rating"] * factor), formula)


def test_families_are_adjusted_in_any_frame():
    rows = pd.DataFrame({"family": ["f", "f", None, "g"], "p_value": [0.01, 0.04, 0.5, 0.03]})
    told = [0.02, 0.04, None, 0.03]
    for given in (rows, rows.set_axis([7] * 4), rows.convert_dtypes(), rows.convert_dtypes(dtype_backend="pyarrow"), rows.astype({"p_value": str}),
                  rows.assign(p_adjusted=None), rows.astype({"family": "category"})):
        before = given.copy(deep=True)
        found = adjust_estimates(given)["p_adjusted"]
        assert [None if pd.isna(p) else round(float(p), 10) for p in found] == told
        pd.testing.assert_frame_equal(given, before)
    for wrong, said in ((rows.to_dict("list"), "pandas frame is needed as estimates"),
                        (rows.drop(columns="family"), "no column 'family' in the estimates")):
        with pytest.raises(EstimationError, match=said):
            adjust_estimates(wrong)


def test_a_stratum_is_known_and_one_column():
    told = strata_of([True, False], [True, True], ["a", "a"])
    assert told.n1.tolist() == [1.0]
    with pytest.raises(EstimationError, match="stratum is missing"):
        strata_of([True, False], [True, True], ["a", None])
    with pytest.raises(EstimationError, match="one column"):
        strata_of([True, False], [True, True], pd.DataFrame({"a": [1, 2], "b": [1, 2]}))
    with pytest.raises(EstimationError, match="one column"):
        marks(pd.DataFrame({"a": [True]}), "sent")


@pytest.mark.parametrize("wrong", [pd.date_range("2026-01-01", periods=3), np.array([1j, 2.0, 3.0]), pd.to_timedelta([1, 2, 3])])
def test_dates_and_complex_numbers_are_no_numbers(wrong):
    """Dates became nanoseconds since 1970."""
    for values in (wrong, pd.Series(wrong), pd.Series(wrong, dtype=object)):
        with pytest.raises(EstimationError, match="outcomes"):
            numbers(values, "outcomes")


def test_numbers_that_cannot_be_squared_are_refused():
    for call in (lambda: clustered_difference([1.0, 2.0, 4.0, 1e200], [0, 0, 1, 1], [0] * 4, [1, 2, 3, 4]),
                 lambda: cluster_regression([1.0, 2.0, 4.0, -1e200], [[1, 0], [1, 0], [1, 1], [1, 1]], [1, 2, 3, 4])):
        with pytest.raises(EstimationError, match="larger unit"):
            call()
    assert numbers([1e90, -1e90], "values").tolist() == [1e90, -1e90]


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pd.Categorical, lambda v: pd.Series(v, dtype="string"),
                                  lambda v: pd.Series(v, dtype="string[pyarrow]"), lambda v: pd.Series(v, index=[9, 9, 9, 9])])
def test_numbers_are_read_however_they_are_written(kind):
    """A decimal comma was read by reliability and refused by fairness and impact."""
    assert numbers(kind(["2,5", " 3", "-0.5", "1e2"]), "scores").tolist() == [2.5, 3.0, -0.5, 100.0]
    assert np.isnan(numbers(kind(["", " - ", "–", "-"]), "scores")).all()
    for wrong in ("Baik", "1.250,5", "12:30", "inf", "2026-01-01"):
        with pytest.raises(EstimationError, match="The scores: row 3 holds no finite number"):
            numbers(kind(["1", "2", wrong, "4"]), "scores")


def test_a_fault_in_several_columns_is_told_by_its_row():
    with pytest.raises(EstimationError, match="The ratings: row 2 holds no finite number"):
        numbers([["1", "2"], ["3", "Baik"]], "ratings", wide=True)
    with pytest.raises(EstimationError, match="The ratings: row 3 holds no finite"):
        numbers([[1, 2], [3, 4], [np.inf, 5]], "ratings", wide=True)
    assert numbers(pd.DataFrame({"a": ["1,5"], "b": [2]}), "ratings", wide=True).tolist() == [[1.5, 2.0]]


def test_a_cell_holds_one_value():
    with pytest.raises(EstimationError, match="Column 'a', row 2 holds several values"):
        need(pd.DataFrame({"a": ["x", ["y"]]}), "a")
    need(pd.DataFrame({"a": ["x", 1, None]}, dtype=object), "a")
    assert numbered(pd.DataFrame({"a": [1]}, index=pd.Index(["k"], name="a")), "a", also=["b"]).index.tolist() == [0]


def test_periods_are_sorted_as_what_they_are():
    def order(*values):
        found = moments(pd.Series(list(values), dtype=object))
        return sorted(found, key=found.__getitem__)

    assert order("10", "9", 2) == [2, "9", "10"]
    assert order("2026-Q2", "2026-Q1", "2025") == ["2025", "2026-Q1", "2026-Q2"]
    assert order(pd.Timestamp("2026-02-01"), pd.Timestamp("2026-01-01").date()) == [pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-02-01")]
    for mixed in (("2026-Q1", 1), (1, np.inf), (pd.Timestamp("2026-01-01"), 3)):
        with pytest.raises(EstimationError, match="must all be numbers, all dates or all words"):
            order(*mixed)
