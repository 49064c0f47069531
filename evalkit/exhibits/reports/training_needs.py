"""Who needs a course: hours that are due and competences below the wanted level, as the page of a plan prints them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.training_base import Training, missing
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.language.catalogue import catalogue
from evalkit.language.numbers_dates import period_text

SHOWN = 3  # competences of a unit


class Needs(Training):
    """The part of the plan's page that says who needs it."""

    @property
    def audience(self) -> str:
        """`evaluator` or `staff`."""
        return "evaluator" if self.course.get("audience") == "evaluator" else "staff"

    def _hours(self, scope: str) -> pd.DataFrame:
        return where(self.table("training_hours"), scope=scope, period=self.facts.period)

    def needs(self) -> Block:
        """Show the competences of those for whom the course is, and say where hours by office stand."""
        city = self._hours("city")
        answer = self.own("needs.answer_none")
        if len(city) and int(city.iloc[0]["with_rule"]):
            answer = self.own("needs.answer", below=self.n(city.iloc[0]["below"]), total=self.n(city.iloc[0]["with_rule"]),
                              hours=self.n(city.iloc[0]["hours_due"]))
        lowest = where(self._rows(scope="city"), status="estimated")
        lowest = lowest[lowest["competence"].ne("total").to_numpy(dtype=bool)].sort_values(["level", "competence"], kind="stable")
        if len(lowest):
            row = lowest.to_dict("records")[0]
            answer += " " + self.own("needs.lowest", competence=self.competence(row), level=self.n(round(100 * float(row["level"]))))
        head = self.page.question("s-siapa", self.own("needs.question"), answer, short=self.own("needs.short"))
        return stacked(head, *self._competences(), self.page.text(self.own("needs.below")))

    def hours(self) -> Block:
        """Show competences and hours due by office, to look up."""
        head = self.page.question("s-jam", self.own("hours.question"), self.own("hours.answer"), short=self.own("hours.short"))
        return stacked(head, *self._by_unit(), self._hours_table(self._hours("unit")))

    def _hours_table(self, units: pd.DataFrame) -> Block:
        offices = self.offices()
        frame = units.astype(object).merge(offices[["opd_id", "name", "group"]], left_on="scope_id", right_on="opd_id", how="inner")
        if frame.empty:
            return self.page.cannot(self.own("hours.cannot"), self.own("hours.why"), self.own("hours.needed"))
        frame = frame.sort_values(["group", "name"], kind="stable", ignore_index=True)
        columns = [Col("name", self.own("hours.unit")), Col("n", self.own("hours.people"), "count"),
                   Col("below", self.own("hours.below"), "count"), Col("hours_due", self.own("hours.due"), "count"),
                   Col("at_most", self.own("hours.at_most"), "count", optional=True)]
        return self.page.table(frame, columns, id="t-jam", role="descriptive", groups="group", dense=True, head=self.own("hours.head"),
                               desc=self.own("hours.desc", year=str(self.facts.end.year)), note=self.own("hours.note"))

    # ---- competences
    def _rows(self, **wanted: str) -> pd.DataFrame:
        return where(self.table("training_needs"), period=self.facts.period, audience=self.audience, **wanted).astype(object)

    def _competences(self) -> list[Block]:
        rows, kind = self._rows(scope="city"), self.audience
        known = where(rows, status="estimated")
        if known.empty:
            small = self.own("competence.why_small") if len(where(rows, reason="small_group")) else self.own(f"competence.why_{kind}")
            return [self.page.cannot(self.own("competence.cannot"), small, self.own(f"competence.needed_{kind}"))]
        frame = known.assign(label=[self.competence(r) for r in known.to_dict("records")], lowest=self._lowest(known),
                             group=[self._source(r) for r in known.to_dict("records")], first=known["competence"].ne("total"))
        frame = frame.sort_values(["group", "first", "kind", "level"], key=self._order, kind="stable", ignore_index=True)
        columns = [Col("label", self.own("competence.label")), Col("n", self.own("competence.measured"), "count"),
                   Col("below", self.own("competence.below"), "count"), Col("level", self.own(f"competence.level_{kind}"), "points", digits=0),
                   Col("lowest", self.own("competence.lowest"), optional=True)]
        table = self.page.table(frame, columns, id="t-kompetensi", role="descriptive", groups="group", head=self.own(f"competence.head_{kind}"),
                                desc=self.own(f"competence.desc_{kind}"), note=self.own(f"competence.note_{kind}"))
        return [table, *self._without_value(where(rows, kind="subscore", status="withheld"))]

    @staticmethod
    def _order(column: pd.Series) -> pd.Series:
        return column.map({"indicators": 0, "total": 1, "vignettes": 1, "subscore": 2, "item": 3}) if column.name == "kind" else column

    def _without_value(self, rows: pd.DataFrame) -> list[Block]:
        """Say which groups of items are not shown because the whole form foretells them better, or because that cannot be known."""
        said = []
        for reason in ("total_says_more", "value_not_known"):
            own = where(rows, reason=reason)
            if len(own):
                said.append(self.page.text(self.own(f"competence.{reason}", groups=", ".join(self.competence(r) for r in own.to_dict("records")))))
        return said

    def _lowest(self, rows: pd.DataFrame) -> list[str]:
        units, offices = self._rows(scope="unit", status="estimated"), self._offices()
        found = []
        for row in rows.to_dict("records"):
            own = where(units, competence=row["competence"], source=row["source"]).sort_values("level", kind="stable")
            found.append(offices.get(own.iloc[0]["scope_id"], self.words("none")) if len(own) > 1 else self.words("none"))
        return found

    def _offices(self) -> dict[Any, str]:
        offices = self.offices()
        return dict(zip(offices["opd_id"], offices["name"], strict=True))

    def _by_unit(self) -> list[Block]:
        """Show for each unit its lowest competences; units with few people measured are counted only."""
        rows = self._rows(scope="unit")
        shown = rows[(rows["status"].eq("estimated") & rows["competence"].ne("total")).to_numpy(dtype=bool)]
        if shown.empty:
            return []
        offices = self.offices()
        lines = []
        for unit, own in shown.groupby("scope_id"):
            low = own.sort_values(["level", "competence"], kind="stable").to_dict("records")[:SHOWN]
            said = [self.own("units.one", competence=self.competence(r), level=self.n(round(100 * float(r["level"])))) for r in low]
            lines.append({"opd_id": unit, "n": int(own["n"].max()), "lowest": "; ".join(said)})
        frame = pd.DataFrame(lines).merge(offices[["opd_id", "name", "group"]], on="opd_id", how="inner")
        left = rows["scope_id"].nunique() - len(frame)
        frame = frame.sort_values(["group", "name"], kind="stable", ignore_index=True)
        columns = [Col("name", self.own("hours.unit")), Col("n", self.own("competence.measured"), "count"), Col("lowest", self.own("units.lowest"))]
        note = self.own("units.note") + (" " + self.own("units.left", n=self.n(left)) if left else "")
        return [self.page.table(frame, columns, id="t-kompetensi-unit", role="descriptive", groups="group", dense=True, head=self.own("units.head"),
                                desc=self.own(f"competence.desc_{self.audience}"), note=note)]

    def _source(self, row: dict[Hashable, Any]) -> str:
        """Name where a measure comes from and when it was taken."""
        code = str(row["source"])
        word = self._said(f"source.{code}", row["source_id"], row["source_en"], code)
        return self.own("competence.source", source=word, period=period_text(str(row["measured_in"]), self.language))

    def competence(self, row: dict[Hashable, Any]) -> str:
        """Name a competence: in the words of the catalogue, else of the form that asks for it."""
        code = str(row["competence"])
        return self._said(f"competence.{code.lower().replace(' ', '_')}", row["label_id"], row["label_en"], code.replace("_", " ").capitalize())

    def _said(self, key: str, own_id: object, own_en: object, code: str) -> str:
        if f"training.{key}" in catalogue():
            return self.training(key)
        name = own_id if self.language == "id" else own_en
        return code if missing(name) else str(name)
