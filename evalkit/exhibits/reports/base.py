"""What every report shares: its page, its facts, its tables cut to one scope, and the last blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from markupsafe import Markup

from evalkit.exhibits.amounts import Amount, amount
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block, stacked
from evalkit.inference.rows import rows_at
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import date_text, number, period_text
from evalkit.language.sentences.faults import fault_words
from evalkit.language.sentences.results import ORDER, Change, Coverage, Spread
from evalkit.language.sentences.words import unit_name


class Tables(Protocol):
    """What a report needs of a handle."""

    facts: Any

    def table(self, name: str) -> pd.DataFrame:
        """Give a table that the report declared."""
        ...

    def slice_digest(self, display: int = 4) -> str:
        """Give the digest of what the page can print."""
        ...


def where(frame: pd.DataFrame, **values: Any) -> pd.DataFrame:
    """Give the rows that have these values; a missing value is no match.

    Examples
    --------
    >>> where(pd.DataFrame({"a": ["x", "y", None], "n": [1, 2, 3]}), a="x")["n"].tolist()
    [1]
    """
    keep = np.ones(len(frame), dtype=bool)
    for column, value in values.items():
        keep &= frame[column].eq(value).to_numpy(dtype=bool, na_value=False)
    return rows_at(frame, np.flatnonzero(keep))


def _int(row: pd.Series, column: str) -> int:
    value = row.get(column)
    return 0 if value is None or pd.isna(value) else int(value)


def _float(row: pd.Series, column: str) -> float:
    value = row.get(column)
    return 0.0 if value is None or pd.isna(value) else float(value)


def _text(row: pd.Series, column: str) -> str:
    value = row.get(column)
    return "" if value is None or pd.isna(value) else str(value)


def owner_of(facts: Any, language: Language) -> str:
    """Say whose page it is: the office of a place; a study without populations names its source, or only itself.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> owner_of(SimpleNamespace(title="Kota Contoh", owner="", has_appraisals=True), "id")
    'Kota Contoh · BKPPD'
    """
    if facts.has_appraisals:
        return say("report.owner", language, place=facts.title, owner=facts.owner or say("report.owner_default", language))
    return say("report.owner_source", language, place=facts.title, owner=facts.owner) if facts.owner else str(facts.title)


class Report:
    """A report over the tables of one handle, for one language.

    Parameters
    ----------
    handle : Tables
        As `derive.handle.open_handle` gives it.
    language : {"id", "en"}
        The language of the page.
    """

    name = ""
    mark = ""

    def __init__(self, handle: Tables, language: Language = "id") -> None:
        self.handle, self.language = handle, language
        self.facts = handle.facts
        self.unit = str(self.facts.unit or "")
        self.scope, self.scope_id = ("unit", self.unit) if self.unit else ("city", "")
        self._cache: dict[str, pd.DataFrame] = {}
        self._kept_rows: dict[tuple[str, str, str], pd.DataFrame] = {}
        self._coverage: dict[tuple[str, str], Coverage] = {}
        self.page = Page(language, owner=owner_of(self.facts, language), state=self._state(),
                         mark=self.words(f"mark.{self.mark or 'office'}"), mark_class="private" if self.unit else "",
                         foot=self.words("foot" if self.facts.has_appraisals else "foot_ratings", place=self.facts.title), title=self.page_name())

    def _state(self) -> str:
        """Say in what state the page is: draft or release, and the day of the data."""
        day = date_text(self.facts.as_of, self.language)
        return self.words("state_release", release=self.facts.release, day=day) if self.facts.release else self.words("state", day=day)

    # ---- words and numbers
    def words(self, key: str, **values: object) -> str:
        """Say words of the reports."""
        return say(f"report.{key}", self.language, **values)

    def own(self, key: str, **values: object) -> str:
        """Say words of this report."""
        return say(f"{self.name}.{key}", self.language, **values)

    def n(self, value: object) -> str:
        """Write a count."""
        return number(value, 0, self.language)

    def whole(self, value: float) -> Amount:
        """Write a count for a cell of a column that also holds words or other measures."""
        return amount(value, 0, self.language, form="count")

    def word_or(self, key: str, fallback: str) -> str:
        """Say words if the catalogue has them, else the code itself, readable."""
        found = catalogue().get(f"{self.name}.{key}")
        return found[self.language] if found else fallback.replace("_", " ")

    @property
    def place(self) -> str:
        """The unit, or the place of the study."""
        return unit_name(self.facts.unit_name) if self.facts.unit_name else str(self.facts.title)

    @property
    def period(self) -> str:
        """The period in words."""
        return period_text(self.facts.period, self.language)

    @property
    def kind(self) -> str:
        """The kind of period in words: quarter, semester."""
        return self.words(f"kind.{self.facts.period_kind}")

    def page_name(self) -> str:
        """The name of the page in the browser."""
        return self.own("name", place=self.place, period=self.period)

    # ---- tables
    def table(self, name: str) -> pd.DataFrame:
        """Give a table; each is read once a page."""
        if name not in self._cache:
            self._cache[name] = self.handle.table(name)
        return self._cache[name]

    def here(self, name: str, scope: str = "", scope_id: str = "") -> pd.DataFrame:
        """Give the rows of the reported period in this page's scope, or in another one."""
        own, own_id = (scope, scope_id) if scope else (self.scope, self.scope_id)
        if (name, own, own_id) not in self._kept_rows:
            self._kept_rows[name, own, own_id] = where(self.table(name), scope=own, scope_id=own_id, period=self.facts.period)
        return self._kept_rows[name, own, own_id].copy(deep=False)

    def offices(self) -> pd.DataFrame:
        """Give the offices: `opd_id`, `name`, `slug`, `group` (first word of the name), by group and name."""
        units = self.table("units_current")
        rows = units[units["unit_id"].eq(units["opd_id"]).to_numpy(dtype=bool)][["unit_id", "name", "kind", "slug"]]
        frame = rows.astype(object).rename(columns={"unit_id": "opd_id"})
        frame["name"] = [unit_name(str(n)) for n in frame["name"]]
        frame["group"] = [self._group(n) for n in frame["name"]]
        frame["key"] = [str(n).casefold() for n in frame["name"]]
        return frame.sort_values(["group", "key"], kind="stable", ignore_index=True)

    def _group(self, name: object) -> str:
        word = str(name).split(" ")[0].strip().capitalize()
        known = ("Dinas", "Badan", "Kecamatan", "Kelurahan", "Bagian", "Sekretariat", "Inspektorat")
        return word if word in known else self.words("other_units")

    def coverage(self, scope: str = "", scope_id: str = "") -> Coverage:
        """Give how complete a scope is."""
        if (scope, scope_id) not in self._coverage:
            self._coverage[scope, scope_id] = self._coverage_of(self.here("coverage", scope, scope_id))
        return self._coverage[scope, scope_id]

    def _coverage_of(self, rows: pd.DataFrame) -> Coverage:
        if rows.empty:
            return Coverage(0, 0, 0, due=self.facts.due_at, due_confirmed=self.facts.due_confirmed)
        row = rows.iloc[0]
        return Coverage(_int(row, "expected"), _int(row, "rated"), _int(row, "missing"), units=_int(row, "units_waited"),
                        evaluators=_int(row, "evaluators_waited"), due=self.facts.due_at,
                        days_left=(self.facts.due_at - self.facts.as_of).days, due_confirmed=self.facts.due_confirmed,
                        faults=_int(row, "faults_open"))

    def evaluators(self) -> int:
        """Give the number of evaluators of this scope."""
        rows = self.here("coverage")
        return 0 if rows.empty else _int(rows.iloc[0], "evaluators")

    def spread(self, scope: str = "", scope_id: str = "") -> Spread:
        """Give how many people of a scope have each predikat."""
        rows = self.here("distribution", scope, scope_id)
        counts = dict(zip(rows["predikat"].astype(str), rows["n"].astype(int), strict=True))
        return Spread({code: int(counts.get(code, 0)) for code in ORDER}, self.coverage(scope, scope_id).expected)

    def change(self) -> Change:
        """Give this period's share of Sangat Baik against the earlier periods."""
        rows = where(self.here("history"), measure="sangat_baik")
        if rows.empty:
            return Change()
        row = rows.iloc[0]
        return Change(str(row["status"]), _text(row, "reason"), bool(_int(row, "outside")),
                      _float(row, "share"), _float(row, "share_high"), _float(row, "centre"), _float(row, "lower"), _float(row, "upper"),
                      _int(row, "n_periods"))

    # ---- blocks that every report has
    def due(self, key: str, **values: object) -> Markup:
        """Say something with a deadline, marked where the deadline rests on an unconfirmed number."""
        text = self.words(key, due=date_text(self.facts.due_at, self.language), **values)
        return Markup("{}").format(text) if self.facts.due_confirmed else self.page.unsure(text)

    def strip(self) -> Block:
        """Say who is not rated yet, and where to read more."""
        coverage = self.coverage()
        if coverage.missing == 0:
            said = self.words("strip.complete" if coverage.expected else "strip.nobody")
            return self.page.strip(self.words("strip.label"), said, False, self._monitor_link())
        key = "strip.unit" if self.unit else "strip.city"
        said = self.words(key, n=self.n(coverage.missing), units=self.n(coverage.units), evaluators=self.n(coverage.evaluators),
                          due=date_text(self.facts.due_at, self.language))
        return self.page.strip(self.words("strip.label"), said, not self.facts.due_confirmed, self._monitor_link())

    def _monitor_link(self) -> tuple[str, str]:
        return self.words("strip.link"), f"monitor{self.suffix}.html"

    @property
    def suffix(self) -> str:
        """What stands before `.html` in the names of pages that are not in the language of the study."""
        return "" if self.language == self.facts.language else f".{self.language}"

    def trace(self) -> Block:
        """Say what made this page and how to make it again."""
        release = self.facts.release
        facts: dict[str, object] = {self.words("trace.report"): self.name,
                                    self.words("trace.release" if release else "trace.state"): release,
                                    self.words("trace.data"): date_text(self.facts.as_of, self.language)}
        if self.facts.instruments:
            facts[self.words("trace.instrument")] = ", ".join(self.facts.instruments)
        facts["evalkit"] = self.facts.version
        facts[self.words("trace.seed")] = str(self.facts.seed)
        digest = self.handle.slice_digest()
        facts[self.words("trace.slice")] = " ".join(digest[i:i + 4] for i in range(0, 12, 4))
        if release:
            facts[self.words("trace.check")] = f"evalkit verify {release} --period {self.facts.period}"
        return self.page.trace(facts)

    def end(self, terms: Sequence[str | tuple[object, object]], answer: str = "", sources: Block | None = None) -> Block:
        """Give the last section: where the data come from, terms and trace."""
        head = self.page.question("s-jejak", self.words("end.head"), answer or self.words("end.answer"), short=self.words("end.short"))
        return stacked(head, *([sources] if sources else []), self.page.terms(list(terms)), self.trace())

    def faults(self, *, id: str = "t-data") -> Block:
        """Give the rules of the data check that have open rows, with their remedy."""
        frame = self.fault_rows()
        if frame.empty:
            return self.page.text(self.words("faults.none"))
        columns = [Col("rule", self.words("faults.rule")), Col("rows", self.words("faults.rows"), "count")]
        columns += [] if self.unit else [Col("units", self.words("faults.units"), "count")]
        columns += [Col("remedy", self.words("faults.remedy"))]
        return self.page.table(frame, columns, id=id, role="descriptive", head=self.words("faults.head"),
                               desc=self.words("faults.desc"))

    def fault_rows(self) -> pd.DataFrame:
        """Give one row a rule with open faults: `rule` and `remedy` in words, `rows`, `units`."""
        rows = self.table("fault_counts")
        rows = rows[(rows["open"] > 0).to_numpy(dtype=bool)]
        if self.unit:
            rows = where(rows, opd_id=self.unit)
        found: Mapping[str, tuple[int, int]] = {
            str(rule): (int(group["open"].sum()), int(group["opd_id"].nunique())) for rule, group in rows.groupby("rule")}
        order = sorted(found, key=lambda rule: (-found[rule][0], rule))
        return pd.DataFrame([{"rule": fault_words(r, "text", self.language), "rows": found[r][0], "units": found[r][1],
                              "remedy": fault_words(r, "remedy", self.language)} for r in order],
                            columns=["rule", "rows", "units", "remedy"])
