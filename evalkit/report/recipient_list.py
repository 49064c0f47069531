"""The list by which an office hands out the pages of people: whose folder is which. It names people and stays in the office.

Names come from `report.naming`; this module knows no register.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from evalkit.language.catalogue import Language, say
from evalkit.report.naming import names_of
from evalkit.report.recipients import Recipient
from evalkit.tables.atomic import write_bytes
from evalkit.tables.study import Study

FOLDER = "penerima"
_DAY = datetime(2000, 1, 1)  # the same list is the same bytes
_WIDTHS = (40, 60)


def write_lists(study: Study, place: Path, found: Sequence[Recipient]) -> tuple[Path, ...]:
    """Write a workbook for each unit: name and folder of each person of it; nothing for recipients that are units.

    Parameters
    ----------
    study : Study
        The study; its vault knows the names.
    place : Path
        The folder that holds the folders of the people.
    found : sequence of Recipient
        All people of each unit that is to have a list.

    Returns
    -------
    tuple of Path
        The workbooks, one a unit; those that say the same are not written again.
    """
    by_unit: dict[str, list[Recipient]] = defaultdict(list)
    for recipient in found:
        if recipient.reader != "units":
            by_unit[recipient.folder.partition("/")[0]].append(recipient)
    names = names_of(study, [r.code for own in by_unit.values() for r in own])
    written = []
    for unit, own in sorted(by_unit.items()):
        file = place / FOLDER / f"{unit}.xlsx"
        content = _workbook(own, names, study.language)
        if not file.is_file() or file.read_bytes() != content:
            write_bytes(file, content, mode=0o600)
        written.append(file)
    return tuple(written)


def _workbook(own: Sequence[Recipient], names: Mapping[str, str], language: Language) -> bytes:
    import xlsxwriter

    nobody = say("deliver.no_name", language)
    rows = sorted((names.get(r.code, nobody), r.folder) for r in own)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _DAY})
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bottom": 2})
        sheet = book.add_worksheet(say("deliver.list", language)[:31])
        for column, (word, width) in enumerate(zip(("name", "folder"), _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, say(f"deliver.column.{word}", language), head)
            for number, row in enumerate(rows, 1):
                sheet.write_string(number, column, row[column], text)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()
