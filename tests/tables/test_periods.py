"""Periods: one grammar, whole days, steps back and forth."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import StudyError
from evalkit.tables.deadline import due_at
from evalkit.tables.periods import MONTHS_IN, Period, covering, parse
from evalkit.tables.study import Study

PERIODS = st.builds(covering, st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.sampled_from(sorted(MONTHS_IN)))


@given(PERIODS)
def test_text_and_period_are_the_same_thing(period: Period) -> None:
    assert parse(period.text) == period
    assert parse(f" {period.text.lower()} ") == period


@given(PERIODS, st.integers(-40, 40))
def test_steps_back_are_undone_by_steps_forward(period: Period, n: int) -> None:
    assert period.previous(n).previous(-n) == period
    assert period.previous(n).kind == period.kind


@given(PERIODS)
def test_periods_of_a_kind_follow_one_another_without_gap(period: Period) -> None:
    assert period.previous(-1).start == period.end + timedelta(days=1)
    assert period.start.day == 1
    assert covering(period.start, period.kind) == covering(period.end, period.kind) == period


@given(st.text(max_size=12))
def test_any_text_is_a_period_or_a_sentence(text: str) -> None:
    try:
        assert parse(text).text == text.strip().upper()
    except StudyError as error:
        assert "2026-Q3" in str(error)


@pytest.mark.parametrize("text", ["", "2026-13",
                                  "2026-00", "2026-Q0", "2026-Q5", "2026-S3", "26-Q1", "2026-9", "2026/09", "2026-W1", "٢٠٢٦"])
def test_near_misses_are_refused(text: str) -> None:
    with pytest.raises(StudyError, match="2026-09"):
        parse(text)


def test_a_semester_holds_its_quarters_and_no_others() -> None:
    assert [parse("2026-S2").contains(parse(f"2026-Q{q}")) for q in (1, 2, 3, 4)] == [False, False, True, True]
    assert parse("2026").contains(parse("2026-S1"))


def test_due_day_is_counted_from_the_last_day(study: Study) -> None:
    assert due_at(parse("2026-Q3"), study) == date(2026, 10, 14)


@pytest.mark.parametrize(("text", "indonesian", "english"), [
    ("2026-Q3", "Juli–September 2026 (Triwulan III)", "July–September 2026 (Quarter III)"),
    ("2026-S2", "Juli–Desember 2026 (Semester II)", "July–December 2026 (Semester II)"),
    ("2026-02", "Februari 2026", "February 2026"), ("2025", "Tahun 2025", "2025")])
def test_labels(text: str, indonesian: str, english: str) -> None:
    assert (parse(text).label("id"), parse(text).label("en")) == (indonesian, english)
