"""The evaluation of one unit: for its head and the personnel agency. It sees its own rows and the results of the city."""

from __future__ import annotations

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Amount, amount, interval, out_of
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.evaluation import Evaluation, rule_of
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import date_text, percent, range_text
from evalkit.language.sentences import evaluation as say_evaluation
from evalkit.language.sentences.results import Spread, Use
from evalkit.language.sentences.words import SMALL, counted, rule_text

LEAST_TEAM = 5


def use_of(rows: pd.DataFrame, least: int = LEAST_TEAM) -> Use:
    """Count how evaluators use the predikat, from rows of `category_use`.

    Examples
    --------
    >>> use_of(pd.DataFrame({"n": [8, 9, 2], "categories_used": [1, 2, 1]}))
    Use(evaluators=2, one_word=1, small=1, entropy=None, entropy_most=2.321928094887362, least=5, by_words={1: 1, 2: 1})
    """
    rated = rows[(rows["n"] > 0).to_numpy(dtype=bool)]
    large = rated[(rated["n"] >= least).to_numpy(dtype=bool)]
    words = large["categories_used"].astype(int).value_counts().sort_index()
    return Use(len(large), int(words.get(1, 0)), len(rated) - len(large), least=least, by_words={int(str(k)): int(v) for k, v in words.items()})


def use_from(rows: pd.DataFrame, least: int = LEAST_TEAM) -> Use:
    """Sum up the use of predikat from rows of `use_counts`, in which no evaluator is told apart.

    Examples
    --------
    >>> use_from(pd.DataFrame({"categories_used": [1, 2, 1], "is_large": [True, True, False], "n_raters": [4, 2, 3]}))
    Use(evaluators=6, one_word=4, small=3, entropy=None, entropy_most=2.321928094887362, least=5, by_words={1: 4, 2: 2})
    """
    large = rows[rows["is_large"].to_numpy(dtype=bool)].sort_values("categories_used")
    words = {int(k): int(n) for k, n in zip(large["categories_used"], large["n_raters"], strict=True)}
    total = sum(words.values())
    return Use(total, words.get(1, 0), int(rows["n_raters"].sum()) - total, least=least, by_words=words)


class OfficeEvaluation(Evaluation):
    """The evaluation of one unit."""

    mark = "unit"

    def title(self) -> Block:
        """Give unit, period, people, evaluators and the unit predikat."""
        rows = where(self.pattern_rows(), scope_id=self.unit)
        predikat = self.predikat_word(str(rows.iloc[0]["unit_predikat"])) if len(rows) else ""
        return self.page.title(self.own("title_unit", unit=self.place), [
            self.period, counted("person", self.coverage().expected, self.language), counted("evaluator", self.evaluators(), self.language),
            self.own("unit_predikat", predikat=predikat) if predikat else ""])

    def tiles(self) -> Block:
        """Give the four numbers: Sangat Baik, below Baik, evaluators with one word, unrated."""
        s, use, c = self.spread(), self.use(), self.coverage()
        large = s.expected >= SMALL
        very = percent(s.low("sangat_baik"), self.language) if large else self.own("tile.of", met=self.n(s.of("sangat_baik")),
                                                                                   units=self.n(s.expected))
        bound = self.own("tile.at_most", top=percent(s.high("sangat_baik"), self.language)) if s.missing and large else ""
        one = self.own("tile.of", met=self.n(use.one_word), units=self.n(use.evaluators)) if use.evaluators else self.words("none")
        return self.page.tiles([
            (self.own("tile.very_good"), very, counted("person", s.of("sangat_baik"), self.language) + bound),
            (self.own("tile.below"), self.n(s.below), self.own("tile.people")),
            (self.own("tile.one_word"), one, self.own("tile.large_teams")),
            (self.own("tile.missing"), self.n(c.missing), self.own("tile.of_people", n=self.n(c.expected)))])

    def use(self) -> Use:
        """Count how the evaluators of this unit use the predikat."""
        return use_of(where(self.table("category_use"), period=self.facts.period))

    def actions(self) -> Block:
        """Say what the head of the unit can do; nothing about the predikat of a person."""
        c, spread = self.coverage(), self.spread()
        due = date_text(self.facts.due_at, self.language)
        items: list[tuple[object, object]] = []
        if c.missing:
            annex = self.page.link(self.own("actions.annex"), f"lampiran{self.suffix}.html")
            items.append((self.page.joined(self.own("actions.complete_unit", n=counted("rating", c.missing, self.language, word=True)), " ",
                                           annex, "."), self.own("actions.complete_unit_who", due=due)))
        if len(items) < 2 and len(self.fault_rows()):
            items.append((self.own("actions.faults"), self.own("actions.faults_who")))
        if spread.rated:
            items.append((self.own("actions.note"), self.own("actions.note_who")))
        if len(items) < 3 and self.use().evaluators > 1:
            items.append((self.own("actions.discuss"), self.own("actions.discuss_who")))
        return self.page.actions(items or [(self.own("actions.wait"), self.own("actions.wait_who"))])

    def position(self) -> Block:
        """Put the unit's counts beside the city's, without a rank."""
        unit, city = self.spread(), self.spread("city")
        head = self.page.question("s-posisi", self.own("position.question"), say_evaluation.position_answer(unit, city, self.language),
                                  short=self.own("position.short"))
        rows = [(self.own("position.very_good"), self._bounds(unit, "sangat_baik"), self._bounds(city, "sangat_baik")),
                (self.own("position.good"), self._bounds(unit, "baik"), self._bounds(city, "baik")),
                (self.own("position.below"), self._below(unit), self._below(city)),
                (self.own("position.rated"), self._rated(unit), self._rated(city))]
        frame = pd.DataFrame(rows, columns=["measure", "unit", "city"])
        table = self.page.table(frame, [Col("measure", self.own("position.measure")), Col("unit", self.words("unit")),
                                        Col("city", self.words("city"))], id="t-posisi", role="descriptive",
                                head=self.own("position.head", unit=self.place), desc=self.own("position.desc", period=self.period),
                                note=self.own("position.note"))
        return Block(head.html + table.html)

    def _bounds(self, spread: Spread, code: str) -> Amount:
        if spread.expected < SMALL:
            least, most = spread.of(code), spread.of(code) + spread.missing
            text = range_text(least, most, 0, self.language, cell=True) + " " + self.own("position.of", n=self.n(spread.expected))
            if not spread.missing:
                return out_of(least, spread.expected, self.language, text=text)
            return Amount(text, low=least, high=most, of=spread.expected, form="count")
        text = range_text(100 * spread.low(code), 100 * spread.high(code), 1, self.language, unit="%", cell=True)
        if not spread.missing:
            return amount(spread.low(code), 1, self.language, form="share", text=text)
        return interval(spread.low(code), spread.high(code), 1, self.language, form="share", text=text)

    def _people_of(self, count: int, total: int) -> Amount:
        return out_of(count, total, self.language, text=self.own("position.people_of", k=self.n(count), n=self.n(total)))

    def _below(self, spread: Spread) -> Amount:
        return self._people_of(spread.below, spread.rated)

    def _rated(self, spread: Spread) -> Amount:
        return self._people_of(spread.rated, spread.expected)

    def pattern(self) -> Block:
        """Show the unit among units of the same unit predikat, and each of its rules."""
        rows = where(self.pattern_rows(), scope_id=self.unit)
        known = rows[rows["met"].notna().to_numpy(dtype=bool)] if len(rows) else rows
        met = int(known["met"].astype(bool).sum()) if len(known) else 0
        head = self.page.question("s-pola", self.own("pattern.question"),
                                  say_evaluation.unit_pattern_answer(met, len(known), self.language), short=self.own("pattern.short"))
        if known.empty:
            return Block(head.html + self.page.cannot(self.own("pattern.question"), self.own("pattern.cannot_unit"),
                                                      self.own("pattern.needed")).html)
        marks = where(self.table("pattern_marks"), period=self.facts.period, unit_predikat=str(rows.iloc[0]["unit_predikat"]))
        figure = self.page.figure(charts.unit_pattern(known, focus=self.unit, marks=marks, language=self.language), id="g-pola",
                                  role="descriptive", head=self.own("pattern.head_unit", met=self.n(met), rules=self.n(len(known))),
                                  desc=self.own("pattern.desc_unit"), note=self.own("pattern.figure_note"))
        return Block(head.html + figure.html + self._own_rules(known).html)

    def _own_rules(self, rows: pd.DataFrame) -> Block:
        frame = pd.DataFrame({"rule": [rule_text(rule_of(r), self.language) for _, r in rows.iterrows()],
                              "count": [self._people_of(r["count"], r["n_rated"]) for _, r in rows.iterrows()],
                              "met": [self.own("pattern.yes" if bool(m) else "pattern.no") for m in rows["met"]],
                              "sign": ["yes" if bool(m) else "usual" for m in rows["met"]]})
        small = self.own("pattern.note_small") if not rows["attainable"].fillna(True).astype(bool).all() else ""
        columns = [Col("rule", self.own("pattern.rule")), Col("count", self.own("pattern.people")),
                   Col("met", self.own("pattern.state"), "status", sign="sign")]
        return self.page.table(frame, columns, id="t-aturan", role="descriptive", head=self.own("pattern.rules_head", unit=self.place),
                               desc=self.own("pattern.table_desc_unit", period=self.period), note=f"{self.own('pattern.note')} {small}".strip())

    def evaluator_use(self) -> Block:
        """Show the predikat that each evaluator gave, by team size and without code; what it cannot tell stands below."""
        rows = where(self.table("category_use"), period=self.facts.period)
        use = use_of(rows)
        head = self.page.question("s-pemakaian", self.own("use.question"), say_evaluation.use_answer(use, self.language),
                                  short=self.own("use.short"))
        cannot = self.page.cannot(self.own("use.cannot_question"), self.own("use.cannot"), self.own("use.needed"))
        if rows.empty or not int(rows["n"].sum()):
            return Block(head.html + cannot.html)
        figure = self.page.figure(charts.people_by_evaluator(rows, language=self.language), id="g-pemakaian", role="descriptive",
                                  head=self.own("use.head", evaluators=counted("evaluator", int((rows["n"] > 0).sum()), self.language)),
                                  desc=self.own("use.desc"), note=self.own("use.note"))
        return Block(head.html + figure.html + cannot.html)

    def data(self) -> Block:
        """Say which rows of the unit's data wait for a correction."""
        frame = self.fault_rows()
        rows = int(frame["rows"].sum()) if len(frame) else 0
        answer = self.own("data.answer", rows=counted("row", rows, self.language)) if rows else self.own("data.none")
        head = self.page.question("s-data", self.own("data.question"), answer, short=self.own("data.short"))
        return Block(head.html + self.faults().html) if rows else head

    def closing(self) -> Block:
        """End the page: who reads it, terms, trace."""
        return self.end(("role", "bound", "usual", "pattern"), self.own("readers_unit"))
