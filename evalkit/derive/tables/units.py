"""Units with the office (OPD) they belong to, and a name for their folder."""

from __future__ import annotations

import hashlib
import re
import unicodedata

import pandas as pd

from evalkit.derive.context import Context
from evalkit.derive.tables.valid import valid_at

_DEPTH = 30
_DEVICE = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")  # no folder can have these names on Windows


def units_current(context: Context, units: pd.DataFrame, appraisals_current: pd.DataFrame) -> pd.DataFrame:
    """Give each unit with its name, kind and office at the end of the period.

    Parameters
    ----------
    context : Context
        Its period.
    units : pandas.DataFrame
        The unit tree with spans of validity.
    appraisals_current : pandas.DataFrame
        Units that stand only there are added under their id, so that nobody's unit is unknown.

    Returns
    -------
    pandas.DataFrame
        `slug` is the folder of a unit: lower-case ASCII, unique. Without `opd_id` the office is the ancestor below the root.
    """
    tree = valid_at(units, ["unit_id"], context.period.end, nearest=True)
    known = tree[["unit_id", "parent_id", "opd_id", "name", "kind"]].astype("object").where(lambda f: f.notna(), None)
    extra = _only_in_rows(appraisals_current, set(known["unit_id"]))
    frame = pd.concat([known, extra], ignore_index=True).sort_values("unit_id", ignore_index=True)
    frame["opd_id"] = _offices(frame)
    names = frame.set_index("unit_id")["name"]
    frame["opd_name"] = frame["opd_id"].map(names).fillna(frame["opd_id"])
    frame["slug"] = _slugs(frame["unit_id"], frame["name"])
    return frame.drop(columns="parent_id")


def _only_in_rows(rows: pd.DataFrame, known: set[str]) -> pd.DataFrame:
    pairs = rows[["unit_id", "opd_id"]].dropna(subset=["unit_id"]).astype("object").drop_duplicates("unit_id")
    offices = pd.DataFrame({"unit_id": rows["opd_id"].dropna().astype("object").unique(), "opd_id": None})
    extra = pd.concat([pairs, offices], ignore_index=True).drop_duplicates("unit_id")
    extra = extra[~extra["unit_id"].isin(known)]
    name = extra["unit_id"].str.replace(r"^(?:name|unor):", "", regex=True)
    return extra.assign(parent_id=None, name=name, kind=None)


def _offices(frame: pd.DataFrame) -> pd.Series:
    """Climb to the office: the stated one, else the ancestor below the root, else the unit itself."""
    parent = frame.set_index("unit_id")["parent_id"]
    stated = frame.set_index("unit_id")["opd_id"]
    here = frame["unit_id"].copy()
    for _ in range(_DEPTH):
        above = here.map(parent)
        top = above.map(parent).isna() | ~above.isin(parent.index)
        stop = here.map(stated).notna() | above.isna() | ~above.isin(parent.index) | top
        if stop.all():
            break
        here = here.where(stop, above)
    office = here.map(stated)
    return office.where(office.notna(), here)


def _slugs(ids: pd.Series, names: pd.Series) -> pd.Series:
    plain = names.map(slug)
    twice = plain.duplicated(keep=False) | plain.eq("")
    marks = ids.map(lambda i: hashlib.sha256(str(i).encode()).hexdigest()[:6])
    return plain.where(~twice, (plain + "-" + marks).str.strip("-"))


def slug(name: str) -> str:
    """Give a name that every file system takes.

    Examples
    --------
    >>> slug("Dinas Pekerjaan Umum & Penataan Ruang"), slug("../Kantor Camat"), slug("CON")
    ('dinas-pekerjaan-umum-penataan-ruang', 'kantor-camat', 'unit-con')
    """
    ascii_only = unicodedata.normalize("NFKD", str(name)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:60].strip("-")
    return f"unit-{plain}" if _DEVICE.fullmatch(plain) else plain
