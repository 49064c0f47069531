"""Which groups are withheld beside the small ones, so that no withheld count is a total less the shown ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def with_others(base: NDArray[np.float64], count: NDArray[np.float64], hidden: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Withhold the next smallest group as long as the withheld ones are one, too few people, or all (or none) of them counted.

    Examples
    --------
    >>> with_others(np.array([40.0, 12.0, 3.0]), np.array([6.0, 2.0, 1.0]), np.array([False, False, True]), 10).tolist()
    [False, True, True]
    """
    out = hidden.copy()
    told = count.sum() in (0.0, base.sum())  # by the total itself
    for i in np.argsort(base, kind="stable"):
        people, counted = base[out].sum(), count[out].sum()
        if not out.any() or (out.sum() > 1 and people >= least and (told or counted not in (0.0, people))):
            break
        out[i] = True
    return out


def along_lines(lines: Sequence[NDArray[np.intp]], base: NDArray[np.float64], count: NDArray[np.float64], hidden: NDArray[np.bool_],
                least: int) -> NDArray[np.bool_]:
    """Withhold others along each line whose total is told (rows and columns of a cross table) until no line needs more; empty cells stay.

    Examples
    --------
    >>> lines = [np.array(line) for line in ([0, 1], [2, 3], [0, 2], [1, 3])]
    >>> base, count = np.array([30.0, 4.0, 50.0, 60.0]), np.array([5.0, 1.0, 9.0, 8.0])
    >>> along_lines(lines, base, count, base < 10, 10).tolist()
    [True, True, True, True]
    """
    out = hidden.copy()
    while True:
        before = out.copy()
        for line in lines:
            place = line[base[line] > 0]
            out[place] = with_others(base[place], count[place], out[place], least)
        if (out == before).all():
            return out
