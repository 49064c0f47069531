"""The lists that an office keeps by hand: objections, disciplinary measures, indicators."""

from collections import Counter
from datetime import date

import pytest

from evalkit.instruments.layout import load_layouts
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.discipline import read_discipline
from evalkit.tables.grid import Sheet
from evalkit.tables.indicators import read_indicators
from evalkit.tables.objections import read_objections
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from tests.tables.files import nip

READERS = {"keberatan": read_objections, "hukuman-disiplin": read_discipline, "indikator": read_indicators}
TABLE = {"keberatan": "objections", "hukuman-disiplin": "discipline", "indikator": "indicators"}


def read(layout, rows, title=(), context=None):
    headers = list(rows[0]) if rows else list(load_layouts()[layout].headers)
    table = [[t, *[""] * (len(headers) - 1)] for t in title] + [headers] + [[r.get(h, "") for h in headers] for r in rows]
    sheets = [Sheet("S", tuple(zip(*table, strict=True)), len(table))]
    return READERS[layout](collect(recognise(sheets, "daftar.csv")), context or Context())


def objection(n=1, **other):
    return {"ID PENILAIAN": f"A-{n}", "NIP": nip(n), "NAMA": "A", "UNIT KERJA": "DINAS A", "PERIODE": "Triwulan II 2026",
            "TANGGAL PENGAJUAN": "22/07/2026", "TINGKAT": "Atasan Pejabat Penilai", "BATAS WAKTU": "05-08-2026",
            "TANGGAL KEPUTUSAN": "2026-08-03", "KEPUTUSAN": "Ditolak", **other}


def case(n=1, **other):
    return {"NIP": nip(n), "NAMA": "A", "TINGKAT HUKUMAN": "Hukuman Disiplin Ringan", "JENIS HUKUMAN": "teguran", "NOMOR SK": "800/1",
            "TMT HUKUMAN": "01/07/2026", "AKHIR HUKUMAN": "", **other}


def indicator(n=1, **other):
    return {"NIP": nip(n), "NAMA": "A", "PERIODE": "Triwulan III 2026", "INDIKATOR": "Laporan", "ASPEK": "kuantitas", "ARAH": "",
            "TARGET": "12", "TARGET ATAS": "", "REALISASI": "9", "BOBOT": "", "TARGET TERTINGGI": "", **other}


MAKE = {"keberatan": objection, "hukuman-disiplin": case, "indikator": indicator}


@pytest.mark.parametrize("layout", READERS)
def test_a_list_is_recognised_and_keeps_its_contract(layout):
    parsed = read(layout, [MAKE[layout](1), MAKE[layout](2)])
    frame = TABLES[TABLE[layout]].conform(parsed.frames[TABLE[layout]].assign(import_id="i"))
    assert not parsed.faults and len(frame) == parsed.rows_read == 2 and parsed.layout == layout


def test_an_objection_as_it_is_read():
    row = read("keberatan", [objection()]).frames["objections"].iloc[0]
    assert row[["appraisal_id", "filed_at", "level", "due_at", "decided_at", "decision", "person_id", "period"]].tolist() == [
        "a-1", date(2026, 7, 22), "atasan_pejabat_penilai", date(2026, 8, 5), date(2026, 8, 3), "tetap", f"nip:{nip(1)}", "2026-Q2"]


def test_person_and_period_stand_for_the_appraisal():
    parsed = read("keberatan", [objection(**{"ID PENILAIAN": ""}), objection(2, **{"ID PENILAIAN": "-"})])
    ids = parsed.frames["objections"]["appraisal_id"].tolist()
    assert not parsed.faults and all(i.startswith("of:") for i in ids) and len(set(ids)) == 2
    assert not any(nip(1) in i for i in ids)


def test_the_period_of_the_title_counts_where_no_row_has_one():
    rows = [{k: v for k, v in objection(**{"ID PENILAIAN": ""}).items() if k != "PERIODE"}]
    assert read("keberatan", rows, ["Daftar Keberatan Triwulan I Tahun 2026"]).frames["objections"]["period"].tolist() == ["2026-Q1"]
    assert read("keberatan", rows, context=Context(period="2026-Q2")).frames["objections"]["period"].tolist() == ["2026-Q2"]
    assert Counter(f.rule for f in read("keberatan", rows).faults) == {"objection.no_appraisal": 1}


PENDING = {"TANGGAL KEPUTUSAN": "", "KEPUTUSAN": "Dalam proses"}


@pytest.mark.parametrize(("rows", "expected"), [
    ([objection(**{"ID PENILAIAN": "", "NIP": ""})], {"objection.no_appraisal": 1}),
    ([objection(NIP="")], {}), ([objection(**PENDING)], {}), ([objection(**PENDING, TINGKAT="")], {}),
    ([objection(**{"TANGGAL PENGAJUAN": ""})], {"objection.no_date": 1}),
    ([objection(**{"TANGGAL PENGAJUAN": "besok"})], {"date.unreadable": 1, "objection.no_date": 1}),
    ([objection(TINGKAT="Bapak")], {"objection.unknown_level": 1}),
    ([objection(KEPUTUSAN="entah")], {"objection.unknown_decision": 1, "objection.half": 1}),
    ([objection(**{"TANGGAL KEPUTUSAN": ""})], {"objection.half": 1}),
    ([objection(**{"TANGGAL KEPUTUSAN": "01/07/2026"})], {"objection.order": 1}),
    ([objection(), objection()], {"objection.copy": 1}), ([objection(), objection(KEPUTUSAN="Dikabulkan")], {"objection.conflict": 2}),
    ([objection(NIP="1,98603E+17")], {"nip.number_cell": 1}),
    ([objection(NIP="123", **{"ID PENILAIAN": ""})], {"nip.length": 1, "objection.no_appraisal": 1}),
])
def test_rules_of_objections(rows, expected):
    check("keberatan", [*rows, objection(5)], expected)


@pytest.mark.parametrize(("rows", "expected"), [
    ([case(**{"TINGKAT HUKUMAN": "aneh"})], {"discipline.unknown_level": 1}), ([case(**{"TMT HUKUMAN": ""})], {"discipline.no_date": 1}),
    ([case(**{"AKHIR HUKUMAN": "30/06/2026"})], {"discipline.order": 1}), ([case(), case()], {"discipline.copy": 1}),
    ([case(), case(**{"AKHIR HUKUMAN": "31/12/2026"})], {"discipline.conflict": 2}),
    ([case(NIP="")], {"person.none": 1}), ([case(), case(**{"TINGKAT HUKUMAN": "Berat"})], {}),
])
def test_rules_of_discipline(rows, expected):
    check("hukuman-disiplin", [*rows, case(5)], expected)


@pytest.mark.parametrize(("rows", "expected"), [
    ([indicator(INDIKATOR="")], {"indicator.missing": 1}), ([indicator(PERIODE="")], {"indicator.no_period": 1}),
    ([indicator(REALISASI="")], {"indicator.no_number": 1}), ([indicator(TARGET="-1")], {"indicator.impossible": 1}),
    ([indicator(**{"TARGET ATAS": "10"})], {"indicator.impossible": 1}), ([indicator(ARAH="miring")], {"indicator.unknown_direction": 1}),
    ([indicator(), indicator()], {"indicator.copy": 1}), ([indicator(), indicator(INDIKATOR="LAPORAN", REALISASI="10")],
                                                         {"indicator.conflict": 2}),
    ([indicator(), indicator(PERIODE="Triwulan II 2026")], {}), ([indicator(ARAH="Turun", **{"TARGET ATAS": "14"})], {}),
])
def test_rules_of_indicators(rows, expected):
    check("indikator", [*rows, indicator(5)], expected)


def check(layout, rows, expected):
    parsed = read(layout, rows)
    assert Counter(f.rule for f in parsed.faults) == expected
    assert len(parsed.frames[TABLE[layout]]) == parsed.rows_read == parsed.rows_in_file - parsed.rows_refused
    assert not any(nip(1) in repr(f) for f in parsed.faults)


def test_the_lists_are_taken_in_by_add_and_come_back_without_numbers_of_people(study, tmp_path):
    """One list each as a csv with semicolons; the office's own kind is found by the columns, in any order of the files."""
    from evalkit.tables import store
    from evalkit.tables.imports import add
    from tests.tables.files import write_csv

    paths = []
    for layout, make in MAKE.items():
        rows = [make(1), make(2)]
        paths.append(write_csv(tmp_path / f"{layout}.csv", [list(rows[0]), *[list(r.values()) for r in rows]], ";", "utf-8-sig"))
    result = add(study, paths)
    assert [(f.status, f.layout, f.rows_read, f.rows_refused, f.faults) for f in result.files] == [
        ("added", layout, 2, 0, {}) for layout in MAKE]
    stored = {t: store.read(study, t) for t in TABLE.values()}
    people = [set(stored[t][c]) for t, c in (("objections", "person_id"), ("discipline", "person_id"), ("indicators", "object_id"))]
    assert people[0] == people[1] == people[2] and len(people[0]) == 2
    assert not any(nip(n) in f.astype(str).to_csv() for f in stored.values() for n in (1, 2))


def test_a_later_list_of_objections_tells_what_was_decided_meanwhile(study, tmp_path):
    from datetime import datetime

    from evalkit.tables import store
    from evalkit.tables.imports import add
    from tests.tables.files import write_csv

    for day, row in ((1, objection(**PENDING)), (9, objection())):
        path = write_csv(tmp_path / f"keberatan-{day}.csv", [list(row), list(row.values())])
        add(study, [path], received_at=datetime(2026, 8, day))
    assert store.read(study, "objections")["decision"].tolist() == ["tetap"]
    assert store.read(study, "objections", as_of=date(2026, 8, 5))["decision"].isna().all()


@pytest.mark.parametrize("source", ["discipline", "indicators"])
def test_a_page_has_words_for_what_a_list_measures(source):
    from evalkit.language.catalogue import catalogue

    assert {f"evaluation.dims.{part}.{source}" for part in ("value", "text", "from")} <= set(catalogue())
