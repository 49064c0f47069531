"""People whom a form names and whom no list of employees knows: mostly a number that was typed wrong."""

from __future__ import annotations

import pandas as pd

from evalkit.instruments.layout import load_layouts
from evalkit.tables import store
from evalkit.tables.parsed import Fault
from evalkit.tables.study import Study

_LISTS = ("person_attributes", "assignments")
_ROLES = {"rater_id": "rater_nip", "object_id": "object_nip"}


def strangers(study: Study, layout: str, frames: dict[str, pd.DataFrame]) -> list[Fault]:
    """Warn of each person in a form of ratings whom the lists of employees do not know, at her first row.

    Parameters
    ----------
    study : Study
        The study; one that has no list of employees says nothing.
    layout : str
        Of the file; only forms that evalkit makes are asked.
    frames : dict of str to pandas.DataFrame
        What is about to be stored, people by their random ids: a number is never told.

    Returns
    -------
    list of Fault
        Warnings; the ratings are stored.
    """
    described = load_layouts().get(layout)
    ratings = frames.get("ratings")
    if described is None or described.form is None or ratings is None or ratings.empty:
        return []
    known: set[str] = set()
    for table in _LISTS:
        known |= set(store.read(study, table)["person_id"].dropna())
    if not known:
        return []
    headers = {c.role: c.header for c in described.columns}
    people = {"rater_id": ratings, "object_id": ratings[ratings["object_kind"].eq("employee").fillna(False).to_numpy(dtype=bool)]}
    found = []
    for column, rows in people.items():
        new = rows[rows[column].notna() & ~rows[column].isin(known)].drop_duplicates(column)
        found += [Fault("form.not_in_register", "warning", row=None if pd.isna(row) else int(row), column=headers.get(_ROLES[column], ""),
                        record_key=str(person)) for person, row in zip(new[column], new["row"], strict=True)]
    return found
