"""`evalkit report`: make the reports of a period, and print the way in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.commands.console import day
from evalkit.errors import ReportError
from evalkit.language.catalogue import Language

if TYPE_CHECKING:
    from evalkit.tables.study import Study


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
    parser.add_argument("-h", "--help", action=_Help, nargs=0, help="penjelasan; dengan NAME: parameternya / help; with a NAME its parameters")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="laporan: monitor, evaluation, bias_analysis, feedback_360, training_plan, training_impact (tanpa nama: semua); "
                             "halaman orang: employees, evaluators / reports; without a name all; pages of people; "
                             "research, research/rotation: buku kerja penelitian / research notebooks")
    parser.add_argument("--period", required=True, help="2026-09, 2026-Q3, 2026-S2, 2026")
    parser.add_argument("--unit", action="append", metavar="U", help="satu unit saja: nama map atau kode / one unit: its folder or code")
    parser.add_argument("--language", default="", help="id, en, id,en")
    parser.add_argument("--formats", metavar="F", help="html,pdf,xlsx: berkas tiap laporan; halaman orang html saja kecuali diminta / "
                                                  "files of each report; pages of people html only unless asked for")
    parser.add_argument("--as-of", type=day, metavar="DATE", help="data sampai hari itu / data up to that day: 2026-10-12")
    parser.add_argument("--jobs", type=int, metavar="N", help="banyaknya laporan bersamaan / reports at the same time")
    parser.add_argument("--only", choices=("failed", "changed"), help="yang gagal atau berubah saja / only failed or changed ones")
    parser.add_argument("--minutes", type=float, metavar="M", help="batas waktu satu laporan; 0: tanpa batas / time limit of one report; 0: none")
    parser.add_argument("--memory-mb", type=float, metavar="MB", help="batas memori satu laporan / memory limit of one report")
    parser.add_argument("--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", dest="given",
                        help="parameter notebook, lihat NAME --help / parameter of a notebook, see NAME --help")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="map studi / folder of the study")


class _Help(argparse.Action):
    """Explains the command, or the parameters of the reports named before `--help`."""

    def __call__(self, parser: argparse.ArgumentParser, options: argparse.Namespace, values: object, option: str | None = None) -> None:
        from evalkit.report.parameters import described, models

        named = [n for n in options.names or () if n in models()]
        if not named:
            parser.print_help()
        for name in named:
            print(f"{name}: parameter / parameters")
            print("\n".join(f"  {line}" for line in described(name)))
        parser.exit()


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text[:40]!r}: tulis NAMA=NILAI / write NAME=VALUE")
    return name.strip(), value


def run(options: argparse.Namespace) -> int:
    """Make the reports; 0 good, 1 faults in the data, 2 a report failed, 3 nothing but that pages are withheld."""
    from evalkit.report.early import early_server
    from evalkit.tables.periods import parse
    from evalkit.tables.study import find_study, load_study

    study = load_study(find_study(options.study))
    draft = study.reports / parse(options.period).text / "draft"
    languages = languages_of(options.language) if options.language else (study.language,)
    with early_server(study, draft, options.names or None) as server:
        research: list[str] = []
        if options.names:  # brings what runs notebooks: not where nothing is named and perhaps nothing has changed
            from evalkit.report.research_parameters import is_research

            research = [n for n in options.names if is_research(n)]
        options.names = [n for n in options.names if n not in research]
        if research and not options.names:
            return _research(study, research, languages, options)
        from evalkit.report.formats import formats_of
        from evalkit.report.progress import shown
        from evalkit.report.run import run_reports

        formats, people = formats_of(options.formats or "html,pdf,xlsx"), formats_of(options.formats or "html")
        with shown(study.language) as progress:
            summary = run_reports(study, options.period, names=options.names or None, units=options.unit, languages=languages,
                                  formats=formats, people_formats=people, as_of=options.as_of, jobs=options.jobs, only=options.only,
                                  minutes=options.minutes, memory_mb=options.memory_mb, given=dict(options.given), progress=progress,
                                  server=server)
    for line in summary.lines(study.language, study.root):
        print(line)
    return max(summary.exit_code, _research(study, research, languages, options)) if research else summary.exit_code


def _research(study: Study, names: list[str], languages: tuple[Language, ...], options: argparse.Namespace) -> int:
    """Make research pages; 0 good, 2 if one failed."""
    from evalkit.language.catalogue import say
    from evalkit.report.formats import formats_of
    from evalkit.report.limits import Limits
    from evalkit.report.research import run_research

    minutes = study.running.minutes if options.minutes is None else options.minutes
    memory = study.running.memory_mb if options.memory_mb is None else options.memory_mb
    failed = 0
    for made in run_research(study, options.period, names, languages=languages, formats=formats_of(options.formats or "html"), as_of=options.as_of,
                             given=dict(options.given), limits=Limits(minutes, memory)):
        failed |= bool(made.reason)
        print(say("report.run.failed_line", study.language, report=made.name, reason=made.reason) if made.reason else made.target, flush=True)
    return 2 if failed else 0
