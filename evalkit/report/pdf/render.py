"""The PDF of a page: tagged PDF/UA-1 from the page's own HTML, the same bytes for the same page."""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

import pikepdf
import typst

from evalkit.errors import ReportError
from evalkit.language.catalogue import Language
from evalkit.report.pdf.glyphs import FAMILIES, fonts_folder
from evalkit.report.pdf.runs import Tree
from evalkit.report.pdf.tags import mended
from evalkit.report.pdf.tree import tree_of
from evalkit.tables.atomic import write_bytes

STANDARD: Final = "ua-1"
_ours = threading.local()


def write_pdf(html: str, target: Path, language: Language) -> None:
    """Write the PDF of a page, whole or not at all.

    Parameters
    ----------
    html : str
        The whole page, as `report.shell` makes it.
    target : Path
        The file.
    language : {"id", "en"}
        The language that the page states.

    Raises
    ------
    ReportError
        As `pdf_of` does; then nothing is written.
    OSError
        If the disk is full or the folder cannot be written.
    """
    write_bytes(target, pdf_of(html, language=language))


def pdf_of(html: str, *, language: Language) -> bytes:
    """Make the PDF of any page of `report.shell`.

    Parameters
    ----------
    html : str
        The whole page, as it is written to its file.
    language : {"id", "en"}
        The language that the page states.

    Returns
    -------
    bytes
        A tagged PDF (PDF/UA-1): language, title, headings, text alternatives, table heads with their scope.

    Raises
    ------
    ReportError
        If the page holds a block that the PDF has no rule for (its name and place are given), or is in another language.

    Notes
    -----
    The fonts are those of the package, so the page is the same on every machine; what they lack is written by its code
    point. No time and no random number enter the file. Typst checks the standard before the row heads are marked.
    Threads may make pages at the same time.

    Examples
    --------
    >>> from evalkit.report import shell
    >>> pdf_of(shell.render("<h1>Judul</h1>", title="Judul"), language="id")[:5]
    b'%PDF-'
    """
    try:
        return mended(_typeset(tree_of(html, language)))
    except pikepdf.PdfError as error:
        raise ReportError(f"The PDF could not be made: {error}") from error


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    # those inside Typst are needed by the frame of a sign without a font, which is a formula to it; no letter is set in them
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(fonts_folder())])


def _compiler() -> typst.Compiler:
    """One compiler a thread: it serves one page at a time, and reading the fonts takes longer than a page."""
    if not hasattr(_ours, "compiler"):
        template = Path(str(resources.files("evalkit.report.pdf").joinpath("page.typ")))
        _ours.compiler = typst.Compiler(str(template), root=str(template.parent), font_paths=_fonts(), ignore_system_fonts=True)
    compiler: typst.Compiler = _ours.compiler
    return compiler


def _typeset(tree: Tree) -> bytes:
    page = json.dumps(tree | {"fonts": FAMILIES}, ensure_ascii=False)
    try:
        made = _compiler().compile(format="pdf", sys_inputs={"page": page}, pdf_standards=STANDARD, timestamp=0)
    except typst.TypstError as error:
        raise ReportError(f"The PDF could not be made: {error.message}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a fault inside Typst; it has no class that could be imported
            raise
        del _ours.compiler
        raise ReportError("The PDF could not be made: Typst stopped at a fault of its own.") from error
    if not isinstance(made, bytes):
        raise ReportError("The PDF could not be made: there was no page.")
    return made
