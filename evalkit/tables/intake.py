"""From what a reader gives to what the store takes: file keys become persons and units, rows become versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from evalkit.instruments.layout import load_layouts
from evalkit.tables import store
from evalkit.tables.fault_states import fault_ids, masked
from evalkit.tables.ledger import Record, commit
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.periods import parse
from evalkit.tables.register import Register, Resolution
from evalkit.tables.schema import TABLES
from evalkit.tables.strangers import strangers
from evalkit.tables.study import Study
from evalkit.tables.unit_names import Resolved, Units, office_of, resolve_units
from evalkit.tables.validate import fault_remedy, fault_text
from evalkit.tables.versions import compare

_DEFAULT_INSTRUMENT = "permenpanrb-6-2022"
_REQUIRED_UNITS = {name: frozenset(c.name for c in table.columns if c.required and c.name in ("unit_id", "opd_id"))
                   for name, table in TABLES.items()}


@dataclass(frozen=True)
class Intake:
    """What is to be stored of one file: frames by table, the register as it becomes, and the counts to tell."""

    frames: dict[str, pd.DataFrame]
    register: pd.DataFrame | None
    refused: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0


def prepare(study: Study, parsed: Parsed, record: Record, reasons: Mapping[str, str]) -> Intake:
    """Make a file ready for the store, without storing anything.

    Parameters
    ----------
    study : Study
        The study.
    parsed : Parsed
        The file with its file keys.
    record : Record
        Its record; period, scope and time are settled.
    reasons : mapping of str to str
        Appraisal -> why its content was revised.

    Returns
    -------
    Intake
        Every frame keeps its contract; no name and no number of a person is in any of them.
    """
    resolution, register = _people(study, parsed, record.known_at.date())
    frames = {name: _with_people(frame, resolution.ids, parsed) for name, frame in parsed.frames.items()}
    placed = _with_units(study, parsed, frames, record.on)
    frames = {name: _with_context(study, name, frame, record) for name, frame in placed.frames.items()}
    faults = [*parsed.faults, *_as_printed(placed.faults, parsed.layout), *_collisions(resolution),
              *strangers(study, parsed.layout, frames, returned=bool(parsed.forms))]
    frames, twice = _once(frames)
    new = changed = unchanged = 0
    if "appraisals" in frames:
        stored = _same_person(store.read(study, "appraisals"), resolution.aliases)
        change = compare(frames["appraisals"], stored, store.read(study, "withdrawals"), known_at=record.known_at,
                         import_id=record.import_id, full=record.scope == "full", group=record.group,
                         also_seen={f.record_key for f in parsed.faults}, reasons=dict(reasons))
        frames |= {"appraisals": change.rows, "withdrawals": change.withdrawals}
        new, changed, unchanged = change.new, change.changed, change.unchanged
    if resolution.aliases:
        frames["aliases"] = pd.DataFrame({"person_id": list(resolution.aliases), "same_as": list(resolution.aliases.values()),
                                          "import_id": record.import_id})
    frames["faults"] = _fault_rows(study, [*faults, *twice], record, placed.units)
    return Intake(frames, register, placed.refused + sum(f.severity == "error" for f in twice), new, changed, unchanged,
                  len(frames.get("withdrawals", ())))


def _as_printed(faults: Sequence[Fault], layout: str) -> list[Fault]:
    """Name the column of a unit as the file does, by its name where it has one: whoever mends it knows no table."""
    described = load_layouts().get(layout)
    headers = {c.role: c.header.strip() for c in described.columns} if described else {}
    return [replace(f, column=next((headers[r] for r in (f.column.replace("_id", "_name"), f.column) if r in headers), f.column)) for f in faults]


def store_rows(study: Study, record: Record, parsed: Parsed, reasons: Mapping[str, str], raw: Path | None) -> tuple[Record, Intake]:
    """Prepare a file and store it: the register first, the ledger's record last.

    A run that is killed between the two leaves persons in the register whom no table names yet; the next run finds them again.
    """
    named = len(parsed.people) or any(c in f.columns for f in parsed.frames.values() for c in store.PEOPLE)
    with Register(study.vault).held() if named else nullcontext():
        intake = prepare(study, parsed, record, reasons)
        record = replace(record, rows_read=parsed.rows_read - intake.refused, rows_refused=parsed.rows_refused + intake.refused,
                         faults=len(intake.frames["faults"]))
        if intake.register is not None:
            Register(study.vault).save(intake.register)
        return commit(study, record, intake.frames, raw), intake


def _people(study: Study, parsed: Parsed, on: date) -> tuple[Resolution, pd.DataFrame | None]:
    """Resolve every person that the file names, also those who stand in its tables only."""
    listed = parsed.people[["key", "kind", "value", "name"]].astype(object)
    known = set(listed["key"])
    keys: dict[str, None] = {}
    for frame in parsed.frames.values():
        for column in [c for c in store.PEOPLE if c in frame.columns]:
            keys |= dict.fromkeys(str(k) for k in _of_people(frame, column).dropna().unique() if k not in known)
    split = [(k, *k.partition(":")[::2]) for k in keys]
    more = pd.DataFrame([(key, kind, value, "") for key, kind, value in split], columns=["key", "kind", "value", "name"])
    people = pd.concat([listed, more], ignore_index=True)
    if people.empty:
        return Resolution({}, {}, ()), None
    # a code means somebody only within its instrument: R1 of one form is not R1 of another
    code = people["kind"] == "code"
    people.loc[code, "value"] = _instrument(parsed) + ":" + people.loc[code, "value"].astype(str)
    return Register(study.vault).match(people, on)


def _of_people(frame: pd.DataFrame, column: str) -> pd.Series:
    """Give a column of the person domain; an object that is no employee is no person."""
    if column == "object_id":
        return frame.loc[frame["object_kind"] == "employee", column] if "object_kind" in frame.columns else frame.loc[[], column]
    return frame[column]


def _instrument(parsed: Parsed) -> str:
    for frame in parsed.frames.values():
        if "instrument" in frame.columns and len(frame):
            return str(frame["instrument"].iloc[0])
    return parsed.layout


def _with_people(frame: pd.DataFrame, ids: Mapping[str, str], parsed: Parsed) -> pd.DataFrame:
    result = frame.copy()
    for column in [c for c in store.PEOPLE if c in frame.columns]:
        people = _of_people(frame, column)
        mapped = people.map(lambda k: ids.get(k) if isinstance(k, str) else None).astype(object)
        if column == "object_id":
            things = frame.loc[~frame.index.isin(people.index), column].astype(object)
            mapped = pd.concat([mapped, things.map(lambda k: k.removeprefix("code:") if isinstance(k, str) else k)])
        result[column] = mapped.reindex(frame.index)
    return result


def _same_person(rows: pd.DataFrame, aliases: Mapping[str, str]) -> pd.DataFrame:
    if not aliases:
        return rows
    columns = {c: rows[c].map(lambda v: aliases.get(v, v)).astype(rows[c].dtype) for c in store.PEOPLE if c in rows.columns}
    return rows.assign(**columns)


def _with_units(study: Study, parsed: Parsed, frames: dict[str, pd.DataFrame], on: date) -> Resolved:
    """Resolve units by what the study knows and what this file brings."""
    known = store.read(study, "units")[["unit_id", "opd_id", "name"]].astype(object)
    brought = frames.get("units")
    if brought is not None:
        bare = brought.copy()
        for column in ("unit_id", "parent_id", "opd_id"):
            bare[column] = bare[column] if column in bare.columns else None
            bare[column] = bare[column].map(lambda v: v.removeprefix("unor:") if isinstance(v, str) else None).astype(object)
        if parsed.kind == "units" and bare["opd_id"].isna().all():
            bare = bare.assign(opd_id=office_of(bare, dict(zip(known["unit_id"], known["opd_id"], strict=True))))
        frames = {**frames, "units": bare}
        known = pd.concat([known, bare[["unit_id", "opd_id", "name"]].astype(object)], ignore_index=True)
    units = Units.of(known)
    others = {n: f for n, f in frames.items() if n != "units"}
    resolved = resolve_units(others, units, _REQUIRED_UNITS, on)
    if brought is not None:
        resolved.frames["units"] = pd.concat([frames["units"], resolved.frames["units"]]) if "units" in resolved.frames \
            else frames["units"]
    return resolved


def _with_context(study: Study, name: str, frame: pd.DataFrame, record: Record) -> pd.DataFrame:
    """Fill in what the file as a whole says: period, instrument, time, import."""
    names = TABLES[name].names
    result = frame.assign(import_id=record.import_id)
    fill: dict[str, Any] = {"exported_at": pd.Timestamp(record.known_at), "version": 1}
    if record.period is not None:
        fill["period"] = record.period
        fitting = study.population_of(parse(record.period).kind)
        fill["instrument"] = fitting[0].instrument if fitting else _DEFAULT_INSTRUMENT
    for column, value in fill.items():
        if column in names and (column not in result.columns or (result[column].isna().all() and len(result))):
            result[column] = value
    if "valid_from" in names:
        # a list without dates says what holds on its own day
        given = result["valid_from"].astype(object) if "valid_from" in result.columns else pd.Series(None, index=result.index, dtype=object)
        result["valid_from"] = given.where(given.notna(), record.on)
    return result


def _once(frames: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Keep one row a key: equal rows count once, rows that contradict one another are told and the first stays."""
    out: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, frame in frames.items():
        table = TABLES[name]
        key = [c for c in table.key if c in frame.columns]
        content = [c for c in frame.columns if c not in ("row", "import_id")]
        data = frame.drop_duplicates(content)
        again = data.duplicated(key) if key else pd.Series(False, index=data.index)
        for row in data[again].to_dict("records"):
            place = row.get("row")
            faults.append(Fault("record.twice", "error", row=int(place) if isinstance(place, (int, float)) and place == place else None,
                                record_key=f"{name}:" + ":".join(str(row[c]) for c in key)))
        out[name] = data[~again]
    return out, faults


def _collisions(resolution: Resolution) -> list[Fault]:
    """Tell that a file takes two persons for one; the persons are named by their random ids only."""
    return [Fault("person.collision", "warning", record_key=resolution.ids[key], value=resolution.ids[key])
            for key in resolution.collisions]


def _fault_rows(study: Study, faults: list[Fault], record: Record, units: Units) -> pd.DataFrame:
    rows = []
    for fault, identity in zip(faults, fault_ids(faults, record.kind, record.period or ""), strict=True):
        found = units.find(fault.unit, office=True) if fault.unit else ()
        rows.append({
            "fault_id": identity, "import_id": record.import_id, "file": record.file, "sheet": masked(fault.sheet),
            "row": fault.row, "column": fault.column, "value": masked(fault.value), "rule": fault.rule,
            "remedy": masked(fault_remedy(fault, study.language)), "severity": fault.severity,
            "unit_id": found[0] if len(found) == 1 else None, "period": record.period,
            "record_key": masked(fault.record_key) or None, "text": masked(fault_text(fault, study.language)), "status": "open",
            "first_seen": pd.Timestamp(record.known_at), "last_seen": pd.Timestamp(record.known_at)})
    return pd.DataFrame(rows, columns=list(TABLES["faults"].names))

