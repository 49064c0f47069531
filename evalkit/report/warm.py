"""What every report of a run reads and draws first, done once before the first kernel is forked from here.

Words, fonts, locales and the derived tables of the period are the same for all pages of a run. They are kept by caches whose
keys carry the content, so nothing here can go out of date, and a kernel that finds them was never told anything of another.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

from matplotlib.figure import Figure

from evalkit.derive.build import build
from evalkit.derive.handle import DISPLAY, keep
from evalkit.derive.release import is_release
from evalkit.derive.reports import REPORTS
from evalkit.derive.slices import offices_named, ready
from evalkit.exhibits import style, svg, text_metrics
from evalkit.instruments.layout import load_layouts
from evalkit.language.catalogue import Language, catalogue
from evalkit.language.numbers_dates import date_text, number
from evalkit.report.ground import Ground
from evalkit.tables.study import load_study

_SHEETS = 12  # a page has four charts, each drawn wide and narrow


def warm(ground: Ground | None = None) -> None:
    """Fill the caches of this process: words, fonts, locales, rules; or, with a ground, its derived tables.

    Raises
    ------
    EvalkitError
        If the study or its tables cannot be read; the notebook would say the same.
    """
    if ground is not None:
        if not is_release(Path(ground.study)):
            _tables(ground)
        return
    catalogue()
    load_layouts()
    for language in get_args(Language):
        number(0.5, 1, language)
        date_text(date(2026, 1, 1), language)
    for bold in (False, True):
        style.face(bold).learn(text_metrics.alphabet())
        style.face(bold).lines()
    svg.both(_sample, "warm")
    style.lay_out(_SHEETS)


def _sample(width: float, narrow: bool) -> Figure:
    """Draw a little of everything that charts are made of, so that fonts and lookups of matplotlib are ready."""
    figure, axes = style.sheet(width, 120, 40, 10, 20, 30)
    axes.plot([0, 1], [0, 1], lw=1, marker="o")
    axes.set_xticks([0, 1], ["0", "1"])
    style.box(axes, 0.2, 0.2, 0.3, 0.3, "white")
    style.above_axis(axes, "Persen")
    axes.text(0.5, 0.5, "Baik", fontsize=style.TEXT_PX, weight="bold")
    return figure


def _tables(ground: Ground) -> None:
    study = load_study(ground.study)
    built = build(study, ground.period, as_of=date.fromisoformat(ground.as_of) if ground.as_of else None)
    for report in ground.reports:
        declared = REPORTS[report]
        for name in {*declared.read_by("office"), *declared.read_by("units")} & built.records.keys():
            ready(built, name, declared.without, DISPLAY)
    keep(built)
    if "units_current" in built.records:
        offices_named(built, "")  # finds all of them
