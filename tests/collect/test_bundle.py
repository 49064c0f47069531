"""Many forms in one call: one import, and every fault still names its file."""

from __future__ import annotations

import zipfile
from pathlib import Path

from evalkit.collect.workbook import HEADER_ROW, FormFile, form_id, workbook_bytes
from evalkit.instruments.layout import load_layouts
from evalkit.instruments.vignettes import packet
from evalkit.tables import store
from evalkit.tables.form_bundle import LEAST, bundled
from evalkit.tables.grid import read_grid
from evalkit.tables.imports import add
from tests.collect.fill import grid, write
from tests.tables.files import nip
from tests.tables.hand_made import RECEIVED, make_study

LAYOUT = load_layouts()["formulir-vinyet"]


def form(path: Path, n: int, study: str = "contoh", **answers: object) -> Path:
    rows = [{"NIP Penilai": nip(n), "Periode": "Triwulan III 2026", "Paket": "A", "Vinyet": v.code, **dict.fromkeys(LAYOUT.items, 4.0), **answers}
            for v in packet("A")]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(workbook_bytes(LAYOUT, FormFile(path.name, form_id("t", str(n)), rows, "", packet("A")), study=study, period="2026-Q3"))
    return path


def test_many_forms_are_one_import_and_faults_name_their_file(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    paths = [form(tmp_path / "in" / f"{n:02d}.xlsx", n) for n in range(LEAST)] + [form(tmp_path / "in" / "salah.xlsx", 20, Loyal=8.0)]
    stranger, broken = form(tmp_path / "in" / "lain.xlsx", 30, study="lain"), tmp_path / "in" / "rusak.xlsx"
    broken.write_bytes(b"PK\x03\x04 rusak")
    result = add(study, [*paths, stranger, broken], received_at=RECEIVED)
    together, *others = result.files
    assert (together.file, together.status, together.rows_read, together.scope) == (f"formulir-vinyet-{LEAST + 1}.zip", "added", 66, "partial")
    assert [f.status for f in others] == ["added", "refused"] and others[0].rows_read == 0 and others[0].rows_refused == 6
    faults = store.read(study, "faults").astype(object)
    mine = faults[faults["rule"] == "rating.off_scale"]
    assert set(mine["sheet"]) == {"salah.xlsx · Penilaian"} and sorted(mine["row"]) == [HEADER_ROW + 2 + n for n in range(6)]
    ratings = store.read(study, "ratings")
    assert len(ratings) == 66 * 7 and ratings["rater_id"].nunique() == LEAST + 1
    assert add(study, paths, received_at=RECEIVED).files[0].status == "known"
    assert len(store.read(study, "imports")) == 2


def test_the_same_forms_are_the_same_bytes_and_few_stay_apart(tmp_path: Path) -> None:
    paths = [form(tmp_path / f"d{n % 2}" / f"{n // 2}.xlsx", n) for n in range(LEAST)]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one, other = bundled(paths, tmp_path / "a", "contoh"), bundled(paths[::-1], tmp_path / "b", "contoh")
    assert len(one) == len(other) == 1 and one[0].read_bytes() == other[0].read_bytes()
    assert len(zipfile.ZipFile(one[0]).namelist()) == LEAST  # the same name in two folders is two forms
    assert bundled(paths[1:], tmp_path / "a", "contoh") == paths[1:]
    assert bundled(paths, tmp_path / "a", "lain") == paths


def test_a_zip_that_somebody_made_is_read_as_its_files(tmp_path: Path) -> None:
    rows = grid(form(tmp_path / "in" / "a.xlsx", 1))
    with zipfile.ZipFile(tmp_path / "kiriman.zip", "w") as archive:
        for n in (1, 2):
            archive.write(write(tmp_path / f"{n}.xlsx", rows), f"balasan/{n}.xlsx")
    assert [s.name for s in read_grid(tmp_path / "kiriman.zip")] == ["1.xlsx", "2.xlsx"]
