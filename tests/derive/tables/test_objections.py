from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables.objections import objection_cases
from tests.derive.conftest import appraisal, frame

Frames = dict[str, pd.DataFrame]
FILED = date(2026, 10, 14)


@pytest.fixture
def cases(context: Context, chain: Callable[..., Frames], frames: Frames) -> Callable[..., pd.DataFrame]:
    def make(*rows: dict[str, object], later: tuple[dict[str, object], ...] = ()) -> pd.DataFrame:
        frames["appraisals"] = pd.concat([frames["appraisals"], frame("appraisals", list(later))]) if later else frames["appraisals"]
        listed = frame("objections", [{"filed_at": FILED, **r} for r in rows])
        found = objection_cases(context, listed, frames["appraisals"], chain(frames)["roster"])
        contract = contract_of("objection_cases")
        return contract.conform(found.reindex(columns=list(contract.names))).sort_values("appraisal_id", ignore_index=True)
    return make


def test_an_objection_by_the_id_of_the_appraisal(cases: Callable[..., pd.DataFrame]) -> None:
    row = cases({"appraisal_id": "P03-2026-Q3"}).iloc[0]
    assert row[["appraisal_id", "link", "person_id", "period", "unit_id", "opd_id", "superior_id", "sex", "predikat_before"]].tolist() == [
        "p03-2026-Q3", "by_id", "p03", "2026-Q3", "a1", "a", "p01", "F", "baik"]
    assert not row["is_decided"] and pd.isna(row["is_granted"]) and pd.isna(row["is_late"]) and pd.isna(row["new_version"])


def test_an_objection_by_person_and_period_is_one_to_the_official_appraisal(cases: Callable[..., pd.DataFrame]) -> None:
    acting = appraisal("p03", "2026-Q3", "sangat_baik", appraisal_id="p03-plt", is_acting=True)
    row = cases({"appraisal_id": "of:1", "person_id": "p03", "period": "2026-Q3"}, later=(acting,)).iloc[0]
    assert row[["appraisal_id", "link"]].tolist() == ["p03-2026-Q3", "by_person"]


def test_a_granted_objection_and_its_new_version(cases: Callable[..., pd.DataFrame]) -> None:
    """Versions: 12 October baik, 13 October baik again (another unit), 30 October sangat_baik, 5 November baik."""
    more = (appraisal("p03", "2026-Q3", version=2, exported_at=datetime(2026, 10, 13), unit_id="a"),
            appraisal("p03", "2026-Q3", "sangat_baik", version=3, exported_at=datetime(2026, 10, 30)),
            appraisal("p03", "2026-Q3", version=4, exported_at=datetime(2026, 11, 5)))
    row = cases({"appraisal_id": "p03-2026-Q3", "decision": "diubah", "decided_at": date(2026, 10, 29), "due_at": date(2026, 10, 28)},
                later=more).iloc[0]
    assert row[["is_decided", "is_granted", "is_late", "predikat_before", "predikat_after", "new_version"]].tolist() == [
        True, True, True, "baik", "sangat_baik", 3]


def test_what_is_withheld_from_a_rate_is_not_lost(cases: Callable[..., pd.DataFrame]) -> None:
    """An id that no export has keeps the period of the list; one without any period belongs to none and is left out."""
    found = cases({"appraisal_id": "x", "period": "2026-Q3", "decision": "tetap", "decided_at": date(2026, 10, 20)}, {"appraisal_id": "y"},
                  {"appraisal_id": "z", "period": "2026-S1"})
    assert found[["appraisal_id", "link", "is_granted"]].to_numpy().tolist() == [["x", "none", False]]
    assert found["person_id"].isna().all()


def test_two_ways_to_name_one_objection_are_one(cases: Callable[..., pd.DataFrame]) -> None:
    assert len(cases({"appraisal_id": "p03-2026-Q3"}, {"appraisal_id": "of:1", "person_id": "p03", "period": "2026-Q3"})) == 1


def test_no_objections_give_the_empty_table(cases: Callable[..., pd.DataFrame]) -> None:
    assert cases().empty
