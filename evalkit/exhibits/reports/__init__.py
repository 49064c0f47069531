"""The reports, block by block: each takes the tables that a handle serves and gives the blocks of its page in order.

    report = Monitor(open_handle(study, report="monitor", period=period), language)
    report.title()

A block that the data cannot fill says so in its own place; none is left out.
"""

from evalkit.exhibits.reports.bias import BiasAnalysis
from evalkit.exhibits.reports.city import CityEvaluation
from evalkit.exhibits.reports.monitor import Monitor
from evalkit.exhibits.reports.office import OfficeEvaluation
from evalkit.exhibits.reports.ratings import RatingsBias, RatingsEvaluation

__all__ = ["BiasAnalysis", "CityEvaluation", "Monitor", "OfficeEvaluation", "RatingsBias", "RatingsEvaluation"]
