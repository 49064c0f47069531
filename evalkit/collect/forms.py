"""The forms of a period, by kind: who gets which workbook, and what stands in it already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evalkit.collect.asked import Asked, Result, offices, slug
from evalkit.collect.people_forms import courses, double_rating, feedback_360, indicators, key, planned, reaction, survey, vignettes
from evalkit.collect.workbook import FormFile, period_words, write_list, write_workbook
from evalkit.errors import StudyError
from evalkit.instruments.layout import Layout, load_layouts
from evalkit.language.catalogue import say
from evalkit.tables import store
from evalkit.tables.form_sheets import layout_of
from evalkit.tables.periods import parse

CORRECTIONS = ("corrections", "perbaikan")
PLAN = "plan"
LIST = "daftar-pembagian.xlsx"


@dataclass(frozen=True)
class Made:
    """What was made: the folder, how many forms there are, how many were written in this call, and what is to be said."""

    folder: Path
    forms: int
    written: int
    notes: tuple[str, ...] = ()
    names: Literal["", "now", "later"] = ""  # whether the forms hold names or numbers of people, or will once they are filled in


def kinds() -> dict[str, Layout]:
    """Give the kinds of forms: English name -> layout, in order of name.

    Examples
    --------
    >>> sorted(kinds())[:3]
    ['360', 'courses', 'double-rating']
    """
    found = {lay.form.name: lay for lay in load_layouts().values() if lay.form}
    return dict(sorted(found.items()))


def make_forms(asked: Asked, kind: str) -> Made:
    """Write the forms of one kind below `forms/<period>/<kind>`.

    Parameters
    ----------
    asked : Asked
        Study, period, unit, course.
    kind : str
        A kind by its English or Indonesian name; `corrections` writes the workbooks of `check --to-units`.

    Returns
    -------
    Made
        A second call writes only what changed.

    Raises
    ------
    StudyError
        If the kind is unknown, or what it needs is not there (people, units, the course).
    """
    layout = layout_of(kind)
    if layout is None or layout.form is None:
        known = ", ".join([*kinds(), CORRECTIONS[0], PLAN])
        raise StudyError(say("forms.unknown", asked.study.language, kind=kind[:40], known=known))
    parse(asked.period)
    folder = asked.study.root / "forms" / asked.period / layout.form.code
    found, notes = _BUILDERS[layout.name](asked)
    if not found:
        raise StudyError(say("forms.nobody", asked.study.language, kind=layout.form.code))
    written = sum(write_workbook(folder / f.place, layout, f, study=asked.study.name, period=asked.period) for f in found)
    if len(found) > 1:
        write_list(folder / LIST, found)
    personal = [c.header for c in layout.columns if c.personal and c.header in layout.form.columns]
    filled = any(row.get(header) for f in found for row in f.rows for header in personal)
    return Made(folder, len(found), written, notes, "now" if filled else "later" if personal else "")


def _unit_predikat(asked: Asked) -> Result:
    rows = [{"ID UNOR": u.upper(), "UNIT KERJA": name, "PERIODE": period_words(asked.period)} for u, name in offices(asked)]
    return ([FormFile("predikat-unit.xlsx", asked.identity("predikat-unit", asked.unit or "kota"), rows)] if rows else []), ()


def _unit_achievement(asked: Asked) -> Result:
    known = store.read(asked.study, "indicators").astype(object)
    known = known[known["object_kind"] == "unit"]
    files = []
    for unit, name in offices(asked):
        own = known[known["object_id"] == unit].sort_values("period").drop_duplicates("indicator", keep="last")
        base = {"ID UNOR": unit.upper(), "UNIT KERJA": name, "PERIODE": period_words(asked.period)}
        rows = [*planned(base, own), *[base] * max(3, 10 - len(own))]
        files.append(FormFile(f"{slug(name, unit)}.xlsx", asked.identity("capaian-unit", unit), rows, say("forms.for", "id", name=name)))
    return files, ()


def _open_list(code: str) -> Callable[[Asked], Result]:
    def build(asked: Asked) -> Result:
        if asked.unit is None:
            return [FormFile(f"{code}.xlsx", asked.identity(code, "kota"), [])], ()
        return [FormFile(f"{slug(name, unit)}.xlsx", asked.identity(code, unit), [], say("forms.for", "id", name=name))
                for unit, name in offices(asked)], ()

    return build


_BUILDERS: dict[str, Callable[[Asked], Result]] = {
    "predikat-unit": _unit_predikat, "capaian-unit": _unit_achievement, "indikator": indicators, "formulir-360": feedback_360,
    "formulir-vinyet": vignettes, "kunci-vinyet": key, "penilaian-ganda": double_rating, "pelatihan": courses,
    "survei-keadilan": survey, "evaluasi-pelatihan": reaction, "pengecualian": _open_list("pengecualian"),
    "keberatan": _open_list("keberatan")}
