"""Which unit gets which faults: one correction workbook an office, with the names its people need to find the row."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd

from evalkit.tables import store
from evalkit.tables.register import Register
from evalkit.tables.study import Study
from evalkit.tables.unit_names import Units
from evalkit.tables.unit_workbook import write_form

CITY = "kota"


def write_unit_forms(study: Study, faults: pd.DataFrame, period: str | None) -> list[Path]:
    """Write `units/<unit>/perbaikan-<period>.xlsx` for each office with open faults.

    Parameters
    ----------
    study : Study
        The study.
    faults : DataFrame
        Open faults, rows of the contract `faults`.
    period : str, optional
        For the name of the file; without it the workbook holds all periods.

    Returns
    -------
    list of Path
        The workbooks. Faults of which no unit is known go to the office itself, under `units/kota`.

    Notes
    -----
    The person's name is put beside a fault where the row was read: a unit finds it by name, not by key. The folder `units/`
    is for those units only.
    """
    units = Units.of(store.read(study, "units"))
    offices = faults["unit_id"].map(lambda u: units.office(u) or u if isinstance(u, str) else CITY)
    names = _names(study, faults)
    written = []
    for office, rows in faults.groupby(offices.astype(object), sort=True):
        title = units.names.get(str(office), "" if office == CITY else str(office)) or study.title
        path = study.root / "units" / _folder(title, str(office), units) / f"perbaikan-{period or 'semua'}.xlsx"
        ordered = rows.sort_values(["file", "sheet", "row", "rule"], kind="stable")
        write_form(path, ordered, study=study.name, period=period or "", unit=str(office), unit_name=title, names=names)
        written.append(path)
    return written


def _names(study: Study, faults: pd.DataFrame) -> dict[str, str]:
    """Give, by fault, the name of the person whose appraisal it is about."""
    rows = store.read(study, "appraisals")[["appraisal_id", "person_id"]].drop_duplicates("appraisal_id", keep="last")
    person = dict(zip(rows["appraisal_id"], rows["person_id"], strict=True))
    of = {str(f): person[k] for f, k in zip(faults["fault_id"], faults["record_key"], strict=True)
          if isinstance(k, str) and k in person}
    known = Register(study.vault).names(of.values())
    return {fault: known[p].name for fault, p in of.items() if p in known}


def _folder(title: str, office: str, units: Units) -> str:
    if office == CITY:
        return CITY
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    alone = len(units.find(title, office=True)) < 2
    return slug if slug and alone else f"{slug}-{office[-6:]}".strip("-")
