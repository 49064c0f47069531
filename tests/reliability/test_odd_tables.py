"""What is no table of ratings, and ratings that are dates, enormous or of several kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.reliability import (
    agreement_coefficients,
    cronbach_alpha,
    decision_consistency,
    from_category_counts,
    from_crosstab,
    from_wide,
    icc,
    icc_incomplete,
    krippendorff_alpha,
)

ROWS = pd.DataFrame({"object_id": np.repeat(list("abcd"), 3), "rater_id": list("xyz") * 4, "item": list("xyz") * 4,
                     "rating": [1, 2, 1, 3, 3, 4, 2, 2, 1, 5, 4, 5]})
SOME_ARE_DATES = ROWS.assign(rating=ROWS["rating"].astype(object).where(ROWS.index != 3, pd.Timestamp("2026-01-01")))


@pytest.mark.parametrize("table", [{"a": [1, 2]}, np.eye(2), None, [1, 2]])
@pytest.mark.parametrize("turn", [from_wide, from_crosstab, from_category_counts])
def test_what_is_no_table_is_refused_in_a_sentence(turn, table):
    with pytest.raises(EstimationError, match="A pandas frame is needed as frame, not a"):
        turn(table)


@pytest.mark.parametrize("turn", [from_crosstab, from_category_counts])
def test_a_count_is_one_that_memory_holds(turn):
    """Dates were nanoseconds, and asked for 22 PiB of memory."""
    with pytest.raises(EstimationError, match="no count"):
        turn(pd.DataFrame({"a": pd.date_range("2026-01-01", periods=2), "b": [1, 2]}))
    for many in (10**9, 1e300):
        with pytest.raises(EstimationError, match="a row a rating is made of up to 20,000,000"):
            turn(pd.DataFrame({"a": [many, 1], "b": [1, 2]}))


@pytest.mark.parametrize("rating", [pd.date_range("2026-01-01", periods=12), 1e200, SOME_ARE_DATES["rating"]])
@pytest.mark.parametrize("coefficient", [icc, cronbach_alpha, lambda d: krippendorff_alpha(d, "interval"),
                                         lambda d: decision_consistency(d["rating"], [2], 0.8)])
def test_dates_and_enormous_numbers_are_no_ratings(coefficient, rating):
    with pytest.raises(EstimationError):
        coefficient(ROWS.assign(rating=rating if not isinstance(rating, float) else ROWS["rating"] * rating))


def test_categories_of_several_kinds_are_categories():
    found = agreement_coefficients(SOME_ARE_DATES)
    words = ROWS.assign(rating=SOME_ARE_DATES["rating"].map(lambda v: f"k{v}" if isinstance(v, int) else "day"))
    pd.testing.assert_frame_equal(found, agreement_coefficients(words))
    with pytest.raises(EstimationError, match="order of the ratings matters here, and '2026-01-01 00:00:00'"):
        krippendorff_alpha(SOME_ARE_DATES, "ordinal")


def test_a_file_that_was_read_twice_makes_no_incomplete_design_more_reliable():
    """The mean of four raters went from 0.77 to 0.90."""
    with pytest.raises(EstimationError, match="rated twice by one rater: keep one row for each pair of 'object_id' and 'rater_id', or take g_study"):
        icc_incomplete(pd.concat([ROWS, ROWS]), draws=0)
