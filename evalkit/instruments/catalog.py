"""The shelf of instruments: finds a TOML file by its name, checks it, and gives it as an `Instrument`."""

from __future__ import annotations

import difflib
import tomllib
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from evalkit.errors import InstrumentError
from evalkit.instruments.instrument import MARKS, Fact, InForce, Instrument, Item, Source

_FOLDERS = {"regulation": "regulations", "form": "forms", "reference": "references"}
_KEYS = {"name", "title", "title_en", "family", "regime", "cycles", "based_on", "in_force", "facts", "items", "scale", "dimensions"}
_FACT_KEYS = {"article", "sources", "mark", "note", "values"}
_REGIMES = ("categorical", "numeric", "none")


@cache
def names() -> tuple[str, ...]:
    """Give the names of all instruments on the shelf, in order of the alphabet.

    Examples
    --------
    >>> "permenpanrb-6-2022" in names()
    True
    """
    return tuple(sorted(_files()))


@cache
def load(name: str) -> Instrument:
    """Read one instrument, with those it is based on.

    Parameters
    ----------
    name : str
        Name of its file without ending, such as ``permenpanrb-6-2022``.

    Raises
    ------
    InstrumentError
        If there is no such instrument (the nearest name is given), or its file lacks a source, a mark or an article.

    Examples
    --------
    >>> load("perdirjen-gtk-7607-2023").cycles
    ('semester', 'year')
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        raise InstrumentError(f"There is no instrument {name!r}" + (f"; do you mean {near[0]!r}?" if near else
                              f"; the instruments are {', '.join(names())}."))
    return parse(name, _files()[name])


@cache
def sources() -> dict[str, Source]:
    """Read the list of sources that facts refer to: id -> source."""
    text = resources.files("evalkit.instruments").joinpath("sources.toml").read_text(encoding="utf-8")
    return {key: Source(key, entry["text"], entry.get("url", ""), entry["grade"]) for key, entry in tomllib.loads(text).items()}


@cache
def _files() -> dict[str, str]:
    found = {}
    for folder in _FOLDERS.values():
        for file in resources.files("evalkit.instruments").joinpath(folder).iterdir():
            if file.name.endswith(".toml"):
                found[file.name.removesuffix(".toml")] = file.read_text(encoding="utf-8")
    return found


def parse(name: str, text: str) -> Instrument:
    """Turn the text of an instrument file into an `Instrument`.

    Parameters
    ----------
    name : str
        Name that the file must carry; it stands in every message.
    text : str
        The TOML text.

    Raises
    ------
    InstrumentError
        If a key is unknown or missing, a fact stands twice, or a mark, source or regime is not on its list.

    Examples
    --------
    >>> parse("x", 'name = "x"')
    Traceback (most recent call last):
    ...
    evalkit.errors.InstrumentError: The instrument x lacks 'family'.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InstrumentError(f"The instrument {name} is not TOML: {error}") from error
    _refuse_unknown(name, raw, _KEYS)
    for key in ("name", "family", "regime", "title", "title_en"):
        if key not in raw:
            raise InstrumentError(f"The instrument {name} lacks {key!r}.")
    if raw["name"] != name or raw["family"] not in _FOLDERS or raw["regime"] not in _REGIMES:
        raise InstrumentError(f"The instrument {name}: 'name', 'family' or 'regime' is not one of its values.")
    scale = raw.get("scale")
    return Instrument(
        name=name, title=raw["title"], title_en=raw["title_en"], family=raw["family"], regime=raw["regime"],
        cycles=tuple(raw.get("cycles", ())), in_force=_in_force(name, raw.get("in_force", {})),
        own=MappingProxyType(_facts(name, raw.get("facts", []))), items=tuple(_item(name, item) for item in raw.get("items", [])),
        scale=None if scale is None else (float(scale[0]), float(scale[1])),
        dimensions=MappingProxyType({key: tuple(value) for key, value in raw.get("dimensions", {}).items()}),
        based_on=tuple(load(base) for base in raw.get("based_on", ())))


def _refuse_unknown(name: str, raw: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(raw) - known)
    if unknown:
        raise InstrumentError(f"The instrument {name} has the unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}.")


def _facts(name: str, groups: list[dict[str, Any]]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for group in groups:
        _refuse_unknown(name, group, _FACT_KEYS)
        if not group.get("article") or not group.get("values"):
            raise InstrumentError(f"The instrument {name} has a group of facts without 'article' or 'values'.")
        mark = _mark(name, group.get("mark", ""))
        cited = tuple(_source(name, key) for key in group.get("sources", ()))
        if not cited and mark in ("confirmed", "confirmed_code"):
            raise InstrumentError(f"The instrument {name}, {group['article']}: what is confirmed needs a source.")
        for key, value in group["values"].items():
            if key in found:
                raise InstrumentError(f"The instrument {name} says {key!r} twice.")
            found[key] = Fact(key, _frozen(value), group["article"], cited, mark, name, group.get("note", ""))
    return found


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({k: _frozen(v) for k, v in value.items()})
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _mark(name: str, mark: str) -> Any:
    if mark not in MARKS:
        raise InstrumentError(f"The instrument {name}: the mark {mark!r} is not one of {', '.join(MARKS)}.")
    return mark


def _source(name: str, key: str) -> Source:
    if key not in sources():
        raise InstrumentError(f"The instrument {name} cites {key!r}, which is not in sources.toml.")
    return sources()[key]


def _in_force(name: str, raw: dict[str, Any]) -> InForce:
    _refuse_unknown(name, raw, {"from", "until", "mark", "note"})
    start, end = raw.get("from"), raw.get("until")
    for day in (start, end):
        if day is not None and type(day) is not date:
            raise InstrumentError(f"The instrument {name}: the dates in force are written as 2022-01-31.")
    return InForce(start, end, _mark(name, raw.get("mark", "unconfirmed")), raw.get("note", ""))


def _item(name: str, raw: dict[str, Any]) -> Item:
    fields = {f for f in Item.__dataclass_fields__ if f != "confirmed"} | {"mark"}
    _refuse_unknown(name, raw, fields)
    if not {"key", "label", "label_en"} <= set(raw):
        raise InstrumentError(f"The instrument {name} has an item without 'key', 'label' or 'label_en'.")
    sure = _mark(name, raw.get("mark", "confirmed")) in ("confirmed", "derived")
    return Item(raw["key"], raw["label"], raw["label_en"], raw.get("group", ""), tuple(raw.get("anchors", ())),
                tuple(raw.get("anchors_en", ())), sure)
