"""A regulation or a form as data: its facts, each with article, source and mark; its items; its dates in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

from evalkit.errors import InstrumentError

Mark = Literal["confirmed", "confirmed_code", "derived", "unconfirmed"]
MARKS: tuple[Mark, ...] = ("confirmed", "confirmed_code", "derived", "unconfirmed")
# What rests on public program code alone was never compared with the regulation's text: a page says so.
_SURE: frozenset[Mark] = frozenset({"confirmed", "derived"})


@dataclass(frozen=True)
class Source:
    """Where a fact was read; `grade` is P primary text, O official page, N news, B blog or deck, K public program code."""

    id: str
    text: str
    url: str
    grade: str


@dataclass(frozen=True)
class Fact:
    """One thing that an instrument says, with the place where it says it and how sure that is."""

    key: str
    value: Any
    article: str
    sources: tuple[Source, ...]
    mark: Mark
    instrument: str
    note: str = ""

    @property
    def confirmed(self) -> bool:
        """Whether a text was read; `False` marks the fact "belum dikonfirmasi" wherever it is used."""
        return self.mark in _SURE


@dataclass(frozen=True)
class Item:
    """One thing that is rated: `group` is its heading, `anchors` the behaviour that describes it."""

    key: str
    label: str
    label_en: str
    group: str = ""
    anchors: tuple[str, ...] = ()
    anchors_en: tuple[str, ...] = ()
    confirmed: bool = True


@dataclass(frozen=True)
class InForce:
    """The first and last day on which an instrument applies; `None` leaves that side open."""

    start: date | None = None
    end: date | None = None
    mark: Mark = "unconfirmed"
    note: str = ""


@dataclass(frozen=True)
class Instrument:
    """One regulation, form or reference table, together with those it is based on.

    A fact that the instrument does not have itself is looked up in `based_on`, in order: Perdirjen GTK 7607/2023 has no
    quadrant of its own and uses that of PermenPANRB 6/2022.
    """

    name: str
    title: str
    title_en: str
    family: Literal["regulation", "form", "reference"]
    regime: Literal["categorical", "numeric", "none"]
    cycles: tuple[str, ...]
    in_force: InForce
    own: Mapping[str, Fact]
    items: tuple[Item, ...] = ()
    scale: tuple[float, float] | None = None
    dimensions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    based_on: tuple[Instrument, ...] = ()

    def facts(self, prefix: str = "") -> tuple[Fact, ...]:
        """Give the facts whose key is `prefix` or begins with `prefix.`, own ones first, each key once.

        Parameters
        ----------
        prefix : str
            Beginning of the key, whole words; empty for all facts.

        Examples
        --------
        >>> from evalkit.instruments.catalog import load
        >>> [f.key for f in load("perdirjen-gtk-7607-2023").facts("quadrant.di_bawah")]
        ['quadrant.di_bawah.di_bawah', 'quadrant.di_bawah.sesuai', 'quadrant.di_bawah.di_atas']
        """
        found: dict[str, Fact] = {}
        for fact in self._all():
            if not prefix or fact.key == prefix or fact.key.startswith(prefix + "."):
                found.setdefault(fact.key, fact)
        return tuple(found.values())

    def fact(self, key: str) -> Fact:
        """Give one fact.

        Parameters
        ----------
        key : str
            Whole key, such as ``weights.70_30.skp``.

        Raises
        ------
        InstrumentError
            If neither the instrument nor one it is based on has the fact.

        Examples
        --------
        >>> from evalkit.instruments.catalog import load
        >>> fact = load("permenpanrb-6-2022").fact("quadrant.di_atas.di_atas")
        >>> fact.value, fact.mark, fact.confirmed
        ('sangat_baik', 'confirmed_code', False)
        """
        for fact in self._all():
            if fact.key == key:
                return fact
        raise InstrumentError(f"The instrument {self.name} says nothing about {key!r}.")

    def value(self, key: str) -> Any:
        """Give the value of one fact; raises as `fact` does.

        Examples
        --------
        >>> from evalkit.instruments.catalog import load
        >>> load("pp-30-2019").value("achievement.cap")
        120
        """
        return self.fact(key).value

    def unconfirmed(self, prefix: str = "") -> tuple[Fact, ...]:
        """Give the facts under `prefix` that a page must mark as not confirmed.

        Examples
        --------
        >>> from evalkit.instruments.catalog import load
        >>> [f.key for f in load("pp-30-2019").unconfirmed("bands")]
        ['bands.kurang', 'bands.sangat_kurang']
        """
        return tuple(fact for fact in self.facts(prefix) if not fact.confirmed)

    def applies_on(self, day: date) -> bool:
        """Tell whether the instrument is in force on a day; an open side has no limit.

        Examples
        --------
        >>> from datetime import date
        >>> from evalkit.instruments.catalog import load
        >>> rule = load("permenpanrb-8-2021")
        >>> rule.applies_on(date(2021, 7, 1)), rule.applies_on(date(2022, 1, 1))
        (True, False)
        """
        start, end = self.in_force.start, self.in_force.end
        return (start is None or start <= day) and (end is None or day <= end)

    def item(self, key: str) -> Item:
        """Give one item of the form.

        Raises
        ------
        InstrumentError
            If the form has no such item.
        """
        for item in self.items:
            if item.key == key:
                return item
        raise InstrumentError(f"The instrument {self.name} has no item {key!r}.")

    def _all(self) -> Iterator[Fact]:
        yield from self.own.values()
        for base in self.based_on:
            yield from base._all()
