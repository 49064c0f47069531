"""A context as the build makes it, and the chain of tables on which most others rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from evalkit.derive.context import Context, make_context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables.appraisals import appraisals_current
from evalkit.derive.tables.population import population
from evalkit.derive.tables.roster import roster
from evalkit.derive.tables.units import units_current
from evalkit.tables.study import Study

Frames = dict[str, pd.DataFrame]


def shaped(name: str, found: pd.DataFrame) -> pd.DataFrame:
    """Keep the contract as the build does."""
    contract = contract_of(name)
    frame = contract.conform(found.reindex(columns=[c for c in contract.names if c in found.columns]))
    return frame.sort_values(list(contract.key), ignore_index=True)


@pytest.fixture
def context(study: Study) -> Context:
    """The third quarter of 2026, with the state of 12 October."""
    return make_context(study, "2026-Q3", as_of=None, state=date(2026, 10, 12))


@pytest.fixture
def chain(context: Context) -> Callable[..., Frames]:
    """Make the basic derived tables from imported frames."""

    def make(frames: Frames, own: Context = context) -> Frames:
        def given(name: str) -> pd.DataFrame:
            return frames[name] if name in frames else contract_of(name).empty()

        def inputs(*names: str) -> dict[str, Any]:
            return {n: made[n] if n in made else given(n) for n in names}

        made: Frames = {}
        made["appraisals_current"] = shaped("appraisals_current", appraisals_current(
            own, **inputs("appraisals", "withdrawals", "skp_plans", "assignments")))
        made["units_current"] = shaped("units_current", units_current(own, **inputs("units", "appraisals_current")))
        made["population"] = shaped("population", population(own, **inputs(
            "appraisals_current", "person_attributes", "assignments", "exclusions", "units_current")))
        made["roster"] = shaped("roster", roster(own, **inputs("population", "appraisals_current")))
        return made

    return make
