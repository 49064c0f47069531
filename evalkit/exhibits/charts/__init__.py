"""The charts of the reports: each takes one finished tidy frame and gives a `Chart`.

    from evalkit.exhibits import charts
    page.figure(charts.composition(handle.table("distribution")), id="g-hasil", role="descriptive", head=...)

A frame without anybody to show raises `ExhibitError`; `page.cannot` then takes the figure's place.
"""

from evalkit.exhibits.charts.bars import bars
from evalkit.exhibits.charts.categories import category_bar
from evalkit.exhibits.charts.caterpillar import caterpillar
from evalkit.exhibits.charts.composition import composition
from evalkit.exhibits.charts.control import control_chart
from evalkit.exhibits.charts.entropy import entropy
from evalkit.exhibits.charts.evaluators import people_by_evaluator
from evalkit.exhibits.charts.events import events
from evalkit.exhibits.charts.forest import forest
from evalkit.exhibits.charts.means import means
from evalkit.exhibits.charts.pattern import unit_pattern
from evalkit.exhibits.charts.power import power
from evalkit.exhibits.charts.progress import progress
from evalkit.exhibits.charts.rings import rings
from evalkit.exhibits.charts.role_dots import role_dots
from evalkit.exhibits.charts.shuffled import shuffled
from evalkit.exhibits.charts.specifications import specifications
from evalkit.exhibits.charts.wright_map import wright_map

__all__ = ["bars", "category_bar", "caterpillar", "composition", "control_chart", "entropy", "events", "forest", "means", "people_by_evaluator",
           "power", "progress", "rings", "role_dots", "shuffled", "specifications", "unit_pattern", "wright_map"]
