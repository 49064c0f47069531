"""What the instruments of the cycle say, for pages: the quadrant, the article of a fact, whether it was read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evalkit.language.catalogue import Language
from evalkit.report.people.records import rows_of


@dataclass(frozen=True)
class Fact:
    """One thing a rule says, where, and whether its text was read."""

    value: Any
    source: str
    confirmed: bool


class Rules:
    """The table `rules` as pages ask for it.

    Parameters
    ----------
    frame : pandas.DataFrame
        One fact a row.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._facts = {(str(r["instrument"]), str(r["key"])): Fact(json.loads(r["value"]), str(r["source"]), bool(r["confirmed"]))
                       for r in rows_of(frame)}
        self._quadrants: dict[str, pd.DataFrame] = {}

    @property
    def instruments(self) -> tuple[str, ...]:
        """The instruments, in the order of their names."""
        return tuple(sorted({i for i, _ in self._facts}))

    def fact(self, instrument: str, key: str) -> Fact | None:
        """Give one fact, or nothing where the rule is silent."""
        return self._facts.get((instrument, key))

    def under(self, instrument: str, prefix: str) -> dict[str, Fact]:
        """Give the facts whose key begins with a prefix."""
        return {k: f for (i, k), f in self._facts.items() if i == instrument and k.startswith(prefix)}

    def text(self, instrument: str, language: Language) -> str:
        """Give the title of an instrument."""
        fact = self.fact(instrument, "title")
        return str(fact.value[language]) if fact else instrument

    def quadrant(self, instrument: str) -> pd.DataFrame:
        """Give the predikat of each pair of ratings; empty where the rule has no quadrant."""
        if instrument not in self._quadrants:
            cells = [(*key.split(".")[1:], fact.value) for key, fact in self.under(instrument, "quadrant.").items()]
            self._quadrants[instrument] = pd.DataFrame(cells, columns=["hasil_kerja", "perilaku_kerja", "predikat"])
        return self._quadrants[instrument]
