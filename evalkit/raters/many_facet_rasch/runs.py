"""How the rows of a design lie: in blocks, in runs that share their first two levels, and in the dense columns of a Newton step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.raters.many_facet_rasch.design import Codes, Design, Matrix, Vector, add_runs, common_length

BLOCK = 16_384


@dataclass
class Sums:
    """Expected totals a facet, expected counts of categories a group; with information where it was asked for.

    `pair` are sums of the variance over runs of one lead and second level; `border` is lead by dense columns (the levels of
    small facets, then thresholds by category and group), `second_border` the same for the second facet, `inner` among the columns.
    """

    expected: list[Vector]
    counts: Matrix
    log_likelihood: float = 0.0
    variance: list[Vector] | None = None
    pair: Vector | None = None
    border: Matrix | None = None
    large_border: list[Matrix] | None = None
    inner: Matrix | None = None
    row_variance: Vector | None = None


class Runs:
    """The rows of one design; `steps` is the facet whose levels have thresholds of their own, or nothing."""

    def __init__(self, design: Design, steps: int | None) -> None:
        self.d = design
        self.steps = steps
        sizes = design.sizes()
        self.groups = 1 if steps is None else sizes[steps]
        self.interior = [int(k) for k in design.used[1:-1]]
        self.small = design.small
        self.offsets = np.concatenate([[0], np.cumsum([sizes[f] for f in self.small])]).astype(int)
        self.columns = int(self.offsets[-1]) + len(self.interior) * self.groups
        self._group: Codes | None = None if steps is None else design.codes[steps]
        self._pair_lead = design.codes[design.lead][design.starts]
        self._ends = np.append(design.starts[1:], design.rows)
        self._lengths = self._ends - design.starts
        self._each = common_length(self._lengths)
        self._lead_of_pair_starts = np.searchsorted(design.starts, design.lead_starts)
        self.pair_second: Codes | None = design.codes[design.large[0]][design.starts] if design.large else None
        self._low = int(design.used[0])
        self._runs_of_lead = common_length(np.diff(np.append(self._lead_of_pair_starts, len(design.starts))))

    @property
    def pair_lead(self) -> Codes:
        """Level of the lead facet of each run."""
        return self._pair_lead

    def lead_sums(self, pairs: Vector) -> Vector:
        """Add runs up to the lead facet's levels."""
        return add_runs(pairs, self._lead_of_pair_starts, self._runs_of_lead)

    def run_sums(self, values: Vector, rows: slice, pairs: slice, out: Vector) -> None:
        """Add the rows of a block up to its runs."""
        out[pairs] = add_runs(values, self.d.starts[pairs] - rows.start, self._each)

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Give rows and runs of each block; a block ends where a level of the lead facet ends."""
        d = self.d
        ends = np.append(d.lead_starts[1:], d.rows)
        pair_ends = np.append(self._lead_of_pair_starts[1:], len(d.starts))
        row = pair = 0
        while row < d.rows:
            at = min(int(np.searchsorted(ends, row + BLOCK)), len(ends) - 1)
            yield slice(row, int(ends[at])), slice(pair, int(pair_ends[at]))
            row, pair = int(ends[at]), int(pair_ends[at])
