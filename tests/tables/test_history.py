"""Folds over time: intervals never overlap, lists are kept as they were, versions follow one another."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from evalkit.tables import store
from evalkit.tables.fault_states import fault_ids
from evalkit.tables.history import Snapshot, absences, close, intervals, versions
from evalkit.tables.imports import add
from evalkit.tables.parsed import Fault
from evalkit.tables.study import Study
from tests.tables.hand_made import RECEIVED, appraisal, employee, employees_of, ratings_of, tree, write

DAY = date(2026, 1, 1)
LISTS = st.lists(st.dictionaries(st.sampled_from("abc"), st.tuples(st.integers(-400, 0), st.sampled_from(["III/a", "III/b", "IV/a"])),
                                 max_size=3), min_size=1, max_size=5)


def made(lists: list[dict[str, tuple[int, str]]]) -> tuple[pd.DataFrame, list[Snapshot]]:
    """Lists a quarter apart; the rows begin some days before their list."""
    snapshots = [Snapshot(f"i{n}", DAY + timedelta(days=91 * n), True) for n in range(len(lists))]
    rows = [{"person_id": p, "valid_from": s.on + timedelta(days=back), "valid_to": None, "grade": g, "import_id": s.import_id, "row": 1}
            for s, named in zip(snapshots, lists, strict=True) for p, (back, g) in named.items()]
    return pd.DataFrame(rows, columns=["person_id", "valid_from", "valid_to", "grade", "import_id", "row"]), snapshots


@given(LISTS)
def test_intervals_of_a_person_never_overlap_and_never_turn_round(lists: list[dict[str, tuple[int, str]]]) -> None:
    rows, snapshots = made(lists)
    folded = intervals(rows, ["person_id"], snapshots)
    for _, own in folded.groupby("person_id"):
        spans = sorted(zip(own["valid_from"], own["valid_to"], strict=True))
        assert all(until is not None and since <= until < after for (since, until), (after, _) in pairwise(spans))
        assert spans[-1][1] is None


@given(LISTS)
def test_the_last_list_holds_as_it_stands(lists: list[dict[str, tuple[int, str]]]) -> None:
    rows, snapshots = made(lists)
    folded = close(intervals(rows, ["person_id"], snapshots), "person_id", absences(rows, "person_id", snapshots))
    still = folded[folded["valid_to"].isna()] if len(folded) else folded
    assert dict(zip(still["person_id"], still["grade"], strict=True)) == {p: g for p, (_, g) in lists[-1].items()}


@given(LISTS)
def test_a_list_that_is_said_again_changes_nothing(lists: list[dict[str, tuple[int, str]]]) -> None:
    rows, snapshots = made(lists)
    again = Snapshot("again", snapshots[-1].on + timedelta(days=30), True)
    more = rows[rows["import_id"] == snapshots[-1].import_id].assign(import_id="again")
    first = intervals(rows, ["person_id"], snapshots)
    second = intervals(pd.concat([rows, more], ignore_index=True), ["person_id"], [*snapshots, again])
    columns = ["person_id", "valid_from", "valid_to", "grade"]
    assert first[columns].to_numpy().tolist() == second[columns].to_numpy().tolist()


def test_a_correction_takes_the_place_of_the_row_it_corrects() -> None:
    snapshots = [Snapshot("i1", DAY, True), Snapshot("c1", DAY, False, corrects=True)]
    rows = pd.DataFrame({"person_id": ["p", "p"], "valid_from": [date(2020, 1, 1)] * 2, "valid_to": [None, None], "sex": ["F", "M"],
                         "import_id": ["i1", "c1"], "row": [2, 2]})
    assert intervals(rows, ["person_id"], snapshots)[["valid_from", "sex"]].to_numpy().tolist() == [[date(2020, 1, 1), "M"]]


@given(st.lists(st.sampled_from(["baik", "istimewa"]), min_size=1, max_size=8))
def test_versions_are_numbered_and_never_repeat_what_was_just_said(said: list[str]) -> None:
    rows = pd.DataFrame({"unit_id": "u", "period": "2026-Q3", "predikat": said, "import_id": [f"i{n}" for n in range(len(said))]})
    found = versions(rows, ["unit_id", "period"], ["predikat"], {f"i{n}": n for n in range(len(said))})
    assert found["version"].tolist() == list(range(1, len(found) + 1))
    assert found["predikat"].iloc[-1] == said[-1]
    assert not (found["predikat"] == found["predikat"].shift()).any()


FAULTS = st.lists(st.builds(Fault, rule=st.sampled_from(["a.b", "c.d"]), severity=st.just("error"), row=st.integers(1, 99),
                            column=st.sampled_from(["nip", "predikat"]), record_key=st.sampled_from(["", "a1", "a2"]),
                            value=st.sampled_from(["", "x"])), max_size=12)


@given(FAULTS, st.randoms(use_true_random=False))
def test_ids_of_faults_are_distinct_and_do_not_depend_on_rows_or_order(faults: list[Fault], order: object) -> None:
    ids = fault_ids(faults, "appraisals", "2026-Q3")
    assert len(set(ids)) == len(faults)
    moved = list(faults)
    order.shuffle(moved)  # type: ignore[attr-defined]  # a random.Random
    assert sorted(fault_ids(moved, "appraisals", "2026-Q3")) == sorted(ids)
    assert not set(ids) & set(fault_ids(faults, "appraisals", "2026-Q2"))


@pytest.mark.usefixtures("by_hand")
def test_pc46_two_rows_of_attributes_for_one_person(study: Study, tmp_path: Path, shared: Path) -> None:
    book = CalamineWorkbook.from_path(shared / "cases" / "pc46-two-rows-for-one-person.xlsx")
    sheets = {name: book.get_sheet_by_name(name).to_python()[1:] for name in ("appraisals", "person_attributes")}
    words = {"BAIK": "baik", "SANGAT BAIK": "sangat_baik", "CUKUP": "butuh_perbaikan"}
    people = [employee(int(p[1:]), sex="M" if sex == "L" else "F", grade=grade, valid_from=since, valid_to=until or None, row=n)
              for n, (p, sex, grade, since, until) in enumerate(sheets["person_attributes"], start=2)]
    rated = [appraisal(int(p[1:]), words[predikat], row=n) for n, (p, _, predikat) in enumerate(sheets["appraisals"], start=2)]
    inbox = tmp_path / "in"
    add(study, [write(inbox, "1.json", tree()), write(inbox, "2.json", employees_of(people, [], "2026-05-01")),
                write(inbox, "3.json", ratings_of(rated, "2026-04-10T08:00:00", "2026-Q1"))], received_at=RECEIVED)
    end = date(2026, 3, 31)
    attributes = store.read(study, "person_attributes")
    on = attributes[(attributes["valid_from"] <= end) & (attributes["valid_to"].isna() | (attributes["valid_to"] >= end))]
    joined = store.read(study, "appraisals").merge(on[["person_id", "sex", "grade"]], on="person_id")
    assert len(joined) == 8
    assert joined["grade_y"].value_counts().to_dict() == {"III/a": 3, "III/c": 2, "III/b": 1, "IV/a": 1, "IV/b": 1}
    women = joined[joined["sex"] == "F"]
    assert (len(women), int((women["predikat"] == "sangat_baik").sum())) == (4, 2)
