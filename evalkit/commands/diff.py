"""`evalkit diff`: which printed figures differ between two releases, and what changed them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from evalkit.commands.console import study_arguments, study_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("before", metavar="R1", help="rilis / release: r1")
    parser.add_argument("after", metavar="R2", help="rilis lain, atau draf: data sekarang / another one, or draf: the data of today")
    parser.add_argument("--period", help="periode; biasanya yang terakhir dengan rilis / by default the latest with a release")
    parser.add_argument("--all", action="store_true", help="tampilkan setiap angka / show every figure")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print the difference and write its page; 0 always: a difference is no fault."""
    from evalkit.commands.console import clean
    from evalkit.language.catalogue import say
    from evalkit.report.diff_text import lines
    from evalkit.report.erratum_page import write_errata
    from evalkit.report.releases import between, period_of
    from evalkit.tables.study import find_study, load_study

    study = study_of(options)
    period = period_of(study, options.period)
    found = between(study, period, options.before, options.after)
    for line in lines(found, study.language, everything=options.all):
        print(clean(line))
    own = load_study(find_study(study.root))  # pages are named by the language of the study, not by that of this screen
    folder = study.reports / period / "diff" / f"{found.before}-{found.after}"
    written = write_errata(own, found, folder, made_at=datetime.now(UTC), languages=(study.language,))
    print(say("release.diff.page", study.language, page=str(written[0])))
    return 0
