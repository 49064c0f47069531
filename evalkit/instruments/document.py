"""The page `docs/regulations.md`: what each instrument says, where, and whether it was confirmed; written from the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.instruments.catalog import load, names, sources
from evalkit.instruments.instrument import Fact, Instrument

_MARKS = {"confirmed": "confirmed", "confirmed_code": "**unconfirmed** (seen in program code only)",
          "derived": "derived", "unconfirmed": "**unconfirmed**"}
_HEAD = """# What the regulations say

Written from `evalkit/instruments` by `evalkit.instruments.document.regulations_page`; a test compares the two. To change a
number, change the TOML file, then write this page again:

    python -m evalkit.instruments.document > docs/regulations.md

*Confirmed*: a source with text was read, mostly as an excerpt. *Derived*: follows from confirmed facts. **Unconfirmed**: no
text was read; every page that uses such a number says so. Sources are listed at the end.
"""


def regulations_page() -> str:
    """Give the whole page as Markdown.

    Examples
    --------
    >>> regulations_page().splitlines()[0]
    '# What the regulations say'
    """
    parts = [_HEAD]
    parts += [_section(load(name)) for family in ("regulation", "form", "reference") for name in names()
              if load(name).family == family]
    parts.append(_source_list())
    return "\n".join(parts)


def _section(instrument: Instrument) -> str:
    force = instrument.in_force
    start = "open" if force.start is None else force.start.isoformat()
    end = "open" if force.end is None else force.end.isoformat()
    lines = [f"## {instrument.name}", "", f"{instrument.title}. *{instrument.title_en}.*", "",
             f"In force {start} to {end} ({_MARKS[force.mark]}). {force.note}".strip(), ""]
    if instrument.based_on:
        lines += ["Based on " + ", ".join(base.name for base in instrument.based_on) + ".", ""]
    if instrument.own:
        lines += ["| says | value | article | mark | sources |", "| --- | --- | --- | --- | --- |"]
        lines += [_row(fact) for fact in instrument.own.values()]
        lines.append("")
    lines += [f"- {article}: {note}" for article, note in _notes(instrument)]
    lines += [""] if _notes(instrument) else []
    if instrument.items:
        lines += [f"Items: {', '.join(item.label for item in instrument.items)}.", ""]
    if instrument.dimensions:
        lines += ["Dimensions (analysis aid): " + "; ".join(f"{name}: {', '.join(of)}" for name, of in
                                                            instrument.dimensions.items()) + ".", ""]
    return "\n".join(lines)


def _row(fact: Fact) -> str:
    cells = (f"`{fact.key}`", shown(fact.value), fact.article, _MARKS[fact.mark], ", ".join(s.id for s in fact.sources) or "–")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def shown(value: Any) -> str:
    """Give a fact's value as a person writes it.

    Examples
    --------
    >>> shown({"low": 90, "high": 120}), shown(("baik", "kurang")), shown(True)
    ('low 90, high 120', 'baik, kurang', 'yes')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(of)}" for key, of in value.items())
    if isinstance(value, tuple):
        return ", ".join(shown(of) for of in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _notes(instrument: Instrument) -> list[tuple[str, str]]:
    return list(dict.fromkeys((fact.article, fact.note) for fact in instrument.own.values() if fact.note))


def _source_list() -> str:
    lines = ["## Sources", "", "Grade: P primary text, O official page, N news, B blog, deck or aggregator, K program code.", "",
             "| id | source | grade |", "| --- | --- | --- |"]
    lines += [f"| {source.id} | {source.text.replace('|', chr(92) + '|')} | {source.grade} |" for source in sources().values()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(regulations_page(), end="")
