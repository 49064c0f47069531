import gzip
import io
import zipfile
from datetime import date, datetime

import pytest

from evalkit.errors import ImportFileError
from evalkit.tables.grid import decode, read_grid
from tests.tables.files import write_csv, write_page, write_xlsx

ROWS = [["Daftar pegawai, tahun 2026, triwulan III"], [], ["NIP", "NAMA", "NILAI"], ["1", "Ánna; \"B\"", "2,5"], ["2", "baris\nbaru", ""]]


def cells(sheet):
    return [list(sheet.row(i)) for i in range(sheet.height)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_files_of_every_kind_give_the_same_cells(tmp_path, delimiter, encoding):
    (sheet,) = read_grid(write_csv(tmp_path / "a.csv", ROWS, delimiter, encoding))
    assert cells(sheet) == [[ROWS[0][0], "", ""], ["", "", ""], *ROWS[2:]]


def test_a_title_with_commas_does_not_decide_the_delimiter(tmp_path):
    rows = [["a, b, c, d"], ["NIP", "NAMA", "UNIT", "NILAI", "KET"], ["1", "2", "3", "4", "5"]]
    (sheet,) = read_grid(write_csv(tmp_path / "a.csv", rows, ";"))
    assert len(sheet.columns) == 5


def test_the_line_that_names_the_delimiter_is_no_data(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nNIP;NAMA\n1;A, B\n", encoding="utf-8")
    (sheet,) = read_grid(path)
    assert cells(sheet) == [["", ""], ["NIP", "NAMA"], ["1", "A, B"]]


def test_packed_text(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"NIP;NAMA\n1;A\n"))
    assert cells(read_grid(path)[0])[1] == ["1", "A"]


def test_workbook_keeps_types_and_sheets(tmp_path):
    book = write_xlsx(tmp_path / "a.xlsx", {"Satu": [["a", 1.5, True, None, "1"]], "Dua": [["b"]]})
    one, two = read_grid(book)
    assert (one.name, two.name) == ("Satu", "Dua")
    assert cells(one) == [["a", 1.5, True, "", "1"]]


def test_dates_in_workbooks_stay_dates(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_datetime(0, 0, datetime(2026, 3, 4), book.add_format({"num_format": "dd/mm/yyyy"}))
    (value,) = read_grid(tmp_path / "a.xlsx")[0].row(0)
    assert isinstance(value, date) and value.isoformat()[:10] == "2026-03-04"


def test_rows_are_numbered_as_the_spreadsheet_numbers_them(tmp_path):
    (sheet,) = read_grid(write_xlsx(tmp_path / "a.xlsx", {"S": [[], [], [None, "x"]]}))
    assert sheet.columns[1][2] == "x"


def test_a_merged_range_speaks_for_each_of_its_rows_and_no_other(tmp_path):
    rows = [["k", "v"], ["1", "A"], ["2", ""], ["3", ""], ["4", ""], ["5", "B"]]
    (sheet,) = read_grid(write_xlsx(tmp_path / "a.xlsx", {"S": rows}, merged=[(1, 1, 3, 1)]))
    assert list(sheet.columns[1]) == ["v", "A", "A", "A", "", "B"]


def test_a_title_merged_over_columns_stays_one_cell(tmp_path):
    (sheet,) = read_grid(write_xlsx(tmp_path / "a.xlsx", {"S": [["Judul", "", ""], ["a", "b", "c"]]}, merged=[(0, 0, 0, 2)]))
    assert sheet.row(0) == ["Judul", "", ""]


def test_page_that_calls_itself_xls(tmp_path):
    path = write_page(tmp_path / "a.xls", [["Judul"], ["NIP", "UNIT & CO"], ["1", "Ö <b>"]])
    (sheet,) = read_grid(path)
    assert [v.replace("\xa0", " ") for v in sheet.row(1)] == ["NIP", "UNIT & CO"]
    assert sheet.row(2) == ["1", "Ö\xa0<b>"]


def test_spans_of_a_page(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text("<table><tr><td rowspan=2>A</td><td>1</td></tr><tr><td>2</td></tr><tr><td colspan=2>B</td></tr>"
                    "<tr><td rowspan='x' colspan=-1>C</td></tr></table>", encoding="utf-8")
    (sheet,) = read_grid(path)
    assert cells(sheet) == [["A", "1"], ["A", "2"], ["B", ""], ["C", ""]]


def test_page_with_a_declaration_and_entities(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(b'<?xml version="1.0" encoding="utf-8"?><html><table><tr><td>A&nbsp;B&amp;C</td></tr></table></html>')
    assert read_grid(path)[0].row(0) == ["A\xa0B&C"]


def test_several_tables_of_a_page_are_sheets(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text("<table><tr><td>1</td></tr></table><table><tr><td>2</td></tr></table>", encoding="utf-8")
    assert [s.row(0) for s in read_grid(path)] == [["1"], ["2"]]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n", b"%PDF-1.4 x", b"\x89PNG\r\n", b"{\\rtf1", b"PK\x03\x04 broken",
                                     b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", b"\x1f\x8b broken", b"abc\x00def" * 9])
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path, content):
    path = tmp_path / "berkas.xlsx"
    path.write_bytes(content)
    with pytest.raises(ImportFileError, match="berkas"):
        read_grid(path)


def test_absent_file(tmp_path):
    with pytest.raises(ImportFileError, match=r"tidak-ada\.csv"):
        read_grid(tmp_path / "tidak-ada.csv")


def test_locked_workbook_says_so(tmp_path):
    path = tmp_path / "kunci.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 600)
    with pytest.raises(ImportFileError, match="kata sandi"):
        read_grid(path)


def test_a_zip_without_sheets_is_refused(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("catatan.txt", "x")
    (tmp_path / "a.xlsx").write_bytes(stream.getvalue())
    with pytest.raises(ImportFileError):
        read_grid(tmp_path / "a.xlsx")


def test_decoding_never_fails():
    assert decode(bytes(range(128, 256)))
    assert decode("é".encode("cp1252")) == "é"


def test_open_document(tmp_path):
    names = ('xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
             'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"')
    cells_ = ('<table:table-cell office:value-type="string"><text:p>NIP</text:p></table:table-cell>'
              '<table:table-cell office:value-type="float" office:value="2.5"><text:p>2,5</text:p></table:table-cell>')
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>'
               f'<table:table table:name="Satu"><table:table-row>{cells_}</table:table-row></table:table>'
               "</office:spreadsheet></office:body></office:document-content>")
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest '
                         'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
        archive.writestr("content.xml", content)
    (sheet,) = read_grid(path)
    assert (sheet.name, sheet.row(0)) == ("Satu", ["NIP", 2.5])
