"""Closer looks at groups, for the city: gaps taken apart, items of forms, levels of people, objections; each opens where its data are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits.amounts import Cell, interval, out_of
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_evaluators import OUTCOMES
from evalkit.exhibits.reports.bias_groups import GroupSections
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import number

CLASSES = {1: "B", 2: "C"}
RATES = ("filed", "decided", "granted", "late")


class DetailSections(GroupSections):
    """The appendix of closer looks."""

    def details(self) -> Block:
        """Open what the data hold, and say of the rest what would open it."""
        parts = {"split": self._split(), "items": self._items(), "levels": self._levels(), "objections": self._objections()}
        shown = [block for block in parts.values() if block is not None]
        lacking = [self.own(f"details.lacking.{name}") for name, block in parts.items() if block is None]
        rest = [self.page.text(self.own("details.rest", items="; ".join(lacking)))] if lacking else []
        head = self.page.question("s-rinci", self.own("details.question"), self.own("details.answer" if parts["split"] else "higher.answer"),
                                  short=self.own("details.short"))
        return stacked(head, *shown, *rest)

    def _rows(self, analysis: str) -> pd.DataFrame:
        return self.compared(where(self.table("fairness_details"), analysis=analysis), "attribute")

    # ---- gaps taken apart
    def _split(self) -> Block | None:
        """Split each gap into what goes with office and post, and the rest."""
        rows, found = self._rows("decomposition"), []
        lacking: dict[str, dict[str, Any]] = {}
        own = rows[rows["term"].eq(rows["attribute"]).to_numpy(dtype=bool)]
        for outcome in OUTCOMES:
            for attribute, group in own.loc[own["outcome"].eq(outcome).to_numpy(dtype=bool), ["attribute", "group"]].drop_duplicates().to_numpy():
                part = {m: self.pick(own, outcome=outcome, attribute=attribute, group=group, measure=m) for m in ("gap", "explained", "unexplained")}
                label = self.gap_word(group)
                if self.told(part["explained"]):
                    found.append({"outcome": self.rungs(outcome), "label": label, "n": part["explained"]["n"],
                                  **{m: self.points(row) for m, row in part.items()}})
                else:
                    lacking[f"{label}, {self.rungs(outcome)}"] = part["explained"]
        if not found:
            return None
        columns = [Col("label", self.own("groups.gap")), Col("n", self.own("details.people"), "count", optional=True),
                   *(Col(m, self.own(f"details.{m}")) for m in ("gap", "explained", "unexplained"))]
        return self.page.table(pd.DataFrame(found), columns, id="t-urai", role="inferential", groups="outcome", head=self.own("details.split_head"),
                               desc=self.own("details.split_desc", period=self.period),
                               note=self.own("details.split_note", rest=self.rest(lacking)).strip())

    # ---- items of forms
    def _items(self) -> Block | None:
        """Count for each comparison the items that work differently given the total, and name those whose test stands after correction."""
        every = where(self._rows("items"), status="estimated")
        rows, found = where(every, measure="item_class"), []
        for keys, some in rows.groupby(["instrument", "attribute", "group"], sort=True):
            classes = {str(t): int(float(e)) for t, e in zip(some["term"], some["estimate"], strict=True)}
            tests = where(every, measure="item_odds_ratio", instrument=keys[0], attribute=keys[1], group=keys[2])
            sure = set(tests.loc[pd.to_numeric(tests["p_adjusted"]).le(0.05).to_numpy(dtype=bool), "term"].astype(str))
            named = [f"{self.item_word(t)} ({CLASSES[c]})" for t, c in classes.items() if c in CLASSES and t in sure]
            found.append({"instrument": self.instrument_word(keys[0]), "label": self.gap_word(keys[2]), "n": int(some["n"].max()),
                          "items": len(classes),
                          "mde": self._item_floor(where(self._rows("items"), instrument=keys[0], attribute=keys[1], group=keys[2]), set(classes)),
                          "marked": "; ".join(named) or self.own("details.no_item"), "again": self._by_regression(every, keys)})
        if not found:
            return None
        columns = [Col("label", self.own("groups.gap")), Col("n", self.own("details.people"), "count"),
                   Col("items", self.own("details.items"), "count"), Col("mde", self.own("details.mde")),
                   Col("marked", self.own("details.marked")), Col("again", self.own("details.again"))]
        return self.page.table(pd.DataFrame(found), columns, id="t-butir", role="inferential", groups="instrument",
                               head=self.own("details.items_head"), desc=self.own("details.items_desc"), note=self.own("details.items_note"))

    def _item_floor(self, rows: pd.DataFrame, items: set[str]) -> Cell:
        """Write between which sizes of delta the items' tests begin to find one in either direction, and for how many items none is found."""
        sides = [where(rows, measure=f"item_detectable_{side}") for side in ("below", "above")]
        sizes = pd.concat([s[s["term"].isin(items)].set_index("term")["estimate"].astype("Float64").abs() for s in sides], axis=1)
        if sizes.empty:
            return self.words("none")
        both = sizes.dropna().max(axis=1)
        shown = tuple(number(float(v), 1, self.language) for v in (both.min(), both.max())) if len(both) else ("", "")
        known = self.own("details.mde_range", low=shown[0], high=shown[1]) if shown[0] != shown[1] else shown[0]
        low, high = (float(v) for v in (both.min(), both.max())) if len(both) else (None, None)
        never = self.own("details.mde_never", n=self.n(len(sizes) - len(both)), total=self.n(len(sizes))) if len(both) < len(sizes) else ""
        return interval(low, high, 1, self.language, text="; ".join(part for part in (known, never) if part))

    def _by_regression(self, every: pd.DataFrame, keys: tuple[Any, ...]) -> str:
        """Name the items that the logistic regression finds, and whether the gap changes with the total."""
        rows = where(every, instrument=keys[0], attribute=keys[1], group=keys[2])
        sure = {m: where(rows, measure=m).loc[lambda r: pd.to_numeric(r["p_adjusted"]).le(0.05).to_numpy(dtype=bool), "term"].tolist()
                for m in ("item_either", "item_nonuniform")}
        if where(rows, measure="item_either").empty:
            return self.words("none")
        names = [self.item_word(t) + (f" ({self.own('details.changing')})" if t in sure["item_nonuniform"] else "")
                 for t in dict.fromkeys(sure["item_either"] + sure["item_nonuniform"])]
        return "; ".join(names) or self.own("details.no_item")

    # ---- levels without the error of single raters
    def _levels(self) -> Block | None:
        """Show gaps of levels from people who were rated twice."""
        rows, found = self._rows("levels"), []
        for keys, some in where(rows, measure="true_score_gap", status="estimated").groupby(["outcome", "attribute", "group"], sort=True):
            row = {str(k): v for k, v in some.iloc[0].to_dict().items()}
            one = self.pick(rows, outcome=keys[0], attribute=keys[1], measure="prmse_single_rating")
            found.append({"outcome": self.own(f"details.of.{keys[0]}"), "label": self.gap_word(keys[2]), "n": int(row["n"]),
                          "gap": self.ranged(row, 2, form="signed", sign=True),
                          "prmse": self.ranged(one, 2) if self.told(one) else self.words("none")})
        if not found:
            return None
        columns = [Col("label", self.own("groups.gap")), Col("n", self.own("details.twice"), "count"), Col("gap", self.own("details.level_gap")),
                   Col("prmse", self.own("details.prmse"))]
        return self.page.table(pd.DataFrame(found), columns, id="t-taraf", role="inferential", groups="outcome",
                               head=self.own("details.levels_head"), desc=self.own("details.levels_desc"), note=self.own("details.levels_note"))

    # ---- objections
    def _objections(self) -> Block | None:
        """Show how many people objected, and how that went on, in all and by group."""
        rows = self.table("fairness_objections")
        rows = where(rows, instrument=next((i for i in self.facts.instruments if i in set(rows["instrument"])), ""))
        plain = rows["attribute"].eq("").to_numpy(dtype=bool)
        single = ~rows["attribute"].astype(str).str.contains(" × ", regex=False).to_numpy(dtype=bool)
        rows = pd.concat([rows[plain], self.compared(rows[~plain & single], "attribute")], ignore_index=True)
        found = []
        for keys, some in rows.groupby(["attribute", "group"], sort=True):
            cells = {str(r["rate"]): self._rate(r) for r in some.to_dict("records")}
            attribute = self.attribute_word(keys[0]) if keys[0] else self.own("details.all")
            found.append({"attribute": attribute, "label": self.group_word(keys[1]) if keys[0] else self.own("details.all"),
                          **{r: cells.get(r, self.words("none")) for r in RATES}})
        if not found:
            return None
        columns = [Col("label", self.own("groups.cell")), *(Col(r, self.own(f"details.{r}"), optional=r == "late") for r in RATES)]
        return self.page.table(pd.DataFrame(found), columns, id="t-keberatan", role="descriptive", groups="attribute",
                               head=self.own("details.objections_head"), desc=self.own("details.objections_desc", n=self.n(self.window())),
                               note=self.own("details.objections_note"))

    def _rate(self, row: dict[Any, Any]) -> Cell:
        if str(row["status"]) == "withheld":
            return say("status.withheld", self.language)
        if pd.isna(row["count"]) or pd.isna(row["rated"]) or not int(row["rated"]):
            return self.words("none")
        return out_of(row["count"], row["rated"], self.language)
