"""PK Guru: competencies of a teacher to a score of 100, its word, its share of credit (NPK), and the annual credit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Instrument
from evalkit.scoring.bands import band_of
from evalkit.scoring.outcome import Outcome, exact, first_reason, not_scored, scored

RULE = "permendiknas-35-2010"


def competency_score(points: object, n_indicators: object) -> Outcome:
    """Turn the points of a competency's indicators into its score of 1 to 4.

    x = points / (indicators x 2) x 100; up to 25 gives 1, up to 50 gives 2, up to 75 gives 3, up to 100 gives 4.

    Parameters
    ----------
    points : object
        Sum of the indicators, each 0, 1 or 2 points.
    n_indicators : object
        Number of indicators, more than 0.

    Returns
    -------
    Outcome
        `value` 1 to 4. No point at all is ``out_of_range``: the lowest band begins above 0.

    Examples
    --------
    >>> competency_score(6, 6).value, competency_score(7, 6).value, competency_score(0, 6).reason
    (2.0, 3.0, 'out_of_range')
    """
    x, n = exact(points), exact(n_indicators)
    if isinstance(x, str) or isinstance(n, str):
        return not_scored(first_reason(x, n) or "missing")
    if n <= 0:
        return not_scored("required_zero")
    rule = load(RULE)
    each = rule.fact("competency.points_per_indicator")
    bands = tuple(rule.fact(f"competency.{score}") for score in (1, 2, 3, 4))
    found = band_of(x / (n * each.value) * 100, bands)
    if found.label is None:
        return found
    return scored(float(found.label), facts=(each, *found.facts))


def pk_guru(scores: Mapping[str, object], form: Instrument | str = "pk-guru-14") -> Outcome:
    """Turn the scores of all competencies into the PK Guru score, its word and its NPK.

    score = raw / maximum x 100; maximum = 4 x number of competencies (56 or 68)

    Parameters
    ----------
    scores : mapping of str to object
        Score of 1 to 4 by competency key (``k01`` ...).
    form : Instrument or str
        ``pk-guru-14`` for class and subject teachers, ``pk-guru-17`` for counsellors.

    Returns
    -------
    Outcome
        `value` 0 to 100, `label` ``amat_baik``, ``baik``, ``cukup``, ``sedang``, ``kurang``; `detail` `raw`, `raw_maximum`,
        `npk`. A competency without a score is ``items_missing``: nothing is filled in.

    Notes
    -----
    Bands are closed on the right and not rounded; rounding first fails for 41 of 68. Historical rule (Permendiknas
    35/2010), still used as an instrument; not the predikat of PermenPANRB 6/2022.

    Examples
    --------
    >>> out = pk_guru({f"k{i:02d}": 3 for i in range(1, 15)})
    >>> out.value, out.label, out.detail["raw"], out.detail["npk"]
    (75.0, 'cukup', 42.0, 0.75)
    """
    instrument = load(form) if isinstance(form, str) else form
    keys = [item.key for item in instrument.items]
    if any(key not in keys for key in scores):
        return not_scored("items_unknown")
    if not keys or any(exact(scores.get(key)) == "missing" for key in keys):
        return not_scored("items_missing")
    values = [exact(scores[key]) for key in keys]
    numbers = [value for value in values if not isinstance(value, str)]
    reason = first_reason(*values)
    if reason is not None:
        return not_scored(reason)
    lowest, highest = instrument.scale or (1.0, 4.0)
    if any(not lowest <= value <= highest for value in numbers):
        return not_scored("out_of_range")
    return pk_guru_raw(sum(numbers), Fraction(str(highest)) * len(keys), instrument)


def pk_guru_raw(raw: object, raw_maximum: object, form: Instrument | str = "pk-guru-14") -> Outcome:
    """Turn a raw sum into the PK Guru score; as `pk_guru`, where only the sum is at hand.

    Parameters
    ----------
    raw, raw_maximum : object
        Points reached and points possible (56 or 68).
    form : Instrument or str
        Form, for its bands.

    Examples
    --------
    >>> pk_guru_raw(41, 68).label, pk_guru_raw(51, 56).label
    ('cukup', 'amat_baik')
    """
    x, most = exact(raw), exact(raw_maximum)
    if isinstance(x, str) or isinstance(most, str):
        return not_scored(first_reason(x, most) or "missing")
    if most <= 0:
        return not_scored("required_zero")
    instrument = load(form) if isinstance(form, str) else form
    found = band_of(x / most * 100, instrument.facts("sebutan"))
    if found.label is None:
        return found
    npk = float(found.facts[0].value["npk"])
    return scored(found.value, found.label, found.facts, {"raw": float(x), "raw_maximum": float(most), "npk": npk})


def teacher_credit(needed: object, development: object, support: object, lessons: object, lessons_required: object,
                  npk: object) -> Outcome:
    """Give a teacher's annual credit from PK Guru.

    ((AKK - AKPKB - AKP) x (JM / JWM) x NPK) / 4

    Parameters
    ----------
    needed, development, support : object
        AKK, AKPKB, AKP: credit needed for the next grade, and its parts from development and from supporting activities.
    lessons, lessons_required : object
        JM, JWM: lessons a week given and required.
    npk : object
        Share from `pk_guru`, 0.25 to 1.25.

    Returns
    -------
    Outcome
        `value` in credit points a year.

    Notes
    -----
    Source: Permendiknas 35/2010. For functional posts since 2023 use `evalkit.scoring.credit`.

    Examples
    --------
    >>> teacher_credit(50, 3, 5, 24, 24, 1.0).value
    10.5
    """
    values = [exact(v) for v in (needed, development, support, lessons, lessons_required, npk)]
    numbers = [value for value in values if not isinstance(value, str)]
    reason = first_reason(*values)
    if reason is not None:
        return not_scored(reason)
    akk, akpkb, akp, jm, jwm, share = numbers
    if min(numbers) < 0:
        return not_scored("negative")
    if jwm == 0:
        return not_scored("required_zero")
    rule = load(RULE)
    return scored((akk - akpkb - akp) * (jm / jwm) * share / rule.value("credit.years"), facts=(rule.fact("credit.formula"),))
