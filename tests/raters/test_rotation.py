"""Rotation in place: takeovers by hand, zero where only teams differ, the right size where severity differs, and little data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.raters.rotation import _limits, _links, _shuffled, rotation_effect, rotation_spread
from evalkit.raters.teams import team_panel
from tests.calibration.worlds import rotating


def history(*periods, unit="u"):
    """Rows from strings a period: the evaluator of each person (a letter; capital: Sangat Baik; '.': not rated)."""
    rows = [{"person_id": i, "period": str(t), "rater_id": c.lower(), "opd_id": unit, "post_type": "x", "instrument": "i",
             "predikat": "sangat_baik" if c.isupper() else "baik"} for t, p in enumerate(periods) for i, c in enumerate(p) if c != "."]
    return pd.DataFrame(rows)


def panel(*periods, **words):
    rows = history(*periods)
    return team_panel(rows, rows["predikat"] == "sangat_baik", [str(t) for t in range(len(periods))], **words)


def test_takeovers_by_hand():
    # e's team passes to f; one of g's four moves to h alone; i's team splits in halves
    found = panel("eeeggggiiii", "fffggghjjkk")
    assert found.takeover[:, 1].tolist() == [True] * 3 + [False] * 8
    assert found.n_takeovers == 1
    assert panel("e", "f").n_takeovers == 0
    assert panel("e", "f", min_team=1).n_takeovers == 1


def test_a_team_goes_on_with_its_people():
    found = panel("eeegg", "fffgg", "fffee")
    assert len(set(found.team[:3].ravel())) == 1
    assert len(set(found.team[3:].ravel())) == 1
    assert found.team[0, 0] != found.team[3, 2]  # e is now the evaluator of another team
    assert found.n_takeovers == 2


def test_people_who_leave_their_place_or_a_period_are_no_takeover():
    rows = history("eee", "fff")
    rows.loc[rows["period"] == "1", "opd_id"] = "v"
    assert team_panel(rows, rows["predikat"] == "baik", ["0", "1"]).n_takeovers == 0
    assert panel("eee", "...", "fff").n_takeovers == 0


def test_effect_and_events_by_hand():
    # two teams taken over at 2 (both people rise in one, one of two in the other), two stay (one of four rises)
    rows = history("eeggiikk", "eeggiikk", "FFHhIikk")
    table = rotation_effect(rows, ["0", "1", "2"], events=(-2, 0, 1))
    found = table.set_index(["measure", "group"])
    assert table.loc[0, "estimate"] == pytest.approx(3 / 4 - 1 / 4)
    assert found.loc[("rotation_event", "0"), "estimate"] == pytest.approx(0.5)
    assert found.loc[("rotation_event", "-2"), "estimate"] == 0
    assert found.loc[("rotation_event", "1"), "reason"] == "nothing_to_compare"
    assert found["n_raters"].unique().tolist() == [2]


@pytest.mark.parametrize("seed", [3, 4])
def test_the_effect_and_its_error_by_a_second_path(seed):
    """Changes by merging frames, strata one by one, and each team left out in turn."""
    world = rotating(np.random.default_rng(seed), units=4, teams=6, lenient=0.4, severity_sd=0.3)
    rows = world.rows.assign(y=world.rows["predikat"].eq("sangat_baik").astype(float), line=world.rows["rater_id"] % 24,
                             t=world.rows["period"].rank(method="dense").astype(int))
    both = rows.merge(rows.assign(t=rows["t"] + 1), on=["person_id", "t"], suffixes=("", "_before"))
    both = both.assign(change=both["y"] - both["y_before"], new=both["rater_id"] != both["rater_id_before"])

    def effect(some):
        total = people = 0.0
        for _, part in some.groupby(["opd_id", "t"]):
            one, zero = part.loc[part["new"], "change"], part.loc[~part["new"], "change"]
            if len(one) and len(zero):
                total, people = total + len(one) * (one.mean() - zero.mean()), people + len(one)
        return total / people

    # strata without both sides say nothing, so their teams are no clusters
    sides = both.groupby(["opd_id", "t"])["new"].transform("nunique")
    lines = both.loc[sides == 2, "line"].unique()
    whole, without = effect(both), np.array([effect(both[both["line"] != i]) for i in lines])
    found = rotation_effect(world.rows, world.periods, events=(0,)).iloc[0]
    assert found["estimate"] == pytest.approx(whole)
    assert found["std_error"] == pytest.approx(np.sqrt((len(lines) - 1) / len(lines) * ((without - whole) ** 2).sum()))


def test_products_of_changes_by_hand():
    rows = history("eeggiikk", "FFhhIikk")
    # stays change by 1, 0, 0, 0: mean 1/4, taken over from their own mean 1/2: products 2 * 1/4 twice, over 4 ordered pairs
    stay = (2 * (3 / 4) * (-1 / 4) + 2 * (1 / 4) ** 2) / 4
    assert rotation_spread(rows, ["0", "1"], draws=9).loc[0, "estimate"] == pytest.approx(np.sqrt((1 / 4 - stay) / 2))


def test_only_teams_differ_and_nothing_is_found():
    worlds = [rotating(np.random.default_rng(s), team_sd=1.0) for s in range(25)]
    found = [rotation_spread(w.rows, w.periods, draws=99) for w in worlds]
    assert sum(f.loc[0, "p_value"] <= 0.05 for f in found) <= 4
    variances = [f.loc[0, "estimate"] ** 2 for f in found]
    assert np.mean(variances) < 0.04**2
    effects = [rotation_effect(w.rows, w.periods) for w in worlds[:12]]
    assert sum(f.loc[0, "p_value"] <= 0.05 for f in effects) <= 3


def test_severity_is_found_in_its_size_and_not_before_the_takeover():
    worlds = [rotating(np.random.default_rng(s), severity_sd=0.8) for s in range(20)]
    found = [rotation_spread(w.rows, w.periods, draws=99) for w in worlds]
    truth = np.sqrt(np.mean([w.spread**2 for w in worlds]))
    assert np.sqrt(np.mean([f.loc[0, "estimate"] ** 2 for f in found])) == pytest.approx(truth, rel=0.12)
    assert sum(f.loc[0, "conf_low"] <= w.spread <= f.loc[0, "conf_high"] for f, w in zip(found, worlds, strict=True)) >= 17
    placebo = [f[f["group"] == "placebo"].iloc[0] for f in found]
    assert sum(p["p_value"] <= 0.05 for p in placebo) <= 4
    smallest = [f.loc[f["measure"] == "rotation_spread_detectable", "estimate"].iloc[0] for f in found]
    assert 0.03 < np.mean(smallest) < 0.2

def test_where_results_are_copied_the_interval_leaves_zero_only_when_the_test_says_so():
    worlds = [rotating(np.random.default_rng([8, s]), team_sd=0.8, copying=0.5) for s in range(40)]
    found = pd.DataFrame([rotation_spread(w.rows, w.periods, draws=199).iloc[0] for w in worlds])
    above = found["conf_low"] > 0
    assert (found.loc[above, "p_value"] <= 0.025).all()
    assert above.sum() <= 4  # 2.5% are due; the scatter under permutation alone gave 9%
    severe = [rotating(np.random.default_rng(s), severity_sd=0.8) for s in range(4)]
    assert any(rotation_spread(w.rows, w.periods, draws=199).loc[0, "conf_low"] > 0 for w in severe)


def test_a_shift_that_all_new_evaluators_bring_is_an_effect_and_no_spread():
    rng = np.random.default_rng(1)
    base = rotating(rng, rotate=0.3)
    rows = base.rows.copy()
    fresh = rows["rater_id"] >= 80  # evaluators who took a team over
    rows.loc[fresh & (rng.random(len(rows)) < 0.3), "predikat"] = "sangat_baik"
    effect = rotation_effect(rows, base.periods).loc[0]
    assert effect["conf_low"] > 0.05
    assert rotation_spread(rows, base.periods, draws=199).loc[0, "p_value"] > 0.05


def test_below_baik_is_an_outcome_of_its_own():
    world = rotating(np.random.default_rng(2), severity_sd=0.8, below=True)
    assert rotation_spread(world.rows, world.periods, outcome="below_baik", draws=99).loc[0, "p_value"] <= 0.05
    assert rotation_spread(world.rows, world.periods, draws=99).loc[0, "status"] == "boundary"


LITTLE = {"nobody_rated": history(), "one_period": history("eegg"), "no_takeover": history("eegg", "eegg")}


@pytest.mark.parametrize("reason", LITTLE)
@pytest.mark.parametrize("kernel", [rotation_effect, rotation_spread])
def test_little_data_have_a_status_and_a_reason(kernel, reason):
    rows = LITTLE[reason] if len(LITTLE[reason]) else history("e").head(0)
    found = kernel(rows, ["0", "1"])
    assert found[["status", "reason"]].drop_duplicates().to_numpy().tolist() == [["not_estimable", reason]]


def test_one_team_only_constant_results_and_teams_without_a_pair():
    assert rotation_effect(history("eegg", "ffgg"), ["0", "1"]).loc[0, "reason"] == "one_cluster"
    assert rotation_spread(history("eegg", "ffgg"), ["0", "1"], draws=9).loc[0, "reason"] == "one_cluster"
    assert rotation_effect(history("eegg", "ffhh"), ["0", "1"]).loc[0, "reason"] == "nothing_to_compare"
    constant = rotation_spread(history("eeggiikk", "ffhhiikk"), ["0", "1"], draws=9).loc[0]
    assert constant[["status", "estimate", "conf_low", "conf_high"]].tolist() == ["boundary", 0, 0, 0]
    alone = rotation_spread(history("eeggik", "ffhhik"), ["0", "1"], draws=9).loc[0]
    assert alone["reason"] == "no_pair_possible"


def test_limits_by_hand():
    low, high = _limits(0.0, 0.1, 0.1, 2.0)
    assert (low, high) == pytest.approx((-0.2, 0.2))
    for v in _limits(0.05, 0.03, 0.01, 2.0):
        assert (v - 0.05) ** 2 == pytest.approx(4 * (0.0001 + (0.0009 - 0.0001) / 0.05 * v))


def test_arguments_that_cannot_be_meant():
    rows = history("ee", "ff")
    for frame, words in ((rows, {"min_team": 0}), (rows.drop(columns="opd_id"), {}), (rows, {"outcome": "baik"}),
                         (pd.concat([rows, rows]), {})):
        with pytest.raises(EstimationError):
            rotation_effect(frame, ["0", "1"], **words)


@pytest.mark.parametrize("settings", [{"star": 0.03}, {"copying": 0.5}])
def test_a_spread_is_found_only_where_the_variance_and_the_studentized_variance_find_it(settings):
    kinds = set()
    for seed in range(12):
        world = rotating(np.random.default_rng(seed), **settings)
        rows, periods = world.rows, sorted(world.rows["period"].unique())
        links = _links(team_panel(rows, rows["predikat"] == "sangat_baik", periods), 0).sums
        own, drawn = links.excess(links.taken[None]), _shuffled(links, 199, 1)
        pairs = (own[0][0], drawn[0]), (own[0][0] / own[1][0], drawn[0] / drawn[1])
        plain, studentized = ((1 + (many >= one - 1e-12).sum()) / (1 + len(many)) for one, many in pairs)
        found = rotation_spread(rows, periods, draws=199).iloc[0]["p_value"]
        assert found == pytest.approx(max(plain, studentized))
        kinds.add(bool(plain > studentized))
    assert kinds == {True, False}  # now the one is the larger, now the other


def test_an_evaluator_who_changes_between_two_surveys():
    """A. Agresti (2002), Categorical Data Analysis, section 10.1: 1,600 approve in two surveys or not: -0.04 ± 1.96 (0.0095), -0.06 to -0.02.

    Between them each passes to another evaluator; 1,600 who stay do not change, and neither do those who move in the period before.
    """
    twice = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], [794, 150, 86, 570], axis=0)
    first, second = twice.T
    parts = []
    for period, changed in (("2020", first), ("2021", first), ("2022", second)):
        for kind, answer in (("moves", changed), ("stays", first)):
            last = "+" if kind == "moves" and period == "2022" else ""
            parts.append(pd.DataFrame({"person_id": [f"{kind}{n}" for n in range(1600)], "rater_id": [f"{kind}{n}{last}" for n in range(1600)],
                                       "period": period, "predikat": np.where(answer == 1, "sangat_baik", "baik"), "opd_id": "u", "post_type": "x"}))
    found = rotation_effect(pd.concat(parts), ["2020", "2021", "2022"], min_team=1).set_index("measure")
    effect = found.loc["rotation_effect"]
    assert (effect["estimate"], effect["std_error"]) == pytest.approx((-0.04, 0.0095), abs=6e-5)
    assert (round(effect["conf_low"], 2), round(effect["conf_high"], 2)) == (-0.06, -0.02)
    assert effect["n_raters"] == 1600
    lead = found.loc["rotation_event"].set_index("group").loc["-2"]
    assert (lead["estimate"], lead["p_value"]) == (0.0, 1.0)
