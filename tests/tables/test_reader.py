"""Every variation of a layout, as generated files: the same rows come out however the file was written."""

import gzip
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import load_layouts
from evalkit.tables.context import Context
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.reader import READERS, read_file
from evalkit.tables.recognise import recognise
from evalkit.tables.schema import TABLES
from evalkit.tables.study import load_study
from tests.tables.files import TITLE, appraisal, employee, grid, write_csv, write_page, write_xlsx

HEADERS = list(load_layouts()["ekinerja-penilaian"].headers)
ROWS = [appraisal(n, nama=f"ÁNNA CONTOH {n}") for n in range(4)]
COLUMNS = ["appraisal_id", "person_id", "predikat", "rated_at", "is_acting", "post_type", "superior_id", "period"]


def same(parsed):
    expected = read_expected()
    assert (parsed.layout, parsed.rows_read, parsed.faults) == ("ekinerja-penilaian", 4, ())
    assert parsed.frames["appraisals"][COLUMNS].astype(str).equals(expected[COLUMNS].astype(str))
    assert sorted(parsed.people["name"])[-1].startswith("ÁNNA")


def read_expected(_cache={}):  # noqa: B006  # read once for all variations
    if not _cache:
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            path = write_xlsx(Path(folder) / "a.xlsx", {"Worksheet": grid(ROWS, HEADERS, TITLE, 1)})
            _cache["frame"] = read_file(path, study=None).frames["appraisals"]
    return _cache["frame"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    same(read_file(write_csv(tmp_path / "a.csv", grid(ROWS, HEADERS, TITLE, 1), delimiter, encoding), study=None))


@pytest.mark.parametrize("above", [0, 1, 5, 13])
@pytest.mark.parametrize("write", [write_csv, write_page, lambda p, rows: write_xlsx(p.with_suffix(".xlsx"), {"S": rows})])
def test_the_header_may_stand_on_any_of_the_first_rows(tmp_path, above, write):
    same(read_file(write(tmp_path / "a.xls", grid(ROWS, HEADERS, TITLE, above)), study=None))


@pytest.mark.parametrize("order", [list(reversed(HEADERS)), HEADERS[7:] + HEADERS[:7], sorted(HEADERS)])
@pytest.mark.parametrize("write", [str, str.upper, str.title, lambda h: h.replace("_", " "), lambda h: f" {h}\u00a0",
                                   lambda h: h.replace("_", "\n")])
def test_columns_in_any_order_case_and_spacing(tmp_path, order, write):
    rows = grid(ROWS, order, TITLE, 1)
    rows[len(TITLE) + 1] = [write(h) for h in order]
    same(read_file(write_xlsx(tmp_path / "a.xlsx", {"S": rows}), study=None))


def test_further_and_absent_columns(tmp_path):
    fewer = [h for h in HEADERS if h not in ("jenis", "periode_id", "pegawai_atasan_jabatan")]
    rows = [[*row, "catatan" if i == len(TITLE) + 1 else "x"] if len(row) > 1 else row for i, row in enumerate(grid(ROWS, fewer, TITLE, 1))]
    same(read_file(write_xlsx(tmp_path / "a.xlsx", {"S": rows}), study=None))


def test_a_footer_blank_rows_and_other_sheets(tmp_path):
    rows = [*grid(ROWS[:2], HEADERS, TITLE, 1), [], *grid(ROWS[2:], HEADERS)[1:], [], ["Total", "4"], ["Dicetak 12/10/2026"]]
    book = write_xlsx(tmp_path / "a.xlsx", {"Sampul": [["Kota Contoh"]], "Data": rows, "Rekap": [["unit", "n"], ["A", 2.0], ["B", 2.0]]})
    parsed = read_file(book, study=None)
    assert [f.rule for f in parsed.faults] == ["sheet.not_read"] and parsed.faults[0].sheet == "Rekap"
    assert parsed.rows_read == 4


def test_one_layout_on_several_sheets(tmp_path):
    book = write_xlsx(tmp_path / "a.xlsx", {"A": grid(ROWS[:2], HEADERS, TITLE, 1), "B": grid(ROWS[2:], HEADERS, TITLE, 3)})
    same(read_file(book, study=None))


def test_sheets_of_two_periods_are_refused(tmp_path):
    other = [t.replace("III", "II") for t in TITLE]
    book = write_xlsx(tmp_path / "a.xlsx", {"A": grid(ROWS[:2], HEADERS, TITLE, 1), "B": grid(ROWS[2:], HEADERS, other, 1)})
    with pytest.raises(ImportFileError, match="lebih dari satu periode"):
        read_file(book, study=None)


def test_packed_csv(tmp_path):
    plain = write_csv(tmp_path / "a.csv", grid(ROWS, HEADERS, TITLE, 1))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    same(read_file(tmp_path / "b.csv.gz", study=None))


def test_without_a_title_there_is_no_period_and_nobody_guesses(tmp_path):
    path = write_csv(tmp_path / "a.csv", grid(ROWS, HEADERS))
    assert read_file(path, study=None).period is None
    assert read_file(path, study=None, period="2026-Q3").period == "2026-Q3"


@pytest.mark.parametrize("content", ["halo", "a,b,c\n1,2,3\n", "NIP;NAMA\n1;A\n", "<table><tr><td>x</td></tr></table>"])
def test_what_is_not_recognised_is_described(tmp_path, content):
    path = tmp_path / "entah.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ImportFileError, match=r"entah\.csv"):
        read_file(path, study=None)


def test_messages_are_in_the_language_of_the_study(tmp_path):
    root = tmp_path / "studi"
    root.mkdir()
    (root / "study.toml").write_text('[study]\nname = "a"\nlanguage = "en"\n[people]\nvault = "../vault"\n', encoding="utf-8")
    (tmp_path / "x.csv").write_text("halo,b\n", encoding="utf-8")
    with pytest.raises(ImportFileError, match="was not recognised"):
        read_file(tmp_path / "x.csv", study=load_study(root))


def test_populations_decide_the_instrument_of_each_post(tmp_path, root):
    study = load_study(root / "data" / "kupang")
    rows = [appraisal(1), appraisal(2, skp_jabatan="AHLI PERTAMA - GURU KELAS"), appraisal(3, skp_jabatan="GURU AHLI MUDA")]
    parsed = read_file(write_xlsx(tmp_path / "a.xlsx", {"S": grid(rows, HEADERS, TITLE, 1)}), study=study)
    assert parsed.frames["appraisals"]["instrument"].tolist() == ["permenpanrb-6-2022", *["perdirjen-gtk-7607-2023"] * 2]


@pytest.mark.parametrize(("name", "day"), [("siasn-pns-2026-09-30.xlsx", date(2026, 9, 30)), ("siasn 30-09-2026.xlsx", date(2026, 9, 30)),
                                           ("siasn.xlsx", None)])
def test_the_day_of_an_employee_list_is_that_of_its_name(tmp_path, name, day):
    path = write_xlsx(tmp_path / name, {"Sheet1": grid([employee(1)], load_layouts()["siasn-pegawai"].headers)})
    assert read_file(path, study=None).valid_on == day


def test_a_file_with_a_header_and_no_rows(tmp_path):
    for layout in load_layouts().values():
        if layout.columns:
            parsed = read_file(write_csv(tmp_path / f"{layout.name}.csv", [list(layout.headers)]), study=None)
            assert (parsed.layout, parsed.rows_in_file, parsed.faults) == (layout.name, 0, ())


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode),
                 st.text(alphabet="<>tablerdh/ ;,\n\"'NIP", max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path, content):
    path = tmp_path / "berkas.xls"
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match="berkas"):
        read_file(path, study=None)


CELL = st.one_of(st.sampled_from(["", "-", "'", "1,5", "31-02-2026", "197001012010011901", "BAIK", "\u00a0", "=1+1", "<b>"]),
                 st.text(max_size=8), st.floats(),
                 st.booleans(), st.dates(), st.none())


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(n for n, lay in load_layouts().items() if lay.columns)), st.data())
def test_no_layout_loses_a_row_or_breaks_its_contract_whatever_the_cells(layout, data):
    headers = load_layouts()[layout].headers
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(headers), CELL, max_size=8), max_size=6))
    table = grid(rows, headers)
    parsed = READERS[layout](collect(recognise([Sheet("S", tuple(zip(*table, strict=True)), len(table))], "a.xlsx")),
                             Context(period="2026-07"))
    assert parsed.rows_in_file == parsed.rows_read + parsed.rows_refused
    told = {f.row for f in parsed.faults}
    main = {"employees": "person_attributes", "training": "enrolments"}.get(parsed.kind, parsed.kind)
    kept = set(parsed.frames[main]["row"].tolist())
    assert parsed.rows_refused <= len(told)
    assert len(kept) == parsed.rows_read or main == "vignette_key"  # several experts make one row of the key
    for name, frame in parsed.frames.items():
        fill = {"import_id": "i", "version": 1, "exported_at": datetime(2026, 10, 12), "instrument": "x", "valid_from": date(2026, 1, 1)}
        missing = {c: v for c, v in fill.items() if c in TABLES[name].names and (c not in frame or frame[c].isna().any())}
        TABLES[name].conform(frame.assign(**missing))
