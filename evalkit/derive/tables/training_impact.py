"""After a course: each outcome of its plan judged once, with the checks before it, and everything its page prints."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from evalkit.derive.context import Context
from evalkit.derive.tables.training_courses import compare_lot, index_of, place_of, plans_of
from evalkit.derive.tables.training_lots import by_lot, lot_of, lot_people
from evalkit.derive.tables.training_plans import default_plan
from evalkit.errors import EstimationError
from evalkit.impact.assess import assess
from evalkit.impact.by_list import judge_list, lot_check
from evalkit.impact.lot import Lot
from evalkit.impact.outcomes import OUTCOMES
from evalkit.impact.parallel_forms import State, one_form_each
from evalkit.impact.plan import TrainingPlan
from evalkit.impact.question import Question
from evalkit.impact.trend_sensitivity import trend_sensitivity
from evalkit.impact.verdict import Described, Effect, Verdict, adjust_verdicts, led
from evalkit.impact.waiting import until_last_wave
from evalkit.inference.threads import one_thread

_ENDS = {"share": (0.0, 1.0)}
_OFFICIAL = {"evaluator": "sangat_baik_given", "staff": "sangat_baik"}
_BETTER = {"more": "higher", "less": "lower"}
_FEWEST = 5  # people behind a mean of a group that may be shown


@dataclass(frozen=True)
class Judged:
    """One outcome of one course with its verdict; `people` and `panel` are what it rests on."""

    course: str
    order: int
    kind: str
    verdict: Verdict
    people: pd.DataFrame
    panel: pd.DataFrame
    forms: State = "none"


def _judged(context: Context, courses: pd.DataFrame, people: pd.DataFrame, outcomes: pd.DataFrame) -> Iterator[Judged]:
    """Judge every course that has begun, by the outcomes of its frozen plan, and by official ratings beside them."""
    plans = plans_of(context)
    lots = {(course, digest): text for course, digest, text in context.setting("draws")}
    begun = courses[(courses["here"].astype(bool) & (courses["enrolled"] > 0)).to_numpy(dtype=bool)]
    for row in begun.to_dict("records"):
        if pd.isna(row["first_start"]) or row["first_start"] > context.period.end:
            continue
        planned = plans.get(str(row["course"]))
        plan = planned.plan if planned and planned.plan.frozen else default_plan(context, row, people, outcomes)
        official = _OFFICIAL[plan.audience]
        named = {o: _BETTER[d] for o, d in plan.outcomes.items() if o in OUTCOMES and OUTCOMES[o].kind != "official"}
        listed = people[people["course"].eq(row["course"]).to_numpy(dtype=bool)]
        lot = _lot(plan, lots, row)
        found = [_one(context, row, listed, outcomes, o, better, plan.seed, plan.cost if n == 0 else None, "primary" if n == 0 else "secondary",
                      lot)
                 for n, (o, better) in enumerate(named.items())]
        verdicts = adjust_verdicts([v for v, *_ in found]) if found else ()
        beside = _one(context, row, listed, outcomes, official, "neither", plan.seed, None, "official", lot)
        if plan.list_digest and str(row["assigned_by"]) == "drawn":
            invited = listed[listed["invited"].astype(bool).to_numpy()]
            seated, strangers, missed, kept = compare_lot(lots.get((plan.course, plan.list_digest), ""), plan.list_digest, invited)
            check = lot_check(seated, max(len(strangers), len(missed)), kept=kept)
            verdicts, beside = tuple(judge_list(v, check) for v in verdicts), (judge_list(beside[0], check), *beside[1:])
        lead = verdicts[0] if verdicts else None
        if lead is not None:
            verdicts = tuple(led(v, lead) for v in verdicts)
            beside = (led(beside[0], lead), *beside[1:])
        for order, ((_, who, values, forms), verdict) in enumerate(zip(found, verdicts, strict=True), 1):
            yield Judged(str(row["course"]), order, OUTCOMES[verdict.outcome].kind, verdict, who, values, forms)
        yield Judged(str(row["course"]), len(found) + 1, "official", beside[0], beside[1], beside[2])


def _one(context: Context, row: Mapping[Hashable, Any], listed: pd.DataFrame, outcomes: pd.DataFrame, outcome: str, better: str, seed: int,
         cost: float | None, role: str, lot: tuple[Lot, pd.DataFrame] | None = None) -> tuple[Verdict, pd.DataFrame, pd.DataFrame, State]:
    known = OUTCOMES[outcome]
    own = outcomes[(outcomes["outcome"].eq(outcome) & outcomes["audience"].eq(row["audience"])).to_numpy(dtype=bool)]
    people = _population(context, row, listed, own, None if lot is None else lot[1])
    if known.kind == "test":  # taken on a day, not over a period: of the period of the course the first form answered is one before it
        people["begun"] = people["wave"]
    places = {p: n for n, p in enumerate(context.periods)}
    values = pd.DataFrame({"person_id": own["person_id"].astype(object), "value": own["value"].astype(float),
                           "period": own["period"].astype(object).map(places)})
    equal = one_form_each(values.assign(form=own["form"].astype(object), turn=own["turn"]), people.set_index("person_id")["wave"])
    if equal.state != "none":
        values = equal.rows[["person_id", "value", "period"]].dropna(subset=["period"]).astype({"period": int})
    elif own["rater_id"].notna().any():  # a rating: the same hand before and after is one of the checks
        values["rater_id"] = own["rater_id"].astype(object).where(own["rater_id"].notna(), None)
    # by calendar it is changes that are compared: they have no ends of a scale
    ends = _ENDS.get(known.unit, (None, None)) if str(row["assigned_by"]) in ("drawn", "score") else (None, None)
    question = Question(str(row["course"]), outcome, known.unit, better, role, known.level, lowest=ends[0], highest=ends[1],  # type: ignore[arg-type]  # words of this table
                        cost=cost, seed=seed, lot=None if lot is None else lot[0])
    try:
        with one_thread():  # many small matrices: threads would only wait for each other
            found = assess(question, people, values)
            people, values, _ = until_last_wave(people, values)
    except EstimationError:
        found = Verdict(question.course_id, outcome, known.unit, "unknown", "not_estimable", "lists_disagree", "none", "lists_disagree", (),
                        "record_how_people_were_sent", role=role, level=known.level)
    return found, people, values[values["person_id"].isin(people["person_id"]).to_numpy(dtype=bool)], equal.state


def _lot(plan: TrainingPlan, lots: Mapping[tuple[str, str], str], row: Mapping[Hashable, Any]) -> tuple[Lot, pd.DataFrame] | None:
    """Give the lot of whole units by which a course was drawn, with its people; none where there is none, or its chances cannot be known."""
    found = lot_people(plan, lots.get((plan.course, plan.list_digest), "")) if str(row["assigned_by"]) == "drawn" else None
    return None if found is None else (lot_of(plan, found), found)


def _population(context: Context, row: Mapping[Hashable, Any], listed: pd.DataFrame, own: pd.DataFrame,
                drawn: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give the people of a course: of a lottery or a cut all on its list, else everybody in whom the outcome is measured."""
    last = len(context.window) - 1
    rows = listed[["person_id", "unit_id", "assigned_by", "score", "cut", "invited", "completed", "first_treated", "start"]].astype(object)
    rows["begun"] = [place_of(s, context.window) if i and not pd.isna(s) else None for s, i in zip(rows["start"], rows["invited"], strict=True)]
    rows["wave"] = [index_of(t, context.window) if isinstance(t, str) and t else None for t in rows["first_treated"]]
    later = np.array([w is not None and not pd.isna(w) and w > last for w in rows["wave"]], dtype=bool)
    rows["invited"] = rows["invited"].astype(bool) & ~later  # whoever is trained after the reported period was not sent by then
    rows["wave"] = rows["wave"].where(~later, None)
    if str(row["assigned_by"]) not in ("drawn", "score"):
        places = own.sort_values("period", kind="stable").drop_duplicates("person_id", keep="last")[["person_id", "unit_id"]].astype(object)
        others = places[~places["person_id"].isin(rows["person_id"]).to_numpy(dtype=bool)]
        rows = pd.concat([rows, others.assign(invited=False, completed=False)], ignore_index=True)
    rows = rows.rename(columns={"unit_id": "cluster"})
    if drawn is not None:
        rows = by_lot(rows, drawn)
    if str(row["assigned_by"]) == "drawn":
        rows["stratum"] = rows["cluster"] if _within(rows) else ""
    for column in ("score", "cut", "wave", "begun"):
        rows[column] = pd.to_numeric(rows[column]).astype(float)
    kept = ["person_id", "cluster", "assigned_by", "score", "cut", "invited", "completed", "wave", "begun"]
    return rows[[*kept, *(["stratum"] if "stratum" in rows else [])]].reset_index(drop=True)


def _within(rows: pd.DataFrame) -> bool:
    """Tell whether people are compared within their units, as they were drawn: not whole ones.

    Needed where the lot gave some units more than their share of the seats; else it takes what units differ by out of the error, unless units are so
    small that a tenth of the comparison is lost with those that have no seat or no one else.
    """
    sent = rows["invited"].astype(float)
    sizes, seats = sent.groupby(rows["cluster"].fillna("")).size(), sent.groupby(rows["cluster"].fillna("")).sum()
    inside = float((seats * (sizes - seats) / sizes).sum())
    return inside > 0 and bool(((seats - sizes * sent.mean()).abs() > 2).any() or inside >= 0.9 * float(sent.sum() * (1 - sent.mean())))


def training_impact(context: Context, training_courses: pd.DataFrame, training_people: pd.DataFrame, training_outcomes: pd.DataFrame) -> pd.DataFrame:
    """Judge every outcome of every course that has begun, once; all that its page prints follows from this table.

    Returns
    -------
    pandas.DataFrame
        One row a fact: `part` is `verdict` (figures as JSON), `check`, `rule` (described, bound, leaver, second_opinion, alone), `event`,
        `left_out` (units without a chance in the lot),
        `trend` (how far trends may bend; by calendar or place, after the dip was tested), `mean`.

    Notes
    -----
    An effect that a check withholds is in no row. The period in which a course was held is on neither side unless three quarters of it lie after
    the course; of a test, which is taken on a day, its first form there is one before.
    """
    found: list[dict[str, Any]] = []
    for one in _judged(context, training_courses, training_people, training_outcomes):
        base = {"course": one.course, "outcome": one.verdict.outcome}
        rows = [*_verdict(one), *_checks(one.verdict), *_left_out(one.verdict), *_rules(one.verdict), *_events(one.verdict),
                *_trend(one), *_means(context, one)]
        found += [{**base, **row, "order": n} for n, row in enumerate(rows, 1)]
    return pd.DataFrame(found) if found else pd.DataFrame(columns=["course", "outcome", "order"])


def _plain(value: float) -> float | None:
    return None if value is None or math.isnan(value) or math.isinf(value) else float(value)


def _verdict(one: Judged) -> Iterator[dict[str, Any]]:
    v = one.verdict
    facts: dict[str, Any] = {"place": one.order, "kind": one.kind, "design": v.design, "grade": v.grade, "grade_reason": v.grade_reason,
                             "next_step": v.next_step, "level": v.level, "better": v.better, "role": v.role, "n_sent": v.n_sent,
                             "n_clusters": v.n_clusters, "claims": v.claims, "forms": one.forms}
    if v.cost_per_point is not None:
        facts["cost"] = [_plain(c) for c in v.cost_per_point]
    if v.effect is not None:
        facts |= _effect(v.effect)
    if v.compliers is not None:
        facts["complier"] = [_plain(x) for x in (v.compliers.estimate, v.compliers.conf_low, v.compliers.conf_high)]
    row: dict[str, Any] = {"part": "verdict", "name": v.role, "status": v.status, "reason": v.reason or None, "n": v.n,
                           "facts": json.dumps(facts, sort_keys=True)}
    if v.effect is not None:
        row |= {"value": _plain(v.effect.estimate), "low": _plain(v.effect.conf_low), "high": _plain(v.effect.conf_high)}
    yield row


def _effect(effect: Effect) -> dict[str, Any]:
    df = min(effect.df, 1e7) if effect.df > 0 else math.nan
    detectable = float(stdtrit(df, 0.975) + stdtrit(df, 0.8)) * effect.std_error if not math.isnan(df) else math.nan
    plain = 2 * float(stdtrit(df, 0.5 + effect.conf_level / 2)) * effect.std_error if not math.isnan(df) else math.nan
    if plain > 0 and effect.conf_high - effect.conf_low > plain:  # the range is the wider of two: what may be missed grows with it
        detectable *= (effect.conf_high - effect.conf_low) / plain
    inside = effect.in_sd
    numbers = {"std_error": effect.std_error, "df": effect.df, "p_value": effect.p_value, "p_adjusted": effect.p_adjusted,
               "wild_p": effect.wild_p, "wild_low": effect.wild_low, "wild_high": effect.wild_high,
               "randomisation_p": effect.randomisation_p, "sd": effect.sd, "sd_estimate": inside[0], "sd_low": inside[1], "sd_high": inside[2],
               "detectable": detectable, "detectable_sd": detectable / effect.sd if effect.sd > 0 else math.nan}
    return {**{k: _plain(x) for k, x in numbers.items()}, "method": effect.method, "n_treated": effect.n_treated}


def _checks(v: Verdict) -> Iterator[dict[str, Any]]:
    for check in v.checks:
        facts = json.dumps({k: _plain(x) for k, x in check.figures.items()}, sort_keys=True)
        yield {"part": "check", "name": check.name, "status": check.outcome, "reason": check.reason or None, "facts": facts}


def _rules(v: Verdict) -> Iterator[dict[str, Any]]:
    alone = (v.selection_alone,) if v.selection_alone else ()
    groups: dict[str, tuple[Described, ...]] = {"described": v.described, "bound": v.bounds if v.effect else (), "leaver": v.leavers,
                                               "second_opinion": v.second_opinion, "alone": alone}
    for kind, items in groups.items():
        for d in items:
            yield {"part": kind, "name": d.name, "status": "estimated", "value": _plain(d.value), "low": _plain(d.low), "high": _plain(d.high),
                   "n": d.n}


def _left_out(v: Verdict) -> Iterator[dict[str, Any]]:
    for unit in v.left_out:
        yield {"part": "left_out", "name": unit, "status": "estimated"}


def _events(v: Verdict) -> Iterator[dict[str, Any]]:
    if v.events is None:
        return
    for row in v.events.to_dict("records"):
        if not row["reason"]:
            yield {"part": "event", "name": str(int(row["event"])), "status": "estimated", "value": _plain(row["estimate"]),
                   "low": _plain(row["band_low"]), "high": _plain(row["band_high"]), "n": int(row["n_sent"])}


def _trend(one: Judged) -> Iterator[dict[str, Any]]:
    """Intervals of the effect if trends bend; only where an effect by calendar or place stands: its checks, the dip among them, were met."""
    if one.verdict.effect is None or one.verdict.design not in ("calendar", "place"):
        return
    with one_thread():
        found = trend_sensitivity(one.verdict, one.people, one.panel)
    for row in found.to_dict("records"):
        yield {"part": "trend", "name": f"{row['bend']:g}", "status": "not_estimable" if row["reason"] else "estimated",
               "reason": row["reason"] or None, "value": _plain(row["points"]), "low": _plain(row["conf_low"]), "high": _plain(row["conf_high"])}


def _means(context: Context, one: Judged) -> Iterator[dict[str, Any]]:
    """Means of those sent first and of those never sent, by period; what came after is left out where the effect is withheld."""
    people = one.people.assign(invited=one.people["invited"].astype(bool))
    first = people.loc[people["invited"].to_numpy(), "wave"].min()
    sides = {"sent": people["invited"] & people["wave"].eq(first), "others": ~people["invited"]}
    held = people.loc[sides["sent"].to_numpy(dtype=bool), "begun"].min()
    first = first if pd.isna(held) else min(first, held)  # the period of the course itself is not one before it
    for side, mask in sides.items():
        rows = one.panel[one.panel["person_id"].isin(people.loc[mask.to_numpy(dtype=bool), "person_id"]).to_numpy(dtype=bool)]
        for period, own in rows.groupby("period")["value"]:
            shown = side == "others" or one.verdict.effect is not None or pd.isna(first) or int(str(period)) < first
            if len(own) >= _FEWEST and shown and 0 <= int(str(period)) < len(context.window):
                facts = json.dumps({"after": bool(not pd.isna(first) and int(str(period)) >= first)})
                yield {"part": "mean", "name": f"{side} {context.window[int(str(period))].text}", "status": "estimated", "value": float(own.mean()),
                       "n": len(own), "facts": facts}

