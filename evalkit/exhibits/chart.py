"""What a chart module gives to a page: how to draw, what to read aloud, what the marks mean, the numbers behind."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evalkit.errors import ExhibitError
from evalkit.exhibits.svg import Draw
from evalkit.exhibits.tables import Col

MOST_WORDS = 60


@dataclass(frozen=True)
class Chart:
    """A chart made from one finished frame.

    `draw(width, narrow)` gives the figure; `alt` is its text alternative, made from the same frame; `key` explains its
    marks as (glyph, words); `numbers` is the frame and the columns shown under "the numbers in this figure".
    """

    draw: Draw
    alt: str
    key: tuple[tuple[str, str], ...] = ()
    numbers: tuple[pd.DataFrame, tuple[Col, ...]] | None = None

    def __post_init__(self) -> None:
        check_alt(self.alt)


def check_alt(alt: str) -> str:
    """Check a text alternative: it must exist and be short enough to be listened to.

    Raises
    ------
    ExhibitError
        If the text is empty or longer than 60 words.

    Examples
    --------
    >>> check_alt("Diagram batang satu baris. Sangat Baik 740, Baik 5.645.")
    'Diagram batang satu baris. Sangat Baik 740, Baik 5.645.'
    """
    words = len(alt.split())
    if not words:
        raise ExhibitError("A figure needs its text alternative: say the kind of chart, its main values and the finding.")
    if words > MOST_WORDS:
        raise ExhibitError(f"The text alternative has {words} words; at most {MOST_WORDS} can be listened to.")
    return alt


def need(frame: pd.DataFrame, columns: tuple[str, ...], chart: str) -> pd.DataFrame:
    """Check that a frame can be drawn: it has the columns and at least one row.

    Raises
    ------
    ExhibitError
        If a column is absent or there are no rows; an exhibit without data is a `cannot` block.

    Examples
    --------
    >>> need(pd.DataFrame({"n": [1]}), ("n",), "composition").shape
    (1, 1)
    """
    absent = [c for c in columns if c not in frame.columns]
    if absent:
        raise ExhibitError(f"The chart {chart} needs the column {absent[0]!r}.")
    if frame.empty:
        raise nothing(chart)
    return frame


def nothing(chart: str) -> ExhibitError:
    """Give the error for a chart without anybody to show."""
    return ExhibitError(f"The chart {chart} has nothing to show; put page.cannot(question, reason, needed) in its place.")
