"""Whatever comes as a column: numbers, marks and labels of any type; what cannot be read is a sentence; nothing depends on the order of rows."""

from __future__ import annotations

import math
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from evalkit import impact
from evalkit.errors import EstimationError
from evalkit.impact.panel import make_panel
from evalkit.impact.power import Design
from evalkit.impact.question import Question

N = 64
_RNG = np.random.default_rng(0)
Y, X, SENT, UNIT = _RNG.normal(50, 10, N), _RNG.normal(50, 10, N), np.arange(N) % 2 == 0, np.arange(N) // 4
RATINGS = pd.DataFrame({"rater_id": list("aabb"), "object_id": [1, 2, 1, 2], "item": 1, "rating": [3, 4, 3, 5]})
MEASURES = pd.DataFrame({"person_id": ["a"], "unit_id": ["x"], "competence": "k", "source": "s", "value": [2.0], "scale_min": 1.0, "scale_max": 5.0})
HOURS = pd.DataFrame({"person_id": ["a"], "unit_id": ["x"], "employment": ["pns"], "hours": [8.0]})
LIST = pd.DataFrame({"person_id": ["a", "b"], "unit_id": ["x", None]})
PLACE = pd.DataFrame({"person_id": range(N), "invited": SENT, "assigned_by": "drawn"})

# every function of the room that takes outcomes or scores, marks, and units
OF_NUMBERS = {
    "ancova": lambda v: impact.ancova(v, SENT, X, UNIT, wild=False), "ancova score": lambda v: impact.ancova(Y, SENT, v, UNIT, wild=False),
    "lee": lambda v: impact.lee_bounds(v, SENT), "manski": lambda v: impact.manski_bounds(v, SENT, lowest=0, highest=100),
    "baseline": lambda v: impact.baseline_equivalence(v, SENT), "jump": lambda v: impact.discontinuity(v, X, 50.0),
    "jump score": lambda v: impact.discontinuity(Y, v, 50.0), "density": lambda v: impact.density_at_cut(v, 50.0),
    "intraclass": lambda v: impact.intraclass(v, UNIT), "compliers": lambda v: impact.complier_effect(v, SENT, SENT, X, UNIT),
    "alone before": lambda v: impact.selection_alone(v, Y, SENT, UNIT), "alone after": lambda v: impact.selection_alone(X, v, SENT, UNIT),
    "side": lambda v: impact.side_of_cut(pd.Series(v), 50.0).tolist(),
    "power": lambda v: impact.power_of(Design(10, 20), v).tolist(),
    "panel": lambda v: make_panel(PLACE, pd.DataFrame({"person_id": range(N), "period": 1, "value": v})).value.tolist(),
}
OF_MARKS = {
    "ancova": lambda v: impact.ancova(Y, v, X, UNIT, wild=False), "lee": lambda v: impact.lee_bounds(Y, v),
    "stayed": lambda v: impact.attrition(v, SENT), "sent": lambda v: impact.attrition(SENT, v),
    "baseline": lambda v: impact.baseline_equivalence(Y, v), "compliers": lambda v: impact.complier_effect(Y, v, SENT, X, UNIT),
    "alone": lambda v: impact.selection_alone(X, Y, v, UNIT),
}
OF_LABELS = {
    "ancova": lambda v: impact.ancova(Y, SENT, X, v, wild=False), "strata": lambda v: impact.ancova(Y, SENT, X, UNIT, strata=v, wild=False),
    "compliers": lambda v: impact.complier_effect(Y, SENT, SENT, X, v), "intraclass": lambda v: impact.intraclass(Y, v),
    "alone": lambda v: impact.selection_alone(X, Y, SENT, v),
}


def same(one, other):
    assert repr(one) == repr(other)


@pytest.mark.parametrize("call", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_numbers_of_any_type_are_the_same_numbers(call):
    plain, gap = np.round(Y, 3), np.where(np.arange(N) == 5, np.nan, np.round(Y, 3))
    texts = [str(v) for v in plain]
    for other in (plain.tolist(), pd.Series(plain, index=range(N)[::-1]), texts, pd.Series(texts, dtype="string"), [Decimal(t) for t in texts]):
        same(call(other), call(plain))
    for other in (pd.array([None if np.isnan(v) else v for v in gap], dtype="Float64"), [None if np.isnan(v) else v for v in gap],
                  ["" if np.isnan(v) else str(v).replace(".", ",") for v in gap]):
        same(call(other), call(gap))


@pytest.mark.parametrize("call", OF_NUMBERS.values(), ids=OF_NUMBERS)
@pytest.mark.parametrize("first", ["Siti", "Baik", math.inf, -math.inf])
def test_what_is_no_finite_number_is_a_sentence_without_the_value(call, first):
    bad = [first, *Y[1:].tolist()]
    with pytest.raises(EstimationError, match="numbers") as told:
        call(bad)
    assert "Siti" not in str(told.value)


@pytest.mark.parametrize("call", OF_MARKS.values(), ids=OF_MARKS)
def test_marks_of_any_type_are_the_same_marks(call):
    for other in (SENT.tolist(), SENT.astype(int), SENT.astype(float), pd.Series(SENT, dtype="boolean"), pd.Series(SENT, dtype="Int64"),
                  SENT.astype(object)):
        same(call(other), call(SENT))


@pytest.mark.parametrize("call", OF_MARKS.values(), ids=OF_MARKS)
@pytest.mark.parametrize("bad", [np.where(SENT, "yes", "no"), np.where(SENT, "1", "0"), np.where(SENT, 2, 0), [None, *SENT[1:]],
                                 np.r_[np.nan, SENT[1:]], pd.array([None, *SENT[1:]], dtype="boolean")],
                         ids=["words", "digits", "two", "none", "nan", "NA"])
def test_a_word_or_a_gap_is_no_mark(call, bad):
    """In Python "no", "0" and nan are all true: everybody would have been sent."""
    with pytest.raises(EstimationError, match="Whether somebody was"):
        call(bad)


def test_in_a_list_a_missing_mark_says_not_invited_and_a_word_is_refused():
    found = impact.read_assignment(PLACE.assign(invited=np.where(SENT, 1.0, np.nan)))
    assert (found.n, found.n_sent) == (N, N // 2)
    for bad in (np.where(SENT, "yes", "no"), np.where(SENT, "1", "0"), np.where(SENT, 2, 0)):
        with pytest.raises(EstimationError, match="invited"):
            impact.read_assignment(PLACE.assign(invited=bad))
        with pytest.raises(EstimationError, match="invited"):
            impact.assess(Question("c", "score"), PLACE.assign(invited=bad), pd.DataFrame({"person_id": range(N), "period": 1, "value": Y}))
    with pytest.raises(EstimationError, match="numbers"):
        impact.read_assignment(PLACE.assign(assigned_by="score", score=X, cut="enam puluh"))


def test_who_went_may_be_missing_but_is_no_word():
    gap = np.where(np.arange(N) == 3, np.nan, SENT)
    kept = np.arange(N) != 3
    same(impact.complier_effect(Y, SENT, gap, X, UNIT), impact.complier_effect(Y[kept], SENT[kept], SENT[kept], X[kept], UNIT[kept]))
    for bad in (np.where(SENT, "yes", "no"), np.where(SENT, 2, 0)):
        with pytest.raises(EstimationError):
            impact.complier_effect(Y, SENT, bad, X, UNIT)


@pytest.mark.parametrize("call", OF_LABELS.values(), ids=OF_LABELS)
def test_units_of_any_type_and_with_gaps(call):
    for other in (UNIT.tolist(), UNIT.astype(float), pd.Series(UNIT, dtype="Int64"), pd.Series(UNIT).astype("category")):
        same(call(other), call(UNIT))
    gaps = [[None if u == 3 else int(u) for u in UNIT], np.where(UNIT == 3, np.nan, UNIT), [None if u == 3 else f"u{u:02d}" for u in UNIT],
            pd.array([None if u == 3 else f"u{u:02d}" for u in UNIT], dtype="string"), ["x" if u == 3 else int(u) for u in UNIT]]
    told = [call(g) for g in gaps]
    assert all(type(t) is type(told[0]) for t in told)
    same(told[2], told[3])


def test_people_without_a_unit_are_one_witness():
    lost = [None if u < 8 else f"u{u:02d}" for u in UNIT]
    assert impact.ancova(Y, SENT, X, lost, wild=False).n_clusters == 9


@pytest.mark.parametrize("call", [
    lambda: impact.ancova(Y, SENT, X, UNIT[1:]), lambda: impact.lee_bounds(Y, SENT[1:]),
    lambda: impact.manski_bounds(Y, SENT[1:], lowest=0, highest=100),
    lambda: impact.attrition(SENT, SENT[1:]), lambda: impact.baseline_equivalence(Y, SENT[:1]), lambda: impact.discontinuity(Y, X[1:], 50.0),
    lambda: impact.intraclass(Y, UNIT[1:]), lambda: impact.complier_effect(Y, SENT, SENT[1:], X, UNIT),
    lambda: impact.selection_alone(X, Y[1:], SENT, UNIT)])
def test_columns_of_other_people_are_refused(call):
    with pytest.raises(EstimationError, match="one entry each"):
        call()


@pytest.mark.parametrize("call", [
    lambda: impact.discontinuity(Y, X, math.nan), lambda: impact.density_at_cut(X, math.nan),
    lambda: impact.discontinuity(Y, X, 50.0, sent_if="left"),
    lambda: impact.density_at_cut(X, 50.0, at_cut="both"), lambda: impact.allowed_difference(math.nan), lambda: impact.allowed_difference(-0.1),
    lambda: impact.allowed_difference(1.2), lambda: impact.allowed_difference(0.1, "hopeful"),
    lambda: impact.manski_bounds(Y, SENT, lowest=math.nan, highest=9),
    lambda: impact.manski_bounds(np.full(N, np.nan), SENT, lowest=9, highest=1), lambda: Design("10", 20), lambda: Design(math.inf, 20),
    lambda: Design(10, 20, drawn="room"), lambda: impact.power_of(Design(10, 20), "large"),
    lambda: impact.draw_waves(LIST, [1.5], seed=1, name="c"), lambda: impact.draw_waves(LIST, [math.nan], seed=1, name="c"),
    lambda: impact.draw_waves(LIST.assign(person_id=[None, "b"]), [1], seed=1, name="c"),
    lambda: impact.draw_waves(LIST[["person_id"]], [1], seed=1, name="c"),
    lambda: impact.rater_outcomes(RATINGS.assign(rating="baik")), lambda: impact.rater_outcomes(RATINGS.assign(rating=[3, 4, math.inf, 5])),
    lambda: impact.rater_outcomes(RATINGS.assign(expert="baik")), lambda: impact.competence_needs(MEASURES.assign(value="baik")),
    lambda: impact.competence_needs(MEASURES.drop(columns="scale_max")), lambda: impact.hours_due(HOURS.assign(hours="banyak")),
    lambda: impact.hours_due(HOURS.drop(columns="hours"))])
def test_what_is_no_question_is_a_sentence(call):
    with pytest.raises(EstimationError):
        call()


def test_a_lottery_gives_no_more_seats_than_there_are():
    people = pd.DataFrame({"person_id": range(50), "unit_id": None})
    assert impact.draw_waves(people, [10.0, np.int64(7)], seed=3, name="c")["wave"].value_counts().to_dict() == {1: 10, 2: 7}
    assert impact.draw_waves(people.iloc[:0], [3], seed=3, name="c").empty
    assert impact.draw_waves(people, [], seed=3, name="c")["wave"].isna().all()


def test_rows_that_name_nobody_are_left_out():
    lost = RATINGS.assign(rater_id=["a", None, "b", "b"])
    same(impact.rater_outcomes(lost), impact.rater_outcomes(lost.dropna()))
    first = RATINGS.assign(round=[None, "b", None, "b"])
    assert set(impact.rater_outcomes(first)["round"]) == {"", "b"}


@pytest.mark.parametrize("n", [0, 1, 2])
def test_nobody_or_hardly_anybody_is_an_answer(n):
    y, x, sent, unit = Y[:n], X[:n], SENT[:n], UNIT[:n]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = (impact.ancova(y, sent, x, unit), impact.discontinuity(y, x, 50.0), impact.density_at_cut(x, 50.0),
                impact.selection_alone(x, y, sent, unit))
        assert all(t.reason for t in told)
        assert impact.complier_effect(y, sent, sent, x, unit) is None
        assert math.isnan(impact.intraclass(y, unit))
        assert impact.baseline_equivalence(y, sent).band == "not_estimable"
        if n < 2:
            assert {impact.lee_bounds(y, sent).reason, impact.manski_bounds(y, sent, lowest=0, highest=100).reason,
                    impact.attrition(sent, sent).reason} == {"one_group_empty"}


def numbers_of(order):
    """Every function that takes rows of people, with the rows in this order."""
    y, x, sent, unit, gone = Y[order], X[order], SENT[order], UNIT[order], np.where(np.arange(N) % 7 == 0, np.nan, Y)[order]
    line, jump = impact.ancova(y, sent, x, unit, shape=True), impact.discontinuity(np.tile(y, 4), np.add.outer(np.arange(4) / 9, x).ravel(), 50.0)
    went, alone = impact.complier_effect(y, sent, sent, x, unit), impact.selection_alone(x, y, sent, unit)
    lee, wide, left = impact.lee_bounds(gone, sent), impact.manski_bounds(gone, sent, lowest=0, highest=100), impact.attrition(~np.isnan(gone), sent)
    raters = impact.rater_outcomes(pd.DataFrame({"rater_id": order % 4, "object_id": unit % 8, "item": unit // 8, "rating": np.round(y / 10)}))
    needs = impact.competence_needs(pd.DataFrame({"person_id": order, "unit_id": unit % 3, "competence": "k", "source": "s", "value": y.clip(1, 99),
                                                  "scale_min": 0.0, "scale_max": 100.0}))
    return [line.effect.estimate, line.effect.std_error, line.effect.df, line.effect.wild_p, line.linearity_p, jump.estimate,
            jump.conf_low, jump.bandwidth, went.conf_low, went.conf_high, alone.expected, alone.low, lee.low, lee.high, wide.low, left.difference,
            impact.intraclass(y, unit), impact.baseline_equivalence(y, sent).difference, *raters["value"], *needs["level"]]


def test_the_order_of_rows_changes_nothing():
    first = numbers_of(np.arange(N))
    assert not np.isnan(first).any()
    assert numbers_of(np.random.default_rng(5).permutation(N)) == pytest.approx(first, rel=1e-9, abs=1e-12)
