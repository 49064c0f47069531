import csv

import pytest
from python_calamine import CalamineWorkbook

from evalkit.errors import InstrumentError
from evalkit.instruments.layout import load_layouts, read_layout

WHOLE = {"name": "x", "kind": "x", "sheet": "", "header_row": 1, "title_words": [], "what_id": "x", "what_en": "x", "confirmed": False,
         "sources": []}
SAMPLES = {"ekinerja-penilaian": ("laporan-penilaian-2025-01.xlsx",), "ekinerja-skp": ("laporan-skp-2025.xlsx",),
           "siasn-pegawai": ("siasn-pns.xlsx", "siasn-pppk.xlsx"), "unor": ("hierarki-unor.xlsx",), "pelatihan": ("daftar-pelatihan.xlsx",)}


@pytest.mark.parametrize(("layout", "file"), [(name, file) for name, files in SAMPLES.items() for file in files])
def test_the_headers_are_those_of_the_sample(shared, layout, file):
    lay = load_layouts()[layout]
    book = CalamineWorkbook.from_path(str(shared / "samples" / file))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert tuple(rows[lay.header_row - 1]) == lay.headers
    assert book.sheet_names == [lay.sheet]


def test_the_headers_of_the_form(shared):
    with (shared / "samples" / "formulir-360-2025-tw1.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == load_layouts()["formulir-360"].headers


def test_private_columns_of_siasn_are_dropped():
    dropped = {c.header for c in load_layouts()["siasn-pegawai"].columns if c.drop}
    private = {"NIK", "NOMOR HP", "EMAIL", "EMAIL GOV", "ALAMAT", "NPWP NOMOR", "BPJS", "AGAMA ID", "AGAMA NAMA", "JENIS KAWIN ID",
               "JENIS KAWIN NAMA"}
    assert private <= dropped
    assert len(load_layouts()["siasn-pegawai"].headers) == 69


@pytest.mark.parametrize("layout", sorted(load_layouts()))
def test_numbers_and_names_of_people_are_marked(layout):
    for column in load_layouts()[layout].columns:
        if column.role.endswith(("_nip", "_name", "_asn")) and column.role not in ("unit_name", "opd_name"):
            assert column.personal, column.header


def test_what_is_shipped_is_complete():
    assert set(load_layouts()) == {"ekinerja-penilaian", "ekinerja-skp", "siasn-pegawai", "unor", "presensi", "pelatihan", "predikat-unit",
                                   "formulir-360", "rating-file", "keberatan", "hukuman-disiplin", "indikator", "formulir-vinyet",
                                   "kunci-vinyet", "penilaian-ganda", "survei-keadilan", "evaluasi-pelatihan", "pengecualian",
                                   "capaian-unit"}
    assert all(lay.sources for lay in load_layouts().values())


@pytest.mark.parametrize(("change", "words"), [
    ({"kind": None}, "missing"), ({"colour": 1}, "unknown"), ({"column": [{"header": "a", "size": 1}]}, "size"),
    ({"column": [{"role": "a"}]}, "header"),
    ({"column": [{"header": "a"}, {"header": "a"}]}, "twice"), ({"column": [{"header": "a", "role": "r"}, {"header": "b", "role": "r"}]},
                                                                "twice"),
])
def test_a_faulty_layout_is_refused(change, words):
    data = {k: v for k, v in {**WHOLE, **change}.items() if v is not None}
    with pytest.raises(InstrumentError, match=words):
        read_layout(data, "x.toml")


def test_a_role_is_found():
    layout = load_layouts()["unor"]
    assert layout.column("parent_id").header == "ID_ATASAN"
    with pytest.raises(InstrumentError, match="wage"):
        layout.column("wage")
