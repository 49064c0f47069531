"""The rules of the data, as a table, and the collector that turns broken cells into faults.

A fault says where, what and how to mend it; it never mends. All faults of a file are told together, and only rows that
cannot be used without guessing are refused: `refuses`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evalkit.language.catalogue import Language, say
from evalkit.tables.cells import as_text
from evalkit.tables.data_rows import Rows
from evalkit.tables.identifiers import mask
from evalkit.tables.parsed import Fault, Severity

_LONG_NUMBER = re.compile(r"\d{9,}")
_SHOWN = 60


@dataclass(frozen=True)
class Rule:
    """How grave a broken rule is, and whether its row is left out."""

    severity: Severity = "error"
    refuses: bool = False


_REFUSED = Rule("error", True)
_LEFT_OUT = Rule("warning", True)
_WRONG = Rule("error")
_NOTED = Rule("warning")
RULES: Mapping[str, Rule] = {
    # people
    "nip.number_cell": _REFUSED, "person.none": _REFUSED,
    "nip.length": _WRONG, "nip.birth_date": _WRONG, "nip.appointed": _WRONG, "nip.order": _WRONG, "nip.sex": _WRONG,
    "nip.serial": _WRONG, "nip.two_people": _WRONG, "nip.two_numbers": _WRONG,
    "superior.number_cell": _WRONG, "superior.nip": _NOTED, "superior.missing": _NOTED,
    "birth.disagrees": _NOTED, "sex.disagrees": _NOTED, "sex.unknown": _NOTED, "employment.unknown": _NOTED,
    "post_type.unknown": _NOTED, "legal_status.unknown": _NOTED,
    # cells
    "date.unreadable": _NOTED, "number.unreadable": _NOTED, "yes_no.unreadable": _NOTED,
    # appraisals and plans
    "appraisal.no_id": _REFUSED, "appraisal.copy": _LEFT_OUT, "appraisal.conflict": _REFUSED,
    "rating.unknown_label": _WRONG, "predikat.unknown_label": _WRONG, "predikat.contradicts": _WRONG,
    "predikat.missing": _WRONG, "predikat.without_rating": _WRONG, "rating.half": _WRONG,
    "rated_at.before_period": _WRONG, "rated_at.impossible": _WRONG, "rated_at.missing": _NOTED,
    "plan.none": _LEFT_OUT, "plan.no_id": _REFUSED, "plan.copy": _LEFT_OUT, "plan.conflict": _REFUSED, "plan.unknown_status": _NOTED,
    # units
    "unit.unknown": _NOTED, "unit.missing": _NOTED, "unit.no_id": _REFUSED, "unit.no_name": _REFUSED,
    "unit.copy": _LEFT_OUT, "unit.conflict": _REFUSED, "unit.parent_unknown": _NOTED, "unit.circle": _WRONG,
    "unit.not_in_tree": _NOTED, "person.copy": _LEFT_OUT, "person.conflict": _REFUSED,
    "unit_predikat.missing": _LEFT_OUT, "unit_predikat.unknown_label": _REFUSED, "unit_predikat.copy": _LEFT_OUT,
    "unit_predikat.conflict": _REFUSED, "unit_predikat.other_period": _REFUSED,
    # attendance, training
    "month.missing": _REFUSED, "days.missing": _REFUSED, "days.impossible": _REFUSED, "attendance.copy": _LEFT_OUT,
    "attendance.conflict": _REFUSED,
    "course.missing": _REFUSED, "hours.missing": _NOTED, "enrolment.copy": _LEFT_OUT, "enrolment.conflict": _REFUSED,
    "enrolment.unknown_way": _NOTED, "course.unknown_audience": _NOTED, "course.order": _NOTED, "hours.impossible": _NOTED,
    # objections, discipline, indicators
    "objection.no_appraisal": _REFUSED, "objection.no_date": _REFUSED, "objection.unknown_level": _NOTED,
    "objection.unknown_decision": _WRONG, "objection.half": _NOTED, "objection.order": _WRONG, "objection.copy": _LEFT_OUT,
    "objection.conflict": _REFUSED,
    "discipline.unknown_level": _REFUSED, "discipline.no_date": _REFUSED, "discipline.order": _REFUSED, "discipline.copy": _LEFT_OUT,
    "discipline.conflict": _REFUSED,
    "indicator.missing": _REFUSED, "indicator.no_period": _REFUSED, "indicator.no_number": _NOTED, "indicator.impossible": _REFUSED,
    "indicator.unknown_direction": _REFUSED, "indicator.copy": _LEFT_OUT, "indicator.conflict": _REFUSED,
    # forms and rating files
    "form.no_rater": _REFUSED, "form.no_object": _REFUSED, "form.no_period": _REFUSED, "form.copy": _LEFT_OUT,
    "form.sent_again": _LEFT_OUT, "form.unknown_relation": _NOTED, "form.not_in_register": _NOTED,
    "form.self_elsewhere": _REFUSED, "form.respondent_named": _REFUSED, "rating.off_scale": _WRONG, "rating.not_number": _WRONG,
    "form.conflict": _REFUSED, "attribute.varies": _NOTED,
    "form.other_study": _REFUSED, "form.other_kind": _REFUSED, "form.old_version": _NOTED, "form.rows_empty": _NOTED,
    "form.column_absent": _NOTED, "form.column_unknown": _NOTED, "form.no_respondent": _REFUSED,
    "form.no_vignette": _REFUSED, "form.no_code": _REFUSED, "form.other_packet": _REFUSED, "rating.not_word": _WRONG,
    "exclusion.no_reason": _REFUSED, "exclusion.unknown_reason": _REFUSED, "exclusion.no_date": _REFUSED, "exclusion.order": _REFUSED,
    "exclusion.copy": _LEFT_OUT, "exclusion.conflict": _REFUSED,
    # the file
    "cell.formula": _WRONG, "sheet.not_read": _NOTED, "title.other_report": _NOTED,
}
# What stands in a cell and cannot be read is told also of a row that is left out for another reason: all is mended in one go.
_OF_A_CELL = frozenset(("nip.number_cell", "nip.length", "nip.birth_date", "date.unreadable", "number.unreadable", "yes_no.unreadable",
                        "rating.off_scale", "rating.not_number", "rating.not_word", "form.unknown_relation", "objection.unknown_level",
                        "objection.unknown_decision", "exclusion.unknown_reason", "indicator.unknown_direction"))


@dataclass
class Finder:
    """Collects the faults of the rows of one file, and which rows are refused.

    `unit` (file key of the office that mends) and `key` (of the record) have one entry a row.
    """

    rows: Rows
    unit: pd.Series | None = None
    key: pd.Series | None = None
    faults: list[Fault] = field(default_factory=list)
    refused: np.ndarray = field(init=False)
    _cells: set[tuple[int, str]] = field(default_factory=set, init=False)  # told already, by row and column

    def __post_init__(self) -> None:
        self.refused = np.zeros(len(self.rows), dtype=bool)

    def add(self, rule: str, where: np.ndarray, role: str = "", *, hidden: bool = False, **values: str | pd.Series) -> None:
        """Note that the rows `where` break `rule` in the column of `role`.

        Parameters
        ----------
        rule : str
            A key of `RULES`.
        where : numpy.ndarray
            Shape (n,), true for each broken row. Rows that are refused already are told only of a filled cell that cannot be read.
        role : str
            The column, by its role in the layout.
        hidden : bool
            Whether the value is not told at all, since it may name a person.
        **values
            What the sentence of the rule needs; a series gives one value a row.

        Notes
        -----
        The value of a personal column is masked here, so that no later step can print it.
        """
        header = self.rows.headers.get(role, "")
        told = [i for i in np.flatnonzero(where).tolist() if not self.refused[i] or (rule in _OF_A_CELL and (i, header) not in self._cells)]
        if not told:
            return
        self._cells.update((i, header) for i in told)
        severity = RULES[rule].severity
        cells = self.rows.get(role) if role and not hidden else None
        personal = any(c.personal for c in self.rows.layout.columns if role and c.role == role)
        for i in told:
            shown = as_text(cells[i]) if cells is not None else ""
            self.faults.append(Fault(
                rule, severity, str(self.rows.sheet[i]), int(self.rows.row[i]), header, mask(shown.strip("' ")) if personal
                else plain(shown), _at(self.unit, i), _at(self.key, i),
                {name: plain(_at(v, i) if isinstance(v, pd.Series) else v) for name, v in values.items()}))
        if RULES[rule].refuses:
            self.refused = self.refused | where

    def told(self) -> tuple[Fault, ...]:
        """Give all faults, by sheet and row."""
        return tuple(sorted(self.faults, key=lambda f: (f.sheet, f.row or 0)))


def _at(values: pd.Series | None, index: int) -> str:
    if values is None:
        return ""
    value = values.iloc[index]
    return "" if pd.isna(value) else str(value)


def plain(value: str) -> str:
    """Shorten text from a file for a message, on one line, without a long number that might name a person.

    Examples
    --------
    >>> plain("NIP 198603032010121943")
    'NIP 1986…'
    """
    text = _LONG_NUMBER.sub(lambda m: mask(m[0]), " ".join(value.split()))
    return text if len(text) <= _SHOWN else text[:_SHOWN - 1] + "…"


def secret_key(*parts: pd.Series) -> pd.Series:
    """Give a record key that finds a record again and shows no number of a person.

    Examples
    --------
    >>> import pandas as pd
    >>> secret_key(pd.Series(["nip:1"]), pd.Series(["2026-07"])).str.len().tolist()
    [24]
    """
    joined = parts[0].fillna("").astype(object)
    for part in parts[1:]:
        joined = joined + "|" + part.fillna("").astype(object)
    return pd.Series([hashlib.blake2b(v.encode(), digest_size=12).hexdigest() for v in joined], index=parts[0].index, dtype=object)


def repeats(keys: pd.Series, content: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Tell which rows say again what an earlier row said, and which say something else under the same key.

    Parameters
    ----------
    keys : pandas.Series
        The key of each row, shape (n,); a missing key is never a repeat.
    content : pandas.DataFrame
        All that counts as the content of a row, shape (n, k).

    Returns
    -------
    copies, conflicts : numpy.ndarray
        Shape (n,). The first of equal rows is no copy; of rows that differ under one key, every one is in conflict.

    Examples
    --------
    >>> import pandas as pd
    >>> copies, conflicts = repeats(pd.Series(["a", "a", "b", "b"]), pd.DataFrame({"v": [1, 1, 1, 2]}))
    >>> copies.tolist(), conflicts.tolist()
    ([False, True, False, False], [False, False, True, True])
    """
    none = np.zeros(len(keys), dtype=bool)
    filled = keys.notna().to_numpy(dtype=bool)
    again = keys.duplicated(keep=False).to_numpy() & filled
    if not again.any():
        return none, none
    part = content[again].assign(**{" key": keys[again].to_numpy()}).astype(object)
    part = part.where(part.notna(), "")
    copy = part.duplicated(keep="first").to_numpy()
    different = part[~copy].groupby(" key", sort=False).size()
    conflict = part[" key"].isin(different.index[different > 1]).to_numpy()
    copies, conflicts = none.copy(), none.copy()
    copies[again] = copy & ~conflict
    conflicts[again] = conflict
    return copies, conflicts


def fault_text(fault: Fault, language: Language = "id") -> str:
    """Say what is wrong, in one sentence.

    Parameters
    ----------
    fault : Fault
        From a reader.
    language : {"id", "en"}
        Language of the sentence.

    Examples
    --------
    >>> fault_text(Fault("nip.length", "error", "Worksheet", 9, "nip", "1986…"), "en")
    'The NIP does not have 18 digits.'
    """
    return say(f"fault.{fault.rule}.text", language, **_values(fault))


def fault_remedy(fault: Fault, language: Language = "id") -> str:
    """Say what to do about it, in one sentence.

    Parameters
    ----------
    fault : Fault
        From a reader.
    language : {"id", "en"}
        Language of the sentence.

    Examples
    --------
    >>> fault_remedy(Fault("nip.length", "error", "Worksheet", 9, "nip", "1986…"), "en")
    'Correct the NIP in the source.'
    """
    return say(f"fault.{fault.rule}.remedy", language, **_values(fault))


def _values(fault: Fault) -> dict[str, object]:
    return {"value": fault.value, "column": fault.column, "row": fault.row or "", "sheet": fault.sheet,
            **fault.values}  # noqa: PD011  # a mapping, no frame
