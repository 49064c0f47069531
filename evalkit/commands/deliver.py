"""`evalkit deliver`: put pages of a release into folders to be handed out, one a unit or person, and log what left."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.commands.console import study_arguments, study_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("release", metavar="R", help="rilis / release: r1")
    parser.add_argument("--to", required=True, choices=("units", "evaluators", "employees"), help="untuk siapa / for whom")
    parser.add_argument("--unit", action="append", default=[], metavar="U", help="satu unit saja: nama map atau kode / one unit: its folder "
                                                                                 "or code")
    parser.add_argument("--period", help="periode; biasanya yang terakhir dengan rilis / by default the latest with a release")
    parser.add_argument("--folder", type=Path, metavar="FOLDER", help="tempat map-map itu; biasanya kirim/<studi> di sebelah studi / where the "
                                                                      "folders stand; by default kirim/<study> beside the study")
    parser.add_argument("--by", default="", metavar="TEXT", help="siapa yang menyerahkan, misalnya jabatan; dicatat / who hands out, such as "
                                                                 "a post; kept in the log")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Hand out the pages; 0 if they are there. A refusal is an error that the command line tells."""
    from evalkit.commands.console import clean
    from evalkit.report.deliver import deliver
    from evalkit.report.releases import period_of
    from evalkit.tables.study import find_study, load_study

    study = study_of(options)
    period = period_of(study, options.period)
    own = load_study(find_study(study.root))  # files are named by the language of the study, not by that of this screen
    done = deliver(own, period, options.release, options.to, units=options.unit, folder=options.folder, by=options.by)
    for line in done.lines(study.language):
        print(clean(line))
    return 0
