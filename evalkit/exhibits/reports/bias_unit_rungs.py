"""The bias analysis of one unit above rung 0: groups, what is carried over, rotation, gaps within evaluators, each beside the city."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits import charts
from evalkit.exhibits.amounts import Cell
from evalkit.exhibits.reports.base import where
from evalkit.exhibits.reports.bias_groups import NOW, OFFICE, PLAIN, POST
from evalkit.exhibits.reports.bias_unit import LEAST_PEOPLE, UnitBase
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.numbers_dates import listed, number, period_text, signed

OUTCOME = "sangat_baik"  # below Baik are so few that an office would be a statement on persons
_FIRST = {"sangat_baik": ("sangat_baik",), "others": ("baik", "butuh_perbaikan", "kurang", "sangat_kurang")}


class UnitBiasAnalysis(UnitBase):
    """The bias analysis of one unit."""

    # ---- rung 0: groups
    def groups(self) -> Block:
        """Show the gaps of the unit, plainly and with the post held fixed, beside those of the city."""
        rows: list[dict[str, Cell]] = []
        lacking: dict[str, dict[str, Any]] = {}
        why = self.why_small()
        for term, group in self._comparisons():
            label = self.gap_word(group)
            plain, post = (self._gap("", term, group, e) for e in (PLAIN, POST))
            city = self._gap("city", term, group, POST) or self._gap("city", term, group, OFFICE)
            if self.told(plain) or self.told(city) or plain:
                own: list[Cell] = [self.shut, self.shut] if why else [self.told_of(plain, lacking, label), self.told_of(post, {}, label)]
                mde = self.shut if own[0] == self.shut else self._floor_of_unit(term, group)
                rows.append({"label": label, "plain": own[0], "post": own[1], "mde": mde, "city": self.points(city)})
        if not rows:
            return self.section("groups", why or self.own("groups.cannot"), 0, withheld=True)
        columns = [Col("label", self.own("groups.gap")), Col("plain", self.unit_says("groups.plain")), Col("post", self.unit_says("groups.post")),
                   Col("mde", self.unit_says("groups.mde")), Col("city", self.unit_says("groups.city"))]
        table = self.page.table(pd.DataFrame(rows), columns, id="t-selisih", role="inferential", head=self.unit_says("groups.head"),
                                desc=self.unit_says("groups.desc", period=self.period),
                                note=self.unit_says("groups.note", rest=self.rest(lacking)).strip())
        shut = all(r["plain"] == self.shut for r in rows)
        return self.section("groups", why or self.unit_says("groups.shut" if shut else "groups.answer"), 0, table, withheld=shut)

    def _floor_of_unit(self, term: str, group: str) -> Cell:
        """Write the smallest gap that the unit finds eight times in ten: in the same post, or plainly where posts are compared."""
        floors = [self.pick(self.estimates(OUTCOME), measure="detectable_difference", term=term, group=group, estimand=e) for e in (POST, PLAIN)]
        return self.mde(next((r for r in floors if r), {}))

    def _comparisons(self) -> list[tuple[str, str]]:
        """Give the comparisons of the unit and of the city, each attribute against the reference of the city where both have it."""
        found = [(str(t), str(g)) for scope in ("city", "") for t, g in self._pairs(scope)]
        return list(dict.fromkeys(found))

    def _pairs(self, scope: str) -> list[tuple[object, object]]:
        rows = where(self.estimates(OUTCOME, scope), measure="rate_difference", estimand=PLAIN)
        return list(zip(rows["term"], rows["group"], strict=True))

    def _gap(self, scope: str, term: str, group: str, estimand: str) -> dict[str, Any]:
        return self.pick(self.estimates(OUTCOME, scope), measure="rate_difference", term=term, group=group, estimand=estimand)

    # ---- rung 1
    def carried(self) -> Block:
        """Count how results pass from the last period to this one, beside the city."""
        own, city = self.here("carry_over"), self.here("carry_over", "city")
        if city.empty:
            return self.section("carried", self.own("higher.not_reached", rung=1), 1, withheld=True)
        why = self.why_small()
        rows: list[tuple[str, Cell, Cell]] = []
        cells: dict[str, Cell] = {}
        for key, codes in _FIRST.items():
            k, n = self._again(own, codes)
            cells[key] = self.part(*self._again(city, codes))
            few = bool(why) or n < LEAST_PEOPLE
            rows.append((self.unit_says(f"carried.{key}"), self.shut if few else self.part(k, n), cells[key]))
        before = period_text(str(city.iloc[0]["period_before"]), self.language)
        table = self.beside(rows, id="t-terbawa", head=self.unit_says("carried.head"), note=self.own("carried.note"),
                            desc=self.own("carried.desc", before=before, period=self.period))
        told = {key: unit for key, (_, unit, _) in zip(_FIRST, rows, strict=True) if unit != self.shut}
        if len(told) == 1:
            key, share = next(iter(told.items()))
            return self.section("carried", self.unit_says(f"carried.answer_{key}", share=share, city=cells[key]), 1, table)
        said = self.unit_says("carried.city", again=cells["sangat_baik"], new=cells["others"])
        start = self.unit_says("carried.answer", again=rows[0][1], new=rows[1][1]) if told else why or self.unit_says("carried.few")
        return self.section("carried", f"{start} {said}", 1, table, withheld=not told)

    def _again(self, rows: pd.DataFrame, codes: tuple[str, ...]) -> tuple[int, int]:
        some = rows[rows["before"].isin(codes).to_numpy(dtype=bool)]
        return int(some.loc[some["after"].eq("sangat_baik").to_numpy(dtype=bool), "n"].sum()), int(some["n"].sum())

    def clusters(self) -> Block:
        """Say what the one test for the city found, and what it could find in a unit like this: there is no statement on one unit."""
        ratio = self.effect("clustering_ratio", OUTCOME)
        if not self.told(ratio):
            answer = self.own("higher.not_reached", rung=1) if not ratio else self.why_not(ratio)
        else:
            answer = self.unit_says("clusters.yes" if self.clear(ratio) else "clusters.no")
        rows = self.ladder_rows()
        floor = rows.iloc[0]["minimum_detectable_effect"] if len(rows) and rows.iloc[0]["rung"] else None
        could = "" if floor is None else (self.unit_says("clusters.none") if pd.isna(floor) else
                                          self.unit_says("clusters.mde", mde=number(100 * float(floor), 1, self.language)))
        why = f"{self.unit_says('clusters.why')} {could}".strip()
        return self.section("clusters", answer, 1, self.page.cannot(self.unit_says("clusters.cannot"), why, self.own(
            "linked.unit_needed" if self._of_city(3) else "clusters.needed")),
                            withheld=True)

    # ---- rung 2: rotation
    def rotation(self) -> Block:
        """Put the mean change under another evaluator beside that of the city, where enough teams changed hands."""
        rows = where(self.here("unit_effects"), term=OUTCOME)
        effect, floor = (self.pick(rows, measure=m) for m in ("rotation_effect", "rotation_effect_detectable"))
        city, city_floor = self.effect("rotation_effect", OUTCOME), self.effect("rotation_effect_detectable", OUTCOME)
        said = self.unit_says("rotation.city", mean=self.mean_words(city)) if self.told(city) else ""
        why = self.why_small() or ("" if self.told(effect) else self.unit_says("rotation.few") if effect.get("n_raters") else
                                   self.unit_says("rotation.none"))
        if why and not said:
            return self.section("rotation", why, 2, withheld=True)
        shut = bool(why)
        taken = [self.whole(r["n_raters"]) if r and pd.notna(r["n_raters"]) else self.words("none") for r in (effect, city)]
        lines: list[tuple[str, Cell, Cell]] = [
                 (self.unit_says("rotation.taken"), self.shut if self.small() else taken[0], taken[1]),
                 (self.own("rotation.effect"), self.shut if shut else self.points(effect), self.points(city)),
                 (self.rungs("mde"), self.shut if shut else self.mde(floor), self.mde(city_floor))]
        table = self.beside(lines, id="t-ganti", head=self.unit_says("rotation.head"), desc=self.own("rotation.table_desc"),
                            note=self.unit_says("rotation.note"), descriptive=False)
        answer = why if shut else self.unit_says("rotation.answer", mean=self.mean_words(effect))
        return self.section("rotation", f"{answer} {said}".strip(), 2, table, withheld=shut)

    # ---- rung 2: gaps within evaluators
    def gaps(self) -> Block:
        """Show gaps within the teams of this unit's evaluators above those of the city, with what each design could find."""
        lacking: dict[str, dict[str, Any]] = {}
        lines = [*self._lines("", lacking), *self._lines("city", {})]
        frame = pd.DataFrame(lines, columns=["label", "section", "kind", "row", "estimate", "conf_low", "conf_high", "detectable", "sure"])
        drawn = frame[frame["estimate"].notna().to_numpy(dtype=bool)]
        own = drawn[drawn["section"].eq(self.unit_says("unit")).to_numpy(dtype=bool)]
        why = self.why_small() or ("" if len(own) else self.unit_says("gaps.few"))
        if drawn.empty:
            return self.section("gaps", why or self.own("higher.not_reached", rung=2), 2, withheld=True)
        if why:
            return self.section("gaps", why, 2, self._city_gaps(drawn), withheld=True)
        chart = charts.forest(drawn.drop(columns=["row", "kind"]), axis=self.own("gaps.axis_sangat_baik"), digits=1, language=self.language)
        note = self.unit_says("gaps.note", families=self._families(), rest=self.rest({} if self.small() else lacking)).strip()
        figure = self.page.figure(chart, id="g-selisih", role="inferential", head=self.unit_says("gaps.head"),
                                  desc=self.own("gaps.desc", period=self.period), note=note)
        return self.section("gaps", self._unit_answer(own), 2, figure)

    def _city_gaps(self, drawn: pd.DataFrame) -> Block:
        """Show the gaps of the city, where the unit has none that may be told."""
        rows = [{"label": r["label"], "gap": self.points(r["row"]), "mde": self.size(float(r["detectable"]))
                 if pd.notna(r["detectable"]) else self.words("none")} for r in drawn.to_dict("records")]
        columns = [Col("label", self.own("groups.gap")), Col("gap", self.unit_says("gaps.city")), Col("mde", self.rungs("mde"))]
        return self.page.table(pd.DataFrame(rows), columns, id="t-tim", role="inferential", head=self.unit_says("gaps.city_head"),
                               desc=self.own("gaps.desc", period=self.period),
                               note=self.unit_says("gaps.note", families=self._families(unit=False), rest="").strip())

    def _families(self, *, unit: bool = True) -> str:
        """Say how many tests were corrected together, in the unit and in the city."""
        sizes = {key: self.family_size(self.estimates(OUTCOME, scope), "gaps_within_evaluators")
                 for key, scope in (("unit", ""), ("city", "city")) if unit or scope}
        said = [self.unit_says(f"gaps.family_{key}", n=self.n(size)) for key, size in sizes.items() if size]
        return listed(said, self.language)

    def _lines(self, scope: str, lacking: dict[str, dict[str, Any]]) -> list[dict[str, object]]:
        rows = self.estimates(OUTCOME, scope)
        within = where(rows, measure="within_difference", estimand=NOW)
        found = []
        for term, group in zip(within["term"], within["group"], strict=True):
            gap = self.pick(rows, measure="within_difference", term=term, group=group, estimand=NOW)
            mde = self.pick(rows, measure="within_detectable_difference", term=term, group=group, estimand=NOW)
            odds = self.pick(rows, measure="within_odds_ratio", term=term, group=str(group).replace(" - ", " / "), estimand=NOW)
            if not self.told(gap):
                lacking[self.gap_word(group)] = gap
            line = self._line(self.gap_word(group), "within", gap, mde, odds)
            found.append({**line, "section": self.unit_says("city" if scope else "unit")})
        return found

    def _unit_answer(self, own: pd.DataFrame) -> str:
        sure = own[own["sure"].to_numpy(dtype=bool)]
        if sure.empty:
            return self.unit_says("gaps.none", n=self.n(len(own)))
        said = [f"{r['label']} {signed(100 * float(r['estimate']), 1, self.language)}" for r in sure.to_dict("records")]
        return self.unit_says("gaps.some", gaps="; ".join(said))
