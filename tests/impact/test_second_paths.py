"""Each number of a course by a way that shares no code with ours: linear programs, two stages, mixed models, plain loops."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import linprog
from scipy.stats import multivariate_t, ttest_ind

from evalkit.impact import (
    attrition,
    baseline_equivalence,
    competence_needs,
    complier_effect,
    contrasts,
    event_study,
    event_weights,
    group_time,
    hours_due,
    intraclass,
    lee_bounds,
    manski_bounds,
    rater_outcomes,
    selection_alone,
)
from evalkit.impact.question import material
from tests.calibration import training_worlds as worlds


def leavers(seed, n=60):
    """Whole points, so that many stand on the edge; those sent leave less often."""
    rng = np.random.default_rng(seed)
    sent = np.arange(n) % 2 == 0
    y = np.round(rng.normal(3, 1, n)) + sent
    return np.where(rng.random(n) < np.where(sent, 0.1, 0.35), np.nan, y), sent


@pytest.mark.parametrize("seed", range(5))
def test_lee_bounds_are_the_ends_of_a_linear_program(seed):
    """Keep of each person of the fuller group between nothing and all, q0 / q1 of the group in all: the least and the greatest mean."""
    y, sent = leavers(seed)
    if seed % 2:
        sent = ~sent
    seen = ~np.isnan(y)
    q1, q0 = seen[sent].mean(), seen[~sent].mean()
    side = sent if q1 >= q0 else ~sent
    full, other = y[seen & side], y[seen & ~side].mean()
    kept = len(full) * min(q1, q0) / max(q1, q0)
    ends = [sign * linprog(sign * full, A_eq=np.ones((1, len(full))), b_eq=[kept], bounds=(0, 1)).fun / kept - other for sign in (1, -1)]
    found = lee_bounds(y, sent)
    assert (found.low, found.high) == pytest.approx(tuple(ends) if q1 >= q0 else (-ends[1], -ends[0]), abs=1e-9)
    assert found.trimmed == pytest.approx(1 - min(q1, q0) / max(q1, q0))


def test_manski_bounds_are_the_ends_of_all_that_leavers_could_have_had():
    y, sent = leavers(3, n=24)
    gone = np.flatnonzero(np.isnan(y))
    assert 2 <= len(gone) <= 10
    found, effects = manski_bounds(y, sent, lowest=0, highest=8), []
    for ends in itertools.product((0.0, 8.0), repeat=len(gone)):
        filled = y.copy()
        filled[gone] = ends
        effects.append(filled[sent].mean() - filled[~sent].mean())
    assert (found.low, found.high) == pytest.approx((min(effects), max(effects)))


def test_leaving_is_a_table_of_counts():
    y, sent = leavers(1)
    table = pd.crosstab(sent, np.isnan(y), normalize="index")[True]
    found = attrition(~np.isnan(y), sent)
    assert (found.overall, found.difference) == pytest.approx((np.isnan(y).mean(), table[True] - table[False]))


def test_likeness_before_is_a_rescaled_t():
    rng = np.random.default_rng(2)
    before, sent = rng.normal(60, 10, 47), np.arange(47) < 19
    t = ttest_ind(before[sent], before[~sent]).statistic
    assert baseline_equivalence(before, sent).difference == pytest.approx(t * math.sqrt(1 / 19 + 1 / 28) * (1 - 3 / (4 * 47 - 9)))


def test_the_effect_on_those_who_went_is_two_stage_least_squares():
    rng = np.random.default_rng(6)
    sent, before, block = np.arange(240) % 2 == 0, rng.normal(60, 10, 240), np.arange(240) % 3
    went = np.where(sent, rng.random(240) < 0.8, rng.random(240) < 0.1)
    y = before / 2 + 3 * went + block + rng.normal(size=240)
    exogenous = np.column_stack([np.ones(240), before, block == 1, block == 2])
    first = np.column_stack([exogenous, sent])
    fitted = first @ np.linalg.lstsq(first, went.astype(float), rcond=None)[0]
    second = np.linalg.lstsq(np.column_stack([fitted, exogenous]), y, rcond=None)[0][0]
    assert complier_effect(y, sent, went, before, range(240), strata=block).estimate == pytest.approx(second, rel=1e-8)


def test_what_would_have_come_anyway_is_a_prediction_of_least_squares():
    """Two waves: the others' line with one constant a wave, read at the mean of those sent; limits of White's HC2, as clusters are people."""
    rng = np.random.default_rng(7)
    wave, sent = np.arange(160) % 2, np.arange(160) < 40
    before = rng.normal(60, 10, 160) - 8 * sent
    after = 30 + 3 * wave + before / 2 + rng.normal(0, 4, 160)
    rows = np.column_stack([wave == 0, wave == 1, before]).astype(float)
    fit = sm.OLS((after - before)[~sent], rows[~sent]).fit(cov_type="HC2")
    told = fit.get_prediction(rows[sent].mean(axis=0)).summary_frame()
    found = selection_alone(before, after, sent, range(160), windows=wave)
    assert found.expected == pytest.approx(told["mean"].iloc[0])
    assert (found.high - found.low) / 2 == pytest.approx(1.98 * told["mean_se"].iloc[0], rel=0.02)
    assert found.pull == pytest.approx(-fit.params[2])


def test_the_share_between_units_is_that_of_a_mixed_model():
    """With units of one size restricted maximum likelihood is analysis of variance."""
    rng = np.random.default_rng(8)
    units = np.repeat(np.arange(25), 8)
    y = rng.normal(size=25)[units] + rng.normal(0, 1.5, 200)
    fit = sm.MixedLM(y, np.ones((200, 1)), groups=units).fit(reml=True)
    between = float(fit.cov_re[0, 0]) if isinstance(fit.cov_re, np.ndarray) else float(fit.cov_re.iloc[0, 0])
    assert intraclass(y, units) == pytest.approx(between / (between + fit.scale), abs=1e-4)


def test_the_band_holds_all_events_as_the_multivariate_t_says():
    made = worlds.by_place(np.random.default_rng(4), units=40, size=6, periods=6)
    fit = group_time(material(made.people, made.outcomes).panel)
    events = event_study(fit)
    found, covariance = contrasts(fit, np.stack([event_weights(fit, int(e)) for e in events["event"]], axis=1))
    error = np.array([c.std_error for c in found])
    shape, df = covariance / np.outer(error, error), min(c.df for c in found)
    q = float(((events["band_high"] - events["estimate"]) / events["std_error"]).min())
    edge = np.full(len(error), q)
    held = multivariate_t(np.zeros(len(error)), shape, df=df, allow_singular=True).cdf(edge, lower_limit=-edge, random_state=1)
    assert held == pytest.approx(0.95, abs=0.006)


def test_outcomes_of_evaluators_by_plain_loops():
    rng = np.random.default_rng(9)
    rows = pd.DataFrame([(f"r{r}", o, i, float(rng.integers(1, 6)), float(1 + (o + i) % 5)) for r in range(5) for o in range(4) for i in range(3)
                         if rng.random() < 0.9], columns=["rater_id", "object_id", "item", "rating", "expert"])
    found = rater_outcomes(rows).set_index(["rater_id", "outcome"])["value"]
    given = {(r, o, i): (v, e) for r, o, i, v, e in rows.itertuples(index=False)}
    severity = {}
    for rater in sorted(rows["rater_id"].unique()):
        own = {(o, i): ve for (r, o, i), ve in given.items() if r == rater}
        severity[rater] = np.mean([e - v for v, e in own.values()])
        same = [v == given[r, o, i][0] for (o, i), (v, _) in own.items() for r in rows["rater_id"].unique() if r != rater and (r, o, i) in given]
        weights = [sum((r, o, i) in given for r in rows["rater_id"].unique()) - 1 for (o, i) in own]
        shares = np.split(np.array(same, dtype=float), np.cumsum(weights)[:-1])
        by_object = [[v for (o, i), (v, _) in own.items() if o == one] for one in range(4)]
        by_item = [[v for (o, i), (v, _) in own.items() if i == one] for one in range(3)]
        wanted = {"severity": severity[rater], "accuracy": np.mean([abs(v - e) for v, e in own.values()]),
                  "agreement": np.mean([s.mean() for s in shares if len(s)]),
                  "halo": np.mean([np.std(v, ddof=1) for v in by_object if len(v) > 1]),
                  "spread": np.mean([np.std(v, ddof=1) for v in by_item if len(v) > 1])}
        assert {k: float(found[rater, k]) for k in wanted} == pytest.approx(wanted)
    middle = np.mean(list(severity.values()))
    assert [found[r, "distance"] for r in severity] == pytest.approx([abs(v - middle) for v in severity.values()])


def test_needs_and_hours_by_plain_loops():
    rng = np.random.default_rng(10)
    rows = pd.DataFrame({"person_id": [f"p{i}" for i in range(90)], "unit_id": np.array(["x", "y", "z"])[np.arange(90) % 3],
                         "competence": "akuntabel", "source": "items", "value": np.round(1 + 4 * rng.random(90), 2), "scale_min": 1.0,
                         "scale_max": 5.0, "hours": np.round(30 * rng.random(90))})
    rows["employment"] = np.array(["pns", "pppk", "pppk_paruh_waktu"])[rng.integers(0, 3, 90)]
    needs, hours = competence_needs(rows).set_index("unit_id"), hours_due(rows).set_index("unit_id")
    for unit in ("", "x", "y", "z"):
        own = [r for r in rows.itertuples() if unit in ("", r.unit_id)]
        assert needs.loc[unit, "below"] == sum((r.value - 1) / 4 < 0.6 - 1e-9 for r in own)
        assert needs.loc[unit, "level"] == pytest.approx(sum((r.value - 1) / 4 for r in own) / len(own))
        lacking = [max(0.0, 20 - r.hours) for r in own if r.employment == "pns"]
        assert (hours.loc[unit, "hours_due"], hours.loc[unit, "below"]) == (sum(lacking), sum(v > 0 for v in lacking))
        assert hours.loc[unit, "at_most"] == sum(r.employment == "pppk" and r.hours >= 24 for r in own)
