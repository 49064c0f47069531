"""From a notebook that has run to the files of its report; and the page that says where a notebook failed.

A report is one HTML page and its companions (PDF, workbook), which carry the same name with another ending.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import ReportError
from evalkit.exhibits.page import Page
from evalkit.exhibits.text import clean
from evalkit.language.catalogue import Language, say
from evalkit.report import shell
from evalkit.report.jupyter import nbformat
from evalkit.report.kernels import KernelFailure
from evalkit.tables.atomic import aside_name, sync_file, sync_folder, write_bytes


@dataclass(frozen=True)
class Finished:
    """A notebook that has run, with the page made of it: what a companion is made from."""

    notebook: nbformat.NotebookNode
    html: str
    title: str
    language: Language


class FormatError(ReportError):
    """A companion could not be made of a page that stands; `files` are those that were made, HTML first."""

    def __init__(self, message: str, files: tuple[Path, ...]) -> None:
        super().__init__(message)
        self.files = files


def _pdf(made: Finished, file: Path) -> None:
    from evalkit.report.pdf.render import write_pdf

    write_pdf(made.html, file, made.language)


def _workbook(made: Finished, target: Path) -> None:
    from evalkit.report.workbook import write_workbook

    write_workbook(made.notebook, target, title=made.title, language=made.language)


Companion = Callable[[Finished, Path], None]
# Format -> what writes it under the name given. Each imports its own libraries when it is called: HTML alone needs none of them.
COMPANIONS: dict[str, Companion] = {"pdf": _pdf, "xlsx": _workbook}
ENDINGS = ("html", "pdf", "xlsx")  # a page that is made again takes away companions that were not asked for: they would be out of date


def write_page(target: Path, notebook: nbformat.NotebookNode, *, formats: Sequence[str] = ("html",), language: Language,
               title: str) -> tuple[Path, ...]:
    """Write every file of a report, and take away what an earlier failure left.

    Parameters
    ----------
    target : Path
        The HTML page; companions stand beside it under the same name with their own ending.
    notebook : NotebookNode
        A notebook that has run.
    formats : sequence of {"html", "pdf", "xlsx"}
        As `formats_of` gives them; HTML is always written.
    language : {"id", "en"}
        The language of the report.
    title : str
        The name of the report, for the properties of a companion.

    Returns
    -------
    tuple of Path
        The files, HTML first.

    Raises
    ------
    FormatError
        If a companion cannot be made of the page: the others are written, and the message says which one failed and why.
    ReportError
        If the notebook has no title block.
    OSError
        If the disk is full or the folder cannot be written; every file that stood there stands as it was.

    Notes
    -----
    All files are written aside first. The page gets its name last, so that it never stands without its companions.
    """
    made = Finished(notebook, shell.render_notebook(notebook), title, language)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = aside_name(target.with_suffix(""))
    aside.mkdir()
    try:
        names = [target.with_suffix(f".{f}") for f in formats if f != "html"]
        failed = _put_aside(made, names, aside)
        names = [file for file in names if file not in failed]
        write_bytes(aside / target.name, made.html.encode())
        for file in (*names, target):
            (aside / file.name).replace(file)
        for stale in {target.with_suffix(f".{ending}") for ending in ENDINGS} - {target, *names}:
            stale.unlink(missing_ok=True)  # after the page has its name: a run that ends in between has taken nothing away
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sync_folder(target.parent)
    for file in failed_files(target):
        file.unlink(missing_ok=True)
    if failed:
        reasons = [say("pdf.format_failed", language, format=file.suffix[1:].upper(), reason=reason) for file, reason in failed.items()]
        raise FormatError(" ".join(reasons), (target, *names))
    return (target, *names)


def _put_aside(made: Finished, names: Sequence[Path], aside: Path) -> dict[Path, str]:
    """Write the companions; give those that cannot be made of this page, with the reason."""
    failed: dict[Path, str] = {}
    for file in names:
        try:
            COMPANIONS[file.suffix[1:]](made, aside / file.name)
            sync_file(aside / file.name)
        except ReportError as error:
            failed[file] = str(error)
    return failed


def failed_files(target: Path) -> tuple[Path, Path]:
    """Give the two files of a failed report: its page and its notebook; never the name of a good page."""
    return target.with_suffix(".failed.html"), target.with_suffix(".failed.ipynb")


def write_failure(target: Path, failure: KernelFailure, *, title: str, language: Language) -> None:
    """Keep a failed report under a failed name, with the cell that failed and its message; the good page stays as it was."""
    page_file, notebook_file = failed_files(target)
    text: str = nbformat.writes(failure.notebook)  # type: ignore[no-untyped-call]  # nbformat ships no types
    write_bytes(notebook_file, text.encode())
    page = Page(language)
    blocks = [page.title(say("report.run.failed_title", language), [title]),
              page.text(say("report.run.failed_text", language, notebook=notebook_file.name)),
              page.question("s-sel", say("report.run.failed_cell", language), ""), page.text(page.code(clean(failure.cell))),
              page.question("s-pesan", say("report.run.failed_message", language), ""), page.text(page.code(clean(str(failure))))]
    if failure.last_words:
        blocks += [page.question("s-akhir", say("engine.last_words", language), ""), page.text(page.code(clean(failure.last_words)))]
    body = "".join(block.html for block in blocks)
    write_bytes(page_file, shell.render(body, title=say("report.run.failed_title", language), language=language, layout="one").encode())


def write_format_failure(target: Path, failure: FormatError, *, title: str, language: Language) -> None:
    """Say beside a page which of its companions could not be made and why; the page itself is whole."""
    page = Page(language)
    blocks = [page.title(say("pdf.failed_title", language), [title]), page.text(str(failure)),
              page.text(page.link(say("pdf.failed_page", language), target.name))]
    body = "".join(block.html for block in blocks)
    write_bytes(failed_files(target)[0], shell.render(body, title=say("pdf.failed_title", language), language=language, layout="one").encode())
