"""Which tables each report reads, and for whom it is made: a handle serves these and no others."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.derive.catalog import Audience


@dataclass(frozen=True)
class Declaration:
    """The tables of one report; `office_only` are further ones that its pages for the office read.

    `without` are columns that it does not print and that must not make its pages again.
    """

    tables: tuple[str, ...]
    audience: tuple[Audience, ...] = ("office",)
    without: frozenset[str] = frozenset()
    office_only: tuple[str, ...] = ()

    def read_by(self, audience: str) -> tuple[str, ...]:
        """Give the tables that the pages for one reader read."""
        return (*self.tables, *self.office_only) if audience == "office" else self.tables


_POST = frozenset({"post_title"})  # it may tell who somebody is: it stands in the named annex only
_CLOCK = frozenset({"days_left"})
_RATINGS = ("rating_distribution", "rating_units", "rating_raters", "rating_objects", "rating_rungs", "identification", "outcome_rates",
            "outcome_summary", "outcome_periods", "units_current")

REPORTS: dict[str, Declaration] = {
    "monitor": Declaration(
        ("coverage", "unrated_counts", "unrated", "waiting", "progress", "denominator", "fault_counts", "units_current"),
        ("office", "units"), _POST),
    "evaluation": Declaration(
        ("coverage", "distribution", "rating_counts", "pattern", "pattern_marks", "history", "dimension_summary", "category_use",
         "fault_counts", "evidence", "units_current"), ("office", "units"), _CLOCK),
    "bias_analysis": Declaration(
        ("identification", "use_counts", "concordance", "rating_counts", "coverage", "distribution", "pattern", "pattern_marks", "evidence",
         "carry_over", "evaluator_effects", "unit_effects", "fairness_groups", "fairness_estimates", "units_current"), ("office", "units"), _CLOCK,
        ("clustering_draws", "false_claims", "evaluator_marks", "evaluator_band", "fairness_details", "fairness_objections",
         "linked_severity", "linked_accuracy", "linked_map", "double_agreement", "double_pairs", "severity_and_service",
         "collected_reliability", "fairness_survey")),
    "feedback_360": Declaration(("feedback_360", "feedback_estimates", "coverage", "units_current"), ("office", "units"), _CLOCK),
    "training_plan": Declaration(
        ("training_courses", "training_design", "training_curve", "training_waves", "training_hours", "training_needs", "training_deviations",
         "units_current"), ("office",), _CLOCK),
    "training_impact": Declaration(("training_courses", "training_impact", "training_deviations", "units_current"), ("office",), _CLOCK),
    "ratings_evaluation": Declaration(_RATINGS),
    "ratings_bias": Declaration(_RATINGS),
    "research": Declaration(("roster", "rating_distribution", "rating_raters", "rating_objects", "outcome_summary", "units_current"),
                            ("office",), _POST),
    "annex": Declaration(("unrated", "unrated_counts", "waiting", "coverage", "units_current"), ("office", "units")),
    "index": Declaration(("coverage", "units_current", "fault_counts", "distribution", "denominator")),
    "employees": Declaration(
        ("personal_people", "personal_appraisals", "derivation_steps", "personal_history", "personal_scores", "personal_indicators",
         "personal_holdings", "rules"), ("employees",)),
    "evaluators": Declaration(("mirror", "unrated", "identification", "linked_accuracy", "rules"), ("evaluators",)),
    "explainer": Declaration(("rules",)),
}
