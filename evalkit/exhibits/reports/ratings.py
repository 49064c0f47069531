"""Studies of rating and outcome files: how values are spread, by item and unit, and what they can carry about raters."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.reports.base import Report, where
from evalkit.exhibits.reports.ladder import Ladder
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences import ratings as say_ratings
from evalkit.language.sentences.words import counted

MOST_UNITS = 60


class Ratings(Report):
    """What both reports of a rating study share."""

    def page_name(self) -> str:
        """The name of the page in the browser."""
        return self.own("name", place=self.place, period=self.period)

    def own_words(self, code: str) -> str:
        """Say the name of an item or group of the file as it stands there, readable."""
        return str(code).replace("_", " ")

    def units(self) -> dict[str, str]:
        """Give the names of the units of the file."""
        units = self.table("units_current")
        return {str(u): self.own_words(n) for u, n in zip(units["unit_id"], units["name"], strict=True)}

    def totals(self) -> tuple[int, int, int, int, int]:
        """Give the number of ratings, raters, objects, raters with several ratings of one item, and of those constant in all."""
        rows, raters = self.table("rating_distribution"), self.table("rating_raters")
        answers = int(where(rows, scope="city")["n"].sum())
        objects = self.table("rating_objects").groupby(["instrument", "item"])["n_objects"].sum().groupby("instrument").max().sum()
        several = raters[(raters["n"] > 1).to_numpy(dtype=bool)]
        constant = several.groupby("rater_id")["is_constant"].all()
        return answers, int(raters["rater_id"].nunique()), int(objects or 0), int(several["rater_id"].nunique()), int(constant.sum())

    def has_ratings(self) -> bool:
        """Whether raters are seen; else the file holds outcomes."""
        return len(self.table("rating_raters")) > 0

    def closing(self) -> Block:
        """End the page: source, terms, trace."""
        return self.end(("role",), self.words("end.ratings"))


class RatingsEvaluation(Ratings):
    """The evaluation of a study of rating or outcome files."""

    name = "ratings"
    mark = "open"

    def outcomes(self) -> pd.DataFrame:
        """Give the sums of each measure, by unit and group."""
        return where(self.table("outcome_summary"), status="estimated")

    def n_outcomes(self) -> int:
        """Give the number of rows with an outcome."""
        rows = where(self.outcomes(), attribute="")
        return int(rows.groupby("measure")["n"].sum().max()) if len(rows) else 0

    def title(self) -> Block:
        """Give subject, period and counts."""
        answers, raters, objects, _, _ = self.totals()
        parts: list[object] = [self.period]
        if answers:
            parts += [counted("answer", answers, self.language), counted("rater", raters, self.language),
                      counted("object", objects, self.language)]
        else:
            parts += [counted("object", self.n_outcomes(), self.language)]
        return self.page.title(self.facts.title, parts)

    def verdict(self) -> Block:
        """Say what there is and what it cannot tell."""
        answers, raters, objects, _, constant = self.totals()
        if answers:
            sentence = say_ratings.verdict(answers, raters, objects, constant, self.language)
        else:
            sentence = say_ratings.outcome_verdict(self.n_outcomes(), len(self.rates()), self.language, rate=self._widest())
        return self.page.verdict(sentence, 4 if answers or self.n_outcomes() else 0, self.own("why"))

    def tiles(self) -> Block:
        """Give four numbers."""
        answers, raters, objects, _, _ = self.totals()
        if answers:
            items = self.table("rating_distribution")["item"].nunique()
            return self.page.tiles([
                (self.own("tile.answers"), self.n(answers), self.own("tile.items", n=self.n(items))),
                (self.own("tile.raters"), self.n(raters), self.own("tile.per_rater", n=number(answers / items / raters, 1, self.language))),
                (self.own("tile.objects"), self.n(objects), self.own("tile.per_object", n=number(answers / items / objects, 1, self.language))),
                (self.own("tile.units"), self.n(self.table("rating_units")["unit_id"].nunique()), self.own("tile.of_file"))])
        rows = self.outcomes()
        groups = rows[rows["attribute"].ne("").to_numpy(dtype=bool)]["group"].nunique()
        return self.page.tiles([
            (self.own("tile.objects"), self.n(self.n_outcomes()), self.own("tile.rows")),
            (self.own("tile.measures"), self.n(rows["measure"].nunique()), self.own("tile.of_file")),
            (self.own("tile.groups"), self.n(groups), self.own("tile.attributes")),
            (self.own("tile.units"), self.n(rows["unit_id"].replace("", pd.NA).nunique()), self.own("tile.strata"))])

    # ---- ratings
    def values(self) -> Block:
        """Show how the values of each item are spread: one row a value or band."""
        rows = where(self.table("rating_distribution"), scope="city")
        if rows.empty:
            return self.measures()
        head = self.page.question("s-sebaran", self.own("spread.question"), self.own("spread.answer", n=rows["item"].nunique()),
                                  short=self.own("spread.short"))
        used = rows[(rows["n"] > 0).to_numpy(dtype=bool)]
        banded = bool(used["is_band"].astype(bool).any())
        frame = pd.DataFrame({"item": [self._item(r) for _, r in used.iterrows()], "value": [self._value(r) for _, r in used.iterrows()],
                              "n": used["n"].astype(int).to_numpy(), "share": used["share"].astype(float).to_numpy()})
        top = next(t for t in (0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if float(frame["share"].max()) <= t)
        columns = [Col("value", self.own("spread.value")), Col("n", self.own("spread.n"), "count"), Col("share", "%", "points", digits=1),
                   Col("share", f"0–{self.n(100 * top)}%", "micro", top=top)]
        table = self.page.table(frame, columns, id="t-sebaran", role="descriptive", head=self.own("spread.head"),
                                desc=self.own("spread.desc_bands" if banded else "spread.desc"), groups="item", dense=len(frame) > 40)
        return Block(head.html + table.html)

    def _item(self, row: pd.Series) -> str:
        several = len(self.table("rating_distribution")["instrument"].unique()) > 1
        return f"{row['instrument']}: {self.own_words(row['item'])}" if several else self.own_words(row["item"])

    def _value(self, row: pd.Series) -> str:
        low, high = float(row["low"]), float(row["high"])
        digits = 0 if low.is_integer() and high.is_integer() else 2 if bool(row["is_band"]) else 1
        if low == high:
            return number(low, digits, self.language)
        return f"{number(low, digits, self.language)}–{number(high, digits, self.language)}"

    def measures(self) -> Block:
        """Show each measure of an outcome file: how many, the middle, the spread, lowest and highest."""
        rows = where(self.outcomes(), attribute="")
        head = self.page.question("s-sebaran", self.own("measures.question"), self.own("measures.answer", n=rows["measure"].nunique()),
                                  short=self.own("spread.short"))
        if rows.empty:
            return Block(head.html + self.page.cannot(self.own("measures.question"), self.own("measures.cannot"),
                                                      self.own("measures.needed")).html)
        return Block(head.html + self._summary(rows, "t-sebaran", self.own("measures.head"), self.own("measures.desc")).html)

    def _summary(self, rows: pd.DataFrame, id: str, head: str, desc: str, *, by: str = "") -> Block:
        names = self.units()
        frame = rows.astype(object).copy()
        frame["measure"] = [self.own_words(m) for m in frame["measure"]]
        frame["unit"] = [names.get(str(u), str(u)) or self.own("measures.all") for u in frame["unit_id"]]
        frame["group"] = [self.own_words(g) for g in frame["group"]]
        columns = [Col("group", self.own("groups.group"))] if by else [Col("unit", self.words("unit"))]
        columns += [Col("n", self.own("spread.n"), "count"), Col("median", self.own("measures.median"), "number", digits=2),
                    Col("mean", self.own("measures.mean"), "number", digits=2), Col("sd", "SD", "number", digits=2, optional=True),
                    Col("low", self.own("measures.low"), "number", digits=2, optional=True),
                    Col("high", self.own("measures.high"), "number", digits=2, optional=True)]
        frame["shown"] = [f"{m} · {u}" if by and u != self.own("measures.all") else m for m, u in
                          zip(frame["measure"], frame["unit"], strict=True)]
        return self.page.table(frame, columns, id=id, role="descriptive", head=head, desc=desc, groups="shown", dense=len(frame) > 30,
                               note=self.own("measures.note"))

    def by_unit(self) -> Block:
        """Show each unit of the file; the order is alphabetical, and a middle is no mark of quality."""
        rows = self.table("rating_units")
        if rows.empty:
            return self.over_time()
        names = self.units()
        head = self.page.question("s-unit", self.own("units.question"), self.own("units.answer"), short=self.own("units.short"))
        frame = rows.astype(object).copy()
        frame["unit"] = [names.get(str(u), str(u)) for u in frame["unit_id"]]
        frame["shown"] = [self._item(r) for _, r in frame.iterrows()]
        frame = frame.sort_values(["shown", "unit"], kind="stable", ignore_index=True)
        columns = [Col("unit", self.words("unit")), Col("n", self.own("spread.n"), "count"),
                   Col("n_objects", self.own("tile.objects"), "count", optional=True),
                   Col("n_raters", self.own("tile.raters"), "count", optional=True),
                   Col("median", self.own("measures.median"), "number", digits=2), Col("mean", self.own("measures.mean"), "number", digits=2)]
        table = self.page.table(frame, columns, id="t-unit", role="descriptive", head=self.own("units.head"), desc=self.own("units.desc"),
                                groups="shown", note=self.own("units.note"), dense=len(frame) > 30)
        return Block(head.html + table.html)

    def over_time(self) -> Block:
        """Show the outcome in the periods of the file; one period is no course of time."""
        rows = self.table("outcome_periods")
        head = self.page.question("s-waktu", self.own("time.question"), self.own("time.answer"), short=self.own("time.short"))
        if rows["period"].nunique() < 2:
            return Block(head.html + self.page.cannot(self.own("time.question"), self.own("time.cannot"), self.own("time.needed")).html)
        years = rows.assign(year=rows["period"].astype(str).str[:4])
        sums = years.groupby(["measure", "year"]).agg(n=("period", "nunique"), total=("total", "sum"), rate=("rate", "mean")).reset_index()
        frame = sums.astype(object)
        frame["measure"] = [self.own_words(m) for m in frame["measure"]]
        columns = [Col("year", self.words("period")), Col("n", self.own("time.periods"), "count"),
                   Col("total", self.own("time.total"), "number", digits=0), Col("rate", self.own("time.rate"), "number", digits=3)]
        table = self.page.table(frame, columns, id="t-waktu", role="descriptive", head=self.own("time.head"), desc=self.own("time.desc"),
                                groups="measure", note=self.own("time.note"))
        return Block(head.html + table.html)

    # ---- groups
    def rates(self) -> pd.DataFrame:
        """Give the rates of outcomes by group that could be computed."""
        return where(self.table("outcome_rates"), status="estimated")

    def _widest(self) -> tuple[str, float, str, float] | None:
        best: tuple[str, float, str, float] | None = None
        for _, part in self.rates().groupby(["instrument", "unit_id", "outcome", "attribute"]):
            known = part.dropna(subset=["rate"])
            if len(known) < 2:
                continue
            rates = known["rate"].astype(float).to_numpy()
            high, low = known.iloc[int(rates.argmax())], known.iloc[int(rates.argmin())]
            gap = float(high["rate"]) - float(low["rate"])
            if best is None or gap > best[1] - best[3]:
                best = (self.own_words(high["group"]), float(high["rate"]), self.own_words(low["group"]), float(low["rate"]))
        return best

    def groups(self) -> Block:
        """Show results by group: rates with what they are compared with, or the sums of each measure."""
        rows = where(self.table("outcome_rates"))
        sums = self.outcomes()
        sums = sums[sums["attribute"].ne("").to_numpy(dtype=bool)]
        answer = self.own("groups.answer" if len(rows) or len(sums) else "groups.none")
        head = self.page.question("s-kelompok", self.own("groups.question"), answer, short=self.own("groups.short"))
        html = head.html
        if len(rows):
            html += self._rates(rows).html
        if len(sums):
            html += self._summary(sums, "t-kelompok", self.own("groups.sums_head"), self.own("groups.sums_desc"), by="group").html
        if not len(rows) and not len(sums):
            html += self.page.cannot(self.own("groups.question"), self.own("groups.cannot"), self.own("groups.needed")).html
        return Block(html)

    def _rates(self, rows: pd.DataFrame) -> Block:
        names = self.units()
        frame = rows.astype(object).copy()
        frame["shown"] = [" · ".join(t for t in (names.get(str(u), str(u)), str(o), self.own_words(a)) if t)
                          for u, o, a in zip(rows["unit_id"], rows["outcome"], rows["attribute"], strict=True)]
        frame["group"] = [self.own_words(g) + (f" ({self.own('groups.reference')})" if r == g else "")
                          for g, r in zip(rows["group"], rows["reference"].fillna(""), strict=True)]
        frame["ratio"] = [number(x, 2, self.language) for x in rows["outcome_ratio"]]
        frame["range"] = [self._range(low, high) for low, high in zip(rows["conf_low"], rows["conf_high"], strict=True)]
        columns = [Col("group", self.own("groups.group")), Col("n", self.own("spread.n"), "count"),
                   Col("count", self.own("groups.count"), "count"), Col("rate", "%", "points", digits=1),
                   Col("ratio", self.own("groups.ratio")), Col("range", self.own("groups.range"), optional=True)]
        return self.page.table(frame, columns, id="t-tingkat", role="inferential", head=self.own("groups.rates_head"),
                               desc=self.own("groups.rates_desc"), groups="shown", note=self.own("groups.rates_note"))

    def _range(self, low: object, high: object) -> str:
        known = [v for v in (low, high) if isinstance(v, float | int) and not math.isnan(v)]
        return f"{number(low, 2, self.language)}–{number(high, 2, self.language)}" if len(known) == 2 else ""

    def rests_on(self) -> Block:
        """Say what the figures rest on and what they cannot carry."""
        head = self.page.question("s-bukti", self.own("rests.question"), self.own("rests.answer"), short=self.own("rests.short"))
        link = self.page.link(self.own("rests.link"), f"analisis-bias{self.suffix}.html")
        return Block(head.html + self.page.text(self.page.joined(self.own("rests.text"), " ", link, ".")).html)


class RatingsBias(Ladder, Ratings):
    """The bias analysis of a study of rating or outcome files."""

    name = "ratings_bias"
    mark = "open"

    def title(self) -> Block:
        """Give subject, place, period and counts."""
        answers, raters, objects, _, _ = self.totals()
        parts: list[object] = [self.facts.title, self.period]
        if answers:
            parts += [counted("rater", raters, self.language), counted("object", objects, self.language)]
        return self.page.title(self.own("title"), parts)

    def verdict(self) -> Block:
        """Say how far the evidence about raters reaches."""
        rows = self.ladder_rows()
        reason = self.reason(rows.iloc[0]) if len(rows) else ""
        rung = self.rung()
        return self.page.verdict(say_ratings.bias_verdict(rung, reason, self.language), 0 if rung is None else min(3, max(1, rung - 1)),
                                 self.own("why"))

    def tiles(self) -> Block:
        """Give rung, raters, objects a rater, raters with one value."""
        answers, raters, _, several, constant = self.totals()
        rows = self.ladder_rows()
        none = self.words("none")
        rung = self.rung()
        span = rows.iloc[0]["median_span"] if len(rows) else pd.NA
        return self.page.tiles([
            (self.own("tile.rung"), none if rung is None else self.own("tile.of", n=rung), self.own("tile.instrument")),
            (self.own("tile.raters"), self.n(raters) if answers else none, self.own("tile.seen")),
            (self.own("tile.span"), none if pd.isna(span) else number(span, 0, self.language), self.own("tile.span_note")),
            (self.own("tile.constant"), self.n(constant) if several else none,
             self.own("tile.several", n=counted("rater", several, self.language)))])

    def use(self) -> Block:
        """Say how many different values raters use; those with one rating say nothing."""
        rows = self.table("rating_raters")
        _, _, _, several, constant = self.totals()
        head = self.page.question("s-pemakaian", self.own("use.question"), say_ratings.raters_answer(constant, several, self.language), 0,
                                  short=self.own("use.short"))
        many = rows[(rows["n"] > 1).to_numpy(dtype=bool)]
        if many.empty:
            return Block(head.html + self.page.cannot(self.own("use.question"), self.own("use.cannot"), self.own("use.needed")).html)
        out = []
        for (instrument, item), part in many.groupby(["instrument", "item"]):
            words = part["categories_used"].astype(int)
            out.append({"item": self._name(str(instrument), str(item)), "raters": len(part), "one": int(part["is_constant"].astype(bool).sum()),
                        "median": float(words.median()), "objects": float(part["n_objects"].astype(int).median())})
        columns = [Col("item", self.own("use.item")), Col("raters", self.own("tile.raters"), "count"), Col("one", self.own("use.one"), "count"),
                   Col("median", self.own("use.values"), "number"), Col("objects", self.own("use.objects"), "number", optional=True)]
        table = self.page.table(pd.DataFrame(out), columns, id="t-pemakaian", role="descriptive", head=self.own("use.head"),
                                desc=self.own("use.desc"), note=self.own("use.note"))
        return Block(head.html + table.html)

    def _name(self, instrument: str, item: str) -> str:
        several = len(self.table("rating_raters")["instrument"].unique()) > 1
        return f"{instrument}: {self.own_words(item)}" if several else self.own_words(item)

    def linking(self) -> Block:
        """Say by how many raters the objects are rated: the base of every comparison of raters."""
        rows = self.table("rating_objects")
        head = self.page.question("s-kaitan", self.own("linking.question"), self.own("linking.answer" if len(rows) else "linking.none"), 0,
                                  short=self.own("linking.short"))
        if rows.empty:
            return Block(head.html + self.page.cannot(self.own("linking.question"), self.own("linking.cannot"),
                                                      self.own("linking.needed")).html)
        out = []
        for (instrument, item), part in rows.groupby(["instrument", "item"]):
            n, raters = part["n_objects"].astype(int), part["n_raters"].astype(int)
            out.append({"item": self._name(str(instrument), str(item)), "objects": int(n.sum()), "one": int(n[raters == 1].sum()),
                        "least": int(raters.min()), "most": int(raters.max()), "ratings": int((n * raters).sum())})
        columns = [Col("item", self.own("use.item")), Col("objects", self.own("linking.objects"), "count"),
                   Col("one", self.own("linking.one"), "count"), Col("least", self.own("linking.least"), "count"),
                   Col("most", self.own("linking.most"), "count")]
        table = self.page.table(pd.DataFrame(out), columns, id="t-kaitan", role="descriptive", head=self.own("linking.head"),
                                desc=self.own("linking.desc"), note=self._connected())
        return Block(head.html + table.html)

    def _connected(self) -> str:
        rows = self.ladder_rows()
        known = [r for _, r in rows.iterrows() if pd.notna(r["share_connected"])]
        said = [self.own("linking.connected", instrument=str(r["instrument"]), share=percent(float(r["share_connected"]), self.language))
                for r in known]
        return " ".join(said)

    def higher(self) -> Block:
        """Keep the place of what is not in this report yet."""
        html = Markup("")
        for key, level in (("severity", 4), ("agreement", 3), ("gaps", 2)):
            html += self.page.question(f"s-{key}", self.own(f"higher.{key}.question"), self.own("higher.answer"), level, withheld=True,
                                       short=self.own(f"higher.{key}.short")).html
            html += self.page.cannot(self.own(f"higher.{key}.cannot"), self.own(f"higher.{key}.why"), self.own(f"higher.{key}.needed")).html
        return Block(html)
