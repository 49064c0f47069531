"""Bands of a numeric rule: which word a number belongs to, with open and closed ends as the rule says."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Fact
from evalkit.scoring.outcome import Outcome, exact, not_scored, scored

RULE = "pp-30-2019"


def inside(band: Mapping[str, Any], number: Fraction) -> bool:
    """Tell whether a number lies in a band; `closed` names the ends that belong to it.

    Parameters
    ----------
    band : mapping
        `low`, `high` and `closed` (``both``, ``left``, ``right``).
    number : Fraction
        Exact, never rounded.

    Examples
    --------
    >>> inside({"low": 70, "high": 90, "closed": "left"}, Fraction(90)), inside({"low": 75, "high": 90, "closed": "right"}, Fraction(90))
    (False, True)
    """
    low, high = Fraction(str(band["low"])), Fraction(str(band["high"]))
    above = number >= low if band["closed"] in ("both", "left") else number > low
    below = number <= high if band["closed"] in ("both", "right") else number < high
    return above and below


def band_of(number: object, facts: tuple[Fact, ...]) -> Outcome:
    """Give the word of the first band in which a number lies.

    Parameters
    ----------
    number : object
        The score; anything that is no number gives the reason.
    facts : tuple of Fact
        Bands, in the order in which they are tried; the word is the last part of the key.

    Returns
    -------
    Outcome
        `label` the word, `value` the number; ``out_of_range`` outside all bands.

    Notes
    -----
    Nothing is rounded: 89.999 is below 90.

    Examples
    --------
    >>> band_of(89.999, load("pp-30-2019").facts("bands.cukup")).label
    'cukup'
    """
    x = exact(number)
    if isinstance(x, str):
        return not_scored(x)
    for fact in facts:
        if inside(fact.value, x):
            return scored(x, fact.key.rsplit(".", 1)[1], (fact,))
    return not_scored("out_of_range")


def predikat_2021(score: object, new_idea: bool | None) -> Outcome:
    """Give the predikat of the numeric regime (PP 30/2019 art. 41).

    Sangat Baik: 110 to 120 and a new idea; Baik: 90 to 120; Cukup: 70 to below 90; Kurang: 50 to below 70; Sangat Kurang
    below 50.

    Parameters
    ----------
    score : object
        Composite of SKP and behaviour, 0 to 120 points.
    new_idea : bool or None
        Whether a new idea or way that benefits office or state is recorded; `None`, no record, counts as none.

    Returns
    -------
    Outcome
        `label` one of ``sangat_baik``, ``baik``, ``cukup``, ``kurang``, ``sangat_kurang`` of that regime.

    Notes
    -----
    For July to December 2021 only. Its words are those of another regime: they are never turned into a predikat of
    PermenPANRB 6/2022. The two lowest bands are unconfirmed (the text that was read ends after Cukup).

    Examples
    --------
    >>> predikat_2021(110, None).label, predikat_2021(110, True).label, predikat_2021(121, True).reason
    ('baik', 'sangat_baik', 'out_of_range')
    """
    facts = load(RULE).facts("bands")
    return band_of(score, tuple(f for f in facts if new_idea is True or not f.value.get("idea", False)))
