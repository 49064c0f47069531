"""Which tables each report reads, and for whom it is made: a handle serves these and no others."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.derive.catalog import Audience


@dataclass(frozen=True)
class Declaration:
    """The tables of one report; `without` are columns that it does not print and that must not make its pages again."""

    tables: tuple[str, ...]
    audience: tuple[Audience, ...] = ("office",)
    without: frozenset[str] = frozenset()


_CLOCK = frozenset({"days_left"})
_RATINGS = ("rating_distribution", "rating_units", "rating_raters", "rating_objects", "rating_rungs", "identification", "outcome_rates",
            "outcome_summary", "outcome_periods", "units_current")

REPORTS: dict[str, Declaration] = {
    "monitor": Declaration(
        ("coverage", "unrated_counts", "unrated", "waiting", "progress", "denominator", "fault_counts", "units_current"),
        ("office", "units")),
    "evaluation": Declaration(
        ("coverage", "distribution", "rating_counts", "pattern", "pattern_marks", "history", "dimension_summary", "category_use",
         "fault_counts", "evidence", "units_current"), ("office", "units"), _CLOCK),
    "bias_analysis": Declaration(
        ("identification", "category_use", "concordance", "rating_counts", "coverage", "distribution", "pattern", "evidence",
         "units_current"), ("office",), _CLOCK),
    "ratings_evaluation": Declaration(_RATINGS),
    "ratings_bias": Declaration(_RATINGS),
    "annex": Declaration(("unrated", "unrated_counts", "waiting", "coverage", "units_current"), ("office", "units")),
    "index": Declaration(("coverage", "units_current", "fault_counts", "distribution", "denominator")),
}
