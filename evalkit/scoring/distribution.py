"""How predikat are spread, and whether a unit's spread keeps the pattern that its own unit predikat allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, Literal

import narwhals as nw

from evalkit.errors import ScoringError
from evalkit.instruments.catalog import load
from evalkit.instruments.instrument import Fact, Instrument
from evalkit.instruments.labels import codes
from evalkit.scoring.differentiation import wide_counts
from evalkit.scoring.engine import Frame, closed, opened

Bound = Literal["max", "min", "majority", "any"]


def distribution(frame: Frame, by: Sequence[str]) -> Frame:
    """Count the predikat of each group; every group has all five, also those that nobody has.

    share = n / n_rated

    Parameters
    ----------
    frame : pandas, polars, DuckDB, Dask or any frame that narwhals knows
        Column `predikat` (codes or missing) and the columns of `by`.
    by : sequence of str
        Columns that name a group; empty: the whole table is one group.

    Returns
    -------
    The same kind of frame
        In no fixed order: `by`, `predikat`, `n`, `n_rated` (rows with one of the five), `n_rows`, `share`. The share is
        missing where nobody is rated. A share of 0 means that nobody has this predikat.

    Notes
    -----
    `share` is over the rated rows only. For a rate over all who should be rated use the population table and bounds.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"unit_id": ["u", "u", "u"], "predikat": ["baik", "baik", None]})
    >>> out = distribution(rows, ["unit_id"]).set_index("predikat")
    >>> int(out.loc["baik", "n"]), int(out.loc["baik", "n_rated"]), int(out.loc["kurang", "n"])
    (2, 2, 0)
    """
    tall = wide_counts(frame, by).join(_words(frame), how="cross").with_columns(_own_count().alias("n"))
    some = nw.col("n_rated") > 0
    base = nw.when(some).then(nw.col("n_rated")).otherwise(nw.lit(1))
    share = nw.when(some).then(nw.col("n") / base).otherwise(nw.lit(None, dtype=nw.Float64))
    return closed(tall.with_columns(share.alias("share")).select(*by, "predikat", "n", "n_rated", "n_rows", "share"), frame)


def _words(frame: object) -> nw.LazyFrame[Any]:
    """The five words as a frame of the same engine and connection; counting the rows costs nothing in a columnar file."""
    one_row = opened(frame, ["predikat"]).select(nw.len().alias("n_rows"))
    return nw.concat([one_row.select(nw.lit(code).alias("predikat")) for code in codes("predikat")])


def _own_count() -> nw.Expr:
    expression = nw.lit(0)
    for code in codes("predikat"):
        expression = nw.when(nw.col("predikat") == code).then(nw.col(code)).otherwise(expression)
    return expression.cast(nw.Int64)


def rating_counts(frame: Frame, by: Sequence[str]) -> Frame:
    """Count the pairs of ratings of each group: the nine cells and those with a missing rating, as far as they occur.

    Parameters
    ----------
    frame : any frame that narwhals knows
        Columns `hasil_kerja`, `perilaku_kerja` and those of `by`.
    by : sequence of str
        Columns that name a group.

    Returns
    -------
    The same kind of frame
        In no fixed order: `by`, `hasil_kerja`, `perilaku_kerja`, `n`. Pairs that do not occur have no row.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"hasil_kerja": ["sesuai", "sesuai"], "perilaku_kerja": ["sesuai", "sesuai"]})
    >>> rating_counts(rows, [])["n"].tolist()
    [2]
    """
    rows = opened(frame, by if isinstance(by, str) else ["hasil_kerja", "perilaku_kerja", *by]).with_columns(nw.lit(1).alias("n"))
    counted = rows.group_by(*by, "hasil_kerja", "perilaku_kerja").agg(nw.col("n").sum())
    return closed(counted.with_columns(nw.col("n").cast(nw.Int64)), frame)


@dataclass(frozen=True)
class PatternRule:
    """One rule of the pattern, applied to one unit.

    `met` is `None` where nobody is rated. `limit_share` is the share in the rule, `limit_count` the whole people that it
    means for this unit; a majority has neither. `attainable` is `False` where no distribution of so few people keeps all
    rules of the unit predikat at once.
    """

    rule: str
    unit_predikat: str
    counted: tuple[str, ...]
    bound: Bound
    count: int
    n_rated: int
    limit_share: float | None
    limit_count: int | None
    met: bool | None
    attainable: bool
    fact: Fact


def pattern(counts: Mapping[str, int], unit_predikat: str | None, instrument: Instrument | str = "se-menpanrb-3-2023",
            ) -> tuple[PatternRule, ...]:
    """Compare a unit's predikat with the pattern that its own unit predikat allows.

    max: count <= floor(share x n); min: count >= ceil(share x n); majority: more than any other single predikat;
    any: count >= the number in the rule. n is the number of rated people.

    Parameters
    ----------
    counts : mapping of str to int
        People by predikat code; codes that are left out count 0.
    unit_predikat : str or None
        Code of the unit predikat; `None`, where it was not delivered, gives no rule.
    instrument : Instrument or str
        The circular.

    Returns
    -------
    tuple of PatternRule
        In the order of the circular. `met` true: inside the pattern. Outside is nothing forbidden: the pattern is guidance.

    Raises
    ------
    ScoringError
        If a code is unknown or a count is negative.

    Notes
    -----
    SE MenPANRB 3/2023 gives shares and no rounding: limits are rounded toward what the rule says (floor for a maximum,
    ceil for a minimum). "Sebagian besar" has no number; no lower share is invented.

    Examples
    --------
    >>> rules = pattern({"baik": 9, "sangat_baik": 1}, "baik")
    >>> [(r.rule, r.count, r.limit_count, r.met) for r in rules]
    [('baik_majority', 9, None, True), ('baik_max', 9, 7, False), ('below_any', 0, 1, False)]
    """
    people = checked_counts(counts)
    if unit_predikat is None:
        return ()
    if unit_predikat not in codes("unit_predikat"):
        raise ScoringError(f"{unit_predikat!r} is no unit predikat; the codes are {', '.join(codes('unit_predikat'))}.")
    source = load(instrument) if isinstance(instrument, str) else instrument
    facts = source.facts(f"pattern.{unit_predikat}")
    n = sum(people.values())
    can = attainable(unit_predikat, n, source)
    return tuple(_rule(fact, unit_predikat, people, can) for fact in facts)


def attainable(unit_predikat: str, n: int, instrument: Instrument | str = "se-menpanrb-3-2023") -> bool:
    """Tell whether some distribution of `n` people keeps all rules of a unit predikat at once.

    Parameters
    ----------
    unit_predikat : str
        Code of the unit predikat.
    n : int
        Number of people; 0 keeps no rule that wants somebody.

    Raises
    ------
    ScoringError
        If the code is unknown or the number is none.

    Examples
    --------
    >>> [attainable("baik", n) for n in (1, 2, 3)]
    [False, False, True]
    """
    if unit_predikat not in codes("unit_predikat"):
        raise ScoringError(f"{unit_predikat!r} is no unit predikat; the codes are {', '.join(codes('unit_predikat'))}.")
    if n < 0 or n != int(n):
        raise ScoringError("A unit has a whole number of people that is not below zero.")
    return _attainable(unit_predikat, min(n, _ENOUGH), instrument if isinstance(instrument, str) else instrument.name)


_ENOUGH = 10  # with ten people the shares of 10, 60 and 70 percent are whole numbers; from there on every pattern can be kept


@cache
def _attainable(unit_predikat: str, n: int, instrument: str) -> bool:
    rules = [fact.value for fact in load(instrument).facts(f"pattern.{unit_predikat}")]
    splits = (split for split in product(range(n + 1), repeat=len(codes("predikat"))) if sum(split) == n)
    return any(all(_met(rule, dict(zip(codes("predikat"), split, strict=True))) for rule in rules) for split in splits)


def checked_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Give the number of people of each predikat; codes that are left out count 0.

    Raises
    ------
    ScoringError
        If a code is unknown, or a count is negative or no whole number.

    Examples
    --------
    >>> checked_counts({"baik": 9})["kurang"]
    0
    """
    unknown = [code for code in counts if code not in codes("predikat")]
    if unknown:
        raise ScoringError(f"A distribution has the unknown predikat {unknown[0]!r}; the codes are {', '.join(codes('predikat'))}.")
    if any(count < 0 for count in counts.values()):
        raise ScoringError("A distribution has a negative number of people.")
    if any(count != int(count) for count in counts.values()):
        raise ScoringError("A distribution has a share where a number of people is meant.")
    return {code: int(counts.get(code, 0)) for code in codes("predikat")}


def _rule(fact: Fact, unit_predikat: str, people: Mapping[str, int], can: bool) -> PatternRule:
    rule, n = fact.value, sum(people.values())
    return PatternRule(
        rule=fact.key.rsplit(".", 1)[1], unit_predikat=unit_predikat, counted=rule["counted"], bound=rule["bound"],
        count=sum(people[code] for code in rule["counted"]), n_rated=n, limit_share=rule.get("share"),
        limit_count=_limit(rule, n), met=_met(rule, people) if n else None, attainable=can, fact=fact)


def _limit(rule: Mapping[str, Any], n: int) -> int | None:
    if rule["bound"] == "majority":
        return None
    if "count" in rule:
        return int(rule["count"])
    whole = Fraction(str(rule["share"])) * n  # as written: 0.1 is a tenth, so that a tenth of 30 is 3 and not 4
    return math.floor(whole) if rule["bound"] == "max" else math.ceil(whole)


def _met(rule: Mapping[str, Any], people: Mapping[str, int]) -> bool:
    count = sum(people[code] for code in rule["counted"])
    limit = _limit(rule, sum(people.values()))
    if limit is None:
        return all(count > other for code, other in people.items() if code not in rule["counted"])
    return count <= limit if rule["bound"] == "max" else count >= limit
