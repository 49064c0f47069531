"""What is held about each person, from where and since when: the answer to "what do you know about me?"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import days, looked_up

# Kind of data -> the column that names the person, and the one that tells when.
KINDS: dict[str, tuple[str, str, str]] = {
    "attributes": ("person_attributes", "person_id", "valid_from"), "assignments": ("assignments", "person_id", "valid_from"),
    "appraisals": ("appraisals", "person_id", "period"), "plans": ("skp_plans", "person_id", "start"),
    "indicators": ("indicators", "object_id", "period"), "answers_about": ("ratings", "object_id", "period"),
    "answers_given": ("ratings", "rater_id", "period"), "attendance": ("attendance", "person_id", "month"),
    "discipline": ("discipline", "person_id", "from"), "courses": ("enrolments", "person_id", ""),
    "objections": ("objections", "person_id", "filed_at"),
    "exclusions": ("exclusions", "person_id", "valid_from")}


def personal_holdings(context: Context, personal_people: pd.DataFrame, imports: pd.DataFrame, **tables: pd.DataFrame) -> pd.DataFrame:
    """Count what is held about each person, by kind of data.

    Parameters
    ----------
    context : Context
        The period.
    personal_people : pandas.DataFrame
        Who gets a page.
    imports : pandas.DataFrame
        The ledger: it names the layout of the file that each row came from.
    **tables : pandas.DataFrame
        The imported tables that name people.

    Returns
    -------
    pandas.DataFrame
        One row a person and kind of data with at least one row: `n` rows, `first` and `last` (days as 2026-10-12, months and
        periods as they are written), `layouts` (codes, with commas).

    Notes
    -----
    Everything that the study holds about her is counted, not what this period uses: the question is what is kept.
    """
    people = personal_people["person_id"].astype("object")
    tables["objections"] = _owned(tables["objections"], tables["appraisals"])
    layouts = pd.Series(imports["layout"].to_numpy(dtype=object), index=imports["import_id"].astype("object"), dtype="object")
    parts = [part for kind, spec in KINDS.items() for part in _counted(kind, spec, tables[spec[0]], people, layouts)]
    empty = pd.DataFrame(columns=["person_id", "kind", "order", "n", "first", "last", "layouts"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _owned(objections: pd.DataFrame, appraisals: pd.DataFrame) -> pd.DataFrame:
    """Give each objection its person; a list may name the appraisal only."""
    last = appraisals.drop_duplicates("appraisal_id", keep="last")
    known = looked_up(objections["appraisal_id"], last.set_index(last["appraisal_id"].astype("object"))["person_id"])
    return objections.assign(person_id=objections["person_id"].astype("object").where(objections["person_id"].notna(), known))


def _counted(kind: str, spec: tuple[str, str, str], table: pd.DataFrame, people: pd.Series, layouts: pd.Series) -> Iterator[pd.DataFrame]:
    _, who, when = spec
    rows = table[table[who].isin(people).to_numpy(dtype=bool)]
    if kind == "answers_about":
        rows = rows[rows["object_kind"].eq("employee").to_numpy(dtype=bool)]
    if rows.empty:
        return
    person, names = pd.factorize(rows[who].to_numpy(dtype=object))
    at, moments = _when(rows[when]) if when else (pd.Series(-1, index=rows.index).to_numpy(), [])
    told = pd.DataFrame({"person": person, "first": at, "last": at, "n": 1})
    sums = told.groupby("person").agg({"n": "sum", "first": "min", "last": "max"})
    layout = rows["import_id"].to_numpy(dtype=object)
    pairs = pd.DataFrame({"person": person, "layout": pd.Series(layout, dtype="object").map(layouts)}).dropna().drop_duplicates()
    joined: dict[int, str] = {}
    for who_, name in pairs.sort_values(["person", "layout"]).itertuples(index=False, name=None):
        joined[who_] = f"{joined[who_]},{name}" if who_ in joined else name
    yield pd.DataFrame({"person_id": names[sums.index], "kind": kind, "order": list(KINDS).index(kind), "n": sums["n"].to_numpy(),
                        "first": [moments[i] if i >= 0 else None for i in sums["first"]],
                        "last": [moments[i] if i >= 0 else None for i in sums["last"]], "layouts": sums.index.map(joined)})


def _when(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Give each moment as its place in the order of all, and the moments as text."""
    if str(values.dtype).startswith(("date", "timestamp")):
        values = days(values).dt.strftime("%Y-%m-%d")
    codes, moments = pd.factorize(values.to_numpy(dtype=object), sort=True, use_na_sentinel=True)
    return codes, [str(m) for m in moments]
