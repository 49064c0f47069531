"""The command `evalkit`: finds the verb, imports only that verb's module, and turns errors into sentences.

Nothing heavy is imported here or at the top of a command module: `evalkit --help` answers at once on an old office PC.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

VERBS: dict[str, str] = {
    "init": "membuat studi baru / make a study",
    "add": "membaca berkas ke dalam studi / take files into the study",
    "check": "daftar masalah data / list of faults in the data",
    "form": "formulir yang diisi orang: vinyet, 360, predikat unit, survei / forms that people fill in",
    "status": "apa yang ada, kurang, dan berikutnya / what is here, missing, and next",
    "report": "membuat laporan / make reports",
    "release": "membekukan laporan satu periode / freeze the reports of a period",
    "diff": "angka yang berbeda antara dua rilis / figures that differ between two releases",
    "verify": "memeriksa rilis: dihitung ulang dan dibandingkan / check a release: computed again and compared",
    "deliver": "menyerahkan halaman rilis ke folder per unit atau orang / put pages of a release into folders to hand out",
    "plan": "merencanakan pelatihan: kebutuhan, undian, daya, rencana beku / plan a training: needs, lottery, power, frozen plan",
    "lab": "JupyterLab pada studi ini / JupyterLab on this study",
    "explain": "penjelasan satu hasil penilaian / explain one appraisal",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 good, 1 faults or an error to mend, 2 a report failed.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after `evalkit`; by default those of the process.

    Returns
    -------
    int
        The exit code. An error that the user can mend is one sentence on standard error, never a traceback.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    evalkit ...
    0
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _plain_output()
    try:
        return _dispatch(words)
    except SystemExit as stop:  # argparse ends this way, with its own message
        return stop.code if isinstance(stop.code, int) else 1
    except KeyboardInterrupt:
        print("\nDihentikan; yang sudah tersimpan tetap utuh. / Stopped; what was stored is whole.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0


def _dispatch(words: list[str]) -> int:
    from evalkit.errors import EvalkitError, ReportError

    verb = next((w for w in words if not w.startswith("-")), None)
    if verb not in VERBS or words[0] != verb:
        return _frame(words)
    module = importlib.import_module(f"evalkit.commands.{verb}")
    parser = argparse.ArgumentParser(prog=f"evalkit {verb}", description=VERBS[verb], conflict_handler="resolve")
    module.arguments(parser)
    try:
        return int(module.run(parser.parse_args(words[1:])))
    except ReportError as error:
        print(f"evalkit {verb}: {error}", file=sys.stderr)
        return 2
    except EvalkitError as error:
        print(f"evalkit {verb}: {error}", file=sys.stderr)
        return 1


def _frame(words: list[str]) -> int:
    lines = "\n".join(f"  {verb:<8} {text}" for verb, text in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="evalkit", usage="evalkit PERINTAH [PILIHAN]", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Penilaian kinerja ASN: dari berkas kantor ke laporan. / Ratings of civil servants: from files to reports.",
        epilog=f"Perintah / commands:\n{lines}\n\nevalkit PERINTAH --help menjelaskan satu perintah / explains one command.")
    parser.add_argument("--version", action="store_true", help="nomor versi / version number")
    parser.add_argument("verb", nargs="?", metavar="PERINTAH", help=argparse.SUPPRESS)
    given, _ = parser.parse_known_args(words)
    if given.version:
        from evalkit import __version__

        print(f"evalkit {__version__}")
        return 0
    if given.verb is not None:
        import difflib

        from evalkit.language.invocation import called_as

        near = difflib.get_close_matches(given.verb, VERBS, n=1)
        hint = f" Apakah maksud Anda / do you mean: {called_as()} {near[0]}?" if near else ""
        print(f"evalkit: perintah tidak dikenal / unknown command: {given.verb[:40]!r}.{hint}", file=sys.stderr)
        return 1
    parser.print_help()
    return 0


def _plain_output() -> None:
    """Make the streams take every letter: an Indonesian Windows console is often cp1252."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
