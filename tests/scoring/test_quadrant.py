"""The quadrant over whole tables: total, and equal on every engine."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.instruments import quadrant as rule
from evalkit.scoring.quadrant import ADDED, predikat, score_quadrant
from evalkit.tables.schema import PREDIKAT, RATINGS, frame_of

words = st.one_of(st.none(), st.sampled_from((*RATINGS, "CUKUP", "")))
rows = st.lists(st.tuples(words, words, st.one_of(st.none(), st.sampled_from(PREDIKAT))), max_size=30)


def _frame(found):
    names = ("hasil_kerja", "perilaku_kerja", "predikat")
    return frame_of(pa.table({name: pa.array([row[i] for row in found], pa.string()) for i, name in enumerate(names)}))


@given(rows)
def test_every_row_has_an_answer_or_a_reason(found):
    out = score_quadrant(_frame(found)).astype(object)
    for (work, behaviour, filed), row in zip(found, out.to_dict("records"), strict=True):
        expected = rule.lookup(work, behaviour)
        answered = not pd.isna(row["predikat_quadrant"])
        assert answered == (expected is not None)
        assert (row["predikat_quadrant"] == expected) if answered else True
        assert row["quadrant_status"] == ("scored" if answered else "not_scored")
        assert pd.isna(row["quadrant_reason"]) == answered
        assert bool(row["contradicts"]) == rule.contradicts(work, behaviour, filed)


@pytest.mark.parametrize(("work", "behaviour", "reason"), [
    (None, None, "not_rated"), ("sesuai", None, "incomplete"), (None, "di_atas", "incomplete"), ("bagus", "sesuai", "unknown_rating"),
    (None, "bagus", "unknown_rating")])
def test_reasons(work, behaviour, reason):
    assert score_quadrant(_frame([(work, behaviour, "baik")]))["quadrant_reason"].tolist() == [reason]


def test_the_callers_frame_is_left_as_it_was():
    frame = _frame([("sesuai", "sesuai", "baik")])
    out = score_quadrant(frame)
    assert list(frame.columns) == ["hasil_kerja", "perilaku_kerja", "predikat"]
    assert list(out.columns) == [*frame.columns, *ADDED]


def test_a_frame_with_no_rows():
    assert len(score_quadrant(_frame([]))) == 0


@given(words, words)
def test_scalar_is_the_table_of_the_rule(work, behaviour):
    assert predikat(work, behaviour) == rule.lookup(work, behaviour)
