"""The bias analysis of one unit: what its rung allows, each beside the city, and what is withheld because the unit is small.

A page of a unit is read by people who know each other. So nothing stands on it that would be a statement on one evaluator or on a
handful of people: under ten people, or under three evaluators, the unit's column is withheld and the city's stays.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Cell, amount, out_of
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias import BiasAnalysis, entropy_of
from evalkit.exhibits.reports.office import use_from
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences.results import Use
from evalkit.language.sentences.words import bounds_text, counted

LEAST_PEOPLE = 10
LEAST_EVALUATORS = 3
FEW = 20  # people, under which a share is said as a count


class UnitBase(BiasAnalysis):
    """Title, verdict, tiles and rung 0 of a unit, beside the city."""

    mark = "unit"

    # ---- what may be told of this unit
    def unit_says(self, key: str, **values: object) -> str:
        """Say words of the pages of units."""
        return self.own(f"unit.{key}", **values)

    def evaluators(self) -> int:
        """Give the number of evaluators who rated somebody of this unit."""
        return int(self.here("use_counts")["n_raters"].sum())

    def small(self) -> str:
        """Say why this unit is too small to be read by itself: nobody_rated, few_people, few_evaluators, or nothing."""
        if self.spread().rated == 0:
            return "nobody_rated"
        if self.coverage().expected < LEAST_PEOPLE:
            return "few_people"
        return "few_evaluators" if self.evaluators() < LEAST_EVALUATORS else ""

    def why_small(self, *, first: bool = False) -> str:
        """Say it in words, with the numbers the first time; empty where the unit can be read by itself."""
        code = self.small()
        if code and code != "nobody_rated" and not first:
            return self.unit_says("small.again")
        return self.unit_says(f"small.{code}", people=counted("person", self.coverage().expected, self.language),
                              evaluators=counted("evaluator", self.evaluators(), self.language)) if code else ""

    @property
    def shut(self) -> str:
        """The word that stands for a figure that is withheld."""
        return say("status.withheld", self.language)

    def part(self, count: int, total: int) -> Cell:
        """Write a share of the unit or of the city: a count under twenty people."""
        if not total:
            return self.words("none")
        return out_of(count, total, self.language) if total < FEW else amount(count / total, 1, self.language, form="share")

    def beside(self, rows: list[tuple[str, Cell, Cell]], *, id: str, head: str, desc: str, note: str, descriptive: bool = True) -> Block:
        """Put figures of the unit beside those of the city; where the unit is too small its column is withheld."""
        frame = pd.DataFrame(rows, columns=["label", "unit", "city"])
        columns = [Col("label", self.unit_says("measure")), Col("unit", self.unit_says("unit")), Col("city", self.unit_says("city"))]
        return self.page.table(frame, columns, id=id, role="descriptive" if descriptive else "inferential", head=head, desc=desc, note=note)

    # ---- page one
    def title(self) -> Block:
        """Give unit, period, people, evaluators and the window."""
        return self.page.title(self.unit_says("title", unit=self.place), [
            self.period, counted("person", self.coverage().expected, self.language), counted("evaluator", self.evaluators(), self.language),
            self.own("window", n=counted("period", self.window(), self.language)) if self.window() else ""])

    def _sentence(self) -> str:
        """Give the most that may be said of this unit, and what may not."""
        use, rung = self.use(), self.rung()
        if self.small():
            return self.unit_says("verdict.small", why=self.why_small(first=True))
        if use.evaluators < LEAST_EVALUATORS:
            return self.unit_says("verdict.teams", rung=rung or 0)
        return self.unit_says("verdict.rung", rung=rung or 0, n=self.n(use.one_word), evaluators=counted("evaluator", use.evaluators, self.language))

    def tiles(self) -> Block:
        """Give the four numbers: rung, evaluators with one word, equal ratings, unrated."""
        rung, use, spread = self.rung(), self.use(), self.spread()
        equal, total = self._equal()
        shut = bool(self.small())
        of_city = self.unit_says("tile.city", share=self.part(*self.equal_of("city")))
        one = self.shut if shut or use.evaluators < LEAST_EVALUATORS else self.own("tile.of", n=self.n(use.one_word), total=self.n(use.evaluators))
        return self.page.tiles([
            (self.own("tile.rung"), self.words("none") if rung is None else self.own("tile.of", n=rung, total=4), self.unit_says("tile.rung")),
            (self.own("tile.one_word"), one, self.unit_says("tile.large_teams")),
            (self.own("tile.equal"), self.shut if shut else str(self.part(equal, total)), of_city),
            (self.own("tile.missing"), self.n(spread.missing), self.unit_says("tile.of_people", n=self.n(spread.expected)))])

    def actions(self) -> Block:
        """Say what would bring more evidence, and what this page must not be used for."""
        rows = self.ladder_rows()
        items: list[tuple[object, object]] = []
        if self.spread().missing:
            words = self.unit_says("actions.complete", n=counted("rating", self.spread().missing, self.language))
            items.append((self.page.joined(words, " ", self.page.link(self.own("actions.monitor"), f"monitor{self.suffix}.html"), "."),
                          self.own("actions.complete_who")))
        if len(rows) and (step := self.next_step(rows.iloc[0])):
            items.append((step, self.own("actions.step_who")))
        items.append((self.unit_says("actions.talk"), self.unit_says("actions.talk_who")))
        return self.page.actions(items)

    # ---- rung 0
    def city_use(self) -> Use:
        """Count how the evaluators of the city use the predikat."""
        return use_from(self.here("use_counts", "city"))

    def category_use(self) -> Block:
        """Put the use of predikat beside that of the city."""
        own, city = self.use(), self.city_use()
        why = self.why_small() or ("" if own.evaluators >= LEAST_EVALUATORS else self.unit_says("small.large_teams"))
        share = percent(city.one_word / city.evaluators, self.language, 0) if city.evaluators else self.words("none")
        said = self.unit_says("use.city", share=share)
        answer = f"{why} {said}" if why else self.unit_says("use.answer", n=self.n(own.one_word), city=said,
                                                            evaluators=counted("evaluator", own.evaluators, self.language))
        rows: list[tuple[str, Cell, Cell]] = [
            (self.unit_says("use.teams"), self.shut if why else self.whole(own.evaluators), self.whole(city.evaluators))]
        for key, chosen in (("one", (1,)), ("two", (2,)), ("more", (3, 4, 5))):
            k, n = (sum(u.by_words.get(i, 0) for i in chosen) for u in (own, city))
            of = out_of(k, own.evaluators, self.language)
            rows.append((self.unit_says(f"use.{key}"), self.shut if why else of, self.part(n, city.evaluators)))
        table = self.beside(rows, id="t-kata", head=self.unit_says("use.head"), desc=self.own("use.desc", period=self.period),
                            note=self._small_teams(own) if not why else "")
        head = self.page.question("s-pemakaian", self.own("use.question"), answer, 0, withheld=bool(why), short=self.own("use.short"))
        return stacked(head, table, *self._entropies())

    def _entropies(self) -> list[Block]:
        """Put the entropy of the unit and of the city on their scale."""
        own = None if self.small() else entropy_of(self.spread())
        values = [(self.unit_says("unit"), own), (self.unit_says("city"), entropy_of(self.spread("city")))]
        frame = pd.DataFrame([{"label": label, "entropy": v} for label, v in values if v is not None])
        if len(frame) < len(values):
            return []
        top = math.log2(len(self.spread().counts))
        unit, city = (number(v, 2, self.language) for v in frame["entropy"])
        head = self.unit_says("entropy.head", unit=unit, city=city, most=number(top, 2, self.language))
        return [self.page.figure(charts.entropy(frame, categories=len(self.spread().counts), language=self.language), id="g-entropi",
                                 role="descriptive", head=head, desc=self.own("entropy.desc"), note=self.unit_says("entropy.note"))]

    def unrated(self) -> Block:
        """Say between which bounds Sangat Baik lies in the unit and in the city."""
        own, city, why = self.spread(), self.spread("city"), self.why_small()
        bounds = bounds_text(city, "sangat_baik", self.language)
        if why:
            answer = self.unit_says("unrated.small", missing=self.n(own.missing), people=counted("person", own.expected, self.language), city=bounds)
        elif own.missing:
            answer = self.unit_says("unrated.answer", missing=counted("person", own.missing, self.language), city=bounds,
                                    bounds=bounds_text(own, "sangat_baik", self.language))
        else:
            answer = self.unit_says("unrated.complete", city=bounds)
        return self.section("belum", answer, 0, self.page.text(self.unit_says("unrated.note")), words="unrated", withheld=bool(why))

    def equal_of(self, scope: str = "") -> tuple[int, int]:
        """Count the people whose two ratings are the same, and all who have both."""
        rows = self.here("concordance", scope)
        return int(rows.loc[rows["is_equal"].to_numpy(dtype=bool), "n"].sum()), int(rows["n"].sum())

    def concordance(self) -> Block:
        """Cross the two official ratings of the unit; the city's share stands beside."""
        why, (equal, total) = self.why_small(), self._equal()
        city = self.part(*self.equal_of("city"))
        if why or not total:
            answer = self.unit_says("concordance.small", why=why or self.own("concordance.cannot"), city=city)
            return self.section("selaras", answer, 0, words="concordance", withheld=True)
        answer = self.unit_says("concordance.answer", share=self.part(equal, total), city=city)
        desc = self.own("concordance.desc", period=self.period, equal=self.n(equal), total=self.n(total), share=self.part(equal, total))
        table = self.page.quadrant(self.here("concordance"), id="t-selaras", head=self.own("concordance.head"), desc=desc,
                                   note=self.own("concordance.note"), role="descriptive")
        return self.section("selaras", answer, 0, table, words="concordance")

    def conformity(self) -> Block:
        """Count the rules of the pattern that the unit keeps, and the units that keep all of theirs."""
        rows = where(self.table("pattern"), period=self.facts.period, scope_id=self.unit)
        known = rows[rows["met"].notna().to_numpy(dtype=bool)]
        marks = where(self.table("pattern_marks"), period=self.facts.period)
        units = marks["met"].dropna().astype(bool)
        city = self.unit_says("pattern.city", met=self.n(int(units.sum())), units=counted("unit", len(units), self.language)) if len(units) else ""
        if self.small() in ("few_people", "nobody_rated"):
            return self.section("pola", f"{self.why_small()} {city}".strip(), 0, words="pattern", withheld=True)
        if known.empty:
            return self.section("pola", f"{self.unit_says('pattern.unknown')} {city}".strip(), 0, words="pattern", withheld=True)
        said = self.unit_says("pattern.answer", met=self.n(int(known["met"].astype(bool).sum())), rules=self.n(len(known)), city=city)
        link = self.page.link(self.unit_says("pattern.link"), f"evaluasi{self.suffix}.html#s-pola")
        return self.section("pola", said, 0, self.page.text(self.page.joined(self.own("pattern.text"), " ", link, ".")), words="pattern")

    def section(self, key: str, answer: str, rung: int, *blocks: Block, withheld: bool = False, words: str = "") -> Block:
        """Open a section and put its exhibits under it; `words` is the name of its words where the section has another one."""
        name = words or key
        head = self.page.question(f"s-{key}", self.unit_question(name), answer, rung, withheld=withheld, short=self.own(f"{name}.short"))
        return stacked(head, *blocks)

    def unit_question(self, name: str) -> str:
        """Give the question of a section, asked of a unit where it is another one there."""
        return self.unit_says(f"{name}.question") if name in ("pattern", "clusters") else self.own(f"{name}.question")

    def told_of(self, row: dict[str, Any], lacking: dict[str, dict[str, Any]], name: str) -> Cell:
        """Write an estimate of the unit in points; what is not there is named with its reason in `lacking`."""
        if self.told(row):
            return self.points(row)
        if row:
            lacking[name] = row
        return self.shut if row.get("status") == "withheld" else self.words("none")


