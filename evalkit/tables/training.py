"""A training list: one row a person and course, as a local SIMPEG keeps it; each government has its own.

A blank course or number of hours is not filled from the row above: only a merged range speaks for several rows.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, booleans
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import amounts, days, label_codes
from evalkit.tables.identifiers import file_key
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import people_frame, read_person
from evalkit.tables.validate import Finder, repeats, secret_key


def read_training(rows: Rows, context: Context) -> Parsed:
    """Read a training list into the tables `courses` and `enrolments`.

    Parameters
    ----------
    rows : Rows
        The data rows. A course is its name, class (ANGKATAN) and first day; the list has no key of its own.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        A row without a course is refused. `attended_hours` are the hours attended where the list has them; the hours of the
        course where only a certificate shows that it was finished.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("NIP_BARU", "'198603032010121943"), ("NAMA_DIKLAT", "BIMTEK"), ("TANGGAL_MULAI", "10/03/2026"), ("JUMLAH_JAM", 24.0))
    >>> parsed = read_training(collect(recognise([Sheet("S", columns, 2)], "diklat.xlsx")), Context())
    >>> parsed.frames["enrolments"]["course_id"].tolist()
    ['bimtek-2026-03-10']
    """
    title = context.title(rows)
    finder = Finder(rows, unit=file_key("name", rows.text("opd_name")).fillna(file_key("name", rows.text("unit_name"))))
    person = read_person(finder)
    name = rows.text("course")
    finder.key = secret_key(person.key, name)
    hours = _hours(finder, "hours")
    finder.add("hours.missing", (hours.isna() & rows.text("hours").isna() & name.notna()).to_numpy(dtype=bool), "hours")
    finder.add("course.missing", name.isna().to_numpy(dtype=bool), "course")
    start, end = days(finder, "start"), days(finder, "end")
    finder.add("course.order", (end < start).fillna(False).to_numpy(dtype=bool), "end")
    way, unknown = label_codes("assignment", rows.text("assigned_by"))
    finder.add("enrolment.unknown_way", unknown, "assigned_by")
    audience, unknown = label_codes("audience", rows.text("audience"))
    finder.add("course.unknown_audience", unknown, "audience")
    course = _course_id(name, rows.text("class"), start)
    certified = rows.text("certificate").notna()
    completed, invited = _yes_no(finder, "completed").fillna(certified), _yes_no(finder, "invited")
    enrolments = pd.DataFrame({
        "person_id": person.key, "course_id": course, "assigned_by": way, "score": amounts(finder, "score"),
        "cut": amounts(finder, "cut"), "wave": amounts(finder, "wave").round().astype("int64[pyarrow]"), "invited": invited,
        "attended_hours": _hours(finder, "attended_hours").fillna(hours.where(certified, pd.NA)), "completed": completed,
        "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    key = secret_key(person.key, course).where(~finder.refused)
    copies, conflicts = repeats(key, enrolments.drop(columns="row").assign(hours=hours))
    finder.add("enrolment.conflict", conflicts, "course")
    finder.add("enrolment.copy", copies, "course")
    kept = ~finder.refused
    courses = pd.DataFrame({"course_id": course, "name": name, "audience": audience, "start": start, "end": end,
                            "hours": hours, "wave": enrolments["wave"], "row": enrolments["row"]})[kept]
    # of several rows of one course the first that gives the hours describes it
    courses = courses.sort_values("hours", na_position="last", kind="stable").drop_duplicates("course_id").sort_values("row")
    frames = {"courses": courses.reset_index(drop=True), "enrolments": enrolments[kept].reset_index(drop=True)}
    return finish(finder, frames, people_frame(person, keep=kept), title, period=context.period)


def _yes_no(finder: Finder, role: str) -> pd.Series:
    values, bad = booleans(finder.rows.get(role))
    finder.add("yes_no.unreadable", bad, role)
    return values


def _hours(finder: Finder, role: str) -> pd.Series:
    values = amounts(finder, role)
    below = (values < 0).fillna(False).to_numpy(dtype=bool)
    finder.add("hours.impossible", below, role)
    return values.where(~below, pd.NA)


def _course_id(name: pd.Series, group: pd.Series, start: pd.Series) -> pd.Series:
    """A readable key: name, class and first day, in lower case with dashes."""
    begin = pd.Series(pc.strftime(pa.array(start), format="%Y-%m-%d"), dtype=TEXT)
    joined = pc.binary_join_element_wise(*[pa.array(part.fillna("")) for part in (name, group, begin)], " ")
    slug = pc.replace_substring_regex(pc.utf8_lower(joined), r"[^0-9a-z]+", "-")
    slug = pc.utf8_trim(slug, "-")
    return pd.Series(pc.if_else(pc.is_valid(pa.array(name)), slug, pa.scalar(None, pa.string())), dtype=TEXT)
