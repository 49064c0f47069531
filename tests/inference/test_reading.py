"""What arrays the ground refuses: a missing value, a word or an endless one never becomes a finding; any kind of label names a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import fairness, impact, inference
from evalkit.errors import EstimationError

N = 60
RNG = np.random.default_rng(0)
Y, X = RNG.normal(50, 8, N), RNG.normal(size=N)
SENT, CLUSTER = np.arange(N) % 2 == 0, np.arange(N) // 3
STRATA = inference.strata_of(SENT, Y > 50, CLUSTER // 4)


def design(sent: Any) -> np.ndarray:
    return np.column_stack([np.ones(N), np.asarray(sent, dtype=object), X])


USES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "cluster_regression": lambda y, s, c: inference.cluster_regression(y, design(s), c).contrast([0, 1, 0]),
    "clustered_difference": lambda y, s, c: inference.clustered_difference(y, s, np.zeros(N), c),
    "wild_bootstrap": lambda y, s, c: inference.wild_bootstrap(y, design(s), c, column=1, draws=99),
    "randomisation_p": lambda y, s, c: inference.randomisation_p(y, s, blocks=np.zeros(N), units=np.arange(N), draws=99),
    "clustered_ratio": lambda y, s, c: inference.clustered_ratio(y, np.asarray(s, dtype=object) + np.ones(N), c, null=1.0)}
MARKED = ("clustered_difference", "randomisation_p")


@pytest.mark.parametrize("use", USES)
def test_a_missing_value_is_no_finding(use):
    """A missing outcome once gave a difference of exactly 0, and the smallest p of a draw."""
    for gone in (np.nan, None):
        with pytest.raises(EstimationError, match="missing values; leave those rows out first"):
            USES[use](np.where(np.arange(N) == 5, gone, Y.astype(object)), SENT, CLUSTER)
    with pytest.raises(EstimationError, match="finite"):
        USES[use](np.where(np.arange(N) == 5, np.inf, Y), SENT, CLUSTER)
    assert USES[use]([f"{v:.1f}".replace(".", ",") for v in Y], SENT, CLUSTER) == USES[use](Y.round(1), SENT, CLUSTER)
    with pytest.raises(EstimationError, match="row 6 holds no finite number"):
        USES[use](np.where(np.arange(N) == 5, "Baik", Y.astype(object)), SENT, CLUSTER)
    with pytest.raises(EstimationError, match="one column"):
        USES[use](Y[:, None], SENT, CLUSTER)


@pytest.mark.parametrize("use", MARKED)
def test_a_mark_is_true_or_false(use):
    for bad in (np.where(SENT, "yes", "no"), SENT * 2, np.where(np.arange(N) == 3, np.nan, SENT)):
        with pytest.raises(EstimationError, match="true or false"):
            USES[use](Y, bad, CLUSTER)
    with pytest.raises(EstimationError, match="true or false"):
        inference.strata_of(np.where(SENT, "F", "M"), SENT, CLUSTER)


@pytest.mark.parametrize("use", USES)
def test_any_kind_of_label_names_a_cluster(use):
    names = [f"c{c:02d}" for c in CLUSTER]
    expected = USES[use](Y, SENT, CLUSTER)
    for kind in (names, pd.Categorical(names), pd.Series(names, index=range(N, 0, -1)), CLUSTER.astype(float), pd.Series(CLUSTER, dtype="Int64")):
        assert USES[use](Y, SENT, kind) == expected
    for given in (pd.Series(Y, index=RNG.permutation(N)), pd.Series(Y, dtype="Float64"), Y.tolist(), Y.astype(object)):
        assert USES[use](given, pd.Series(SENT, dtype="boolean"), CLUSTER) == expected
    some = [None if c < 2 else f"c{c:02d}" for c in CLUSTER]  # those without a name are one witness
    assert USES[use](Y, SENT, some) == USES[use](Y, SENT, np.where(CLUSTER < 2, 0, CLUSTER)) or use == "wild_bootstrap"


def test_counts_of_strata_may_be_lists_and_must_be_counts():
    found = inference.common_odds(inference.Strata([3], [4], [1], [4]))  # type: ignore[arg-type]
    assert found is not None
    assert found.ratio == 9.0
    for bad in ([5], [4], [1], [4]), ([-1], [4], [1], [4]), ([np.nan], [4], [1], [4]), ([1, 2], [4], [1], [4]):
        with pytest.raises(EstimationError, match=r"(?i)count"):
            inference.Strata(*bad)  # type: ignore[arg-type]


LEVELS: dict[str, Callable[[float], Any]] = {
    "wilson": lambda v: inference.wilson(1, 4, v), "koopman": lambda v: inference.koopman(1, 4, 2, 4, v),
    "common_odds": lambda v: inference.common_odds(STRATA, level=v),
    "clustered_ratio": lambda v: inference.clustered_ratio([1.0, 2.0], [1.0, 1.0], [0, 1], null=1.0, level=v),
    "contrast": lambda v: USES["cluster_regression"](Y, SENT, CLUSTER).interval(v),
    "wild_interval": lambda v: inference.wild_interval(Y, design(SENT), CLUSTER, column=1, level=v, draws=99),
    "ancova": lambda v: impact.ancova(Y, SENT, X, CLUSTER, level=v),
    "complier_effect": lambda v: impact.complier_effect(Y, SENT, SENT, X, CLUSTER, level=v),
    "selection_alone": lambda v: impact.selection_alone(X, Y, SENT, CLUSTER, level=v),
    "smoothness_interval": lambda v: impact.smoothness_interval([0.0], [2.0], np.eye(2), bend=0.0, level=v),
    "disaggregate": lambda v: fairness.disaggregate(FRAME, attributes=["sex"], outcome="top", role="inferential", person=None, level=v),
    "standardised_gaps": lambda v: fairness.standardised_gaps(FRAME, attribute="sex", score="score", reference="M", level=v),
    "conditional_gaps": lambda v: fairness.conditional_gaps(FRAME, attribute="sex", outcome="score", reference="M", conditions=[], level=v),
    "decompose": lambda v: fairness.decompose(FRAME, attribute="sex", outcome="score", group="F", reference="M", covariates=["x"], level=v),
    "true_score_gaps": lambda v: fairness.true_score_gaps(FRAME, attribute="sex", ratings=["score", "x"], reference="M", level=v),
    "within_rater_adjusted": lambda v: fairness.within_rater_adjusted(FRAME, attribute="sex", outcome="top", reference="M", covariates=["x"],
                                                                      strata=["x"], person="x", rater="x", level=v)}
FRAME = pd.DataFrame({"sex": np.where(SENT, "F", "M"), "top": Y > 50, "score": Y, "x": X})


@pytest.mark.parametrize("use", LEVELS)
@pytest.mark.parametrize("level", [95, 0, 1, -0.5, float("nan")])
def test_95_is_no_level(use, level):
    with pytest.raises(EstimationError, match=r"must lie between 0 and 1, such as 0\.95"):
        LEVELS[use](level)


@pytest.mark.parametrize("count, n", [(0.5, 10), (3, 10.5), ("3", 10), (float("nan"), 10), (3, float("inf")), (-1, 10), (11, 10), (None, 10)])
def test_a_rate_is_no_count(count, n):
    for use in (lambda: inference.wilson(count, n), lambda: inference.clopper_pearson(count, n), lambda: inference.newcombe(3, 10, count, n),
                lambda: inference.koopman(count, n, 3, 10), lambda: inference.equivalent_shares(count, n, 3, 10, margin=0.1),
                lambda: fairness.adverse_impact_counts({"a": (count, n), "b": (3, 10)})):
        with pytest.raises(EstimationError, match=r"no whole numbers of people|must lie between 0 and the number of people"):
            use()
    for size in (5.5, float("nan"), -1):
        with pytest.raises(EstimationError):
            fairness.fair_below_four_fifths(size, 10, 0.5)  # type: ignore[arg-type]


def test_a_draw_without_a_statistic_does_not_make_p_smaller():
    for observed, drawn in ((float("nan"), [1.0, 2.0]), (1.0, [float("nan"), 2.0]), (1.0, ["a"])):
        with pytest.raises(EstimationError):
            inference.permutation_p(observed, drawn)  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="'upper' is unknown; take 'greater' or 'less' or 'two_sided'"):
        inference.permutation_p(1.0, [1.0], side="upper")


def test_p_values_come_in_any_array_and_are_numbers():
    for given in ([0.01, None, 0.04], np.array([0.01, np.nan, 0.04]), pd.Series([0.01, pd.NA, 0.04], index=[5, 3, 1], dtype="Float64")):
        assert inference.adjust(given).p_adjusted.tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    for bad in (["a", 0.1], [0.1, 1.2], [0.1, float("inf")], np.array([[0.1, 0.2]])):
        with pytest.raises(EstimationError):
            inference.adjust(bad)
