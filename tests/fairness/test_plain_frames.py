"""Tables that outsiders bring to the statistics on groups: numbers kept as objects, days of several kinds, tables that are no table."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.fairness import (
    adverse_impact,
    adverse_impact_counts,
    agreement_of_specifications,
    attributes_at,
    bounds,
    decompose,
    disaggregate,
    impact_estimates,
    item_functioning,
    item_regression,
    linked_gaps,
    specifications,
    within_rater_adjusted,
)

RNG = np.random.default_rng(4)
PEOPLE = pd.DataFrame({"person_id": range(240), "rater_id": np.arange(240) // 6, "period": "p", "sex": RNG.choice(["F", "M"], 240),
                       "years": RNG.normal(10, 3, 240).round(1), "head": RNG.random(240) < 0.1, "top": RNG.random(240) < 0.4})
PEOPLE["score"] = 50 + 2 * PEOPLE["years"] + RNG.normal(size=240)


def test_numbers_kept_as_objects_stay_numbers():
    """A column of objects became a group for each number, and the answer that there are too few people."""
    objects = PEOPLE.astype(object)
    for call in (lambda d: decompose(d, attribute="sex", outcome="score", group="F", reference="M", covariates=["years"]),
                 lambda d: within_rater_adjusted(d, attribute="sex", outcome="top", reference="M", covariates=["years"])):
        pd.testing.assert_frame_equal(call(objects), call(PEOPLE))
    with pytest.raises(EstimationError, match="values of 'years': row 1 holds no finite number"):
        within_rater_adjusted(PEOPLE.assign(years=np.inf), attribute="sex", outcome="top", reference="M", covariates=["years"])


def test_scores_and_outcomes_are_read_as_elsewhere():
    told = disaggregate(PEOPLE, attributes=["sex"], outcome="score")
    for kept in (PEOPLE.astype({"score": str}), PEOPLE.astype({"score": "category"}), PEOPLE.astype({"score": "Float64"})):
        pd.testing.assert_frame_equal(disaggregate(kept, attributes=["sex"], outcome="score"), told)
    marked = disaggregate(PEOPLE, attributes=["sex"], outcome="top")
    pd.testing.assert_frame_equal(disaggregate(PEOPLE.astype({"top": "category"}), attributes=["sex"], outcome="top"), marked)


@pytest.mark.parametrize("wrong", [["a"], {"a"}, {"a": 1}])
def test_a_cell_holds_one_value(wrong):
    odd = PEOPLE.assign(sex=[wrong, *PEOPLE["sex"][1:]])
    for call in (lambda d: adverse_impact(d, attribute="sex", outcome="top"), lambda d: disaggregate(d, attributes=["sex"], outcome="top")):
        with pytest.raises(EstimationError, match="Column 'sex', row 1 holds several values"):
            call(odd)


FROM, TO = ["2020-01-01", "2026-04-01"], ["2026-03-31", None]


@pytest.mark.parametrize("read", [lambda v: v, pd.to_datetime, lambda v: [None if d is None else date.fromisoformat(d) for d in v],
                                  lambda v: pd.to_datetime(v).tz_localize("Asia/Makassar"), lambda v: pd.Series(v, dtype="string"),
                                  lambda v: [None if d is None else f"{d} 00:00" for d in v],
                                  lambda v: pd.array([None if d is None else int(d.replace("-", "")) for d in v], dtype="Int64")])
@pytest.mark.parametrize("index", [[7, 7], pd.Index(["a", "b"], name="person_id")])
def test_days_are_read_from_every_kind_of_column(read, index):
    plain = pd.DataFrame({"person_id": ["a", "a"], "grade": ["III/a", "III/b"]})
    rows = plain.assign(valid_from=pd.Series(read(FROM)), valid_to=pd.Series(read(TO))).set_axis(index)
    assert attributes_at(rows, date(2026, 3, 31))["grade"].tolist() == ["III/a"]
    assert attributes_at(rows, date(2026, 4, 1))["grade"].tolist() == ["III/b"]
    assert attributes_at(rows, date(2020, 1, 1))["grade"].tolist() == ["III/a"]


@pytest.mark.parametrize("day", ["kemarin", "31/03/2026", 1.5])
def test_a_day_that_is_none_is_refused_without_a_guess(day):
    """1/2/2026 was the second of January, whatever the office meant."""
    rows = pd.DataFrame({"person_id": ["a"], "valid_from": [day], "valid_to": [None]})
    with pytest.raises(EstimationError, match="days in valid_from must be dates, such as 2026-04-01"):
        attributes_at(rows, date(2026, 3, 31))


def test_agreement_of_specifications_reads_its_table():
    table = specifications(PEOPLE, attribute="sex", group="F", reference="M", outcomes=["top"], exclusions=["head"],
                           adjustments={"none": [], "evaluator": ["rater_id"]})
    told = agreement_of_specifications(table)
    kept = [table.set_index("outcome", drop=False), table.astype({"estimate": str, "conf_low": "category"}), table.convert_dtypes()]
    for given in kept:
        pd.testing.assert_frame_equal(agreement_of_specifications(given), told)
    for wrong, said in ((table.drop(columns="conf_low"), "no column 'conf_low'"),
                        (table.assign(estimate="besar"), "'estimate': row 1 holds no finite number"),
                        ({"a": 1}, "frame of pandas")):
        with pytest.raises(EstimationError, match=said):
            agreement_of_specifications(wrong)


def test_tables_of_adverse_impact_are_read_or_refused():
    table = adverse_impact(PEOPLE, attribute="sex", outcome="top")
    pd.testing.assert_frame_equal(impact_estimates(table.astype(object)), impact_estimates(table))
    for wrong, said in ((None, "frame of pandas"), (table.drop(columns="p_value"), "no column 'p_value'"),
                        (table.astype(object).assign(impact_ratio="kecil"), "'impact_ratio': row 1 holds no finite number")):
        with pytest.raises(EstimationError, match=said):
            impact_estimates(wrong)
    for wrong in ([("a", 5, 10)], {"a": 5}, {"a": "ab"}):
        with pytest.raises(EstimationError, match="people with the outcome, people"):
            adverse_impact_counts(wrong)
    for call in (lambda: bounds(None), lambda: attributes_at([1], date(2026, 1, 1))):
        with pytest.raises(EstimationError, match="frame of pandas"):
            call()


@pytest.mark.parametrize("statistic", [item_functioning, item_regression])
def test_groups_beside_answers_are_any_column(statistic):
    answers = pd.DataFrame(RNG.integers(0, 2, (120, 4)), columns=list("abcd"), index=np.arange(120)[::-1])
    group = ["F", "M", "M"] * 40
    told = statistic(answers, pd.Series(group, index=answers.index), focal="F", reference="M")
    for given in (group, np.array(group), pd.Categorical(group)):
        pd.testing.assert_frame_equal(statistic(answers, given, focal="F", reference="M"), told)
    for answered in (answers.convert_dtypes(), answers.astype(object), answers.astype(bool), answers.astype(str)):
        pd.testing.assert_frame_equal(statistic(answered, group, focal="F", reference="M"), told)
    for wrong in (group[:-1], "sex"):
        with pytest.raises(EstimationError, match=r"of shape \(120,\)"):
            statistic(answers, wrong, focal="F", reference="M")


def test_a_cluster_may_have_any_name():
    """It stood in a formula, which holds no blank."""
    rows = pd.DataFrame({"object_id": np.repeat([f"o{i}" for i in range(40)], 3), "rater_id": list("xyz") * 40,
                         "nomor peserta": np.repeat(range(20), 6), "sex": np.repeat(RNG.choice(["F", "M"], 20), 6),
                         "rating": RNG.integers(1, 6, 120)})
    told = linked_gaps(rows.rename(columns={"nomor peserta": "who"}), attribute="sex", reference="M", cluster="who")
    pd.testing.assert_frame_equal(linked_gaps(rows, attribute="sex", reference="M", cluster="nomor peserta"), told)
