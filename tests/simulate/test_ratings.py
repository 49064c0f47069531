from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from evalkit.scoring.quadrant import predikat
from evalkit.simulate.ratings import quadrant
from evalkit.simulate.truth import gaps

CODES = ("di_bawah", "sesuai", "di_atas")


@pytest.mark.parametrize("hasil", range(3))
@pytest.mark.parametrize("perilaku", range(3))
def test_the_simulator_and_the_scoring_agree_on_the_quadrant(hasil, perilaku):
    own = quadrant(np.array([hasil], dtype=np.int8), np.array([perilaku], dtype=np.int8))[0]
    assert own == predikat(CODES[hasil], CODES[perilaku])


def stars(rows: pd.DataFrame) -> pd.Series:
    return (rows["hasil"] == 2) & (rows["perilaku"] == 2)


def test_totals_are_those_of_the_city(world):
    rows = pd.concat([o.rows for o in world.outcomes])
    share = pd.Series(quadrant(rows["hasil"].to_numpy(), rows["perilaku"].to_numpy())).value_counts(normalize=True)
    assert share["baik"] == pytest.approx(0.885, abs=0.01) and share["sangat_baik"] == pytest.approx(0.11, abs=0.008)
    assert share.drop(["baik", "sangat_baik"]).sum() == pytest.approx(0.003, abs=0.0015)


def test_about_nine_hundred_evaluators(world):
    for outcome in world.outcomes:
        if outcome.round.population == "asn":
            assert 840 <= outcome.rows["rater"].nunique() <= 950


def test_copying_comes_back(world):
    asn = [o for o in world.outcomes if o.round.population == "asn"]
    chance, seen = [], []
    for before, after in pairwise(asn):
        raters = np.intersect1d(before.rows["rater"], after.rows["rater"])
        by = after.rows[after.rows["main"]].groupby("rater")["copied"].any()
        chance.append(world.evaluators.copying_at(raters, after.round.last).mean())
        seen.append(by.reindex(raters).fillna(False).mean())
    assert np.mean(seen) == pytest.approx(np.mean(chance), abs=0.03)


def test_a_copied_row_equals_the_last_one_of_the_same_evaluator(world):
    asn = [o for o in world.outcomes if o.round.population == "asn"]
    for before, after in pairwise(asn):
        pair = after.rows[after.rows["copied"]].merge(before.rows[before.rows["main"]], on=["person", "rater"], suffixes=("", "_b"))
        assert len(pair) == int(after.rows["copied"].sum())
        assert (pair["hasil"] == pair["hasil_b"]).all() and (pair["perilaku"] == pair["perilaku_b"]).all()


def test_training_lowers_copying_and_raises_differences(world):
    asn = [o for o in world.outcomes if o.round.population == "asn"][4:]
    frames = []
    for o in asn:
        rows = o.rows[o.rows["main"]]
        frames.append(rows.assign(trained=world.evaluators.trained_from[rows["rater"]] <= o.round.last))
    rows = pd.concat(frames)
    by = rows.groupby("trained")["copied"].mean()
    assert by[True] / by[False] == pytest.approx(0.4, abs=0.15)
    fresh = rows[~rows["copied"]]
    split = ((fresh["hasil"] + fresh["perilaku"]) == 3).groupby(fresh["trained"]).mean()
    assert split[True] > 1.4 * split[False]


def test_gaps_have_the_size_and_sign_of_the_truth(world):
    truth = gaps(world).set_index("group")
    fresh = pd.concat([o.rows[~o.rows["copied"]] for o in world.outcomes if o.round.population == "asn"])
    people = world.history.people.loc[fresh["person"]]
    star = stars(fresh).to_numpy()
    # Between people without a post of their own, so that the gap of heads does not enter.
    staff = (fresh["post"] < 0).to_numpy()
    pns = star[staff & (people["employment"] == "pns").to_numpy()].mean()
    for group in ("pppk", "pppk_paruh_waktu"):
        seen = star[staff & (people["employment"] == group).to_numpy()].mean() - pns
        assert seen == pytest.approx(truth.loc[group, "difference"], abs=0.03) and seen < 0
    assert truth.loc["struktural", "difference"] > 0.04 and -0.03 < truth.loc["F", "difference"] < 0


def test_sangat_baik_clusters_by_evaluator(world):
    rows = next(o for o in reversed(world.outcomes) if o.round.population == "asn").rows
    rows = rows[rows["main"] & (rows["post"] < 0)].assign(star=stars)
    opd = world.city.units["opd"].to_numpy()[rows["unit"]]

    def pairs(star: np.ndarray) -> int:
        n = pd.Series(star).groupby(rows["rater"].to_numpy()).sum()
        return int((n * (n - 1) // 2).sum())

    rng = np.random.default_rng(1)
    order = [np.flatnonzero(opd == u) for u in np.unique(opd)]
    null = []
    for _ in range(60):
        star = rows["star"].to_numpy(copy=True)
        for group in order:
            star[group] = rng.permutation(star[group])
        null.append(pairs(star))
    assert pairs(rows["star"].to_numpy()) > max(null)


def test_the_head_of_an_office_has_the_achievement_of_the_unit(world):
    listed = world.unit_predikat.set_index(["quarter", "unit"])["predikat"]
    code = {"istimewa": 2, "baik": 1, "butuh_perbaikan": 0}
    for o in (x for x in world.outcomes if x.round.population == "asn"):
        post = o.rows["post"].to_numpy()
        unit = world.city.posts["unit"].to_numpy()[post]
        head = (post >= 0) & (world.city.posts["level"].to_numpy()[post] == 2) & np.isin(unit, world.city.opd_units)
        assert head.sum() > 35
        assert o.rows["hasil"].to_numpy()[head].tolist() == [code[listed[o.round.last, u]] for u in unit[head]]


def test_few_are_not_rated_yet_and_they_share_evaluators(world):
    last = next(o for o in reversed(world.outcomes) if o.round.population == "asn").rows
    missing = last[~last["rated"]]
    assert len(missing) == pytest.approx(0.015 * len(last), abs=2)
    assert missing["rater"].nunique() < len(missing) * 0.8
    days = last.loc[last["rated"], "rated_on"]
    assert days.min() >= world.starts[-1].replace(month=10, day=1) and days.max() < world.as_of and days.nunique() >= 7


def test_nobody_rates_herself_and_some_buttons_are_pressed_by_the_one_above(world):
    for o in world.outcomes:
        assert (o.rows["rater"] != o.rows["person"]).all() and (o.rows["pressed_by"] != o.rows["person"]).all()
    last = world.outcomes[-1].rows
    assert 0.005 < (last["pressed_by"] != last["rater"]).mean() < 0.06
