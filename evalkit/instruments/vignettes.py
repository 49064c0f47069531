"""The vignettes: described behaviour of officials who do not exist, in two parallel forms, spread over the scale.

A text that changes gets a new code: ratings of A1 are ratings of one text for ever.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from evalkit.errors import InstrumentError


@dataclass(frozen=True)
class Vignette:
    """One vignette: its code (A1 ... B6), parallel form, title, text, and the author's own rating of each item, 1 to 5."""

    code: str
    form: str
    title: str
    text: str
    intended: tuple[int, ...]


@lru_cache(maxsize=1)
def load_vignettes() -> tuple[Vignette, ...]:
    """Read the vignettes that are shipped, in the order in which they are printed.

    Raises
    ------
    InstrumentError
        If a code stands twice, or a vignette does not rate each of the seven items from 1 to 5.

    Examples
    --------
    >>> [v.code for v in load_vignettes()][:3], len(load_vignettes())
    (['A1', 'A2', 'A3'], 12)
    """
    data = tomllib.loads(resources.files("evalkit.instruments").joinpath("vignettes.toml").read_text(encoding="utf-8"))
    found = tuple(Vignette(v["code"], v["form"], v["title"], " ".join(v["text"].split()), tuple(v["intended"])) for v in data["vignette"])
    wrong = [v.code for v in found if len(v.intended) != 7 or not set(v.intended) <= {1, 2, 3, 4, 5}]
    if wrong or len({v.code for v in found}) < len(found):
        raise InstrumentError(f"vignettes.toml: {wrong[0] if wrong else 'a code'} lacks seven ratings from 1 to 5, or stands twice.")
    return found


def packet(form: str) -> tuple[Vignette, ...]:
    """Give the vignettes of one parallel form (A or B), or of both (AB).

    Raises
    ------
    InstrumentError
        If the form is unknown.

    Examples
    --------
    >>> [v.code for v in packet("B")]
    ['B1', 'B2', 'B3', 'B4', 'B5', 'B6']
    """
    found = tuple(v for v in load_vignettes() if v.form in form)
    if not found or not set(form) <= {v.form for v in found}:
        raise InstrumentError(f"There is no packet {form!r} of vignettes; the packets are A, B and AB.")
    return found
