"""What ends a command and is neither a fault in the data nor a wrong word: the computer refused a file, or the program is at fault.

A traceback is for whoever mends the program, so it goes into a log and not onto the screen. Messages of exceptions often carry
values of a table, and a name or number of a person must not leave the office in a log: of a message only those words are kept
that stand in the program itself.
"""

from __future__ import annotations

import contextlib
import errno
import linecache
import os
import platform
import re
import secrets
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType

from evalkit.language.catalogue import CatalogueError, Language, say

NOT_UNDERSTOOD, PROGRAM, COMPUTER, STOPPED, READER_GONE = 64, 70, 74, 130, 141  # the numbers of sysexits.h, and 128 + signal
FOLDER_VARIABLE, DEBUG_VARIABLE = "EVALKIT_LOG_FOLDER", "EVALKIT_DEBUG"
_LOGS_KEPT = 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.ETXTBSY})
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST, errno.EISDIR})
_DEVICE = frozenset({errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENAMETOOLONG, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ETIMEDOUT})
# Words of Python's own messages; every other word of a message must stand in the functions that the traceback passes through.
_PYTHON_SAYS = frozenset(re.findall(r"\w+", """
    a an and any argument arguments at attribute be bool by bytes can cannot compare concatenate convert could dict
    division do does empty encode decode expected failed find float for format found from function get given got has have in index indices
    instance integer integers int into invalid is it item iterable key keyword length list literal local many method missing module must
    NaN name named negative no None NoneType not number object of on only operand operands or out position positional range referenced
    required sequence set should size str string subscriptable supported takes than the to too truth tuple type types unexpected unhashable
    unpack unsupported value values variable was were while with without zero DataFrame Series ambiguous axis column columns dtype dtypes
    shape shapes duplicate duplicates array dimension dimensions"""))


def refused_by_computer(error: BaseException, language: Language) -> str | None:
    """Say why the computer did not take or give a file: full, not allowed or open elsewhere, no folder, no memory, a device.

    Parameters
    ----------
    error : BaseException
        What was raised.
    language : {"id", "en"}
        Of the sentence.

    Returns
    -------
    str or None
        The sentence with its remedy; nothing if the computer is not to blame, so that the program must be.

    Examples
    --------
    >>> refused_by_computer(OSError(errno.ENOSPC, "x"), "en")[:17]
    'The disk is full:'
    >>> refused_by_computer(KeyError("x"), "en") is None
    True
    """
    if isinstance(error, MemoryError):
        return say("stop.memory", language)
    if not isinstance(error, OSError):
        return None
    file = _near_end(error.filename2 or error.filename)
    if error.errno in _FULL:
        return say("stop.full", language)
    if error.errno in _NOT_ALLOWED:
        return say("stop.not_allowed", language, file=file)
    if error.errno in _NO_FOLDER:
        return say("stop.no_folder", language, file=file)
    if error.errno in _DEVICE or getattr(error, "winerror", None) in (53, 64, 121, 1231):  # the network drives of Windows
        return say("stop.device", language, file=file, reason=error.strerror or type(error).__name__)
    return None


def _near_end(name: object) -> str:
    """Give the end of a path, enough to find the file by; nothing of the folders above."""
    if not isinstance(name, (str, bytes, os.PathLike)):
        return "?"
    return "/".join(Path(os.fsdecode(name)).parts[-2:]) or "?"


def told(error: BaseException, words: Sequence[str]) -> tuple[int, str]:
    """Give the exit code of what ended a command, and the sentence about it in Indonesian and English; a fault of the program is logged."""
    refused = [refused_by_computer(error, language) for language in ("id", "en")]
    if refused[0] is not None:
        return COMPUTER, "\n".join(filter(None, refused))
    log = write_log(error, words)
    return PROGRAM, "\n".join(_fault_sentence(error, log, language) for language in ("id", "en"))


def program_fault(error: BaseException, words: Sequence[str], language: Language) -> str:
    """Log a fault of the program and say so: that nothing is half written, where the log stands, and how to report it."""
    return _fault_sentence(error, write_log(error, words), language)


def _fault_sentence(error: BaseException, log: Path | None, language: Language) -> str:
    kind = type(error).__name__
    try:
        if log is None:
            return say("stop.program_no_log", language, kind=kind, variable=DEBUG_VARIABLE)
        return say("stop.program", language, kind=kind, log=log)
    except (CatalogueError, OSError):  # the words themselves are at fault
        return f"evalkit: {kind}; {log or DEBUG_VARIABLE + '=1'}"


def log_folder() -> Path:
    """Give the folder of the logs: of this user, outside every study; the variable EVALKIT_LOG_FOLDER names another."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()) / "evalkit" / "log"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "evalkit"


def write_log(error: BaseException, words: Sequence[str]) -> Path | None:
    """Write the log of a fault for this user's eyes; nothing if no folder takes it. The last twenty logs are kept."""
    text = "\n".join(log_lines(error, words)) + "\n"
    name = f"evalkit-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.txt"
    for folder in (log_folder, lambda: Path(tempfile.gettempdir()) / "evalkit"):
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: no home folder
            place = folder()
            place.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
                stream.write(text)
            for old in sorted(place.glob("evalkit-*.txt"))[:-_LOGS_KEPT]:
                old.unlink(missing_ok=True)
            return place / name
    return None


def log_lines(error: BaseException, words: Sequence[str]) -> Iterator[str]:
    """Give the log of a fault: versions, verb and options without their values, and the way through the program, newest last.

    Examples
    --------
    >>> try:
    ...     {}["198501012010011901"]
    ... except KeyError as error:
    ...     lines = list(log_lines(error, ["check", "--unit=Dinas X", "Budi"]))
    >>> lines[1], lines[-1]
    ('command: check --unit', "KeyError: '…'")
    """
    from evalkit import __version__

    yield f"evalkit {__version__} · Python {platform.python_version()} · {platform.system()} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    options = [w.partition("=")[0] for w in words if re.fullmatch(r"--[a-z-]+(=.*)?", w, re.DOTALL)]
    yield " ".join(["command:", *[w for w in words[:1] if re.fullmatch(r"[a-z]+", w)], *options])
    for part in reversed(list(_chain(error))):
        for frame, number in traceback.walk_tb(part.__traceback__):
            shown = _program_file(frame.f_code.co_filename)
            yield f"  {shown or 'another file'}:{number} in {frame.f_code.co_name}"
            line = linecache.getline(frame.f_code.co_filename, number).strip() if shown else ""
            if line:
                yield f"      {line}"
        yield f"{type(part).__name__}: {masked_message(part)}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give an exception and what it came from, newest first."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)


def _program_file(name: str) -> str:
    """Give a file of evalkit, Python or a package from its root; nothing for another file, whose path may hold a name."""
    parts = Path(name).parts
    for root in ("site-packages", "dist-packages", f"python{sys.version_info[0]}.{sys.version_info[1]}", "Lib"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1:])
    own = Path(__file__).resolve().parent
    path = Path(name)
    return path.relative_to(own.parent).as_posix() if own in path.parents else ""


def masked_message(error: BaseException) -> str:
    """Give the message of an exception with nothing in it but words of the program; every other word, and every number, is "…".

    Examples
    --------
    >>> masked_message(ValueError("could not convert string to float: 'Budi Santoso 081234'"))
    "could not convert string to float: '… … …'"
    """
    known = set(_PYTHON_SAYS)
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if _program_file(frame.f_code.co_filename):
            known |= _words_of(frame.f_code)
    try:
        text = str(error)
    except Exception:  # a message may fail to be made; then there is none
        return "…"
    return re.sub(r"\w+", lambda found: found[0] if found[0] in known and not re.search(r"\d", found[0]) else "…", text[:600])


def _words_of(code: CodeType) -> set[str]:
    """Give the words that stand in a function: its names and its texts."""
    texts = [*code.co_names, *(c for c in code.co_consts if isinstance(c, str))]
    return {word for text in texts for word in re.findall(r"\w+", text)}
