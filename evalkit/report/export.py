"""From a notebook that has run to its page; and the page that says where a notebook failed."""

from __future__ import annotations

from pathlib import Path

import nbformat

from evalkit.exhibits.page import Page
from evalkit.exhibits.text import clean
from evalkit.language.catalogue import Language, say
from evalkit.report import shell
from evalkit.report.kernels import KernelFailure
from evalkit.tables.atomic import write_bytes


def write_page(target: Path, notebook: nbformat.NotebookNode) -> None:
    """Write the page of a notebook, whole or not at all, and take away what an earlier failure left."""
    write_bytes(target, shell.render_notebook(notebook).encode())
    for file in failed_files(target):
        file.unlink(missing_ok=True)


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
    body = "".join(block.html for block in blocks)
    write_bytes(page_file, shell.render(body, title=say("report.run.failed_title", language), language=language, layout="one").encode())
