"""The table of false claims: its contract, the page's own families, and an answer where nobody is rated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.catalog import CATALOG
from evalkit.derive.context import Context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import false_claims as made
from evalkit.derive.tables.fairness import fairness_estimates, parts_of, reference_of
from evalkit.fairness.false_claims import within_p_values
from tests.derive.tables.test_fairness import context as small_context
from tests.derive.tables.test_fairness import roster

ROWS = {("clustering", "sangat_baik"), ("clustering", "below_baik"), ("rotation_effect", "sangat_baik"), ("rotation_effect", "below_baik"),
        ("gaps_within_evaluators", "sangat_baik"), ("gaps_within_evaluators", "below_baik"), ("gaps_within_evaluators", "all")}


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(made, "DRAWS", 199)
    monkeypatch.setattr(made, "PERMUTED", 40)
    return replace(small_context(), settings={**small_context().settings, "seed": 5})


@pytest.mark.parametrize("kept", ["all", "nobody", "one_period", "one_word", "two_regimes"])
def test_the_table_keeps_its_contract(own: Context, kept: str) -> None:
    whole = roster()
    rows = {"all": whole, "nobody": whole.head(0), "one_period": whole[whole["period"] == "2026-Q3"], "one_word": whole.assign(predikat="baik"),
            "two_regimes": whole.assign(instrument=np.where(whole["opd_id"] == "u0", "i", "j"))}[kept]
    table = made.false_claims(own, rows)
    assert len(contract_of("false_claims").conform(table)) == len(table)
    assert set(zip(table["statement"], table["outcome"], strict=True)) == ROWS
    assert table.loc[table["status"] != "estimated", "reason"].str.len().gt(0).all()
    gaps = table[table["statement"] == "gaps_within_evaluators"]
    if kept in ("all", "two_regimes"):
        assert (gaps["status"] == "estimated").all()
        assert (gaps["draws"] == (80 if kept == "two_regimes" else 40)).all()
    if kept in ("nobody", "one_word"):
        assert (table["status"] == "not_estimable").all()


def test_the_family_is_that_of_the_page(own: Context) -> None:
    page = fairness_estimates(own, roster())
    family = page[(page["scope"] == "city") & (page["family"] == "gaps_within_evaluators")]
    now = next(p for p in parts_of(own, roster()) if p.scope == "city" and p.outcome == "sangat_baik").now
    chosen = {a: reference_of(own, now[a], a) or "" for a in own.setting("attributes")}
    found = within_p_values(now, references=chosen, outcomes=["hit"], min_group=10)
    seen = family[family["outcome"] == "sangat_baik"].assign(group=lambda d: d["group"].str.split(" / ").str[0])
    pd.testing.assert_series_equal(found.set_index(["attribute", "group"])["p_value"].sort_index(),
                                   seen.set_index(["term", "group"])["p_value"].sort_index().rename_axis(["attribute", "group"]),
                                   check_index_type=False)


def test_the_office_alone_reads_it_and_both_rooms_decide_it() -> None:
    row = CATALOG["false_claims"]
    assert row.audience == ("office",)
    assert row.stages == ("raters", "fairness")
