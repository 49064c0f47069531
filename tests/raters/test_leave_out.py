"""Leave-out variance: by force against refits and full matrices, known truth where the plug-in fails, links, and little data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.raters.leave_out import effect_spread
from evalkit.raters.leave_out_variance import Components, leave_out_variance
from evalkit.raters.links import leave_out_sets
from evalkit.raters.matches import Matches, linked_matches
from tests.calibration.worlds import rotating


def toy(seed, people=12, raters=5, effect=0.5):
    """A small two-way design: each person has two or three evaluators, with one to four ratings each."""
    rng = np.random.default_rng(seed)
    pairs = [(i, r) for i in range(people) for r in rng.choice(raters, rng.integers(2, 4), replace=False)]
    person, rater = (np.array(v, dtype=np.intp) for v in zip(*pairs, strict=True))
    y = rng.normal(size=people)[person] + effect * rng.normal(size=raters)[rater] + rng.normal(size=len(pairs))
    found = leave_out_sets(person, rater)
    k = found.keep
    return Matches(person[k], rater[k], found.component[k], y[k], rng.integers(1, 5, len(pairs))[k].astype(float), len(pairs), raters)


def full(m):
    """Give the dense weighted design, the form of each set, and its correction: the definition, with nothing eliminated."""
    root = np.sqrt(m.ratings)
    x = np.hstack([np.eye(m.person.max() + 1)[m.person], np.eye(m.rater.max() + 1)[m.rater]]) * root[:, None]
    n_people = m.person.max() + 1
    a, spread = np.zeros((x.shape[1],) * 2), 0.0
    for c in np.unique(m.component):
        g = np.zeros(x.shape[1])
        np.add.at(g, n_people + m.rater[m.component == c], m.ratings[m.component == c])
        a += np.diag(g) - np.outer(g, g) / g.sum()
        spread += g.sum() - g @ g / g.sum()
    return x, root * m.mean, a, spread


@pytest.mark.parametrize("seed", range(4))
def test_against_refits_without_each_match_and_full_matrices(seed):
    m = toy(seed)
    x, y, a, spread = full(m)
    inverse = np.linalg.pinv(x.T @ x)
    b = inverse @ x.T @ y
    own = []
    for i in range(len(y)):
        rest = np.delete(np.arange(len(y)), i)
        without = np.linalg.lstsq(x[rest], y[rest], rcond=None)[0]
        own.append(y[i] * (y[i] - x[i] @ without))
    bias = sum((x[i] @ inverse @ a @ inverse @ x[i]) * own[i] for i in range(len(y)))
    found = leave_out_variance(m)
    assert found.plug_in == pytest.approx(b @ a @ b / spread)
    assert found.leave_out == pytest.approx((b @ a @ b - bias) / spread)
    np.testing.assert_allclose(found.leverage, np.diag(x @ inverse @ x.T), atol=1e-10)
    assert found.drawing == pytest.approx(np.trace(a @ a) / spread**2)


def test_the_authors_small_network():
    """P. Kline, R. Saggio, M. Sølvsten (2020): six people, three firms, in the tests of VarianceComponentsHDFE.jl (test_matrices.jl).

    They keep stayers too: the firms have four of eight rows each, so that the squared difference counts twice what it does here. Their
    variance of firms, -0.004178833653678571, is the plain one over 8 - 1 rows less its noise over 8.
    """
    y = np.array([0.146297, 0.29686, 0.54344, 0.432677, 0.464866, 0.730622, 0.619239, 0.753429, 0.0863208, 0.372084, 0.958089])
    rows = pd.DataFrame({"person": [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5], "firm": [0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 2], "y": y})
    match = rows.groupby(["person", "firm"], as_index=False).agg(y=("y", "mean"), n=("y", "size"))
    person, firm = match["person"].to_numpy(np.intp), match["firm"].to_numpy(np.intp)
    linked = leave_out_sets(person, firm)
    k = linked.keep
    assert list(zip(person[k], firm[k], strict=True)) == [(0, 0), (0, 1), (3, 0), (3, 1)]
    found = leave_out_variance(Matches(person[k], firm[k], linked.component[k], match["y"].to_numpy()[k], np.ones(4), len(match), 3))
    assert found.leverage.tolist() == pytest.approx([0.75] * 4, abs=1e-15)
    squared, noise = 2 * found.plug_in, 2 * (found.plug_in - found.leave_out)
    assert np.sqrt(squared) == pytest.approx(0.019589999999999996, abs=1e-15)
    assert 2 * squared / 7 - 2 * noise / 8 == pytest.approx(-0.004178833653678571, abs=1e-16)


def test_its_error_is_that_of_the_form_without_its_diagonal():
    m = toy(7)
    x, y, a, spread = full(m)
    inverse = np.linalg.pinv(x.T @ x)
    b, rest = x @ inverse @ a @ inverse @ x.T, np.eye(len(y)) - x @ inverse @ x.T
    ratio = np.diag(b) / np.diag(rest)
    c = b - (ratio[:, None] * rest + rest * ratio) / 2
    np.testing.assert_allclose(np.diag(c), 0, atol=1e-12)
    found = leave_out_variance(m)
    assert found.leave_out == pytest.approx(y @ c @ y / spread)
    own = (rest @ y) ** 2 / np.diag(rest)
    assert found.error == pytest.approx(np.sqrt(4 * ((c @ y) ** 2 @ own)) / spread)


def test_random_projections_come_near_the_exact_leverages():
    m = toy(3, people=150, raters=30)
    exact, random = leave_out_variance(m, leverage="exact"), leave_out_variance(m, leverage="random", probes=3000)
    np.testing.assert_allclose(random.leverage, exact.leverage, atol=0.05)
    assert random.leave_out == pytest.approx(exact.leave_out, abs=0.02)
    assert random.plug_in == pytest.approx(exact.plug_in)


def test_a_large_set_is_the_same_in_sparse_form(monkeypatch):
    m = toy(3, people=60, raters=12)
    dense = leave_out_variance(m)
    monkeypatch.setattr("evalkit.raters.leave_out_variance._DENSE_UP_TO", 0)
    sparse = leave_out_variance(m)
    assert sparse.leave_out == pytest.approx(dense.leave_out)
    np.testing.assert_allclose(sparse.leverage, dense.leverage)


def parts(pairs):
    """Count the connected parts of a graph by walking it, and give the part of each edge."""
    seen, label = {}, 0
    for start in (("r", r) for _, r in pairs):
        todo = [] if start in seen else [start]
        label += len(todo)
        while todo:
            node = todo.pop()
            seen[node] = label
            near = [("r", r) for p, r in pairs if ("p", p) == node] + [("p", p) for p, r in pairs if ("r", r) == node]
            todo += [n for n in near if n not in seen]
    return label, [seen["r", r] for _, r in pairs]


def test_links_by_taking_each_match_out():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        pairs = [tuple(p) for p in np.unique(rng.integers(0, [12, 8], (int(rng.integers(6, 30)), 2)), axis=0).tolist()]
        whole = parts(pairs)[0]
        keep = []
        for i, (p, r) in enumerate(pairs):
            rest = pairs[:i] + pairs[i + 1:]
            # a person or evaluator who would stand alone is a part as well
            alone = (p not in {q for q, _ in rest}) + (r not in {q for _, q in rest})
            keep.append(parts(rest)[0] + alone == whole)
        found = leave_out_sets(*np.array(pairs).T)
        assert found.keep.tolist() == keep
        left = [p for p, k in zip(pairs, keep, strict=True) if k]
        number, labels = parts(left)
        assert len(set(zip(labels, found.component[found.keep].tolist(), strict=True))) == number
        assert len(set(found.component[found.keep].tolist())) == number


def test_the_plug_in_finds_what_is_not_there_and_leave_out_does_not():
    worlds = [rotating(np.random.default_rng(s), team_sd=0.8) for s in range(15)]
    found = [effect_spread(w.rows).set_index("measure") for w in worlds]
    left, plug = (np.array([f.loc[m, "estimate"] for f in found]) for m in ("effect_spread", "effect_spread_plug_in"))
    assert np.mean(plug) > 0.07
    assert np.mean(left**2) < np.mean(plug**2) / 4
    assert sum(f.loc["effect_spread", "conf_low"] > 0 for f in found) <= 2


def test_severity_is_found_in_its_size():
    worlds = [rotating(np.random.default_rng(s), severity_sd=0.8) for s in range(15)]
    found = [effect_spread(w.rows).loc[0] for w in worlds]
    truth = np.sqrt(np.mean([w.spread**2 for w in worlds]))
    assert np.sqrt(np.mean([f["estimate"] ** 2 for f in found])) == pytest.approx(truth, rel=0.12)
    assert sum(f["conf_low"] <= w.spread <= f["conf_high"] for f, w in zip(found, worlds, strict=True)) >= 13


def rows(raters, marks, person):
    return pd.DataFrame({"person_id": list(person), "period": [str(i) for i in range(len(raters))], "rater_id": list(raters), "opd_id": "u",
                         "post_type": "x", "predikat": ["sangat_baik" if m == "1" else "baik" for m in marks]})


LITTLE = {"nobody_rated": rows("", "", ""), "no_change_of_evaluator": rows("eeff", "1001", "aabb"), "not_linked_twice": rows("effg", "1010", "aabb")}


@pytest.mark.parametrize("reason", LITTLE)
def test_little_data_have_a_status_and_a_reason(reason):
    found = effect_spread(LITTLE[reason]).set_index("measure")
    assert found.loc["effect_spread", ["status", "reason"]].tolist() == ["not_estimable", reason]


def test_constant_results_and_two_people():
    frame = rows("efef", "0000", "aabb").assign(period=["1", "2"] * 2)
    found = effect_spread(frame).loc[0]
    # one contrast between two evaluators bounds the spread of evaluators by nothing
    assert found[["status", "estimate", "conf_low", "conf_high"]].tolist() == ["boundary", 0, 0, 0.5]
    assert effect_spread(frame.assign(predikat=["sangat_baik", "baik"] * 2)).loc[0, "status"] in ("estimated", "boundary")
    assert effect_spread(frame, outcome="below_baik").loc[0, "estimate"] == 0


def test_a_person_who_moves_links_nobody():
    frame = rows("efef", "0101", "aabb").assign(opd_id=["u", "v"] * 2)
    assert effect_spread(frame).loc[0, "reason"] == "no_change_of_evaluator"


def test_limits_solve_their_equation_and_may_have_no_upper_end():
    c = Components(0.1, 0.05, 0.02, 0.04, np.ones((2, 2)), np.ones(1), 5)
    for v in c.limits(2.0):
        assert (v - 0.05) ** 2 == pytest.approx(4 * (0.02**2 + 2 * 0.04 * v**2))
    low, high = Components(0.1, 0.05, 0.02, 0.4, np.ones((2, 2)), np.ones(1), 1).limits(2.0)
    assert high == float("inf")
    assert (low - 0.05) ** 2 == pytest.approx(4 * (0.02**2 + 2 * 0.4 * low**2))


def test_arguments_that_cannot_be_meant():
    m = toy(1)
    with pytest.raises(EstimationError):
        leave_out_variance(m, leverage="guess")
    with pytest.raises(EstimationError):
        leave_out_variance(linked_matches(LITTLE["nobody_rated"], pd.Series([], dtype=float)))
    with pytest.raises(EstimationError):
        effect_spread(LITTLE["not_linked_twice"].drop(columns="opd_id"))
    with pytest.raises(EstimationError, match="one entry each"):
        leave_out_sets(np.array([0]), np.array([0, 1]))
