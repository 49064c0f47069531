"""The catalogue of derived tables: one row a table, and nothing is computed outside it.

A row names the function that makes the table, the tables it reads, the settings of the study it depends on, and who may
see it. `build` orders the rows; `handle` serves them. The key of a table stands in its contract.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import (
    appraisals,
    coverage,
    dimensions,
    evaluators,
    evidence,
    faults,
    history,
    outcomes,
    pattern,
    population,
    ratings,
    results,
    roster,
    units,
)

Audience = Literal["office", "units", "evaluators", "employees", "public"]
_OFFICE: tuple[Audience, ...] = ("office",)
_UNITS: tuple[Audience, ...] = ("office", "units")


@dataclass(frozen=True)
class Derived:
    """One derived table.

    `function(context, **inputs)` gets the frames named in `inputs` (imported or derived tables) by name, and a `Context` with
    the period and the settings named in `settings`; it returns one frame whose rows are identified by the key of the contract.
    `stage` is the folder whose code decides the result: it enters the code digest.
    """

    name: str
    function: Callable[..., pd.DataFrame]
    inputs: tuple[str, ...]
    stage: str = "derive"
    audience: tuple[Audience, ...] = _OFFICE
    settings: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return contract_of(self.name).key

    @property
    def stages(self) -> tuple[str, ...]:
        """The folders of code that decide the result, besides the ground that always counts."""
        return () if self.stage == "derive" else (self.stage,)


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
    Derived("unrated", coverage.unrated, ("roster", "appraisals_current", "skp_plans"), audience=_UNITS),
    Derived("unrated_counts", coverage.unrated_counts, ("unrated",), audience=_UNITS),
    Derived("waiting", coverage.waiting, ("roster",), audience=_UNITS, settings=("seed",)),
    Derived("denominator", coverage.denominator, ("population",), audience=_UNITS),
    Derived("progress", coverage.progress, ("roster",), audience=_UNITS, settings=("as_of", "due_at")),
    Derived("distribution", results.distribution, ("roster",), stage="scoring", audience=_UNITS, settings=("attributes",)),
    Derived("rating_counts", results.rating_counts, ("roster",), stage="scoring", audience=_UNITS, settings=("attributes",)),
    Derived("pattern", pattern.pattern, ("distribution", "unit_predikat"), stage="scoring", audience=_UNITS),
    Derived("pattern_marks", pattern.pattern_marks, ("pattern", "distribution"), stage="scoring", audience=_UNITS),
    Derived("category_use", evaluators.category_use, ("roster",), stage="raters", audience=_UNITS),
    Derived("concordance", evaluators.concordance, ("roster",), stage="raters", audience=_UNITS),
    Derived("history", history.history, ("distribution",), audience=_UNITS),
    Derived("identification", ratings.identification, ("roster", "population", "ratings"), stage="raters", audience=_UNITS,
            settings=("raters",)),
    Derived("dimension_summary", dimensions.dimension_summary, ("roster", "attendance", "ratings", "indicators"), audience=_UNITS,
            settings=("dimensions",)),
    Derived("evidence", evidence.evidence, ("coverage", "history", "pattern", "identification"), audience=_UNITS),
    Derived("rating_distribution", ratings.rating_distribution, ("ratings",), audience=_UNITS, settings=("mappings",)),
    Derived("rating_units", ratings.rating_units, ("ratings",), audience=_UNITS),
    Derived("rating_raters", ratings.rating_raters, ("ratings",)),
    Derived("rating_objects", ratings.rating_objects, ("ratings",)),
    Derived("rating_rungs", ratings.rating_rungs, ("ratings", "object_attributes", "rater_attributes"), stage="raters"),
    Derived("outcome_rates", outcomes.outcome_rates, ("outcomes", "object_attributes"), stage="fairness",
            settings=("outcomes", "attributes", "reference", "min_group", "mappings")),
    Derived("outcome_summary", outcomes.outcome_summary, ("outcomes", "object_attributes"), settings=("attributes", "min_group")),
    Derived("outcome_periods", outcomes.outcome_periods, ("outcomes",)),
)
CATALOG: dict[str, Derived] = {row.name: row for row in _ROWS}
