"""`evalkit verify`: check that a release is what was released, and that its tables come out the same here."""

from __future__ import annotations

import argparse
from pathlib import Path

from evalkit.commands.console import study_arguments, study_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("release", metavar="R", help="rilis / release: r1")
    parser.add_argument("--period", help="periode; biasanya yang terakhir dengan rilis / by default the latest with a release")
    parser.add_argument("--pages", type=Path, metavar="FOLDER", help="map halaman rilis itu, bila bukan di folder laporan studi / "
                                                                     "where its pages stand, if not in the study's reports")
    parser.add_argument("--seal", default="", metavar="SIDIK", help="sidik yang dicatat ketika rilis dibuat / digest noted at the release")
    parser.add_argument("--files-only", action="store_true", help="berkas dan halaman saja, tabel tidak dihitung ulang / files and pages only, "
                                                                  "tables are not computed again")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Check it; 0 all equal, 1 raw files or tables differ, 2 a page or file is not the one that was released."""
    from evalkit.commands.console import clean
    from evalkit.report.releases import period_of
    from evalkit.report.verify import verify

    study = study_of(options)
    found = verify(study, period_of(study, options.period), options.release, pages=options.pages, seal=options.seal,
                   recomputed=not options.files_only)
    for line in found.lines(study.language):
        print(clean(line))
    return found.exit_code
