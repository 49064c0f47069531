"""What the collected forms are worth, raters and groups on them, and the survey of perceived fairness; for the city, nobody named."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits.amounts import Cell, amount, interval
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_evaluators import EvaluatorSections
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number, percent, period_text, range_text

MEASURES = ("cronbach_alpha", "mcdonald_omega", "sem_answer", "gwet_ac2", "krippendorff_alpha", "icc_agreement")
INSTRUMENTS = ("vinyet", "formulir-360", "penilaian-ganda")
_TOLD = ("estimated", "boundary")


class CollectedSections(EvaluatorSections):
    """Reliability of the collected instruments; the survey."""

    def collected(self) -> Block:
        """Show how far collected instruments can be trusted, and what people say of their rating; for the city only."""
        return stacked(self.reliability(), self.survey())

    # ---- reliability
    def reliability(self) -> Block:
        """Show alpha, omega, agreement and the error of one answer sheet; then what more cases or raters would give."""
        table = self.table("collected_reliability")
        told = table[(table["status"].isin(_TOLD) & table["estimate"].notna()).to_numpy(dtype=bool, na_value=False)]
        names = sorted(set(told["instrument"].astype(str)), key=lambda n: (INSTRUMENTS.index(n) if n in INSTRUMENTS else len(INSTRUMENTS), n))
        if not names:
            return self.section("collected", self.own("higher.answer"), 3, self.page.cannot(
                self.own("collected.question"), self.own("collected.none"), self.own("vignettes.needed")), withheld=True)
        blocks = [b for b in (self._measures(told, names), self._more(told, names), self._apart(table)) if b is not None]
        return self.section("collected", self._reliable(told, names), 3, *blocks)

    def _reliable(self, told: pd.DataFrame, names: list[str]) -> str:
        one = where(told, measure="icc_agreement")
        parts = [self.own("collected.one", instrument=self.instrument_word(n), value=number(float(row["estimate"]), 2, self.language))
                 for n in names for row in where(one, instrument=n).to_dict("records")]
        return self.own("collected.answer", parts="; ".join(parts)) if parts else self.own("collected.answer_none")

    def _measures(self, told: pd.DataFrame, names: list[str]) -> Block | None:
        rows = [{"instrument": self.instrument_word(n), "label": self.own(f"collected.{m}"), "value": amount(row["estimate"], 2, self.language),
                 "range": self._limits_of(row), "n": self.whole(row["n"])}
                for n in names for m in MEASURES for row in where(told, instrument=n, measure=m).to_dict("records")]
        if not rows:
            return None
        columns = [Col("label", self.own("linked.measure")), Col("value", self.own("collected.value")), Col("range", self.own("linked.range")),
                   Col("n", self.own("collected.n"), optional=True)]
        return self.page.table(pd.DataFrame(rows), columns, id="t-keandalan", role="inferential", groups="instrument",
                               head=self.own("collected.head"), desc=self.own("collected.desc"), note=self.own("collected.note"))

    def _limits_of(self, row: dict[Any, Any]) -> Cell:
        if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
            return self.words("none")
        return interval(row["conf_low"], row["conf_high"], 2, self.language)

    def _more(self, told: pd.DataFrame, names: list[str]) -> Block | None:
        study = where(told, measure="generalizability")
        rows = []
        for name in names:
            own = where(study, instrument=name).assign(k=lambda f: f["term"].astype(int)).sort_values("k")
            rows += [{"instrument": self.own(f"collected.of_{row['group']}", instrument=self.instrument_word(name)),
                      "label": self.own(f"collected.n_{row['group']}", k=self.n(row["k"])),
                      "value": amount(row["estimate"], 2, self.language)} for row in own.to_dict("records")]
        if not rows:
            return None
        columns = [Col("label", self.own("collected.levels")), Col("value", self.own("collected.reliability"))]
        return self.page.table(pd.DataFrame(rows), columns, id="t-tambahan", role="inferential", groups="instrument",
                               head=self.own("collected.more_head"), desc=self.own("collected.more_desc"), note=self.own("collected.more_note"))

    def _apart(self, table: pd.DataFrame) -> Block:
        """Show whether raters treat groups of people alike; what is missing where no instrument can say."""
        test, apart = where(table, measure="groups_differ", status="estimated"), where(table, measure="groups_apart", status="estimated")
        rows = []
        for row in test.to_dict("records"):
            own = where(apart, instrument=row["instrument"], group=row["group"])
            if own.empty or pd.isna(row["p_value"]):
                continue
            p = float(row["p_value"])
            rows.append({"instrument": self.instrument_word(row["instrument"]), "label": self._attribute(row["group"]),
                         "n": self.whole(own["n"].iloc[0]), "apart": self.whole(own["estimate"].iloc[0]),
                         "p": amount(p, 3, self.language, text="" if p >= 0.001 else f"< {number(0.001, 3, self.language)}")})
        if not rows:
            return self.page.cannot(self.own("collected.groups_question"), self.own("collected.groups_why"), self.own("collected.groups_needed"))
        columns = [Col("label", self.own("collected.attribute")), Col("n", self.own("collected.compared")), Col("apart", self.own("collected.apart")),
                   Col("p", "p")]
        return self.page.table(pd.DataFrame(rows), columns, id="t-penilai-kelompok", role="inferential", groups="instrument",
                               head=self.own("collected.groups_head"), desc=self.own("collected.groups_desc"), note=self.own("collected.groups_note"))

    def _attribute(self, code: object) -> str:
        known = f"evaluation.attribute.{code}"
        return say(known, self.language) if known in catalogue() else str(code).replace("_", " ")

    # ---- the survey
    def survey(self) -> Block:
        """Show what people say of the fairness of their rating; groups that are too small are withheld."""
        table = self.table("fairness_survey")
        whole = where(table, question="", group="", status="estimated")
        if whole.empty:
            few = len(table) > 0
            return self.section("survey", self.own("survey.answer_few" if few else "survey.answer_none"), 0, self.page.cannot(
                self.own("survey.question"), self.own("survey.few" if few else "survey.none"), self.own("survey.needed")), withheld=True)
        row = whole.iloc[0]
        answer = self.own("survey.answer", n=self.n(int(row["n"])), share=percent(row["share"], self.language, 0))
        return self.section("survey", answer, 0, self._questions(table, row))

    def _questions(self, table: pd.DataFrame, whole: pd.Series) -> Block:
        groups = sorted({str(g) for g in table["group"]} - {""})
        rows = []
        for question in [*dict.fromkeys(q for q in table["question"].astype(str) if q), ""]:
            line: dict[str, Cell] = {"label": self.own(f"survey.item.{question}" if question else "survey.all")}
            for group in ["", *groups]:
                own = where(table, question=question, group=group, status="estimated")
                line[f"g{group}"] = amount(own["mean"].iloc[0], 1, self.language) if len(own) else self.own("survey.withheld")
                if not group:
                    agree = percent(own["share"].iloc[0], self.language, 0).removesuffix("%") if len(own) else self.own("survey.withheld")
                    line["share"] = amount(own["share"].iloc[0], 0, self.language, form="share", text=agree) if len(own) else agree
            rows.append(line)
        columns = [Col("label", self.own("survey.statement")), Col("g", self.own("survey.mean")), Col("share", self.own("survey.agree")),
                   *(Col(f"g{g}", self._survey_group(g), optional=True) for g in groups)]
        alpha = self.own("survey.alpha", value=number(whole["alpha"], 2, self.language), range=range_text(
            whole["conf_low"], whole["conf_high"], 2, self.language)) if pd.notna(whole["alpha"]) else self.own("survey.alpha_none")
        return self.page.table(pd.DataFrame(rows), columns, id="t-survei", role="descriptive", head=self.own("survey.head"),
                               desc=self.own("survey.desc", period=period_text(str(whole["period"]), self.language)),
                               note=f"{self.own('survey.note')} {alpha}")

    def _survey_group(self, code: str) -> str:
        known = f"bias_analysis.survey.group.{code}"
        return say(known, self.language) if known in catalogue() else code.capitalize()
