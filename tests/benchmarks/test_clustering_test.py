"""The benchmark's loop does the same test: its permutations have the mean and spread of ours on a small city."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.raters.official import outcome_of
from evalkit.raters.pairs import pair_design, pair_draws
from tests.benchmarks import clustering_test as bench
from tests.calibration.designs import city


def test_the_loop_permutes_as_we_do():
    rows = city(np.random.default_rng(1), units=3, teams=4, size=(2, 5), periods=3, star=0.3, turnover=0.05)
    loop = np.array(bench.pandas_loop(rows, 60, np.random.default_rng(2)))
    ours = pair_draws(pair_design(rows, outcome_of(rows, "sangat_baik"), strata=["opd_id", "post_type"], exchange="people"), 2000,
                      np.random.default_rng(3))
    assert loop.mean() == pytest.approx(ours.mean(), abs=4 * ours.std() / 60**0.5)
    assert loop.std() == pytest.approx(ours.std(), rel=0.4)


def test_the_bench_is_of_the_stated_size():
    rows = bench.rows_of_a_city()
    assert 6000 <= rows["person_id"].nunique() <= 7000
    assert rows["period"].nunique() == 8
