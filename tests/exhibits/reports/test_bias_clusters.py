"""Clustering as the page says it: the test of both results with what each could find, and the reason where it could find nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits.reports.bias_evaluators import EvaluatorSections
from evalkit.inference.results import estimates
from tests.exhibits.reports.test_ladder import Given


class Page(EvaluatorSections):
    """The sections on evaluators, with the name of the report that has their words."""

    name = "bias_analysis"


class Effects(Given):
    """A handle of estimates on evaluators."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        super().__init__(resmi=2)
        self._table["n_periods"] = 8
        base = {"role": "inferential", "status": "estimated", "group": "", "scope_id": "", "period": self.facts.period}
        self._rows = estimates([{**base, **r} for r in rows]).fillna({"group": "", "scope_id": ""})

    def table(self, name: str) -> pd.DataFrame:
        """Give the table; there are no shuffles and no rings."""
        none = {"clustering_draws": ["outcome", "low", "high", "n"], "evaluator_marks": ["outcome", "n"], "evaluator_band": ["outcome", "n"]}
        return pd.DataFrame(columns=none[name]) if name in none else self._rows.copy() if name == "evaluator_effects" else super().table(name)


def rows(term: str, p: float, adjusted: float, floor: float | None) -> list[dict[str, Any]]:
    found = {"clustering_detectable": {"estimate": floor} if floor else {"status": "not_estimable", "reason": "no_spread_detectable"},
             "clustering_ratio": {"estimate": 1.6, "p_value": p, "p_adjusted": adjusted, "family": "clustering"},
             "clustering_pairs": {"estimate": 20.0}, "clustering_pairs_expected": {"estimate": 14.0},
             "evaluator_spread": {"estimate": 0.1, "conf_low": 0.05, "conf_high": 0.2}, "evaluator_spread_detectable": {"estimate": 0.07}}
    return [{"measure": m, "term": term, **values} for m, values in found.items()]


def test_both_results_have_their_test_and_what_it_could_find() -> None:
    said = Page(Effects([*rows("sangat_baik", 0.0002, 0.0004, 0.046), *rows("below_baik", 0.02, 0.02, 0.0075)]), "id").clusters()._repr_html_()
    for text in ("p &lt; 0,001", "p = 0,02", ">4,6<", ">0,8<", "MDE uji", "Ya, lebih daripada"):
        assert text in said, text


def test_where_no_spread_would_be_found_the_page_says_so() -> None:
    said = Page(Effects([*rows("sangat_baik", 0.0002, 0.0004, 0.046), *rows("below_baik", 0.6, 0.6, None)]), "id").clusters()._repr_html_()
    assert "MDE uji Di bawah Baik (data terlalu sedikit untuk menemukan perbedaan antarpenilai sebesar apa pun)" in said


def test_the_answer_is_that_of_the_corrected_test() -> None:
    said = Page(Effects([*rows("sangat_baik", 0.03, 0.06, 0.046), *rows("below_baik", 0.04, 0.06, 0.0075)]), "id").clusters()._repr_html_()
    assert "Tidak lebih daripada bila diacak" in said


def test_the_spread_after_a_change_has_what_the_design_could_find() -> None:
    found = {"rotation_effect": {"estimate": 0.01, "conf_low": -0.02, "conf_high": 0.03}, "rotation_effect_detectable": {"estimate": 0.038},
             "rotation_spread": {"estimate": 0.05, "conf_low": 0.0, "conf_high": 0.09}, "rotation_spread_detectable": {"estimate": 0.064}}
    said = Page(Effects([{"measure": m, "term": "sangat_baik", **v} for m, v in found.items()]), "id").rotation()._repr_html_()
    assert "MDE simpangan" in said and ">6,4<" in said and ">3,8<" in said
