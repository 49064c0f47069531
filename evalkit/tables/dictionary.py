"""The data dictionary, written from the contracts, so that it cannot disagree with them.

python -m evalkit.tables.dictionary > docs/data-dictionary.md
"""

from __future__ import annotations

import sys

from evalkit.tables.schema import TABLES, Column, Table


def dictionary() -> str:
    """Give the whole data dictionary as Markdown: one section a table, one line a column."""
    head = ("# Data dictionary\n\nEvery table of evalkit, from `evalkit/tables/schema.py`. Written by "
            "`python -m evalkit.tables.dictionary`; a test compares.\n\nPersons are `person_id` (random; names and numbers stand in the "
            "vault only). Dates are ISO days.\nPeriods are `2026-09`, `2026-Q3`, `2026-S2` or `2026`. A table marked *derived* is made by "
            "evalkit; the others\ncome from files and also carry `import_id` and `row`, the place where the row was read.\n")
    return head + "".join(_section(TABLES[name]) for name in sorted(TABLES))


def _section(table: Table) -> str:
    kind = "" if table.imported else " (*derived or kept by evalkit*)"
    lines = [f"\n## {table.name}{kind}\n", f"A row is {table.row}. Key: {', '.join(f'`{k}`' for k in table.key)}.\n",
             "| column | type | required | values |", "| --- | --- | --- | --- |"]
    lines += [_line(c) for c in table.columns if c.name not in ("import_id", "row") or not table.imported]
    return "\n".join(lines) + "\n"


def _line(column: Column) -> str:
    required = "yes" if column.required else ""
    return f"| `{column.name}` | {column.kind} | {required} | {', '.join(f'`{v}`' for v in column.allowed)} |"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a Windows console may not be UTF-8
    print(dictionary(), end="")
