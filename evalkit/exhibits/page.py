"""The page as a notebook sees it: one object, a method a block, numbers that count themselves.

    page = Page("id", owner="Pemerintah Kota Contoh · BKPPD", state="Draf, data per 12 Oktober 2026", mark="Internal")
    page.title("Evaluasi kinerja pegawai", ["Juli–September 2026 (Triwulan III)", "6.500 pegawai"])

Each method gives a block that Lab and the exported page show alike. A figure or table keeps its number when its cell
runs again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup

from evalkit.errors import ExhibitError
from evalkit.exhibits import blocks, text
from evalkit.exhibits.blocks import Dim, Rung
from evalkit.exhibits.chart import Chart, check_alt
from evalkit.exhibits.crosstab import quadrant_html, quadrant_values
from evalkit.exhibits.data import DATA_MIME, Exhibit, packed, rung_values, values_of, words_of
from evalkit.exhibits.marks import role_word, unconfirmed
from evalkit.exhibits.style import notebook_sheet
from evalkit.exhibits.svg import Draw, both
from evalkit.exhibits.tables import Col, Row, table_html
from evalkit.exhibits.text import Block
from evalkit.inference.results import Role
from evalkit.language.catalogue import Language, say

FACTS_MIME = "application/vnd.evalkit.page+json"
MarkClass = Literal["", "private", "public"]


class Title(Block):
    """The title block; it carries the facts that the shell of the page needs, and the looks for a notebook at work."""

    def __init__(self, html: Markup, facts: Mapping[str, str]) -> None:
        super().__init__(html, {FACTS_MIME: dict(facts)})

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": notebook_sheet() + str(self.html), **self.carried}


class Page:
    """A page under construction.

    Parameters
    ----------
    language : {"id", "en"}
        The language of the words that blocks bring with them.
    owner : str
        Whose page it is; the part before " · " is set bold.
    state : str
        Draft or release, and the day of the data.
    mark : str
        Who may read it.
    mark_class : {"", "private", "public"}
        How the mark is framed.
    layout : {"", "one"}
        With contents at the left, or one column.
    title : str
        The name of the page in the browser; without it, that of the title block.
    foot : str
        The line at the end of the page.
    """

    def __init__(self, language: Language = "id", *, owner: str = "", state: str = "", mark: str = "",
                 mark_class: MarkClass = "", layout: Literal["", "one"] = "", title: str = "", foot: str = "") -> None:
        self.language: Language = language
        self._facts = {"language": language, "owner": owner, "state": state, "mark": mark, "mark_class": mark_class,
                       "layout": layout, "title": title, "foot": foot}
        self._numbers: dict[str, dict[str, int]] = {"figure": {}, "table": {}}
        self._shown: dict[str, Exhibit] = {}

    def note(self, name: str, value: str) -> None:
        """Add a fact about the page that its shell may need."""
        self._facts[name] = value

    def number(self, kind: Literal["figure", "table"], id: str) -> int:
        """Give the number of a figure or table; the same id keeps its number."""
        seen = self._numbers[kind]
        return seen.setdefault(text.identifier(id), len(seen) + 1)

    def _label(self, kind: Literal["figure", "table"], id: str, role: Role | None) -> Markup:
        return Markup("{}{}").format(say(f"page.{kind}", self.language, n=self.number(kind, id)), role_word(role, self.language))

    def _keep(self, kind: Literal["figure", "table"], id: str, role: Role | None, head: object, desc: object, note: object, *,
              alt: str = "", values: tuple[pd.DataFrame, Sequence[Col]] | None = None, groups: str | None = None,
              total: Row | None = None) -> None:
        """Keep the data behind an exhibit for the end of the page."""
        fields, rows, last = values_of(*values, self.language, groups=groups, total=total) if values else ((), (), ())
        self._shown[id] = Exhibit(kind, id, self.number(kind, id), role, words_of(head), words_of(desc), words_of(note), alt,
                                  fields, rows, last)

    def title(self, heading: object, parts: Sequence[object] = ()) -> Block:
        """Begin the page: its one h1 and the line of facts."""
        facts = self._facts | {"title": self._facts["title"] or str(text.attribute(heading).unescape())}
        return Title(blocks.title(heading, parts), facts)

    def verdict(self, sentence: object, level: int | None, why: object, label: str = "") -> Block:
        """Answer first: the sentence, the strength of evidence 0 to 4 (or None), the reason."""
        return Block(blocks.verdict(sentence, level, why, self.language, label))

    def tiles(self, items: Sequence[tuple[object, object, object]]) -> Block:
        """Give exactly four (label, number, caption)."""
        return Block(blocks.tiles(items))

    def strip(self, label: object, text_: object, unconfirmed: bool = False, link: tuple[str, str] | None = None) -> Block:
        """Say who is not rated yet; `link` is (words, relative address)."""
        return Block(blocks.strip(label, text_, unconfirmed, link, self.language))

    def actions(self, items: Sequence[tuple[object, object]], heading: str = "") -> Block:
        """Say what to do: (what, who and when)."""
        return Block(blocks.actions(items, self.language, heading))

    def question(self, id: str, heading: object, answer: object, rung: int | None = None, *, withheld: bool = False,
                 short: str = "") -> Block:
        """Open a section with the reader's question and its answer; `short` names it in the contents."""
        return Block(blocks.question(id, heading, answer, self.language, rung, withheld, short))

    def figure(self, chart: Chart | Draw, *, id: str, role: Role | None, head: object, desc: object = "", alt: str = "",
               key: Sequence[tuple[str, object]] | None = None, note: object = "",
               data: tuple[pd.DataFrame, Sequence[Col]] | None = None) -> Block:
        """Show a chart with caption, key, text alternative, note and the numbers behind it.

        A `Chart` brings text, key and numbers of its own; what is given here takes their place.

        Raises
        ------
        ExhibitError
            If there is no text alternative or it is too long.
        """
        made = chart if isinstance(chart, Chart) else None
        spoken = check_alt(alt or (made.alt if made else ""))
        numbers = data or (made.numbers if made else None)
        more = Markup("")
        if numbers is not None:
            inner = table_html(numbers[0], numbers[1], id=f"{id}-n", head=str(head) if not isinstance(head, Markup) else
                               str(head.striptags()), language=self.language)
            more = Markup("<details><summary>{}</summary>{}</details>").format(
                say("page.numbers", self.language, n=self.number("figure", id)), inner)
        self._keep("figure", id, role, head, desc, note, alt=spoken, values=numbers)
        draw: Draw = chart.draw if isinstance(chart, Chart) else chart
        items = key if key is not None else (made.key if made else ())
        return Block(blocks.figure(both(draw, text.identifier(id)), id=id, label=self._label("figure", id, role), head=head,
                                   desc=desc, alt=spoken, key_html=blocks.key(items), note=note, more=more))

    def table(self, frame: pd.DataFrame, columns: Sequence[Col], *, head: str, id: str = "", role: Role | None = None,
              desc: str = "", note: str = "", total: Row | None = None, groups: str | None = None, dense: bool = False,
              numbered: bool = True) -> Block:
        """Show a frame as a table; the id counts the table when none is given."""
        uid = id or f"t-{len(self._numbers['table']) + 1}"
        label = self._label("table", uid, role) if numbered else None
        if numbered:
            self._keep("table", uid, role, head, desc, note, values=(frame, columns), groups=groups, total=total)
        return Block(table_html(frame, columns, id=uid, head=head, language=self.language, desc=desc, label=label, note=note,
                                total=total, groups=groups, dense=dense))

    def quadrant(self, frame: pd.DataFrame | None = None, *, id: str, head: str, desc: str = "", note: str = "",
                 role: Role | None = None, here: tuple[str, str] | None = None) -> Block:
        """Show the two official ratings crossed: counts of people, or the predikat of each pair with one cell framed."""
        block = Block(quadrant_html(frame, id=id, label=self._label("table", id, role), head=head, desc=desc, note=note,
                                    here=here, language=self.language))
        self._keep("table", id, role, head, desc, note, values=quadrant_values(frame, self.language))
        return block

    def cannot(self, question: object, reason: object, needed: object) -> Block:
        """Say what the data cannot tell, why, and what would help; it takes the exhibit's place."""
        return Block(blocks.cannot(question, reason, needed, self.language))

    def dims(self, items: Sequence[Dim | tuple[str, str, str, str]], note: object = "", id: str = "tiga") -> Block:
        """Show productivity, integrity and commitment; an empty value is "not measured"."""
        return Block(blocks.dims([i if isinstance(i, Dim) else Dim(*i) for i in items], note, self.language, id))

    def ladder(self, rungs: Sequence[Rung], next_step: object, *, head: object, desc: object = "",
               id: str = "g-tangga") -> Block:
        """Show the ladder of evidence: what these data allow to be said."""
        if not rungs:
            raise ExhibitError("The ladder of evidence needs its rungs.")
        self._keep("figure", id, None, head, desc, next_step, values=rung_values(rungs, self.language))
        return Block(blocks.figure(blocks.ladder(rungs, next_step, self.language), id=id, label=self._label("figure", id, None),
                                   head=head, desc=desc, alt=None, key_html=Markup(""), note="", more=Markup("")))

    def terms(self, items: Sequence[str | tuple[object, object]]) -> Block:
        """Explain terms: names of `page.terms` in the catalogue, or (term, meaning)."""
        pairs = [(say(f"page.terms.{i}.name", self.language), say(f"page.terms.{i}.text", self.language))
                 if isinstance(i, str) else i for i in items]
        return Block(blocks.terms(pairs))

    def trace(self, facts: Mapping[str, object]) -> Block:
        """End the page: what made it and how to check it; the data behind all exhibits of the page travel with this block."""
        return Block(blocks.trace(facts, self.language), {DATA_MIME: packed(self._shown.values())})

    def text(self, *paragraphs: object) -> Block:
        """Give running text, a paragraph each."""
        return Block(blocks.paragraphs(paragraphs))

    def unsure(self, text_: object = "") -> Markup:
        """Mark a number that rests on an unconfirmed rule."""
        return unconfirmed(self.language, text_)

    def link(self, words: object, target: str) -> Markup:
        """Make a link to a file of the report."""
        return text.link(words, target)

    def strong(self, words: object) -> Markup:
        """Make words bold."""
        return text.strong(words)

    def code(self, words: object) -> Markup:
        """Set a command or a file name."""
        return text.code(words)

    def joined(self, *parts: object) -> Markup:
        """Put texts and markup together."""
        return text.joined(*parts)
