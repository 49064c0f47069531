"""What the commands share: which study, which language, and lines that a plain console and a screen reader can take."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.tables.study import Study

_TAKEN = frozenset((".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".gz", ".zip"))
_BESIDE = frozenset(("daftar-pembagian.xlsx",))
_VALUE = re.compile(r"\{[a-z_][a-z0-9_]*\}")


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--study` and `--language`."""
    parser.add_argument("--study", type=Path, metavar="FOLDER",
                        help="folder studi; biasanya folder ini atau di atasnya / the study; by default this folder or one above")
    parser.add_argument("--language", choices=("id", "en"), help="bahasa; biasanya dari study.toml / language; by default the study's")


def study_of(options: argparse.Namespace) -> Study:
    """Load the study that the options name, in the language that they ask for."""
    from evalkit.tables.study import find_study, load_study

    study = load_study(find_study(Path(options.study) if options.study else Path.cwd()))
    return replace(study, language=options.language) if options.language else study


def day(text: str) -> date:
    """Read a day of the command line, as 2026-10-12."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text[:20]!r}: tulis seperti 2026-10-12 / write it as 2026-10-12") from None


def expanded(paths: Sequence[str]) -> list[Path]:
    """Give the files of patterns such as `*.xlsx`, which a Windows console does not expand itself, and all files of a folder.

    Of a folder and the folders in it: workbooks, text files and zips; not the list of who gets which form, nor what Excel keeps open.

    Examples
    --------
    >>> expanded(["laporan.xlsx"])[0].name
    'laporan.xlsx'
    """
    found: list[Path] = []
    for text in paths:
        path = Path(text).expanduser()
        if any(c in path.name for c in "*?") and not path.exists():
            found += sorted(p for p in path.parent.glob(path.name) if p.is_file())
        elif path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in _TAKEN and p.name not in _BESIDE and not p.name.startswith(("~", ".")))
        else:
            found.append(path)
    return found


def said_in_general(key: str, language: str) -> str:
    """Give a sentence of the catalogue without the values of one case: for a line that stands for many.

    Examples
    --------
    >>> said_in_general("period.grammar", "en")[:18]
    '"…" is not a perio'
    """
    from evalkit.language.catalogue import catalogue

    texts = catalogue().get(f"{key.removesuffix('.text')}.name") or catalogue().get(key)
    return "" if texts is None else _VALUE.sub("…", texts["en" if language == "en" else "id"])


def form_words(layout: str, language: str) -> str:
    """Say which kind of form a layout is; "" where evalkit makes no such form.

    Examples
    --------
    >>> form_words("formulir-vinyet", "id")
    'Formulir penilaian vinyet'
    """
    from evalkit.instruments.layout import load_layouts

    described = load_layouts().get(layout)
    if described is None or described.form is None:
        return ""
    words = described.what_en if language == "en" else described.what_id
    return words[:1].upper() + words[1:]


def columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), indent: str = "  ") -> list[str]:
    """Lay rows out in columns; the numbers of the columns in `right` stand at the right.

    Examples
    --------
    >>> columns([["Dinas A", "12"], ["Badan Contoh", "3"]], right=[1])
    ['  Dinas A       12', '  Badan Contoh   3']
    """
    if not rows:
        return []
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    return [(indent + "  ".join(cell.rjust(w) if j in right else cell.ljust(w)
                                for j, (cell, w) in enumerate(zip(row, widths, strict=True)))).rstrip() for row in rows]


def clean(text: object) -> str:
    """Give text of a file without characters that a terminal would act on."""
    return "".join(c if c.isprintable() else "?" for c in str(text))
