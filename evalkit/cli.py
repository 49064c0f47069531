"""The command `evalkit`: finds the verb, imports only that verb's module, and turns errors into sentences.

Nothing heavy is imported here or at the top of a command module: `evalkit --help` answers at once on an old office PC.
"""

from __future__ import annotations

import argparse
import codecs
import contextlib
import errno
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

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


class _Parser(argparse.ArgumentParser):
    """Says in two languages that the words were not understood, names the near option, and keeps 2 for a report that failed."""

    def error(self, message: str) -> NoReturn:
        import difflib

        from evalkit.stops import NOT_UNDERSTOOD

        self.print_usage(sys.stderr)
        unknown = message.partition("unrecognized arguments: ")[2].split(" ")[0].partition("=")[0]
        near = difflib.get_close_matches(unknown, list(self._option_string_actions), n=1) if unknown else []
        hint = f" Apakah maksud Anda / do you mean: {near[0]}?" if near else ""
        print(f"{self.prog}: perintah tidak dapat dibaca / the command cannot be read: {message}.{hint} ({self.prog} --help)", file=sys.stderr)
        sys.exit(NOT_UNDERSTOOD)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code.

    0 good; 1 faults in the data, or something of the study to mend; 2 a report failed or was refused; 3 withheld; 64 the command
    was not understood; 70 a fault of the program, with a log; 74 the computer refused a file; 130 stopped at the keyboard; 141 the
    reader of the output went away.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after `evalkit`; by default those of the process.

    Returns
    -------
    int
        The exit code. What the user can mend is one sentence on standard error, never a traceback; `--debug`, or EVALKIT_DEBUG=1,
        shows that of a fault of the program.

    Examples
    --------
    >>> main(["--version"])  # doctest: +ELLIPSIS
    evalkit ...
    0
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _plain_output()
    try:
        code = _dispatch(words)
        sys.stdout.flush()  # a full disk or a reader that went away is told here, not after the last word
    except SystemExit as stop:  # argparse ends this way, with its own message
        return stop.code if isinstance(stop.code, int) else _said(stop.code)
    except KeyboardInterrupt:
        print("\nDihentikan; yang sudah tersimpan tetap utuh. / Stopped; what was stored is whole.", file=sys.stderr)
        return 130
    except Exception as error:
        return _ended(error, words)
    else:
        return code


def _said(words: object) -> int:
    if words is not None:
        print(words, file=sys.stderr)
    return 0 if words is None else 1


def _ended(error: Exception, words: list[str]) -> int:
    """Tell of what nobody expected, in sentences; the traceback only for whoever asks for it."""
    from evalkit.stops import DEBUG_VARIABLE, READER_GONE, told

    if isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.EINVAL) and _output_is_gone():  # EINVAL: Windows says it so
        return READER_GONE
    if "--debug" in words or os.environ.get(DEBUG_VARIABLE, "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    code, sentences = told(error, words)
    print(f"evalkit: {sentences}", file=sys.stderr)
    return code


def _output_is_gone() -> bool:
    """Tell whether nobody takes what is printed any more; then nothing more is printed, the words of Python's own end included."""
    gone = False
    for stream in (sys.stdout, sys.stderr):
        try:
            number = stream.fileno()
        except (OSError, ValueError):  # no file of the system is behind it
            continue
        try:
            os.write(number, b"\n")  # what was refused may have left the buffer already, so only a new byte can tell
        except OSError:
            gone = True
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return gone


def _dispatch(words: list[str]) -> int:
    from evalkit.errors import EvalkitError, ReportError
    from evalkit.language.catalogue import CatalogueError

    verb = next((w for w in words if not w.startswith("-")), None)
    if verb not in VERBS or words[0] != verb:
        return _frame(words)
    gc.set_threshold(50_000, 20, 20)  # a command is soon over; each collection would go through all the libraries that it brings
    module = importlib.import_module(f"evalkit.commands.{verb}")
    parser = _Parser(prog=f"evalkit {verb}", description=VERBS[verb], conflict_handler="resolve")
    module.arguments(parser)
    parser.add_argument("--debug", action="store_true", help="kesalahan program dengan jejaknya / show the traceback of a program fault")
    try:
        return int(module.run(parser.parse_args(words[1:])))
    except CatalogueError:  # words that are missing are a fault of the program
        raise
    except EvalkitError as error:
        print(f"evalkit {verb}: {error}", file=sys.stderr)
        if isinstance(error.__cause__, OSError):
            from evalkit.stops import COMPUTER, refused_by_computer

            if refused_by_computer(error.__cause__, "id"):
                return COMPUTER
        # 1 says that data have faults; a period that is none is not one
        return 2 if isinstance(error, ReportError) or verb == "report" else 1


def _frame(words: list[str]) -> int:
    lines = "\n".join(f"  {verb:<8} {text}" for verb, text in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="evalkit", usage="evalkit PERINTAH [PILIHAN]", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Penilaian kinerja ASN: dari berkas kantor ke laporan. / Ratings of civil servants: from files to reports.",
        epilog=f"Perintah / commands:\n{lines}\n\nevalkit PERINTAH --help menjelaskan satu perintah / explains one command.\n\n"
               "Kode keluar / exit codes: 0 baik / good; 1 masalah data / faults in the data; 2 laporan gagal / a report failed; 3 ditahan / "
               "withheld;\n64 perintah tidak dikenal / not understood; 70 kesalahan program / fault of the program; 74 komputer menolak berkas / "
               "the computer refused a file; 130 dihentikan / stopped.")
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
        return 64
    parser.print_help()
    return 0


_PLAIN_SIGNS = {"✓": "v", "–": "-", "—": "-", "−": "-", "…": "...", "·": "-", "→": "->", "×": "x", "±": "+-", "≥": ">=", "≤": "<=",
                "“": '"', "”": '"', "’": "'", "‘": "'", "■": "#", "□": ".", "○": "o", "●": "*",
                "◆": "*"}


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Write a sign that the console lacks with letters that it has, so that a tick and a dash stay two things."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN_SIGNS.get(sign, "?") for sign in error.object[error.start:error.end]), error.end


def _plain_output() -> None:
    """Make the streams take every letter: an Indonesian Windows console is often cp1252."""
    codecs.register_error("evalkit.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="evalkit.plain")


if __name__ == "__main__":
    sys.exit(main())
