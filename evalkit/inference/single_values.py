"""What a caller gives beside the data: one number, a whole number, a mapping, cuts; anything else is refused in a sentence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from evalkit.errors import EstimationError
from evalkit.inference.reading import listed


def single(**named: Any) -> None:
    """Refuse what is not one number where one is meant.

    Raises
    ------
    EstimationError
        If one is a word, missing, or several.

    Examples
    --------
    >>> single(reliability=0.8, k=2)
    """
    for what, value in named.items():
        if not isinstance(value, Real):
            raise EstimationError(f"{what} is one number, not {_kind(value)}.")


def word(**named: Any) -> None:
    """Refuse what is not one word, where a way of doing something or a column is named; nothing at all is for the caller to refuse.

    Raises
    ------
    EstimationError
        If one is a frame, a list, or anything that cannot name.

    Examples
    --------
    >>> word(weights="linear", steps=None)
    """
    for what, value in named.items():
        if not isinstance(value, Hashable):
            raise EstimationError(f"{what} is one word, not {_kind(value)}.")


def whole_number(**named: Any) -> None:
    """Refuse what is not a whole number of 0 or more, as numbers of draws and seeds are.

    Raises
    ------
    EstimationError
        If one is something else.

    Examples
    --------
    >>> whole_number(draws=500, seed=1)
    """
    for what, value in named.items():
        if not isinstance(value, Integral) or value < 0:
            shown = f"{value:g}" if isinstance(value, Real) else _kind(value)
            raise EstimationError(f"{what} is a whole number of 0 or more, not {shown}.")


def mapped(**named: Any) -> None:
    """Refuse what is no mapping where one is meant.

    Raises
    ------
    EstimationError
        If one is something else.

    Examples
    --------
    >>> mapped(subscales={"a1": "A"})
    """
    for what, value in named.items():
        if not isinstance(value, Mapping):
            raise EstimationError(f"{what} says something of each name, as a dict does; it is {_kind(value)}.")


def rising(cuts: Any) -> list[float]:
    """Give the cuts of classes as numbers.

    Raises
    ------
    EstimationError
        If there is none, one is no finite number, or they do not rise.

    Examples
    --------
    >>> rising([60, 80])
    [60.0, 80.0]
    """
    listed(cuts=cuts)
    try:
        found = [float(c) for c in cuts]
    except (TypeError, ValueError):
        found = []
    if not found or not np.isfinite(found).all() or sorted(set(found)) != found:
        raise EstimationError("Cuts are one or more numbers that rise.")
    return found


def ends(value: Any, what: str) -> tuple[float, float]:
    """Give the lowest and the highest value of a scale.

    Raises
    ------
    EstimationError
        If it is not two numbers of which the second is not below the first.

    Examples
    --------
    >>> ends((1, 5), "scale")
    (1.0, 5.0)
    """
    given = list(value) if isinstance(value, (tuple, list, np.ndarray)) else []
    if len(given) != 2 or not all(isinstance(v, Real) and np.isfinite(float(v)) for v in given) or given[0] > given[1]:
        raise EstimationError(f"{what} is the lowest and the highest value, as (1, 5).")
    return float(given[0]), float(given[1])


def _kind(value: object) -> str:
    return "missing" if value is None else f"a {type(value).__name__}" if not isinstance(value, str) else f"the word {value[:40]!r}"
