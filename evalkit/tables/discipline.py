"""A register of disciplinary measures (hukuman disiplin): one row a decision on one person."""

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


def read_discipline(rows: Rows, context: Context) -> Parsed:
    """Read a register of disciplinary measures into the table `discipline`.

    Parameters
    ----------
    rows : Rows
        NIP, level (ringan, sedang, berat), the first day and, where there is one, the last day.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        One case a person, first day and level; what was done and the number of the decision are not kept.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("NIP", "198603032010121943"), ("TINGKAT HUKUMAN", "Ringan"), ("TMT HUKUMAN", "01/07/2026"))
    >>> parsed = read_discipline(collect(recognise([Sheet("S", columns, 2)], "hukdis.xlsx")), Context())
    >>> parsed.frames["discipline"][["level", "from"]].astype(str).to_numpy().tolist()
    [['ringan', '2026-07-01']]
    """
    title = context.title(rows)
    finder = Finder(rows, unit=file_key("name", rows.text("unit_name")))
    person = read_person(finder)
    level, unknown = label_codes("discipline", rows.text("level"))
    begin, end = days(finder, "start"), days(finder, "end")
    finder.key = secret_key(person.key, begin.astype(TEXT), level)
    finder.add("discipline.unknown_level", unknown | level.isna().to_numpy(dtype=bool), "level")
    finder.add("discipline.no_date", begin.isna().to_numpy(dtype=bool), "start")
    finder.add("discipline.order", (end < begin).fillna(False).to_numpy(dtype=bool), "end")
    frame = pd.DataFrame({"case_id": finder.key, "person_id": person.key, "level": level, "from": begin, "to": end})
    copies, conflicts = repeats(finder.key.where(~pd.Series(finder.refused)), frame)
    finder.add("discipline.conflict", conflicts, "start")
    finder.add("discipline.copy", copies, "start")
    kept = ~finder.refused
    frame = frame.assign(row=pd.Series(rows.row, dtype="int64[pyarrow]"))[kept].reset_index(drop=True)
    return finish(finder, {"discipline": frame}, people_frame(person, keep=kept), title, period=context.period)
