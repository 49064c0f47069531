"""Ratings in any file: the 360-degree form, and long or wide files that a `[[mapping]]` of study.toml describes.

A blank or a dash is a missing answer and never a category: its row stays in the table, without a rating, so that who was
asked and did not answer can be counted. One form sent twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import Layout
from evalkit.tables.cells import TEXT, clean_header, map_unique, numbers
from evalkit.tables.context import Context, finish
from evalkit.tables.ekinerja import label_codes, moments
from evalkit.tables.grid import Sheet
from evalkit.tables.identifiers import check_nip, file_key, nip_column, nip_kind
from evalkit.tables.mapping_layout import ITEM, mapping_layout, parts_of
from evalkit.tables.parsed import Parsed
from evalkit.tables.people import PEOPLE_COLUMNS, empty_people
from evalkit.tables.recognise import Rows, collect, describe, hold
from evalkit.tables.schema import PREDIKAT, RATINGS
from evalkit.tables.study import Mapping
from evalkit.tables.title import period_of
from evalkit.tables.validate import Finder, secret_key

_LABELS = {(1.0, 5.0): ("predikat", PREDIKAT), (1.0, 3.0): ("rating", RATINGS)}
_WHOLE = pd.ArrowDtype(pa.int64())


def read_form(rows: Rows, context: Context) -> Parsed:
    """Read answers to the 360-degree form into the table `ratings`, one row a form and item.

    Parameters
    ----------
    rows : Rows
        One form a row, one column an item; the relation in words.
    context : Context
        A stated period counts where the form has none.

    Returns
    -------
    Parsed
        `rater_role` is superior, peer, subordinate or self. Of two different forms of one rater about one person in one
        period the latest counts, and both times are told.
    """
    layout = rows.layout
    finder = Finder(rows)
    title = context.title(rows)
    rater, object_ = _number_key(finder, "rater_nip"), _number_key(finder, "object_nip")
    finder.add("form.no_rater", rater.isna().to_numpy(dtype=bool), "rater_nip")
    finder.add("form.no_object", object_.isna().to_numpy(dtype=bool), "object_nip")
    relations = {clean_header(k): v for k, v in layout.relations.items()}
    role = pd.Series(pa.array(map_unique(rows.text("rater_role"), lambda t: relations.get(clean_header(t))), type=pa.string()), dtype=TEXT)
    finder.add("form.unknown_relation", (rows.text("rater_role").notna() & role.isna()).to_numpy(dtype=bool), "rater_role")
    period = _periods(finder, context.period or title.period)
    keys = pd.DataFrame({"object_id": object_, "rater_id": rater, "occasion": pd.Series(["1"] * len(rows), dtype=TEXT), "period": period})
    answers = _answers(finder, layout)
    _once(finder, keys, answers, moments(finder, "answered_at"))
    frame = _long(finder, keys, answers, {"instrument": layout.instrument, "object_kind": "employee"}, role)
    kept = ~finder.refused
    people = _coded([rater, object_], kept)
    stated = period[kept].dropna().unique().tolist()
    return finish(finder, {"ratings": frame}, people, title, period=stated[0] if len(stated) == 1 else None)


def read_mapped(sheets: Sequence[Sheet], mapping: Mapping, name: str, context: Context) -> Parsed:
    """Read a rating or outcome file by a mapping of study.toml.

    Parameters
    ----------
    sheets : sequence of Sheet
        The file.
    mapping : Mapping
        `columns` names, for each role, a column or several whose values are joined: `object_id`, `rater_id`, `unit_id`,
        `occasion`, `period`, `rater_role`, `answered_at`, `n`, `n_expected`; the ratings as `rating` (one column), `items`
        (a list, or item = column), or `raters` (each column is one rater). `attributes` lists columns that describe the
        object, or has them under `object` and `rater`.
    name : str
        Name of the file, for messages.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        Frames `ratings`, or `outcomes` for the kinds outcomes and panel; `object_attributes`, `rater_attributes`.

    Raises
    ------
    ImportFileError
        If a mapped column is missing or stands twice; names all of them.

    Notes
    -----
    Ratings stay on the scale of the file; `direction` of the mapping says which end is good. Official words become
    1 to 5 (predikat) or 1 to 3 (ratings) when the scale of the mapping is that.
    """
    layout = mapping_layout(mapping)
    matches = [m for sheet in sheets if (m := hold(sheet, layout, need=1))]
    complete = [m for m in matches if m.complete]
    if not complete:
        raise ImportFileError(describe(max(matches, key=lambda m: m.score, default=None), sheets, name, context.language))
    rows = collect(complete)
    finder = Finder(rows)
    title = context.title(rows)
    employee = mapping.object_kind == "employee"
    object_ = _key(finder, "object_id", numbered=employee)
    finder.add("form.no_object", object_.isna().to_numpy(dtype=bool), "object_id.0")
    period = _periods(finder, mapping.period or context.period or title.period)
    keys = pd.DataFrame({"object_id": object_, "occasion": _joined(rows, "occasion").fillna("1"), "period": period,
                         "unit_id": file_key("name", _joined(rows, "unit_id"))})
    shared = {"instrument": mapping.instrument, "object_kind": mapping.object_kind}
    if mapping.kind == "ratings":
        frames, people = _mapped_ratings(finder, mapping, layout, keys, shared)
    else:
        frames, people = _mapped_outcomes(finder, layout, keys, shared), empty_people()
    kept = ~finder.refused
    frames |= _attributes(finder, "object", object_, kept, shared)
    stated = period[kept].dropna().unique().tolist()
    return finish(finder, frames, people, title, period=stated[0] if len(stated) == 1 else None)


def _mapped_ratings(finder: Finder, mapping: Mapping, layout: Layout, keys: pd.DataFrame,
                    shared: dict[str, str]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    rows = finder.rows
    answers = _answers(finder, layout)
    if "raters" in mapping.columns:
        return _wide_raters(finder, keys, answers, shared)
    rater = _key(finder, "rater_id", numbered=mapping.object_kind == "employee")
    finder.add("form.no_rater", rater.isna().to_numpy(dtype=bool), "rater_id.0")
    keys = keys.assign(rater_id=rater)
    _once(finder, keys, answers, moments(finder, "answered_at.0"))
    frame = _long(finder, keys, answers, shared, _joined(rows, "rater_role"))
    kept = ~finder.refused
    frames = {"ratings": frame, **_attributes(finder, "rater", rater, kept, shared)}
    people = [rater, keys["object_id"]] if mapping.object_kind == "employee" else [rater]
    return frames, _coded(people, kept)


def _wide_raters(finder: Finder, keys: pd.DataFrame, answers: dict[str, pd.Series],
                 shared: dict[str, str]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Each column is one rater: the item is the same for all."""
    _once(finder, keys.assign(rater_id="*"), answers, None)
    parts = []
    for rater, values in answers.items():
        key = pd.Series([f"code:{rater}"] * len(values), dtype=TEXT)
        parts.append(_long(finder, keys.assign(rater_id=key), {"overall": values}, shared))
    raters = pd.Series(sorted(answers), dtype=TEXT)
    people = pd.DataFrame({"key": file_key("code", raters), "kind": "code", "value": raters, "name": ""}).astype(TEXT)
    return {"ratings": pd.concat(parts, ignore_index=True)}, people


def _mapped_outcomes(finder: Finder, layout: Layout, keys: pd.DataFrame, shared: dict[str, str]) -> dict[str, pd.DataFrame]:
    answers = _answers(finder, layout)
    _once(finder, keys.assign(rater_id="*"), answers, None)
    kept = ~finder.refused
    counts = {}
    for name in ("n", "n_expected"):
        values, bad = numbers(finder.rows.get(f"{name}.0"))
        finder.add("number.unreadable", bad, f"{name}.0")
        counts[name] = values.round().astype(_WHOLE)
    base = keys.drop(columns="occasion").assign(**counts, row=pd.Series(finder.rows.row, dtype=_WHOLE))[kept]
    parts = [base.assign(measure=measure, value=values[kept]) for measure, values in answers.items()]
    frame = pd.concat(parts, ignore_index=True).assign(**shared)
    return {"outcomes": frame.astype(dict.fromkeys(("measure", "instrument", "object_kind"), TEXT))}


def _answers(finder: Finder, layout: Layout) -> dict[str, pd.Series]:
    """Read every item column as numbers within the scale; what is not a number on it is a fault and missing."""
    answers: dict[str, pd.Series] = {}
    for column in layout.columns:
        if not column.role.startswith(ITEM):
            continue
        values, bad = numbers(finder.rows.get(column.role))
        words = _LABELS.get(layout.scale) if layout.scale else None
        if bad.any() and words:
            codes, unknown = label_codes(words[0], finder.rows.text(column.role))  # type: ignore[arg-type]  # a closed table
            order = {code: float(n) for n, code in enumerate(words[1], start=1)}
            values = values.fillna(pd.Series(pa.array(map_unique(codes, order.get), type=pa.float64()), dtype=values.dtype))
            bad = bad & unknown
        finder.add("rating.not_number", bad, column.role)
        if layout.scale:
            off = ((values < layout.scale[0]) | (values > layout.scale[1])).fillna(False).to_numpy(dtype=bool)
            finder.add("rating.off_scale", off, column.role, low=f"{layout.scale[0]:g}", high=f"{layout.scale[1]:g}")
            values = values.where(~off, pd.NA)
        answers[column.role.removeprefix(ITEM)] = values
    return answers


def _once(finder: Finder, keys: pd.DataFrame, answers: dict[str, pd.Series], at: pd.Series | None) -> None:
    """One form counts once: equal answers are one form; of different ones the latest counts where times tell."""
    parts = [keys[c] for c in ("object_id", "rater_id", "occasion", "period")]
    key = secret_key(*parts)
    finder.key = key
    live = key.mask(finder.refused)
    content = pd.DataFrame(answers).astype(object)
    content = content.where(content.notna(), "").assign(key=live)
    again = live.notna() & live.duplicated(keep=False)
    if not again.any():
        return
    copy = again & content.duplicated(keep="first")
    finder.add("form.copy", copy.to_numpy(dtype=bool), "rater_id")
    rest = again & ~copy
    rest &= live.where(rest).duplicated(keep=False) & live.where(rest).notna()
    if not rest.any():
        return
    if at is None or at[rest].isna().any():
        finder.add("form.conflict", rest.to_numpy(dtype=bool))
        return
    latest = at[rest].groupby(live[rest].to_numpy()).transform("max")
    earlier = pd.Series(False, index=live.index)
    earlier[rest] = (at[rest] < latest).to_numpy(dtype=bool)
    texts = at.astype(str)
    last = pd.Series("", index=live.index, dtype=object)
    last[rest] = latest.astype(str)
    finder.add("form.sent_again", earlier.to_numpy(dtype=bool), "answered_at", earlier=texts, later=last)
    same = rest & ~earlier & live.where(rest & ~earlier).duplicated(keep=False)
    finder.add("form.conflict", same.to_numpy(dtype=bool))


def _long(finder: Finder, keys: pd.DataFrame, answers: dict[str, pd.Series], shared: dict[str, str],
          rater_role: pd.Series | None = None) -> pd.DataFrame:
    """One row a form and item, also where the answer is missing."""
    rows = finder.rows
    kept = ~finder.refused
    role = next((r for r in ("answered_at", "answered_at.0") if r in rows.cells), "")
    at = moments(Finder(rows), role) if role else pd.Series([None] * len(rows), dtype=pd.ArrowDtype(pa.timestamp("s")))
    base = keys.assign(answered_at=at, row=pd.Series(rows.row, dtype=_WHOLE), **shared)
    base = base.assign(rater_role=rater_role if rater_role is not None else pd.Series([None] * len(rows), dtype=TEXT))[kept]
    parts = [base.assign(item=item, rating=values[kept]) for item, values in answers.items()]
    frame = pd.concat(parts, ignore_index=True) if parts else base.assign(item="", rating=np.nan).iloc[:0]
    return frame.astype({"item": TEXT, "instrument": TEXT, "object_kind": TEXT})


def _number_key(finder: Finder, role: str) -> pd.Series:
    """The key of a person by her number; a number that breaks its rule names nobody."""
    digits, damaged = nip_column(finder.rows.get(role))
    finder.add("nip.number_cell", damaged, role)
    none = np.zeros(len(digits), dtype=bool)
    broken = check_nip(digits, none, none)
    for rule in broken.dropna().unique():
        finder.add(rule, (broken == rule).fillna(False).to_numpy(dtype=bool), role)
    return file_key("nip", digits.where(broken.isna(), pd.NA))


def _key(finder: Finder, role: str, *, numbered: bool) -> pd.Series:
    """The key of an object or rater of a mapping: a NIP where it is one, else a code of the file."""
    text = _joined(finder.rows, role)
    code = file_key("code", text)
    if not numbered:
        return code
    digits, damaged = nip_column(finder.rows.get(f"{role}.0"))
    large = pd.to_numeric(text.where(damaged, pd.NA), errors="coerce").fillna(0).to_numpy(dtype=float) >= 1e15
    finder.add("nip.number_cell", damaged & large, f"{role}.0")
    whole = digits.str.fullmatch(r"\d{18}").fillna(False).to_numpy(dtype=bool)
    return file_key("nip", digits).where(whole, code)


def _joined(rows: Rows, role: str) -> pd.Series:
    """The text of a role; several columns are joined with a dash, missing if all are missing."""
    parts = [rows.text(name) for name in parts_of(rows.cells, role)]
    if not parts:
        return pd.Series([None] * len(rows), dtype=TEXT)
    joined = parts[0]
    for part in parts[1:]:
        joined = (joined.fillna("") + "-" + part.fillna("")).where(joined.notna() | part.notna(), pd.NA)
    return joined


def _periods(finder: Finder, otherwise: str | None) -> pd.Series:
    rows = finder.rows
    role = next((r for r in ("period", "period.0") if r in rows.cells), "")
    text = rows.text(role) if role else pd.Series([None] * len(rows), dtype=TEXT)
    said = pd.Series(pa.array(map_unique(text, _period), type=pa.string()), dtype=TEXT)
    period = said.fillna(otherwise) if otherwise else said
    finder.add("form.no_period", period.isna().to_numpy(dtype=bool), role)
    return period


def _period(text: str) -> str | None:
    """A period, or the month of a date."""
    return period_of(text) or (text[:7] if len(text) >= len("2016-10-20") and text[:4].isdigit() and text[4] == "-" else None)


def _coded(columns: Sequence[pd.Series], kept: np.ndarray) -> pd.DataFrame:
    """The people of a file without names: one row a key."""
    keys = pd.concat([key[kept] for key in columns], ignore_index=True).dropna().drop_duplicates().reset_index(drop=True)
    parts = pc.extract_regex(pa.array(keys), "^(?P<kind>[a-z]+):(?P<value>.*)$")
    kind, value = (pd.Series(pc.struct_field(parts, name), dtype=TEXT) for name in ("kind", "value"))
    is_number = (kind == "nip").to_numpy(dtype=bool)
    kind = kind.where(~is_number, nip_kind(value))
    return pd.DataFrame({"key": keys, "kind": kind, "value": value, "name": ""}, columns=list(PEOPLE_COLUMNS)).astype(TEXT)


def _attributes(finder: Finder, whose: str, key: pd.Series, kept: np.ndarray, shared: dict[str, str]) -> dict[str, pd.DataFrame]:
    """What a mapping says about objects or raters, one row each and attribute; what varies within one is told."""
    rows = finder.rows
    parts = []
    for role in sorted(r for r in rows.cells if r.startswith(f"{whose}:")):
        frame = pd.DataFrame({f"{whose}_id": key, "value": rows.text(role), "row": pd.Series(rows.row, dtype=_WHOLE)})[kept].dropna()
        varies = frame.drop_duplicates([f"{whose}_id", "value"]).duplicated(f"{whose}_id")
        first = frame.drop_duplicates(f"{whose}_id").assign(attribute=role.removeprefix(f"{whose}:").removesuffix(".0"))
        if varies.any():
            at = np.isin(rows.row, frame.loc[varies[varies].index[:1], "row"].to_numpy())
            finder.add("attribute.varies", at, role, attribute=role.partition(":")[2].removesuffix(".0"), number=str(int(varies.sum())))
        parts.append(first)
    if not parts:
        return {}
    extra = shared if whose == "object" else {"instrument": shared["instrument"]}
    table = pd.concat(parts, ignore_index=True).assign(**extra)
    return {f"{whose}_attributes": table.astype(dict.fromkeys(("attribute", *extra), TEXT))}
