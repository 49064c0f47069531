"""File layouts as data: which columns an export has, what each means, and which of them may not be kept.

The reader, the form writer and the simulator share these descriptions, so that no header stands in code.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from evalkit.errors import InstrumentError

_FLAGS = ("required", "personal", "drop", "extra", "signature")


@dataclass(frozen=True)
class LayoutColumn:
    """One column of an export.

    `header` is the name as exported, `role` what the reader takes it for ("" = nothing), `aliases` other names seen.
    `personal` values are masked in every message; `drop` columns never leave the reader; `extra` columns may stand
    there but are not in the usual export; `signature` columns tell the layout from others. `width` is that of a printed form.
    """

    header: str
    role: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False
    drop: bool = False
    extra: bool = False
    signature: bool = False
    width: float = 16.0


@dataclass(frozen=True)
class FormSheet:
    """How a layout is printed as a form: `code` and `name` of its kind, the printed words, and which columns are filled in.

    `choices` gives, by header, the words of a drop-down or the name of a set of `instruments.labels`. `spare` rows stand
    empty for what the office cannot know beforehand.
    """

    code: str
    name: str
    version: int
    title: str
    how: tuple[str, ...]
    columns: tuple[str, ...]
    open: tuple[str, ...]
    choices: Mapping[str, str | tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    spare: int = 0
    sheet: str = ""  # where the export calls its sheet by an English word

    @property
    def digest(self) -> str:
        """Six letters that change with anything printed: a form that was handed out before a change is known by them."""
        said = repr((self.title, self.how, self.columns, self.open, sorted(self.choices.items())))
        return hashlib.blake2b(said.encode(), digest_size=3).hexdigest()


@dataclass(frozen=True)
class Layout:
    """One layout: how the file is recognised and what its columns are, in the order of the export.

    `never` names columns that this layout does not have: with one of them, a file is something else. `form` is there where
    evalkit makes the file itself.
    """

    name: str
    kind: str
    sheet: str
    header_row: int
    title_words: tuple[str, ...]
    what_id: str
    what_en: str
    confirmed: bool
    sources: tuple[str, ...]
    columns: tuple[LayoutColumn, ...]
    items: tuple[str, ...] = ()
    scale: tuple[float, float] | None = None
    instrument: str = ""
    relations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    never: tuple[str, ...] = ()
    form: FormSheet | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of the usual export, as exported and in order."""
        return tuple(c.header for c in self.columns if not c.extra)

    def column(self, role: str) -> LayoutColumn:
        """Give the column that has `role`.

        Raises
        ------
        InstrumentError
            If no column of the layout has it.
        """
        for column in self.columns:
            if column.role == role:
                return column
        raise InstrumentError(f"The layout {self.name} has no column with the role {role!r}.")


@lru_cache(maxsize=1)
def load_layouts() -> dict[str, Layout]:
    """Read every layout that is shipped: name -> layout.

    Raises
    ------
    InstrumentError
        If a file lacks a field, has an unknown one, or names a role or header twice.

    Examples
    --------
    >>> load_layouts()["unor"].headers
    ('ID', 'NAMA_UNOR', 'ID_ATASAN')
    """
    found: dict[str, Layout] = {}
    for file in sorted(resources.files("evalkit.instruments").joinpath("layouts").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            layout = read_layout(tomllib.loads(file.read_text(encoding="utf-8")), file.name)
            found[layout.name] = layout
    return found


def read_layout(data: Mapping[str, Any], origin: str) -> Layout:
    """Turn the contents of a layout file into a `Layout`.

    Parameters
    ----------
    data : mapping
        The parsed TOML: `name`, `kind`, `header_row`, ... and `[[column]]` tables.
    origin : str
        The file's name, for messages.

    Raises
    ------
    InstrumentError
        If a field is missing or unknown, or a role or header stands twice.

    Examples
    --------
    >>> read_layout({"name": "x"}, "x.toml")
    Traceback (most recent call last):
    evalkit.errors.InstrumentError: x.toml: the field 'kind' is missing.
    """
    rest = dict(data)
    columns = tuple(_column(c, origin) for c in rest.pop("column", []))
    needed = ("name", "kind", "sheet", "header_row", "title_words", "what_id", "what_en", "confirmed", "sources")
    for name in needed:
        if name not in rest:
            raise InstrumentError(f"{origin}: the field {name!r} is missing.")
    unknown = sorted(set(rest) - {*needed, "items", "scale", "instrument", "relations", "never", "form"})
    if unknown:
        raise InstrumentError(f"{origin}: the field {unknown[0]!r} is unknown.")
    for what, values in (("role", [c.role for c in columns if c.role]), ("header", [c.header for c in columns])):
        twice = {v for v in values if values.count(v) > 1}
        if twice:
            raise InstrumentError(f"{origin}: the {what} {sorted(twice)[0]!r} stands twice.")
    scale = rest.pop("scale", None)
    return Layout(
        name=rest["name"], kind=rest["kind"], sheet=rest["sheet"], header_row=rest["header_row"],
        title_words=tuple(rest["title_words"]), what_id=rest["what_id"], what_en=rest["what_en"], confirmed=rest["confirmed"],
        sources=tuple(rest["sources"]), columns=columns, items=tuple(rest.get("items", ())),
        scale=(float(scale[0]), float(scale[1])) if scale else None, instrument=rest.get("instrument", ""),
        relations=MappingProxyType(dict(rest.get("relations", {}))), never=tuple(rest.get("never", ())),
        form=_form(rest["form"], {c.header for c in columns}, origin) if "form" in rest else None)


def _form(data: Mapping[str, Any], headers: set[str], origin: str) -> FormSheet:
    needed = {"code", "name", "version", "title", "how", "columns", "open"}
    wrong = sorted((needed - set(data)) | (set(data) - needed - {"choices", "spare", "sheet"}))
    if wrong:
        raise InstrumentError(f"{origin}: the form lacks the field {wrong[0]!r}, or does not know it.")
    choices = {header: words if isinstance(words, str) else tuple(words) for header, words in data.get("choices", {}).items()}
    strange = sorted({*data["columns"], *data["open"], *choices} - headers)
    if strange:
        raise InstrumentError(f"{origin}: the form names the column {strange[0]!r}, which the layout does not have.")
    return FormSheet(data["code"], data["name"], int(data["version"]), data["title"], tuple(data["how"]), tuple(data["columns"]),
                     tuple(data["open"]), MappingProxyType(choices), int(data.get("spare", 0)), data.get("sheet", ""))


def _column(data: Mapping[str, Any], origin: str) -> LayoutColumn:
    unknown = sorted(set(data) - {"header", "role", "aliases", "width", *_FLAGS})
    if unknown or "header" not in data:
        raise InstrumentError(f"{origin}: a column has " + (f"the unknown field {unknown[0]!r}." if unknown else "no header."))
    return LayoutColumn(header=data["header"], role=data.get("role", ""), aliases=tuple(data.get("aliases", ())),
                        width=float(data.get("width", LayoutColumn.width)),
                        **{flag: bool(data.get(flag, False)) for flag in _FLAGS})
