"""How the reader of a message types a command: as she started this process, and for the study that the message is about."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "EVALKIT_CALLED_AS"  # set by start.py: how its own reader types the command
_PLAIN = "evalkit"


def called_as() -> str:
    """Give the words that start the command in this reader's case: the installed command, a module of Python, or start.py.

    Examples
    --------
    >>> called_as().split()[-1].startswith("evalkit")
    True
    """
    told = os.environ.get(VARIABLE)
    if told:
        return told
    program = Path(sys.argv[0] if sys.argv else "")
    return f"python -m {_PLAIN}" if program.name in ("__main__.py", "cli.py") and program.parent.name == _PLAIN else _PLAIN


def typed(words: str, study: Path | None = None) -> str:
    """Write a command as the reader can type it where she is.

    Parameters
    ----------
    words : str
        Verb and options, such as ``check --period 2026-Q3``.
    study : Path, optional
        Folder of the study; named with ``--study`` unless the command finds it from the present folder.

    Examples
    --------
    >>> typed("init FOLDER").endswith("evalkit init FOLDER")
    True
    """
    parts = [called_as(), words]
    if study is not None and not _found_from(Path.cwd(), study):
        parts.append(f"--study {quoted(_short(study))}")
    return " ".join(parts)


def _found_from(folder: Path, study: Path) -> bool:
    """Whether the command looks this study up from the folder: the nearest study.toml on the way up is its own."""
    for place in (folder, *folder.parents):
        if (place / "study.toml").is_file():
            return place.resolve() == study.resolve()
    return False


def _short(path: Path) -> str:
    """Give the path from here where that is the shorter way to write it."""
    try:
        near = os.path.relpath(path.resolve(), Path.cwd())
    except ValueError:  # another drive
        return str(path)
    return near if len(near) < len(str(path.resolve())) else str(path.resolve())


def quoted(text: str) -> str:
    """Put a path into quotes where a console would take it apart; both Windows and Debian take double quotes.

    Examples
    --------
    >>> quoted("../kantor saya"), quoted("data/kupang")
    ('"../kantor saya"', 'data/kupang')
    """
    special = set(' \t&()[]{}^=;!+,`~$*?<>|#\'')
    return f'"{text}"' if special & set(text) else text
