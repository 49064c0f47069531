"""Objectivity from linked data against loops over the definitions, exact arithmetic, made data of known truth, and degenerate data.

No published table with a worked example of Cronbach's four components, of halo by within-ratee spread or of the two official ratings
against a key was found; the definitions are therefore enumerated cell by cell. Published figures: Shrout and Fleiss (1979).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.raters import (
    AdjustedScores,
    accuracy,
    adjusted_scores,
    design_reason,
    differential_functioning,
    drift,
    halo,
    rasch_drift,
    rasch_severities,
    role_means,
    role_reliability,
    scale_use,
    self_other,
    severity,
    severity_in_service,
)
from evalkit.raters.many_facet_rasch import many_facet_rasch
from evalkit.raters.objectivity import guard
from evalkit.raters.objectivity.cases import cases_of
from evalkit.raters.objectivity.guard import spread_between

LINKED = ("accuracy", "halo", "severity", "scale_use")


def long(x: np.ndarray, period: str = "1") -> pd.DataFrame:
    """Raters x objects x items to rows; missing ratings are left out."""
    r, o, i = np.indices(x.shape)
    frame = pd.DataFrame({"rater_id": [f"r{v:03d}" for v in r.ravel()], "object_id": [f"o{v:03d}" for v in o.ravel()],
                          "item": [f"i{v}" for v in i.ravel()], "period": period, "rating": x.ravel()})
    return frame.dropna(subset=["rating"])


def key_of(t: np.ndarray) -> pd.DataFrame:
    return long(t[None]).drop(columns=["rater_id", "period"]).rename(columns={"rating": "expert_rating"})


def linked(raters: int, objects: int, items: int, *, severity: float = 0.4, noise: float = 0.6, seed: int = 1):
    rng = np.random.default_rng(seed)
    t = rng.uniform(1.5, 4.5, (objects, 1)) + rng.normal(0, 0.5, (objects, items))
    c = rng.normal(0, severity, raters)
    x = t - c[:, None, None] + rng.normal(0, noise, (raters, objects, items))
    return long(np.clip(np.round(x), 1, 5)), key_of(t), c


def one(frame: pd.DataFrame, measure: str, term: str = "r000") -> pd.Series:
    rows = frame[(frame["measure"].eq(measure) & frame["term"].eq(term)).to_numpy(dtype=bool, na_value=False)]
    assert len(rows) == 1
    return rows.iloc[0]


# ---- accuracy
def components(x: np.ndarray, t: np.ndarray) -> dict[str, float]:
    """Cronbach's components as he defines them: each mean against the mean of the key, by loops."""
    n, k = x.shape
    grand = sum(x[i][j] - t[i][j] for i in range(n) for j in range(k)) / (n * k)
    rows = [sum(x[i]) / k - sum(t[i]) / k for i in range(n)]
    columns = [sum(x[i][j] for i in range(n)) / n - sum(t[i][j] for i in range(n)) / n for j in range(k)]
    de = sum((r - grand) ** 2 for r in rows) / n
    sa = sum((c - grand) ** 2 for c in columns) / k
    da = sum((x[i][j] - t[i][j] - rows[i] - columns[j] + grand) ** 2 for i in range(n) for j in range(k)) / (n * k)
    d = sum((x[i][j] - t[i][j]) ** 2 for i in range(n) for j in range(k)) / (n * k)
    return {"elevation": grand, "differential_elevation": de**0.5, "stereotype_accuracy": sa**0.5, "differential_accuracy": da**0.5,
            "distance": d**0.5}


@settings(max_examples=4)
@given(st.integers(2, 7), st.integers(2, 6), st.integers(0, 10_000))
def test_components_are_the_definitions_and_add_up(n, k, seed):
    rng = np.random.default_rng(seed)
    x, t = rng.integers(1, 6, (5, n, k)).astype(float), rng.integers(1, 6, (n, k)).astype(float)
    found = accuracy(long(x), key_of(t))
    table = found[found["n_raters"].eq(1).to_numpy(dtype=bool)].pivot_table(index="term", columns="measure", values="estimate")
    for r, (_, own) in enumerate(table.iterrows()):
        assert own.to_dict() == pytest.approx(components(x[r], t), abs=1e-7)
        squares = [own[m] ** 2 for m in ("elevation", "differential_elevation", "stereotype_accuracy", "differential_accuracy")]
        assert sum(squares) == pytest.approx(own["distance"] ** 2, abs=1e-7)


def test_each_component_moves_alone():
    t = np.array([[2.0, 3.0, 4.0], [3.0, 3.0, 3.0], [4.0, 2.0, 3.0], [3.0, 4.0, 2.0]])
    rows, columns = np.array([1.0, -1.0, 0.5, -0.5])[:, None], np.array([0.5, -0.5, 0.0])[None, :]
    for shift, measure, value in ((0.75, "elevation", 0.75), (rows, "differential_elevation", np.sqrt((rows**2).mean())),
                                  (columns, "stereotype_accuracy", np.sqrt((columns**2).mean())),
                                  (rows * columns, "differential_accuracy", np.sqrt(((rows * columns) ** 2).mean()))):
        found = accuracy(long((t + shift)[None]), key_of(t))
        own = {m: float(one(found, m)["estimate"]) for m in components(t, t)}
        assert own[measure] == pytest.approx(value) and own["distance"] == pytest.approx(abs(value))
        assert sum(abs(v) > 1e-9 for m, v in own.items() if m != "distance") == 1


def test_error_of_elevation_is_the_jackknife_and_intervals_hold_the_truth():
    rng = np.random.default_rng(5)
    t, item = rng.uniform(2, 4, (8, 7)), np.linspace(-0.3, 0.3, 7)
    hit = dict.fromkeys(("elevation", "differential_elevation", "differential_accuracy"), 0)
    x = t + 0.3 + rng.normal(0, 0.4, (300, 8, 1)) + item + rng.normal(0, 0.5, (300, 8, 7))
    found = accuracy(long(x), key_of(t))
    n, k = 8, 7
    truth = {"elevation": 0.3, "differential_elevation": np.sqrt((0.16 + 0.25 / k) * (n - 1) / n),
             "differential_accuracy": np.sqrt(0.25 * (n - 1) * (k - 1) / (n * k))}
    for m in hit:
        rows = found[(found["measure"].eq(m) & found["group"].isna()).to_numpy(dtype=bool, na_value=False)]
        hit[m] = float(((rows["conf_low"] <= truth[m]) & (rows["conf_high"] >= truth[m])).mean())
    assert all(0.91 <= share <= 0.985 for share in hit.values()), hit
    d = (x[0] - t).mean(axis=1)
    left = [np.delete(d, i).mean() for i in range(n)]
    assert one(found, "elevation")["std_error"] == pytest.approx(np.sqrt((n - 1) / n * ((left - np.mean(left)) ** 2).sum()))


def test_accuracy_of_half_filled_and_lonely_forms():
    t = np.array([[2.0, 3.0], [4.0, 3.0]])
    x = np.array([[[2.0, np.nan], [4.0, 3.0]], [[3.0, 4.0], [5.0, 4.0]]])
    found = accuracy(long(x), key_of(t))
    assert one(found, "elevation")["n"] == 1 and one(found, "differential_elevation")["reason"] == "one_object"
    assert pd.isna(one(found, "elevation")["conf_low"]) and one(found, "elevation", "r001")["estimate"] == 1.0
    lonely = accuracy(long(x), key_of(t).query("item == 'i1'"))
    assert one(lonely, "stereotype_accuracy", "r001")["reason"] == "one_item"
    assert set(accuracy(long(x), key_of(t).assign(object_id="elsewhere"))["reason"]) == {"no_object_with_key"}


# ---- severity
def test_deviation_severity_is_the_loop_over_objects():
    rows, _, c = linked(30, 6, 7)
    found = severity(rows)
    wide = rows.groupby(["rater_id", "object_id"])["rating"].mean().unstack()  # noqa: PD010  # the loop wants a table
    others = wide.drop(index="r004").mean(axis=0)
    d = (others - wide.loc["r004"]).to_numpy()
    assert one(found, "severity", "r004")["estimate"] == pytest.approx(d.mean())
    assert one(found, "severity", "r004")["std_error"] == pytest.approx(d.std(ddof=1) / np.sqrt(6))
    own = found[found["measure"].eq("severity").to_numpy(dtype=bool)]["estimate"].to_numpy(float)
    assert np.corrcoef(own, c)[0, 1] > 0.9
    spread = found.iloc[0]
    assert spread["conf_low"] < 0.4 < spread["conf_high"] and spread["measure"] == "severity_spread"


def test_severity_against_a_key_is_minus_elevation():
    rows, key, _ = linked(12, 6, 7)
    ours = severity(rows, key)
    theirs = accuracy(rows, key)
    for term in ("r000", "r007"):
        assert one(ours, "severity", term)["estimate"] == pytest.approx(-one(theirs, "elevation", term)["estimate"])
    alone = severity(rows[rows["rater_id"].eq("r003")], key)
    assert one(alone, "severity", "r003")["status"] == "estimated" and alone.iloc[0]["reason"] == "one_rater"


def test_many_facet_severity_is_that_of_the_model():
    rows, _, c = linked(20, 8, 4)
    found = severity(rows, method="many_facet")
    model = many_facet_rasch(rows, ("object_id", "rater_id", "item"))
    assert rasch_severities(model)["estimate"].to_numpy(float) == pytest.approx(found["estimate"].to_numpy(float)[1:])
    own = found[found["measure"].eq("severity").to_numpy(dtype=bool)]
    assert np.corrcoef(own["estimate"].to_numpy(float), c)[0, 1] > 0.9 and set(own["unit"]) == {"logits"}
    assert "infit=" in own["estimand"].iloc[0] and own["n"].tolist()[0] == 8


def test_no_severities_without_a_spread_or_without_links():
    rng = np.random.default_rng(3)
    same = long(np.clip(np.round(rng.uniform(1.5, 4.5, (1, 10, 1)) + rng.normal(0, 0.7, (25, 10, 3))), 1, 5))
    found = severity(same)
    assert found.iloc[0]["reason"] in ("no_rater_variance", "raters_not_told_apart")
    assert set(found["status"].iloc[1:]) == {"not_estimable"} and len(found) == 2
    once = pd.DataFrame({"object_id": ["o"] * 8, "rater_id": list("abcdefgh"), "item": "i", "rating": [1, 2, 3, 4, 5, 2, 3, 4]})
    assert design_reason(once) == "most_raters_rated_once" and set(severity(once)["reason"]) == {"most_raters_rated_once"}
    apart = pd.DataFrame({"object_id": list("aabbccdd"), "rater_id": list("wxwxyzyz"), "item": "i", "rating": [1, 2, 2, 3, 3, 4, 4, 5]})
    assert design_reason(apart) == "not_connected"
    assert design_reason(once.assign(object_id=list("abcdefgh"))) == "one_rating_each"
    assert design_reason(once.assign(rating=3)) == "no_variation" and design_reason(once.head(0)) == "no_ratings"
    assert design_reason(once.head(1)) == "one_rater"


# ---- halo, use of the scale
def test_a_frame_without_items_is_one_question():
    rng = np.random.default_rng(8)
    severe = np.linspace(-1, 1, 6)
    rows = pd.DataFrame([(o, r, float(np.clip(round(3 - severe[r] + rng.normal(0, 0.5)), 1, 5)), "12"[o % 2]) for o in range(20) for r in range(6)],
                        columns=["object_id", "rater_id", "rating", "period"])
    one = rows.assign(item="rating")
    for method in ("deviation", "many_facet"):
        pd.testing.assert_frame_equal(severity(rows, method=method), severity(one, method=method))
    pd.testing.assert_frame_equal(drift(rows), drift(one))
    assert many_facet_rasch(rows.astype({"rating": int})).measures["facet"].unique().tolist() == ["object_id", "rater_id"]


@pytest.mark.parametrize(("spread", "reason"), [(0.8, ""), (0.02, "raters_not_told_apart")])
def test_large_sets_are_told_by_the_likelihood_and_never_pass_untested(spread, reason, monkeypatch):
    """Where the profile would take too long the ratio of likelihoods decides, and beyond its reach nothing is told."""
    rng = np.random.default_rng(4)
    severe = rng.normal(0, spread, 12)
    rows = pd.DataFrame([(o, r, "i", 3 - severe[r] + rng.normal(0, 0.6)) for o in range(30) for r in rng.choice(12, 4, replace=False)],
                        columns=["object_id", "rater_id", "item", "rating"])
    cases = cases_of(rows, None)
    profiled = spread_between(cases)
    monkeypatch.setattr(guard, "DENSE_BY_DEFAULT", 5)
    found = spread_between(cases)
    assert found.sd == pytest.approx(profiled.sd)
    assert found.reason == reason
    assert np.isnan(found.conf_low)
    monkeypatch.setattr(guard, "_EXACT_UP_TO", 5)
    assert spread_between(cases).reason in ("raters_not_told_apart", "no_rater_variance")


def test_halo_is_the_loop_and_needs_three_items():
    rows, key, _ = linked(15, 6, 5)
    x, t = rows[rows["rater_id"].eq("r002")], key
    expected = [np.std(t.loc[t["object_id"].eq(o), "expert_rating"], ddof=1) - np.std(part["rating"], ddof=1)
                for o, part in x.groupby("object_id")]
    found = halo(rows, key)
    assert one(found, "halo", "r002")["estimate"] == pytest.approx(np.mean(expected))
    assert one(found, "halo", "r002")["std_error"] == pytest.approx(np.std(expected, ddof=1) / np.sqrt(6))
    two = rows[rows["item"].isin(["i0", "i1"])]
    assert set(halo(two)["reason"]) == {"fewer_than_three_items"}
    flat = halo(rows, key.assign(expert_rating=3.0))
    assert one(flat, "halo_ratio", "r002")["reason"] == "no_expected_spread"


def test_halo_finds_who_flattens():
    rng = np.random.default_rng(9)
    t = rng.uniform(2, 4, (12, 1)) + rng.normal(0, 0.8, (12, 7))
    x = t + rng.normal(0, 0.3, (10, 12, 7))
    x[0] = t.mean(axis=1, keepdims=True) + rng.normal(0, 0.3, (12, 7))
    for found in (halo(long(x), key_of(t)), halo(long(x))):
        own = one(found, "halo")
        assert own["conf_low"] > 0 and one(found, "halo_ratio")["conf_high"] < 1
        others = found[(found["measure"].eq("halo") & found["term"].ne("r000") & found["term"].ne("")).to_numpy(dtype=bool)]
        assert others["estimate"].abs().max() < 0.35


def test_use_of_the_scale_counts_and_compares():
    t = np.array([[1.0, 2.0], [5.0, 4.0], [3.0, 3.0], [4.0, 5.0]])
    x = np.stack([t, 3 + (t - 3) / 2, np.full((4, 2), 3.0)])
    found = scale_use(long(x), key_of(t), scale=(1, 5))
    assert one(found, "central_tendency")["estimate"] == 0 and one(found, "range_ratio")["estimate"] == pytest.approx(1)
    assert one(found, "central_tendency", "r001")["estimate"] == pytest.approx(0.5 * np.abs(t - 3).mean())
    assert one(found, "range_ratio", "r001")["estimate"] == pytest.approx(0.25)
    assert one(found, "categories_used", "r002")["estimate"] == 1 and one(found, "share_middle", "r002")["estimate"] == 1
    assert one(found, "range_ratio", "r002")["estimate"] == 0
    none = scale_use(long(x), scale=(1, 5))
    assert set(none.loc[none["status"].eq("not_estimable").to_numpy(dtype=bool), "reason"]) == {"no_key"}
    with pytest.raises(EstimationError, match="no length"):
        scale_use(long(x), scale=(3, 3))


# ---- drift, groups
def test_drift_pairs_anchors_and_uses_the_key_otherwise():
    rng = np.random.default_rng(2)
    t = rng.uniform(2, 4, (12, 3))
    first, last = t[:6] + rng.normal(0, 0.1, (4, 6, 3)), t[:6] - 0.5 + rng.normal(0, 0.1, (4, 6, 3))
    rows = pd.concat([long(first, "2026-S1"), long(last, "2026-S2")])
    paired = drift(rows)
    gap = first[0].mean(axis=1) - last[0].mean(axis=1)
    assert one(paired, "drift")["estimate"] == pytest.approx(gap.mean())
    assert one(paired, "drift")["std_error"] == pytest.approx(gap.std(ddof=1) / np.sqrt(6))
    assert one(paired, "drift", "")["conf_low"] < 0.5 < one(paired, "drift", "")["conf_high"]
    other = long(t[6:] - 0.5 + rng.normal(0, 0.1, (4, 6, 3)), "2026-S2")
    other["object_id"] = [f"o{int(o[1:]) + 6:03d}" for o in other["object_id"]]
    parallel = pd.concat([long(first, "2026-S1"), other])
    assert set(drift(parallel)["reason"]) == {"no_anchor"}
    found = drift(parallel, key_of(t))
    assert one(found, "drift")["method"].startswith("two sets") and abs(one(found, "drift")["estimate"] - 0.5) < 0.15
    assert drift(long(first))["reason"].tolist() == ["one_period"]


def test_model_drift_agrees_in_sign_and_needs_links():
    rows, _, _ = linked(12, 10, 3, seed=4)
    later = rows.assign(period="2", rating=np.where(rows["rater_id"].eq("r000"), np.clip(rows["rating"] - 1, 1, 5), rows["rating"]))
    both = pd.concat([rows, later])
    found = rasch_drift(both)
    assert one(found, "drift")["conf_low"] > 0 and abs(one(found, "drift", "r005")["estimate"]) < 0.2
    apart = pd.concat([rows, later.assign(object_id=later["object_id"] + "x")])
    assert rasch_drift(apart)["reason"].tolist() == ["no_anchor"] and rasch_drift(rows)["reason"].tolist() == ["one_period"]


def test_differential_functioning_finds_one_rater_and_one_group():
    rng = np.random.default_rng(8)
    x = rng.uniform(2, 4, (1, 20, 1)) + rng.normal(0, 0.5, (8, 20, 3))
    x[0, 10:] -= 1.2
    rows = long(np.clip(np.round(x), 1, 5))
    rows["sex"] = np.where(rows["object_id"] >= "o010", "F", "M")
    for method in ("deviation", "many_facet"):
        found = differential_functioning(rows, "sex", method=method)
        cells = found[found["measure"].eq("differential_functioning").to_numpy(dtype=bool)]
        worst = cells.loc[cells["p_adjusted"].astype(float).idxmin()]
        assert worst["term"] == "r000" and worst["p_adjusted"] < 0.01
        own = cells[(cells["term"].eq("r000") & cells["group"].eq("F")).to_numpy(dtype=bool)].iloc[0]
        assert own["estimate"] < 0 and found.iloc[-1]["p_value"] < 0.01
    d = rows.groupby(["rater_id", "object_id"])["rating"].mean().unstack()  # noqa: PD010  # the loop wants a table
    gap = d.loc["r000"] - d.drop(index="r000").mean(axis=0)
    by_hand = gap[[o for o in d.columns if o >= "o010"]].mean() - gap[[o for o in d.columns if o < "o010"]].mean()
    found = differential_functioning(rows, "sex")
    own = found[(found["term"].eq("r000") & found["group"].eq("F")).to_numpy(dtype=bool, na_value=False)]
    assert own["estimate"].tolist() == pytest.approx([by_hand])
    assert differential_functioning(rows.assign(sex="F"), "sex")["reason"].tolist() == ["one_group"]


def test_of_two_raters_the_test_of_all_is_the_t_test_of_one_and_of_many_it_rejects_no_more_than_it_should():
    rng = np.random.default_rng(11)
    rows = long(3 + rng.normal(0, 0.8, (1, 14, 1)) + rng.normal(0, 0.6, (2, 14, 1)))
    rows["sex"] = np.where(rows["object_id"] >= "o006", "F", "M")
    found = differential_functioning(rows, "sex").set_index("measure")
    test = found.loc["differential_functioning_test"]
    assert test["p_value"] == pytest.approx(found.loc["differential_functioning", "p_value"].astype(float).iloc[0])
    assert test["df"] == pytest.approx(1.0)
    p = []
    for _ in range(60):
        rows = long(3 + rng.normal(0, 0.8, (1, 10, 1)) + rng.normal(0, 0.6, (6, 10, 1)))
        p.append(differential_functioning(rows.assign(sex=np.where(rows["object_id"] >= "o005", "F", "M")), "sex").iloc[-1]["p_value"])
    assert np.mean(np.asarray(p, dtype=float) <= 0.05) < 0.14  # counted twice a rater it rejected one in four


# ---- adjusted scores
@pytest.fixture(scope="module")
def panel():
    """60 people, each rated by 3 of 12 raters on 4 items, with thresholds and known measures."""
    rng = np.random.default_rng(11)
    b, c, d = rng.normal(0, 1, 60), rng.normal(0, 0.8, 12), np.linspace(-0.4, 0.4, 4)
    c -= c.mean()
    rows = [(o, r, i) for o in range(60) for r in rng.choice(12, 3, replace=False) for i in range(4)]
    o, r, i = np.array(rows).T
    power = np.outer(b[o] - c[r] - d[i], np.arange(5)) - np.r_[0, np.cumsum([-1.5, -0.5, 0.5, 1.5])]
    p = np.exp(power - power.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    x = (p.cumsum(axis=1) < rng.random(len(o))[:, None]).sum(axis=1) + 1
    return pd.DataFrame({"object_id": [f"o{v:02d}" for v in o], "rater_id": [f"r{v:02d}" for v in r], "item": i, "rating": x}), b, c


def test_adjusted_scores_come_nearer_the_truth_and_carry_shared_errors(panel):
    rows, b, _ = panel
    found = adjusted_scores(rows, categories=(1, 5))
    assert isinstance(found, AdjustedScores) and found.reason == ""
    scores = found.scores
    assert np.corrcoef(scores["measure"].astype(float), b)[0, 1] > np.corrcoef(scores["observed"].astype(float), b)[0, 1]
    v = found.covariance(["o00", "o01", "o02"]).to_numpy()
    assert np.sqrt(v[0, 0]) == pytest.approx(scores["std_error"].iloc[0]) and np.allclose(v, v.T)
    assert (np.linalg.eigvalsh(v) > 0).all() and (scores["std_error_severities"] < scores["std_error"]).all()
    gap = found.difference("o00", "o01")
    assert gap["std_error"] == pytest.approx(np.sqrt(v[0, 0] + v[1, 1] - 2 * v[0, 1]))
    with pytest.raises(EstimationError, match="no covariance"):
        found.covariance(["nobody"])


def test_covariance_is_that_of_the_whole_information(panel):
    rows, _, _ = panel
    found = adjusted_scores(rows)
    model = many_facet_rasch(rows, ("object_id", "rater_id", "item"))
    e = model.expected()
    z = np.hstack([pd.get_dummies(e[f]).to_numpy(float) * s for f, s in (("object_id", 1), ("rater_id", -1), ("item", -1))])
    information = z.T @ (e["variance"].to_numpy()[:, None] * z)
    hold = np.zeros((2, z.shape[1]))
    hold[0, 60:72], hold[1, 72:] = 1, 1
    bordered = np.block([[information, hold.T], [hold, np.zeros((2, 2))]])
    whole = np.linalg.inv(bordered)[:60, :60]
    assert found.scores["measure_std_error"].to_numpy(float) == pytest.approx(np.sqrt(np.diag(whole)), rel=1e-6)
    slope = (found.scores["std_error"] / found.scores["measure_std_error"]).to_numpy(float)
    assert found.covariance(["o03", "o44"]).to_numpy()[0, 1] == pytest.approx(whole[3, 44] * slope[3] * slope[44], rel=1e-6)
    fair = model.measures.query("facet == 'object_id'")
    step = np.gradient(fair["fair_average"].to_numpy(float)[np.argsort(fair["measure"])], np.sort(fair["measure"].to_numpy(float)))
    assert np.median(np.abs(step / slope[np.argsort(fair["measure"])] - 1)) < 0.05


def test_no_adjusted_scores_without_severities():
    once = pd.DataFrame({"object_id": ["o", "o", "p"], "rater_id": list("abc"), "item": "i", "rating": [1, 2, 3]})
    found = adjusted_scores(once)
    assert found.reason == "most_raters_rated_once" and set(found.scores["status"]) == {"not_estimable"} and len(found.scores) == 2


# ---- severity in service
def test_what_a_vignette_has_of_its_own_for_all_raters_is_no_error_between_them():
    random = np.random.default_rng(8)
    own, of_vignette = random.normal(0, 0.3, 300), np.array([-0.9, -0.4, 0.0, 0.3, 0.6, 0.9])
    x = own[:, None] + of_vignette + random.normal(0, 0.7, (300, 6))
    truth = 0.3**2 / (0.3**2 + 0.7**2 / 6)
    linked = pd.DataFrame({"rater_id": range(300), "severity": x.mean(axis=1), "std_error": x.std(axis=1, ddof=1) / np.sqrt(6)})
    service = pd.DataFrame({"rater_id": range(300), "severity": 0.6 * own + random.normal(0, 0.24, 300), "std_error": 0.0})
    rows = pd.DataFrame({"rater_id": np.repeat(range(300), 6), "object_id": np.tile(range(6), 300), "item": "i", "rating": -x.ravel()})
    spread = float(severity(rows).set_index("measure").loc["severity_spread", "estimate"])
    found = severity_in_service(linked, service, linked_spread=spread).set_index("measure")["estimate"]
    assert found["reliability_linked"] == pytest.approx(truth, abs=0.06)
    assert found["severity_in_service_corrected"] == pytest.approx(0.6, abs=0.12)
    alone = severity_in_service(linked, service).set_index("measure")["estimate"]
    assert alone["reliability_linked"] < truth - 0.2  # the errors hold what all raters share


def test_severity_in_service_finds_the_correlation_and_corrects_it():
    rng = np.random.default_rng(6)
    true = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 3000)
    noisy = true + rng.normal(0, [0.7, 1.0], true.shape)
    a, b = (pd.DataFrame({"rater_id": range(3000), "severity": noisy[:, j], "std_error": s}) for j, s in enumerate((0.7, 1.0)))
    found = severity_in_service(a, b).set_index("measure")
    assert found.loc["severity_in_service", "estimate"] == pytest.approx(np.corrcoef(noisy.T)[0, 1])
    assert found.loc["severity_in_service_corrected", "estimate"] == pytest.approx(0.6, abs=0.05)
    assert found.loc["reliability_linked", "estimate"] == pytest.approx(1 / 1.49, abs=0.03)
    assert set(severity_in_service(a.head(5), b)["reason"]) == {"too_few_raters"}
    assert set(severity_in_service(a.assign(severity=1.0), b)["reason"]) == {"no_variation"}
    plain = severity_in_service(a.drop(columns="std_error"), b).set_index("measure")
    assert plain.loc["severity_in_service_corrected", "reason"] == "no_reliability"


# ---- 360
def forms(counts: dict[str, int], rating=None) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = [{"object_id": f"p{o}", "rater_id": f"{role}{o}{j}" if role != "self" else f"p{o}", "rater_role": role, "item": item,
             "rating": rating or int(rng.integers(1, 6))}
            for o in range(4) for role, n in counts.items() for j in range(n) for item in ("a", "b")]
    return pd.DataFrame(rows)


def test_small_roles_are_merged_or_withheld_and_never_told_by_subtraction():
    rows = forms({"self": 1, "superior": 1, "peer": 3})
    few = pd.concat([rows, pd.DataFrame([{"object_id": "p0", "rater_id": f"s{j}", "rater_role": role, "item": item, "rating": 2 + j}
                                         for j, role in enumerate(("subordinate", "client", "client")) for item in ("a", "b")])])
    found = role_means(few)
    assert set(found["role"]) == {"self", "superior", "peer", "others"}
    assert set(found.loc[found["role"].eq("others"), "merged"]) == {"client,subordinate"}
    alone = role_means(few[few["rater_role"].ne("client")])
    hidden = alone[alone["role"].eq("subordinate")]
    assert set(hidden["reason"]) == {"few_raters"} and hidden[["mean", "sd", "n_objects", "n_raters"]].isna().all().all()
    assert not set(alone["role"]) & {"", "all"}
    assert set(role_means(forms({"peer": 3}, rating=5))["reason"]) == {"all_the_same"}
    loud = pd.DataFrame({"object_id": list("abcdefgh"), "rater_id": list("xxxxxxyz"), "rater_role": "superior", "item": "i",
                         "rating": [1, 2, 3, 4, 5, 1, 2, 3]})
    assert role_means(loud)["reason"].tolist() == ["one_rater_dominates"]
    with pytest.raises(EstimationError, match="at least 2"):
        role_means(rows, min_raters=1)


def test_self_and_others():
    rng = np.random.default_rng(3)
    true = rng.normal(3, 0.7, 60)
    rows = pd.concat([pd.DataFrame({"object_id": [f"p{i}" for i in range(60)], "rater_id": [f"{role}{j}-{i}" for i in range(60)], "rater_role": role,
                                    "item": "a", "rating": true + shift + rng.normal(0, 0.4, 60)})
                      for role, n, shift in (("self", 1, 0.5), ("peer", 3, 0.0)) for j in range(n)])
    found = self_other(rows)
    gap, r = one(found, "self_other_gap", "a"), one(found, "self_other_correlation", "a")
    assert gap["conf_low"] < 0.5 < gap["conf_high"] and r["estimate"] > 0.6 and one(found, "self_other_gap", "")["n"] == 60
    assert one(self_other(rows, min_raters=4), "self_other_gap", "")["reason"] == "few_people"


def test_role_reliability_is_the_published_case_and_holds_degenerate_data():
    marks = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    rows = pd.DataFrame([{"object_id": o, "rater_id": f"{o}{j}", "rater_role": "subordinate", "item": "i", "rating": v}
                         for o, row in enumerate(marks) for j, v in enumerate(row)])
    found = role_reliability(rows)
    # Shrout and Fleiss (1979), table 4 and page 424: ICC(1,1) = .17, limits -.13 and .72; ICC(1,4) = .44
    assert found["estimate"].round(2).tolist() == [0.17, 0.44]
    assert [round(float(found.iloc[0][c]), 2) for c in ("conf_low", "conf_high")] == [-0.13, 0.72]
    assert set(role_reliability(rows, "peer")["reason"]) == {"nobody_in_role"}
    assert set(role_reliability(rows.drop_duplicates("object_id"))["reason"]) == {"one_rater_each"}
    assert set(role_reliability(rows.assign(rating=3))["reason"]) == {"no_variation"}


def test_frames_are_left_alone_and_columns_are_named():
    rows, key, _ = linked(6, 6, 3)
    before = rows.copy()
    for call in (accuracy, halo, severity):
        call(rows, key)
    pd.testing.assert_frame_equal(rows, before)
    with pytest.raises(EstimationError, match="rater_id"):
        accuracy(rows.drop(columns="rater_id"), key)
    with pytest.raises(EstimationError, match="expert_rating"):
        halo(rows, key.drop(columns="expert_rating"))
    with pytest.raises(EstimationError, match="none of"):
        severity(rows, method="other")


def test_the_ratio_of_all_is_that_of_the_sums():
    rows, key, _ = linked(30, 6, 5)
    found = halo(rows, key)
    own = rows.groupby(["rater_id", "object_id"])["rating"].var()
    spread = key.groupby("object_id")["expert_rating"].var()
    assert one(found, "halo_ratio", "")["estimate"] == pytest.approx(own.sum() / (30 * spread.sum()))
    assert one(found, "halo_ratio", "")["conf_low"] < one(found, "halo_ratio", "")["estimate"] < one(found, "halo_ratio", "")["conf_high"]
