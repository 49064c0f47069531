"""What the impact room refuses in a sentence instead of taking it for something else."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from evalkit import impact
from evalkit.errors import EstimationError

PEOPLE = pd.DataFrame({"person_id": list("abcdefgh"), "unit_id": list("xxxxyyyy")})
MEASURES = PEOPLE.assign(competence="k", source="items", value=3.0, scale_min=1.0, scale_max=5.0)
VALUES = pd.DataFrame([(p, t, 1.0 * t) for p in "abcdefgh" for t in (1, 2, 3)], columns=["person_id", "period", "value"])
COURSE = PEOPLE.assign(wave=[2] * 3 + [None] * 5, invited=[True] * 3 + [False] * 5)


@pytest.mark.parametrize("call, told", [
    (lambda: impact.draw_waves(PEOPLE, 3, seed=1, name="c"), r"such as \[3\]"),
    (lambda: impact.draw_waves(pl.from_pandas(PEOPLE), [3], seed=1, name="c"), r"call its to_pandas\(\)"),
    (lambda: impact.draw_waves(PEOPLE.rename(columns={"unit_id": "unitid"}), [3], seed=1, name="c"), "did you mean 'unitid'"),
    (lambda: impact.draw_waves(pd.concat([PEOPLE, PEOPLE[["unit_id"]]], axis=1), [3], seed=1, name="c"), "several columns 'unit_id'"),
    (lambda: impact.hours_due(PEOPLE.assign(employment="pns", hours=-8.0)), "below zero"),
    (lambda: impact.competence_needs(MEASURES.assign(value=9.0)), "outside its scale"),
    (lambda: impact.competence_needs(pd.concat([MEASURES, MEASURES])), "two measures of one competence"),
    (lambda: impact.make_panel(pd.concat([COURSE, COURSE]), VALUES), "two rows"),
    (lambda: impact.keep(impact.make_panel(COURSE, VALUES), "all"), "'all' is unknown; take 'all_available' or 'balanced'"),
    (lambda: impact.overall_weights(impact.group_time(impact.make_panel(COURSE, VALUES)), "mean"), "'mean' is unknown"),
    (lambda: impact.clusters_for(impact.Design(clusters=2, span=20), 0.3, 2), "must lie between 0 and 1"),
])
def test_it_is_told_in_a_sentence(call, told):
    with pytest.raises(EstimationError, match=told):
        call()


def test_scores_at_a_cut_may_be_a_list():
    assert impact.side_of_cut([58.0, 60.0, 62.0], 60).tolist() == [True, False, False]
    assert impact.competence_needs(MEASURES, least=1)["below"].tolist() == [8, 4, 4]


def test_a_small_unit_cannot_be_worked_out_from_the_city_and_the_other_units():
    units = ["a"] * 3 + ["b"] * 12 + ["c"] * 20
    rows = pd.DataFrame({"person_id": range(35), "unit_id": units, "competence": "k", "source": "items", "value": 2.0, "scale_min": 1.0,
                         "scale_max": 5.0})
    found = impact.competence_needs(rows).set_index("unit_id")
    assert found["status"].to_dict() == {"": "estimated", "a": "withheld", "b": "withheld", "c": "estimated"}
    assert found.loc[["a", "b"], ["below", "level"]].isna().all(axis=None)
    enough = pd.concat([rows, rows.iloc[:8].assign(unit_id=None, person_id=range(100, 108))])  # eight without a unit hide the three
    assert impact.competence_needs(enough).set_index("unit_id")["status"].to_dict() == {"": "estimated", "a": "withheld", "b": "estimated",
                                                                                       "c": "estimated"}
