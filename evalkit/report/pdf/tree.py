"""A page as a tree for the template: the blocks of `exhibits`, each by its name; what is not one of them is refused.

Few, flat and semantic blocks, so a page and its PDF say the same. A new block of `exhibits` needs its line here and
its rule in `page.typ`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml import html as lxml_html

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language, say
from evalkit.report.one_reader import READING
from evalkit.report.pdf.drawing import drawing
from evalkit.report.pdf.glyphs import visible, written
from evalkit.report.pdf.runs import Tree, UnknownBlockError, classes, fixed, head, named, parts, runs
from evalkit.report.pdf.table import table

FOOT_SIGNS = 100


def tree_of(html: str, language: Language) -> Tree:
    """Read a page of `report.shell` into a tree of strings, lists and names, ready to be written as JSON.

    Parameters
    ----------
    html : str
        The whole page.
    language : {"id", "en"}
        The language of the page; it must be the one that the page states.

    Returns
    -------
    dict
        Title, bar, foot and blocks; every text is a string and nothing else.

    Raises
    ------
    ReportError
        If this is no page, states another language, or holds a block without a rule (`UnknownBlockError`).
    """
    with READING:
        return _tree(html, language)


def _tree(html: str, language: Language) -> Tree:
    page = lxml_html.document_fromstring(html.replace("\x00", "\ufffd").encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    if page.get("lang") != language:
        raise ReportError(f"The page is in {page.get('lang')!r}; its PDF was asked for in {language!r}.")
    main, bar, end = (_one(page, path) for path in ("//main", "//header//div", "//footer//div"))
    if len(main.xpath(".//h1")) != 1:
        raise ReportError("A page needs exactly one title (h1).")
    before, _, of = say("page.of_pages", language).partition("|")
    body = _joined(_blocks(main))
    tree = {"lang": language, "title": written(page.findtext(".//title") or "").strip(), **_bar(bar), "foot": _foot(page, bar), "words": [before, of],
            "blocks": body, "end": runs(end), "ids": sorted({i for b in body for i in _ids(b)})}
    first = next(_code_points(tree), "")
    return tree | {"signs": say("pdf.signs", language, example=first) if first else ""}


def _bar(bar: Any) -> Tree:
    mark = next(iter(bar.xpath("./span[contains(concat(' ', @class, ' '), ' mark ')]")), None)
    state = next(iter(bar.xpath("./span[@class='state']")), None)
    owner = next(iter(bar.xpath("./span[not(@class)]")), None)
    return {"owner": _runs(owner), "state": _runs(state), "mark": _runs(mark),
            "border": " ".join(classes(mark)[1:]) if mark is not None else ""}


def _foot(page: Any, bar: Any) -> str:
    """Title, mark and state on one line; of a title without end the beginning is enough here, all of it stands above."""
    state, _, _ = "".join(bar.xpath("./span[@class='state']//text()")).partition(",")
    mark = "".join(bar.xpath("./span[contains(concat(' ', @class, ' '), ' mark ')]//text()"))
    words = [page.findtext(".//title") or "", mark, state[:1].lower() + state[1:]]
    return " · ".join(written(_shortened(word.strip())) for word in words if word.strip())


def _shortened(text: str) -> str:
    return text if len(text) <= FOOT_SIGNS else text[:FOOT_SIGNS] + "…"


def _one(page: Any, path: str) -> Any:
    found = page.xpath(path)
    if not found:
        raise ReportError(f"This is no page of evalkit: it has no {path.rpartition('/')[2] if path == '//main' else path[2:].split('/')[0]}.")
    return found[0]


def _runs(node: Any) -> list[Any]:
    return [] if node is None else runs(node)


def _ids(block: Tree) -> Iterator[str]:
    for part in (block, block.get("h2") or {}, block.get("h3") or {}):
        if part.get("id"):
            yield part["id"]


def _code_points(part: Any) -> Iterator[str]:
    """Give the signs that are written by their code points, anywhere in the tree."""
    if isinstance(part, dict):
        if part.get("k") == "code-point":
            yield part["x"][0]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _code_points(inner)


def _joined(blocks: Iterator[Tree]) -> list[Tree]:
    """The note under a table or the three dimensions belongs to it."""
    out: list[Tree] = []
    for block in blocks:
        if block.get("c") == "note" and out and out[-1].get("note") == []:
            out[-1]["note"] = block["x"]
        else:
            out.append(block)
    return out


def _blocks(node: Any) -> Iterator[Tree]:
    for child in parts(node):
        if named(child) == "section":
            yield from _blocks(child)
        else:
            yield _block(child)


def _block(node: Any) -> Tree:
    css = classes(node)
    rule = _RULES.get(f"{node.tag}.{css[0]}" if css else node.tag)
    if rule is None:
        raise UnknownBlockError(node, "it is none of the blocks of a page")
    try:
        return rule(node)
    except ValueError as error:  # a block with more or fewer parts than its kind has
        raise UnknownBlockError(node, f"its parts are not those of this block ({error})") from error


def _paragraph(node: Any) -> Tree:
    return {"b": "p", "c": " ".join(classes(node)), "x": runs(node)}


def _list(node: Any) -> Tree:
    return {"b": "list", "c": node.tag, "x": [runs(item) for item in parts(node)]}


def _verdict(node: Any) -> Tree:
    return {"b": "verdict", **fixed(node, "h2", "p.say", "p.ev")}


def _question(node: Any) -> Tree:
    return {"b": "q", **fixed(node, "h2", "p.rung-tag", "p.rung-tag.shut", "p.lead")}


def _strip(node: Any) -> Tree:
    left, *right = parts(node)
    title, *marked = left
    words = lxml_html.Element("div")
    words.text, words[:] = title.tail, marked
    return {"b": "strip", "h2": head(title), "x": runs(words), "to": runs(right[0]) if right else []}


def _actions(node: Any) -> Tree:
    title, items = parts(node)
    return {"b": "acts", "h2": head(title), "items": [runs(item) for item in parts(items)]}


def _cannot(node: Any) -> Tree:
    title, *rest = parts(node)
    return {"b": "cannot", "h3": head(title), "x": [runs(p) for p in rest]}


def _lines(nodes: list[Any]) -> list[Tree]:
    return [{"c": " ".join(classes(p)), "x": runs(p)} for p in nodes]


def _dims(node: Any) -> Tree:
    columns = [list(parts(div)) for div in parts(node)]
    return {"b": "dims", "cols": [{"h3": head(c[0]), "x": _lines(c[1:])} for c in columns], "note": []}


def _tiles(node: Any) -> Tree:
    pairs = [list(parts(div)) for div in parts(node)]
    return {"b": "tiles", "items": [{"t": runs(dt), **fixed(dd, "n", "c")} for dt, dd in pairs]}


def _terms(node: Any) -> Tree:
    flat = list(parts(node))
    return {"b": "terms", "items": [{"t": runs(a), "d": runs(b)} for a, b in zip(flat[::2], flat[1::2], strict=True)]}


def _figure(node: Any) -> Tree:
    out: Tree = {"b": "figure", "key": [], "svg": "", "alt": "", "steps": [], "next": [], "note": []}
    for child in parts(node):
        match named(child):
            case "figcaption":
                out |= fixed(child, "head", "no", "desc")
            case "ul.key":
                out["key"] = [runs(item) for item in parts(child)]
            case "div.plot":
                out |= _plot(child)
            case "ol.ladder":
                out["steps"] = [_step(item) for item in parts(child)]
            case "div.next":
                out["next"] = [runs(p) for p in parts(child)]
            case "p.note":
                out["note"] = runs(child)
            case _:
                raise UnknownBlockError(child, "it is no part of a figure")
    if "head" not in out or not (out["svg"] or out["steps"]):
        raise UnknownBlockError(node, "a figure needs a caption and a picture or a ladder")
    return out


def _plot(node: Any) -> Tree:
    alt = visible(str(node.get("aria-label") or "")).strip()
    wide = next((child for child in node if child.tag == "svg" and "narrow" not in classes(child)), None)
    if not alt or wide is None:
        raise UnknownBlockError(node, "a picture needs its text alternative (aria-label) and its wide drawing")
    return {"svg": drawing(wide), "alt": alt}


def _step(node: Any) -> Tree:
    rung, what, go = parts(node)
    css = classes(node)
    words = [runs(b) for b in go.iter("b")]
    return {"on": "on" in css, "part": "part" in css, "up": "up" in css, "rung": runs(rung), "lines": _lines(list(parts(what))),
            "go": [*words, runs(go, without="strong")]}


_RULES: dict[str, Callable[[Any], Tree]] = {
    "h1": head, "h2": head, "h3": head, "p": _paragraph, "p.sub": _paragraph, "p.lead": _paragraph, "p.note": _paragraph, "p.call": _paragraph,
    "p.trace": _paragraph, "ul": _list, "ol": _list, "section.verdict": _verdict, "section.strip": _strip, "section.acts": _actions,
    "div.q": _question, "div.cannot": _cannot, "div.dims": _dims, "dl.tiles": _tiles, "dl.terms": _terms, "figure": _figure,
    "div.scroll": table}
