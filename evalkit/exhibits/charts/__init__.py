"""The charts of the reports: each takes one finished tidy frame and gives a `Chart`.

    from evalkit.exhibits import charts
    page.figure(charts.composition(handle.table("distribution")), id="g-hasil", role="descriptive", head=...)

A frame without anybody to show raises `ExhibitError`; `page.cannot` then takes the figure's place.
"""

from evalkit.exhibits.charts.bars import bars
from evalkit.exhibits.charts.categories import category_bar
from evalkit.exhibits.charts.composition import composition
from evalkit.exhibits.charts.control import control_chart
from evalkit.exhibits.charts.entropy import entropy
from evalkit.exhibits.charts.evaluators import people_by_evaluator
from evalkit.exhibits.charts.pattern import unit_pattern
from evalkit.exhibits.charts.progress import progress

__all__ = ["bars", "category_bar", "composition", "control_chart", "entropy", "people_by_evaluator", "progress", "unit_pattern"]
