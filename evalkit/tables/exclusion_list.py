"""A list of people who are not expected to be rated, as an office states it: what no export says."""

from __future__ import annotations

import pandas as pd

from evalkit.tables.cells import TEXT
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import days, label_codes
from evalkit.tables.identifiers import file_key
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import people_frame, read_person
from evalkit.tables.validate import Finder, repeats, secret_key


def read_exclusions(rows: Rows, context: Context) -> Parsed:
    """Read a list of exclusions into the table `exclusions`.

    Parameters
    ----------
    rows : Rows
        NIP, a reason from a closed list, the first day and, where it has ended, the last.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        A row without a known reason is refused: whoever is wrongly excluded is forgotten.

    Examples
    --------
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("NIP", "198603032010121943"), ("ALASAN", "Cuti di luar tanggungan negara"), ("TANGGAL MULAI", "01-07-2026"))
    >>> parsed = read_exclusions(collect(recognise([Sheet("S", columns, 2)], "pengecualian.xlsx")), Context())
    >>> parsed.frames["exclusions"][["reason", "valid_from"]].astype(str).to_numpy().tolist()
    [['cltn', '2026-07-01']]
    """
    title = context.title(rows)
    finder = Finder(rows, unit=file_key("name", rows.text("unit_name")))
    person = read_person(finder)
    reason, unknown = label_codes("exclusion", rows.text("reason"))
    begin, end = days(finder, "start"), days(finder, "end")
    finder.key = secret_key(person.key, begin.astype(TEXT), reason)
    finder.add("exclusion.unknown_reason", unknown, "reason")
    finder.add("exclusion.no_reason", reason.isna().to_numpy(dtype=bool), "reason")
    finder.add("exclusion.no_date", begin.isna().to_numpy(dtype=bool), "start")
    finder.add("exclusion.order", (end < begin).fillna(False).to_numpy(dtype=bool), "end")
    frame = pd.DataFrame({"person_id": person.key, "valid_from": begin, "valid_to": end, "reason": reason})
    copies, conflicts = repeats(finder.key.where(~pd.Series(finder.refused)), frame)
    finder.add("exclusion.conflict", conflicts, "start")
    finder.add("exclusion.copy", copies, "start")
    kept = ~finder.refused
    frame = frame.assign(row=pd.Series(rows.row, dtype="int64[pyarrow]"))[kept].reset_index(drop=True)
    return finish(finder, {"exclusions": frame}, people_frame(person, keep=kept), title, period=context.period)
