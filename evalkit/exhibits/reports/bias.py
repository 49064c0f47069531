"""Objectivity and fairness of ratings: the ladder of evidence first, then what its first rung allows."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits import charts
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_details import DetailSections
from evalkit.exhibits.reports.bias_linked import LinkedSections
from evalkit.exhibits.reports.office import use_from
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences import bias as say_bias
from evalkit.language.sentences.results import Spread, Use
from evalkit.language.sentences.words import bounds_text, counted


def entropy_of(spread: Spread) -> float | None:
    """Give the entropy of the predikat in bits; nothing where nobody is rated.

    Examples
    --------
    >>> entropy_of(Spread({"baik": 2, "sangat_baik": 2}, 5)), entropy_of(Spread({}, 3))
    (1.0, None)
    """
    shares = [spread.of(c) / spread.rated for c in spread.counts if spread.of(c)]
    return max(0.0, -sum(p * math.log2(p) for p in shares)) if shares else None


class BiasAnalysis(LinkedSections, DetailSections):
    """The bias analysis of the city."""

    name = "bias_analysis"
    mark = "bias"

    def title(self) -> Block:
        """Give subject, place, period, counts and the window."""
        rows = self.ladder_rows()
        periods = 0 if rows.empty or pd.isna(rows.iloc[0]["n_periods"]) else int(rows.iloc[0]["n_periods"])
        return self.page.title(self.own("title"), [
            self.facts.title, self.period, counted("person", self.coverage().expected, self.language),
            counted("evaluator", self.evaluators(), self.language),
            self.own("window", n=counted("period", periods, self.language)) if periods else ""])

    def verdict(self) -> Block:
        """Say how far the evidence reaches."""
        rows = where(self.here("evidence"), question="objectivity")
        level = int(rows.iloc[0]["strength"]) if len(rows) else 0
        return self.page.verdict(self._sentence(), level, self.own("why"))

    def _sentence(self) -> str:
        """Give the most that may be said: clustering where rung 1 allows it, else how predikat are used."""
        ratio, pairs, band = self.effect("clustering_ratio", "sangat_baik"), self.effect("clustering_pairs", "sangat_baik"), self.band_of_shuffles()
        if not self.opened(1) or not self.told(ratio) or not self.told(pairs) or band is None:
            return say_bias.verdict(self.rung(), self.use(), self.language)
        return self.rungs("verdict_clusters" if self.clear(ratio) else "verdict_even", observed=self.n(pairs["estimate"]), low=self.n(band[0]),
                          high=self.n(band[1]))

    def tiles(self) -> Block:
        """Give the four numbers: rung, evaluators with one word, equal ratings, unrated."""
        rung, use, spread = self.rung(), self.use(), self.spread()
        equal, total = self._equal()
        none = self.words("none")
        bounds = self.own("tile.bounds", bounds=bounds_text(spread, "sangat_baik", self.language)) if spread.missing else self.own("tile.all")
        return self.page.tiles([
            (self.own("tile.rung"), none if rung is None else self.own("tile.of", n=rung, total=4), self.own("tile.official")),
            (self.own("tile.one_word"), self.n(use.one_word) if use.evaluators else none,
             self.own("tile.of_evaluators", n=counted("evaluator", use.evaluators, self.language))),
            (self.own("tile.equal"), percent(equal / total, self.language) if total else none, self.own("tile.rule")),
            (self.own("tile.missing"), self.n(spread.missing), bounds)])

    def actions(self) -> Block:
        """Say what would bring more evidence, and what these counts must not be used for."""
        rows = self.ladder_rows()
        items: list[tuple[object, object]] = []
        if len(rows) and (step := self.next_step(rows.iloc[0])):
            items.append((step, self.own("actions.step_who")))
        if self.spread().missing:
            items.append((self.page.joined(self.own("actions.complete", n=counted("rating", self.spread().missing, self.language)), " ",
                                           self.page.link(self.own("actions.monitor"), f"monitor{self.suffix}.html"), "."),
                          self.own("actions.complete_who")))
        items.append((self.own("actions.not_persons"), self.own("actions.not_persons_who")))
        return self.page.actions(items)

    # ---- rung 0
    def use(self) -> Use:
        """Count how evaluators use the predikat."""
        return use_from(self.here("use_counts"))

    def category_use(self) -> Block:
        """Show how many different words evaluators use, and the entropy of the whole on its fixed scale."""
        use, spread = self.use(), self.spread()
        head = self.page.question("s-pemakaian", self.own("use.question"), say_bias.use_answer(use, self.language), 0,
                                  short=self.own("use.short"))
        if spread.rated == 0:
            return Block(head.html + self.page.cannot(self.own("use.question"), self.own("use.cannot"), self.own("use.needed")).html)
        parts = [head.html]
        if use.evaluators:
            frame = pd.DataFrame({"label": [self.own("use.words_one" if k == 1 else "use.words", k=k) for k in use.by_words],
                                  "n": list(use.by_words.values())})
            parts.append(self.page.figure(charts.category_bar(frame, counted=self.own("use.counted"), language=self.language),
                                          id="g-kata", role="descriptive", head=say_bias.use_head(use, self.language),
                                          desc=self.own("use.desc", period=self.period), note=self._small_teams(use)).html)
        return Block(Markup("").join([*parts, self._entropy().html, self._sparse().html]))

    def _sparse(self) -> Block:
        """Say how sparse the design is: people an evaluator, and the largest part of them that shared people tie together."""
        rows = self.ladder_rows()
        if rows.empty or pd.isna(rows.iloc[0]["median_span"]) or pd.isna(rows.iloc[0]["share_connected"]):
            return Block(Markup(""))
        row = rows.iloc[0]
        span = number(float(row["median_span"]), 0 if float(row["median_span"]).is_integer() else 1, self.language)
        periods = counted("period", int(row["n_periods"]), self.language)
        return self.page.text(self.own("use.sparse", span=span, n=periods, share=percent(row["share_connected"], self.language)))

    def _small_teams(self, use: Use) -> str:
        return self.own("use.small", n=counted("evaluator", use.small, self.language)) if use.small else ""

    def _entropy(self) -> Block:
        spread = self.spread()
        entropy = entropy_of(spread) or 0.0
        frame = pd.DataFrame({"label": [self.facts.title], "entropy": [entropy]})
        return self.page.figure(charts.entropy(frame, categories=len(spread.counts), language=self.language), id="g-entropi",
                                role="descriptive", head=say_bias.entropy_head(entropy, math.log2(len(spread.counts)), self.language),
                                desc=self.own("entropy.desc"), note=self.own("entropy.note"))

    def unrated(self) -> Block:
        """Say between which bounds the city's Sangat Baik lies, whatever the unrated will get."""
        spread = self.spread()
        head = self.page.question("s-belum", self.own("unrated.question"), say_bias.unrated_answer(spread, self.language), 0,
                                  short=self.own("unrated.short"))
        note = self.page.joined(self.own("unrated.note"), " ", self.page.link(self.own("unrated.link"), f"evaluasi-kota{self.suffix}.html"),
                                ".")
        return Block(head.html + self.page.text(note).html)

    def _equal(self) -> tuple[int, int]:
        rows = self.here("concordance")
        return int(rows.loc[rows["is_equal"].to_numpy(dtype=bool), "n"].sum()), int(rows["n"].sum())

    def concordance(self) -> Block:
        """Cross the two official ratings; the rule makes them agree, so the counts are shown and not interpreted."""
        equal, total = self._equal()
        head = self.page.question("s-selaras", self.own("concordance.question"), say_bias.concordance_answer(equal, total, self.language),
                                  0, short=self.own("concordance.short"))
        if total == 0:
            return Block(head.html + self.page.cannot(self.own("concordance.question"), self.own("concordance.cannot"),
                                                      self.own("concordance.needed")).html)
        desc = self.own("concordance.desc", period=self.period, equal=self.n(equal), total=self.n(total),
                        share=percent(equal / total, self.language))
        table = self.page.quadrant(self.here("concordance"), id="t-selaras", head=self.own("concordance.head"), desc=desc,
                                   note=self.own("concordance.note"), role="descriptive")
        return Block(head.html + table.html)

    def conformity(self) -> Block:
        """Send the reader to the evaluation for the pattern of the units."""
        head = self.page.question("s-pola", self.own("pattern.question"), self.own("pattern.answer"), 0, short=self.own("pattern.short"))
        link = self.page.link(self.own("pattern.link"), f"evaluasi-kota{self.suffix}.html#s-pola")
        return Block(head.html + self.page.text(self.page.joined(self.own("pattern.text"), " ", link, ".")).html)

    def closing(self) -> Block:
        """End the page: method, terms, trace."""
        return self.end(("role", "bound", "entropy", "concordance"), self.own("method"))
