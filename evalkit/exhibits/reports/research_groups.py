"""Research pages on groups: gaps within evaluators, every defensible way, false claims."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Cell, amount
from evalkit.exhibits.reports.research import first
from evalkit.exhibits.reports.research_raters import RaterBlocks
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue
from evalkit.language.numbers_dates import number, signed


class ResearchPage(RaterBlocks):
    """The page of a research notebook."""

    def group_word(self, code: object) -> str:
        """Say a group in words."""
        found = catalogue().get(f"evaluation.group.{code}") or catalogue().get(f"bias_analysis.group.{code}")
        return found[self.language] if found else str(code).replace("_", " ")

    def attribute_word(self, code: object) -> str:
        """Say an attribute in words."""
        found = catalogue().get(f"evaluation.attribute.{code}")
        return found[self.language] if found else str(code).replace("_", " ")

    def gap_word(self, group: object) -> str:
        """Say a comparison: "pppk - pns" becomes "PPPK − PNS"."""
        return " − ".join(self.group_word(g) for g in str(group).replace(" / ", " - ").split(" - "))

    def named_gap(self, attribute: str, group: str, reference: str) -> str:
        """Say a comparison; where its groups are bare codes of a file, as "1 − 3", with the attribute: "1 − 3 (rank)"."""
        said = self.gap_word(f"{group} - {reference}")
        known = all(self.group_word(g) != str(g).replace("_", " ") for g in (group, reference))
        return said if known or not attribute else f"{said} ({self.attribute_word(attribute)})"

    # ---- gaps within evaluators
    def gaps_verdict(self, within: pd.DataFrame) -> Block:
        """Answer: how many gaps can be told from zero under the same evaluator."""
        tested = within[within["measure"].isin(["within_odds_ratio", "linked_gap", "own_group_effect"]).to_numpy(dtype=bool)]
        known = tested[tested["p_adjusted"].notna().to_numpy(dtype=bool)]
        if known.empty:
            reason = str(tested["reason"].iloc[0]) if len(tested) else "no_attribute"
            return self.page.verdict(self.mine("verdict_lacking", reason=self.why_not(reason)), 0, self.mine("why"))
        sure = int((known["p_adjusted"] <= 0.05).sum())
        key = "verdict_some" if sure else "verdict_none"
        return self.page.verdict(self.mine(key, n=self.n(sure), total=self.n(len(known))), 2, self.mine("why"))

    def gaps(self, plain: pd.DataFrame, within: pd.DataFrame, outcome: str) -> Block:
        """Show each gap plainly and under the same evaluator, with what the design could find, and what was planted."""
        if self.data.kind != "appraisals":
            return stacked()
        rows = []
        for _, gap in within[within["measure"].eq("within_difference").to_numpy(dtype=bool)].iterrows():
            own = {"term": str(gap["term"]), "group": str(gap["group"])}
            test = first(within, measure="within_odds_ratio", term=own["term"], group=own["group"].replace(" - ", " / "))
            mde = first(within, measure="within_detectable_difference", **own)
            rows.append({"label": self.gap_word(gap["group"]), "plain": self.cell(first(plain, measure="rate_difference", **own)),
                         "within": self.cell(gap) if self.told(gap) else self.why_not(gap["reason"]),
                         "mde": self.cell(mde, sign=False),
                         "p": self.p_text(test.get("p_adjusted")), "truth": self._planted_gap(own, outcome)})
        if not rows:
            return self.page.cannot(self.mine("s_main"), self.why_not("no_attribute"), self.own("multiverse.needed"))
        columns = [Col("label", self.mine("group")), Col("plain", self.mine("plain"), optional=True), Col("within", self.mine("within")),
                   Col("mde", self.mine("mde")), Col("p", self.mine("padj"), optional=True)]
        planted = any(r["truth"] for r in rows)
        columns += [Col("truth", self.own("truth"))] if planted else []
        note = f"{self.mine('note')} {self.mine('note_truth')}" if planted else self.mine("note")
        head = self.mine("head" if outcome == "sangat_baik" else "head_below")
        return self.page.table(pd.DataFrame(rows), columns, id=f"t-{outcome.replace('_', '-')}", role="inferential", head=head,
                               desc=self.mine("desc", period=self.period), note=note)

    def _planted_gap(self, gap: Mapping[str, str], outcome: str) -> Cell:
        truth = self.data.truth.get("gaps")
        if truth is None or outcome != "sangat_baik":
            return ""
        group = gap["group"].split(" - ")[0]
        row = truth[(truth["attribute"].eq(gap["term"]) & truth["group"].eq(group)).to_numpy(dtype=bool)]
        if row.empty:
            return self.words("none")
        size = float(row["difference"].iloc[0])
        return amount(size, 1, self.language, form="gap", text=signed(100 * size, 1, self.language))

    def gaps_linked(self, found: pd.DataFrame) -> Block:
        """Show gaps under common raters and what raters add for their own group."""
        if self.data.kind != "linked":
            return stacked()
        if found.empty:
            return self.page.cannot(self.mine("s_main"), self.why_not("no_attribute"), self.own("multiverse.needed"))
        rows = [{"label": f"{self.attribute_word(r['term'])}: " + (self.gap_word(r["group"]) if r["measure"] == "linked_gap" else
                                                                   self.own("measure.own_group_effect").lower()),
                 "within": self.cell(r, scale=1, digits=2) if self.told(r) else self.why_not(r["reason"]), "n": r["n"],
                 "p": self.p_text(r["p_adjusted"])} for _, r in found.iterrows()]
        columns = [Col("label", self.mine("group")), Col("within", self.mine("within")), Col("n", self.own("n"), "count", optional=True),
                   Col("p", self.mine("padj"))]
        return self.page.table(pd.DataFrame(rows), columns, id="t-tertaut", role="inferential", head=self.mine("head_linked"),
                               desc=self.mine("desc_linked"), note=self.mine("note_linked"))

    def opened(self) -> Block:
        """Open the section of the results."""
        return self.section("main")

    # ---- every defensible way
    def multiverse_verdict(self, agreed: pd.DataFrame, group: str, reference: str, attribute: str = "") -> Block:
        """Answer: how far the ways agree on the first outcome."""
        known = agreed[(agreed["n_estimated"] > 0).to_numpy(dtype=bool)]
        if known.empty or known["share_excludes_zero"].isna().iloc[0]:
            return self.page.verdict(self.mine("verdict_none", reason=self.why_not("no_attribute" if not group else "group_not_in_data")), 0,
                                     self.mine("why"))
        row = known.iloc[0]
        n = int(row["n_estimated"])
        same = round(n * float(row["share_same_sign"])) if pd.notna(row["share_same_sign"]) else 0
        return self.page.verdict(self.mine("verdict_same", group=self.named_gap(attribute, group, reference), n=self.n(n), same=self.n(same),
                                           clear=self.n(round(n * float(row["share_excludes_zero"])))), 2, self.mine("why"))

    def choice(self, code: str) -> str:
        """Say an option of a decision."""
        return self.mine(f"choice.{code}") if f"research.multiverse.choice.{code}" in catalogue() else code.replace("_", " ")

    def outcome_word(self, code: str) -> str:
        """Say an outcome."""
        found = catalogue().get(f"research.multiverse.outcomes.{code}")
        return found[self.language] if found else code.replace(">=", " ≥ ").replace("<=", " ≤ ")

    def multiverse(self, table: pd.DataFrame, group: str, reference: str, attribute: str = "") -> Block:
        """Show the specification curve of each outcome."""
        if table.empty or table["estimate"].notna().sum() == 0:
            return self.section("main", self.page.cannot(self.mine("s_main"), self.why_not("group_not_in_data" if group else "no_attribute"),
                                                         self.mine("needed")))
        names = list(dict.fromkeys(e for v in table["excluded"] for e in str(v).split(" + ") if e != "none"))
        flags = {f"x-{e}": [e in str(v).split(" + ") for v in table["excluded"]] for e in names} | {"x-none": table["excluded"].eq("none").to_list()}
        fixed = list(dict.fromkeys(str(a) for a in table["adjusted"]))
        flags |= {f"a-{a}": table["adjusted"].eq(a).to_list() for a in fixed}
        choices = [(self.mine("excluded"), [("x-none", self.mine("none")), *((f"x-{e}", self.choice(e)) for e in names)]),
                   (self.mine("adjusted"), [(f"a-{a}", self.mine("none") if a == "none" else self.choice(a)) for a in fixed])]
        frame = table.assign(**flags)
        blocks = []
        for i, (outcome, own) in enumerate(frame.groupby("outcome", sort=False)):
            drawn = own.dropna(subset=["estimate", "conf_low", "conf_high"])
            if drawn.empty:
                continue
            digits = 2 if str(outcome) == "below_baik" else 1
            chart = charts.specifications(drawn, choices, axis=self.mine("axis"), digits=digits, language=self.language)
            head = self.mine("head", outcome=self.outcome_word(str(outcome)), group=self.named_gap(attribute, group, reference))
            blocks.append(self.page.figure(chart, id=f"g-cara-{i + 1}", role="inferential", head=head, desc=self.mine("desc"),
                                           note=self.mine("note")))
        return self.section("main", *blocks)

    def agreement(self, agreed: pd.DataFrame) -> Block:
        """Show in a table how far the ways agree."""
        known = agreed[(agreed["n_estimated"] > 0).to_numpy(dtype=bool)]
        if known.empty:
            return stacked()
        frame = known.assign(label=[self.outcome_word(str(o)) for o in known["outcome"]],
                             **{c: 100 * known[c].astype(float) for c in ("low", "median", "high")})
        columns = [Col("label", self.mine("outcome")), Col("n_estimated", self.mine("ways"), "count"),
                   *(Col(c, self.mine(c), "signed", digits=1, optional=c == "median") for c in ("low", "median", "high")),
                   Col("share_same_sign", self.mine("same"), "points"), Col("share_excludes_zero", self.mine("clear"), "points")]
        return self.page.table(frame, columns, id="t-cara", role="descriptive", head=self.mine("head_table"), desc=self.mine("desc_table"))

    # ---- false claims
    def claims_verdict(self, claims: pd.DataFrame) -> Block:
        """Answer: on which share of shuffled data something is claimed."""
        known = claims[claims["status"].eq("estimated").to_numpy(dtype=bool)]
        if known.empty:
            reason = str(claims["reason"].iloc[-1]) if len(claims) else "no_attribute"
            return self.page.verdict(self.mine("verdict_none", reason=self.why_not(reason)), 0, self.mine("why"))
        low, high = (number(100 * float(v), 1, self.language) for v in (known["share"].min(), known["share"].max()))
        sentence = self.mine("verdict", low=low, high=high) if low != high else self.mine("verdict_one", low=low)
        return self.page.verdict(sentence, 4, self.mine("why"))

    def claims(self, claims: pd.DataFrame) -> Block:
        """Show the share of shuffled data on which each statement is made."""
        known = claims[claims["status"].eq("estimated").to_numpy(dtype=bool)]
        if known.empty:
            reason = str(claims["reason"].iloc[-1]) if len(claims) else "no_attribute"
            return self.section("main", self.page.cannot(self.mine("s_main"), self.why_not(reason), self.mine("needed")))
        words = [self.mine("of.all") if o == "all" else self.outcome_word(str(o)) for o in known["outcome"]]
        rows = [{"label": self.mine(f"of.{r['statement']}", outcome=word),
                 "draws": r["draws"], "share": float(r["share"]), "low": float(r["conf_low"]), "high": float(r["conf_high"])}
                for word, (_, r) in zip(words, known.iterrows(), strict=True)]
        columns = [Col("label", self.mine("statement")), Col("draws", self.mine("draws"), "count", optional=True),
                   Col("share", self.mine("share"), "points", digits=1), Col("low", self.own("span"), "bounds", high="high", digits=1)]
        return self.section("main", self.page.table(pd.DataFrame(rows), columns, id="t-keliru", role="descriptive", head=self.mine("head"),
                                                    desc=self.mine("desc"), note=self.mine("note")))

