"""The shell of every page: one file that asks the network for nothing.

The page states its own content policy: nothing may be loaded, and only the style sheet and the one script whose
digests stand in the policy are used. A text that should slip in as a tag would still find nothing that carries it out.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module, resources
from threading import local
from typing import Any

from lxml import html as lxml_html
from markupsafe import Markup, escape

from evalkit.errors import ReportError
from evalkit.exhibits.page import FACTS_MIME
from evalkit.exhibits.text import attribute, clean, plain
from evalkit.language.catalogue import Language, say
from evalkit.report.fitting import classes_of, fitting
from evalkit.report.lean import lean
from evalkit.report.one_reader import READING

_NOTEBOOK_SHEET = re.compile(r"<style data-notebook>.*?</style>", re.DOTALL)
NOTEBOOK_ONLY = "reader"
FOR = "for-"  # begins the tags of cells that only pages of one kind of study show: for-appraisals, for-linked, for-outcomes
_NOT_LISTED = {"a-h", "b-h"}
_LAYOUTS = {"", "one", "wide"}
_MARKS = {"", "private", "public"}
_KEPT = local()


@lru_cache(maxsize=8)
def asset(name: str) -> str:
    """Read a style sheet or script that ships with the pages, without comments and line breaks."""
    text = resources.files("evalkit.report").joinpath("assets", name).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).replace("\n", "")


def _css_string(text: str) -> str:
    """Write a text inside the quotes of a style sheet; what could end them is written by its code point."""
    return re.sub(r"[^\w .,:;·–()/-]", lambda m: f"\\{ord(m[0]):x} ", plain(text))


def style_sheet(title: str, mark: str, state: str, language: Language, classes: frozenset[str] | None = None) -> str:
    """Give the style sheet of a page, or the part that its classes need; title, mark and state stand at the foot of the printed sheet."""
    page, _, of = say("page.of_pages", language).partition("|")
    foot = " · ".join(part for part in (title, mark, state.partition(",")[0]) if part)  # one line of paper
    whole = asset("page.css")
    return (whole if classes is None else fitting(whole, classes)).replace("@FOOT@", _css_string(foot)).replace("@PAGE@", page).replace("@OF@", of)


def digest(content: str) -> str:
    """Give the digest by which a content policy names a style sheet or script.

    Examples
    --------
    >>> digest("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")


def policy(style: str, script: str = "") -> str:
    """Give the content policy of a page: nothing from anywhere, this style sheet, this script or none."""
    scripts = f"; script-src '{digest(script)}'" if script else ""
    return f"default-src 'none'; style-src '{digest(style)}'{scripts}; base-uri 'none'; form-action 'none'"


def contents(body: str) -> list[tuple[str, str]]:
    """List the sections of a page: the ids of its h2s with their short names.

    Examples
    --------
    >>> contents('<h2 id="s-pola" data-toc="Pola unit">Apakah sesuai?</h2><h2 id="a-h">Langkah</h2><h2 id="s-b">B &amp; C</h2>')
    [('s-pola', 'Pola unit'), ('s-b', 'B & C')]
    """
    with READING:
        tree = lxml_html.fragment_fromstring(body, create_parent="div")
        found = [(str(h.get("id") or ""), str(h.get("data-toc") or h.text_content())) for h in tree.iter("h2")]
        del tree
    return [(uid, name) for uid, name in found if uid and uid not in _NOT_LISTED]


def _navigation(toc: Sequence[tuple[str, str]], language: Language) -> Markup:
    if not toc:
        return Markup("")
    items = Markup("").join(Markup('<li><a href="#{}">{}</a></li>').format(attribute(uid), clean(name)) for uid, name in toc)
    return Markup('<nav class="toc" aria-labelledby="toc-h"><div><p id="toc-h">{}</p><ol>{}</ol></div></nav>').format(
        say("page.contents", language), items)


def _bar(owner: str, state: str, mark: str, mark_class: str) -> Markup:
    first, dot, rest = owner.partition(" · ")
    parts = Markup("<span><strong>{}</strong>{}{}</span>").format(clean(first), dot, clean(rest))
    parts += Markup('<span class="state">{}</span>').format(clean(state)) if state else Markup("")
    parts += Markup('<span class="mark {}">{}</span>').format(mark_class, clean(mark)) if mark else Markup("")
    return Markup('<header class="bar"><div class="in">{}</div></header>').format(parts)


def render(body: str, *, title: str, language: Language = "id", toc: Sequence[tuple[str, str]] | None = None, owner: str = "",
           state: str = "", mark: str = "", mark_class: str = "", layout: str = "", foot: str = "", script: str = "",
           other_bodies: bool = False) -> str:
    """Put the shell round the blocks of a page.

    Parameters
    ----------
    body : str
        Blocks of `exhibits`, joined: trusted markup.
    title : str
        The name of the page: subject, place, period.
    language : {"id", "en"}
        The language of the page.
    toc : sequence of (id, name), optional
        The contents; without it they are built from the h2s, and on a page of one column there are none.
    owner, state, mark : str
        Who publishes, in what state (draft, release, day of the data), and who may read.
    mark_class : {"", "private", "public"}
        How the mark is framed.
    layout : {"", "one", "wide"}
        Contents at the left, one reading column, or the full width.
    foot : str
        The line at the end; empty gives the usual one.
    script : str
        The one script of the page, from `assets`; empty for none.
    other_bodies : bool
        Whether other bodies will be put in the place of this one: the whole style sheet stays, not the part that this body needs.

    Raises
    ------
    ReportError
        If the layout or mark is unknown, or the body is not one page (exactly one h1).
    """
    if layout not in _LAYOUTS or mark_class not in _MARKS:
        raise ReportError(f"A page has no layout {layout!r} or mark {mark_class!r}.")
    if len(re.findall(r"<h1[ >]", body)) != 1:
        raise ReportError("A page needs exactly one title (h1).")
    listed = contents(body) if toc is None and not layout else list(toc or ())
    bar, navigation = _bar(owner, state, mark, mark_class), _navigation(listed, language)
    final = not script and not other_bodies  # nothing comes to this page later
    classes = classes_of(body, bar, navigation) | {layout, "skip", "in", "cols"} if final else None
    style = style_sheet(title, mark, state, language, classes)
    out = Markup(
        '<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        "<title>{title}</title>\n<style>{style}</style>\n</head>\n<body{layout}>\n"
        '<a class="skip" href="#isi">{skip}</a>\n{bar}\n<div class="in cols">{nav}\n<main id="isi">\n{body}\n</main>\n</div>\n'
        '<footer><div class="in">{foot}</div></footer>\n{script}</body>\n</html>\n')
    return str(out.format(
        language=language, policy=Markup(policy(style, script)), title=escape(plain(title)), style=Markup(style),
        layout=Markup(f' class="{layout}"') if layout else "", skip=say("page.skip", language),
        bar=bar, nav=navigation, body=Markup(body),
        foot=clean(foot or say("page.foot", language)), script=Markup(f"<script>{script}</script>\n") if script else ""))


def page_facts(notebook: Any) -> dict[str, str]:
    """Find what the title block of a notebook says about its page: title, language, owner, state, mark, layout.

    Raises
    ------
    ReportError
        If no cell gave a title block.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            facts = output.get("data", {}).get(FACTS_MIME)
            if facts:
                return {str(k): str(v) for k, v in facts.items()}
    raise ReportError("The notebook has no title block; its first exhibit is page.title(...).")


def _for_page(notebook: Any) -> Any:
    """Leave out the cells that speak to whoever works in the notebook, and those for another kind of study than the page's."""
    page = copy.copy(notebook)
    kind = f"{FOR}{page_facts(notebook).get('kind', '')}" if any(t.startswith(FOR) for c in notebook.cells for t in _tags(c)) else ""
    page.cells = [_shown(c) for c in notebook.cells
                  if NOTEBOOK_ONLY not in _tags(c) and (kind in _tags(c) or not any(t.startswith(FOR) for t in _tags(c)))]
    return page


def _shown(cell: Any) -> Any:
    """Keep of a cell what a page shows: the exporter copies all that it is given three times, item by item."""
    slim = type(cell)({k: cell[k] for k in ("cell_type", "id") if k in cell}, metadata={}, source=cell.source if cell.cell_type == "markdown" else "")
    if cell.cell_type == "code":
        made = [o.get("data", {}).get("text/html") for o in cell.get("outputs", ())]
        slim |= {"execution_count": None,
                 "outputs": [type(cell)(output_type="display_data", metadata={}, data={"text/html": html}) for html in made if html]}
    return slim


def _tags(cell: Any) -> tuple[str, ...]:
    return tuple(cell.metadata.get("tags", ()))


def _exporter() -> Any:
    """Give the exporter of this thread: its template is read and compiled once."""
    if not hasattr(_KEPT, "exporter"):
        # heavy, and needed for notebooks only; the HTML exporter itself would read and write our markup again, and change it
        exporters: Any = import_module("nbconvert.exporters.templateexporter")
        with resources.as_file(resources.files("evalkit.report").joinpath("template")) as folder:
            _KEPT.exporter = exporters.TemplateExporter(template_name="evalkit", file_extension=".html", extra_template_basedirs=[str(folder)],
                                                         default_preprocessors=[])  # none changes these pages; each checks the notebook anew
            _KEPT.exporter.template  # noqa: B018  # read while the folder is there
    return _KEPT.exporter


def body_of(notebook: Any) -> str:
    """Give the HTML that the cells of a notebook made, in order, without code, streams and errors."""
    body, _ = _exporter().from_notebook_node(_for_page(notebook))
    return _NOTEBOOK_SHEET.sub("", str(body)).strip()


def render_notebook(notebook: Any) -> str:
    """Make the page of a notebook that has run.

    Raises
    ------
    ReportError
        If the notebook has no title block.
    """
    facts = page_facts(notebook)
    language: Language = "en" if facts.pop("language") == "en" else "id"
    return lean(render(body_of(notebook), language=language, title=facts.get("title", ""), owner=facts.get("owner", ""),
                       state=facts.get("state", ""), mark=facts.get("mark", ""), mark_class=facts.get("mark_class", ""),
                       layout=facts.get("layout", ""), foot=facts.get("foot", "")))
