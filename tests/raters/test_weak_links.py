"""Units that few people link: the search for the Rasch measures does not creep, and ends where it would have ended."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.raters.many_facet_rasch import joint, many_facet_rasch
from evalkit.raters.many_facet_rasch.joint import _ahead


def chain(people: int, raters: int) -> pd.DataFrame:
    """Two raters a person, of her unit; one in twenty people has the second rater from the next unit."""
    rng = np.random.default_rng(3)
    units = raters // 20
    unit = rng.integers(0, units, people)
    far = np.where(rng.random(people) < 0.05, (unit + 1) % units, unit)
    one, two = unit * 20 + rng.integers(0, 20, people), far * 20 + rng.integers(0, 20, people)
    two = np.where(two == one, far * 20 + (two + 1) % 20, two)
    person, rater = np.repeat(np.arange(people), 10), np.repeat(np.stack([one, two], 1).ravel(), 5)
    item = np.tile(np.arange(10), people)
    level = rng.normal(size=people)[person] - rng.normal(0, 0.5, raters)[rater] - np.linspace(-1, 1, 10)[item]
    chance = np.exp(np.outer(level, np.arange(5)) - np.cumsum([0, -1.5, -0.5, 0.5, 1.5]))
    chance /= chance.sum(axis=1, keepdims=True)
    rating = (chance.cumsum(axis=1) < rng.random(len(level))[:, None]).sum(axis=1)
    return pd.DataFrame({"object_id": person, "rater_id": rater, "item": item, "rating": rating})


def test_slow_rounds_make_the_information_anew_and_end_at_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = chain(20_000, 4000)
    quick = many_facet_rasch(rows, tolerance=1e-4)
    monkeypatch.setattr(joint, "SLOW", np.inf)
    slow = many_facet_rasch(rows, tolerance=1e-4)
    assert quick.largest_residual < 1e-4 and slow.largest_residual < 1e-4
    assert quick.rounds <= 0.7 * slow.rounds
    np.testing.assert_allclose(quick.measures["measure"], slow.measures["measure"], atol=2e-3)


def test_rounds_ahead_by_the_speed_of_the_last_one() -> None:
    assert _ahead(1.0, 10.0, 0.01) == pytest.approx(2.0)
    assert _ahead(2.0, 2.0, 0.01) == np.inf
    assert _ahead(2.0, 4.0, 0.0) == np.inf
