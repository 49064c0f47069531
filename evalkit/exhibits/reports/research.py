"""The page of a research notebook: frames that a notebook has computed become tables and figures; nothing is computed here.

page = ResearchPage(data, "rotation", language)
page.title()
page.rotation(effect, spread)
"""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from typing import Any, Protocol

import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.amounts import Amount, Cell, amount, estimate, interval
from evalkit.exhibits.reports.base import Report, Tables
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, code, stacked
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import number, period_text, signed
from evalkit.language.sentences.words import counted

FEW = 1e-3


class Data(Protocol):
    """What a page needs of the study that a notebook opened."""

    @property
    def handle(self) -> Tables:
        """The tables and facts of the study."""

    @property
    def kind(self) -> str:
        """What the study holds: "appraisals", "linked" or "outcomes"."""

    @property
    def instrument(self) -> str:
        """The rating file that is looked at."""

    @property
    def truth(self) -> dict[str, pd.DataFrame]:
        """What an invented study was made from."""


class ResearchBase(Report):
    """What the blocks of all research pages share.

    Parameters
    ----------
    data : Data
        As `derive.research.open_research` gives it.
    notebook : str
        Name of the notebook.
    language : {"id", "en"}
        The language of the page.
    """

    name = "research"

    def __init__(self, data: Data, notebook: str, language: Language = "id") -> None:
        self.data, self.notebook = data, notebook
        self.mark = "" if data.kind == "appraisals" else "open"
        super().__init__(data.handle, language)
        self.page.note("kind", data.kind)

    def mine(self, key: str, **values: object) -> str:
        """Say words of this notebook."""
        return self.own(f"{self.notebook}.{key}", **values)

    def page_name(self) -> str:
        """Subject, place, period."""
        return f"{self.mine('name')}, {self.facts.title}, {period_text(self.facts.period, self.language)}"

    def title(self) -> Block:
        """Give subject, place, period, and what kind of page this is."""
        counts = {"appraisals": ("person", "roster", "person_id"), "linked": ("rater", "rating_raters", "rater_id")}
        parts: list[object] = [self.own("kind"), self.facts.title, self.period]
        if self.data.kind in counts:
            word, table, key = counts[self.data.kind]
            known = self.table(table)
            if self.data.kind == "appraisals":
                known = known[known["period"].eq(self.facts.period).to_numpy(dtype=bool)]
            elif "instrument" in known.columns and self.data.instrument:  # a study may hold several; the page is about one
                known = known[known["instrument"].eq(self.data.instrument).to_numpy(dtype=bool)]
            parts.append(counted(word, int(known[key].nunique()), self.language))
        return self.page.title(self.mine("name"), parts)

    def unsuited(self) -> Block:
        """On a study that cannot answer, say why and what would; nothing on one that can."""
        kind = self.data.kind
        if f"{self.name}.{self.notebook}.why_{kind}" not in catalogue():
            return stacked()
        return stacked(self.page.verdict(self.own("unsuited.verdict"), 0, self.own("unsuited.why")),
                       self.page.question("s-mengapa", self.own("unsuited.question"), "", short=self.own("unsuited.short")),
                       self.page.cannot(self.mine(f"cannot_{kind}"), self.mine(f"why_{kind}"), self.mine(f"needed_{kind}")))

    def call(self, word: str) -> Block:
        """Print the call that was made: the last cell of the running notebook that holds a word, as it ran; nothing outside a notebook."""
        shell: Any = importlib.import_module("IPython").get_ipython()  # ships no types for it
        source = next((c for c in reversed(shell.user_ns["In"][:-1]) if word in c), "") if shell is not None else ""
        lines = [line for line in source.splitlines() if line.strip()]
        if not lines:
            return stacked()
        br = Markup("<br>")
        said = br.join(code(line.replace("    ", "\u00a0\u00a0\u00a0\u00a0")) for line in lines)
        return Block(Markup('<p class="call"><strong>{}</strong><br>{}</p>\n').format(self.own("code"), said))

    def closing(self) -> Block:
        """End the page: source and terms of the data, words, trace."""
        lines = [self.page.joined(self.page.strong(f"{self.words('end.source')}: "), source, " ", terms)
                 for instrument, source, terms in self.facts.sources if source and instrument == self.data.instrument]
        return self.end(("role", "range", "mde"), self.own("end"), self.page.text(*lines) if lines else None)

    # ---- numbers
    def why_not(self, code: object) -> str:
        """Say in words why something is not there."""
        for family in ("research.reason", "effect_reason", "linked_reason", "rater_reason", "group_reason", "ladder.reason"):
            if f"{family}.{code}" in catalogue():
                return say(f"{family}.{code}", self.language)
        return str(code).replace("_", " ")

    def told(self, row: pd.Series) -> bool:
        """Tell whether an estimate may be printed."""
        return row["status"] in ("estimated", "boundary") and pd.notna(row["estimate"])

    def value(self, row: pd.Series, column: str = "estimate") -> Cell:
        """Write one number of a row in its unit."""
        unit, value = str(row["unit"]), float(row[column])
        if math.isnan(value):
            return self.words("none")
        if unit == "share" and row["measure"] == "severity_reliability":
            return amount(value, 2, self.language)
        digits = 0 if unit == "pairs" else 1 if unit in ("strata", "share") else 2
        return Amount(self._value_text(row, unit, value), value, form="gap" if unit == "share" else "number", digits=digits, unit=self._unit(unit))

    def _unit(self, unit: str) -> str:
        return self.own(f"unit.{unit}", value="").strip() if f"research.unit.{unit}" in catalogue() else ""

    def _value_text(self, row: pd.Series, unit: str, value: float) -> str:
        if unit == "share":
            text = signed(100 * value, 1, self.language) if row["measure"] == "rotation_effect" else number(
                100 * value, 1, self.language)
        else:
            write = signed if "gap" in str(row["measure"]) or "own_group" in str(row["measure"]) else number
            text = write(value, 0 if unit == "pairs" else 1 if unit == "strata" else 2, self.language)
        return self.own(f"unit.{unit}", value=text) if f"research.unit.{unit}" in catalogue() else text

    def ranged(self, row: pd.Series) -> str:
        """Write an estimate with its range for a sentence."""
        if not self.told(row):
            return self.words("none")
        if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
            return str(self.value(row))
        scale, digits = (100, 1) if row["unit"] == "share" else (1, 2)
        low, high = (number(scale * float(row[c]), digits, self.language) for c in ("conf_low", "conf_high"))
        return say("bias_analysis.rungs.range", self.language, value=self.value(row), low=low, high=high)

    def cell(self, row: pd.Series, *, sign: bool = True, scale: float = 100.0, digits: int = 1) -> Cell:
        """Write an estimate with its range for a cell."""
        if not self.told(row):
            return self.words("none")
        write = signed if sign else number
        said = [write(scale * float(row[c]), digits, self.language) for c in ("estimate", "conf_low", "conf_high")]
        whole = pd.notna(row["conf_low"]) and pd.notna(row["conf_high"])
        text = say("bias_analysis.rungs.cell", self.language, value=said[0], low=said[1], high=said[2]) if whole else said[0]
        return estimate(row.to_dict(), text, digits, form="gap" if scale > 1 else "number")

    def p_text(self, value: object) -> Cell:
        """Write a p for a cell."""
        p = math.nan if value is None or pd.isna(value) else float(str(value))  # type: ignore[call-overload]  # any scalar of a frame
        digits = 2 if p >= 0.01 else 3
        return self.words("none") if math.isnan(p) else amount(p, digits, self.language, text=self.own("p_small") if p < FEW else "")

    def section(self, key: str, *blocks: Block) -> Block:
        """Open a section by its question and answer, and put exhibits under it."""
        head = self.page.question(f"s-{key}", self.mine(f"q_{key}"), self.mine(f"a_{key}"), short=self.mine(f"s_{key}"))
        return stacked(head, *blocks)

    def results(self, frame: pd.DataFrame, *, id: str, head: str, desc: str, note: str) -> Block:
        """Show a frame of estimates as a table; what could not be computed has its reason in its row."""
        rows = []
        for _, row in frame.iterrows():
            name = str(row["measure"]) + ("_placebo" if str(row["group"]) == "placebo" else "")
            told = self.told(row)
            rows.append({"what": self.own(f"measure.{name}"), "value": self.value(row) if told else self.why_not(row["reason"]),
                         "range": self._limits(row) if told else self.words("none"), "p": self.p_text(row["p_value"])})
        columns = [Col("what", self.own("what")), Col("value", self.own("value")), Col("range", self.own("span")), Col("p", "p", optional=True)]
        return self.page.table(pd.DataFrame(rows), columns, id=id, role="inferential", head=head, desc=desc, note=note)

    def _limits(self, row: pd.Series) -> Cell:
        if pd.isna(row["conf_low"]) or pd.isna(row["conf_high"]):
            return self.words("none")
        scale, digits = (100, 1) if row["unit"] == "share" else (1, 2)
        signs = row["measure"] in ("rotation_effect", "linked_gap", "own_group_effect")
        low, high = ((signed if signs else number)(scale * float(row[c]), digits, self.language) for c in ("conf_low", "conf_high"))
        text, form, unit = self.own("to", low=low, high=high), str(row["unit"]), self._unit(str(row["unit"]))
        found = interval(row["conf_low"], row["conf_high"], digits, self.language, form="gap" if form == "share" else "number", text=text)
        return replace(found, unit=unit)


def first(frame: pd.DataFrame, **values: Any) -> pd.Series:
    """Give the first row that has these values; an empty one where there is none."""
    keep = pd.Series(True, index=frame.index)
    for column, value in values.items():
        keep &= frame[column].fillna("").astype(str).eq(value)
    own = frame[keep.to_numpy(dtype=bool)]
    if len(own):
        return own.iloc[0]
    return pd.Series(dict.fromkeys(frame.columns) | {"status": "not_estimable", "reason": "nobody_rated", "estimate": math.nan})
