"""Units by id or by name: the keys of a file become the unit ids of the study.

Two units can have one name, and an office writes one name in several ways. A name that fits several units is a fault,
never a guess.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from evalkit.tables.parsed import Fault

COLUMNS = ("unit_id", "opd_id", "parent_id")
OWN_ID = "u[0-9a-f]{12}"  # of a unit that no tree lists
_NOT_LETTERS = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class Units:
    """The units of a study: name and office (OPD) of each id; ids of each folded name."""

    names: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Units:
        """Take the units of a frame of the contract `units`; of each id, the last row counts."""
        last = frame.drop_duplicates("unit_id", keep="last")
        names = {str(u): str(n) for u, n in zip(last["unit_id"], last["name"], strict=True)}
        offices = {str(u): str(o) for u, o in zip(last["unit_id"], last["opd_id"], strict=True) if isinstance(o, str)}
        by_name: dict[str, tuple[str, ...]] = {}
        for unit, name in names.items():
            by_name[folded(name)] = (*by_name.get(folded(name), ()), unit)
        return cls(names, offices, by_name)

    def office(self, unit: str | None) -> str | None:
        """Give the office (OPD) of a unit."""
        return None if unit is None else self.offices.get(unit)

    def find(self, key: str, *, office: bool = False) -> tuple[str, ...]:
        """Give the unit ids that a key (`unor:<id>`, `name:<name>`, or either bare) may mean.

        Parameters
        ----------
        key : str
            The key.
        office : bool
            Whether an office (OPD) is meant: of several units with the name, only those that are their own office count.

        Examples
        --------
        >>> units = Units.of(pd.DataFrame({"unit_id": ["a", "b"], "opd_id": ["a", "a"], "name": ["Dinas Contoh", "Sekretariat"]}))
        >>> units.find("name:DINAS  CONTOH."), units.find("unor:b"), units.find("name:Bidang")
        (('a',), ('b',), ())
        """
        kind, _, value = key.partition(":")
        if kind == "unor":
            return (value,)
        text = value if kind == "name" else key
        if text in self.names:
            return (text,)
        found = self.by_name.get(folded(text), ())
        heads = tuple(u for u in found if self.offices.get(u, u) == u)
        return heads if office and len(found) > 1 and heads else found


def folded(name: str) -> str:
    """Give a name as it is compared: letters and digits, lower case.

    Examples
    --------
    >>> folded("Dinas Kesehatan,  Kota Kupang") == folded("DINAS KESEHATAN KOTA KUPANG")
    True
    """
    return _NOT_LETTERS.sub(" ", name.lower()).strip()


def own_id(name: str) -> str:
    """Give a unit that no tree lists an id of its own: the same for every way to write its name."""
    return "u" + hashlib.sha256(folded(name).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Resolved:
    """Frames with unit ids in the place of keys, new units, the faults that were met, and the units as now known."""

    frames: dict[str, pd.DataFrame]
    faults: tuple[Fault, ...]
    refused: int = 0
    units: Units = field(default_factory=Units)


def resolve_units(frames: Mapping[str, pd.DataFrame], units: Units, required: Mapping[str, frozenset[str]], on: date) -> Resolved:
    """Put unit ids in the place of the unit keys of a file.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Tables as a reader gives them; columns `unit_id`, `opd_id`, `parent_id` hold keys.
    units : Units
        The units that the study knows, with those that this file brings.
    required : mapping of str to frozenset of str
        Table -> its columns that may not be missing: a row whose unit cannot be told is refused there.
    on : date
        Since when a unit holds that only a name is known of.

    Returns
    -------
    Resolved
        A name that fits no unit gets a unit of its own while the study has no tree, else it is a fault.
    """
    out: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    fresh: dict[str, str] = {}
    refused = 0
    for table, frame in frames.items():
        result, met, lost = _resolve_table(table, frame, units, required.get(table, frozenset()), fresh)
        out[table] = result
        faults += met
        refused += lost
    if fresh:
        rows = pd.DataFrame({"unit_id": list(fresh), "name": list(fresh.values()), "valid_from": on, "opd_id": list(fresh)})
        out["units"] = pd.concat([out["units"], rows], ignore_index=True) if "units" in out else rows
    return Resolved(out, tuple(faults), refused, units)


def _resolve_table(table: str, frame: pd.DataFrame, units: Units, required: frozenset[str],
                   fresh: dict[str, str]) -> tuple[pd.DataFrame, list[Fault], int]:
    result, faults, refused = frame.copy(), [], 0
    for column in [c for c in COLUMNS if c in frame.columns]:
        said = {str(k): _one(str(k), units, column, fresh) for k in result[column].dropna().unique()}
        wrong = {k: w for k, w in said.items() if w.startswith("!")}
        unclear = result[column].isin(list(wrong))
        keys = result[column]
        result[column] = keys.map(lambda v, said=said: None if not isinstance(v, str) or said[v].startswith("!") else said[v])
        result[column] = result[column].astype(object)
        if column == "opd_id":
            result = _with_office(result, units)
            unclear &= result[column].isna()
        if column != "parent_id":
            faults += _faults(result[unclear], keys[unclear], table, wrong, each=column in required)
        if column in required:
            refused += int(unclear.sum())
            result = result[~unclear]
    return result, faults, refused


def _one(key: str, units: Units, column: str, fresh: dict[str, str]) -> str:
    """Give the id of a key, or `!rule` when it cannot be told."""
    found = units.find(key, office=column == "opd_id")
    if len(found) == 1:
        return found[0]
    if found:
        return "!unit.name_ambiguous"
    if units.names:
        return "!unit.name_unknown"
    name = key.partition(":")[2] or key
    fresh.setdefault(own_id(name), name)
    return own_id(name)


def _faults(rows: pd.DataFrame, keys: pd.Series, table: str, wrong: Mapping[str, str], *, each: bool) -> list[Fault]:
    """Tell each refused row; where rows stay, tell each unclear name once."""
    if not each:
        keys = keys.drop_duplicates()
    found = []
    for row, key in zip(rows.loc[keys.index].to_dict("records"), keys, strict=True):
        found.append(Fault(rule=wrong[key].removeprefix("!"), severity="error" if each else "warning", row=_int(row.get("row")),
                           column=str(keys.name), value=key.partition(":")[2] or key, record_key=f"{table}:{key}",
                           unit=str(row["opd_id"]) if isinstance(row.get("opd_id"), str) else ""))
    return found


def _int(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and value == value else None


def _with_office(frame: pd.DataFrame, units: Units) -> pd.DataFrame:
    """Fill in the office of a unit where the file does not say it."""
    if "unit_id" not in frame.columns or "opd_id" not in frame.columns or not units.offices:
        return frame
    known = frame["unit_id"].map(lambda u: units.offices.get(u) if isinstance(u, str) else None).astype(object)
    return frame.assign(opd_id=frame["opd_id"].astype(object).where(frame["opd_id"].notna(), known))



def office_of(tree: pd.DataFrame, known: Mapping[str, object]) -> pd.Series:
    """Give the office (OPD) of every unit of a tree: the unit just below its root.

    Parameters
    ----------
    tree : DataFrame
        Columns `unit_id`, `parent_id`; parents may follow their children, and may be missing.
    known : mapping
        Offices that the study knows already, for units whose parent is not in this tree.

    Returns
    -------
    Series
        Office of each row. A tree with one root (the city) has its offices below it; where there are several roots, each
        is an office. A circle in the tree makes the unit its own office.

    Examples
    --------
    >>> tree = pd.DataFrame({"unit_id": ["kota", "dinas", "bidang"], "parent_id": [None, "kota", "dinas"]})
    >>> office_of(tree, {}).tolist()
    ['kota', 'dinas', 'dinas']
    """
    parents = {u: p for u, p in zip(tree["unit_id"], tree["parent_id"], strict=True) if isinstance(p, str) and p and p != u}
    units = set(tree["unit_id"])
    roots = {u for u in units if parents.get(u) not in units}
    top = roots if len(roots) == 1 and len(units) > 1 else set()
    return pd.Series([_climb(str(u), parents, units, top, known) for u in tree["unit_id"]], index=tree.index, dtype=object)


def _climb(unit: str, parents: Mapping[str, str], units: set[str], top: set[str], known: Mapping[str, object]) -> str:
    seen, here = {unit}, unit
    while here not in top and (above := parents.get(here)) is not None and above not in top:
        if above not in units:
            return str(known.get(above) or here)
        if above in seen:
            return unit
        seen.add(above)
        here = above
    return here
