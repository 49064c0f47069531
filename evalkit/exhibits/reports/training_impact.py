"""The page of a course that has been: can this design answer, the checks, what may be said, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from evalkit.exhibits.amounts import Cell, amount
from evalkit.exhibits.reports.training_base import missing
from evalkit.exhibits.reports.training_effects import TrainingEffects
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import say
from evalkit.language.invocation import typed
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences.words import unit_name

GRADES = {"strong": 4, "with_reservations": 3, "description": 1, "none": 0}
_DRAWING = ("draw_the_seats", "repeat_and_follow_up", "larger_next_time")  # steps that a new plan with drawn seats takes
_BY_RULE = ("drawn", "score", "calendar", "place")
SIGNS = {"passed": "yes", "failed": "attention", "adjusted": "usual", "not_done": "none"}


class TrainingImpact(TrainingEffects):
    """What a course changed, or why that cannot be said."""

    # ---- page one
    def title(self) -> Block:
        """Give subject, place, dates, people and the state of the plan."""
        c = self.course
        counts = {k: self.n(c.get(k) or 0) for k in ("invited", "completed", "units")}
        people = self.own("people", **counts)
        begun = c.get("first_start")
        return self.page.title(self.own("title", course=self.course_name), [
            self.facts.title, self.period, self.own("since", day=self.day(begun)) if not missing(begun) else "", people, self.plan_words()])

    def verdict(self) -> Block:
        """Answer first, or say first that it cannot be answered."""
        v = self.main
        if not self.estimated(v):
            return self.page.verdict(self.own("verdict.withheld", reason=self.reason(v)), 0, self.own("why.withheld"))
        name = self.outcome_word(v["outcome"])
        sizes = {"outcome": name[:1].lower() + name[1:], "change": self.shift(v), "sd": self.sd(v.get("sd_estimate"), sign=True)}
        key = "verdict.changed" if v["claims"] else "verdict.unclear"
        mde = self.amount(v.get("detectable"), v["outcome"])
        said = self.own(key, **sizes, mde=mde, direction=self.direction(v))
        frozen = self.course.get("plan_state") == "frozen"
        level = GRADES.get(str(v["grade"]), 0) - (0 if frozen or v["grade"] != "strong" else 1)
        why = [self.training_or(f"grade.{v['grade_reason']}", v["grade_reason"])]
        why += ([self.own("why.trend")] if self.shaky(v) else []) + ([] if frozen else [self.own("why.not_frozen")])
        return self.page.verdict(said, level, " ".join(map(str, why)))

    def tiles(self) -> Block:
        """Give the four numbers: effect, in SD, invited, checks."""
        v, none = self.main, self.words("none")
        checks = self.part(self.outcome, "check")
        failed = int(checks["status"].eq("failed").sum()) if len(checks) else 0
        shown = self.estimated(v)
        effect = self.amount(v["value"], v["outcome"], sign=True, unit=False) if shown else none
        under = self.own("tile.range", unit=self.unit_word(v["outcome"]), low=self.amount(v["low"], v["outcome"], sign=True, unit=False),
                         high=self.amount(v["high"], v["outcome"], sign=True, unit=False)) if shown else self.own("tile.held")
        return self.page.tiles([
            (self.own("tile.effect"), effect, under),
            (self.own("tile.sd"), self.sd(v.get("sd_estimate"), sign=True) if shown else none,
             self.own("tile.mde", mde=self.sd(v.get("detectable_sd"))) if shown and not missing(v.get("detectable_sd")) else self.own("tile.held")),
            (self.own("tile.invited"), self.n(self.course.get("invited") or 0),
             self.own("tile.completed", n=self.n(self.course.get("completed") or 0))),
            (self.own("tile.checks"), self.n(failed), self.own("tile.of_checks", n=self.n(len(checks))))])

    def checks(self) -> Block:
        """Say whether this design can answer and why, and show the checks in their order."""
        v = self.main
        yes = self.estimated(v)
        rows = self.part(self.outcome, "check")
        units = str(self.course.get("assigned_by")) == "drawn" and len(rows) > 0 and rows["name"].eq("chances").any()
        way = self.training("way.drawn_whole") if units else self.way_word()
        listed = self.own("design.listed", way=way[:1].lower() + way[1:]) if str(self.course.get("assigned_by")) in _BY_RULE else ""
        answer = f"{self.own('design.yes')} {way}" if yes else f"{self.own('design.no', reason=self.reason(v))} {listed}".strip()
        head = self.page.question("s-rancangan", self.own("design.question"), answer, short=self.own("design.short"))
        if rows.empty:
            return stacked(head, self.page.cannot(self.own("design.cannot"), self.reason(v), self.step()))
        frame = pd.DataFrame({
            "label": [self.training_or(f"check.{n}", n) for n in rows["name"]],
            "found": [self._found(r) for r in rows.to_dict("records")],
            "state": [self.own(f"state.{s}") for s in rows["status"]], "sign": [SIGNS[str(s)] for s in rows["status"]]})
        failed = int(rows["status"].eq("failed").sum())
        columns = [Col("label", self.own("checks.label")), Col("found", self.own("checks.found")),
                   Col("state", self.own("checks.state"), "status", sign="sign")]
        headline = self.own("checks.head_failed" if failed else "checks.head", n=self.n(failed), total=self.n(len(rows)))
        table = self.page.table(frame, columns, id="t-periksa", role="inferential", head=headline, desc=self.own("checks.desc"))
        return stacked(head, table)

    def _found(self, row: Mapping[Hashable, Any]) -> Cell:
        facts = json.loads(str(row["facts"])) if not missing(row.get("facts")) else {}
        reason = row.get("reason")
        said: list[Cell] = [] if missing(reason) or reason == "" else [self.training_or(f"withheld.{reason}", reason)]
        if row["name"] == "dip" and facts.get("dip") is not None:
            said.append(self.amount(facts["dip"], self.outcome, sign=True))
        if row["name"] == "attrition" and facts.get("overall") is not None:
            said.append(self.own("checks.attrition", overall=percent(facts["overall"], self.language, 0),
                                 difference=percent(abs(facts.get("difference") or 0), self.language, 1)))
        if row["name"] == "clusters" and facts.get("clusters") is not None:
            said.append(amount(facts["clusters"], 0, self.language, form="count", text=self.own("checks.clusters", n=self.n(facts["clusters"]))))
        if row["name"] == "baseline" and facts.get("difference") is not None:
            said.append(self.own("checks.apart", sd=self.sd(facts["difference"], sign=True)))
        if row["name"] == "chances" and facts.get("lowest") is not None:
            said.append(self.own("checks.chances", low=percent(facts["lowest"], self.language, 0), high=percent(facts["highest"], self.language, 0)))
            said += [self.own("checks.left_out", units=", ".join(self._left_out()))] if facts.get("left_out") else []
        if facts.get("p_value") is not None:
            small = float(facts["p_value"]) < 0.01
            p = f"p < {number(0.01, 2, self.language)}" if small else f"p = {number(facts['p_value'], 2, self.language)}"
            said.append(amount(facts["p_value"], 2, self.language, text=p, unit="p"))
        if len(said) == 1:
            return said[0]
        return "; ".join(str(s) for s in said) if said else self.words("none")

    def _left_out(self) -> list[str]:
        """Name the units that had no chance in the lot, or were sure of it."""
        units = self.table("units_current").astype(object)
        names = {str(u): unit_name(str(n)) for u, n in zip(units["unit_id"], units["name"], strict=True)}
        return [names.get(str(u), str(u)) for u in self.part(self.outcome, "left_out")["name"]]

    def actions(self) -> Block:
        """Say what to do next."""
        v = self.main
        step = self.step()
        who: object = self.own("actions.freeze_who")
        if (self.main.get("next_step") or "") in _DRAWING:
            who = self.page.code(typed(f"plan {self.course_key} --draw --freeze"))
        items: list[tuple[object, object]] = [(step[:1].upper() + step[1:], who)]
        if self.course.get("plan_state") in ("none", "draft"):
            items.append((self.own("actions.freeze"), self.own("actions.freeze_who")))
        quote = "not_proof" if not self.estimated(v) else "whole_trend" if self.shaky(v) else "whole"
        items.append((self.own(f"actions.{quote}"), self.own("actions.all")))
        return self.page.actions(items)

    # ---- what may be said
    def sayings(self) -> Block:
        """Say what may be quoted, by Kirkpatrick's levels."""
        found = [v for v in self.verdicts() if v["role"] != "official"]
        reached = max((int(v["level"]) for v in found if self.estimated(v) and v["claims"] and self.toward(v) != "against"), default=0)
        answer = self.own("say.reached", n=self.n(reached)) if reached else self.own("say.none")
        head = self.page.question("s-ucap", self.own("say.question"), answer, short=self.own("say.short"))
        forms = self.course.get("reaction_n")
        liked = self.own("say.reaction") if missing(forms) else self.own("say.reaction_some", n=self.n(forms), mean=number(
            self.course.get("reaction_mean"), 2, self.language))
        rows = [{"level": self.own("say.level_1"), "may": liked, "not": self.own("say.reaction_not")}]
        for level in (2, 3, 4):
            own = [v for v in found if int(v["level"]) == level]
            may = "; ".join(self._may(v) for v in own) if own else self.own("say.unmeasured")
            rows.append({"level": self.own(f"say.level_{level}"), "may": may, "not": self.own(f"say.not_{level}")})
        columns = [Col("level", self.own("say.level")), Col("may", self.own("say.may")), Col("not", self.own("say.may_not"))]
        table = self.page.table(pd.DataFrame(rows), columns, id="t-ucap", role=None, head=self.own("say.head"), desc=self.own("say.desc"))
        return stacked(head, table)

    def _may(self, v: dict[str, Any]) -> str:
        name = self.outcome_word(v["outcome"])
        if not self.estimated(v):
            return self.own("say.withheld", outcome=name)
        return self.own("say.changed" if v["claims"] else "say.unclear", outcome=name, change=self.shift(v), direction=self.direction(v))

    def frozen(self) -> Block:
        """Say what was frozen, and where the course left it."""
        head = self.page.question("s-beku", self.own("frozen.question"), self.plan_words(), short=self.own("frozen.short"))
        return stacked(head, self.deviations())

    def closing(self) -> Block:
        """End the page: method, terms, trace."""
        terms = [(say(f"training.terms.{t}.name", self.language), say(f"training.terms.{t}.text", self.language)) for t in ("sd", "return")]
        return self.end(("role", "range", "mde", *terms), self.own("method"))
