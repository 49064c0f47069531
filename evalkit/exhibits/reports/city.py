"""The evaluation of the whole city: for the mayor and the personnel agency."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.evaluation import Evaluation, rule_of
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import date_text, percent
from evalkit.language.sentences import evaluation as say_evaluation
from evalkit.language.sentences.words import counted, rule_missed

LEAST_GROUP = 30
LEAST_TOLD = 10  # under it a group is not only too small to be read: its results are those of a few persons
LOW = ("butuh_perbaikan", "kurang", "sangat_kurang")


class CityEvaluation(Evaluation):
    """The evaluation of the city."""

    mark = "leaders"

    def title(self) -> Block:
        """Give subject, place, period, and how many people, units and evaluators."""
        coverage = self.coverage()
        units = len(where(self.table("coverage"), scope="unit", period=self.facts.period))
        return self.page.title(self.own("title", place=self.facts.title), [
            self.period, counted("person", coverage.expected, self.language), counted("unit", units, self.language),
            counted("evaluator", self.evaluators(), self.language)])

    def tiles(self) -> Block:
        """Give the four numbers: Baik, Sangat Baik, below Baik, units within their pattern."""
        s, c = self.spread(), self.conformity()
        good = percent(s.low("baik"), self.language) if s.expected else self.words("none")
        very = percent(s.low("sangat_baik"), self.language) if s.expected else self.words("none")
        bound = self.own("tile.at_most", top=percent(s.high("sangat_baik"), self.language)) if s.missing and s.expected else ""
        below = self.own("tile.below_share", share=percent(s.below / s.expected, self.language)) if s.expected else ""
        units = self.own("tile.of", met=self.n(c.met), units=self.n(c.units)) if c.units else self.words("none")
        return self.page.tiles([
            (self.own("tile.good"), good, counted("person", s.of("baik"), self.language)),
            (self.own("tile.very_good"), very, counted("person", s.of("sangat_baik"), self.language) + bound),
            (self.own("tile.below"), self.n(s.below), self.own("tile.people") + below),
            (self.own("tile.pattern"), units, self.own("tile.rule"))])

    def actions(self) -> Block:
        """Say what can be done with this page, and by whom."""
        coverage, spread = self.coverage(), self.spread()
        items: list[tuple[object, object]] = []
        if coverage.missing:
            due = date_text(self.facts.due_at, self.language)
            items.append((self.page.joined(self.own("actions.complete", n=counted("rating", coverage.missing, self.language)), " ",
                                           self.page.link(self.own("actions.monitor"), f"monitor{self.suffix}.html"), "."),
                          self.own("actions.complete_who", due=due)))
        items.append((self.own("actions.evidence"), self.own("actions.evidence_who")))
        if spread.rated:
            most = round(100 * spread.of(spread.top) / spread.rated)
            items.append((self.own("actions.rank", n=self.n(most)), self.own("actions.rank_who")))
        return self.page.actions(items)

    def pattern(self) -> Block:
        """Compare every unit with the pattern that its own unit predikat allows, calmly: guidance, not a quota."""
        conformity, rows = self.conformity(), self.pattern_rows()
        head = self.page.question("s-pola", self.own("pattern.question"), say_evaluation.pattern_answer(conformity, self.language),
                                  short=self.own("pattern.short"))
        if not conformity.units:
            return Block(head.html + self.page.cannot(self.own("pattern.question"), self.own("pattern.cannot"),
                                                      self.own("pattern.needed")).html)
        figure = self.page.figure(charts.unit_pattern(rows, language=self.language), id="g-pola", role="descriptive",
                                  head=say_evaluation.pattern_head(conformity, self.language), desc=self.own("pattern.desc"),
                                  note=self.own("pattern.figure_note"))
        return Block(head.html + figure.html + self.rules_table(rows).html)

    def groups(self) -> Block:
        """Count results by group of employees; counts only, the cause is not in them."""
        frame = self.group_rows()
        shown = frame[frame["rated"] >= LEAST_GROUP]
        answer = say_evaluation.groups_answer(self._widest(shown), self.language)
        head = self.page.question("s-kelompok", self.own("groups.question"), answer, short=self.own("groups.short"))
        if frame.empty:
            return Block(head.html + self.page.cannot(self.own("groups.question"), self.own("groups.cannot"),
                                                      self.own("groups.needed")).html)
        columns = [Col("name", self.own("groups.group")), Col("rated", self.words("rated"), "count"),
                   Col("above", self.words("very_good"), "count", missing=self.own("groups.too_few")),
                   Col("share", "%", "points", digits=1), Col("below", self.words("below_good"), "count", missing=self.own("groups.too_few"))]
        note = self.page.joined(self.own("groups.note"), " ", self.page.link(self.own("groups.link"), f"analisis-bias{self.suffix}.html"), ".")
        table = self.page.table(frame, columns, id="t-kelompok", role="descriptive", head=self.own("groups.head"),
                                desc=self.own("groups.desc", period=self.period), groups="attribute", note=note)
        return Block(head.html + table.html)

    def group_rows(self) -> pd.DataFrame:
        """Give one row a group: name, people rated, Sangat Baik, below Baik; small groups keep their row without results."""
        rows = where(self.table("distribution"), scope="group", period=self.facts.period)
        out = []
        for scope_id, part in rows.groupby(rows["scope_id"].astype(str), sort=False):
            attribute, _, value = str(scope_id).partition("=")
            n = dict(zip(part["predikat"].astype(str), part["n"].astype(int), strict=True))
            rated = sum(n.values())
            enough = rated >= LEAST_GROUP
            out.append({"attribute": self.word_or(f"attribute.{attribute}", attribute), "name": self.word_or(f"group.{value}", value),
                        "rated": rated, "above": n.get("sangat_baik", 0) if enough else None,
                        "share": n.get("sangat_baik", 0) / rated if enough else None,
                        "below": sum(n.get(c, 0) for c in LOW) if enough else None})
        frame = pd.DataFrame(out, columns=["attribute", "name", "rated", "above", "share", "below"]).astype({"above": object, "below": object})
        return _with_next(frame)

    def _widest(self, frame: pd.DataFrame) -> tuple[str, str, float] | None:
        widest: tuple[str, str, float] | None = None
        for _, part in frame.groupby("attribute", sort=False):
            known = part.dropna(subset=["share"])
            if len(known) > 1:
                shares = known["share"].astype(float).to_numpy()
                high, low = known.iloc[int(shares.argmax())], known.iloc[int(shares.argmin())]
                gap = float(high["share"]) - float(low["share"])
                if gap > 0 and (widest is None or gap > widest[2]):
                    widest = (str(high["name"]), str(low["name"]), gap)
        return widest

    def evidence(self) -> Block:
        """Say of each question how far it can be answered, and why."""
        rows = self.here("evidence").sort_values("order")
        frame = pd.DataFrame({"question": [self.own(f"evidence.question.{q}") for q in rows["question"]],
                              "role": [say(f"page.role.{r}", self.language) for r in rows["role"]],
                              "strength": rows["strength"].astype(int).to_numpy(),
                              "reason": [self.own(f"evidence.reason.{r}") for r in rows["reason"]]})
        head = self.page.question("s-bukti", self.own("evidence.head"), self.own("evidence.answer"), short=self.own("evidence.short"))
        columns = [Col("question", self.own("evidence.col_question")), Col("role", self.own("evidence.col_role")),
                   Col("strength", self.own("evidence.col_strength"), "strength"), Col("reason", self.own("evidence.col_reason"))]
        table = self.page.table(frame, columns, id="t-bukti", role=None, head=self.own("evidence.table_head"),
                                desc=self.own("evidence.table_desc"))
        return Block(head.html + table.html)

    def all_units(self) -> Block:
        """List all units in alphabetical groups, with bounds and the first rule that is not met: to look up, not to rank."""
        frame, spread, conformity = self.unit_rows(), self.spread(), self.conformity()
        head = self.page.question("s-semua", self.own("units.question"), self.own("units.answer"), short=self.own("units.short"))
        if frame.empty:
            return Block(head.html + self.page.text(self.own("units.none")).html)
        top = max(0.1, min(1.0, float(frame["high"].max()) if len(frame) else 1.0))
        scale = next(t for t in (0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if top <= t)
        columns = [Col("name", self.words("unit"), beside="predikat"), Col("expected", self.words("people"), "count"),
                   Col("missing", self.words("missing_short"), "count", optional=True),
                   Col("above", self.words("very_good"), "count", optional=True), Col("low", "%", "bounds", digits=1, high="high"),
                   Col("low", f"0–{self.n(100 * scale)}%", "micro", high="high", top=scale),
                   Col("pattern", self.own("units.pattern"), "status", sign="sign", optional=True)]
        total: dict[Hashable, Any] = {"name": self.facts.title, "expected": spread.expected, "missing": spread.missing,
                 "above": spread.of("sangat_baik"),
                 "low": spread.low("sangat_baik"), "high": spread.high("sangat_baik"), "sign": "none",
                 "pattern": self.own("units.total", met=self.n(conformity.met), units=self.n(conformity.units)) if conformity.units else ""}
        table = self.page.table(frame, columns, id="t-semua", role="descriptive", head=self.own("units.head"), desc=self.own("units.desc"),
                                groups="group", total=total, dense=True)
        return Block(head.html + table.html)

    def unit_rows(self) -> pd.DataFrame:
        """Give one row a unit: people, missing, Sangat Baik with bounds, its predikat, the first rule not met."""
        rows = where(self.table("distribution"), scope="unit", period=self.facts.period, predikat="sangat_baik")
        frame = pd.DataFrame({"opd_id": rows["scope_id"].astype(str), "expected": rows["expected"].astype(int),
                              "missing": rows["missing"].astype(int), "above": rows["n"].astype(int),
                              "low": rows["share_low"].astype(float), "high": rows["share_high"].astype(float)})
        frame = self.offices()[["opd_id", "name", "group"]].merge(frame, on="opd_id", how="inner")
        marks = self._marks()
        frame["predikat"] = [marks.get(u, ("", "", ""))[0] for u in frame["opd_id"]]
        frame["sign"] = [marks.get(u, ("", "none", ""))[1] for u in frame["opd_id"]]
        frame["pattern"] = [marks.get(u, ("", "", self.own("units.no_predikat")))[2] for u in frame["opd_id"]]
        return frame

    def _marks(self) -> dict[str, tuple[str, str, str]]:
        found: dict[str, tuple[str, str, str]] = {}
        for unit, part in self.pattern_rows().groupby("scope_id", sort=False):
            code = str(part.iloc[0]["unit_predikat"])
            shown = "" if code == "baik" else self.predikat_word(code)
            missed = part[part["met"].eq(False).fillna(False).to_numpy(dtype=bool)]
            if part["met"].isna().all():
                found[str(unit)] = (shown, "none", self.own("units.nobody"))
            elif missed.empty:
                found[str(unit)] = (shown, "yes", self.own("units.inside"))
            else:
                found[str(unit)] = (shown, "usual", rule_missed(rule_of(missed.iloc[0]), self.language))
        return found

    def closing(self) -> Block:
        """End the page: source, terms, trace."""
        return self.end(("role", "bound", "usual", "pattern"), self.own("source"))


def _with_next(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out the results of the next smallest group where those of a few persons would be the total less the shown ones."""
    out = frame.copy()
    for _, some in frame[frame["rated"].gt(0)].groupby("attribute", sort=False):
        hidden = some["above"].isna()
        if hidden.sum() == 1 and some.loc[hidden, "rated"].lt(LEAST_TOLD).all() and not hidden.all():
            out.loc[some.loc[~hidden, "rated"].idxmin(), ["above", "share", "below"]] = None
    return out
