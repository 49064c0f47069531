"""Sections of the bias analysis about evaluators, above rung 0: one statement for the city each, none on a person."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_cells import BiasCells
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number, percent, period_text

OUTCOMES = ("sangat_baik", "below_baik")
FEW = 20  # people, under which a share is said as a count
LEAST_TEAM = 5


class EvaluatorSections(BiasCells):
    """Carried over, clustering, rotation."""

    # ---- what the sections share
    def effect(self, measure: str, term: str = "", group: str = "") -> dict[str, Any]:
        """Give one row of the estimates on evaluators; empty where there is none."""
        rows = where(self.table("evaluator_effects"), measure=measure, term=term, group=group)
        return {str(k): v for k, v in rows.iloc[0].to_dict().items()} if len(rows) else {}

    def why_not(self, row: dict[str, Any]) -> str:
        """Say in words why an estimate is not there."""
        code = str(row.get("reason") or "nobody_rated")
        for family in ("effect_reason", "rater_reason", "group_reason", "page_reason", "ladder.reason"):
            if f"{family}.{code}" in catalogue():
                return say(f"{family}.{code}", self.language)
        return code.replace("_", " ")

    def rest(self, rows: dict[str, dict[str, Any]]) -> str:
        """Name what could not be computed, each with its reason."""
        lacking = [f"{name} ({self.why_not(row).rstrip('.').lower()})" for name, row in rows.items() if row and not self.told(row)]
        return self.rungs("not_told", items="; ".join(lacking)) if lacking else ""

    def section(self, key: str, answer: str, rung: int, *blocks: Block, withheld: bool = False) -> Block:
        """Open a section and put its exhibits under it."""
        head = self.page.question(f"s-{key}", self.own(f"{key}.question"), answer, rung, withheld=withheld, short=self.own(f"{key}.short"))
        return stacked(head, *blocks)

    def withheld(self, key: str, rung: int, old: str, reason: str = "") -> Block:
        """Keep the place of a section that the data do not open, with what it would take."""
        why = reason or f"{self.own('higher.not_reached', rung=rung)} {self.own(f'higher.{old}.why')}"
        return self.section(key, self.own("higher.answer"), rung, self.page.cannot(self.own(f"higher.{old}.cannot"), why,
                                                                                  self.own(f"{key}.needed")), withheld=True)

    def opened(self, rung: int) -> bool:
        """Tell whether the data reach a rung."""
        return (self.rung() or 0) >= rung

    def window(self) -> int:
        """Give the number of periods that the estimates rest on."""
        rows = self.ladder_rows()
        return 0 if rows.empty or pd.isna(rows.iloc[0]["n_periods"]) else int(rows.iloc[0]["n_periods"])

    # ---- rung 1: carried over
    def carried(self) -> Block:
        """Show how results pass from the last period to this one, and how often they repeat when the evaluator stays."""
        rows = self.here("carry_over")
        if rows.empty:
            return self.withheld("carried", 1, "terbawa")
        frame = self._passing(rows)
        before = period_text(str(rows.iloc[0]["period_before"]), self.language)
        columns = [Col("label", self.own("carried.before")), Col("n", self.own("carried.people"), "count"),
                   Col("now", self.own("carried.now"), "count"), Col("share", "%", "points", digits=1),
                   Col("same", self.own("carried.same"), "points", digits=1)]
        table = self.page.table(frame, columns, id="t-terbawa", role="descriptive", head=self.own("carried.head"),
                                desc=self.own("carried.desc", before=before, period=self.period), note=self.own("carried.note"))
        blocks = [table] if self.unit else [table, *self._stays()]
        return self.section("carried", self._carried_answer(frame), 1, *blocks)

    def _passing(self, rows: pd.DataFrame) -> pd.DataFrame:
        """One row a result of the last period: people, how many are Very Good now, how many have the same result."""
        found = []
        kinds = {"sangat_baik": ["sangat_baik"], "baik": ["baik"], "below": ["butuh_perbaikan", "kurang", "sangat_kurang"]}
        for key, codes in kinds.items():
            own = rows[rows["before"].isin(codes).to_numpy(dtype=bool)]
            n = int(own["n"].sum())
            if not n:
                continue
            now = int(own.loc[own["after"].eq("sangat_baik").to_numpy(dtype=bool), "n"].sum())
            same = int(own.loc[(own["before"].astype(str) == own["after"].astype(str)).to_numpy(dtype=bool), "n"].sum())
            label = self.rungs("below_baik") if key == "below" else say(f"predikat.{key}", "id")
            found.append({"key": key, "label": label, "n": n, "now": now, "share": now / n, "same": same / n})
        return pd.DataFrame(found)

    def _carried_answer(self, frame: pd.DataFrame) -> str:
        own = where(frame, key="sangat_baik")
        if own.empty:
            return self.own("carried.answer_none")
        others = frame[frame["key"].ne("sangat_baik").to_numpy(dtype=bool)]
        return self.own("carried.answer", again=self._of(int(own.iloc[0]["now"]), int(own.iloc[0]["n"])),
                        new=self._of(int(others["now"].sum()), int(others["n"].sum())))

    def _of(self, count: int, total: int) -> str:
        if total < FEW:
            return say("chart.of", self.language, n=self.n(count), total=self.n(total))
        return self.own("carried.of_100", n=number(100 * count / total, 0, self.language))

    def _stays(self) -> list[Block]:
        rows = {key: self.effect("carried_over", "", key) for key in ("all", "stays", "changes")}
        if not (self.told(rows["stays"]) and self.told(rows["changes"])):
            return []
        frame = pd.DataFrame([{"label": self.own(f"carried.{k}"), "n": int(r["n"]), "share": float(r["estimate"])}
                              for k, r in rows.items() if self.told(r)])
        gap, blind = self.effect("carried_over_gap", "", "stays_less_changes"), self.effect("carried_over_blind", "", "all")
        note = self.own("carried.gap_note", blind=percent(blind["estimate"], self.language) if self.told(blind) else self.words("none"),
                        gap=self.points(gap), mde=self.mde(self.effect("carried_over_gap_detectable", "", "stays_less_changes")))
        columns = [Col("label", self.own("carried.evaluator")), Col("n", self.own("carried.pairs"), "count"),
                   Col("share", self.own("carried.repeated"), "points", digits=1)]
        head = self.own("carried.stay_head", stays=number(100 * rows["stays"]["estimate"], 1, self.language),
                        changes=number(100 * rows["changes"]["estimate"], 1, self.language))
        return [self.page.table(frame, columns, id="t-tetap", role="inferential", head=head, note=note,
                                desc=self.own("carried.stay_desc", n=self.n(self.window())))]

    # ---- rung 1: clustering
    def clusters(self) -> Block:
        """Say once for the city whether Very Good clusters by evaluator; rings without names; what cannot be told."""
        ratio = self.effect("clustering_ratio", "sangat_baik")
        if not self.opened(1) or not ratio:
            return self.withheld("clusters", 1, "kelompok-penilai")
        if not self.told(ratio):
            return self.section("clusters", self.own("higher.answer"), 1, self.page.cannot(
                self.own("clusters.question"), self.why_not(ratio), self.own("clusters.needed_test")), withheld=True)
        blocks = [b for b in (self._shuffles(ratio), self._rings()) if b is not None]
        cannot = self.page.cannot(self.own("clusters.cannot"), self.own("clusters.why"),
                                  self.own("clusters.needed_below" if self.opened(3) else "clusters.needed"))
        return self.section("clusters", self.own("clusters.yes" if self.clear(ratio) else "clusters.no"), 1, *blocks, self._spreads(), cannot)

    def clear(self, row: dict[str, Any]) -> bool:
        """Tell whether a test finds something at 5%, after the correction of its family."""
        return self.told(row) and self.corrected(row) <= 0.05

    def corrected(self, row: dict[str, Any]) -> float:
        """Give the p-value after the correction of its family, as it stands where it has none; not a number where nothing was tested."""
        return next((float(row[c]) for c in ("p_adjusted", "p_value") if pd.notna(row.get(c))), math.nan)

    def _shuffles(self, ratio: dict[str, Any]) -> Block | None:
        bins = where(self.table("clustering_draws"), outcome="sangat_baik")
        pairs = self.effect("clustering_pairs", "sangat_baik")
        if bins.empty or not self.told(pairs):
            return None
        chart = charts.shuffled(bins, float(pairs["estimate"]), axis=self.own("clusters.axis"), language=self.language)
        head = self.own("clusters.head_yes" if self.clear(ratio) else "clusters.head_no")
        return self.page.figure(chart, id="g-acak", role="inferential", head=head,
                                desc=self.own("clusters.desc", draws=self.n(int(bins["n"].sum())), n=self.n(self.window())),
                                note=self.own("clusters.note", p=self.p_words(self.corrected(ratio))))

    def band_of_shuffles(self) -> tuple[int, int] | None:
        """Give the range that holds the middle 95% of the shuffles."""
        bins = where(self.table("clustering_draws"), outcome="sangat_baik").sort_values("low")
        if bins.empty:
            return None
        share = (bins["n"].cumsum() / bins["n"].sum()).to_numpy()
        return int(bins["low"].iloc[int((share > 0.025).argmax())]), int(bins["high"].iloc[int((share >= 0.975).argmax())])

    def _rings(self) -> Block | None:
        marks, band = (where(self.table(t), outcome="sangat_baik") for t in ("evaluator_marks", "evaluator_band"))
        large = band[(band["n"] >= LEAST_TEAM).to_numpy(dtype=bool)]
        if large.empty or not (marks["n"] >= LEAST_TEAM).any():
            return None
        head = self.own("clusters.rings_head", outside=self.n(int(large["outside"].sum())), n=self.n(int(large["n_raters"].sum())),
                        expected=number(float(large["outside_expected"].sum()), 0, self.language))
        return self.page.figure(charts.rings(marks, band, least=LEAST_TEAM, language=self.language), id="g-penilai", role="inferential", head=head,
                                desc=self.own("clusters.rings_desc", period=self.period), note=self.own("clusters.rings_note"))

    def _spreads(self) -> Block:
        rows: list[dict[str, object]] = []
        lacking: dict[str, dict[str, Any]] = {}
        for outcome in OUTCOMES:
            pairs, expected = self.effect("clustering_pairs", outcome), self.effect("clustering_pairs_expected", outcome)
            spread, mde = self.effect("evaluator_spread", outcome), self.effect("evaluator_spread_detectable", outcome)
            ratio, floor, name = self.effect("clustering_ratio", outcome), self.effect("clustering_detectable", outcome), self.rungs(outcome)
            lacking |= {name: mde if self.told(spread) and mde else spread or ratio, self.own("clusters.of_pairs", outcome=name): floor}
            rows.append({"label": name, "pairs": pairs.get("estimate") if self.told(pairs) else math.nan,
                         "expected": expected.get("estimate") if self.told(expected) else math.nan,
                         "p": self.p_cell(self.corrected(ratio)) if self.told(ratio) else self.words("none"),
                         "floor": self.mde(floor), "spread": self.points(spread, sign=False), "mde": self.mde(mde)})
        columns = [Col("label", self.rungs("outcome")), Col("pairs", self.own("clusters.pairs"), "count", optional=True),
                   Col("expected", self.own("clusters.expected"), "number", digits=0, optional=True), Col("p", self.own("clusters.p")),
                   Col("floor", self.own("clusters.mde_pairs")), Col("spread", self.own("clusters.spread")),
                   Col("mde", self.own("clusters.mde_spread"))]
        return self.page.table(pd.DataFrame(rows), columns, id="t-ragam", role="inferential", head=self.own("clusters.table_head"),
                               desc=self.own("clusters.table_desc", n=self.n(self.window()), period=self.period),
                               note=self.own("clusters.table_note", rest=self.rest(lacking)))

    # ---- rung 2: rotation
    def rotation(self) -> Block:
        """Show what happens to a team when its evaluator changes, with the placebo before."""
        main = self.effect("rotation_effect", "sangat_baik")
        if not self.opened(2) or not main:
            return self.withheld("rotation", 2, "pergantian")
        if not self.told(main):
            return self.withheld("rotation", 2, "pergantian", self.why_not(main))
        figure = self._events(main)
        return self.section("rotation", self._rotation_answer(main), 2, *([figure] if figure is not None else []), self._rotation_table(),
                            *self._persons_as_their_own_comparison())

    def mean_words(self, row: dict[str, Any]) -> str:
        """Say how a mean moved, or that it cannot be told apart."""
        if not (row["conf_low"] > 0 or row["conf_high"] < 0):
            return self.own("rotation.mean_same")
        key = "rotation.mean_up" if row["estimate"] > 0 else "rotation.mean_down"
        return self.own(key, points=number(100 * abs(row["estimate"]), 1, self.language))

    def _rotation_answer(self, main: dict[str, Any]) -> str:
        spread = self.effect("rotation_spread", "sangat_baik")
        if self.told(spread) and pd.notna(spread["conf_low"]) and spread["conf_low"] > 0:
            return self.own("rotation.answer_spread", mean=self.mean_words(main), spread=self.points(spread, sign=False))
        return self.own("rotation.answer_mean", mean=self.mean_words(main))

    def _events(self, main: dict[str, Any]) -> Block | None:
        rows = where(self.table("evaluator_effects"), measure="rotation_event", term="sangat_baik")
        rows = rows[rows["status"].eq("estimated").to_numpy(dtype=bool)]
        if len(rows) < 2:
            return None
        frame = pd.DataFrame({"step": rows["group"].astype(int), **{c: rows[c].astype(float) for c in ("estimate", "conf_low", "conf_high")}})
        leads = frame[(frame["step"] < 0).to_numpy(dtype=bool)]
        before = bool(((leads["conf_low"] > 0) | (leads["conf_high"] < 0)).any())
        moved = main["conf_low"] > 0 or main["conf_high"] < 0
        head = self.own("rotation.head_before") if before else self.own("rotation.head_moves", mean=self.mean_words(main)) if moved else \
            self.own("rotation.head_flat")
        chart = charts.events(frame, axis=self.own("rotation.axis"), before=self.own("rotation.before"), after=self.own("rotation.after"),
                              x=self.own("rotation.x"), language=self.language)
        return self.page.figure(chart, id="g-ganti", role="inferential", head=head,
                                desc=self.own("rotation.desc", n=self.n(int(main["n_raters"]) if pd.notna(main["n_raters"]) else 0)),
                                note=self.own("rotation.note", mde=self.mde(self.effect("rotation_effect_detectable", "sangat_baik"))))

    def _rotation_table(self) -> Block:
        rows: list[dict[str, object]] = []
        lacking: dict[str, dict[str, Any]] = {}
        for outcome in OUTCOMES:
            effect, spread = self.effect("rotation_effect", outcome), self.effect("rotation_spread", outcome)
            mde, floor = self.effect("rotation_effect_detectable", outcome), self.effect("rotation_spread_detectable", outcome)
            lacking[self.rungs(outcome)] = effect
            if self.told(effect):
                lacking[self.own("rotation.of_spread", outcome=self.rungs(outcome))] = floor
            rows.append({"label": self.rungs(outcome), "effect": self.points(effect), "mde": self.mde(mde),
                         "spread": self.points(spread, sign=False), "floor": self.mde(floor),
                         "placebo": self.points(self.effect("rotation_spread", outcome, "placebo"), sign=False)})
        columns = [Col("label", self.rungs("outcome")), Col("effect", self.own("rotation.effect")), Col("mde", self.rungs("mde")),
                   Col("spread", self.own("rotation.spread")), Col("floor", self.own("rotation.mde_spread")),
                   Col("placebo", self.own("rotation.placebo"), optional=True)]
        return self.page.table(pd.DataFrame(rows), columns, id="t-ganti", role="inferential", head=self.own("rotation.table_head"),
                               desc=self.own("rotation.table_desc"), note=self.own("rotation.table_note", rest=self.rest(lacking)))

    def _persons_as_their_own_comparison(self) -> list[Block]:
        """Give the spread of evaluators' effects by leave-out, beside the one without correction; nothing where no evaluators are linked twice."""
        main = self.effect("effect_spread", "sangat_baik")
        if not self.told(main):
            return []
        rows = [{"label": self.rungs(outcome), "spread": self.points(self.effect("effect_spread", outcome), sign=False),
                 "plain": self.mde(self.effect("effect_spread_plug_in", outcome)),
                 "mde": self.mde(self.effect("effect_spread_detectable", outcome))} for outcome in OUTCOMES]
        linked = self.effect("evaluators_linked", "sangat_baik")
        head = "persons_head_some" if pd.notna(main["conf_low"]) and main["conf_low"] > 0 else "persons_head_open"
        columns = [Col("label", self.rungs("outcome")), Col("spread", self.own("rotation.persons_spread")),
                   Col("plain", self.own("rotation.persons_plain")), Col("mde", self.rungs("mde"))]
        desc = self.own("rotation.persons_desc", n=self.n(int(main["n_raters"]) if pd.notna(main["n_raters"]) else 0),
                        share=percent(linked["estimate"], self.language) if self.told(linked) else self.words("none"))
        rest = self.rest({self.rungs(outcome): self.effect("effect_spread", outcome) for outcome in OUTCOMES})
        return [self.page.table(pd.DataFrame(rows), columns, id="t-ganti-orang", role="inferential", head=self.own(f"rotation.{head}"), desc=desc,
                                note=self.own("rotation.persons_note", rest=rest))]
