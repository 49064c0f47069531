"""Power with clusters against printed figures, against a simulation, and where nothing can be computed."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nct, norm
from scipy.stats import t as student

from evalkit.errors import EstimationError
from evalkit.impact.power import Design, clusters_for, intraclass, power_curve, power_of, smallest_effect
from evalkit.impact.power_of_cut import cut_design_effect


def test_power_is_that_of_webpower():
    # R WebPower, manual of wp.crt2arm: f = 0.6, n = 20, J = 10, icc = 0.1 gives 0.5901684
    assert float(power_of(Design(10, 20, icc=0.1), 0.6)) == pytest.approx(0.5901684, abs=5e-8)


def test_the_smallest_effect_is_that_of_bloom_within_rounding():
    # H. Bloom's multiplier t(0.975) + t(0.8) is an approximation of the noncentral t
    for clusters, span, icc in ((10, 20, 0.1), (40, 5, 0.05), (80, 20, 0.2)):
        design = Design(clusters, span, icc=icc)
        bloom = (student.ppf(0.975, clusters - 2) + student.ppf(0.8, clusters - 2)) * design.std_error
        assert smallest_effect(design) == pytest.approx(bloom, rel=0.01)


@pytest.mark.parametrize("share", [0.5, 0.3])
@pytest.mark.parametrize("drawn", ["unit", "person"])
def test_power_by_the_noncentral_t_written_out(share, drawn):
    design = Design(12, 8, icc=0.15, pre=0.6, share=share, attrition=0.2, drawn=drawn)
    n, left = 8 * 0.8, 1 - 0.36
    per_unit = left * (0.15 + 0.85 / n) if drawn == "unit" else left * 0.85 / n
    error = math.sqrt(per_unit / (share * (1 - share) * 12))
    df = 10 if drawn == "unit" else 12 * n - 13
    limit = student.ppf(0.975, df)
    wanted = nct.sf(limit, df, 0.5 / error) + nct.cdf(-limit, df, 0.5 / error)
    assert float(power_of(design, 0.5)) == pytest.approx(wanted, abs=1e-7)


def test_power_is_what_a_simulation_finds():
    rng = np.random.default_rng(5)
    design = Design(16, 10, icc=0.1, drawn="unit")
    hits, draws = 0, 1500
    for _ in range(draws):
        units = np.sqrt(0.1) * rng.normal(size=16)
        means = units + np.sqrt(0.9 / 10) * rng.normal(size=16)
        means[:8] += 0.6
        error = math.sqrt((means[:8].var(ddof=1) + means[8:].var(ddof=1)) / 8)
        hits += abs(means[:8].mean() - means[8:].mean()) / error > student.ppf(0.975, 14)
    planned = float(power_of(design, 0.6))
    assert abs(hits / draws - planned) < 3 * math.sqrt(planned * (1 - planned) / draws)


def test_what_gives_more_sight():
    base = Design(20, 10)
    assert smallest_effect(replace(base, pre=0.7)) < smallest_effect(base)
    assert smallest_effect(replace(base, attrition=0.3)) > smallest_effect(base)
    assert smallest_effect(replace(base, spread=0.8)) > smallest_effect(base)
    assert smallest_effect(replace(base, drawn="person")) < smallest_effect(base)
    assert smallest_effect(replace(base, share=0.1)) > smallest_effect(base)


def test_the_curve_rises_from_the_level_and_crosses_the_wanted_chance_at_the_smallest_effect():
    curve = power_curve(Design(30, 12))
    assert curve["power"].iloc[0] == pytest.approx(0.05, abs=1e-9)
    assert curve["power"].is_monotonic_increasing
    smallest = curve["smallest"].iloc[0]
    assert (curve.loc[curve["effect"] < smallest, "power"] < 0.8).all()
    assert (curve.loc[curve["effect"] > smallest, "power"] > 0.8).all()


def test_power_is_one_for_a_huge_effect_and_missing_without_degrees_of_freedom():
    assert float(power_of(Design(30, 12), 40.0)) == 1.0
    assert np.isnan(power_of(Design(2, 12), [0.0, 5.0])).all()
    assert math.isnan(smallest_effect(Design(2, 12)))
    assert clusters_for(Design(2, 1, icc=0.5), 0.001) is None


@pytest.mark.parametrize("wrong", [{"clusters": 0}, {"span": 0.5}, {"icc": 1.0}, {"pre": 1.0}, {"share": 0.0}, {"attrition": 1.0}, {"sides": 3}])
def test_what_is_no_design_is_refused(wrong):
    with pytest.raises(EstimationError):
        Design(**{"clusters": 10, "span": 5, **wrong})


def test_intraclass_by_hand_and_where_it_is_missing():
    # two units of two: MSB = 16, MSW = 1, n0 = 2: (16 - 1) / (16 + 1)
    assert intraclass([0, math.sqrt(2), 4, 4 + math.sqrt(2)], list("aabb")) == pytest.approx(15 / 17)
    assert intraclass([1, -1, 1, -1], list("aabb")) == 0.0
    for values, units in (([1.0] * 4, list("aabb")), ([1, 2], ["a", "a"]), ([1, 2], ["a", "b"]), ([], [])):
        assert math.isnan(intraclass(values, units))


def test_intraclass_finds_the_known_share():
    rng = np.random.default_rng(3)
    units = np.repeat(np.arange(100), 10)
    found = [intraclass(np.sqrt(0.2) * rng.normal(size=100)[units] + np.sqrt(0.8) * rng.normal(size=1000), units) for _ in range(60)]
    assert abs(np.mean(found) - 0.2) < 3 * np.std(found, ddof=1) / math.sqrt(60)


def test_a_cut_needs_as_many_people_as_schochet_prints():
    # P. Schochet (2009): design effect 2.75 for a cut in the middle of a normal score
    assert cut_design_effect(0.5) == pytest.approx(2.75, abs=0.005)
    rng = np.random.default_rng(4)
    score = rng.normal(size=200_000)
    sent = score > np.quantile(score, 0.7)
    assert cut_design_effect(0.3) == pytest.approx(1 / (1 - np.corrcoef(score, sent)[0, 1] ** 2), rel=0.02)
    with pytest.raises(EstimationError):
        cut_design_effect(1.0)


def test_behind_a_cut_units_stay_in_the_error_and_checks_withhold_some():
    people = Design(20, 40, icc=0.1, pre=0.5, share=0.31, drawn="person")
    by_unit = replace(people, by_unit=True)
    assert by_unit.df == 18 and by_unit.std_error == pytest.approx(people.std_error / math.sqrt(0.9))
    nc, limit = 0.3 / by_unit.std_error, student.ppf(0.975, 18)
    assert float(power_of(by_unit, 0.3)) == pytest.approx(0.95 * 0.99 * (nct.sf(limit, 18, nc) + nct.cdf(-limit, 18, nc)))
    assert smallest_effect(by_unit) > smallest_effect(people)


def test_the_error_behind_a_cut_is_that_of_drawn_courses():
    """Courses of 20 units of 40, the lowest 31% of a normal score sent, no effect: the jump of a straight line, fitted by least squares."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(1500):
        unit, person = rng.normal(0, math.sqrt(0.1), 20).repeat(40), rng.normal(0, math.sqrt(0.4), 800)
        score, after = (unit + person + rng.normal(0, math.sqrt(0.5), 800) for _ in range(2))
        design = np.column_stack([np.ones(800), score < norm.ppf(0.31), score])
        found.append(np.linalg.lstsq(design, after, rcond=None)[0][1])
    planned = Design(20, 40, icc=0.1, pre=0.5, share=0.31, drawn="person", by_unit=True).std_error * math.sqrt(cut_design_effect(0.31))
    assert np.std(found) == pytest.approx(planned, rel=0.05)


def test_frame_is_tidy():
    assert list(power_curve(Design(30, 12), [0.1, 0.2])) == ["effect", "power", "smallest"]
    assert isinstance(power_curve(Design(2, 12)), pd.DataFrame)
