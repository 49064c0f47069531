"""`evalkit init`: a study in a folder, its vault beside it, and study.toml by six questions."""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_CYCLES = ("month", "quarter", "semester", "year")


@dataclass(frozen=True)
class Answers:
    """The six answers: what study.toml is made of."""

    title: str
    name: str
    language: str = "id"
    cycle: str = "quarter"
    teachers: bool = True
    due_days: int = 14


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder studi yang dibuat / folder of the study to make")
    parser.add_argument("--demo", action="store_true", help="isi dengan kota contoh / fill it with the demo city")
    parser.add_argument("--employees", type=_people, metavar="N", help="besarnya kota contoh / size of the demo city, 300 to 6500")
    parser.add_argument("--yes", action="store_true", help="tanpa pertanyaan, pakai nilai bawaan / ask nothing, take the defaults")
    parser.add_argument("--language", choices=("id", "en"), default="id", help="bahasa studi / language of the study")


def run(options: argparse.Namespace) -> int:
    """Make a study; with --demo also its data. A study that is there already is refused, unless it is the demo."""
    from evalkit.errors import StudyError
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed

    root = options.folder.expanduser().resolve()
    there = (root / "study.toml").is_file()
    if there and not options.demo:
        raise StudyError(say("init.there", options.language, folder=root.name))
    if not there:
        asked = sys.stdin.isatty() and not options.yes and not options.demo
        answers = questions(root.name, options.language, input) if asked else defaults(root.name, options.language, demo=options.demo)
        _make(root, answers)
    if options.demo:
        return _demo(root, options.employees)
    print(say("init.made", options.language, folder=str(root)))
    print(say("status.next", options.language, command=typed("add FILE... --period 2026-Q3", root)))
    return 0


def defaults(folder: str, language: str = "id", *, demo: bool = False) -> Answers:
    """Give the answers that stand when nobody is there to ask.

    Examples
    --------
    >>> defaults("Kota Contoh").name
    'kota-contoh'
    """
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "studi"
    return Answers(folder.replace("-", " ").title() + (" (data contoh)" if demo else ""), name, language)


def questions(folder: str, language: str, ask: Callable[[str], str]) -> Answers:
    """Ask the six questions; an empty line takes the default, an answer that cannot be meant is asked again.

    Parameters
    ----------
    folder : str
        Name of the folder, for the defaults.
    language : {"id", "en"}
        Language of the first question; the answer to it decides the rest.
    ask : callable
        Gives the line that was typed, such as `input`.
    """
    from evalkit.language.catalogue import Language, say

    base = defaults(folder, language)
    chosen: Language = "en" if language == "en" else "id"

    def one(key: str, default: str, fits: Callable[[str], bool]) -> str:
        while True:
            text = ask(f"{say(f'init.ask_{key}', chosen, default=default)} ").strip() or default
            if fits(text):
                return text
            print(say("init.again", chosen))

    chosen = "en" if one("language", base.language, lambda t: t in ("id", "en")) == "en" else "id"
    title = one("title", base.title, lambda t: 0 < len(t) <= 120)
    name = one("name", defaults(title).name, lambda t: re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", t) is not None)
    cycle = one("cycle", base.cycle, lambda t: t in _CYCLES)
    teachers = one("teachers", "y", lambda t: t.lower() in ("y", "t", "n"))
    due = one("due", str(base.due_days), lambda t: t.isascii() and t.isdigit() and int(t) <= 366)
    return Answers(title, name, chosen, cycle, teachers.lower() == "y", int(due))


def study_text(answers: Answers) -> str:
    """Write study.toml for the answers.

    Examples
    --------
    >>> import tomllib
    >>> tomllib.loads(study_text(Answers("Kota 'Contoh'", "contoh")))["study"]["title"]
    "Kota 'Contoh'"
    """
    teachers = '\nexcept = "guru"' if answers.teachers else ""
    parts = [
        "# Studi evalkit. Setiap kunci yang salah tulis ditolak. / A study of evalkit. A misspelt key is refused.",
        f'[study]\nname = "{answers.name}"\ntitle = {json.dumps(answers.title, ensure_ascii=False)}\nlanguage = "{answers.language}"\n'
        'timezone = "Asia/Makassar"',
        "# Nama dan NIP hanya ada di sini, di luar folder studi. / Names and NIP stand here only, outside the study.\n"
        f'[people]\nvault = "../vault-{answers.name}"',
        f'[[population]]\nname = "asn"\ncycle = "{answers.cycle}"\ninstrument = "permenpanrb-6-2022"{teachers}',
        *(['[[population]]\nname = "guru"\ncycle = "semester"\ninstrument = "perdirjen-gtk-7607-2023"\npost = "guru"']
          if answers.teachers else []),
        "# Angka di unconfirmed dicetak dengan tanda belum dikonfirmasi. / Numbers in unconfirmed are printed as such.\n"
        f'[calendar]\ndue_days = {answers.due_days}\nobjection_days = 14\nobjection_day_type = "calendar"\n'
        'unconfirmed = ["due_days", "objection_days", "objection_day_type"]',
        '[dimensions]\nproductivity = ["hasil_kerja"]\nintegrity = ["akuntabel", "attendance", "discipline"]\n'
        'commitment = ["loyal", "berorientasi_pelayanan"]',
        "[raters]\nwindow = 8",
        "# reference: pembanding di semua halaman; margin: kesenjangan Sangat Baik terkecil yang berarti. Tetapkan sebelum melihat hasil.\n"
        "# reference: the group compared with on every page; margin: the smallest gap in Sangat Baik that matters. Set them before the results.\n"
        '[fairness]\nattributes = ["sex", "employment", "post_type"]\noutcomes = ["sangat_baik", "below_baik"]\n'
        'reference = { sex = "M", employment = "pns", post_type = "pelaksana" }\nmin_group = 10\nmargin = 0.05',
        '[disclosure]\nmin_cell = 5\nmax_share = 0.9\nbelow_baik = "city"\nperiods_back = 4',
        "[collect]\nmin_raters_per_role = 3",
        "[run]\nseed = 2026",
    ]
    return "\n\n".join(parts) + "\n"


def _make(root: Path, answers: Answers) -> None:
    """Write study.toml whole, and make the vault beside the study for its owner only."""
    from evalkit.tables.atomic import write_bytes
    from evalkit.tables.study import load_study

    root.mkdir(parents=True, exist_ok=True)
    write_bytes(root / "study.toml", study_text(answers).encode("utf-8"))
    vault = load_study(root).vault
    vault.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault.chmod(0o700)


def _people(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 300 <= int(text) <= 6500):
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: 300 ... 6500")
    return int(text)


def _demo(root: Path, employees: int | None) -> int:
    """Build the demo city; a second call finds it there and does nothing."""
    from evalkit.language.catalogue import say
    from evalkit.simulate.city import FULL
    from evalkit.simulate.demo import build_demo
    from evalkit.tables.study import load_study

    language = load_study(root).language

    def progress(done: int, total: int, what: str) -> None:
        if what:
            print(f"  {done + 1:>3}/{total}  {what}", flush=True)

    built = build_demo(root, progress, employees=employees or FULL)
    key = "init.demo_built" if built.files_written or built.imports_made else "init.demo_there"
    print(say(key, language, folder=str(root), files=built.files_written, imports=built.imports_made))
    return 0
