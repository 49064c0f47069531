"""Running text of a page as runs: strings and marked strings, never markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evalkit.errors import ReportError
from evalkit.report.pdf.glyphs import Run, runs_of

Tree = dict[str, Any]
_DROPPED = {"details", "script", "style", "nav", "template", "colgroup"}
_NOT_PRINTED = {"vh", "find"}
_TAGS = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "code": "code"}
_SPANS = {"nw", "part", "role", "who", "own", "yours", "open", "st"}
_SIGNS = {"s", "sq", "g", "tab"}
# marks beside a word that no shipped font has, and the nearest that one has; the word says what is meant
_ALIKE = str.maketrans({"┃": "│", "⇥": "→"})
_ISOLATE, _END = "\u2068", "\u2069"


class UnknownBlockError(ReportError):
    """The page holds something that the PDF has no rule for; the message gives the way to it."""

    def __init__(self, node: Any, why: str) -> None:
        way = [named(node)]
        for above in node.iterancestors():
            way.append(named(above))
            if above.tag in {"main", "header", "footer", "body"}:
                break
        super().__init__(f"The PDF has no rule for {' > '.join(reversed(way))}: {why}.")


def classes(node: Any) -> list[str]:
    """Give the classes of an element."""
    return str(node.get("class") or "").split()


def named(node: Any) -> str:
    """Give an element by tag and classes, as a style sheet would."""
    return ".".join([str(node.tag), *classes(node)])


def seen(node: Any) -> bool:
    """Say whether an element stands on the printed page."""
    return (isinstance(node.tag, str) and node.tag not in _DROPPED and node.get("hidden") is None
            and not _NOT_PRINTED & set(classes(node)))


def parts(node: Any) -> Iterator[Any]:
    """Give the elements of the printed page inside a block.

    Raises
    ------
    UnknownBlockError
        If text stands outside any of them.
    """
    for text in [node.text, *(child.tail for child in node)]:
        if text and text.strip():
            raise UnknownBlockError(node, "text stands outside the blocks in it")  # not which: it may be a name
    return (child for child in node if seen(child))


def runs(node: Any, without: str = "") -> list[Run]:
    """Give the text of an element as runs, one blank between words, none at the ends.

    Parameters
    ----------
    node : lxml element
        What holds the text.
    without : str
        A kind of run to leave out.

    Raises
    ------
    UnknownBlockError
        If a tag is not one of running text.
    """
    out = [run for run in _inline(node) if isinstance(run, str) or run["k"] != without]
    _tidy(out, True)
    last = out
    while last and not isinstance(last[-1], str):
        last = last[-1]["x"]
    if last:
        last[-1] = last[-1].rstrip(" ")
    return out


def _inline(node: Any) -> list[Run]:
    out: list[Run] = runs_of(node.text or "")
    for child in node:
        if seen(child):
            out += _marked(child)
        out += runs_of(child.tail or "")
    return out


def _marked(node: Any) -> list[Run]:
    tag, css = node.tag, classes(node)
    if tag == "br":
        return [{"k": "br", "x": []}]
    if tag == "bdi":
        return [_ISOLATE, *_inline(node), _END]
    if tag == "a":  # a link to another file is only its words; one on the page stays a link
        to = str(node.get("href") or "")
        return [{"k": "a" if to.startswith("#") else "plain", "to": to[1:], "x": _inline(node)}]
    if tag in _TAGS:
        return [{"k": _TAGS[tag], "x": _inline(node)}]
    if tag != "span":
        raise UnknownBlockError(node, "it is no part of running text")
    if not css:
        return _inline(node)
    if css[0] in _SIGNS:
        return [{"k": "sign", "c": css[0], "x": runs_of(str(node.text_content()).strip().translate(_ALIKE))}]
    if css[0] == "whole":
        return [{"k": "nw", "c": "", "x": _inline(node)}]
    if css[0] in _SPANS:
        return [{"k": css[0], "c": " ".join(css[1:]), "x": _inline(node)}]
    raise UnknownBlockError(node, "this class is no part of running text")


def _tidy(out: list[Run], blank: bool) -> bool:
    for i, run in enumerate(out):
        if isinstance(run, str):
            out[i] = run.lstrip(" ") if blank else run
            blank = out[i].endswith(" ") if out[i] else blank
        else:
            blank = run["k"] == "br" or _tidy(run["x"], blank)
    return blank


def head(node: Any) -> Tree:
    """Give a heading with its level and id."""
    if node.tag not in {"h1", "h2", "h3"}:
        raise UnknownBlockError(node, "a heading is needed in its place")
    return {"b": node.tag, "id": str(node.get("id") or ""), "x": runs(node)}


def fixed(node: Any, *wanted: str) -> Tree:
    """Give children by name, for blocks whose children are fixed; the first must be there."""
    got: Tree = {}
    for child in parts(node):
        got[named(child).removeprefix("span.")] = head(child) if child.tag in {"h2", "h3"} else runs(child)
    if wanted[0] not in got or not set(got) <= set(wanted):
        raise UnknownBlockError(node, f"it holds {', '.join(got) or 'nothing'}; it may hold {', '.join(wanted)}, the first always")
    return {name.split(".")[-1]: got.get(name, []) for name in wanted}
