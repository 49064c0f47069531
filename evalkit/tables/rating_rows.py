"""The parts that every reader of ratings shares: answers on a scale, one form once, one row an item, attributes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.instruments.layout import Layout
from evalkit.tables.cells import TEXT, dates, map_unique, numbers
from evalkit.tables.data_rows import Rows
from evalkit.tables.ekinerja import label_codes, moments
from evalkit.tables.mapping_layout import ITEM, parts_of
from evalkit.tables.schema import PREDIKAT, RATINGS
from evalkit.tables.title import period_of
from evalkit.tables.validate import Finder, secret_key

_LABELS = {(1.0, 5.0): ("predikat", PREDIKAT), (1.0, 3.0): ("rating", RATINGS)}
WHOLE = pd.ArrowDtype(pa.int64())


def read_answers(finder: Finder, layout: Layout) -> dict[str, pd.Series]:
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
        if layout.form is not None:  # its answers are chosen from a list of whole numbers
            part = (values != values.round()).fillna(False).to_numpy(dtype=bool)
            bad, values = bad | part, values.where(~part, pd.NA)
        finder.add("rating.not_number", bad, column.role)
        if layout.scale:
            off = ((values < layout.scale[0]) | (values > layout.scale[1])).fillna(False).to_numpy(dtype=bool)
            finder.add("rating.off_scale", off, column.role, low=f"{layout.scale[0]:g}", high=f"{layout.scale[1]:g}")
            values = values.where(~off, pd.NA)
        answers[column.role.removeprefix(ITEM)] = values
    return answers


def once(finder: Finder, keys: pd.DataFrame, answers: dict[str, pd.Series], at: pd.Series | None) -> None:
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


def long_rows(finder: Finder, keys: pd.DataFrame, answers: dict[str, pd.Series], shared: dict[str, str],
          rater_role: pd.Series | None = None) -> pd.DataFrame:
    """One row a form and item, also where the answer is missing."""
    rows = finder.rows
    kept = ~finder.refused
    role = next((r for r in ("answered_at", "answered_at.0") if r in rows.cells), "")
    at = moments(Finder(rows), role) if role else pd.Series([None] * len(rows), dtype=pd.ArrowDtype(pa.timestamp("s")))
    base = keys.assign(answered_at=at, row=pd.Series(rows.row, dtype=WHOLE), **shared)
    base = base.assign(rater_role=rater_role if rater_role is not None else pd.Series([None] * len(rows), dtype=TEXT))[kept]
    parts = [base.assign(item=item, rating=values[kept]) for item, values in answers.items()]
    frame = pd.concat(parts, ignore_index=True) if parts else base.assign(item="", rating=np.nan).iloc[:0]
    return frame.astype({"item": TEXT, "instrument": TEXT, "object_kind": TEXT})


def joined(rows: Rows, role: str) -> pd.Series:
    """The text of a role; several columns are joined with a dash, missing if all are missing."""
    parts = [rows.text(name) for name in parts_of(rows.cells, role)]
    if not parts:
        return pd.Series([None] * len(rows), dtype=TEXT)
    joined = parts[0]
    for part in parts[1:]:
        joined = (joined.fillna("") + "-" + part.fillna("")).where(joined.notna() | part.notna(), pd.NA)
    return joined


def read_periods(finder: Finder, otherwise: str | None) -> pd.Series:
    """Read the period of each row: what its cell says (a date stands for its month), else what holds for the whole file.

    A row without one is refused, also one whose cell says something that is no period.
    """
    rows = finder.rows
    role = next((r for r in ("period", "period.0") if r in rows.cells), "")
    if not role:
        period = pd.Series([otherwise] * len(rows), dtype=TEXT)
    else:
        text = rows.text(role)
        month = pd.Series(pc.strftime(pa.array(dates(rows.get(role))[0]), format="%Y-%m"), dtype=TEXT)
        period = pd.Series(pa.array(map_unique(text, period_of), type=pa.string()), dtype=TEXT).fillna(month)
        period = period.where(text.notna(), otherwise if otherwise else pd.NA)
    finder.add("form.no_period", period.isna().to_numpy(dtype=bool), role)
    return period


def read_attributes(finder: Finder, whose: str, key: pd.Series, kept: np.ndarray, shared: dict[str, str]) -> dict[str, pd.DataFrame]:
    """What a mapping says about objects or raters, one row each and attribute; what varies within one is told."""
    rows = finder.rows
    parts = []
    for role in sorted(r for r in rows.cells if r.startswith(f"{whose}:")):
        frame = pd.DataFrame({f"{whose}_id": key, "value": rows.text(role), "row": pd.Series(rows.row, dtype=WHOLE)})[kept].dropna()
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
