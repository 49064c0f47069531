"""Frames as people have them: every statistic of the room reads them alike, or refuses them in a sentence; none guesses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit import fairness
from evalkit.errors import EstimationError

N = 160
RNG = np.random.default_rng(1)
PEOPLE = pd.DataFrame({
    "person_id": np.arange(N), "rater_id": np.arange(N) // 8, "period": "p", "sex": RNG.choice(["F", "M"], N),
    "rater_sex": np.where(np.arange(N) // 8 % 2, "F", "M"), "unit": RNG.choice(list("abc"), N), "years": RNG.normal(10, 3, N),
    "top": RNG.random(N) < 0.4, "score": RNG.normal(80, 5, N).round(1), "second": RNG.normal(80, 5, N).round(1)})
SEX: dict[str, Any] = {"attribute": "sex", "reference": "M"}
TOP: dict[str, Any] = {**SEX, "outcome": "top"}
OUTCOME: dict[str, Callable[[Any], pd.DataFrame]] = {
    "adverse_impact": lambda d: fairness.adverse_impact(d, **TOP),
    "conditional_gaps": lambda d: fairness.conditional_gaps(d, **TOP, conditions=[["unit"]]),
    "decompose": lambda d: fairness.decompose(d, **TOP, group="F", covariates=["years", "unit"]),
    "disaggregate": lambda d: fairness.disaggregate(d, attributes=["sex"], outcome="top", intersections=[["sex", "unit"]]),
    "false_within": lambda d: fairness.false_within(d, references={"sex": "M"}, outcomes=["top"], draws=5),
    "within_p_values": lambda d: fairness.within_p_values(d, references={"sex": "M"}, outcomes=["top"]),
    "rate_gaps": lambda d: fairness.rate_gaps(d, **TOP),
    "match_effects": lambda d: fairness.match_effects(d, **TOP, rater_attribute="rater_sex", rater_reference="M"),
    "specifications": lambda d: fairness.specifications(d, **SEX, group="F", outcomes=["top"], exclusions=[], adjustments={"none": []}),
    "within_rater": lambda d: fairness.within_rater(d, **TOP),
    "within_rater_adjusted": lambda d: fairness.within_rater_adjusted(d, **TOP, covariates=["years"]),
    "within_equivalence": lambda d: fairness.within_equivalence(d, **TOP, margin=0.1)}
SCORE: dict[str, Callable[[Any], pd.DataFrame]] = {
    "conditional_gaps, score": lambda d: fairness.conditional_gaps(d, **SEX, outcome="score", conditions=[["unit"]]),
    "decompose, score": lambda d: fairness.decompose(d, **SEX, outcome="score", group="F", covariates=["years", "unit"]),
    "disaggregate, score": lambda d: fairness.disaggregate(d, attributes=["sex"], outcome="score"),
    "standardised_gaps": lambda d: fairness.standardised_gaps(d, **SEX, score="score", level=0.95),
    "true_score_gaps": lambda d: fairness.true_score_gaps(d, **SEX, ratings=["score", "second"], draws=20)}
ALL = {**OUTCOME, **SCORE}
BY_TYPE = {"conditional_gaps", "decompose", "disaggregate"}  # a number is a score there
SAME: dict[str, pd.DataFrame] = {
    "rows in another order": PEOPLE.sample(frac=1, random_state=3), "one index for all": PEOPLE.set_axis([0] * N),
    "categories, one unused": PEOPLE.assign(sex=pd.Categorical(PEOPLE["sex"], categories=["X", "M", "F"]), unit=PEOPLE["unit"].astype("category")),
    "nullable": PEOPLE.convert_dtypes(), "objects": PEOPLE.astype(dict.fromkeys(("sex", "top", "unit"), object)),
    "two columns of a name that is not asked for": pd.concat([PEOPLE, *[PEOPLE[["years"]].set_axis(["z"], axis=1)] * 2], axis=1),
    "a column with a number for a name": pd.concat([PEOPLE, pd.Series(1, index=PEOPLE.index, name=7)], axis=1)}


def figures(found: pd.DataFrame) -> np.ndarray:
    return found.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("name", ALL)
def test_the_same_people_in_another_frame_give_the_same_figures(name, kind):
    given = SAME[kind].copy()
    np.testing.assert_allclose(figures(ALL[name](given)), figures(ALL[name](PEOPLE)), rtol=1e-6, atol=1e-9)
    assert given.equals(SAME[kind])


@pytest.mark.parametrize("name", ALL)
def test_polars_and_duckdb_are_read_as_well(name):
    expected = figures(ALL[name](PEOPLE))
    np.testing.assert_allclose(figures(ALL[name](pl.from_pandas(PEOPLE))), expected, rtol=1e-9, atol=1e-12)
    ordered = duckdb.sql("select * from PEOPLE order by person_id")
    np.testing.assert_allclose(figures(ALL[name](ordered)), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", sorted(set(OUTCOME) - BY_TYPE))
def test_1_and_0_are_true_and_false(name):
    for kind in (int, float, "Int64", object):
        np.testing.assert_allclose(figures(ALL[name](PEOPLE.assign(top=PEOPLE["top"].astype(int).astype(kind)))), figures(ALL[name](PEOPLE)))


@pytest.mark.parametrize("words", [np.where(PEOPLE["top"], "yes", "no"), PEOPLE["top"].astype(str),
                                   pd.Series(np.where(PEOPLE["top"], "yes", True), dtype=object)])
@pytest.mark.parametrize("name", OUTCOME)
def test_a_word_is_no_outcome(name, words):
    """In Python "no" is as true as "yes"."""
    with pytest.raises(EstimationError, match=r"true or false|This statistic needs numbers"):
        ALL[name](PEOPLE.assign(top=words))


@pytest.mark.parametrize("name", sorted(set(OUTCOME) - BY_TYPE))
def test_a_rate_or_a_count_is_no_outcome(name):
    for values in (PEOPLE["score"], PEOPLE["top"] * 0.5, PEOPLE["top"] * 2):
        with pytest.raises(EstimationError, match="The outcome 'top' must be true or false"):
            ALL[name](PEOPLE.assign(top=values))


@pytest.mark.parametrize("name", SCORE)
def test_a_decimal_comma_is_read_and_an_endless_score_refused(name):
    commas = PEOPLE.assign(score=PEOPLE["score"].astype(str).str.replace(".", ","))
    np.testing.assert_allclose(figures(ALL[name](commas)), figures(ALL[name](PEOPLE)), rtol=1e-9)
    with pytest.raises(EstimationError, match="finite"):
        ALL[name](PEOPLE.assign(score=PEOPLE["score"].where(PEOPLE.index != 3, np.inf)))


@pytest.mark.parametrize("name", ALL)
def test_a_misspelt_column_names_the_near_one_and_two_of_a_name_are_refused(name):
    with pytest.raises(EstimationError, match=re.escape("no column 'sex' in the frame; did you mean 'Sex'?")):
        ALL[name](PEOPLE.rename(columns={"sex": "Sex"}))
    with pytest.raises(EstimationError, match="several columns 'sex'"):
        ALL[name](pd.concat([PEOPLE, PEOPLE[["sex"]]], axis=1))
    with pytest.raises(EstimationError, match="not as dict"):
        ALL[name](PEOPLE.to_dict("list"))


@pytest.mark.parametrize("name", sorted(set(ALL) - {"disaggregate", "disaggregate, score"}))
def test_groups_may_be_numbers(name, monkeypatch):
    """1, 1.0 and "1" name one group, in the frame and in the reference."""
    coded = {"F": 0, "M": 1}
    expected = figures(ALL[name](PEOPLE))
    for kind, reference in (("int64", 1), ("float64", 1), ("Int64", 1.0), (str, 1)):
        monkeypatch.setitem(SEX, "reference", reference)
        monkeypatch.setitem(TOP, "reference", reference)
        given = PEOPLE.assign(sex=PEOPLE["sex"].map(coded).astype(kind))
        if name in ("false_within", "within_p_values"):
            more = {"draws": 5} if name == "false_within" else {}
            found = getattr(fairness, name)(given, references={"sex": reference}, outcomes=["top"], **more)
        elif name in ("specifications", "decompose", "decompose, score"):
            options = {"outcome": name[9:].strip(", ") or "top", "covariates": ["years", "unit"]}
            options = options if name != "specifications" else {"outcomes": ["top"], "exclusions": [], "adjustments": {"none": []}}
            found = getattr(fairness, name.partition(",")[0])(given, **SEX, group=0, **options)
        else:
            found = ALL[name](given)
        np.testing.assert_allclose(figures(found), expected, rtol=1e-6)


def test_a_reference_that_nobody_has_is_told_with_the_groups_there_are():
    for use in (fairness.rate_gaps, fairness.adverse_impact):
        with pytest.raises(EstimationError, match="there are F, M"):
            use(PEOPLE, attribute="sex", outcome="top", reference="Q")


def test_groups_with_the_names_of_nothing_are_groups():
    rows = PEOPLE.assign(sex=np.where(np.arange(N) % 3 == 0, "nan", np.where(np.arange(N) % 3 == 1, "None", "<script>")))
    rows.loc[0, "sex"] = None
    found = fairness.rate_gaps(rows, attribute="sex", outcome="top", reference="None")
    assert found["group"].dropna().str.contains("nan|<script>").all() and len(found) == 5
    table = fairness.disaggregate(rows, attributes=["sex"], outcome="top", min_group=1)
    assert sorted(table["group"]) == ["<script>", "None", "nan", "total", "unknown"]
    assert int(table.set_index("group").loc["unknown", "n"]) == 1


def test_an_exclusion_that_is_missing_leaves_nobody_out():
    rows = PEOPLE.assign(head=pd.Series([True, None] * (N // 2), dtype="boolean"))
    found = fairness.specifications(rows, **SEX, group="F", outcomes=["top"], exclusions=["head"], adjustments={"none": []})
    assert found["n"].tolist() == [N, N // 2]


def test_answers_go_with_their_groups_by_the_index_or_are_refused():
    answers = pd.DataFrame(RNG.integers(0, 2, (60, 4)), columns=list("abcd"))
    group = pd.Series(["F", "M"] * 30)
    base = fairness.item_functioning(answers, group, focal="F", reference="M")
    moved = fairness.item_functioning(answers.sample(frac=1, random_state=1), group, focal="F", reference="M")
    np.testing.assert_allclose(figures(moved), figures(base))
    twice = fairness.item_functioning(answers.set_axis([0] * 60), group.set_axis([0] * 60), focal="F", reference="M")
    np.testing.assert_allclose(figures(twice), figures(base))
    with pytest.raises(EstimationError, match="by their index"):
        fairness.item_functioning(answers.set_axis([0] * 60), group, focal="F", reference="M")
    for bad in (answers.replace({0: "no", 1: "yes"}), answers * 2):
        with pytest.raises(EstimationError, match="must be 0 or 1"):
            fairness.item_functioning(bad, group, focal="F", reference="M")
    with_numbers = fairness.item_functioning(answers.set_axis(range(4), axis=1), group.map({"F": 0, "M": 1}), focal=0, reference=1)  # type: ignore[arg-type]
    np.testing.assert_allclose(figures(with_numbers), figures(base))


def test_a_spread_that_is_small_beside_the_mean_is_kept():
    """Sums of squares lose it: rupiah, or days since 1970."""
    values = np.where(PEOPLE["top"], 1e6, 1e6 + 1e-3) + PEOPLE["years"] * 1e-3
    for given in (PEOPLE.assign(score=values), pl.from_pandas(PEOPLE.assign(score=values))):
        found = fairness.disaggregate(given, attributes=["sex"], outcome="score").set_index("group")
        for sex in "FM":
            own = values[PEOPLE["sex"] == sex]
            assert found.loc[sex, "mean"] == pytest.approx(own.mean(), rel=1e-14)
            assert found.loc[sex, "sd"] == pytest.approx(own.std(), rel=1e-6)


@pytest.mark.parametrize("wrong", [{"n": 0.6}, {"n": "six"}, {"n": np.nan}, {"expected": np.inf}, {"rated": 12}])
def test_bounds_take_counts(wrong):
    with pytest.raises(EstimationError):
        fairness.bounds(pd.DataFrame({"n": [6], "rated": [8], "expected": [10]}).assign(**wrong))


def test_days_and_ratings_that_are_none_are_refused():
    rows = pd.DataFrame({"person_id": ["a"], "valid_from": ["x"], "valid_to": [None]})
    with pytest.raises(EstimationError, match="must be dates"):
        fairness.attributes_at(rows, date(2026, 3, 31))
    for call in (lambda: fairness.components([["a", 1]]), lambda: fairness.components([[1, np.inf], [2, 1]]),
                 lambda: fairness.prmse(["x", 1], [[1, 2], [2, 1]])):
        with pytest.raises(EstimationError, match=r"must be|holds no finite"):
            call()
