"""Closer looks at groups as the page prints them: each opens where its rows are, and names what would open the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from evalkit.exhibits.reports.bias_details import DetailSections
from evalkit.inference.results import estimates
from tests.exhibits.reports.test_ladder import Given

RATES = ["instrument", "rate", "attribute", "group", "n", "rated", "count", "status"]


class Page(DetailSections):
    """The appendix, with the name of the report that has its words."""

    name = "bias_analysis"


class Details(Given):
    """A handle of closer looks and objections."""

    def __init__(self, rows: list[dict[str, Any]], objections: Sequence[tuple[Any, ...]] = ()) -> None:
        super().__init__(resmi=2)
        self.facts.attributes = ("sex",)
        base = {"role": "inferential", "status": "estimated", "term": "sex", "group": "F - M", "n": 300}
        own: list[Any] = [{**base, **{k: v for k, v in r.items() if k not in ("analysis", "outcome")}} for r in rows]
        self._table["n_periods"] = 8
        self._details = estimates(own).assign(analysis=[r["analysis"] for r in rows], outcome=[r["outcome"] for r in rows], attribute="sex",
                                              instrument="resmi")
        self._objections = pd.DataFrame(list(objections), columns=RATES)

    def table(self, name: str) -> pd.DataFrame:
        """Give the table."""
        return {"fairness_details": self._details, "fairness_objections": self._objections}.get(name, super().table(name)).copy()


def body(rows: list[dict[str, Any]], **more: Any) -> str:
    return Page(Details(rows, **more), "id").details()._repr_html_()


SPLIT = [{"analysis": "decomposition", "outcome": "sangat_baik", "measure": m, "estimate": e, "conf_low": e - 0.02, "conf_high": e + 0.02}
         for m, e in (("gap", -0.04), ("explained", -0.01), ("unexplained", -0.03))]
ITEMS = [{"analysis": "items", "outcome": "above_median", "measure": "item_class", "term": t, "estimate": e, "group": "F / M"}
         for t, e in (("kerja_sama", 2.0), ("adaptif", 0.0), ("loyal", 1.0), ("harmonis", 2.0))]
ITEMS += [{**ITEMS[0], "measure": "item_odds_ratio", "term": t, "estimate": 2.0, "p_adjusted": p}
          for t, p in (("kerja_sama", 0.001), ("adaptif", 0.9), ("loyal", 0.04), ("harmonis", 0.06))]
ITEMS += [{**ITEMS[0], "measure": f"item_detectable_{side}", "term": t, "estimate": e}
          for t, side, e in (("kerja_sama", "below", -2.04), ("kerja_sama", "above", 2.31), ("loyal", "below", -1.4), ("loyal", "above", 1.3))]
ITEMS += [{**ITEMS[0], "measure": f"item_detectable_{side}", "term": "adaptif", "estimate": None, "status": "not_estimable",
           "reason": "no_gap_detectable"} for side in ("below", "above")]
LEVELS = [{"analysis": "levels", "outcome": "hasil_kerja", "measure": m, "estimate": e, "conf_low": e - 0.1, "conf_high": e + 0.1}
          for m, e in (("prmse_single_rating", 0.61), ("true_score_gap", -0.25))]


def test_nothing_at_hand_names_what_each_part_needs() -> None:
    said = body([])
    assert "<table" not in said
    for word in ("uraian selisih", "butir", "taraf dan PRMSE", "keberatan"):
        assert word in said


@pytest.mark.parametrize(("rows", "shown", "open_still"), [
    (SPLIT, ["−1,0 (−3,0 sampai +1,0)", "−3,0 (−5,0 sampai −1,0)"], "butir"),
    (ITEMS, [">Kerja sama (C); Loyal (B)<", ">1,4 sampai 2,3; tidak ada pada 1 dari 3<"], "uraian selisih"),
    (LEVELS, ["0,61 (0,51 sampai 0,71)", "−0,25 (−0,35 sampai −0,15)"], "keberatan")])
def test_each_part_opens_by_its_rows(rows: list[dict[str, Any]], shown: list[str], open_still: str) -> None:
    said = body(rows)
    for text in shown:
        assert text in said
    assert open_still in said.split("Terbuka bila datanya ada")[1]


def test_objections_of_small_groups_are_withheld() -> None:
    said = body([], objections=[("resmi", "filed", "", "total", 900, 900, 12, "estimated"), ("resmi", "granted", "", "total", 12, 12, 6, "estimated"),
                                ("resmi", "granted", "sex", "F", 4, 4, None, "withheld")])
    assert "12 dari 900" in said
    assert "6 dari 12" in said
    assert "ditahan" in said
    assert "keberatan" not in said.split("Terbuka bila datanya ada")[1]
