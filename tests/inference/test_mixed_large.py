"""The equations of large designs: formed, parted, factored and solved as whole matrices are, and where the search may end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from evalkit.inference.mixed_model import factored as factors
from evalkit.inference.mixed_model import mixed_model, search
from evalkit.inference.mixed_model.design import Design, make_design
from evalkit.inference.mixed_model.formed import Formed, arrow_of, large
from evalkit.inference.mixed_model.solvers import Iterative, eliminated

GAMMA = np.array([0.7, 0.4, 0.2, 0.1])


def organisation(people: int = 300, teams: int = 30, per_team: int = 3, periods: int = 4, seed: int = 2) -> tuple[np.ndarray, ...]:
    """People who stay with one of a team's raters, or take another of the same team; two in a hundred go elsewhere."""
    random = np.random.default_rng(seed)
    team, parts = random.integers(0, teams, people), []
    for t in range(periods):
        team = np.where(random.random(people) < 0.02, random.integers(0, teams, people), team)
        rater = team * per_team + random.integers(0, per_team, people)
        stays = random.random(people) < 0.9
        parts.append(np.column_stack([np.arange(people), rater, np.full(people, t), random.integers(0, 3, people)])[stays])
    return tuple(np.vstack(parts).T)


def design(weighted: bool) -> Design:
    codes, random = organisation(), np.random.default_rng(5)
    n = len(codes[0])
    return make_design(codes, (300, 90, 4, 3), np.ones((n, 1)), random.normal(size=n), random.uniform(0.5, 2, n) if weighted else np.ones(n))


def whole(d: Design) -> np.ndarray:
    """Give S by dense matrices of rows."""
    z = [np.eye(q)[c] for q, c in zip(d.sizes, d.codes, strict=True)]
    rest, w = np.hstack(z[1:]), d.weights[:, None]
    d1, scale = eliminated(d, GAMMA)
    met = z[0].T @ (w * rest)
    return np.eye(d.rest) + scale[:, None] * (rest.T @ (w * rest) - met.T @ np.diag(GAMMA[0] / d1) @ met) * scale


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("made", [False, True])
def test_the_complement_and_its_answers_are_those_of_whole_matrices(weighted: bool, made: bool) -> None:
    d, random = design(weighted), np.random.default_rng(1)
    expected, v = whole(d), random.normal(size=(d.rest, 5))
    totals, group = np.unique(d.n1, return_inverse=True)
    assert large(d) == 90 and len(totals) > 1
    formed = Formed(d, totals, group) if made else None
    probes = np.zeros((d.rest, 0))
    solver = Iterative(d, GAMMA, probes, probes, tolerance=1e-12, warm={}, formed=formed)
    np.testing.assert_allclose(solver.solve(v, "v"), np.linalg.solve(expected, v), rtol=1e-8, atol=1e-10)
    assert solver.log_det() == pytest.approx(np.linalg.slogdet(expected)[1], abs=1e-9)
    np.testing.assert_allclose(solver.solve(v, "v"), np.linalg.solve(expected, v), rtol=1e-10, atol=1e-12)
    if formed is not None:
        d1, scale = eliminated(d, GAMMA)
        c = d.C.toarray()
        slope = scale[:, None] * (c.T @ ((GAMMA[0] / d1**2)[:, None] * (c @ (scale[:, None] * v))))
        np.testing.assert_allclose(formed.slope(GAMMA[0], scale, v), slope, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("q", "m"), [(12, 12), (12, 9), (5, 0), (0, 0)])
@pytest.mark.parametrize("kind", ["sparse", "dense", "neither"])
def test_every_factor_solves(q: int, m: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    root = random.normal(size=(q, q + 2))
    s, v = root @ root.T + np.eye(q), random.normal(size=(q, 2))
    monkeypatch.setattr(factors, "MOST_PROFILE", 1000 if kind == "sparse" else 0)
    monkeypatch.setattr(factors, "MOST_DENSE", 100 if kind == "dense" else -1)
    arrow = arrow_of(sp.csr_array(s), m)
    np.testing.assert_allclose(arrow @ v, s @ v, rtol=1e-12)
    found = factors.factored(arrow)
    if kind == "neither" and m:
        assert found is None
        return
    assert found is not None
    np.testing.assert_allclose(found.solve(v), np.linalg.solve(s, v), rtol=1e-9)
    assert found.log_det() == pytest.approx(np.linalg.slogdet(s)[1], abs=1e-9)


def test_a_sparse_factor_is_tried_where_it_stays_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    random, n = np.random.default_rng(1), 200
    ends = random.integers(0, n, (2, 2000))
    mixed = sp.csr_array((np.full(2000, 0.01), tuple(ends)), shape=(n, n))
    chain = sp.diags_array([0.1, 1.0, 0.1], offsets=[-1, 0, 1], shape=(n, n)).tocsr()
    shuffled = chain[order := random.permutation(n)][:, order]
    for s, kind in ((sp.csr_array(mixed + mixed.T + sp.eye_array(n)), factors.Full), (shuffled, factors.Bordered)):
        found = factors.factored(arrow_of(s, n))
        assert isinstance(found, kind) and found.log_det() == pytest.approx(np.linalg.slogdet(s.toarray())[1], abs=1e-10)
    assert factors._profile(shuffled) == 2 * n - 1
    monkeypatch.setattr(factors, "MOST_DENSE", 100)
    monkeypatch.setattr(factors, "MOST_PROFILE", 2 * n - 2)
    assert factors.factored(arrow_of(shuffled, n)) is None


def test_an_array_without_a_positive_root_is_not_factored(monkeypatch: pytest.MonkeyPatch) -> None:
    s = sp.csr_array(np.diag([1.0, 2.0, -1.0]))
    assert factors.factored(arrow_of(s, 2)) is None
    monkeypatch.setattr(factors, "FULL", -1.0)
    assert factors.factored(arrow_of(s, 2)) is None


def test_the_last_step_is_not_looked_at_again_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, random = organisation(3000, 60, 3), np.random.default_rng(8)
    y = sum(sd * random.normal(size=c.max() + 1)[c] for sd, c in zip((0.6, 0.4, 0.3), codes, strict=False)) + 0.7 * random.normal(size=len(codes[0]))
    rows = pd.DataFrame({"y": y, **dict(zip("abc", codes, strict=False))})
    formula = "y ~ 1 + (1 | a) + (1 | b) + (1 | c)"
    fast = mixed_model(rows, formula, exact=False)
    monkeypatch.setattr(search, "NEAR", 0.0)  # nothing is near: the search goes on until a step promises nothing
    slow = mixed_model(rows, formula, exact=False)
    assert fast.converged and slow.converged and fast.evaluations < slow.evaluations
    assert fast.deviance == pytest.approx(slow.deviance, abs=1e-4)
    np.testing.assert_allclose(fast.variances["variance"], slow.variances["variance"], rtol=1e-2)  # four periods: 0.5%, of a standard error of 80%
