from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from evalkit.derive.state import state_of
from tests.derive.conftest import frame


def row(n: int, kind: str, period: str | None, received: datetime, exported: datetime | None = None) -> dict[str, object]:
    return {"import_id": f"i{n}", "sha256": str(n), "file": "a", "kind": kind, "layout": "x", "scope": "full", "period": period,
            "exported_at": exported, "received_at": received, "rows": 1, "rows_read": 1, "rows_refused": 0, "faults": 0}


@pytest.mark.parametrize(("rows", "expected"), [
    ([("appraisals", "2026-Q3", datetime(2026, 10, 13), datetime(2026, 10, 12)), ("attendance", "2026-Q3", datetime(2026, 11, 1), None)],
     date(2026, 10, 12)),
    ([("unit_predikat", "2026-Q3", datetime(2026, 10, 9), None), ("panel", None, datetime(2026, 12, 1), None)], date(2026, 10, 9)),
    ([("panel", None, datetime(2026, 11, 25), None)], date(2026, 11, 25)), ([("units", None, datetime(2026, 11, 25), None)], None),
    ([("appraisals", "2026-Q2", datetime(2026, 7, 25), None)], None), ([], None)])
def test_the_day_that_the_data_show(rows: list[tuple[str, str | None, datetime, datetime | None]], expected: date | None) -> None:
    imports: pd.DataFrame = frame("imports", [row(n, *r) for n, r in enumerate(rows)])
    assert state_of(imports, "2026-Q3") == expected
