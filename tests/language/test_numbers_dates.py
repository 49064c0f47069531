"""Numbers and dates: both languages, and no claim made by rounding."""

import math
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.language import numbers_dates as nd

LANGUAGES = st.sampled_from(["id", "en"])


@given(st.floats(-1e9, 1e9), st.integers(0, 3), LANGUAGES)
def test_a_number_reads_back_rounded_half_up(x, digits, language):
    text = nd.number(x, digits, language)
    thousands, point = (".", ",") if language == "id" else (",", ".")
    plain = text.replace(thousands, "").replace(point, ".").replace("−", "-")
    assert Decimal(plain) == Decimal(repr(x)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    assert "-" not in text
    assert not text.startswith("−") or Decimal(plain) != 0


@given(st.integers(0, 10_000), st.integers(1, 10_000), LANGUAGES)
def test_nobody_and_everybody_are_claimed_only_when_true(count, total, language):
    count = min(count, total)
    text = nd.percent(count / total, language)
    assert (text in {"0,0%", "0.0%"}) == (count == 0)
    assert (text in {"100,0%", "100.0%"}) == (count == total)


def test_half_is_rounded_as_a_spreadsheet_does():
    assert [nd.number(x, 1) for x in (0.25, 0.35, 2.45, -0.25)] == ["0,3", "0,4", "2,5", "−0,3"]
    assert nd.percent(0.145, "id", 0) == "15%"


@pytest.mark.parametrize("missing", [None, float("nan"), math.inf, "teks"])
def test_what_is_no_number_is_not_applicable(missing):
    assert nd.number(missing) == nd.percent(missing) == nd.signed(missing) == "–"


def test_few_people_have_no_percentage():
    assert nd.count_share(3, 19) == "3 dari 19"
    assert nd.count_share(3, 20, "en") == "3 (15.0%)"
    assert nd.count_share(0, 0) == "0 dari 0"


def test_signed_ranges_never_have_a_dash():
    assert nd.range_text(-1.8, 2.0, 1, "id", cell=True) == "−1,8 sampai 2,0"
    assert nd.range_text(11.4, 11.4, 1, "id", unit="%") == "11,4%"


def test_a_moment_is_told_in_the_zone_of_the_office():
    moment = datetime(2026, 10, 12, 0, 14, tzinfo=UTC)
    assert nd.datetime_text(moment) == "12 Oktober 2026, pukul 08.14 WITA"
    assert nd.datetime_text(moment, "en", "Asia/Jayapura") == "12 October 2026, 09:14 WIT"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), LANGUAGES)
def test_dates_have_day_and_year(day, language):
    text = nd.date_text(day, language)
    assert text.startswith(f"{day.day} ")
    assert text.endswith(f" {day.year}")


@pytest.mark.parametrize("text", ["2026-Q5", "2026-13", "2026-S3", "26-Q1", "", "2026-Q", "<script>"])
def test_what_is_no_period_is_refused(text):
    for write in (nd.period_text, nd.period_short, nd.period_axis):
        with pytest.raises(nd.PeriodTextError, match="no period"):
            write(text)


def test_periods_in_both_languages():
    assert nd.period_text("2026-S1", "en") == "January–June 2026 (Semester 1)"
    assert nd.period_short("2026", "en") == "2026"
    assert nd.period_axis("2026-09", "id") == ("Sep", "2026")


@given(st.integers(-50, 100), LANGUAGES)
def test_small_counts_are_words(n, language):
    assert nd.spelled(n, language).isalpha() == (0 <= n <= 11)
