"""What forms are asked for: a period, a kind, and what narrows them to an office or a course."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.collect.assign_360 import MAX_TEAM, MIN_RATERS
from evalkit.collect.roster import unit_of
from evalkit.collect.workbook import FormFile, form_id
from evalkit.tables import store
from evalkit.tables.study import Study
from evalkit.tables.unit_names import Units

Result = tuple[Sequence[FormFile], tuple[str, ...]]


@dataclass(frozen=True)
class Asked:
    """What the forms are about: study, period, and what narrows them."""

    study: Study
    period: str
    unit: str | None = None
    course: str | None = None
    packet: str = "A"
    experts: int = 5

    @property
    def min_raters(self) -> int:
        """The least number of raters of a role, of study.toml."""
        return max(2, int(self.study.collect.get("min_raters_per_role", MIN_RATERS)))

    @property
    def max_team(self) -> int:
        """The most forms of a superior about her own people, of study.toml."""
        return max(1, int(self.study.collect.get("max_forms_per_superior", MAX_TEAM)))

    def identity(self, kind: str, who: str) -> str:
        """Give the id of the form of one person or office."""
        return form_id(self.study.name, kind, self.period, who)


def offices(asked: Asked) -> list[tuple[str, str]]:
    """Give id and name of the offices, or of the one that is asked for, in order of name.

    Raises
    ------
    StudyError
        If the unit is unknown or its name stands for several.
    """
    table = store.read(asked.study, "units").astype(object)
    table = table[table["valid_to"].isna()].drop_duplicates("unit_id", keep="last")
    units = Units.of(table)
    if asked.unit is not None:
        wanted = unit_of(asked.study, asked.unit)
        return [(wanted, units.names.get(wanted, wanted))]
    heads = [(u, n) for u, n in zip(table["unit_id"], table["name"], strict=True) if units.office(u) == u]
    return sorted(heads, key=lambda pair: (pair[1], pair[0]))


def slug(name: str, identity: str) -> str:
    """Give a folder name of an office: its words, and the end of its id, since names repeat.

    Examples
    --------
    >>> slug("DINAS Kesehatan", "abc123def456")
    'dinas-kesehatan-def456'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
    return f"{words}-{identity[-6:]}".strip("-")
