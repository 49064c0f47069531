"""The reports, block by block: each takes the tables that a handle serves and gives the blocks of its page in order.

    report = Monitor(open_handle(study, report="monitor", period=period), language)
    report.title()

A block that the data cannot fill says so in its own place; none is left out.

A report is imported when it is first used: each brings its charts and statistics, and most of what runs makes one or none.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.exhibits.reports.bias import BiasAnalysis
    from evalkit.exhibits.reports.bias_unit_rungs import UnitBiasAnalysis
    from evalkit.exhibits.reports.city import CityEvaluation
    from evalkit.exhibits.reports.feedback import Feedback360
    from evalkit.exhibits.reports.monitor import Monitor
    from evalkit.exhibits.reports.office import OfficeEvaluation
    from evalkit.exhibits.reports.ratings import RatingsBias, RatingsEvaluation
    from evalkit.exhibits.reports.research_groups import ResearchPage
    from evalkit.exhibits.reports.training_impact import TrainingImpact
    from evalkit.exhibits.reports.training_plan import TrainingPlan

__all__ = ["BiasAnalysis", "CityEvaluation", "Feedback360", "Monitor", "OfficeEvaluation", "RatingsBias", "RatingsEvaluation", "ResearchPage",
           "TrainingImpact", "TrainingPlan", "UnitBiasAnalysis"]

_MODULES = {
    "BiasAnalysis": "bias", "CityEvaluation": "city", "Feedback360": "feedback", "Monitor": "monitor", "OfficeEvaluation": "office",
    "RatingsBias": "ratings", "RatingsEvaluation": "ratings", "ResearchPage": "research_groups", "TrainingImpact": "training_impact",
    "TrainingPlan": "training_plan", "UnitBiasAnalysis": "bias_unit_rungs",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
