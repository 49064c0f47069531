"""The official words: any spelling seen in a file becomes the code that tables hold, and back."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib import resources
from typing import Literal, get_args

from evalkit.errors import InstrumentError

Kind = Literal["rating", "predikat", "unit_predikat", "objection_level", "objection_decision", "discipline", "direction", "exclusion",
               "assignment", "audience"]
# Dashes of every kind, slashes, underscores and spaces separate words in some files and stand in none of the codes' words.
_SEPARATORS = re.compile(r"[\s_/\\\-‐-―−]+")
_SHOWN = 40  # a cell may hold a whole letter; the message shows its beginning


def _fold(text: str) -> str:
    """Compatibility forms, no invisible characters, one case, no separators."""
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    return _SEPARATORS.sub("", visible.casefold())


@lru_cache(maxsize=1)
def _labels() -> tuple[frozenset[str], dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Read the file once: missing marks, kind -> folded spelling -> code, kind -> code -> exported word."""
    data = tomllib.loads(resources.files("evalkit.instruments").joinpath("labels.toml").read_text(encoding="utf-8"))
    codes: dict[str, dict[str, str]] = {}
    exports: dict[str, dict[str, str]] = {}
    for kind in get_args(Kind):
        codes[kind], exports[kind] = {}, {}
        for code, entry in data[kind].items():
            exports[kind][code] = entry["export"]
            for word in (code, entry["export"], *entry["aliases"]):
                if codes[kind].setdefault(_fold(word), code) != code:
                    raise InstrumentError(f"labels.toml: {word!r} stands for two codes of {kind}.")
    return frozenset(_fold(mark) for mark in data["missing"]), codes, exports


def codes(kind: Kind) -> tuple[str, ...]:
    """Give the codes of a kind in the order of the labels file.

    Parameters
    ----------
    kind : {"rating", "predikat", "unit_predikat", ...}
        Which set of words.

    Raises
    ------
    InstrumentError
        If the kind is unknown.

    Examples
    --------
    >>> codes("rating")
    ('di_atas', 'sesuai', 'di_bawah')
    """
    return tuple(_of_kind(kind, _labels()[2]))


def _of_kind(kind: str, table: dict[str, dict[str, str]]) -> dict[str, str]:
    if kind not in table:
        raise InstrumentError(f"There is no set of words {kind!r}; the sets are {', '.join(table)}.")
    return table[kind]


def canonical(kind: Kind, text: object) -> str | None:
    """Give the code of a word as it stands in a file; a missing mark gives `None`.

    The word is compared as a whole after folding case, spaces, dashes, slashes and invisible characters, so that KURANG
    never matches SANGAT KURANG. `None` means that the cell says nothing (`-`, an empty cell), never that it was not understood.

    Parameters
    ----------
    kind : {"rating", "predikat", "unit_predikat", ...}
        Which set of words the cell must come from.
    text : object
        The cell: text, a SIASN code 1, 2 or 3 (also as a number), or a missing value.

    Returns
    -------
    str or None
        One of the codes of `evalkit.tables.schema`, such as ``di_atas`` or ``butuh_perbaikan``.

    Raises
    ------
    InstrumentError
        If the word is not one of the kind's words, or the kind is unknown.

    Notes
    -----
    "Cukup" and "Butuh Perbaikan" are one category, as are "Kurang" and "Kurang/Misconduct" (PermenPANRB 1/2023 art. 37;
    the e-Kinerja export prints CUKUP). The numbers 1, 2, 3 are ratings only: no source gives numbers of the predikat.

    Examples
    --------
    >>> canonical("rating", " DIATAS EKSPEKTASI"), canonical("predikat", "CUKUP"), canonical("predikat", "-")
    ('di_atas', 'butuh_perbaikan', None)
    """
    missing, by_kind, _ = _labels()
    known = _of_kind(kind, by_kind)
    # pandas' own missing values are known by their text: this room does without pandas
    if text is None or (not isinstance(text, str) and str(text) in ("<NA>", "NaT", "nan")):
        return None
    word = str(int(text)) if isinstance(text, float) and text.is_integer() else str(text)
    folded = _fold(word)
    if folded in missing:
        return None
    if folded not in known:
        shown = re.sub(r"\d{6,}", "…", word.strip())[:_SHOWN]
        raise InstrumentError(f"{shown!r} is not a word of {kind}; the words are {', '.join(_labels()[2][kind].values())}.")
    return known[folded]


def export_label(kind: Kind, code: str) -> str:
    """Give the word that e-Kinerja prints for a code.

    Parameters
    ----------
    kind : {"rating", "predikat", "unit_predikat", ...}
        Which set of words.
    code : str
        A code of that set.

    Raises
    ------
    InstrumentError
        If the kind or the code is unknown.

    Examples
    --------
    >>> export_label("predikat", "butuh_perbaikan")
    'CUKUP'
    """
    words = _of_kind(kind, _labels()[2])
    if code not in words:
        raise InstrumentError(f"{code!r} is not a code of {kind}; the codes are {', '.join(words)}.")
    return words[code]
