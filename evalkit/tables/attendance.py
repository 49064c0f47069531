"""A monthly attendance recap: days due, days absent, minutes late, one row a person and month."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, dates, map_unique
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import amounts
from evalkit.tables.identifiers import file_key
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import people_frame, read_person
from evalkit.tables.title import period_of
from evalkit.tables.validate import Finder, repeats, secret_key

_LONGEST_MONTH = 31


def read_attendance(rows: Rows, context: Context) -> Parsed:
    """Read an attendance recap into the table `attendance`.

    Parameters
    ----------
    rows : Rows
        The month stands in a column, or in the title for all rows, or is stated by the caller.
    context : Context
        A stated period counts only where it is a month.

    Returns
    -------
    Parsed
        Whole days and minutes; impossible counts (absent more days than due) refuse the row.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("NIP", "198603032010121943"), ("BULAN", "Juli 2026"), ("HARI KERJA", 22.0), ("TIDAK HADIR", 1.0))
    >>> parsed = read_attendance(collect(recognise([Sheet("S", columns, 2)], "presensi.csv")), Context())
    >>> parsed.frames["attendance"][["month", "days_due", "days_absent"]].to_numpy().tolist()
    [['2026-07', 22, 1]]
    """
    title = context.title(rows)
    stated = next((p for p in (title.period, context.period) if p and len(p) == len("2026-07") and p[5].isdigit()), None)
    finder = Finder(rows, unit=file_key("name", rows.text("unit_name")))
    person = read_person(finder)
    month = _months(rows, title.year).fillna(stated) if stated else _months(rows, title.year)
    finder.key = secret_key(person.key, month)
    finder.add("month.missing", month.isna().to_numpy(dtype=bool), "month")
    due, absent, late = (amounts(finder, role) for role in ("days_due", "days_absent", "late_minutes"))
    finder.add("days.missing", due.isna().to_numpy(dtype=bool), "days_due")
    finder.add("days.missing", absent.isna().to_numpy(dtype=bool), "days_absent")
    wrong = (due < 0) | (due > _LONGEST_MONTH) | (absent < 0) | (absent > due) | (due != due.round()) | (absent != absent.round())
    finder.add("days.impossible", wrong.fillna(False).to_numpy(dtype=bool), "days_absent")
    finder.add("days.impossible", (late < 0).fillna(False).to_numpy(dtype=bool), "late_minutes")
    kept = ~finder.refused
    frame = pd.DataFrame({"person_id": person.key, "month": month, "days_due": due.where(kept).round(),
                          "days_absent": absent.where(kept).round(), "late_minutes": late.round(),
                          "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    copies, conflicts = repeats(secret_key(person.key, month).where(kept), frame.drop(columns="row"))
    finder.add("attendance.conflict", conflicts, "days_absent")
    finder.add("attendance.copy", copies, "days_absent")
    kept = ~finder.refused
    whole = dict.fromkeys(("days_due", "days_absent", "late_minutes"), "int64[pyarrow]")
    result = frame[kept].reset_index(drop=True).astype(whole)
    return finish(finder, {"attendance": result}, people_frame(person, keep=kept), title, period=title.period or context.period)


def _months(rows: Rows, year: int | None) -> pd.Series:
    """The month of each row: a month in words or numbers, or a date within it."""
    text = rows.text("month")
    day, _ = dates(rows.get("month"))
    of_day = pd.Series(pc.strftime(pa.array(day), format="%Y-%m"), dtype=TEXT)
    said = pd.Series(pa.array(map_unique(text, lambda t: _month(t, year)), type=pa.string()), dtype=TEXT)
    filled: pd.Series = said.fillna(of_day)
    return filled


def _month(text: str, year: int | None) -> str | None:
    found = period_of(text, year) or (f"{year}-{int(text):02d}" if year and text.isdigit() and 1 <= int(text) <= 12 else None)
    return found if found and len(found) == len("2026-07") and found[5].isdigit() else None
