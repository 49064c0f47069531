"""The two official ratings crossed, 3 x 3: counts of people, or the predikat that each pair gives."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from evalkit.errors import ExhibitError
from evalkit.exhibits.tables import Col
from evalkit.exhibits.text import clean, identifier, optional
from evalkit.language.catalogue import Language, say
from evalkit.language.numbers_dates import number

RESULT = ("di_atas", "sesuai", "di_bawah")
BEHAVIOUR = ("di_bawah", "sesuai", "di_atas")


def quadrant_html(frame: pd.DataFrame | None, *, id: str, label: Markup, head: str, desc: str, note: str,
                  here: tuple[str, str] | None, language: Language) -> Markup:
    """Write the 3 x 3 table of the two ratings.

    Parameters
    ----------
    frame : pandas.DataFrame
        `hasil_kerja`, `perilaku_kerja`, and `n` (counts; absent pairs are 0) or `predikat` (codes).
    here : (hasil_kerja, perilaku_kerja), optional
        The pair whose cell is framed.

    Raises
    ------
    ExhibitError
        If the frame has neither `n` nor `predikat`.
    """
    if frame is None or not {"hasil_kerja", "perilaku_kerja"} <= set(frame.columns) or not {"n", "predikat"} & set(frame.columns):
        raise ExhibitError("The quadrant needs hasil_kerja, perilaku_kerja, and n or predikat.")
    counted = "n" in frame.columns
    value = "n" if counted else "predikat"
    cells: dict[tuple[str, str], object] = {}
    for row in frame.to_dict("records"):
        pair = (str(row["hasil_kerja"]), str(row["perilaku_kerja"]))
        cells[pair] = int(cells.get(pair, 0)) + int(row[value]) if counted else row[value]  # type: ignore[call-overload]  # counts only
    rows = Markup("").join(_row(result, cells, counted, here, language) for result in RESULT)
    columns = Markup("").join(Markup('<th scope="col"{}>{}</th>').format(
        Markup(' class="r"') if counted else "", _word(code, language)) for code in BEHAVIOUR)
    css = "" if counted else "quad"
    return Markup('<div class="scroll keep" role="region" aria-labelledby="{id}" tabindex="0"><table class="{css}"><caption id="{id}">'
                  '<span class="no">{label}</span><span class="head">{head}</span>{desc}</caption><thead><tr><th scope="col" rowspan="2">'
                  '{result}</th><th scope="colgroup" colspan="3"{right}>{behaviour}</th></tr><tr>{columns}</tr></thead>'
                  "<tbody>{rows}</tbody></table></div>{note}\n").format(
        id=identifier(id), css=css, label=label, head=clean(head), desc=optional('<span class="desc">{}</span>', desc),
        result=say("page.quadrant.result", language), behaviour=say("page.quadrant.behaviour", language), columns=columns,
        right=Markup(' class="r"') if counted else "", rows=rows, note=optional('<p class="note">{}</p>', note))


def quadrant_values(frame: pd.DataFrame | None, language: Language) -> tuple[pd.DataFrame, tuple[Col, ...]]:
    """Give what the 3 x 3 table shows as a frame and its columns: one row a rating of work results.

    Examples
    --------
    >>> frame = pd.DataFrame({"hasil_kerja": ["sesuai"], "perilaku_kerja": ["sesuai"], "n": [7]})
    >>> quadrant_values(frame, "en")[0]["sesuai"].tolist()
    [0, 7, 0]
    """
    rows = [] if frame is None else frame.to_dict("records")
    counted = frame is not None and "n" in frame.columns
    cells = {(str(r["hasil_kerja"]), str(r["perilaku_kerja"])): r["n"] if counted else say(f"predikat.{r['predikat']}", language) for r in rows}
    shown = pd.DataFrame([{"result": _word(result, language), **{b: cells.get((result, b), 0 if counted else None) for b in BEHAVIOUR}}
                          for result in RESULT])
    behaviour = say("page.quadrant.behaviour", language)
    columns = [Col(b, f"{behaviour}: {say(f'rating.{b}', language)}", "count" if counted else "text") for b in BEHAVIOUR]
    return shown, (Col("result", say("page.quadrant.result", language)), *columns)


def _word(code: str, language: Language) -> str:
    word = say(f"rating.{code}", language)
    return word[:1].upper() + word[1:]


def _row(result: str, cells: dict[tuple[str, str], object], counted: bool, here: tuple[str, str] | None,
         language: Language) -> Markup:
    out = Markup('<th scope="row">{}</th>').format(_word(result, language))
    for behaviour in BEHAVIOUR:
        value = cells.get((result, behaviour), 0 if counted else "")
        shown = clean(number(value, 0, language)) if counted else clean(say(f"predikat.{value}", language) if value else "–")
        shown = Markup("<strong>{}</strong>").format(shown) if counted and result == behaviour and value else shown
        if here == (result, behaviour):
            out += Markup('<td class="here">{}<br><span class="yours">{}</span></td>').format(
                shown, say("page.quadrant.yours", language))
        else:
            out += Markup('<td class="r">{}</td>' if counted else "<td>{}</td>").format(shown)
    return Markup("<tr>{}</tr>").format(out)
