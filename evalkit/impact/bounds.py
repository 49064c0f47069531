"""Bounds of the difference whoever left, as rows of a verdict."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evalkit.impact.attrition import lee_bounds, manski_bounds
from evalkit.impact.question import Question
from evalkit.impact.verdict import Described


def leaver_bounds(question: Question, after: NDArray[np.float64], sent: NDArray[np.bool_]) -> tuple[Described, ...]:
    """Give Lee's bounds, and Manski's where the scale has ends; nothing where nobody left.

    Examples
    --------
    >>> leaver_bounds(Question("c", "score"), np.array([1.0, np.nan, 1.0, 2.0]), np.array([True, True, False, False]))[0].name
    'lee'
    """
    if not np.isnan(after).any():
        return ()
    lee = lee_bounds(after, sent)
    rows = [] if lee.reason else [Described("lee", math.nan, lee.n, lee.low, lee.high)]
    if question.lowest is not None and question.highest is not None:
        wide = manski_bounds(after, sent, lowest=question.lowest, highest=question.highest)
        rows += [] if wide.reason else [Described("manski", math.nan, wide.n, wide.low, wide.high)]
    return tuple(rows)
