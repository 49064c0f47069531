"""The objections of the small city: written as a list of an office, read back, and held against the truth."""

from __future__ import annotations

import pandas as pd

from evalkit.derive.build import build
from evalkit.tables.store import read


def test_the_objections_of_the_city_come_back(built_city):
    """Every second row of the list names person and period only; each granted one has a version with other ratings."""
    truth = pd.read_parquet(built_city.root / "truth" / "objections.parquet")
    period = truth["period"].iloc[0]
    cases = build(built_city, period, names=["objection_cases"]).table("objection_cases").astype(object)
    cases = cases.assign(bare=cases["appraisal_id"].str.replace("-", "")).set_index("bare")
    assert set(cases.index) == set(truth["appraisal"]) and len(cases) == len(truth)
    assert set(cases["link"]) == {"by_id", "by_person"}
    assert not len(read(built_city, "faults").query("rule.str.startswith('objection.')"))
    for row in truth.itertuples():
        own = cases.loc[row.appraisal]
        assert (own["decision"], own["filed_at"], own["decided_at"]) == (row.decision, row.filed_at, row.decided_at)
        assert own["is_granted"] == (row.decision == "diubah") == pd.notna(own["new_version"])
        assert own["is_late"] is False and pd.notna(own["opd_id"]) and pd.notna(own["employment"])
    granted = cases[cases["is_granted"].astype(bool)]
    assert granted["predikat_after"].notna().all() and cases["predikat_before"].ne("sangat_baik").all()


def test_what_the_store_holds_of_an_objection_names_nobody(built_city):
    stored = read(built_city, "objections")
    assert len(stored) and not stored.astype(str).apply(lambda c: c.str.contains(r"\d{15}")).to_numpy().any()
