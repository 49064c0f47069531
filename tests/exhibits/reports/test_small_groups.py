"""Counts by group on the page of the city: what few persons got does not follow from the others."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.exhibits.reports.city import _with_next


@pytest.mark.parametrize(("rated", "kept"), [([900, 60, 4], [900]), ([900, 60, 12], [900, 60]), ([900, 60, 0], [900, 60]), ([900, 4], []),
                                             ([900, 700, 20, 4], [900, 700]), ([4], [])])
def test_the_next_smallest_group_goes_with_one_of_a_few_persons(rated: list[int], kept: list[int]) -> None:
    rows = pd.DataFrame({"attribute": "a", "name": [str(n) for n in rated], "rated": rated})
    for column in ("above", "share", "below"):
        rows[column] = [1 if n >= 30 else None for n in rated]
    found = _with_next(rows.astype({"above": object, "below": object}))
    assert found.loc[found["above"].notna() & found["below"].notna() & found["share"].notna(), "rated"].tolist() == kept
