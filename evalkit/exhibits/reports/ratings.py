"""The evaluation of a study of rating or outcome files: how values are spread, by item, unit and group."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Amount, amount, interval
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.ratings_base import natural
from evalkit.exhibits.reports.ratings_bias import RatingsBias
from evalkit.exhibits.reports.ratings_outcomes import Outcomes
from evalkit.exhibits.tables import Col, marked
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import number
from evalkit.language.sentences import ratings as say_ratings
from evalkit.language.sentences.words import counted

__all__ = ["RatingsBias", "RatingsEvaluation"]
SPANS = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None))


class RatingsEvaluation(Outcomes):
    """The evaluation of a study of rating or outcome files."""

    name = "ratings_evaluation"

    def title(self) -> Block:
        """Give subject, period and counts."""
        parts: list[object] = [self.period]
        if self.answers():
            parts += [counted("answer", self.answers(), self.language), counted("rater", self.n_raters(), self.language),
                      counted("object", self.n_objects(), self.language)]
        elif self.n_rows():
            parts += [counted("object", self.n_outcome_objects(), self.language)]
        return self.page.title(self.facts.title, parts)

    def verdict(self) -> Block:
        """Say what there is and what it cannot tell."""
        if self.answers() or not self.n_rows():
            sentence = say_ratings.verdict(self.answers(), self.n_raters(), self.n_objects(), self.constant()[0], self.language)
            return self.page.verdict(sentence, 4 if self.answers() else 0, self.own("why" if self.answers() else "why_none"))
        return self.outcome_verdict()

    def tiles(self) -> Block:
        """Give four numbers."""
        if not self.answers():
            return self.outcome_tiles()
        rows, pairs = self.objects(), int(self.raters()["n_objects"].sum())
        items = where(self.table("rating_distribution"), scope="city")[["instrument", "item"]].drop_duplicates()
        met = int((rows["n_objects"] * rows["n_raters"]).sum())
        units = int(self.table("rating_units")["unit_id"].nunique())
        return self.page.tiles([
            (self.own("tile.answers"), self.n(self.answers()), self.own("tile.items", n=counted("item", len(items), self.language))),
            (self.own("tile.raters"), self.n(self.n_raters()), self.own("tile.per_rater", n=self.mean_text(pairs, self.n_raters()))),
            (self.own("tile.objects"), self.n(self.n_objects()), self.own("tile.per_object", n=self.mean_text(met, self.n_objects()))),
            (self.own("tile.units"), self.n(units) if units else self.words("none"),
             self.own("tile.of_file" if units else "tile.no_units"))])

    # ---- how values are spread
    def values(self) -> Block:
        """Show how the values of each item are spread: the first item as a picture, all of them as a table an instrument."""
        rows = where(self.table("rating_distribution"), scope="city")
        if rows.empty:
            return self.measures()
        n = rows[["instrument", "item"]].drop_duplicates().shape[0]
        html = self.page.question("s-sebaran", self.own("spread.question"), self.own("spread.answer" if n > 1 else "spread.one", n=self.n(n)),
                                  short=self.own("spread.short")).html
        for k, (instrument, part) in enumerate(rows.groupby("instrument", sort=True), 1):
            used = self._used(part)
            html += self._bars(str(instrument), used, k).html
            if len(part["item"].unique()) > 1:
                html += self._wide(str(instrument), used, k).html
        return Block(html)

    def _used(self, part: pd.DataFrame) -> pd.DataFrame:
        """Leave out the ends of a banded scale that no item uses, and odd values that nobody gave."""
        totals = part.groupby("low")["n"].sum()
        seen = totals[totals > 0].index
        banded = part["is_band"].to_numpy(dtype=bool)
        inside = part["low"].between(seen.min(), seen.max()).to_numpy(dtype=bool)
        keep: np.ndarray = inside | ~banded
        return part[keep].reset_index(drop=True)

    def _value(self, row: pd.Series) -> str:
        low, high = float(row["low"]), float(row["high"])
        digits = 0 if low.is_integer() and high.is_integer() else 2 if bool(row["is_band"]) else 1
        ends = [number(x, digits, self.language) for x in ((low,) if low == high else (low, high))]
        return "–".join(ends)

    def _label(self, row: pd.Series) -> Amount:
        """Give a value, or a band of values, as the first cell of its row."""
        low, high, text = float(row["low"]), float(row["high"]), self._value(row)
        digits = 0 if low.is_integer() and high.is_integer() else 2 if bool(row["is_band"]) else 1
        return amount(low, digits, self.language, text=text) if low == high else interval(low, high, digits, self.language, text=text)

    def _bars(self, instrument: str, used: pd.DataFrame, k: int) -> Block:
        names = sorted(used["item"].unique())
        main = next((n for n in ("score", "overall") if n in names), names[0])
        rows = where(used, item=main).sort_values("order")
        frame = pd.DataFrame({"label": marked([self._label(r) for _, r in rows.iterrows()]), "n": rows["n"].astype(int)})
        chart = charts.bars(frame, counted=self.own("spread.counted"), category=self.own("spread.value"), language=self.language)
        most = frame["label"].iloc[int(frame["n"].to_numpy().argmax())]
        head = self.own("spread.bars_head", item=self.own_words(main), value=most)
        desc = self.own("spread.bars_desc_bands" if bool(rows["is_band"].any()) else "spread.bars_desc", instrument=self.instrument(instrument))
        return self.page.figure(chart, id=f"g-sebaran-{k}", role="descriptive", head=head, desc=desc)

    def _wide(self, instrument: str, used: pd.DataFrame, k: int) -> Block:
        rows = used.assign(value=[self._value(r) for _, r in used.iterrows()])
        order = rows.drop_duplicates("value").sort_values("low")["value"]
        table = rows.pivot_table(index="value", columns="item", values="share", aggfunc="sum", fill_value=0).reindex(order)
        items = [str(c) for c in table.columns]
        frame = pd.DataFrame({f"c{i}": table[item].astype(float).to_numpy() for i, item in enumerate(items)})
        shown = {self._value(r): self._label(r) for _, r in used.iterrows()}
        frame.insert(0, "value", marked([shown[v] for v in order]))
        columns = [Col("value", self.own("spread.value"), nowrap=True)]
        columns += [Col(f"c{i}", f"{self.own_words(item)}, %", "points", digits=1, optional=i > 2) for i, item in enumerate(items)]
        sizes = rows.groupby("item")["n"].sum()
        note = self.own("spread.sizes", sizes="; ".join(f"{self.own_words(i)} {self.n(sizes[i])}" for i in items))
        return self.page.table(frame, columns, id=f"t-sebaran-{k}", role="descriptive", note=note, dense=len(frame) > 12,
                               head=self.own("spread.head", instrument=self.instrument(instrument)), desc=self.own("spread.desc"))

    # ---- who rated how many
    def who(self) -> Block:
        """Show how many objects a rater rated, and how many raters an object had."""
        raters, objects = self.raters(), self.objects()
        head = self.page.question("s-siapa", self.own("who.question"), self.own("who.answer" if len(raters) else "who.none"),
                                  short=self.own("who.short"))
        if raters.empty:
            return Block(head.html + self.page.cannot(self.own("who.question"), self.own("who.cannot"), self.own("who.needed")).html)
        html, out = Markup(head.html), []
        for k, (instrument, part) in enumerate(raters.groupby("instrument", sort=True), 1):
            n = part["n_objects"].astype(int)
            html += self._spans(str(instrument), n, k).html
            own = where(objects, instrument=instrument)
            by = np.repeat(own["n_raters"].to_numpy(dtype=int), own["n_objects"].to_numpy(dtype=int))
            name = self.instrument(instrument)
            out += [{"of": name, "what": self.own("who.per_rater"), **self._five(n.to_numpy())},
                    {"of": name, "what": self.own("who.per_object"), **self._five(by)}]
        columns = [Col("what", self.own("who.what")), Col("n", self.own("who.n"), "count"), Col("least", self.own("who.least"), "count"),
                   Col("median", self.own("measures.median"), "number"), Col("most", self.own("who.most"), "count"),
                   Col("one", self.own("who.one"), "count")]
        table = self.page.table(pd.DataFrame(out), columns, id="t-siapa", role="descriptive", head=self.own("who.head"),
                                desc=self.own("who.desc"), groups="of")
        return Block(html + table.html)

    def _five(self, counts: np.ndarray) -> dict[str, float]:
        return {"n": len(counts), "least": int(counts.min()), "median": float(np.median(counts)), "most": int(counts.max()),
                "one": int((counts == 1).sum())}

    def _spans(self, instrument: str, n: pd.Series, k: int) -> Block:
        found = [(low, high, int((n >= low).sum() if high is None else n.between(low, high).sum())) for low, high in SPANS]
        words = [self.own("who.span_more" if high is None else "who.span_one" if low == high else "who.span", low=low, high=high)
                 for low, high, _ in found]
        labels = [Amount(text, low=low, high=high, form="count") for text, (low, high, _) in zip(words, found, strict=True)]
        frame = pd.DataFrame({"label": marked(labels), "n": [x for _, _, x in found]})
        few = int((n < 5).sum())
        return self.page.figure(charts.category_bar(frame, counted=self.own("who.counted"), language=self.language), id=f"g-siapa-{k}",
                                role="descriptive", head=self.own("who.figure_head", n=self.n(few), total=counted("rater", len(n), self.language)),
                                desc=self.own("who.figure_desc", instrument=self.instrument(instrument)))

    # ---- by unit
    def by_unit(self) -> Block:
        """Show each unit of the file; the order is alphabetical, and a middle is no mark of quality."""
        rows = self.table("rating_units")
        if rows.empty and self.n_rows():
            return self.over_time()
        head = self.page.question("s-unit", self.own("units.question"), self.own("units.answer" if len(rows) else "units.none"),
                                  short=self.own("units.short"))
        if rows.empty:
            return Block(head.html + self.page.cannot(self.own("units.question"), self.own("units.cannot"), self.own("units.needed")).html)
        names = self.unit_names()
        frame = rows.astype(object).copy()
        frame["unit"] = [names.get(str(u), str(u)) for u in frame["unit_id"]]
        frame["shown"] = [self.item(r, table="rating_units") for _, r in frame.iterrows()]
        place = {u: i for i, u in enumerate(sorted(set(frame["unit"]), key=natural))}
        frame["place"] = frame["unit"].map(place)
        frame = frame.sort_values(["shown", "place"], kind="stable", ignore_index=True)
        columns = [Col("unit", self.words("unit")), Col("n", self.own("spread.n"), "count"),
                   Col("n_objects", self.own("tile.objects"), "count", optional=True),
                   Col("n_raters", self.own("tile.raters"), "count", optional=True),
                   Col("median", self.own("measures.median"), "number", digits=2), Col("mean", self.own("measures.mean"), "number", digits=2)]
        table = self.page.table(frame, columns, id="t-unit", role="descriptive", head=self.own("units.head"), desc=self.own("units.desc"),
                                groups="shown", note=self.own("units.note"), dense=len(frame) > 30)
        return Block(head.html + table.html)

    def rests_on(self) -> Block:
        """Say what the figures rest on and what they cannot carry."""
        head = self.page.question("s-bukti", self.own("rests.question"), self.own("rests.answer"), short=self.own("rests.short"))
        link = self.page.link(self.own("rests.link"), f"analisis-bias{self.suffix}.html")
        return Block(head.html + self.page.text(self.page.joined(self.own("rests.text"), " ", link, ".")).html)
