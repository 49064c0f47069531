"""Sections of the bias analysis about groups of people: counts, gaps with and without office and post held fixed, gaps within evaluators."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Cell, amount, interval
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_evaluators import OUTCOMES, EvaluatorSections
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import listed, number

NOW = "gap_between_people_of_one_evaluator_in_one_period"
PLAIN = "unconditional"
OFFICE, POST = "given opd_id", "given opd_id × post_type"


class GroupSections(EvaluatorSections):
    """Groups, gaps within evaluators, the appendix of false claims."""

    def estimates(self, outcome: str, scope: str = "") -> pd.DataFrame:
        """Give the estimates on groups of this page's scope or of the city, of the first instrument and the attributes of this page."""
        rows = self.compared(self.here("fairness_estimates", scope), "term")
        rows = where(rows, outcome=outcome)
        kinds = list(dict.fromkeys(rows["instrument"]))
        own = next((i for i in self.facts.instruments if i in kinds), kinds[0] if kinds else "")
        return where(rows, instrument=own)

    def compared(self, rows: pd.DataFrame, column: str) -> pd.DataFrame:
        """Keep the rows on attributes that this page compares: "sex", and of two together both."""
        wanted = set(self.facts.attributes)
        keep = [{a.removeprefix("rater_") for a in str(v).split(" × ")} <= wanted for v in rows[column]]
        return rows[np.array(keep, dtype=bool)].reset_index(drop=True)

    def group_word(self, code: object) -> str:
        """Say a group."""
        found = catalogue().get(f"evaluation.group.{code}")
        return found[self.language] if found else str(code).replace("_", " ")

    def attribute_word(self, code: object) -> str:
        """Say an attribute."""
        found = catalogue().get(f"evaluation.attribute.{code}")
        return found[self.language] if found else str(code).replace("_", " ")

    def gap_word(self, group: object) -> str:
        """Say a comparison: "pppk - pns" becomes "PPPK − PNS"."""
        return " − ".join(self.group_word(g) for g in str(group).replace(" / ", " - ").split(" - "))

    def family_size(self, rows: pd.DataFrame, family: str) -> int:
        """Give how many tests were corrected together with those of a family."""
        size = pd.to_numeric(where(rows, family=family)["family_size"]).max()
        return 0 if pd.isna(size) else int(size)

    def pick(self, rows: pd.DataFrame, **values: object) -> dict[str, Any]:
        """Give one row; empty where there is none."""
        found = where(rows, **values)
        return {str(k): v for k, v in found.iloc[0].to_dict().items()} if len(found) else {}

    # ---- rung 0: groups
    def groups(self) -> Block:
        """Show gaps between groups plainly and with office and post held fixed, and the ratio with what a fair process gives."""
        frame, lacking = self._gap_rows()
        if frame.empty:
            return self.section("groups", self.own("higher.answer"), 0, self.page.cannot(
                self.own("groups.question"), self.own("groups.cannot"), self.own("groups.needed")), withheld=True)
        columns = [Col("label", self.own("groups.gap")), Col("plain", self.own("groups.plain")), Col("office", self.own("groups.office")),
                   Col("post", self.own("groups.post"), optional=True), Col("ratio", self.own("groups.ratio")),
                   Col("mde", self.own("groups.mde")), Col("fair", self.own("groups.fair"), optional=True)]
        table = self.page.table(frame, columns, id="t-selisih", role="inferential", head=self.own("groups.head"), groups="outcome",
                                desc=self.own("groups.desc", period=self.period), note=self.own("groups.note", rest=self.rest(lacking)))
        closer = [] if self.unit else [*self._odds(), *self._crossed()]
        return self.section("groups", self.own("groups.answer"), 0, table, self.page.text(self._marked()), *closer)

    def _odds(self) -> list[Block]:
        """Give the same gaps as odds ratios, plain and with more and more held fixed, the evaluator last."""
        rows = self.estimates("sangat_baik")
        plain = where(rows, measure="odds_ratio", estimand=PLAIN)
        found = []
        for term, group in zip(plain["term"], plain["group"], strict=True):
            if " × " not in str(term):
                given = {key: self.pick(rows, measure="odds_ratio", term=term, group=group, estimand=e)
                         for key, e in (("plain", PLAIN), ("office", OFFICE), ("post", POST))}
                given["within"] = self.pick(rows, measure="within_odds_ratio", term=term, group=group, estimand=NOW)
                found.append({"label": self.gap_word(group).replace("−", "/"), **{k: self._ratio(r, "sangat_baik") for k, r in given.items()}})
        if not found:
            return []
        columns = [Col("label", self.own("groups.pair")), Col("plain", self.own("groups.plain")), Col("office", self.own("groups.office")),
                   Col("post", self.own("groups.post"), optional=True), Col("within", self.own("groups.within"))]
        return [self.page.table(pd.DataFrame(found), columns, id="t-odds", role="inferential", head=self.own("groups.odds_head"),
                                desc=self.own("groups.odds_desc", period=self.period), note=self.own("groups.odds_note"))]

    def _marked(self) -> str:
        """Name the ratios under four fifths, each with how often a fair process falls there; exactly four fifths is not under it."""
        rows = self.estimates("sangat_baik")
        marks = where(rows, measure="below_four_fifths", status="estimated")
        said = []
        for term, group in marks.loc[marks["estimate"].gt(0).to_numpy(dtype=bool), ["term", "group"]].to_numpy():
            ratio, fair = (self.pick(rows, measure=m, term=term, group=group) for m in ("impact_ratio", "fair_below_four_fifths"))
            if self.told(ratio):
                p = ratio["p_value"] if pd.isna(ratio["p_adjusted"]) else ratio["p_adjusted"]
                said.append(self.own("marks.one", gap=self.gap_word(group).replace("−", "/"), ratio=number(ratio["estimate"], 2, self.language),
                                     p=self.p_words(float(p)), fair=self._fair(fair, "sangat_baik")))
        size = self.family_size(rows, "adverse_impact")
        family = self.own("marks.family", n=self.n(size)) if size else ""
        return f"{self.own('marks.below', items='; '.join(said)) if said else self.own('marks.none')} {family}".strip()

    def _gap_rows(self) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
        found: list[dict[str, object]] = []
        lacking: dict[str, dict[str, Any]] = {}
        for outcome in OUTCOMES:
            rows = self.estimates(outcome)
            gaps = where(rows, measure="rate_difference", estimand=PLAIN)
            gaps = gaps[~gaps["term"].astype(str).str.contains(" × ", regex=False).to_numpy(dtype=bool)]
            for term, group in zip(gaps["term"], gaps["group"], strict=True):
                plain, office, post = (self.pick(rows, measure="rate_difference", term=term, group=group, estimand=e) for e in (PLAIN, OFFICE, POST))
                over = str(group).replace(" - ", " / ")
                ratio = self.pick(rows, measure="impact_ratio", term=term, group=over)
                fair = self.pick(rows, measure="fair_below_four_fifths", term=term, group=over)
                label = self.gap_word(group)
                if not self.told(plain):
                    lacking[label] = plain
                found.append({"outcome": self.rungs(outcome), "label": label, "plain": self.points(plain), "office": self.points(office),
                              "post": self.points(post), "ratio": self._ratio(ratio, outcome), "mde": self._floor(rows, term, over, outcome),
                              "fair": self._fair(fair, outcome)})
        return pd.DataFrame(found), lacking

    def _ratio(self, row: dict[str, Any], outcome: str) -> Cell:
        """Write an impact ratio; of a rare bad result it says nothing, so it is left out there."""
        return self.ranged(row, 2) if outcome == "sangat_baik" and self.told(row) else self.words("none")

    def _floor(self, rows: pd.DataFrame, term: object, group: object, outcome: str) -> Cell:
        """Write the ratios nearest to one, below and above, that the exact test finds eight times in ten."""
        found = [self.pick(rows, measure=f"impact_detectable_{side}", term=term, group=group) for side in ("below", "above")]
        if outcome != "sangat_baik":
            over = str(group).replace(" / ", " - ")
            given = (self.pick(rows, measure="detectable_difference", term=term, group=over, estimand=e) for e in (POST, OFFICE))
            row = next((r for r in given if self.told(r)), {})
            size = number(100 * row["estimate"], 1, self.language) if row else ""
            return amount(row["estimate"], 1, self.language, form="gap", text=self.own("groups.mde_points", mde=size)) if row else self.words("none")
        if not found[0] or "withheld" in {str(r.get("status")) for r in found}:
            return self.words("none")
        low, high = (number(r["estimate"], 2, self.language) if self.told(r) else self.own("groups.no_mde") for r in found)
        below, above = (r["estimate"] if self.told(r) else None for r in found)
        return interval(below, above, 2, self.language, text=self.own("groups.mde_cell", low=low, high=high))

    def _fair(self, row: dict[str, Any], outcome: str) -> Cell:
        return amount(row["estimate"], 1, self.language, form="share") if outcome == "sangat_baik" and self.told(row) else self.words("none")

    def _crossed(self) -> list[Block]:
        rows = self.compared(where(self.here("fairness_groups"), outcome="sangat_baik"), "attribute")
        rows = rows[rows["attribute"].astype(str).str.contains(" × ", regex=False).to_numpy(dtype=bool)]
        if rows.empty:
            return []
        estimates = where(self.estimates("sangat_baik"), measure="rate_difference", estimand=PLAIN)
        frame = pd.DataFrame({
            "pair": [" × ".join(self.attribute_word(a) for a in str(v).split(" × ")) for v in rows["attribute"]],
            "label": [" × ".join(self.group_word(g) for g in str(v).split(" × ")) for v in rows["group"]],
            "rated": rows["rated"].to_numpy(), "count": rows["count"].astype("Float64").to_numpy(dtype=float, na_value=math.nan),
            "share": rows["share"].astype("Float64").to_numpy(dtype=float, na_value=math.nan),
            "gap": [self._cell_gap(estimates, term, cell) if status != "withheld" else self.words("none")
                    for term, cell, status in zip(rows["attribute"], rows["group"], rows["status"], strict=True)]})
        few = self.own("groups.too_few")
        columns = [Col("label", self.own("groups.cell")), Col("rated", self.own("groups.rated"), "count"),
                   Col("count", self.own("groups.count"), "count", missing=few), Col("share", "%", "points", digits=1),
                   Col("gap", self.own("groups.cell_gap"))]
        return [self.page.table(frame, columns, id="t-potong", role="inferential", groups="pair", dense=True, head=self.own("groups.cross_head"),
                                desc=self.own("groups.cross_desc", period=self.period), note=self.own("groups.cross_note"))]

    def _cell_gap(self, gaps: pd.DataFrame, term: object, cell: object) -> Cell:
        """Write the gap of an intersection to that of the two references, or that it is the reference itself."""
        own = where(gaps, term=term)
        if len(own) and own["group"].astype(str).str.endswith(f" - {cell}").all():
            return self.own("groups.compared_with")
        return self.points(self.pick(own[own["group"].astype(str).str.startswith(f"{cell} - ").to_numpy(dtype=bool)]))

    # ---- rung 2: gaps within evaluators
    def gaps(self) -> Block:
        """Show gaps within the team of one evaluator and match effects, both results, with what the design could find."""
        frames = {outcome: self._forest_rows(outcome) for outcome in OUTCOMES}
        if not self.opened(2) or all(f.empty for f in frames.values()):
            return self.withheld("gaps", 2, "selisih")
        blocks = [self._forest(outcome, frame) for outcome, frame in frames.items()]
        alike = self.alike()
        return self.section("gaps", self._gaps_answer(frames), 2, *blocks, *([self.page.text(alike)] if alike else []),
                            self.page.text(self.own("gaps.both")))

    def alike(self) -> str:
        """Say which gaps are smaller than one that would matter, which larger, and which these data leave open; empty where none was tested."""
        rows = where(self.estimates("sangat_baik"), measure="within_equivalence")
        if rows.empty:
            return ""
        margin = number(100 * float(rows["null_value"].max()), 1 if float(100 * rows["null_value"].max()) % 1 else 0, self.language)
        said = [self.own("gaps.margin", margin=margin)]
        for reason in ("no_important_gap", "important_gap", "cannot_tell"):
            names = [self.gap_word(g) for g in where(rows, reason=reason)["group"]]
            if names:
                said.append(self.own(f"gaps.{reason}", gaps=listed(names, self.language)))
        return " ".join(said)

    def _forest_rows(self, outcome: str) -> pd.DataFrame:
        rows = self.estimates(outcome)
        found = []
        within = where(rows, measure="within_difference", estimand=NOW)
        for term, group in zip(within["term"], within["group"], strict=True):
            gap = self.pick(rows, measure="within_difference", term=term, group=group, estimand=NOW)
            mde = self.pick(rows, measure="within_detectable_difference", term=term, group=group, estimand=NOW)
            odds = self.pick(rows, measure="within_odds_ratio", term=term, group=str(group).replace(" - ", " / "), estimand=NOW)
            odds = odds or self.pick(rows, measure="within_odds_ratio", term=term, group=group, estimand=NOW)
            found.append(self._line(self.gap_word(group), "within", gap, mde, odds))
        match = where(rows, measure="match_effect")
        for term, group in zip(match["term"], match["group"], strict=True):
            effect = self.pick(rows, measure="match_effect", term=term, group=group)
            mde = self.pick(rows, measure="match_detectable", term=term, group=group)
            own = str(group).split(" | ")[-1].split(" - ")[0]
            attribute = self.attribute_word(str(term).split(" × ")[-1]).lower()
            label = self.own("gaps.match_label", rater=self.group_word(own), attribute=attribute)
            found.append(self._line(label, "match", effect, mde, effect))
        columns = ["label", "section", "estimate", "conf_low", "conf_high", "detectable", "sure", "row", "kind"]
        return pd.DataFrame(found, columns=columns)

    def _line(self, label: str, kind: str, gap: dict[str, Any], mde: dict[str, Any], test: dict[str, Any]) -> dict[str, object]:
        told = self.told(gap) and pd.notna(gap["conf_low"]) and pd.notna(gap["conf_high"])
        p = test.get("p_adjusted")
        return {"label": label, "section": self.own(f"gaps.{kind}"), "kind": kind, "row": gap,
                "estimate": float(gap["estimate"]) if told else math.nan, "conf_low": float(gap["conf_low"]) if told else math.nan,
                "conf_high": float(gap["conf_high"]) if told else math.nan,
                "detectable": float(mde["estimate"]) if self.told(mde) else math.nan,
                "sure": bool(told and p is not None and pd.notna(p) and float(p) <= 0.05 and not gap["conf_low"] <= 0 <= gap["conf_high"])}

    def _forest(self, outcome: str, frame: pd.DataFrame) -> Block:
        drawn = frame[frame["estimate"].notna().to_numpy(dtype=bool)]
        lacking = {str(r["label"]): r["row"] for r in frame.to_dict("records") if pd.isna(r["estimate"]) and isinstance(r["row"], dict)}
        if drawn.empty:
            return self.page.cannot(self.rungs(outcome), self.why_not(next(iter(lacking.values()), {})), self.own("gaps.needed"))
        sure = int(drawn["sure"].sum())
        with_outcome = self.spread().of("sangat_baik") if outcome == "sangat_baik" else self._below()
        name = self.rungs(outcome)
        if sure:
            head = self.own("gaps.head_some", outcome=name, n=self.n(sure), total=self.n(len(drawn)))
        elif with_outcome < 30:
            head = self.own("gaps.head_rare", outcome=name, n=self.n(with_outcome))
        else:
            head = self.own("gaps.head_none", outcome=name)
        tests = self.estimates(outcome)
        pairs = self.family_size(tests, "match_effects")
        also = self.own("gaps.match_family", n=self.n(pairs)) if pairs else ""
        note = self.own("gaps.note", n=self.n(self.family_size(tests, "gaps_within_evaluators")), match=also, rest=self.rest(lacking))
        small = outcome != "sangat_baik"
        chart = charts.forest(drawn.drop(columns=["row", "kind"]), axis=self.own(f"gaps.axis_{outcome}"), digits=2 if small else 1,
                              language=self.language)
        return self.page.figure(chart, id=f"g-selisih-{'bawah' if small else 'atas'}", role="inferential", head=head,
                                desc=self.own("gaps.desc", period=self.period), note=note)

    def _below(self) -> int:
        spread = self.spread()
        return sum(spread.of(c) for c in ("butuh_perbaikan", "kurang", "sangat_kurang"))

    def _gaps_answer(self, frames: dict[str, pd.DataFrame]) -> str:
        said = []
        for outcome, frame in frames.items():
            for row in frame[frame["sure"].to_numpy(dtype=bool) & frame["kind"].eq("within").to_numpy(dtype=bool)].to_dict("records"):
                one, _, other = str(row["label"]).partition(" − ")
                said.append(self.own("gaps.less" if row["estimate"] < 0 else "gaps.more", one=one, other=other,
                                     points=number(100 * abs(float(row["estimate"])), 1, self.language), outcome=say(f"bias_analysis.rungs.{outcome}",
                                                                                                                  self.language)))
        return self.own("gaps.answer_some", gaps="; ".join(said[:3])) if said else self.own("gaps.answer_none")

    # ---- appendix
    def false_claims(self) -> Block:
        """Say how often this page finds something on these very data, shuffled so that nothing is there."""
        every = self.table("false_claims")
        lacking = {self.own(f"false_claims.{r['statement']}", outcome=self.rungs(str(r["outcome"]))): r for r in every.to_dict("records")
                   if r["status"] != "estimated" and str(r["reason"]) == "no_draw_with_a_test"}
        rest = "; ".join(f"{name}: {self.why_not({str(k): v for k, v in row.items()})}" for name, row in lacking.items())
        rows = every[(every["status"].eq("estimated") & (every["draws"] > 0)).to_numpy(dtype=bool)].reset_index(drop=True)
        if rows.empty:
            head = self.page.question("s-keliru", self.own("false_claims.question"), self.own("higher.answer"), short=self.own("false_claims.short"))
            return Block(head.html + self.page.cannot(self.own("false_claims.head"), self.own("higher.not_reached", rung=1),
                                                      self.own("clusters.needed_test")).html)
        shares = [number(100 * float(s), 0, self.language) for s in (rows["share"].min(), rows["share"].max())]
        answer = self.own("false_claims.answer", low=shares[0], high=shares[1]) if shares[0] != shares[1] else \
            self.own("false_claims.answer_one", low=shares[0])
        frame = pd.DataFrame({
            "label": [self.own(f"false_claims.{s}", outcome=self.rungs(str(o))) for s, o in zip(rows["statement"], rows["outcome"], strict=True)],
            "draws": rows["draws"], "share": rows["share"].astype(float), "low": rows["conf_low"].astype(float),
            "high": rows["conf_high"].astype(float)})
        columns = [Col("label", self.own("false_claims.statement")), Col("draws", self.own("false_claims.draws"), "count"),
                   Col("share", self.own("false_claims.share"), "points", digits=1),
                   Col("low", self.own("false_claims.range"), "bounds", high="high", digits=1, optional=True)]
        head = self.page.question("s-keliru", self.own("false_claims.question"), answer, short=self.own("false_claims.short"))
        table = self.page.table(frame, columns, id="t-keliru", role="descriptive", head=self.own("false_claims.head"),
                                desc=self.own("false_claims.desc"), note=f"{self.own('false_claims.note')} {rest}".strip())
        return Block(head.html + table.html)
