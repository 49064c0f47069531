"""The erratum page: what it says in both languages, text from files that stays text, PDF beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader

from evalkit.derive.causes import Cause
from evalkit.derive.diff import Difference, FigureChange, TableChange
from evalkit.language.sentences.release import cause_text, figure_name, figure_value
from evalkit.report.diff_text import lines
from evalkit.report.erratum_page import write_errata
from evalkit.tables.study import Study, load_study

HOSTILE = "<script>alert(1)</script> =HYPERLINK( {{ 7*7 }} #panic() ../ \x00 \u202e عربي 🙂"
FILE = Cause("appraisals", "i76dd625f8edf", date(2026, 10, 13), changed=2)
CAUSES = (FILE, Cause("corrected", "i2", date(2026, 10, 14), changed=1, corrections=("k1", "k2")),
          Cause("removed", "i3", date(2026, 10, 1), detail="units"), Cause("settings"), Cause("cut"), Cause("lock"),
          Cause("rule", detail="regulations/permenpanrb-6-2022"), Cause("code", detail="0.1.0 → 0.2.0"))


def figure(column: str, before: object, after: object, *, scope_id: str = "", item: tuple[str, ...] = ("sangat_baik",), kind: str = "count",
           table: str = "distribution", causes: tuple[Cause, ...] = (FILE,)) -> FigureChange:
    return FigureChange(table, column, "unit" if scope_id else "city", scope_id, item, kind, 1 if kind == "share" else 0, before, after, causes)


@pytest.fixture
def found() -> Difference:
    figures = (figure("n", 740, 742), figure("share_low", 0.1139, 0.1142, kind="share"), figure("n", None, 3, item=("kurang",), causes=CAUSES),
               figure("met", True, False, table="pattern", item=("baik_max",), kind="flag"), figure("n", 4, 5, scope_id="u1"),
               figure("missing", 3, 1, scope_id="u1", table="coverage", item=()))
    tables = (TableChange("distribution", "changed", 10, 10, 0, 0, 4), TableChange("roster", "equal"), TableChange("older", "gone"))
    return Difference("r1", "r2", "2026-Q3", tables, figures, CAUSES, {"u1": (HOSTILE, "script"), "u2": ("DINAS SOSIAL", "dinas-sosial")})


@pytest.fixture
def study(root: Path) -> Study:
    return load_study(root / "data" / "kupang")


def test_the_page_names_each_figure_with_both_values_and_every_kind_of_reason(found: Difference, study: Study, tmp_path: Path) -> None:
    made = write_errata(study, found, tmp_path, made_at=datetime(2026, 10, 15, tzinfo=UTC), languages=("en", "id"), formats=("html", "pdf", "xlsx"))
    assert [f.relative_to(tmp_path).as_posix() for f in made] == [
        "office/erratum.html", "units/script/erratum.html", "office/erratum.en.html", "units/script/erratum.en.html"]
    text = " ".join(html.fromstring(made[0].read_bytes()).find("body").text_content().split())
    for said in ("740", "742", "11,4%", "i76dd625f8edf", "permenpanrb-6-2022", "study.toml", "0.1.0 → 0.2.0", "3 → 1"):
        assert said in text, said
    assert "2 perbaikan (k1 dan k2)" in cause_text(CAUSES[1], "id")
    english = html.fromstring(made[2].read_bytes())
    assert english.get("lang") == "en" and english.xpath("//td/a/@href | //th/a/@href") == ["../units/script/erratum.en.html"]
    pdf = PdfReader(made[0].with_suffix(".pdf"))
    assert "742" in " ".join(page.extract_text() for page in pdf.pages) and not made[0].with_suffix(".xlsx").exists()


def test_a_name_from_a_file_stays_text_on_page_and_console(found: Difference, study: Study, tmp_path: Path) -> None:
    for page in write_errata(study, found, tmp_path, made_at=datetime(2026, 10, 15, tzinfo=UTC), languages=("id",)):
        text = page.read_text(encoding="utf-8")
        assert "<script>alert" not in text and "\x00" not in text and "{{ 7*7 }}" in text and page.parts[-2] in ("office", "script")
        assert not html.fromstring(text.encode()).xpath("//script")
    assert any("alert(1)" in line for line in lines(found, "id"))


def test_a_difference_without_figures_says_so(study: Study, tmp_path: Path) -> None:
    same = Difference("r1", "draft", "2026-Q3", (TableChange("roster", "changed", 1, 1, 0, 0, 1),), (), ())
    page, = write_errata(study, same, tmp_path, made_at=datetime(2026, 10, 15, tzinfo=UTC), languages=("id",))
    text = page.read_text(encoding="utf-8")
    assert "Tidak ada angka tercetak yang berbeda dari r1" in text and "Ralat draf terhadap r1" in text
    assert next(lines(same, "en")) == "r1 and draft: no printed figure differs."


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_reason_and_every_printed_figure_has_words(language: str) -> None:
    from evalkit.derive.printed import PRINTED
    from evalkit.language.catalogue import catalogue

    for cause in CAUSES:
        assert cause_text(cause, "en" if language == "en" else "id")
    for printed in PRINTED:
        for column, _, _ in printed.columns:
            assert f"release.figure.{printed.table}.{column}" in catalogue()
    plain = figure("n", 1, 2, table="new_table", item=("a_b",))
    assert figure_name(plain, "id") == "A b, new_table: n" and figure_value(plain, None, "id") == "–"
