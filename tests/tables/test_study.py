"""study.toml: what it says is taken, what is misspelt is refused with the near word."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import StudyError
from evalkit.tables.study import find_study, load_study
from tests.tables.hand_made import STUDY, make_study

MAPPING = """
[[mapping]]
name = "insteval"
files = "insteval.csv.gz"
instrument = "insteval"
columns = {object_id = "d", rater_id = "s", rating = "y"}
scale = [1, 5]
"""


def test_the_demo_study_is_as_the_architecture_says(root: Path) -> None:
    study = load_study(root / "data" / "kupang")
    assert [(p.name, p.cycle, p.post, p.except_post) for p in study.populations] == [
        ("asn", "quarter", "", "guru"), ("guru", "semester", "guru", "")]
    assert "due_days" in study.calendar.unconfirmed
    assert study.vault.parent == study.root.parent
    assert study.jobs == 0  # as many as the machine takes


def test_paths_are_taken_from_the_folder_of_the_study(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    assert study.vault == (tmp_path / "vault-contoh").resolve()
    assert study.reports == study.root / "reports"
    assert find_study(study.root) == study.root


def test_a_folder_within_a_study_finds_it(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    deep = study.root / "a" / "b"
    deep.mkdir(parents=True)
    assert find_study(deep) == study.root
    with pytest.raises(StudyError, match="evalkit init"):
        find_study(tmp_path)


def test_a_mapping_is_read(tmp_path: Path) -> None:
    mapping = make_study(tmp_path, STUDY + MAPPING).mappings[0]
    assert (mapping.kind, mapping.scale, mapping.columns["rater_id"], mapping.direction) == ("ratings", (1.0, 5.0), "s", "high_is_good")


@pytest.mark.parametrize(("text", "words"), [
    ("[stduy]\nname = 'x'", 'Apakah yang dimaksud "study"'),
    ("[calendar]\ndue_day = 3", 'Apakah yang dimaksud "due_days"'),
    ("[run]\nsede = 3", 'Apakah yang dimaksud "seed"'),
    ("[dimensions]\nintegrty = ['a']", 'Apakah yang dimaksud "integrity"'),
    ("[run]\nxyzzy = 3", "Yang dikenal: seed, jobs, reports"),
    ("[calendar]\ndue_days = 'dua'", '"due_days" di [calendar] harus berupa number'),
    ("[calendar]\ndue_days = true", "number"),
    ("[calendar]\ndue_days = -1", "tidak boleh negatif"),
    ("[calendar]\nunconfirmed = ['hari']", "yang mungkin"),
    ("[study]\nname = 'Kota Kupang'", "huruf kecil"),
    ("[study]\nlanguage = 'jv'", "id, en"),
    ("[people]\nvault = 'vault'", "di luar folder studi"),
    ("[people]\nvault = '.'", "di luar folder studi"),
    ("[population]\nname = 'asn'", "[[population]]"),
    ("[[population]]\nname = 'asn'\ncycle = 'quarter'", 'memerlukan "instrument"'),
    ("[[population]]\nname = 'asn'\ncycle = 'kuartal'\ninstrument = 'x'", "month, quarter, semester, year"),
    ("[[mapping]]\nname = 'x'\nfiles = 'x'\ninstrument = 'x'\ncolumns = {}\nscale = [5, 1]", "yang kecil lebih dahulu"),
    ("[study\nname = 1", "tidak dapat dibaca"),
])
def test_what_cannot_be_meant_is_refused_with_a_remedy(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(tmp_path)
    assert words in str(caught.value)


def test_refusals_speak_the_language_of_the_study(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[study]\nlanguage = 'en'\nnmae = 'x'", encoding="utf-8")
    with pytest.raises(StudyError, match='Is "name" meant'):
        load_study(tmp_path)


def test_two_populations_of_one_name_are_refused(tmp_path: Path) -> None:
    again = STUDY + "[[population]]" + STUDY.partition("[[population]]")[2]
    (tmp_path / "study.toml").write_text(again, encoding="utf-8")
    with pytest.raises(StudyError, match="dua kali"):
        load_study(tmp_path)


def test_a_file_saved_by_notepad_is_read(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8-sig")
    assert load_study(tmp_path / "study.toml").name == "contoh"
