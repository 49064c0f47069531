"""The ladder of evidence as a report prints it: what these data allow to be said, and the next step up."""

from __future__ import annotations

import math
from typing import Literal

import pandas as pd

from evalkit.exhibits.blocks import Rung
from evalkit.exhibits.reports.base import Report, where
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number
from evalkit.language.sentences.evidence import vignettes_rated
from evalkit.language.sentences.words import counted

RUNGS = (4, 3, 2, 1, 0)
# Several raters of a form are no second rating of the official appraisal: only blind ones, drawn at random, open this rung of it.
DOUBLE_RATINGS = 3
RungState = Literal["open", "partly", "not_yet"]


class Ladder(Report):
    """A report that begins with the ladder."""

    def ladder_rows(self) -> pd.DataFrame:
        """Give the rungs of this page's scope by instrument, the official one first."""
        rows = where(self.table("identification"), scope=self.scope, scope_id=self.scope_id)
        official = rows["instrument"].isin(list(self.facts.instruments)) if self.facts.has_appraisals else rows["rung"].ge(0)
        return pd.concat([rows[official.to_numpy(dtype=bool)], rows[~official.to_numpy(dtype=bool)]], ignore_index=True)

    def rung(self) -> int | None:
        """Give the rung that the first instrument reaches; nothing where there is no row."""
        rows = self.ladder_rows()
        return None if rows.empty else int(rows.iloc[0]["rung"])

    def ladder(self) -> Block:
        """Print the ladder: what these data allow to be said, and the next step up with its cost."""
        rows = self.ladder_rows()
        if rows.empty:
            return self.page.cannot(self.words("ladder.question"), self.words("ladder.cannot"), say("ladder.step.collect_ratings", self.language))
        main = rows.iloc[0]
        rungs = [self._rung(number_, rows) for number_ in RUNGS]
        head = self.words("ladder.head", rung=int(main["rung"]))
        return self.page.ladder(rungs, self.next_step(main), head=head, desc=self.words("ladder.desc"))

    def _rung(self, rung: int, rows: pd.DataFrame) -> Rung:
        main, others = rows.iloc[0], rows.iloc[1:]
        state: RungState = "not_yet"
        more = ""
        if rung <= int(main["rung"]):
            state = "open"
            more = self.reason(main) if rung == int(main["rung"]) else ""
        elif rung != DOUBLE_RATINGS and len(others) and int(others["rung"].max()) >= rung:
            best = others.sort_values(["rung", "n_raters"], kind="stable").iloc[-1]  # of those that reach as far, the one with most raters
            state, more = "partly", self.words("ladder.partly", instrument=self.instrument_word(best["instrument"]),
                                             n=counted("evaluator", int(best["n_raters"]), self.language))
        words = {part: say(f"ladder.rung.{rung}.{part}", self.language) for part in ("data", "may", "may_not")}
        return Rung(rung, state, words["data"], words["may"], words["may_not"], more)

    def instrument_word(self, code: object) -> str:
        """Say an instrument."""
        known = f"ladder.instrument.{code}"
        return say(known, self.language) if known in catalogue() else str(code).replace("-", " ").replace("_", " ").capitalize()

    def reason(self, row: pd.Series) -> str:
        """Say what opened the rung of a row."""
        return say(f"ladder.reason.{row['reason']}", self.language)

    def next_step(self, row: pd.Series) -> str:
        """Say what would open the next rung, and what it costs; nothing where nothing is left to climb."""
        if pd.isna(row["next_step"]):
            return ""
        if row["next_step"] == "vignettes" and vignettes_rated(self.table("identification")):
            return say("ladder.step.vignettes_again", self.language)
        said = say(f"ladder.step.{row['next_step']}", self.language)
        hours = row["next_step_hours"]
        if pd.isna(hours) or float(hours) <= 0:
            return said
        return f"{said} {self.words('ladder.hours', hours=number(math.ceil(float(hours)), 0, self.language))}"
