"""`evalkit check`: the faults in the data, and a workbook for each unit that can put them right."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit.commands.console import clean, said_in_general, study_arguments, study_of

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.tables.study import Study

_SHOWN = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--period", help="hanya periode ini / this period only")
    parser.add_argument("--to-units", action="store_true", help="tulis satu lembar perbaikan per unit / a workbook for each unit")
    parser.add_argument("--all", action="store_true", help="tampilkan setiap baris / show every row")
    study_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """List the open faults; 0 if no error is open, else 1."""
    from evalkit.tables.periods import parse
    from evalkit.tables.store import read

    study = study_of(options)
    period = parse(options.period).text if options.period else None
    faults = read(study, "faults")
    if period is not None:
        faults = faults[faults["period"].isna() | (faults["period"] == period)]
    for line in listed(study, faults, everything=options.all, stored=not options.language):
        print(line)
    is_open = faults["status"] == "open"
    if options.to_units:
        print()
        for line in to_units(study, faults[is_open], period):
            print(line)
    return 1 if (is_open & (faults["severity"] == "error")).any() else 0


def listed(study: Study, faults: pd.DataFrame, *, everything: bool = False, stored: bool = True) -> Iterator[str]:
    """Give the lines of the fault list: by rule, the errors first, with the remedy and the first places.

    `stored`: the sentences stored with the faults are in the language that is asked for.
    """
    from evalkit.language.catalogue import say
    from evalkit.language.numbers_dates import number

    language = study.language
    counts = faults["status"].value_counts().to_dict()
    still = faults[faults["status"] == "open"]
    yield say("check.head", language, **{s: number(counts.get(s, 0), 0, language) for s in ("open", "corrected", "waived", "gone")})
    rules = still.groupby("rule").agg(n=("fault_id", "size"), severity=("severity", "min")).reset_index()
    for rule, n, severity in rules.sort_values(["severity", "n", "rule"], ascending=[True, False, True]).itertuples(index=False):
        yield ""
        word = say(f"check.{severity}", language)
        rows = still[still["rule"] == rule].sort_values(["file", "sheet", "row"])
        yield f"{word}: {_said(rows, 'text', rule, study, stored)} ({number(n, 0, language)})  [{rule}]"
        yield f"  {_said(rows, 'remedy', rule, study, stored)}"
        shown = rows if everything else rows.head(_SHOWN)
        for row in shown.to_dict("records"):
            yield "  · " + _place({str(k): v for k, v in row.items()}, language)
        if len(rows) > len(shown):
            yield "  · " + say("check.more", language, n=number(len(rows) - len(shown), 0, language))


def _said(rows: pd.DataFrame, part: str, rule: str, study: Study, stored: bool) -> str:
    """Say it with the values of the rows where all have the same, in the stored sentence; else without them."""
    from evalkit.language.sentences.faults import fault_words

    own = rows[part].dropna().unique()
    if stored and len(own) == 1 and own[0]:
        return clean(own[0])
    return said_in_general(f"fault.{rule}.text", study.language) if part == "text" else fault_words(rule, "remedy", study.language)


def _place(row: dict[str, object], language: str) -> str:
    from evalkit.language.catalogue import say

    parts = [clean(row["file"]), clean(row["sheet"]) if isinstance(row["sheet"], str) and row["sheet"] else "",
             say("check.row", "en" if language == "en" else "id", row=row["row"]) if isinstance(row["row"], int) else "",
             clean(row["column"]) if isinstance(row["column"], str) and row["column"] else ""]
    value = f": {clean(row['value'])}" if isinstance(row["value"], str) and row["value"] else ""
    return ", ".join(p for p in parts if p) + value


def to_units(study: Study, faults: pd.DataFrame, period: str | None) -> Iterator[str]:
    """Write the correction forms of the units, and give the lines that tell where they are."""
    from evalkit.language.catalogue import say
    from evalkit.language.invocation import typed
    from evalkit.tables.unit_forms import write_unit_forms

    written = write_unit_forms(study, faults, period)
    if not written:
        yield say("form.wrote_none", study.language)
        return
    yield say("form.wrote", study.language, n=len(written), folder=str(study.root / "units"))
    yield from (f"  {path.relative_to(study.root)}" for path in written)
    yield say("check.next", study.language, command=typed(f"add {say('check.form', study.language)}", study.root))
