"""Dimension maps: which data say something about productivity, integrity and commitment under an instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.errors import InstrumentError
from evalkit.instruments.catalog import load, names
from evalkit.instruments.instrument import Instrument

NAMES = ("productivity", "integrity", "commitment")
RATING_SOURCES = ("hasil_kerja", "perilaku_kerja")
TABLE_SOURCES = ("indicators", "attendance", "discipline")
SourceKind = Literal["rating", "indicators", "attendance", "discipline", "item"]


@dataclass(frozen=True)
class DimensionSource:
    """One thing that measures a dimension; `table` is the contract table in which it stands."""

    name: str
    kind: SourceKind
    table: str


@dataclass(frozen=True)
class Dimension:
    """A dimension and its sources, in order of preference; no source: the instrument cannot measure it."""

    name: str
    sources: tuple[DimensionSource, ...]


def dimensions(instrument: Instrument, chosen: Mapping[str, Sequence[str]] | None = None) -> tuple[Dimension, ...]:
    """Give the dimensions that an office measures: the instrument's map, with the study's own choices in its place.

    Parameters
    ----------
    instrument : Instrument
        Its `dimensions` are the map when the study says nothing.
    chosen : mapping of str to sequence of str, optional
        ``[dimensions]`` of the study: a dimension named there replaces the instrument's sources.

    Returns
    -------
    tuple of Dimension
        Productivity, integrity, commitment, then others of the study. A dimension without sources is "not measured".

    Raises
    ------
    InstrumentError
        If a source is no rating, no table and no item of any form; the message lists the words that are possible.

    Notes
    -----
    The map is a choice of analysis (Akuntabel items, attendance and discipline for integrity; Loyal and Berorientasi
    Pelayanan for commitment). No regulation defines these three dimensions; pages call the scores an analysis aid.

    Examples
    --------
    >>> [(d.name, [s.name for s in d.sources]) for d in dimensions(load("permenpanrb-6-2022"))][2]
    ('commitment', ['loyal', 'berorientasi_pelayanan'])
    """
    given = {**instrument.dimensions, **(chosen or {})}
    order = (*NAMES, *(name for name in given if name not in NAMES))
    return tuple(Dimension(name, tuple(_source(word) for word in given.get(name, ()))) for name in order)


def _source(word: str) -> DimensionSource:
    if word in RATING_SOURCES:
        return DimensionSource(word, "rating", "appraisals_current")
    if word in TABLE_SOURCES:
        return DimensionSource(word, word, word)  # type: ignore[arg-type]  # TABLE_SOURCES are the kinds, checked by a test
    if word in item_keys():
        return DimensionSource(word, "item", "ratings")
    known = ", ".join((*RATING_SOURCES, *TABLE_SOURCES, *item_keys()))
    raise InstrumentError(f"The dimension source {word!r} is unknown; known are {known}.")


def item_keys() -> tuple[str, ...]:
    """Give the keys of the items of every form and regulation on the shelf.

    Examples
    --------
    >>> "akuntabel" in item_keys()
    True
    """
    return tuple(dict.fromkeys(item.key for name in names() for item in load(name).items))
