"""Tables of a page for the template: cells with their places, and which of them decide how wide a column is."""

from __future__ import annotations

from typing import Any

from evalkit.report.pdf.drawing import drawing
from evalkit.report.pdf.glyphs import Run, advance
from evalkit.report.pdf.runs import Tree, UnknownBlockError, classes, fixed, named, parts, runs

WIDEST = 3  # cells of a column that the template measures: setting every one only to learn its width takes as long as the page


def table(scroll: Any) -> Tree:
    """Give a table: caption, heads, groups of rows, note.

    Raises
    ------
    UnknownBlockError
        If it is not made of caption, thead, tbody and tfoot, or a row does not begin with its head.
    """
    (node,) = parts(scroll)
    out: Tree = {"b": "table", "kind": " ".join(c for c in classes(node) if c != "keep"), "groups": [], "note": []}
    for child in parts(node):
        rows = _placed([{"sum": "sum" in classes(tr), "cells": [_cell(x) for x in parts(tr)]} for tr in parts(child) if tr.tag == "tr"])
        if child.tag == "caption":
            out |= fixed(child, "head", "no", "desc")
        elif child.tag == "thead" and rows:
            out |= {"heads": [row["cells"] for row in rows], "cols": sum(x["span"] for x in rows[0]["cells"])}
        elif child.tag in {"tbody", "tfoot"} and all(row["cells"] and row["cells"][0]["h"] in {"row", "rowgroup"} for row in rows):
            out["groups"] += [rows] if rows else []
        else:
            raise UnknownBlockError(child, "a table is caption, thead, tbody, tfoot, and a row begins with th scope=row")
    if "head" not in out or "heads" not in out:
        raise UnknownBlockError(node, "a table needs a caption and column heads")
    cells = [cell for group in out["groups"] for row in group for cell in row["cells"] if not row["sum"]]
    _mark_widest(cells)
    return out | {"bars": sorted({cell["at"] for cell in cells if cell["ci"]})}


def _cell(node: Any) -> Tree:
    if node.tag not in {"th", "td"}:
        raise UnknownBlockError(node, f"a row holds th and td, not {named(node)}")
    micro = next((child for child in node if child.tag == "svg"), None)
    css = classes(node)
    return {**{name: name in css for name in ("r", "nw", "ci", "here")}, "h": str(node.get("scope") or "") if node.tag == "th" else "",
            "span": int(node.get("colspan") or 1), "down": int(node.get("rowspan") or 1), "wide": True,
            "svg": "" if micro is None else drawing(micro), "x": runs(node) if micro is None else []}


def _placed(rows: list[Tree]) -> list[Tree]:
    """Give every cell its first column; a cell over several rows takes its place in the rows below."""
    taken: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        x = 0
        for cell in row["cells"]:
            while (y, x) in taken:
                x += 1
            cell["at"] = x
            taken |= {(y + dy, x + dx) for dy in range(cell["down"]) for dx in range(cell["span"])}
            x += cell["span"]
    return rows


def _plain(held: list[Run]) -> str:
    return "".join(run if isinstance(run, str) else _plain(run["x"]) for run in held)


def _mark_widest(cells: list[Tree]) -> None:
    """Leave the mark `wide` on the cells of each column with the longest line or the longest word."""
    columns: dict[int, list[tuple[tuple[int, int], Tree]]] = {}
    for cell in cells:
        text = _plain(cell["x"])
        longest = max(map(advance, text.replace("\u200b", " ").replace("-", " ").split()), default=0)
        cell["wide"] = cell["ci"]
        columns.setdefault(cell["at"], []).append(((advance(text), longest), cell))
    for column in columns.values():
        for i in (0, 1):
            for _, cell in sorted(column, key=lambda found: -found[0][i])[:WIDEST]:
                cell["wide"] = True
