"""Ratings without a joint maximum: found, said, and nothing finite claimed across the break; by construction and against a linear programme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from evalkit.raters.linked_severity import linked_severity
from evalkit.raters.many_facet_rasch import many_facet_rasch

NO_DISTANCE = "no_finite_distance"


def ratings(objects: int, raters: int, rule) -> pd.DataFrame:
    return pd.DataFrame([(f"o{o:03d}", f"r{q:03d}", rule(o, q)) for o in range(objects) for q in range(raters)],
                        columns=["object_id", "rater_id", "rating"])


def of(model, facet: str) -> pd.DataFrame:
    return model.measures[model.measures["facet"].eq(facet)].set_index("level")


def split(high: int, objects: int = 8):
    """The first `high` objects get 3 or 4 from everybody, the others 1 or 2."""
    return ratings(objects, 6, lambda o, q: 1 + (o + q) % 2 + 2 * (o < high))


def test_two_halves_always_apart_have_no_distance_and_their_raters_do():
    model = many_facet_rasch(split(4))
    assert (model.status, model.reason, model.converged) == ("estimated", "no_finite_maximum", False)
    objects, raters = of(model, "object_id"), of(model, "rater_id")
    assert objects["status"].eq("boundary").all() and objects["reason"].eq(NO_DISTANCE).all()
    assert objects[["measure", "std_error", "std_error_conditional", "fair_average"]].isna().all(axis=None)
    assert raters["status"].eq("estimated").all() and raters["std_error"].max() < 1.5
    assert raters["measure"].mean() == pytest.approx(0, abs=1e-9) and raters["fair_average"].isna().all()  # the mean object lies nowhere
    assert model.facets.set_index("facet").loc["object_id", ["status", "reason"]].tolist() == ["not_estimable", NO_DISTANCE]


def test_more_than_half_that_hang_together_keep_what_a_fit_of_them_alone_gives():
    rows = split(5)
    model = many_facet_rasch(rows, tolerance=1e-6)
    objects = of(model, "object_id")
    assert objects["reason"].eq(NO_DISTANCE).to_numpy().tolist() == [False] * 5 + [True] * 3
    assert objects["measure"].notna().to_numpy().tolist() == [True] * 5 + [False] * 3


def test_raters_that_only_meet_one_way_part_as_well():
    """Both blocks are mixed within; every object of the second is above every one of the first wherever they share raters."""
    block = ratings(12, 8, lambda o, q: (o + q) % 2 if (o >= 8) == (q >= 5) else int(o >= 8))
    model = many_facet_rasch(block)
    raters = of(model, "rater_id")
    assert model.reason == "no_finite_maximum"
    assert raters["reason"].eq(NO_DISTANCE).to_numpy().tolist() == [False] * 5 + [True] * 3
    kept = raters.iloc[:5]
    assert kept["measure"].mean() == pytest.approx(0, abs=1e-9) and kept["std_error"].max() < 1.2
    alone = of(many_facet_rasch(block[block["object_id"].lt("o008") & block["rater_id"].lt("r005")]), "rater_id")
    assert kept["measure"].to_numpy() == pytest.approx(alone["measure"].to_numpy(), abs=5e-3)
    assert kept["std_error"].to_numpy() == pytest.approx(alone["std_error"].to_numpy(), rel=0.02)


@pytest.mark.parametrize("tolerance", [1e-1, 1e-3, 1e-6, 1e-9])
def test_it_is_said_however_long_one_searches(tolerance):
    assert many_facet_rasch(split(4), tolerance=tolerance).reason == "no_finite_maximum"


def apart(per: int) -> pd.DataFrame:
    """Each of 300 objects by `per` of 100 raters; the last third of both is above the first two wherever they meet."""
    rng = np.random.default_rng(3)
    rows = pd.DataFrame([(o, q) for o in range(300) for q in rng.choice(100, per, replace=False)], columns=["object_id", "rater_id"])
    own = (rows["object_id"] >= 200).eq(rows["rater_id"] >= 70).to_numpy()
    return rows.assign(rating=np.where(own, rng.integers(0, 2, len(rows)), (rows["object_id"] >= 200).to_numpy().astype(int)))


def test_large_facets_part_too():
    model = many_facet_rasch(apart(30))
    assert model.reason == "no_finite_maximum"
    told = model.measures[model.measures["status"].eq("estimated")]
    assert told.query("facet == 'rater_id'")["level"].max() < 70 and told.query("facet == 'object_id'")["level"].max() < 200
    assert len(told.query("facet == 'rater_id'")) > 60


def test_where_the_search_comes_to_no_end_it_is_said_and_nothing_is_claimed():
    """Six raters an object, in chains of breaks: the search does not meet the totals."""
    model = many_facet_rasch(apart(6))
    assert model.reason == "no_finite_maximum" and not model.converged
    assert not model.measures["status"].eq("estimated").any() or model.largest_residual < 0.05


def test_anchors_on_both_sides_hold_the_distance():
    block = ratings(12, 8, lambda o, q: (o + q) % 2 if (o >= 8) == (q >= 5) else int(o >= 8))
    free = many_facet_rasch(block, anchors={"rater_id": {"r000": 0.0}})
    assert of(free, "rater_id")["reason"].eq(NO_DISTANCE).sum() == 3 and of(free, "rater_id").loc["r000", "status"] == "anchored"
    held = many_facet_rasch(block, anchors={"rater_id": {"r000": 0.0, "r007": 3.0}})
    assert held.converged and not held.reason and held.measures["measure"].notna().all()


def test_ratings_that_hang_together_are_as_before():
    rows = ratings(10, 6, lambda o, q: (o * 7 + q * 3 + o * q) % 4)
    model = many_facet_rasch(rows)
    assert model.converged and not model.reason and not model.measures["reason"].eq(NO_DISTANCE).any()


def test_the_public_case_keeps_its_severities(shared):
    """pc26: no object has ratings on both sides of 4, so that objects part in three; raters share all objects."""
    model = many_facet_rasch(pd.read_csv(shared / "cases" / "pc26-steps-never-used.csv"), categories=(1, 5))
    assert model.reason == "no_finite_maximum" and of(model, "rater_id")["status"].eq("estimated").all()
    inner = of(model, "object_id").query("reason not in ('all_lowest', 'all_highest')")
    assert inner["reason"].eq(NO_DISTANCE).all()


def test_a_linked_set_with_one_object_apart_keeps_its_severities():
    rng = np.random.default_rng(8)
    lenient = np.linspace(-1, 1, 6)
    rows = ratings(40, 6, lambda o, q: int(np.clip(round(3 + rng.normal(0, 1) + (o % 5 - 2) / 2 + lenient[q]), 1, 5)))
    rows = rows.assign(instrument="x", item="", period="2026-Q1", window="")
    found = linked_severity(rows)
    assert found.reason == "" and found.severities["measure"].notna().all()


def _programme(rows: pd.DataFrame, facets: list[str]):
    """Rows of what each rating would lose against each other category, in the levels and the steps between the ends."""
    codes = [pd.factorize(rows[f], sort=True) for f in facets]
    used = np.unique(rows["rating"])
    ends = np.r_[0, np.cumsum([len(levels) for _, levels in codes])]
    out = []
    for i, x in enumerate(rows["rating"]):
        for k in used[used != x]:
            line = np.zeros(ends[-1] + max(len(used) - 2, 0))
            for f, (own, _) in enumerate(codes):
                line[ends[f] + own[i]] += x - k
            for value, sign in ((x, 1.0), (k, -1.0)):
                place = int(np.searchsorted(used, value))
                if 0 < place < len(used) - 1:
                    line[ends[-1] + place - 1] += sign
            out.append(line)
    return np.unique(out, axis=0), ends


def _runs(lines: np.ndarray) -> bool:
    k, n = lines.shape
    found = linprog(np.r_[np.zeros(n), -np.ones(k)], A_ub=np.c_[-lines, np.eye(k)], b_ub=np.zeros(k), bounds=[(-50, 50)] * n + [(0, 1)] * k)
    return bool(found.fun < -0.5)


def _apart(lines: np.ndarray, a: int, b: int) -> bool:
    for sign in (1.0, -1.0):
        goal = np.zeros(lines.shape[1])
        goal[a], goal[b] = sign, -sign
        if linprog(goal, A_ub=-lines, b_ub=np.zeros(len(lines)), bounds=[(-1, 1)] * lines.shape[1]).fun < -1e-6:
            return True
    return False


def test_equals_a_linear_programme_on_sets_drawn_by_chance():
    """Whether there is a maximum, and which levels have a finite distance: an independent path, 60 small sets of every kind."""
    rng = np.random.default_rng(11)
    seen = {True: 0, False: 0}
    for _ in range(60):
        objects, raters, items, top = int(rng.integers(4, 9)), int(rng.integers(2, 5)), int(rng.integers(1, 3)), int(rng.integers(2, 6))
        spread = float(rng.choice([0.5, 2, 4]))
        a, b, c = rng.normal(0, spread, objects), rng.normal(0, 1, raters), rng.normal(0, 1, items)
        rows = []
        for o, q, i in np.ndindex(objects, raters, items):
            if rng.random() < 0.85:
                power = np.arange(top) * (a[o] - b[q] - c[i]) - np.r_[0, np.cumsum(np.linspace(-1.5, 1.5, top - 1))]
                chance = np.exp(power - power.max())
                rows.append((o, q, i, int(rng.choice(top, p=chance / chance.sum()))))
        facets = ["object_id", "rater_id", *(["item"] if items > 1 else [])]
        model = many_facet_rasch(pd.DataFrame(rows, columns=["object_id", "rater_id", "item", "rating"]), facets)
        if model.status != "estimated" or model.n_subsets > 1:
            continue
        fitted = model.expected().rename(columns={"observed": "rating"})
        lines, ends = _programme(fitted, facets)
        endless = _runs(lines)
        seen[endless] += 1
        assert (model.reason == "no_finite_maximum") == endless
        for f, facet in enumerate(facets):
            own = of(model, facet)
            told = np.flatnonzero(own.loc[sorted(fitted[facet].unique()), "reason"].eq("").to_numpy())
            assert not any(_apart(lines, ends[f] + told[0], ends[f] + k) for k in told[1:])
            if endless and not len(told):
                assert _apart(lines, ends[f], ends[f] + 1) or any(_apart(lines, ends[f], ends[f] + k) for k in range(1, ends[f + 1] - ends[f]))
    assert seen[True] >= 15 and seen[False] >= 15
