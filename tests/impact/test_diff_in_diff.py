"""Group-time effects: the minimum wage example to every printed digit, the engine as a second path, stacked regression as a third."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.impact.diff_in_diff import event_study, event_weights, group_time, overall_weights
from evalkit.impact.panel import Panel, keep, make_panel
from evalkit.impact.question import Question, material
from evalkit.impact.regression_to_mean import dip_test, selection_alone
from evalkit.impact.trend_sensitivity import trend_sensitivity
from evalkit.inference.cluster_covariance import cluster_regression
from evalkit.inference.wild_bootstrap import wild_bootstrap
from tests.calibration import training_worlds as worlds

# County teen employment (log), 2003 to 2007, by the first year of a higher minimum wage (0: never): counties, means, covariances by rows.
# Figures of the data of B. Callaway, P. Sant'Anna (2021), Journal of Econometrics 225, 200-230.
MINIMUM_WAGE = {
    0: (309, [5.6546300225, 5.59199999814, 5.60480843375, 5.63889628205, 5.66113254037],
        [2.17049372534, 2.20340173248, 2.26598708484, 2.2127051439, 2.26580768187, 2.28841353775, 2.18628758018, 2.24141869573, 2.25825668553,
         2.26828371531, 2.19600296361, 2.25177209494, 2.26730561523, 2.26502197643, 2.28837296299]),
    2004: (20, [6.17969683359, 6.10656356301, 6.05945208674, 6.02670435425, 6.08538798837],
           [2.19701888791, 2.22797588334, 2.26829873821, 2.28788252485, 2.32569303152, 2.39668304903, 2.3199533709, 2.35901389179, 2.42837090575,
            2.46634057234, 2.25315007627, 2.28640471842, 2.35745176403, 2.39069259201, 2.3295945022]),
    2006: (40, [6.57399362823, 6.5178837163, 6.52794133316, 6.55743457451, 6.54304096823],
           [1.61186720417, 1.59426593709, 1.59506087387, 1.62072445415, 1.62391578791, 1.66544915302, 1.64032184438, 1.64335248442, 1.68213307538,
            1.70643229785, 1.65142660709, 1.65365033009, 1.69436936264, 1.71539611384, 1.7344966253]),
    2007: (131, [5.84290649638, 5.81078312761, 5.82086567033, 5.82386639925, 5.82004824684],
           [2.29308576906, 2.2966575311, 2.31742666992, 2.29133475189, 2.30869260462, 2.32574271359, 2.28939333684, 2.30841571487, 2.31855026659,
            2.33643681821, 2.26509642221, 2.28526949481, 2.2953290721, 2.30601226732, 2.30087470396]),
}


@pytest.fixture(scope="module")
def minimum_wage():
    """People with exactly these means and covariances: effects and their errors depend on nothing else."""
    people, values = [], []
    for wave, (n, mean, lower) in MINIMUM_WAGE.items():
        covariance = np.zeros((5, 5))
        covariance[np.tril_indices(5)] = lower
        covariance = covariance + np.tril(covariance, -1).T
        z = np.random.default_rng(wave).normal(size=(n, 5))
        z -= z.mean(axis=0)
        z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T)).T) @ np.linalg.cholesky(covariance).T
        for i, row in enumerate(z + mean):
            people.append({"person_id": f"{wave}-{i}", "wave": wave or None})
            values += [{"person_id": f"{wave}-{i}", "period": 2003 + t, "value": v} for t, v in enumerate(row)]
    return pd.DataFrame(people), pd.DataFrame(values)


PRINTED = {(2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008, (2006, 2004): 0.0065, (2006, 2005): -0.0028,
           (2006, 2006): -0.0046, (2006, 2007): -0.0412, (2007, 2004): 0.0305, (2007, 2005): -0.0027, (2007, 2006): -0.0311, (2007, 2007): -0.0261}


def test_the_minimum_wage_to_every_printed_digit(minimum_wage):
    """The introduction of the R package did, never-treated counties as comparison: effects, and all three ways to sum them."""
    fit = group_time(make_panel(*minimum_wage), against="never_trained")
    assert {(int(c.wave), int(c.period)): round(c.att, 4) for c in fit.cells.itertuples()} == PRINTED
    assert round(fit.contrast(overall_weights(fit, "simple")).estimate, 4) == -0.0400
    assert round(fit.contrast(overall_weights(fit)).estimate, 4) == -0.0310
    events = event_study(fit)
    assert dict(zip(events["event"], events["estimate"].round(4), strict=True)) == {
        -3: 0.0305, -2: -0.0006, -1: -0.0245, 0: -0.0199, 1: -0.0510, 2: -0.1373, 3: -0.1008}
    after = np.mean([event_weights(fit, e) for e in range(4)], axis=0)
    assert round(fit.contrast(after).estimate, 4) == -0.0772
    assert (events["band_low"] <= events["conf_low"]).all()
    assert (events["band_high"] >= events["conf_high"]).all()


@pytest.mark.parametrize("against", ["not_yet_trained", "never_trained"])
def test_the_engine_gives_the_same(minimum_wage, against):
    from diff_diff import CallawaySantAnna

    people, values = minimum_wage
    frame = values.merge(people, on="person_id")
    frame["first"] = frame["wave"].fillna(0).astype(int)
    other = CallawaySantAnna(control_group="not_yet_treated" if against == "not_yet_trained" else "never_treated").fit(
        frame, outcome="value", unit="person_id", time="period", first_treat="first")
    fit = group_time(make_panel(people, values), against=against)
    ours = {(int(c.wave), int(c.period)): c.att for c in fit.cells.itertuples()}
    assert ours == pytest.approx({(int(g), int(t)): e["effect"] for (g, t), e in other.group_time_effects.items()}, abs=1e-8)
    assert fit.contrast(overall_weights(fit, "simple")).estimate == pytest.approx(other.overall_att, abs=1e-8)
    # the engine divides by n, CR2 of single people by n - 1
    cell = other.group_time_effects[2007, 2007]
    one = next(i for i, c in enumerate(fit.cells.itertuples()) if (c.wave, c.period) == (2007, 2007))
    assert fit.contrast(np.eye(len(fit.cells))[one]).std_error == pytest.approx(cell["se"], rel=6e-3)


@pytest.mark.parametrize("alone", [False, True])
def test_the_errors_are_those_of_one_stacked_regression(alone):
    made = worlds.by_place(np.random.default_rng(1), units=9, size=5, periods=5)
    panel = material(made.people.drop(columns="cluster") if alone else made.people, made.outcomes).panel
    fit = group_time(panel)
    y, x, clusters = [], [], []
    for k, c in enumerate(fit.cells.itertuples()):
        base = c.position - 1 if c.event >= 0 else int(c.period) - 1
        t = int(c.period)
        for i in range(len(panel.person)):
            other = panel.wave[i] == -1 or (panel.wave[i] > max(t, base) and panel.wave[i] != c.position)
            if panel.wave[i] == c.position or other:
                row = np.zeros(2 * len(fit.cells))
                row[2 * k + int(other)] = 1
                y.append(panel.value[i, t] - panel.value[i, base])
                x.append(row)
                clusters.append(panel.cluster[i])
    stacked = cluster_regression(y, x, clusters)
    for weights in (overall_weights(fit), overall_weights(fit, "simple"), event_weights(fit, -1)):
        ours, theirs = fit.contrast(weights), stacked.contrast(np.repeat(weights, 2) * np.tile([1, -1], len(weights)))
        assert (ours.estimate, ours.std_error, ours.df) == pytest.approx((theirs.estimate, theirs.std_error, theirs.df), rel=1e-8)


def test_growing_effects_are_averaged_over_those_trained():
    made = worlds.by_place(np.random.default_rng(3), units=60, size=30, effect=2.0, growth=1.0)
    fit = group_time(material(made.people, made.outcomes).panel)
    found = fit.contrast(overall_weights(fit))
    assert abs(found.estimate - made.effect) < 3 * found.std_error
    events = event_study(fit).set_index("event")
    for event in (0, 1):
        assert abs(events.loc[event, "estimate"] - (2.0 + event)) < 3.5 * events.loc[event, "std_error"]


def test_both_rules_for_leavers_are_there():
    made = worlds.by_place(np.random.default_rng(3))
    rng = np.random.default_rng(1)
    panel = material(made.people, made.outcomes[rng.random(len(made.outcomes)) > 0.1]).panel
    everybody, always = group_time(panel), group_time(keep(panel, "balanced"))
    assert always.n < everybody.n
    assert everybody.contrast(overall_weights(everybody)).estimate != always.contrast(overall_weights(always)).estimate


def test_the_dip_is_seen_before_training():
    made = worlds.low_first(np.random.default_rng(1))
    found = dip_test(group_time(material(made.people, made.outcomes).panel))
    assert found.dip.estimate < -7
    assert found.dip.p_value < 0.001
    fair = worlds.by_place(np.random.default_rng(1))
    assert dip_test(group_time(material(fair.people, fair.outcomes).panel)).dip.p_value > 0.01


def test_selection_alone_by_arithmetic():
    """After is 30 + before / 2 for the others; those sent have 40 and 44 before, so 10 and 8 are expected."""
    before = np.array([40.0, 44, 50, 60, 70, 80])
    after = np.array([60.0, 61, 55, 60, 65, 70])
    found = selection_alone(before, after, [True, True, False, False, False, False], range(6))
    assert found.expected == pytest.approx(9.0)
    assert found.observed == pytest.approx(18.5)
    assert found.pull == pytest.approx(0.5)
    assert selection_alone(before, after, [True] * 6, range(6)).reason == "no_comparison"


def test_trends_may_be_bent_only_where_there_is_an_effect():
    from evalkit.impact.assess import assess

    question = Question("c", "score")
    made = worlds.by_place(np.random.default_rng(7), units=30, effect=6.0)
    verdict = assess(question, made.people, made.outcomes)
    found = trend_sensitivity(verdict, made.people, made.outcomes)
    assert found["bend"].tolist() == [0.0, 0.5, 1.0]
    assert found.loc[0, "conf_low"] < 6.0 < found.loc[0, "conf_high"]
    assert found["reason"].tolist() == ["", "", ""]
    width = found["conf_high"] - found["conf_low"]
    assert width.notna().all() and width.is_monotonic_increasing
    low = worlds.low_first(np.random.default_rng(7))
    held = trend_sensitivity(assess(question, low.people, low.outcomes), low.people, low.outcomes)
    assert (held["reason"] == "no_effect_to_ask_about").all()
    assert held["conf_low"].isna().all()


@pytest.mark.parametrize(("people", "values", "reason"), [
    (pd.DataFrame({"person_id": ["a", "b"], "wave": [1, None]}), [("a", 1, 1.0), ("b", 1, 2.0)], "one_period"),
    (pd.DataFrame({"person_id": ["a", "b"], "wave": [None, None]}), [("a", 1, 1.0), ("a", 2, 2.0)], "nobody_sent"),
    (pd.DataFrame({"person_id": ["a", "b"], "wave": [2, 2]}), [(p, t, 1.0 * t) for p in "ab" for t in (1, 2)], "no_comparison"),
    (pd.DataFrame({"person_id": [], "wave": []}), [], "one_period"),
])
def test_degenerate(people, values, reason):
    fit = group_time(make_panel(people, pd.DataFrame(values, columns=["person_id", "period", "value"])))
    assert fit.reason == reason
    assert event_study(fit).empty


def test_one_unit_in_a_wave_has_no_error():
    made = worlds.by_place(np.random.default_rng(1), units=3, size=10)
    found = group_time(material(made.people, made.outcomes).panel)
    main = found.contrast(overall_weights(found))
    assert main.reason == "one_cluster_on_a_side"
    assert math.isnan(main.std_error)


def test_refusals():
    people = pd.DataFrame({"person_id": ["a"], "wave": [1]})
    with pytest.raises(EstimationError, match="two values"):
        make_panel(people, pd.DataFrame({"person_id": ["a", "a"], "period": [1, 1], "value": [1.0, 2.0]}))
    with pytest.raises(EstimationError, match="column"):
        make_panel(people, pd.DataFrame({"person_id": ["a"]}))
    with pytest.raises(EstimationError, match="unknown"):
        group_time(make_panel(people, pd.DataFrame({"person_id": ["a"], "period": [1], "value": [1.0]})), against="nobody")


class TestFaultsOfTheEngineAreWalledOff:
    """What is wrong in the pinned release, so that a later one is looked at again before anything of it is used."""

    def test_only_what_was_checked_is_called(self, root):
        import re

        names = set()
        for path in (root / "evalkit").rglob("*.py"):
            for line in re.findall(r"from diff_diff import (.+)|import diff_diff", path.read_text(encoding="utf-8")):
                names |= {n.strip() for n in line.split(",")}
        assert names == {"CallawaySantAnna", "RDDensityTest", "RegressionDiscontinuity"}

    def test_relative_magnitudes_are_never_asked_for(self, root):
        for path in (root / "evalkit" / "impact").glob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "relative_magnitude" not in text
            assert "BusinessReport" not in text
            assert "TwoStageDiD" not in text

    def test_the_engine_reports_a_rise_where_nothing_happened(self):
        """The known-zero file: the engine's average effect is large, and our verdict withholds."""
        from diff_diff import CallawaySantAnna

        found = []
        for seed in range(3):
            made = worlds.low_first(np.random.default_rng(seed))
            frame = made.outcomes.merge(made.people, on="person_id")
            frame["first"] = frame["wave"].astype("float").fillna(0).astype(int)
            found.append(CallawaySantAnna().fit(frame[["person_id", "period", "value", "first"]], outcome="value", unit="person_id", time="period",
                                                first_treat="first").overall_att)
        assert np.mean(found) > 5


def few_units(units: int = 8, effect: float = 3.0) -> tuple[Panel, pd.DataFrame, pd.DataFrame]:
    made = worlds.shaken(np.random.default_rng(12), units=units, effect=effect)
    return make_panel(made.people, made.outcomes), made.people, made.outcomes


def test_signs_of_few_units_are_those_of_the_regression_of_all_cells() -> None:
    """A second path: every cell's rows stacked, two dummies a cell, the weighted sum as one coefficient, the rows' own bootstrap."""
    panel, people, outcomes = few_units()
    fit = group_time(panel)
    weights = overall_weights(fit)
    found = fit.wild(weights)
    wide = outcomes.pivot_table(index="person_id", columns="period", values="value")
    who = people.set_index("person_id").loc[wide.index]
    sent, unit = who["invited"].to_numpy(), who["cluster"].to_numpy()
    rows, dummies, clusters = [], [], []
    kept = [(k, int(p)) for k, (p, w) in enumerate(zip(fit.cells["period"], weights, strict=True)) if w]
    for place, (_, period) in enumerate(kept):
        change = (wide[period] - wide[2]).to_numpy()
        mark = np.zeros((len(change), 2 * len(kept)))
        mark[np.arange(len(change)), 2 * place + np.where(sent, 0, 1)] = 1
        rows, dummies, clusters = [*rows, change], [*dummies, mark], [*clusters, unit]
    c = np.array([s * weights[k] for k, _ in kept for s in (1.0, -1.0)])
    turn = np.eye(len(c))
    turn[0] = c
    other = wild_bootstrap(np.concatenate(rows), np.concatenate(dummies) @ np.linalg.inv(turn), np.concatenate(clusters), column=0)
    assert found is not None
    assert found.test.estimate == pytest.approx(fit.contrast(weights).estimate)
    assert (found.test.p_value, found.test.ties, found.test.draws) == (other.p_value, other.ties, 2**8)
    assert found.low < found.test.estimate < found.high


def test_four_units_can_rule_nothing_out_and_people_alone_have_no_signs() -> None:
    panel, *_ = few_units(units=4, effect=30.0)
    fit = group_time(panel)
    found = fit.wild(overall_weights(fit))
    assert found is not None
    assert found.test.p_value >= 2 / 16
    assert (found.low, found.high) == (-np.inf, np.inf)
    people, outcomes = worlds.by_place(np.random.default_rng(1), units=6).people, worlds.by_place(np.random.default_rng(1), units=6).outcomes
    alone = group_time(make_panel(people.drop(columns="cluster"), outcomes))
    assert alone.wild(overall_weights(alone)) is None
