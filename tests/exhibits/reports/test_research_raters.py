"""Takeovers in the research notebooks: nothing is claimed that the range beside it denies."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.exhibits.reports.research_raters import moves_together


@pytest.mark.parametrize(("p", "low", "claimed"), [(0.01, 0.02, True), (0.034, 0.0, False), (0.2, 0.0, False), (0.2, 0.01, False),
                                                  (None, 0.01, False), (0.01, None, False)])
def test_a_spread_is_claimed_when_test_and_range_agree(p: float | None, low: float | None, claimed: bool) -> None:
    assert moves_together(pd.Series({"p_value": p, "conf_low": low}, dtype="Float64")) is claimed
