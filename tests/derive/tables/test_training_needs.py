"""Needs by competence and office, counted by hand in the small city: forms, teachers, vignettes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.derive.context import Context
from evalkit.derive.tables.training_needs import training_needs
from evalkit.instruments.catalog import load
from tests.derive.conftest import frame
from tests.derive.tables.test_training import WINDOW, outcomes, roster


def answered(instrument: str, levels: dict[str, list[list[float]]], period: str, items: list[str], kind: str = "employee") -> list[dict[str, object]]:
    """Rows of ratings: by object, one list of answers a rater."""
    return [{"instrument": instrument, "object_id": o, "object_kind": kind, "rater_id": f"r{n}", "rater_role": "superior", "item": i, "occasion": "1",
             "period": period, "rating": v}
            for o, raters in levels.items() for n, given in enumerate(raters) for i, v in zip(items, given, strict=True)]


def needs_of(ratings: list[dict[str, object]], key: list[dict[str, object]] | None = None, least: int = 3) -> pd.DataFrame:
    own = Context(WINDOW[-1], WINDOW, settings={"plans": (), "seed": 1, "min_group": least})
    found = training_needs(own, roster(), frame("ratings", ratings), frame("vignette_key", key or []), outcomes())
    return found.set_index(["scope_id", "competence"])


def test_needs_by_items_of_a_form_by_hand() -> None:
    levels = {f"p{i:02d}": [[1.0 + i % 4, 5.0], [1.0 + i % 4, 4.0]] for i in range(12)} | {"nobody": [[1.0, 1.0]]}
    rows = answered("formulir-360", levels, "2026-Q3", ["akuntabel", "loyal"])
    own = [{**rows[0], "rater_id": "p00", "object_id": "p00", "rating": 5.0}]  # of herself
    found = needs_of(rows + own)
    assert found.loc[("", "akuntabel"), ["audience", "kind", "measured_in", "n", "below"]].tolist() == ["staff", "item", "2026-Q3", 12, 9]
    assert found.loc[("", "akuntabel"), "level"] == pytest.approx(1.5 / 4)  # 1, 2, 3, 4 on a scale of 1 to 5
    assert found.loc[("", "loyal"), "level"] == pytest.approx(3.5 / 4)
    assert found.loc[("a", "akuntabel"), "n"] == 4


def teachers(n: int, apart: bool, seed: int = 3) -> list[dict[str, object]]:
    """Fourteen competences of twelve teachers; the groups are abilities of their own, or all one."""
    rng = np.random.default_rng(seed)
    form = load("pk-guru-14")
    one = rng.normal(size=n)
    own = {g: rng.normal(size=n) if apart else one for g in sorted({i.group for i in form.items})}
    levels = {f"p{p:02d}": [[float(np.clip(np.rint(2.5 + 0.9 * own[i.group][p] + 0.5 * rng.normal()), 1, 4)) for i in form.items]]
              for p in range(n)}
    return answered("pk-guru-14", levels, "2025", [i.key for i in form.items])


def test_competences_of_teachers_come_from_the_last_year_and_their_groups_only_where_they_add_something() -> None:
    apart = needs_of(teachers(12, apart=True))
    groups = apart[apart["kind"].eq("subscore")].xs("", level="scope_id")
    assert groups["status"].eq("estimated").all() and groups["gain"].gt(0).all() and len(groups) == 4
    assert apart.loc[("", "k01"), ["kind", "measured_in", "label_en"]].tolist() == ["item", "2025", "Knows learners"]
    assert ("", "total") in apart.index
    same = needs_of(teachers(12, apart=False))
    held = same[same["kind"].eq("subscore") & same["reason"].eq("total_says_more")]
    assert len(held) and held["gain"].le(0).all() and held["level"].isna().all() and held["below"].isna().all()
    assert same.loc[("", "total"), "status"] == "estimated"
    two = needs_of(teachers(2, apart=True), least=1)
    assert set(two[two["kind"].eq("subscore")]["reason"]) == {"value_not_known"}
    old = [{**r, "period": "2024"} for r in teachers(12, apart=True)]
    assert needs_of(old).empty


def test_needs_of_evaluators_are_their_way_to_the_key() -> None:
    items = ["akuntabel", "loyal"]
    key = [{"instrument": "vinyet", "object_id": v, "item": i, "expert_rating": e, "n_experts": 5, "spread": 0.3, "form": f}
           for v, f, e in (("A1", "A", 5.0), ("A2", "A", 1.0), ("B1", "B", 4.0)) for i in items]
    given = {"sa": {"A1": [5.0, 3.0], "A2": [1.0, 3.0]}, "sb": {"A1": [4.0, 3.0], "A2": [2.0, 3.0]}, "sc": {"B1": [4.0, 3.0]},
             "nobody": {"A1": [1.0, 1.0]}}
    rows = [{**r, "rater_id": s} for s, told in given.items() for v, a in told.items()
            for r in answered("vinyet", {v: [a]}, "2026-Q2", items, kind="vignette")]
    found = needs_of(rows, key)
    assert found.loc[("", "akuntabel"), ["audience", "kind", "measured_in", "n", "below"]].tolist() == ["evaluator", "vignettes", "2026-Q2", 3, 0]
    assert found.loc[("", "akuntabel"), "level"] == pytest.approx((1 + 0.5 + 1) / 3)
    assert found.loc[("", "loyal"), ["level", "below"]].tolist() == [0.0, 3]
    assert found.loc[("", "total"), "level"] == pytest.approx((0.5 + 0.25 + 0.5) / 3)
    assert set(found[found.index.get_level_values("scope_id") != ""]["reason"]) == {"small_group"}
    assert needs_of(rows, []).empty
