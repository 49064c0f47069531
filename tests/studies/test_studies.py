"""Six sets of real ratings, read by their study.toml alone; every figure against a count of the file as it is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from evalkit.cli import main
from evalkit.derive.handle import open_handle
from evalkit.tables.mapping_layout import mapping_layout
from evalkit.tables.study import load_study
from tests.nip import holds_nip

NAMES = ("insteval", "grant-review", "figure-skating", "firefighter-promotion", "teaching-ratings", "police-training")
SHIPPED = {"figure-skating": ("figure-skating.csv.gz", "04b6cfb988c76f732b205b9770a1dcb3b282a85f540d94090d43e4e6bc46732a"),
           "firefighter-promotion": ("firefighter-promotion.csv", "dc55dcc6b0b0e693b144791317063683ccfda4119d10231906305b77bea6b1de")}


@pytest.mark.parametrize("name", NAMES)
def test_a_study_says_where_its_data_come_from_and_under_which_terms(root, name):
    study = load_study(root / "data" / name)
    assert study.name == name
    assert study.mappings
    for mapping in study.mappings:
        assert min(len(mapping.source), len(mapping.terms), len(mapping.where)) > 40
        assert "Credit" in mapping.terms
        assert mapping_layout(mapping).columns
    listed = (root / "data" / "README.md").read_text(encoding="utf-8")
    assert f"`{name}`" in listed


@pytest.mark.parametrize("name", NAMES)
def test_only_the_two_sets_whose_terms_allow_it_ship(root, name):
    shipped = root / "data" / name / "shipped"
    if name not in SHIPPED:
        assert not shipped.exists()
        return
    file, digest = SHIPPED[name]
    assert [p.name for p in shipped.iterdir()] == [file]
    assert hashlib.sha256((shipped / file).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_read_and_no_fault_is_found(taken, name):
    got = taken(name)
    assert [f.status for f in got.result.files] == ["added"] * len(got.raw)
    assert [(f.rows, f.rows_read, f.rows_refused) for f in got.result.files] == [(len(r), len(r), 0) for r in got.raw]
    assert not got.result.faults
    ratings, outcomes = got.table("ratings"), got.table("outcomes")
    items = {m.instrument: len(mapping_layout(m).items) for m in got.study.mappings}
    assert len(ratings) + len(outcomes) == sum(len(r) * n for r, n in zip(got.raw, items.values(), strict=True))
    assert set(ratings["instrument"]) | set(outcomes["instrument"]) == set(items)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stored_or_derived_holds_a_name_or_a_number_of_18_digits(taken, name):
    got = taken(name)
    for path in got.study.root.rglob("*.json"):
        assert not holds_nip(path.read_text(encoding="utf-8"))
    for table in ("ratings", "outcomes", "object_attributes", "rater_attributes"):
        rows = got.table(table)
        for column in rows.columns:
            assert not rows[column].astype("str").str.fullmatch(r"\d{18}").any()


def test_the_command_takes_a_shipped_file(root, tmp_path, capsys):
    folder = tmp_path / "firefighter-promotion"
    shutil.copytree(root / "data" / "firefighter-promotion", folder, ignore=shutil.ignore_patterns("raw", "tables", "imports", "derived"))
    assert main(["add", "--study", str(folder), str(folder / "shipped" / "firefighter-promotion.csv")]) == 0
    assert "118" in capsys.readouterr().out


def city(got, instrument: str) -> pd.Series:
    rows = got.derived("identification")
    return rows[(rows["scope"] == "city") & (rows["instrument"] == instrument)].iloc[0]


def test_insteval_students_and_lecturers_hang_together(taken):
    got = taken("insteval")
    raw, whole = got.raw[0], city(got, "insteval")
    assert whole[["rung", "reason", "n_raters", "n_objects"]].tolist() == [4, "connected_ratings", raw["s"].nunique(), raw["d"].nunique()]
    assert whole["median_span"] == raw.groupby("s")["d"].nunique().median()
    counts = got.derived("rating_distribution")
    found = counts[(counts["scope"] == "city")].set_index("low")["n"].to_dict()
    assert found == raw["y"].value_counts().to_dict()
    assert counts.loc[counts["scope"] == "unit", "n"].sum() == len(raw)
    assert counts.loc[counts["scope"] == "unit", "scope_id"].nunique() == 14
    raters = got.derived("rating_raters")
    assert raters["n"].sum() == len(raw)
    assert (raters["is_constant"]).sum() == (raw.groupby("s")["y"].agg(["nunique", "size"]).query("nunique == 1 and size > 1")).shape[0]


def test_one_panel_of_grant_reviewers_can_be_compared_and_the_other_cannot(taken):
    """At the NIH most reviewers scored one application: agreement can be asked, severity of one reviewer cannot."""
    got = taken("grant-review")
    aibs, nih = got.raw
    small, large = city(got, "grant-review-aibs"), city(got, "grant-review-nih")
    assert small[["rung", "reason", "n_raters", "n_objects"]].tolist() == [4, "connected_ratings", 26, 72]
    assert large[["rung", "reason", "next_step"]].tolist() == [3, "raters_rate_few", "more_per_rater"]
    assert large["median_span"] == nih.groupby("reviewer")["application"].nunique().median() == 1
    assert large["n_raters"] == nih["reviewer"].nunique()
    assert pd.isna(large["minimum_detectable_effect"])
    rows = got.derived("identification")
    people = rows[(rows["scope"] == "evaluator") & (rows["instrument"] == "grant-review-nih")]
    assert people["rung"].max() == 3
    distribution = got.derived("rating_distribution")
    impact = distribution[(distribution["instrument"] == "grant-review-aibs") & (distribution["item"] == "impact")]
    assert impact["n"].sum() == aibs["impact"].notna().sum()  # asked in 2014 only: missing by design, no category
    final = distribution[(distribution["instrument"] == "grant-review-nih") & (distribution["item"] == "final_score")]
    assert final["n"].sum() == nih["final_score"].notna().sum()
    raters = got.derived("rating_objects")
    three = raters[(raters["instrument"] == "grant-review-aibs") & (raters["item"] == "score")]
    assert three[["n_raters", "n_objects"]].to_numpy().tolist() == [[3, 72]]


def test_figure_skating_judges_hang_together_within_each_discipline(taken):
    got = taken("figure-skating")
    raw, whole = got.raw[0], city(got, "figure-skating-components")
    assert whole[["rung", "reason", "n_raters", "n_objects"]].tolist() == [4, "connected_ratings", 214, 1632]
    panels = got.derived("rating_objects").query("item == 'transitions'").set_index("n_raters")["n_objects"].to_dict()
    assert panels == {8: 8, 9: 1624}
    units = got.derived("rating_units")
    found = sorted(units.loc[units["item"] == "skating_skills", "mean"].round(9))
    assert found == sorted(raw.groupby("discipline")["skating_skills"].mean().round(9))
    countries = got.table("rater_attributes")
    assert len(countries) == raw["judge"].nunique() == 214


def test_firefighters_rates_by_group_within_each_exam(taken):
    got = taken("firefighter-promotion")
    raw = got.raw[0].assign(passed=got.raw[0]["combined"] >= 70)
    names = got.table("units").set_index("unit_id")["name"]
    rates = got.derived("outcome_rates")
    assert set(rates["unit_id"].map(names)) == {"captain", "lieutenant"}  # two strata, never pooled
    for row in rates.itertuples():
        exam = raw[raw["exam"] == names[row.unit_id]]
        own, white = exam[exam["race"] == row.group]["passed"], exam[exam["race"] == "white"]["passed"]
        assert (row.n, row.count if row.n >= 5 else own.sum()) == (len(own), own.sum())
        assert row.rate == pytest.approx(own.mean())
        if row.group != "white":
            assert row.impact_ratio == pytest.approx(own.mean() / white.mean())
            table = [[own.sum(), (~own).sum()], [white.sum(), (~white).sum()]]
            assert row.p_value == pytest.approx(fisher_exact(table)[1])
            assert row.below_four_fifths == (own.mean() / white.mean() < 0.8)
    combined = got.raw[0]["combined"] - (0.6 * raw["written"] + 0.4 * raw["oral"])
    assert combined.abs().max() < 1e-6


def test_teaching_ratings_weighted_and_unweighted_are_two_answers(taken):
    got = taken("teaching-ratings")
    raw, table = got.raw[0], got.derived("outcome_summary")
    for sex in ("F", "M"):
        own = raw[raw["gender"] == sex]
        row = table[(table["attribute"] == "sex") & (table["group"] == sex)].iloc[0]
        assert row["n"] == len(own)
        assert row["mean"] == pytest.approx(own["evaluation"].mean())
        assert row["weighted_mean"] == pytest.approx(np.average(own["evaluation"], weights=own["respondents"]))
    groups = table[table["attribute"] == "age_band"]
    assert groups["n"].sum() == 463
    assert len(got.derived("outcome_rates")) == 0  # no test on courses that share an instructor
    stored = got.table("outcomes")
    assert (stored["n"].sum(), stored["n_expected"].sum()) == (raw["respondents"].sum(), raw["enrolled"].sum())


def test_police_panel_is_described_month_by_month(taken):
    got = taken("police-training")
    raw, table = got.raw[0], got.derived("outcome_periods")
    force = table[table["measure"] == "force"].set_index("period")
    assert len(force) == 72
    months = raw.groupby("month")[["force", "officers"]].sum()
    assert force["total"].to_dict() == months["force"].to_dict()
    assert force.loc["2014-06", "rate"] == pytest.approx(months.loc["2014-06", "force"] / months.loc["2014-06", "officers"])
    first = got.table("object_attributes").query("attribute == 'first_trained'")
    assert len(first) == raw["group"].nunique() == 1441
    assert len(got.derived("identification")) == 0  # no rater is seen, so there is no ladder
    assert set(got.derived("outcome_summary")["attribute"]) == {""}  # the first training is design, no group to compare
    facts = open_handle(got.study, report="ratings_evaluation", period=got.period).facts
    assert facts.as_of == got.table("imports")["received_at"].iloc[0].date()  # the day the file came in, not the end of the year


def test_a_file_of_another_study_is_not_taken_for_this_one(root, tmp_path, taken):
    """The mapping names its columns; a file without them is described, not guessed."""
    got = taken("figure-skating")
    wrong = tmp_path / "figure-skating.csv"
    wrong.write_bytes(Path(root / "data" / "firefighter-promotion" / "shipped" / "firefighter-promotion.csv").read_bytes())
    folder = tmp_path / "figure-skating"
    folder.mkdir()
    shutil.copy(root / "data" / "figure-skating" / "study.toml", folder)
    assert main(["add", "--study", str(folder), str(wrong)]) == 1
    assert len(got.table("imports")) == 1
