"""The plan of a course: whom to send, when, how many, and what could be seen afterwards."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.training_base import missing
from evalkit.exhibits.reports.training_needs import Needs
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number, percent

_CLEARLY = 0.05  # the chance of seeing the wanted change must rise by so much to be called a help
LEVELS = {"drawn": 4, "score": 3, "calendar": 3, "place": 3, "volunteer": 0}


class TrainingPlan(Needs):
    """The page of a head who has never heard of power."""

    name = "training_plan"

    # ---- the row of the plan
    def variant(self, name: str = "as_planned") -> dict[str, Any]:
        """Give what one comparison could show; empty where there is none."""
        rows = where(self.rows("training_design"), variant=name)
        return {str(k): v for k, v in rows.iloc[0].to_dict().items()} if len(rows) else {}

    def sd_digits(self) -> int:
        """Give a third decimal where the same two would be seen eight in ten times in one sentence, and less often in the next."""
        rows = [r for r in self.rows("training_design").to_dict("records") if r["status"] == "estimated"]
        alike = any(abs(r["smallest_sd"] - r["smallest_of_use"]) < 0.01 and r["chance"] < 0.8 - 1e-9 for r in rows)
        return 3 if alike else super().sd_digits()

    def can(self, row: dict[str, Any]) -> bool:
        """Tell whether a comparison can be judged."""
        return bool(row) and row["status"] == "estimated" and not missing(row["smallest_sd"])

    def why(self, row: dict[str, Any]) -> str:
        """Say why a comparison cannot be judged."""
        code = row.get("reason") or "no_outcome"
        return self.training_or(f"reason.{code}", code)

    @property
    def outcome(self) -> str:
        """The primary outcome."""
        value = self.variant().get("outcome")
        return "" if missing(value) else str(value)

    @property
    def way(self) -> str:
        """How people come to the course: as the plan says, where there is none as the lists do."""
        said = self.variant().get("way")
        return str(self.course.get("assigned_by") or "drawn") if missing(said) else str(said)

    def title(self) -> Block:
        """Give subject, place, period, and the state of the plan."""
        row = self.variant()
        seats = self.own("seats", n=self.n(row["seats"])) if row and not missing(row.get("seats")) else ""
        return self.page.title(self.own("title", course=self.course_name), [self.facts.title, self.period, seats, self.plan_words()])

    def verdict(self) -> Block:
        """Say whether anything could be seen."""
        row = self.variant()
        if not self.can(row):
            return self.page.verdict(self.own("verdict.cannot", reason=self.why(row)), 0, self.own("why.cannot"), self.own("strength"))
        enough = float(row["chance"]) >= 0.8 - 1e-9
        key = "verdict.yes" if enough else "verdict.never" if self.times(float(row["chance"])) == (0, True) else "verdict.no"
        said = self.own(key, outcome=self._low(self.outcome_word(self.outcome)), seen=self.amount(row["smallest_unit"], self.outcome),
                        sd=self.sd(row["smallest_sd"]), wanted=self.sd(row["smallest_of_use"]), ten=self.of_ten(row["chance"]))
        level, why = LEVELS.get(self.way, 4), f"why.{self.way}"
        return self.page.verdict(said, min(level, 4 if enough else 2), self.own(why) if f"{self.name}.{why}" in catalogue() else "",
                                 self.own("strength"))

    @staticmethod
    def _low(text: str) -> str:
        return text[:1].lower() + text[1:]

    def tiles(self) -> Block:
        """Give the four numbers: seats, what is seen, the chance, hours due."""
        row, hours, none = self.variant(), self._hours("city"), self.words("none")
        people = self.own("tile.of", n=self.n(row["people"])) if row and not missing(row.get("people")) else ""
        due = int(hours.iloc[0]["below"]) if len(hours) else 0
        total = int(hours.iloc[0]["with_rule"]) if len(hours) else 0
        return self.page.tiles([
            (self.own("tile.seats"), self.n(row["seats"]) if row and not missing(row.get("seats")) else none, people),
            (self.own("tile.seen"), self.amount(row["smallest_unit"], self.outcome, unit=False) if self.can(row) else none,
             self.own("tile.sd", unit=self.unit_word(self.outcome), sd=self.sd(row["smallest_sd"])) if self.can(row) else self.own("tile.not")),
            (self.own("tile.chance"), *self._times(row, none)),
            (self.own("tile.hours"), self.n(due) if total else none,
             self.own("tile.hours_of", n=self.n(total), year=str(self.facts.end.year)) if total else self.own("tile.hours_none"))])

    def _times(self, row: dict[str, Any], none: str) -> tuple[str, str]:
        wanted = {"sd": self.sd(row.get("smallest_of_use"))}
        if not self.can(row):
            return none, self.own("tile.wanted_words", **wanted)
        times, rounded = self.times(row["chance"])
        if rounded:  # in words, as the table below has it
            return str(self.of_ten(row["chance"])).capitalize(), self.own("tile.wanted_words", **wanted)
        said = say("chart.of", self.language, n=number(times, 0, self.language), total=number(10, 0, self.language))
        return said, self.own("tile.wanted", **wanted)

    def curve(self) -> Block:
        """Show what would be seen, by the size of the change."""
        row = self.variant()
        head = self.own("curve.cannot")
        if not self.can(row):
            return self.page.cannot(head, self.why(row), self.training_or(f"needed.{row.get('reason') or 'no_outcome'}", ""))
        rows = self.rows("training_curve")
        own, more = (where(rows, variant=v).sort_values("step").reset_index(drop=True) for v in ("as_planned", "double"))
        factor = self.factor(self.outcome)
        frame = pd.DataFrame({"effect": factor * own["effect_unit"].astype(float), "chance": own["chance"].astype(float)})
        frame["more"] = more["chance"].astype(float) if len(more) == len(own) else math.nan
        axis = self.own("curve.axis", outcome=self.outcome_word(self.outcome), unit=self.unit_word(self.outcome))
        digits = max(self.digits(self.outcome), 1)
        chart = charts.power(frame, axis=axis, digits=digits, smallest=factor * float(row["smallest_unit"]),
                             wanted=factor * float(row["smallest_of_use"]) * float(row["sd"]), language=self.language)
        seen = self.amount(row["smallest_unit"], self.outcome)
        return self.page.figure(chart, id="g-daya", role="inferential", head=self.own("curve.head", seen=seen),
                                desc=self.own("curve.desc", people=self.n(row["people"]), units=self.n(row["units"])), note=self._rests(row))

    def _rests(self, row: dict[str, Any]) -> str:
        assumed = str(row.get("assumed") or "")
        rests = ["curve.sizes"] if isinstance(row.get("sizes"), str) else []
        rests += ["curve.waves" if not missing(row.get("waves")) else "curve.once" if self._first_alone(row) or not self._several() else "curve.all"]
        first = "curve.drawn" if self.way == "drawn" else "curve.sent"
        source = "assumed" if assumed else "measured" if missing(row.get("stated")) or not row["stated"] else "stated"
        note = self.own("curve.note", icc=number(row["icc"], 2, self.language), pre=number(row["pre"], 2, self.language),
                        lost=percent(row["attrition"], self.language, 0), source=self.own(f"curve.{source}"))
        return " ".join([self.own(first), note, *map(self.own, rests)]) + self._withheld(row)

    def _several(self) -> bool:
        return len(self.rows("training_waves")) > 1

    def _first_alone(self, row: Mapping[Any, Any]) -> bool:
        """Tell whether a row counts the first wave only, of several."""
        return self._several() and missing(row.get("waves")) and (missing(row.get("told")) or row.get("variant") == "first_wave")

    def _withheld(self, row: dict[str, Any]) -> str:
        """Say how often leavers alone would withhold the effect, where that is more than one in twenty."""
        lost = 1 - float(row["shown"])
        return "" if lost <= _CLEARLY else " " + self.own("curve.withheld", share=percent(lost, self.language, 0))

    def actions(self) -> Block:
        """Say what to do before the first day."""
        row, state = self.variant(), str(self.course.get("plan_state") or "none")
        items: list[tuple[object, object]] = []
        enough = self.variant("enough")
        if self.can(row) and float(row["chance"]) < 0.8 - 1e-9 and self.can(enough):
            fewer = enough["seats"] < row["seats"]
            items.append((self.own("actions.fewer" if fewer else "actions.more", n=self.n(enough["seats"])), self.own("actions.more_who")))
        needed = "" if self.can(row) or row.get("reason") == "volunteers" else self.training_or(f"needed.{row.get('reason') or 'no_outcome'}", "")
        if needed:  # what would let it be judged comes first; for volunteers that is the lot, below
            items.append((needed[:1].upper() + needed[1:], self.own("actions.more_who")))
        lot = "" if missing(self.course.get("lot")) else str(self.course["lot"])
        if lot and not self.course.get("enrolled") and self.way == "drawn":
            items.append((self.own("actions.invite"), self.own("actions.invite_who", file=f"undian-{lot}.csv")))
        elif self.way != "score" and (not self.course.get("enrolled") or self.way == "volunteer"):
            items.append((self.own("actions.draw"), self.page.code(f"evalkit plan {self.course_key} --draw")))
        if state in ("none", "draft"):
            items.append((self.own("actions.freeze"), self.page.code(f"evalkit plan {self.course_key} --freeze")))
        measure = self._low(self.outcome_word(self.outcome)) if self.outcome else self.own("actions.an_outcome")
        items.append((self.own("actions.measure", outcome=measure), self.own("actions.measure_who")))
        begun = self.course.get("first_start")
        if not missing(begun) and begun <= self.facts.as_of:
            link = self.page.link(self.own("actions.impact_link"), f"dampak-pelatihan-{self.course_key}{self.suffix}.html")
            items.append((self.page.joined(self.own("actions.impact"), " ", link, "."), self.own("actions.impact_who")))
        return self.page.actions(items[:3])

    # ---- when, how many
    def waves(self) -> Block:
        """Show the waves of the plan, and say how seats are given."""
        row = self.variant()
        answer = self.training_or("way.drawn_unit" if self.way == "drawn" and row and row.get("drawn") == "unit" else f"way.{self.way}", self.way)
        head = self.page.question("s-kapan", self.own("waves.question"), answer, short=self.own("waves.short"))
        frame = self.rows("training_waves").astype(object).sort_values("wave", kind="stable", ignore_index=True)
        if frame.empty:
            return stacked(head, self.page.cannot(self.own("waves.cannot"), self.own("waves.why"), self.own("waves.needed")))
        frame["label"] = [self.own("waves.wave", n=self.n(w)) for w in frame["wave"]]
        frame["start"] = [self.day(s) for s in frame["start"]]
        people = int(row["people"]) if row and not missing(row.get("people")) else 0
        left = [max(people - int(before), 0) for before in frame["seats"].astype(int).cumsum().shift(fill_value=0)]
        frame["chance"] = [min(int(s), n) / people if people else math.nan for s, n in zip(frame["seats"], left, strict=True)]
        columns = [Col("label", self.own("waves.label")), Col("start", self.own("waves.start")), Col("seats", self.own("waves.seats"), "count"),
                   Col("chance", self.own("waves.share"), "points", digits=1)]
        lot = self.own("waves.lot", seed=str(frame["seed"].iloc[0])) if self.way == "drawn" else ""
        waiting = self.own("waves.note") if self.can(row) else ""
        table = self.page.table(frame, columns, id="t-gelombang", role="descriptive", head=self.own("waves.head"),
                                desc=self.own("waves.desc", people=self.n(people)), note=f"{lot} {waiting}".strip())
        return stacked(head, table)

    # ---- what is measured
    def outcomes(self) -> Block:
        """Show what will be tested, in which direction, and what kind of evidence it is."""
        row = self.variant()
        named = [str(o) for o in str(self.course.get("outcomes") or row.get("outcome") or "").split(",") if o and o != "nan"]
        answer = self.own("outcomes.answer", outcome=self._low(self.outcome_word(named[0]))) if named else self.own("outcomes.answer_none")
        head = self.page.question("s-ukur", self.own("outcomes.question"), answer, short=self.own("outcomes.short"))
        if not named:
            return stacked(head, self.page.cannot(self.own("outcomes.cannot"), self.own("outcomes.why"), self.own("outcomes.needed")))
        official = "sangat_baik_given" if self.course.get("audience") == "evaluator" else "sangat_baik"
        shown = named if official in named else [*named, official]
        frame = pd.DataFrame({
            "label": [self.outcome_word(o) for o in shown],
            "role": [self.own("outcomes.primary" if i == 0 else "outcomes.second" if o in named else "outcomes.beside") for i, o in enumerate(shown)],
            "better": [self.training_or(f"better.{o}", "") for o in shown], "level": [self.training_or(f"level.{o}", "") for o in shown]})
        columns = [Col("label", self.own("outcomes.label")), Col("role", self.own("outcomes.role")), Col("better", self.own("outcomes.better")),
                   Col("level", self.own("outcomes.level"), optional=True)]
        table = self.page.table(frame, columns, id="t-hasil", role=None, head=self.own("outcomes.head"), note=self.own("outcomes.note"))
        return stacked(head, table)

    # ---- what would show more
    def more(self) -> Block:
        """Compare what other comparisons of the same course could show."""
        rows = self.rows("training_design").sort_values("order", kind="stable", ignore_index=True)
        good = [r for r in rows.to_dict("records") if r["status"] == "estimated"]
        head = self.page.question("s-lebih", self.own("more.question"), self._helps(), short=self.own("more.short"))
        if not good:
            row = self.variant()
            needed = self.training_or(f"needed.{row.get('reason')}", self.own("more.needed"))
            return stacked(head, self.page.cannot(self.own("more.cannot"), self.why(row), needed))
        frame = pd.DataFrame({
            "label": [self.own(f"variant.{r['variant']}") + (self.own("more.first") if self._first_alone(r) else "") for r in good],
            "seats": [int(r["seats"]) for r in good],
            "sd": [self.sd(r["smallest_sd"]) for r in good], "unit": [self.amount(r["smallest_unit"], self.outcome, unit=False) for r in good],
            "chance": [self.of_ten(r["chance"]) for r in good]})
        columns = [Col("label", self.own("more.label")), Col("seats", self.own("more.seats"), "count"),
                   Col("unit", self.own("more.unit", unit=self.unit_word(self.outcome))), Col("sd", self.own("more.sd"), optional=True),
                   Col("chance", self.own("more.chance"))]
        desc = self.own("more.desc", wanted=self.sd(good[0]["smallest_of_use"]))
        table = self.page.table(frame, columns, id="t-lebih", role="inferential", head=self.own("more.head"), desc=desc, note=self.own("more.note"))
        lacking = [r for r in rows.to_dict("records") if r["status"] != "estimated" and r["variant"] == "enough"]
        beyond = [self.page.text(self.own("more.never", wanted=self.sd(lacking[0]["smallest_of_use"])))] if lacking else []
        return stacked(head, table, *beyond)

    def _helps(self) -> str:
        """Say which of the other ways see the wanted change clearly more often, by the rows of the table itself."""
        rows = [r for r in self.rows("training_design").to_dict("records") if r["status"] == "estimated"]
        sees, seats = ({str(r["variant"]): float(r[column]) for r in rows} for column in ("chance", "seats"))
        if not sees:
            return self.own("more.answer_none")
        if "as_planned" not in sees:
            return self.own("more.answer_other")
        now = sees["as_planned"]
        if now > 1 - _CLEARLY:
            return self.own("more.answer_enough")
        one = sees.get("first_wave", now)  # of whole units the first wave alone is counted
        lot = max(sees.get("by_person", 0.0) - now, one - sees.get("by_unit", one)) >= _CLEARLY
        if self.way == "score" and lot:
            return self.own("more.answer_score")
        more = sees.get("double", now) - now >= _CLEARLY or (now < 0.8 and seats.get("enough", 0) > seats.get("as_planned", 0))
        said = ["more.seats_help"] if more else ["more.seats_do_not"] if "double" in sees else []
        said += ["more.people_help"] if lot else []
        return " ".join(self.own(s) for s in said + ([] if more or lot else ["more.else"]))

    def frozen(self) -> Block:
        """Say what is frozen, and where the course left it."""
        head = self.page.question("s-beku", self.own("frozen.question"), self.plan_words(), short=self.own("frozen.short"))
        return stacked(head, self.deviations())

    def closing(self) -> Block:
        """End the page: method, terms, trace."""
        return self.end(("role", "mde", (say("training.terms.sd.name", self.language), say("training.terms.sd.text", self.language)),
                         (say("training.terms.jp.name", self.language), say("training.terms.jp.text", self.language))), self.own("method"))

