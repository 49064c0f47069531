"""Linked ratings of the demo city: what was planted comes back from the files, through the door of the forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.instruments.layout import load_layouts
from evalkit.instruments.vignettes import load_vignettes
from evalkit.simulate.collected_ratings import SEVERITY_STEP, linked_ratings
from evalkit.tables.reader import read_file

ITEMS = [f"a{j}" for j in range(7)]


@pytest.fixture(scope="module")
def linked(world):
    return linked_ratings(world, "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL")


def test_severity_on_vignettes_is_that_of_service_but_for_what_the_scale_cuts(world, linked):
    rows = linked.vignettes[(linked.vignettes["back"] == 0) & (linked.vignettes[ITEMS] > 0).all(axis=1)]
    intended = pd.DataFrame({v.code: v.intended for v in load_vignettes()}, index=ITEMS).T
    off = (rows[ITEMS] - intended.loc[rows["code"]].to_numpy()).mean(axis=1).groupby(rows["person"]).mean()
    severity = pd.Series(world.evaluators.severity).loc[off.index]
    slope = np.polyfit(severity, off, 1)[0]
    assert -SEVERITY_STEP < slope < -0.6 * SEVERITY_STEP
    assert np.corrcoef(severity, off)[0, 1] < -0.75


def test_halo_is_where_it_was_planted(linked):
    rows = linked.vignettes[(linked.vignettes["back"] == 0) & (linked.vignettes[ITEMS] > 0).all(axis=1)]
    habits = linked.truth["linked_evaluators"].set_index("person")
    residual = rows[ITEMS] - rows.groupby("code")[ITEMS].transform("mean")
    within = residual.sub(residual.groupby(rows["person"]).transform("mean"))
    common = within.mean(axis=1).groupby(rows["person"]).std()
    assert np.corrcoef(common, habits.loc[common.index, "halo_sd"])[0, 1] > 0.5


def test_the_key_of_five_experts_is_near_what_was_intended(linked):
    key = linked.key.groupby("code")[ITEMS].mean()
    intended = linked.truth["vignette_key"].set_index("code")[ITEMS]
    assert (linked.key["expert"].nunique(), len(key)) == (5, 12)
    assert np.abs(key - intended.loc[key.index]).to_numpy().mean() < 0.2


def test_a_second_tenth_is_blind_and_drawn_within_offices(linked):
    doubles = linked.doubles
    assert 0.08 < len(doubles) / 4600 < 0.12
    assert (doubles["rater"] != doubles["first"]).all() and (doubles["rater"] != doubles["object"]).all()
    assert doubles["object"].is_unique and doubles["rater"].value_counts().max() <= 8
    assert 0.6 < doubles["same_hasil"].mean() < 0.99


def test_the_survey_names_nobody_and_its_levels_are_those_that_were_planted(linked):
    rows, asked = linked.survey, [f"a{j}" for j in range(8)]
    assert 0.2 < len(rows) / 4600 < 0.3
    assert rows["respondent"].is_unique and rows["respondent"].str.fullmatch("[A-Z2-7]{8}").all()  # as forms have it, no one's number
    groups = rows[asked].where(rows[asked] > 0).groupby(rows["group"])
    means, errors = groups.mean(), groups.sem()
    planted = linked.truth["fairness_survey"].pivot_table(index="group", columns="item", values="level").loc[means.index]
    assert (np.abs(means - planted.to_numpy()) < 4 * errors + 0.1).all(axis=None)  # 0.1: what the ends of the scale cut off
    assert (means.loc["Fungsional"] > means.loc["Pelaksana"]).all()


def test_the_files_of_the_small_city_are_read_as_forms(small):
    folder, _ = small
    for path in sorted(p for p in folder.rglob("*") if p.name.startswith(("formulir-vinyet", "kunci-vinyet", "penilaian-ganda", "survei-keadilan"))):
        parsed = read_file(path, study=None)
        assert parsed.forms and parsed.rows_refused == 0 and parsed.faults == (), path.name
        assert parsed.layout in load_layouts()
    truth = pd.read_parquet(folder.parent / "truth" / "linked_evaluators.parquet")
    assert set(truth.columns) == {"person", "elevation", "slope", "halo_sd", "noise_sd", "drift", "answered", "half"}


def test_the_same_city_gives_the_same_linked_ratings_and_leaves_its_other_numbers_alone(world, linked):
    again = linked_ratings(world, "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL")
    pd.testing.assert_frame_equal(again.vignettes, linked.vignettes)
    pd.testing.assert_frame_equal(again.doubles, linked.doubles)
    pd.testing.assert_frame_equal(again.survey, linked.survey)
