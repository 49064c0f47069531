"""The monitor: who is not rated yet, before the deadline; counts by unit and evaluator, never a name."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.reports.base import Report, where
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import date_text, percent
from evalkit.language.sentences import monitor as say_monitor
from evalkit.language.sentences.words import counted, first, unit_name

FEW = 3


class Monitor(Report):
    """The monitor of the city, or of one unit."""

    name = "monitor"

    def title(self) -> Block:
        """Give subject, place, period and the day of the data."""
        heading = self.own("title_unit", unit=self.place) if self.unit else self.own("title")
        return self.page.title(heading, [self.facts.title, self.period, self.own("state", day=date_text(self.facts.as_of, self.language))])

    def verdict(self) -> Block:
        """Say how complete the ratings are and how long there is."""
        why = self.page.joined(self.own("why"), " ", self.due("deadline.rule"), ".")
        return self.page.verdict(say_monitor.verdict(self.coverage(), self.language, unit=bool(self.unit)), None, why, self.own("basis"))

    def tiles(self) -> Block:
        """Give the four numbers: rated, missing, days left, rows with faults."""
        c = self.coverage()
        share = percent(c.rated / c.expected, self.language) if c.expected else self.words("none")
        late = c.days_left < 0
        days = counted("day", abs(c.days_left), self.language)
        faults = self.fault_rows()
        rows = int(faults["rows"].sum()) if len(faults) else 0
        where_missing = self.own("in_units", units=counted("unit", c.units, self.language)) if not self.unit else self.own("in_unit")
        return self.page.tiles([
            (self.own("tile.rated"), share, self.own("of", rated=self.n(c.rated), expected=self.n(c.expected))),
            (self.own("tile.missing"), self.n(c.missing), where_missing),
            (self.own("tile.past" if late else "tile.left"), days, self.own("since" if late else "until",
                                                                            due=date_text(self.facts.due_at, self.language))),
            (self.own("tile.faults"), self.n(rows), self.own("rows"))])

    def progress(self) -> Block:
        """Draw how the ratings came in, day by day."""
        c = self.coverage()
        rows = where(self.table("progress"), scope=self.scope, scope_id=self.scope_id)
        head = say_monitor.progress_head(c, self.language)
        if rows.empty or c.expected == 0:
            return self.page.cannot(self.own("progress.question"), self.own("progress.cannot"), self.own("progress.needed"))
        return self.page.figure(charts.progress(rows, self.facts.due_at, language=self.language), id="g-kemajuan", role="descriptive",
                                head=head, desc=self.own("progress.desc", place=self.place, period=self.period))

    def actions(self) -> Block:
        """Say what can be done now, by whom."""
        c, reasons = self.coverage(), self.reasons()
        items: list[tuple[object, object]] = []
        if c.missing:
            key = "actions.complete_unit" if self.unit else "actions.send"
            items.append((self.own(key, n=self.n(c.missing)), self.own(f"{key}_who")))
        empty = reasons.get("no_evaluator", 0)
        if empty:
            items.append((self.own("actions.evaluator", n=counted("person", empty, self.language)), self.own("actions.evaluator_who")))
        if len(items) < 2 and len(self.fault_rows()):
            items.append((self.own("actions.faults"), self.own("actions.faults_who")))
        if not c.missing and c.expected:
            items.append((self.own("actions.evaluate"), self.own("actions.evaluate_who")))
        items.append((self.own("actions.again"), self.own("actions.again_who")))
        return self.page.actions(items)

    # ---- sections
    def units(self) -> Block:
        """Say which units are not complete; on a unit's page, which of its parts."""
        return self._parts() if self.unit else self._offices()

    def _offices(self) -> Block:
        frame = self.office_rows()
        open_rows = frame[(frame["missing"] > 0) | (frame["faults"] > 0)]
        late = frame[frame["missing"] > 0]
        answer = say_monitor.units_answer(len(late), len(frame), int((late["missing"] <= FEW).sum()), self.language)
        head = self.page.question("s-unit", self.own("units.question"), answer, short=self.own("units.short"))
        if open_rows.empty:
            return Block(head.html + self.page.text(self.own("units.all")).html)
        columns = [Col("name", self.words("unit")), Col("expected", self.words("expected"), "count"),
                   Col("rated", self.words("rated"), "count", optional=True), Col("missing", self.words("missing"), "count"),
                   Col("evaluators", self.own("units.waited"), "count"), Col("faults", self.own("units.faults"), "count", optional=True)]
        total: dict[Hashable, Any] = {c: int(open_rows[c].sum()) for c in ("expected", "rated", "missing", "evaluators", "faults")}
        total["name"] = self.words("total")
        table = self.page.table(open_rows, columns, id="t-unit", role="descriptive", head=self.own("units.head"),
                                desc=self.own("units.desc"), total=total,
                                note=self.own("units.note", n=counted("unit", len(frame) - len(open_rows), self.language)))
        return Block(head.html + table.html)

    def _parts(self) -> Block:
        rows = self.table("unrated")
        counts = rows["unit_id"].astype("object").fillna("").value_counts()
        units = self.table("units_current")
        names = {str(u): unit_name(str(n)) for u, n in zip(units["unit_id"], units["name"], strict=True)}
        answer = say_monitor.parts_answer(len(counts), int(counts.sum()), self.language)
        head = self.page.question("s-unit", self.own("parts.question"), answer, short=self.own("units.short"))
        if counts.empty:
            return head
        frame = pd.DataFrame({"name": [names.get(str(u), self.place) for u in counts.index], "missing": counts.to_numpy()})
        frame = frame.sort_values("name", key=lambda s: s.str.casefold(), ignore_index=True)
        table = self.page.table(frame, [Col("name", self.words("part")), Col("missing", self.words("missing"), "count")], id="t-unit",
                                role="descriptive", head=self.own("parts.head"), desc=self.own("parts.desc"))
        return Block(head.html + table.html)

    def office_rows(self) -> pd.DataFrame:
        """Give one row an office: expected, rated, missing, evaluators waited for, open faults; by name."""
        rows = where(self.table("coverage"), scope="unit", period=self.facts.period)
        frame = pd.DataFrame({"opd_id": rows["scope_id"].astype(str), "expected": rows["expected"].astype(int),
                              "rated": rows["rated"].astype(int), "missing": rows["missing"].astype(int),
                              "evaluators": rows["evaluators_waited"].fillna(0).astype(int),
                              "faults": rows["faults_open"].fillna(0).astype(int)})
        joined = frame.merge(self.offices()[["opd_id", "name", "slug", "group", "key"]], on="opd_id", how="left")
        joined["name"] = joined["name"].fillna(self.words("unknown_unit"))
        return joined.sort_values("key", kind="stable", ignore_index=True)

    def reasons(self) -> dict[str, int]:
        """Give the number of people by reason."""
        rows = self.here("unrated_counts")
        return {str(r): int(n) for r, n in zip(rows["reason"], rows["n"], strict=True)}

    def why(self) -> Block:
        """Say why people are not rated, and who can solve it."""
        reasons = self.reasons()
        head = self.page.question("s-sebab", self.own("reasons.question"), say_monitor.reasons_answer(reasons, self.language),
                                  short=self.own("reasons.short"))
        if not reasons:
            return head
        rows = self.here("unrated_counts").sort_values(["n", "reason"], ascending=[False, True])
        frame = pd.DataFrame({"reason": [self.word_or(f"reason.{r}.name", str(r)) for r in rows["reason"]], "n": rows["n"].astype(int).to_numpy(),
                              "step": [self.word_or(f"reason.{r}.step", "") for r in rows["reason"]],
                              "by": [self.word_or(f"solver.{s}", str(s)) for s in rows["solver"]]})
        columns = [Col("reason", self.own("reasons.reason")), Col("n", self.words("people"), "count"), Col("step", self.own("reasons.step")),
                   Col("by", self.own("reasons.by"))]
        table = self.page.table(frame, columns, id="t-sebab", role="descriptive", head=self.own("reasons.head"),
                                desc=self.own("reasons.desc"), total={"reason": self.words("total"), "n": int(frame["n"].sum())})
        return Block(head.html + table.html)

    def data(self) -> Block:
        """Say which rows of data are wrong, by rule, with the remedy."""
        frame = self.fault_rows()
        units = self.table("fault_counts")
        units = units[(units["open"] > 0).to_numpy(dtype=bool)]
        answer = say_monitor.faults_answer(int(frame["rows"].sum()) if len(frame) else 0, int(units["opd_id"].nunique()), self.language)
        head = self.page.question("s-data", self.own("faults.question"), answer, short=self.own("faults.short"))
        return Block(head.html + self.faults().html) if len(frame) else head

    def waiting(self) -> Block:
        """Say which evaluators are waited for, under their codes, in code order within a unit."""
        rows = self.table("waiting")
        known = rows[(rows["code"] != "").fillna(False).to_numpy(dtype=bool)]
        without = int(rows["missing"].sum()) - int(known["missing"].sum())
        answer = say_monitor.waiting_answer(len(known), self.evaluators(), without, self.language)
        head = self.page.question("s-penilai", self.own("waiting.question"), answer, short=self.own("waiting.short"))
        if rows.empty:
            return head
        names = dict(zip(self.offices()["opd_id"], self.offices()["name"], strict=True))
        frame = pd.DataFrame({"code": [c or self.own("waiting.empty") for c in rows["code"].fillna("")],
                              "unit": [names.get(str(u), self.words("unknown_unit")) for u in rows["opd_id"]],
                              "due": rows["due"].astype(int).to_numpy(), "rated": (rows["due"] - rows["missing"]).astype(int).to_numpy(),
                              "missing": rows["missing"].astype(int).to_numpy()})
        frame = frame.sort_values(["unit", "code"], key=lambda s: s.str.casefold(), ignore_index=True)
        columns = [Col("code", self.words("evaluator"), nowrap=True), Col("unit", self.words("unit")),
                   Col("due", self.words("expected"), "count", optional=True), Col("rated", self.words("rated"), "count", optional=True),
                   Col("missing", self.words("missing"), "count")]
        columns = [c for c in columns if not (self.unit and c.source == "unit")]
        table = self.page.table(frame, columns, id="t-penilai", role="descriptive", head=self.own("waiting.head"),
                                desc=self.own("waiting.desc"), dense=len(frame) > 40)
        return Block(head.html + table.html)

    def names(self) -> Block:
        """Say where the names are: in the annex of each unit, and nowhere else."""
        head = self.page.question("s-nama", self.own("names.question"), self.own("names.answer"), short=self.own("names.short"))
        target = f"lampiran{self.suffix}.html" if self.unit else "../units/"
        said = self.own("names.unit" if self.unit else "names.city")
        text = self.page.joined(self.page.link(self.own("names.link"), target) if self.unit else self.page.code(
            "draft/units/UNIT/lampiran.html"), " ", said)
        return Block(head.html + self.page.text(text).html)

    def expected(self) -> Block:
        """Say who is expected: from the list of employees to the denominator, with reasons."""
        rows = where(self.table("denominator"), period=self.facts.period).sort_values("order")
        coverage = self.coverage("city")
        answer = self.own("expected.answer", n=counted("person", coverage.expected, self.language))
        head = self.page.question("s-harus", self.own("expected.question"), first(answer), short=self.own("expected.short"))
        steps = rows[(rows["reason"] != "expected").to_numpy(dtype=bool)]
        if steps.empty:
            return Block(head.html + self.page.text(self.own("expected.none")).html)
        frame = pd.DataFrame({"step": [self.word_or(f"step.{r}", str(r)) for r in steps["reason"]],
                              "n": steps["n"].astype(int).to_list()})
        table = self.page.table(frame, [Col("step", self.own("expected.step")), Col("n", self.words("people"), "count")], id="t-harus",
                                role="descriptive", head=self.own("expected.head"), desc=self.own("expected.desc", place=self.facts.title),
                                total={"step": self.own("step.expected"), "n": coverage.expected},
                                note=self.own("expected.note") if self.unit else "")
        return Block(head.html + table.html)

    def closing(self) -> Block:
        """End the page."""
        return self.end(("population",))
