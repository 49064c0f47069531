"""What the evaluations of the city and of a unit share: results, change, pattern, dimensions."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from evalkit.errors import ExhibitError
from evalkit.exhibits import charts
from evalkit.exhibits.blocks import Dim
from evalkit.exhibits.reports.base import Report, where
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import count_share, listed, number, percent, spelled
from evalkit.language.sentences import evaluation as say_evaluation
from evalkit.language.sentences.results import Conformity, Rule
from evalkit.language.sentences.words import counted, rule_text

DIMENSIONS = ("productivity", "integrity", "commitment")
SMALL_UNIT = 30


def rule_of(row: pd.Series) -> Rule:
    """Give the rule of a row of `pattern`."""
    share, count = row["limit_share"], row["limit_count"]
    return Rule(tuple(str(row["counted"]).split(",")), str(row["bound"]), None if pd.isna(share) else float(share),
                None if pd.isna(count) else int(count))


class Evaluation(Report):
    """Blocks of both evaluations."""

    name = "evaluation"

    def verdict(self) -> Block:
        """Answer first: the results, the change, the pattern, and how sure that is."""
        sentence = say_evaluation.verdict(self.spread(), self.change(), self.conformity(), self.language, unit=bool(self.unit))
        rows = where(self.here("evidence"), question="counts")
        level = int(rows.iloc[0]["strength"]) if len(rows) else 0
        reason = str(rows.iloc[0]["reason"]) if len(rows) else "nobody_expected"
        why = f"{self.own(f'evidence.reason.{reason}')} {self.own('why_not_objective')}"
        return self.page.verdict(sentence, level, why)

    def composition(self) -> Block:
        """Draw the results of everybody expected, the unrated as the last part."""
        spread = self.spread()
        if spread.rated == 0:
            return self.page.cannot(self.own("composition.question"), self.own("composition.cannot"), self.own("composition.needed"))
        return self.page.figure(charts.composition(self.here("distribution"), language=self.language), id="g-hasil", role="descriptive",
                                head=say_evaluation.composition_head(spread, self.language),
                                desc=self.own("composition.desc", people=counted("person", spread.expected, self.language),
                                              place=self.place, period=self.period),
                                note=say_evaluation.composition_note(spread, self.language))

    def change_over_periods(self) -> Block:
        """Compare this period with the usual variation of the earlier ones, or list the counts."""
        change = self.change()
        answer = say_evaluation.change_answer(change, self.kind, self.language)
        head = self.page.question("s-perubahan", self.own("change.question"), answer, short=self.own("change.short"))
        rows = where(self.table("history"), scope=self.scope, scope_id=self.scope_id, measure="sangat_baik")
        small = bool(self.unit) and self.coverage().expected < SMALL_UNIT
        if change.known and not small:
            try:
                return Block(head.html + self._control_chart(rows).html)
            except ExhibitError:
                pass  # a series without two drawn values is shown as counts
        return Block(head.html + self._counts(rows, small).html)

    def _control_chart(self, rows: pd.DataFrame) -> Block:
        change, missing = self.change(), self.coverage().missing
        note = self.own("change.note", n=spelled(change.n_periods, self.language), kind=self.kind)
        head = self.own("change.head_outside" if change.outside else "change.head", kind=self.kind)
        desc = self.own("change.desc", place=self.place, kind=self.kind)
        desc += self.own("change.upright", missing=counted("person", missing, self.language)) if missing else ""
        return self.page.figure(charts.control_chart(rows, language=self.language), id="g-perubahan", role="inferential", head=head,
                                desc=desc, note=note)

    def _counts(self, rows: pd.DataFrame, small: bool) -> Block:
        shown = rows.sort_values("period")
        if shown.empty or shown["count"].isna().all():
            return self.page.cannot(self.own("change.question"), self.own("change.cannot"), self.own("change.needed"))
        frame = pd.DataFrame({"period": shown["period"].astype(str), "expected": shown["expected"], "count": shown["count"],
                              "missing": shown["missing"]}).astype(object)
        columns = [Col("period", self.words("period"), "period"), Col("expected", self.words("people"), "count"),
                   Col("count", self.words("very_good"), "count"), Col("missing", self.words("missing"), "count")]
        return self.page.table(frame, columns, id="t-perubahan", role="descriptive", head=self.own("change.table_head"),
                                desc=self.own("change.table_desc", place=self.place, kind=self.kind),
                                note=self.own("change.table_note_small" if small else "change.table_note"))

    # ---- pattern
    def pattern_rows(self) -> pd.DataFrame:
        """Give the rules of the reported period, in order, with the unit."""
        return self._pattern.copy(deep=False)

    @cached_property
    def _pattern(self) -> pd.DataFrame:
        return where(self.table("pattern"), period=self.facts.period).sort_values(["scope_id", "order"], ignore_index=True)

    def conformity(self) -> Conformity:
        """Count units that keep all their rules, and find the rule that most do not keep."""
        return self._conformity

    @cached_property
    def _conformity(self) -> Conformity:
        rows = self.pattern_rows()
        rows = rows[rows["met"].notna().to_numpy(dtype=bool)]
        if self.unit:
            rows = where(rows, scope_id=self.unit)
        if rows.empty:
            return Conformity()
        keeps: dict[str, bool] = {}
        by_rule: dict[tuple[str, str], list[int]] = {}  # the rows of each rule of each predikat
        met = rows["met"].to_numpy(dtype=bool)
        for i, (unit, predikat, rule) in enumerate(zip(*(rows[c].astype(str) for c in ("scope_id", "unit_predikat", "rule")), strict=True)):
            keeps[unit] = keeps.get(unit, True) and bool(met[i])
            by_rule.setdefault((predikat, rule), []).append(i)
        worst = max(sorted(by_rule), key=lambda rule: sum(not met[i] for i in by_rule[rule]))
        found = by_rule[worst]
        missed = sum(not met[i] for i in found)
        return Conformity(len(keeps), sum(keeps.values()), rule_of(rows.iloc[found[0]]) if missed else None, len(found), missed, worst[0])

    # ---- three dimensions
    def dimensions(self) -> Block:
        """Put productivity, integrity and commitment side by side: measured by what, or not measured and what it takes."""
        rows = self.here("dimension_summary")
        by_name = {str(r["dimension"]): r for _, r in rows.iterrows()}
        dims = []
        measured: list[str] = []
        missing: list[str] = []
        for name in DIMENSIONS:
            row = by_name.get(name)
            known = row is not None and str(row["status"]) == "measured"
            (measured if known else missing).append(self.own(f"dims.name.{name}").lower())
            dims.append(self._measured(name, row) if known and row is not None else self._not_measured(name, row))
        head = self.page.question("s-tiga", self.own("dims.question"), say_evaluation.dims_answer(measured, missing, self.language),
                                  short=self.own("dims.short"))
        return Block(head.html + self.page.dims(dims, self.own("dims.note")).html)

    def _measured(self, name: str, row: pd.Series) -> Dim:
        source = str(row["source"])
        n = counted("person", int(row["n"]), self.language)
        if source in ("hasil_kerja", "perilaku_kerja"):
            value = self.own("dims.above", n=self.n(row["above"]))
            named = self._source(source)
            text = self.own("dims.rating", source=named[:1].upper() + named[1:], above=count_share(int(row["above"]), int(row["n"]), self.language),
                            meets=self.n(row["meets"]), below=self.n(row["below"]))
        elif source == "attendance":
            value, text = self.own("dims.present", share=percent(float(row["mean"]) / 100, self.language)), self.own("dims.attendance")
        elif source in ("discipline", "indicators"):
            value, text = self.own(f"dims.value.{source}", share=percent(float(row["mean"]) / 100, self.language)), self.own(f"dims.text.{source}")
        else:
            value = number(row["mean"], 2, self.language)
            text = self.own("dims.items", top=number(row["scale_max"], 0, self.language))
        return Dim(self.own(f"dims.name.{name}"), value, text, self.own("dims.source", source=self._source(source), n=n))

    def _not_measured(self, name: str, row: pd.Series | None) -> Dim:
        needed = "" if row is None or pd.isna(row["needed"]) else str(row["needed"])
        names = listed([self._source(s) for s in needed.split(",") if s], self.language)
        reason = "no_data" if row is None or pd.isna(row["reason"]) else str(row["reason"])
        why = self.own(f"dims.reason.{reason}") if name == "productivity" else self.own(f"dims.not.{name}")
        return Dim(self.own(f"dims.name.{name}"), "", why, self.own("dims.needed", needed=names) if names else "")

    def _source(self, code: str) -> str:
        return self.word_or(f"dims.from.{code}", code)

    def rules_table(self, rows: pd.DataFrame, *, id: str = "t-aturan") -> Block:
        """Count units by rule: how many it applies to and how many keep it."""
        keys = rows.drop_duplicates(["unit_predikat", "rule"])
        order = {p: i for i, p in enumerate(("istimewa", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"))}
        out = []
        for _, row in keys.iterrows():
            same = where(rows, unit_predikat=row["unit_predikat"], rule=row["rule"])
            known = same["met"].dropna().astype(bool)
            out.append({"by": order.get(str(row["unit_predikat"]), 9), "then": int(row["order"]),
                        "predikat": self.predikat_word(str(row["unit_predikat"])), "rule": rule_text(rule_of(row), self.language),
                        "units": len(known), "met": int(known.sum())})
        frame = pd.DataFrame(out).sort_values(["by", "then"], kind="stable", ignore_index=True)
        columns = [Col("predikat", self.own("pattern.unit_predikat")), Col("rule", self.own("pattern.rule")),
                   Col("units", self.own("pattern.units"), "count"), Col("met", self.own("pattern.met"), "count")]
        return self.page.table(frame, columns, id=id, role="descriptive", head=self.own("pattern.table_head"),
                               desc=self.own("pattern.table_desc", period=self.period), note=self.own("pattern.note"))

    def predikat_word(self, code: str) -> str:
        """Say a unit predikat by its official word."""
        return say(f"predikat.{code}", "id")
