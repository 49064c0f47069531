"""The people that a file names: one row for each person and identifier, before the register gives them a `person_id`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT
from evalkit.tables.data_rows import Rows
from evalkit.tables.identifiers import check_nip, file_key, hex_id, nip_column, nip_kind
from evalkit.tables.validate import Finder

PEOPLE_COLUMNS = ("key", "kind", "value", "name")


@dataclass(frozen=True)
class Named:
    """One person a row: the file key, the number (kept only where it keeps its rule), the shared id, the name."""

    key: pd.Series
    nip: pd.Series
    asn: pd.Series
    name: pd.Series
    nip_lama: pd.Series | None = None


def read_person(finder: Finder, employment: pd.Series | None = None, *, needed: bool = True) -> Named:
    """Read who a row is about, and note numbers that break their rule.

    Parameters
    ----------
    finder : Finder
        Rows with the roles `person_nip` and, where the file has them, `person_asn` and `person_name`.
    employment : pandas.Series, optional
        `pns`, `pppk`, ... of each row: which rule a number must keep. Without it the month is not checked.
    needed : bool
        Whether a row without a person is refused; not where something else in the row tells her.

    Returns
    -------
    Named
        The key is the id that SIASN and e-Kinerja share; the number where a file has no id.

    Notes
    -----
    A number cell refuses the row: the whole row went through a program that changes numbers. A number with a wrong digit
    is left out, and the row stays where the shared id tells the person.
    """
    rows = finder.rows
    nip, damaged = nip_column(rows.get("person_nip"))
    finder.add("nip.number_cell", damaged, "person_nip")
    sort = employment if employment is not None else pd.Series([None] * len(rows), dtype=TEXT)
    pppk = sort.isin(["pppk", "pppk_paruh_waktu"]).to_numpy(dtype=bool)
    broken = check_nip(nip, pppk, (sort == "pns").fillna(False).to_numpy(dtype=bool))
    for rule in broken.dropna().unique():
        finder.add(rule, (broken == rule).fillna(False).to_numpy(dtype=bool), "person_nip")
    nip = nip.where(broken.isna(), pd.NA)
    asn = hex_id(rows.get("person_asn"))
    key = file_key("asn", asn).fillna(file_key("nip", nip))
    if needed:
        finder.add("person.none", key.isna().to_numpy(dtype=bool), "person_nip")
    _one_to_one(finder, nip, asn)
    return Named(key, nip, asn, rows.text("person_name"))


def _one_to_one(finder: Finder, nip: pd.Series, asn: pd.Series) -> None:
    """One number stands for one person, in both directions; which of two is right cannot be seen here."""
    pair = pd.DataFrame({"nip": nip, "asn": asn}).dropna()
    for rule, one, other in (("nip.two_people", "nip", "asn"), ("nip.two_numbers", "asn", "nip")):
        different = pair.drop_duplicates().groupby(one, sort=False)[other].size()
        twice = different.index[different > 1]
        if len(twice):
            column = nip if one == "nip" else asn
            finder.add(rule, column.isin(twice).to_numpy(dtype=bool), "person_nip")


def people_frame(*groups: Named, keep: np.ndarray | None = None) -> pd.DataFrame:
    """Put the people of a file together: columns `key`, `kind`, `value`, `name`, each row once.

    Parameters
    ----------
    *groups : Named
        Such as those rated and their superiors.
    keep : numpy.ndarray, optional
        Rows that were not refused.
    """
    parts = []
    for group in groups:
        kinds: list[tuple[pd.Series | str, pd.Series]] = [("asn", group.asn), (nip_kind(group.nip), group.nip)]
        if group.nip_lama is not None:
            kinds.append(("nip_lama", group.nip_lama))
        for kind, value in kinds:
            part = pa.table({"key": pa.array(group.key), "kind": pa.array(kind) if isinstance(kind, pd.Series)
                             else pa.repeat(pa.scalar(kind), len(value)), "value": pa.array(value), "name": pa.array(group.name)})
            wanted = pc.and_(pc.is_valid(part["key"]), pc.is_valid(part["value"]))
            parts.append(part.filter(wanted if keep is None else pc.and_(wanted, pa.array(keep))))
    table = pa.concat_tables(parts)
    # of several spellings of one name the last one stands, so that a person is one row an identifier
    once = table.group_by(["key", "kind", "value"], use_threads=False).aggregate([("name", "last")])
    once = once.rename_columns(["key", "kind", "value", "name"])
    frame: pd.DataFrame = once.to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def empty_people() -> pd.DataFrame:
    """Give the frame of people of a file that names none."""
    return pd.DataFrame({name: pd.Series([], dtype=TEXT) for name in PEOPLE_COLUMNS})


def others(rows: Rows, asn_role: str, nip_role: str, name_role: str) -> Named:
    """Read other people of a row, such as superiors: a bad number is left out without a fault of its own."""
    nip, _ = nip_column(rows.get(nip_role))
    none = np.zeros(len(rows), dtype=bool)
    nip = nip.where(check_nip(nip, none, none).isna(), pd.NA)
    asn = hex_id(rows.get(asn_role))
    return Named(file_key("asn", asn).fillna(file_key("nip", nip)), nip, asn, rows.text(name_role))
