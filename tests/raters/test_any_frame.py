"""Statistics of raters on whatever a frame of ratings may be: one answer however the numbers are written and the rows are labelled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.raters import (
    accuracy,
    adjusted_scores,
    connectedness,
    design_reason,
    differential_functioning,
    drift,
    halo,
    linked_severity,
    role_means,
    role_reliability,
    scale_use,
    self_other,
    severity,
    variance_between,
)

rng = np.random.default_rng(2)
ROWS = pd.DataFrame([(o, r, i) for o in range(14) for r in "abcd" for i in "pqr"], columns=["object_id", "rater_id", "item"])
ROWS["rating"] = np.clip(np.round(3 + rng.normal(size=14)[ROWS["object_id"]] - ROWS["rater_id"].map({"a": 1.0, "b": 0.0, "c": 0.0, "d": -1.0})
                                  + rng.normal(0, 0.7, len(ROWS))), 1, 5).astype(int)
ROWS = ROWS.assign(sex=np.where(ROWS["object_id"] % 2, "F", "M"), rater_role=np.where(ROWS["rater_id"] == "a", "self", "peer"),
                   period=np.where(ROWS["object_id"] < 7, "1", "2"))
KEY = ROWS[["object_id", "item"]].drop_duplicates().assign(expert_rating=3)
STATISTICS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "accuracy": lambda d: accuracy(d, KEY), "adjusted_scores": lambda d: adjusted_scores(d).scores,
    "connectedness": lambda d: connectedness(d).raters, "design_reason": lambda d: pd.DataFrame({"reason": [design_reason(d)]}),
    "differential_functioning": lambda d: differential_functioning(d, "sex"), "drift": lambda d: drift(d, KEY), "halo": halo,
    "linked_severity": lambda d: linked_severity(d).table, "role_means": lambda d: role_means(d, min_raters=2), "role_reliability": lambda d:
    role_reliability(d, "peer"), "scale_use": lambda d: scale_use(d, KEY, scale=(1, 5)), "self_other": lambda d: self_other(d, min_raters=2),
    "severity": severity, "severity, model": lambda d: severity(d, method="many_facet"), "variance_between": variance_between}
SAME = {
    "decimal commas": lambda d: d.assign(rating=[f"{r},0" if k % 2 else f" {r}" for k, r in enumerate(d["rating"])]),
    "categories": lambda d: d.assign(rating=d["rating"].astype("category")), "objects": lambda d: d.assign(rating=d["rating"].astype(object)),
    "labels that are columns too": lambda d: d.set_index(pd.MultiIndex.from_frame(d[["rater_id", "object_id"]])),
    "a row label of many": lambda d: d.set_axis([0] * len(d)), "nullable": lambda d: d.convert_dtypes()}


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("name", STATISTICS)
def test_the_same_answer_whatever_carries_the_ratings(name: str, kind: str) -> None:
    given = SAME[kind](ROWS)
    before = given.copy(deep=True)
    pd.testing.assert_frame_equal(STATISTICS[name](given), STATISTICS[name](ROWS), check_dtype=False, atol=1e-6)
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize("name", sorted(set(STATISTICS) - {"connectedness"}))
def test_a_word_is_named_with_its_row(name: str) -> None:
    given = ROWS.assign(rating=ROWS["rating"].astype(object).mask(ROWS.index == 4, "baik"))
    with pytest.raises(EstimationError, match="column 'rating': row 5 holds no finite number"):
        STATISTICS[name](given)


@pytest.mark.parametrize("statistic", [halo, severity, role_reliability, linked_severity, lambda d, **w: accuracy(d, KEY, **w),
                                       lambda d, **w: drift(d, KEY, **w)])
def test_a_level_in_per_cent_is_refused(statistic: Callable[..., pd.DataFrame]) -> None:
    with pytest.raises(EstimationError, match=r"such as 0\.95"):
        statistic(ROWS, **{"level" if statistic is linked_severity else "conf_level": 95})


@pytest.mark.parametrize("name", STATISTICS)
def test_what_is_no_frame_is_told(name: str) -> None:
    with pytest.raises(EstimationError, match="pandas frame is needed"):
        STATISTICS[name](ROWS.to_dict("list"))
