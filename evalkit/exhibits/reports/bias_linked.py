"""Sections of rungs 3 and 4: blind double ratings and common vignettes. For the city; no evaluator is named or ranked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Cell, amount, estimate, interval
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_collected import CollectedSections
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number, percent, period_text, range_text
from evalkit.language.sentences.words import counted

LEAST_DOUBLES = 30
ITEMS = ("hasil_kerja", "perilaku_kerja")
WORDS = ("di_bawah", "sesuai", "di_atas")
ACCURACY = ("elevation", "differential_elevation", "stereotype_accuracy", "differential_accuracy", "distance", "halo", "central_tendency",
            "range_ratio", "drift")
SIGNED = frozenset({"elevation", "halo", "central_tendency", "drift"})
SERVICE = ("severity_in_service", "severity_in_service_corrected", "reliability_linked", "reliability_service")
_VIGNETTE = "vignette"


class LinkedSections(CollectedSections):
    """Double ratings, vignettes."""

    def higher(self) -> Block:
        """Show what double ratings and vignettes say; a rung that is not reached keeps its place and says what it would take."""
        if self.unit:
            return stacked(*(self.section(key, self.own("linked.unit_answer"), rung, self.page.cannot(
                self.own(f"{key}.question"), self.own("linked.unit_cannot"), self.own("linked.unit_needed")), withheld=True)
                for key, rung in (("doubles", 3), ("vignettes", 4))))
        return stacked(self.doubles(), self.vignettes(), self.collected())

    def linked_why(self, row: dict[str, Any]) -> str:
        """Say in words why an estimate on linked ratings is not there."""
        code = str(row.get("reason") or "no_ratings")
        known = f"linked_reason.{code}"
        return say(known, self.language) if known in catalogue() else self.why_not(row)

    def _pick(self, rows: pd.DataFrame, **values: str) -> dict[str, Any]:
        found = where(rows, **values)
        return {str(k): v for k, v in found.iloc[0].to_dict().items()} if len(found) else {}

    def _value(self, row: dict[str, Any], digits: int = 2, *, sign: bool = False) -> Cell:
        return amount(row["estimate"], digits, self.language, form="signed" if sign else "number") if self.told(row) else self.words("none")

    def _range(self, row: dict[str, Any], digits: int = 2) -> Cell:
        if not self.told(row) or pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
            return self.words("none")
        return interval(row["conf_low"], row["conf_high"], digits, self.language)

    def _rest(self, rows: dict[str, dict[str, Any]]) -> str:
        lacking = [f"{name} ({self.linked_why(row).rstrip('.').lower()})" for name, row in rows.items() if row and not self.told(row)]
        return f" {self.own('linked.not_told', items='; '.join(lacking))}" if lacking else ""

    # ---- rung 3
    def doubles(self) -> Block:
        """Show how far a second rater who did not see the first rating agrees with it."""
        table = self.table("double_agreement")
        same = {item: self._pick(table, measure="percent_agreement", term=item) for item in ITEMS}
        if not all(self.told(row) for row in same.values()):
            n = max((int(r["n"]) for r in same.values() if r and pd.notna(r["n"])), default=0)
            why = self.own("doubles.so_far", n=self.n(n), least=self.n(LEAST_DOUBLES)) if n else ""
            return self.withheld("doubles", 3, "ganda", why)
        shares = [number(100 * same[item]["estimate"], 0, self.language) for item in ITEMS]
        return self.section("doubles", self.own("doubles.answer", same=shares[0], same_2=shares[1]), 3, self._agreement(table),
                            self._crossed_doubles())

    def _agreement(self, table: pd.DataFrame) -> Block:
        rows = []
        for measure in ("percent_agreement", "gwet_ac2", "krippendorff_alpha", "icc_1_1", "second_less_first"):
            found = [self._pick(table, measure=measure, term=item) for item in ITEMS]
            texts = [self._double_cell(measure, row) for row in found]
            rows.append({"label": self.own(f"doubles.{measure}"), "first": texts[0], "second": texts[1]})
        one = self._pick(table, measure="icc_1_1", term=ITEMS[0])
        if not self.told(one):
            icc = self.own("doubles.unknown")
        elif pd.isna(one["conf_low"]):
            icc = self.own("doubles.no_range", value=self._value(one))
        else:
            icc = self.rungs("range", value=self._value(one), low=number(one["conf_low"], 2, self.language),
                             high=number(one["conf_high"], 2, self.language))
        n = int(self._pick(table, measure="percent_agreement", term=ITEMS[0])["n"])
        columns = [Col("label", self.own("linked.measure")), *(Col(c, self.own(f"doubles.item_{i}")) for c, i in zip(("first", "second"), ITEMS,
                                                                                                                     strict=True))]
        return self.page.table(pd.DataFrame(rows), columns, id="t-ganda", role="inferential", head=self.own("doubles.head", icc=icc),
                               desc=self.own("doubles.desc", n=self.n(n), least=self.n(LEAST_DOUBLES)), note=self.own("doubles.note"))

    def _double_cell(self, measure: str, row: dict[str, Any]) -> Cell:
        if not self.told(row):
            return self.words("none")
        if measure != "percent_agreement":
            sign = measure == "second_less_first"
            return estimate(row, f"{self._value(row, sign=sign)} ({self._range(row)})", 2)
        low, high = (100 * float(row[c]) for c in ("conf_low", "conf_high"))
        shown = f"{percent(row['estimate'], self.language, 0).removesuffix('%')} ({range_text(low, high, 0, self.language)})"
        return estimate(row, shown, 0, form="share")

    def _crossed_doubles(self) -> Block:
        pairs = self.table("double_pairs")
        rows = []
        for item in ITEMS:
            own = where(pairs, item=item)
            for first in WORDS:
                cells = {second: int(where(own, first=first, second=second)["n"].sum()) for second in WORDS}
                rows.append({"item": self.own(f"doubles.item_{item}"), "label": say(f"rating.{first}", self.language), **cells})
        columns = [Col("label", self.own("doubles.first")), *(Col(w, say(f"rating.{w}", self.language), "count") for w in WORDS)]
        return self.page.table(pd.DataFrame(rows), columns, id="t-silang", role="descriptive", head=self.own("doubles.table_head"), groups="item",
                               desc=self.own("doubles.table_desc"))

    # ---- rung 4
    def instrument(self) -> str:
        """Give the linked instrument that is shown: the one with severities and most raters, vignettes first; empty where there is none."""
        rows = self.table("linked_severity")
        spread = rows[(rows["measure"].eq("severity_spread") & rows["model"].eq("deviation")).to_numpy(dtype=bool, na_value=False)]
        keyed = set(where(self.table("linked_accuracy"), measure="distance", group="all")["instrument"].astype(str))
        raters = spread["n_raters"].fillna(0).astype(int)
        order = sorted(zip(spread["instrument"].astype(str), raters, strict=True), key=lambda r: (r[0] not in keyed, -int(r[1])))
        return str(order[0][0]) if order else ""

    def vignettes(self) -> Block:
        """Show severity, accuracy, halo and use of the scale on common cases, and whether severity goes with service."""
        name = self.instrument()
        if not name:
            held = where(self.table("linked_severity"), status="withheld")
            why = self.own("vignettes.low_reach") if len(held) and self._has_vignettes() else ""
            return self.withheld("vignettes", 4, "kasus", why)
        severity = where(self.table("linked_severity"), instrument=name, model="deviation")
        accuracy = where(self.table("linked_accuracy"), instrument=name)
        spread, own = self._pick(severity, measure="severity_spread"), where(severity, measure="severity", status="estimated")
        distance = self._pick(accuracy, measure="distance", group="all")
        figure = self._caterpillar(own, spread, self.told(distance)) if len(own) else self.page.cannot(
            self.own("vignettes.no_severity"), self.linked_why(self._pick(severity, measure="severity")), self.own("vignettes.no_severity_needed"))
        blocks = [figure, self._map(name) if len(own) else None, self._accuracy(accuracy), self._service(name)]
        cannot = self.page.cannot(self.own("vignettes.cannot"), self.own("vignettes.why"),
                                  self.own("vignettes.cannot_reached" if self.opened(3) else "vignettes.cannot_needed"))
        return self.section("vignettes", self._answer(own, spread, distance, name), 4, *(b for b in blocks if b is not None), cannot)

    def _has_vignettes(self) -> bool:
        rows = self.table("identification")
        return bool(rows["reason"].eq("common_vignettes").fillna(False).any())

    def _answer(self, own: pd.DataFrame, spread: dict[str, Any], distance: dict[str, Any], name: str) -> str:
        if own.empty:
            return self.own("vignettes.answer_none")
        if not self.told(distance):
            return self.own("vignettes.answer_key", sd=self._value(spread))
        steps = where(self.table("linked_map"), instrument=name, facet="threshold")["label"].astype(int)
        low, high = (int(steps.min()) - 1, int(steps.max())) if len(steps) else (1, 5)
        return self.own("vignettes.answer", sd=self._value(spread), distance=self._value(distance), low=low, high=high)

    def _caterpillar(self, own: pd.DataFrame, spread: dict[str, Any], against_key: bool) -> Block:
        clear = int(((own["conf_low"] > 0) | (own["conf_high"] < 0)).fillna(False).sum())
        frame = own[["estimate", "conf_low", "conf_high"]].astype(float)
        head = self.own("vignettes.head" if against_key else "vignettes.head_mean", clear=self.n(clear),
                        n=counted("evaluator", len(own), self.language))
        low, high = (number(spread[c], 2, self.language) if self.told(spread) and pd.notna(spread[c]) else self.words("none")
                     for c in ("conf_low", "conf_high"))
        desc = self.own("vignettes.desc", objects=self.n(int(own["n"].max())), period=period_text(str(own.iloc[0]["period"]), self.language))
        return self.page.figure(charts.caterpillar(frame, axis=self.own("vignettes.axis"), language=self.language), id="g-keketatan",
                                role="inferential", head=head, desc=desc, note=self.own("vignettes.note", sd=self._value(spread), low=low, high=high))

    def _map(self, name: str) -> Block | None:
        rows = where(self.table("linked_map"), instrument=name)
        if rows.empty:
            return None
        cases = bool(rows["object_kind"].eq(_VIGNETTE).any())
        frame = pd.DataFrame({"facet": rows["facet"].astype(str), "measure": rows["measure"].astype(float),
                              "label": [self._map_label(str(f), str(v)) for f, v in zip(rows["facet"], rows["label"], strict=True)]})
        names = {"object": self.own("vignettes.map_object" if cases else "vignettes.map_people"),
                 **{f: self.own(f"vignettes.map_{f}") for f in ("rater", "item", "threshold")}}
        residual = number(max(float(rows["largest_residual"].iloc[0]), 0.001), 3, self.language)
        return self.page.figure(charts.wright_map(frame, names=names, language=self.language), id="g-peta", role="inferential",
                                head=self.own("vignettes.map_head"), desc=self.own("vignettes.map_desc"),
                                note=self.own("vignettes.map_note", residual=residual))

    def _map_label(self, facet: str, label: str) -> str:
        if facet == "threshold":
            return self.own("vignettes.step", n=label)
        return self.item_word(label) if facet == "item" else label

    def _accuracy(self, accuracy: pd.DataFrame) -> Block | None:
        rows: list[dict[str, object]] = []
        lacking: dict[str, dict[str, Any]] = {}
        for measure in ACCURACY:
            own = where(accuracy, measure=measure)
            mean = self._pick(own, term="", group="all") or self._pick(own, term="")
            if not self.told(mean):
                lacking[self.own(f"vignettes.{measure}").split(",")[0]] = mean
                continue
            each = own[(own["term"].ne("") & own["status"].eq("estimated")).to_numpy(dtype=bool, na_value=False)]["estimate"].astype(float)
            eight = interval(each.quantile(0.1), each.quantile(0.9), 2, self.language) if len(each) >= 10 else self.words("none")
            rows.append({"label": self.own(f"vignettes.{measure}"), "mean": self._value(mean, sign=measure in SIGNED), "range": self._range(mean),
                         "eight": eight, "neutral": amount(mean["null_value"], 0, self.language)})
        if not rows:
            return None
        distance = self._pick(accuracy, measure="distance", group="all")
        n = max((int(v) for v in accuracy["n_raters"].dropna()), default=0)
        head = self.own("vignettes.accuracy_head", distance=self._value(distance)) if self.told(distance) else \
            self.own("vignettes.accuracy_head_none")
        columns = [Col("label", self.own("linked.measure")), Col("mean", self.own("vignettes.mean")), Col("range", self.own("linked.range")),
                   Col("eight", self.own("vignettes.eight")), Col("neutral", self.own("vignettes.neutral"), optional=True)]
        return self.page.table(pd.DataFrame(rows), columns, id="t-ketepatan", role="inferential", head=head,
                               desc=self.own("vignettes.accuracy_desc", n=counted("evaluator", n, self.language)),
                               note=self.own("vignettes.accuracy_note", rest=self._rest(lacking)))

    def _service(self, name: str) -> Block | None:
        table = where(self.table("severity_and_service"), instrument=name)
        found = {m: self._pick(table, measure=m) for m in SERVICE}
        main = found[SERVICE[0]]
        if not self.told(main):
            return None
        rows = [{"label": self.own(f"vignettes.{m}"), "value": self._value(row), "range": self._range(row)}
                for m, row in found.items() if self.told(row)]
        corrected = self.own("vignettes.service_corrected" if self.told(found[SERVICE[1]]) else "vignettes.service_uncorrected")
        head = self.own("vignettes.service_head_yes" if main["conf_low"] > 0 else "vignettes.service_head_no")
        columns = [Col("label", self.own("linked.measure")), Col("value", self.own("vignettes.value")), Col("range", self.own("linked.range"))]
        return self.page.table(pd.DataFrame(rows), columns, id="t-dinas", role="inferential", head=head,
                               desc=self.own("vignettes.service_desc", n=counted("evaluator", int(main["n_raters"]), self.language)),
                               note=self.own("vignettes.service_note", corrected=corrected))
