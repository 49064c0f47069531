"""People whom a form names and whom no list of employees knows: mostly a number that was typed wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evalkit.instruments.layout import load_layouts
from evalkit.tables import store
from evalkit.tables.parsed import Fault
from evalkit.tables.study import Study

_LISTS = ("person_attributes", "assignments")
_ROLES = {"rater_id": "rater_nip", "object_id": "object_nip", "person_id": "person_nip"}
_TABLES = ("exclusions", "enrolments", "objections")  # with the person whom a row is about


def strangers(study: Study, layout: str, frames: dict[str, pd.DataFrame], *, returned: bool = True) -> list[Fault]:
    """Warn of each person in a form whom the lists of employees do not know, at her first row.

    Parameters
    ----------
    study : Study
        The study; one that has no list of employees says nothing.
    layout : str
        Of the file; only forms that evalkit makes are asked.
    frames : dict of str to pandas.DataFrame
        What is about to be stored, people by their random ids: a number is never told.
    returned : bool
        Whether the file is a form that came back; a training list of an application also holds people who have left.

    Returns
    -------
    list of Fault
        Warnings; the rows are stored.
    """
    described = load_layouts().get(layout)
    if described is None or described.form is None:
        return []
    named = [(c, rows) for c, rows in _people({k: f for k, f in frames.items() if returned or k != "enrolments"}) if len(rows)]
    if not named:
        return []
    known: set[str] = set()
    for table in _LISTS:
        known |= set(store.read(study, table)["person_id"].dropna())
    if not known:
        return []
    headers = {c.role: c.header for c in described.columns}
    found = []
    for column, rows in named:
        new = rows[rows[column].notna() & ~rows[column].isin(known)].drop_duplicates(column)
        found += [Fault("form.not_in_register", "warning", row=None if pd.isna(row) else int(row), column=headers.get(_ROLES.get(column, ""), ""),
                        record_key=str(person)) for person, row in zip(new[column], new["row"], strict=True)]
    return found


def _people(frames: dict[str, pd.DataFrame]) -> Iterator[tuple[str, pd.DataFrame]]:
    ratings = frames.get("ratings")
    if ratings is not None:
        yield "rater_id", ratings
        yield "object_id", ratings[ratings["object_kind"].eq("employee").fillna(False).to_numpy(dtype=bool)]
    indicators = frames.get("indicators")
    if indicators is not None:
        own = indicators[indicators["object_kind"].eq("employee").fillna(False).to_numpy(dtype=bool)]
        yield "person_id", own.rename(columns={"object_id": "person_id"})
    for table in _TABLES:
        rows = frames.get(table)
        if rows is not None and "person_id" in rows.columns:
            yield "person_id", rows
