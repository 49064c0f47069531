"""Files about units: the unit tree of SIASN, and the list of the predikat of units in one period.

Units are told apart by id; two may have one name, and a parent may follow its children in the file.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa

from evalkit.tables.cells import TEXT, map_unique
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import days, label_codes
from evalkit.tables.identifiers import file_key, hex_id
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import empty_people
from evalkit.tables.title import period_of
from evalkit.tables.validate import Finder, repeats

_DEEPEST = 40
_KINDS = (("kecamatan", r"^KECAMATAN\b"), ("kelurahan", r"^KELURAHAN\b"),
          ("sekolah", r"^(?:UPTD? )?(?:TK|PAUD|SD|SMP|SMA|SMK|SLB|SEKOLAH)\b"), ("puskesmas", r"PUSKESMAS"), ("dinas", r"^DINAS\b"),
          ("badan", r"^BADAN\b"), ("sekretariat", r"^SEKRETARIAT\b"), ("inspektorat", r"^INSPEKTORAT\b"), ("satuan", r"^SATUAN\b"),
          ("rumah_sakit", r"^(?:RSUD|RUMAH SAKIT)\b"), ("kantor", r"^KANTOR\b"), ("bagian", r"^(?:SUB ?)?BAGIAN\b"),
          ("bidang", r"^(?:SUB ?)?BIDANG\b"), ("seksi", r"^SEKSI\b"), ("pemerintah", r"^PEMERINTAH\b"))
_OFFICES = frozenset({"dinas", "badan", "kecamatan", "inspektorat", "satuan", "rumah_sakit", "kantor", "sekretariat"})
_HEAD_OFFICE = "SEKRETARIAT DAERAH"


def read_units(rows: Rows, context: Context) -> Parsed:
    """Read the unit tree into the table `units`.

    Parameters
    ----------
    rows : Rows
        Columns ID, NAMA_UNOR, ID_ATASAN.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        `opd_id` is the office: the unit itself or the nearest above it that is a Dinas, Badan, Kecamatan and the like, or
        stands directly under the government or its secretariat. `valid_from` is missing: the day of the file counts.

    Notes
    -----
    Which units are offices no column says; the words of their names and their place in the tree do.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> sheet = Sheet("Sheet1", (("ID", "A1B2C3", "D4E5F6"), ("NAMA_UNOR", "DINAS A", "SEKRETARIAT"), ("ID_ATASAN", "", "A1B2C3")), 3)
    >>> frame = read_units(collect(recognise([sheet], "unor.xlsx")), Context()).frames["units"]
    >>> frame["opd_id"].tolist()
    ['unor:a1b2c3', 'unor:a1b2c3']
    """
    title = context.title(rows)
    unit, parent, name = hex_id(rows.get("unit_id")), hex_id(rows.get("parent_id")), rows.text("unit_name")
    finder = Finder(rows, key=file_key("unor", unit))
    finder.add("unit.no_id", unit.isna().to_numpy(dtype=bool), "unit_id")
    finder.add("unit.no_name", name.isna().to_numpy(dtype=bool), "unit_name")
    frame = pd.DataFrame({"unit_id": unit, "parent_id": parent, "name": name})
    copies, conflicts = repeats(unit, frame)
    finder.add("unit.conflict", conflicts, "unit_id")
    finder.add("unit.copy", copies, "unit_id")
    kept = ~finder.refused
    known = frame[kept]
    finder.add("unit.parent_unknown", (parent.notna() & ~parent.isin(known["unit_id"].tolist())).to_numpy(dtype=bool), "parent_id")
    parents = dict(zip(known["unit_id"].tolist(), known["parent_id"].tolist(), strict=True))
    names = dict(zip(known["unit_id"].tolist(), known["name"].tolist(), strict=True))
    circle = {u for u in parents if _path(u, parents)[-1] == ""}
    finder.add("unit.circle", unit.isin(list(circle)).to_numpy(dtype=bool), "parent_id")
    governments = _governments(parents, names)
    offices = {u: _office(u, parents, names, governments) for u in parents if u not in circle}
    kinds = map_unique(name, _kind)
    out = pd.DataFrame({
        "unit_id": file_key("unor", unit), "parent_id": file_key("unor", parent.where(~unit.isin(list(circle)), pd.NA)),
        "opd_id": file_key("unor", pd.Series([offices.get(u) for u in unit.tolist()], dtype=TEXT)), "name": name,
        "kind": pd.Series(pa.array(kinds, type=pa.string()), dtype=TEXT), "district": rows.text("district"),
        "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    return finish(finder, {"units": out[kept].reset_index(drop=True)}, empty_people(), title, period=context.period)


def _kind(name: str) -> str | None:
    return next((kind for kind, pattern in _KINDS if re.search(pattern, name.upper())), None)


def _path(unit: str, parents: dict[str, str]) -> list[str]:
    """From a unit up to the top; "" at the end when the way runs in a circle."""
    path = [unit]
    while isinstance(above := parents.get(path[-1]), str) and above in parents:
        if above in path or len(path) > _DEEPEST:
            return [*path, ""]
        path.append(above)
    return path


def _governments(parents: dict[str, str], names: dict[str, str]) -> frozenset[str]:
    """The tops of the tree that are no office: a government by name, or what has offices right under it."""
    tops = {u for u in parents if _path(u, parents)[-1] == u and _HEAD_OFFICE not in names[u].upper()}
    over_offices = {p for u, p in parents.items() if p in tops and _kind(names[u]) in _OFFICES and not _kind(names[p])}
    return frozenset(over_offices | {u for u in tops if _kind(names[u]) == "pemerintah"})


def _office(unit: str, parents: dict[str, str], names: dict[str, str], governments: frozenset[str]) -> str:
    """The highest unit on the way up that is no government; offices may hang under the Sekretariat Daerah."""
    below = [u for u in _path(unit, parents) if u not in governments]
    if not below:
        return unit
    if _HEAD_OFFICE in names[below[-1]].upper() and len(below) > 1 and _kind(names[below[-2]]) in _OFFICES:
        return below[-2]
    return below[-1]


def read_unit_predikat(rows: Rows, context: Context) -> Parsed:
    """Read the list of the predikat of units into the table `unit_predikat`.

    Parameters
    ----------
    rows : Rows
        A unit by its id or by its name, a predikat, and a period unless the title or the caller gives it.
    context : Context
        The stated period is used only where neither title nor column has one.

    Returns
    -------
    Parsed
        A unit without a predikat is left out with a warning: it is missing, not a category.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> sheet = Sheet("S", (("OPD", "DINAS A", "DINAS B"), ("PREDIKAT", "ISTIMEWA", "-")), 3)
    >>> parsed = read_unit_predikat(collect(recognise([sheet], "predikat.xlsx")), Context(period="2026-Q3"))
    >>> parsed.frames["unit_predikat"]["predikat"].tolist(), [fault.rule for fault in parsed.faults]
    (['istimewa'], ['unit_predikat.missing'])
    """
    title = context.title(rows)
    own = hex_id(rows.get("unit_id"))
    unit = file_key("unor", own.where(own.str.len() == 32, pd.NA)).fillna(file_key("name", rows.text("unit_name")))
    finder = Finder(rows, unit=unit, key=unit)
    finder.add("unit.no_name", unit.isna().to_numpy(dtype=bool), "unit_name")
    text = rows.text("predikat")
    codes, unknown = label_codes("unit_predikat", text)
    finder.add("unit_predikat.unknown_label", unknown, "predikat")
    finder.add("unit_predikat.missing", (codes.isna() & ~unknown).to_numpy(dtype=bool), "predikat")
    said = pd.Series(pa.array(map_unique(rows.text("period"), lambda t: period_of(t, title.year)), type=pa.string()), dtype=TEXT)
    period = title.period or _only(said) or context.period
    other = (said.notna() & (said != period)).fillna(False).to_numpy(dtype=bool) if period else np.zeros(len(rows), dtype=bool)
    finder.add("unit_predikat.other_period", other, "period", period=period or "")
    frame = pd.DataFrame({"unit_id": unit, "period": pd.Series([period] * len(rows), dtype=TEXT), "predikat": codes,
                          "set_by": rows.text("set_by"), "set_at": days(finder, "set_at"),
                          "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    copies, conflicts = repeats(unit, frame[["unit_id", "predikat"]])
    finder.add("unit_predikat.conflict", conflicts, "predikat")
    finder.add("unit_predikat.copy", copies, "predikat")
    frame = frame.assign(exported_at=pd.Series([title.exported_at] * len(frame), dtype=pd.ArrowDtype(pa.timestamp("s"))))
    return finish(finder, {"unit_predikat": frame[~finder.refused].reset_index(drop=True)}, empty_people(), title, period=period)


def _only(values: pd.Series) -> str | None:
    """The most frequent period of a column: the file is about it, and other rows are faults."""
    counted = values.dropna().value_counts()
    return None if counted.empty else str(counted.index[0])
