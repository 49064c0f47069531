from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import ImportFileError, StudyError
from evalkit.instruments.layout import load_layouts
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.mapping_layout import mapping_layout
from evalkit.tables.ratings_file import read_form, read_mapped
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from evalkit.tables.study import Mapping, load_study
from tests.tables.files import nip

FORM = load_layouts()["formulir-360"]
REAL = {"insteval": ("insteval.csv.gz", 73_421), "figure-skating": ("figure-skating.csv.gz", 14_680),
        "firefighter-promotion": ("firefighter-promotion.csv", 118),
        "teaching-ratings": ("teaching-ratings.csv", 463), "police-training": ("police-training.csv.gz", 103_752)}


def sheet(rows):
    return Sheet("S", tuple(zip(*rows, strict=True)), len(rows))


def form(*rows, context=None):
    return read_form(collect(recognise([sheet([list(FORM.headers), *rows])], "a.csv")), context or Context())


def answer(rater=1, ratee=2, at="2026/04/01 9:00:00 AM GMT+8", relation="Rekan kerja", values=("4",) * 7, period="Triwulan I 2026"):
    return [at, nip(rater), nip(ratee), relation, period, *values, "saran yang tidak dibaca"]


def rules(parsed):
    return Counter(f.rule for f in parsed.faults)


def mapped(rows, context=None, **mapping):
    return read_mapped([sheet(rows)], Mapping(name="x", files="*", instrument="x", **mapping), "x.csv", context or Context())


def test_a_form_becomes_one_row_an_item():
    parsed = form(answer(), answer(3, relation="Atasan langsung"))
    frame = TABLES["ratings"].conform(parsed.frames["ratings"].drop(columns="unit_id", errors="ignore").assign(import_id="i"))
    assert len(frame) == 14 and frame["item"].nunique() == 7 and parsed.period == "2026-Q1"
    assert set(frame["rater_role"]) == {"peer", "superior"} and set(frame["object_id"]) == {f"nip:{nip(2)}"}
    assert "saran" not in repr(parsed)


def test_a_missing_answer_stays_a_row_without_a_rating():
    frame = form(answer(values=("4", "", "-", "4", "4", "4", "4"))).frames["ratings"]
    assert len(frame) == 7 and frame["rating"].isna().sum() == 2


@pytest.mark.parametrize(("rows", "expected"), [
    ([answer(values=("9", *["4"] * 6))], {"rating.off_scale": 1}), ([answer(values=("baik sekali", *["4"] * 6))], {"rating.not_number": 1}),
    ([answer(relation="Teman")], {"form.unknown_relation": 1}), ([answer(period="entah")], {"form.no_period": 1}),
    ([["x", "-", nip(2), "Bawahan", "2026-Q1", *["4"] * 7, ""]], {"form.no_rater": 1, "date.unreadable": 1}),
    ([["", nip(1), "2", "Bawahan", "2026-Q1", *["4"] * 7, ""]], {"nip.length": 1, "form.no_object": 1}),
    ([answer(values=("3,5", "4,0", *["4"] * 5))], {"rating.not_number": 1}),
    ([answer(relation="Diri sendiri")], {"form.self_elsewhere": 1}), ([["", nip(1), nip(1), "Rekan kerja", "2026-Q1", *["4"] * 7, ""]],
                                                                      {"form.self_elsewhere": 1}),
    ([answer(), answer()], {"form.copy": 1}), ([answer(), answer(at="2026/04/09 9:00:00 AM GMT+8")], {"form.copy": 1}),
    ([answer(), answer(at="2026/04/09 9:00:00 AM GMT+8", values=("3",) * 7)], {"form.sent_again": 1}),
    ([answer(at=""), answer(at="", values=("3",) * 7)], {"form.conflict": 2}),
    ([answer(), answer(values=("3",) * 7)], {"form.conflict": 2}),
])
def test_rules_of_the_form(rows, expected):
    parsed = form(*rows, answer(5))
    assert rules(parsed) == expected
    assert len(parsed.frames["ratings"]) == 7 * parsed.rows_read
    assert parsed.rows_in_file == parsed.rows_read + parsed.rows_refused == len(rows) + 1


def test_of_three_different_forms_the_latest_counts():
    rows = [answer(at=f"2026/04/0{d} 9:00:00 AM GMT+8", values=(str(v),) * 7) for d, v in ((3, 2), (1, 5), (2, 4))]
    parsed = form(*rows)
    assert set(parsed.frames["ratings"]["rating"]) == {2.0} and rules(parsed) == {"form.sent_again": 2}
    assert {f.values["later"] for f in parsed.faults} == {"2026-04-03 09:00:00"}  # noqa: PD011  # a mapping, no frame


LONG = [["d", "s", "y", "dept"], ["7", "7", "5", "A"], ["7", "8", "4", "A"], ["9", "7", "", "B"]]


def test_a_long_file_by_a_mapping():
    parsed = mapped(LONG, columns={"object_id": "d", "rater_id": "s", "rating": "y", "unit_id": "dept"}, period="2026", scale=(1.0, 5.0))
    frame = TABLES["ratings"].conform(parsed.frames["ratings"].assign(import_id="i"))
    assert frame["rating"].fillna(-1).tolist() == [5.0, 4.0, -1.0] and set(frame["item"]) == {"overall"}
    assert frame["unit_id"].tolist() == ["name:A", "name:A", "name:B"] and parsed.period == "2026"


def test_one_code_in_two_columns_is_two_people():
    parsed = mapped(LONG, columns={"object_id": "d", "rater_id": "s", "rating": "y"}, period="2026")
    frame = parsed.frames["ratings"]
    assert not set(frame["object_id"]) & set(frame["rater_id"])
    assert len(parsed.people) == 4


def test_one_number_in_two_columns_is_one_person():
    rows = [["a", "b", "y"], [nip(1), nip(1), "5"], [nip(2), nip(1), "4"]]
    parsed = mapped(rows, columns={"object_id": "a", "rater_id": "b", "rating": "y"}, period="2026")
    assert sorted(parsed.people["key"]) == sorted({f"nip:{nip(1)}", f"nip:{nip(2)}"})
    damaged = mapped([rows[0], [1.98603e17, nip(1), "5"]], columns={"object_id": "a", "rater_id": "b", "rating": "y"}, period="2026")
    assert rules(damaged) == {"nip.number_cell": 1}


def test_things_are_no_people_and_keep_their_codes():
    parsed = mapped(LONG, columns={"object_id": "d", "rater_id": "s", "rating": "y"}, period="2026", object_kind="performance")
    assert set(parsed.frames["ratings"]["object_id"]) == {"code:7", "code:9"} and len(parsed.people) == 2


def test_a_wide_file_of_items_with_an_object_of_two_columns_and_attributes():
    rows = [["year", "paper", "judge", "style", "idea", "land", "sex"], ["2024", "1", "J1", "3", "4", "X", "F"],
            ["2025", "1", "J1", "2", "1", "Y", "F"]]
    parsed = mapped(rows, object_kind="proposal", period="2026", attributes={"object": {"country": "land"}, "rater": {"sex": "sex"}},
                    columns={"object_id": ["year", "paper"], "rater_id": "judge", "items": ["style", "idea"]})
    assert set(parsed.frames["ratings"]["object_id"]) == {"code:2024-1", "code:2025-1"} and len(parsed.frames["ratings"]) == 4
    assert parsed.frames["object_attributes"]["value"].tolist() == ["X",
                                                                    "Y"] and parsed.frames["rater_attributes"]["value"].tolist() == ["F"]
    for name, frame in parsed.frames.items():
        TABLES[name].conform(frame.assign(import_id="i"))


def test_an_attribute_that_varies_is_told():
    rows = [["d", "s", "y", "age"], ["1", "a", "3", "x"], ["1", "b", "3", "y"]]
    parsed = mapped(rows, object_kind="course", period="2026", attributes=["age"],
                    columns={"object_id": "d", "rater_id": "s", "rating": "y"})
    assert rules(parsed) == {"attribute.varies": 1} and parsed.frames["object_attributes"]["value"].tolist() == ["x"]


def test_a_stated_period_does_not_cover_a_cell_that_says_something_else():
    parsed = form(answer(period="entah"), answer(3, period=""), answer(4), context=Context(period="2026-Q2"))
    assert rules(parsed) == {"form.no_period": 1}
    assert sorted(parsed.frames["ratings"]["period"].unique()) == ["2026-Q1", "2026-Q2"]


def test_outcomes_and_panels():
    rows = [["g", "month", "n", "bad"], ["1", "2026-01", "6", "0"], ["1", "2026-02", "6", "2"], ["2", "01-02-2026", "", "1"]]
    parsed = mapped(rows, kind="panel", object_kind="group", columns={"object_id": "g", "period": "month", "items": ["bad"], "n": "n"})
    frame = TABLES["outcomes"].conform(parsed.frames["outcomes"].assign(import_id="i"))
    assert frame["period"].tolist() == ["2026-01", "2026-02", "2026-02"] and frame["n"].fillna(-1).tolist() == [6, 6, -1]
    assert frame["measure"].unique().tolist() == ["bad"] and parsed.kind == "panel"


def test_missing_and_doubled_columns_of_a_mapping_are_named():
    with pytest.raises(ImportFileError, match=r"x\.csv.*dept, zzz"):
        mapped([["d", "s", "y"], ["1", "2", "3"]], columns={"object_id": "d", "rater_id": "s", "rating": "y", "unit_id": ["dept", "zzz"]},
               period="2026")
    with pytest.raises(ImportFileError, match="3, 4"):
        mapped([["d", "s", "y", "y"], ["1", "2", "3", "4"]], columns={"object_id": "d", "rater_id": "s", "rating": "y"}, period="2026")


@pytest.mark.parametrize("columns", [{"object_id": "d"}, {"rating": "y"}, {"object_id": "d", "rating": "y", "colour": "c"}])
def test_a_faulty_mapping_is_refused(columns):
    with pytest.raises(StudyError, match="x"):
        mapping_layout(Mapping("x", "*", "x", columns=columns))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(*[st.sampled_from(["", "-", "1", "2", "7", "baik", None, 3.0])] * 4), max_size=8))
def test_no_row_of_a_rating_file_is_lost(rows):
    parsed = mapped([["d", "s", "a", "b"], *map(list, rows)], columns={"object_id": "d", "rater_id": "s", "items": ["a", "b"]},
                    period="2026", scale=(1.0, 5.0))
    filled = [r for r in rows if any(v not in ("", None) for v in r)]
    assert parsed.rows_in_file == parsed.rows_read + parsed.rows_refused == len(filled)
    assert len(parsed.frames["ratings"]) == 2 * parsed.rows_read
    TABLES["ratings"].conform(parsed.frames["ratings"].assign(import_id="i"))


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_ratings_are_read_by_their_mapping(root, shared, name):
    from evalkit.tables.reader import read_file

    file, rows = REAL[name]
    parsed = read_file(shared / "data" / file, study=load_study(root / "data" / name))
    assert (parsed.rows_in_file, parsed.rows_read, parsed.faults) == (rows, rows, ())
    raw = pd.read_csv(Path(shared / "data" / file))
    main = parsed.frames.get("ratings", parsed.frames.get("outcomes"))
    assert len(main) % rows == 0 and main["row"].nunique() == len(raw)
    if name == "insteval":
        assert main["rating"].sum() == raw["y"].sum() and main["object_id"].nunique() == 1128 and main["rater_id"].nunique() == 2972
