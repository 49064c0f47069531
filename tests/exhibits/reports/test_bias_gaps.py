"""Gaps within evaluators as the page says them: which are too small to matter, which matter, and which stay open."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from evalkit.exhibits.reports.bias_groups import GroupSections
from evalkit.inference.results import estimates
from tests.exhibits.reports.test_ladder import Given


class Page(GroupSections):
    """The groups, with the name of the report that has their words."""

    name = "bias_analysis"


class Gaps(Given):
    """A handle of estimates on groups."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(resmi=2)
        self.facts.attributes = ("sex", "employment")
        base = {"role": "inferential", "status": "estimated", "measure": "within_equivalence", "null_value": 0.05}
        place = {"scope": "city", "scope_id": "", "period": self.facts.period}
        self._rows = estimates([{**base, **r} for r in rows]).assign(**place, outcome="sangat_baik", instrument="resmi", family_size=10)

    def table(self, name: str) -> pd.DataFrame:
        """Give the table; of intersections there are none."""
        none = pd.DataFrame(columns=["scope", "scope_id", "instrument", "period", "outcome", "attribute"])
        return {"fairness_estimates": self._rows.copy(), "fairness_groups": none}.get(name, super().table(name))


MEN, PPPK = {"term": "sex", "group": "F - M"}, {"term": "employment", "group": "pppk - pns"}


@pytest.mark.parametrize(("rows", "said", "unsaid"), [
    ([{**MEN, "reason": "no_important_gap"}, {**PPPK, "reason": "cannot_tell"}],
     ["di bawah 5 poin persen",
      "dua uji satu sisi, masing-masing pada 5%, tanpa koreksi keluarga", "keluarga): Perempuan − Laki-laki.",
      "Apakah selisihnya penting, belum dapat dikatakan: PPPK − PNS."],
     "Selisihnya penting"),
    ([{**PPPK, "reason": "important_gap", "null_value": 0.025}], ["di bawah 2,5 poin persen", "Selisihnya penting: PPPK − PNS."], "belum dapat")])
def test_a_gap_that_does_not_matter_is_said_to_be_one(rows: list[dict[str, Any]], said: list[str], unsaid: str) -> None:
    text = Page(Gaps(rows), "id").alike()
    assert [s for s in said if s not in text] == [], text
    assert unsaid not in text


def test_nothing_is_said_where_nothing_was_tested() -> None:
    assert Page(Gaps([{**MEN, "measure": "within_difference"}]), "id").alike() == ""


def test_what_the_exact_test_could_find_stands_beside_each_ratio() -> None:
    over = {"term": "sex", "group": "F / M", "null_value": 1.0}
    floors = [{**over, "measure": "impact_detectable_below", "estimate": 0.71}, {**over, "measure": "impact_detectable_above", "estimate": 1.34}]
    rows = [{**MEN, "measure": "rate_difference", "estimand": "unconditional", "estimate": -0.01, "conf_low": -0.03, "conf_high": 0.01},
            {**over, "measure": "impact_ratio", "estimate": 0.9, "conf_low": 0.7, "conf_high": 1.2}]
    said = Page(Gaps([*rows, *floors]), "id").groups()._repr_html_()
    assert "0,71 dan 1,34" in said and "ditemukan uji eksak" in said
    floors[0] = {**floors[0], "estimate": None, "status": "not_estimable", "reason": "no_gap_detectable"}
    assert "tidak ada dan 1,34" in Page(Gaps([*rows, *floors]), "id").groups()._repr_html_()


def test_of_a_rare_result_stands_the_gap_that_could_be_found_and_each_family_is_counted() -> None:
    plain = {**MEN, "measure": "rate_difference", "estimand": "unconditional", "estimate": 0.0, "conf_low": -0.002, "conf_high": 0.002}
    given = {**MEN, "measure": "detectable_difference", "estimand": "given opd_id × post_type", "estimate": 0.0061, "role": "descriptive"}
    tests = [{**MEN, "measure": "impact_ratio", "group": "F / M", "estimate": 0.7, "p_value": 0.2, "family": "adverse_impact"},
             {**MEN, "measure": "below_four_fifths", "group": "F / M", "estimate": 1.0}]
    given_to = Gaps([plain, given, *tests])
    given_to._rows = pd.concat([given_to._rows.iloc[:2].assign(outcome="below_baik"), given_to._rows.iloc[[0, 2, 3]]], ignore_index=True)
    for language, floor, family in (("id", "0,6 poin", "10 rasio"), ("en", "0.6 points", "10 ratios")):
        said = Page(given_to, language).groups()._repr_html_()
        assert floor in said
        assert family in said


def test_the_gap_of_a_cell_whose_count_is_withheld_is_not_shown() -> None:
    cross = {"term": "sex × employment", "measure": "rate_difference", "estimand": "unconditional", "conf_low": -0.2, "conf_high": 0.1}
    given = Gaps([{**cross, "group": f"{cell} - M × pns", "estimate": gap} for cell, gap in (("F × pns", -0.031), ("F × pppk", -0.077))])
    cells = pd.DataFrame({"scope": "city", "scope_id": "", "instrument": "resmi", "period": given.facts.period, "outcome": "sangat_baik",
                          "attribute": "sex × employment", "group": ["M × pns", "F × pns", "F × pppk"], "rated": [50, 40, 12],
                          "count": [9, 6, None], "share": [0.18, 0.15, None], "status": ["estimated", "estimated", "withheld"]})
    table = given.table
    given.table = lambda name: cells.copy() if name == "fairness_groups" else table(name)  # type: ignore[method-assign]  # one table more
    page = Page(given, "id")
    said = "".join(block.html for block in page._crossed())
    assert "−3,1" in said and "−7,7" not in said
    assert "ditahan" in said


@pytest.mark.parametrize(("low", "sure"), [(0.01, True), (-0.01, False)])
def test_no_gap_is_marked_whose_range_holds_zero(low: float, sure: bool) -> None:
    gap = {"status": "estimated", "estimate": 0.06, "conf_low": low, "conf_high": 0.12}
    assert Page(Gaps([]), "id")._line("a", "within", gap, {}, {"p_adjusted": 0.04})["sure"] is sure
