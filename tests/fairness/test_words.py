"""Every reason that a stage gives has its sentence in both languages."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.fairness.adverse_impact import adverse_impact_counts
from evalkit.fairness.disaggregate import disaggregate
from evalkit.fairness.gaps import rate_gaps, standardised_gaps
from evalkit.fairness.missing_bounds import bounds
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
    return set(pd.concat([f["reason"].dropna().astype(object) for f in frames]))


def test_every_reason_has_its_words_and_every_word_its_reason():
    known = {k.removeprefix("group_reason.") for k in catalogue() if k.startswith("group_reason.")}
    assert reasons() == known - {"four_fifths"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_mark_says_how_often_a_fair_process_is_marked(language):
    assert "28" in say("group_reason.four_fifths", language, share=28)
