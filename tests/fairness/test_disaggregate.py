"""By group: public cases, groups that add up, empty cells, small groups, engines."""

from __future__ import annotations

import warnings
from datetime import date

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.errors import EstimationError
from evalkit.fairness.disaggregate import attributes_at, disaggregate
from evalkit.inference.intervals import wilson


def case(shared, name: str) -> pd.DataFrame:
    rows = pd.read_csv(shared / "cases" / name)
    return rows.assign(top=rows["predikat"] == "SANGAT BAIK")


def test_pc27_three_people_without_the_attribute_are_a_line_of_their_own(shared):
    found = disaggregate(case(shared, "pc27-attribute-missing.csv"), attributes=["sex"], outcome="top", min_group=1)
    lines = found.set_index("group")[["count", "n"]].astype(int).to_numpy().tolist()
    assert found["group"].tolist() == ["total", "L", "P", "unknown"]
    assert lines == [[9, 20], [4, 8], [3, 9], [2, 3]]
    assert found.loc[1:, "n"].sum() == found.loc[0, "n"]
    withheld = disaggregate(case(shared, "pc27-attribute-missing.csv"), attributes=["sex"], outcome="top", min_group=5)
    row = withheld.set_index("group").loc["unknown"]
    assert (row["n"], row["status"], row["reason"]) == (3, "withheld", "small_group")
    assert row[["count", "share"]].isna().all()


def test_pc46_two_rows_of_one_person_never_double_her(shared):
    book = pd.read_excel(shared / "cases" / "pc46-two-rows-for-one-person.xlsx", sheet_name=None, engine="calamine")
    appraisals, attributes = book["appraisals"], book["person_attributes"]
    with pytest.raises(EstimationError, match="two rows"):
        disaggregate(appraisals.merge(attributes).assign(top=True), attributes=["sex"], outcome="top")
    valid = attributes_at(attributes, date(2026, 3, 31))
    people = appraisals.merge(valid, on="person_id", how="left", validate="1:1").assign(top=lambda d: d["predikat"] == "SANGAT BAIK")
    found = disaggregate(people, attributes=["sex", "grade"], outcome="top", min_group=1)
    lines = {(r.attribute, r.group): (int(r.count), int(r.n)) for r in found.itertuples(index=False, name="R")}
    assert lines["", "total"] == (2, 8)
    assert lines["sex", "P"] == (2, 4)
    assert {g: n for (a, g), (_, n) in lines.items() if a == "grade"} == {"III/a": 3, "III/b": 1, "III/c": 2, "IV/a": 1, "IV/b": 1}


def test_attributes_overlapping_begin_last_and_dates_of_any_kind():
    rows = pd.DataFrame({"person_id": ["a", "a", "b"], "grade": ["old", "new", "x"],
                         "valid_from": [date(2020, 1, 1), date(2025, 1, 1), date(2027, 1, 1)], "valid_to": [None, None, None]})
    assert attributes_at(rows, date(2026, 1, 1))["grade"].tolist() == ["new"]
    arrow = rows.astype({"valid_from": "date32[pyarrow]", "valid_to": "date32[pyarrow]"})
    assert attributes_at(arrow, date(2024, 1, 1))["grade"].tolist() == ["old"]
    assert len(attributes_at(rows.iloc[:0], date(2024, 1, 1))) == 0
    with pytest.raises(EstimationError, match="valid_to"):
        attributes_at(rows.drop(columns="valid_to"), date(2024, 1, 1))


PEOPLE = pd.DataFrame({"person_id": range(7), "sex": ["F", "F", "M", "M", None, "F", "M"],
                       "kind": ["pns", "pppk", "pns", "pns", "pns", "pns", None], "top": [True, False, True, None, True, None, False]})


def test_every_cell_of_an_intersection_keeps_its_row():
    found = disaggregate(PEOPLE, attributes=[], outcome="top", intersections=[["sex", "kind"]], min_group=1,
                         levels={"kind": ["pns", "pppk", "pppk_paruh_waktu"]})
    cells = found[found["attribute"] == "sex × kind"].set_index("group")
    assert len(cells) == 3 * 4
    assert cells.loc["F × pns", ["n", "rated", "count"]].tolist() == [2, 1, 1]
    assert cells.loc["M × pppk", ["n", "status", "reason"]].tolist() == [0, "not_estimable", "empty_cell"]
    assert cells["n"].sum() == 7


def test_a_group_nobody_of_whom_is_rated():
    found = disaggregate(PEOPLE.assign(top=pd.Series([None] * 7, dtype="boolean")), attributes=["sex"], outcome="top")
    assert set(found["reason"]) == {"nobody_rated"}
    assert found["share"].isna().all()


# narwhals tells that Dask will need a package of its own one day; the results are not concerned
@pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")
@pytest.mark.parametrize("outcome", ["top", "score"])
def test_other_engines_give_the_same(outcome):
    text = {c: PEOPLE[c].astype("string") for c in ("sex", "kind")}
    rows = PEOPLE.assign(top=PEOPLE["top"].astype("boolean"), score=[1.0, 2.5, None, 4.0, 0.5, 7.0, 7.0], **text)
    ask = {"attributes": ["sex", "kind"], "intersections": [["sex", "kind"]], "outcome": outcome, "min_group": 2, "role": "inferential"}
    here = disaggregate(rows, **ask)
    arrow = rows.convert_dtypes(dtype_backend="pyarrow")
    for other in (arrow, pl.from_pandas(rows), pl.from_pandas(rows).lazy(), duckdb.from_df(rows), dask_of(rows)):
        pd.testing.assert_frame_equal(disaggregate(other, **ask), here)


def dask_of(rows):
    import dask.dataframe as dd

    with warnings.catch_warnings():
        # pandas tells Dask that a copy keyword is obsolete; only the conversion in this test is concerned
        warnings.simplefilter("ignore")
        return dd.from_pandas(rows, npartitions=3)


def test_a_score_by_group_has_mean_spread_and_students_interval():
    rows = pd.DataFrame({"g": ["a"] * 4 + ["b"] * 3 + ["c", "d"], "s": [1.0, 2.0, 3.0, 6.0, 0.1, 0.1, 0.1, 5.0, None]})
    found = disaggregate(rows, attributes=["g"], outcome="s", person=None, min_group=1, role="inferential").set_index("group")
    low, high = stats.t.interval(0.95, 3, loc=3.0, scale=stats.sem([1.0, 2.0, 3.0, 6.0]))
    assert found.loc["a", ["mean", "sd", "conf_low", "conf_high"]].tolist() == pytest.approx([3.0, 14 ** 0.5 / 3 ** 0.5, low, high])
    assert found.loc["b", ["sd", "conf_low", "conf_high"]].tolist() == [0.0, pytest.approx(0.1), pytest.approx(0.1)]
    assert pd.isna(found.loc["c", "sd"])
    assert pd.isna(found.loc["c", "conf_low"])
    assert (found.loc["d", "status"], found.loc["d", "reason"]) == ("not_estimable", "nobody_rated")


def test_ucb_admissions_by_sex_and_department_with_wilsons_interval(admissions):
    """P. Bickel, E. Hammel, J. O'Connell (1975), Science 187, 398-404, as in R's UCBAdmissions: 1,198 of 2,691 men, 557 of 1,835 women."""
    found = disaggregate(admissions, attributes=["sex", "dept"], outcome="admitted", intersections=[["sex", "dept"]], person=None,
                         role="inferential").set_index(["attribute", "group"])
    assert found.loc[("sex", "Male"), ["count", "n"]].tolist() == [1198, 2691]
    assert found.loc[("sex", "Female"), ["count", "n"]].tolist() == [557, 1835]
    assert found.loc[("sex × dept", "Female × A"), "share"] == pytest.approx(0.8241, abs=5e-5)
    one = found.loc[("sex × dept", "Male × F")]
    assert one[["conf_low", "conf_high"]].tolist() == pytest.approx([wilson(22, 373).low, wilson(22, 373).high], abs=1e-12)
    assert disaggregate(admissions, attributes=["sex"], outcome="admitted", person=None)["conf_low"].isna().all()


def test_fairlearns_user_guide_by_the_one_frame():
    """Fairlearn, user guide, "Performing a Fairness Assessment": selection, true and false positive rates of groups a, b, c."""
    truth = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    chosen = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
    rows = pd.DataFrame({"truth": truth, "chosen": pd.array(chosen, dtype="boolean"), "group": list("bbabbcccaacabccbcc")})

    def shares(frame):
        found = disaggregate(frame, attributes=["group"], outcome="chosen", person=None, min_group=1).set_index("group")
        return found["share"].astype(float).round(6).to_dict(), found["n"].to_dict()

    assert shares(rows) == ({"total": 0.555556, "a": 0.75, "b": 0.5, "c": 0.5}, {"total": 18, "a": 4, "b": 6, "c": 8})
    assert shares(rows[rows["truth"] == 1])[0] == {"total": 0.5, "a": 0.5, "b": 0.6, "c": 0.4}
    assert shares(rows[rows["truth"] == 0])[0] == {"total": 0.666667, "a": 1.0, "b": 0.0, "c": 0.666667}


def test_an_outcome_of_words_and_an_unknown_role_are_refused():
    with pytest.raises(EstimationError, match="neither"):
        disaggregate(pl.DataFrame({"g": ["a"], "top": ["yes"]}), attributes=["g"], outcome="top", person=None)
    with pytest.raises(EstimationError, match="role"):
        disaggregate(PEOPLE, attributes=["sex"], outcome="top", role="guess")


person = st.tuples(st.sampled_from(["F", "M", None]), st.sampled_from(["x", "y", None, "unknown"]), st.sampled_from([True, False, None]))


@settings(deadline=None, max_examples=25)
@given(st.lists(person, max_size=15), st.integers(0, 6))
def test_groups_add_up_and_no_small_figure_is_shown(rows, min_group):
    frame = pd.DataFrame(rows, columns=["sex", "kind", "top"]).astype({"sex": "string", "kind": "string", "top": "boolean"})
    found = disaggregate(frame.assign(person_id=range(len(frame))), attributes=["sex", "kind"], outcome="top",
                         intersections=[["sex", "kind"]], min_group=min_group)
    for _, part in found.groupby("attribute"):
        assert part["n"].sum() == len(rows)
        assert part["group"].is_unique
    small = found[(found["rated"] < min_group) & (found["attribute"] != "")]
    assert small["share"].isna().all()
    assert (found["status"] != "estimated").eq(found["reason"].notna()).all()


def test_a_missing_column_is_named():
    with pytest.raises(EstimationError, match="grade"):
        disaggregate(PEOPLE, attributes=["grade"], outcome="top")
