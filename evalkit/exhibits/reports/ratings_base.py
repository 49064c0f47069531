"""What the pages of rating and outcome studies share: names as the file has them, and counts that are not pooled."""

from __future__ import annotations

import re

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.reports.base import Report, where
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import say
from evalkit.language.numbers_dates import number

_DIGITS = re.compile(r"(\d+)")
_YES_NO = {"0": "no", "1": "yes"}


def natural(text: object) -> tuple[tuple[int, int | str], ...]:
    """Give the key by which names with numbers stand in their order.

    Examples
    --------
    >>> sorted(["10", "9", "a"], key=natural)
    ['9', '10', 'a']
    """
    return tuple((0, int(p)) if p.isdecimal() else (1, p.casefold()) for p in _DIGITS.split(str(text)) if p)


class Ratings(Report):
    """What both reports of a rating study share."""

    mark = "open"

    def common(self, key: str, **values: object) -> str:
        """Say words that both reports use."""
        return say(f"ratings_evaluation.{key}", self.language, **values)

    def own_words(self, code: object) -> str:
        """Say the name of an item or group of the file as it stands there, readable."""
        return str(code).replace("_", " ")

    def instrument(self, code: object) -> str:
        """Say the name of an instrument."""
        return str(code).replace("-", " ").replace("_", " ")

    def item(self, row: pd.Series, *, table: str) -> str:
        """Say an item, with its instrument where there are several."""
        several = len(self.table(table)["instrument"].unique()) > 1
        name = self.own_words(row["item"])
        return f"{self.instrument(row['instrument'])}: {name}" if several else name

    def group_words(self, group: object, groups: pd.Series) -> str:
        """Say a group; an attribute that is 0 or 1 in the file is no or yes."""
        if str(group) == "unknown":
            return self.common("groups.unknown")
        is_flag = set(groups.astype(str)) <= {"0", "1", "unknown"}
        return self.common(f"groups.{_YES_NO[str(group)]}") if is_flag else self.own_words(group)

    def unit_names(self) -> dict[str, str]:
        """Give the names of the units of the file."""
        units = self.table("units_current")
        return {str(u): self.own_words(n) for u, n in zip(units["unit_id"], units["name"], strict=True)}

    # ---- counts
    def raters(self) -> pd.DataFrame:
        """Give one row a rater and instrument: `n_objects`, of the item on which she rated most, and whether all items are constant."""
        rows = self.table("rating_raters")
        several = rows.assign(several=(rows["n"] > 1).to_numpy(dtype=bool), one=rows["is_constant"].to_numpy(dtype=bool))
        several["varied"] = several["several"] & ~several["one"]
        return several.groupby(["instrument", "rater_id"]).agg(
            n_objects=("n_objects", "max"), several=("several", "any"), varied=("varied", "any")).reset_index()

    def objects(self) -> pd.DataFrame:
        """Give, for each instrument, the counts of objects by raters, of the item with most objects: `n_raters`, `n_objects`."""
        rows = self.table("rating_objects")
        sizes = rows.groupby(["instrument", "item"])["n_objects"].sum().reset_index()
        most = sizes.sort_values(["n_objects", "item"], ascending=[False, True]).drop_duplicates("instrument")
        return rows.merge(most[["instrument", "item"]], on=["instrument", "item"]).sort_values(
            ["instrument", "n_raters"], ignore_index=True)

    def answers(self) -> int:
        """Give the number of ratings of all items."""
        return int(where(self.table("rating_distribution"), scope="city")["n"].sum())

    def n_raters(self) -> int:
        """Give the number of raters seen."""
        return int(self.table("rating_raters")["rater_id"].nunique())

    def n_objects(self) -> int:
        """Give the number of objects rated."""
        return int(self.objects()["n_objects"].sum())

    def constant(self) -> tuple[int, int]:
        """Give the raters who gave one value only on every item, and the raters with two ratings or more of an item."""
        rows = self.raters()
        several = rows[rows["several"].to_numpy(dtype=bool)]
        return int((~several["varied"].astype(bool)).sum()), len(several)

    def mean_text(self, total: float, of: int) -> str:
        """Write a mean of counts."""
        return number(total / of, 1, self.language) if of else self.words("none")

    def closing(self) -> Block:
        """End the page: source and its terms, words, trace."""
        terms = ("role", "range") if len(self.table("outcome_rates")) else ("role",)
        return self.end(terms, self.words("end.ratings"), self._sources())

    def _sources(self) -> Block:
        """Say where the data of each instrument come from, and on which terms they may be used."""
        named = [(instrument, source, terms) for instrument, source, terms in self.facts.sources if source or terms]
        lines = []
        for instrument, source, terms in named:
            parts = [(self.words("end.source"), source), (self.words("end.terms"), terms)]
            said = [self.page.joined(self.page.strong(f"{name}: "), text) for name, text in parts if text]
            of = [self.page.joined(self.page.strong(self.instrument(instrument)), ". ")] if len(named) > 1 else []
            lines.append(self.page.joined(*of, said[0], *(self.page.joined(" ", s) for s in said[1:])))
        return self.page.text(*lines) if lines else Block(Markup(""))
