"""One door for files: what a file is, is found out, its layout's reader reads it, and its faults are told together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

from evalkit.tables.attendance import read_attendance
from evalkit.tables.cells import dates
from evalkit.tables.context import Context
from evalkit.tables.data_rows import Rows, collect
from evalkit.tables.discipline import read_discipline
from evalkit.tables.ekinerja import read_appraisals, read_plans
from evalkit.tables.exclusion_list import read_exclusions
from evalkit.tables.form_sheets import checked, form_matches, is_beside, unanswered, with_form
from evalkit.tables.formulas import without_result
from evalkit.tables.grid import Sheet, read_grid
from evalkit.tables.indicators import read_indicators, read_unit_indicators
from evalkit.tables.objections import read_objections
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.ratings_file import read_form, read_mapped
from evalkit.tables.recognise import Match, recognise
from evalkit.tables.siasn import read_employees
from evalkit.tables.study import Mapping, Study
from evalkit.tables.surveys import read_survey
from evalkit.tables.training import read_training
from evalkit.tables.unit_files import read_unit_predikat, read_units
from evalkit.tables.unit_names import Units
from evalkit.tables.vignette_forms import read_key, read_second, read_vignettes

READERS: dict[str, Callable[[Rows, Context], Parsed]] = {
    "ekinerja-penilaian": read_appraisals, "ekinerja-skp": read_plans, "siasn-pegawai": read_employees, "unor": read_units,
    "presensi": read_attendance, "pelatihan": read_training, "predikat-unit": read_unit_predikat, "formulir-360": read_form,
    "keberatan": read_objections, "hukuman-disiplin": read_discipline, "indikator": read_indicators,
    "capaian-unit": read_unit_indicators, "formulir-vinyet": read_vignettes, "kunci-vinyet": read_key, "penilaian-ganda": read_second,
    "pengecualian": read_exclusions, "survei-keadilan": read_survey, "evaluasi-pelatihan": read_survey,
}
_FEW_ROWS = 2  # a sheet with less is a cover or a note


def read_file(path: Path, *, study: Study | None, kind: str | None = None, period: str | None = None) -> Parsed:
    r"""Read a file of an office: recognise it, read it, check it.

    Parameters
    ----------
    path : Path
        The file.
    study : Study or None
        Gives the language of messages, the mappings of rating files, the populations, and the units that are known.
    kind : str, optional
        A kind or layout that the caller states: only it is considered.
    period : str, optional
        Used where the file says none; whether it agrees with what the file says, the caller checks.

    Returns
    -------
    Parsed
        Tables with file keys; `period` is missing where neither file nor caller says it. Every row of the file was read
        or refused, and each refused row has a fault.

    Raises
    ------
    ImportFileError
        If the file cannot be opened, is not recognised, or contradicts itself: the whole description.

    Notes
    -----
    A file whose name fits the `files` pattern of a mapping is read by that mapping.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "unor.csv"
    ...     _ = path.write_text("ID;NAMA_UNOR;ID_ATASAN\nA1B2C3;DINAS A;\n;TANPA ID;\n", encoding="utf-8")
    ...     parsed = read_file(path, study=None)
    >>> parsed.layout, parsed.rows_in_file, parsed.rows_read, [(fault.rule, fault.row) for fault in parsed.faults]
    ('unor', 2, 1, [('unit.no_id', 3)])
    """
    context = Context(study, period, _known_units(study))
    sheets = read_grid(path, context.language)
    mapping = _mapping(path, study, kind)
    if mapping is not None:
        return read_mapped(sheets, mapping, path.name, context)
    matches = form_matches(sheets, path.name, context.language) or recognise(sheets, path.name, context.language, kind=kind)
    rows, told, refused, ids = checked(collect(matches), matches, context)
    parsed = with_form(READERS[matches[0].layout.name](rows, context), told, refused, ids)
    return replace(parsed, faults=(*parsed.faults, *without_result(path, matches), *_unread(sheets, matches)),
                   valid_on=parsed.valid_on or _day_of_name(path), unanswered=unanswered(rows))


def _mapping(path: Path, study: Study | None, kind: str | None) -> Mapping | None:
    """The mapping for a file: the one that is named, else the first whose pattern fits the name of the file."""
    for mapping in study.mappings if study else ():
        fits = fnmatch(path.name.casefold(), Path(mapping.files).name.casefold())
        if kind == mapping.name or (fits and kind in (None, mapping.kind, "ratings", "rating-file")):
            return mapping
    return None


def _known_units(study: Study | None) -> Units:
    if study is None:
        return Units()
    from evalkit.tables.store import read

    return Units.of(read(study, "units"))


def _unread(sheets: Sequence[Sheet], matches: Sequence[Match]) -> tuple[Fault, ...]:
    """Sheets that hold a table and were not read: said, so that nobody believes them taken."""
    taken = {m.sheet.name for m in matches} | {s.name for s in sheets if matches[0].layout.form and is_beside(s.name)}
    return tuple(Fault("sheet.not_read", "warning", sheet.name, values={"rows": str(sheet.height)}) for sheet in sheets
                 if sheet.name not in taken and sheet.height >= _FEW_ROWS and len(sheet.columns) > 1)


def _day_of_name(path: Path) -> date | None:
    """The day in the name of a file, such as siasn-pns-2026-10-01.xlsx; an employee export says it nowhere else."""
    match = re.search(r"(?<!\d)(20\d\d-\d\d-\d\d|\d\d-\d\d-20\d\d)(?!\d)", path.name)
    stamp = dates([match[1]])[0].iloc[0] if match else None
    return None if stamp is None or stamp != stamp else stamp.date()
