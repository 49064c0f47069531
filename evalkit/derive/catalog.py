"""The catalogue of derived tables: one row a table, and nothing is computed outside it.

A row names the function that makes the table, the tables it reads, the settings of the study it depends on, and who may
see it. `build` orders the rows; `handle` serves them. The key of a table stands in its contract.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from evalkit.derive import tables
from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import holdings


@dataclass(frozen=True)
class Later:
    """A function of `derive.tables` that is imported when it is called: most runs compute little, and statistics are slow to import."""

    module: str
    name: str

    def load(self) -> Callable[..., pd.DataFrame]:
        """Import the function."""
        found: Callable[..., pd.DataFrame] = getattr(importlib.import_module(f"{tables.__name__}.{self.module}"), self.name)
        return found

    def __call__(self, context: Context, **inputs: pd.DataFrame) -> pd.DataFrame:
        """Compute the table."""
        return self.load()(context, **inputs)


class _Functions:
    """The functions of one module of `derive.tables`, by name, none of them imported yet."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Later:
        return Later(self._module, name)


if TYPE_CHECKING:  # so that a name that is not there is found by the type checker
    from evalkit.derive.tables import (
        appraisals,
        clustering_draws,
        collected,
        coverage,
        dimensions,
        double_ratings,
        evaluator_effects,
        evaluators,
        evidence,
        fairness,
        fairness_details,
        false_claims,
        faults,
        feedback,
        history,
        in_service,
        measures,
        mirror,
        objections,
        outcomes,
        pattern,
        personal,
        population,
        rated_by_several,
        ratings,
        results,
        roster,
        training_courses,
        training_impact,
        training_needs,
        training_outcomes,
        training_plans,
        unit_effects,
        units,
    )
else:
    globals().update((m.name, _Functions(m.name)) for m in pkgutil.iter_modules(tables.__path__) if m.name != "holdings")

Audience = Literal["office", "units", "evaluators", "employees", "public"]
_OFFICE: tuple[Audience, ...] = ("office",)
_UNITS: tuple[Audience, ...] = ("office", "units")
_EMPLOYEES: tuple[Audience, ...] = ("employees",)
_EVALUATORS: tuple[Audience, ...] = ("evaluators",)


@dataclass(frozen=True)
class Derived:
    """One derived table.

    `function(context, **inputs)` gets the frames named in `inputs` (imported or derived tables) by name, and a `Context` with
    the period and the settings named in `settings`; it returns one frame whose rows are identified by the key of the contract.
    `stage` is the folder whose code decides the result, `also` further ones: they enter the code digest.
    """

    name: str
    function: Callable[..., pd.DataFrame]
    inputs: tuple[str, ...]
    stage: str = "derive"
    audience: tuple[Audience, ...] = _OFFICE
    settings: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return contract_of(self.name).key

    @property
    def stages(self) -> tuple[str, ...]:
        """The folders of code that decide the result, besides the ground that always counts."""
        return () if self.stage == "derive" else (self.stage, *self.also)


_ROWS = (
    Derived("appraisals_current", appraisals.appraisals_current, ("appraisals", "withdrawals", "skp_plans", "assignments"),
            settings=("cut",)),
    Derived("units_current", units.units_current, ("units", "appraisals_current"), audience=_UNITS),
    Derived("population", population.population,
            ("appraisals_current", "person_attributes", "assignments", "exclusions", "units_current")),
    Derived("roster", roster.roster, ("population", "appraisals_current")),
    Derived("fault_counts", faults.fault_counts, ("faults", "units_current"), audience=_UNITS),
    Derived("coverage", coverage.coverage, ("roster", "fault_counts"), audience=_UNITS,
            settings=("attributes", "due_at", "due_confirmed", "as_of")),
    Derived("unrated", coverage.unrated, ("roster", "appraisals_current", "skp_plans"), audience=(*_UNITS, *_EVALUATORS)),
    Derived("unrated_counts", coverage.unrated_counts, ("unrated",), audience=_UNITS),
    Derived("waiting", coverage.waiting, ("roster",), audience=_UNITS, settings=("seed",)),
    Derived("denominator", coverage.denominator, ("population",), audience=_UNITS),
    Derived("progress", coverage.progress, ("roster",), audience=_UNITS, settings=("as_of", "due_at")),
    Derived("distribution", results.distribution, ("roster",), stage="scoring", audience=_UNITS, settings=("attributes",)),
    Derived("rating_counts", results.rating_counts, ("roster",), stage="scoring", audience=_UNITS, settings=("attributes",)),
    Derived("pattern", pattern.pattern, ("distribution", "unit_predikat"), stage="scoring", audience=_UNITS),
    Derived("pattern_marks", pattern.pattern_marks, ("pattern", "distribution"), stage="scoring", audience=_UNITS),
    Derived("category_use", evaluators.category_use, ("roster",), stage="raters", audience=_UNITS),
    Derived("use_counts", evaluators.use_counts, ("category_use",), audience=_UNITS),
    Derived("concordance", evaluators.concordance, ("roster",), stage="raters", audience=_UNITS),
    Derived("evaluator_effects", evaluator_effects.evaluator_effects, ("roster",), stage="raters", audience=_UNITS),
    Derived("unit_effects", unit_effects.unit_effects, ("roster",), stage="raters", audience=_UNITS),
    Derived("detectable", evaluator_effects.detectable, ("evaluator_effects", "identification"), audience=_UNITS),
    Derived("evaluator_marks", evaluator_effects.evaluator_marks, ("roster",), stage="raters"),
    Derived("evaluator_band", evaluator_effects.evaluator_band, ("roster",), stage="raters"),
    Derived("clustering_draws", clustering_draws.clustering_draws, ("roster",), stage="raters"),
    Derived("carry_over", evaluator_effects.carry_over, ("roster",), stage="raters", audience=_UNITS),
    Derived("history", history.history, ("distribution",), audience=_UNITS),
    Derived("identification", ratings.identification, ("roster", "population", "ratings"), stage="raters",
            audience=(*_UNITS, *_EVALUATORS), settings=("raters",)),
    Derived("dimension_summary", dimensions.dimension_summary,
            ("roster", "attendance", "ratings", "indicators", "discipline", "imports"), stage="scoring", audience=_UNITS,
            settings=("dimensions",)),
    Derived("scores", dimensions.scores, ("roster", "attendance", "ratings", "indicators", "discipline", "imports"), stage="scoring",
            settings=("dimensions",)),
    Derived("objection_cases", objections.objection_cases, ("objections", "appraisals", "roster")),
    Derived("evidence", evidence.evidence, ("coverage", "history", "pattern", "identification"), audience=_UNITS),
    Derived("rating_distribution", ratings.rating_distribution, ("ratings",), audience=_UNITS, settings=("mappings",)),
    Derived("rating_units", ratings.rating_units, ("ratings",), audience=_UNITS),
    Derived("rating_raters", ratings.rating_raters, ("ratings",)),
    Derived("rating_objects", ratings.rating_objects, ("ratings",)),
    Derived("rating_rungs", ratings.rating_rungs, ("ratings", "object_attributes", "rater_attributes"), stage="raters"),
    Derived("fairness_groups", fairness.fairness_groups, ("roster",), stage="fairness", audience=_UNITS, settings=("attributes", "min_group")),
    Derived("fairness_estimates", fairness.fairness_estimates, ("roster",), stage="fairness", audience=_UNITS,
            settings=("attributes", "min_group", "reference", "margin")),
    Derived("fairness_details", fairness_details.fairness_details, ("roster", "ratings"), stage="fairness", also=("raters",),
            settings=("attributes", "min_group", "reference", "raters")),
    Derived("fairness_objections", fairness.fairness_objections, ("roster", "objection_cases"), stage="fairness",
            settings=("attributes", "min_group")),
    Derived("false_claims", false_claims.false_claims, ("roster",), stage="raters", also=("fairness",),
            settings=("attributes", "min_group", "reference", "seed")),
    Derived("linked_severity", rated_by_several.linked_severity, ("ratings", "vignette_key", "identification"), stage="raters",
            settings=("mappings",)),
    Derived("linked_accuracy", rated_by_several.linked_accuracy, ("ratings", "vignette_key", "identification"), stage="raters",
            audience=(*_OFFICE, *_EVALUATORS), settings=("mappings",)),
    Derived("linked_map", rated_by_several.linked_map, ("ratings", "vignette_key", "identification"), stage="raters",
            settings=("mappings",)),
    Derived("linked_scores", rated_by_several.linked_scores, ("ratings", "vignette_key", "identification"), stage="raters",
            settings=("mappings",)),
    Derived("collected_reliability", collected.collected_reliability, ("ratings", "vignette_key", "identification", "roster"),
            stage="reliability", also=("raters",), settings=("attributes", "mappings", "min_group", "raters")),
    Derived("fairness_survey", collected.fairness_survey, ("survey_responses",), stage="reliability", also=("raters",),
            settings=("min_group",)),
    Derived("double_agreement", double_ratings.double_agreement, ("ratings", "roster"), stage="reliability", also=("raters",), settings=("raters",)),
    Derived("double_pairs", double_ratings.double_pairs, ("ratings", "roster"), stage="reliability", also=("raters",), settings=("raters",)),
    Derived("severity_and_service", in_service.severity_and_service, ("linked_severity", "roster"), stage="raters"),
    Derived("feedback_360", feedback.feedback_360, ("ratings", "roster"), stage="raters", audience=_UNITS, settings=("min_raters",)),
    Derived("feedback_estimates", feedback.feedback_estimates, ("ratings", "roster"), stage="raters", audience=_UNITS, settings=("min_raters",)),
    Derived("outcome_rates", outcomes.outcome_rates, ("outcomes", "object_attributes"), stage="fairness",
            settings=("outcomes", "attributes", "reference", "min_group", "mappings")),
    Derived("outcome_summary", outcomes.outcome_summary, ("outcomes", "object_attributes"), stage="fairness",
            settings=("attributes", "reference", "min_group")),
    Derived("outcome_periods", outcomes.outcome_periods, ("outcomes",)),
    Derived("personal_people", personal.personal_people,
            ("population", "unrated", "appraisals", "units_current", "unit_predikat"), stage="scoring", audience=_EMPLOYEES, settings=("cut",)),
    Derived("personal_appraisals", personal.personal_appraisals,
            ("appraisals", "appraisals_current", "population", "units_current", "unit_predikat", "objection_cases"),
            stage="scoring",
            audience=_EMPLOYEES, settings=("cut",)),
    Derived("derivation_steps", personal.derivation_steps, ("personal_people", "personal_appraisals", "unit_predikat"), stage="scoring",
            audience=_EMPLOYEES),
    Derived("personal_history", personal.personal_history, ("roster", "personal_people"), audience=_EMPLOYEES),
    Derived("personal_scores", measures.personal_scores, ("scores",), audience=_EMPLOYEES, settings=("min_raters",)),
    Derived("personal_indicators", measures.personal_indicators, ("personal_people", "indicators"), stage="scoring", audience=_EMPLOYEES),
    Derived("personal_holdings", holdings.personal_holdings,
            ("personal_people", "imports", *dict.fromkeys(spec[0] for spec in holdings.KINDS.values())), audience=_EMPLOYEES),
    Derived("mirror", mirror.mirror, ("roster",), audience=_EVALUATORS),
    Derived("training_people", training_courses.training_people, ("roster", "courses", "enrolments"), stage="impact"),
    Derived("training_courses", training_courses.training_courses, ("roster", "courses", "training_people", "survey_responses"),
            stage="impact", settings=("plans",)),
    Derived("training_deviations", training_courses.training_deviations, ("training_courses", "training_people"), stage="impact",
            settings=("plans", "draws")),
    Derived("training_outcomes", training_outcomes.training_outcomes, ("roster", "attendance", "ratings", "indicators", "vignette_key", "outcomes"),
            stage="scoring"),
    Derived("training_hours", training_needs.training_hours, ("roster", "courses", "enrolments"), stage="impact"),
    Derived("training_needs", training_needs.training_needs, ("roster", "ratings", "vignette_key", "training_outcomes"), stage="impact",
            settings=("min_group",)),
    Derived("training_design", training_plans.training_design, ("roster", "training_courses", "training_people", "training_outcomes"),
            stage="impact", settings=("plans", "draws", "seed")),
    Derived("training_waves", training_plans.training_waves, ("training_courses", "training_people", "training_outcomes"), stage="impact",
            settings=("plans", "seed")),
    Derived("training_impact", training_impact.training_impact, ("training_courses", "training_people", "training_outcomes"), stage="impact",
            settings=("plans", "draws", "seed")),
    Derived("training_curve", training_plans.training_curve, ("training_design",), stage="impact"),
    Derived("rules", mirror.rules, (), audience=("office", "units", "employees", "evaluators")),
)
CATALOG: dict[str, Derived] = {row.name: row for row in _ROWS}
