"""What the two pages about a course share: its row, how its outcomes are written, its plan."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from evalkit.exhibits.amounts import Amount, Cell, amount
from evalkit.exhibits.reports.base import Report, Tables, where
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import date_text, number, signed

# unit of an outcome -> what it is multiplied with on the page, and its decimals
_WRITTEN = {"share": (100.0, 1), "minutes": (1.0, 2), "points": (1.0, 2), "percent": (1.0, 1), "items": (1.0, 2)}
# pages know tables only: a test holds these to `impact.outcomes.OUTCOMES`
UNITS = {"accuracy": "points", "distance": "points", "halo": "points", "spread": "points", "agreement": "share", "repeated": "share",
         "split": "share", "sangat_baik_given": "share", "test": "points", "late_minutes": "minutes", "absent_share": "share", "achieved": "percent",
         "items": "items", "sangat_baik": "share"}


def missing(value: object) -> bool:
    """Tell whether a cell of a table holds nothing."""
    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]  # one cell, never an array


def titled(name: str) -> str:
    """Write the name of a course as a title.

    Examples
    --------
    >>> titled("BIMTEK PENILAI KINERJA"), titled("Diklat PIM III")
    ('Bimtek penilai kinerja', 'Diklat PIM III')
    """
    return name.capitalize() if name.isupper() else name


class Training(Report):
    """A page about one course.

    Parameters
    ----------
    handle : Tables
        As `derive.handle.open_handle` gives it.
    language : {"id", "en"}
        The language of the page.
    course : str
        The key of the course.
    """

    mark = "training"

    def __init__(self, handle: Tables, language: Language = "id", course: str = "") -> None:
        rows = handle.table("training_courses")
        found = where(rows, course=course) if course else rows.iloc[:1]
        self.course_key = course or (str(found.iloc[0]["course"]) if len(found) else "")
        self.course: dict[str, Any] = {str(k): v for k, v in found.iloc[0].to_dict().items()} if len(found) else {}
        super().__init__(handle, language)

    def page_name(self) -> str:
        """The name of the page in the browser."""
        return self.own("name", course=self.course_name, period=self.period)

    @property
    def course_name(self) -> str:
        """The name of the course as a title: lists write it in capitals."""
        return titled(str(self.course.get("name") or self.course_key.replace("-", " ")))

    def rows(self, name: str) -> pd.DataFrame:
        """Give the rows of a table about this course."""
        return where(self.table(name), course=self.course_key)

    def training(self, key: str, **values: object) -> str:
        """Say words that both pages share."""
        return say(f"training.{key}", self.language, **values)

    def training_or(self, key: str, fallback: object) -> str:
        """Say words if the catalogue has them, else the code itself, readable."""
        found = catalogue().get(f"training.{key}")
        return found[self.language] if found else str(fallback).replace("_", " ")

    # ---- outcomes
    def outcome_word(self, outcome: object) -> str:
        """Say an outcome."""
        return self.training_or(f"outcome.{outcome}.name", outcome)

    def factor(self, outcome: object) -> float:
        """Give what a value of an outcome is multiplied with on the page."""
        return _WRITTEN[UNITS.get(str(outcome), "points")][0]

    def digits(self, outcome: object) -> int:
        """Give the decimals of an outcome."""
        return _WRITTEN[UNITS.get(str(outcome), "points")][1]

    def unit_word(self, outcome: object) -> str:
        """Say the unit of a change of an outcome."""
        return self.training_or(f"unit.{UNITS.get(str(outcome), 'points')}", "")

    def amount(self, value: object, outcome: object, *, sign: bool = False, unit: bool = True) -> Cell:
        """Write a size in the outcome's own unit."""
        if missing(value):
            return self.words("none")
        return self._sized(self._size_text(value, outcome, sign, unit), outcome, value=value, sign=sign)

    def _sized(self, text: str, outcome: object, *, value: object = None, low: object = None, high: object = None, sign: bool = False) -> Amount:
        """Give a cell with a size or its range; shares are kept as shares, all else in the unit that the page prints."""
        share = UNITS.get(str(outcome), "points") == "share"
        times = 1.0 if share else self.factor(outcome)
        first, lowest, highest = (None if missing(x) else times * float(str(x)) for x in (value, low, high))
        return Amount(text, first, lowest, highest, form="gap" if share else "signed" if sign else "number", digits=self.digits(outcome),
                      unit=self.unit_word(outcome))

    def limits(self, low: object, high: object, outcome: object) -> Cell:
        """Write the range of a change for a cell."""
        if missing(low) or missing(high):
            return self.words("none")
        text = self.own("range", low=self.amount(low, outcome, sign=True, unit=False), high=self.amount(high, outcome, sign=True, unit=False))
        return self._sized(text, outcome, low=low, high=high, sign=True)

    def _size_text(self, value: object, outcome: object, sign: bool, unit: bool) -> str:
        scaled = self.factor(outcome) * float(str(value))
        text = signed(scaled, self.digits(outcome), self.language) if sign else number(scaled, self.digits(outcome), self.language)
        return f"{text} {self.unit_word(outcome)}" if unit else text

    def p(self, value: object) -> str:
        """Write a p-value."""
        found = float(str(value))
        return f"p < {number(0.001, 3, self.language)}" if found < 0.001 else f"p = {number(found, 3, self.language)}"

    def sd(self, value: object, *, sign: bool = False) -> Cell:
        """Write a size in standard deviations."""
        return self.words("none") if missing(value) else amount(value, self.sd_digits(), self.language, form="signed" if sign else "number")

    def sd_digits(self) -> int:
        """Give the decimals of a size in standard deviations."""
        return 2

    def of_ten(self, chance: object) -> Cell:
        """Write a chance as times out of ten."""
        value = math.nan if missing(chance) else float(str(chance))
        if math.isnan(value):
            return self.words("none")
        times, rounded = self.times(value)
        if rounded:
            return amount(value, 0, self.language, form="share", text=self.training("ten_never" if times == 0 else "ten_always"))
        return amount(value, 0, self.language, form="share", text=self.training("of_ten", n=number(times, 0, self.language)))

    @staticmethod
    def times(chance: float) -> tuple[int, bool]:
        """Give a chance as times out of ten, never more than there is, and whether words say it better than the number.

        Examples
        --------
        >>> [Training.times(c) for c in (0.05, 0.92, 0.99)]
        [(0, True), (9, False), (9, True)]
        """
        found = math.floor(10 * float(chance) + 1e-9)
        return found, found == 0 or chance > 0.98

    def way_word(self) -> str:
        """Say how people come to the course."""
        return self.training_or(f"way.{self.course.get('assigned_by') or 'unknown'}", self.course.get("assigned_by"))

    def day(self, value: object) -> str:
        """Write a day."""
        return self.words("none") if missing(value) else date_text(value, self.language)  # type: ignore[arg-type]  # a day of a table

    # ---- the plan
    def plan_words(self) -> str:
        """Say in what state the plan is."""
        state = str(self.course.get("plan_state") or "none")
        if state == "none":
            return self.training("plan.none")
        digest = str(self.course.get("plan_digest") or "")
        return self.training(f"plan.{state}", day=self.day(self.course.get("plan_saved_at")), digest=f"{digest[:4]} {digest[4:8]} {digest[8:]}")

    def deviations(self, *, id: str = "t-menyimpang") -> Block:
        """List where the course left its frozen plan, or say that nothing was found."""
        if str(self.course.get("plan_state")) not in ("frozen", "changed"):
            return self.page.text(self.training("plan.nothing_frozen"))
        rows = self.rows("training_deviations").sort_values("order") if len(self.rows("training_deviations")) else self.rows("training_deviations")
        if rows.empty:
            return self.page.text(self.training("plan.kept" if self.course.get("enrolled") else "plan.no_list"))
        frame = pd.DataFrame({"what": [self.training_or(f"deviation.{c}", c) for c in rows["code"]],
                              "planned": [self._told(c, v) for c, v in zip(rows["code"], rows["planned"], strict=True)],
                              "happened": [self._told(c, v) for c, v in zip(rows["code"], rows["happened"], strict=True)]})
        columns = [Col("what", self.training("deviation.what")), Col("planned", self.training("deviation.planned")),
                   Col("happened", self.training("deviation.happened"))]
        return self.page.table(frame, columns, id=id, role="descriptive", head=self.training("deviation.head", n=self.n(len(rows))),
                               desc=self.training("deviation.desc"))

    def _told(self, code: object, value: object) -> str:
        if missing(value) or value == "":
            return self.words("none")
        text = str(value)
        if code == "assigned_by":
            return self.training_or(f"way_short.{text}", text)
        if len(text) == 10 and text[4] == text[7] == "-":
            return date_text(pd.Timestamp(text).date(), self.language)
        return text
