"""What a course changed, in figures: means before and after, effects of the planned outcomes, people who left; each withheld where a check failed."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Amount
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.training_base import Training, missing
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.numbers_dates import number

_LARGE = 0.5  # standard deviations; beyond what large programmes deliver (Kraft 2018; Pellegrini 2025)


class TrainingEffects(Training):
    """The verdicts of a course and the sections that show their figures."""

    name = "training_impact"

    # ---- facts
    def part(self, outcome: str, part: str) -> pd.DataFrame:
        """Give the facts of one kind about one outcome."""
        return where(self.rows("training_impact"), outcome=outcome, part=part).sort_values("order", kind="stable", ignore_index=True)

    def verdicts(self) -> list[dict[str, Any]]:
        """Give the verdict of every outcome, the primary one first, official ratings last."""
        rows = where(self.rows("training_impact"), part="verdict")
        found: list[dict[str, Any]] = [{**{str(k): v for k, v in r.items()}, **json.loads(str(r["facts"]))} for r in rows.to_dict("records")]
        return sorted(found, key=lambda v: int(v["place"]))

    @property
    def main(self) -> dict[str, Any]:
        """The verdict on the primary outcome; empty where nothing was judged."""
        found = self.verdicts()
        return next((v for v in found if v["role"] == "primary"), {})

    @property
    def outcome(self) -> str:
        """The primary outcome."""
        return str(self.main.get("outcome") or "")

    def estimated(self, v: dict[str, Any]) -> bool:
        """Tell whether an effect stands."""
        return bool(v) and v["status"] == "estimated"

    def reason(self, v: dict[str, Any]) -> str:
        """Say why an effect is withheld."""
        code = v.get("reason") or "not_judged"
        return self.training_or(f"withheld.{code}", code)

    def step(self) -> str:
        """Say what would answer."""
        code = self.main.get("next_step") or "measure_before_and_after"
        return self.training_or(f"step.{code}", code)

    def shift(self, v: dict[str, Any], *, unit: bool = True) -> Amount:
        """Write an effect with its range."""
        o = v["outcome"]
        low, high = self.amount(v["low"], o, sign=True, unit=False), self.amount(v["high"], o, sign=True, unit=False)
        text = self.own("change", value=self.amount(v["value"], o, sign=True, unit=unit), low=low, high=high)
        return self._sized(text, o, value=v["value"], low=v["low"], high=v["high"], sign=True)

    def toward(self, v: dict[str, Any]) -> str:
        """Tell whether a change goes `toward` the better side that the plan names, or `against` it; empty where it names none."""
        wanted = {"higher": 1.0, "lower": -1.0}.get(str(v.get("better")), 0.0) * float(v["value"])
        return "toward" if wanted > 0 else "against" if wanted < 0 else ""

    def direction(self, v: dict[str, Any]) -> str:
        """Say on which side a change lies."""
        found = self.toward(v)
        return self.own(f"verdict.{found}") if found else ""

    # ---- before and after
    def groups(self) -> Block:
        """Show the means of those sent and of the others, with what would have come anyway."""
        v = self.main
        rows = self.part(self.outcome, "mean")
        alone = self.part(self.outcome, "alone")
        answer = self._anyway(alone)
        head = self.page.question("s-tanpa", self.own("anyway.question"), answer, short=self.own("anyway.short"))
        frame = self._means(rows)
        if len(frame) < 2 or frame["sent"].notna().sum() < 1:
            return stacked(head, self.page.cannot(self.own("anyway.cannot"), self.own("anyway.why"), self.own("anyway.needed")))
        o, factor = self.outcome, self.factor(self.outcome)
        ghost = None
        before = frame.loc[~frame["after"].astype(bool) & frame["sent"].notna(), "sent"]
        if len(alone) and len(before) and frame["after"].astype(bool).any() and not missing(alone.iloc[0]["low"]):
            last = float(before.iloc[-1])
            ghost = (last + factor * float(alone.iloc[0]["value"]), last + factor * float(alone.iloc[0]["low"]),
                     last + factor * float(alone.iloc[0]["high"]))
        unit = "%" if self.unit_word(o) == self.training("unit.share") else self.unit_word(o)
        axis = self.own("anyway.axis", outcome=self.outcome_word(o), unit=unit)
        chart = charts.means(frame, axis=axis, digits=self.digits(o), ghost=ghost, withheld=not self.estimated(v), language=self.language)
        figure = self.page.figure(chart, id="g-rata", role="descriptive", head=self.own("anyway.head_ghost" if ghost else "anyway.head"),
                                  desc=self.own("anyway.desc"), note=self.own("anyway.note" if self.estimated(v) else "anyway.note_withheld"))
        return stacked(head, figure)

    def _anyway(self, alone: pd.DataFrame) -> str:
        if alone.empty or missing(alone.iloc[0]["low"]):
            return self.own("anyway.answer_none")
        row = alone.iloc[0]
        key = "anyway.answer" if row["low"] * row["high"] > 0 else "anyway.answer_still"
        return self.own(key, size=self.amount(row["value"], self.outcome, sign=True),
                        low=self.amount(row["low"], self.outcome, sign=True, unit=False),
                        high=self.amount(row["high"], self.outcome, sign=True, unit=False))

    def _means(self, rows: pd.DataFrame) -> pd.DataFrame:
        factor = self.factor(self.outcome)
        found: dict[str, dict[str, Any]] = {}
        for row in rows.to_dict("records"):
            side, _, period = str(row["name"]).partition(" ")
            one = found.setdefault(period, {"period": period, "sent": math.nan, "others": math.nan, "after": False})
            one[side] = factor * float(row["value"])
            one["after"] = one["after"] or bool(json.loads(str(row["facts"]))["after"])
        return pd.DataFrame([found[p] for p in sorted(found)], columns=["period", "sent", "others", "after"])

    # ---- the effect
    def effects(self) -> Block:
        """Show the effects of all outcomes of the plan with their ranges, or keep them back; official ratings beside with the MDE."""
        found = self.verdicts()
        shown = [v for v in found if self.estimated(v)]
        v = self.main
        if not self.estimated(v):
            head = self.page.question("s-dampak", self.own("effect.question"), self.own("effect.held"), short=self.own("effect.short"))
            return stacked(head, self.page.cannot(self.own("effect.cannot"), self.reason(v) + self.own("effect.bounds_too"), self.step()))
        changed, planned = (sum(bool(x["claims"]) and x["role"] != "official" for x in shown), sum(x["role"] != "official" for x in found))
        key = "answer_no" if not changed else "answer_all" if changed == planned else "answer"
        answer = self.own(f"effect.{key}", n=self.n(changed), total=self.n(planned))
        head = self.page.question("s-dampak", self.own("effect.question"), answer, short=self.own("effect.short"))
        frame = pd.DataFrame({
            "label": [self.outcome_word(x["outcome"]) for x in found], "role": [self.own(f"role.{x['role']}") for x in found],
            "change": [self.shift(x) if self.estimated(x) else self.own("effect.withheld", reason=self.reason(x)) for x in found],
            "sd": [self.sd(x.get("sd_estimate"), sign=True) if self.estimated(x) else self.words("none") for x in found],
            "mde": [self.amount(x.get("detectable"), x["outcome"], unit=False) if self.estimated(x) else self.words("none") for x in found]})
        columns = [Col("label", self.own("effect.label"), beside="role"), Col("change", self.own("effect.change")), Col("sd", "SD"),
                   Col("mde", self.own("effect.mde"), optional=True)]
        table = self.page.table(frame, columns, id="t-dampak", role="inferential", head=self.own("effect.head"), desc=self.own("effect.desc"),
                                note=self.own("effect.note", df=number(v["df"], 1, self.language) if not missing(v.get("df")) else self.words("none"),
                                              n=self.n(v["n_clusters"])))
        official = self.page.text(self.own("effect.official_evaluator" if self.course.get("audience") == "evaluator" else "effect.official_staff"))
        large = [self.page.text(self.own("effect.large"))] if v["claims"] and abs(float(v.get("sd_estimate") or 0)) > _LARGE else []
        return stacked(head, table, *large, *self._few(v), *self._again(v), *self._events(v), *self._trend(v), *self._forms(found), official,
                       *self._went(v), *self._cost(v))

    def _events(self, v: dict[str, Any]) -> list[Block]:
        rows = self.part(v["outcome"], "event")
        if len(rows) < 2:
            return []
        factor = self.factor(v["outcome"]) / 100  # the chart writes shares in percent
        frame = pd.DataFrame({"step": rows["name"].astype(int), **{n: factor * rows[c].astype(float) for n, c in (
            ("estimate", "value"), ("conf_low", "low"), ("conf_high", "high"))}})
        axis = self.own("events.axis", outcome=self.outcome_word(v["outcome"]), unit=self.unit_word(v["outcome"]))
        chart = charts.events(frame, axis=axis, before=self.own("events.before"), after=self.own("events.after"), x=self.own("events.x"),
                              language=self.language)
        return [self.page.figure(chart, id="g-peristiwa", role="inferential", head=self.own("events.head"), desc=self.own("events.desc"),
                                 note=self.own("events.note"))]

    def _trend(self, v: dict[str, Any]) -> list[Block]:
        """Show how far trends may bend before the effect is gone, or say why that cannot be asked."""
        rows = self.part(v["outcome"], "trend")
        if rows.empty:
            return []
        known = rows[rows["status"].eq("estimated").to_numpy(dtype=bool)]
        if known.empty:
            return [self.page.text(self.own(f"trend.{rows.iloc[0]['reason']}"))]
        o, stands = v["outcome"], self._stands(v)
        frame = pd.DataFrame({
            "bend": [self.own(f"trend.bend_{str(name).replace('.', '_')}") for name in known["name"]],
            "points": [self.amount(x, o, unit=False) for x in known["value"]],
            "range": [self.limits(a, b, o) for a, b in zip(known["low"], known["high"], strict=True)],
            "stands": [self.own("trend.yes" if s else "trend.no") for s in stands]})
        columns = [Col("bend", self.own("trend.label")), Col("points", self.own("trend.points", unit=self.unit_word(o)), optional=True),
                   Col("range", self.own("leavers.range"), nowrap=True), Col("stands", self.own("trend.stands"))]
        answer = "all" if all(stands) else "straight" if stands[0] else "none"
        return [self.page.table(frame, columns, id="t-tren", role="inferential", head=self.own(f"trend.head_{answer}"), desc=self.own("trend.desc"),
                                note=self.own("trend.note"))]

    def _stands(self, v: dict[str, Any]) -> list[bool]:
        """Tell for each bend of the trends whether the effect stands; empty where it cannot be asked."""
        rows = self.part(v["outcome"], "trend")
        known = rows[rows["status"].eq("estimated").to_numpy(dtype=bool)] if len(rows) else rows
        return [low * high > 0 for low, high in zip(known["low"].astype(float), known["high"].astype(float), strict=True)] if len(known) else []

    def shaky(self, v: dict[str, Any]) -> bool:
        """Tell whether a claimed effect is gone if the trends before go on as they were."""
        return self.estimated(v) and bool(v["claims"]) and self._stands(v)[:1] == [False]

    def _few(self, v: dict[str, Any]) -> list[Block]:
        """Say what signs drawn for units give where units are few."""
        if missing(v.get("wild_p")):
            return []
        o, limits = v["outcome"], [v.get("wild_low"), v.get("wild_high")]
        values = {"n": self.n(v["n_clusters"]), "p": self.p(v["wild_p"])}
        if any(missing(x) for x in limits):
            return [self.page.text(self.own("effect.few_p", **values))]
        low, high = (self.amount(x, o, sign=True, unit=False) for x in limits)
        return [self.page.text(self.own("effect.few", low=low, high=high, **values))]

    def _again(self, v: dict[str, Any]) -> list[Block]:
        """Say what the lottery drawn again gives: a claim after a draw hangs on it."""
        if missing(v.get("randomisation_p")):
            return []
        values = {"p": self.p(v["randomisation_p"]), "most": number(0.05 if v.get("method") == "drawn_units" else 2 * 0.05, 2, self.language)}
        return [self.page.text(self.own("effect.again", **values))]

    def _forms(self, found: list[dict[str, Any]]) -> list[Block]:
        """Say how the form of the vignettes and its order were taken into account, where vignettes are an outcome."""
        states = [str(v.get("forms") or "none") for v in found]
        return [self.page.text(self.own(f"effect.forms_{s}")) for s in ("equated", "order_not_drawn", "one_form") if s in states]

    def _went(self, v: dict[str, Any]) -> list[Block]:
        if not v.get("complier") or any(missing(x) for x in v["complier"]):
            return []
        value, low, high = v["complier"]
        return [self.page.text(self.own("effect.complier", change=self.shift({**v, "value": value, "low": low, "high": high})))]

    def _cost(self, v: dict[str, Any]) -> list[Block]:
        if not v.get("cost") or missing(v["cost"][0]):
            return []
        cost = [float(c) / self.factor(v["outcome"]) for c in v["cost"]]
        return [self.page.text(self.own("effect.cost", value=self.n(round(cost[0], -3)), low=self.n(round(cost[1], -3)),
                                        high=self.n(round(cost[2], -3)), unit=self.unit_word(v["outcome"])))]

    def leavers(self) -> Block:
        """Show both rules for people who left side by side, and bounds; nothing of it where the effect is withheld."""
        v = self.main
        head_words = self.own("leavers.question")
        if not self.estimated(v):
            head = self.page.question("s-keluar", head_words, self.own("leavers.held"), short=self.own("leavers.short"))
            return stacked(head, self.page.cannot(self.own("leavers.cannot"), self.own("leavers.why"), self.step()))
        rows = pd.concat([self.part(self.outcome, k) for k in ("leaver", "bound", "second_opinion")], ignore_index=True)
        kinds = set(rows["part"])
        key = "answer" if "leaver" in kinds else "answer_bounds" if "bound" in kinds else "nobody_other" if kinds else "nobody"
        head = self.page.question("s-keluar", head_words, self.own(f"leavers.{key}"), short=self.own("leavers.short"))
        if rows.empty:
            return head
        o = self.outcome
        frame = pd.DataFrame({
            "label": [self.training_or(f"rule.{n}", n) for n in rows["name"]],
            "value": [self.amount(x, o, sign=True, unit=False) for x in rows["value"]],
            "range": [self.limits(a, b, o) for a, b in zip(rows["low"], rows["high"], strict=True)],
            "n": rows["n"]})
        columns = [Col("label", self.own("leavers.label")), Col("value", self.own("leavers.value", unit=self.unit_word(o))),
                   Col("range", self.own("leavers.range")), Col("n", self.own("leavers.people"), "count", optional=True)]
        note = " ".join(self.own(f"leavers.note_{n}") for n in ("lee", "manski") if n in set(rows["name"]))
        return stacked(head, self.page.table(frame, columns, id="t-keluar", role="inferential", head=self.own("leavers.head"),
                                             desc=self.own("leavers.desc", outcome=self.outcome_word(o)), note=note))
