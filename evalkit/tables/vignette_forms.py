"""Forms of linked ratings: vignettes that every evaluator rates, the expert key, and blind second ratings.

An empty answer stays a row without a rating, so that who was asked and did not answer can be counted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.tables.cells import TEXT, numbers
from evalkit.tables.context import Context, finish
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import label_codes
from evalkit.tables.form_sheets import versions
from evalkit.tables.identifiers import file_key
from evalkit.tables.own_vignettes import form_of_each
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import empty_people
from evalkit.tables.rating_rows import WHOLE, long_rows, once, read_answers, read_periods
from evalkit.tables.ratings_file import coded, number_key
from evalkit.tables.schema import RATINGS
from evalkit.tables.validate import Finder

SECOND = "second"
_ORDER = {code: float(n) for n, code in enumerate(RATINGS, start=1)}


def read_vignettes(rows: Rows, context: Context) -> Parsed:
    """Read answers to vignettes into the table `ratings` (`object_kind` vignette, `rater_role` evaluator).

    Parameters
    ----------
    rows : Rows
        One row a rater and vignette, one column an item.
    context : Context
        A stated period counts where the form has none.

    Returns
    -------
    Parsed
        `object_id` is the code of the vignette, such as A3; its parallel form stands in `object_attributes`.

    Examples
    --------
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> items = ("Berorientasi Pelayanan", "Akuntabel", "Kompeten", "Harmonis", "Loyal", "Adaptif", "Kolaboratif")
    >>> columns = (("NIP Penilai", "198603032010121943"), ("Periode", "Triwulan I 2026"), ("Paket", "A"), ("Vinyet", "a1"),
    ...            *[(name, "4") for name in items])
    >>> frame = read_vignettes(collect(recognise([Sheet("S", columns, 2)], "v.xlsx")), Context()).frames["ratings"]
    >>> frame["object_id"].iloc[0], frame["object_kind"].iloc[0], len(frame)
    ('code:A1', 'vignette', 7)
    """
    finder, title = Finder(rows), context.title(rows)
    rater = number_key(finder, "rater_nip")
    finder.add("form.no_rater", rater.isna().to_numpy(dtype=bool), "rater_nip")
    code, form = _vignettes(finder, context)
    object_ = file_key("code", code)
    period = read_periods(finder, context.period or title.period)
    keys = pd.DataFrame({"object_id": object_, "rater_id": rater, "occasion": _all(rows, "1"), "period": period})
    answers = read_answers(finder, rows.layout)
    once(finder, keys, answers, None)
    shared = {"instrument": rows.layout.instrument, "object_kind": "vignette"}
    frame = long_rows(finder, keys.assign(form_version=versions(rows)), answers, shared, _all(rows, "evaluator"))
    kept = ~finder.refused
    attributes = pd.DataFrame({"object_id": object_, "value": form, "row": pd.Series(rows.row, dtype=WHOLE)})[kept]
    attributes = attributes.dropna(subset=["value"]).drop_duplicates("object_id").assign(attribute="form", **shared)
    frames = {"ratings": frame, "object_attributes": attributes.astype(dict.fromkeys(("attribute", *shared), TEXT))}
    return finish(finder, frames, coded([rater], kept), title, period=_one(period[kept]))


def read_key(rows: Rows, context: Context) -> Parsed:
    """Read expert ratings of vignettes into the table `vignette_key`: the mean of the experts, their number and spread.

    ``expert_rating = mean over experts``, ``spread = standard deviation (n - 1)``, missing for one expert.

    Parameters
    ----------
    rows : Rows
        One row an expert and vignette.
    context : Context
        The study.

    Returns
    -------
    Parsed
        Experts are codes and are not kept. A later file replaces the key of the vignettes it holds.

    Examples
    --------
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("Pakar", "P1", "P2"), ("Paket", "A", "A"), ("Vinyet", "A1", "A1"), ("Akuntabel", "4", "5"))
    >>> key = read_key(collect(recognise([Sheet("S", columns, 3)], "kunci.xlsx")), Context()).frames["vignette_key"]
    >>> key[["item", "expert_rating", "n_experts"]].to_numpy().tolist()
    [['akuntabel', 4.5, 2]]
    """
    finder, title = Finder(rows), context.title(rows)
    expert = _upper(rows, "expert")
    finder.add("form.no_rater", expert.isna().to_numpy(dtype=bool), "expert")
    code, form = _vignettes(finder, context)
    keys = pd.DataFrame({"object_id": code, "rater_id": expert, "occasion": _all(rows, "1"), "period": _all(rows, "")})
    answers = read_answers(finder, rows.layout)
    once(finder, keys, answers, None)
    kept = ~finder.refused
    base = pd.DataFrame({"object_id": code, "form": form, "form_version": versions(rows).astype(TEXT),
                         "row": pd.Series(rows.row, dtype=WHOLE)})[kept]
    parts = [base.assign(item=item, rating=values[kept]) for item, values in answers.items()]
    long = pd.concat(parts, ignore_index=True) if parts else base.assign(item="", rating=np.nan).iloc[:0]
    groups = long.dropna(subset=["rating"]).astype({"rating": float}).groupby(["object_id", "item"], sort=False)
    frame = groups.agg(expert_rating=("rating", "mean"), n_experts=("rating", "size"), spread=("rating", "std"), form=("form", "first"),
                       form_version=("form_version", "first"), row=("row", "first")).reset_index()
    return finish(finder, {"vignette_key": frame.assign(instrument=rows.layout.instrument)}, empty_people(), title)


def read_second(rows: Rows, context: Context) -> Parsed:
    """Read blind second ratings into the table `ratings` (`is_blind_second`, `rater_role` second, 1 below to 3 above expectation).

    Parameters
    ----------
    rows : Rows
        One row a second rater and person; the two official ratings in words.
    context : Context
        A stated period counts where the form has none.

    Returns
    -------
    Parsed
        The first ratings are the official appraisals; they are not on the form.

    Notes
    -----
    A number is not taken: e-Kinerja counts from above, a rater from below.

    Examples
    --------
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("NIP Penilai Kedua", "198603032010121943"), ("NIP yang Dinilai", "198102022005012942"), ("Periode", "2026-Q3"),
    ...            ("Hasil Kerja", "Sesuai Ekspektasi"), ("Perilaku Kerja", "Di Atas Ekspektasi"))
    >>> frame = read_second(collect(recognise([Sheet("S", columns, 2)], "ganda.xlsx")), Context()).frames["ratings"]
    >>> frame[["item", "rating"]].to_numpy().tolist()
    [['hasil_kerja', 2.0], ['perilaku_kerja', 3.0]]
    """
    finder, title = Finder(rows), context.title(rows)
    rater, object_ = number_key(finder, "rater_nip"), number_key(finder, "object_nip")
    finder.add("form.no_rater", rater.isna().to_numpy(dtype=bool), "rater_nip")
    finder.add("form.no_object", object_.isna().to_numpy(dtype=bool), "object_nip")
    period = read_periods(finder, context.period or title.period)
    keys = pd.DataFrame({"object_id": object_, "rater_id": rater, "occasion": _all(rows, "1"), "period": period})
    answers = {role.removeprefix("item:"): _words(finder, role) for role in ("item:hasil_kerja", "item:perilaku_kerja")}
    once(finder, keys, answers, None)
    shared = {"instrument": rows.layout.instrument, "object_kind": "employee"}
    frame = long_rows(finder, keys.assign(form_version=versions(rows)), answers, shared, _all(rows, SECOND)).assign(is_blind_second=True)
    kept = ~finder.refused
    return finish(finder, {"ratings": frame}, coded([rater, object_], kept), title, period=_one(period[kept]))


def _words(finder: Finder, role: str) -> pd.Series:
    text = finder.rows.text(role)
    number = numbers(finder.rows.get(role))[0].notna().to_numpy(dtype=bool)
    codes, unknown = label_codes("rating", text.mask(number, pd.NA))
    finder.add("rating.not_word", number | unknown, role)
    return pd.Series([_ORDER.get(c) if isinstance(c, str) else None for c in codes], dtype=pd.ArrowDtype(pa.float64()))


def _vignettes(finder: Finder, context: Context) -> tuple[pd.Series, pd.Series]:
    """Read the code of the vignette of each row and the parallel form to which it belongs; refuse rows about none, or about one of another form."""
    code, said, known = _upper(finder.rows, "object_code"), _upper(finder.rows, "form"), form_of_each(context.study)
    form = pd.Series([known.get(c) if isinstance(c, str) else None for c in code], dtype=TEXT)
    finder.add("form.no_object", code.isna().to_numpy(dtype=bool), "object_code")
    none, short = form.isna().to_numpy(dtype=bool), (code.str.len() <= max(map(len, known))).fillna(False).to_numpy(dtype=bool)
    codes = ", ".join(sorted(known))
    finder.add("form.no_vignette", none & short, "object_code", known=codes)
    finder.add("form.no_code", none, "object_code", hidden=True, known=codes)  # where columns were moved a name may stand there
    finder.add("form.other_packet", (said.notna() & form.notna() & (said != form)).to_numpy(dtype=bool), "object_code",
               packet=said.where((said.str.len() < 3).fillna(False), "…"))
    return code, form


def _upper(rows: Rows, role: str) -> pd.Series:
    return pd.Series(pc.utf8_upper(pa.array(rows.text(role))), dtype=TEXT)


def _all(rows: Rows, value: str) -> pd.Series:
    return pd.Series([value] * len(rows), dtype=TEXT)


def _one(values: pd.Series) -> str | None:
    found = values.dropna().unique().tolist()
    return str(found[0]) if len(found) == 1 else None
