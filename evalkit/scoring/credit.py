"""Credit of functional posts: a predikat of a year or of some months becomes angka kredit."""

from __future__ import annotations

from fractions import Fraction

from evalkit.instruments.catalog import load
from evalkit.scoring.outcome import Outcome, exact, first_reason, not_scored, scored

RULE = "bkn-3-2023"


def coefficient(jenjang: str) -> Outcome:
    """Give the annual coefficient of a level of functional posts.

    Parameters
    ----------
    jenjang : str
        ``ahli_pertama``, ``ahli_muda``, ``ahli_madya``, ``ahli_utama``, ``pemula``, ``terampil``, ``mahir``, ``penyelia``.

    Returns
    -------
    Outcome
        `value` in credit points a year; all but the first two are unconfirmed.

    Examples
    --------
    >>> coefficient("ahli_pertama").value, coefficient("ahli_madya").confirmed, coefficient("kepala").reason
    (12.5, False, 'unknown_label')
    """
    fact = {f.key: f for f in load(RULE).facts("coefficient")}.get(f"coefficient.{jenjang}")
    return not_scored("unknown_label") if fact is None else scored(Fraction(str(fact.value)), jenjang, (fact,))


def annual_credit(predikat: str | None, coefficient: object) -> Outcome:
    """Give the credit of a whole year.

    share(predikat) x coefficient; shares 150, 100, 75, 50, 25%.

    Parameters
    ----------
    predikat : str or None
        Code of the annual predikat of PermenPANRB 6/2022.
    coefficient : object
        Credit points a year of the level.

    Returns
    -------
    Outcome
        `value` in credit points.

    Notes
    -----
    PermenPANRB 1/2023 art. 37; Peraturan BKN 3/2023. The annual predikat is its own record: never a mean of quarters.

    Examples
    --------
    >>> annual_credit("sangat_baik", 12.5).value
    18.75
    """
    return periodic_credit(predikat, coefficient, 12)


def periodic_credit(predikat: str | None, coefficient: object, months: object) -> Outcome:
    """Give the credit of some months.

    months / 12 x share(predikat) x coefficient

    Parameters
    ----------
    predikat : str or None
        Code of the periodic predikat.
    coefficient : object
        Credit points a year of the level, 0 or more.
    months : object
        Whole months, 1 to 12.

    Returns
    -------
    Outcome
        `value` in credit points, not rounded (2.0833 is printed as 2.08).

    Examples
    --------
    >>> round(periodic_credit("baik", 12.5, 2).value, 2)
    2.08
    """
    rule = load(RULE)
    if predikat is None:
        return not_scored("missing")
    share = {fact.key: fact for fact in rule.facts("credit")}.get(f"credit.{predikat}")
    if share is None or predikat == "periodic":
        return not_scored("unknown_label")
    points, span = exact(coefficient), exact(months)
    if isinstance(points, str) or isinstance(span, str):
        return not_scored(first_reason(points, span) or "missing")
    if points < 0:
        return not_scored("negative")
    if span.denominator != 1 or not 1 <= span <= 12:
        return not_scored("out_of_range")
    facts = (share,) if span == 12 else (share, rule.fact("credit.periodic"))
    return scored(span / 12 * Fraction(str(share.value)) * points, predikat, facts)
