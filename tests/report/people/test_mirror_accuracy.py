"""What an evaluator's mirror says of her own answers to vignettes: with ranges, without a rank, nothing where there are none."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from evalkit.report.people.mirror import Evaluator, Measured, Team, _measured, body

FACTS: Any = SimpleNamespace(period="2026-Q3", title="Kota Contoh", due_at=date(2026, 10, 14), due_confirmed=True)
TEAM = (Team("2026-Q3", 3, 3, 0, 0, (1, 2, 0, 0, 0)),)


class Served:
    """A handle over one table."""

    def table(self, name: str) -> pd.DataFrame:
        assert name == "linked_accuracy"
        rows = [("vinyet", "distance", "e1"), ("vinyet", "elevation", "e1"), ("vinyet", "distance", "e2"), ("vinyet", "distance", ""),
                ("panel", "elevation", "e1")]
        frame = pd.DataFrame(rows, columns=["instrument", "measure", "term"])
        return frame.assign(status="estimated", estimate=0.4, conf_low=[0.2, float("nan"), 0.1, 0.3, 0.0],
                            conf_high=[0.7, float("nan"), 0.6, 0.5, 1.0], null_value=0.0, n=6, period="2026-Q3")


def test_each_evaluator_gets_her_own_rows_where_there_is_a_key():
    found = _measured(Served())  # type: ignore[arg-type]  # a handle over one table
    assert set(found) == {"e1", "e2"} and [m.measure for m in found["e1"]] == ["elevation", "distance"]


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_mirror_shows_ranges_and_no_rank(language):
    own = (Measured("elevation", 0.56, -0.06, 1.18, 0.0, 6, "2026-Q2"), Measured("distance", 0.97, float("nan"), float("nan"), 0.0, 6, "2026-Q2"))
    text = body(Evaluator("e1", "SITI", "u", TEAM, (), own), FACTS, 3, language)
    assert 'id="t-ketepatan"' in text and not re.search(r"\bnan\b", text)
    assert ("0,56" if language == "id" else "0.56") in text and 'class="cannot"' not in text
    without = body(Evaluator("e1", "SITI", "u", TEAM), FACTS, 3, language)
    assert 'id="t-ketepatan"' not in without and 'class="cannot"' in without
