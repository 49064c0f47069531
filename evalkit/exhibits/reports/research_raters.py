"""Research pages on raters: severity or team, takeovers, linked ratings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import amount
from evalkit.exhibits.reports.research import ResearchBase, first
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number

LINKED = 4  # the rung from which raters and objects come apart
WORLDS = ("severity", "team", "none", "here")


def moves_together(spread: pd.Series) -> bool:
    """Tell whether a spread is above zero by its test and by its range: the test looks to one side, and alone would say what the range denies."""
    return bool(pd.notna(spread["p_value"]) and spread["p_value"] <= 0.05 and pd.notna(spread["conf_low"]) and spread["conf_low"] > 0)


class RaterBlocks(ResearchBase):
    """Blocks of the notebooks `severity_or_team`, `rotation` and `linked_ratings`."""

    # ---- severity or team
    def worlds_verdict(self, clusters: Mapping[str, pd.DataFrame], spreads: Mapping[str, pd.DataFrame]) -> Block:
        """Answer for these data: clustering, and what of it takeovers assign to evaluators."""
        ratio, spread = first(clusters["here"], measure="clustering_ratio"), self._spread(spreads["here"])
        if not self.told(ratio):
            return self.page.verdict(self.mine("verdict_none", reason=self.why_not(ratio["reason"])), 0, self.mine("why"))
        if float(ratio["p_value"]) > 0.05:
            return self.page.verdict(self.mine("verdict_even"), 2, self.mine("why"))
        if self.told(spread) and moves_together(spread):
            return self.page.verdict(self.mine("verdict_both", spread=self.ranged(spread)), 2, self.mine("why"))
        return self.page.verdict(self.mine("verdict_clusters"), 2, self.mine("why"))

    def _spread(self, frame: pd.DataFrame) -> pd.Series:
        return first(frame, measure="rotation_spread", group="")

    def worlds(self, clusters: Mapping[str, pd.DataFrame], spreads: Mapping[str, pd.DataFrame]) -> Block:
        """Show what each method says in worlds whose cause is known, and on these data."""
        if self.data.kind != "appraisals":
            return stacked()
        rows = []
        for world in WORLDS:
            ratio, spread = first(clusters[world], measure="clustering_ratio"), self._spread(spreads[world])
            rows.append({"world": self.mine(f"world_{world}"), "ratio": self.cell(ratio, sign=False, scale=1, digits=2),
                         "p": self.p_text(ratio.get("p_value")), "spread": self.cell(spread, sign=False), "ps": self.p_text(spread.get("p_value"))})
        columns = [Col("world", self.mine("world")), Col("ratio", self.mine("ratio")), Col("p", self.mine("p_ratio"), optional=True),
                   Col("spread", self.mine("spread")), Col("ps", self.mine("p_spread"))]
        table = self.page.table(pd.DataFrame(rows), columns, id="t-dunia", role="inferential", head=self.mine("head_worlds"),
                                desc=self.mine("desc_worlds"), note=self.mine("note_worlds"))
        return self.section("worlds", table, *self._planted("severity_or_team"))

    def _planted(self, notebook: str) -> list[Block]:
        truth = self.data.truth.get("evaluators")
        if truth is None or truth.empty:
            return []
        people, posts = truth.drop_duplicates("person"), truth.drop_duplicates("post")
        rotations = self.data.truth.get("rotations", pd.DataFrame())
        return [self.page.text(self.own(f"{notebook}.truth", severity=number(people["severity"].std(), 2, self.language), n=self.n(len(rotations)),
                                        team=number(posts["team_quality"].std(), 2, self.language)))]

    def separated(self, found: Any) -> Block:
        """Show how far raters and objects differ where the same objects were rated by several people."""
        if self.data.kind != "linked":
            return stacked()
        rater, other = first(found.table, measure="rater_spread"), first(found.table, measure="object_spread")
        if found.identification.empty or int(found.identification["rung"].iloc[0]) < LINKED:
            reason = self.why_not(found.reason)
            return stacked(self.page.verdict(self.mine("verdict_linked_few", reason=reason), 0, self.mine("why")), self.section("linked"),
                           self.page.cannot(self.mine("s_linked"), reason, self.own("linked_ratings.needed_raters_rate_few")))
        zero = not self.told(rater) or rater["status"] == "boundary"
        verdict = self.page.verdict(self.mine("verdict_linked_zero" if zero else "verdict_linked", rater=self.ranged(rater),
                                              object=self.ranged(other)), 3, self.mine("why"))
        table = self.results(found.table.iloc[:2], id="t-komponen", head=self.mine("head_linked"), desc=self.mine("desc_linked"),
                             note=self.mine("note_linked"))
        return stacked(verdict, self.section("linked", table))

    # ---- rotation
    def rotation_verdict(self, spread: pd.DataFrame) -> Block:
        """Answer whether results of a team move together when its evaluator changes."""
        row, mde = self._spread(spread), first(spread, measure="rotation_spread_detectable")
        if not self.told(row):
            return self.page.verdict(self.mine("verdict_lacking", reason=self.why_not(row["reason"])), 0, self.mine("why"))
        if row["status"] == "estimated" and moves_together(row):
            return self.page.verdict(self.mine("verdict_spread", spread=self.ranged(row)), 2, self.mine("why"))
        said = self.mine("verdict_none", n=self.n(row["n_raters"]), mde=self.value(mde)) if self.told(mde) else \
            self.mine("verdict_none_of_any_size", n=self.n(row["n_raters"]))
        return self.page.verdict(said, 2, self.mine("why"))

    def rotation(self, effect: pd.DataFrame, spread: pd.DataFrame, outcome: str) -> Block:
        """Show the mean around takeovers with its placebo side, and the spread."""
        if self.data.kind != "appraisals":
            return stacked()
        events = effect[effect["measure"].eq("rotation_event").to_numpy(dtype=bool)]
        drawn = events.assign(step=pd.to_numeric(events["group"])).dropna(subset=["estimate", "conf_low", "conf_high"])
        main = first(effect, measure="rotation_effect")
        name = say(f"bias_analysis.rungs.{outcome}", self.language)
        blocks = []
        if len(drawn):
            chart = charts.events(drawn, axis=self.mine("axis"), before=self.mine("before"), after=self.mine("after"), x=self.mine("x"),
                                  language=self.language)
            blocks.append(self.page.figure(chart, id=f"g-{_id(outcome)}", role="inferential", head=self.mine("head_events", outcome=name),
                                           desc=self.mine("desc_events", n=self.n(main["n_raters"])), note=self.mine("note_events")))
        frame = pd.concat([effect[~effect["measure"].eq("rotation_event").to_numpy(dtype=bool)], spread], ignore_index=True)
        blocks.append(self.results(frame, id=f"t-{_id(outcome)}", head=self.mine("head"), desc=self.mine("desc", outcome=name),
                                   note=self.mine("note")))
        return stacked(*blocks)

    def planted_rotation(self) -> Block:
        """Print what was planted in an invented city."""
        return stacked(*self._planted("rotation"))

    # ---- linked ratings
    def linked_verdict(self, found: Any) -> Block:
        """Answer: how far raters differ on this instrument, or why the set gets no severities."""
        if found.reason:
            return self.page.verdict(self.mine("verdict_withheld", reason=self.why_not(found.reason)), 0, self.mine("why"))
        rows = found.severities.dropna(subset=["conf_low", "conf_high"])
        clear = int(((rows["conf_low"] > 0) | (rows["conf_high"] < 0)).sum())
        return self.page.verdict(self.mine("verdict_told", rater=self.ranged(first(found.table, measure="rater_spread")), clear=self.n(clear),
                                           n=self.n(len(rows))), 3, self.mine("why"))

    def design(self, found: Any) -> Block:
        """Show what links the raters."""
        if found.identification.empty:
            return stacked(self.section("design"), self.page.cannot(self.mine("withheld_q"), self.why_not("no_ratings"), self.mine("needed_other")))
        row = found.identification.iloc[0]
        connected = amount(row["share_connected"], 1, self.language, form="share") if pd.notna(row["share_connected"]) else self.words("none")
        frame = pd.DataFrame({"what": [self.mine(k) for k in ("raters", "objects", "span", "connected", "rung")],
                              "value": [self.whole(row["n_raters"]), self.whole(row["n_objects"]),
                                        amount(row["median_span"], 0, self.language, form="count"), connected, self.whole(row["rung"])]})
        columns = [Col("what", self.own("what")), Col("value", self.own("value"))]
        name = str(self.data.instrument).replace("-", " ").replace("_", " ")
        table = self.page.table(frame, columns, id="t-rancangan", role="descriptive", head=self.mine("head_design", instrument=name),
                                desc=self.mine("desc_design"), note=say(f"ladder.reason.{row['reason']}", self.language))
        return self.section("design", table)

    def severities(self, found: Any) -> Block:
        """Show spreads and unlabelled severities; withheld where the set gets none."""
        step = number(found.step, 2 if found.step < 1 else 0, self.language)
        note = self.mine("note", step=step, residual=_small(found.model.largest_residual, self.language)) if found.model else self.mine("note_short")
        table = self.results(found.table, id="t-simpangan", head=self.mine("head"), desc=self.mine("desc"), note=note)
        if found.reason:
            needed = f"needed_{found.reason}"
            key = needed if f"research.linked_ratings.{needed}" in catalogue() else "needed_other"
            return self.section("main", table, self.page.cannot(self.mine("withheld_q"), self.why_not(found.reason), self.mine(key)))
        rows = found.severities.rename(columns={"measure": "estimate"})[["estimate", "conf_low", "conf_high"]]
        chart = charts.caterpillar(rows, axis=self.mine("axis"), language=self.language)
        return self.section("main", table, self.page.figure(chart, id="g-keketatan", role="inferential", head=self.mine("head_bars"),
                                                            desc=self.mine("desc_bars"), note=self._note_bars(found)))

    def _note_bars(self, found: Any) -> str:
        wider = found.together**0.5
        return self.mine("note_bars") + (" " + self.mine("note_together", wider=number(wider, 1, self.language)) if wider >= 1.05 else "")


def _id(outcome: str) -> str:
    return outcome.replace("_", "-")


def _small(value: float, language: Any) -> str:
    return number(value, 4, language) if value >= 1e-4 else f"< {number(1e-4, 4, language)}"
