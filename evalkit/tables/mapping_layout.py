"""A `[[mapping]]` of study.toml as a layout, so that a rating file is recognised and read like every other file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from evalkit.errors import StudyError
from evalkit.instruments.layout import Layout, LayoutColumn, load_layouts
from evalkit.language.catalogue import say
from evalkit.tables.cells import clean_header
from evalkit.tables.study import Mapping

ITEM = "item:"
_ROLES = ("object_id", "rater_id", "unit_id", "occasion", "period", "rater_role", "answered_at", "n", "n_expected")
_RATINGS = ("rating", "items", "raters", "measures")
_PEOPLE = ("object_id", "rater_id")


def mapping_layout(mapping: Mapping) -> Layout:
    """Turn a mapping into a layout in which every named column is required.

    Parameters
    ----------
    mapping : Mapping
        From study.toml.

    Raises
    ------
    StudyError
        If the mapping names an unknown role, or no column of ratings.

    Examples
    --------
    >>> mapping = Mapping("x", "*.csv", "x", columns={"object_id": "d", "rater_id": "s", "rating": "y"})
    >>> [(c.header, c.role) for c in mapping_layout(mapping).columns]
    [('d', 'object_id.0'), ('s', 'rater_id.0'), ('y', 'item:overall')]
    """
    unknown = sorted(set(mapping.columns) - {*_ROLES, *_RATINGS})
    if unknown:
        raise StudyError(say("mapping.unknown_role", name=mapping.name, role=unknown[0], known=", ".join((*_ROLES, *_RATINGS))))
    columns = [LayoutColumn(header, f"{role}.{n}", required=True, signature=True, personal=role in _PEOPLE)
               for role in _ROLES if role in mapping.columns for n, header in enumerate(_names(mapping.columns[role]))]
    items = [(item, header) for role in _RATINGS if role in mapping.columns for item, header in _items(role, mapping.columns[role])]
    if not items or "object_id" not in mapping.columns:
        raise StudyError(say("mapping.incomplete", name=mapping.name))
    columns += [LayoutColumn(header, ITEM + item, required=True, signature=True) for item, header in items]
    for whose, name, header in _described(mapping.attributes):
        columns.append(LayoutColumn(header, f"{whose}:{name}.0", required=True))
    base = load_layouts()["rating-file"]
    return Layout(base.name, mapping.kind if mapping.kind != "ratings" else base.kind, "", 1, (), base.what_id, base.what_en, False,
                  (mapping.source,), tuple(columns), tuple(i for i, _ in items), mapping.scale, mapping.instrument)


def _names(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)]


def _items(role: str, value: Any) -> list[tuple[str, str]]:
    """Item and column: a single rating is the item `overall`, a list names the items by their columns."""
    if isinstance(value, dict):
        return [(str(item), str(header)) for item, header in value.items()]
    if role == "rating":
        return [("overall", str(value))]
    return [(clean_header(header).replace(" ", "_"), header) for header in _names(value)]


def _described(attributes: Any) -> list[tuple[str, str, str]]:
    """Whose attribute, its name, its column: a plain list or table describes the object."""
    if not attributes:
        return []
    if isinstance(attributes, dict) and set(attributes) <= {"object", "rater"}:
        return [(whose, name, header) for whose, part in attributes.items() for _, name, header in _described(part)]
    if isinstance(attributes, dict):
        return [("object", str(name), str(header)) for name, header in attributes.items()]
    return [("object", clean_header(header).replace(" ", "_"), header) for header in _names(attributes)]


def parts_of(roles: Iterable[str], role: str) -> list[str]:
    """Give the parts of a role that is joined of several columns, in their order.

    Examples
    --------
    >>> parts_of(["object_id.1", "rater_id.0", "object_id.0"], "object_id")
    ['object_id.0', 'object_id.1']
    """
    return sorted(r for r in roles if r.partition(".")[0] == role)
