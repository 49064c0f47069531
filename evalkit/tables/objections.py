"""A list of objections (keberatan) as an office keeps it by hand: one row an objection and level."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import days, label_codes
from evalkit.tables.identifiers import file_key
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import people_frame, read_person
from evalkit.tables.validate import Finder, repeats, secret_key

PENDING = "proses"


def read_objections(rows: Rows, context: Context) -> Parsed:
    """Read a list of objections into the table `objections`.

    Parameters
    ----------
    rows : Rows
        The appraisal by `skp_penilaian_id`, or by NIP and period; the period stands in a column, in the title for all rows, or
        is stated by the caller.
    context : Context
        The stated period counts where a row and the title name none.

    Returns
    -------
    Parsed
        An objection that is not decided has neither date nor decision. Where the list has no id of the appraisal, `appraisal_id`
        stands for person and period, and the derived table finds the appraisal: files may come in any order.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("ID PENILAIAN", "A1"), ("TANGGAL PENGAJUAN", "22/07/2026"), ("TANGGAL KEPUTUSAN", "03/08/2026"),
    ...            ("KEPUTUSAN", "Dikabulkan"))
    >>> parsed = read_objections(collect(recognise([Sheet("S", columns, 2)], "keberatan.xlsx")), Context())
    >>> parsed.frames["objections"][["appraisal_id", "decision"]].to_numpy().tolist()
    [['a1', 'diubah']]
    """
    title = context.title(rows)
    finder = Finder(rows, unit=file_key("name", rows.text("unit_name")))
    person = read_person(finder, needed=False)
    period = context.periods(rows, title)
    own = pd.Series(pc.utf8_lower(pa.array(rows.text("appraisal_id"))), dtype=TEXT)
    named = secret_key(person.key, period).where(person.key.notna() & period.notna(), pd.NA)
    appraisal = own.fillna("of:" + named.astype(TEXT))
    filed, due, decided = (days(finder, role) for role in ("filed_at", "due_at", "decided_at"))
    finder.key = secret_key(appraisal, filed.astype(TEXT))
    finder.add("objection.no_appraisal", appraisal.isna().to_numpy(dtype=bool), "appraisal_id")
    finder.add("objection.no_date", filed.isna().to_numpy(dtype=bool), "filed_at")
    level = _codes(finder, "level")
    decision = _codes(finder, "decision")
    decision = decision.where(decision != PENDING, pd.NA)
    finder.add("objection.half", (decision.notna() ^ decided.notna()).to_numpy(dtype=bool), "decision")
    finder.add("objection.order", (decided < filed).fillna(False).to_numpy(dtype=bool), "decided_at")
    frame = pd.DataFrame({"appraisal_id": appraisal, "filed_at": filed, "level": level, "due_at": due, "decided_at": decided,
                          "decision": decision, "person_id": person.key, "period": period})
    key = finder.key.where(~pd.Series(finder.refused))
    copies, conflicts = repeats(key, frame)
    finder.add("objection.conflict", conflicts, "filed_at")
    finder.add("objection.copy", copies, "filed_at")
    kept = ~finder.refused
    frame = frame.assign(row=pd.Series(rows.row, dtype="int64[pyarrow]"))[kept].reset_index(drop=True)
    return finish(finder, {"objections": frame}, people_frame(person, keep=kept), title, period=title.period or context.period)


def _codes(finder: Finder, role: str) -> pd.Series:
    codes, unknown = label_codes("objection_level" if role == "level" else "objection_decision", finder.rows.text(role))
    finder.add(f"objection.unknown_{role}", unknown, role)
    return codes
