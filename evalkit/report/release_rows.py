"""The releases of a period as the index lists them: of a draft all there are, of a release those before it and itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

import pandas as pd

from evalkit.derive.build import Built
from evalkit.derive.release import Release, releases_of
from evalkit.exhibits.page import Page
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import Block
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import date_text
from evalkit.tables.study import Study

ERRATUM = "erratum"


@dataclass(frozen=True)
class ReleaseRow:
    """A release of the period: its name, its day in words, the words of the office, addresses of its way in and of its erratum."""

    name: str
    day: str
    note: str
    href: str = ""
    erratum: str = ""


def release_rows(study: Study, built: Built, language: Language) -> tuple[ReleaseRow, ...]:
    """Give the rows of the table of releases, the oldest first.

    Parameters
    ----------
    study : Study
        The study.
    built : Built
        What the index is made of: tables of today, or those of a release that is being made.
    language : {"id", "en"}
        The language of the index.

    Returns
    -------
    tuple of ReleaseRow
        Addresses are relative to the folder of the index, `<draft or release>/office`.
    """
    known = releases_of(study, built.context.period.text, whole=False)
    rows = [_row(r, PurePosixPath("../..", r.name, "office"), study, language) for r in known if r.name != built.release]
    if built.release:
        own = ReleaseRow(built.release, date_text(built.context.setting("as_of"), language), "", "",
                         f"{ERRATUM}{_ending(study, language)}" if known else "")
        rows.append(own)
    return tuple(rows)


def _row(release: Release, folder: PurePosixPath, study: Study, language: Language) -> ReleaseRow:
    ending = _ending(study, language) if language in release.languages else ".html"
    erratum = (folder / f"{ERRATUM}{ending}").as_posix() if release.before else ""
    return ReleaseRow(release.name, date_text(date.fromisoformat(release.as_of), language), release.note,
                      (folder / f"index{ending}").as_posix(), erratum)


def _ending(study: Study, language: Language) -> str:
    return ".html" if language == study.language else f".{language}.html"


def release_table(page: Page, rows: Sequence[ReleaseRow], language: Language) -> list[Block]:
    """Give the table of releases as a block of a page; nothing where there is no release."""
    if not rows:
        return []
    word = say("index.release.erratum", language)
    frame = pd.DataFrame({"name": [r.name for r in rows], "href": [r.href for r in rows], "day": [r.day for r in rows],
                          "note": [r.note for r in rows], "word": [word if r.erratum else "" for r in rows],
                          "erratum": [r.erratum for r in rows]})
    columns = [Col("name", say("index.release.name", language), href="href"), Col("day", say("index.release.day", language)),
               Col("word", word, href="erratum", missing=""), Col("note", say("index.release.note", language), missing="", optional=True)]
    return [page.table(frame, columns, id="t-rilis", head=say("index.release.head", language), desc=say("index.release.desc", language))]
