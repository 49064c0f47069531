"""Cases from public complaints that concern the reading of files; the kind of each is tested beside the reader."""

import json

import pytest

from evalkit.errors import ImportFileError
from evalkit.tables.cells import text_column
from evalkit.tables.context import Context
from evalkit.tables.grid import read_grid
from evalkit.tables.posts import sex_of
from evalkit.tables.ratings_file import read_mapped
from evalkit.tables.reader import read_file
from evalkit.tables.study import Mapping
from evalkit.tables.validate import fault_text


@pytest.fixture(scope="module")
def cases(shared):
    return json.loads((shared / "cases" / "expected.json").read_text(encoding="utf-8"))["cases"]


@pytest.fixture
def path(shared, cases):
    return lambda case: shared / "cases" / cases[case]["input"]


def test_pc02_the_range_that_the_file_claims_is_not_believed(path, cases):
    parsed = read_file(path("pc02"), study=None)
    facts = cases["pc02"]["facts"]
    words = parsed.frames["appraisals"]["predikat"].value_counts().to_dict()
    assert parsed.rows_read == facts["rows"] == 9
    assert words == {"baik": facts["predikat"]["Baik"], "sangat_baik": facts["predikat"]["Sangat Baik"],
                     "butuh_perbaikan": facts["predikat"]["Butuh Perbaikan"]}


def test_pc05_merged_cells_beside_true_blanks(path, cases):
    parsed = read_file(path("pc05"), study=None)
    facts = cases["pc05"]["facts"]
    frame = parsed.frames["enrolments"].merge(parsed.frames["courses"][["course_id", "name", "hours"]], on="course_id")
    read = dict(zip(frame["row"].tolist(), frame["name"].tolist(), strict=True))
    assert {int(row): name for row, name in facts["course"].items() if name} == read
    assert frame["attended_hours"].sum() == frame["hours"].sum() == facts["sum_of_hours"]
    assert [(f.rule, f.row) for f in parsed.faults] == [("course.missing", 5), ("course.missing", 8)]
    assert parsed.rows_in_file == facts["rows"]


def test_pc06_invisible_characters(path, cases):
    parsed = read_file(path("pc06"), study=None)
    facts, frame = cases["pc06"]["facts"], parsed.frames["ratings"]
    assert (parsed.rows_read, len(frame), frame["rating"].sum()) == (facts["forms"], facts["ratings"], facts["sum_of_all_ratings"])
    assert frame.loc[frame["item"] == "akuntabel", "rating"].sum() == facts["sum_akuntabel"]
    forms = frame.drop_duplicates("row")["rater_role"].value_counts().to_dict()
    assert forms == {"superior": 2, "peer": 3, "subordinate": 1}
    assert not parsed.faults


@pytest.mark.parametrize("language", ["id", "en"])
def test_pc09_the_same_column_twice_is_refused_by_name_and_position(path, tmp_path, language):
    from evalkit.tables.recognise import recognise

    with pytest.raises(ImportFileError) as refused:
        recognise(read_grid(path("pc09")), "formulir.csv", language)
    text = str(refused.value)
    assert "Akuntabel" in text and "7, 8" in text and "Kompeten" in text
    with pytest.raises(ImportFileError):
        read_file(path("pc09"), study=None)


def test_pc10_a_form_sent_twice(path, cases):
    parsed = read_file(path("pc10"), study=None)
    frame = parsed.frames["ratings"]
    first = frame[(frame["item"] == "berorientasi_pelayanan") & (frame["object_id"] == frame["object_id"].iloc[0])]
    assert parsed.rows_in_file == cases["pc10"]["facts"]["lines"]
    assert len(frame.drop_duplicates(["object_id", "rater_id"])) == parsed.rows_read == 5
    assert first["rating"].mean() == pytest.approx(10 / 3, abs=1e-9)
    again = next(f for f in parsed.faults if f.rule == "form.sent_again")
    said = fault_text(again, "en")
    assert "2026-04-01 09:00:00" in said and "2026-04-02 13:30:00" in said and "the latest counts" in said
    assert [f.rule for f in parsed.faults].count("form.copy") == 1


def test_pc17_blank_and_dash_are_no_category(path):
    mapping = Mapping("dua-penilai", "*.csv", "predikat", columns={"object_id": "object_id", "raters": ["penilai_1", "penilai_2"]},
                      period="2026-Q1",
                      object_kind="vignette", scale=(1.0, 5.0))
    parsed = read_mapped(read_grid(path("pc17")), mapping, "pc17.csv", Context())
    frame = parsed.frames["ratings"]
    both = frame.dropna(subset="rating").groupby("object_id").size()
    assert (both == 2).sum() == 10 and frame["object_id"].nunique() == 14
    wide = frame.pivot(index="object_id", columns="rater_id", values="rating").dropna()
    assert (wide.iloc[:, 0] == wide.iloc[:, 1]).mean() == pytest.approx(0.6)
    assert set(frame["rating"].dropna()) == {3.0, 4.0, 5.0} and not parsed.faults


def test_pc46_two_rows_of_attributes_for_one_person_are_told_apart(path):
    (rows,) = [s for s in read_grid(path("pc46")) if s.name == "person_attributes"]
    people = text_column(rows.columns[0][1:])
    assert len(people) == 11 and people.nunique() == 8
    sexes = sex_of(text_column(rows.columns[1][1:]))
    assert sexes[~people.duplicated()].value_counts().to_dict() == {"M": 4, "F": 4}
