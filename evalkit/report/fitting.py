"""The part of a style sheet that a page needs: a page of one kind has a third of the classes that all kinds have together."""

from __future__ import annotations

import re
from functools import lru_cache

_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_NOT = re.compile(r":not\([^)]*\)")  # asks for a class that is not there
_ATTRIBUTE = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)')""")


def classes_of(*parts: str) -> frozenset[str]:
    """Give the classes that stand in HTML.

    Examples
    --------
    >>> sorted(classes_of('<p class="a b">', "<i class='c'>"))
    ['a', 'b', 'c']
    """
    return frozenset(word for part in parts for found in _ATTRIBUTE.findall(part) for word in " ".join(found).split())


@lru_cache(maxsize=256)
def fitting(css: str, classes: frozenset[str]) -> str:
    """Leave out the selectors that ask for a class which the page has not; what has no class, and what prints it, stays.

    Only for a page to which nothing comes later: a script could add a class, another body could have one.

    Examples
    --------
    >>> fitting("a{x:1}.b,.c{y:2}td:not(.r){w:0}@media print{.c{z:3}}@page{margin:0}", frozenset({"b"}))
    'a{x:1}.b{y:2}td:not(.r){w:0}@page{margin:0}'
    """
    out, place = [], 0
    while (start := css.find("{", place)) >= 0:
        end = _closing(css, start)
        head, inside = css[place:start], css[start + 1:end]
        place = end + 1
        if head.startswith("@media"):
            kept = fitting(inside, classes)
            out += [f"{head}{{{kept}}}"] if kept else []
        elif head.startswith("@"):
            out.append(f"{head}{{{inside}}}")
        else:
            selectors = [s for s in head.split(",") if set(_CLASS.findall(_NOT.sub("", s))) <= classes]
            out += [f"{','.join(selectors)}{{{inside}}}"] if selectors else []
    return "".join(out)


def _closing(css: str, start: int) -> int:
    """Find the brace that closes the one at `start`; braces inside quotes are words."""
    depth, quoted, place = 0, "", start
    while place < len(css):
        sign = css[place]
        if quoted:
            place += sign == "\\"
            quoted = "" if sign == quoted else quoted
        elif sign in "\"'":
            quoted = sign
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if not depth:
                return place
        place += 1
    return len(css)
