"""Reads a PDF back: its text, where the text stands, its tags. Shared by the tests of this folder."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
from lxml import html as lxml_html

from evalkit.report.pdf.tags import elements

PAPER = (595.3, 841.9)
SIDE, LOW = 45.4, 51.0  # 16 and 18 mm, in points
FOOT = (18.0, 36.0)     # where the foot of the page stands
_HIDDEN = ("//details | //nav | //script | //style | //*[@hidden] | //*[contains(concat(' ', @class, ' '), ' vh ')]"
           " | //*[local-name()='svg' and contains(@class, 'narrow')] | //a[@class='skip']")
# marks beside a word that the PDF writes by a sign its fonts have
_ALIKE = str.maketrans({"┃": "│", "⇥": "→"})


def squeezed(text: str) -> str:
    """Leave only what must not be lost: no blanks, no places to break, no hyphens, no marks of direction."""
    return re.sub(r"[\s\u200b\u00ad\u2066-\u2069\u200e\u200f\u202a-\u202e\ufffe\x02-]+", "", text.translate(_ALIKE))


def printed_texts(html: str) -> list[str]:
    """Every piece of text that stands on the printed page, as the HTML has it."""
    page = lxml_html.document_fromstring(html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    for node in page.xpath(_HIDDEN):
        node.drop_tree()
    pieces = [t for part in ("main", "header", "footer") for t in page.find(f".//{part}").itertext()]
    return [squeezed(t) for t in pieces if squeezed(t)]


def text_of(pdf: bytes, *, foot: bool = True) -> str:
    """All text of a PDF in its order; without the foot of the pages, what runs on over a page is in one piece."""
    document = pypdfium2.PdfDocument(pdf)
    low = 0.0 if foot else FOOT[1]
    said = [page.get_textpage().get_text_bounded(left=0, bottom=low, right=PAPER[0], top=PAPER[1]) for page in document]
    document.close()
    return "\n".join(said)


def lost(html: str, pdf: bytes) -> list[str]:
    """The texts of the page that the PDF does not have."""
    have = squeezed(text_of(pdf, foot=False))
    return [t for t in printed_texts(html) if t not in have]


def outside(pdf: bytes) -> list[str]:
    """The letters that lie outside the margins of the paper; only the foot of the page stands in the lower one."""
    found: list[str] = []
    document = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(document, 1):
        text = page.get_textpage()
        signs = text.get_text_range()
        for i in range(min(text.count_chars(), len(signs))):
            left, bottom, right, top = text.get_charbox(i)
            across = left > SIDE - 1 and right < PAPER[0] - SIDE + 1
            in_page = bottom > LOW - 1 and top < PAPER[1] - SIDE + 1
            in_foot = FOOT[0] < bottom and top < FOOT[1]
            if signs[i].strip() and not (across and (in_page or in_foot)):
                found.append(f"page {number}: {signs[i : i + 20]!r} at {left:.0f} {bottom:.0f} {right:.0f} {top:.0f}")
        text.close()
        page.close()
    document.close()
    return found


@dataclass(frozen=True)
class Tags:
    """What the tags of a PDF say."""

    lang: str
    title: str
    standard: str
    count: Counter[str]
    alts: tuple[str, ...]
    actual: tuple[str, ...]
    headings: tuple[str, ...]
    fonts: frozenset[str]


def _facts(element: Any) -> list[Any]:
    held = element.get("/A")
    return [] if held is None else list(held) if isinstance(held, pikepdf.Array) else [held]


def tags_of(pdf: bytes) -> Tags:
    """Read language, title, standard, elements with their scope, alternatives, headings and fonts."""
    count: Counter[str] = Counter()
    alts, actual, headings = [], [], []
    with pikepdf.open(BytesIO(pdf)) as document:
        for element in elements(document.Root.StructTreeRoot):
            kind = str(element.S)[1:]
            scopes = "".join(str(a.Scope)[1:] for a in _facts(element) if "/Scope" in a)
            count[f"{kind} {scopes}".strip()] += 1
            alts += [str(element.Alt)] if "/Alt" in element else []
            actual += [str(element.ActualText)] if "/ActualText" in element else []
            headings += [kind] if re.fullmatch(r"H\d", kind) else []
        fonts = {str(f.BaseFont)[8:] for p in document.pages for f in p.Resources.get("/Font", {}).values()}
        with document.open_metadata() as facts:
            standard = str(facts.get("pdfuaid:part"))
        return Tags(str(document.Root.Lang), str(document.docinfo.get("/Title", "")), standard, count, tuple(alts), tuple(actual),
                    tuple(headings), frozenset(fonts))
