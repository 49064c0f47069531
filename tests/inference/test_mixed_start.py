"""Where the search for variances begins: the moments, from cross products and from whole matrices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.inference.mixed_model import mixed_model, search
from evalkit.inference.mixed_model.design import make_design
from evalkit.inference.mixed_model.moments import moments

SIZES = (60, 25, 4)


def drawn(sds: tuple[float, ...] = (0.9, 0.6, 0.4), n: int = 900, weighted: bool = True):
    random = np.random.default_rng(11)
    codes = tuple(random.integers(0, q, n) for q in SIZES)
    weights = random.integers(1, 4, n).astype(float) if weighted else np.ones(n)
    y = np.sum([sd * random.normal(size=q)[c] for sd, q, c in zip(sds, SIZES, codes, strict=True)], axis=0)
    return codes, y + random.normal(size=n) / np.sqrt(weights), weights


def test_the_moments_are_those_of_whole_matrices() -> None:
    codes, y, weights = drawn()
    found = moments(make_design(codes, SIZES, np.ones((len(y), 1)), y, weights))
    w, y = np.diag(weights), y - weights @ y / weights.sum()
    kinds = [np.eye(q)[c] for q, c in zip(SIZES, codes, strict=True)]
    forms = [w @ z @ z.T @ w for z in kinds] + [w]
    parts = [z @ z.T for z in kinds] + [np.diag(1 / weights)]
    solved = np.linalg.solve([[np.trace(a @ v) for v in parts] for a in forms], [y @ a @ y for a in forms])
    assert found == pytest.approx(solved[:3] / solved[3], rel=1e-9)
    assert (found > 0).all()


@pytest.mark.parametrize(("response", "expected"), [("nothing between", True), ("constant", None), ("no residual", None)])
def test_what_moments_cannot_say_is_no_place_to_begin(response: str, expected: bool | None) -> None:
    codes, y, weights = drawn((0.0, 0.0, 0.0), weighted=False)
    y = {"nothing between": y, "constant": np.ones(len(y)), "no residual": 1.0 * codes[0]}[response]
    found = moments(make_design(codes, SIZES, np.ones((len(y), 1)), y, weights))
    assert found is None or (np.isfinite(found).all() and ((found >= 1e-3) & (found <= 1e3)).all())
    assert (found is not None) or expected is None


def test_every_place_to_begin_leads_to_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, y, _ = drawn(weighted=False)
    rows = pd.DataFrame({"y": y, **dict(zip("abc", codes, strict=True))})
    own = mixed_model(rows, "y ~ 1 + (1 | a) + (1 | b) + (1 | c)")
    for begin in (None, np.array([5.0, 0.01, 2.0])):
        monkeypatch.setattr(search, "moments", lambda design, begin=begin: begin)
        again = mixed_model(rows, "y ~ 1 + (1 | a) + (1 | b) + (1 | c)")
        assert again.deviance == pytest.approx(own.deviance, abs=1e-9)
        np.testing.assert_allclose(again.variances["variance"], own.variances["variance"], rtol=1e-6)
        assert again.evaluations >= own.evaluations
