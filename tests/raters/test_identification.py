"""The ladder: each rung by hand, per scope; what opens it, what it costs, and degenerate data."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import EstimationError
from evalkit.language.catalogue import say
from evalkit.raters.identification import identify
from evalkit.raters.ladder import REASONS, RUNGS, STEPS, LadderSettings
from evalkit.raters.linked import identify_linked, rungs_met
from evalkit.tables.schema import TABLES

Q1, Q2 = "2026-Q2", "2026-Q3"
INSTRUMENT = "permenpanrb-6-2022"


def city(n: int = 6, periods: tuple[str, ...] = (Q2,), **columns: list) -> pd.DataFrame:
    """Two units, two superiors, `n` people a superior."""
    rows = pd.DataFrame([(f"p{s}{i}", t, f"u{s}", f"s{s}") for t in periods for s in (1, 2) for i in range(n)],
                        columns=["person_id", "period", "opd_id", "superior_id"])
    return rows.assign(instrument=INSTRUMENT, predikat="baik", **{k: v * (len(rows) // len(v)) for k, v in columns.items()})


def row(frame: pd.DataFrame, scope: str, scope_id: str = "", instrument: str = INSTRUMENT) -> pd.Series:
    return frame[(frame["scope"] == scope) & (frame["scope_id"] == scope_id) & (frame["instrument"] == instrument)].iloc[0]


def test_one_period_is_rung_0_for_everybody():
    found = identify(city(), city(), periods=[Q1, Q2])
    assert found["rung"].tolist() == [0] * 5
    assert set(found["reason"]) == {"one_period"}
    whole = row(found, "city")
    assert whole[["n_raters", "n_objects", "n_periods", "median_span", "share_connected"]].tolist() == [2, 12, 1, 6.0, 0.5]
    assert whole["next_step"] == "second_period"
    assert row(found, "evaluator", "s1")["next_step"] == "vignettes"
    assert row(found, "evaluator", "s1")["next_step_hours"] == 1.0


def test_several_periods_open_rung_1_and_nothing_about_one_evaluator():
    rows = city(periods=(Q1, Q2))
    found = identify(rows, rows, periods=[Q1, Q2])
    assert found["rung"].tolist() == [1] * 5
    assert row(found, "city")["window"] == f"{Q1}/{Q2}"
    assert row(found, "city")["next_step"] == "employee_list"


def test_what_the_clustering_test_could_find_stands_from_rung_1_on():
    def known(n: int) -> pd.DataFrame:
        rows = city(n, periods=(Q1, Q2))
        place = rows.groupby(["opd_id", "period"]).cumcount()
        rows["rated_by_id"] = [f"e{unit}{i % (n // 6)}" for i, unit in zip(place, rows["opd_id"], strict=True)]
        rows["predikat"] = ["sangat_baik" if i % 5 < 1 else "baik" for i in range(len(rows))]
        return rows

    rows = known(96)
    found = identify(rows, rows, periods=[Q1, Q2])
    assert 0.05 < row(found, "city")["minimum_detectable_effect"] < row(found, "unit", "u1")["minimum_detectable_effect"] < 0.3
    assert found.loc[found["scope"] == "evaluator", "minimum_detectable_effect"].isna().all()
    assert identify(rows, rows[rows["period"] == Q2], periods=[Q2])["minimum_detectable_effect"].isna().all()
    small = known(12)
    assert identify(small, small, periods=[Q1, Q2])["minimum_detectable_effect"].isna().all(), "no spread is found so often"


def test_a_new_evaluator_opens_rung_2_where_it_happened():
    rows = city(periods=(Q1, Q2))
    rows["rated_by_id"] = rows["superior_id"].mask((rows["period"] == Q2) & (rows["opd_id"] == "u1"), "s3")
    found = identify(rows, rows, periods=[Q1, Q2])
    assert row(found, "city")["rung"] == row(found, "unit", "u1")["rung"] == row(found, "evaluator", "s3")["rung"] == 2
    assert row(found, "unit", "u1")["reason"] == "evaluators_changed"
    assert row(found, "unit", "u2")["rung"] == row(found, "evaluator", "s2")["rung"] == 1
    assert row(found, "city")["share_connected"] == pytest.approx(2 / 3)
    assert row(found, "city")["next_step"] == "double_ratings"
    assert row(found, "city")["next_step_hours"] == 2 * 0.25  # a tenth of 12 people, rounded up


def test_attributes_of_both_sides_open_rung_2_where_both_vary():
    rows = city(periods=(Q1, Q2))
    superiors = pd.DataFrame([(s, t) for s in ("s1", "s2") for t in (Q1, Q2)], columns=["person_id", "period"])
    people = pd.concat([rows[["person_id", "period"]], superiors], ignore_index=True)
    people["sex"] = ["F", "M"] * (len(people) // 2)
    people.loc[people["person_id"] == "s1", "sex"], people.loc[people["person_id"] == "s2", "sex"] = "F", "M"
    found = identify(rows, people, periods=[Q1, Q2])
    assert row(found, "city")["reason"] == "attributes_of_both_sides"
    assert row(found, "unit", "u1")["rung"] == 1  # one evaluator: her side does not vary
    assert row(found, "evaluator", "s1")["rung"] == 1


def test_attributes_known_of_few_open_nothing():
    rows = city(periods=(Q1, Q2))
    people = rows[["person_id", "period"]].assign(sex="F")
    assert row(identify(rows, people, periods=[Q1, Q2]), "city")["rung"] == 1


def blind(n: int) -> pd.DataFrame:
    return pd.DataFrame({"instrument": "ganda", "object_id": [f"p{i}" for i in range(n)], "object_kind": "employee", "rater_id": "b",
                         "item": "predikat", "occasion": "1", "period": Q2, "is_blind_second": True, "rating": 3.0})


def test_double_ratings_open_rung_3_for_the_city_only():
    rows = city(n=40, periods=(Q1, Q2))
    found = identify(rows, rows, periods=[Q1, Q2], ratings=blind(30))
    assert row(found, "city")[["rung", "reason", "next_step"]].tolist() == [3, "double_ratings", "vignettes"]
    assert row(found, "city")["next_step_hours"] == 2.0
    assert row(found, "unit", "u1")["rung"] == 1
    assert row(identify(rows, rows, periods=[Q1, Q2], ratings=blind(29)), "city")["rung"] == 1


def vignettes(raters: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame([(r, f"v{v}", 1.0 + (v + len(r)) % 3) for r in raters for v in range(6)], columns=["rater_id", "object_id", "rating"])
    return rows.assign(instrument="vinyet", object_kind="vignette", item="x", occasion="1", period=Q2, is_blind_second=False)


def test_a_step_that_was_taken_is_not_asked_again():
    rows = city(n=40, periods=(Q1, Q2))
    asked = identify(rows, rows, periods=[Q1, Q2], ratings=pd.concat([blind(30), vignettes(["s1", "x9"])], ignore_index=True))
    assert row(asked, "city")[["rung", "next_step", "next_step_hours"]].tolist() == [3, "vignettes_rest", 1.0]
    assert pd.isna(row(asked, "evaluator", "s1")["next_step"])
    assert row(asked, "evaluator", "s2")[["next_step", "next_step_hours"]].tolist() == ["vignettes", 1.0]
    done = identify(rows, rows, periods=[Q1, Q2], ratings=pd.concat([blind(30), vignettes(["s1", "s2"])], ignore_index=True))
    assert row(done, "city")[["next_step", "next_step_hours"]].isna().all()


def test_second_ratings_of_the_city_leave_its_units_nothing_to_draw():
    rows = city(n=40, periods=(Q1, Q2))
    rows["rated_by_id"] = rows["superior_id"].mask((rows["period"] == Q2) & (rows["opd_id"] == "u1"), "s3")
    assert row(identify(rows, rows, periods=[Q1, Q2]), "unit", "u1")["next_step"] == "double_ratings"
    found = identify(rows, rows, periods=[Q1, Q2], ratings=blind(30))
    assert row(found, "unit", "u1")[["rung", "next_step", "next_step_hours"]].tolist() == [2, "vignettes", 1.0]


def test_evaluators_who_rate_no_more_are_not_asked():
    rows = city(n=40, periods=(Q1, Q2))
    rows["rated_by_id"] = rows["superior_id"].mask(rows["period"] == Q2, "s3")
    found = row(identify(rows, rows, periods=[Q1, Q2], ratings=blind(30)), "city")
    assert found[["n_raters", "next_step", "next_step_hours"]].tolist() == [3, "vignettes", 1.0]


def ratings(pairs: list[tuple[str, str]], kind: str = "performance", **more: object) -> pd.DataFrame:
    base = pd.DataFrame(pairs, columns=["rater_id", "object_id"])
    return base.assign(instrument="i", object_kind=kind, item="x", occasion="1", period=Q2, is_blind_second=False,
                       rating=[1.0 + k % 3 for k in range(len(base))]).assign(**more)


def test_vignettes_open_rung_4_of_their_instrument_and_leave_the_official_one():
    rows = city(periods=(Q1, Q2))
    cases = ratings([(s, f"v{i}") for s in ("s1", "s2", "s9") for i in range(3)], "vignette")
    found = identify(rows, rows, periods=[Q1, Q2], ratings=cases)
    assert row(found, "city")["rung"] == 1
    assert row(found, "city", instrument="i")[["rung", "reason", "n_raters"]].tolist() == [4, "common_vignettes", 3]
    assert row(found, "evaluator", "s9", "i")["rung"] == 4


def test_linked_ratings_by_hand():
    crossed = ratings([(f"r{r}", f"o{o}") for r in range(4) for o in range(6)])
    assert row(identify_linked(crossed, window="w"), "city", instrument="i")["rung"] == 4
    once = ratings([(f"r{k}", f"o{k // 3}") for k in range(30)])
    whole = row(identify_linked(once, window="w"), "city", instrument="i")
    assert whole[["rung", "reason", "next_step"]].tolist() == [3, "raters_rate_few", "more_per_rater"]
    single = ratings([("r1", f"o{k}") for k in range(9)])
    assert row(identify_linked(single, window="w"), "city", instrument="i")[["rung", "reason"]].tolist() == [0, "one_rating_each"]
    halves = ratings([(f"r{h}{r}", f"o{h}{o}") for h in (0, 1) for r in range(3) for o in range(5)])
    assert row(identify_linked(halves, window="w"), "city", instrument="i")["reason"] == "not_connected"
    own = ratings([(f"r{r}", f"o{o}") for r in range(3) for o in range(5)])
    own["item"] = own["rater_id"]
    assert row(identify_linked(own, window="w"), "city", instrument="i")["reason"] == "rank_lacking"


def test_a_rater_with_few_objects_or_alone_stays_below_rung_4():
    pairs = [(f"r{r}", f"o{o}") for r in range(30) for o in range(6)] + [("few", "o1"), *(("alone", f"z{k}") for k in range(9))]
    found = identify_linked(ratings(pairs), window="w")
    assert row(found, "city", instrument="i")["rung"] == 4
    assert row(found, "evaluator", "few", "i")[["rung", "reason"]].tolist() == [3, "rater_rates_few"]
    assert row(found, "evaluator", "alone", "i")[["rung", "reason"]].tolist() == [3, "rater_not_connected"]
    assert row(found, "evaluator", "r1", "i")["rung"] == 4


def test_detectable_severity_by_hand():
    """Two raters, two objects, means one point apart: spread within an object is 0.5, so 2.8016 sqrt(0.5 / 2)."""
    two = pd.DataFrame({"rater_id": list("abab"), "object_id": list("xxyy"), "rating": [1.0, 2.0, 3.0, 4.0]})
    two = two.assign(instrument="i", object_kind="vignette", item="x", occasion="1", period=Q2)
    found = row(identify_linked(two, window="w"), "city", instrument="i")
    assert found["minimum_detectable_effect"] == pytest.approx(2.8016 * 0.5)


def test_a_column_without_any_value_has_no_type_and_does_no_harm():
    rows = city().assign(rated_by_id=None, sex=None).convert_dtypes(dtype_backend="pyarrow")
    assert row(identify(rows, rows, periods=[Q2]), "city")["n_raters"] == 2


def test_who_does_not_count():
    rows = city()
    rows["is_rule_determined"] = rows["person_id"] == "p10"
    rows["is_official"] = rows["person_id"] != "p20"
    rows.loc[rows["person_id"] == "p11", "predikat"] = None
    rows.loc[rows["person_id"] == "p12", "superior_id"] = None
    assert row(identify(rows, rows, periods=[Q2]), "city")["n_objects"] == 8
    apart = identify(rows.drop(columns="is_rule_determined"), rows, periods=[Q2])
    assert row(apart, "city")["n_objects"] == 8


def test_nobody_rated_is_an_answer():
    people = city().assign(predikat=None, eligible=True)
    found = identify(people, people, periods=[Q2])
    assert found[["scope", "rung", "reason"]].drop_duplicates().to_numpy().tolist() == [
        ["city", 0, "nobody_rated"], ["unit", 0, "nobody_rated"]]
    empty = identify(people.iloc[:0], people.iloc[:0], periods=[Q2])
    assert list(empty.columns) == list(TABLES["identification"].names)
    assert len(empty) == 0
    half = city()
    half.loc[half["opd_id"] == "u2", "predikat"] = None
    assert row(identify(half, half, periods=[Q2]), "unit", "u2")["reason"] == "nobody_rated"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([Q1, Q2]), st.sampled_from(["u", "v"]), st.sampled_from("xyz"),
                          st.sampled_from(["baik", None])), max_size=20))
def test_always_an_answer_in_the_contract(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "period", "opd_id", "superior_id", "predikat"], dtype="string")
    frame = frame.assign(instrument=INSTRUMENT).convert_dtypes(dtype_backend="pyarrow")
    found = identify(frame, frame, periods=[Q1, Q2])
    assert set(found["rung"]) <= {0, 1, 2}
    assert not found.duplicated(list(TABLES["identification"].key)).any()
    assert found["share_connected"].dropna().between(0, 1).all()


def test_every_code_has_its_words():
    for language in ("id", "en"):
        for code in REASONS:
            assert say(f"ladder.reason.{code}", language)
        for code in STEPS:
            assert say(f"ladder.step.{code}", language)
        for rung in RUNGS:
            for part in ("data", "may", "may_not"):
                assert say(f"ladder.rung.{rung}.{part}", language)


def test_arguments_that_cannot_be_meant():
    with pytest.raises(EstimationError, match="periods"):
        identify(city(), city(), periods=[])
    with pytest.raises(EstimationError, match="superior_id"):
        identify(city().drop(columns="superior_id"), city(), periods=[Q2])
    with pytest.raises(EstimationError, match="double_rating_share"):
        LadderSettings.of({"double_rating_share": 0})


def attributes(side: str, values: dict[str, str | None], attribute: str = "sex", instrument: str = "i") -> pd.DataFrame:
    return pd.DataFrame({"instrument": instrument, f"{side}_id": list(values), "attribute": attribute, "value": list(values.values())})


def met(frame: pd.DataFrame, rung: int) -> list[object]:
    return frame[frame["rung"] == rung][["is_met", "reason", "n"]].iloc[0].tolist()


NO_OBJECTS, NO_RATERS = attributes("object", {}), attributes("rater", {})


def test_lower_rungs_of_linked_ratings_are_needs_of_their_own():
    crossed = ratings([(f"r{r}", f"o{o}") for r in range(4) for o in range(6)])
    found = rungs_met(crossed, NO_OBJECTS, NO_RATERS)
    assert met(found, 1) == [False, "one_occasion", 1]
    assert met(found, 2) == [False, "no_object_attributes", 0]
    assert met(found, 3) == [True, "several_raters", 6]
    crossed["occasion"] = ["1", "2"] * 12
    assert met(rungs_met(crossed, NO_OBJECTS, NO_RATERS), 1) == [True, "several_occasions", 2]
    single = ratings([(f"r{o % 2}", f"o{o}") for o in range(6)])
    assert met(rungs_met(single, NO_OBJECTS, NO_RATERS), 3) == [False, "one_rating_each", 0]


def test_rung_2_of_linked_ratings_needs_both_sides_and_raters_who_see_both_groups():
    crossed = ratings([(f"r{r}", f"o{o}") for r in range(4) for o in range(6)])
    objects = attributes("object", {f"o{o}": "FM"[o % 2] for o in range(6)})
    raters = attributes("rater", {f"r{r}": "FM"[r % 2] for r in range(4)})
    found = rungs_met(crossed, objects, raters)
    assert met(found, 2) == [True, "raters_see_groups", 4]
    assert found.loc[found["rung"] == 2, "attributes"].tolist() == ["sex"]
    assert met(rungs_met(crossed, objects, NO_RATERS), 2) == [False, "no_rater_attributes", 0]
    assert met(rungs_met(crossed, objects, raters.assign(value="F")), 2) == [False, "no_rater_attributes", 0]
    assert met(rungs_met(crossed, objects.head(2), raters), 2) == [False, "no_object_attributes", 0]  # 2 of 6 known: a selection
    assert met(rungs_met(crossed, objects.assign(instrument="j"), raters), 2) == [False, "no_object_attributes", 0]
    apart = ratings([(f"r{r}", f"o{o}") for r in range(4) for o in range(6) if o % 2 == r % 2 or (r, o) == (0, 1)])
    assert met(rungs_met(apart, objects, raters), 2) == [False, "raters_see_one_group", 1]


def test_rungs_of_nothing_and_of_answers_without_a_value():
    none = ratings([("r", "o")]).assign(rating=float("nan"))
    assert rungs_met(none, NO_OBJECTS, NO_RATERS).empty
    one = rungs_met(ratings([("r", "o")]), attributes("object", {"o": None}), NO_RATERS)
    assert one["is_met"].tolist() == [False, False, False]


def test_public_case_pc21_each_person_has_one_superior(shared):
    rows = pd.read_csv(shared / "cases" / "pc21-one-superior-each.csv")
    linked = rows.assign(instrument="i", object_kind="employee", occasion="1", is_blind_second=False)
    found = identify_linked(linked, window="w")
    assert found["rung"].max() <= 1
    assert row(found, "city", instrument="i")[["reason", "next_step"]].tolist() == ["one_rating_each", "second_rater"]
    official = rows.rename(columns={"object_id": "person_id", "rater_id": "superior_id"}).assign(opd_id="u", instrument=INSTRUMENT, predikat="baik")
    ladder = identify(official, official, periods=["2026-Q1"])
    assert set(ladder["rung"]) == {0}
    assert ladder["minimum_detectable_effect"].isna().all()
    assert "severity" in say("ladder.rung.0.may_not", "en")
