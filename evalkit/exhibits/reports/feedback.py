"""360-degree feedback of the city or of one unit: what each role says, self against others, and how far that can be held."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Amount, amount, estimate, interval
from evalkit.exhibits.reports.base import Report, where
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import listed, number, range_text
from evalkit.language.sentences.words import counted

ROLES = ("superior", "peer", "subordinate", "others", "self")
SCALE = (1.0, 5.0)


class Feedback360(Report):
    """The 360 of the city, or of one unit; nobody who answered can be read from it.

    Parameters
    ----------
    handle : Tables
        As `derive.handle.open_handle` gives it.
    language : {"id", "en"}
        The language of the page.
    min_raters : int
        The least number of raters of a role; the study's own where it is larger.
    """

    name = "feedback_360"
    mark = "unit"

    def __init__(self, handle: Any, language: Language = "id", min_raters: int = 0) -> None:
        super().__init__(handle, language)
        self.min_raters = min_raters
        self._rows: pd.DataFrame | None = None

    # ---- what may be shown
    def rows(self) -> pd.DataFrame:
        """Give the means of roles in this scope; those with too few raters without their numbers."""
        if self._rows is not None:
            return self._rows
        rows = self.here("feedback_360").astype(object)
        few = pd.to_numeric(rows["n_raters"]).lt(self.min_raters).fillna(False).to_numpy(dtype=bool)
        rows.loc[few, ["mean", "sd", "n_objects", "n_raters"]] = None
        rows.loc[few, "status"], rows.loc[few, "reason"] = "withheld", "few_raters"
        self._rows = rows.assign(label=[self._item(str(v)) for v in rows["item"]])
        return self._rows

    def told(self) -> pd.DataFrame:
        """Give the rows that have a mean."""
        return where(self.rows(), status="estimated")

    def estimate(self, measure: str, term: str = "", group: str = "") -> dict[str, Any]:
        """Give one estimate of this scope; empty where there is none."""
        rows = where(self.here("feedback_estimates"), measure=measure, term=term, group=group)
        return {str(k): v for k, v in rows.iloc[0].to_dict().items()} if len(rows) else {}

    def _item(self, code: str) -> str:
        return say(f"item.{code}", self.language) if f"item.{code}" in catalogue() else code.replace("_", " ").capitalize()

    def _role(self, code: str) -> str:
        return say(f"role.{code}", self.language)

    def _why(self, code: str) -> str:
        return say(f"linked_reason.{code}", self.language) if f"linked_reason.{code}" in catalogue() else self.words("none")

    def _people(self) -> int:
        return int(pd.to_numeric(self.told()["n_objects"]).max()) if len(self.told()) else 0

    def _raters(self) -> int:
        """Raters of the role that has most: a sum over roles would count who is a peer of one and below another twice."""
        told = self.told()[self.told()["role"].ne("self").to_numpy(dtype=bool)]
        return int(pd.to_numeric(told["n_raters"]).max()) if len(told) else 0

    # ---- page one
    def title(self) -> Block:
        """Give place, period, people and raters."""
        return self.page.title(self.own("title", place=self.place), [
            self.period, counted("person", self._people(), self.language) if self._people() else "",
            self.own("raters", n=self.n(self._raters())) if self._raters() else ""])

    def verdict(self) -> Block:
        """Say how many answered, how self and others differ, and what is not known."""
        if self.told().empty:
            return self.page.verdict(self.own("verdict.none"), None, self.own("verdict.why_none"), self.own("verdict.label"))
        gap = self.estimate("self_other_gap")
        people = counted("person", self._people(), self.language)
        if not self._known(gap):
            said = self.own("verdict.plain", people=people)
        elif gap["conf_low"] > 0 or gap["conf_high"] < 0:
            said = self.own("verdict.higher" if gap["conf_low"] > 0 else "verdict.lower", people=people,
                            gap=number(abs(gap["estimate"]), 2, self.language))
        else:
            said = self.own("verdict.same", people=people)
        return self.page.verdict(said, None, self.own("verdict.why"), self.own("verdict.label"))

    def _known(self, row: dict[str, Any]) -> bool:
        return bool(row) and row["status"] == "estimated" and pd.notna(row["estimate"]) and pd.notna(row["conf_low"])

    def tiles(self) -> Block:
        """Give people, raters, roles shown and the least number of raters."""
        shown = sorted({str(r) for r in self.told()["role"]}, key=ROLES.index)
        asked = self.rows()["role"].nunique()
        none, one = self.words("none"), self.estimate("role_reliability_mean", "", "peer")
        rel = number(max(float(one["estimate"]), 0.0), 2, self.language) if self._known(one) else none
        return self.page.tiles([
            (self.own("tile.people"), self.n(self._people()) if self._people() else none, self.own("tile.people_text")),
            (self.own("tile.raters"), self.n(self._raters()) if self._raters() else none, self.own("tile.raters_text")),
            (self.own("tile.roles"), say("chart.of", self.language, n=self.n(len(shown)), total=self.n(asked)),
             self.own("tile.roles_all" if len(shown) == asked else "tile.roles_text")),
            (self.own("tile.reliability"), rel, self.own("tile.reliability_text"))])

    def actions(self) -> Block:
        """Say what to do with it, and what not."""
        items: list[tuple[object, object]] = [(self.own("actions.talk"), self.own("actions.talk_who"))]
        if self.rows()["status"].eq("withheld").any() or self.told().empty:
            items.append((self.own("actions.more"), self.own("actions.more_who")))
        items.append((self.own("actions.not"), self.own("actions.not_who")))
        return self.page.actions(items)

    # ---- sections
    def roles(self) -> Block:
        """Show the mean of each role on each item, and which roles are withheld."""
        told = self.told()
        if told.empty:
            head = self.page.question("s-peran", self.own("roles.question"), self.own("roles.none"), withheld=True, short=self.own("roles.short"))
            return stacked(head, self.page.cannot(self.own("roles.question"), self.own("verdict.why_none"), self.own("roles.needed")))
        answer = self.own("roles.answer", roles=listed([self._role(r).lower() for r in ROLES if told["role"].eq(r).any()], self.language))
        head = self.page.question("s-peran", self.own("roles.question"), answer, short=self.own("roles.short"))
        frame = pd.DataFrame({"label": told["label"], "role": told["role"], "mean": pd.to_numeric(told["mean"])})
        figure = self.page.figure(charts.role_dots(frame, scale=SCALE, language=self.language), id="g-peran", role="descriptive",
                                  head=self.own("roles.head"), note=self.own("roles.note"),
                                  desc=self.own("roles.desc", place=self.place, period=self.period))
        return stacked(head, figure, self._dispersion(), *self._withheld())

    def _dispersion(self) -> Block:
        rows, of = [], self.rows()["item"].nunique()
        for role in ROLES:
            own = where(self.told(), role=role)
            if len(own):
                number_ = {c: pd.to_numeric(own[c]) for c in ("n_objects", "n_raters", "mean", "sd")}
                rows.append({"role": self._merged(own), "items": say("chart.of", self.language, n=self.n(len(own)), total=self.n(of)),
                             "whole": len(own) == of, "people": int(number_["n_objects"].max()), "raters": int(number_["n_raters"].max()),
                             "mean": float(number_["mean"].mean()), "sd": float(number_["sd"].mean())})
        items = [] if all(r["whole"] for r in rows) else [Col("items", self.own("spread.items"))]
        columns = [Col("role", self.own("spread.role")), *items, Col("people", self.own("spread.people"), "count"),
                   Col("raters", self.own("spread.raters"), "count"), Col("mean", self.own("spread.mean"), "number", digits=2),
                   Col("sd", self.own("spread.sd"), "number", digits=2)]
        return self.page.table(pd.DataFrame(rows), columns, id="t-peran", role="descriptive", head=self.own("spread.head"),
                               desc=self.own("spread.desc"), note=self.own("spread.note"))

    def _merged(self, own: pd.DataFrame) -> str:
        role = str(own.iloc[0]["role"])
        inside = [self._role(r).lower() for r in str(own.iloc[0]["merged"]).split(",")]
        return self.own("spread.merged", roles=listed(inside, self.language)) if len(inside) > 1 else self._role(role)

    def _withheld(self) -> list[Block]:
        found = []
        rows = where(self.rows(), status="withheld")
        for role in ROLES:
            own = where(rows, role=role)
            if len(own):
                every = where(self.told(), role=role).empty
                reasons = " ".join(dict.fromkeys(self._why(str(r)) for r in own["reason"]))
                items = "" if every else f" ({listed([str(v) for v in own['label']], self.language)})"
                question = self.own("withheld.question", role=self._role(role).lower()) + items
                found.append(self.page.cannot(question, reasons, self.own("withheld.needed")))
        return found

    def self_and_others(self) -> Block:
        """Compare what people say of themselves with what others say."""
        gap = self.estimate("self_other_gap")
        if not self._known(gap):
            head = self.page.question("s-diri", self.own("self.question"), self.own("self.none"), withheld=True, short=self.own("self.short"))
            why = self._why(str(gap.get("reason") or "no_ratings"))
            return stacked(head, self.page.cannot(self.own("self.question"), why, self.own("self.needed")))
        key = "self.higher" if gap["conf_low"] > 0 else "self.lower" if gap["conf_high"] < 0 else "self.same"
        head = self.page.question("s-diri", self.own("self.question"), self.own(key), short=self.own("self.short"))
        codes = list(dict.fromkeys(str(v) for v in self.rows()["item"]))
        rows = []
        for term in ("", *codes):
            one, r = self.estimate("self_other_gap", term), self.estimate("self_other_correlation", term)
            if self._known(one):
                rows.append({"item": self._item(term) if term else self.own("self.all"),
                             "gap": amount(one["estimate"], 2, self.language, form="signed"),
                             "range": interval(one["conf_low"], one["conf_high"], 2, self.language),
                             "r": amount(r["estimate"], 2, self.language) if self._known(r) else self.words("none")})
        columns = [Col("item", self.own("self.item")), Col("gap", self.own("self.gap")), Col("range", self.own("self.range")),
                   Col("r", self.own("self.r"), optional=True)]
        table = self.page.table(pd.DataFrame(rows), columns, id="t-diri", role="inferential", head=self.own("self.head"),
                                desc=self.own("self.desc", n=counted("person", int(gap["n"]), self.language)), note=self.own("self.note"))
        return stacked(head, table)

    def reliability(self) -> Block:
        """Say how far raters of one person agree, and so what the means can carry."""
        rows = []
        for role in ("peer", "subordinate"):
            one, mean = (self.estimate(f"role_reliability_{k}", "", role) for k in ("one", "mean"))
            if self._known(one):
                rows.append({"role": self._role(role), "one": self._above_zero(one), "mean": self._above_zero(mean)})
        if not rows:
            head = self.page.question("s-pegang", self.own("hold.question"), self.own("hold.none"), withheld=True, short=self.own("hold.short"))
            why = self._why(str(self.estimate("role_reliability_one", "", "peer").get("reason") or "nobody_in_role"))
            return stacked(head, self.page.cannot(self.own("hold.question"), why, self.own("hold.needed")))
        head = self.page.question("s-pegang", self.own("hold.question"), self.own("hold.answer"), short=self.own("hold.short"))
        columns = [Col("role", self.own("spread.role")), Col("one", self.own("hold.one")), Col("mean", self.own("hold.mean"))]
        table = self.page.table(pd.DataFrame(rows), columns, id="t-pegang", role="inferential", head=self.own("hold.head"),
                                desc=self.own("hold.desc"), note=self.own("hold.note"))
        return stacked(head, table)

    def _above_zero(self, row: dict[str, Any]) -> Amount:
        """Write a reliability with its range; what falls below zero is written as zero, and the note says so."""
        value, low, high = (max(float(row[c]), 0.0) for c in ("estimate", "conf_low", "conf_high"))
        shown = {"estimate": value, "conf_low": low, "conf_high": high}
        return estimate(shown, f"{number(value, 2, self.language)} ({range_text(low, high, 2, self.language)})", 2)

    def closing(self) -> Block:
        """End the page: method, terms, trace."""
        return self.end(("role",), self.own("method"))
