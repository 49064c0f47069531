"""Clustering by evaluator: exact enumeration, moments against draws, quotas, serial dependence, and data in which little can be said."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.inference.permutation import permutation_p, shuffled_labels
from evalkit.raters.clustering import clustering_test, evaluator_bands
from evalkit.raters.official import OUTCOMES, official_rows, outcome_of
from evalkit.raters.pairs import pair_design, pair_draws, pair_moments
from evalkit.raters.power import detectable, detectable_spread
from evalkit.raters.third_moment import gamma_tail, third_moment
from tests.calibration.designs import city


def frame(raters, units, marks, period="2026-Q3"):
    n = len(raters)
    return pd.DataFrame({"person_id": [f"p{i}" for i in range(n)], "period": period, "rater_id": list(raters), "opd_id": list(units),
                         "post_type": "pelaksana", "predikat": ["sangat_baik" if m == "1" else "baik" for m in marks]})


def enumerated(rows):
    """Every arrangement of the outcomes within units, and its pairs: the definition, by force."""
    places = [list(np.flatnonzero(rows["opd_id"] == u)) for u in rows["opd_id"].unique()]
    ones = [int((rows["predikat"].iloc[p] == "sangat_baik").sum()) for p in places]
    found = []
    for chosen in itertools.product(*[itertools.combinations(p, k) for p, k in zip(places, ones, strict=True)]):
        counts = rows["rater_id"].iloc[[i for part in chosen for i in part]].value_counts()
        found.append(int((counts * (counts - 1) // 2).sum()))
    return np.array(found)


CASES = [frame("eeffeegf", "uuuuvvvv", "11001010"), frame("eeeffghh", "uuuuuuuu", "11100100"), frame("eefgefgg", "uuuvvvww", "10110101"),
         frame("eeefff", "uuuuuu", "111111"), frame("efghij", "uuuuuu", "110100")]


@pytest.mark.parametrize("rows", CASES)
def test_moments_are_those_of_every_arrangement(rows):
    truth = enumerated(rows)
    mean, variance = pair_moments(pair_design(rows, outcome_of(rows, "sangat_baik"), strata=["opd_id"], exchange="ratings"))
    assert mean == pytest.approx(truth.mean(), abs=1e-12)
    assert variance == pytest.approx(truth.var(), abs=1e-10)


@pytest.mark.parametrize("exchange", ["ratings", "people"])
def test_draws_have_the_distribution_of_every_arrangement(exchange):
    rows = CASES[0]
    truth = enumerated(rows)
    design = pair_design(rows, outcome_of(rows, "sangat_baik"), strata=["opd_id"], exchange=exchange)
    drawn = pair_draws(design, 20_000, np.random.default_rng(3))
    for value in np.unique(truth):
        assert (drawn == value).mean() == pytest.approx((truth == value).mean(), abs=0.015)
    assert design.observed() == 3


PUBLISHED = {
    # evaluators of one stratum and equal teams: pairs grow with Pearson's chi-square of the table. R. Fisher (1935), The Design of Experiments,
    # chapter 2, the lady who tastes four cups of either kind and names three of each rightly: A. Agresti (2002), Categorical Data Analysis, 2nd
    # edition, section 3.5.2: two-sided exact p 0.486
    "tea": (frame("eeeeffff", "uuuuuuuu", "11101000"), 34 / 70, 0.486),
    # evaluators who have one person in each stratum: pairs grow with Cochran's Q. P. Sprent, N. Smeeton, Applied Nonparametric Statistical Methods,
    # example 7.8, five members of a club on three climbs: Q 1.2, exact p 0.85185185 as ANSM5 1.1.1 tests it. Of tables of five by three only those
    # of these totals, and those with failures counted, have that Q and that p
    "climbs": (frame("efg" * 5, "uuuvvvwwwxxxyyy", "100" "100" "100" "010" "011"), 23 / 27, 0.85185185),
    "falls": (frame("efg" * 5, "uuuvvvwwwxxxyyy", "011" "011" "011" "101" "100"), 23 / 27, 0.85185185),
}


def cochran_q(rows):
    table = rows["predikat"].eq("sangat_baik").to_numpy().reshape(5, 3).astype(int)
    n = table.sum()
    return 2 * (3 * (table.sum(axis=0) ** 2).sum() - n**2) / (3 * n - (table.sum(axis=1) ** 2).sum())


@pytest.mark.parametrize("example", PUBLISHED)
def test_published_exact_p_values_of_equal_teams_and_of_blocks(example):
    rows, exact, printed = PUBLISHED[example]
    design = pair_design(rows, outcome_of(rows, "sangat_baik"), strata=["opd_id"], exchange="ratings")
    assert (enumerated(rows) >= design.observed()).mean() == pytest.approx(exact, abs=1e-12)
    assert exact == pytest.approx(printed, abs=5e-4 if example == "tea" else 5e-9)
    assert example == "tea" or cochran_q(rows) == pytest.approx(1.2, abs=1e-12)
    p = clustering_test(rows, draws=19_999).set_index("measure").loc["clustering_ratio", "p_value"]
    assert p == pytest.approx(printed, abs=0.012)


def test_people_keep_their_results_over_time_and_blocks_of_several_units_add_up():
    rows = city(np.random.default_rng(5), units=3, teams=3, size=(2, 4), periods=2, star=0.3, severity_sd=0.3, turnover=0.1)
    positive = outcome_of(rows, "sangat_baik")
    design = pair_design(rows, positive, strata=["opd_id", "post_type"], exchange="people")
    drawn = pair_draws(design, 2000, np.random.default_rng(1))
    slow = [_slow(rows, positive, np.random.default_rng(i)) for i in range(80)]
    assert drawn.mean() == pytest.approx(np.mean(slow), abs=4 * np.std(slow) / 9)
    assert drawn.std() == pytest.approx(np.std(slow), rel=0.3)


def _slow(rows, positive, rng):
    """Exchange whole people by a loop over dictionaries: another path to the same permutation."""
    by_person = {p: part.sort_values("period") for p, part in rows.assign(y=positive).groupby("person_id")}
    key = {p: tuple(zip(part["period"], part["opd_id"], part["post_type"], strict=True)) for p, part in by_person.items()}
    pairs = []
    for group in {k: [p for p in by_person if key[p] == k] for k in set(key.values())}.values():
        for p, q in zip(group, rng.permutation(group), strict=True):
            pairs.append(by_person[p].assign(y=by_person[q]["y"].to_numpy()))
    counts = pd.concat(pairs).groupby(["rater_id", "period"])["y"].sum()
    return int((counts * (counts - 1) // 2).sum())


def test_single_ratings_would_find_clustering_in_people_who_stay_as_they_are():
    rows = city(np.random.default_rng(8), units=8, teams=6, periods=6, ability_sd=3.0)
    positive = outcome_of(rows, "sangat_baik")
    spread = {e: pair_draws(pair_design(rows, positive, strata=["opd_id", "post_type"], exchange=e), 500, np.random.default_rng(1)).std()
              for e in ("people", "ratings")}
    assert spread["people"] > 1.5 * spread["ratings"]
    assert "people" in clustering_test(rows, draws=99).loc[0, "method"]


def test_the_two_methods_agree_in_one_period():
    rows = city(np.random.default_rng(4), units=20, teams=8, periods=1, severity_sd=0.15)
    one = clustering_test(rows, draws=4999).set_index("measure")
    two = clustering_test(rows, method="moments").set_index("measure")
    error = one.loc["clustering_p_error", "estimate"]
    assert one.loc["clustering_ratio", "p_value"] == pytest.approx(two.loc["clustering_ratio", "p_value"], abs=4 * error + 0.01)
    assert one.loc["clustering_ratio", "estimate"] == pytest.approx(two.loc["clustering_ratio", "estimate"], rel=0.02)
    assert 0 < two.loc["clustering_detectable", "estimate"] < 0.3


@pytest.mark.parametrize("copies", [1, 3, 8])
def test_the_error_of_moments_holds_the_exact_p(copies):
    """Units that are copies of one another: their exact distribution is a convolution of enumerated ones."""
    one = CASES[1]
    rows = pd.concat([one.assign(person_id=one["person_id"] + f"-{c}", rater_id=one["rater_id"] + f"-{c}", opd_id=f"u{c}") for c in range(copies)])
    single = np.bincount(enumerated(one)) / len(enumerated(one))
    exact = np.ones(1)
    for _ in range(copies):
        exact = np.convolve(exact, single)
    found = clustering_test(rows, method="moments").set_index("measure")
    observed = int(found.loc["clustering_pairs", "estimate"])
    error = found.loc["clustering_p_error", "estimate"]
    assert abs(found.loc["clustering_ratio", "p_value"] - exact[observed:].sum()) <= error <= 1


def arrangements(seed):
    """A small world in which evaluators share strata in all ways."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 13))
    return frame("".join(rng.choice(list("efgh"), n)), "".join(sorted(rng.choice(list("uvwx"), n))), "".join(rng.choice(list("01"), n)))


@pytest.mark.parametrize("rows", [*CASES, *[arrangements(s) for s in range(12)]])
def test_the_third_moment_is_that_of_every_arrangement(rows):
    truth = enumerated(rows)
    design = pair_design(rows, outcome_of(rows, "sangat_baik"), strata=["opd_id"], exchange="ratings")
    assert third_moment(design.counts()) == pytest.approx(((truth - truth.mean()) ** 3).mean(), abs=1e-9)


def test_p_by_moments_is_that_of_draws():
    """Ten units of a city, where the pairs are skewed: the normal tail is off by the third moment, the gamma tail is not."""
    for seed, strength in ((1, 0.0), (2, 0.3), (3, 0.5)):
        rows = city(np.random.default_rng(seed), units=10, teams=8, periods=1, severity_sd=strength)
        one = clustering_test(rows, draws=19_999, exchange="ratings").set_index("measure")
        two = clustering_test(rows, method="moments").set_index("measure")
        monte_carlo = one.loc["clustering_p_error", "estimate"]
        assert two.loc["clustering_ratio", "p_value"] == pytest.approx(one.loc["clustering_ratio", "p_value"], abs=3 * monte_carlo + 1e-3)


def test_a_gamma_tail_of_either_side():
    assert gamma_tail(0.7, -1.1) == pytest.approx(1 - gamma_tail(-0.7, 1.1))
    assert gamma_tail(1.3, 2e-4) == pytest.approx(gamma_tail(1.3, 0.0), abs=1e-4)
    assert gamma_tail(-3.0, 2.0) == 1.0


def test_planted_severity_is_found_and_unit_totals_alone_are_not():
    planted = city(np.random.default_rng(2), units=20, teams=6, periods=2, severity_sd=1.5)
    assert clustering_test(planted, draws=999).loc[0, "p_value"] <= 0.01
    units_only = city(np.random.default_rng(2), units=20, teams=6, periods=2, unit_sd=2.0)
    assert clustering_test(units_only, draws=999).loc[0, "p_value"] > 0.05


DEGENERATE = {"nobody_rated": frame("", "", ""), "nobody_has_outcome": frame("eeff", "uuuu", "0000"),
              "everybody_has_outcome": frame("eeff", "uuuu", "1111"), "one_evaluator": frame("eeee", "uuuu", "1100"),
              "nothing_to_exchange": frame("eeff", "uuvv", "1010"), "no_pair_possible": frame("efgh", "uuuu", "1100")}


@pytest.mark.parametrize("reason", DEGENERATE)
@pytest.mark.parametrize("method", ["draws", "moments"])
def test_degenerate_data_have_a_status_and_a_reason(reason, method):
    found = clustering_test(DEGENERATE[reason], method=method, draws=99)
    assert found[["status", "reason"]].to_numpy().tolist() == [["not_estimable", reason]]
    assert len(evaluator_bands(DEGENERATE[reason])) >= 0


def test_two_people_are_an_answer():
    assert clustering_test(frame("ef", "uu", "10"), draws=9)["status"].tolist() == ["not_estimable"]


def test_bands_are_exact_and_name_nobody():
    rows = frame("eeeeffff", "uuuuuuuu", "11110000")
    band = evaluator_bands(rows).iloc[0]
    # one or three of four: 16 of the 70 arrangements each; none or four: one each, 1/70 < 2.5% on either side
    assert (band["low"], band["high"], band["outside"]) == (0.25, 0.75, 2)
    assert band["outside_expected"] == pytest.approx(2 * 2 / 70)
    assert band["expected"] == pytest.approx(0.5)
    assert not set(evaluator_bands(rows).columns) & {"rater_id", "person_id"}
    with pytest.raises(EstimationError, match="one period"):
        evaluator_bands(pd.concat([rows, rows.assign(period="2026-Q2")]))


def test_rows_of_a_roster():
    roster = pd.DataFrame({"person_id": list("abcde"), "period": "2026-Q3", "predikat": ["baik", "kurang", None, "baik", "baik"],
                           "superior_id": ["s", "s", "s", None, "s"], "rated_by_id": [None, "t", None, None, None],
                           "is_rule_determined": [False, False, False, False, True], "opd_id": ["u", None, "u", "u", "u"]})
    for rows in (official_rows(roster), official_rows(roster.convert_dtypes(dtype_backend="pyarrow"))):
        assert rows[["person_id", "rater_id", "opd_id"]].to_numpy().tolist() == [["a", "s", "u"], ["b", "t", ""]]
        assert outcome_of(rows, "below_baik").tolist() == [False, True]
    with pytest.raises(EstimationError, match="twice"):
        official_rows(pd.concat([roster, roster]))
    with pytest.raises(EstimationError, match="superior_id"):
        official_rows(roster.drop(columns="superior_id"))
    with pytest.raises(EstimationError, match="baik"):
        outcome_of(rows, "baik")
    assert official_rows(roster, periods=["2026-Q1"]).empty
    assert set(OUTCOMES) == {"sangat_baik", "below_baik"}


def test_arguments_that_cannot_be_meant():
    rows = CASES[0]
    for words in ({"method": "guess"}, {"exchange": "units"}, {"method": "moments", "exchange": "people"}):
        with pytest.raises(EstimationError):
            clustering_test(rows, **words)


def test_p_values_with_ties():
    drawn = [1, 2, 2, 3]
    assert permutation_p(2, drawn).p_value == pytest.approx(4 / 5)
    assert permutation_p(2, drawn, side="less").p_value == pytest.approx(4 / 5)
    assert permutation_p(4, drawn, side="two_sided").p_value == pytest.approx(2 / 5)
    rng = np.random.default_rng(1)
    values = {permutation_p(2, drawn, ties="randomised", rng=rng).p_value for _ in range(50)}
    assert values == {2 / 5, 3 / 5, 4 / 5}
    for words in ({"drawn": []}, {"drawn": drawn, "ties": "randomised"}):
        with pytest.raises(EstimationError):
            permutation_p(2, **words)
    with pytest.raises(EstimationError):
        shuffled_labels(np.ones(2, dtype=bool), np.zeros(3, dtype=np.intp), 5, rng)


def test_detectable_against_published_multiplier():
    # H. Bloom (1995): 2.80 standard errors for 5%, two sides, 80% (2.49 one-sided)
    assert round(detectable(1.0), 2) == 2.80
    assert round(detectable(1.0, sides=1), 2) == 2.49
    with pytest.raises(EstimationError):
        detectable(-1.0)


@pytest.mark.parametrize("exchange", ["ratings", "people"])
def test_detectable_spread_counts_what_the_totals_of_the_strata_leave_of_each_pair(exchange):
    """Two people under one evaluator tell less where most pairs of their strata stand under one evaluator: pair by pair."""
    rng = np.random.default_rng(5)
    periods = ("1", "2") if exchange == "people" else ("1",)
    rows = pd.concat([pd.DataFrame({"person_id": range(40), "period": p, "rater_id": rng.integers(0, 6, 40), "u": np.arange(40) % 3})
                      for p in periods])
    rows = rows[rng.random(len(rows)) < 0.9].reset_index(drop=True)
    design = pair_design(rows, pd.Series(rng.random(len(rows)) < 0.3), strata=["u"], exchange=exchange)
    left = 0.0
    for column in design.cell.T:
        pairs = [(tuple(sorted((design.stratum[i], design.stratum[j]))), column[i] == column[j])
                 for i, j in itertools.combinations(np.flatnonzero(column >= 0), 2)]
        whole, one = Counter(s for s, _ in pairs), Counter(s for s, same in pairs if same)
        left += sum(1 - one[s] / whole[s] for s, same in pairs if same)
    assert detectable_spread(design, 1.0, 2.0) == pytest.approx(np.sqrt(detectable(2.0, sides=1) / left))
    alone = pair_design(rows.assign(u=rows["rater_id"]), pd.Series(True, index=rows.index), strata=["u"], exchange="ratings")
    assert np.isnan(detectable_spread(alone, 1.0, 2.0))


def test_a_frame_without_a_column_is_refused_by_its_name():
    with pytest.raises(EstimationError, match="'predikat'"):
        clustering_test(pd.DataFrame({"person_id": [1], "period": ["p"], "rater_id": ["e"], "opd_id": [""], "post_type": [""]}))
