"""The office's own vignettes: chosen by study.toml, on the forms that go out, and a sentence where the file is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.collect.asked import Asked
from evalkit.collect.forms import LIST, make_forms
from evalkit.errors import StudyError
from evalkit.instruments.vignettes import load_vignettes
from evalkit.tables.own_vignettes import form_of_each, packet_of, vignettes_of
from evalkit.tables.study import Study
from tests.collect.conftest import copy_of
from tests.collect.fill import grid

ONE = '[[vignette]]\ncode = "{code}"\ntitle = "Juru arsip"\ntext = "Menata arsip menurut tanggal."\n'


@pytest.fixture(scope="module")
def study(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return copy_of(town, tmp_path_factory.mktemp("own"))


def choosing(study: Study, text: str | None, value: object = "kami.toml") -> Study:
    if text is not None:
        (study.root / "kami.toml").write_text(text, encoding="utf-8")
    return replace(study, raters={**study.raters, "vignettes": value})


def test_the_own_file_is_on_the_forms_of_evaluators_and_experts(study: Study) -> None:
    own = choosing(study, ONE.format(code="C1") + ONE.format(code="C2") + ONE.format(code="D1"))
    assert [v.code for v in packet_of(own, "C")] == ["C1", "C2"]
    made = make_forms(Asked(own, "2026-Q3", "DINAS KESEHATAN", packet="C"), "vignettes")
    form = next(p for p in made.folder.rglob("*.xlsx") if p.name != LIST)
    words = {str(cell) for row in grid(form) for cell in row}
    assert {"C1", "C2"} <= words and not {"A1", "D1"} & words
    key = make_forms(Asked(own, "2026-Q3"), "vignette-key")
    assert {"C1", "C2", "D1"} <= {str(cell) for row in grid(next(p for p in key.folder.rglob("*.xlsx") if p.name != LIST)) for cell in row}
    with pytest.raises(StudyError, match="paket yang ada: C, D"):
        packet_of(own, "A")


def test_answers_may_be_about_own_vignettes_and_about_the_shipped_ones_of_before(study: Study) -> None:
    known = form_of_each(choosing(study, ONE.format(code="C1") + ONE.format(code="D12")))
    assert (known["C1"], known["D12"], known["A1"], len(known)) == ("C", "D", "A", 14)


@pytest.mark.parametrize("value", [None, 6])
def test_without_a_file_the_shipped_ones_are_used(study: Study, value: object) -> None:
    assert vignettes_of(choosing(study, None, value)) == load_vignettes()


@pytest.mark.parametrize(("text", "value", "said"), [
    (None, "tidak-ada.toml", "tidak ada di map studi"), (None, "../luar.toml", "tidak ada di map studi"), (None, True, "bukan nama file"),
    (None, "", "bukan nama file"), ("[[vignette", "kami.toml", "tidak dapat dibaca sebagai TOML"), ("", "kami.toml", "tidak memuat contoh kasus"),
    ("vignette = 3", "kami.toml", "tidak memuat contoh kasus"), ('[[vignette]]\ncode = "C1"\ntitle = "x"\n', "kami.toml", "ke-1: text belum diisi"),
    (ONE.format(code="c-1"), "kami.toml", "kode c-1 tidak sesuai"), (ONE.format(code="C1") * 2, "kami.toml", "kode C1 dipakai dua kali"),
    (ONE.format(code="A1"), "kami.toml", "A1 sudah dipakai")])
def test_a_wrong_file_is_told_in_a_sentence(study: Study, text: str | None, value: object, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        vignettes_of(choosing(study, text, value))
