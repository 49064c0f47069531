"""A form as a workbook: protected, with drop-downs, printable, and with a code on every row by which `add` knows it again.

Every cell of text is written as text, so nothing that stands in it can act. The same form is the same bytes; a file that
would not change is left alone.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from evalkit.instruments import labels
from evalkit.instruments.layout import FormSheet, Layout
from evalkit.instruments.vignettes import Vignette
from evalkit.language.catalogue import say
from evalkit.tables import atomic
from evalkit.tables.form_sheets import CODE_ROLE, SHEETS_BESIDE, FormCode
from evalkit.tables.periods import parse
from evalkit.tables.register import Person, Register
from evalkit.tables.study import Study

HEADER_ROW = 5  # from 0: title, code, two lines of instructions, a blank one
_MADE = datetime(2026, 1, 1)  # a fixed day keeps the bytes equal
_AMOUNTS = ("target_low", "target_high", "actual", "weight", "hours", "attended_hours")
_ROMAN = ("I", "II", "III", "IV")
Row = Mapping[str, str | float]


@dataclass(frozen=True)
class FormFile:
    """One workbook: where it goes below `forms/<period>/<kind>`, for whom, its rows by header, and texts that go with it."""

    place: str
    form_id: str
    rows: Sequence[Row] = field(repr=False)
    addressee: str = field(default="", repr=False)
    texts: Sequence[Vignette] = ()


def form_id(*parts: str) -> str:
    """Give the id of a form: the same parts give the same eight letters, which say nothing of them.

    Examples
    --------
    >>> form_id("kupang", "vinyet", "2026-Q3", "p1")
    'P56RQGE7'
    """
    return base64.b32encode(hashlib.blake2b("\x1f".join(parts).encode(), digest_size=5).digest()).decode()


def names_of(study: Study, people: Iterable[str]) -> dict[str, Person]:
    """Give names and numbers for the forms of those who fill them in; who is not in the register is left out."""
    return Register(study.vault).names(people)


def period_words(period: str) -> str:
    """Give the period as a form prints it.

    Examples
    --------
    >>> period_words("2026-Q3"), period_words("2026-S2"), period_words("2026-07")
    ('Triwulan III 2026', 'Semester II 2026', 'Juli 2026')
    """
    known = parse(period)
    if known.kind in ("quarter", "semester"):
        return f"{'Triwulan' if known.kind == 'quarter' else 'Semester'} {_ROMAN[int(known.text[-1]) - 1]} {known.start.year}"
    return known.label("id")


def write_workbook(path: Path, layout: Layout, form: FormFile, *, study: str, period: str) -> bool:
    """Write one form.

    Parameters
    ----------
    path : Path
        Where it is to stand; written aside and renamed.
    layout : Layout
        A layout that has a form.
    form : FormFile
        Its rows, by header; columns that are not given stay empty.
    study : str
        Name of the study, for the code.
    period : str
        The period.

    Returns
    -------
    bool
        Whether the file was written; false where the same form stands there already.

    Notes
    -----
    The sheet is protected against slips, without a password.
    """
    data = workbook_bytes(layout, form, study=study, period=period)
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, data)
    return True


def workbook_bytes(layout: Layout, form: FormFile, *, study: str, period: str) -> bytes:
    """Give the bytes of one form; see `write_workbook`."""
    import xlsxwriter

    sheet_of = _form_of(layout)
    code = str(FormCode(sheet_of.code, sheet_of.version, sheet_of.digest, study, form.form_id))
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": sheet_of.code, "author": "evalkit", "created": _MADE})
        book.set_size(1600, 1000)
        _Table(book, layout, sheet_of, code, period).write(form)
        if form.texts:
            _texts(book, form.texts)
        hidden = book.add_worksheet(SHEETS_BESIDE[0])
        hidden.write_string(0, 0, code)
        hidden.write_string(1, 0, " | ".join(sheet_of.columns))
        hidden.very_hidden()
        hidden.protect()
    return buffer.getvalue()


def _form_of(layout: Layout) -> FormSheet:
    if layout.form is None:
        raise ValueError(f"The layout {layout.name} has no form.")
    return layout.form


def drop_down(choices: str | tuple[str, ...]) -> list[str]:
    """Give the words of a drop-down: those given, or the exported words of a set of labels.

    Examples
    --------
    >>> drop_down("direction"), drop_down(("ya", "tidak"))
    (['NAIK', 'TURUN'], ['ya', 'tidak'])
    """
    if not isinstance(choices, str):
        return list(choices)
    kind: Any = choices
    return [labels.export_label(kind, code) for code in labels.codes(kind)]


@dataclass(frozen=True)
class _Table:
    """The sheet that is filled in."""

    book: Any
    layout: Layout
    form: FormSheet
    code: str
    period: str

    def write(self, form: FormFile) -> None:
        sheet = self.book.add_worksheet(self.form.sheet or self.layout.sheet)
        columns = [next(c for c in self.layout.columns if c.header == h) for h in self.form.columns]
        last = len(columns) - 1
        shown = last - 1 if columns[last].role == CODE_ROLE else last
        line = self.book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_string(0, 0, self.form.title.format(period=period_words(self.period)), self.book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, f"{self.code}   {form.addressee}".rstrip(), self.book.add_format({"font_color": "#555555"}))
        for n, text in enumerate(self.form.how):
            sheet.merge_range(2 + n, 0, 2 + n, shown, text, line)
            sheet.set_row(2 + n, 30)
        locked, opened, amount = self._formats()
        head = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1, "bg_color": "#e8eef4"})
        for j, column in enumerate(columns):
            sheet.set_column(j, j, column.width, None, {"hidden": column.role == CODE_ROLE})
            sheet.write_string(HEADER_ROW, j, column.header.strip(), head)
        rows = [*form.rows, *[{} for _ in range(self.form.spare)]]
        formats = [(amount if c.role in _AMOUNTS or c.role.startswith("item:") else opened) if c.header in self.form.open else locked
                   for c in columns]
        for i, row in enumerate(rows, start=HEADER_ROW + 1):
            for j, (column, style) in enumerate(zip(columns, formats, strict=True)):
                _cell(sheet, i, j, (self.code if row else "") if column.role == CODE_ROLE else row.get(column.header, ""), style)
        self._finish(sheet, columns, HEADER_ROW + len(rows), shown)

    def _formats(self) -> tuple[Any, Any, Any]:
        base = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#b0b0b0"}
        fill = {**base, "bg_color": "#fff8dc", "locked": False}
        return (self.book.add_format({**base, "num_format": "@"}), self.book.add_format({**fill, "num_format": "@"}),
                self.book.add_format(fill))

    def _finish(self, sheet: Any, columns: Sequence[Any], last_row: int, shown: int) -> None:
        for header, choices in self.form.choices.items():
            j = next(n for n, c in enumerate(columns) if c.header == header)
            sheet.data_validation(HEADER_ROW + 1, j, max(last_row, HEADER_ROW + 1), j, {
                "validate": "list", "source": drop_down(choices), "error_title": "evalkit", "error_message": say("form.choose", "id")})
        sheet.freeze_panes(HEADER_ROW + 1, 0)
        sheet.protect("", {"sort": True, "autofilter": True, "format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)
        sheet.print_area(0, 0, max(last_row, HEADER_ROW + 1), shown)
        sheet.set_footer(f"&L&8{self.code}&R&8&P / &N")


def _cell(sheet: Any, i: int, j: int, value: str | float, style: Any) -> None:
    if isinstance(value, str):
        if value:
            sheet.write_string(i, j, value, style)
        else:
            sheet.write_blank(i, j, None, style)
    else:
        sheet.write_number(i, j, value, style)


def _texts(book: Any, texts: Sequence[Vignette]) -> None:
    """Write the sheet on which the vignettes are read."""
    sheet = book.add_worksheet(SHEETS_BESIDE[1])
    bold = book.add_format({"bold": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 110)
    for n, vignette in enumerate(texts):
        sheet.write_string(n, 0, vignette.code, bold)
        sheet.write_string(n, 1, f"{vignette.title}. {vignette.text}", text)
        sheet.set_row(n, 15 * (2 + len(vignette.text) // 105))
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def write_list(path: Path, forms: Sequence[FormFile]) -> bool:
    """Write which form goes to whom: the name of a file says nothing of a person.

    Parameters
    ----------
    path : Path
        Where the list is to stand.
    forms : sequence of FormFile
        The forms of one kind.

    Returns
    -------
    bool
        Whether it was written; false where the same list stands there already.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"author": "evalkit", "created": _MADE})
        sheet = book.add_worksheet("Pembagian")
        bold = book.add_format({"bold": True, "bottom": 1})
        for j, (word, width) in enumerate((("file", 60), ("whom", 44), ("rows", 10))):
            sheet.set_column(j, j, width)
            sheet.write_string(0, j, say(f"forms.list_{word}", "id"), bold)
        for i, form in enumerate(forms, start=1):
            sheet.write_string(i, 0, form.place)
            sheet.write_string(i, 1, form.addressee.removeprefix(say("forms.for", "id", name="")))
            sheet.write_number(i, 2, len(form.rows))
        sheet.freeze_panes(1, 0)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    data = buffer.getvalue()
    if path.is_file() and path.read_bytes() == data:
        return False
    atomic.write_bytes(path, data)
    return True
