"""Statistics of fairness and impact on data that hold nothing: an answer with a status and a reason, or a sentence; never a fault of a library."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import fairness, impact
from evalkit.errors import EvalkitError
from evalkit.impact.panel import make_panel
from evalkit.impact.question import Question, material
from evalkit.impact.verdict import Effect, Verdict

N = 48
CHIEF = {"estimate", "expected", "low", "high", "conf_low", "conf_high", "p_value", "difference", "overall"}  # of a result without a reason
RNG = np.random.default_rng(11)
ITEMS = ["q1", "q2", "q3", "q4"]
PEOPLE = pd.DataFrame({
    "person_id": [f"p{i:02d}" for i in range(N)], "rater_id": [f"r{i // 6}" for i in range(N)], "period": "2026",
    "rater_sex": np.where(np.arange(N) // 6 % 2, "F", "M"), "sex": ["F", "M"] * 24,
    "unit": [f"u{i // 12}" for i in range(N)], "years": RNG.normal(10, 3, N), "top": RNG.random(N) < 0.4,
    "score": RNG.normal(80, 5, N).round(1), "second": RNG.normal(80, 5, N).round(1), "filed": RNG.random(N) < 0.5,
}).assign(decided=lambda d: d["filed"], granted=lambda d: d["filed"] & d["top"], late=False, **{q: RNG.integers(0, 2, N) for q in ITEMS})
OUTCOMES = ["top", "score", "second", "filed", "decided", "granted", "late", *ITEMS]
THIN = {
    "empty": PEOPLE.iloc[:0], "two people": PEOPLE.iloc[:2],
    "everybody top": PEOPLE.assign(top=True, score=80.0, second=80.0, filed=True, decided=True, granted=True, late=True, **dict.fromkeys(ITEMS, 1)),
    "nobody top": PEOPLE.assign(top=False, score=0.0, second=0.0, filed=False, decided=False, granted=False, **dict.fromkeys(ITEMS, 0)),
    "one rater": PEOPLE.assign(rater_id="r0", rater_sex="F"), "a rater each": PEOPLE.assign(rater_id=PEOPLE["person_id"]),
    "all of the reference": PEOPLE.assign(sex="M"), "nobody of the reference": PEOPLE.assign(sex="F"),
    "no group known": PEOPLE.assign(sex=pd.Series([None] * N, dtype=object)),
    "nobody rated": PEOPLE.assign(top=pd.Series([None] * N, dtype="boolean"), score=np.nan, second=np.nan, **dict.fromkeys(ITEMS, np.nan)),
    "nothing known": PEOPLE.assign(**{c: pd.Series([None] * N, dtype=object) for c in [*OUTCOMES, "sex", "unit", "years"]}),
    "rated by group": PEOPLE.assign(top=PEOPLE["sex"].eq("M"), score=PEOPLE["sex"].eq("M") * 1.0, second=PEOPLE["sex"].eq("M") * 1.0),
}


def pairs(d: pd.DataFrame) -> pd.DataFrame:
    """Two ratings a person, the second by the next rater."""
    raters = dict(zip(sorted(set(d["rater_id"])), np.roll(sorted(set(d["rater_id"])), 1), strict=True))
    first = d.assign(object_id=d["person_id"], rating=d["score"])
    second = first.assign(rating=d["second"], rater_id=d["rater_id"].map(raters), rater_sex="M")
    return pd.concat([first, second[second["rater_id"].ne(first["rater_id"])]], ignore_index=True)


def specified(d: pd.DataFrame) -> pd.DataFrame:
    return fairness.specifications(d, **SEX, group="F", outcomes=["top"], exclusions=[], adjustments={"none": [], "rater": ["rater_id"]})


SEX: dict[str, Any] = {"attribute": "sex", "reference": "M"}
TOP: dict[str, Any] = {**SEX, "outcome": "top"}
FAIRNESS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "adverse_impact": lambda d: fairness.adverse_impact(d, attribute="sex", outcome="top"),
    "impact_estimates": lambda d: fairness.impact_estimates(fairness.adverse_impact(d, attribute="sex", outcome="top")),
    "conditional_gaps": lambda d: fairness.conditional_gaps(d, **TOP, conditions=[["unit"]]),
    "conditional_gaps, score": lambda d: fairness.conditional_gaps(d, **SEX, outcome="score", conditions=[["unit"]], same_hand=["second"]),
    "decompose, neumark": lambda d: fairness.decompose(d, **SEX, outcome="second", group="F", covariates=["unit"], coefficients="neumark"),
    "disaggregate": lambda d: fairness.disaggregate(d, attributes=["sex"], outcome="top", intersections=[["sex", "unit"]], role="inferential"),
    "false_within": lambda d: fairness.false_within(d, references={"sex": "M"}, outcomes=["top"], draws=5),
    "within_p_values": lambda d: fairness.within_p_values(d, references={"sex": "M"}, outcomes=["top"]),
    "rate_gaps": lambda d: fairness.rate_gaps(d, **TOP),
    "standardised_gaps": lambda d: fairness.standardised_gaps(d, **SEX, score="score", level=0.95),
    "item_functioning": lambda d: fairness.item_functioning(d[ITEMS], d["sex"], focal="F", reference="M"),
    "item_regression": lambda d: fairness.item_regression(d[ITEMS], d["sex"], focal="F", reference="M"),
    "linked_gaps_of + linked_gaps + own_group_effect": lambda d: fairness.linked_gaps_of(pairs(d), references={"sex": "M"}),
    "match_effects": lambda d: fairness.match_effects(d, **TOP, rater_attribute="rater_sex", rater_reference="M"),
    "specifications + agreement_of_specifications": lambda d: [f := specified(d), fairness.agreement_of_specifications(f)],
    "objection_rates": lambda d: fairness.objection_rates(d, attributes=[], min_group=1),
    "true_score_gaps": lambda d: fairness.true_score_gaps(d, **SEX, ratings=["score", "second"], predictor="years", draws=5),
    "within_rater": lambda d: fairness.within_rater(d, **TOP),
    "within_rater_adjusted": lambda d: fairness.within_rater_adjusted(d, **TOP, covariates=["years", "unit"]),
    "within_equivalence": lambda d: fairness.within_equivalence(d, **TOP, margin=0.05),
}


COURSES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "drawn": lambda d: d.assign(assigned_by="drawn", stratum=d["unit"]), "volunteer": lambda d: d.assign(assigned_by="volunteer"),
    "score": lambda d: d.assign(assigned_by="score", cut=80.0, invited=d["score"] < 80), "calendar": lambda d: d.assign(assigned_by="calendar"),
    "place": lambda d: d.assign(assigned_by="place", invited=d["unit"].isin(["u0", "u2"]))}
QUESTION = Question("c", "skor", lowest=0, highest=100, cost=1e6)
STAFF = PEOPLE[["person_id", "unit", "score"]].assign(cluster=PEOPLE["rater_id"], invited=np.arange(N) % 2 == 0, completed=np.arange(N) % 5 > 0)
VALUES = pd.DataFrame({"person_id": np.tile(STAFF["person_id"], 5), "period": np.repeat(range(1, 6), N), "value": RNG.normal(70, 8, 5 * N).round(1)})
LITTLE: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {
    "as it is": (STAFF, VALUES), "nobody": (STAFF.iloc[:0], VALUES.iloc[:0]),
    "constant outcome": (STAFF.assign(score=79.0), VALUES.assign(value=70.0)), "one cluster": (STAFF.assign(cluster="c", unit="u0"), VALUES),
    "everyone trained": (STAFF.assign(invited=True, completed=True), VALUES),
    "nobody trained": (STAFF.assign(invited=False, completed=False), VALUES),
    "one period": (STAFF, VALUES[VALUES["period"].eq(5)]),
    "all missing": (STAFF.assign(score=np.nan), VALUES.assign(value=np.nan)),
    "two people": (STAFF.iloc[:2], VALUES[VALUES["person_id"].le("p01")]),
    "all the same change": (STAFF, VALUES.assign(value=VALUES["period"] * 2.0)), "exact effect": (STAFF, VALUES.assign(
        value=70 + 3.0 * (VALUES["period"].gt(3) & VALUES["person_id"].isin(STAFF.loc[STAFF["invited"], "person_id"]))))}


def waved(d: pd.DataFrame) -> pd.DataFrame:
    return d.assign(wave=pd.Series(np.where(np.arange(len(d)) % 4 == 0, 4.0, 5.0), index=d.index).where(d["invited"].astype(bool)))


def judged(course: str) -> Callable[[pd.DataFrame, pd.DataFrame], Any]:
    return lambda d, v: impact.assess(QUESTION, waved(COURSES[course](d)), v)


def arrays(use: Callable[..., Any]) -> Callable[[pd.DataFrame, pd.DataFrame], Any]:
    """A statistic of arrays: outcome after, who was sent, outcome before, clusters, who went, score."""
    def called(d: pd.DataFrame, v: pd.DataFrame) -> Any:
        own = material(waved(d), v)
        return use(own.after, own.sent, own.before, own.cluster, own.went, own.people["score"].to_numpy())
    return called


def fitted(d: pd.DataFrame, v: pd.DataFrame) -> Any:
    return impact.group_time(make_panel(waved(d), v))


def rated(d: pd.DataFrame, v: pd.DataFrame) -> pd.DataFrame:
    rows = v[v["person_id"].isin(d["person_id"])].rename(columns={"person_id": "object_id", "value": "rating"}).assign(item="a")
    rows["rater_id"] = "r" + rows["period"].astype(str)
    return pd.concat([rows, rows.assign(item="b")], ignore_index=True)


def needed(d: pd.DataFrame, v: pd.DataFrame) -> pd.DataFrame:
    rows = v.merge(d, on="person_id")[["person_id", "unit", "value", "period"]].drop_duplicates("person_id", keep="last")
    return rows.rename(columns={"unit": "unit_id"}).assign(competence="a", source="items", scale_min=0.0, scale_max=100.0)


IMPACT: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Any]] = {
    **{f"assess, {course}": judged(course) for course in ("volunteer", "score", "calendar", "place")},
    "trend_sensitivity": lambda d, v: impact.trend_sensitivity(judged("place")(d, v), waved(COURSES["place"](d)), v),
    "until_last_wave": lambda d, v: impact.until_last_wave(waved(COURSES["place"](d).assign(invited=True)), v)[2],
    "withhold": lambda d, v: impact.withhold(judged("volunteer")(d, v)),
    "adjust_verdicts": lambda d, v: impact.adjust_verdicts([judged("drawn")(d, v)] * 2)[1],
    "read_assignment": lambda d, v: impact.read_assignment(waved(COURSES["score"](d))),
    "ancova": arrays(lambda y, sent, x, c, went, s: impact.ancova(y, sent, x, c, shape=True)),
    "ancova, no score": arrays(lambda y, sent, x, c, went, s: impact.ancova(y, sent, None, c)),
    "attrition": arrays(lambda y, sent, x, c, went, s: impact.attrition(~np.isnan(y), sent)),
    "lee_bounds": arrays(lambda y, sent, x, c, went, s: impact.lee_bounds(y, sent)),
    "manski_bounds": arrays(lambda y, sent, x, c, went, s: impact.manski_bounds(y, sent, lowest=0, highest=100)),
    "baseline_equivalence": arrays(lambda y, sent, x, c, went, s: impact.baseline_equivalence(x, sent)),
    "complier_effect": arrays(lambda y, sent, x, c, went, s: impact.complier_effect(y, sent, went, x, c)),
    "discontinuity": arrays(lambda y, sent, x, c, went, s: impact.discontinuity(y, s, 80)),
    "density_at_cut": arrays(lambda y, sent, x, c, went, s: impact.density_at_cut(s, 80)),
    "selection_alone": arrays(lambda y, sent, x, c, went, s: impact.selection_alone(x, y, sent, c)),
    "intraclass": arrays(lambda y, sent, x, c, went, s: impact.intraclass(y, c)),
    "group_time": fitted,
    "event_study": lambda d, v: impact.event_study(fitted(d, v)),
    "dip_test": lambda d, v: impact.dip_test(fitted(d, v)),
    "contrasts": lambda d, v: impact.contrasts(f := fitted(d, v), impact.overall_weights(f)[:, None])[0],
    "event_weights": lambda d, v: impact.event_weights(fitted(d, v), 0),
    "rater_outcomes": lambda d, v: impact.rater_outcomes(rated(d, v)),
    "competence_needs": lambda d, v: impact.competence_needs(needed(d, v), least=1),
    "hours_due": lambda d, v: impact.hours_due(d.assign(unit_id=d["unit"], employment="pns", hours=d["score"])),
    "one_form_each": lambda d, v: impact.one_form_each(v, waved(d).set_index("person_id")["wave"]),
    "key_levels": lambda d, v: impact.key_levels(rated(d, v).assign(expert=80.0), middle=50.0),
    "keep": lambda d, v: impact.keep(make_panel(waved(d), v), "balanced"),
    "draw_waves": lambda d, v: impact.draw_waves(d.assign(unit_id=d["unit"]), [5, 5], seed=1, name="c"),
}


def floats(values: Any) -> np.ndarray:
    return pd.Series(values).astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def check(found: Any) -> None:
    """Nothing that is called estimated is missing or endless; whatever is not estimated says why."""
    if isinstance(found, pd.DataFrame):
        check_frame(found)
    elif isinstance(found, Verdict):
        assert (found.status == "estimated") == (not found.reason) == (found.effect is not None)
        check(found.effect)
    elif isinstance(found, Effect):
        assert np.isfinite([found.estimate, found.conf_low, found.conf_high, found.p_value]).all() and found.std_error > 0, found
    elif isinstance(found, list):
        list(map(check, found))
    elif is_dataclass(found):
        assert getattr(found, "reason", "") or all(math.isfinite(getattr(found, f.name)) for f in fields(found) if f.name in CHIEF), found


def check_frame(found: pd.DataFrame) -> None:
    for column in ("estimate", "conf_low", "conf_high", "p_value", "std_error"):
        assert not np.isinf(floats(found[column])).any() if column in found else True, column
    if "status" not in found:
        known = np.isfinite(floats(found["std_error" if "std_error" in found else "conf_low"])) if "reason" in found else np.ones(len(found), bool)
        assert known.all() or found.loc[~known, "reason"].fillna("").ne("").all(), found.to_string()
        return
    column = next((c for c in ("estimate", "impact_ratio", "level", "mean") if c in found), "share")
    value = floats(found[column].fillna(found["share"]) if column == "mean" and "share" in found else found[column])
    estimated = found["status"].eq("estimated").to_numpy(dtype=bool)
    assert np.isfinite(value[estimated]).all(), found[estimated].to_string()
    assert found.loc[~estimated, "reason"].fillna("").ne("").all(), found[~estimated].to_string()
    if {"null_value", "conf_low", "p_value"} <= set(found.columns):  # a sure interval beside a test that sees nothing
        null, low, high = (floats(found[c]) for c in ("null_value", "conf_low", "conf_high"))
        assert not (((low > null) | (high < null)) & (floats(found["p_value"]) > 0.5)).any(), found.to_string()


def called(use: Callable[..., Any], kind: str, frames: Sequence[pd.DataFrame]) -> None:
    """Check what a statistic gives, or the sentence in which it refuses; it changes nothing that it was given."""
    before = [frame.copy() for frame in frames]
    try:
        try:
            check(use(*frames))
        except EvalkitError as error:
            assert re.fullmatch(r"[A-Z\d'].{15,}\.", str(error)), error
        for now, then in zip(frames, before, strict=True):
            pd.testing.assert_frame_equal(now, then)
    except BaseException as fault:
        fault.add_note(f"on data of this kind: {kind}")
        raise


def test_every_statistic_of_frames_is_here() -> None:
    """Whatever is not here takes counts or sizes, describes a plan, or is in a test of its own; a new statistic must be put in one of the two."""
    apart = {"adverse_impact_counts", "detectable_ratio", "fair_below_four_fifths",
             "refuse_same_hand", "attributes_at", "bounds", "components", "prmse", "side_of_cut",
             "allowed_difference", "band_of", "TrainingPlan", "deviations", "read_plan", "clusters_for", "cut_design_effect", "power_curve",
             "power_of", "smallest_effect", "smoothness_interval", "Verdict", "ticket", "overall_weights", "Check", "Design", "Effect", "Happened",
             "Question", "make_panel", "Lot", "chances", "judge_list", "lot_check", "redrawn", "redrawn_p", "redraws", "wave_factors",
             "lot_information",
                 "LotSight", "lot_sight", "chance_of_low"}
    public = {name for room in (fairness, impact) for names in room.PUBLIC.values() for name in names.split()}
    assert {part for name in (*FAIRNESS, *IMPACT) for part in name.partition(",")[0].split(" + ")} == public - apart


@pytest.mark.parametrize("name", FAIRNESS)
def test_fairness_of_little(name: str) -> None:
    for kind, rows in THIN.items():
        called(FAIRNESS[name], kind, [rows])


@pytest.mark.parametrize("name", IMPACT)
def test_impact_of_little(name: str) -> None:
    for kind, frames in LITTLE.items():
        called(IMPACT[name], kind, frames)


@pytest.mark.parametrize("kind", ["two people", "rated by group"])
def test_groups_that_an_outcome_parts_have_a_gap_and_no_certainty(kind: str) -> None:
    for name, place in {"conditional_gaps": 0, "within_rater": 3, "conditional_gaps, score": 0}.items():
        row = FAIRNESS[name](THIN[kind]).iloc[place]
        assert row["reason"] in ("outcome_in_one_group_only", "no_variation", "group_of_one"), name
        assert row["measure"].endswith("_difference") and abs(row["estimate"]) >= 1, name
        assert row[["conf_low", "conf_high", "p_value"]].isna().all(), name


def test_what_is_refused_says_so() -> None:
    with pytest.raises(EvalkitError, match="nothing to withhold"):
        impact.withhold(judged("drawn")(*LITTLE["as it is"]))
    for kind, reason in {"rated by group": "no_residual", "everybody top": "no_variation"}.items():
        assert fairness.own_group_effect(pairs(THIN[kind]), attribute="sex", rater_attribute="rater_sex")["reason"].tolist() == [reason]
