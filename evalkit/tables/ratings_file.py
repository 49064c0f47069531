"""Ratings in any file: the 360-degree form, and long or wide files that a `[[mapping]]` of study.toml describes.

A blank or a dash is a missing answer and never a category: its row stays in the table, without a rating, so that who was
asked and did not answer can be counted. One form sent twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import Layout
from evalkit.tables.cells import TEXT, clean_header, map_unique, numbers
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows, collect
from evalkit.tables.ekinerja import moments
from evalkit.tables.form_sheets import versions
from evalkit.tables.grid import Sheet
from evalkit.tables.identifiers import check_nip, file_key, nip_column, nip_kind
from evalkit.tables.mapping_layout import mapping_layout
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import PEOPLE_COLUMNS, empty_people
from evalkit.tables.rating_rows import WHOLE, joined, long_rows, once, read_answers, read_attributes, read_periods
from evalkit.tables.recognise import describe, hold
from evalkit.tables.study import Mapping
from evalkit.tables.validate import Finder

_LONG = 1e15  # a number of so many digits is a NIP that lost its last ones


def read_form(rows: Rows, context: Context) -> Parsed:
    """Read answers to the 360-degree form into the table `ratings`, one row a form and item.

    Parameters
    ----------
    rows : Rows
        One form a row, one column an item; the relation in words.
    context : Context
        A stated period counts where the form has none.

    Returns
    -------
    Parsed
        `rater_role` is superior, peer, subordinate or self. Of two different forms of one rater about one person in one
        period the latest counts, and both times are told.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> values = ("Berorientasi Pelayanan", "Akuntabel", "Kompeten", "Harmonis", "Loyal", "Adaptif", "Kolaboratif")
    >>> columns = (("NIP Penilai", "198603032010121943"), ("NIP yang Dinilai", "198102022005012942"),
    ...            ("Hubungan dengan yang dinilai", "Rekan kerja"), ("Periode", "Triwulan I 2026"), *[(name, "4") for name in values])
    >>> frame = read_form(collect(recognise([Sheet("S", columns, 2)], "360.csv")), Context()).frames["ratings"]
    >>> len(frame), frame["rating"].sum(), frame["rater_role"].iloc[0]
    (7, 28.0, 'peer')
    """
    layout = rows.layout
    finder = Finder(rows)
    title = context.title(rows)
    rater, object_ = number_key(finder, "rater_nip"), number_key(finder, "object_nip")
    finder.add("form.no_rater", rater.isna().to_numpy(dtype=bool), "rater_nip")
    finder.add("form.no_object", object_.isna().to_numpy(dtype=bool), "object_nip")
    relations = {clean_header(k): v for k, v in layout.relations.items()}
    role = pd.Series(pa.array(map_unique(rows.text("rater_role"), lambda t: relations.get(clean_header(t))), type=pa.string()), dtype=TEXT)
    finder.add("form.unknown_relation", (rows.text("rater_role").notna() & role.isna()).to_numpy(dtype=bool), "rater_role")
    own = (rater == object_).fillna(False)
    finder.add("form.self_elsewhere", (role.notna() & (own != role.eq("self").fillna(False))).to_numpy(dtype=bool), "rater_role")
    period = read_periods(finder, context.period or title.period)
    keys = pd.DataFrame({"object_id": object_, "rater_id": rater, "occasion": pd.Series(["1"] * len(rows), dtype=TEXT), "period": period})
    answers = read_answers(finder, layout)
    once(finder, keys, answers, moments(finder, "answered_at"))
    frame = long_rows(finder, keys.assign(form_version=versions(rows)), answers, {"instrument": layout.instrument, "object_kind": "employee"}, role)
    kept = ~finder.refused
    people = coded([rater, object_], kept)
    stated = period[kept].dropna().unique().tolist()
    return finish(finder, {"ratings": frame}, people, title, period=stated[0] if len(stated) == 1 else None)


def read_mapped(sheets: Sequence[Sheet], mapping: Mapping, name: str, context: Context) -> Parsed:
    """Read a rating or outcome file by a mapping of study.toml.

    Parameters
    ----------
    sheets : sequence of Sheet
        The file.
    mapping : Mapping
        `columns` names, for each role, a column or several whose values are joined: `object_id`, `rater_id`, `unit_id`,
        `occasion`, `period`, `rater_role`, `answered_at`, `n`, `n_expected`; the ratings as `rating` (one column), `items`
        (a list, or item = column), or `raters` (each column is one rater). `attributes` lists columns that describe the
        object, or has them under `object` and `rater`.
    name : str
        Name of the file, for messages.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        Frames `ratings`, or `outcomes` for the kinds outcomes and panel; `object_attributes`, `rater_attributes`.

    Raises
    ------
    ImportFileError
        If a mapped column is missing or stands twice; names all of them.

    Notes
    -----
    Ratings stay on the scale of the file; `direction` of the mapping says which end is good. Official words become
    1 to 5 (predikat) or 1 to 3 (ratings) when the scale of the mapping is that.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> sheet = Sheet("S", (("lecturer", "L1", "L1"), ("student", "S1", "S2"), ("stars", "5", "-")), 3)
    >>> mapping = Mapping("stars", "*.csv", "stars", object_kind="lesson", period="2026",
    ...                   columns={"object_id": "lecturer", "rater_id": "student", "rating": "stars"})
    >>> frame = read_mapped([sheet], mapping, "stars.csv", Context()).frames["ratings"]
    >>> len(frame), int(frame["rating"].notna().sum())
    (2, 1)
    """
    layout = mapping_layout(mapping)
    matches = [m for sheet in sheets if (m := hold(sheet, layout, need=1))]
    complete = [m for m in matches if m.complete]
    if not complete:
        raise ImportFileError(describe(max(matches, key=lambda m: m.score, default=None), sheets, name, context.language))
    rows = collect(complete)
    finder = Finder(rows)
    title = context.title(rows)
    employee = mapping.object_kind == "employee"
    object_ = _key(finder, "object_id", person=employee, employee=employee)
    finder.add("form.no_object", object_.isna().to_numpy(dtype=bool), "object_id.0")
    period = read_periods(finder, mapping.period or context.period or title.period)
    keys = pd.DataFrame({"object_id": object_, "occasion": joined(rows, "occasion").fillna("1"), "period": period,
                         "unit_id": file_key("name", joined(rows, "unit_id"))})
    shared = {"instrument": mapping.instrument, "object_kind": mapping.object_kind}
    if mapping.kind == "ratings":
        frames, people = _mapped_ratings(finder, mapping, layout, keys, shared)
    else:
        frames, people = _mapped_outcomes(finder, layout, keys, shared), empty_people()
    kept = ~finder.refused
    frames |= read_attributes(finder, "object", object_, kept, shared)
    stated = period[kept].dropna().unique().tolist()
    return finish(finder, frames, people, title, period=stated[0] if len(stated) == 1 else None)


def _mapped_ratings(finder: Finder, mapping: Mapping, layout: Layout, keys: pd.DataFrame,
                    shared: dict[str, str]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    rows = finder.rows
    answers = read_answers(finder, layout)
    if "raters" in mapping.columns:
        return _wide_raters(finder, keys, answers, shared)
    rater = _key(finder, "rater_id", person=True, employee=mapping.object_kind == "employee")
    finder.add("form.no_rater", rater.isna().to_numpy(dtype=bool), "rater_id.0")
    keys = keys.assign(rater_id=rater)
    once(finder, keys, answers, moments(finder, "answered_at.0"))
    frame = long_rows(finder, keys, answers, shared, joined(rows, "rater_role"))
    kept = ~finder.refused
    frames = {"ratings": frame, **read_attributes(finder, "rater", rater, kept, shared)}
    people = [rater, keys["object_id"]] if mapping.object_kind == "employee" else [rater]
    return frames, coded(people, kept)


def _wide_raters(finder: Finder, keys: pd.DataFrame, answers: dict[str, pd.Series],
                 shared: dict[str, str]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Each column is one rater: the item is the same for all."""
    once(finder, keys.assign(rater_id="*"), answers, None)
    parts = []
    for rater, values in answers.items():
        key = pd.Series([f"code:{rater}"] * len(values), dtype=TEXT)
        parts.append(long_rows(finder, keys.assign(rater_id=key), {"overall": values}, shared))
    raters = pd.Series(sorted(answers), dtype=TEXT)
    people = pd.DataFrame({"key": file_key("code", raters), "kind": "code", "value": raters, "name": ""}).astype(TEXT)
    return {"ratings": pd.concat(parts, ignore_index=True)}, people


def _mapped_outcomes(finder: Finder, layout: Layout, keys: pd.DataFrame, shared: dict[str, str]) -> dict[str, pd.DataFrame]:
    answers = read_answers(finder, layout)
    once(finder, keys.assign(rater_id="*"), answers, None)
    kept = ~finder.refused
    counts = {}
    for name in ("n", "n_expected"):
        values, bad = numbers(finder.rows.get(f"{name}.0"))
        finder.add("number.unreadable", bad, f"{name}.0")
        counts[name] = values.round().astype(WHOLE)
    base = keys.drop(columns="occasion").assign(**counts, row=pd.Series(finder.rows.row, dtype=WHOLE))[kept]
    parts = [base.assign(measure=measure, value=values[kept]) for measure, values in answers.items()]
    frame = pd.concat(parts, ignore_index=True).assign(**shared)
    return {"outcomes": frame.astype(dict.fromkeys(("measure", "instrument", "object_kind"), TEXT))}


def number_key(finder: Finder, role: str) -> pd.Series:
    """Give the key of a person by her number; a number that breaks its rule names nobody.

    Parameters
    ----------
    finder : Finder
        Rows and faults.
    role : str
        The column of the number.
    """
    digits, damaged = nip_column(finder.rows.get(role))
    finder.add("nip.number_cell", damaged, role)
    none = np.zeros(len(digits), dtype=bool)
    broken = check_nip(digits, none, none)
    for rule in broken.dropna().unique():
        finder.add(rule, (broken == rule).fillna(False).to_numpy(dtype=bool), role)
    return file_key("nip", digits.where(broken.isna(), pd.NA))


def _key(finder: Finder, role: str, *, person: bool, employee: bool) -> pd.Series:
    """The key of an object or rater of a mapping: a NIP where it is one, else a code of the file.

    The same code in two columns is two people (student 7 and lecturer 7); the same NIP is one.
    """
    text = joined(finder.rows, role)
    first = f"{role}.0"
    code = file_key("code", file_key(finder.rows.headers.get(first, role), text) if person else text)
    if not employee:
        return code
    digits, damaged = nip_column(finder.rows.get(first))
    large = pd.to_numeric(text.where(damaged, pd.NA), errors="coerce").fillna(0).to_numpy(dtype=float) >= _LONG
    finder.add("nip.number_cell", damaged & large, first)
    whole = digits.str.fullmatch(r"\d{18}").fillna(False).to_numpy(dtype=bool)
    return file_key("nip", digits).where(whole, code)


def coded(columns: Sequence[pd.Series], kept: np.ndarray) -> pd.DataFrame:
    """Give the people of a file by their keys alone: one row a key.

    Parameters
    ----------
    columns : sequence of pandas.Series
        File keys, each of shape (n,).
    kept : numpy.ndarray
        Rows that were not refused, shape (n,).
    """
    keys = pd.concat([key[kept] for key in columns], ignore_index=True).dropna().drop_duplicates().reset_index(drop=True)
    parts = pc.extract_regex(pa.array(keys), "^(?P<kind>[a-z]+):(?P<value>.*)$")
    kind, value = (pd.Series(pc.struct_field(parts, name), dtype=TEXT) for name in ("kind", "value"))
    is_number = (kind == "nip").to_numpy(dtype=bool)
    kind = kind.where(~is_number, nip_kind(value))
    return pd.DataFrame({"key": keys, "kind": kind, "value": value, "name": ""}, columns=list(PEOPLE_COLUMNS)).astype(TEXT)


