"""`evalkit add`: take files into the study, and tell what was read, refused, and what is wrong in them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit.commands.console import clean, columns, expanded, form_words, said_in_general, study_arguments, study_of

if TYPE_CHECKING:
    from evalkit.tables.results import AddResult, FileResult
    from evalkit.tables.study import Study

_MARKS = {"added": "✓", "known": "–", "refused": "!"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="ekspor e-Kinerja, SIASN, presensi, lembar perbaikan, ... / files")
    parser.add_argument("--period", help="2026-09, 2026-Q3, 2026-S2, 2026; diperiksa dengan judul berkas / checked against the title")
    parser.add_argument("--scope", metavar="full|UNIT", help="berkas memuat semua (full) atau satu unit / everybody or one unit")
    parser.add_argument("--kind", help="jenis berkas bila tidak dikenali dari kolomnya / kind, where columns do not tell it")
    parser.add_argument("--report", action="store_true", help="lalu buat ulang laporan yang berubah / then remake changed reports")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Take the files in; 0 good, 1 where a file was refused or has errors, 2 where a report failed."""
    from evalkit.errors import ImportFileError
    from evalkit.language.catalogue import say
    from evalkit.tables.imports import add

    study = study_of(options)
    paths = expanded(options.files)
    if not paths:
        raise ImportFileError(say("add.no_files", study.language, pattern=" ".join(options.files)[:80]))
    result = add(study, paths, period=options.period, scope=options.scope, kind=options.kind)
    for line in told(study, result):
        print(line)
    code = 1 if result.refused or _errors(study, result) else 0
    return max(code, _reports(study, result)) if options.report else code


def told(study: Study, result: AddResult) -> Iterator[str]:
    """Give the lines that tell what became of the files, and what to do next."""
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number

    for file in result.files:
        yield from _file_lines(study, file)
    language = study.language
    if result.faults:
        yield ""
        yield say("add.faults", language, n=number(sum(result.faults.values()), 0, language))
        ordered = sorted(result.faults.items(), key=lambda item: (-item[1], item[0]))
        yield from columns([[number(n, 0, language), said_in_general(f"fault.{rule}.text", language), rule] for rule, n in ordered],
                           right=[0])
    yield ""
    if result.refused and len(result.refused) < len(result.files):
        yield say("add.some_refused", language, n=len(result.refused))
    yield _next_step(study, result)


def _file_lines(study: Study, file: FileResult) -> Iterator[str]:
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number

    language = study.language
    nothing = file.status == "added" and file.rows_refused and not file.rows_read  # a file of which no row came in is none that was taken
    head = f"{_MARKS['refused' if nothing else file.status]} {clean(file.file)}"
    if file.status != "added":
        yield f"{head}: {clean(file.message)}"
        return
    what = _what(file, language)
    yield f"{head}: {what}{f', {file.period}' if file.period else ''}, {_scope(study, file.scope)}"
    counts = {k: number(getattr(file, k), 0, language) for k in ("rows_read", "rows_refused", "new", "changed", "unchanged", "withdrawn")}
    yield "  " + say("add.rows", language, **counts)
    if file.kind == "appraisals":
        yield "  " + say("add.versions", language, **counts)
    for note in file.notes:
        yield f"  {clean(note)}"


def _what(file: FileResult, language: str) -> str:
    """Say the kind of a file; of several kinds of forms that become one table, which of them it is."""
    form = form_words(file.layout, language) if file.kind in ("ratings", "survey_responses", "indicators") else ""
    return form or said_in_general(f"kind.{file.kind}", language) or file.kind


def _scope(study: Study, scope: str) -> str:
    from evalkit.language.catalogue import say
    from evalkit.tables.store import read

    if scope.startswith("form:"):
        return say("scope.form", study.language, id=scope.partition(":")[2])
    if scope in ("full", "partial"):
        return say(f"scope.{scope}", study.language)
    units = read(study, "units")
    names = units.loc[units["unit_id"] == scope, "name"]
    return clean(names.iloc[-1]) if len(names) else scope


def _next_step(study: Study, result: AddResult) -> str:
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed

    period = next((f.period for f in reversed(result.files) if f.period), None)
    option = f" --period {period}" if period else ""
    if len(result.refused) == len(result.files):
        return say("add.next_mend", study.language)
    if result.faults:
        some = any(f.rows_read for f in result.files if f.status == "added")
        return say("add.next_check" if some else "add.next_none", study.language, command=typed(f"check{option}", study.root))
    return say("add.next", study.language, command=typed(f"status{option}", study.root))


def _errors(study: Study, result: AddResult) -> bool:
    """Tell whether a file of this call has a fault that is an error, and not merely something to look at."""
    from evalkit.tables.store import read

    mine = [f.import_id for f in result.files if f.status == "added" and f.faults]
    if not mine:
        return False
    faults = read(study, "faults")
    return bool((faults["import_id"].isin(mine) & (faults["severity"] == "error")).any())


def _reports(study: Study, result: AddResult) -> int:
    """Make the reports of the periods that the files are about, and those that were made before, where they change."""
    from evalkit.errors import EvalkitError
    from evalkit.report.progress import shown
    from evalkit.report.run import run_reports
    from evalkit.tables.periods import parse

    periods = {f.period for f in result.files if f.status == "added" and f.period}
    for folder in study.reports.glob("*/draft"):
        try:
            periods.add(parse(folder.parent.name).text)
        except EvalkitError:
            continue
    worst = 0
    for period in sorted(periods):
        print()
        with shown(study.language) as progress:
            summary = run_reports(study, period, languages=(study.language,), formats=("html", "pdf", "xlsx"), progress=progress)
        for line in summary.lines(study.language, study.root):
            print(line)
        worst = max(worst, summary.exit_code)
    return worst
