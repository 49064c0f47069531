"""`evalkit release`: freeze the reports of a period with the tables they are made of, and print the way in."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.commands.console import day


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--period", required=True, help="2026-09, 2026-Q3, 2026-S2, 2026")
    parser.add_argument("--note", default="", metavar="TEXT", help="catatan kantor tentang rilis ini / words of the office about this release")
    parser.add_argument("--as-of", type=day, metavar="DATE", help="data sampai hari itu, seperti drafnya / data up to that day, as the draft")
    parser.add_argument("--jobs", type=int, metavar="N", help="banyaknya laporan bersamaan / reports at the same time")
    parser.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help="map studi / folder of the study")


def run(options: argparse.Namespace) -> int:
    """Make the release; 0 if it was made. A refusal is an error that the command line tells."""
    from evalkit.report.progress import shown
    from evalkit.report.release import make_release
    from evalkit.tables.study import find_study, load_study

    study = load_study(find_study(options.study))
    with shown(study.language) as progress:
        made = make_release(study, options.period, note=options.note, as_of=options.as_of, jobs=options.jobs, progress=progress)
    for line in made.lines(study.language):
        print(line)
    return 0
