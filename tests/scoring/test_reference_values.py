"""National shares (rules file 7.2, S89)."""

import pytest

from evalkit.errors import ScoringError
from evalkit.scoring.reference_values import below_baik, compare, national_shares


@pytest.mark.parametrize(("employment", "below"), [("pns", 0.0027), ("pppk", 0.0022)])
def test_table_adds_up(employment, below):
    assert sum(national_shares(employment).values()) == pytest.approx(1, abs=2e-4)
    assert below_baik(employment) == pytest.approx(below)


def test_difference_in_shares():
    rows = compare({"baik": 88, "sangat_baik": 12}, scope_id="u1", period="2026-Q3").set_index("term")
    assert rows.loc["baik", "estimate"] == pytest.approx(0.88 - 0.8846)
    assert rows.loc["sangat_baik", "estimate"] == pytest.approx(0.12 - 0.1127)
    assert set(rows["role"]) == {"descriptive"}
    assert rows["std_error"].isna().all()


def test_nobody_rated():
    rows = compare({})
    assert set(rows["status"]) == {"not_estimable"}
    assert rows["estimate"].isna().all()
    assert len(rows) == 5


def test_unknown_employment():
    with pytest.raises(ScoringError, match="honorer"):
        national_shares("honorer")
