"""The two reports of e-Kinerja BKN: Laporan Penilaian SKP (ratings) and Laporan SKP (plans).

The key of a row is `skp_penilaian_id`; `id` names the person and repeats with acting posts and transfers, so two rows of
one person are two appraisals. The same key twice with the same content counts once; with different content neither counts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evalkit.errors import InstrumentError
from evalkit.instruments import labels
from evalkit.tables.cells import TEXT, booleans, dates, map_unique, numbers
from evalkit.tables.context import Context, finish, number_of_year
from evalkit.tables.data_rows import Rows
from evalkit.tables.identifiers import file_key, hex_id, nip_column
from evalkit.tables.parsed import Fault, Parsed
from evalkit.tables.people import Named, others, people_frame, read_person
from evalkit.tables.periods import parse
from evalkit.tables.posts import employment_of, post_type_of
from evalkit.tables.title import Title
from evalkit.tables.validate import Finder, repeats

_PLAN_STATES = {"draft", "pengajuan", "persetujuan"}
_DATE = pd.ArrowDtype(pa.date32())
# The time of download in the title is written by hand in some offices' files, so only a gross difference is a fault.
_CLOCKS = timedelta(days=31)


def read_appraisals(rows: Rows, context: Context) -> Parsed:
    """Read a Laporan Penilaian SKP into the table `appraisals`.

    Parameters
    ----------
    rows : Rows
        The data rows.
    context : Context
        The stated period is used only where the title has none.

    Returns
    -------
    Parsed
        Ratings as codes; a predikat that contradicts the quadrant stays as it stands and is a fault.

    Notes
    -----
    `rated_by_kind` is `superior` where the superior pressed the button, `other` where somebody else did. A superior
    without a NIP (a mayor) or outside every list is an evaluator all the same: the shared id is the key.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("skp_penilaian_id", "a1"), ("nip", "198603032010121943"), ("skp_unor", "DINAS A"), ("hasil_kerja", "SESUAI EKSPEKTASI"),
    ...            ("perilaku_kerja", "SESUAI EKSPEKTASI"), ("hasil_akhir", "SANGAT BAIK"), ("waktu_dinilai", "03/10/2026"))
    >>> parsed = read_appraisals(collect(recognise([Sheet("Worksheet", columns, 2)], "laporan.xlsx")), Context(period="2026-Q3"))
    >>> parsed.frames["appraisals"]["predikat"].tolist(), [fault.rule for fault in parsed.faults if fault.severity == "error"]
    (['sangat_baik'], ['predikat.contradicts'])
    """
    title = context.title(rows, number_of_year(rows, "year"))
    period = title.period or context.period
    opd = file_key("name", rows.text("opd_name"))
    appraisal = pd.Series(pc.utf8_lower(pa.array(rows.text("appraisal_id"))), dtype=TEXT)
    finder = Finder(rows, unit=opd.fillna(file_key("name", rows.text("unit_name"))), key=appraisal)
    finder.add("appraisal.no_id", appraisal.isna().to_numpy(dtype=bool), "appraisal_id")
    employment = known_words(finder, "employment", employment_of, "employment.unknown")
    person = read_person(finder, employment)
    superior = _superior(finder)
    frame = pd.DataFrame({
        "appraisal_id": appraisal, "person_id": person.key, "unit_id": _unit(finder, context), "opd_id": opd,
        "post_title": rows.text("post_title"), "post_type": known_words(finder, "post_type", post_type_of, "post_type.unknown"),
        "is_acting": yes_no(finder, "is_acting"), "superior_id": superior.key, "grade": rows.text("grade"),
        "employment": employment, "hasil_kerja": _label(finder, "rating", "hasil_kerja"),
        "perilaku_kerja": _label(finder, "rating", "perilaku_kerja"), "predikat": _label(finder, "predikat", "predikat"),
        "rated_at": moments(finder, "rated_at"), "plan_start": days(finder, "plan_start"), "plan_end": days(finder, "plan_end"),
        "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    _check_predikat(finder, frame)
    _check_time(finder, frame, period, title)
    frame = _with_evaluator(finder, frame, superior)
    copies, conflicts = repeats(appraisal, frame.drop(columns="row").assign(nip=person.nip, name=person.name))
    finder.add("appraisal.conflict", conflicts, "appraisal_id")
    finder.add("appraisal.copy", copies, "appraisal_id")
    frame = frame.assign(period=pd.Series([period] * len(frame), dtype=TEXT), instrument=context.instruments(frame["post_title"]),
                         exported_at=pd.Series([title.exported_at] * len(frame), dtype=pd.ArrowDtype(pa.timestamp("s"))))
    kept = ~finder.refused
    return finish(finder, {"appraisals": frame[kept].reset_index(drop=True)}, people_frame(person, superior, keep=kept), title,
                  period=period, extra=_other_report(rows, "laporan skp"))


def read_plans(rows: Rows, context: Context) -> Parsed:
    """Read a Laporan SKP into the table `skp_plans`.

    Parameters
    ----------
    rows : Rows
        The data rows.
    context : Context
        What is known beside the file.

    Returns
    -------
    Parsed
        One plan a row; a person with an acting post or a transfer has several.

    Examples
    --------
    >>> from evalkit.tables.context import Context
    >>> from evalkit.tables.grid import Sheet
    >>> from evalkit.tables.data_rows import collect
    >>> from evalkit.tables.recognise import recognise
    >>> columns = (("skp_id", "a1"), ("nip", "198603032010121943"), ("skp_unor", "DINAS A"), ("skp_status", "Draft"),
    ...            ("periode_awal", "2026-01-01"))
    >>> parsed = read_plans(collect(recognise([Sheet("Worksheet", columns, 2)], "skp.xlsx")), Context())
    >>> parsed.frames["skp_plans"][["skp_status", "year"]].to_numpy().tolist()
    [['draft', 2026]]
    """
    title = context.title(rows)
    plan = pd.Series(pc.utf8_lower(pa.array(rows.text("skp_id"))), dtype=TEXT)
    opd = file_key("name", rows.text("opd_name"))
    # a person without a plan has no plan id: the fault is then found again by the person's id
    finder = Finder(rows, unit=opd.fillna(file_key("name", rows.text("unit_name"))),
                    key=plan.fillna(file_key("asn", hex_id(rows.get("person_asn")))))
    status = pd.Series(pc.utf8_lower(pa.array(rows.text("skp_status"))), dtype=TEXT)
    finder.add("plan.none", (plan.isna() & status.isna()).to_numpy(dtype=bool), "skp_id")
    finder.add("plan.no_id", plan.isna().to_numpy(dtype=bool), "skp_id")
    person = read_person(finder, known_words(finder, "employment", employment_of, "employment.unknown"))
    finder.add("plan.unknown_status", (status.notna() & ~status.isin(sorted(_PLAN_STATES))).to_numpy(dtype=bool), "skp_status")
    start = days(finder, "start")
    year = pd.Series(pc.year(pa.array(start)), dtype="int64[pyarrow]")
    frame = pd.DataFrame({
        "skp_id": plan, "person_id": person.key, "unit_id": context.place(rows.text("unit_name"), rows.text("opd_name")),
        "post_title": rows.text("post_title"), "year": year.fillna(title.year) if title.year else year, "skp_status": status,
        "skp_model": rows.text("skp_model"), "is_acting": yes_no(finder, "is_acting"), "start": start, "end": days(finder, "end"),
        "row": pd.Series(rows.row, dtype="int64[pyarrow]")})
    copies, conflicts = repeats(plan, frame.drop(columns="row"))
    finder.add("plan.conflict", conflicts, "skp_id")
    finder.add("plan.copy", copies, "skp_id")
    frame = frame.assign(exported_at=pd.Series([title.exported_at] * len(frame), dtype=pd.ArrowDtype(pa.timestamp("s"))))
    kept = ~finder.refused
    return finish(finder, {"skp_plans": frame[kept].reset_index(drop=True)}, people_frame(person, keep=kept), title,
                  period=title.period or context.period, extra=_other_report(rows, "laporan penilaian"))


def known_words(finder: Finder, role: str, function: Callable[[pd.Series], pd.Series], rule: str) -> pd.Series:
    """Read a column whose words form a closed list; other words are noted and left out."""
    text = finder.rows.text(role)
    result = function(text)
    finder.add(rule, (text.notna() & result.isna()).to_numpy(dtype=bool), role)
    return result


def yes_no(finder: Finder, role: str) -> pd.Series:
    """Read a column of yes and no; nothing is no, and what cannot be read is noted and no."""
    values, bad = booleans(finder.rows.get(role))
    finder.add("yes_no.unreadable", bad, role)
    return values.fillna(False)


def moments(finder: Finder, role: str) -> pd.Series:
    """Read a column of dates with times; what cannot be read is noted and missing."""
    values, bad = dates(finder.rows.get(role))
    finder.add("date.unreadable", bad, role)
    return values


def days(finder: Finder, role: str) -> pd.Series:
    """Read a column of dates; what cannot be read is noted and missing."""
    return moments(finder, role).astype(_DATE)


def amounts(finder: Finder, role: str) -> pd.Series:
    """Read a column of numbers; what cannot be read is noted and missing."""
    values, bad = numbers(finder.rows.get(role))
    finder.add("number.unreadable", bad, role)
    return values


def label_codes(kind: labels.Kind, text: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Give the codes of official words, and where a word is not one of them.

    Examples
    --------
    >>> from evalkit.tables.cells import text_column
    >>> codes, unknown = label_codes("predikat", text_column(["CUKUP", "-", "KURANG", "BAGUS"]))
    >>> codes.tolist(), unknown.tolist()
    (['butuh_perbaikan', <NA>, 'kurang', <NA>], [False, False, False, True])
    """
    def one(word: str) -> str | None:
        try:
            return labels.canonical(kind, word)
        except InstrumentError:
            return "?"

    found = pd.Series(pa.array(map_unique(text, one), type=pa.string()), dtype=TEXT)
    unknown = (found == "?").fillna(False).to_numpy(dtype=bool)
    return found.where(~unknown, pd.NA), unknown


def _label(finder: Finder, kind: labels.Kind, role: str) -> pd.Series:
    codes, unknown = label_codes(kind, finder.rows.text(role))
    finder.add(f"{kind}.unknown_label", unknown, role)
    return codes


def _unit(finder: Finder, context: Context) -> pd.Series:
    rows = finder.rows
    own = hex_id(rows.get("unit_id"))
    unit = file_key("unor", own).fillna(file_key("name", rows.text("unit_name")))
    finder.add("unit.missing", unit.isna().to_numpy(dtype=bool), "unit_name")
    if context.units.names:
        finder.add("unit.unknown", (own.notna() & ~own.isin(list(context.units.names))).to_numpy(dtype=bool), "unit_id")
    return unit


def _superior(finder: Finder) -> Named:
    rows = finder.rows
    digits, damaged = nip_column(rows.get("superior_nip"))
    finder.add("superior.number_cell", damaged, "superior_nip")
    superior = others(rows, "superior_asn", "superior_nip", "superior_name")
    finder.add("superior.nip", (digits.notna() & superior.nip.isna()).to_numpy(dtype=bool), "superior_nip")
    finder.add("superior.missing", superior.key.isna().to_numpy(dtype=bool), "superior_nip")
    return superior


def _check_predikat(finder: Finder, frame: pd.DataFrame) -> None:
    """Ratings and predikat must agree with one another; the file's own words decide nothing here."""
    from evalkit.instruments.quadrant import contradicts

    raw = [finder.rows.text(role).notna() for role in ("hasil_kerja", "perilaku_kerja", "predikat")]
    work, behaviour, result = (frame[c] for c in ("hasil_kerja", "perilaku_kerja", "predikat"))
    both, none = raw[0] & raw[1], ~raw[0] & ~raw[1]
    finder.add("predikat.missing", (both & ~raw[2]).to_numpy(dtype=bool), "predikat")
    finder.add("predikat.without_rating", (none & raw[2]).to_numpy(dtype=bool), "predikat")
    finder.add("rating.half", (raw[0] ^ raw[1]).to_numpy(dtype=bool), "hasil_kerja")
    triple = pd.Series(pc.binary_join_element_wise(pa.array(work), pa.array(behaviour), pa.array(result), "|"), dtype=TEXT)
    wrong = np.array(map_unique(triple, lambda t: contradicts(*t.split("|"))), dtype=object) == True  # noqa: E712  # None is no
    finder.add("predikat.contradicts", wrong, "predikat", work=finder.rows.text("hasil_kerja"),
               behaviour=finder.rows.text("perilaku_kerja"))


def _check_time(finder: Finder, frame: pd.DataFrame, period: str | None, title: Title) -> None:
    at = frame["rated_at"]
    rated = frame["predikat"].notna() & frame["hasil_kerja"].notna()
    finder.add("rated_at.missing", (rated & finder.rows.text("rated_at").isna()).to_numpy(dtype=bool), "rated_at")
    if period is not None:
        begins = pd.Timestamp(parse(period).start)
        finder.add("rated_at.before_period", (at < begins).fillna(False).to_numpy(dtype=bool), "rated_at", period=period)
    if title.exported_at is not None:
        late = (at > pd.Timestamp(title.exported_at + _CLOCKS)).fillna(False).to_numpy(dtype=bool)
        finder.add("rated_at.impossible", late, "rated_at", exported=title.exported_at.isoformat(" "))


def _with_evaluator(finder: Finder, frame: pd.DataFrame, superior: Named) -> pd.DataFrame:
    """Who pressed the button: known only where something was rated."""
    rated = (frame["hasil_kerja"].notna() | frame["perilaku_kerja"].notna() | frame["predikat"].notna()).to_numpy(dtype=bool)
    by = hex_id(finder.rows.get("rated_by_asn"))
    same = (by == superior.asn).fillna(False).to_numpy(dtype=bool)
    kind = np.where(by.isna().to_numpy(dtype=bool), "unknown", np.where(same, "superior", "other"))
    return frame.assign(rated_by_id=file_key("asn", by).where(rated, pd.NA),
                        rated_by_kind=pd.Series(kind, dtype=TEXT).where(rated, pd.NA))


def _other_report(rows: Rows, words: str) -> tuple[Fault, ...]:
    first = rows.titles[0].casefold() if rows.titles else ""
    own = any(w in first for w in rows.layout.title_words)
    if own or words not in first:
        return ()
    return (Fault("title.other_report", "warning", str(rows.sheet[0]) if len(rows) else "", 1),)
