"""What a study of rating files allows to be said about raters: the ladder first, then the design; no list of raters."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.blocks import Rung
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.ladder import RUNGS, Ladder, RungState
from evalkit.exhibits.reports.ratings_base import Ratings
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import number, percent
from evalkit.language.sentences import ratings as say_ratings
from evalkit.language.sentences.words import counted


class RatingsBias(Ladder, Ratings):
    """The bias analysis of a study of rating or outcome files."""

    name = "ratings_bias"

    def title(self) -> Block:
        """Give subject, place, period and counts."""
        parts: list[object] = [self.facts.title, self.period]
        if self.answers():
            parts += [counted("rater", self.n_raters(), self.language), counted("object", self.n_objects(), self.language)]
        return self.page.title(self.own("title"), parts)

    def verdict(self) -> Block:
        """Say how far the evidence about raters reaches, for each instrument."""
        rows = self.ladder_rows()
        reached = [(self.instrument(r["instrument"]), int(r["rung"]), self.reason(r)) for _, r in rows.iterrows()]
        return self.page.verdict(say_ratings.bias_verdict(reached, self.language), None, self.own("why"))

    def tiles(self) -> Block:
        """Give rung, raters, objects a rater, raters with one value."""
        rows, none = self.ladder_rows(), self.words("none")
        constant, several = self.constant()
        rungs = list(dict.fromkeys(int(r) for r in rows["rung"])) if len(rows) else []
        one = int((self.raters()["n_objects"] == 1).sum())
        return self.page.tiles([
            (self.own("tile.rung"), f" {self.words('or')} ".join(str(r) for r in rungs) or none,
             self.own("tile.instruments" if len(rows) > 1 else "tile.instrument" if len(rows) else "tile.unseen")),
            (self.own("tile.raters"), self.n(self.n_raters()) if self.n_raters() else none, self.own("tile.seen")),
            (self.own("tile.once"), self.n(one) if self.n_raters() else none, self.own("tile.once_note")),
            (self.own("tile.constant"), self.n(constant) if several else none,
             self.own("tile.several", n=counted("rater", several, self.language)))])

    # ---- the ladder, in the words of rating files
    def ladder(self) -> Block:
        """Print the ladder of the first instrument; others that reach further are named on their rung."""
        rows = self.ladder_rows()
        if rows.empty:
            return self.page.cannot(self.own("ladder.question"), self.own("ladder.cannot"), self.own("ladder.needed"))
        main = rows.iloc[0]
        head = self.own("ladder.head", instrument=self.instrument(main["instrument"]), rung=int(main["rung"]))
        return self.page.ladder([self._rung(n, rows) for n in RUNGS], self._next(rows), head=head, desc=self.words("ladder.desc"))

    def _next(self, rows: pd.DataFrame) -> str:
        steps = [(self.instrument(r["instrument"]), self.next_step(r) or self.own("ladder.top")) for _, r in rows.iterrows()]
        return steps[0][1] if len(steps) == 1 else " ".join(f"{name}: {step}" for name, step in steps)

    def _rung(self, rung: int, rows: pd.DataFrame) -> Rung:
        words = {part: self.own(f"ladder.{rung}.{part}") for part in ("data", "may", "may_not")}
        opened = [self._opens(rung, row) for _, row in rows.iterrows()]
        state: RungState = "open" if opened[0] else "partly" if any(opened) else "not_yet"
        names = [self.instrument(r["instrument"]) for (_, r), o in zip(rows.iterrows(), opened, strict=True) if o]
        more = ", ".join(names) if len(rows) > 1 and names else self._more(rung, rows.iloc[0])
        return Rung(rung, state, words["data"], words["may"], words["may_not"], more)

    def _met(self, rung: int, row: pd.Series) -> pd.Series | None:
        """Give what the data of a row's instrument say of one of the rungs 1 to 3."""
        found = where(self.table("rating_rungs"), instrument=row["instrument"], rung=rung)
        return None if found.empty else found.iloc[0]

    def _opens(self, rung: int, row: pd.Series) -> bool:
        """Tell whether a row allows a rung: several periods and attributes are needs of their own, not steps on the way to linking."""
        met = self._met(rung, row)
        return rung <= int(row["rung"]) if met is None else bool(met["is_met"])

    def _more(self, rung: int, row: pd.Series) -> str:
        """Say what of the data opens a rung, or why it stays shut."""
        met = self._met(rung, row)
        if met is None:
            return ""
        if not met["is_met"]:
            return say(f"ladder.reason.{met['reason']}", self.language)
        if rung == 2:
            return ", ".join(self.own_words(a) for a in str(met["attributes"]).split(","))
        return self.own(f"ladder.{rung}.more", n=self.n(met["n"]))

    # ---- what the counts allow
    def use(self) -> Block:
        """Say how many different values raters use; those with one rating say nothing."""
        constant, several = self.constant()
        head = self.page.question("s-pemakaian", self.own("use.question"), say_ratings.raters_answer(constant, several, self.language), 0,
                                  short=self.own("use.short"))
        rows = self.table("rating_raters")
        many = rows[(rows["n"] > 1).to_numpy(dtype=bool)]
        if many.empty:
            key = "use.cannot" if len(rows) else "linking.cannot"
            return Block(head.html + self.page.cannot(self.own("use.question"), self.own(key), self.own("use.needed")).html)
        out = [{"item": self.item(part.iloc[0], table="rating_raters"), "raters": len(part), "one": int(part["is_constant"].astype(bool).sum()),
                "median": float(part["categories_used"].astype(int).median()), "objects": float(part["n_objects"].astype(int).median())}
               for _, part in many.groupby(["instrument", "item"])]
        columns = [Col("item", self.own("use.item")), Col("raters", self.own("tile.raters"), "count"), Col("one", self.own("use.one"), "count"),
                   Col("median", self.own("use.values"), "number"), Col("objects", self.own("use.objects"), "number", optional=True)]
        table = self.page.table(pd.DataFrame(out), columns, id="t-pemakaian", role="descriptive", head=self.own("use.head"),
                                desc=self.own("use.desc"), note=self.own("use.note"))
        return Block(head.html + table.html)

    def linking(self) -> Block:
        """Say what the design allows: who rated the same objects, how far raters hang together, and what rung that gives."""
        rows = self.ladder_rows()
        head = self.page.question("s-kaitan", self.own("linking.question"), self.own("linking.answer" if len(rows) else "linking.none"),
                                  short=self.own("linking.short"))
        if rows.empty:
            return Block(head.html + self.page.cannot(self.own("linking.question"), self.own("linking.cannot"),
                                                      self.own("linking.needed")).html)
        out = [self._design(row) for _, row in rows.iterrows()]
        columns = [Col("instrument", self.own("linking.instrument")), Col("raters", self.own("tile.raters"), "count"),
                   Col("objects", self.own("linking.objects"), "count"), Col("one", self.own("linking.one"), "count", optional=True),
                   Col("span", self.own("linking.span"), "number"), Col("connected", self.own("linking.connected"), "percent", digits=1),
                   Col("rung", self.own("tile.rung"), "count")]
        table = self.page.table(pd.DataFrame(out), columns, id="t-kaitan", role="descriptive", head=self.own("linking.head"),
                                desc=self.own("linking.desc"), note=self.own("linking.note"))
        reasons = [self.page.joined(self.page.strong(self.instrument(r["instrument"])), ": ", self.reason(r)) for _, r in rows.iterrows()]
        return Block(head.html + table.html + self.page.text(*reasons).html)

    def _design(self, row: pd.Series) -> dict[str, object]:
        objects = where(self.objects(), instrument=row["instrument"])
        return {"instrument": self.instrument(row["instrument"]), "raters": int(row["n_raters"]), "objects": int(row["n_objects"]),
                "one": int(where(objects, n_raters=1)["n_objects"].sum()), "span": float(row["median_span"]),
                "connected": None if pd.isna(row["share_connected"]) else float(row["share_connected"]), "rung": int(row["rung"])}

    # ---- what is withheld
    def higher(self) -> Block:
        """Keep the place of everything above rung 0, with the reason of each instrument."""
        html = Markup("")
        for key, level in (("severity", 4), ("agreement", 3), ("gaps", 2), ("periods", 1)):
            html += self.page.question(f"s-{key}", self.own(f"higher.{key}.question"), self.own("higher.answer"), level, withheld=True,
                                       short=self.own(f"higher.{key}.short")).html
            html += self.page.cannot(self.own(f"higher.{key}.cannot"), self._why(key, level), self.own(f"higher.{key}.needed")).html
        return Block(html)

    def _why(self, key: str, level: int) -> str:
        rows = self.ladder_rows()
        if rows.empty:
            return self.own("higher.unseen")
        said = [self._why_of(key, level, row) for _, row in rows.iterrows()]
        return " ".join(said)

    def _why_of(self, key: str, level: int, row: pd.Series) -> str:
        name = self.instrument(row["instrument"])
        if self._opens(level, row):
            return self.own(f"higher.{key}.why", instrument=name)
        met = self._met(level, row)
        if met is not None:
            return self.own("higher.shut", instrument=name, reason=say(f"ladder.reason.{met['reason']}", self.language))
        span = number(row["median_span"], 0, self.language)
        joined = "" if pd.isna(row["share_connected"]) else percent(float(row["share_connected"]), self.language)
        own = where(self.raters(), instrument=row["instrument"])["n_objects"]
        once = counted("rater", int((own == 1).sum()), self.language)
        return self.own("higher.below", instrument=name, reason=self.reason(row), span=span, connected=joined, once=once, n=self.n(len(own)))
