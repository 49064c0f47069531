"""What a reader hands on: tables with the identifiers of the file, before the register turns them into `person_id`.

In `frames`, every column of the person domain (`person_id`, `superior_id`, `rated_by_id`, `rater_id`, `object_id` of an
employee) holds a *file key*: `kind:value`, such as `nip:198603032010121943`, `asn:a31fa40f71b55e40a9687936bad951b9` (the
id that SIASN and e-Kinerja share, hexadecimal, lower case, no dashes) or `code:R1` (a code of a rating file). Every
column of the unit domain (`unit_id`, `opd_id`, `parent_id`) holds `unor:<32 hex>` or `name:<unit name as written>`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import pandas as pd

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """One fault: where it stands, what was found, which rule, and what to do.

    `row` is the row of the sheet as a spreadsheet numbers it (the first is 1), `column` the header as written,
    `value` the cell as text. `rule` is a stable short name (`nip.number_cell`); `remedy` a sentence key and its
    values for the catalogue, so that it can be said in either language.
    """

    rule: str
    severity: Severity
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    unit: str = ""
    record_key: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    """A file, read: its tables with file keys, the people and units it names, and its faults.

    `rows_in_file = rows_read + rows_refused` always: no row is lost silently.
    `forms` are the ids of the forms that evalkit made and the file holds; `unanswered` counts its rows that nobody filled in and that
    are kept, since who was asked and did not answer is counted.
    `people` has one row for each person and identifier: columns `key` (one file key of the person), `kind`
    (`nip`, `nip_lama`, `ni_pppk`, `asn`, `code`), `value`, `name` (may be empty). Rows that share `key` are one person.
    """

    layout: str
    kind: str
    frames: dict[str, pd.DataFrame]
    people: pd.DataFrame
    faults: tuple[Fault, ...]
    rows_in_file: int
    rows_read: int
    rows_refused: int
    period: str | None = None
    year: int | None = None
    scope: str | None = None
    exported_at: datetime | None = None
    valid_on: date | None = None
    instance: str = ""
    forms: tuple[str, ...] = ()
    unanswered: int = 0
