"""Cells of the bias analysis: an estimate with its range, a minimum detectable effect, as words on the page and numbers behind it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.exhibits.amounts import Amount, Cell, Form, amount, estimate
from evalkit.exhibits.reports.ladder import Ladder
from evalkit.language.catalogue import catalogue, say
from evalkit.language.numbers_dates import number, signed


class BiasCells(Ladder):
    """What the cells of the bias analysis say."""

    def told(self, row: dict[str, Any]) -> bool:
        """Tell whether an estimate may be printed."""
        return bool(row) and row["status"] in ("estimated", "boundary") and pd.notna(row["estimate"])

    def rungs(self, key: str, **values: object) -> str:
        """Say words that the sections above rung 0 share."""
        return self.own(f"rungs.{key}", **values)

    def points(self, row: dict[str, Any], *, sign: bool = True) -> Cell:
        """Write an estimate in percentage points with its range, for a cell."""
        return self.ranged(row, 1, times=100, form="gap", sign=sign) if self.told(row) else self.words("none")

    def ranged(self, row: dict[str, Any], digits: int, *, times: int = 1, form: Form = "number", sign: bool = False) -> Amount:
        """Write an estimate with its range where it has one, for a cell; the page prints it `times` as large."""
        value, low, high = ((signed if sign else number)(times * float(row[c]) if pd.notna(row[c]) else None, digits, self.language)
                            for c in ("estimate", "conf_low", "conf_high"))
        whole = pd.notna(row["conf_low"]) and pd.notna(row["conf_high"])
        return estimate(row, self.rungs("cell", value=value, low=low, high=high) if whole else value, digits, form=form)

    def mde(self, row: dict[str, Any]) -> Cell:
        """Write a minimum detectable effect in percentage points."""
        return self.size(row["estimate"]) if self.told(row) else self.words("none")

    def size(self, share: float) -> Amount:
        """Write the size of a gap in percentage points."""
        return amount(share, 1, self.language, form="gap", text=number(100 * share, 1, self.language))

    def p_cell(self, p: float) -> Amount:
        """Write a p-value for a cell."""
        return amount(p, 2, self.language, text=self.p_words(p), unit="p")

    def p_words(self, p: float) -> str:
        """Write a p-value for a sentence."""
        small = self.rungs("p_small") if p < 0.001 else self.rungs("p_less", p=number(0.01, 2, self.language))
        return small if p < 0.01 else self.rungs("p", p=number(p, 2, self.language))

    def item_word(self, code: object) -> str:
        """Say an item of a form."""
        known = f"item.{code}"
        return say(known, self.language) if known in catalogue() else str(code).replace("_", " ").capitalize()
