from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.derive.context import Context, make_context
from evalkit.derive.contracts import contract_of
from evalkit.derive.tables import evidence, history, pattern, results
from evalkit.derive.tables.evaluators import category_use, concordance
from evalkit.tables.schema import PREDIKAT, TABLES
from evalkit.tables.study import Study

Frames = dict[str, pd.DataFrame]


@pytest.fixture
def roster(chain: Callable[..., Frames], frames: Frames) -> pd.DataFrame:
    return chain(frames)["roster"]


def shares(context: Context, values: list[float | None], expected: int = 1000, missing: int = 0, scope: str = "city") -> pd.DataFrame:
    """Give a distribution whose share of Sangat Baik is `values` in the last periods of the window."""
    rows = [{"scope": scope, "scope_id": "", "period": p, "predikat": "sangat_baik", "n": round(v * expected), "expected": expected,
             "missing": missing, "share_low": v, "share_high": v + missing / expected}
            for p, v in zip(context.periods[-len(values):], values, strict=True) if v is not None]
    return pd.DataFrame(rows)


def test_distribution_has_all_predikat_and_bounds(context: Context, roster: pd.DataFrame) -> None:
    table = results.distribution(context, roster)
    city = table[(table["scope"] == "city") & (table["period"] == "2026-Q3")].set_index("predikat")
    assert city["n"].to_dict() == {"sangat_kurang": 0, "kurang": 0, "butuh_perbaikan": 1, "baik": 5, "sangat_baik": 2}
    assert city.loc["sangat_baik", ["rated", "expected", "missing", "share_low", "share_high"]].tolist() == [8, 10, 2, 0.2, 0.4]


def test_parts_add_up_to_the_city(context: Context, roster: pd.DataFrame) -> None:
    table = results.distribution(context, roster)
    sums = {s: rows.groupby(["period", "predikat"])["n"].sum() for s, rows in table.groupby("scope")}
    assert sums["unit"].to_dict() == sums["group"].to_dict() == sums["city"].to_dict()
    assert (table.groupby(["scope", "scope_id", "period"]).size() == len(PREDIKAT)).all()


def test_pairs_of_ratings(context: Context, roster: pd.DataFrame) -> None:
    table = results.rating_counts(context, roster)
    city = table[(table["scope"] == "city") & (table["period"] == "2026-Q3")].set_index(["hasil_kerja", "perilaku_kerja"])["n"]
    assert city.to_dict() == {("di_atas", "di_atas"): 2, ("sesuai", "sesuai"): 5, ("di_bawah", "sesuai"): 1}


def test_limits_are_those_of_the_moving_range(context: Context) -> None:
    earlier = [0.10, 0.11, 0.10, 0.12, 0.11, 0.10, 0.11]
    table = history.history(context, shares(context, [*earlier, 0.13])).set_index("period")
    width = 2.66 * np.mean([0.01, 0.01, 0.02, 0.01, 0.01, 0.01])
    now = table.loc["2026-Q3"]
    assert now["centre"] == pytest.approx(np.mean(earlier), abs=1e-12)
    assert [now["lower"], now["upper"]] == pytest.approx([np.mean(earlier) - width, np.mean(earlier) + width], abs=1e-12)
    assert (now["n_periods"], now["status"], bool(now["outside"])) == (7, "estimated", False)


@pytest.mark.parametrize(("share", "missing", "outside"), [(0.15, 0, True), (0.05, 0, True), (0.05, 80, False), (0.15, 80, True)])
def test_outside_only_if_the_whole_range_is(context: Context, share: float, missing: int, outside: bool) -> None:
    before = shares(context, [0.10, 0.11, 0.10, 0.11, 0.10, 0.11, 0.10, None])
    now = shares(context, [share], missing=missing)
    table = history.history(context, pd.concat([before, now], ignore_index=True)).set_index("period")
    assert bool(table.loc["2026-Q3", "outside"]) is outside


@pytest.mark.parametrize("n", [1, 2, 6])
def test_too_few_periods_are_told(context: Context, n: int) -> None:
    table = history.history(context, shares(context, [0.1] * n))
    assert set(table["status"]) == {"not_estimable"}
    assert set(table["reason"]) == {"too_few_periods"}
    assert table["upper"].isna().all()


def test_constant_shares_have_limits_of_no_width(context: Context) -> None:
    table = history.history(context, shares(context, [0.1] * 7)).set_index("period")
    now = table.loc["2026-Q3"]
    assert [now["lower"], now["centre"], now["upper"]] == pytest.approx([0.1] * 3)
    assert now["status"] == "estimated"


def test_a_gap_is_a_row_and_no_neighbourhood(context: Context) -> None:
    values: list[float | None] = [0.10, 0.12, 0.10, None, 0.30, 0.32, 0.30, 0.31]
    table = history.history(context, shares(context, values)).set_index("period")
    gap = table.loc["2025-Q3"]
    assert (gap["status"], gap["reason"], gap["share"] is pd.NA or np.isnan(gap["share"])) == ("not_estimable", "no_data", True)
    now = table.loc["2026-Q3"]
    assert now["n_periods"] == 6
    assert now["upper"] - now["centre"] == pytest.approx(2.66 * 0.02, abs=1e-12)


def test_limits_stay_between_nobody_and_everybody(context: Context) -> None:
    table = history.history(context, shares(context, [0.0, 0.9, 0.0, 0.9, 0.0, 0.9, 0.0]))
    assert (table["lower"].min(), table["upper"].max()) == (0.0, 1.0)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=8), st.integers(0, 50))
def test_history_is_total(tmp_path_factory: pytest.TempPathFactory, values: list[float | None], missing: int) -> None:
    folder = tmp_path_factory.mktemp("s")
    context = make_context(Study(folder, "s", "S", "id", "Asia/Makassar", folder, folder), "2026-Q3", as_of=None)
    given_shares = shares(context, values, missing=missing)
    if given_shares.empty:
        return
    table = history.history(context, given_shares)
    assert table["status"].isin(["estimated", "not_estimable"]).all()
    assert table.loc[table["status"] == "not_estimable", "reason"].notna().all()
    assert "2026-Q3" in set(table["period"])


def marks(**units: str) -> pd.DataFrame:
    rows = [{"unit_id": u, "period": "2026-Q3", "version": v, "predikat": p, "import_id": "i"}
            for u, codes in units.items() for v, p in enumerate(codes.split(), 1)]
    return TABLES["unit_predikat"].conform(pd.DataFrame(rows))


def counts(**units: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame([{"scope": "unit", "scope_id": u, "period": "2026-Q3", "predikat": p, "n": n.get(p, 0)}
                         for u, n in units.items() for p in PREDIKAT])


def test_each_office_meets_its_own_pattern(context: Context) -> None:
    table = pattern.pattern(context, counts(a={"baik": 9, "sangat_baik": 1}, b={"baik": 6, "sangat_baik": 3, "butuh_perbaikan": 1},
                                            c={"baik": 5}), marks(a="istimewa baik", b="baik"))
    met = table.set_index(["scope_id", "rule"])["met"]
    assert met.to_dict() == {("a", "baik_majority"): True, ("a", "baik_max"): False, ("a", "below_any"): False,
                             ("b", "baik_majority"): True, ("b", "baik_max"): True, ("b", "below_any"): True}
    assert set(table["unit_predikat"]) == {"baik"}
    assert table.loc[table["rule"] == "below_any", "counted"].iloc[0] == "butuh_perbaikan,kurang"


def test_an_office_where_nobody_is_rated_keeps_its_rules(context: Context) -> None:
    table = pattern.pattern(context, counts(a={}), marks(a="baik"))
    assert len(table) == 3
    assert table["met"].isna().all()
    assert pattern.pattern_marks(context, table, counts(a={}))["met"].isna().all()


def test_marks_are_numbered_by_shares_and_hold_no_name(context: Context) -> None:
    spread = counts(z={"baik": 9, "sangat_baik": 1}, m={"baik": 6, "sangat_baik": 3, "butuh_perbaikan": 1}, a={"baik": 10})
    table = pattern.pattern_marks(context, pattern.pattern(context, spread, marks(z="baik", m="baik", a="istimewa")), spread)
    assert not {"scope_id", "opd_id", "unit_id", "name"} & set(contract_of("pattern_marks").names)
    own = table[table["unit_predikat"] == "baik"].sort_values("mark")
    assert own[["mark", "share_baik", "met"]].to_numpy().tolist() == [[1, 0.6, True], [2, 0.9, False]]
    assert table["share_butuh_perbaikan"].le(table["share_below"]).all() and table["share_butuh_perbaikan"].gt(0).any()


def test_use_of_words_leaves_heads_of_offices_out(context: Context, roster: pd.DataFrame) -> None:
    table = category_use(context, roster).set_index(["rater_id", "period"])
    assert ("mayor", "2026-Q3") not in table.index
    own = table.loc[("p01", "2026-Q3")]
    assert own[["n", "categories_used", "n_sangat_baik", "n_below", "opd_id"]].tolist() == [4, 2, 1, 0, "a"]
    assert own["entropy"] == pytest.approx(-(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)))


def test_concordance_keeps_empty_cells(context: Context, roster: pd.DataFrame) -> None:
    table = concordance(context, roster)
    city = table[table["scope"] == "city"]
    assert (len(city), city["n"].sum(), city["n_total"].unique().tolist()) == (9, 6, [6])
    assert set(table["reason"]) == {"rule_makes_them_agree"}


def judged(context: Context, city: dict[str, Any], rungs: dict[str, int], known: tuple[str, ...] = (), status: str = "estimated") -> pd.DataFrame:
    scopes = [("city", ""), ("unit", "a"), ("unit", "b")]
    coverage = pd.DataFrame([{"scope": s, "scope_id": i, "period": "2026-Q3", "expected": 100, "missing": 0, **city} for s, i in scopes])
    past = pd.DataFrame([{"scope": s, "scope_id": i, "period": "2026-Q3", "status": status,
                          "reason": None if status == "estimated" else "too_few_periods"} for s, i in scopes])
    rules = pd.DataFrame({"scope_id": list(known), "period": ["2026-Q3"] * len(known)}, dtype="object")
    ladder = pd.DataFrame([{"scope": "city", "scope_id": "", "instrument": i, "rung": r} for i, r in rungs.items()],
                          columns=["scope", "scope_id", "instrument", "rung"])
    table = evidence.evidence(context, coverage, past, rules, ladder)
    return table[table["scope"] == "city"].set_index("question")


@pytest.mark.parametrize(("missing", "strength", "reason"), [
    (0, 4, "complete"), (5, 4, "complete"), (6, 3, "nearly_complete"), (21, 2, "many_missing"), (51, 1, "most_missing"),
    (100, 0, "nobody_rated")])
def test_counts_are_as_strong_as_they_are_complete(context: Context, missing: int, strength: int, reason: str) -> None:
    row = judged(context, {"missing": missing}, {}).loc["counts"]
    assert (row["strength"], row["reason"], row["role"]) == (strength, reason, "descriptive")


def test_nobody_expected_cannot_be_judged(context: Context) -> None:
    assert judged(context, {"expected": 0}, {}).loc["counts", ["strength", "reason"]].tolist() == [0, "nobody_expected"]


def test_only_the_official_ladder_judges_the_appraisals(context: Context) -> None:
    table = judged(context, {}, {"permenpanrb-6-2022": 1, "formulir-360": 3})
    assert table.loc["objectivity", ["strength", "reason"]].tolist() == [1, "rung_1"]
    assert judged(context, {}, {"formulir-360": 4}).loc["objectivity", ["strength", "reason"]].tolist() == [0, "not_judged"]


@pytest.mark.parametrize(("known", "strength", "reason"), [((), 0, "unit_predikat_missing"), (("a",), 3, "unit_predikat_partly"),
                                                          (("a", "b"), 4, "unit_predikat_known")])
def test_the_pattern_needs_the_unit_predikat(context: Context, known: tuple[str, ...], strength: int, reason: str) -> None:
    assert judged(context, {}, {}, known).loc["pattern", ["strength", "reason"]].tolist() == [strength, reason]


def test_change_needs_periods_and_performance_needs_more_than_predikat(context: Context) -> None:
    table = judged(context, {}, {}, status="not_estimable")
    assert table.loc["change", ["strength", "reason"]].tolist() == [0, "too_few_periods"]
    assert table.loc["performance", "strength"] == 0
    assert judged(context, {}, {}).loc["change", ["strength", "reason"]].tolist() == [3, "same_count_each_period"]
