"""The quadrant of an instrument: two ratings in, one predikat out, as the instrument's file says it."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

from evalkit.errors import InstrumentError
from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Instrument
from evalkit.instruments.labels import codes

DEFAULT = "permenpanrb-6-2022"


def cells(instrument: Instrument) -> MappingProxyType[tuple[str, str], str]:
    """Give all nine cells: (hasil kerja, perilaku kerja) -> predikat.

    Parameters
    ----------
    instrument : Instrument
        One of the categorical regime; a rule based on PermenPANRB 6/2022 uses that quadrant.

    Raises
    ------
    InstrumentError
        If the instrument has no whole quadrant.

    Examples
    --------
    >>> table = cells(load("perdirjen-gtk-7607-2023"))
    >>> len(table), table["di_atas", "di_bawah"]
    (9, 'kurang')
    """
    return _cells(instrument.name)


@cache
def _cells(name: str) -> MappingProxyType[tuple[str, str], str]:
    instrument = load(name)
    found: dict[tuple[str, str], str] = {}
    for fact in instrument.facts("quadrant"):
        _, work, behaviour = fact.key.split(".")
        found[work, behaviour] = fact.value
    wanted = {(work, behaviour) for work in codes("rating") for behaviour in codes("rating")}
    if set(found) != wanted or not set(found.values()) <= set(codes("predikat")):
        raise InstrumentError(f"The instrument {name} has no whole quadrant of nine cells.")
    return MappingProxyType(found)


def lookup(hasil_kerja: str | None, perilaku_kerja: str | None, instrument: str = DEFAULT) -> str | None:
    """Give the predikat that the quadrant sets for two ratings; `None` if either is missing or unknown.

    Parameters
    ----------
    hasil_kerja, perilaku_kerja : str or None
        Codes ``di_atas``, ``sesuai``, ``di_bawah``.
    instrument : str
        Name of a categorical instrument.

    Notes
    -----
    The table is not symmetric: poor behaviour weighs more than poor results. Not for 2021 and earlier: that regime has
    numbers and weights.

    Examples
    --------
    >>> lookup("di_atas", "sesuai"), lookup("di_bawah", "di_atas"), lookup("di_atas", None)
    ('baik', 'butuh_perbaikan', None)
    """
    if not isinstance(hasil_kerja, str) or not isinstance(perilaku_kerja, str):
        return None
    return _cells(instrument).get((hasil_kerja, perilaku_kerja))


def contradicts(hasil_kerja: str | None, perilaku_kerja: str | None, predikat: str | None, instrument: str = DEFAULT) -> bool:
    """Tell whether a predikat is another than the quadrant sets for its two ratings.

    A missing rating or predikat contradicts nothing. A contradiction is a fault of the file to be looked into, never a
    reason to change the official result.

    Parameters
    ----------
    hasil_kerja, perilaku_kerja, predikat : str or None
        Codes of `evalkit.tables.schema`.
    instrument : str
        Name of a categorical instrument.

    Examples
    --------
    >>> contradicts("sesuai", "sesuai", "sangat_baik"), contradicts("sesuai", "sesuai", "baik"), contradicts("sesuai", None, "baik")
    (True, False, False)
    """
    expected = lookup(hasil_kerja, perilaku_kerja, instrument)
    return expected is not None and isinstance(predikat, str) and predikat != expected
