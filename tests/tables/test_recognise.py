import pytest

from evalkit.errors import ImportFileError
from evalkit.instruments.layout import load_layouts
from evalkit.tables.data_rows import collect
from evalkit.tables.grid import Sheet
from evalkit.tables.recognise import recognise
from tests.tables.files import TITLE, appraisal, grid, nip

HEADERS = load_layouts()["ekinerja-penilaian"].headers
UNIT_LIST = ["NO", "UNIT KERJA", "PREDIKAT"]


def sheet(rows, name="Sheet1"):
    width = max(len(r) for r in rows)
    full = [[*r, *[""] * (width - len(r))] for r in rows]
    return Sheet(name, tuple(zip(*full, strict=True)), len(rows))


@pytest.mark.parametrize("layout", [name for name, lay in load_layouts().items() if lay.columns])
@pytest.mark.parametrize("above", [0, 1, 7, 19, 25])
def test_each_layout_is_known_by_its_own_header_on_any_of_the_first_rows(layout, above):
    lay = load_layouts()[layout]
    rows = [["Judul yang menyebut nip dan nama"]] * above + [list(lay.headers)] + [["x"] * len(lay.headers)]
    (match,) = recognise([sheet(rows)], "a.xlsx")
    assert match.layout.name == layout and match.header == above


def test_case_order_and_further_columns_do_not_matter():
    rows = [[h.upper().replace("_", " ") for h in reversed(HEADERS)] + ["catatan"], ["x"] * (len(HEADERS) + 1)]
    (match,) = recognise([sheet(rows)], "a.xlsx")
    assert match.layout.name == "ekinerja-penilaian"


def test_an_alias_stands_in_for_its_column_only_where_that_is_absent():
    (match,) = recognise([sheet([["NO", "NAMA UNIT", "UNIT KERJA", "PREDIKAT"], ["1", "a", "b", "BAIK"]])], "a.xlsx")
    assert match.found["UNIT KERJA"] == 2


def test_letters_of_a_title_are_no_header():
    title = "Rekap nip nama hasil_kerja perilaku_kerja hasil_akhir skp_penilaian_id"
    (match,) = recognise([sheet([[title], list(HEADERS), ["x"] * len(HEADERS)])], "a.xlsx")
    assert match.header == 1


def test_a_header_that_stands_too_far_down_is_not_looked_for():
    with pytest.raises(ImportFileError, match="tidak dikenali"):
        recognise([sheet([["x"]] * 40 + [list(HEADERS)])], "a.xlsx")


def test_missing_columns_are_all_named_with_what_the_file_looks_like():
    rest = [h for h in HEADERS if h not in ("skp_penilaian_id", "hasil_akhir")]
    rows = [[t] for t in TITLE] + [[]] + [rest, ["x"] * len(rest)]
    with pytest.raises(ImportFileError) as refused:
        recognise([sheet(rows)], "laporan.xlsx")
    text = str(refused.value)
    for word in ("laporan.xlsx", "Laporan Penilaian SKP", "baris 8", "hasil_akhir", "skp_penilaian_id", "Judulnya juga"):
        assert word in text
    with pytest.raises(ImportFileError, match="looks like the Laporan Penilaian SKP"):
        recognise([sheet(rows)], "laporan.xlsx", "en")


@pytest.mark.parametrize("headers", [["NIP", "Nama", "Nilai", "Keterangan"], ["NIP", "NAMA", "UNIT KERJA", "PERIODE"]])
def test_columns_that_every_list_has_do_not_make_it_look_like_one(headers):
    sheet = Sheet("S", tuple((h, "x") for h in headers), 2)
    with pytest.raises(ImportFileError, match="daftar hukuman disiplin") as told:  # among all that can be read
        recognise([sheet], "nilai.csv")
    assert "tampak seperti" not in str(told.value)


def test_the_same_column_twice_is_refused_with_both_positions():
    rows = [[*HEADERS, "NIP"], ["x"] * (len(HEADERS) + 1)]
    with pytest.raises(ImportFileError, match=r"nip ada lebih dari satu kali .*3, 31"):
        recognise([sheet(rows)], "a.xlsx")


def test_a_column_that_is_not_read_may_stand_twice():
    recognise([sheet([[*HEADERS, "catatan", "catatan"], ["x"] * (len(HEADERS) + 2)])], "a.xlsx")


def test_a_list_of_people_with_a_predikat_is_no_list_of_units():
    with pytest.raises(ImportFileError, match="tidak dimiliki"):
        recognise([sheet([["NIP", "NAMA", "UNIT KERJA", "PREDIKAT"], ["1", "a", "b", "BAIK"]])], "a.xlsx")


def test_the_two_reports_are_told_apart():
    plans = load_layouts()["ekinerja-skp"].headers
    (match,) = recognise([sheet([["Laporan SKP Tahun 2025"], list(plans), ["x"] * len(plans)])], "a.xlsx")
    assert match.layout.name == "ekinerja-skp"


def test_a_stated_kind_is_the_only_one_considered():
    with pytest.raises(ImportFileError, match="SIASN"):
        recognise([sheet([list(HEADERS), ["x"] * len(HEADERS)])], "a.xlsx", kind="siasn-pegawai")
    with pytest.raises(ImportFileError, match="gaji"):
        recognise([sheet([list(HEADERS)])], "a.xlsx", kind="gaji")


def test_sheets_of_one_layout_are_read_together_and_others_left():
    rows = [UNIT_LIST, ["1", "DINAS A", "BAIK"]]
    matches = recognise([sheet([["Sampul"]], "Sampul"), sheet(rows, "A"), sheet(rows, "B")], "a.xlsx")
    assert [m.sheet.name for m in matches] == ["A", "B"]
    rows_ = collect(matches)
    assert rows_.sheet.tolist() == ["A", "B"] and rows_.row.tolist() == [2, 2]


@pytest.mark.parametrize("foot", [["Total", "", "12"], ["", "Jumlah 43", ""], ["Dicetak pada 12/10/2026", "", ""],
                                  ["Keterangan: x", "", ""], ["Mengetahui,", "", ""], ["Kupang, 12 Oktober 2026", "", ""]])
def test_blank_rows_and_the_footer_are_no_data(foot):
    none = ["", "", ""]
    rows = [UNIT_LIST, ["1", "DINAS A", "BAIK"], none, ["2", "DINAS B", "CUKUP"], none, foot, ["", "Kepala Dinas Contoh", ""]]
    got = collect(recognise([sheet(rows)], "a.xlsx"))
    assert got.row.tolist() == [2, 4]


def test_a_subtotal_between_rows_is_no_data_but_a_row_behind_it_is():
    rows = [UNIT_LIST, ["1", "DINAS A", "BAIK"], ["Jumlah", "", ""], ["2", "DINAS B", ""], ["3", "DINAS C", "BAIK"]]
    assert collect(recognise([sheet(rows)], "a.xlsx")).row.tolist() == [2, 4, 5]


def test_a_whole_row_is_data_whatever_its_words():
    rows = [UNIT_LIST, ["Total", "TOTAL QUALITY", "BAIK"]]
    assert collect(recognise([sheet(rows)], "a.xlsx")).row.tolist() == [2]


def test_a_header_that_is_printed_again_is_no_data():
    rows = [UNIT_LIST, ["1", "DINAS A", "BAIK"], UNIT_LIST, ["2", "DINAS B", "BAIK"]]
    assert collect(recognise([sheet(rows)], "a.xlsx")).row.tolist() == [2, 4]


def test_columns_that_must_not_be_kept_are_not_taken_out():
    headers = load_layouts()["siasn-pegawai"].headers
    got = collect(recognise([sheet([list(headers), ["x"] * len(headers)])], "a.xlsx"))
    assert not {"NIK", "ALAMAT", "AGAMA NAMA", "NOMOR HP", "BPJS"} & set(got.headers.values())


def test_title_rows_are_kept_as_texts():
    got = collect(recognise([sheet(grid([appraisal(1)], HEADERS, TITLE, 1))], "a.xlsx"))
    assert got.titles == TITLE
    assert got.text("person_nip").tolist() == [nip(1)]
