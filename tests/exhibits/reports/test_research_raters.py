"""Takeovers in the research notebooks: nothing is claimed that the range beside it denies."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit.exhibits.reports.research_raters import RaterBlocks, moves_together


@pytest.mark.parametrize(("p", "low", "claimed"), [(0.01, 0.02, True), (0.034, 0.0, False), (0.2, 0.0, False), (0.2, 0.01, False),
                                                  (None, 0.01, False), (0.01, None, False)])
def test_a_spread_is_claimed_when_test_and_range_agree(p: float | None, low: float | None, claimed: bool) -> None:
    assert moves_together(pd.Series({"p_value": p, "conf_low": low}, dtype="Float64")) is claimed


def test_a_page_on_one_file_of_several_counts_the_raters_of_that_file() -> None:
    raters = pd.DataFrame({"instrument": ["a", "a", "b", "b", "b"], "rater_id": ["1", "2", "3", "4", "5"]})
    facts = SimpleNamespace(unit="", unit_name="", title="Studi", owner="", language="en", period="2017", period_kind="year", release="",
                            as_of=pd.Timestamp("2026-10-12").date(), version="1", seed=1, instruments=("a", "b"), has_appraisals=False,
                            has_ratings=True, sources=())
    handle = SimpleNamespace(facts=facts, table=lambda name: raters, slice_digest=lambda display=4: "0" * 12)
    title = RaterBlocks(SimpleNamespace(handle=handle, kind="linked", instrument="a", truth={}), "linked_ratings", "en").title().html
    assert "2 raters" in title and "5 raters" not in title


def test_a_page_on_official_results_counts_the_people_of_the_period_whatever_forms_there_are() -> None:
    roster = pd.DataFrame({"instrument": "resmi", "person_id": ["1", "2", "3", "1"], "period": ["2017", "2017", "2017", "2016"]})
    facts = SimpleNamespace(unit="", unit_name="", title="Kota", owner="", language="id", period="2017", period_kind="year", release="",
                            as_of=pd.Timestamp("2026-10-12").date(), version="1", seed=1, instruments=("resmi",), has_appraisals=True,
                            has_ratings=True, sources=())
    handle = SimpleNamespace(facts=facts, table=lambda name: roster, slice_digest=lambda display=4: "0" * 12)
    title = RaterBlocks(SimpleNamespace(handle=handle, kind="appraisals", instrument="formulir-360", truth={}), "rotation", "id").title().html
    assert "3 pegawai" in title
