"""`evalkit report`: make the reports of a period, and print the way in."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language


def languages_of(text: str) -> tuple[Language, ...]:
    """Read the languages wanted: `id`, `en`, or both with a comma.

    Raises
    ------
    ReportError
        If a language is unknown.

    Examples
    --------
    >>> languages_of("id,en")
    ('id', 'en')
    """
    found: list[Language] = []
    for word in (w.strip() for w in text.split(",")):
        if word not in ("id", "en"):
            raise ReportError(f"--language {word[:20]!r}: tersedia id dan en / there are id and en.")
        if word not in found:
            found.append("en" if word == "en" else "id")
    return tuple(found)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="laporan: monitor, evaluation, bias_analysis (tanpa nama: semua) / "
                                                                 "reports; without a name all")
    parser.add_argument("--period", required=True, help="2026-09, 2026-Q3, 2026-S2, 2026")
    parser.add_argument("--unit", action="append", metavar="U", help="satu unit saja: nama map atau kode / one unit: its folder or code")
    parser.add_argument("--language", default="", help="id, en, id,en")
    parser.add_argument("--as-of", type=_day, metavar="DATE", help="data sampai hari itu / data up to that day: 2026-10-12")
    parser.add_argument("--jobs", type=int, metavar="N", help="banyaknya laporan bersamaan / reports at the same time")
    parser.add_argument("--only", choices=("failed", "changed"), help="yang gagal atau berubah saja / only failed or changed ones")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="map studi / folder of the study")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: tulis seperti 2026-10-12 / write it as 2026-10-12") from None


def run(options: argparse.Namespace) -> int:
    """Make the reports; 0 good, 1 faults in the data, 2 a report failed."""
    from evalkit.report.progress import shown
    from evalkit.report.run import run_reports
    from evalkit.tables.study import find_study, load_study

    study = load_study(find_study(options.study))
    languages = languages_of(options.language) if options.language else (study.language,)
    with shown(study.language) as progress:
        summary = run_reports(study, options.period, names=options.names or None, units=options.unit, languages=languages,
                              as_of=options.as_of, jobs=options.jobs, only=options.only, progress=progress)
    for line in summary.lines(study.language):
        print(line)
    return summary.exit_code
