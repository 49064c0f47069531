"""The one catalogue of words: a key gives a sentence in Indonesian or English.

Texts stand in `words/*.toml`, one table a key, `id` and `en` side by side. Values are put in by name with `{name}`;
what is put in is text, never a format, so text from a file cannot act.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Literal

from evalkit.errors import EvalkitError

Language = Literal["id", "en"]
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class CatalogueError(EvalkitError):
    """A key is unknown, or a value that its sentence needs was not given."""


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Read all words once: key -> language -> text.

    Raises
    ------
    CatalogueError
        If a key stands in two files, or a key lacks one of the two languages.
    """
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("evalkit.language").joinpath("words").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            for key, texts in _flat(tomllib.loads(file.read_text(encoding="utf-8"))).items():
                if key in found:
                    raise CatalogueError(f"The words {key!r} stand in two files; the second is {file.name}.")
                if set(texts) != {"id", "en"}:
                    raise CatalogueError(f"The words {key!r} in {file.name} need 'id' and 'en'.")
                found[key] = texts
    return found


def _flat(tree: dict[str, object], prefix: str = "") -> dict[str, dict[str, str]]:
    if tree and all(isinstance(v, str) for v in tree.values()):
        return {prefix.removesuffix("."): {k: str(v) for k, v in tree.items()}}
    out: dict[str, dict[str, str]] = {}
    for name, value in tree.items():
        if not isinstance(value, dict):
            raise CatalogueError(f"The words {prefix}{name} are neither a text in two languages nor a group of them.")
        out |= _flat(value, f"{prefix}{name}.")
    return out


def say(key: str, language: Language = "id", /, **values: object) -> str:
    """Give the sentence of `key` in `language`, with `values` put in by name.

    Raises
    ------
    CatalogueError
        If the key is unknown or a value is missing.

    Examples
    --------
    >>> say("predikat.sangat_baik", "en")
    'Very good (Sangat Baik)'
    """
    try:
        text = catalogue()[key][language]
    except KeyError:
        raise CatalogueError(f"The catalogue has no words {key!r} in {language!r}.") from None

    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise CatalogueError(f"The words {key!r} need the value {match[1]!r}.")
        return str(values[match[1]])

    return _FIELD.sub(put, text)
