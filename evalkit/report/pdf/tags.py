"""What Typst cannot tag yet is tagged in the finished PDF: row heads, and signs that are written by code point.

`pdf.header-cell` of Typst 0.15 stands behind a feature that its Python package cannot switch on. So the first cell of
each body row becomes a head of its row here.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name

_ROWS = {"/THead", "/TBody", "/TFoot"}


def _kids(element: pikepdf.Object) -> list[pikepdf.Object]:
    held = element.get("/K")
    return [] if held is None else list(held) if isinstance(held, Array) else [held]


def elements(element: pikepdf.Object) -> Iterator[Dictionary]:
    """Give the tagged elements of a PDF from here down, in reading order."""
    if isinstance(element, Dictionary):
        if "/S" in element:
            yield element
        for kid in _kids(element):
            yield from elements(kid)


def mended(pdf: bytes) -> bytes:
    """Mark the row heads, take the empty cells that tie rows together out of the tags, give signs their text.

    Parameters
    ----------
    pdf : bytes
        A tagged PDF as Typst made it.

    Returns
    -------
    bytes
        The same pages with the mended tags; the same bytes for the same input.
    """
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        for part in list(elements(document.Root.StructTreeRoot)):
            kind = str(part.S)
            if kind in _ROWS:
                for row in _kids(part):
                    _mend_row(row, is_head=kind == "/THead")
            elif kind == "/Formula":  # the template has no other formula than a sign without a font
                part.S = Name.Span
                part.ActualText = part.Alt
                del part.Alt
        document.Root.MarkInfo = Dictionary(Marked=True)  # some readers stumble over the rest, which only repeats what is the rule
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)  # a third of the size
    return out.getvalue()


def _mend_row(row: pikepdf.Object, *, is_head: bool) -> None:
    cells = _kids(row)
    if len(cells) > 1 and not _kids(cells[0]):
        cells = cells[1:]
        row.K = Array(cells)
    if is_head or not cells or cells[0].S != Name.TD:
        return
    cells[0].S = Name.TH
    held = cells[0].get("/A")
    for facts in held if isinstance(held, Array) else [] if held is None else [held]:
        if facts.get("/O") == Name.Table:
            facts.Scope = Name.Row
            return
