"""How many units keep their rules, and which rule most do not keep: the same as counted by pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.exhibits.reports.evaluation import Evaluation, rule_of
from evalkit.language.sentences.results import Conformity


def conformity(rows: pd.DataFrame, unit: str = "") -> Conformity:
    report = Evaluation.__new__(Evaluation)
    report.unit = unit
    report.__dict__["_pattern"] = rows
    return report.conformity()


def drawn(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rules = pd.DataFrame({"rule": ["top", "most", "low"], "counted": ["sangat_baik", "baik,sangat_baik", "kurang"], "bound": ["max", "min", "max"],
                          "limit_share": [0.2, 0.6, None], "limit_count": [None, None, 1]})
    units = pd.DataFrame({"scope_id": [f"u{i}" for i in range(6)], "unit_predikat": random.choice(["baik", "istimewa", "kurang"], 6)})
    rows = units.merge(rules, how="cross")
    return rows.assign(met=pd.array(random.choice([True, False, None], len(rows), p=[0.6, 0.3, 0.1]), dtype="boolean"))


@pytest.mark.parametrize("unit", ["", "u2"])
@pytest.mark.parametrize("seed", range(12))
def test_rules_are_counted_as_pandas_counts_them(seed: int, unit: str) -> None:
    rows = drawn(seed)
    known = rows[rows["met"].notna()]
    known = known[known["scope_id"] == unit] if unit else known
    by_rule = known.assign(missed=~known["met"].astype(bool)).groupby(["unit_predikat", "rule"])["missed"].agg(["sum", "size"])
    predikat, rule = by_rule["sum"].idxmax()
    worst = by_rule.loc[(predikat, rule)]
    example = known[(known["unit_predikat"] == predikat) & (known["rule"] == rule)].iloc[0]
    kept = known.groupby("scope_id")["met"].all()
    assert conformity(rows, unit) == Conformity(len(kept), int(kept.sum()), rule_of(example) if worst["sum"] else None, int(worst["size"]),
                                                int(worst["sum"]), predikat)


def test_without_rules_nothing_is_counted() -> None:
    assert conformity(drawn(1).assign(met=pd.array([None] * 18, dtype="boolean"))) == Conformity()
