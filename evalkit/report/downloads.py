"""The files of a report in other formats than HTML, as links with their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from evalkit.exhibits.text import link
from evalkit.language.catalogue import Language
from evalkit.language.numbers_dates import number

PEOPLE = ("evaluators", "employees", "public")  # the folders that may stand beside office/ and units/
NAMES = {".html": "HTML", ".pdf": "PDF", ".xlsx": "Excel"}


@dataclass(frozen=True)
class Download:
    """One file: its format in a word, its relative address, its size in words."""

    name: str
    href: str
    size: str


def size_text(size: int, language: Language) -> str:
    r"""Write the size of a file, rounded up to whole kilobytes, from one megabyte on to a tenth.

    Examples
    --------
    >>> [size_text(n, "id").replace("\u00a0", " ") for n in (17_001, 1, 1_260_000)], size_text(1_260_000, "en").replace("\u00a0", " ")
    (['18 kB', '1 kB', '1,3 MB'], '1.3 MB')
    """
    if size < 1_000_000:
        return f"{number(-(-size // 1000), 0, language)}\u00a0kB"
    return f"{number(size / 1_000_000, 1, language)}\u00a0MB"


def downloads(folder: Path, files: Sequence[Path], language: Language, *, base: str = "") -> tuple[Download, ...]:
    """Give the companions of a page that stand in its folder: PDF and workbook.

    Parameters
    ----------
    folder : Path
        The draft folder.
    files : sequence of Path
        The files of one report, relative to it.
    language : {"id", "en"}
        The language of the sizes.
    base : str
        What leads from the page with the links to the folder of the files; empty where they stand beside it.
    """
    return tuple(Download(NAMES[f.suffix], f"{base}{f.name}", size_text((folder / f).stat().st_size, language)) for f in files
                 if f.suffix in NAMES and f.suffix != ".html" and (folder / f).is_file())


def download_links(files: Sequence[Download]) -> Markup:
    """Give the links, each with format and size."""
    return Markup(" · ").join(link(f.name, f.href) + f"\u00a0{f.size}" for f in files)


def pages_of_people(draft: Path, folder: str) -> int:
    """Count the readers that have a page in a folder of the draft; in `public/`, which has no folder a reader, the pages."""
    inside = list((draft / folder).iterdir()) if (draft / folder).is_dir() else []
    if folder == "public":
        return sum(p.suffix == ".html" and p.stem.split(".")[0] != "index" for p in inside)
    return sum(p.is_dir() and not p.name.startswith(".") for p in inside)
