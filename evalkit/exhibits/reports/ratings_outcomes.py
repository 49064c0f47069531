"""Outcome files on a page: measures, their course, and groups within strata that are never pooled."""

from __future__ import annotations

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Cell, amount, interval, out_of
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.ratings_base import Ratings
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import number, range_text
from evalkit.language.sentences import ratings as say_ratings
from evalkit.language.sentences.words import counted

ALPHA = 0.05
PER = 1000


class Outcomes(Ratings):
    """The blocks of a study whose raters are not seen."""

    name = "ratings_evaluation"

    # ---- counts
    def sums(self, *, groups: bool) -> pd.DataFrame:
        """Give the sums of each measure for all objects of a stratum, or for groups."""
        rows = self.table("outcome_summary")
        is_group = rows["attribute"].ne("").to_numpy(dtype=bool)
        return rows[is_group if groups else ~is_group].reset_index(drop=True)

    def rates(self) -> pd.DataFrame:
        """Give the rates of outcomes by group that could be computed."""
        return where(self.table("outcome_rates"), status="estimated")

    def n_rows(self) -> int:
        """Give the number of rows with a result of one measure."""
        rows = self.sums(groups=False)
        return int(rows.groupby("measure")["n"].sum().max()) if len(rows) else 0

    def _reported(self) -> pd.DataFrame:
        rows = self.table("outcome_periods")
        text = rows["period"].astype(str)
        inside = text.eq(self.facts.period) | text.str.startswith(f"{self.facts.period}-")
        return rows[inside.to_numpy(dtype=bool)]

    def n_outcome_objects(self) -> int:
        """Give the number of objects: in a panel each comes back in every period."""
        rows = self._reported()
        return int(rows["n_objects"].max()) if len(rows) else self.n_rows()

    def n_parts(self) -> int:
        """Give the number of periods of the panel within the one that is reported."""
        return int(self._reported()["period"].nunique())

    def is_panel(self) -> bool:
        """Whether objects come back within the period that is reported."""
        return self.n_parts() > 1

    # ---- page one
    def outcome_verdict(self) -> Block:
        """Say how many results there are; of groups, the widest gap with its mark and its test."""
        rates = self.rates()
        if self.is_panel():
            sentence = say_ratings.panel_verdict(self.n_outcome_objects(), self.n_parts(), self.language)
            return self.page.verdict(sentence, 4, self.own("why_panel"))
        widest = self._widest(rates)
        if widest is None:
            return self.page.verdict(say_ratings.outcome_verdict(self.n_outcome_objects(), self.language), 4, self.own("why_outcomes"))
        compared = rates[rates["impact_ratio"].notna().to_numpy(dtype=bool) & ~self._is_reference(rates).to_numpy(dtype=bool)]
        below = int(compared["below_four_fifths"].astype(bool).sum())
        apart = int((compared["p_adjusted"].astype("Float64") < ALPHA).fillna(False).sum())
        sentence = say_ratings.rates_verdict(widest, self.language)
        return self.page.verdict(sentence, 2, self.own("why_rates", n=self.n(len(compared)), below=self.n(below), apart=self.n(apart)))

    def _is_reference(self, rows: pd.DataFrame) -> pd.Series:
        return rows["group"].astype(object).eq(rows["reference"].astype(object)).fillna(False)

    def _widest(self, rates: pd.DataFrame) -> say_ratings.Gap | None:
        best: say_ratings.Gap | None = None
        names = self.unit_names()
        for (_, unit, outcome, _), part in rates.groupby(["instrument", "unit_id", "outcome", "attribute"]):
            known = part.dropna(subset=["rate"])
            if len(known) < 2:
                continue
            ordered = known.assign(by=known["rate"].astype(float)).sort_values(["by", "group"])
            low, high = ordered.iloc[0], ordered.iloc[-1]
            gap = say_ratings.Gap(self._mark(str(outcome)), names.get(str(unit), ""), self.own_words(high["group"]), int(high["count"]),
                                  int(high["n"]), self.own_words(low["group"]), int(low["count"]), int(low["n"]))
            if best is None or gap.width > best.width:
                best = gap
        return best

    def _mark(self, outcome: str) -> str:
        return self.own_words(outcome).replace(">=", "≥").replace("<=", "≤")

    def outcome_tiles(self) -> Block:
        """Give four numbers of an outcome file."""
        sums, groups = self.sums(groups=False), self.sums(groups=True)
        strata = int(sums["unit_id"].replace("", pd.NA).nunique())
        none = self.words("none")
        named = groups[["attribute", "group"]].drop_duplicates()
        fourth = ((self.own("tile.periods"), self.n(self.n_parts()), self.own("tile.of_period")) if self.is_panel() else
                  (self.own("tile.units"), self.n(strata) if strata else none, self.own("tile.strata" if strata else "tile.no_units")))
        return self.page.tiles([
            (self.own("tile.objects"), self.n(self.n_outcome_objects()) if self.n_rows() else none, self.own("tile.rows")),
            (self.own("tile.measures"), self.n(sums["measure"].nunique()), self.own("tile.of_file")),
            (self.own("tile.groups"), self.n(len(named)) if len(named) else none,
             self.own("tile.attributes", n=self.n(named["attribute"].nunique())) if len(named) else self.own("tile.no_groups")), fourth])

    # ---- measures
    def measures(self) -> Block:
        """Show each measure of an outcome file: how many, the middle, the spread, lowest and highest."""
        rows = self.sums(groups=False)
        key = "measures.answer" if len(rows) else "measures.none"
        head = self.page.question("s-sebaran", self.own("measures.question"), self.own(key, n=self.n(rows["measure"].nunique())),
                                  short=self.own("spread.short"))
        if rows.empty:
            return Block(head.html + self.page.cannot(self.own("measures.question"), self.own("measures.cannot"),
                                                      self.own("measures.needed")).html)
        desc = self.own("measures.desc_panel" if self.is_panel() else "measures.desc")
        return Block(head.html + self._summary(rows, "t-sebaran", self.own("measures.head"), desc).html)

    def _summary(self, rows: pd.DataFrame, id: str, head: str, desc: str, *, by_group: bool = False) -> Block:
        names, everybody = self.unit_names(), self.own("measures.all")
        frame = rows.astype(object).copy()
        units = [names.get(str(u), str(u)) for u in frame["unit_id"]]
        frame["row"] = [u or everybody for u in units]
        frame["shown"] = [self.own_words(m) for m in frame["measure"]]
        if by_group:
            frame["row"] = [self.group_words(g, where(rows, attribute=a)["group"]) for g, a in zip(frame["group"], frame["attribute"], strict=True)]
            frame["shown"] = [" · ".join(p for p in (u, self.own_words(m), self.own_words(a)) if p)
                              for u, m, a in zip(units, frame["measure"], frame["attribute"], strict=True)]
        digits = 3 if float(rows["mean"].astype("Float64").abs().max() or 1) < 1 else 2
        weighted = not self.is_panel() and bool(rows["weighted_mean"].notna().any())
        columns = [Col("row", self.own("groups.group") if by_group else self.words("unit")), Col("n", self.own("spread.n"), "count"),
                   Col("median", self.own("measures.median"), "number", digits=digits, optional=weighted),
                   Col("mean", self.own("measures.mean"), "number", digits=digits)]
        columns += [Col("weighted_mean", self.own("measures.weighted"), "number", digits=digits)] if weighted else []
        columns += [Col("sd", "SD", "number", digits=digits, optional=True)]
        if not weighted:
            columns += [Col("low", self.own("measures.low"), "number", digits=digits, optional=True),
                        Col("high", self.own("measures.high"), "number", digits=digits, optional=True)]
        note = self.own("measures.note_weighted" if weighted else "measures.note_panel" if self.is_panel() else "measures.note")
        if by_group and rows["mean_difference"].notna().any():
            frame["row"] = [f"{row} ({self.own('groups.reference')})" if r else row for row, r in
                            zip(frame["row"], self._is_reference(rows), strict=True)]
            columns += [Col("mean_difference", self.own("groups.gap"), "number", digits=digits),
                        Col("standardised_mean_difference", self.own("groups.gap_sd"), "number", digits=2)]
            note = f"{note} {self.own('groups.gap_note')}"
        return self.page.table(frame, columns, id=id, role="descriptive", head=head, desc=desc, groups="shown", dense=len(frame) > 12,
                               note=note)

    # ---- over time
    def over_time(self) -> Block:
        """Show the outcome in the periods of the file; one period is no course of time."""
        rows = self.table("outcome_periods")
        known = len(rows["period"].unique()) > 1
        head = self.page.question("s-waktu", self.own("time.question"), self.own("time.answer" if known else "time.none"),
                                  short=self.own("time.short"))
        if not known:
            return Block(head.html + self.page.cannot(self.own("time.question"), self.own("time.cannot"), self.own("time.needed")).html)
        years = rows.assign(year=rows["period"].astype(str).str[:4], per=rows["rate"].astype("Float64") * PER)
        frame = years.groupby(["measure", "year"]).agg(n=("period", "nunique"), total=("total", "sum"), rate=("per", "mean")).reset_index()
        frame = frame.astype(object)
        first = str(frame["measure"].iloc[0])
        frame["measure"] = [self.own_words(m) for m in frame["measure"]]
        columns = [Col("year", self.own("time.year")), Col("n", self.own("time.periods"), "count"),
                   Col("total", self.own("time.total"), "number", digits=0), Col("rate", self.own("time.rate"), "number", digits=1)]
        table = self.page.table(frame, columns, id="t-waktu", role="descriptive", head=self.own("time.head"), desc=self.own("time.desc"),
                                groups="measure", note=self.own("time.note"))
        return Block(head.html + self._years(where(frame, measure=self.own_words(first)), self.own_words(first)).html + table.html)

    def _years(self, rows: pd.DataFrame, measure: str) -> Block:
        frame = pd.DataFrame({"label": rows["year"].astype(str), "n": rows["total"].astype(float).round().astype(int)})
        if not int(frame["n"].sum()) or (frame["n"] < 0).any():
            return self.page.cannot(self.own("time.question"), self.own("time.no_counts"), self.own("time.needed"))
        return self.page.figure(charts.bars(frame, counted=measure, category=self.own("time.year"), language=self.language), id="g-waktu",
                                role="descriptive", head=self.own("time.figure_head", measure=measure), desc=self.own("time.figure_desc"))

    # ---- groups
    def groups(self) -> Block:
        """Show results by group: rates with what they are compared with, then the sums of each measure."""
        rows, sums = self.table("outcome_rates"), self.sums(groups=True)
        some = len(rows) + len(sums)
        head = self.page.question("s-kelompok", self.own("groups.question"), self.own("groups.answer" if some else "groups.none"),
                                  short=self.own("groups.short"))
        html = head.html
        if len(rows):
            html += self._rates(rows).html
        if len(sums):
            html += self._summary(sums, "t-kelompok", self.own("groups.sums_head"), self.own("groups.sums_desc"), by_group=True).html
        if not some:
            key = "groups.cannot_ratings" if self.answers() else "groups.cannot"
            html += self.page.cannot(self.own("groups.question"), self.own(key), self.own("groups.needed")).html
        return Block(html)

    def _rates(self, rows: pd.DataFrame) -> Block:
        names = self.unit_names()
        reference = self._is_reference(rows)
        frame = rows.astype(object).copy()
        frame["shown"] = [" · ".join(p for p in (names.get(str(u), str(u)), self._mark(str(o)), self.own_words(a)) if p)
                          for u, o, a in zip(rows["unit_id"], rows["outcome"], rows["attribute"], strict=True)]
        frame["group"] = [self.group_words(g, where(rows, attribute=a)["group"]) + (f" ({self.own('groups.reference')})" if r else "")
                          for g, a, r in zip(rows["group"], rows["attribute"], reference, strict=True)]
        frame["got"] = marked([
            self.own("groups.withheld") if pd.isna(c) else out_of(c, n, self.language, text=self.own("groups.of", count=self.n(c), n=self.n(n)))
            for c, n in zip(rows["count"], rows["n"], strict=True)])
        frame["ratio"] = marked([
            self._ratio(x) if not r else amount(1, 0, self.language) for x, r in zip(rows["impact_ratio"], reference, strict=True)])
        frame["range"] = marked([self._between(low, high) for low, high in zip(rows["conf_low"], rows["conf_high"], strict=True)])
        frame["below"] = [self._below(b, r) for b, r in zip(rows["below_four_fifths"], reference, strict=True)]
        frame["mde"] = marked([self._mde(low, high, told) for low, high, told in
                               zip(rows["detectable_below"], rows["detectable_above"], rows["p_value"].notna(), strict=True)])
        frame["fair"] = rows["fair_below_four_fifths"].astype("Float64")
        columns = [Col("group", self.own("groups.group")), Col("got", self.own("groups.count"), nowrap=True),
                   Col("ratio", self.own("groups.ratio")), Col("range", self.own("groups.range"), nowrap=True),
                   Col("below", self.own("groups.below")), Col("p_value", self.own("groups.p"), "number", digits=3),
                   Col("p_adjusted", self.own("groups.p_adjusted"), "number", digits=3, optional=True),
                   Col("mde", self.own("groups.mde"), optional=True), Col("fair", self.own("groups.fair"), "points", digits=0, optional=True)]
        tests = counted("comparison", int(rows["p_value"].notna().sum()), self.language)
        return self.page.table(frame, columns, id="t-tingkat", role="inferential", head=self.own("groups.rates_head"),
                               desc=self.own("groups.rates_desc"), groups="shown", note=self.own("groups.rates_note", tests=tests))

    def _mde(self, low: object, high: object, tested: bool) -> Cell:
        """Write the ratios nearest to one, below and above, that the test finds eight times in ten."""
        if not tested:
            return ""
        sides = {k: self._two(v) or self.own("groups.no_mde") for k, v in (("low", low), ("high", high))}
        return interval(low, high, 2, self.language, text=self.own("groups.mde_cell", **sides))

    def _between(self, low: object, high: object) -> Cell:
        if pd.isna(low) or pd.isna(high):  # type: ignore[call-overload]  # a scalar of any type
            return ""
        return interval(low, high, 2, self.language, text=range_text(low, high, 2, self.language, cell=True))

    def _ratio(self, value: object) -> Cell:
        return amount(value, 2, self.language, text=self._two(value)) if self._two(value) else ""

    def _two(self, value: object) -> str:
        return "" if pd.isna(value) else number(value, 2, self.language)  # type: ignore[call-overload]  # a scalar of any type

    def _below(self, below: object, reference: bool) -> str:
        if reference or pd.isna(below):  # type: ignore[call-overload]  # a scalar of any type
            return ""
        return self.own("groups.yes" if below else "groups.no")
