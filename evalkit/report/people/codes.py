"""Where the pages of a person stand: folders named by a code that nobody can guess and that names nobody."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from evalkit.language.catalogue import Language
from evalkit.tables.study import Study

FILES = {"employees": "hasil", "evaluators": "cermin"}


def code_of(study: Study, person_id: str, reader: str) -> str:
    """Give the code of a person in the folder of one kind of reader.

    Parameters
    ----------
    study : Study
        Codes of two studies differ.
    person_id : str
        The random id; the code follows from it, and nobody without the study can find the way back.
    reader : str
        `employees` or `evaluators`: the two codes of one person have nothing in common.

    Returns
    -------
    str
        16 small letters and digits; the same in every run.
    """
    digest = hashlib.blake2b(person_id.encode(), key=f"{study.name}/{reader}".encode()[:64], digest_size=10).digest()
    return base64.b32encode(digest).decode().lower()


def file_name(study: Study, reader: str, language: Language) -> str:
    """Give the name of the file that every reader of a kind has in her folder."""
    return f"{FILES[reader]}.html" if language == study.language else f"{FILES[reader]}.{language}.html"


def target_of(study: Study, person_id: str, reader: str, language: Language) -> Path:
    """Give the page of a person, relative to the draft folder."""
    return Path(reader) / code_of(study, person_id, reader) / file_name(study, reader, language)
