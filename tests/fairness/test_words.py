"""Every reason that a stage gives has its sentence in both languages."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.fairness.adverse_impact import adverse_impact_counts
from evalkit.fairness.conditional_gaps import conditional_gaps
from evalkit.fairness.decomposition import decompose
from evalkit.fairness.disaggregate import disaggregate
from evalkit.fairness.gaps import rate_gaps, standardised_gaps
from evalkit.fairness.item_functioning import item_functioning
from evalkit.fairness.item_regression import item_regression
from evalkit.fairness.missing_bounds import bounds
from evalkit.fairness.true_score import true_score_gaps
from evalkit.fairness.within_adjusted import within_rater_adjusted
from evalkit.fairness.within_equivalence import within_equivalence
from evalkit.fairness.within_rater import within_rater
from evalkit.language.catalogue import catalogue, say


def reasons() -> set[str]:
    """The reasons of every stage of the room, from data that bring them about."""
    people = pd.DataFrame({"person_id": range(6), "g": ["a", "a", "a", "b", "b", None], "s": [1.0] * 6,
                           "top": pd.Series([False, False, False, True, None, None], dtype="boolean")})
    frames = [
        bounds(pd.DataFrame({"n": [0, 0], "rated": [0, 0], "expected": [4, 0]})),
        disaggregate(people, attributes=["g"], outcome="top", levels={"g": ["z"]}, min_group=3),
        rate_gaps(people, attribute="g", outcome="top", reference="a"),
        standardised_gaps(people, attribute="g", score="s", reference="a"),
        standardised_gaps(people.iloc[[0, 3]], attribute="g", score="s", reference="a"),
        adverse_impact_counts({"a": (1, 2), "b": (0, 0), "unknown": (1, 1)}),
        adverse_impact_counts({"a": (0, 2), "b": (0, 2)})]
    frames += [*within(), *others()]
    return set(pd.concat([f["reason"].dropna().astype(object) for f in frames]))


def within() -> list[pd.DataFrame]:
    """Comparisons within evaluators that cannot be made, each for another reason."""
    rows = pd.DataFrame({"person_id": range(6), "rater_id": list("eeefff"), "period": "p", "sex": ["F", "M", "M", "F", "F", "M"],
                         "top": [False] * 6, "years": range(6)})
    some, ask = rows.assign(top=[True, False] * 3), {"attribute": "sex", "outcome": "top", "reference": "M"}
    twice = pd.concat([some, some.assign(period="q")])
    parted = pd.DataFrame({"person_id": range(80), "rater_id": [i // 4 for i in range(80)], "period": "p", "sex": ["F", "F", "M", "M"] * 20,
                           "top": [True, True, False, False] * 20})
    adjusted = [within_rater_adjusted(part, covariates=["years"], **ask)
                for part in (some, twice, parted.assign(years=parted["top"].astype(float)))]
    apart = pd.DataFrame({"person_id": range(400), "rater_id": [i // 4 for i in range(400)], "period": "p", "sex": ["F", "F", "M", "M"] * 100,
                          "top": [True, True, False, True] * 50 + [False, True, False, False] * 50})
    margins = [within_equivalence(part, margin=m, **ask) for part, m in ((apart, 0.05), (apart, 0.9), (rows, 0.05))]
    return [*adjusted, *margins, *(within_rater(part, **ask) for part in (
        rows, rows.assign(rater_id=rows["sex"]), rows.assign(sex="F"), twice, parted, some.iloc[:3]))]


def others() -> list[pd.DataFrame]:
    """Items, parts of a gap, gaps under conditions and double ratings that have no answer."""
    people = pd.DataFrame({"g": ["a", "b"] * 20, "unit": ["u", "v"] * 20, "x": range(40), "same": 1, "y": [float(i % 7) for i in range(40)]})
    answers = pd.DataFrame({c: [0, 1] * 20 for c in "abc"})
    marked = pd.DataFrame({"a": [1] * 20 + [0] * 20, "b": [1] * 20 + [0] * 20, "c": [0] * 20 + [1] * 20, "d": [0] * 20 + [1] * 20})
    marked.iloc[::7] = 1 - marked.iloc[::7]
    sides = pd.Series(["a"] * 20 + ["b"] * 20)
    split = {"attribute": "g", "outcome": "y", "group": "a", "reference": "b"}
    double = {"attribute": "g", "ratings": ["x", "y"], "reference": "a", "draws": 2}
    return [
        conditional_gaps(people, attribute="g", outcome="y", reference="a", conditions=[["unit"]]),
        item_functioning(answers[["a", "b"]], people["g"], focal="a", reference="b"), item_functioning(marked, sides, focal="b", reference="a"),
        item_regression(answers.assign(c=1), people["g"], focal="a", reference="b"),
        decompose(people.iloc[:6], covariates=["x"], **split), decompose(people, covariates=["same"], **split),
        true_score_gaps(people.iloc[:4], **double), true_score_gaps(people.assign(x=people["same"], y=people["same"]), **double)]


def test_every_reason_has_its_words_and_every_word_its_reason():
    known = {k.removeprefix("group_reason.") for k in catalogue() if k.startswith("group_reason.")}
    assert reasons() == known - {"four_fifths"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_mark_says_how_often_a_fair_process_is_marked(language):
    assert "28" in say("group_reason.four_fifths", language, share=28)
