"""Published worked examples of the cut on a score: the jump with its robust interval, and the number of people on either side of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from evalkit.impact import density_at_cut, discontinuity


def uniforms(seed: int) -> Iterator[float]:
    """Give R's uniform numbers after set.seed: M. Matsumoto, T. Nishimura (1998), the state filled by a linear congruence as ?RNG describes."""
    state = [seed]
    for _ in range(675):
        state.append((69069 * state[-1] + 1) % 2**32)
    twister = np.random.MT19937()
    twister.state = {"bit_generator": "MT19937", "state": {"key": np.array(state[-624:], dtype=np.uint32), "pos": 624}}
    yield from (twister.random_raw(40_000) * 2.3283064365386963e-10).tolist()


def normals(u: Iterator[float], n: int) -> np.ndarray:
    """Give normal numbers by inversion of two uniform ones each, as R does."""
    return np.array([ndtri((math.floor(2**27 * next(u)) + next(u)) / 2**27) for _ in range(n)])


def betas(u: Iterator[float], more: float, less: float, n: int) -> np.ndarray:
    """Give beta numbers, both parameters above 1: R. Cheng (1978), Communications of the ACM 21, 317-322, algorithm BB."""
    both, found = more + less, []
    beta = math.sqrt((both - 2) / (2 * more * less - both))
    while len(found) < n:
        first, second = next(u), next(u)
        v = beta * math.log(first / (1 - first))
        w, z = less * math.exp(v), first * first * second
        r = (less + 1 / beta) * v - 1.3862944
        s = less + r - w
        if s + 2.609438 >= 5 * z or s > math.log(z) or r + both * math.log(both / (more + w)) >= math.log(z):
            found.append(more / (more + w))
    return np.array(found)


def test_the_jump_of_rdrobust_in_r():
    """S. Calonico, M. Cattaneo, R. Titiunik: their package rdrobust 4.0.0 in R 4.5, as diff-diff has its numbers (rdrobust_estimates_golden).

    Three hundred people whose score leans to one side, drawn in R; four of them are compared with the printed rows.
    """
    u = uniforms(777)
    score = 40 * betas(u, 5, 2, 300)
    y = 2 + 0.05 * score - 0.001 * score**2 + 0.8 * (score >= 28) + 0.5 * normals(u, 300)
    printed = {0: (24.199383630079979, 3.0210865026149851), 1: (23.992978947688535, 2.3743459065056745),
               2: (31.52616644316128, 3.0096609842181001), 299: (37.672808942462169, 3.5290747000557814)}
    assert {i: (score[i], y[i]) for i in printed} == {i: pytest.approx(row, rel=1e-13) for i, row in printed.items()}
    found = discontinuity(y, score, 28.0, sent_if="above", at_cut="sent")
    assert (found.n_sent, found.n_not, found.reason) == (59, 44, "")
    assert (found.estimate, found.conf_low, found.conf_high, found.p_value, found.bandwidth) == pytest.approx(
        (0.91784565995214118, 0.33118256058465323, 1.5551902742032244, 0.0025228451736385481, 3.4779177488224566), rel=1e-10)
    mirrored = discontinuity(y, score, 28.0)  # the same cut told from the other side
    low, high = -found.conf_high, -found.conf_low
    assert (mirrored.estimate, mirrored.conf_low, mirrored.conf_high) == pytest.approx((-found.estimate, low, high), rel=1e-10)


def test_the_density_of_rddensity_in_r():
    """M. Cattaneo, M. Jansson, X. Ma: their package rddensity in R, as diff-diff has its numbers (rddensity_golden): two thousand normal scores."""
    score = normals(uniforms(42), 2000) - 0.5
    assert score[[0, 1, 2, 1999]] == pytest.approx([0.87095844714666848, -1.0646981713960888, -0.13687158866266086, -0.32651877087964654], rel=1e-13)
    found = density_at_cut(score, 0.0, sent_if="above", at_cut="sent")
    assert (found.n, found.reason) == (2000, "")
    assert found.p_value == pytest.approx(0.71100320803756634, rel=1e-8)


def test_the_jump_in_elections_to_the_senate():
    """M. Cattaneo, B. Frandsen, R. Titiunik (2015), Journal of Causal Inference 3, 1-24: 1,297 elections to the Senate of the United States.

    The margin of the Democratic candidate, and her party's share of votes at the next election for the same seat; figures of the archive of
    replications of M. Cattaneo, N. Idrobo, R. Titiunik (2020), A practical introduction to regression discontinuity designs: Foundations.
    rdrobust prints 7.414 with the robust interval 4.094 to 10.919 (z 4.311), 360 and 323 elections within 17.754.
    """
    margin, vote = np.loadtxt(Path(__file__).parent / "data" / "senate.csv", delimiter=",", skiprows=1, unpack=True)
    assert (len(margin), int((margin < 0).sum()), int((margin >= 0).sum())) == (1297, 595, 702)
    found = discontinuity(vote, margin, 0.0, sent_if="above", at_cut="sent")
    assert (found.n_not, found.n_sent, found.reason) == (360, 323, "")
    assert [round(v, 3) for v in (found.estimate, found.conf_low, found.conf_high, found.bandwidth)] == [7.414, 4.094, 10.919, 17.754]
    assert round(ndtri(1 - found.p_value / 2), 3) == 4.311
    mirrored = discontinuity(vote, -margin, 0.0, at_cut="sent")  # the same seats by the margin of the other party
    assert (mirrored.estimate, mirrored.conf_low, mirrored.conf_high) == pytest.approx((found.estimate, found.conf_low, found.conf_high), rel=1e-9)
