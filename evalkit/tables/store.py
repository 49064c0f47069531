"""The store: imported tables as a study has them, as of a day.

What each table gives:

- `appraisals`: **every version**; a version is stored when its content differs from the one before it. The version that
  holds as of a day is the one with the latest `exported_at` (of equal ones, the highest `version`).
- `withdrawals`: appraisals that a later *full* export of their period no longer holds. An appraisal is withdrawn when its
  latest withdrawal has an `exported_at` after that of its latest version; one that comes back gets a new version.
- `units`, `person_attributes`, `assignments`, `exclusions`: intervals, folded from all lists; an interval ends where the
  next begins, and on the day before a full list that no longer holds it.
- `unit_predikat`: every version, numbered. `faults`: one row a fault with its state. `imports`: the ledger.
- every other table: of each key the row of the import that speaks last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.errors import TableError
from evalkit.language.catalogue import say
from evalkit.tables import history
from evalkit.tables.deadline import due_at
from evalkit.tables.fault_states import fold_faults
from evalkit.tables.ledger import Record, partition, records
from evalkit.tables.periods import parse
from evalkit.tables.schema import TABLES, frame_of
from evalkit.tables.study import Study
from evalkit.tables.unit_names import COLUMNS as UNIT_COLUMNS
from evalkit.tables.unit_names import OWN_ID, Units

PEOPLE = ("person_id", "superior_id", "rated_by_id", "rater_id", "object_id")
# What else decides the rows of a table: an employee list that closes a person's attributes closes her posts.
_ALSO = {"assignments": ("person_attributes",), "exclusions": ("person_attributes",), "faults": ("corrections",)}


def read(study: Study, table: str, *, as_of: date | None = None) -> pd.DataFrame:
    """Give an imported table as the study has it.

    Parameters
    ----------
    study : Study
        The study.
    table : str
        A table of `evalkit.tables.schema` that is imported, or `imports`, `faults`, `periods`.
    as_of : date, optional
        Only imports that said what they say (`exported_at`, else `received_at`) on or before this day count.

    Returns
    -------
    DataFrame
        Contract columns with Arrow types; empty with the same columns when nothing was taken in.

    Raises
    ------
    TableError
        If the table is unknown.

    Notes
    -----
    What each table gives stands at the top of this module.
    """
    if table not in TABLES:
        raise TableError(say("store.unknown_table", study.language, table=table))
    counted = records(study, as_of)
    if table == "imports":
        return _imports(counted)
    if table == "periods":
        return _periods(study, counted)
    if table == "faults":
        return fold_faults(raw_rows(study, "faults", counted), counted, raw_rows(study, "corrections", counted))
    rows = _one_unit(_one_person(raw_rows(study, table, counted), study, counted), table, study, counted)
    folded = _FOLDS.get(table, _latest)(study, table, rows, counted)
    return TABLES[table].conform(folded)


def raw_rows(study: Study, table: str, counted: Sequence[Record]) -> pd.DataFrame:
    """Give the rows of a table as they were stored, all counted imports together, without any fold."""
    schema = TABLES[table].arrow()
    parts = []
    for record in counted:
        if table in record.tables:
            part = pq.read_table(partition(study, table, record.import_id), memory_map=False)
            # a column that the contract gained later is missing in an old partition
            arrays = [part[f.name].cast(f.type) if f.name in part.column_names else pa.nulls(part.num_rows, f.type) for f in schema]
            parts.append(pa.Table.from_arrays(arrays, schema=schema))
    return frame_of(pa.concat_tables(parts)) if parts else TABLES[table].empty()


def digest_inputs(study: Study, tables: Iterable[str], as_of: date | None = None) -> dict[str, str]:
    """Give, for each table, a digest of all that decides its rows; equal digests mean equal tables.

    Parameters
    ----------
    study : Study
        The study.
    tables : iterable of str
        Imported tables.
    as_of : date, optional
        As in `read`.

    Returns
    -------
    dict of str to str
        Table -> SHA-256 (hexadecimal) over the content digests of the partitions, in the order in which they speak.
    """
    counted = records(study, as_of)
    return {table: _digest_of(study, table, counted) for table in tables}


def _digest_of(study: Study, table: str, counted: Sequence[Record]) -> str:
    names = {table, "aliases", *_ALSO.get(table, ())}
    if _named_before(counted) and set(UNIT_COLUMNS) & set(TABLES[table].names):
        names.add("units")
    said: list[object] = [[r.import_id, r.on.isoformat(), r.scope, r.group, r.covers if table == "faults" else "",
                           sorted((n, r.tables[n]["digest"]) for n in names & set(r.tables))]
                          for r in counted if table in ("imports", "faults", "periods") or names & set(r.tables)]
    if table == "periods":
        said.append(repr((study.populations, study.calendar.due_days)))
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _one_person(rows: pd.DataFrame, study: Study, counted: Sequence[Record]) -> pd.DataFrame:
    """Put the person that remains in the place of those who turned out to be her."""
    aliases = raw_rows(study, "aliases", counted)
    if aliases.empty:
        return rows
    same = dict(zip(aliases["person_id"], aliases["same_as"], strict=True))
    for old in list(same):
        while same[old] in same:
            same[old] = same[same[old]]
    for column in [c for c in PEOPLE if c in rows.columns]:
        rows[column] = rows[column].map(lambda v: same.get(v, v)).astype(rows[column].dtype)
    return rows


def _one_unit(rows: pd.DataFrame, table: str, study: Study, counted: Sequence[Record]) -> pd.DataFrame:
    """Put the unit of the tree in the place of one that was known by its name only when its file was taken in."""
    columns = [c for c in UNIT_COLUMNS if c in rows.columns]
    if not columns or not _named_before(counted):
        return rows
    units = raw_rows(study, "units", counted)
    by_name = units["unit_id"].str.fullmatch(OWN_ID)
    tree = Units.of(units[~by_name])
    named = units[by_name].drop_duplicates("unit_id")
    same = {u: f[0] for u, n in zip(named["unit_id"], named["name"], strict=True) if len(f := tree.find(f"name:{n}", office=True)) == 1}
    if table == "units":
        return rows[~rows["unit_id"].isin(list(same))].reset_index(drop=True)
    return rows.assign(**{c: rows[c].map(lambda v: same.get(v, v)).astype(rows[c].dtype) for c in columns}) if same else rows


def _named_before(counted: Sequence[Record]) -> bool:
    """Tell whether there is a tree, and a file that brought units of its own beside it."""
    return len({r.kind == "units" for r in counted if "units" in r.tables}) == 2


def _snapshots(tables: tuple[str, ...], counted: Sequence[Record]) -> list[history.Snapshot]:
    lists = [r for r in counted if set(tables) & set(r.tables)]
    lists.sort(key=lambda r: (r.on, r.sequence))
    return [history.Snapshot(r.import_id, r.on, r.scope == "full", r.group, bool(r.corrections)) for r in lists]


def _employment(study: Study, counted: Sequence[Record]) -> pd.Series:
    rows = _one_person(raw_rows(study, "person_attributes", counted), study, counted)
    return rows.drop_duplicates("person_id", keep="last").set_index("person_id")["employment"].astype(object).dropna()


def _units(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    lists = _snapshots((table,), counted)
    trees = [s for s in lists if any(r.import_id == s.import_id and r.kind == "units" for r in counted)]
    folded = history.intervals(rows, ["unit_id"], lists)
    ends = history.absences(rows[["unit_id", "import_id"]], "unit_id", _only_full(lists, trees))
    return history.close(folded, "unit_id", ends)


def _only_full(lists: list[history.Snapshot], trees: list[history.Snapshot]) -> list[history.Snapshot]:
    """Only a unit tree closes units: an employee list names units in passing."""
    whole = {s.import_id for s in trees}
    return [s if s.import_id in whole else history.Snapshot(s.import_id, s.on, False) for s in lists]


def _attributes(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    lists = _snapshots((table,), counted)
    folded = history.intervals(rows, ["person_id"], lists)
    ends = history.absences(rows[["person_id", "import_id"]], "person_id", lists, _employment(study, counted))
    return history.close(folded, "person_id", ends)


def _posts(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    """Fold assignments and exclusions: a person has several, and each ends when a list that names her leaves it out."""
    key = [c for c in TABLES[table].key if c != "valid_from"]
    people = _one_person(raw_rows(study, "person_attributes", counted), study, counted)
    lists = _snapshots((table, "person_attributes"), counted)
    folded = history.intervals(rows, key, lists)
    if folded.empty:
        return folded
    gone = history.absences(people[["person_id", "import_id"]], "person_id", lists, _employment(study, counted))
    return history.close(history.end_replaced(folded, rows, key, people, lists), "person_id", gone)


def _latest(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    order = {r.import_id: n for n, r in enumerate(counted)}
    return history.latest(rows, TABLES[table].key, order)


def _numbered(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    order = {r.import_id: n for n, r in enumerate(counted)}
    return history.versions(rows, ["unit_id", "period"], ["predikat"], order)


def _as_stored(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    return rows


def _exclusions(study: Study, table: str, rows: pd.DataFrame, counted: Sequence[Record]) -> pd.DataFrame:
    """Fold exclusions; one that an office stated itself ends when it says so, not when a list is silent about it."""
    stated = [r for r in counted if r.kind == "exclusions"]
    own = rows["import_id"].isin([r.import_id for r in stated]).to_numpy(dtype=bool)
    folded = _posts(study, table, rows[~own], [r for r in counted if r not in stated])
    if not own.any():
        return folded
    return pd.concat([folded, history.intervals(rows[own], ["person_id", "reason"], _snapshots((table,), stated))], ignore_index=True)


_Fold = Callable[[Study, str, pd.DataFrame, Sequence[Record]], pd.DataFrame]
_FOLDS: dict[str, _Fold] = {"units": _units, "person_attributes": _attributes, "assignments": _posts, "exclusions": _exclusions,
                            "unit_predikat": _numbered, "appraisals": _as_stored, "withdrawals": _as_stored,
                            "aliases": _latest, "corrections": _as_stored}


def _imports(counted: Sequence[Record]) -> pd.DataFrame:
    names = TABLES["imports"].names
    rows = [{n: getattr(r, n) for n in names} for r in counted]
    frame = pd.DataFrame(rows, columns=list(names))
    for column in ("exported_at", "received_at"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return TABLES["imports"].conform(frame)


def _periods(study: Study, counted: Sequence[Record]) -> pd.DataFrame:
    """Give the periods for which a file was taken in, once for each population that is rated in such periods."""
    found = sorted({r.period for r in counted if r.period})
    rows = []
    for text in found:
        period = parse(text)
        rows += [{"population": p.name, "period": text, "kind": period.kind, "start": period.start, "end": period.end,
                  "due_at": due_at(period, study), "instrument": p.instrument} for p in study.population_of(period.kind)]
    return TABLES["periods"].conform(pd.DataFrame(rows, columns=list(TABLES["periods"].names)))
