"""The workbook beside a report: the data behind each figure and table, a sheet each, with contents and a dictionary.

Everything that comes from a file is written as text; nothing is ever a formula. The same notebook gives the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from evalkit.exhibits.data import DATA_MIME, Exhibit, Field, Value, unpacked
from evalkit.exhibits.text import plain
from evalkit.language.catalogue import Language, catalogue, say
from evalkit.language.numbers_dates import PeriodTextError, period_text
from evalkit.report.shell import page_facts
from evalkit.tables.atomic import write_bytes

MADE = datetime(2000, 1, 1)  # the moment is no content: the same report gives the same file
LONGEST = 32_000  # characters of a cell; the format ends at 32,767
WIDEST, NARROWEST = 60, 9
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ACTS = re.compile(r"[=+\-@\t\r]")


def exhibits_of(notebook: Any) -> tuple[Exhibit, ...]:
    """Find the data that travel in a notebook that has run, in the order of the page.

    Parameters
    ----------
    notebook : NotebookNode
        A report notebook with its outputs.

    Returns
    -------
    tuple of Exhibit
        Empty where no cell carries any.
    """
    found: dict[str, Exhibit] = {}
    shown = ""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            shown += data.get("text/html", "")
            found |= {one.id: one for one in unpacked(data.get(DATA_MIME, "[]"))}
    order = {id: shown.find(f'id="{id}"') for id in found}
    return tuple(found[id] for id in sorted(found, key=order.__getitem__) if order[id] >= 0)


def write_workbook(notebook: Any, target: Path, *, title: str, language: Language) -> None:
    """Write the workbook of a report, whole or not at all.

    Parameters
    ----------
    notebook : NotebookNode
        The report notebook with its outputs; only what its page shows is in the workbook.
    target : Path
        The file to write.
    title : str
        The name of the report.
    language : {"id", "en"}
        The language of the words.

    Raises
    ------
    ReportError
        If the notebook has no title block.
    """
    facts = page_facts(notebook)
    exhibits = exhibits_of(notebook)
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        book.set_properties({"title": _safe(title)[:250], "author": _safe(facts.get("owner", ""))[:250], "comments": "evalkit",
                             "created": MADE})
        writer = _Writer(book, language)
        writer.contents(title, _about(notebook, facts, language), exhibits)
        for exhibit in exhibits:
            writer.exhibit(exhibit)
        writer.dictionary(exhibits)
    write_bytes(target, memory.getvalue())


def _about(notebook: Any, facts: dict[str, str], language: Language) -> list[tuple[str, str]]:
    given = str(notebook.metadata.get("papermill", {}).get("parameters", {}).get("period", ""))
    try:
        period = period_text(given, language) if given else ""
    except PeriodTextError:
        period = given
    rows = {"owner": facts.get("owner", ""), "period": period, "state": facts.get("state", ""), "mark": facts.get("mark", "")}
    return [(say(f"workbook.{k}", language), v) for k, v in rows.items() if v] + [
        (say("workbook.how", language), say("workbook.how_text", language))]


def _safe(text: object) -> str:
    shown = plain(text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def number_format(field: Field) -> str:
    """Give the number format of a column: all decimals stay in the cell, those that the report prints are shown.

    Examples
    --------
    >>> [number_format(Field("", f, 2)) for f in ("count", "number", "signed", "share", "date", "text")]
    ['#,##0', '#,##0.00', '+#,##0.00;-#,##0.00;0.00', '0.00%', 'yyyy-mm-dd', '@']
    """
    decimals = "." + "0" * field.digits if field.digits else ""
    return {"count": "#,##0", "number": f"#,##0{decimals}", "signed": f"+#,##0{decimals};-#,##0{decimals};0{decimals}",
            "share": f"0{decimals}%", "gap": f"0{decimals}%", "date": "yyyy-mm-dd", "text": "@"}[field.form]


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, language: Language) -> None:
        self.book, self.language = book, language
        self._formats: dict[str, Any] = {}

    def style(self, **wanted: Any) -> Any:
        key = repr(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_name": "Arial", "font_size": 10, "valign": "top", **wanted})
        return self._formats[key]

    def text(self, sheet: Any, row: int, column: int, text: object, **style: Any) -> None:
        """Write text as text; what a spreadsheet would take for a formula once it is edited is marked as text."""
        shown = _safe(text)
        if not shown:
            sheet.write_blank(row, column, None, self.style(**style))
            return
        mark = {"quote_prefix": True} if _ACTS.match(shown) and len(shown) > 1 else {}
        sheet.write_string(row, column, shown, self.style(**style, **mark))

    def say(self, key: str) -> str:
        return say(f"workbook.{key}", self.language)

    def meaning(self, field: Field) -> str:
        """Say what a column holds: by its name where that is enough, else by the form of its values."""
        form = self.say(f"form.{field.form}")
        known = catalogue().get(f"workbook.source.{field.source}") if field.form != "text" else None
        return f"{known[self.language]}; {form}" if known else form

    def sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(name[:31])
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def head(self, sheet: Any, row: int, labels: Sequence[str], forms: Sequence[str] = ()) -> None:
        for j, label in enumerate(labels):
            right = {"align": "right"} if forms and forms[j] not in ("text", "date") else {}
            self.text(sheet, row, j, label, bold=True, text_wrap=True, bottom=2, top=1, bg_color="#F1F5F8", **right)

    def contents(self, title: str, about: Sequence[tuple[str, str]], exhibits: Sequence[Exhibit]) -> None:
        sheet = self.sheet(self.say("contents"))
        self.text(sheet, 0, 0, title, bold=True, font_size=14)
        self.text(sheet, 1, 0, self.say("heading"), font_color="#4A5A68")
        for i, (name, value) in enumerate(about, 3):
            self.text(sheet, i, 0, name, bold=True)
            self.text(sheet, i, 1, value, text_wrap=True)
        top = 4 + len(about)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 90)
        sheet.set_column(2, 3, 14)
        if not exhibits:
            self.text(sheet, top, 0, self.say("none"))
            return
        self.head(sheet, top, [self.say("sheet"), self.say("headline"), self.say("role"), self.say("rows")], ["text", "text", "text", "count"])
        for i, exhibit in enumerate(exhibits, top + 1):
            name = self.name(exhibit)
            sheet.write_url(i, 0, f"internal:'{name}'!A1", self.style(font_color="#0B3C5D", underline=1), name)
            self.text(sheet, i, 1, exhibit.head, text_wrap=True)
            self.text(sheet, i, 2, self.role(exhibit))
            sheet.write_number(i, 3, len(exhibit.rows), self.style(num_format="#,##0"))

    def name(self, exhibit: Exhibit) -> str:
        return say(f"page.{exhibit.kind}", self.language, n=exhibit.number)

    def role(self, exhibit: Exhibit) -> str:
        return say(f"page.role.{exhibit.role}", self.language) if exhibit.role else ""

    def exhibit(self, exhibit: Exhibit) -> None:
        sheet = self.sheet(self.name(exhibit))
        label = " · ".join(p for p in (self.name(exhibit), self.role(exhibit)) if p)
        lines: list[tuple[str, dict[str, Any]]] = [(label, {"font_color": "#4A5A68"}), (exhibit.head, {"bold": True, "font_size": 13}),
                                                   (exhibit.desc, {"font_color": "#4A5A68"})]
        lines += [(f"{self.say('note')}: {exhibit.note}", {})] if exhibit.note else []
        lines += [(f"{self.say('described')}: {exhibit.alt}", {})] if exhibit.alt else []
        lines += [] if exhibit.fields else [(self.say("no_numbers"), {})]
        for i, (words, style) in enumerate(lines):
            self.text(sheet, i, 0, words, **style)
        contents = self.say("contents")
        sheet.write_url(len(lines), 0, f"internal:'{contents}'!A1", self.style(font_color="#0B3C5D", underline=1),
                        self.say("back"))
        if exhibit.fields:
            self.values(sheet, len(lines) + 2, exhibit)

    def values(self, sheet: Any, top: int, exhibit: Exhibit) -> None:
        self.head(sheet, top, [f.label for f in exhibit.fields], [f.form for f in exhibit.fields])
        for i, row in enumerate(exhibit.rows, top + 1):
            for j, (field, value) in enumerate(zip(exhibit.fields, row, strict=True)):
                self.value(sheet, i, j, field, value)
        last = top + len(exhibit.rows)
        if exhibit.total:
            for j, (field, value) in enumerate(zip(exhibit.fields, exhibit.total, strict=True)):
                self.value(sheet, last + 1, j, field, value, bold=True, top=2)
        for j, field in enumerate(exhibit.fields):
            sheet.set_column(j, j, _width(field, [row[j] for row in exhibit.rows]))
        sheet.freeze_panes(top + 1, 1)
        sheet.repeat_rows(top)
        if exhibit.rows:
            sheet.autofilter(top, 0, last, len(exhibit.fields) - 1)

    def value(self, sheet: Any, row: int, column: int, field: Field, value: Value, **style: Any) -> None:
        if isinstance(value, int | float):
            sheet.write_number(row, column, value, self.style(num_format=number_format(field), **style))
        elif field.form == "date" and isinstance(value, str) and _DAY.fullmatch(value):
            sheet.write_datetime(row, column, date.fromisoformat(value), self.style(num_format=number_format(field), align="left", **style))
        else:
            right = {} if field.form in ("text", "date") else {"align": "right"}
            wrap = {"text_wrap": True} if len(str(value or "")) > WIDEST else {"num_format": "@"}
            self.text(sheet, row, column, value or "", **right, **wrap, **style)

    def dictionary(self, exhibits: Sequence[Exhibit]) -> None:
        sheet = self.sheet(self.say("dictionary"))
        self.text(sheet, 0, 0, self.say("dictionary_heading"), bold=True, font_size=13)
        heads = [self.say("sheet")] + [self.say(f"col.{c}") for c in ("column", "meaning", "unit")]
        heads += [self.say("role")] + [self.say(f"col.{c}") for c in ("source", "digits")]
        self.head(sheet, 2, heads, ["text"] * 6 + ["count"])
        row = 3
        for exhibit in exhibits:
            for field in exhibit.fields:
                cells = [self.name(exhibit), field.label, self.meaning(field),
                         self.say(f"unit.{field.form}"), self.role(exhibit), field.source]
                for j, cell in enumerate(cells):
                    self.text(sheet, row, j, cell)
                if field.form in ("number", "signed", "share", "gap", "count"):
                    sheet.write_number(row, 6, field.digits, self.style(num_format="0"))
                row += 1
        for j, width in enumerate((13, 40, 60, 24, 12, 20, 12)):
            sheet.set_column(j, j, width)
        sheet.freeze_panes(3, 0)


def _width(field: Field, values: Sequence[Value]) -> float:
    longest = max([len(str(v)) for v in values if isinstance(v, str)] or [0])
    words = max((len(w) for w in field.label.split()), default=0)
    return float(min(WIDEST, max(NARROWEST, words + 3, longest + 2, min(len(field.label), 24))))
