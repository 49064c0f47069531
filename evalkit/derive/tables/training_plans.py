"""Before a course: what a comparison of the planned size could show, and its waves."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, get_args

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.plans import codes_of
from evalkit.derive.tables.planned_waves import waves_of_people, waves_of_units
from evalkit.derive.tables.training_courses import plans_of
from evalkit.derive.tables.training_measures import Measured, measured
from evalkit.impact.attrition import chance_of_low
from evalkit.impact.outcomes import outcomes_for
from evalkit.impact.plan import Assigned, TrainingPlan
from evalkit.impact.power import Design, power_of, smallest_effect
from evalkit.impact.power_of_cut import cut_design_effect
from evalkit.impact.power_of_waves import lot_information

ICC, PRE = 0.10, 0.0  # where neither the plan nor the data give one: cautious, and said to be assumed
FEWEST_WHOLE_UNITS = 5  # of four units drawn whole nothing is ever claimed (see `Effect.claimed`), so no power can be promised
_FEWEST_OF_A_WAVE = 2
TOP_PRE = 0.95  # a measure that hardly moves foretells itself; no plan may rest on more
_SIZES = np.linspace(0, 1, 61)


def training_design(context: Context, roster: pd.DataFrame, training_courses: pd.DataFrame, training_people: pd.DataFrame,
                    training_outcomes: pd.DataFrame) -> pd.DataFrame:
    """Say for each course what the planned comparison could show, and what would show more.

    Returns
    -------
    pandas.DataFrame
        A row a course and variant: `as_planned`, `first_wave` (what is seen after it alone, where people are drawn in several), `double` (twice the
        seats of the first wave), `enough` (seats that show the smallest effect of use), `everybody` (nobody leaves), `by_unit` (whole offices
        drawn), `by_person`, `by_cut` (a cut on a score). `smallest_sd` and `smallest_unit` are the smallest effect that is found with the wanted
        chance, `chance` that of finding the smallest effect of use. All waves of people, and of offices by calendar or place, are counted; of
        offices drawn, and behind a cut, the first alone.
    """
    plans = plans_of(context)
    found = []
    for row in training_courses[training_courses["here"].astype(bool).to_numpy()].to_dict("records"):
        planned = plans.get(str(row["course"]))
        plan = planned.plan if planned else default_plan(context, row, training_people, training_outcomes)
        variants = design_rows(plan, roster, training_people, training_outcomes, context.period.text, codes_of(context.setting("draws"), plan))
        found += [{"course": row["course"], "order": n, **variant} for n, variant in enumerate(variants, 1)]
    return pd.DataFrame(found) if found else pd.DataFrame(columns=["course", "variant"])


def design_rows(plan: TrainingPlan, roster: pd.DataFrame, people: pd.DataFrame, outcomes: pd.DataFrame, period: str,
                among: Collection[str] = ()) -> list[dict[str, Any]]:
    """Give the rows of `training_design` for one plan, the plan itself first; `among` are the codes among whom its lot was drawn, if it was."""
    return list(_Base.of(plan, roster, people, outcomes, period, among).variants())


def training_curve(context: Context, training_design: pd.DataFrame) -> pd.DataFrame:
    """Give the chance of finding an effect over a range of sizes, for the plan and for twice its seats."""
    found = []
    kept = training_design["variant"].isin(["as_planned", "double"]) & training_design["status"].eq("estimated")
    rows = training_design[kept.to_numpy(dtype=bool)]
    for course, own in rows.groupby("course"):
        # one grid of sizes for both lines, so that a page can lay them over each other
        effects = _SIZES * min(max(2.2 * float(own["smallest_sd"].max()), 0.2), 3.0)
        for row in own.to_dict("records"):
            design = Design(clusters=float(row["units"]), span=float(row["people"]) / float(row["units"]), icc=float(row["icc"]),
                            pre=float(row["pre"]), share=float(row["share"]), attrition=float(row["attrition"]),
                            drawn="unit" if row["drawn"] == "unit" else "person", by_unit=float(row["inflation"]) > 1,
                            **shape_of(row))
            chances = float(row["shown"]) * power_of(design, effects / math.sqrt(float(row["inflation"])))
            found += [{"course": course, "variant": row["variant"], "step": i, "effect_sd": float(e), "effect_unit": float(e) * float(row["sd"]),
                       "chance": float(p)} for i, (e, p) in enumerate(zip(effects, chances, strict=True))]
    return pd.DataFrame(found) if found else pd.DataFrame(columns=["course", "variant", "step"])


def shape_of(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Read what a row of `training_design` compares, for its `Design`: whole units by their sizes or waves; of people what their waves tell."""
    if row.get("told") and not pd.isna(row["told"]):
        return {"told": float(row["told"])}
    if isinstance(row.get("sizes"), str):
        return {"sizes": tuple(json.loads(row["sizes"])), "seats": int(row["seats"])}
    if not isinstance(row.get("waves"), str):
        return {}
    found = json.loads(row["waves"])
    return {"waves": tuple((s, b) for s, b in found["waves"]), "periods": found["periods"], "unit_pre": found["unit_pre"],
            "spread": found["spread"]}


def training_waves(context: Context, training_courses: pd.DataFrame, training_people: pd.DataFrame, training_outcomes: pd.DataFrame) -> pd.DataFrame:
    """Give the waves of each course's plan: seats, first day, and the published seed of its lottery."""
    plans = plans_of(context)
    found = []
    for row in training_courses[training_courses["here"].astype(bool).to_numpy()].to_dict("records"):
        planned = plans.get(str(row["course"]))
        plan = planned.plan if planned else default_plan(context, row, training_people, training_outcomes)
        starts = [date.fromisoformat(s) for s in plan.starts]
        if not starts and len(training_people):
            own = training_people[(training_people["course"].eq(row["course"]) & training_people["invited"].astype(bool)).to_numpy(dtype=bool)]
            starts = sorted(own["start"].dropna().unique())
        found += [{"course": row["course"], "wave": n, "seats": seats, "start": starts[n - 1] if n <= len(starts) else None, "seed": plan.seed}
                  for n, seats in enumerate(plan.seats, 1)]
    return pd.DataFrame(found) if found else pd.DataFrame(columns=["course", "wave"])


def default_plan(context: Context, row: Mapping[Hashable, Any], people: pd.DataFrame, outcomes: pd.DataFrame) -> TrainingPlan:
    """Give the plan of a course that has none: the seats of its own classes, drawn, with the first outcome that is measured."""
    audience = "evaluator" if row["audience"] == "evaluator" else "staff"
    own = people[(people["course"].eq(row["course"]) & people["invited"].astype(bool)).to_numpy(dtype=bool)] if len(people) else people
    sizes = own.groupby("start").size().tolist() if len(own) else []
    known = outcomes[outcomes["audience"].eq(audience).to_numpy(dtype=bool)].astype({"period": object}).groupby("outcome")["period"].min()
    since = {str(o): str(p) for o, p in known.items()}
    begun = min(own["first_treated"].dropna(), default="~") if len(own) else "~"
    # first what was measured before the training; official ratings have no better direction
    kinds = {o.name: o.better for o in sorted(outcomes_for(audience, set(since)), key=lambda o: since[o.name] >= begun) if o.better}
    way = str(row["assigned_by"]) if str(row["assigned_by"]) in get_args(Assigned) else "drawn"
    return TrainingPlan(str(row["course"]), str(row["name"]), audience, tuple(int(s) for s in sizes) or (30, 30), assigned_by=way,  # type: ignore[arg-type]  # one of the five, checked above
                        outcomes=kinds, seed=int(context.setting("seed")))


@dataclass(frozen=True)
class _Base:
    plan: TrainingPlan
    people: int
    units: int
    known: Measured
    period: str
    sizes: tuple[int, ...] = ()
    first_alone: bool = False

    @classmethod
    def of(cls, plan: TrainingPlan, roster: pd.DataFrame, people: pd.DataFrame, outcomes: pd.DataFrame,
           period: str, among: Collection[str]) -> _Base:
        """Count who could come, and measure the primary outcome of a plan."""
        listed = people[people["course"].eq(plan.course).to_numpy(dtype=bool)] if len(people) else people
        frame = candidates(roster, period, plan.audience)
        if among:
            frame = frame[frame["person_id"].isin(set(among)).to_numpy(dtype=bool)]
        if len(listed) > plan.seats[0] and plan.assigned_by in ("drawn", "score"):
            frame = listed[["person_id", "unit_id"]]  # the list of whom the lot or the cut fell on
        sizes = frame.groupby(frame["unit_id"].fillna("").astype(str)).size()  # in the order in which the analysis has them
        return cls(plan, len(frame), int(frame["unit_id"].dropna().nunique()), measured(outcomes, plan.audience, plan.primary), period,
                   tuple(map(int, sizes)))

    def variants(self) -> Iterator[dict[str, Any]]:
        plan, seats = self.plan, self.plan.seats[0]
        way = plan.assigned_by
        kind = "unit" if plan.drawn == "unit" or way in ("calendar", "place") else "person"
        status, reason = ("not_estimable", "volunteers") if way == "volunteer" else ("estimated", None)
        own = self._row("as_planned", seats, kind, cut=way == "score", status=status, reason=reason)
        yield own
        in_waves = kind == "person" and way == "drawn" and len(plan.seats) > 1
        if in_waves:
            yield self._first()._row("first_wave", seats, kind)
        if own["reason"] != "nobody_waits":  # seats are not what is lacking then
            if 4 * seats <= self.people:
                yield self._row("double", 2 * seats, "person" if way == "volunteer" else kind, cut=way == "score")
            if not (in_waves and own.get("chance", 0.0) >= plan.power):  # else any first wave would do, with those that follow
                enough = self._enough(way == "score", "person" if way == "volunteer" else kind)
                yield self._row("enough", enough or 0, kind, cut=way == "score", status="estimated" if enough else "not_estimable",
                                reason=None if enough else "not_enough_people")
            yield self._row("everybody", seats, kind, cut=way == "score", attrition=0.0)
        if kind == "person" and way != "volunteer":
            yield self._row("by_unit", seats, "unit")
        if kind == "unit" or way in ("volunteer", "score"):
            yield (self._first() if way == "drawn" else self)._row("by_person", seats, "person")
        if way != "score":
            yield self._row("by_cut", seats, "person", cut=True)

    def _first(self) -> _Base:
        """The same plan, of which only the first wave is counted."""
        return replace(self, first_alone=True)

    def _enough(self, cut: bool, kind: str) -> int | None:
        # later waves take from those who wait: the most may be seen with fewer seats than half (of a lot of whole units one wave is counted)
        one = cut or (kind == "unit" and self.plan.assigned_by not in ("calendar", "place")) or len(self.plan.seats) == 1
        low, high = 0, next((h for tenths in range(10, 9 if one else 3, -1) if self._sees(h := self.people * tenths // 20, cut, kind)), 0)
        if not high:
            return None
        near = 50 if kind == "unit" else 10_000  # of a lot of whole units, which is made 2,000 times each time, to within a fiftieth
        while high - low > max(1, high // near):
            middle = (low + high) // 2
            low, high = (low, middle) if self._sees(middle, cut, kind) else (middle, high)
        return high

    def _sees(self, seats: int, cut: bool, kind: str) -> bool:
        design, inflation = self._design(seats, kind, cut=cut)
        return design is not None and self._shown(design) * float(power_of(design, self.plan.smallest / math.sqrt(inflation))) >= self.plan.power

    def _shown(self, design: Design) -> float:
        """The chance that leavers do not withhold the effect where they leave both sides alike: by the waves that are counted."""
        sent = others = self.people * (sum(s for s, _ in design.waves) if design.waves else design.share)
        if design.told and not self.first_alone:  # whoever waits for a later wave stands on both sides, one after the other
            sent = min(sent + sum(self.plan.seats[1:]), self.people)
        return chance_of_low(design.attrition, sent, self.people - others) if 0 < others < self.people else 1.0

    def _design(self, seats: int, kind: str, *, cut: bool, attrition: float | None = None) -> tuple[Design | None, float]:
        """Give the comparison, and how many times the people a cut needs; none where it cannot be made."""
        if self._lacking(seats):
            return None, 1.0
        plan, share = self.plan, seats / self.people
        if kind == "unit" and self.units < FEWEST_WHOLE_UNITS:
            return None, 1.0
        if not cut and plan.assigned_by not in ("calendar", "place") and self._told(seats) == 0:
            return None, 1.0
        shape = self._shape(seats, kind, cut=cut)
        design = Design(clusters=self.units, span=max(self.people / self.units, 1.0), icc=min(self.icc, 0.99), pre=self.pre, share=share,
                        attrition=plan.attrition if attrition is None else attrition, drawn="unit" if kind == "unit" else "person", level=plan.level,
                        by_unit=cut, **shape)
        return design, cut_design_effect(share) if cut else 1.0

    def _shape(self, seats: int, kind: str, *, cut: bool) -> dict[str, Any]:
        """Give the sizes of whole units that are drawn, or their waves by calendar or place; what waves of people tell; of a cut nothing."""
        if cut:
            return {}
        if kind != "unit":
            return {"told": self._told(seats)}
        if self.plan.assigned_by not in ("calendar", "place"):
            return {"sizes": self.sizes, "seats": seats}
        waves, periods = waves_of_units(self.plan, seats, self.people, self.period)
        if min(s for s, _ in waves) * self.units < _FEWEST_OF_A_WAVE:  # fewer seats than two offices have people: they are spread over offices
            return {}
        stays = self.known.unit_pre
        return {"waves": waves, "periods": periods, "unit_pre": None if math.isnan(stays) else stays,
                "spread": float(np.std(self.sizes) / np.mean(self.sizes))}

    def _told(self, seats: int) -> float:
        """What the waves of a lot tell together; 0 where nobody waits while one of them is measured."""
        waves = waves_of_people(self.plan, seats, self.people, self.period)
        return lot_information(waves, pre=self.pre, windows=1 if self.first_alone else None)

    @property
    def icc(self) -> float:
        """From the plan, else from the data, else assumed."""
        return self.plan.icc if self.plan.icc is not None else self.known.icc if not math.isnan(self.known.icc) else ICC

    @property
    def pre(self) -> float:
        """From the plan, else from the data, else assumed."""
        found = self.plan.pre if self.plan.pre is not None else self.known.pre if not math.isnan(self.known.pre) else PRE
        return max(-TOP_PRE, min(TOP_PRE, found))

    def _row(self, variant: str, seats: int, kind: str, *, cut: bool = False, attrition: float | None = None, status: str = "estimated",
             reason: str | None = None) -> dict[str, Any]:
        plan, known = self.plan, self.known
        base: dict[str, Any] = {
            "variant": variant, "seats": seats, "people": self.people, "units": self.units, "drawn": kind, "icc": self.icc, "pre": self.pre,
            "attrition": plan.attrition if attrition is None else attrition, "sd": known.sd, "n_measured": known.n, "outcome": plan.primary or None,
            "smallest_of_use": plan.smallest, "way": plan.assigned_by, "status": status, "reason": reason,
            "assumed": ",".join(n for n, given, own in (("icc", plan.icc, known.icc), ("pre", plan.pre, known.pre))
                                if given is None and math.isnan(own)),
            "stated": ",".join(n for n, given in (("icc", plan.icc), ("pre", plan.pre)) if given is not None)}
        design, inflation = self._design(seats, kind, cut=cut, attrition=attrition)
        if status != "estimated" or design is None:
            why = "too_few_units" if cut or (kind == "unit" and self.units < FEWEST_WHOLE_UNITS) else "nobody_waits"
            return {**base, "status": "not_estimable", "reason": reason or self._lacking(seats) or why}
        shown = self._shown(design)
        if shown <= plan.power:
            return {**base, "status": "not_estimable", "reason": "leavers_may_withhold"}
        found = smallest_effect(design, plan.power / shown) * math.sqrt(inflation)
        if math.isnan(found):
            return {**base, "status": "not_estimable", "reason": "units_too_unlike" if design.sizes else "too_few_units"}
        chance = shown * float(power_of(design, plan.smallest / math.sqrt(inflation)))
        by = self._shape(seats, kind, cut=cut)
        shape = {"waves": json.dumps(by) if "waves" in by else None, "sizes": json.dumps(by["sizes"]) if "sizes" in by else None}
        return {**base, **shape, "told": design.told or None, "share": design.share, "inflation": inflation, "shown": shown,
                "smallest_sd": found, "smallest_unit": found * known.sd, "chance": chance}

    def _lacking(self, seats: int) -> str | None:
        if not self.plan.primary:
            return "no_outcome"
        if not self.known.n:
            return "not_measured"
        if not self.known.sd > 1e-12:
            return "constant"
        if self.units < 3 or self.people < 10:
            return "too_few_units"
        return "no_comparison" if seats >= self.people or seats <= 0 else None


def candidates(roster: pd.DataFrame, period: str, audience: str) -> pd.DataFrame:
    """Give who could come to a course of this audience in a period: `person_id`, `unit_id`; each person once."""
    own = roster[roster["period"].eq(period).to_numpy(dtype=bool)]
    if audience == "evaluator":
        led = own[own["superior_id"].notna().to_numpy()][["superior_id", "opd_id"]].astype(object)
        return led.rename(columns={"superior_id": "person_id", "opd_id": "unit_id"}).drop_duplicates("person_id", ignore_index=True)
    return own[["person_id", "opd_id"]].astype(object).rename(columns={"opd_id": "unit_id"}).reset_index(drop=True)
