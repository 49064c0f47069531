"""The SIASN employee export: attributes, posts and status of people, and the units they belong to.

Of its 69 columns only those are read that an evaluation needs; NIK, address, telephone, religion, marriage, tax and
insurance numbers never leave the file (`drop` in the layout). PNS, PPPK and PPPK paruh waktu come as separate files.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, dates
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import days, known_words
from evalkit.tables.identifiers import birth_and_sex, file_key, hex_id, nip_column
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.people import Named, people_frame, read_person
from evalkit.tables.posts import employment_of, exclusion_of, is_head, post_type_of, sex_of
from evalkit.tables.unit_names import Units
from evalkit.tables.validate import Finder, repeats


def read_employees(rows: Rows, context: Context) -> Parsed:
    """Read a SIASN employee export.

    Parameters
    ----------
    rows : Rows
        The data rows; TANGGAL LAHIR may be a serial (PNS files) or dd-mm-yyyy (PPPK files).
    context : Context
        Its `units` are the unit tree; units in use that it lacks are given with a warning.

    Returns
    -------
    Parsed
        Frames `person_attributes`, `assignments`, `exclusions`, `units`. `valid_from` is the latest TMT (the present state
        began then); it is missing where the file has none, and then the day of the file counts.

    Notes
    -----
    The export has no title rows: neither period nor date stands in it.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("PNS ID", "A31FA40F71B55E40A9687936BAD951B9"), ("NIP BARU", "'198603032010121943"), ("JABATAN NAMA", "GURU AHLI MUDA"),
    ...            ("UNOR ID", "D6996FCB536E549F8C3299CC61AAD0BE"), ("JENIS KELAMIN", "M"), ("TANGGAL LAHIR", "03-03-1986"))
    >>> parsed = read_employees(collect(recognise([Sheet("Sheet1", columns, 2)], "siasn.xlsx")), Context())
    >>> parsed.frames["person_attributes"][["sex", "birth_year"]].to_numpy().tolist()
    [['M', 1986]]
    """
    title = context.title(rows)
    opd = file_key("name", rows.text("opd_name"))
    unit = file_key("unor", hex_id(rows.get("unit_id"))).fillna(file_key("name", rows.text("unit_name")))
    finder = Finder(rows, unit=opd.fillna(unit))
    employment = known_words(finder, "employment", employment_of, "employment.unknown")
    person = _person(finder, employment)
    finder.key = file_key("asn", person.asn)
    finder.add("unit.missing", unit.isna().to_numpy(dtype=bool), "unit_id")
    sex = known_words(finder, "sex", sex_of, "sex.unknown")
    year = _birth_year(finder, person, sex)
    post_type = known_words(finder, "post_type", post_type_of, "post_type.unknown")
    starts = {role: days(finder, role) for role in ("appointed", "grade_from", "post_from")}
    begun = pd.concat(starts.values(), axis=1).astype("datetime64[s]").max(axis=1).astype(pd.ArrowDtype(pa.date32()))
    status = rows.text("legal_status")
    reason, unclear = exclusion_of(status)
    finder.add("legal_status.unknown", unclear.to_numpy(dtype=bool), "legal_status")
    attributes = pd.DataFrame({
        "person_id": person.key, "valid_from": begun, "sex": sex, "birth_year": year, "employment": employment,
        "grade": rows.text("grade"), "education": rows.text("education"), "post_type": post_type, "legal_status": status,
        "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    posts = pd.DataFrame({
        "person_id": person.key, "unit_id": unit, "post_title": rows.text("post_title"),
        "valid_from": starts["post_from"].fillna(starts["appointed"]), "is_acting": False,
        "is_head": is_head(rows.text("post_title"), rows.text("unit_name"), rows.text("echelon")),
        "school": rows.text("school"), "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    content = attributes.drop(columns="row").assign(unit=unit, post=posts["post_title"], start=posts["valid_from"])
    copies, conflicts = repeats(person.key, content)
    finder.add("person.conflict", conflicts, "person_nip")
    finder.add("person.copy", copies, "person_nip")
    kept = ~finder.refused
    out = pd.DataFrame({"person_id": person.key, "reason": reason, "row": attributes["row"]})[kept & reason.notna().to_numpy(dtype=bool)]
    units = _units(rows, unit, kept, context)
    placed = kept & posts["unit_id"].notna().to_numpy(dtype=bool) & posts["post_title"].notna().to_numpy(dtype=bool)
    frames = {"person_attributes": attributes[kept].reset_index(drop=True), "assignments": posts[placed].reset_index(drop=True),
              "exclusions": out.assign(valid_from=pd.Series([None] * len(out), dtype=pd.ArrowDtype(pa.date32()), index=out.index)
                                       ).reset_index(drop=True), "units": units}
    extra = _not_in_tree(rows, units, context)
    return finish(finder, frames, people_frame(person, keep=kept), title, period=context.period, extra=extra)


def _person(finder: Finder, employment: pd.Series) -> Named:
    rows = finder.rows
    person = read_person(finder, employment)
    parts = [rows.text(role).fillna("") for role in ("title_before", "person_name", "title_behind")]
    joined = pc.binary_join_element_wise(*[pa.array(p) for p in parts], " ")
    old, _ = nip_column(rows.get("nip_lama"))
    whole = old.where(old.str.fullmatch(r"\d{9}|\d{18}").fillna(False), pd.NA)
    return Named(person.key, person.nip, person.asn, pd.Series(pc.utf8_trim_whitespace(joined), dtype=TEXT), whole)


def _birth_year(finder: Finder, person: Named, sex: pd.Series) -> pd.Series:
    """The year of birth; where the date and the number disagree, which of them is right cannot be seen here."""
    born, unreadable = dates(finder.rows.get("birth_date"))
    finder.add("date.unreadable", unreadable, "birth_date")
    by_number, sex_by_number = birth_and_sex(person.nip)
    written = pd.Series(pc.strftime(pa.array(born), format="%Y%m%d"), dtype=TEXT)
    finder.add("birth.disagrees", (written != by_number).fillna(False).to_numpy(dtype=bool), "birth_date")
    finder.add("sex.disagrees", (sex != sex_by_number).fillna(False).to_numpy(dtype=bool), "sex")
    year = pc.coalesce(pc.year(pa.array(born)), pc.cast(pc.utf8_slice_codeunits(pa.array(by_number), 0, 4), pa.int64()))
    return pd.Series(year, dtype="int64[pyarrow]")


def _units(rows: Rows, unit: pd.Series, kept: np.ndarray, context: Context) -> pd.DataFrame:
    """The units to which employees belong and which the tree does not have, each once, with the office that the name tells."""
    frame = pd.DataFrame({"unit_id": unit, "name": rows.text("unit_name"), "office": rows.text("opd_name"),
                          "row": pd.Series(rows.row, dtype=pd.ArrowDtype(pa.int64()))})
    frame = frame[kept & frame["unit_id"].notna().to_numpy(dtype=bool) & frame["name"].notna().to_numpy(dtype=bool)]
    frame = frame[frame["unit_id"].str.startswith("unor:")].drop_duplicates("unit_id")
    ids = frame["unit_id"].str.removeprefix("unor:")
    own = {"unit_id": ids.tolist(), "opd_id": [None] * len(ids), "name": frame["name"].tolist()}
    here = Units.of(pd.DataFrame(own))
    frame = frame[~ids.isin(list(context.units.names))]
    offices = [_office(str(name), context.units, here) if isinstance(name, str) else None for name in frame["office"]]
    return frame.assign(opd_id=pd.Series(offices, index=frame.index, dtype=TEXT)).drop(columns="office").reset_index(drop=True)


def _office(name: str, *known: Units) -> str | None:
    """The id of the office that bears a name, if exactly one does."""
    for units in known:
        found = units.find(f"name:{name}", office=True)
        if len(found) == 1:
            return f"unor:{found[0]}"
    return None


def _not_in_tree(rows: Rows, units: pd.DataFrame, context: Context) -> tuple[Fault, ...]:
    """Each unit in use that the tree lacks is told once, at the first row that shows it."""
    if not context.units.names:
        return ()
    place = dict(zip(rows.row.tolist(), rows.sheet.tolist(), strict=True))
    return tuple(Fault("unit.not_in_tree", "warning", str(place[row["row"]]), int(row["row"]), rows.headers.get("unit_id", ""),
                       str(row["unit_id"]).removeprefix("unor:"), row["opd_id"] if isinstance(row["opd_id"], str) else "",
                       str(row["unit_id"]), {"name": str(row["name"])[:60]}) for row in units.to_dict("records"))
