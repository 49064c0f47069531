from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.simulate.calendar import Round, quarter_end, quarter_of, quarter_start, quarters_until, rounds_of
from evalkit.tables.periods import parse


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_quarters_agree_with_the_periods_of_the_tables(day):
    period = parse(quarter_of(day))
    start = quarter_start(quarter_of(day))
    assert (period.start, period.end) == (start, quarter_end(start)) and start <= day <= quarter_end(start)


@given(st.integers(2, 20), st.integers(1, 4))
def test_a_span_has_no_hole(number, quarter):
    days = quarters_until(f"2026-Q{quarter}", number)
    assert len(days) == number
    assert all(quarter_end(a) + timedelta(days=1) == b for a, b in pairwise(days))


def test_rounds_of_the_demo():
    rounds = rounds_of(quarters_until("2026-Q3", 8))
    assert [r.period for r in rounds if r.population == "guru"] == ["2024-S2", "2025-S1", "2025-S2", "2026-S1"]
    assert len([r for r in rounds if r.population == "asn"]) == 8
    for this in rounds:
        assert (this.start, this.end) == (parse(this.period).start, parse(this.period).end)


def test_words_of_titles():
    assert Round("asn", "2026-Q3", date(2026, 7, 1), date(2026, 9, 30), 0, (0,)).words == "Triwulan III Tahun 2026"
    assert Round("guru", "2024-S2", date(2024, 7, 1), date(2024, 12, 31), 0, (0,)).words == "Semester II Tahun 2024"


@pytest.mark.parametrize("text", ["2026-Q5", "2026", "2026-S1", "", "2026-q3"])
def test_no_quarter(text):
    with pytest.raises(EstimationError, match="2026-Q3"):
        quarter_start(text)


def test_one_quarter_is_no_span():
    with pytest.raises(EstimationError, match="two or more"):
        quarters_until("2026-Q3", 1)
