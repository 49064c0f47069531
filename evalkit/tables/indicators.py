"""Lists of indicators with target and result, one row a person or unit, period and indicator."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, booleans
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import amounts, label_codes
from evalkit.tables.identifiers import file_key, hex_id
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import Named, empty_people, people_frame, read_person
from evalkit.tables.validate import Finder, plain, repeats, secret_key


def read_indicators(rows: Rows, context: Context) -> Parsed:
    """Read a list of indicators into the table `indicators`.

    Parameters
    ----------
    rows : Rows
        The period stands in a column, in the title for all rows, or is stated by the caller.
    context : Context
        The stated period counts where a row and the title name none.

    Returns
    -------
    Parsed
        More is better unless ARAH says otherwise. An indicator without target or result is kept: it is not measured yet.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("NIP", "198603032010121943"), ("INDIKATOR", "Laporan"), ("TARGET", 12.0), ("REALISASI", 9.0))
    >>> parsed = read_indicators(collect(recognise([Sheet("S", columns, 2)], "iki.xlsx")), Context(period="2026-Q3"))
    >>> parsed.frames["indicators"][["period", "actual", "direction"]].to_numpy().tolist()
    [['2026-Q3', 9.0, 'more']]
    """
    finder = Finder(rows, unit=file_key("name", rows.text("unit_name")))
    person = read_person(finder)
    return _read(finder, context, person.key, "employee", person)


def read_unit_indicators(rows: Rows, context: Context) -> Parsed:
    """Read indicators of units into the table `indicators` (`object_kind` unit, `object_id` the unit's id).

    Parameters
    ----------
    rows : Rows
        As `read_indicators`, a unit by its id in the place of a person.
    context : Context
        The stated period counts where a row and the title name none.

    Returns
    -------
    Parsed
        A row whose unit has no id is refused: names of units repeat.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("ID UNOR", "A31FA40F71B55E40A9687936BAD951B9"), ("INDIKATOR", "Layanan"), ("TARGET", 100.0), ("REALISASI", 90.0))
    >>> parsed = read_unit_indicators(collect(recognise([Sheet("S", columns, 2)], "capaian.xlsx")), Context(period="2026-Q3"))
    >>> parsed.frames["indicators"][["object_kind", "actual"]].to_numpy().tolist()
    [['unit', 90.0]]
    """
    own = hex_id(rows.get("unit_id"))
    finder = Finder(rows, unit=file_key("unor", own))
    finder.add("unit.no_id", own.isna().to_numpy(dtype=bool), "unit_id")
    return _read(finder, context, own, "unit", None)


def _read(finder: Finder, context: Context, key: pd.Series, kind: str, person: Named | None) -> Parsed:
    rows = finder.rows
    title = context.title(rows)
    name = rows.text("indicator").map(plain, na_action="ignore").astype(TEXT)
    period = context.periods(rows, title)
    finder.key = secret_key(key, period, pd.Series(pc.utf8_lower(pa.array(name)), dtype=TEXT))
    finder.add("indicator.missing", name.isna().to_numpy(dtype=bool), "indicator")
    finder.add("indicator.no_period", period.isna().to_numpy(dtype=bool), "period")
    way, unknown = label_codes("direction", rows.text("direction"))
    finder.add("indicator.unknown_direction", unknown, "direction")
    low, high, actual, weight = (amounts(finder, role) for role in ("target_low", "target_high", "actual", "weight"))
    wrong = (low < 0).fillna(False) | (actual < 0).fillna(False) | (weight < 0).fillna(False) | (high < low).fillna(False)
    finder.add("indicator.impossible", wrong.to_numpy(dtype=bool), "actual")
    finder.add("indicator.no_number", (low.isna() | actual.isna()).to_numpy(dtype=bool), "actual")
    top, _ = booleans(rows.get("is_maximum"))
    frame = pd.DataFrame({"object_id": key, "object_kind": pd.Series([kind] * len(rows), dtype=TEXT), "period": period,
                          "indicator": name, "aspect": rows.text("aspect"), "direction": way.fillna("more"), "target_low": low,
                          "target_high": high, "actual": actual, "weight": weight, "is_maximum": top.fillna(False)})
    copies, conflicts = repeats(finder.key.where(~pd.Series(finder.refused)), frame)
    finder.add("indicator.conflict", conflicts, "indicator")
    finder.add("indicator.copy", copies, "indicator")
    kept = ~finder.refused
    frame = frame.assign(row=pd.Series(rows.row, dtype="int64[pyarrow]"))[kept].reset_index(drop=True)
    people = people_frame(person, keep=kept) if person else empty_people()
    return finish(finder, {"indicators": frame}, people, title, period=title.period or context.period)
